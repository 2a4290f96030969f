"""The interpreter of long programs: what it computes is what eager arithmetic does; its order of work."""

import math
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_jit import EXACT, SINGULAR, bits, eager, expression_of

from autograd_lite import Value, grad, jit, pow, primitive, relu, sin, tanh, value_and_grad
from autograd_lite.compiler import calls, python
from autograd_lite.compiler.program import Guard, Instruction, Program
from autograd_lite.primitives import TABLE

pytest.importorskip("llvmlite")
numpy = pytest.importorskip("numpy")
interpreter = pytest.importorskip("autograd_lite.compiler.interpreter")
machine = pytest.importorskip("autograd_lite.compiler.machine")
runs = pytest.importorskip("autograd_lite.compiler.runs")

THRESHOLD = machine.INTERPRETED
COPIES = 11  # of an expression: more than there are lanes, and no multiple of them


@pytest.fixture(autouse=True, scope="module")
def _interpreted():
    """Interpret every program, however short."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(machine, "INTERPRETED", 0)
        yield


def copies_of(seed, *names):
    """Many copies of a random expression with its gradient as one function, and points for it."""
    both, points = expression_of(seed, *names)
    rng = random.Random(seed)
    count = len(points[0])
    points = points + [[rng.uniform(-2, 2) for _ in range(count)] for _ in range(COPIES - len(points))]

    def copies(*xs):
        return [both(*xs[k : k + count]) for k in range(0, len(xs), count)]

    return both, copies, points


@settings(max_examples=7, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_random_expressions_agree_when_interpreted(seed: int) -> None:
    both, copies, points = copies_of(seed)
    compiled = jit(copies, backend="llvm", limit=2)
    for shift in (0, 3):
        moved = points[shift:] + points[:shift]
        results = compiled(*[x for at in moved for x in at])
        for at, (value, slopes) in zip(moved, results, strict=True):
            expected, gradient = both(*at)
            size = max(map(abs, gradient))
            if size > 1e6:
                continue  # so steep that the last bit counts for more
            assert value == pytest.approx(expected, rel=1e-9, abs=1e-9, nan_ok=True), at
            assert list(slopes) == pytest.approx(list(gradient), rel=1e-9, abs=1e-9 * size, nan_ok=True), at


@settings(max_examples=7, deadline=None, derandomize=True)
@given(st.integers(0, 2**32))
def test_interpreted_arithmetic_has_the_bits_of_eager(seed: int) -> None:
    both, copies, points = copies_of(seed, EXACT)
    compiled = jit(copies, backend="llvm", strict=True)
    results = compiled(*[x for at in points for x in at])
    assert [bits(result) for result in results] == [eager(both, *at) for at in points]


# One of each kind: arithmetic, libm, functions of their own, some rare or always, sequences. As machine
# code for one number, and for lanes, all rows are tested elsewhere.
ROWS = ["add", "div", "neg", "pow", "pow_x", "sin", "exp", "atan2", "tanh", "sigmoid", "softplus", "norm_cdf"]
ROWS += ["lgamma", "polygamma", "round", "ldexp", "mod", "fma", "max", "relu", "step"]
ROWS += ["fsum", "dot", "prod", "norm", "logsumexp", "sumprod"]


@pytest.mark.parametrize("name", ROWS)
def test_rows_follow_ieee_754_one_by_one_and_in_runs(name: str) -> None:
    """A row at singular and ordinary numbers, as a run and alone."""
    row = TABLE[name]
    rng = random.Random(3)
    count = (4 if len(row.operands) == 2 else 3) if row.sequences else len(row.operands)
    at = []
    for k in range(2 * COPIES):
        numbers = [rng.choice(SINGULAR) if k % 2 else rng.uniform(-3, 3) for _ in range(count)]
        if row.name in ("ldexp", "round", "sinc_n", "polygamma"):
            numbers[row.operands.index("n")] = float(rng.randrange(0, 4))
        at.append(numbers)
    whole = range(2 * COPIES * count)
    results = range(len(whole), len(whole) + len(at))
    together = [Instruction(row, tuple(whole[k * count : (k + 1) * count])) for k in range(len(at))]
    run, _ = machine.compiled(Program(len(whole), together, [*results], []))
    found = run([x for numbers in at for x in numbers])
    alone, _ = machine.compiled(Program(count, [Instruction(row, tuple(range(count)))], [count], []))
    # As in a program of machine code: libm's gamma is another, and a cancelling sum may be fused.
    bar = {"gamma": 16, "gamma_x": 16, "dot": 2**12, "pow_xy": 2**12}.get(row.name, 10)
    for numbers, got in zip(at, found, strict=True):
        wanted = row.value(*row.arranged(tuple(numbers)))
        for x in (got, alone(numbers)[0]):
            if math.isfinite(wanted) and row.name != "lgamma":
                assert abs(x - wanted) <= bar * math.ulp(wanted), (numbers, x, wanted)
            else:
                assert x == pytest.approx(wanted, abs=1e-15, rel=1e-13, nan_ok=True), numbers


def test_decisions_are_checked_in_runs_and_alone() -> None:
    def f(*xs):
        total = 0.0
        for x in xs:
            total = total + (x * x if x > 0 else -x) + int(x) * x
        return total + round(xs[0]) + math.floor(xs[1] * xs[2])

    compiled = jit(grad(f, tuple(range(20))), backend="llvm", limit=100)
    rng = random.Random(4)
    for _ in range(8):
        at = [rng.uniform(-3, 3) for _ in range(20)]
        for _ in range(2):
            assert list(compiled(*at)) == pytest.approx(list(grad(f, tuple(range(20)))(*at)), rel=1e-12)
    assert len(compiled.programs) == 8
    assert {program.backend for program in compiled.programs} == {"llvm"}


@pytest.mark.parametrize("count", [1, 9])
@pytest.mark.parametrize("outcome", [0.0, -0.0, 1.5, math.nan, math.inf])
def test_a_decision_by_all_bits_holds_for_these_alone(count: int, outcome: float) -> None:
    guards = [Guard(float, (k,), outcome, "") for k in range(count)]
    run, _ = machine.compiled(Program(count, [], [0], guards))
    for x in (0.0, -0.0, 1.5, math.nan, math.inf, -math.inf):
        holds = repr(x) == repr(outcome)
        assert (run([outcome] * (count - 1) + [x]) is not None) is holds


def test_a_decision_without_machine_code_is_left_to_python() -> None:
    program = Program(1, [], [0], [Guard(lambda x: x, (0,), True, "")])
    assert machine.compiled(program) is None


def test_handlers_are_kept_on_the_disk_and_made_again_after_damage(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("AUTOGRAD_LITE_CACHE", str(tmp_path))
    at = [k / 7 for k in range(COPIES)]
    found, contents = [], []
    for _ in range(3):
        interpreter._compiled.cache_clear()  # as another process would begin
        found.append(jit(lambda *xs: [sin(x) * x for x in xs], backend="llvm")(*at))
        contents.append({path.name: path.read_bytes() for path in tmp_path.iterdir()})
        for path in tmp_path.iterdir():
            if len(found) == 2:
                path.write_bytes(path.read_bytes()[:100])
    assert found[0] == found[1] == found[2] == pytest.approx([sin(x) * x for x in at], rel=1e-15)
    assert contents[0] == contents[1] == contents[2]
    assert len(contents[0]) == 3  # sines and products in runs, and the end


def test_what_a_row_of_python_raises_passes_through() -> None:
    class Refused(Exception):
        pass

    def value(x: float) -> float:
        if x > 100:
            raise Refused
        return x + 1

    refusing = primitive("refusing(x)", value, "1")
    compiled = jit(lambda *xs: [refusing(x) for x in xs], backend="llvm")
    at = [float(k) for k in range(COPIES)]
    assert compiled(*at) == [x + 1 for x in at]
    with pytest.raises(Refused):
        compiled(*at[1:], 101.0)
    assert compiled(*at) == [x + 1 for x in at]


def test_constants_keep_their_signs_and_have_kinds_of_their_own_while_these_are_few() -> None:
    powers = [k / 4 for k in range(3 * runs.SPECIAL)]
    compiled = jit(lambda x: [pow(x, y) for y in powers] + [x * 0.0, x * -0.0, 3.0], backend="llvm")
    for x in (1.7, 0.3):
        assert compiled(x) == pytest.approx([x**y for y in powers] + [0.0, 0.0, 3.0], rel=1e-15)
        assert math.copysign(1.0, compiled(x)[-2]) == -1.0
    program = compiled.programs[0].program
    assert (
        len(runs.Runs(program, strict=False).kinds) == runs.SPECIAL + 2
    )  # powers with and without a constant, and products


def test_what_repeats_is_one_run_and_what_can_wait_becomes_one() -> None:
    def chain(x):
        for _ in range(40):
            x = sin(x) * 1.01
        return x

    compiled = jit(value_and_grad(chain), backend="llvm")
    assert compiled(0.3) == pytest.approx(value_and_grad(chain)(0.3), rel=1e-14)
    order = runs.Runs(compiled.programs[0].program, strict=False)
    lengths = numpy.diff(order.bounds).tolist()
    assert max(lengths) == 40  # the cosines, of all steps
    assert sorted(order.order.tolist()) == list(range(len(order.order)))


@pytest.mark.parametrize("strict", [False, True])
def test_a_chain_of_additions_is_one_sum_with_the_infinities_of_its_order(strict: bool) -> None:
    def f(xs):
        total = 0.5
        for k, x in enumerate(xs):
            total = x * x * x + total if k % 3 else total + x
        return total

    compiled = jit(f, backend="llvm", strict=strict)
    rng = random.Random(6)
    at = [rng.uniform(-2, 2) for _ in range(101)]
    assert compiled(at) == pytest.approx(f(at), rel=1e-13)
    for huge in (1e103, -1e200, 1e308, -math.inf, math.nan):
        for place in (0, 50, 51, 99):
            moved = [*at[:place], huge, *at[place + 1 :]]
            assert compiled(moved) == pytest.approx(f(list(map(Value, moved))).data, rel=1e-13, nan_ok=True)
    order = runs.Runs(compiled.programs[0].program, strict=strict)
    assert (None in [kind.what for kind in order.kinds]) is not strict
    # In another order this would be finite.
    at = [k * 1e308 for k in (1.0, 0.0, 0.0, 1.0, 0.0, 0.0, -1.0)] + [0.0] * 94
    assert compiled(at) == math.inf


def network(parameters, samples):
    """The outputs of a small network for many samples, summed: a wide graph."""
    total = 0.0
    for sample in samples:
        hidden = [
            relu(sum(w * x for w, x in zip(parameters[k : k + 2], sample, strict=True))) for k in range(16)
        ]
        total = total + tanh(sum(w * h for w, h in zip(parameters, hidden, strict=False)))
    return total


def test_a_wide_graph_is_interpreted_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "INTERPRETED", THRESHOLD)
    rng = random.Random(5)
    samples = [[rng.uniform(-1, 1) for _ in range(2)] for _ in range(150)]
    step = value_and_grad(lambda p: network(p, samples))
    compiled = jit(step, backend="llvm")
    kinds = interpreter._compiled.cache_info
    before = kinds().hits + kinds().misses
    for _ in range(3):
        at = [rng.uniform(-1, 1) for _ in range(18)]
        value, slopes = compiled(at)
        expected, gradient = step(at)
        assert value == pytest.approx(expected, rel=1e-12)
        assert slopes == pytest.approx(gradient, rel=1e-12, abs=1e-12)
    assert compiled.stats["instructions"] > THRESHOLD
    assert kinds().hits + kinds().misses > before


def test_a_deep_chain_has_the_bits_of_eager() -> None:
    def chain(x):
        for _ in range(3000):
            x = x * 0.999 + 0.001
        return x

    both = value_and_grad(chain)
    compiled = jit(both, backend="llvm")
    assert bits(compiled(0.5)) == eager(both, 0.5)
    assert bits(compiled(-2.0)) == eager(both, -2.0)


def test_a_call_within_a_call_has_memory_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "LARGEST", 20)  # so that the memory is not on the stack
    depth = []

    def value(x: float) -> float:
        if depth or not running:
            return 2 * x
        depth.append(x)
        try:
            return 2 * x + 0 * sum(compiled(*[y + 1 for y in range(COPIES)]))
        finally:
            depth.pop()

    running = []
    calling = primitive("calling(x)", value, "2")
    compiled = jit(lambda *xs: [calling(x) * x + 1 for x in xs], backend="llvm")
    at = [float(k) for k in range(COPIES)]
    expected = [2 * x * x + 1 for x in at]
    assert compiled(*at) == expected
    running.append(True)
    assert compiled(*at) == expected
    assert compiled(*at) == expected


def test_programs_of_constants_inputs_and_nothing() -> None:
    for program in (
        Program(0, [], [], []),
        Program(2, [], [1, 0, 2.5, -0.0], []),
        Program(1, [Instruction(TABLE["sin"], (0,))], [], []),
    ):
        numbers = [0.25, 4.0][: program.inputs]
        run, _ = machine.compiled(program)
        assert bits(list(run(numbers))) == bits(python.walked(program, numbers))
