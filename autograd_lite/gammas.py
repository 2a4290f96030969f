"""The gamma family: digamma and the derivatives of it, right to the last digits also between the poles.

Gives plain functions, float to float, as `special` does. Relies on `digits` and `ieee`.
"""

from __future__ import annotations

import math
from math import copysign, inf, nan

from autograd_lite.digits import PI, cancels, decimally, is_ordinary, near_root, sin_cos_pi

TYPE_CHECKING = False  # typing itself would be a quarter of the import time
if TYPE_CHECKING:
    from typing import Any

# The Bernoulli numbers B_2, B_4, ... as (numerator, denominator), for the gamma family.
BERNOULLI = (
    (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510), (43867, 798),
    (-174611, 330), (854513, 138), (-236364091, 2730), (8553103, 6), (-23749461029, 870),
    (8615841276005, 14322),
)  # fmt: skip
# A root, as the sum of two floats, with the Taylor coefficients there from the first on.
DIGAMMA_ROOT = (1.4616321449683622, 9.549995429965697e-17, (
    0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652,
    0.10782405069126237, -0.07219956125645471, 0.04880428816414311, -0.03316112647484736,
    0.022597648232218104, -0.01542476590494896, 0.010538791616612175, -0.007204534386356869,
    0.004926781395729853, -0.003369801655439328, 0.002305126326734928, -0.0015769367714301972,
    0.0010788252019162967, -0.0007380709389960052, 0.000504953265834602, -0.0003454680251063077,
    0.00023635601564027053, -0.00016170622091974803, 0.0001106337276874741,
))  # fmt: skip


def digamma(x: float) -> float:
    """Return the derivative of log(gamma(x)); nan at negative whole numbers, infinite at 0."""
    if x == 0 or not x < inf:
        return copysign(inf, -x) if x == 0 else x
    if x < 0:
        if not x % 1 or x == -inf:
            return nan
        sine, cosine = sin_cos_pi(x)
        term = math.pi * cosine / sine
        total = digamma(1 - x) - term
        return _polygamma_decimal(0, x) if cancels(total, term) or abs(total) < 0.25 else float(total)
    if 1.25 < x < 1.75:
        return near_root(x, *DIGAMMA_ROOT)
    terms = []
    y = x
    while y < 10:
        terms.append(-1 / y)
        y += 1
    square = 1 / y / y
    tail = square * (1 / 12 - square * (1 / 120 - square * (1 / 252 - square * (1 / 240 - square * (
        1 / 132 - square * (691 / 32760 - square * (1 / 12 - square * 3617 / 8160)))))))  # fmt: skip
    terms += [math.log(y), -0.5 / y, -tail]
    total = math.fsum(terms)
    return _polygamma_decimal(0, x) if abs(total) < 0.25 else total


def polygamma(n: float, x: float) -> float:
    """Return the derivative of order n of digamma; nan unless n is a whole number from 0 to 170."""
    if n == 0:
        return digamma(x)
    if not 0 < n <= 170 or n % 1 or x != x or x == -inf:
        return nan
    if x == inf:
        return 0.0
    order = int(n)
    if x <= 0 and not x % 1:
        return inf if order % 2 else nan
    # No power of x is to leave the range of floats.
    if order <= 20 and abs(math.log(abs(x))) * (order + (17 if abs(x) > 1 else 2)) < 700:
        left, right = _polygamma_terms(order, x)
        if is_ordinary(left + right) and not cancels(left + right, right):
            return float(left + right)
    return _polygamma_decimal(order, x)


def _polygamma_decimal(n: int, x: float) -> float:
    return decimally(lambda x: _polygamma_whole(n, x), x, digits=60)


def _polygamma_whole(n: int, x: Any) -> Any:
    left, right = _polygamma_terms(n, x)
    return left + right


def _polygamma_terms(n: int, x: Any) -> tuple[Any, Any]:
    """Return two numbers whose sum is the derivative of order n of digamma at a float or Decimal."""
    if x > 0:
        return 0 * x, (1 if n % 2 else -1) * _polygamma_right(n, x)
    # By reflection: digamma(x) = digamma(1 - x) - pi * cot(pi x)
    sine, cosine = sin_cos_pi(x)
    slopes = [cosine / sine]  # Taylor coefficients of cot, of which the derivative is -1 - cot**2
    for k in range(n):
        total = slopes[0] * slopes[k] + (0 if k else 1)
        for i in range(k):
            total += slopes[i + 1] * slopes[k - i - 1]
        slopes.append(-total / (k + 1))
    return -math.factorial(n) * slopes[n] * type(x)(PI) ** (n + 1), -_polygamma_right(n, 1 - x)


def _polygamma_right(n: int, x: Any) -> Any:
    """Return the derivative of order n of digamma, times (-1)**(n + 1), for a positive float or Decimal."""
    # It is the sum of n! / (x + k)**(n + 1) over k, the far part of which is an asymptotic series.
    quick = isinstance(x, float)
    total = 0 * x
    while x < (10 if quick else 50) + 2 * n:
        total += math.factorial(n) / x ** (n + 1)
        x += 1
    total += math.factorial(n) / (2 * x ** (n + 1))
    total += math.factorial(n - 1) / x**n if n else -x.ln()
    for k, (numerator, denominator) in enumerate(BERNOULLI[:8] if quick else BERNOULLI, 1):
        factor = numerator * math.factorial(2 * k + n - 1)
        total += factor / (denominator * math.factorial(2 * k) * x ** (2 * k + n))
    return total


def gamma_x(x: float) -> float:
    """Return the derivative of gamma, gamma(x) * digamma(x); -inf at 0."""
    if abs(x) < 1e-155:
        return -inf
    try:
        if -200 < x < -150:  # gamma(x) may be subnormal, gamma(x + 50) is not
            return decimally(_gamma_before, digamma(x) * math.gamma(x + 50), x)
        return math.gamma(x) * digamma(x)
    except OverflowError:
        return inf
    except ValueError:
        return nan


def _gamma_before(product: Any, x: Any) -> Any:
    """Return product / (x * (x + 1) * ... * (x + 49)): gamma(x) if the product is gamma(x + 50)."""
    for k in range(50):
        product = product / (x + k)
    return product
