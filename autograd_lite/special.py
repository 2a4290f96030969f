"""Functions of floats whose textbook formula cancels, overflows or underflows on the way to its result.

Gives plain functions, float to float, right to a few units in the last place for all floats: quotients,
powers, exponentials, logarithms, activations and waves; `normal` and `gammas` have more. They raise nothing:
nan gives nan, and a result may be infinite. `silu_x` is the derivative of `silu` by x. Relies on `digits` and
`ieee`.
"""

from __future__ import annotations

import math
from math import copysign, exp, inf, isfinite, nan

from autograd_lite import ieee
from autograd_lite.digits import PI, cancels, decimally, is_ordinary, sin_cos_pi, times_exp

TYPE_CHECKING = False  # typing itself would be a quarter of the import time
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

# Quotients and powers


def div_y(x: float, y: float) -> float:
    """Return -x / y**2, the partial of x / y by y."""
    quotient = ieee.div(x, y)
    if is_ordinary(quotient) or not (x and y and isfinite(x) and isfinite(y)):
        return ieee.div(-quotient, y)
    return decimally(lambda x, y: -x / (y * y), x, y)


def pow_x(x: float, y: float) -> float:
    """Return y * x**(y - 1), the partial of x**y by x; 0 if y is 0."""
    # Where y - 1 is not exact, its rounding error would count log(x) times.
    if -9e15 < y < 9e15 and y - 1 + 1 == y and x == x:
        try:
            power = math.pow(x, y - 1)
            if 1e-290 < power < 1e290 or -1e290 < power < -1e-290:
                return y * power
        except ieee.RAISED:
            pass
    if y == 0:
        return 0.0
    if x > 0:
        power = ieee.power(x, y)
        if is_ordinary(power) and is_ordinary(power / x):
            return y * (power / x)
    if x and isfinite(x) and isfinite(y):
        if x < 0 and y % 1:
            return nan
        if y - 1 == y:  # so large that it is even, and y - 1 no float
            return y * (ieee.power(x, y) / x)
        magnitude = decimally(lambda x, y: y * ((y - 1) * x.ln()).exp(), abs(x), y)
        return -magnitude if x < 0 and y % 2 == 0 else magnitude
    power = ieee.power(x, y - 1) if x == x else x
    return y * power if power else power


def pow_y(x: float, y: float) -> float:
    """Return x**y * log(x), the partial of x**y by y; 0 if x is 0 and y is not negative."""
    if not x > 0 or y != y:
        return 0.0 if x == 0 and y >= 0 else -inf if x == 0 and y < 0 else nan
    power = ieee.power(x, y)
    if is_ordinary(power):
        return power * math.log(x)
    if isfinite(x) and isfinite(y):
        return decimally(lambda x, y: (y * x.ln()).exp() * x.ln(), x, y)
    return power * math.log(x) if power else power


def hypot_x(x: float, y: float) -> float:
    """Return x / hypot(x, y), the partial of hypot(x, y) by x; 0 if x is 0."""
    length = math.hypot(x, y)
    if is_ordinary(length):
        return x / length
    if isfinite(x) and isfinite(y):
        return decimally(lambda x, y: x / (x * x + y * y).sqrt(), x, y) if x else 0.0
    return copysign(1.0, x) if isfinite(y) and x == x else x / length


def atan2_y(y: float, x: float) -> float:
    """Return x / (x * x + y * y), the partial of atan2(y, x) by y."""
    squares = x * x + y * y
    if is_ordinary(squares):
        return x / squares
    if isfinite(x) and isfinite(y):
        return decimally(lambda y, x: x / (x * x + y * y), y, x) if x or y else nan
    return nan if x != x or y != y else 0.0


# Exponentials and logarithms


def exp_sub(x: float, y: float) -> float:
    """Return exp(x - y); 1 if x is y, even if infinite."""
    if x == y:
        return 1.0
    difference = x - y
    back = difference - x
    return times_exp(1.0, difference, (x - (difference - back)) - (y + back))


def logaddexp(x: float, y: float) -> float:
    """Return log(exp(x) + exp(y))."""
    if x < y:
        x, y = y, x
    rest = math.log1p(exp_sub(y, x))
    total = x + rest
    return log_of_sum((x, y)) if cancels(total, rest, 0.35) else total


def logsumexp(xs: Sequence[float]) -> float:
    """Return log(sum of exp(x)) over a sequence that is not empty."""
    if not len(xs):
        raise ValueError("logsumexp: expected at least one number, got none")
    others = list(xs)
    most = max(others)
    others.remove(most)
    rest = math.log1p(math.fsum([exp_sub(x, most) for x in others]))
    total = most + rest
    return log_of_sum(xs) if cancels(total, rest, 0.35) else total


def log_of_sum(xs: Sequence[float]) -> float:
    """Return log(sum of exp(x)) where it is near 0."""
    return decimally(_log_of_sum, max(xs), *xs, digits=70)


def _log_of_sum(most: Any, *xs: Any) -> Any:
    """Return log(sum of exp(x)) for Decimals of which this is the greatest."""
    rest = 0 * most  # how much the sum is greater than exp(most), in units of that
    met = 0
    for x in xs:
        if x == most and met == 0:
            met = 1
        else:
            rest += (x - most).exp()
    # 1 + rest would lose the digits of a small rest.
    return most + ((1 + rest).ln() if rest > 1e-16 else rest - rest * rest / 2 + rest * rest * rest / 3)


def logaddexp_x(x: float, y: float) -> float:
    """Return 1 / (1 + exp(y - x)), the partial of logaddexp(x, y) by x; 1/2 if x is y."""
    if x < y:
        power = exp_sub(x, y)
        return power / (1 + power)
    return 1 / (1 + exp_sub(y, x))


def logit(p: float) -> float:
    """Return log(p / (1 - p)), the inverse of sigmoid; infinite at 0 and 1, nan outside."""
    if 0.25 < p < 0.75:
        return math.log1p((2 * p - 1) / (1 - p))
    if 0 < p < 1:
        return math.log(p / (1 - p))
    return -inf if p == 0 else inf if p == 1 else nan


# Activations


def silu(x: float) -> float:
    """Return x * sigmoid(x)."""
    return x / (1 + exp(-x)) if x > -700 else times_exp(x, x)


def silu_x(x: float) -> float:
    """Return the derivative of silu, sigmoid(x) * (1 + x * sigmoid(-x))."""
    if x < -50:
        return times_exp(1 + x, x)
    if x >= 0:
        power = exp(-x)
        return (1 + (x * power / (1 + power) if power else 0.0)) / (1 + power)
    power = exp(x)
    if -1.6 < x < -0.5:
        # 1 + x + exp(x), from its root, where neither term changes its sign alone.
        distance = (x + 1.2784645427610737) + 1.0946994183093437e-16
        total = distance + math.expm1(distance) * 0.2784645427610738
    else:
        total = 1 + x + power
    return power * total / ((1 + power) * (1 + power))


def sigmoid_x(x: float) -> float:
    """Return sigmoid(x) * sigmoid(-x), the derivative of sigmoid."""
    power = exp(-abs(x))
    return power / (1 + power) / (1 + power)


def mish(x: float) -> float:
    """Return x * tanh(log(1 + exp(x)))."""
    if x < -50:
        return times_exp(x, x)
    power = exp(-abs(x))
    if x < 0:
        product = power * (power + 2)
        return x * (product / (product + 2))
    return x * ((1 + 2 * power) / (1 + 2 * power * (1 + power)))


def mish_x(x: float) -> float:
    """Return the derivative of mish."""
    if x < -50:
        return times_exp(1 + x, x)
    if x >= 0:
        power = exp(-x)
        divisor = 1 + 2 * power * (1 + power)
        slope = 4 * (1 + power) * power * (x * power) / divisor if power else 0.0
        return (1 + 2 * power + slope) / divisor
    power = exp(x)
    if cancels(2 * (1 + x) + power - x * power * power, power):
        return decimally(lambda x: _mish_x(x, x.exp()), x)
    return float(_mish_x(x, power))


def _mish_x(x: Any, power: Any) -> Any:
    """Return the derivative of mish, for x < 0 and power = exp(x), floats or Decimals."""
    divisor = power * (power + 2) + 2
    return power * (2 * (1 + x) + power - 2 * x * power * power / divisor) / divisor


# sin(pi x) / (pi x)


def sinc(x: float) -> float:
    """Return sin(pi * x) / (pi * x); 1 at 0, and 0 at the other whole numbers."""
    if x == 0 or math.isinf(x):
        return 1.0 if x == 0 else 0.0
    return float(sin_cos_pi(x)[0] / (math.pi * x))


def sinc_n(n: float, x: float) -> float:
    """Return the derivative of order n of sinc; nan unless n is a whole number from 0 to 170."""
    if n == 0:
        return sinc(x)
    if not 0 < n <= 170 or n % 1 or x != x:
        return nan
    if math.isinf(x):
        return 0.0
    order = int(n)
    if abs(x) < (0.6 if n == 1 else 0.25):
        return float(_sinc_series(order, x))
    value, bound = _sinc_recurrence(order, x)
    if is_ordinary(value) and not cancels(value, 0.5 * bound):
        return float(value)
    # The recurrence loses digits where x is small beside n, the series where x is great.
    if abs(x) < 20:
        return decimally(lambda x: _sinc_series(order, x), x, digits=70)
    return decimally(lambda x: _sinc_recurrence(order, x)[0], x, digits=70)


def _sinc_series(n: int, x: Any) -> Any:
    """Return the derivative of order n of sinc, from its Taylor series at 0."""
    # sinc(x) is the sum of (-1)**(k/2) * (pi x)**k / (k + 1)! over even k; here from the first k >= n.
    k = n + n % 2
    pi = type(x)(PI)
    term = (-1 if k // 2 % 2 else 1) * pi**k * (x if n % 2 else 1)
    total = 0 * x
    while total + term / (k + 1) != total:
        total += term / (k + 1)
        k += 2
        term *= -((pi * x) ** 2) / ((k - n) * (k - n - 1))
    return total


def _sinc_recurrence(n: int, x: Any) -> tuple[Any, Any]:
    """Return the derivative of order n of sinc, and the sum of its terms taken positive."""
    # x * sinc(x) = sin(pi x) / pi, differentiated: x * f_k + k * f_(k-1) = pi**(k-1) * sin(pi x + k pi / 2)
    sine, cosine = sin_cos_pi(x)
    value = 0 * x
    bound = 0 * x
    for k in range(n + 1):
        wave = sine * type(x)(PI) ** (k - 1)
        value, bound = (wave - k * value) / x, (abs(wave) + k * bound) / abs(x)
        sine, cosine = cosine, -sine
    return value, bound
