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
    abs as abs,
)
from autograd_lite.functions import (
    add,
    cos,
    cosh,
    div,
    dot,
    exp,
    floordiv,
    fsum,
    log,
    mod,
    mul,
    neg,
    pow_x,
    pow_y,
    prod,
    relu,
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
from autograd_lite.functions import (
    max as max,
)
from autograd_lite.functions import (
    min as min,
)
from autograd_lite.functions import (
    pow as pow,
)
from autograd_lite.functions import (
    round as round,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_lite import nn
    from autograd_lite.see.dot import draw_dot

# Without abs, max, min, pow and round, which a star import would put in the place of the built-ins.
__all__ = [
    "Value",
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
    "mod",
    "mul",
    "neg",
    "nn",
    "no_grad",
    "pow_x",
    "pow_y",
    "prod",
    "relu",
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
    return sorted({*__all__, "abs", "max", "min", "pow", "round"})


def __getattr__(name: str) -> object:
    """Import on first use what would make `import autograd_lite` slow."""
    if name == "draw_dot":
        from autograd_lite.see.dot import draw_dot

        return draw_dot
    if name == "nn":
        import autograd_lite.nn

        return autograd_lite.nn
    raise AttributeError(f"module 'autograd_lite' has no attribute {name!r}")
