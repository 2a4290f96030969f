"""The decision boundary: what a model of two numbers says around its samples, and where it is wrong.

The picture keeps what the model said when it was made; the model is called under `no_grad`. Relies on
`charts` and `svg`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from string import ascii_uppercase
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
    range_of,
    titled_sheet,
)
from autograd_lite.see.svg import Picture, Sheet, coordinate, length

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# A class of points: its colour, its shape as a path around the point, and its marker in matplotlib. The first
# seven colours are Okabe's and Ito's, told apart under the common deficiencies of colour vision.
CLASSES = (
    ("#0072b2", "m-4-4h8v8h-8z", "s"),
    ("#e69f00", "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0z", "o"),
    ("#009e73", "m0-5.5l5.5 9.5h-11z", "^"),
    ("#cc79a7", "m0-6l5.5 6-5.5 6-5.5-6z", "D"),
    ("#d55e00", "m0 5.5l5.5-9.5h-11z", "v"),
    ("#56b4e9", "m-1.7-5h3.4v3.3h3.3v3.4h-3.3v3.3h-3.4v-3.3h-3.3v-3.4h3.3z", "P"),
    ("#f0e442", "m0-6l1.6 4 4.2.3-3.3 2.6 1.1 4.2-3.6-2.3-3.6 2.3 1.1-4.2-3.3-2.6 4.2-.3z", "*"),
    ("#999999", "m-5-3l2-2 3 3 3-3 2 2-3 3 3 3-2 2-3-3-3 3-2-2 3-3z", "X"),
    ("#8c564b", "m-5.5 0l9.5-5.5v11z", "<"),
    ("#7f7fd5", "m5.5 0l-9.5-5.5v11z", ">"),
)  # fmt: skip
RING = "m-7.5 0a7.5 7.5 0 1 0 15 0a7.5 7.5 0 1 0-15 0z"
NOWHERE = "#00000000"  # where the model decides for no class


@dataclass(frozen=True)
class DecisionBoundary(Picture):
    """What `decision_boundary` returns: `.svg`, `str()` for a terminal, `.figure()` for matplotlib.

    points     the two coordinates of each sample; `across` and `up` are the ranges that are shown
    classes    the index of the class of each sample in `names`
    predicted  what the model says of each sample, None where it decides for no class
    grid       what it says at the centre of each cell of the picture, row by row from the top
    """

    points: list[tuple[float, float]]
    classes: list[int]
    predicted: list[int | None]
    names: list[str]
    across: Range
    up: Range
    grid: list[list[int | None]]

    @property
    def accuracy(self) -> float:
        """The share of samples whose class the model predicts."""
        return (len(self.points) - len(self._wrong())) / len(self.points)

    @property
    def heading(self) -> str:
        """The accuracy in words."""
        right = len(self.points) - len(self._wrong())
        lost = " (blank: not a number)" if any(None in row for row in self.grid) else ""
        return f"accuracy {100 * self.accuracy:.3g} %: {right} of {len(self.points)}{lost}"

    def _wrong(self) -> list[int]:
        return [i for i, (a, b) in enumerate(zip(self.classes, self.predicted, strict=True)) if a != b]

    @property
    def svg(self) -> str:
        """The picture as an SVG document."""
        sheet = titled_sheet(self.heading)
        top = self._draw_names(sheet)
        up = Axis(*self.up, top + 300, top)
        across = Axis(*self.across, left_margin(up), WIDTH - MARGIN)
        draw_axes(sheet, across, up, name="x[0]")
        sheet.text(across.start - 8, top - 10, "x[1]", fill="muted", text_anchor="end")
        draw_pixels(sheet, self._colours(), across.start, top, across.end - across.start, 300)
        marks = dict.fromkeys(range(len(self.names)), "")
        places = [f"M{coordinate(across.at(x))} {coordinate(up.at(y))}" for x, y in self.points]
        for k, place in zip(self.classes, places, strict=True):
            marks[k] += place + _look(k)[1]
        for k, path in marks.items():
            if path:
                sheet.element("path", d=path, fill=_look(k)[0], stroke="ink")
        if rings := "".join(places[i] + RING for i in self._wrong()):
            sheet.element("path", d=rings, fill="none", stroke="ink", stroke_width="1.5")
        return sheet.svg(WIDTH, top + 328, self.heading)

    def _colours(self) -> list[list[str]]:
        """Return the colour of each cell of the grid, through which its background is seen."""
        return [[NOWHERE if k is None else _look(k)[0] + "66" for k in row] for row in self.grid]

    def _draw_names(self, sheet: Sheet) -> float:
        """Draw the mark of each class beside its name, and return where the plot may begin."""
        marks = [(_look(k)[0], _look(k)[1], name) for k, name in enumerate(self.names)]
        if wrong := len(self._wrong()):
            marks.append(("none", RING, f"{wrong} wrong"))
        x, y = MARGIN + 6.0, 42
        for fill, path, name in marks:
            if x + 14 + length(name) > WIDTH - MARGIN:
                x, y = MARGIN + 6.0, y + LINE + 4
            sheet.element("path", d=f"M{coordinate(x)} {y}{path}", fill=fill, stroke="ink")
            sheet.text(x + 12, y + 4, name)
            x += 12 + length(name) + 20
        return y + 38

    @property
    def text(self) -> str:
        """What the picture shows in characters."""
        wide, high, grounds = 48, 16, " .:-=+~^'`"
        size = len(self.grid)
        cells = [
            [_ground(self.grid[r * size // high][c * size // wide], grounds) for c in range(wide)]
            for r in range(high)
        ]
        across, up = Axis(*self.across, 0, wide), Axis(*self.up, high, 0)
        wrong = set(self._wrong())
        for i, (x, y) in enumerate(self.points):
            letter = "x" if i in wrong else ascii_uppercase[self.classes[i] % 26]
            cells[min(int(up.at(y)), high - 1)][min(int(across.at(x)), wide - 1)] = letter
        names = [
            f"{ascii_uppercase[k % 26]} on '{_ground(k, grounds)}': {name}"
            for k, name in enumerate(self.names)
        ]
        return "\n".join([self.heading, *("".join(row) for row in cells), ", ".join([*names, "x: wrong"])])

    def figure(self) -> Figure:
        """Return the picture as a matplotlib Figure, whose axes can be restyled.

        Raises ImportError if matplotlib is not installed.
        """
        figure = matplotlib_figure("decision_boundary", 4.5)
        axes = figure.subplots()
        pixels = [
            [[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5, 7)] for c in row] for row in self._colours()
        ]
        axes.imshow(pixels, extent=(*self.across, *self.up), aspect="auto")
        for k, name in enumerate(self.names):
            own = [point for point, c in zip(self.points, self.classes, strict=True) if c == k]
            colour, _, marker = _look(k)
            axes.scatter([x for x, _ in own], [y for _, y in own], c=colour, marker=marker,
                         edgecolors="black", label=name)  # fmt: skip
        wrong = [self.points[i] for i in self._wrong()]
        axes.scatter(
            [x for x, _ in wrong], [y for _, y in wrong], s=120, facecolors="none", edgecolors="black"
        )
        axes.set(title=self.heading, xlabel="x[0]", ylabel="x[1]")
        axes.legend()
        return figure


def _look(k: int) -> tuple[str, str, str]:
    return CLASSES[k % len(CLASSES)]


def _ground(k: int | None, grounds: str) -> str:
    return "?" if k is None else grounds[k % len(grounds)]


def decision_boundary(
    model: Callable[[list[float]], Any],
    X: Sequence[Sequence[float]],
    y: Sequence[Any],
    *,
    resolution: int = 60,
) -> DecisionBoundary:
    """Return a picture of what a model of two numbers says around its samples, and where it is wrong.

    model       gives a Value or number, whose sign decides, or a list of scores, of which the greatest does
    X           the samples: rows of two numbers
    y           their classes: -1 and 1, or 0 and 1, for a sign; 0, 1, 2 … for scores
    resolution  of the grid on which the model is evaluated, in cells a side

    Samples that the model gets wrong are ringed. Raises ValueError for rows of another length, for classes
    that do not fit the model, and where there is nothing to draw.

    >>> picture = decision_boundary(lambda x: x[0] - x[1], [[0.0, 1.0], [1.0, 0.0], [2.0, 3.0]], [-1, 1, 1])
    >>> picture.title
    'accuracy 66.7 %: 2 of 3'
    """
    if type(resolution) is not int or resolution < 2:
        raise ValueError(f"decision_boundary: expected a resolution of at least 2 cells, got {resolution!r}")
    points = [_point(row, i) for i, row in enumerate(X)]
    labels = list(y)
    if not points or len(points) != len(labels):
        raise ValueError(
            f"decision_boundary: expected samples with a class each, got {len(points)} rows in X and "
            f"{len(labels)} classes in y"
        )
    across, up = (range_of([point[side] for point in points], margin=0.08) for side in (0, 1))
    centres = [(i + 0.5) / resolution for i in range(resolution)]
    columns = [(1 - share) * across[0] + share * across[1] for share in centres]
    rows = [(1 - share) * up[1] + share * up[0] for share in centres]
    with no_grad():
        outputs = [model([*point]) for point in points]
        grid = [[_decided(model([a, b])) for a in columns] for b in rows]
    if hasattr(outputs[0], "__len__"):
        allowed, why = list(range(len(outputs[0]))), f"one of the {len(outputs[0])} scores"
    else:
        allowed, why = [-1 if -1 in labels else 0, 1], "a sign"
    for i, label in enumerate(labels):
        if label not in allowed:
            wanted = ", ".join(map(str, allowed))
            raise ValueError(
                f"decision_boundary: y[{i}] is {label!r}; the model decides by {why}, "
                f"so number the classes {wanted}"
            )
    return DecisionBoundary(
        points, [allowed.index(label) for label in labels], [_decided(output) for output in outputs],
        [str(label) for label in allowed], across, up, grid,
    )  # fmt: skip


def _point(row: Sequence[float], i: int) -> tuple[float, float]:
    if not hasattr(row, "__len__") or len(row) != 2:
        got = f"{len(row)} numbers" if hasattr(row, "__len__") else type(row).__name__
        raise ValueError(
            f"decision_boundary: X[{i}] has {got}; expected rows of 2. Of a model with more inputs, draw two "
            "and fix the others: decision_boundary(lambda x: model([*x, 0.0]), …)"
        )
    a, b = (plain(x, f"decision_boundary: X[{i}]") for x in row)
    if not (math.isfinite(a) and math.isfinite(b)):
        raise ValueError(f"decision_boundary: X[{i}] is ({a}, {b}); leave out samples that are not finite")
    return a, b


def _decided(output: Any) -> int | None:
    """Return the class that a model's result stands for, None for a NaN."""
    several = hasattr(output, "__len__")
    scores = [plain(x, "decision_boundary: the model's result") for x in (output if several else [output])]
    if any(math.isnan(x) for x in scores):
        return None
    return max(range(len(scores)), key=scores.__getitem__) if several else int(scores[0] > 0)
