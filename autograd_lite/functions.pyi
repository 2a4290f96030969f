"""Every row of the table as a function of numbers and Values.

Printed from the table by tests/generate.py; change the rows, not this file.
"""

from collections.abc import Callable, Iterable
from typing import Any, overload

from autograd_lite.engine import Value
from autograd_lite.primitives import TABLE as TABLE

FUNCTIONS: dict[str, Callable[..., Any]]
NUMPY: dict[str, str]
OPERATORS: dict[str, str]

@overload
def abs(x: Value, /) -> Value:
    """Return the absolute value of x; its derivative at 0 is 0."""

@overload
def abs(x: float, /) -> float:
    """Return the absolute value of x; its derivative at 0 is 0."""

@overload
def abs(x: Value | float, /) -> Value | float:
    """Return the absolute value of x; its derivative at 0 is 0."""

@overload
def acos(x: Value, /) -> Value:
    """Return the angle in radians whose cosine is x."""

@overload
def acos(x: float, /) -> float:
    """Return the angle in radians whose cosine is x."""

@overload
def acos(x: Value | float, /) -> Value | float:
    """Return the angle in radians whose cosine is x."""

@overload
def acosh(x: Value, /) -> Value:
    """Return the number whose hyperbolic cosine is x."""

@overload
def acosh(x: float, /) -> float:
    """Return the number whose hyperbolic cosine is x."""

@overload
def acosh(x: Value | float, /) -> Value | float:
    """Return the number whose hyperbolic cosine is x."""

@overload
def add(x: Value, y: Value | float, /) -> Value:
    """Return the sum x + y."""

@overload
def add(x: Value | float, y: Value, /) -> Value:
    """Return the sum x + y."""

@overload
def add(x: float, y: float, /) -> float:
    """Return the sum x + y."""

@overload
def add(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the sum x + y."""

@overload
def amax(xs: Iterable[Value], /) -> Value:
    """Return the greatest of xs; ties share the gradient equally, NaN wins."""

@overload
def amax(xs: Iterable[float], /) -> float:
    """Return the greatest of xs; ties share the gradient equally, NaN wins."""

@overload
def amax(xs: Iterable[Value | float], /) -> Value | float:
    """Return the greatest of xs; ties share the gradient equally, NaN wins."""

@overload
def amin(xs: Iterable[Value], /) -> Value:
    """Return the least of xs; ties share the gradient equally, NaN wins."""

@overload
def amin(xs: Iterable[float], /) -> float:
    """Return the least of xs; ties share the gradient equally, NaN wins."""

@overload
def amin(xs: Iterable[Value | float], /) -> Value | float:
    """Return the least of xs; ties share the gradient equally, NaN wins."""

@overload
def asin(x: Value, /) -> Value:
    """Return the angle in radians whose sine is x."""

@overload
def asin(x: float, /) -> float:
    """Return the angle in radians whose sine is x."""

@overload
def asin(x: Value | float, /) -> Value | float:
    """Return the angle in radians whose sine is x."""

@overload
def asinh(x: Value, /) -> Value:
    """Return the number whose hyperbolic sine is x."""

@overload
def asinh(x: float, /) -> float:
    """Return the number whose hyperbolic sine is x."""

@overload
def asinh(x: Value | float, /) -> Value | float:
    """Return the number whose hyperbolic sine is x."""

@overload
def at_least(x: Value, low: Value | float, /) -> Value:
    """Return x, or low if that is greater; at a tie the gradient goes to low."""

@overload
def at_least(x: Value | float, low: Value, /) -> Value:
    """Return x, or low if that is greater; at a tie the gradient goes to low."""

@overload
def at_least(x: float, low: float, /) -> float:
    """Return x, or low if that is greater; at a tie the gradient goes to low."""

@overload
def at_least(x: Value | float, low: Value | float, /) -> Value | float:
    """Return x, or low if that is greater; at a tie the gradient goes to low."""

@overload
def at_most(x: Value, high: Value | float, /) -> Value:
    """Return x, or high if that is less; at a tie the gradient goes to high."""

@overload
def at_most(x: Value | float, high: Value, /) -> Value:
    """Return x, or high if that is less; at a tie the gradient goes to high."""

@overload
def at_most(x: float, high: float, /) -> float:
    """Return x, or high if that is less; at a tie the gradient goes to high."""

@overload
def at_most(x: Value | float, high: Value | float, /) -> Value | float:
    """Return x, or high if that is less; at a tie the gradient goes to high."""

@overload
def atan(x: Value, /) -> Value:
    """Return the angle in radians whose tangent is x."""

@overload
def atan(x: float, /) -> float:
    """Return the angle in radians whose tangent is x."""

@overload
def atan(x: Value | float, /) -> Value | float:
    """Return the angle in radians whose tangent is x."""

@overload
def atan2(y: Value, x: Value | float, /) -> Value:
    """Return the angle in radians of the point (x, y); at (0, 0) it has no gradient."""

@overload
def atan2(y: Value | float, x: Value, /) -> Value:
    """Return the angle in radians of the point (x, y); at (0, 0) it has no gradient."""

@overload
def atan2(y: float, x: float, /) -> float:
    """Return the angle in radians of the point (x, y); at (0, 0) it has no gradient."""

@overload
def atan2(y: Value | float, x: Value | float, /) -> Value | float:
    """Return the angle in radians of the point (x, y); at (0, 0) it has no gradient."""

@overload
def atanh(x: Value, /) -> Value:
    """Return the number whose hyperbolic tangent is x."""

@overload
def atanh(x: float, /) -> float:
    """Return the number whose hyperbolic tangent is x."""

@overload
def atanh(x: Value | float, /) -> Value | float:
    """Return the number whose hyperbolic tangent is x."""

@overload
def cbrt(x: Value, /) -> Value:
    """Return the cube root of x."""

@overload
def cbrt(x: float, /) -> float:
    """Return the cube root of x."""

@overload
def cbrt(x: Value | float, /) -> Value | float:
    """Return the cube root of x."""

@overload
def copysign(x: Value, y: Value | float, /) -> Value:
    """Return the absolute value of x with the sign of y, also that of -0.0."""

@overload
def copysign(x: Value | float, y: Value, /) -> Value:
    """Return the absolute value of x with the sign of y, also that of -0.0."""

@overload
def copysign(x: float, y: float, /) -> float:
    """Return the absolute value of x with the sign of y, also that of -0.0."""

@overload
def copysign(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the absolute value of x with the sign of y, also that of -0.0."""

@overload
def cos(x: Value, /) -> Value:
    """Return the cosine of x, in radians."""

@overload
def cos(x: float, /) -> float:
    """Return the cosine of x, in radians."""

@overload
def cos(x: Value | float, /) -> Value | float:
    """Return the cosine of x, in radians."""

@overload
def cosh(x: Value, /) -> Value:
    """Return the hyperbolic cosine of x."""

@overload
def cosh(x: float, /) -> float:
    """Return the hyperbolic cosine of x."""

@overload
def cosh(x: Value | float, /) -> Value | float:
    """Return the hyperbolic cosine of x."""

@overload
def degrees(x: Value, /) -> Value:
    """Return an angle of x radians in degrees."""

@overload
def degrees(x: float, /) -> float:
    """Return an angle of x radians in degrees."""

@overload
def degrees(x: Value | float, /) -> Value | float:
    """Return an angle of x radians in degrees."""

@overload
def digamma(x: Value, /) -> Value:
    """Return the derivative of lgamma at x."""

@overload
def digamma(x: float, /) -> float:
    """Return the derivative of lgamma at x."""

@overload
def digamma(x: Value | float, /) -> Value | float:
    """Return the derivative of lgamma at x."""

@overload
def div(x: Value, y: Value | float, /) -> Value:
    """Return the quotient x / y."""

@overload
def div(x: Value | float, y: Value, /) -> Value:
    """Return the quotient x / y."""

@overload
def div(x: float, y: float, /) -> float:
    """Return the quotient x / y."""

@overload
def div(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the quotient x / y."""

@overload
def dot(xs: Iterable[Value], ys: Iterable[Value | float], /) -> Value:
    """Return the sum of the products of xs and ys, rounded once after the products."""

@overload
def dot(xs: Iterable[Value | float], ys: Iterable[Value], /) -> Value:
    """Return the sum of the products of xs and ys, rounded once after the products."""

@overload
def dot(xs: Iterable[float], ys: Iterable[float], /) -> float:
    """Return the sum of the products of xs and ys, rounded once after the products."""

@overload
def dot(xs: Iterable[Value | float], ys: Iterable[Value | float], /) -> Value | float:
    """Return the sum of the products of xs and ys, rounded once after the products."""

@overload
def elu(x: Value, alpha: Value | float = 1.0) -> Value:
    """Return x where positive, else alpha * expm1(x)."""

@overload
def elu(x: Value | float, alpha: Value) -> Value:
    """Return x where positive, else alpha * expm1(x)."""

@overload
def elu(x: float, alpha: float = 1.0) -> float:
    """Return x where positive, else alpha * expm1(x)."""

@overload
def elu(x: Value | float, alpha: Value | float = 1.0) -> Value | float:
    """Return x where positive, else alpha * expm1(x)."""

@overload
def erf(x: Value, /) -> Value:
    """Return the error function of x."""

@overload
def erf(x: float, /) -> float:
    """Return the error function of x."""

@overload
def erf(x: Value | float, /) -> Value | float:
    """Return the error function of x."""

@overload
def erfc(x: Value, /) -> Value:
    """Return 1 - erf(x), also where that is small."""

@overload
def erfc(x: float, /) -> float:
    """Return 1 - erf(x), also where that is small."""

@overload
def erfc(x: Value | float, /) -> Value | float:
    """Return 1 - erf(x), also where that is small."""

@overload
def exp(x: Value, /) -> Value:
    """Return e raised to the power x."""

@overload
def exp(x: float, /) -> float:
    """Return e raised to the power x."""

@overload
def exp(x: Value | float, /) -> Value | float:
    """Return e raised to the power x."""

@overload
def exp2(x: Value, /) -> Value:
    """Return 2 raised to the power x."""

@overload
def exp2(x: float, /) -> float:
    """Return 2 raised to the power x."""

@overload
def exp2(x: Value | float, /) -> Value | float:
    """Return 2 raised to the power x."""

@overload
def expm1(x: Value, /) -> Value:
    """Return exp(x) - 1, also where x is small."""

@overload
def expm1(x: float, /) -> float:
    """Return exp(x) - 1, also where x is small."""

@overload
def expm1(x: Value | float, /) -> Value | float:
    """Return exp(x) - 1, also where x is small."""

@overload
def floordiv(x: Value, y: Value | float, /) -> Value:
    """Return the quotient x / y rounded towards minus infinity."""

@overload
def floordiv(x: Value | float, y: Value, /) -> Value:
    """Return the quotient x / y rounded towards minus infinity."""

@overload
def floordiv(x: float, y: float, /) -> float:
    """Return the quotient x / y rounded towards minus infinity."""

@overload
def floordiv(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the quotient x / y rounded towards minus infinity."""

@overload
def fma(x: Value, y: Value | float, w: Value | float, /) -> Value:
    """Return x * y + w, rounded once."""

@overload
def fma(x: Value | float, y: Value, w: Value | float, /) -> Value:
    """Return x * y + w, rounded once."""

@overload
def fma(x: Value | float, y: Value | float, w: Value, /) -> Value:
    """Return x * y + w, rounded once."""

@overload
def fma(x: float, y: float, w: float, /) -> float:
    """Return x * y + w, rounded once."""

@overload
def fma(x: Value | float, y: Value | float, w: Value | float, /) -> Value | float:
    """Return x * y + w, rounded once."""

@overload
def fmod(x: Value, y: Value | float, /) -> Value:
    """Return the remainder of x / y, with the sign of x."""

@overload
def fmod(x: Value | float, y: Value, /) -> Value:
    """Return the remainder of x / y, with the sign of x."""

@overload
def fmod(x: float, y: float, /) -> float:
    """Return the remainder of x / y, with the sign of x."""

@overload
def fmod(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the remainder of x / y, with the sign of x."""

@overload
def fract(x: Value, /) -> Value:
    """Return the fractional part of x, with the sign of x."""

@overload
def fract(x: float, /) -> float:
    """Return the fractional part of x, with the sign of x."""

@overload
def fract(x: Value | float, /) -> Value | float:
    """Return the fractional part of x, with the sign of x."""

@overload
def fsum(xs: Iterable[Value], /) -> Value:
    """Return the sum of xs, rounded once."""

@overload
def fsum(xs: Iterable[float], /) -> float:
    """Return the sum of xs, rounded once."""

@overload
def fsum(xs: Iterable[Value | float], /) -> Value | float:
    """Return the sum of xs, rounded once."""

@overload
def gamma(x: Value, /) -> Value:
    """Return the gamma function of x, (x - 1)! for a whole number."""

@overload
def gamma(x: float, /) -> float:
    """Return the gamma function of x, (x - 1)! for a whole number."""

@overload
def gamma(x: Value | float, /) -> Value | float:
    """Return the gamma function of x, (x - 1)! for a whole number."""

@overload
def gelu(x: Value, /) -> Value:
    """Return x * norm_cdf(x), a smooth relu."""

@overload
def gelu(x: float, /) -> float:
    """Return x * norm_cdf(x), a smooth relu."""

@overload
def gelu(x: Value | float, /) -> Value | float:
    """Return x * norm_cdf(x), a smooth relu."""

@overload
def hardtanh(x: Value, /) -> Value:
    """Return x held between -1 and 1; its derivative there is 0."""

@overload
def hardtanh(x: float, /) -> float:
    """Return x held between -1 and 1; its derivative there is 0."""

@overload
def hardtanh(x: Value | float, /) -> Value | float:
    """Return x held between -1 and 1; its derivative there is 0."""

@overload
def hypot(x: Value, y: Value | float, /) -> Value:
    """Return sqrt(x * x + y * y), the length of (x, y); its gradient at (0, 0) is (0, 0)."""

@overload
def hypot(x: Value | float, y: Value, /) -> Value:
    """Return sqrt(x * x + y * y), the length of (x, y); its gradient at (0, 0) is (0, 0)."""

@overload
def hypot(x: float, y: float, /) -> float:
    """Return sqrt(x * x + y * y), the length of (x, y); its gradient at (0, 0) is (0, 0)."""

@overload
def hypot(x: Value | float, y: Value | float, /) -> Value | float:
    """Return sqrt(x * x + y * y), the length of (x, y); its gradient at (0, 0) is (0, 0)."""

@overload
def identity(x: Value, /) -> Value:
    """Return x itself, as a node of its own."""

@overload
def identity(x: float, /) -> float:
    """Return x itself, as a node of its own."""

@overload
def identity(x: Value | float, /) -> Value | float:
    """Return x itself, as a node of its own."""

@overload
def ldexp(x: Value, n: Value | float, /) -> Value:
    """Return x times 2 to the power n, a whole number."""

@overload
def ldexp(x: Value | float, n: Value, /) -> Value:
    """Return x times 2 to the power n, a whole number."""

@overload
def ldexp(x: float, n: float, /) -> float:
    """Return x times 2 to the power n, a whole number."""

@overload
def ldexp(x: Value | float, n: Value | float, /) -> Value | float:
    """Return x times 2 to the power n, a whole number."""

@overload
def leaky_relu(x: Value, slope: Value | float = 0.01) -> Value:
    """Return x where positive, else slope * x; its derivative at 0 is the one nearer to 0."""

@overload
def leaky_relu(x: Value | float, slope: Value) -> Value:
    """Return x where positive, else slope * x; its derivative at 0 is the one nearer to 0."""

@overload
def leaky_relu(x: float, slope: float = 0.01) -> float:
    """Return x where positive, else slope * x; its derivative at 0 is the one nearer to 0."""

@overload
def leaky_relu(x: Value | float, slope: Value | float = 0.01) -> Value | float:
    """Return x where positive, else slope * x; its derivative at 0 is the one nearer to 0."""

@overload
def lgamma(x: Value, /) -> Value:
    """Return the logarithm of the absolute value of gamma(x)."""

@overload
def lgamma(x: float, /) -> float:
    """Return the logarithm of the absolute value of gamma(x)."""

@overload
def lgamma(x: Value | float, /) -> Value | float:
    """Return the logarithm of the absolute value of gamma(x)."""

@overload
def log(x: Value, /) -> Value:
    """Return the natural logarithm of x."""

@overload
def log(x: float, /) -> float:
    """Return the natural logarithm of x."""

@overload
def log(x: Value | float, /) -> Value | float:
    """Return the natural logarithm of x."""

@overload
def log10(x: Value, /) -> Value:
    """Return the logarithm of x to the base 10."""

@overload
def log10(x: float, /) -> float:
    """Return the logarithm of x to the base 10."""

@overload
def log10(x: Value | float, /) -> Value | float:
    """Return the logarithm of x to the base 10."""

@overload
def log1mexp(x: Value, /) -> Value:
    """Return log(1 - exp(x)), for negative x."""

@overload
def log1mexp(x: float, /) -> float:
    """Return log(1 - exp(x)), for negative x."""

@overload
def log1mexp(x: Value | float, /) -> Value | float:
    """Return log(1 - exp(x)), for negative x."""

@overload
def log1p(x: Value, /) -> Value:
    """Return log(1 + x), also where x is small."""

@overload
def log1p(x: float, /) -> float:
    """Return log(1 + x), also where x is small."""

@overload
def log1p(x: Value | float, /) -> Value | float:
    """Return log(1 + x), also where x is small."""

@overload
def log2(x: Value, /) -> Value:
    """Return the logarithm of x to the base 2."""

@overload
def log2(x: float, /) -> float:
    """Return the logarithm of x to the base 2."""

@overload
def log2(x: Value | float, /) -> Value | float:
    """Return the logarithm of x to the base 2."""

@overload
def log_sigmoid(x: Value, /) -> Value:
    """Return log(sigmoid(x))."""

@overload
def log_sigmoid(x: float, /) -> float:
    """Return log(sigmoid(x))."""

@overload
def log_sigmoid(x: Value | float, /) -> Value | float:
    """Return log(sigmoid(x))."""

@overload
def logaddexp(x: Value, y: Value | float, /) -> Value:
    """Return log(exp(x) + exp(y))."""

@overload
def logaddexp(x: Value | float, y: Value, /) -> Value:
    """Return log(exp(x) + exp(y))."""

@overload
def logaddexp(x: float, y: float, /) -> float:
    """Return log(exp(x) + exp(y))."""

@overload
def logaddexp(x: Value | float, y: Value | float, /) -> Value | float:
    """Return log(exp(x) + exp(y))."""

@overload
def logit(x: Value, /) -> Value:
    """Return log(x / (1 - x)), the inverse of the logistic function."""

@overload
def logit(x: float, /) -> float:
    """Return log(x / (1 - x)), the inverse of the logistic function."""

@overload
def logit(x: Value | float, /) -> Value | float:
    """Return log(x / (1 - x)), the inverse of the logistic function."""

@overload
def logsumexp(xs: Iterable[Value], /) -> Value:
    """Return log of the sum of exp of xs."""

@overload
def logsumexp(xs: Iterable[float], /) -> float:
    """Return log of the sum of exp of xs."""

@overload
def logsumexp(xs: Iterable[Value | float], /) -> Value | float:
    """Return log of the sum of exp of xs."""

@overload
def max(x: Value, y: Value | float, /, *others: Value | float) -> Value:
    """Return the greater of x and y; a tie shares the gradient, NaN wins."""

@overload
def max(x: Value | float, y: Value, /, *others: Value | float) -> Value:
    """Return the greater of x and y; a tie shares the gradient, NaN wins."""

@overload
def max(x: float, y: float, /, *others: float) -> float:
    """Return the greater of x and y; a tie shares the gradient, NaN wins."""

@overload
def max(x: Value | float, y: Value | float, /, *others: Value | float) -> Value | float:
    """Return the greater of x and y; a tie shares the gradient, NaN wins."""

@overload
def max(xs: Iterable[Value], /) -> Value:
    """Return the greater of x and y; a tie shares the gradient, NaN wins."""

@overload
def max(xs: Iterable[float], /) -> float:
    """Return the greater of x and y; a tie shares the gradient, NaN wins."""

@overload
def max(xs: Iterable[Value | float], /) -> Value | float:
    """Return the greater of x and y; a tie shares the gradient, NaN wins."""

@overload
def min(x: Value, y: Value | float, /, *others: Value | float) -> Value:
    """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

@overload
def min(x: Value | float, y: Value, /, *others: Value | float) -> Value:
    """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

@overload
def min(x: float, y: float, /, *others: float) -> float:
    """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

@overload
def min(x: Value | float, y: Value | float, /, *others: Value | float) -> Value | float:
    """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

@overload
def min(xs: Iterable[Value], /) -> Value:
    """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

@overload
def min(xs: Iterable[float], /) -> float:
    """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

@overload
def min(xs: Iterable[Value | float], /) -> Value | float:
    """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

@overload
def mish(x: Value, /) -> Value:
    """Return x * tanh(softplus(x)), a smooth relu."""

@overload
def mish(x: float, /) -> float:
    """Return x * tanh(softplus(x)), a smooth relu."""

@overload
def mish(x: Value | float, /) -> Value | float:
    """Return x * tanh(softplus(x)), a smooth relu."""

@overload
def mod(x: Value, y: Value | float, /) -> Value:
    """Return the remainder x % y, with the sign of y."""

@overload
def mod(x: Value | float, y: Value, /) -> Value:
    """Return the remainder x % y, with the sign of y."""

@overload
def mod(x: float, y: float, /) -> float:
    """Return the remainder x % y, with the sign of y."""

@overload
def mod(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the remainder x % y, with the sign of y."""

@overload
def mul(x: Value, y: Value | float, /) -> Value:
    """Return the product x * y."""

@overload
def mul(x: Value | float, y: Value, /) -> Value:
    """Return the product x * y."""

@overload
def mul(x: float, y: float, /) -> float:
    """Return the product x * y."""

@overload
def mul(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the product x * y."""

@overload
def neg(x: Value, /) -> Value:
    """Return the negative -x."""

@overload
def neg(x: float, /) -> float:
    """Return the negative -x."""

@overload
def neg(x: Value | float, /) -> Value | float:
    """Return the negative -x."""

@overload
def nextafter(x: Value, y: Value | float, /) -> Value:
    """Return the float next to x towards y."""

@overload
def nextafter(x: Value | float, y: Value, /) -> Value:
    """Return the float next to x towards y."""

@overload
def nextafter(x: float, y: float, /) -> float:
    """Return the float next to x towards y."""

@overload
def nextafter(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the float next to x towards y."""

@overload
def norm(xs: Iterable[Value], /) -> Value:
    """Return the Euclidean length of xs; its gradient at 0 is 0."""

@overload
def norm(xs: Iterable[float], /) -> float:
    """Return the Euclidean length of xs; its gradient at 0 is 0."""

@overload
def norm(xs: Iterable[Value | float], /) -> Value | float:
    """Return the Euclidean length of xs; its gradient at 0 is 0."""

@overload
def norm_cdf(x: Value, /) -> Value:
    """Return the probability that a standard normal variable is below x."""

@overload
def norm_cdf(x: float, /) -> float:
    """Return the probability that a standard normal variable is below x."""

@overload
def norm_cdf(x: Value | float, /) -> Value | float:
    """Return the probability that a standard normal variable is below x."""

@overload
def norm_pdf(x: Value, /) -> Value:
    """Return the density of the standard normal distribution at x."""

@overload
def norm_pdf(x: float, /) -> float:
    """Return the density of the standard normal distribution at x."""

@overload
def norm_pdf(x: Value | float, /) -> Value | float:
    """Return the density of the standard normal distribution at x."""

@overload
def norm_ppf(x: Value, /) -> Value:
    """Return the number below which a standard normal variable is with probability x."""

@overload
def norm_ppf(x: float, /) -> float:
    """Return the number below which a standard normal variable is with probability x."""

@overload
def norm_ppf(x: Value | float, /) -> Value | float:
    """Return the number below which a standard normal variable is with probability x."""

@overload
def polygamma(n: Value, x: Value | float, /) -> Value:
    """Return the derivative of order n, a whole number, of digamma at x."""

@overload
def polygamma(n: Value | float, x: Value, /) -> Value:
    """Return the derivative of order n, a whole number, of digamma at x."""

@overload
def polygamma(n: float, x: float, /) -> float:
    """Return the derivative of order n, a whole number, of digamma at x."""

@overload
def polygamma(n: Value | float, x: Value | float, /) -> Value | float:
    """Return the derivative of order n, a whole number, of digamma at x."""

@overload
def pow(x: Value, y: Value | float, /) -> Value:
    """Return x raised to the power y."""

@overload
def pow(x: Value | float, y: Value, /) -> Value:
    """Return x raised to the power y."""

@overload
def pow(x: float, y: float, /) -> float:
    """Return x raised to the power y."""

@overload
def pow(x: Value | float, y: Value | float, /) -> Value | float:
    """Return x raised to the power y."""

@overload
def prod(xs: Iterable[Value], /) -> Value:
    """Return the product of xs, left to right."""

@overload
def prod(xs: Iterable[float], /) -> float:
    """Return the product of xs, left to right."""

@overload
def prod(xs: Iterable[Value | float], /) -> Value | float:
    """Return the product of xs, left to right."""

@overload
def radians(x: Value, /) -> Value:
    """Return an angle of x degrees in radians."""

@overload
def radians(x: float, /) -> float:
    """Return an angle of x degrees in radians."""

@overload
def radians(x: Value | float, /) -> Value | float:
    """Return an angle of x degrees in radians."""

@overload
def relu(x: Value, /) -> Value:
    """Return x where positive, else 0; its derivative at 0 is 0."""

@overload
def relu(x: float, /) -> float:
    """Return x where positive, else 0; its derivative at 0 is 0."""

@overload
def relu(x: Value | float, /) -> Value | float:
    """Return x where positive, else 0; its derivative at 0 is 0."""

@overload
def remainder(x: Value, y: Value | float, /) -> Value:
    """Return x less the multiple of y that is nearest."""

@overload
def remainder(x: Value | float, y: Value, /) -> Value:
    """Return x less the multiple of y that is nearest."""

@overload
def remainder(x: float, y: float, /) -> float:
    """Return x less the multiple of y that is nearest."""

@overload
def remainder(x: Value | float, y: Value | float, /) -> Value | float:
    """Return x less the multiple of y that is nearest."""

@overload
def round(x: Value, n: Value | float = 0.0) -> Value:
    """Return x rounded to n decimals, halves to even."""

@overload
def round(x: Value | float, n: Value) -> Value:
    """Return x rounded to n decimals, halves to even."""

@overload
def round(x: float, n: float = 0.0) -> float:
    """Return x rounded to n decimals, halves to even."""

@overload
def round(x: Value | float, n: Value | float = 0.0) -> Value | float:
    """Return x rounded to n decimals, halves to even."""

@overload
def selu(x: Value, /) -> Value:
    """Return the self-normalising elu of x (Klambauer et al., 2017); its derivative at 0 is 1.0507."""

@overload
def selu(x: float, /) -> float:
    """Return the self-normalising elu of x (Klambauer et al., 2017); its derivative at 0 is 1.0507."""

@overload
def selu(x: Value | float, /) -> Value | float:
    """Return the self-normalising elu of x (Klambauer et al., 2017); its derivative at 0 is 1.0507."""

@overload
def sigmoid(x: Value, /) -> Value:
    """Return the logistic function 1 / (1 + exp(-x))."""

@overload
def sigmoid(x: float, /) -> float:
    """Return the logistic function 1 / (1 + exp(-x))."""

@overload
def sigmoid(x: Value | float, /) -> Value | float:
    """Return the logistic function 1 / (1 + exp(-x))."""

@overload
def sign(x: Value, /) -> Value:
    """Return -1, 0 or 1: the sign of x."""

@overload
def sign(x: float, /) -> float:
    """Return -1, 0 or 1: the sign of x."""

@overload
def sign(x: Value | float, /) -> Value | float:
    """Return -1, 0 or 1: the sign of x."""

@overload
def silu(x: Value, /) -> Value:
    """Return x * sigmoid(x), a smooth relu."""

@overload
def silu(x: float, /) -> float:
    """Return x * sigmoid(x), a smooth relu."""

@overload
def silu(x: Value | float, /) -> Value | float:
    """Return x * sigmoid(x), a smooth relu."""

@overload
def sin(x: Value, /) -> Value:
    """Return the sine of x, in radians."""

@overload
def sin(x: float, /) -> float:
    """Return the sine of x, in radians."""

@overload
def sin(x: Value | float, /) -> Value | float:
    """Return the sine of x, in radians."""

@overload
def sinc(x: Value, /) -> Value:
    """Return sin(pi * x) / (pi * x), and 1 at 0."""

@overload
def sinc(x: float, /) -> float:
    """Return sin(pi * x) / (pi * x), and 1 at 0."""

@overload
def sinc(x: Value | float, /) -> Value | float:
    """Return sin(pi * x) / (pi * x), and 1 at 0."""

@overload
def sinh(x: Value, /) -> Value:
    """Return the hyperbolic sine of x."""

@overload
def sinh(x: float, /) -> float:
    """Return the hyperbolic sine of x."""

@overload
def sinh(x: Value | float, /) -> Value | float:
    """Return the hyperbolic sine of x."""

@overload
def softplus(x: Value, /) -> Value:
    """Return log(1 + exp(x)), a smooth relu."""

@overload
def softplus(x: float, /) -> float:
    """Return log(1 + exp(x)), a smooth relu."""

@overload
def softplus(x: Value | float, /) -> Value | float:
    """Return log(1 + exp(x)), a smooth relu."""

@overload
def softsign(x: Value, /) -> Value:
    """Return x / (1 + abs(x))."""

@overload
def softsign(x: float, /) -> float:
    """Return x / (1 + abs(x))."""

@overload
def softsign(x: Value | float, /) -> Value | float:
    """Return x / (1 + abs(x))."""

@overload
def sqrt(x: Value, /) -> Value:
    """Return the square root of x."""

@overload
def sqrt(x: float, /) -> float:
    """Return the square root of x."""

@overload
def sqrt(x: Value | float, /) -> Value | float:
    """Return the square root of x."""

@overload
def step(x: Value, /) -> Value:
    """Return 1 where x is positive, else 0."""

@overload
def step(x: float, /) -> float:
    """Return 1 where x is positive, else 0."""

@overload
def step(x: Value | float, /) -> Value | float:
    """Return 1 where x is positive, else 0."""

@overload
def stop_gradient(x: Value, /) -> Value:
    """Return x itself, through which no gradient flows."""

@overload
def stop_gradient(x: float, /) -> float:
    """Return x itself, through which no gradient flows."""

@overload
def stop_gradient(x: Value | float, /) -> Value | float:
    """Return x itself, through which no gradient flows."""

@overload
def sub(x: Value, y: Value | float, /) -> Value:
    """Return the difference x - y."""

@overload
def sub(x: Value | float, y: Value, /) -> Value:
    """Return the difference x - y."""

@overload
def sub(x: float, y: float, /) -> float:
    """Return the difference x - y."""

@overload
def sub(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the difference x - y."""

@overload
def sumprod(xs: Iterable[Value], ys: Iterable[Value | float], /) -> Value:
    """Return the sum of the products of xs and ys, with the digits that rounded products lose."""

@overload
def sumprod(xs: Iterable[Value | float], ys: Iterable[Value], /) -> Value:
    """Return the sum of the products of xs and ys, with the digits that rounded products lose."""

@overload
def sumprod(xs: Iterable[float], ys: Iterable[float], /) -> float:
    """Return the sum of the products of xs and ys, with the digits that rounded products lose."""

@overload
def sumprod(xs: Iterable[Value | float], ys: Iterable[Value | float], /) -> Value | float:
    """Return the sum of the products of xs and ys, with the digits that rounded products lose."""

@overload
def tan(x: Value, /) -> Value:
    """Return the tangent of x, in radians."""

@overload
def tan(x: float, /) -> float:
    """Return the tangent of x, in radians."""

@overload
def tan(x: Value | float, /) -> Value | float:
    """Return the tangent of x, in radians."""

@overload
def tanh(x: Value, /) -> Value:
    """Return the hyperbolic tangent of x."""

@overload
def tanh(x: float, /) -> float:
    """Return the hyperbolic tangent of x."""

@overload
def tanh(x: Value | float, /) -> Value | float:
    """Return the hyperbolic tangent of x."""

@overload
def xlog1py(x: Value, y: Value | float, /) -> Value:
    """Return x * log1p(y), and 0 where x is 0."""

@overload
def xlog1py(x: Value | float, y: Value, /) -> Value:
    """Return x * log1p(y), and 0 where x is 0."""

@overload
def xlog1py(x: float, y: float, /) -> float:
    """Return x * log1p(y), and 0 where x is 0."""

@overload
def xlog1py(x: Value | float, y: Value | float, /) -> Value | float:
    """Return x * log1p(y), and 0 where x is 0."""

@overload
def xlogy(x: Value, y: Value | float, /) -> Value:
    """Return x * log(y), and 0 where x is 0."""

@overload
def xlogy(x: Value | float, y: Value, /) -> Value:
    """Return x * log(y), and 0 where x is 0."""

@overload
def xlogy(x: float, y: float, /) -> float:
    """Return x * log(y), and 0 where x is 0."""

@overload
def xlogy(x: Value | float, y: Value | float, /) -> Value | float:
    """Return x * log(y), and 0 where x is 0."""
