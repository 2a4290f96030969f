"""Compiled programs of natural size: as deep and as wide as eager graphs are, gradients and all."""

import math

import pytest

from autograd_lite import fsum, jit, logsumexp, sin, value_and_grad
from autograd_lite.compiler import assembly

pytest.importorskip("llvmlite")
pytest.importorskip("numpy")
machine = pytest.importorskip("autograd_lite.compiler.machine")

DEEP = 50_000  # of two operations each


def test_a_chain_of_more_than_a_hundred_thousand_operations_and_its_gradient() -> None:
    rate = 1 + 1e-5

    def chain(x):
        x = x * x
        for _ in range(DEEP):
            x = x * rate + 1e-5
        return sin(x)

    compiled = jit(value_and_grad(chain))
    grown = rate**DEEP
    for x in (0.5, -0.7):
        inner = x * x * grown + (grown - 1)  # a geometric series
        assert compiled(x) == pytest.approx((math.sin(inner), math.cos(inner) * grown * 2 * x), rel=1e-10)
    (program,) = compiled.programs
    assert program.backend == "llvm"
    assert len(program.program.instructions) > 2 * DEEP


def test_every_decision_of_a_long_program_is_checked() -> None:
    links, rate = 10_500, 1 + 1e-4

    def chain(x):
        for _ in range(links):
            x = (x + 1e-4 * x) if x < 1.0 else -x
        return x

    compiled = jit(value_and_grad(chain))
    edge = rate ** (1 - links)  # from there on the last decision alone is another
    for factor in (0.999, 1.0001 - 1e-6, 0.5, 1.00005):
        x = edge * factor
        slope = rate**links if factor < 1 else -(rate ** (links - 1))
        assert compiled(x) == pytest.approx((x * slope, slope), rel=1e-11)
    above, below = sorted(compiled.programs, key=lambda program: len(program.program.instructions))
    assert below.backend == above.backend == "llvm"
    assert len(below.program.guards) == len(above.program.guards) == links
    assert len(below.program.instructions) > machine.INTERPRETED


def test_sums_of_very_many_numbers_are_those_of_eager_code(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembly, "WIDEST", 100)  # as if these were many
    count = 101
    xs = [math.sin(k) * 10.0 ** (k % 17) for k in range(count)]
    assert jit(fsum)(xs) == fsum(xs)
    value, gradient = jit(value_and_grad(logsumexp))([k / count for k in range(count)])
    # A geometric series.
    assert value == pytest.approx(math.log(math.expm1(1.0) / math.expm1(1 / count)), rel=1e-14)
    assert gradient[7] == pytest.approx(math.exp(7 / count - value), rel=1e-13)
