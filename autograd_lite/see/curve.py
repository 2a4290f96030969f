"""The loss curve: one or several series of numbers by step. Relies on `charts` and `svg`."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from autograd_lite.engine import plain
from autograd_lite.see.charts import (
    LINE,
    MARGIN,
    WIDTH,
    Axis,
    draw_axes,
    left_margin,
    matplotlib_figure,
    numeral,
    range_of,
    sparkline,
    spread,
    thinned,
    titled_sheet,
    whole_ticks,
)
from autograd_lite.see.svg import SERIES, Picture, clipped, coordinate, length, printable

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TOP = 36  # of the plot, in pixels
DOT = "m-1.5 0a1.5 1.5 0 1 0 3 0a1.5 1.5 0 1 0-3 0"  # around a loss without neighbours


@dataclass(frozen=True)
class LossCurve(Picture):
    """What `loss_curve` returns: `.svg`, `str()` for a terminal, `.figure()` for matplotlib."""

    series: dict[str, list[float]]
    log: bool
    heading: str
    axis: str
    start: float
    stride: float

    @property
    def svg(self) -> str:
        """The picture as an SVG document."""
        lasts = {name: _last(losses)[1] for name, losses in self.series.items()}
        several = len(lasts) > 1
        ends = [f"{clipped(name, 14)} {numeral(x)}" if several else numeral(x) for name, x in lasts.items()]
        bottom = TOP + max(180, LINE * len(ends))
        finite = [x for losses in self.series.values() for x in losses if math.isfinite(x)]
        low, high = range_of(finite or [0.0])
        limits = (max(low, math.ulp(0.0)), high) if self.log else whole_ticks(low, high)
        up = Axis(*limits, bottom, TOP, self.log)
        right = WIDTH - MARGIN - 8 - max(map(length, ends))
        steps = max(len(losses) for losses in self.series.values()) - 1
        left = max(left_margin(up), MARGIN + length(self.axis) + 8)
        across = Axis(self.start, self._place(max(steps, 1)), left, right)
        sheet = titled_sheet(self.heading, self._note())
        draw_axes(sheet, across, up, name=self.axis, whole=isinstance(self._place(1), int))
        levels = [up.at(x) + 4 if math.isfinite(x) else TOP + 4 for x in lasts.values()]
        places = spread(levels, TOP + 4, bottom + 4)
        for i, losses in enumerate(self.series.values()):
            colour, dash = SERIES[i % len(SERIES)], (None, "7 3", "3 3", "9 3 3 3")[i // len(SERIES) % 4]
            line, crosses = self._paths(losses, across, up, TOP + 6 + 9 * i)
            if line:
                sheet.element("path", d=line, fill="none", stroke=colour, stroke_width="1.75",
                              stroke_linejoin="round", stroke_dasharray=dash)  # fmt: skip
            if crosses:
                sheet.element("path", d=crosses, fill="none", stroke=colour, stroke_width="1.5")
            sheet.text(right + 8, places[i], ends[i], fill=colour)
        return sheet.svg(WIDTH, bottom + 30, f"{self.heading}: {', '.join(ends)}")

    def _note(self) -> str:
        """Return what a reader has to know besides: a log axis, numbers that are not finite."""
        broken = [i for losses in self.series.values() for i, x in enumerate(losses) if not math.isfinite(x)]
        said = ["log axis"] if self.log else []
        if broken:
            said.append(f"{len(broken)} not finite, the first at {self._named(min(broken))}")
        return ", ".join(said)

    def _paths(self, losses: Sequence[float], across: Axis, up: Axis, level: float) -> tuple[str, str]:
        """Return the path of the finite losses, and at a level that of crosses where the others are."""
        line, crosses = "", ""
        for finite, run in groupby(thinned(losses), key=lambda i: math.isfinite(losses[i])):
            places = [(across.at(self._place(i)), i) for i in run]
            if finite:
                points = [f"{coordinate(x)} {coordinate(up.at(losses[i]))}" for x, i in places]
                line += f"M{' '.join(points)}" + (DOT if len(points) == 1 else "")
            else:
                ends = sorted({places[0][0], places[-1][0]})
                marks = (f"M{coordinate(x - 3)} {coordinate(level - 3)}l6 6m0-6l-6 6" for x in ends)
                crosses += "".join(marks)
                crosses += f"M{coordinate(ends[0])} {coordinate(level)}H{coordinate(ends[-1])}"
        return line, crosses

    def _place(self, i: int) -> float:
        """Return the number of the horizontal axis that stands for the i-th loss."""
        return self.start + i * self.stride

    def _named(self, i: int) -> str:
        return f"{self.axis} {self._place(i):g}"

    @property
    def text(self) -> str:
        """What the picture shows in characters."""
        wide = max(map(len, self.series))
        lines = [f"{self.heading} ({note})" if (note := self._note()) else self.heading]
        for name, losses in self.series.items():
            course = [math.log10(x) if self.log and math.isfinite(x) else x for x in losses]
            i, last = _last(losses)
            lines.append(f"{name:{wide}}  {sparkline(course)}  {numeral(last)} at {self._named(i)}")
        return "\n".join(lines)

    def figure(self) -> Figure:
        """Return the curve as a matplotlib Figure, whose axes can be restyled.

        Raises ImportError if matplotlib is not installed.
        """
        figure = matplotlib_figure("loss_curve", 3.5)
        axes = figure.subplots()
        for name, losses in self.series.items():
            places = [self._place(i) for i in range(len(losses))]
            axes.plot(places, losses, label=name, marker="." if len(losses) < 50 else None)
        axes.set(title=self.heading, xlabel=self.axis, yscale="log" if self.log else "linear")
        axes.legend()
        return figure


def _last(losses: Sequence[float]) -> tuple[int, float]:
    """Return the index of the last finite loss, and the loss; of the last one and NaN if there is none."""
    finite = (i for i in reversed(range(len(losses))) if math.isfinite(losses[i]))
    i = next(finite, None)
    return (len(losses) - 1, math.nan) if i is None else (i, losses[i])


def loss_curve(
    losses: Sequence[float] | Mapping[str, Sequence[float]],
    *,
    validation: Sequence[float] | None = None,
    log: bool | None = None,
    title: str = "loss",
    axis: str = "step",
    start: float = 0,
    stride: float = 1,
) -> LossCurve:
    """Return a picture of losses by step, with the last finite one written at its end.

    losses      a list of numbers or Values, or several lists by their names
    validation  one more list, drawn over the same steps
    log         whether the axis is logarithmic; by itself it is, for positive losses over two decades
    axis        the name of the horizontal axis
    start       what it counts from
    stride      how far it is from one loss to the next: 50 for losses that were noted in every 50th step

    What is not finite is a gap in the line under a cross. Of more than 400 losses the least and greatest of
    each of 200 bins are drawn. Raises ValueError for an empty list, for log=True with a loss that is not
    positive, or for a stride that is not.

    >>> print(loss_curve([2.0, 1.0, 0.5, 0.25], validation=[2.5, 2.0, 2.0, 2.5]))
    loss
    train       █▄▂▁  0.25 at step 3
    validation  █▁▁█  2.5 at step 3
    """
    named = losses if isinstance(losses, Mapping) else {"loss" if validation is None else "train": losses}
    if validation is not None:
        if "validation" in named:
            raise ValueError("loss_curve: validation is given twice; leave one of them out")
        named = {**named, "validation": validation}
    series = {
        printable(name): [plain(x, f"loss_curve: {name}[{i}]") for i, x in enumerate(numbers)]
        for name, numbers in named.items()
    }
    for name, numbers in series.items() or [("losses", [])]:
        if not numbers:
            raise ValueError(f"loss_curve: {name} is empty; expected at least one number")
    if not 0 < stride < math.inf or not math.isfinite(start):
        raise ValueError(
            f"loss_curve: expected a stride above 0 and a finite start, got {stride} and {start}"
        )
    finite = [x for numbers in series.values() for x in numbers if math.isfinite(x)]
    if log and finite and min(finite) <= 0:
        raise ValueError(f"loss_curve: log=True with a loss of {min(finite)}; use log=False")
    if log is None:
        log = bool(finite) and min(finite) > 0 and max(finite) / min(finite) > 100
    return LossCurve(series, log and bool(finite), printable(title), printable(axis), start, stride)
