"""Python's float arithmetic and `math`, with IEEE 754 results where Python raises.

Gives `PLAIN`, the functions that a row of the table may call, `RAISED`, the exceptions that they raise, and
`FUNCTIONS`, the same functions (and the operators `/ // % **`) under names that never raise: `log(0)` is
-inf, `1 / 0` is inf, `exp(710)` is inf, `(-8.0) ** (1 / 3)` is nan. Relies on `math` alone. Callers try the
plain version first and come here after an exception, so that ordinary numbers pay nothing.
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


def rint(x: float) -> float:
    """Return the whole number nearest to x, halves to even."""
    return copysign(round(x), x) if math.isfinite(x) else x


def _quiet(name: str, poles: Mapping[float, float], *, odd: bool) -> Callable[..., float]:
    """Return math's function with its poles filled in, nan where undefined, inf on overflow."""
    function: Callable[..., float] = getattr(math, name)

    def quiet(x: float, *rest: float) -> float:
        try:
            return function(x, *rest)
        except OverflowError:
            return copysign(inf, x) if odd else inf
        except ValueError:
            return poles.get(x, nan)

    return quiet


def _quiet_gamma(x: float) -> float:
    try:
        return math.gamma(x)
    except OverflowError:
        return copysign(inf, x)
    except ValueError:
        return copysign(inf, x) if x == 0 else nan


def _quiet_lgamma(x: float) -> float:
    try:
        return math.lgamma(x)
    except (OverflowError, ValueError):
        return inf


_POLES = {
    "log": {0.0: -inf},
    "log1p": {-1.0: -inf},
    "log2": {0.0: -inf},
    "log10": {0.0: -inf},
    "atanh": {-1.0: -inf, 1.0: inf},
}
_NAMES = [
    "exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan", "asin",
    "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "fabs",
    "hypot", "copysign", "fmod", "remainder", "nextafter",
]  # fmt: skip

# What the texts of the table may call beside rows: C's <math.h> and NumPy have the same names.
PLAIN: dict[str, Callable[..., float]] = {
    **{name: getattr(math, name) for name in (*_NAMES, "pow", "gamma", "lgamma")},
    "rint": rint,
}
FUNCTIONS: dict[str, Callable[..., float]] = {
    **{name: _quiet(name, _POLES.get(name, {}), odd=name == "sinh") for name in _NAMES},
    "div": div,
    "floordiv": floordiv,
    "mod": mod,
    "pow": power,
    "gamma": _quiet_gamma,
    "lgamma": _quiet_lgamma,
    "rint": rint,
}


def quiet_source(source: str, *, only_powers: bool = False) -> str:
    """Return a Python expression with `/ // % **` replaced by calls of the functions above.

    only_powers  replace `**` alone, which is complex for a negative base where `pow` is nan

    >>> quiet_source("lambda x: 1 / x + 2")
    'lambda x: div(1, x) + 2'
    """
    import ast  # here, because only a singular point needs it and it costs import time

    functions: dict[type[ast.operator], str] = {ast.Pow: "pow"}
    if not only_powers:
        functions |= {ast.Div: "div", ast.FloorDiv: "floordiv", ast.Mod: "mod"}

    class Quiet(ast.NodeTransformer):
        def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
            self.generic_visit(node)
            name = functions.get(type(node.op))
            return ast.Call(ast.Name(name, ast.Load()), [node.left, node.right], []) if name else node

    return ast.unparse(Quiet().visit(ast.parse(source, mode="eval")))
