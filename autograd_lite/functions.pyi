"""Every row of the table as a function of numbers and Values.

Printed from the table by tests/generate.py; change the rows, not this file.
"""

from collections.abc import Callable, Iterable
from typing import Any, overload

from autograd_lite.engine import Value
from autograd_lite.primitives import TABLE as TABLE

FUNCTIONS: dict[str, Callable[..., Any]]
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
def exp(x: Value, /) -> Value:
    """Return e raised to the power x."""

@overload
def exp(x: float, /) -> float:
    """Return e raised to the power x."""

@overload
def exp(x: Value | float, /) -> Value | float:
    """Return e raised to the power x."""

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
def fsum(xs: Iterable[Value], /) -> Value:
    """Return the sum of xs, rounded once."""

@overload
def fsum(xs: Iterable[float], /) -> float:
    """Return the sum of xs, rounded once."""

@overload
def fsum(xs: Iterable[Value | float], /) -> Value | float:
    """Return the sum of xs, rounded once."""

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
def max(x: Value, y: Value | float, /) -> Value:
    """Return the greater of x and y; a tie shares the gradient, NaN wins."""

@overload
def max(x: Value | float, y: Value, /) -> Value:
    """Return the greater of x and y; a tie shares the gradient, NaN wins."""

@overload
def max(x: float, y: float, /) -> float:
    """Return the greater of x and y; a tie shares the gradient, NaN wins."""

@overload
def max(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the greater of x and y; a tie shares the gradient, NaN wins."""

@overload
def min(x: Value, y: Value | float, /) -> Value:
    """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

@overload
def min(x: Value | float, y: Value, /) -> Value:
    """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

@overload
def min(x: float, y: float, /) -> float:
    """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

@overload
def min(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the lesser of x and y; a tie shares the gradient, NaN wins."""

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
def pow_x(x: Value, y: Value | float, /) -> Value:
    """Return the partial of pow(x, y) by x."""

@overload
def pow_x(x: Value | float, y: Value, /) -> Value:
    """Return the partial of pow(x, y) by x."""

@overload
def pow_x(x: float, y: float, /) -> float:
    """Return the partial of pow(x, y) by x."""

@overload
def pow_x(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the partial of pow(x, y) by x."""

@overload
def pow_y(x: Value, y: Value | float, /) -> Value:
    """Return the partial of pow(x, y) by y; 0 at x = 0, y >= 0."""

@overload
def pow_y(x: Value | float, y: Value, /) -> Value:
    """Return the partial of pow(x, y) by y; 0 at x = 0, y >= 0."""

@overload
def pow_y(x: float, y: float, /) -> float:
    """Return the partial of pow(x, y) by y; 0 at x = 0, y >= 0."""

@overload
def pow_y(x: Value | float, y: Value | float, /) -> Value | float:
    """Return the partial of pow(x, y) by y; 0 at x = 0, y >= 0."""

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
def relu(x: Value, /) -> Value:
    """Return x where positive, else 0; its derivative at 0 is 0."""

@overload
def relu(x: float, /) -> float:
    """Return x where positive, else 0; its derivative at 0 is 0."""

@overload
def relu(x: Value | float, /) -> Value | float:
    """Return x where positive, else 0; its derivative at 0 is 0."""

@overload
def round(x: Value, n: Value | float, /) -> Value:
    """Return x rounded to n decimals, halves to even."""

@overload
def round(x: Value | float, n: Value, /) -> Value:
    """Return x rounded to n decimals, halves to even."""

@overload
def round(x: float, n: float, /) -> float:
    """Return x rounded to n decimals, halves to even."""

@overload
def round(x: Value | float, n: Value | float, /) -> Value | float:
    """Return x rounded to n decimals, halves to even."""

@overload
def share(x: Value, y: Value | float, /) -> Value:
    """Return 1 where x > y, 0 where x < y, 0.5 at a tie."""

@overload
def share(x: Value | float, y: Value, /) -> Value:
    """Return 1 where x > y, 0 where x < y, 0.5 at a tie."""

@overload
def share(x: float, y: float, /) -> float:
    """Return 1 where x > y, 0 where x < y, 0.5 at a tie."""

@overload
def share(x: Value | float, y: Value | float, /) -> Value | float:
    """Return 1 where x > y, 0 where x < y, 0.5 at a tie."""

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
def sin(x: Value, /) -> Value:
    """Return the sine of x, in radians."""

@overload
def sin(x: float, /) -> float:
    """Return the sine of x, in radians."""

@overload
def sin(x: Value | float, /) -> Value | float:
    """Return the sine of x, in radians."""

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
