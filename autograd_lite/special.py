"""Functions of floats whose textbook formula cancels, overflows or underflows on the way to its result.

Gives plain functions, float to float, right to a few units in the last place for all floats. They raise
nothing: nan gives nan, and a result may be infinite. `gelu_x` is the derivative of `gelu` by x. Relies on
`ieee`; on `decimal` and `statistics` only when called, because they cost import time.

One idea carries the file: a float formula first; where its terms cancel, or a step of it would leave the
normal floats, the textbook formula again in `decimal`, with digits to spare. And where exp would magnify the
rounding error of its argument, that error is computed as well.
"""

from __future__ import annotations

import math
from math import copysign, exp, inf, isfinite, nan

from autograd_lite import ieee

TYPE_CHECKING = False  # typing itself would be a quarter of the import time
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

PI = "3.1415926535897932384626433832795028841971693993751058209749445923078164"
SQRT_HALF = math.sqrt(0.5)
SQRT_PI = math.sqrt(math.pi)
SQRT_2_PI = math.sqrt(2 * math.pi)
# The Bernoulli numbers B_2, B_4, ... as (numerator, denominator), for the gamma family.
BERNOULLI = (
    (1, 6), (-1, 30), (1, 42), (-1, 30), (5, 66), (-691, 2730), (7, 6), (-3617, 510), (43867, 798),
    (-174611, 330), (854513, 138), (-236364091, 2730), (8553103, 6), (-23749461029, 870),
    (8615841276005, 14322),
)  # fmt: skip


# Roots, each as the sum of two floats, with the Taylor coefficients there from the first on.
GELU_ROOT = (-0.7517915246935645, 1.4956759177009883e-17, (
    0.4314939923140469, 0.388284982990552, -0.018199676398671087, -0.1140082332972217, -0.014771522148244337,
    0.019421679838189067, 0.004539228379125415, -0.002239538068073497, -0.0007448268386746817,
    0.00018633974623233514, 8.615947861116571e-05, -1.121438018842664e-05, -7.74846130700372e-06,
    4.3284506257392273e-07, 5.702764979242107e-07, -1.6044265494246427e-09, -3.5459866461783865e-08,
    -1.396942086426202e-09, 1.90319840501314e-09, 1.4506418938779426e-10, -8.950037692726255e-11,
))  # fmt: skip
DIGAMMA_ROOT = (1.4616321449683622, 9.549995429965697e-17, (
    0.9676722454476212, -0.4427631689835921, 0.258499760955651, -0.16394270544240652,
    0.10782405069126237, -0.07219956125645471, 0.04880428816414311, -0.03316112647484736,
    0.022597648232218104, -0.01542476590494896, 0.010538791616612175, -0.007204534386356869,
    0.004926781395729853, -0.003369801655439328, 0.002305126326734928, -0.0015769367714301972,
    0.0010788252019162967, -0.0007380709389960052, 0.000504953265834602, -0.0003454680251063077,
    0.00023635601564027053, -0.00016170622091974803, 0.0001106337276874741,
))  # fmt: skip


def _decimally(formula: Callable[..., Any], *numbers: float, digits: int = 50) -> float:
    """Return a formula's value at the numbers, computed with Decimals of that many digits."""
    from decimal import Context, Decimal, localcontext

    with localcontext(Context(prec=digits, Emin=-999999, Emax=999999, traps=[])):
        return float(formula(*map(Decimal, numbers)))


def _near_root(x: float, root: float, rest: float, slopes: Sequence[float]) -> float:
    """Return a function next to its root + rest, by its Taylor coefficients there, but for the first, 0."""
    distance = (x - root) - rest
    total = 0.0
    for slope in reversed(slopes):
        total = total * distance + slope
    return total * distance


def _is_ordinary(x: float) -> bool:
    """Return whether x is so far from overflow and underflow that it has all its digits."""
    return 1e-290 < x < 1e290 or -1e290 < x < -1e-290


def _cancels(total: float, term: float, share: float = 0.5) -> bool:
    """Return whether a total is so small a share of one of its terms that digits were lost."""
    return abs(total) < share * abs(term)


def product_error(x: float, y: float, product: float) -> float:
    """Return x * y - product, where product is the rounded x * y, for moderate x and y."""
    # Dekker's product: each factor is cut into two halves, whose products are exact.
    big_x, big_y = 134217729.0 * x, 134217729.0 * y
    head_x, head_y = big_x - (big_x - x), big_y - (big_y - y)
    tail_x, tail_y = x - head_x, y - head_y
    return head_x * head_y - product + head_x * tail_y + tail_x * head_y + tail_x * tail_y


def _times_exp(factor: float, x: float, error: float = 0.0) -> float:
    """Return factor * exp(x + error) for a tiny error, also where exp(x) is not a normal float."""
    if -700 < x < 700:
        power = exp(x)
        return factor * (power + power * error)
    if abs(x) > 1400:
        return copysign(inf if x > 0 else 0.0, factor)
    power = exp(x / 2)
    return factor * (power + power * error) * power


# Quotients and powers


def div_y(x: float, y: float) -> float:
    """Return -x / y**2, the partial of x / y by y."""
    quotient = ieee.div(x, y)
    if _is_ordinary(quotient) or not (x and y and isfinite(x) and isfinite(y)):
        return ieee.div(-quotient, y)
    return _decimally(lambda x, y: -x / (y * y), x, y)


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
        if _is_ordinary(power) and _is_ordinary(power / x):
            return y * (power / x)
    if x and isfinite(x) and isfinite(y):
        if x < 0 and y % 1:
            return nan
        if y - 1 == y:  # so large that it is even, and y - 1 no float
            return y * (ieee.power(x, y) / x)
        magnitude = _decimally(lambda x, y: y * ((y - 1) * x.ln()).exp(), abs(x), y)
        return -magnitude if x < 0 and y % 2 == 0 else magnitude
    power = ieee.power(x, y - 1) if x == x else x
    return y * power if power else power


def pow_y(x: float, y: float) -> float:
    """Return x**y * log(x), the partial of x**y by y; 0 if x is 0 and y is not negative."""
    if not x > 0 or y != y:
        return 0.0 if x == 0 and y >= 0 else -inf if x == 0 and y < 0 else nan
    power = ieee.power(x, y)
    if _is_ordinary(power):
        return power * math.log(x)
    if isfinite(x) and isfinite(y):
        return _decimally(lambda x, y: (y * x.ln()).exp() * x.ln(), x, y)
    return power * math.log(x) if power else power


def hypot_x(x: float, y: float) -> float:
    """Return x / hypot(x, y), the partial of hypot(x, y) by x; 0 if x is 0."""
    length = math.hypot(x, y)
    if _is_ordinary(length):
        return x / length
    if isfinite(x) and isfinite(y):
        return _decimally(lambda x, y: x / (x * x + y * y).sqrt(), x, y) if x else 0.0
    return copysign(1.0, x) if isfinite(y) and x == x else x / length


def atan2_y(y: float, x: float) -> float:
    """Return x / (x * x + y * y), the partial of atan2(y, x) by y."""
    squares = x * x + y * y
    if _is_ordinary(squares):
        return x / squares
    if isfinite(x) and isfinite(y):
        return _decimally(lambda y, x: x / (x * x + y * y), y, x) if x or y else nan
    return nan if x != x or y != y else 0.0


# Exponentials and logarithms


def exp_sub(x: float, y: float) -> float:
    """Return exp(x - y); 1 if x is y, even if infinite."""
    if x == y:
        return 1.0
    difference = x - y
    back = difference - x
    return _times_exp(1.0, difference, (x - (difference - back)) - (y + back))


def logaddexp(x: float, y: float) -> float:
    """Return log(exp(x) + exp(y))."""
    if x < y:
        x, y = y, x
    rest = math.log1p(exp_sub(y, x))
    total = x + rest
    return log_of_sum((x, y)) if _cancels(total, rest, 0.35) else total


def logsumexp(xs: Sequence[float]) -> float:
    """Return log(sum of exp(x)) over a sequence that is not empty."""
    if not len(xs):
        raise ValueError("logsumexp: expected at least one number, got none")
    others = list(xs)
    most = max(others)
    others.remove(most)
    rest = math.log1p(math.fsum([exp_sub(x, most) for x in others]))
    total = most + rest
    return log_of_sum(xs) if _cancels(total, rest, 0.35) else total


def log_of_sum(xs: Sequence[float]) -> float:
    """Return log(sum of exp(x)) where it is near 0."""
    return _decimally(_log_of_sum, max(xs), *xs, digits=70)


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
    return x / (1 + exp(-x)) if x > -700 else _times_exp(x, x)


def silu_x(x: float) -> float:
    """Return the derivative of silu, sigmoid(x) * (1 + x * sigmoid(-x))."""
    if x < -50:
        return _times_exp(1 + x, x)
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
        return _times_exp(x, x)
    power = exp(-abs(x))
    if x < 0:
        product = power * (power + 2)
        return x * (product / (product + 2))
    return x * ((1 + 2 * power) / (1 + 2 * power * (1 + power)))


def mish_x(x: float) -> float:
    """Return the derivative of mish."""
    if x < -50:
        return _times_exp(1 + x, x)
    if x >= 0:
        power = exp(-x)
        divisor = 1 + 2 * power * (1 + power)
        slope = 4 * (1 + power) * power * (x * power) / divisor if power else 0.0
        return (1 + 2 * power + slope) / divisor
    power = exp(x)
    if _cancels(2 * (1 + x) + power - x * power * power, power):
        return _decimally(lambda x: _mish_x(x, x.exp()), x)
    return float(_mish_x(x, power))


def _mish_x(x: Any, power: Any) -> Any:
    """Return the derivative of mish, for x < 0 and power = exp(x), floats or Decimals."""
    divisor = power * (power + 2) + 2
    return power * (2 * (1 + x) + power - 2 * x * power * power / divisor) / divisor


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
        return _near_root(x, *GELU_ROOT)
    return norm_cdf(x) - norm_pdf_x(x)


# The normal distribution


def _bell(factor: float, rate: float, x: float) -> float:
    """Return factor * exp(-rate * x * x), where rate is 1 or 1/2."""
    square = x * x
    return _times_exp(factor, -rate * square, -rate * product_error(x, x, square))


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


# sin(pi x) / (pi x)


def _sin_cos_pi(x: Any) -> tuple[Any, Any]:
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


def sinc(x: float) -> float:
    """Return sin(pi * x) / (pi * x); 1 at 0, and 0 at the other whole numbers."""
    if x == 0 or math.isinf(x):
        return 1.0 if x == 0 else 0.0
    return float(_sin_cos_pi(x)[0] / (math.pi * x))


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
    if _is_ordinary(value) and not _cancels(value, 0.5 * bound):
        return float(value)
    # The recurrence loses digits where x is small beside n, the series where x is great.
    if abs(x) < 20:
        return _decimally(lambda x: _sinc_series(order, x), x, digits=70)
    return _decimally(lambda x: _sinc_recurrence(order, x)[0], x, digits=70)


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
    sine, cosine = _sin_cos_pi(x)
    value = 0 * x
    bound = 0 * x
    for k in range(n + 1):
        wave = sine * type(x)(PI) ** (k - 1)
        value, bound = (wave - k * value) / x, (abs(wave) + k * bound) / abs(x)
        sine, cosine = cosine, -sine
    return value, bound


# The gamma family


def digamma(x: float) -> float:
    """Return the derivative of log(gamma(x)); nan at negative whole numbers, infinite at 0."""
    if x == 0 or not x < inf:
        return copysign(inf, -x) if x == 0 else x
    if x < 0:
        if not x % 1 or x == -inf:
            return nan
        sine, cosine = _sin_cos_pi(x)
        term = math.pi * cosine / sine
        total = digamma(1 - x) - term
        return _polygamma_decimal(0, x) if _cancels(total, term) or abs(total) < 0.25 else float(total)
    if 1.25 < x < 1.75:
        return _near_root(x, *DIGAMMA_ROOT)
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
        if _is_ordinary(left + right) and not _cancels(left + right, right):
            return float(left + right)
    return _polygamma_decimal(order, x)


def _polygamma_decimal(n: int, x: float) -> float:
    return _decimally(lambda x: _polygamma_whole(n, x), x, digits=60)


def _polygamma_whole(n: int, x: Any) -> Any:
    left, right = _polygamma_terms(n, x)
    return left + right


def _polygamma_terms(n: int, x: Any) -> tuple[Any, Any]:
    """Return two numbers whose sum is the derivative of order n of digamma at a float or Decimal."""
    if x > 0:
        return 0 * x, (1 if n % 2 else -1) * _polygamma_right(n, x)
    # By reflection: digamma(x) = digamma(1 - x) - pi * cot(pi x)
    sine, cosine = _sin_cos_pi(x)
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
            return _decimally(_gamma_before, digamma(x) * math.gamma(x + 50), x)
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
