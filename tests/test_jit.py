"""jit: recording, guards, captured Values, derivatives, errors; random expressions on every back end."""

import gc
import math
import pickle
import random
import sys
import threading
import warnings
import weakref
from collections import Counter
from fractions import Fraction

import pytest
from expressions import program
from hypothesis import given, settings
from hypothesis import strategies as st

import autograd_lite
from autograd_lite import (
    Value,
    custom_gradient,
    derivative,
    dot,
    fsum,
    grad,
    hessian,
    jit,
    jvp,
    log,
    log_softmax,
    logsumexp,
    nn,
    no_grad,
    norm,
    primitive,
    prod,
    root,
    sin,
    softmax,
    sqrt,
    stop_gradient,
    value_and_grad,
    where,
)
from autograd_lite.compiler import compiled as compiling
from autograd_lite.compiler import python
from autograd_lite.compiler.missing import _log as log_missing
from autograd_lite.compiler.program import Instruction, Program
from autograd_lite.primitives import TABLE
from autograd_lite.trees import numbers_of, rebuilt


def bits(tree):
    """What two results have in common if they are the same to the last bit."""
    return repr(tree)


def eager(f, *args):
    """f of Values, as bits: what a program records, and what it must give again for other numbers.

    Derivatives of plain numbers are swept otherwise: in another order, and of norm with another formula.
    """
    result = f(*map(Value, args))
    return bits(rebuilt(result, (getattr(x, "_data", x) for x in numbers_of(result, ""))))


def on_values(name, *operands):
    return TABLE[name].function(*operands)


seeds = st.integers(0, 2**32)


def expression_of(seed: int, *names):
    """A random expression with its gradient, and points where it is to be replayed; the first records it."""
    expression = program(seed, *names)
    both = value_and_grad(lambda *xs: expression.run(on_values, *xs), tuple(range(len(expression.at))))
    rng = random.Random(seed)
    return both, [expression.at] + [[rng.uniform(-2, 2) for _ in expression.at] for _ in range(3)]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(seeds)
def test_random_expressions_replay_to_the_bit_in_python(seed: int) -> None:
    both, points = expression_of(seed)
    compiled = jit(both, backend="python")
    for at in points:
        assert bits(compiled(*at)) == eager(both, *at)
        assert list(compiled(*at)[1]) == pytest.approx(both(*at)[1], rel=1e-9, abs=1e-9, nan_ok=True)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seeds)
def test_random_expressions_agree_in_machine_code(seed: int) -> None:
    pytest.importorskip("llvmlite")
    both, points = expression_of(seed)
    compiled = jit(both, backend="llvm")
    for at in points:
        (value, slopes), (expected, gradient) = compiled(*at), both(*at)
        # A fused product, and libm's last bit, can cancel in what follows: 1e-9 of the greatest.
        size = max(map(abs, gradient))
        if size > 1e6:
            continue  # so steep that the last bit counts for more
        assert value == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True), at
        assert list(slopes) == pytest.approx(list(gradient), rel=1e-9, abs=1e-9 * size, nan_ok=True), at


EXACT = ["add", "sub", "mul", "div", "neg", "sqrt", "abs", "max", "min", "relu", "fsum", "dot", "prod", "fma"]


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seeds)
def test_strict_machine_code_has_the_bits_of_eager_arithmetic(seed: int) -> None:
    pytest.importorskip("llvmlite")
    both, points = expression_of(seed, EXACT)
    compiled = jit(both, backend="llvm", strict=True)
    for at in points:
        assert bits(compiled(*at)) == eager(both, *at), at


SINGULAR = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    2.5,
    -3.0,
    710.0,
    -710.0,
    1e200,
    -1e200,
    1e-300,
    math.inf,
    -math.inf,
    math.nan,
]
SCALAR = [row for row in TABLE.values() if row.public and not row.sequences and row.name != "polygamma"]


def singular_points(row):
    rng = random.Random(1)
    for _ in range(40):
        at = [rng.choice(SINGULAR) for _ in row.operands]
        if row.name in ("ldexp", "round"):
            at[-1] = float(rng.randrange(-3, 4))
        yield at


@pytest.mark.parametrize("row", SCALAR, ids=lambda row: row.name)
def test_every_row_follows_ieee_754_as_eager_does(row) -> None:
    derivatives = value_and_grad(row.function, tuple(range(len(row.operands))))
    compiled = jit(derivatives, limit=200, backend="python")
    for at in singular_points(row):
        assert bits(compiled(*at)) == eager(derivatives, *at), at


@pytest.mark.parametrize("row", [row for row in TABLE.values() if row.operands], ids=lambda row: row.name)
@pytest.mark.parametrize("strict", [False, True])
def test_every_row_has_machine_code_as_accurate_as_its_own(row, strict: bool) -> None:
    machine = pytest.importorskip("autograd_lite.compiler.machine")
    pytest.importorskip("llvmlite")
    count = (6 if len(row.operands) == 2 else 3) if row.sequences else len(row.operands)
    alone = Program(count, [Instruction(row, tuple(range(count)))], [count], [])
    run, _ = machine.compiled(alone, strict=strict)
    rng = random.Random(2)
    # libm's gamma and lgamma are others than Python's, near their zeros too; where a sum of two terms
    # cancels, what is fused or reordered does not.
    bar = {"gamma": 16, "gamma_x": 16, "dot": 2**12, "pow_xy": 2**12}.get(row.name, 8)
    for i in range(80):
        at = [rng.uniform(-3, 3) * 10.0 ** rng.choice((-2, 0, 0, 1)) for _ in range(count)]
        if i % 2 and not row.sequences:
            at = [rng.choice(SINGULAR) for _ in at]
        if row.name in ("ldexp", "round", "sinc_n", "polygamma"):
            at[row.operands.index("n")] = float(rng.randrange(0, 4))
        got, wanted = run(at)[0], python.walked(alone, at)[0]
        if math.isfinite(wanted) and row.name != "lgamma":
            assert abs(got - wanted) <= bar * math.ulp(wanted), (at, got, wanted)
        else:
            assert got == pytest.approx(wanted, abs=1e-15, rel=1e-13, nan_ok=True), at


def test_a_function_is_recorded_once_for_a_structure() -> None:
    calls = []

    @jit
    def f(p, *, scale):
        calls.append(1)
        return {"sum": p["a"] + p["b"][1], "scaled": [p["a"] * scale, p["b"][0]]}

    for a in (1, 2.5, True, Fraction(1, 2)):
        assert f({"a": a, "b": (3.0, 4)}, scale=2.0) == {
            "sum": a + 4.0,
            "scaled": [2.0 * a, 3.0],
        }
    assert len(calls) == 1
    assert f({"a": 1.0, "b": [3.0, 4.0]}, scale=2.0)["sum"] == 5.0  # a list is not a tuple
    assert len(calls) == 2


def test_arrays_stay_arrays() -> None:
    numpy = pytest.importorskip("numpy")
    f = jit(value_and_grad(lambda x: (x * x).sum() + x[0, 1]))
    value, gradient = f(numpy.array([[1.0, 2.0], [3.0, 4.0]]))
    assert value == 32.0
    assert gradient.dtype == float
    assert gradient.tolist() == [[2.0, 5.0], [6.0, 8.0]]
    assert f(numpy.ones((2, 2)))[0] == 5.0
    assert len(f.programs) == 1


def branching(x, y):
    if x > y:
        return x * y
    return x + y if y else -x


@pytest.mark.parametrize(
    "f",
    [
        branching,
        lambda x, y: x if x >= y and x != 3 else y,
        lambda x, y: x * int(y) + math.floor(x) - math.ceil(y) + round(x),
        lambda x, y: x if x.data < 1.0 else y,
        lambda x, y: where(x < y, sqrt(y - x), 0.0),
        lambda x, y: autograd_lite.math.modf(x)[1] * y + autograd_lite.math.frexp(y)[0],
        lambda x, y: y if autograd_lite.math.isnan(x) or autograd_lite.math.isinf(y) else x,
        lambda x, y: max(x, y) * min(x, y, key=abs),
        lambda x, y: x if x < Fraction(1, 3) else y,
    ],
)
def test_a_branch_is_never_frozen(f) -> None:
    compiled, compiled_gradient = jit(f, limit=500), jit(grad(f, (0, 1)), limit=500)
    rng = random.Random(3)
    numbers = [*(rng.uniform(-3, 3) for _ in range(8)), 0.0, -0.0, 1.0, 3.0, 1 / 3]
    for _ in range(60):
        x, y = rng.choice(numbers), rng.choice(numbers)
        assert bits(compiled(x, y)) == eager(lambda x, y: f(x, y) * 1.0, x, y), (x, y)
        assert bits(compiled_gradient(x, y)) == eager(grad(f, (0, 1)), x, y), (x, y)


def test_a_loop_records_a_program_for_each_count() -> None:
    @jit
    def collatz_like(x):
        steps = 0
        while x < 100:
            x = x * 2
            steps += 1
        return x, steps

    assert [collatz_like(float(x)) for x in (50, 60, 90, 25)] == [(100, 1), (120, 1), (180, 1), (100, 2)]
    assert len(collatz_like.programs) == 2


def test_the_line_that_branches_is_named_at_the_limit() -> None:
    f = jit(lambda x: x * int(x), limit=2)
    assert f(1.5) + f(2.5) == 6.5
    with pytest.warns(RuntimeWarning, match=rf"recorded 2 times.* at {__file__}:\d+") as caught:
        assert f(3.5) == 10.5
    assert caught[0].filename == __file__
    assert len(f.programs) == 2


def test_rows_with_a_kink_and_softmax_need_no_guard() -> None:
    f = jit(grad(lambda xs: prod(softmax(xs)) + autograd_lite.max(xs[0], xs[1]) + xs[2].relu() + norm(xs)))
    for xs in ([1.0, 2.0, 3.0], [3.0, -2.0, -1.0], [0.0, 5.0, 5.0]):
        f(xs)
    assert len(f.programs) == 1
    # But for those of a quotient's domain: where it is NaN, so are the partials.
    assert all(guard.operands[0] == guard.operands[1] for guard in f.programs[0].program.guards)


def test_parameters_of_a_model_are_read_in_each_call() -> None:
    model = nn.MLP(2, [4, 1], activation="tanh", seed=1)
    f = jit(lambda x: model(x) ** 2, backend="python")
    for _ in range(3):
        loss, eager = f([1.0, -2.0]), model([1.0, -2.0]) ** 2
        assert loss.data == eager.data
        model.zero_grad()
        eager.backward()
        expected = [p.grad for p in model.parameters()]
        model.zero_grad()
        loss.backward()
        assert [p.grad for p in model.parameters()] == pytest.approx(expected, rel=1e-14, abs=1e-300)
        for p in model.parameters():
            p.data -= 0.1 * p.grad
    assert len(f.programs) == 1


def test_a_captured_number_is_that_of_when_it_was_computed() -> None:
    w = Value(2.0)
    y = w * 3.0
    f = jit(lambda x: x * y)
    f(1.0)
    w.data = 100.0
    result = f(2.0)
    assert result.data == 12.0
    result.backward()
    assert (y.grad, w.grad) == (2.0, 6.0)


def test_a_gradient_after_a_captured_leaf_was_changed_is_an_error() -> None:
    w = Value(2.0)
    loss = jit(lambda x: x * w * w)(3.0)
    w.data = 5.0
    with pytest.raises(RuntimeError, match=r"changed from 2\.0 to 5\.0"):
        loss.backward()


def test_a_compiled_function_differentiates_inside_an_eager_one() -> None:
    f = jit(lambda x, y: sin(x) * y**3 if x > 0 else x * y)
    x, y = Value(0.5), Value(2.0)
    z = f(x * y, y) * x
    z.backward()
    value, slopes = value_and_grad(lambda x, y: sin(x * y) * y**3 * x, (0, 1))(0.5, 2.0)
    assert z.data == value
    assert (x.grad, y.grad) == pytest.approx(slopes, rel=1e-14)
    assert hessian(f)(0.5, 2.0) == hessian(lambda x, y: sin(x) * y**3)(0.5, 2.0)
    assert derivative(jit(lambda x: x**4), 3)(2.0) == 48.0
    assert jvp(f, (0.5, 2.0), (1.0, 0.0)) == jvp(lambda x, y: sin(x) * y**3, (0.5, 2.0), (1.0, 0.0))
    assert grad(lambda x: jit(grad(lambda y: x * y * y))(3.0))(2.0) == 6.0


def test_only_what_depends_on_a_value_is_one() -> None:
    w = Value(3.0)
    free, bound = jit(lambda x: (x * x, x * w))(2.0)
    assert (free, bound.data) == (4.0, 6.0)
    assert type(free) is float


def test_compiled_inside_compiled_is_one_program() -> None:
    inner = jit(lambda x: x * x)
    outer = jit(lambda x: inner(x) + inner(x))
    assert outer(3.0) == 18.0
    assert not inner.programs
    assert outer.stats["instructions"] == 2


def test_stopped_gradients_stay_stopped() -> None:
    def f(x):
        with no_grad():
            c = x * 2
        return c * x + stop_gradient(x) * x

    compiled = jit(value_and_grad(f))
    assert [compiled(x) for x in (3.0, 4.0)] == [value_and_grad(f)(x) for x in (3.0, 4.0)]


def test_rules_of_ones_own_are_followed() -> None:
    @custom_gradient
    def steep(x):
        return (x * x if x > 0 else -x), lambda cotangent: 10 * cotangent * x

    cube = primitive("cube(x)", lambda x: x**3, lambda x: 3 * x * x)

    def f(x):
        return steep(x) * cube(x)

    compiled = jit(value_and_grad(f))
    for x in (2.0, -1.0, 3.0):
        assert compiled(x) == value_and_grad(f)(x)
    assert len(compiled.programs) == 2


def test_a_solution_is_found_again_for_other_numbers() -> None:
    f = jit(grad(lambda a: root(lambda x: x**3 - x - a, guess=1.0)))
    for a in (2.0, 3.0, 2.0):
        assert f(a) == grad(lambda a: root(lambda x: x**3 - x - a, guess=1.0))(a)


def test_constants_repetitions_and_dead_code_are_gone() -> None:
    def f(x):
        k = Value(3.0) * 2
        sin(x)
        return (x * 1 + k) * (x + k) / 1 + stop_gradient(x) ** 1

    compiled = jit(f)
    assert compiled(2.0) == f(2.0).data if isinstance(f(2.0), Value) else f(2.0)
    assert [row.name for row, _ in compiled.programs[0].program.instructions] == ["add", "mul", "add"]
    assert "sin" not in compiled.source("python")
    zero = jit(lambda x: (x - 0.0, x - -0.0, x + 0.0, x * -1.0))
    assert bits(zero(-0.0)) == "(-0.0, 0.0, 0.0, 0.0)"


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_zeros_keep_their_signs(backend: str) -> None:
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    for zero in (0.0, -0.0):
        for f in (lambda x, zero=zero: TABLE["copysign"].function(x, zero), lambda x, zero=zero: x * zero):
            assert bits(jit(f, backend=backend)(2.0)) == bits(f(2.0))


def test_methods_belong_to_their_object() -> None:
    class Scaled:
        def __init__(self, w: float) -> None:
            self.w = Value(w)

        @jit
        def of(self, x):
            return self.w * x

    a, b = Scaled(2.0), Scaled(3.0)
    assert [a.of(1.0).data, b.of(1.0).data, a.of(5.0).data, Scaled(7.0).of(1.0).data] == [2.0, 3.0, 10.0, 7.0]
    assert len(a.of.programs) == 1
    gone = weakref.ref(a)
    del a
    gc.collect()
    assert gone() is None


def test_a_value_that_escapes_is_an_error() -> None:
    kept = []

    @jit
    def f(x, y):
        kept.append(y * 2)
        return x

    with pytest.raises(RuntimeError, match="f kept a Value that depends on argument 1 outside itself"):
        f(1.0, 2.0)


@pytest.mark.parametrize(
    ("f", "error", "words"),
    [
        (lambda x: (x * x).backward(), RuntimeError, "use grad or value_and_grad"),
        (lambda x: x * x.grad, RuntimeError, "give it as an argument"),
        (lambda x: (x * x).local_derivatives[0](), RuntimeError, "use grad or jvp"),
        (lambda x: setattr(Value(1.0), "data", x), RuntimeError, "return the number and set it outside"),
        (lambda x: None, TypeError, "the result of <lambda>: expected a number"),
        (lambda x: math.sin(x), TypeError, "autograd_lite.sin"),
    ],
)
def test_what_would_happen_once_is_an_error(f, error, words: str) -> None:
    with pytest.raises(error, match=words):
        jit(f)(1.0)


def test_errors_name_the_argument() -> None:
    @jit
    def f(x, y):
        return x

    with pytest.raises(TypeError, match="f: argument 1: expected a number"):
        f(1.0, "2")
    with pytest.raises(TypeError, match=r"write jit\(f\)\(x\)"):
        jit(3.0)
    with pytest.raises(ValueError, match="limit of 1 or more"):
        jit(limit=0)(sin)
    compiled = jit(sin)
    compiled(1.0)
    with pytest.raises(ValueError, match='expected "python"'):
        compiled.source("fortran")


def test_an_error_of_the_function_is_its_own() -> None:
    @jit
    def f(x):
        if x < 0:
            raise ArithmeticError("negative")
        return log(x)

    assert f(1.0) == 0.0
    for _ in range(2):
        with pytest.raises(ArithmeticError, match="negative"):
            f(-1.0)
    assert f(1.0) == 0.0


def test_long_programs_are_walked_to_the_same_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    def f(x, y):
        return dot([x, y, 2.0], [y, x, log(y)]) if x > -5 else logsumexp(log_softmax([x, y]))

    printed = jit(value_and_grad(f), backend="python")
    monkeypatch.setattr(python, "LONGEST", 0)
    walked = jit(value_and_grad(f), backend="python")
    for at in ((1.0, 2.0), (-7.0, 3.0), (2.0, -1.0), (math.inf, 0.0)):
        assert bits(walked(*at)) == bits(printed(*at)) == eager(value_and_grad(f), *at)


def test_a_deep_chain_costs_no_recursion() -> None:
    def f(x):
        for _ in range(30_000):
            x = x * 1.0000001 + 1e-9
        return x

    assert jit(grad(f))(1.0) == grad(f)(1.0)


def test_every_kind_of_argument_and_result_takes_the_fast_call_or_the_slow_one_alike() -> None:
    pytest.importorskip("llvmlite")
    numpy = pytest.importorskip("numpy")

    def f(a, xs, A):
        return (a * xs[0], [fsum(xs), xs[-1]], [[A[0, 1] * a]], A + a, {"a": A[1, 0]}, ())[
            : 4 if a > 0 else 6
        ]

    compiled = jit(f)
    A, xs = numpy.arange(6.0).reshape(2, 3), [1.0, 2.0, 4.0]
    calls = [
        (2.0, xs, A),
        (3.0, [5.0, 6.0, 7.0], A + 1),
        (3, [True, 2, Fraction(1, 2)], A.astype(int)),
        (numpy.float64(2.0), xs, numpy.asfortranarray(A)),
        (2.0, xs, A[:, ::-1]),
        (-1.0, xs, A),
        (2.0, [1.0, 2.0], A),
        (2.0, xs, A.ravel().reshape(3, 2)),
        (2.0, tuple(xs), A),
    ]
    for _ in range(2):
        for arguments in calls:
            expected = f(*arguments)
            floats = map(float, numbers_of(expected, ""))
            assert bits(compiled(*arguments)) == bits(rebuilt(expected, floats)), arguments
    assert [one.fast is None for one in compiled.programs] == [True, False, False, False, True]
    assert len(compiled.programs) == 5
    x = Value(2.0)
    compiled(2.0, xs, A)
    compiled(x, xs, A)[0].backward()
    assert x.grad == 1.0
    with pytest.raises(TypeError, match="argument 1: expected a number"):
        compiled(2.0, "123", A)


def test_references_are_counted_by_the_fast_call() -> None:
    pytest.importorskip("llvmlite")
    numpy = pytest.importorskip("numpy")
    compiled = jit(lambda x, y: (x[0] * y, [y, y * 2], x * y))
    x, y = numpy.array([1.0, 2.0]), 3.5
    compiled(x, y)
    counts = [sys.getrefcount(thing) for thing in (x, y, NotImplemented, numpy.empty)]
    for _ in range(100):
        result = compiled(x, y)
        assert compiled.programs[0].fast(x, None) is NotImplemented
    fresh = (float("1.5"), [], numpy.zeros(2))
    assert [sys.getrefcount(thing) for thing in result] == [sys.getrefcount(thing) for thing in fresh]
    assert [sys.getrefcount(thing) for thing in (x, y, NotImplemented, numpy.empty)] == counts


def test_threads_share_one_recording() -> None:
    recorded, results = [], []

    @jit
    def f(x):
        recorded.append(1)
        return sin(x) if x > 0 else x * x

    def work(seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(200):
            x = rng.uniform(-1, 1)
            results.append(f(x) == (sin(x) if x > 0 else x * x))

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results)
    assert len(results) == 800
    assert len(recorded) == 2


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_the_gradient_of_a_quotient_is_nan_where_the_quotient_is(backend: str) -> None:
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    f = jit(grad(lambda x: x / 3.0), backend=backend)
    assert f(2.0) == 1 / 3
    assert math.isnan(f(math.nan))
    assert f(3.0) == 1 / 3


def test_without_llvmlite_there_is_python_and_one_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def missing(*_: object, **__: object) -> None:
        raise ImportError("no llvmlite")

    monkeypatch.setattr(compiling.machine, "compiled", missing)
    log_missing.cache_clear()
    f = jit(grad(lambda x: sin(x) * x))
    assert f(0.5) == grad(lambda x: sin(x) * x)(0.5)
    jit(sin)(0.5)
    assert f.programs[0].backend == "python"
    assert [record.message for record in caplog.records] == [
        "jit: without llvmlite compiled functions run as Python: pip install 'autograd-lite[jit]'"
    ]
    with pytest.raises(ImportError, match="pip install"):
        jit(sin, backend="llvm")(0.5)


@jit
def decorated(x):
    return x * x


def test_compiled_functions_pickle_by_name_or_with_their_function() -> None:
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    again = pickle.loads(pickle.dumps(jit(sin, strict=True)))
    assert again(0.5) == sin(0.5)
    assert not again.programs[0].program.guards


def test_a_sum_of_what_has_a_total_of_its_own() -> None:
    assert fsum(Counter({2.0: 5, 3.0: 7})) == 5.0  # of the keys, as ever


def test_nothing_of_a_recording_stays(recwarn: pytest.WarningsRecorder) -> None:
    warnings.simplefilter("error")
    gc.collect()
    before = sum(type(x) is Value for x in gc.get_objects())
    f = jit(hessian(lambda x: sin(x[0]) * x[1]))
    f([1.0, 2.0])
    gc.collect()
    assert sum(type(x) is Value for x in gc.get_objects()) == before


def test_what_was_recorded_with_nan_is_not_replayed_for_numbers() -> None:
    for backend in ("python", None):
        compiled = jit(hessian(lambda x: (2 - x * x) ** 2), backend=backend)
        assert math.isnan(compiled(math.nan))
        assert compiled(3.0) == 100.0  # 12 x^2 - 8


def test_a_value_can_be_printed_while_it_is_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    def f(x):
        print(f"at {x}")
        return x * x

    assert jit(f)(3.0) == 9.0
    assert capsys.readouterr().out == "at Value(data=3.0, grad=0.0)\n"


def test_a_method_of_what_cannot_be_referred_to_weakly_names_the_way_out() -> None:
    class Slotted:
        __slots__ = ()

        @jit
        def f(self, x):
            return x

    with pytest.raises(TypeError, match='Slotted, whose __slots__ lack "__weakref__"'):
        Slotted().f(1.0)


def test_a_masked_array_is_refused_as_such() -> None:
    numpy = pytest.importorskip("numpy")
    with pytest.raises(TypeError, match=r"argument 0\[0\].*a masked array; give filled"):
        jit(lambda x: x[0])(numpy.ma.array([1.0, 2.0]))


def test_another_language_is_refused_before_the_first_call_too() -> None:
    with pytest.raises(ValueError, match='expected "python"'):
        jit(sin).source("fortran")
