"""Functions made of rows: clip, where, softmax and others, of numbers and Values alike.

Also adds to the table's `SEQUENCES` what the partials of `norm` and `logsumexp` use. Relies on `functions`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

from autograd_lite import functions
from autograd_lite.engine import Value, _is_real
from autograd_lite.primitives import SEQUENCES, TABLE, of_others

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Scalar = Value | float


def clip(x: Scalar, low: Scalar, high: Scalar) -> Any:
    """Return x held between low and high; at and beyond these the derivative by x is 0.

    If low is greater than high the result is high, as in NumPy.

    >>> clip(3.0, -1.0, 1.0)
    1.0
    """
    return functions.at_most(functions.at_least(x, low), high)


def where(condition: Any, x: Scalar, y: Scalar) -> Any:
    """Return x if the condition holds, else y; nothing flows to the other one, not even a NaN.

    condition  a bool, or a number or Value that counts as true if it is not 0

    >>> from autograd_lite import Value, sqrt
    >>> x = Value(0.0)
    >>> y = where(x > 0, sqrt(x), 0.0)
    >>> y.backward()
    >>> y.data, x.grad
    (0.0, 0.0)
    """
    if not (isinstance(condition, bool | Value) or _is_real(condition)):
        raise TypeError(f"where: expected a bool as the condition, got {type(condition).__name__}")
    return TABLE["choose_x" if condition else "choose_y"].function(x, y)


def softmax(xs: Iterable[Scalar]) -> list[Any]:
    """Return exp(x) for each of xs, divided by their sum: positive, with sum 1. Raises ValueError for none.

    >>> softmax([1000.0, 1000.0])
    [0.5, 0.5]
    """
    xs = _listed("softmax", xs)
    # Differences from the greatest cannot overflow, and the shift has no gradient.
    shift = functions.stop_gradient(functions.amax(xs))
    terms = [TABLE["exp_sub"].function(x, shift) for x in xs]
    total = functions.fsum(terms)
    return [term / total for term in terms]


def log_softmax(xs: Iterable[Scalar]) -> list[Any]:
    """Return the logarithm of softmax(xs), also where that is 0 to a float. Raises ValueError for none.

    >>> log_softmax([0.0, -1000.0])
    [0.0, -1000.0]
    """
    xs = _listed("log_softmax", xs)
    # As a function of the others' sum, which keeps the digits of what is next to 0, and of its slope.
    others = of_others(functions.logaddexp, -math.inf, xs)
    return [0.0 - functions.softplus(rest - x) for x, rest in zip(xs, others, strict=True)]


def _listed(name: str, xs: Iterable[Scalar]) -> list[Scalar]:
    if not hasattr(xs, "__iter__"):
        raise TypeError(f"{name}: expected a sequence of numbers and Values, got {type(xs).__name__}")
    listed = list(xs)
    if not listed:
        raise ValueError(f"{name}: expected at least one number, got none")
    return listed


def _directions(xs: Sequence[Scalar], length: Scalar) -> list[Any]:
    """Return x / length for each of xs, and 0 where the length is 0."""
    if type(length) is Value:
        # x / length would cancel when it is differentiated, where x is most of the length.
        others = of_others(functions.hypot, 0.0, xs)
        return [TABLE["hypot_x"].function(x, rest) for x, rest in zip(xs, others, strict=True)]
    if length == 0:
        return [0.0] * len(xs)
    if not 1e-290 < length < 1e300:
        # The length has lost digits, or has overflowed: measure again in another unit.
        unit = 2.0**-600 if length > 1 else 2.0**600
        xs = [x * unit for x in xs]
        length = functions.norm(xs)
    return [x / length for x in xs]


def _shares(xs: Sequence[Scalar]) -> list[Any]:
    """Return softmax(xs), of Values in a form that does not cancel when it is differentiated."""
    if Value not in map(type, xs) or functions.amax(xs) == -math.inf:
        return softmax(xs)
    others = of_others(functions.logaddexp, -math.inf, xs)
    return [TABLE["logaddexp_x"].function(x, rest) for x, rest in zip(xs, others, strict=True)]


def _shares_of_extreme(name: str) -> Callable[[Sequence[Scalar]], list[Any]]:
    def shares(xs: Sequence[Scalar]) -> list[Any]:
        extreme = TABLE[name].function(xs)
        # A half where it is one of them, else 0; as nodes without a slope, so a compiler need not branch.
        halves = [TABLE["share"].function(*(x, extreme)[:: 1 if name == "amax" else -1]) for x in xs]
        count = functions.fsum(halves)
        return [half / count for half in halves]

    return shares


SEQUENCES["shares_of_greatest"] = _shares_of_extreme("amax")
SEQUENCES["shares_of_least"] = _shares_of_extreme("amin")
SEQUENCES["directions"] = _directions
SEQUENCES["shares"] = _shares
