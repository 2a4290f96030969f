"""The operators and methods that Value has from the table.

Printed from the table by tests/generate.py; change the rows, not this file.
"""

from autograd_lite.engine import Value

class Operators:
    def abs(self) -> Value:
        """Return the absolute value of x; its derivative at 0 is 0."""

    def add(self, y: Value | float, /) -> Value:
        """Return the sum x + y."""

    def cos(self) -> Value:
        """Return the cosine of x, in radians."""

    def cosh(self) -> Value:
        """Return the hyperbolic cosine of x."""

    def div(self, y: Value | float, /) -> Value:
        """Return the quotient x / y."""

    def exp(self) -> Value:
        """Return e raised to the power x."""

    def floordiv(self, y: Value | float, /) -> Value:
        """Return the quotient x / y rounded towards minus infinity."""

    def log(self) -> Value:
        """Return the natural logarithm of x."""

    def max(self, y: Value | float, /) -> Value:
        """Return the greater of x and y; a tie shares the gradient, NaN wins."""

    def min(self, y: Value | float, /) -> Value:
        """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

    def mod(self, y: Value | float, /) -> Value:
        """Return the remainder x % y, with the sign of y."""

    def mul(self, y: Value | float, /) -> Value:
        """Return the product x * y."""

    def neg(self) -> Value:
        """Return the negative -x."""

    def pow(self, y: Value | float, /) -> Value:
        """Return x raised to the power y."""

    def pow_x(self, y: Value | float, /) -> Value:
        """Return the partial of pow(x, y) by x."""

    def pow_y(self, y: Value | float, /) -> Value:
        """Return the partial of pow(x, y) by y; 0 at x = 0, y >= 0."""

    def relu(self) -> Value:
        """Return x where positive, else 0; its derivative at 0 is 0."""

    def round(self, n: Value | float, /) -> Value:
        """Return x rounded to n decimals, halves to even."""

    def share(self, y: Value | float, /) -> Value:
        """Return 1 where x > y, 0 where x < y, 0.5 at a tie."""

    def sigmoid(self) -> Value:
        """Return the logistic function 1 / (1 + exp(-x))."""

    def sign(self) -> Value:
        """Return -1, 0 or 1: the sign of x."""

    def sin(self) -> Value:
        """Return the sine of x, in radians."""

    def sinh(self) -> Value:
        """Return the hyperbolic sine of x."""

    def softplus(self) -> Value:
        """Return log(1 + exp(x)), a smooth relu."""

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
