"""What formulas need that are to lose no digits.

Gives `decimally`, a formula in Decimals; what is next to a root; when a number has all its digits, and when
terms cancel; products, exponentials and waves with their rounding errors. Relies on nothing, and on `decimal`
only when called, because it costs import time.

One idea carries these files: a float formula first; where its terms cancel, or a step of it would leave the
normal floats, the textbook formula again in `decimal`, with digits to spare. And where exp would magnify the
rounding error of its argument, that error is computed as well.
"""

from __future__ import annotations

import math
from math import copysign, exp, inf

TYPE_CHECKING = False  # typing itself would be a quarter of the import time
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

PI = "3.1415926535897932384626433832795028841971693993751058209749445923078164"


def decimally(formula: Callable[..., Any], *numbers: float, digits: int = 50) -> float:
    """Return a formula's value at the numbers, computed with Decimals of that many digits."""
    from decimal import Context, Decimal, localcontext

    with localcontext(Context(prec=digits, Emin=-999999, Emax=999999, traps=[])):
        return float(formula(*map(Decimal, numbers)))


def near_root(x: float, root: float, rest: float, slopes: Sequence[float]) -> float:
    """Return a function next to its root + rest, by its Taylor coefficients there, but for the first, 0."""
    distance = (x - root) - rest
    total = 0.0
    for slope in reversed(slopes):
        total = total * distance + slope
    return total * distance


def is_ordinary(x: float) -> bool:
    """Return whether x is so far from overflow and underflow that it has all its digits."""
    return 1e-290 < x < 1e290 or -1e290 < x < -1e-290


def cancels(total: float, term: float, share: float = 0.5) -> bool:
    """Return whether a total is so small a share of one of its terms that digits were lost."""
    return abs(total) < share * abs(term)


def product_error(x: float, y: float, product: float) -> float:
    """Return x * y - product, where product is the rounded x * y, for moderate x and y."""
    # Dekker's product: each factor is cut into two halves, whose products are exact.
    big_x, big_y = 134217729.0 * x, 134217729.0 * y
    head_x, head_y = big_x - (big_x - x), big_y - (big_y - y)
    tail_x, tail_y = x - head_x, y - head_y
    return head_x * head_y - product + head_x * tail_y + tail_x * head_y + tail_x * tail_y


def times_exp(factor: float, x: float, error: float = 0.0) -> float:
    """Return factor * exp(x + error) for a tiny error, also where exp(x) is not a normal float."""
    if -700 < x < 700:
        power = exp(x)
        return factor * (power + power * error)
    if abs(x) > 1400:
        return copysign(inf if x > 0 else 0.0, factor)
    power = exp(x / 2)
    return factor * (power + power * error) * power


def sin_cos_pi(x: Any) -> tuple[Any, Any]:
    """Return sin(pi * x) and cos(pi * x), for a float or a Decimal that was one."""
    rest = math.remainder(x, 1.0)  # exact, and so is 1/2 - |rest| where it matters
    sign = -1 if (float(x) - rest) % 2 != 0 else 1
    near = type(x)(rest)
    return sign * _sin_pi(near), sign * _sin_pi(type(x)(0.5) - abs(near))


def _sin_pi(x: Any) -> Any:
    """Return sin(pi * x) for a float or Decimal between -1/2 and 1/2."""
    if isinstance(x, float):
        return math.sin(math.pi * x)
    angle = type(x)(PI) * x
    term = angle
    total = angle
    k = 1
    while total + term != total:
        k += 2
        term *= -angle * angle / (k * (k - 1))
        total += term
    return total
