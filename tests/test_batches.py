"""vmap and mean: a loop when eager, lanes of machine code when compiled."""

import math
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest
from expressions import program
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite
from autograd_lite import (
    Value,
    exp,
    fma,
    fsum,
    grad,
    hessian,
    jit,
    log,
    logsumexp,
    mean,
    nn,
    no_grad,
    norm_cdf,
    prod,
    sin,
    sqrt,
    tanh,
    value_and_grad,
    vmap,
)
from autograd_lite.primitives import TABLE
from autograd_lite.trees import numbers_of

numpy = pytest.importorskip("numpy")
backends = pytest.mark.parametrize("backend", ["python", "llvm"])


@pytest.fixture(autouse=True)
def _needs_llvmlite(request: pytest.FixtureRequest) -> None:
    if "backend" in request.fixturenames and request.getfixturevalue("backend") == "llvm":
        pytest.importorskip("llvmlite")


class Point(NamedTuple):
    x: float
    y: float


def test_mean() -> None:
    x = Value(3.0)
    mean([x, 1.0, x]).backward()
    assert x.grad == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="at least one number"):
        mean([])


def test_axes_and_structures() -> None:
    assert vmap(lambda x, k: x * k, in_axes=(0, None))([1.0, 2.0], 10.0) == [10.0, 20.0]
    assert vmap(lambda p: p.x - p.y)(Point([1.0, 2.0], [3.0, 5.0])) == [-2.0, -3.0]
    assert vmap(lambda x, *, y: {"a": x, "b": (y, x)})([1.0], y=[2.0]) == {"a": [1.0], "b": ([2.0], [1.0])}
    A = numpy.arange(6.0).reshape(2, 3)
    assert vmap(lambda row: fsum(row))(A).tolist() == [3.0, 12.0]
    assert vmap(lambda column: fsum(column), in_axes=1)(A).tolist() == [3.0, 5.0, 7.0]
    assert vmap(grad(lambda row: fsum(row * row)))(A).tolist() == (2 * A).tolist()


def test_a_mean_over_samples_differentiates() -> None:
    def total(p, X, y):
        return mean(vmap(lambda p, x, y: (p[0] * x + p[1] - y) ** 2, in_axes=(None, 0, 0))(p, X, y))

    X, y = numpy.array([1.0, 2.0, 4.0]), [1.0, 3.0, 2.0]
    value, gradient = value_and_grad(total)([0.5, 1.0], X, y)
    errors = 0.5 * X + 1.0 - numpy.array(y)
    assert value == pytest.approx((errors**2).mean())
    assert gradient == pytest.approx([(2 * errors * X).mean(), (2 * errors).mean()])
    assert jit(value_and_grad(total))([0.5, 1.0], X, y) == (pytest.approx(value), pytest.approx(gradient))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: vmap(sqrt)([]), "there is no sample"),
        (lambda: vmap(sqrt, in_axes=(None,))(1.0), "there is no sample"),
        (lambda: vmap(max)([1.0], [1.0, 2.0]), "1 in argument 0 and 2 in argument 1"),
        (lambda: vmap(max, in_axes=(0,))([1.0], [1.0]), "1 axes for 2 arguments"),
        (lambda: vmap(sqrt, in_axes=1)([1.0]), "a list, which has axis 0 alone"),
        (lambda: vmap(sqrt, in_axes=2)(numpy.zeros((1, 1))), "an array of 2 dimensions"),
        (lambda: vmap(lambda x: [x] * int(x))([1.0, 2.0]), "another number of numbers"),
        (lambda: jit(vmap(sqrt), threads=0), "1 thread or more"),
    ],
)
def test_errors_say_what_was_wanted(call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call()


def black_scholes(S, K, r, sigma, T):
    d = (log(S / K) + (r + sigma**2 / 2) * T) / (sigma * sqrt(T))
    return S * norm_cdf(d) - K * exp(-r * T) * norm_cdf(d - sigma * sqrt(T))


@backends
@pytest.mark.parametrize("count", [1, 7, 8, 203])
def test_lanes_give_what_the_loop_gives(backend: str, count: int) -> None:
    rng = numpy.random.default_rng(1)
    bounds = ((50, 150), (50, 150), (0, 0.1), (0.1, 0.5), (0.1, 2))
    columns = [rng.uniform(*bound, count) for bound in bounds]
    greeks = value_and_grad(black_scholes, argnums=(0, 1, 2, 3, 4))
    price, slopes = jit(vmap(greeks), backend=backend)(*columns)
    expected, gradients = vmap(greeks)(*columns)
    assert price == pytest.approx(expected, rel=1e-11)
    for slope, gradient in zip(slopes, gradients, strict=True):
        assert slope == pytest.approx(gradient, rel=1e-10, abs=1e-12)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_random_expressions_agree_on_lanes(seed: int) -> None:
    pytest.importorskip("llvmlite")
    expression = program(seed)

    def f(*xs):
        return expression.run(lambda name, *operands: TABLE[name].function(*operands), *xs)

    both = value_and_grad(f, tuple(range(len(expression.at))))
    rng = random.Random(seed)
    points = [expression.at] + [[rng.uniform(-2, 2) for _ in expression.at] for _ in range(10)]
    columns = [list(column) for column in zip(*points, strict=True)]
    values, slopes = jit(vmap(both), backend="llvm", limit=4)(*columns)
    for index, at in enumerate(points):
        expected, gradient = both(*at)
        size = max(map(abs, gradient))
        if size > 1e6:
            continue  # so steep that the last bit counts for more
        assert values[index] == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True)
        found = [slope[index] for slope in slopes]
        assert found == pytest.approx(list(gradient), rel=1e-9, abs=1e-9 * size, nan_ok=True)


VALUES = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -3.0,
    20.0,
    -20.0,
    710.0,
    -710.0,
    1e200,
    -1e200,
    1e-300,
    math.inf,
    -math.inf,
    math.nan,
]


@pytest.mark.parametrize(
    "row",
    [row for row in TABLE.values() if len(row.operands) == 1 and not row.sequences],
    ids=lambda row: row.name,
)
@backends
def test_every_row_is_right_for_samples_at_singular_points(row, backend: str) -> None:
    found = jit(vmap(row.function), backend=backend)(VALUES)
    bar = 16 if row.name.startswith("gamma") else 8
    for x, got in zip(VALUES, found, strict=True):
        wanted = row.value(x)
        if math.isfinite(wanted):
            assert abs(got - wanted) <= bar * math.ulp(wanted), x
        else:
            assert got == pytest.approx(wanted, nan_ok=True), x


@backends
def test_samples_that_branch_otherwise_run_through_their_own_program(backend: str) -> None:
    def f(x, k):
        if x > 0:
            return x * k
        return sqrt(-x) if x < -1 else x / k

    x = numpy.linspace(-3, 3, 101)
    compiled = jit(vmap(f, in_axes=(0, None)), backend=backend)
    for _ in range(2):
        assert compiled(x, 2.0).tolist() == vmap(f, in_axes=(0, None))(x, 2.0).tolist()
    assert len(compiled.programs) == 3


def test_lanes_beside_each_other_take_different_formulas() -> None:
    """Far tails, and what exp(x) alone cannot say, are computed only where some lane is there."""
    pytest.importorskip("llvmlite")
    near, far = [0.1 * k - 3 for k in range(60)], [-9.9, -10.0, -10.1, -37.5, -38.6, 9.9, 10.1, 38.6, 40.0]
    special = [math.nan, math.inf, -math.inf]
    for row in map(TABLE.__getitem__, ("norm_cdf", "norm_pdf", "silu", "logaddexp_x")):
        places = tuple(range(len(row.operands)))
        f = value_and_grad(row.function, places)
        compiled = jit(vmap(f))
        for xs in (near, [*near[:20], *far, *near[20:]], far + special, far[3:5] * 16):
            columns = [xs, [x / 3 for x in reversed(xs)]][: len(places)]
            value, gradient = compiled(*columns)
            for index, at in enumerate(zip(*columns, strict=True)):
                found = [value[index], *[column[index] for column in gradient]]
                assert found == pytest.approx([*numbers_of(f(*at), "")], rel=2e-15, abs=1e-323, nan_ok=True)


def test_results_keep_their_memory() -> None:
    """Memory is used again only when nothing refers to it."""
    pytest.importorskip("llvmlite")
    compiled = jit(vmap(value_and_grad(lambda x, y: x * y, argnums=(0, 1))))
    x = numpy.linspace(1, 2, 1000)
    kept = [compiled(x, k * x)[1][0][10:20] for k in range(5)]
    assert all((part == k * x[10:20]).all() for k, part in enumerate(kept))


def test_samples_beyond_the_limit_run_uncompiled() -> None:
    with pytest.warns(RuntimeWarning, match="recorded 2 times"):
        found = jit(vmap(lambda x: x * int(x)), limit=2)([0.5, 1.5, 2.5, 3.5, 4.5])
    assert found == [0.0, 1.5, 5.0, 10.5, 18.0]


@backends
def test_another_number_of_samples_does_not_record_again(backend: str) -> None:
    recorded = []

    def f(w, x):
        recorded.append(1)
        return w["a"] * x[0] + w["b"] * x[1]

    compiled = jit(vmap(value_and_grad(f), in_axes=(None, 0)), backend=backend)
    for count in (3, 20, 1):
        X = numpy.arange(2.0 * count).reshape(count, 2)
        value, slopes = compiled({"a": 2.0, "b": count}, X)
        assert value.tolist() == (2 * X[:, 0] + count * X[:, 1]).tolist()
        assert slopes["b"].tolist() == X[:, 1].tolist()
    assert len(recorded) == 1


def test_a_call_like_the_last_one_and_one_unlike_it() -> None:
    """Calls with arrays of the kinds of the last ones are recognised, and all others are as right."""
    compiled = jit(vmap(lambda x, row, k: x * row[0] + row[1] * k if x < 5 else x, in_axes=(0, 0, None)))
    x, rows = numpy.linspace(0, 4, 40), numpy.linspace(1, 9, 80).reshape(40, 2)
    wanted = x * rows[:, 0] + rows[:, 1] * 2
    for _ in range(3):
        assert compiled(x, rows, 2.0) == pytest.approx(wanted)
    assert compiled(x[::2], rows[::2], 3.0) == pytest.approx((x * rows[:, 0] + rows[:, 1] * 3)[::2])
    assert compiled((x * 3).astype(int), rows, 2.0) == pytest.approx(
        numpy.where(x * 3 < 5, (x * 3).astype(int) * rows[:, 0] + rows[:, 1] * 2, (x * 3).astype(int))
    )
    assert compiled(x, numpy.asfortranarray(rows), 2.0) == pytest.approx(wanted)
    assert compiled(x, [*rows.tolist()], 2) == pytest.approx(wanted)
    assert compiled(x, numpy.column_stack([rows, rows]), 2.0) == pytest.approx(wanted)
    with pytest.raises(ValueError, match="as many samples"):
        compiled(x, rows[1:], 2.0)
    assert type(compiled(x, rows, Value(2.0))[0]) is Value


def test_threads_give_the_same_bits() -> None:
    pytest.importorskip("llvmlite")
    x = numpy.linspace(-3, 3, 1001)
    f = vmap(value_and_grad(lambda x: exp(x) * norm_cdf(x) if x > 0 else x.tanh()))
    one, three = jit(f)(x), jit(f, threads=3)(x)
    assert all((a == b).all() for a, b in zip(one, three, strict=True))


def test_captured_and_given_values_keep_their_gradients() -> None:
    model = nn.MLP(2, [4, 1], activation="tanh", seed=1)
    X = [[1.0, 2.0], [-1.0, 0.5], [0.0, 3.0]]
    outputs = jit(vmap(model))(X)
    fsum(outputs).backward()
    found = [p.grad for p in model.parameters()]
    model.zero_grad()
    fsum([model(x) for x in X]).backward()
    assert found == pytest.approx([p.grad for p in model.parameters()], rel=1e-12)
    with no_grad():
        assert jit(vmap(model))(X) == pytest.approx([model(x).data for x in X], rel=1e-14)
    w = Value(2.0)
    fsum(jit(vmap(lambda w, x: w * x, in_axes=(None, 0)))(w, [1.0, 2.0])).backward()
    assert w.grad == 3.0


def test_an_error_of_a_row_reaches_the_caller() -> None:
    pytest.importorskip("llvmlite")
    from autograd_lite import primitive

    def refuse(x: float) -> float:
        if x > 2:
            raise ArithmeticError("too great")
        return x

    picky = primitive("picky(x)", refuse, lambda x: 1.0)
    assert jit(vmap(picky))([1.0, 2.0]) == [1.0, 2.0]
    with pytest.raises(ArithmeticError, match="too great"):
        jit(vmap(picky))([1.0, 3.0])


def squares(p, X, y):
    """A mean of squares and a sum over samples, of shared parameters."""
    errors = vmap(lambda p, x, y: (p["w"][0] * x[0] + tanh(p["w"][1]) * x[1] - y) ** 2, in_axes=(None, 0, 0))
    return mean(errors(p, X, y)) + 1e-3 * fsum([w * w for w in p["w"]])


def samples(count: int):
    rng = numpy.random.default_rng(count)
    return rng.uniform(-1, 1, (count, 2)), rng.uniform(-1, 1, count)


def is_staged(compiled) -> bool:
    """Whether the samples were recorded once for all."""
    return all(type(one.run).__name__ == "Staged" for one in compiled.programs)


POINT = {"w": [0.5, -0.3]}


@pytest.mark.parametrize("options", [{}, {"strict": True}, {"threads": 2}])
def test_a_sum_over_samples_is_one_pass(options) -> None:
    pytest.importorskip("llvmlite")
    for derivative in (value_and_grad(squares), hessian(lambda w, X, y: squares({"w": w}, X, y), argnums=0)):
        p = POINT if derivative.__name__ == "squares" else POINT["w"]
        compiled = jit(derivative, **options)
        for count in (2, 8, 101):
            X, y = samples(count)
            expected = numbers(derivative(p, X, y))
            for _ in range(2):
                assert numbers(compiled(p, X, y)) == pytest.approx(expected, rel=1e-12, abs=1e-14)
        assert is_staged(compiled)
        assert len(compiled.programs) == 1


def numbers(tree) -> list:
    return list(numbers_of(tree, ""))


def test_a_recording_for_many_samples_is_as_long_as_for_few() -> None:
    pytest.importorskip("llvmlite")
    nodes = []
    for count in (4, 400):
        compiled = jit(value_and_grad(squares))
        compiled(POINT, *samples(count))
        nodes.append(compiled.stats["nodes"])
    assert nodes[0] == nodes[1] < 100


def test_strict_sums_over_samples_are_rounded_once() -> None:
    pytest.importorskip("llvmlite")
    x = numpy.array([1e16, 1.0, -1e16, 1.0] * 5)
    compiled = jit(lambda k, x: fsum(vmap(lambda k, x: k * x, in_axes=(None, 0))(k, x)), strict=True)
    assert compiled(1.0, x) == 10.0
    assert is_staged(compiled)


def each(f):
    """Return a function of many samples and a shared number, as one that compilers see."""
    return lambda k, x: vmap(f, in_axes=(None, 0))(k, x)


TOTALS = {
    "a sum decides": lambda k, x: mean(scaled(k, x)) if mean(scaled(k, x)) > 0 else 0.0 * k,
    "a domain decides": lambda k, x: sqrt(mean(scaled(k, x) ** 2)) * k,
    "samples branch": lambda k, x: fsum(each(lambda k, x: k * x if x > 0.5 else x / k)(k, x)),
    "one branch is a constant": lambda k, x: fsum(each(lambda k, x: k * x if x > 0.5 else 3.0)(k, x)) * k,
    "branches by a sum": lambda k, x: fsum(
        each(lambda m, x: m * x if x > m else x / m)(mean(scaled(k, x)), x)
    ),
    "max": lambda k, x: autograd_lite.max(scaled(k, x)) * k,
    "min": lambda k, x: autograd_lite.min(scaled(k, x)) * k,
    "logsumexp": lambda k, x: logsumexp(scaled(k, x)) * k,
    "arithmetic": lambda k, x: mean((2 * scaled(k, x) - x) ** 2) + (x - scaled(k, x)).sum(),
    "results of results": lambda k, x: mean(each(lambda k, z: z**2 / k)(k, scaled(k, x))),
    "variance": lambda k, x: mean((scaled(k, x) - mean(scaled(k, x))) ** 2),
    "one term a constant": lambda k, x: (
        k * fsum(each(lambda k, x: x + k)(k, x)) + 3.0 * mean(each(lambda k, x: 1.0)(k, x))
    ),
    "several": lambda k, x: autograd_lite.max(scaled(k, x)) - mean(scaled(k, x)) * logsumexp(scaled(k, x)),
}
FIRST_ONLY = {"prod": lambda k, x: prod(scaled(k, x)) + k}
COUNTED = {"length": lambda k, x: fsum(scaled(k, x)) / len(x)}
UNROLLED = {
    "looked at": lambda k, x: fsum([y * y for y in scaled(k, x)]) + scaled(k, x)[0],
    "computed samples": lambda k, x: fsum(vmap(lambda y: y * y)([k * item for item in x])),
    "samples in samples": lambda k, x: mean(each(lambda k, x: k * x * mean(scaled(k, [x, k])))(k, x)),
}
COLUMNS = [[0.25, 1.0, 2.0], [2.0, 0.3, 0.3, 1.5, 2.0, 0.7, 0.1, 0.2, 0.9, 1.1], [0.6]]


@pytest.mark.parametrize(("strict", "backend"), [(False, None), (True, None), (False, "python")])
@pytest.mark.parametrize("name", [*TOTALS, *FIRST_ONLY, *COUNTED, *UNROLLED])
def test_whatever_is_done_with_samples_is_right(name: str, strict: bool, backend: str | None) -> None:
    f = (TOTALS | FIRST_ONLY | COUNTED | UNROLLED)[name]
    # Strict code and other backends differ by their arithmetic alone, which one derivative shows.
    derivatives = [value_and_grad(f), *([] if strict or backend else [hessian(f, argnums=0)])]
    for order, derivative in enumerate(derivatives):
        compiled = jit(derivative, strict=strict, backend=backend)
        for column in COLUMNS:
            x = numpy.array(column)
            for k in (2.0, 0.5):
                assert numbers(compiled(k, x)) == pytest.approx(numbers(derivative(k, x)), rel=1e-12)
        if name in TOTALS or (name in FIRST_ONLY and order == 0):
            assert is_staged(compiled)
            assert len(compiled.programs) <= 2


def test_another_number_of_samples_is_not_recorded_again() -> None:
    pytest.importorskip("llvmlite")
    calls = []

    def loss(p, x, y):
        calls.append(x)
        return (p["w"][0] * x[0] + tanh(p["w"][1]) * x[1] - y) ** 2

    step = jit(value_and_grad(lambda p, X, y: mean(vmap(loss, in_axes=(None, 0, 0))(p, X, y))))
    for count in (10, 3, 1, 200):
        X, y = samples(count)
        found = numbers(step(POINT, X, y))
        assert len(calls) == len(step.programs) == 1
        expected = value_and_grad(squares)(POINT, X, y)
        assert found[0] + 1e-3 * (0.25 + 0.09) == pytest.approx(expected[0], rel=1e-12)
        w = numpy.array(found[1:]) + 2e-3 * numpy.array(POINT["w"])
        assert w.tolist() == pytest.approx(expected[1]["w"], rel=1e-12)
    for count in (4, 9):  # lists are samples of another structure
        X, y = samples(count)
        assert numbers(step(POINT, X.tolist(), y.tolist())) == numbers(step(POINT, X, y))
    assert len(calls) == len(step.programs) == 2


def test_numpy_computes_blocks_of_samples_that_branch() -> None:
    rng = numpy.random.default_rng(3)
    X, y = rng.normal(size=(10_000, 2)), rng.normal(size=10_000)

    def f(x, y):
        return norm_cdf(x[0]) * y if x[1] > 0 else fma(x[0], y, -1.0)

    compiled = jit(vmap(value_and_grad(f)), backend="python")
    values, slopes = compiled(X, y)
    assert [program.backend for program in compiled.programs] == ["python"] * 2
    for index in (0, 4_095, 4_096, 9_999, *rng.integers(10_000, size=50)):
        value, slope = value_and_grad(f)(X[index].tolist(), float(y[index]))
        assert [values[index], *slopes[index]] == pytest.approx([value, *slope], rel=1e-14)
    strict = jit(vmap(lambda x, y: (x[0] * y + x[1]) / y), backend="python", strict=True)
    assert strict(X, y).tolist() == ((X[:, 0] * y + X[:, 1]) / y).tolist()


def test_calls_of_few_samples_and_of_many_give_the_same_in_new_arrays() -> None:
    pytest.importorskip("llvmlite")
    calls = []

    def loss(w, scale, x, y):
        calls.append(x)
        return (scale * w[2] * x[2] + tanh(w[0]) * x[0] - y) ** 2

    def total(w, scale, X, y, axis):
        each = vmap(loss, in_axes=(None, None, axis, 0))
        level = mean(each(w, scale, X, y))  # a pass whose total the next one reads
        return level, [fsum(each(w, level, X, y)), w[1]]

    rng = numpy.random.default_rng(4)
    w, X, y = rng.uniform(-1, 1, 3), rng.uniform(-1, 1, (500, 3)), rng.uniform(-1, 1, 500)
    for axis, rows in ((0, X), (1, X.T)):
        step = jit(lambda *args, axis=axis: value_and_grad(lambda *given: total(*given, axis)[1][0])(*args))
        totals = jit(lambda *args, axis=axis: total(*args, axis))
        for compiled in (step, totals):
            first = compiled(w, 0.5, rows, y)
            calls.clear()
            for count in (500, 100, 17, 3):
                some = rows[:count] if axis == 0 else rows[:, :count]
                kept = compiled(w, 0.5, some, y[:count])
                again = [
                    compiled(w, 0.5, form(some), y[:count]) for form in (numpy.copy, numpy.asfortranarray)
                ]
                again.append(compiled(w, 0.5, some, numpy.repeat(y[:count], 2)[::2]))
                again.append(compiled(w, 0.5, some.astype(">f8"), y[:count]))
                with ThreadPoolExecutor(1) as pool:
                    again.append(compiled.split(pool, 2)(w, 0.5, some, y[:count]))
                for other in again:
                    assert numbers(other) == pytest.approx(numbers(kept), rel=1e-13)
            assert not calls
            assert numbers(compiled(w, 0.5, rows, y)) == pytest.approx(numbers(first), rel=1e-13)
            w_now = w.copy()
            w[:] += 1
            assert numbers(compiled(w, 0.5, rows, y)) != pytest.approx(numbers(first), rel=1e-3)
            w[:] = w_now
    value, slopes = step(w, 0.5, X.T, y)
    expected = value_and_grad(lambda *given: total(*given, 0)[1][0])(w, 0.5, X, y)
    assert value == pytest.approx(expected[0], rel=1e-12)
    assert slopes.tolist() == pytest.approx(expected[1].tolist(), rel=1e-12)
    slopes[:] = 0.0
    assert step(w, 0.5, X.T, y)[1].tolist() == pytest.approx(expected[1].tolist(), rel=1e-12)


@pytest.mark.parametrize("strict", [False, True])
def test_samples_that_are_long_rows_are_read_where_they_are(strict: bool) -> None:
    pytest.importorskip("llvmlite")
    steps, count = 70, 37

    def path(market, z):
        drift, scale = market[0] - market[1] ** 2 / 2, sqrt(market[1])
        x = market[0]
        for step in z:
            x = x + drift + scale * step
        return exp(x / steps) if x > 0 else x

    Z = numpy.random.default_rng(2).normal(size=(count, steps))
    for order in ("C", "F"):
        paths = value_and_grad(lambda m, Z: mean(vmap(path, in_axes=(None, 0))(m, Z)))
        value, slopes = jit(paths, strict=strict)(numpy.array([0.1, 0.2]), numpy.array(Z, order=order))
        expected = paths([0.1, 0.2], Z)
        assert [value, *slopes] == pytest.approx([expected[0], *expected[1]], rel=1e-12)


def test_samples_lie_in_memory_as_they_like() -> None:
    step = jit(value_and_grad(squares))
    X, y = samples(37)
    expected = numbers(value_and_grad(squares)(POINT, X, y))
    parts = numpy.zeros(37, [("X", "f8", 2), ("mark", "i4"), ("y", "f8")])  # 28 bytes a sample
    parts["X"], parts["y"] = X, y
    wide = numpy.repeat(X, 3, axis=0)
    vmapped = vmap(lambda x, y: (tanh(x[0]) * x[1] - y, x[1]))
    compiled, results = jit(vmapped), vmapped(X, y)
    for rows, targets in (
        (X, y),
        (numpy.asfortranarray(X), numpy.stack([y, y]).T[:, 0]),
        (wide[::3], y.astype(">f8")),
        (X[::-1].copy()[::-1], y[::-1].copy()[::-1]),
        (parts["X"], parts["y"]),
    ):
        assert numbers(step(POINT, rows, targets)) == pytest.approx(expected, rel=1e-14)
        for found, row in zip(compiled(rows, targets), results, strict=True):
            assert found == pytest.approx(row.astype(float), rel=1e-14)
    assert numbers(step(POINT, X[:3], y[:3])) == pytest.approx(
        numbers(value_and_grad(squares)(POINT, X[:3], y[:3])), rel=1e-14
    )


def test_samples_of_unequal_number_are_refused_as_in_eager_code() -> None:
    step = jit(lambda k, x, y: mean(vmap(lambda k, x, y: k * x * y, in_axes=(None, 0, 0))(k, x, y)))
    both = jit(lambda k, x, y: mean(scaled(k, x)) + mean(scaled(k, y)))
    for x, y in ((numpy.ones(3), numpy.ones(3)), (numpy.ones(2), numpy.ones(4))):
        if len(x) == len(y):
            assert step(2.0, x, y) == 2.0
        else:
            with pytest.raises(ValueError, match="as many samples, got 2 in argument 1 and 4 in argument 2"):
                step(2.0, x, y)
        assert both(2.0, x, y) == 4.0
    with pytest.raises(ValueError, match="there is no sample"):
        step(2.0, numpy.ones(0), numpy.ones(0))


def test_more_ways_to_branch_than_were_met_at_first() -> None:
    pytest.importorskip("llvmlite")
    f = jit(value_and_grad(lambda k, x: mean(each(lambda k, x: k * int(x))(k, x))), limit=4)
    assert f(2.0, numpy.array([0.5, 0.7])) == (0.0, 0.0)
    for x in ([1.5, 0.5, 2.5], [7.5, 1.2], [3.0] * 9):
        expected = sum(map(int, x)) / len(x)
        assert f(2.0, numpy.array(x)) == (pytest.approx(2 * expected), pytest.approx(expected))
    assert is_staged(f)


@pytest.mark.parametrize("kind", ["max", "min", "logsumexp", "prod", "fsum"])
def test_totals_of_what_is_not_finite_are_those_of_eager_code(kind: str) -> None:
    f = value_and_grad(lambda k, x: getattr(autograd_lite, kind)(scaled(k, x)))
    compiled = jit(f)
    for x in ([math.inf, 1.0, math.inf], [-math.inf, -math.inf], [math.nan, 1.0], [0.0, 0.0, 3.0]):
        expected = f(1.0, numpy.array(x))
        assert compiled(1.0, numpy.array(x)) == pytest.approx(expected, rel=1e-15, nan_ok=True), x


@pytest.mark.parametrize("count", [3, 3_000])  # of two numbers each: the long ones are opened at once
def test_a_value_given_beside_any_number_of_samples_keeps_its_gradient(count: int) -> None:
    def total(w, X):
        return mean(vmap(lambda w, x: w * x[0] + x[1], in_axes=(None, 0))(w, X))

    compiled = jit(total)
    for number, size in ((1.0, count), (2.0, count), (3.0, count + 1)):
        w = Value(0.5)
        loss = compiled(w, numpy.full((size, 2), number))
        loss.backward()
        assert loss.data == pytest.approx(1.5 * number)
        assert w.grad == pytest.approx(number)
    assert len(compiled.programs) == 1


def test_the_numbers_of_samples_that_a_result_depends_on_may_change_before_backward() -> None:
    total = jit(lambda k, x: mean(scaled(k, x) ** 2))
    x = numpy.array([1.0, 2.0])
    total(1.0, x)
    k = Value(3.0)
    loss = total(k, x)
    x[:] = 0.0
    loss.backward()
    assert k.grad == 2 * 3.0 * 2.5


def scaled(k, x):
    return vmap(lambda k, x: k * x, in_axes=(None, 0))(k, x)


def test_the_gradient_by_the_samples_themselves_is_not_lost() -> None:
    X, y = samples(5)
    expected = grad(squares, argnums=1)(POINT, X, y)
    assert numpy.allclose(jit(grad(squares, argnums=1))(POINT, X, y), expected, rtol=1e-12)
    w = Value(0.5)
    jit(squares)({"w": [w, -0.3]}, X, y).backward()
    assert w.grad == pytest.approx(grad(squares)(POINT, X, y)["w"][0], rel=1e-12)


def test_a_value_given_to_a_sum_that_was_compiled_for_numbers_keeps_its_gradient() -> None:
    def total(w, X):
        return mean(vmap(lambda w, x: (w * x[0] - x[1]) ** 2, in_axes=(None, 0))(w, X)) + 3.0

    X, _ = samples(9)
    compiled = jit(total)
    assert compiled(0.5, X) == pytest.approx(total(0.5, X))
    for _ in range(2):
        w = Value(0.5)
        loss = compiled(w, X)
        loss.backward()
        assert loss.data == pytest.approx(total(0.5, X))
        assert w.grad == pytest.approx(grad(total)(0.5, X), rel=1e-12)


def test_parameters_that_a_model_captures_keep_their_gradients() -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
    X, y = samples(6)
    loss = jit(lambda X, y: mean(vmap(lambda x, y: (model(x) - y) ** 2)(X, y)))
    loss(X, y).backward()
    found = [p.grad for p in model.parameters()]
    model.zero_grad()
    mean([(model(x) - t) ** 2 for x, t in zip(X, y, strict=True)]).backward()
    assert found == pytest.approx([p.grad for p in model.parameters()], rel=1e-12)


def test_other_numbers_and_other_counts_after_the_first() -> None:
    compiled = jit(value_and_grad(squares))
    for count in (10, 3, 10):
        X, y = samples(count)
        for w in ([0.1, 0.2], [3.0, -1.0]):
            found, expected = compiled({"w": w}, X, y), value_and_grad(squares)({"w": w}, X, y)
            assert numbers(found) == pytest.approx(numbers(expected), rel=1e-12)
    step = jit(value_and_grad(lambda w, X, y: squares({"w": w}, X, y)))
    w = numpy.array([0.5, 2.0])
    for scale in (1, 2, 1):
        X, y = samples(9)
        value, gradient = step(w * scale, X * scale, y)
        expected = value_and_grad(squares)({"w": list(w * scale)}, X * scale, y)
        assert [value, *gradient] == pytest.approx(numbers(expected), rel=1e-12)
    assert len(step.programs) == 1
    assert step(w, X, list(y))[0] == pytest.approx(step(w, X, y)[0])  # a list is no array


def test_an_input_whose_number_equals_a_constant_is_read() -> None:
    f = jit(lambda p, xs: mean(vmap(lambda x: p[0] * x)(xs)) + p[3])  # the sum is divided by 3.0
    assert f([2.0, 0.0, 0.0, 5.0], [1.0, 2.0, 3.0]) == 9.0


@backends
def test_the_compiled_function_of_samples_tells_what_it_has_recorded(backend: str) -> None:
    def f(x):
        return exp(x) if x > 0 else x * x

    many, one = jit(vmap(f), backend=backend), jit(f, backend=backend)
    many([1.0, -1.0, 2.0]), one(1.0), one(-1.0)
    assert sorted(many.source().splitlines()) == sorted(one.source().splitlines())
    assert many.source("llvm").count("define") == one.source("llvm").count("define")
    assert many.stats.keys() == one.stats.keys()
    for name in ("programs", "nodes", "instructions"):
        assert many.stats[name] == one.stats[name] > 0
    assert many.stats["compile_seconds"] > 0


def test_a_sample_may_have_a_sum_over_samples_of_its_own() -> None:
    X = numpy.arange(12.0).reshape(3, 4)
    f = jit(vmap(lambda x, k: k * mean(vmap(lambda y: y * k)(x))))
    assert f(X, numpy.array([1.0, 2.0, 3.0])) == pytest.approx(numpy.array([1.5, 22.0, 85.5]))


@backends
def test_bytes_are_those_of_the_code(backend: str) -> None:
    def f(x):
        return exp(x) * x

    one, many = jit(f, backend=backend), jit(vmap(f), backend=backend)
    one(1.0), many([1.0, 2.0])
    if backend == "python":
        assert one.stats["bytes"] == many.stats["bytes"] == len(one.source())
    else:  # an object file with a header, a symbol and a few instructions at least
        assert 500 < one.stats["bytes"] < 20_000
        assert 500 < many.stats["bytes"] < 20_000
    before = one.stats["bytes"]
    one(2.0)
    assert one.stats["bytes"] == before


@backends
def test_where_each_sample_goes_through_all_another_number_of_them_is_recorded_again(backend: str) -> None:
    def energy(x):
        return mean(vmap(lambda v: mean(vmap(lambda u: u * v)(x)))(x))  # the mean's square

    compiled, gradient = jit(energy, backend=backend), jit(grad(energy), backend=backend)
    for x in ([1.0, 2.0, 3.0], [1.0, 2.0], [4.0, 5.0, 6.0], [1.0, 2.0, 3.0, 6.0]):
        average = sum(x) / len(x)
        assert compiled(x) == pytest.approx(average**2, rel=1e-14)
        assert gradient(x) == pytest.approx([2 * average / len(x)] * len(x), rel=1e-14)


def test_samples_in_an_array_of_objects_may_be_plain_numbers() -> None:
    x = numpy.array([1.0, 2, 3.0], object)
    assert vmap(lambda x: x * x)(x).tolist() == jit(vmap(lambda x: x * x))(x).tolist() == [1.0, 4.0, 9.0]


def test_the_source_of_a_total_shows_what_is_done_for_a_sample() -> None:
    pytest.importorskip("llvmlite")
    compiled = jit(lambda p, x: mean(vmap(lambda x: sin(x) * p)(x)))
    compiled(2.0, [1.0, 2.0])
    assert "sin(" in compiled.source("python")
    assert compiled.source("llvm").count("define zeroext i1 @program") >= 2
    assert compiled.stats["instructions"] == 2


def test_without_numpy_a_compiled_vmap_can_be_asked_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    monkeypatch.delitem(sys.modules, "autograd_lite.compiler.batched", raising=False)
    monkeypatch.delitem(sys.modules, "autograd_lite.compiler.outputs", raising=False)
    compiled = jit(vmap(lambda x: x * x if x > 0 else -x))
    assert compiled([3.0, -2.0]) == [9.0, 2.0]
    assert len(compiled.programs) == compiled.stats["programs"] == 2
    assert "x0 * x0" in compiled.source()
    with ThreadPoolExecutor(1) as pool:
        assert compiled.split(pool, shards=2)([3.0, -2.0]) == [9.0, 2.0]
    for f in (compiled, jit(sin)):
        with pytest.raises(ImportError, match=r"into: arrays need NumPy: pip install"):
            f.into([])(1.0)
