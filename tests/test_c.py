"""C export: what the system's compiler makes of it gives eager's numbers, and fails where a guard does."""

import ctypes
import math
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from expressions import ROWS, program
from test_jit import SINGULAR, branching, on_values

from autograd_lite import (
    Value,
    dot,
    exp,
    fsum,
    grad,
    hessian,
    jit,
    log,
    logsumexp,
    mean,
    nn,
    no_grad,
    primitive,
    sin,
    sqrt,
    sumprod,
    tanh,
    value_and_grad,
    vmap,
)
from autograd_lite.compiler.c import File
from autograd_lite.compiler.program import Instruction, Program
from autograd_lite.compiler.python import walked
from autograd_lite.primitives import TABLE
from autograd_lite.trees import numbers_of

COMPILER = shutil.which("cc")
needs_compiler = pytest.mark.skipif(COMPILER is None, reason="there is no C compiler, cc, on this system")
FLAGS = ["-Wall", "-Wextra", "-Werror", "-std=c99"]


def built(directory: Path, *sources: Path) -> ctypes.CDLL:
    library = directory / "built.so"
    command = [COMPILER, *FLAGS, "-shared", "-fPIC", "-o", library, *sources, "-lm"]
    subprocess.run(list(map(str, command)), check=True)
    return ctypes.CDLL(str(library))


def call(function, numbers: list[float], outputs: int) -> list[float] | None:
    """The results of a C function, or None where it returns that a guard fails."""
    x, z = (ctypes.c_double * len(numbers))(*numbers), (ctypes.c_double * outputs)()
    return None if function(x, z) else list(z)


def in_one_file(directory: Path, programs: dict[str, Program], *, strict: bool) -> ctypes.CDLL:
    """A library with a function for each program: the compiler takes longer over many files."""
    file = File("all", strict=strict)
    for name, one in programs.items():
        called = file.program(one)
        file.export(f"int {name}(const double *x, double *z)", [f"    return {called}(x, z);"], "")
    (directory / "all.c").write_text(file.source)
    return built(directory, directory / "all.c")


@needs_compiler
def test_random_expressions_of_all_rows_agree_in_c(tmp_path: Path) -> None:
    cases, undrawn = {}, set(ROWS)
    for seed in range(100, 200):
        if not undrawn:
            break
        expression = program(seed, sorted(undrawn))
        undrawn -= {name for name, _ in expression.steps}
        both = value_and_grad(
            lambda *xs, run=expression.run: run(on_values, *xs), tuple(range(len(expression.at)))
        )
        compiled = jit(both, backend="python")
        compiled(*expression.at)
        cases[f"f{seed}"] = compiled.programs[0].program, both, expression.at
    assert not undrawn
    library = in_one_file(tmp_path, {name: one for name, (one, _, _) in cases.items()}, strict=False)
    rng = random.Random(1)
    for name, (_, both, at) in cases.items():
        for numbers in [at] + [[rng.uniform(-2, 2) for _ in at] for _ in range(3)]:
            expected = list(numbers_of(both(*numbers), ""))
            found = call(library[name], list(numbers), len(expected))
            size = max(map(abs, expected[1:]))
            if size > 1e6 or (found is None and numbers is not at):
                continue  # so steep that the last bit counts for more; another branch
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * (1 + size), nan_ok=True), name


# What the other operand of rows is that take whole numbers, and its place.
WHOLE = {"polygamma": (0, 2.0), "sinc_n": (0, 3.0), "round": (1, 1.0), "ldexp": (1, -2.0)}


def as_program(row) -> Program:
    """The value of a row, its partials and theirs, as a function of its operands."""
    count = (4 if len(row.operands) == 2 else 3) if row.sequences else len(row.operands)
    place, whole = WHOLE.get(row.name, (count, 0.0))

    def f(*xs):
        given = list(xs) if place == count else [*xs[:place], whole, *xs[place:]]
        return row.function(*row.arranged(given))

    operands = count - (place < count)
    argnums = tuple(range(operands))
    compiled = jit(lambda *xs: (f(*xs), grad(f, argnums)(*xs), hessian(f, argnums)(*xs)), backend="python")
    starts = [0.3, 0.6, 0.4, 0.5], [1.5], [-0.5]
    inside = next(at for at in starts if not math.isnan(f(*at[:operands])))
    compiled(*inside[:operands])
    return compiled.programs[0].program


@needs_compiler
def test_every_row_and_its_derivatives_agree_also_where_singular(tmp_path: Path) -> None:
    programs = {f"one_{row.name}": as_program(row) for row in TABLE.values() if row.operands}
    library = in_one_file(tmp_path, programs, strict=True)
    rng = random.Random(2)
    for name, one in programs.items():
        for i in range(60):
            at = [rng.uniform(-3, 3) * 10.0 ** rng.choice((-2, 0, 0, 1)) for _ in range(one.inputs)]
            if i % 3 == 1:
                at = [rng.choice(SINGULAR) for _ in at]
            if i % 3 == 2:
                at = [rng.random() for _ in at]
            found, wanted = call(library[name], at, len(one.outputs)), walked(one, at)
            if wanted is None:
                assert found is None
                continue
            assert found == pytest.approx(list(wanted), rel=1e-12, abs=2e-15, nan_ok=True), (name, at)


# Where eager needs the digits of Decimals, or of a decimal fraction.
WITH_DIGITS = [
    ("polygamma", (50.0, -3.3)), ("polygamma", (2.0, -1e-3)), ("polygamma", (170.0, 7.5)),
    ("polygamma", (1.0, 1e-200)), ("digamma", (-0.504083008264455,)), ("digamma", (1e-9 - 2,)),
    ("sinc_n", (20.0, 0.3)), ("sinc_n", (9.0, 30.0)), ("sinc_n", (150.0, 1e6)), ("sinc_n", (4.0, 1e-320)),
    ("pow_x", (1e-200, 2.5)), ("pow_x", (1e200, -2.5)), ("pow_x", (-3e-160, 3.0)), ("pow_x", (1.0, 1e300)),
    ("pow_y", (1e-300, 1.06)), ("div_y", (1e-200, 1e100)), ("div_y", (-3e-324, 1e-200)),
    ("hypot_x", (1e-320, 3e-310)), ("hypot_x", (1.7e308, -1.7e308)), ("atan2_y", (1e-200, 1e-180)),
    ("atan2_y", (0.0, -5e-324)), ("atan2_y", (1e200, 7e170)), ("mish_x", (-1.1924,)), ("mish_x", (-1.19,)),
    ("logaddexp", (-1e-20, math.log(1e-20))), ("logaddexp", (-2.0, math.log1p(-math.exp(-2)))),
    ("round", (2.675, 2.0)), ("round", (25.0, -1.0)), ("round", (-35.0, -1.0)), ("round", (25.5, -1.0)),
    ("round", (999.0, -1.0)), ("round", (-49.0, -2.0)), ("round", (51.0, -2.0)), ("round", (1.7e308, -308.0)),
    ("round", (5e-324, 323.0)), ("round", (-0.4, 0.0)), ("round", (1e300, -299.0)), ("round", (7.0, -1000.0)),
    ("ldexp", (3.0, -1075.0)), ("ldexp", (3.0, 1e300)), ("norm_ppf", (1e-310,)), ("norm_ppf", (0.5 + 1e-16,)),
]  # fmt: skip


@needs_compiler
def test_digits_of_decimals_are_those_of_eager(tmp_path: Path) -> None:
    def alone(row, at):
        return Program(len(at), [Instruction(row, tuple(range(len(at))))], [len(at)], [])

    programs = {f"f{i}": alone(TABLE[name], at) for i, (name, at) in enumerate(WITH_DIGITS)}
    library = in_one_file(tmp_path, programs, strict=True)
    for i, (name, at) in enumerate(WITH_DIGITS):
        (found,), wanted = call(library[f"f{i}"], list(at), 1), TABLE[name].value(*at)
        assert found == wanted, (name, at)
        assert math.copysign(1, found) == math.copysign(1, wanted), (name, at)


@needs_compiler
def test_a_vmapped_function_is_a_loop_over_samples(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    weight = Value(3.0)

    def one(x, p):
        return {"slope": x[1] * sin(p) * weight if x[0] > 0 else exp(x[0]), "sum": p + x[0]}

    f = jit(vmap(one, in_axes=(0, None)))
    X = numpy.array([[1.0, 2.0], [-1.0, 5.0], [0.5, -2.0]])
    f(X, 0.5)  # whose results are Values, because of the weight
    f.save_c(tmp_path / "f")
    header = (tmp_path / "f.h").read_text()
    assert "columns[2]: argument 0[0], argument 0[1]" in header
    assert "shared[1]: argument 1" in header
    function = built(tmp_path, tmp_path / "f.c").f
    columns, results = numpy.ascontiguousarray(X.T), numpy.zeros((2, 3))
    pointers = [(ctypes.c_void_p * 2)(*[row.ctypes.data for row in rows]) for rows in (columns, results)]
    assert function(ctypes.c_long(3), pointers[0], (ctypes.c_double * 1)(0.25), pointers[1]) == 0
    with no_grad():
        expected = f(X, 0.25)
    assert results == pytest.approx(numpy.array([expected["slope"], expected["sum"]]), rel=1e-14)


@needs_compiler
def test_samples_without_a_program_are_nan(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    f = jit(vmap(abs_by_branch))
    f([1.0, 2.0])
    f.save_c(tmp_path / "f")
    columns, results = numpy.array([1.0, -1.0, 2.0]), numpy.zeros(3)
    pointers = [(ctypes.c_void_p * 1)(rows.ctypes.data) for rows in (columns, results)]
    assert built(tmp_path, tmp_path / "f.c").f(ctypes.c_long(3), pointers[0], None, pointers[1]) == 1
    assert results.tolist() == pytest.approx([1.0, math.nan, 2.0], nan_ok=True)


def abs_by_branch(x):
    return x if x > 0 else -x


@needs_compiler
def test_sums_are_exact_where_a_last_bit_hangs_on_it(tmp_path: Path) -> None:
    sums = jit(lambda xs, ys: (fsum(xs), sumprod(xs, ys), dot(xs, ys)), strict=True)
    rng = random.Random(3)
    ones = [1.0] * 6
    sums(ones, ones)
    sums.save_c(tmp_path / "sums")
    library = built(tmp_path, tmp_path / "sums.c")
    ties = [[1.0, 2.0**-53, 2.0**-106, 0.0, 0.0, 0.0], [1e308, 1e308, -1e308, 1.0, 0.0, 0.0]]
    ties += [[1.0000000000000002, 5e-324, 2.0, 0.0, 0.0, 0.0], [1.7e308, 5e-324, -1.7e308, 0.0, 0.0, 0.0]]
    ties += [[1e16, 1.0, -1e16, 1e-30, 3.0, 0.0], [math.inf, 1.0, -1.0, 2.0, 0.0, 1.0]]
    for xs in ties + [
        [rng.choice((1.0, -1.0)) * 2.0 ** rng.randrange(-60, 60) for _ in ones] for _ in range(200)
    ]:
        assert call(library.sums, xs + ones, 3)[0::2] == [fsum(xs), dot(xs, ones)]
        ys = [rng.uniform(-1, 1) for _ in xs]
        assert call(library.sums, xs + ys, 3)[1:] == pytest.approx([sumprod(xs, ys), dot(xs, ys)], rel=0)
    xs, ys = [1.7e308, -1.2, 1.7e308, 5e-324, 0.0, 0.0], [-170.0, 1.7e308, 172.0, 5e-324, 0.0, 0.0]
    assert call(library.sums, xs + ys, 3)[1] == sumprod(xs, ys)  # of which products overflow


@needs_compiler
def test_the_program_whose_guards_hold_is_found_and_none_is_a_status(tmp_path: Path) -> None:
    f = jit(value_and_grad(branching, (0, 1)))
    f(2.0, 1.0), f(1.0, 3.0)
    f.save_c(tmp_path / "f")
    assert "x[2]: argument 0, argument 1" in (tmp_path / "f.h").read_text()
    library = built(tmp_path, tmp_path / "f.c")
    for at in ((3.0, 1.0), (1.0, 5.0)):
        assert call(library.f, list(at), 3) == list(numbers_of(f(*at), ""))
    assert call(library.f, [-1.0, 0.0], 3) is None
    assert call(library.f, [math.nan, 1.0], 3) == pytest.approx([math.nan, 1.0, 1.0], nan_ok=True)


@needs_compiler
def test_every_structure_of_arguments_has_a_function(tmp_path: Path) -> None:
    f = jit(lambda x: logsumexp(x) if isinstance(x, list) else exp(x))
    f(1.0), f([1.0, 2.0])
    f.save_c(tmp_path / "f")
    library = built(tmp_path, tmp_path / "f.c")
    assert call(library.f, [0.5], 1) == [math.exp(0.5)]
    assert call(library.f_2, [0.5, 1.5], 1) == pytest.approx([logsumexp([0.5, 1.5])], rel=1e-15)
    assert call(library.f_2, [math.inf, math.inf], 1) == [math.inf]


@needs_compiler
def test_a_model_keeps_the_parameters_it_has(tmp_path: Path) -> None:
    model = nn.MLP(2, [16, 16, 1], seed=1)
    f = jit(lambda x: model(x))
    f([1.0, 2.0])
    for parameter in model.parameters():
        parameter.data *= 2
    f.save_c(tmp_path / "f")
    found = call(built(tmp_path, tmp_path / "f.c").f, [0.5, -1.0], 1)
    assert found == pytest.approx([model([0.5, -1.0]).data], rel=1e-13)


@needs_compiler
def test_long_programs_are_cut(tmp_path: Path) -> None:
    def f(x):
        y = x
        for _ in range(700):
            y = sin(y) * 1.01 + x
        return y

    compiled = jit(value_and_grad(f))
    expected = compiled(0.3)
    compiled.save_c(tmp_path / "f")
    assert "part_3" in (tmp_path / "f.c").read_text()
    assert call(built(tmp_path, tmp_path / "f.c").f, [0.3], 2) == pytest.approx(expected, rel=1e-9)


@needs_compiler
def test_sums_over_samples_are_loops(tmp_path: Path) -> None:
    numpy, _ = pytest.importorskip("numpy"), pytest.importorskip("llvmlite")

    def total(p, X, y):
        losses = vmap(lambda p, x, y, k: tanh(p[0] * x[0] + p[1] * k - y) ** 2, in_axes=(None, 0, 0, 0))
        return sqrt(mean(losses(p, X, y, [0.5] * len(y))))

    step = jit(value_and_grad(total))
    rng = numpy.random.default_rng(1)
    X, y = rng.normal(size=(50, 1)), rng.normal(size=50)
    step([0.5, 1.0], X, y)
    step.save_c(tmp_path / "step")
    value, slopes = step([1.5, -1.0], X, y)
    found = call(built(tmp_path, tmp_path / "step.c").step, [1.5, -1.0, *X[:, 0], *y], 3)
    assert found == pytest.approx([value, *slopes], rel=1e-12)


@needs_compiler
def test_any_number_of_samples_that_branch_are_summed_over(tmp_path: Path) -> None:
    numpy, _ = pytest.importorskip("numpy"), pytest.importorskip("llvmlite")

    def total(p, X, y):
        losses = vmap(lambda p, x, y: (p[0] * x[0] - y) ** 2 if x[1] > 0 else p[1] * y, in_axes=(None, 0, 0))
        return sqrt(mean(losses(p, X, y))) + fsum(losses(p, X, y)) * p[0]

    step = jit(value_and_grad(total))
    rng = numpy.random.default_rng(1)
    X, y = rng.normal(size=(50, 2)), rng.uniform(1, 2, size=50)
    step([0.5, 1.0], X, y)
    step.save_c(tmp_path / "step")
    assert "columns[3]: argument 1, number 0, ..., argument 2, number 0" in (tmp_path / "step.h").read_text()
    X, y = X[:7].copy(), y[:7].copy()
    columns = [numpy.ascontiguousarray(column) for column in (X[:, 0], X[:, 1], y)]
    pointers = (ctypes.c_void_p * 3)(*[column.ctypes.data for column in columns])
    results = (ctypes.c_double * 3)()
    function = built(tmp_path, tmp_path / "step.c").step
    assert function(ctypes.c_long(7), pointers, (ctypes.c_double * 2)(1.5, 2.0), results) == 0
    value, slopes = step([1.5, 2.0], X, y)
    assert [*results] == pytest.approx([value, *slopes], rel=1e-12)


def test_what_has_no_c_is_an_error() -> None:
    f = jit(sin)
    with pytest.raises(RuntimeError, match="call it first"):
        f.source("c")
    f(1.0)
    assert "sin(x[0])" in f.source("c")
    with pytest.raises(ValueError, match="letters, digits"):
        f.save_c("my-function")
    cube = primitive("cube_in_python(x)", lambda x: x**3, lambda x: 3 * x * x)
    own = jit(lambda x: cube(x) + log(x))
    own(2.0)
    with pytest.raises(ValueError, match="cube_in_python has no formula in C"):
        own.source("c")
    own_text = primitive("x_digamma(x)", "x * digamma(x)", "digamma(x) + x * polygamma(1, x)")
    by_text = jit(grad(own_text))
    by_text(2.0)
    assert "polygamma" in by_text.source("c")
    decides = jit(lambda x: x if x.data.is_integer() else -x)
    decides(2.0)
    decides.source("c")
