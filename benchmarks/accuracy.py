"""Accuracy of every row of the table: `pip install mpmath && python benchmarks/accuracy.py --jobs 2`.

Each value and partial is compared with mpmath at 60 digits or more, on points from the whole range of floats:
subnormals, moderate numbers, and the neighbourhood of kinks, poles, roots and saturation. The error is in
units of the last place of the true number (for subnormals 2**-1074), and an infinity counts as 2**1024.
PyTorch, JAX and HIPS autograd get the same points where they are installed: the worst value, the worst
partial and the share of points where one of them misses the bar.

The bar is 8 units, and 16 for the gamma family. The partials of polygamma and of the rows that are partials
themselves, such as pow_x, are second derivatives: their bar is a relative error of 1e-12, like that of the
second derivatives of all public functions, at points between 1e-100 and 1e100. They have no bar next to a
root, where their sign changes within a thousandth. Nor is it a miss where the value is the very float of
Python's own `math`. The exit code is 1 if a row misses its bar.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import math
import multiprocessing
import random
import re
import statistics
import sys
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from mpmath import mp, mpf

import autograd_lite
from autograd_lite import ieee
from autograd_lite.functions import FUNCTIONS
from autograd_lite.primitives import TABLE, Primitive

Numbers = tuple[Any, ...]  # one number per operand, or one sequence of numbers
RELATIVE_BAR, QUANTUM, OVERFLOW = 1e-12, 2.0**-1074, mpf(2) ** 1024
GAMMAS = {"gamma", "lgamma", "digamma", "polygamma", "gamma_x"}
SPECIAL = [
    0, 0.5, 1, 1.5, 2, -0.5, -1, -1.5, -2, 0.6931471805599453, -0.6931471805599453, 1.4142135623730951,
    -1.1924, -0.7517915246935645, -1.2784645427610738, -0.5040830082644554, 1.4616321449683623, 20, 37, 38.5,
    708, 710, 745, -20, -37, -38.5, -708, -710, -745, 170.6, 171.6, -171.5, -173.3, -175.2, -177.1,
]  # fmt: skip
# Where a row has a corner or jump, or a plain product overflows or underflows on the way.
CORNERS = {
    **dict.fromkeys(["max", "min", "share", "above"], "x == y"), "at_least": "x == low",
    **dict.fromkeys(["abs", "relu", "step", "sign", "leaky_relu", "elu", "selu"], "x == 0"),
    **dict.fromkeys(["leaky_relu_x", "elu_x", "selu_x"], "x == 0"), "copysign": "x == 0 or y == 0",
    **dict.fromkeys(["hardtanh", "hardtanh_x"], "x in (-1, 1)"), "at_most": "x == high",
    **dict.fromkeys(["remainder", "remainder_y"], "2 * (x % y) == y"), "fract": "x % 1 == 0",
    **dict.fromkeys(["mod", "floordiv", "fmod", "fmod_y"], "x % y == 0"),
    **dict.fromkeys(["pow", "hypot", "hypot_x", "atan2", "atan2_y"], "x == 0 == y"),
    "pow_x": "x < 0 and abs(y) >= 2**53", "gamma_x": "x < -160",
    "prod": "sum(abs(math.log2(abs(x))) for x in xs if x) > 1000", "norm": "not any(xs)",
    **dict.fromkeys(["amax", "amin"], "len({*xs}) < len(xs)"),
    "dot": "sum(abs(x * y) for x, y in zip(xs, ys)) == math.inf",
}  # fmt: skip

# Textbook definitions, which work at whatever precision mpmath has at the moment.
FROM_MPMATH = """exp expm1 log log10 log1p sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh
    erf hypot atan2 degrees radians fabs"""
DEFINITIONS = """
add(x, y) = x + y; sub(x, y) = x - y; mul(x, y) = x * y; div(x, y) = x / y; neg(x) = -x; mod(x, y) = x % y
fma(x, y, w) = x * y + w; floordiv(x, y) = (x - x % y) / y; fmod(x, y) = sign(x) * (abs(x) % abs(y))
fract(x) = fmod(x, 1)
pow(x, y) = x**y if x == 0 or x < 0 and y % 1 else (-1) ** int(x < 0 and y % 2) * exp(y * log(abs(x)))
nearer(r, y) = r - y * ((2 * r > y) + (2 * r >= 3 * y))
remainder(x, y) = sign(x) * nearer(abs(x) % abs(2 * y), abs(y))
round(x, n) = mp.nint(x * mpf(10) ** n) / mpf(10) ** n; ldexp(x, n) = x * mpf(2) ** n
nextafter(x, y) = mpf(math.nextafter(x, y)); copysign(x, y) = abs(x) * (-1 if y < 0 else 1); identity(x) = x
sign(x) = (x > 0) - (x < 0); step(x) = x > 0; above(x, y) = x > y; share(x, y) = (1 + sign(x - y)) / mpf(2)
abs(x) = fabs(x); max(x, y) = x if x > y else y; min(x, y) = x if x < y else y; relu(x) = max(x, 0)
at_least(x, low) = max(x, low); at_most(x, high) = min(x, high); hardtanh(x) = max(-1, min(x, 1))
exp2(x) = mpf(2) ** x; log2(x) = mp.log(x, 2); cbrt(x) = sign(x) * mp.cbrt(abs(x)); xlogy(x, y) = x * log(y)
xlog1py(x, y) = x * log1p(y); logaddexp(x, y) = logsumexp([x, y]); logit(x) = log(x) - log1p(-x)
log1mexp(x) = log1p(-exp(x)) if x < -1 else log(-expm1(x)); sigmoid(x) = 1 / (1 + exp(-x))
scale(x, y) = x * y; softplus(x) = log1p(exp(x)); log_sigmoid(x) = -softplus(-x)
erfc(x) = mp.erfc(x) if x < 1000 else mpf(0); norm_pdf(x) = exp(-x * x / 2) / sqrt(2 * mp.pi)
norm_cdf(x) = erfc(-x / sqrt(2)) / 2; sinc(x) = sinc_n(0, x)
gamma(x) = mp.gamma(x) if abs(x) < 1000 else mp.inf if x > 0 else mpf(0); lgamma(x) = mp.re(mp.loggamma(x))
digamma(x) = polygamma(0, x); elu(x, alpha) = x if x > 0 else alpha * expm1(x); softsign(x) = x / (1 + abs(x))
leaky_relu(x, slope) = x if x > 0 else slope * x
selu(x) = mpf(1.0507009873554805) * elu(x, mpf(1.6732632423543772)); gelu(x) = x * norm_cdf(x)
silu(x) = x * sigmoid(x); mish(x) = x * tanh(softplus(x)); stop_gradient(x) = x
fsum(xs) = sumprod(xs, ones(xs)); dot(xs, ys) = sumprod(xs, ys); prod(xs) = mp.fprod(xs)
amax(xs) = sorted(xs)[-1]; amin(xs) = sorted(xs)[0]; norm(xs) = sqrt(dot(xs, xs))
shares_of_greatest(xs) = [mpf(x == sorted(xs)[-1]) for x in xs]
shares_of_least(xs) = [mpf(x == sorted(xs)[0]) for x in xs]
logsumexp(xs) = sorted(xs)[-1] + log1p(mp.fsum(exp(x - sorted(xs)[-1]) for x in sorted(xs)[:-1]))
choose_x(x, y) = x; choose_y(x, y) = y; exp_sub(x, y) = exp(x - y); logaddexp_x(x, y) = sigmoid(x - y)
div_y(x, y) = -x / y**2; xlogy_y(x, y) = x / y; hypot_x(x, y) = x / hypot(x, y)
atan2_y(y, x) = x / (x**2 + y**2); fmod_y(x, y) = (fmod(x, y) - x) / y
remainder_y(x, y) = (remainder(x, y) - x) / y; hardtanh_x(x) = abs(x) < 1
pow_x(x, y) = y * (pow(x, y) / x if x else x ** (y - 1)) if y else mpf(0)
pow_y(x, y) = mpf(0) if x == 0 <= y else pow(x, y) * log(x)
erf_x(x) = 2 / sqrt(mp.pi) * exp(-x * x); norm_pdf_x(x) = -x * norm_pdf(x)
norm_ppf_x(x) = 1 / norm_pdf(norm_ppf(x)); gamma_x(x) = gamma(x) * digamma(x)
tanh_x(x) = 1 / cosh(x) ** 2; sigmoid_x(x) = sigmoid(x) * sigmoid(-x); atanh_x(x) = 1 / ((1 - x) * (1 + x))
asin_x(x) = 1 / sqrt((1 - x) * (1 + x)); cbrt_x(x) = 1 / (3 * cbrt(x) ** 2)
pow_xy(x, y) = pow(x, y - 1) * (1 + y * log(x))
elu_x(x, alpha) = 1 if x > 0 else alpha * exp(x); leaky_relu_x(x, slope) = 1 if x > 0 else slope
selu_x(x) = mpf(1.0507009873554805) * elu_x(x, mpf(1.6732632423543772))
gelu_x(x) = norm_cdf(x) + x * norm_pdf(x); silu_x(x) = sigmoid(x) * (1 + x * sigmoid(-x))
mish_x(x) = tanh(softplus(x)) + silu(x) / cosh(softplus(x)) ** 2; ones(xs) = [mpf(1)] * len(xs)
directions(xs, z) = [x / z for x in xs]; shares(xs) = [exp(x - logsumexp(xs)) for x in xs]
products_of_others(xs) = [mp.fprod([*xs[:i], *xs[i + 1 :]]) for i in range(len(xs))]
constants() = (mp.ln2, 1 / mp.ln2, 1 / mp.ln10, 180 / mp.pi, mp.pi / 180)
unrounded(x) = sorted(constants(), key=lambda constant: abs(constant - x))[0]
"""


def _polygamma(n: mpf, x: mpf) -> mpf:
    """By reflection for negative x: the derivatives of the cotangent are polynomials in it."""
    n, polynomial = int(n), [0, 1]
    if x > 0:
        return mp.psi(n, x)
    for _ in range(n):
        slope = [k * a for k, a in enumerate(polynomial)][1:]
        polynomial = [-a - b for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)]
    cotangent = mp.cospi(x) / mp.sinpi(x)
    return (-1) ** n * mp.psi(n, 1 - x) - mp.pi ** (n + 1) * mp.fsum(
        a * cotangent**k for k, a in enumerate(polynomial)
    )


def _sinc_n(n: mpf, x: mpf) -> mpf:
    """By Leibniz' rule for sin(pi x) times 1 / (pi x), whose terms cancel next to 0."""
    n, x = int(n), mpf(x) or mpf(10) ** -400
    with mp.workprec(mp.prec + (n + 1) * max(0, 10 - mp.mag(x))):
        waves = [mp.sinpi(x), mp.cospi(x), -mp.sinpi(x), -mp.cospi(x)]
        factors = [mp.pi ** (n - k - 1) * waves[(n - k) % 4] for k in range(n + 1)]
        return mp.fsum((-1) ** k * math.perm(n, k) * factors[k] / x ** (k + 1) for k in range(n + 1))


def _norm_ppf(p: mpf) -> mpf:
    """By Newton's method, from the inverse in double precision; the upper half by symmetry."""
    if p > 0.5:
        return -_norm_ppf(1 - p)
    x, step = mpf(statistics.NormalDist().inv_cdf(float(p))), mpf(1)
    while step * step > mp.eps / 1000:  # the error left is of this order
        step = (EXACT["norm_cdf"](x) - p) / EXACT["norm_pdf"](x)
        x -= step
    return x


def _sumprod(xs: Sequence[mpf], ys: Sequence[mpf]) -> mpf:
    with mp.workprec(5000):  # the sum of a few products of floats has no more bits
        return sum((x * y for x, y in zip(xs, ys, strict=True)), mpf(0))


EXACT: dict[str, Any] = {name: getattr(mp, name) for name in FROM_MPMATH.split()} | {
    "polygamma": _polygamma, "sinc_n": _sinc_n, "norm_ppf": _norm_ppf, "sumprod": _sumprod,
    "math": math, "mp": mp, "mpf": mpf,
}  # fmt: skip
for _name, _operands, _text in re.findall(r"(\w+)\((.*?)\) = (.+?)(?:; |\n)", DEFINITIONS):
    EXACT[_name] = eval(f"lambda {_operands}: {_text}", EXACT)


@functools.cache
def _exact_text(text: str, arguments: Sequence[str]) -> Callable[..., Any]:
    source = re.sub(r"\d+\.\d{12,}", r"unrounded(\g<0>)", ieee.quiet_source(text))
    return eval(f"lambda {', '.join(arguments)}: {source}", EXACT)


def _reals(numbers: Iterable[Any]) -> list[Any]:
    return [[*map(mpf, x)] if isinstance(x, (list, tuple)) else mpf(x) for x in numbers]


def _flat(results: Iterable[Any]) -> list[Any]:
    return [x for result in results for x in (result if isinstance(result, (list, tuple)) else [result])]


def _shaped(row: Primitive, flat: Sequence[Any]) -> Numbers:
    size = len(flat) // len(row.operands)
    return tuple([*flat[k : k + size]] for k in range(0, len(flat), size)) if row.sequences else (*flat,)


def exact(row: Primitive, *numbers: Any) -> mpf:
    """Return the value of a row by its definition, at mpmath's precision."""
    return EXACT[row.name](*_reals(numbers))


def exact_partial(row: Primitive, i: int, *numbers: Any) -> Any:
    """Return the partial by operand i, by the row's text at mpmath's precision; a list for a sequence."""
    function = _exact_text(row.partial_texts[i], (*row.operands, "z"))
    return function(*_reals(numbers), exact(row, *numbers))


def exact_second(row: Primitive, a: int, b: int, *flat: Any) -> mpf:
    """Return the partial by number a of the partial by number b, by differences of the latter."""
    operand, place = divmod(b, len(flat) // len(row.operands))

    def slope(x: mpf) -> mpf:
        return _flat([exact_partial(row, operand, *_shaped(row, [*flat[:a], x, *flat[a + 1 :]]))])[place]

    return mp.diff(slope, flat[a])


def differentiated(row: Primitive, i: int, *numbers: Any) -> mpf:
    """Return the derivative of the definition by operand i, a moderate number, by differences."""
    reals = _reals(numbers)
    return mp.diff(lambda x: EXACT[row.name](*reals[:i], x, *reals[i + 1 :]), reals[i])


def _number(rng: random.Random, moderate: bool) -> float:
    sign, kind = rng.choice((1, -1)), rng.random() * (0.7 if moderate else 1)
    if kind < 0.25:
        return sign * 10 ** rng.uniform(-5, 3)
    if kind < 0.55:  # at or next to a number where some row has a corner, a pole, a root or a limit
        wholes = rng.randint(-30, 30), rng.randint(-177, 177), rng.randint(1, 10**6) * math.pi / 2
        away = 0 if kind > 0.5 else 10 ** -rng.uniform(1, 15.6)
        return rng.choice((rng.choice(SPECIAL), rng.choice(wholes))) * (1 + sign * away)
    if kind < 0.7:
        fraction = 10 ** -rng.uniform(0, 16)
        return sign * rng.choice((fraction, 1 - fraction, rng.random()))
    if kind < 0.75:
        return sign * rng.getrandbits(rng.randint(1, 52)) * QUANTUM
    return sign * 2 ** rng.uniform(-1074, 1023.99)


def _draw(row: Primitive, rng: random.Random, moderate: bool) -> list[float]:
    if row.sequences:
        return [_number(rng, moderate) for _ in range(rng.randint(1, 6) * len(row.operands))]
    if row.operands[0] == "n":
        return [rng.randint(1, 4), _number(rng, moderate)]
    numbers = [_number(rng, moderate := moderate or rng.random() < 0.3)]
    for operand in row.operands[1:]:
        x, factor = math.prod(numbers), _number(rng, True)  # for moderate quotients, products and powers
        related = (x, -x, x * (1 + factor * 1e-10), factor / (x or 1), factor / (math.log(abs(x) or 1) or 1))
        y = rng.choice(related) if rng.random() < 0.4 else _number(rng, moderate)
        numbers.append(rng.randint(-30, 30) if operand == "n" else y)
    return numbers


def points(row: Primitive, count: int, rng: random.Random, *, moderate: bool = False) -> list[Numbers]:
    """Return points in the domain of a row, none exactly at a corner or a jump."""
    conditions = compile(f"({row.domain or True}) and not ({CORNERS.get(row.name)})", row.name, "eval")
    found: list[Numbers] = []
    while len(found) < count:
        flat = [number + 0.0 for number in _draw(row, rng, moderate)]  # + 0.0, as mpmath knows no -0.0
        names = dict(zip(row.operands, _shaped(row, flat), strict=True))
        if all(map(math.isfinite, flat)) and eval(conditions, {"math": math, **names}):
            found.append((*names.values(),))
    return found


def error(computed: float, true: mpf, size: float = 0.0, *, relative: bool = False) -> float:
    """Return the error in units of the last place of the true number, or of `size` if that is greater.

    If relative, return the relative error; numbers nearer to 0 than 1e-290 count as that.
    """
    if math.isnan(computed):
        return math.inf
    clipped, true = (max(-OVERFLOW, min(OVERFLOW, number)) for number in (mpf(computed), true))
    if relative:
        unit = max(abs(true), mpf(1e-290))
    else:
        unit = math.ulp(min(max(float(abs(true)), size), sys.float_info.max))
    return float(abs(clipped - true) / unit)


def settled(function: Callable[[], Any], computed: Sequence[float]) -> list[mpf]:
    """Return exact numbers: of more digits where 60 give 0 or not what was computed; none where undefined."""
    previous: list[mpf] = []
    for digits in (60, 150, 700):
        with mp.workdps(digits):
            try:
                true = [*map(mpf, _flat([function()]))]
            except (ZeroDivisionError, TypeError):  # a pole, or a complex number
                return []
            near = all(error(c, t) <= 1 for c, t in zip(computed, true, strict=False))
            same = all(abs(t - p) <= abs(t) / 10**30 for t, p in zip(true, previous, strict=False))
        if all(true) and (near or (previous and same)):
            break
        previous = true
    return [] if any(map(mp.isnan, true)) else true


def near_root(function: Callable[..., mpf], numbers: Sequence[float]) -> bool:
    """Return whether a function changes its sign within a thousandth of one of the numbers, or of 1."""
    for j, x in enumerate(numbers):
        with mp.workdps(60):
            nearby = (x + side * max(1, abs(x)) / mpf(1000) for side in (-1, 0, 1))
            try:
                below, here, above = (function(*numbers[:j], y, *numbers[j + 1 :]) for y in nearby)
                if below * above < 0 and abs(here) < min(abs(below), abs(above)):
                    return True
            except (ZeroDivisionError, TypeError):
                continue
    return False


@dataclass
class Worst:
    """The worst error of the value, of a partial or of the second derivatives of a row, and where it is."""

    label: str
    bar: float
    error: float = 0.0
    at: str = ""
    compared: int = 0
    misses: int = 0
    own: bool = False  # whether the float is the one that Python's `math` gives

    def note(
        self, computed: float, true: mpf, numbers: Sequence[Any], size: float = 0, own: bool = False
    ) -> None:
        """Take a result into account."""
        found = error(computed, true, size, relative=self.bar == RELATIVE_BAR)
        self.compared += 1
        self.misses += found > self.bar and not own
        if found > self.error:
            self.error, self.own = found, own
            self.at = f"{self.label} at {', '.join(map(repr, numbers))}: {computed!r}, not {float(true)!r}"

    def __str__(self) -> str:
        return f"{self.error:.2g}" + " (math's own)" * (self.own and self.error > self.bar)


def compared(
    record: Worst, computed: Any, function: Callable[..., Any], numbers: Sequence[Any], *rest: Any
) -> list[mpf]:
    """Take a number or a sequence into account, and return what is exact; nothing where that is undefined."""
    true = settled(functools.partial(function, *numbers), results := _flat([computed]))
    for one, exact_one in zip(results, true, strict=False):
        excusable = record.bar == RELATIVE_BAR < error(one, exact_one, relative=True)
        if not (excusable and near_root(function, numbers)):
            record.note(one, exact_one, numbers, *rest)
    return true


def bars(row: Primitive) -> list[Worst]:
    """Return the empty records of the value and the partials of a row."""
    base, _, operand = row.name.rpartition("_")
    second = row.name in {"polygamma", "sinc_n", "pow_xy"} or (
        base in TABLE and operand in TABLE[base].operands
    )
    bar = 16 if row.name in GAMMAS else 8
    own = RELATIVE_BAR if row.name == "pow_xy" else bar
    return [Worst("value", own), *(Worst(name, RELATIVE_BAR if second else bar) for name in row.operands)]


def attempt(function: Callable[..., Any] | None, *numbers: Any) -> Any:
    """Return the result, or nan in place of an exception."""
    try:
        return function(*numbers) if function else math.nan
    except (ArithmeticError, TypeError, ValueError):
        return math.nan


def worst(row: Primitive, points: Sequence[Numbers], libraries: Iterable[str] = ()) -> dict[str, list[Worst]]:
    """Return the worst value and partials of the row, and of the libraries that have its function."""
    others = {name: columns for name in libraries if (columns := evaluated(name, row, points))}
    records = {name: bars(row) for name in ("autograd_lite", *others)}
    functions = [functools.partial(exact, row)]
    functions += [functools.partial(exact_partial, row, i) for i in range(len(row.operands))]
    for k, numbers in enumerate(points):
        value = attempt(row.value, *numbers)
        computed = [value, *(attempt(partial, *numbers, value) for partial in row.partials)]
        size = sum(abs(x * y) for x, y in zip(*numbers, strict=True)) if row.name == "dot" else 0.0
        own = value == attempt(getattr(math, row.name, None), *numbers)
        ordinary = all(1e-100 < abs(x) < 1e100 for x in _flat(numbers))
        for i, record in enumerate(records["autograd_lite"]):
            if record.bar == RELATIVE_BAR and not ordinary:
                continue  # second derivatives
            true = compared(record, computed[i], functions[i], numbers, *([] if i else [size, own]))
            for name, columns in others.items():
                if true:
                    records[name][i].note(columns[i][k], true[0], numbers)
    return records


def second_order(row: Primitive, points: Sequence[Numbers]) -> Worst:
    """Return the worst of one column, chosen at random at each point, of the matrix of second derivatives."""
    record, rng = Worst("second", RELATIVE_BAR), random.Random(row.name)
    for numbers in points:
        flat = _flat(numbers)
        active = [j for j in range(len(flat)) if row.sequences or row.partial_texts[j] != "0"]

        def function(*leaves: Any, flat: list[Any] = flat, active: list[int] = active) -> Any:
            replaced = dict(zip(active, leaves, strict=True))
            return FUNCTIONS[row.name](*_shaped(row, [replaced.get(j, x) for j, x in enumerate(flat)]))

        if active:
            matrix = autograd_lite.hessian(function)(*(flat[j] for j in active))
            a = rng.randrange(len(active))
            for b, computed in zip(active, matrix[a] if len(active) > 1 else [matrix], strict=True):
                compared(record, computed, functools.partial(exact_second, row, active[a], b), flat)
    return record


# Where other libraries keep their functions, and what they call them if not as here.
MODULES = {
    "torch": ["torch.special", "torch.nn.functional", "torch"],
    "jax": ["jax.nn", "jax.scipy.special", "jax.scipy.stats.norm", "jax.numpy"],
    "autograd": ["autograd.scipy.special", "autograd.scipy.stats.norm", "autograd.numpy"],
}
RENAMED = """sub=subtract mul=multiply div=divide neg=negative pow=power max=maximum min=minimum asin=arcsin
    acos=arccos atan=arctan asinh=arcsinh acosh=arccosh atanh=arctanh atan2=arctan2 lgamma=gammaln
    sigmoid=expit softsign=soft_sign log_sigmoid=logsigmoid hardtanh=hard_tanh norm_pdf=pdf norm_cdf=ndtr
    norm_cdf=cdf norm_ppf=ndtri"""
OTHERWISE = "round remainder nextafter ldexp elu leaky_relu log1mexp identity fma"  # another meaning, or none


def evaluated(library: str, row: Primitive, points: Sequence[Numbers]) -> list[list[float]]:
    """Return a library's values and gradients, one list each; nothing if it lacks the function."""
    names = [*re.findall(rf"\b{row.name}=(\w+)", RENAMED), row.name]
    places = [importlib.import_module(module) for module in MODULES[library]]
    functions = [getattr(place, name) for place in places for name in names if hasattr(place, name)]
    if (
        not functions
        or row.sequences
        or "n" in row.operands
        or not row.public
        or row.name in OTHERWISE.split()
    ):
        return []
    if (library, row.name) == ("autograd", "digamma"):
        return []  # its gradient counts one by one from a large negative number to 0
    function, columns = functions[0], [*zip(*points, strict=True)]
    if library == "torch":
        torch = places[-1]
        leaves = [torch.tensor(column, dtype=torch.float64, requires_grad=True) for column in columns]
        values = function(*leaves)
        gradients = torch.autograd.grad(values.sum(), leaves, materialize_grads=True)
    elif library == "jax":
        jax = importlib.import_module("jax")
        jax.config.update("jax_enable_x64", True)
        options = {"approximate": False} if row.name == "gelu" else {}
        values, pull = jax.vjp(functools.partial(function, **options), *map(jax.numpy.array, columns))
        gradients = pull(jax.numpy.ones_like(values))
    else:
        make_vjp, numpy = importlib.import_module("autograd").make_vjp, places[-1]
        try:
            pull, values = make_vjp(lambda leaves: function(*leaves))(tuple(map(numpy.array, columns)))
        except NotImplementedError:
            return []
        gradients = pull(numpy.ones_like(values))
    return [values.tolist(), *(gradient.tolist() for gradient in gradients)]


def report(name: str, count: int, libraries: Sequence[str]) -> tuple[list[str], bool]:
    """Return the cells of a row's line, and whether the row keeps its bars."""
    if name not in EXACT:
        return [name, "is not defined here"], False
    row, rng = TABLE[name], random.Random(name)
    warnings.simplefilter("ignore")  # other libraries warn of overflow
    records = worst(row, points(row, count, rng), libraries)
    ours = records.pop("autograd_lite")
    cells = [row.signature, str(ours[0]), " ".join(map(str, ours[1:])), ""]
    if row.public:
        ours.append(second_order(row, points(row, max(1, count // 20), rng, moderate=True)))
        cells[-1] = str(ours[-1])
    for library in libraries:
        cells.append("")
        if theirs := records.get(library):
            share = max(record.misses / record.compared for record in theirs)
            cells[-1] = f"{theirs[0]}, {max(theirs[1:], key=lambda record: record.error)}, {share:.0%}"
    cells.append(max(ours, key=lambda record: record.error / record.bar).at)
    return cells, ours[0].compared > 0 and not any(record.misses for record in ours)


def main() -> None:
    """Measure the rows and print a line for each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--points", type=int, default=20_000, help="a row; a twentieth for second derivatives"
    )
    parser.add_argument("--rows", default=",".join(name for name, row in TABLE.items() if row.operands))
    parser.add_argument("--jobs", type=int, default=1, help="how many rows are measured at a time")
    parser.add_argument("--markdown", action="store_true")
    options = parser.parse_args()
    libraries = [library for library in MODULES if importlib.util.find_spec(library)]
    widths = [24, 22, 18, 8, *[22] * len(libraries), 0]

    def show(cells: Sequence[str], note: str = "") -> None:
        padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=False))
        print(f"| {' | '.join(cells)} {note}|" if options.markdown else " ".join(padded) + note, flush=True)

    start, right = time.perf_counter(), True
    show(["row", "value", "partials", "second", *libraries, "worst"])
    if options.markdown:
        show(["---"] * len(widths))
    measure = functools.partial(report, count=options.points, libraries=libraries)
    with multiprocessing.get_context("spawn").Pool(options.jobs) as pool:
        for cells, passed in pool.imap(measure, options.rows.split(",")):
            show(cells, "" if passed else " MISSES THE BAR ")
            right = right and passed
    print(f"\n{options.points} points a row, {time.perf_counter() - start:.0f} s")
    sys.exit(not right)


if __name__ == "__main__":
    main()
