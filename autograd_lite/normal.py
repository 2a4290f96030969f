"""The normal distribution, and the activation that is made of it, right to the last digits also in the tails.

Gives plain functions, float to float, as `special` does. Relies on `digits`.
"""

from __future__ import annotations

import math
from math import exp, inf, nan

from autograd_lite.digits import near_root, product_error, times_exp

SQRT_HALF = math.sqrt(0.5)
SQRT_PI = math.sqrt(math.pi)
SQRT_2_PI = math.sqrt(2 * math.pi)
# A root, as the sum of two floats, with the Taylor coefficients there from the first on.
GELU_ROOT = (-0.7517915246935645, 1.4956759177009883e-17, (
    0.4314939923140469, 0.388284982990552, -0.018199676398671087, -0.1140082332972217, -0.014771522148244337,
    0.019421679838189067, 0.004539228379125415, -0.002239538068073497, -0.0007448268386746817,
    0.00018633974623233514, 8.615947861116571e-05, -1.121438018842664e-05, -7.74846130700372e-06,
    4.3284506257392273e-07, 5.702764979242107e-07, -1.6044265494246427e-09, -3.5459866461783865e-08,
    -1.396942086426202e-09, 1.90319840501314e-09, 1.4506418938779426e-10, -8.950037692726255e-11,
))  # fmt: skip


def _bell(factor: float, rate: float, x: float) -> float:
    """Return factor * exp(-rate * x * x), where rate is 1 or 1/2."""
    square = x * x
    return times_exp(factor, -rate * square, -rate * product_error(x, x, square))


def _mills(x: float) -> float:
    """Return norm_cdf(x) / norm_pdf(x) for x <= -10, by Laplace's continued fraction."""
    rest = 0.0
    for k in range(15, 0, -1):
        rest = k / (rest - x)
    return 1 / (rest - x)


def erf_x(x: float) -> float:
    """Return 2 / sqrt(pi) * exp(-x * x), the derivative of erf."""
    return _bell(2 / math.sqrt(math.pi), 1.0, x)


def norm_pdf(x: float) -> float:
    """Return the density of the standard normal distribution at x."""
    return _bell(1 / SQRT_2_PI, 0.5, x)


def norm_pdf_x(x: float) -> float:
    """Return the derivative of norm_pdf, -x * norm_pdf(x)."""
    return _bell(-x / SQRT_2_PI, 0.5, x)


def norm_cdf(x: float) -> float:
    """Return the probability that a standard normal variable is less than x."""
    if x > 10:
        return 1.0
    if x >= -10:
        y = -x * SQRT_HALF
        error = product_error(-x, SQRT_HALF, y) + x * 4.833646656726457e-17  # by which SQRT_HALF is too great
        return 0.5 * math.erfc(y) - error * (1 / SQRT_PI * exp(-0.5 * (x * x)))
    return _bell(_mills(x) / SQRT_2_PI, 0.5, x)


def norm_ppf(p: float) -> float:
    """Return the inverse of norm_cdf at p; infinite at 0 and 1, nan outside."""
    if not 0 < p < 1:
        return -inf if p == 0 else inf if p == 1 else nan
    q = min(p, 1 - p)
    # A start that is right to a thousandth, then Halley's method, which makes that 1e-9, and 1e-27.
    if q > 0.25:
        x = (q - 0.5) * SQRT_2_PI
        square = x * x
        x *= 1 + square * (1 / 6 + square * (7 / 120 + square * 127 / 5040))
    else:
        root = math.sqrt(-2 * math.log(q))  # Abramowitz and Stegun, 26.2.23
        x = (2.515517 + root * (0.802853 + root * 0.010328)) / (
            1 + root * (1.432788 + root * (0.189269 + root * 0.001308))
        ) - root
    for _ in range(2):
        miss = _cdf_less(q, x)
        x -= miss / (1 + 0.5 * x * miss)
    return x if p <= 0.5 else -x


def _cdf_less(q: float, x: float) -> float:
    """Return (norm_cdf(x) - q) / norm_pdf(x), for 0 < q <= 1/2 and norm_cdf(x) near q."""
    if q > 0.25:
        return (0.5 * math.erf(x * SQRT_HALF) - (q - 0.5)) / norm_pdf(x)
    if x > -10:
        return (norm_cdf(x) - q) / norm_pdf(x)
    # Their logarithms have all digits where they themselves are subnormal.
    ratio = _mills(x)
    return -ratio * math.expm1(math.log(q) + 0.5 * x * x + math.log(SQRT_2_PI / ratio))


def norm_ppf_x(p: float) -> float:
    """Return 1 / norm_pdf(norm_ppf(p)), the derivative of norm_ppf; inf at 0 and 1, nan outside."""
    if not 0 < p < 1:
        return inf if p == 0 or p == 1 else nan
    q = min(p, 1 - p)
    x = norm_ppf(q)
    # cdf / pdf hardly depends on x, so the rounding of x, which pdf would magnify, does not count.
    return (norm_cdf(x) / norm_pdf(x) if x > -10 else _mills(x)) / q


def gelu(x: float) -> float:
    """Return x * norm_cdf(x)."""
    if x < -40:  # less than any float but 0
        return -0.0
    return x * norm_cdf(x) if x > -10 else _bell(x * _mills(x) / SQRT_2_PI, 0.5, x)


def gelu_x(x: float) -> float:
    """Return the derivative of gelu, norm_cdf(x) + x * norm_pdf(x)."""
    if x < -40:
        return -0.0
    if x < -10:
        return _bell((x + _mills(x)) / SQRT_2_PI, 0.5, x)
    if -1.3 < x < -0.5:
        return near_root(x, *GELU_ROOT)
    return norm_cdf(x) - norm_pdf_x(x)
