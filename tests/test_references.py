"""PyTorch and JAX in float64 as outside references, where they are installed (the extra `reference`)."""

import importlib
import math

import pytest
from expressions import program

from autograd_lite import hessian, value_and_grad
from autograd_lite.primitives import TABLE

# What all three have under one name, or nearly, with the same conventions.
NAMES = {
    "add": "add", "sub": "subtract", "mul": "multiply", "div": "true_divide", "neg": "negative", "abs": "abs",
    "exp": "exp", "exp2": "exp2", "expm1": "expm1", "log": "log", "log2": "log2", "log10": "log10",
    "log1p": "log1p", "sqrt": "sqrt", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin",
    "acos": "arccos", "atan": "arctan", "atan2": "arctan2", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh",
    "asinh": "arcsinh", "acosh": "arccosh", "atanh": "arctanh", "hypot": "hypot", "logaddexp": "logaddexp",
    "max": "maximum", "min": "minimum", "sinc": "sinc", "pow": "pow",
}  # fmt: skip
SPECIAL = {
    "erf": "erf", "erfc": "erfc", "sigmoid": "expit", "digamma": "digamma", "lgamma": "gammaln",
    "norm_cdf": "ndtr", "norm_ppf": "ndtri", "logit": "logit",
}  # fmt: skip
USED = sorted([*NAMES, *SPECIAL])


def caller(library: str, numpy, convert):
    special = importlib.import_module(library)

    def call(name, *operands):
        if name == "fsum":
            return sum(operands[0])
        f = getattr(special, SPECIAL[name]) if name in SPECIAL else getattr(numpy, NAMES[name])
        return f(*[convert(x) for x in operands])

    return call


def ours(seed: int):
    expression = program(seed, USED)

    def f(*xs):
        return expression.run(lambda name, *operands: TABLE[name].function(*operands), *xs)

    value, gradient = value_and_grad(f, tuple(range(len(expression.at))))(*expression.at)
    return expression, f, value, gradient


def compare(ours, theirs, size: float, relative: float) -> None:
    for a, b in zip(ours, theirs, strict=True):
        # Where they are less accurate than the bar (tails, roots) they are so by far less than this.
        assert math.isnan(b) or abs(a - b) <= relative * max(1e-3, abs(a), size), (ours, theirs)


@pytest.mark.parametrize("seed", range(60))
def test_pytorch_agrees(seed: int) -> None:
    torch = pytest.importorskip("torch")
    expression, _, value, gradient = ours(seed)

    def convert(x):
        return x if isinstance(x, torch.Tensor) else torch.tensor(x, dtype=torch.float64)

    leaves = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in expression.at]
    root = expression.run(caller("torch.special", torch, convert), *leaves)
    theirs = [torch.zeros(()) for _ in leaves]
    if root.requires_grad:
        theirs = torch.autograd.grad(root, leaves, allow_unused=True, materialize_grads=True)
    compare([value], [root.item()], 1.0, 1e-11)
    compare(gradient, [g.item() for g in theirs], max(map(abs, gradient)), 1e-9)


@pytest.mark.parametrize("seed", range(25))
def test_jax_agrees_to_second_order(seed: int) -> None:
    jax = pytest.importorskip("jax")
    jax.config.update("jax_enable_x64", True)
    expression, f, value, gradient = ours(seed)

    def theirs(*xs):
        return expression.run(caller("jax.scipy.special", jax.numpy, lambda x: x), *xs)

    places = tuple(range(len(expression.at)))
    compare([value], [float(theirs(*expression.at))], 1.0, 1e-11)
    found = jax.grad(theirs, places)(*expression.at)
    compare(gradient, [float(g) for g in found], max(map(abs, gradient)), 1e-9)
    matrix = hessian(f, places)(*expression.at)
    second = jax.hessian(theirs, places)(*expression.at)
    flat = [x for row in matrix for x in row]
    compare(flat, [float(x) for row in second for x in row], max(map(abs, flat)), 1e-7)
