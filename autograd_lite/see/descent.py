"""The paths of optimisers over the landscape of a function of two numbers. Relies on `charts` and `svg`."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autograd_lite.context import no_grad
from autograd_lite.engine import plain
from autograd_lite.see.charts import (
    LINE,
    MARGIN,
    WIDTH,
    Axis,
    Range,
    draw_axes,
    draw_pixels,
    left_margin,
    matplotlib_figure,
    numeral,
    range_of,
    titled_sheet,
)
from autograd_lite.see.svg import SERIES, Picture, clipped, coordinate, length, printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Path = list[tuple[float, float]]

_LEVELS = 12
_DOT = "m-2 0a2 2 0 1 0 4 0a2 2 0 1 0-4 0"
_DASHES = (None, "6 3")


@dataclass(frozen=True)
class Descent(Picture):
    """What `descent` returns.

    paths    the places of each path, by name
    ends     the function's value at the end of each
    across   the range of the first number, `up` that of the second
    grid     the level of the function in each cell, from 0, row by row from the top; None where it is NaN
    """

    paths: dict[str, Path]
    ends: dict[str, float]
    across: Range
    up: Range
    grid: list[list[int | None]]
    heading: str

    @property
    def svg(self) -> str:
        """The picture as an SVG document."""
        sheet = titled_sheet(self.heading)
        top, bottom = 40, 320
        up = Axis(*self.up, bottom, top)
        across = Axis(*self.across, left_margin(up), WIDTH - MARGIN)
        draw_axes(sheet, across, up, name="")
        draw_pixels(sheet, self._colours(), across.start, top, across.end - across.start, bottom - top)
        x, y = float(MARGIN), bottom + 44
        for i, (name, path) in enumerate(self.paths.items()):
            colour, dash = SERIES[i % len(SERIES)], _DASHES[i // len(SERIES) % 2]
            points = [
                f"{coordinate(across.at(a))} {coordinate(up.at(b))}"
                for a, b in path
                if self.across[0] <= a <= self.across[1] and self.up[0] <= b <= self.up[1]
            ]
            if points:
                sheet.element(
                    "path", d="M" + " ".join(points), fill="none", stroke=colour, stroke_width="1.5",
                    stroke_dasharray=dash, stroke_linejoin="round",
                )  # fmt: skip
                sheet.element("path", d="".join(f"M{point}{_DOT}" for point in points), fill=colour)
            label = f"{clipped(name, 20)} {numeral(self.ends[name], 3)}"
            if x + length(label) > WIDTH - MARGIN:
                x, y = float(MARGIN), y + LINE + 2
            sheet.text(x, y, label, fill=colour)
            x += length(label) + 20
        return sheet.svg(WIDTH, y + 14, f"{self.heading}: {', '.join(self.paths)}")

    def _colours(self) -> list[list[str]]:
        """Return the colour of each cell: the lower, the fainter."""
        return [
            ["#00000000" if k is None else f"#5b9bd5{20 + 150 * k // _LEVELS:02x}" for k in row]
            for row in self.grid
        ]

    @property
    def text(self) -> str:
        """What the picture shows in characters."""
        lines = [self.heading]
        for name, path in self.paths.items():
            start, end = (f"({numeral(a)}, {numeral(b)})" for a, b in (path[0], path[-1]))
            lines.append(
                f"{name}: {start} to {end} in {len(path) - 1} steps, {numeral(self.ends[name])} there"
            )
        return "\n".join(lines)

    def figure(self) -> Figure:
        """Return the picture as a matplotlib Figure, whose axes can be restyled.

        Raises ImportError if matplotlib is not installed.
        """
        figure = matplotlib_figure("descent", 4.5)
        axes = figure.subplots()
        levels = [[math.nan if k is None else k for k in row] for row in self.grid]
        axes.imshow(levels, extent=(*self.across, *self.up), aspect="auto", cmap="Blues", alpha=0.7)
        for name, path in self.paths.items():
            axes.plot([a for a, _ in path], [b for _, b in path], marker=".", label=name)
        axes.set(title=self.heading, xlim=self.across, ylim=self.up)
        axes.legend()
        return figure


def descent(
    f: Callable[[float, float], Any],
    paths: Mapping[str, Sequence[Sequence[float]]],
    *,
    span: tuple[float, float, float, float] | None = None,
    resolution: int = 80,
    title: str = "descent",
) -> Descent:
    """Return a picture of a function of two numbers, darker where it is higher, with paths over it.

    f           of two floats, a Value or number; evaluated under `no_grad`
    paths       lists of places, pairs of numbers, by name: where an optimiser has been
    span        the least and greatest first number, and the least and greatest second; by default all places
    resolution  of the grid on which f is evaluated, in cells a side

    The value of f at the end of a path stands beside its name. A dot is a step; what leaves the picture is
    left out. Raises ValueError for no paths, for a place that is no pair, and for an empty span.

    >>> bowl = lambda x, y: x**2 + y**2
    >>> print(descent(bowl, {"straight": [(2.0, 2.0), (1.0, 1.0), (0.0, 0.0)]}))
    descent
    straight: (2, 2) to (0, 0) in 2 steps, 0 there
    """
    if type(resolution) is not int or resolution < 2:
        raise ValueError(f"descent: expected a resolution of at least 2 cells, got {resolution!r}")
    walked = {printable(name): [_place(place, name) for place in path] for name, path in paths.items()}
    if not walked or not all(walked.values()):
        raise ValueError("descent: expected paths by name with at least one place each")
    finite = [place for path in walked.values() for place in path if all(map(math.isfinite, place))]
    if span is not None:
        across, up = (span[0], span[1]), (span[2], span[3])
    elif finite:
        across, up = (range_of([place[side] for place in finite], margin=0.1) for side in (0, 1))
    else:
        raise ValueError("descent: no place of the paths is finite; give a span")
    if not (across[0] < across[1] and up[0] < up[1]):
        raise ValueError(f"descent: expected a span of low, high, low, high, got {span}")
    shares = [(i + 0.5) / resolution for i in range(resolution)]
    columns = [across[0] + share * (across[1] - across[0]) for share in shares]
    rows = [up[1] + share * (up[0] - up[1]) for share in shares]
    with no_grad():
        values = [[plain(f(a, b), "descent: f") for a in columns] for b in rows]
        ends = {name: plain(f(*path[-1]), "descent: f") for name, path in walked.items()}
    order = sorted(value for row in values for value in row if value == value)
    # Levels of equal area, so that ravines and plains are both seen.
    bounds = [order[k * len(order) // _LEVELS] for k in range(1, _LEVELS)] if order else []
    grid = [[bisect_left(bounds, value) if value == value else None for value in row] for row in values]
    return Descent(walked, ends, across, up, grid, printable(title))


def _place(place: Sequence[float], name: str) -> tuple[float, float]:
    if not hasattr(place, "__len__") or len(place) != 2:
        raise ValueError(f"descent: expected pairs of numbers in the path {name!r}, got {place!r}")
    a, b = (plain(x, f"descent: {name}") for x in place)
    return a, b
