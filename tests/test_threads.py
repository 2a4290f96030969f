"""Compiled functions and threads: those that `threads=` starts, and those that call one function together."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from autograd_lite import exp, jit, mean, primitive, sin, tanh, value_and_grad, vmap

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

W = [0.5, -0.3]
X = numpy.random.default_rng(1).uniform(-1, 1, (10_007, 2))


def total(w, X):
    return mean(vmap(lambda w, x: (tanh(w[0] * x[0]) + w[1] - x[1]) ** 2, in_axes=(None, 0))(w, X))


def branching(x):
    if x > 1:
        return exp(-x)
    return sin(x) if x > 0 else x * x if x > -1 else 1 / x


def test_sums_by_threads_have_the_same_bits_in_every_run() -> None:
    compiled = [jit(value_and_grad(total), threads=3) for _ in range(2)]
    found = {repr(step(W, X)) for step in compiled for _ in range(20)}
    assert len(found) == 1
    assert compiled[0](W, X)[0] == pytest.approx(jit(value_and_grad(total))(W, X)[0], rel=1e-14)


def test_the_parts_of_the_samples_run_at_the_same_time() -> None:
    meeting = threading.Barrier(2, timeout=20)

    def meet(x: float) -> float:
        if x == 1:
            meeting.wait()  # raises BrokenBarrierError if the other does not come
        return x

    met = primitive("met(x)", meet, "1")
    x = numpy.zeros(1000)
    x[[10, 510]] = 1.0
    assert jit(vmap(lambda x: met(x) + 1), threads=2)(x).sum() == 1002.0


@pytest.mark.parametrize("of_samples", [False, True])
def test_many_threads_may_call_a_function_that_branches(of_samples: bool) -> None:
    points = numpy.random.default_rng(2).uniform(-3, 3, (64, 40))
    f = jit(vmap(branching)) if of_samples else jit(branching)
    start = threading.Barrier(8)

    def run(rows):
        start.wait()
        return [list(f(row)) if of_samples else [f(x) for x in row] for row in rows.tolist() * 2]

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(run, numpy.split(points, 8)))
    for rows, results in zip(numpy.split(points, 8), found, strict=True):
        expected = [[branching(x) for x in row] for row in rows.tolist()] * 2
        assert numpy.allclose(results, expected, rtol=1e-13, atol=0)
    assert len(f.programs) == 4
