"""Finite differences that choose their own steps and say how far they can be trusted.

Gives the derivative of a function of one number, measured from both sides by `slope`, and from the left and
from the right by `one_sided`. Central and one-sided differences with shrinking steps are extrapolated to a
step of zero (Richardson; Ridders 1982), from several sizes of step, where an error counts both what still
changes and what rounding makes of a difference: a step too small to be seen is never chosen.
Relies on `math` alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

TYPE_CHECKING = False
if TYPE_CHECKING:
    Function = Callable[[float], float]

EPSILON = 2.0**-52


class Slope:
    """A measured derivative.

    value  the derivative; nan if it could not be measured
    error  an estimate of its error, inf if it could not be measured
    step   the smallest difference that went into it
    scale  what slope the function would have if it changed by its own size over the size of x, or over 1
    """

    __slots__ = ("error", "scale", "step", "value")

    def __init__(
        self, value: float = math.nan, error: float = math.inf, step: float = math.inf, scale: float = 0.0
    ) -> None:
        self.value = value
        self.error = error
        self.step = step
        self.scale = scale

    def agrees(self, other: float, relative: float = 1e-6) -> bool:
        """Whether a derivative is this one, up to the error and a relative tolerance."""
        tolerance = 10 * self.error + relative * max(abs(self.value), abs(other)) + 1e-12 * self.scale
        return self.value == other or abs(self.value - other) <= tolerance

    @property
    def measured(self) -> bool:
        """Whether the error is small beside the slope, or beside its scale."""
        return self.error <= max(1e-3 * abs(self.value), 1e-9 * self.scale, 1e-300)


def slope(f: Function, x: float) -> Slope:
    """Return the derivative of f at x by differences from both sides."""

    def central(h: float) -> tuple[float, float]:
        after, before = f(x + h), f(x - h)
        return (after - before) / ((x + h) - (x - h)), max(abs(after), abs(before))

    # The error of a central difference is a series in the square of the step.
    return _best(central, x, 4.0)


def one_sided(f: Function, x: float) -> tuple[Slope, Slope]:
    """Return the derivatives of f at x from the left and from the right."""
    here = f(x)

    def side(sign: float) -> Slope:
        def forward(h: float) -> tuple[float, float]:
            there = f(x + sign * h)
            return (there - here) / ((x + sign * h) - x), max(abs(there), abs(here))

        return _best(forward, x, 2.0)

    return side(-1.0), side(1.0)


def _best(difference: Callable[[float], tuple[float, float]], x: float, ratio: float) -> Slope:
    """Return the best extrapolation over steps that fit the size of x, and over steps that fit 1."""
    # No round numbers, which a periodic function might repeat itself after.
    steps = (1.293e-7, 1.171e-5, 1.037e-3, 0.0917)
    starts = sorted({size * step for size in (1.0, abs(x)) if size for step in steps})
    found = [_extrapolated(difference, x, start, ratio) for start in starts]
    # One size of steps may agree with itself by chance, or be too fine for the noise of f, so that the error
    # is at least what two sizes next to each other differ by. The finest two that say anything are believed;
    # then those that agree with them have more digits.
    pairs = []
    for fine, coarse in pairwise(found):
        better = fine if fine.error <= coarse.error else coarse
        error = max(fine.error, coarse.error, abs(fine.value - coarse.value))
        if math.isfinite(error):
            pairs.append(Slope(better.value, error, better.step, better.scale))
    for believed in pairs:
        if believed.measured:
            agreeing = [s for s in pairs if abs(s.value - believed.value) <= 10 * believed.error]
            return min(agreeing, key=lambda s: s.error)
    return Slope()


def _extrapolated(
    difference: Callable[[float], tuple[float, float]], x: float, step: float, ratio: float
) -> Slope:
    best = Slope()
    greatest = 0.0
    row: list[float] = []
    for _ in range(8):
        if not x - step < x < x + step or step < 1e-300:
            break
        try:
            raw, size = difference(step)
        except (ArithmeticError, ValueError):
            raw = math.nan
        if math.isfinite(raw):
            greatest = max(greatest, size)
            rounding = (4 * EPSILON * size + 2.0**-1074) / step
            before, row, factor = row, [raw], 1.0
            for k, coarser in enumerate(before):
                factor *= ratio
                row.append(row[k] + (row[k] - coarser) / (factor - 1))
                error = max(abs(row[-1] - row[-2]), abs(row[-1] - coarser)) + rounding
                if error < best.error:
                    best = Slope(row[-1], error, step, greatest / (abs(x) or 1.0))
        else:
            row = []
        step /= 2
    return best
