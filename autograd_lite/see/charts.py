"""Charts: axes with round ticks, numbers in few characters, thinned curves, sparklines, small images.

What the pictures of training are made of. The same numbers give the same bytes on every machine. Relies on
`svg`; matplotlib is imported for a `figure` and nothing else.
"""

from __future__ import annotations

import math
import struct
import sys
import zlib
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograd_lite.see.svg import Sheet, clipped, coordinate, length

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WIDTH = 480  # of a picture, in pixels
MARGIN = 16
LINE = 16  # from a line of text to the next

Range = tuple[float, float]


@dataclass(frozen=True)
class Axis:
    """The numbers from low to high along the pixels from start to end, in decades if log."""

    low: float
    high: float
    start: float
    end: float
    log: bool = False

    def at(self, x: float) -> float:
        """Return where a number is, in pixels."""
        # Halves, because the difference of two floats may be too large for one.
        low, high, place = (math.log10(n) if self.log else n / 2 for n in (self.low, self.high, x))
        return self.start + (place - low) / (high - low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Return about five round numbers on the axis."""
        if self.log:
            decades = range(math.ceil(math.log10(self.low)), math.floor(math.log10(self.high)) + 1)
            if len(decades) > 1:
                stride = next(
                    stride for stride in (1, 2, 5, 10, 20, 50, 100, 200) if len(decades) <= 6 * stride
                )
                return [float(f"1e{decade}") for decade in decades if decade % stride == 0]
        step = _step(self.low, self.high)
        first, last = _multiple(math.ceil, self.low, step), _multiple(math.floor, self.high, step)
        return [k * step for k in range(first, last + 1)]


def _step(low: float, high: float) -> float:
    """Return 1, 2 or 5 times a power of ten, of which six at most cover the range, with whole ones."""
    power = 10.0 ** math.floor(math.log10((high / 2 - low / 2) / 3))
    steps = (factor * power for factor in (1, 2, 5, 10, 20))
    return next(
        step for step in steps if _multiple(math.ceil, high, step) - _multiple(math.floor, low, step) <= 6
    )


def _multiple(rounded: Callable[[float], int], x: float, step: float) -> int:
    """Return which multiple of a step a number is, rounded unless it is one but for the last digits."""
    return round(x / step) if math.isclose(x / step, round(x / step), rel_tol=1e-9) else rounded(x / step)


def range_of(numbers: Sequence[float], margin: float = 0.0) -> Range:
    """Return the range of finite numbers, wider by a share on either side; never empty."""
    low, high = min(numbers), max(numbers)
    size = max(abs(low), abs(high))
    pad = margin * high - margin * low
    if high / 2 - low / 2 <= max(size * 1e-9, 1e-300):
        pad = size / 10 or 1.0
    most = sys.float_info.max
    return max(low - pad, -most), min(high + pad, most)


def whole_ticks(low: float, high: float) -> Range:
    """Return a range widened until it begins and ends at a tick."""
    step = _step(low, high)
    ends = _multiple(math.floor, low, step) * step, _multiple(math.ceil, high, step) * step
    return ends if math.isfinite(ends[0]) and math.isfinite(ends[1]) else (low, high)


def mean(numbers: Sequence[float]) -> float:
    """Return the mean of finite numbers, also where their sum is too large for a float."""
    size = max(map(abs, numbers)) or 1.0
    return size * (math.fsum(x / size for x in numbers) / len(numbers))


def numeral(x: float, digits: int = 4) -> str:
    """Return a number in few characters.

    >>> [numeral(x) for x in (0.012345, 1500.0, 123456.7, 1.5e-7, float("nan"))]
    ['0.01235', '1500', '123457', '1.5e-7', 'nan']
    """
    text = f"{x:.{digits}g}"
    mantissa, power, exponent = text.partition("e")
    if not power:
        return text
    return f"{x:.0f}" if 1 <= abs(x) < 1e6 else f"{mantissa}e{int(exponent)}"


def tick_labels(ticks: Sequence[float]) -> list[str]:
    """Return ticks as texts, all of them with the digits that tell each one exactly."""
    for digits in range(1, 17):
        if all(math.isclose(float(f"{tick:.{digits}g}"), tick, rel_tol=1e-9) for tick in ticks):
            break
    return [numeral(tick, digits) for tick in ticks]


def titled_sheet(heading: str, note: str = "") -> Sheet:
    """Return a sheet with a heading, and at the end of its line a note."""
    sheet = Sheet()
    room = int((WIDTH - 3 * MARGIN - length(note)) / length(" "))
    sheet.text(MARGIN, 22, clipped(heading, room), font_weight="bold")
    if note:
        sheet.text(WIDTH - MARGIN, 22, note, fill="muted", text_anchor="end")
    return sheet


def left_margin(up: Axis) -> float:
    """Return where a chart may start, so that the labels of its vertical axis have room."""
    return MARGIN + 8 + max([28, *map(length, tick_labels(up.ticks()))])


def draw_axes(sheet: Sheet, across: Axis, up: Axis, *, name: str, whole: bool = False) -> None:
    """Draw grid lines with labels; `name` stands before those of the horizontal axis, whole for integers."""
    left, right, bottom = coordinate(across.start), coordinate(across.end), up.start
    ticks = up.ticks()
    grid = "".join(f"M{left} {coordinate(up.at(tick))}H{right}" for tick in ticks)
    sheet.element("path", d=grid, stroke="faint")
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        sheet.text(across.start - 8, up.at(tick) + 4, label, fill="muted", text_anchor="end")
    sheet.text(across.start - 8, bottom + 18, name, fill="muted", text_anchor="end")
    ticks = [tick for tick in across.ticks() if not whole or tick == int(tick)]
    free, marks = across.start - 4, ""
    for tick, label in zip(ticks, tick_labels(ticks), strict=True):
        x, half = across.at(tick), length(label) / 2
        marks += f"M{coordinate(x)} {coordinate(bottom)}v4"
        if x - half >= free and x + half <= WIDTH - 4:
            sheet.text(x, bottom + 18, label, fill="muted", text_anchor="middle")
            free = x + half + 8
    sheet.element("path", d=marks, stroke="line")


def thinned(numbers: Sequence[float], bins: int = 200) -> list[int]:
    """Return the indices of the numbers that show the course of all of them.

    These are all, or of each bin the least, the greatest and the first that is not finite, besides the first
    and the last of all.
    """
    count = len(numbers)
    if count <= 2 * bins:
        return list(range(count))
    kept = {0, count - 1}
    for i in range(bins):
        part = range(i * count // bins, (i + 1) * count // bins)
        finite = [k for k in part if math.isfinite(numbers[k])]
        if finite:
            kept |= {min(finite, key=numbers.__getitem__), max(finite, key=numbers.__getitem__)}
        if len(finite) < len(part):
            kept.add(next(k for k in part if not math.isfinite(numbers[k])))
    return sorted(kept)


def spread(wanted: Sequence[float], low: float, high: float) -> list[float]:
    """Return where to put lines of text that should be at `wanted`, in pixels, so that none covers any."""
    order = sorted(range(len(wanted)), key=lambda i: (wanted[i], i))
    places = dict.fromkeys(order, low)
    free = low
    for i in order:
        places[i] = max(wanted[i], free)
        free = places[i] + LINE
    free = high
    for i in reversed(order):
        places[i] = min(places[i], free)
        free = places[i] - LINE
    return [places[i] for i in range(len(wanted))]


def sparkline(numbers: Sequence[float], width: int = 40) -> str:
    """Return numbers as a row of at most `width` blocks, each the mean of a share; spaces for NaN.

    >>> sparkline([4.0, 2.0, float("nan"), 1.0, 0.5, 0.0])
    '█▅ ▃▂▁'
    """
    width = min(width, len(numbers))
    means = []
    for i in range(width):
        part = numbers[i * len(numbers) // width : (i + 1) * len(numbers) // width]
        finite = [x for x in part if math.isfinite(x)]
        means.append(mean(finite) if finite else math.nan)
    axis = Axis(*range_of([x for x in means if math.isfinite(x)] or [0.0]), 0, 7)
    return "".join("▁▂▃▄▅▆▇█"[round(axis.at(x))] if math.isfinite(x) else " " for x in means)


def png_of(rows: Sequence[Sequence[str]]) -> bytes:
    """Return an image of a pixel for each colour, "#rrggbb" or with its opacity "#rrggbbaa", 256 at most.

    The pixels are packed, not compressed: compressors differ in their bytes from one zlib to the next.
    """
    palette = sorted({colour.ljust(9, "f") for row in rows for colour in row})
    index = {colour: i for i, colour in enumerate(palette)}
    depth = next(bits for bits in (1, 2, 4, 8) if len(palette) <= 1 << bits)
    lines = []
    for row in rows:
        bits = "".join(f"{index[colour.ljust(9, 'f')]:0{depth}b}" for colour in row)
        whole = -(-len(bits) // 8)
        lines.append(b"\0" + int(bits.ljust(8 * whole, "0"), 2).to_bytes(whole, "big"))
    colours = [bytes.fromhex(colour[1:]) for colour in palette]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in (
            (b"IHDR", struct.pack(">IIBBBBB", len(rows[0]), len(rows), depth, 3, 0, 0, 0)),
            (b"PLTE", b"".join(colour[:3] for colour in colours)),
            (b"tRNS", b"".join(colour[3:] for colour in colours)),
            (b"IDAT", _stored(b"".join(lines))),
            (b"IEND", b""),
        )
    )


def _stored(data: bytes) -> bytes:
    """Return data in the format of zlib, uncompressed."""
    pieces = [data[i : i + 0xFFFF] for i in range(0, len(data), 0xFFFF)]
    blocks = [
        struct.pack("<BHH", i == len(pieces) - 1, len(piece), len(piece) ^ 0xFFFF) + piece
        for i, piece in enumerate(pieces)
    ]
    return b"\x78\x01" + b"".join(blocks) + struct.pack(">I", zlib.adler32(data))


def draw_pixels(
    sheet: Sheet, rows: Sequence[Sequence[str]], x: float, y: float, width: float, height: float
) -> None:
    """Draw an image of a pixel for each colour in a rectangle; see `png_of`."""
    sheet.element(
        "image", x=x, y=y, width=width, height=height, preserveAspectRatio="none",
        image_rendering="pixelated", href=f"data:image/png;base64,{b64encode(png_of(rows)).decode()}",
    )  # fmt: skip


def matplotlib_figure(where: str, height: float) -> Figure:
    """Return an empty figure 6 inches wide; raises ImportError, naming `where`, without matplotlib."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError(
            f'{where}.figure: matplotlib is not installed; pip install "autograd-lite[plot]". '
            "Without it, .svg is the picture"
        ) from None
    return Figure(figsize=(6, height), layout="constrained")
