"""Scalar reverse-mode automatic differentiation that one can read, see and use.

>>> from autograd_lite import Value, exp
>>> x = Value(2.0)
>>> y = exp(-x * x)
>>> y.backward()
>>> x.grad == -4.0 * exp(-4.0)
True
"""

from autograd_lite.batches import mean, vmap
from autograd_lite.composites import clip, log_softmax, softmax, where
from autograd_lite.context import detect_anomaly, no_grad, scope
from autograd_lite.custom import custom_gradient, primitive
from autograd_lite.engine import Value
from autograd_lite.functional import derivative, grad, hessian, hvp, jacobian, jvp, value_and_grad, vjp
from autograd_lite.functions import (
    abs as abs,
)
from autograd_lite.functions import (
    acos,
    acosh,
    add,
    amax,
    amin,
    asin,
    asinh,
    at_least,
    at_most,
    atan,
    atan2,
    atanh,
    cbrt,
    copysign,
    cos,
    cosh,
    degrees,
    digamma,
    div,
    dot,
    elu,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    floordiv,
    fma,
    fmod,
    fract,
    fsum,
    gamma,
    gelu,
    hardtanh,
    hypot,
    identity,
    ldexp,
    leaky_relu,
    lgamma,
    log,
    log1mexp,
    log1p,
    log2,
    log10,
    log_sigmoid,
    logaddexp,
    logit,
    logsumexp,
    mish,
    mod,
    mul,
    neg,
    nextafter,
    norm,
    norm_cdf,
    norm_pdf,
    norm_ppf,
    polygamma,
    prod,
    radians,
    relu,
    remainder,
    selu,
    sigmoid,
    sign,
    silu,
    sin,
    sinc,
    sinh,
    softplus,
    softsign,
    sqrt,
    step,
    stop_gradient,
    sub,
    sumprod,
    tan,
    tanh,
    xlog1py,
    xlogy,
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
from autograd_lite.implicit import fixed_point, root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_lite import math, nn
    from autograd_lite.anomalies import why_nan
    from autograd_lite.compiler.jit import jit
    from autograd_lite.see.boundary import decision_boundary
    from autograd_lite.see.curve import loss_curve
    from autograd_lite.see.descent import descent
    from autograd_lite.see.dot import draw_dot
    from autograd_lite.see.drawing import draw
    from autograd_lite.see.explain import explain
    from autograd_lite.see.formula import formula
    from autograd_lite.see.layers import activation_histograms, gradient_histograms, weight_map
    from autograd_lite.see.player import play
    from autograd_lite.see.steps import trace
    from autograd_lite.testing import check_grad

# Without abs, max, min, pow and round, which a star import would put in the place of the built-ins.
__all__ = [
    "Value",
    "acos",
    "acosh",
    "activation_histograms",
    "add",
    "amax",
    "amin",
    "asin",
    "asinh",
    "at_least",
    "at_most",
    "atan",
    "atan2",
    "atanh",
    "cbrt",
    "check_grad",
    "clip",
    "copysign",
    "cos",
    "cosh",
    "custom_gradient",
    "decision_boundary",
    "degrees",
    "derivative",
    "descent",
    "detect_anomaly",
    "digamma",
    "div",
    "dot",
    "draw",
    "draw_dot",
    "elu",
    "erf",
    "erfc",
    "exp",
    "exp2",
    "explain",
    "expm1",
    "fixed_point",
    "floordiv",
    "fma",
    "fmod",
    "formula",
    "fract",
    "fsum",
    "gamma",
    "gelu",
    "grad",
    "gradient_histograms",
    "hardtanh",
    "hessian",
    "hvp",
    "hypot",
    "identity",
    "jacobian",
    "jit",
    "jvp",
    "ldexp",
    "leaky_relu",
    "lgamma",
    "log",
    "log1mexp",
    "log1p",
    "log2",
    "log10",
    "log_sigmoid",
    "log_softmax",
    "logaddexp",
    "logit",
    "logsumexp",
    "loss_curve",
    "math",
    "mean",
    "mish",
    "mod",
    "mul",
    "neg",
    "nextafter",
    "nn",
    "no_grad",
    "norm",
    "norm_cdf",
    "norm_pdf",
    "norm_ppf",
    "play",
    "polygamma",
    "primitive",
    "prod",
    "radians",
    "relu",
    "remainder",
    "root",
    "scope",
    "selu",
    "sigmoid",
    "sign",
    "silu",
    "sin",
    "sinc",
    "sinh",
    "softmax",
    "softplus",
    "softsign",
    "sqrt",
    "step",
    "stop_gradient",
    "sub",
    "sumprod",
    "tan",
    "tanh",
    "trace",
    "value_and_grad",
    "vjp",
    "vmap",
    "weight_map",
    "where",
    "why_nan",
    "xlog1py",
    "xlogy",
]


def __dir__() -> list[str]:
    return sorted({*__all__, "abs", "max", "min", "pow", "round"})


# Imported on first use, because they would make `import autograd_lite` slow.
_LATER = {
    "activation_histograms": "see.layers", "check_grad": "testing", "decision_boundary": "see.boundary",
    "descent": "see.descent",
    "draw": "see.drawing", "draw_dot": "see.dot", "explain": "see.explain", "formula": "see.formula",
    "gradient_histograms": "see.layers", "jit": "compiler.jit", "loss_curve": "see.curve", "math": "",
    "nn": "", "play": "see.player", "trace": "see.steps", "weight_map": "see.layers",
    "why_nan": "anomalies",
}  # fmt: skip


def __getattr__(name: str) -> object:
    if name == "__version__":
        from importlib.metadata import version

        return version("autograd-lite")
    if name not in _LATER:
        raise AttributeError(f"module 'autograd_lite' has no attribute {name!r}")
    from importlib import import_module

    if not _LATER[name]:
        return import_module(f"autograd_lite.{name}")
    return getattr(import_module(f"autograd_lite.{_LATER[name]}"), name)
