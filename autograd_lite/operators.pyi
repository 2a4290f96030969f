"""The operators and methods that Value has from the table.

Printed from the table by tests/generate.py; change the rows, not this file.
"""

from autograd_lite.engine import Value

class Operators:
    def abs(self) -> Value:
        """Return the absolute value of x; its derivative at 0 is 0."""

    def acos(self) -> Value:
        """Return the angle in radians whose cosine is x."""

    def acosh(self) -> Value:
        """Return the number whose hyperbolic cosine is x."""

    def add(self, y: Value | float, /) -> Value:
        """Return the sum x + y."""

    def asin(self) -> Value:
        """Return the angle in radians whose sine is x."""

    def asinh(self) -> Value:
        """Return the number whose hyperbolic sine is x."""

    def at_least(self, low: Value | float, /) -> Value:
        """Return x, or low if that is greater; at a tie the gradient goes to low."""

    def at_most(self, high: Value | float, /) -> Value:
        """Return x, or high if that is less; at a tie the gradient goes to high."""

    def atan(self) -> Value:
        """Return the angle in radians whose tangent is x."""

    def atan2(self, x: Value | float, /) -> Value:
        """Return the angle in radians of the point (x, y); at (0, 0) it has no gradient."""

    def atanh(self) -> Value:
        """Return the number whose hyperbolic tangent is x."""

    def cbrt(self) -> Value:
        """Return the cube root of x."""

    def copysign(self, y: Value | float, /) -> Value:
        """Return the absolute value of x with the sign of y, also that of -0.0."""

    def cos(self) -> Value:
        """Return the cosine of x, in radians."""

    def cosh(self) -> Value:
        """Return the hyperbolic cosine of x."""

    def degrees(self) -> Value:
        """Return an angle of x radians in degrees."""

    def digamma(self) -> Value:
        """Return the derivative of lgamma at x."""

    def div(self, y: Value | float, /) -> Value:
        """Return the quotient x / y."""

    def elu(self, alpha: Value | float = 1.0) -> Value:
        """Return x where positive, else alpha * expm1(x)."""

    def erf(self) -> Value:
        """Return the error function of x."""

    def erfc(self) -> Value:
        """Return 1 - erf(x), also where that is small."""

    def exp(self) -> Value:
        """Return e raised to the power x."""

    def exp2(self) -> Value:
        """Return 2 raised to the power x."""

    def expm1(self) -> Value:
        """Return exp(x) - 1, also where x is small."""

    def floordiv(self, y: Value | float, /) -> Value:
        """Return the quotient x / y rounded towards minus infinity."""

    def fma(self, y: Value | float, w: Value | float, /) -> Value:
        """Return x * y + w, rounded once."""

    def fmod(self, y: Value | float, /) -> Value:
        """Return the remainder of x / y, with the sign of x."""

    def fract(self) -> Value:
        """Return the fractional part of x, with the sign of x."""

    def gamma(self) -> Value:
        """Return the gamma function of x, (x - 1)! for a whole number."""

    def gelu(self) -> Value:
        """Return x * norm_cdf(x), a smooth relu."""

    def hardtanh(self) -> Value:
        """Return x held between -1 and 1; its derivative there is 0."""

    def hypot(self, y: Value | float, /) -> Value:
        """Return sqrt(x * x + y * y), the length of (x, y); its gradient at (0, 0) is (0, 0)."""

    def identity(self) -> Value:
        """Return x itself, as a node of its own."""

    def ldexp(self, n: Value | float, /) -> Value:
        """Return x times 2 to the power n, a whole number."""

    def leaky_relu(self, slope: Value | float = 0.01) -> Value:
        """Return x where positive, else slope * x; its derivative at 0 is the one nearer to 0."""

    def lgamma(self) -> Value:
        """Return the logarithm of the absolute value of gamma(x)."""

    def log(self) -> Value:
        """Return the natural logarithm of x."""

    def log10(self) -> Value:
        """Return the logarithm of x to the base 10."""

    def log1mexp(self) -> Value:
        """Return log(1 - exp(x)), for negative x."""

    def log1p(self) -> Value:
        """Return log(1 + x), also where x is small."""

    def log2(self) -> Value:
        """Return the logarithm of x to the base 2."""

    def log_sigmoid(self) -> Value:
        """Return log(sigmoid(x))."""

    def logaddexp(self, y: Value | float, /) -> Value:
        """Return log(exp(x) + exp(y))."""

    def logit(self) -> Value:
        """Return log(x / (1 - x)), the inverse of the logistic function."""

    def max(self, y: Value | float, /) -> Value:
        """Return the greater of x and y; a tie shares the gradient, NaN wins."""

    def min(self, y: Value | float, /) -> Value:
        """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

    def mish(self) -> Value:
        """Return x * tanh(softplus(x)), a smooth relu."""

    def mod(self, y: Value | float, /) -> Value:
        """Return the remainder x % y, with the sign of y."""

    def mul(self, y: Value | float, /) -> Value:
        """Return the product x * y."""

    def neg(self) -> Value:
        """Return the negative -x."""

    def nextafter(self, y: Value | float, /) -> Value:
        """Return the float next to x towards y."""

    def norm_cdf(self) -> Value:
        """Return the probability that a standard normal variable is below x."""

    def norm_pdf(self) -> Value:
        """Return the density of the standard normal distribution at x."""

    def norm_ppf(self) -> Value:
        """Return the number below which a standard normal variable is with probability x."""

    def pow(self, y: Value | float, /) -> Value:
        """Return x raised to the power y."""

    def radians(self) -> Value:
        """Return an angle of x degrees in radians."""

    def relu(self) -> Value:
        """Return x where positive, else 0; its derivative at 0 is 0."""

    def remainder(self, y: Value | float, /) -> Value:
        """Return x less the multiple of y that is nearest."""

    def round(self, n: Value | float = 0.0) -> Value:
        """Return x rounded to n decimals, halves to even."""

    def selu(self) -> Value:
        """Return the self-normalising elu of x (Klambauer et al., 2017); its derivative at 0 is 1.0507."""

    def sigmoid(self) -> Value:
        """Return the logistic function 1 / (1 + exp(-x))."""

    def sign(self) -> Value:
        """Return -1, 0 or 1: the sign of x."""

    def silu(self) -> Value:
        """Return x * sigmoid(x), a smooth relu."""

    def sin(self) -> Value:
        """Return the sine of x, in radians."""

    def sinc(self) -> Value:
        """Return sin(pi * x) / (pi * x), and 1 at 0."""

    def sinh(self) -> Value:
        """Return the hyperbolic sine of x."""

    def softplus(self) -> Value:
        """Return log(1 + exp(x)), a smooth relu."""

    def softsign(self) -> Value:
        """Return x / (1 + abs(x))."""

    def sqrt(self) -> Value:
        """Return the square root of x."""

    def step(self) -> Value:
        """Return 1 where x is positive, else 0."""

    def stop_gradient(self) -> Value:
        """Return x itself, through which no gradient flows."""

    def sub(self, y: Value | float, /) -> Value:
        """Return the difference x - y."""

    def tan(self) -> Value:
        """Return the tangent of x, in radians."""

    def tanh(self) -> Value:
        """Return the hyperbolic tangent of x."""

    def xlog1py(self, y: Value | float, /) -> Value:
        """Return x * log1p(y), and 0 where x is 0."""

    def xlogy(self, y: Value | float, /) -> Value:
        """Return x * log(y), and 0 where x is 0."""

    def __add__(self, other: Value | float, /) -> Value:
        """Return the sum x + y."""

    def __radd__(self, other: float, /) -> Value:
        """Return the sum x + y."""

    def __sub__(self, other: Value | float, /) -> Value:
        """Return the difference x - y."""

    def __rsub__(self, other: float, /) -> Value:
        """Return the difference x - y."""

    def __mul__(self, other: Value | float, /) -> Value:
        """Return the product x * y."""

    def __rmul__(self, other: float, /) -> Value:
        """Return the product x * y."""

    def __truediv__(self, other: Value | float, /) -> Value:
        """Return the quotient x / y."""

    def __rtruediv__(self, other: float, /) -> Value:
        """Return the quotient x / y."""

    def __floordiv__(self, other: Value | float, /) -> Value:
        """Return the quotient x / y rounded towards minus infinity."""

    def __rfloordiv__(self, other: float, /) -> Value:
        """Return the quotient x / y rounded towards minus infinity."""

    def __mod__(self, other: Value | float, /) -> Value:
        """Return the remainder x % y, with the sign of y."""

    def __rmod__(self, other: float, /) -> Value:
        """Return the remainder x % y, with the sign of y."""

    def __pow__(self, other: Value | float, /) -> Value:
        """Return x raised to the power y."""

    def __rpow__(self, other: float, /) -> Value:
        """Return x raised to the power y."""

    def __neg__(self) -> Value:
        """Return the negative -x."""

    def __abs__(self) -> Value:
        """Return the absolute value of x; its derivative at 0 is 0."""
