"""Histograms: one for each group of numbers, with what is to be known of them beside it.

Relies on `charts` and `svg`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from autograd_lite.engine import plain
from autograd_lite.see.charts import (
    LINE,
    MARGIN,
    WIDTH,
    Axis,
    matplotlib_figure,
    mean,
    numeral,
    range_of,
    sparkline,
    titled_sheet,
)
from autograd_lite.see.svg import Picture, Sheet, clipped, coordinate, printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BINS = 30
PANEL = 80  # the height of a histogram with its text, in pixels


@dataclass(frozen=True)
class Group:
    """Numbers of one histogram and what there is to say of them; a note is one more remark."""

    numbers: list[float]
    note: str = ""

    @property
    def finite(self) -> list[float]:
        """The numbers that are neither infinite nor NaN."""
        return [x for x in self.numbers if math.isfinite(x)]

    @property
    def zeros(self) -> int:
        """How many numbers are exactly zero."""
        return self.numbers.count(0.0)

    @property
    def mean(self) -> float:
        """The mean of the finite numbers."""
        return mean(self.finite) if self.finite else math.nan

    @property
    def deviation(self) -> float:
        """The standard deviation of the finite numbers."""
        finite, middle = self.finite, self.mean
        return math.hypot(*(x - middle for x in finite)) / math.sqrt(len(finite)) if finite else math.nan

    def lines(self) -> list[str]:
        """Return what there is to say, on two or three lines."""
        nans = sum(map(math.isnan, self.numbers))
        infinite = len(self.numbers) - len(self.finite) - nans
        said = [f"{nans} nan"] * (nans > 0) + [f"{infinite} inf"] * (infinite > 0)
        said += [self.note] * bool(self.note)
        return [
            f"mean {numeral(self.mean, 3)} std {numeral(self.deviation, 3)}",
            f"n = {len(self.numbers)}, {100 * self.zeros / len(self.numbers):.3g} % zero",
            *([", ".join(said)] if said else []),
        ]

    def bars(self) -> tuple[list[int], int]:
        """Return how many finite numbers other than zero fall in each bin, and the bin of zero, or -1."""
        finite = self.finite
        counts = [0] * BINS
        zero = -1
        if finite:
            axis = Axis(*range_of(finite), 0, BINS)
            bins = [min(int(axis.at(x)), BINS - 1) for x in finite]
            for x, k in zip(finite, bins, strict=True):
                if x == 0:
                    zero = k
                else:
                    counts[k] += 1
        return counts, zero


@dataclass(frozen=True)
class Histograms(Picture):
    """What `histograms` returns: `.svg`, `str()` for a terminal, `.figure()` for matplotlib."""

    groups: dict[str, Group]
    heading: str

    @property
    def svg(self) -> str:
        """The picture as an SVG document."""
        sheet = titled_sheet(self.heading)
        for i, (name, group) in enumerate(self.groups.items()):
            _draw_histogram(sheet, name, group, 36 + i * PANEL)
        return sheet.svg(WIDTH, 36 + len(self.groups) * PANEL, self.heading)

    @property
    def text(self) -> str:
        """What the picture shows in characters."""
        lines = [self.heading]
        wide = max(map(len, self.groups))
        for name, group in self.groups.items():
            counts, zero = group.bars()
            if zero >= 0:
                counts[zero] += group.zeros
            said = group.lines()
            if finite := group.finite:
                said.insert(0, f"{numeral(min(finite), 3)} {sparkline(counts)} {numeral(max(finite), 3)}")
            lines.append(f"{name:{wide}}  {', '.join(said)}")
        return "\n".join(lines)

    def figure(self) -> Figure:
        """Return the histograms as a matplotlib Figure, whose axes can be restyled.

        Raises ImportError if matplotlib is not installed.
        """
        figure = matplotlib_figure("histograms", 0.6 + 1.2 * len(self.groups))
        figure.suptitle(self.heading)
        rows = figure.subplots(len(self.groups), squeeze=False)
        for axes, (name, group) in zip(rows[:, 0], self.groups.items(), strict=True):
            axes.hist(group.finite, bins=BINS)
            axes.set_title(f"{name}: {', '.join(group.lines())}", fontsize="small", loc="left")
        return figure


def _draw_histogram(sheet: Sheet, name: str, group: Group, top: float) -> None:
    sheet.text(MARGIN, top + 12, clipped(name, 27), font_weight="bold")
    for i, line in enumerate(group.lines(), 1):
        sheet.text(MARGIN, top + 12 + i * LINE, clipped(line, 28), fill="muted")
    start, end, base, tallest = 226.0, WIDTH - MARGIN, top + 48, 40
    sheet.element("path", d=f"M{coordinate(start)} {coordinate(base)}H{end}", stroke="line")
    if not (finite := group.finite):
        return
    counts, zero = group.bars()
    peak = max(counts) or 1
    width = (end - start) / BINS

    def bar(k: int, share: float) -> str:
        left, height = coordinate(start + k * width), coordinate(max(1, tallest * share))
        return f"M{left} {coordinate(base)}v-{height}h{coordinate(width - 1)}v{height}z"

    if zero >= 0:
        sheet.element("path", d=bar(zero, min(1.15, (counts[zero] + group.zeros) / peak)), fill="upstream")
    if any(counts):
        drawn = "".join(bar(k, count / peak) for k, count in enumerate(counts) if count)
        sheet.element("path", d=drawn, fill="target")
    if min(finite) == max(finite):
        text = f"all {numeral(finite[0])}"
        sheet.text((start + end) / 2, base + 16, text, fill="muted", text_anchor="middle")
    else:
        sheet.text(start, base + 16, numeral(min(finite)), fill="muted")
        sheet.text(end, base + 16, numeral(max(finite)), fill="muted", text_anchor="end")


def histograms(groups: Mapping[str, Iterable[float]], *, title: str = "histograms") -> Histograms:
    """Return a picture with a histogram of each group of numbers or Values, each over its own range.

    Beside it stand the mean, the standard deviation, the share of exact zeros, and how many numbers are not
    finite. Exact zeros are orange, on top, and cut off above the other bars. Raises ValueError where
    there is no group, or no number in one.

    >>> print(histograms({"w": [-1.0, 0.0, 0.0, 1.0, 2.0]}, title="weights"))
    weights
    w  -1 ▅▁▁▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁▅▁▁▁▁▁▁▁▁▅ 2, mean 0.4 std 1.02, n = 5, 40 % zero
    """
    made = {
        printable(name): Group([plain(x, f"histograms: {name}[{i}]") for i, x in enumerate(numbers)])
        for name, numbers in groups.items()
    }
    if not made:
        raise ValueError("histograms: expected at least one group of numbers, got none")
    for name, group in made.items():
        if not group.numbers:
            raise ValueError(f"histograms: {name} is empty; leave it out, or give it numbers")
    return Histograms(made, printable(title))
