"""C export: what the system's compiler makes of it gives eager's numbers, and fails where a guard does."""

import contextlib
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
    dot,
    exp,
    fsum,
    gamma,
    grad,
    jit,
    log,
    logsumexp,
    mean,
    nn,
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
WITHOUT_C = {"round", "ldexp", "norm_ppf", "norm_ppf_x", "digamma", "polygamma", "sinc_n", "gamma_x"}


def built(directory: Path, *sources: Path) -> ctypes.CDLL:
    library = directory / "built.so"
    command = [COMPILER, *FLAGS, "-shared", "-fPIC", "-o", library, *sources, "-lm"]
    subprocess.run(list(map(str, command)), check=True)
    return ctypes.CDLL(str(library))


def call(function, numbers: list[float], outputs: int) -> list[float] | None:
    """The results of a C function, or None where it returns that a guard fails."""
    x, z = (ctypes.c_double * len(numbers))(*numbers), (ctypes.c_double * outputs)()
    return None if function(x, z) else list(z)


@needs_compiler
def test_random_expressions_agree_in_c(tmp_path: Path) -> None:
    cases = []
    for seed in range(25):
        expression = program(seed, [name for name in ROWS if name not in WITHOUT_C])
        both = value_and_grad(
            lambda *xs, run=expression.run: run(on_values, *xs), tuple(range(len(expression.at)))
        )
        compiled = jit(both, strict=seed % 2 == 0)
        compiled(*expression.at)
        with contextlib.suppress(ValueError):  # the partial of a gamma function
            compiled.save_c(tmp_path / f"f{seed}")
            cases.append((f"f{seed}", both, expression.at))
    assert len(cases) > 18
    library = built(tmp_path, *tmp_path.glob("*.c"))
    rng = random.Random(1)
    for name, both, at in cases:
        for numbers in [at] + [[rng.uniform(-2, 2) for _ in at] for _ in range(3)]:
            expected = list(numbers_of(both(*numbers), ""))
            found = call(library[name], list(numbers), len(expected))
            size = max(map(abs, expected[1:]))
            if size > 1e6 or (found is None and numbers is not at):
                continue  # so steep that the last bit counts for more; another branch
            assert found == pytest.approx(expected, rel=1e-9, abs=1e-9 * (1 + size), nan_ok=True), name


@needs_compiler
@pytest.mark.parametrize("strict", [False, True])
def test_every_row_agrees_also_where_it_is_singular(tmp_path: Path, strict: bool) -> None:
    rows = [row for row in TABLE.values() if row.operands and row.name not in WITHOUT_C]
    cases, file = [], File("rows", strict=strict)
    for row in rows:
        count = (6 if len(row.operands) == 2 else 3) if row.sequences else len(row.operands)
        alone = Program(count, [Instruction(row, tuple(range(count)))], [count], [])
        file.export(f"one_{row.name}", [file.program(alone)], "")
        cases.append((row, count, alone))
    (tmp_path / "rows.c").write_text(file.source)
    library = built(tmp_path, tmp_path / "rows.c")
    rng = random.Random(2)
    for row, count, alone in cases:
        for i in range(60):
            at = [rng.uniform(-3, 3) * 10.0 ** rng.choice((-2, 0, 0, 1)) for _ in range(count)]
            if i % 2:
                at = [rng.choice(SINGULAR) for _ in at]
            (found,), (wanted,) = call(library[f"one_{row.name}"], at, 1), walked(alone, at)
            assert found == pytest.approx(wanted, rel=1e-12, abs=2e-15, nan_ok=True), (row.name, at)


@needs_compiler
def test_sums_are_exact_where_a_last_bit_hangs_on_it(tmp_path: Path) -> None:
    sums = jit(lambda xs, ys: (fsum(xs), sumprod(xs, ys), dot(xs, ys)), strict=True)
    rng = random.Random(3)
    ones = [1.0] * 6
    sums(ones, ones)
    sums.save_c(tmp_path / "sums")
    library = built(tmp_path, tmp_path / "sums.c")
    ties = [[1.0, 2.0**-53, 2.0**-106, 0.0, 0.0, 0.0], [1e308, 1e308, -1e308, 1.0, 0.0, 0.0]]
    ties += [[1e16, 1.0, -1e16, 1e-30, 3.0, 0.0], [math.inf, 1.0, -1.0, 2.0, 0.0, 1.0]]
    for xs in ties + [
        [rng.choice((1.0, -1.0)) * 2.0 ** rng.randrange(-60, 60) for _ in ones] for _ in range(200)
    ]:
        assert call(library.sums, xs + ones, 3)[0::2] == [fsum(xs), dot(xs, ones)]
        ys = [rng.uniform(-1, 1) for _ in xs]
        assert call(library.sums, xs + ys, 3)[1:] == pytest.approx([sumprod(xs, ys), dot(xs, ys)], rel=0)


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


def test_what_has_no_c_is_an_error() -> None:
    f = jit(sin)
    with pytest.raises(RuntimeError, match="call it first"):
        f.source("c")
    f(1.0)
    assert "sin(x[0])" in f.source("c")
    with pytest.raises(ValueError, match="letters, digits"):
        f.save_c("my-function")
    slope = jit(grad(gamma))
    slope(2.5)
    with pytest.raises(ValueError, match="has no formula in C"):
        slope.source("c")
    cube = primitive("cube_in_python(x)", lambda x: x**3, lambda x: 3 * x * x)
    own = jit(lambda x: cube(x) + log(x))
    own(2.0)
    with pytest.raises(ValueError, match="cube_in_python has no formula in C"):
        own.source("c")
    decides = jit(lambda x: x if x.data.is_integer() else -x)
    decides(2.0)
    decides.source("c")
