"""Scalar reverse-mode automatic differentiation that one can read, see and use.

>>> from autograd_lite import Value, exp
>>> x = Value(2.0)
>>> y = exp(-x * x)
>>> y.backward()
>>> x.grad == -4.0 * exp(-4.0)
True
"""

from autograd_lite.context import no_grad, scope
from autograd_lite.engine import Value
from autograd_lite.functions import (
    abs,
    add,
    cos,
    cosh,
    div,
    dot,
    exp,
    floordiv,
    fsum,
    log,
    max,
    min,
    mod,
    mul,
    neg,
    pow,
    pow_x,
    pow_y,
    prod,
    relu,
    round,
    share,
    sigmoid,
    sign,
    sin,
    sinh,
    softplus,
    sqrt,
    step,
    stop_gradient,
    sub,
    tan,
    tanh,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_lite import nn
    from autograd_lite.see.dot import draw_dot

__all__ = [
    "Value",
    "abs",
    "add",
    "cos",
    "cosh",
    "div",
    "dot",
    "draw_dot",
    "exp",
    "floordiv",
    "fsum",
    "log",
    "max",
    "min",
    "mod",
    "mul",
    "neg",
    "nn",
    "no_grad",
    "pow",
    "pow_x",
    "pow_y",
    "prod",
    "relu",
    "round",
    "scope",
    "share",
    "sigmoid",
    "sign",
    "sin",
    "sinh",
    "softplus",
    "sqrt",
    "step",
    "stop_gradient",
    "sub",
    "tan",
    "tanh",
]


def __dir__() -> list[str]:
    return __all__


def __getattr__(name: str) -> object:
    """Import on first use what would make `import autograd_lite` slow."""
    if name == "draw_dot":
        from autograd_lite.see.dot import draw_dot

        return draw_dot
    if name == "nn":
        import autograd_lite.nn

        return autograd_lite.nn
    raise AttributeError(f"module 'autograd_lite' has no attribute {name!r}")
