"""Python's `math`, of numbers and Values: `from autograd_lite import math` in the place of `import math`.

Every name of `math` is here. Of plain numbers in their domain the results are math's own, bit for bit;
outside, where math raises, IEEE 754 decides: `log(0)` is -inf. Functions without a derivative are named in
`NO_DERIVATIVE`: those of whole numbers refuse Values, the others take a Value's number and return a plain
one. Relies on `functions`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from math import ceil, comb, e, factorial, floor, gcd, inf, isqrt, lcm, nan, perm, pi, tau, trunc

from autograd_lite import functions
from autograd_lite.engine import Value, decided, plain
from autograd_lite.functions import abs as fabs
from autograd_lite.functions import (
    acos,
    acosh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cbrt,
    copysign,
    cos,
    cosh,
    degrees,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    fma,
    fmod,
    fsum,
    gamma,
    ldexp,
    lgamma,
    log1p,
    pow,
    radians,
    remainder,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Scalar = Value | float

# Of whole numbers, or constant between jumps.
NO_DERIVATIVE = (
    "ceil", "comb", "factorial", "floor", "gcd", "isclose", "isfinite", "isinf", "isnan", "isqrt", "lcm",
    "perm", "trunc", "ulp",
)  # fmt: skip

__all__ = [
    "acos",
    "acosh",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "ceil",
    "comb",
    "copysign",
    "cos",
    "cosh",
    "degrees",
    "dist",
    "e",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "expm1",
    "fabs",
    "factorial",
    "floor",
    "fma",
    "fmod",
    "frexp",
    "fsum",
    "gamma",
    "gcd",
    "hypot",
    "inf",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "isqrt",
    "lcm",
    "ldexp",
    "lgamma",
    "log",
    "log1p",
    "log2",
    "log10",
    "modf",
    "nan",
    "nextafter",
    "perm",
    "pi",
    "pow",
    "prod",
    "radians",
    "remainder",
    "sin",
    "sinh",
    "sqrt",
    "sumprod",
    "tan",
    "tanh",
    "tau",
    "trunc",
    "ulp",
]


def __getattr__(name: str) -> Any:
    """Return what a newer Python's math has beside these; of a Value it raises TypeError."""
    return getattr(math, name)


def log(x: Scalar, base: Scalar | None = None, /) -> Any:
    """Return the logarithm of x, natural or to the given base.

    >>> log(8.0, 2.0)
    3.0
    """
    if base is not None:
        return functions.div(log(x), log(base))
    return math.log(x) if _is_long(x) else functions.log(x)


def log2(x: Scalar, /) -> Any:
    """Return the logarithm of x to the base 2."""
    return math.log2(x) if _is_long(x) else functions.log2(x)


def log10(x: Scalar, /) -> Any:
    """Return the logarithm of x to the base 10."""
    return math.log10(x) if _is_long(x) else functions.log10(x)


def _is_long(x: Any) -> bool:
    """Whether x is an int of a size that only math's own logarithms take."""
    return type(x) is int and x >= 2**1023


def prod(iterable: Iterable[Scalar], /, *, start: Scalar = 1) -> Any:
    """Return the product of the start and the items, left to right.

    >>> prod([2, 3])
    6
    """
    items = list(iterable)
    if Value not in map(type, [start, *items]):
        return math.prod(items, start=start)
    return functions.prod(items if type(start) is not Value and start == 1 else [start, *items])


def sumprod(p: Iterable[Scalar], q: Iterable[Scalar], /) -> Any:
    """Return the sum of the products of two sequences of one length, rounded once.

    >>> sumprod([1.0, 1e100, -1e100], [1.0, 1.0, 1.0])
    1.0
    """
    p, q = list(p), list(q)
    if hasattr(math, "sumprod") and Value not in map(type, p + q):
        return math.sumprod(p, q)
    return functions.sumprod(p, q)


def hypot(*coordinates: Scalar) -> Any:
    """Return the Euclidean length of a vector of any number of coordinates.

    >>> hypot(2.0, 3.0, 6.0)
    7.0
    """
    return functions.hypot(*coordinates) if len(coordinates) == 2 else functions.norm(coordinates)


def dist(p: Iterable[Scalar], q: Iterable[Scalar], /) -> Any:
    """Return the Euclidean distance between two points; raises ValueError if their dimensions differ.

    >>> dist([1.0, 1.0], [4.0, 5.0])
    5.0
    """
    p, q = list(p), list(q)
    if len(p) != len(q):
        raise ValueError(
            f"dist: both points must have the same number of dimensions, got {len(p)} and {len(q)}"
        )
    if Value not in map(type, p + q):
        return math.dist(p, q)
    sides = [[x if type(x) is Value else float(x) for x in point] for point in (p, q)]
    return hypot(*[a - b for a, b in zip(*sides, strict=True)])


def modf(x: Scalar, /) -> tuple[Any, float]:
    """Return the fractional part of x and the whole part, both with the sign of x.

    >>> modf(-1.5)
    (-0.5, -1.0)
    """
    if type(x) is Value:
        return functions.fract(x), decided(_whole, x)
    return math.modf(x)


def frexp(x: Scalar, /) -> tuple[Any, int]:
    """Return m and the int n for which x is m * 2**n, with abs(m) between 0.5 and 1.

    >>> frexp(6.0)
    (0.75, 3)
    """
    if type(x) is Value:
        exponent = decided(_exponent, x)
        return functions.ldexp(x, -exponent), exponent
    return math.frexp(x)


def _whole(x: float) -> float:
    return math.modf(x)[1]


def _exponent(x: float) -> int:
    return math.frexp(x)[1]


def nextafter(x: Scalar, y: Scalar, /, *, steps: int | None = None) -> Any:
    """Return the float that is that many steps, or one, from x towards y; its derivative by x is 1.

    steps  needs Python 3.12

    >>> nextafter(1.0, 2.0) - 1.0
    2.220446049250313e-16
    """
    if steps is None:
        return functions.nextafter(x, y)
    there: float = vars(math)["nextafter"](plain(x), plain(y), steps=steps)
    return x + (there - x.data) if type(x) is Value else there


def isclose(a: Scalar, b: Scalar, *, rel_tol: float = 1e-09, abs_tol: float = 0.0) -> bool:
    """Whether two numbers are close, as in math."""
    return math.isclose(plain(a), plain(b), rel_tol=rel_tol, abs_tol=abs_tol)


def isfinite(x: Scalar, /) -> bool:
    """Whether x is neither an infinity nor a NaN."""
    return bool(decided(math.isfinite, x))


def isinf(x: Scalar, /) -> bool:
    """Whether x is an infinity."""
    return bool(decided(math.isinf, x))


def isnan(x: Scalar, /) -> bool:
    """Whether x is a NaN."""
    return bool(decided(math.isnan, x))


def ulp(x: Scalar, /) -> float:
    """Return the unit in the last place of x."""
    return math.ulp(plain(x))
