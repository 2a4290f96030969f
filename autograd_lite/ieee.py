"""Python's float arithmetic and `math`, with IEEE 754 results where Python raises.

Gives `RAISED`, the exceptions that Python's own versions raise, and `FUNCTIONS`, the same functions
(and the operators `/ // % **`) under names that never raise: `log(0)` is -inf, `1 / 0` is inf, `exp(710)`
is inf, `(-8.0) ** (1 / 3)` is nan. Relies on `math` alone. Callers try the plain version first and come
here after an exception, so that ordinary numbers pay nothing.
"""

import math
from collections.abc import Callable, Mapping
from math import copysign, inf, nan

RAISED = (ArithmeticError, ValueError)


def div(x: float, y: float) -> float:
    """Return x / y; a nonzero number over zero is an infinity with the sign of the quotient."""
    try:
        return x / y
    except ZeroDivisionError:
        return copysign(inf, x) * copysign(1.0, y) if x < 0 or x > 0 else nan


def floordiv(x: float, y: float) -> float:
    """Return x // y, rounded towards minus infinity; over zero, what x / y is."""
    try:
        return x // y
    except ZeroDivisionError:
        return div(x, y)


def mod(x: float, y: float) -> float:
    """Return x % y, with the sign of y; nan for y = 0."""
    try:
        return x % y
    except ZeroDivisionError:
        return nan


def power(x: float, y: float) -> float:
    """Return x ** y as C's pow does: zero to a negative power is infinite, (-8) ** (1 / 3) is nan."""
    try:
        return math.pow(x, y)
    except OverflowError:
        return -inf if x < 0 and y % 2 == 1 else inf
    except ValueError:
        if x != 0:
            return nan
        return copysign(inf, x) if y % 2 == 1 else inf


def _quiet(name: str, poles: Mapping[float, float], *, odd: bool) -> Callable[[float], float]:
    """Return math's function with its poles filled in, nan where undefined, inf on overflow."""
    function: Callable[[float], float] = getattr(math, name)

    def quiet(x: float) -> float:
        try:
            return function(x)
        except OverflowError:
            return copysign(inf, x) if odd else inf
        except ValueError:
            return poles.get(x, nan)

    return quiet


_POLES = {
    "log": {0.0: -inf},
    "log1p": {-1.0: -inf},
}
_UNARY = ["exp", "log", "log1p", "sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "fabs"]

FUNCTIONS: dict[str, Callable[..., float]] = {
    "div": div,
    "floordiv": floordiv,
    "mod": mod,
    "pow": power,
    **{name: _quiet(name, _POLES.get(name, {}), odd=name == "sinh") for name in _UNARY},
}


def quiet_source(source: str) -> str:
    """Return a Python expression with `/ // % **` replaced by calls of the functions above.

    >>> quiet_source("lambda x: 1 / x + 2")
    'lambda x: div(1, x) + 2'
    """
    import ast  # here, because only a singular point needs it and it costs import time

    functions: dict[type[ast.operator], str] = {
        ast.Div: "div", ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.Pow: "pow",
    }  # fmt: skip

    class Quiet(ast.NodeTransformer):
        def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
            self.generic_visit(node)
            name = functions.get(type(node.op))
            return ast.Call(ast.Name(name, ast.Load()), [node.left, node.right], []) if name else node

    return ast.unparse(Quiet().visit(ast.parse(source, mode="eval")))
