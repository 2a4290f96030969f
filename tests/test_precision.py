"""Compiled functions of single precision."""

import math

import pytest

from autograd_lite import Value, exp, grad, jit, mean, no_grad, sin, tanh, value_and_grad, vmap
from autograd_lite.compiler.precision import narrowed

numpy = pytest.importorskip("numpy")

single = numpy.float32


@pytest.mark.parametrize("dtype", ["float32", numpy.float32, numpy.dtype("float32")])
def test_numbers_are_rounded_to_single_precision_on_the_way_in_and_out(dtype) -> None:
    f = jit(lambda x, y: {"sum": x + y, "both": [x / y, x]}, dtype=dtype)
    for _ in range(2):
        x, y = float(single(0.1)), float(single(0.3))
        assert f(0.1, 0.3) == {"sum": float(single(x + y)), "both": [float(single(x / y)), x]}
    assert jit(lambda x: x * 1e30, dtype=dtype)(1e30) == math.inf
    assert jit(lambda x: x * 1e30, dtype=dtype)(1e60) == math.inf
    with pytest.raises(ValueError, match='expected "float64" or "float32" as the dtype, got'):
        jit(sin, dtype="float16")


def test_arrays_are_of_single_precision() -> None:
    x = numpy.linspace(-1, 1, 7)
    f = jit(value_and_grad(lambda x: sum(sin(v) * exp(v) for v in x)), dtype="float32")
    for given in (x, x.astype(single)):
        value, slopes = f(given)
        expected = value_and_grad(lambda x: sum(sin(v) * exp(v) for v in x))(x.astype(single).astype(float))
        assert value == float(single(expected[0]))
        assert slopes.dtype == single
        assert slopes == pytest.approx(expected[1].astype(single), rel=2e-7)
    out = numpy.zeros((), single), numpy.zeros(7, single)
    assert f.into(out)(x) is out
    assert out[0] == value
    assert (out[1] == slopes).all()
    with pytest.raises(TypeError, match="expected an array of float32 of shape"):
        f.into((numpy.zeros(()), numpy.zeros(7)))(x)


@pytest.mark.parametrize("backend", ["llvm", "python"])
@pytest.mark.parametrize("count", [1, 5, 40])
def test_samples_of_single_precision(backend: str, count: int) -> None:
    if backend == "llvm":
        pytest.importorskip("llvmlite")
    rng = numpy.random.default_rng(count)
    X, k = rng.uniform(-1, 1, (count, 3)).astype(single), rng.uniform(1, 2, count).astype(single)

    def f(x, k, c):
        return (x[0] * k - tanh(x[1]) if x[2] > 0 else exp(k * c)), [x[2]]

    compiled = jit(vmap(f, in_axes=(0, 0, None)), dtype="float32", backend=backend)
    expected = vmap(f, in_axes=(0, 0, None))(X.astype(float), k.astype(float), float(single(0.1)))
    for rows in (X, numpy.asfortranarray(X), X.astype(float)):
        first, (second,) = compiled(rows, k, 0.1)
        assert first.dtype == second.dtype == single
        assert first == pytest.approx(expected[0], rel=1e-7)
        assert (second == X[:, 2]).all()
    out = numpy.empty(count, single), [numpy.empty(2 * count, single)[::2]]
    compiled.into(out)(X, k, 0.1)
    assert (out[0] == first).all()
    assert (out[1][0] == second).all()
    assert compiled(X.tolist(), k.tolist(), 0.1)[0] == first.tolist()


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_sums_over_samples_read_single_precision_where_it_is(dtype: str) -> None:
    pytest.importorskip("llvmlite")

    def total(p, X, y):
        return mean(vmap(lambda p, x, y: (p[0] * x[0] + p[1] * x[1] - y) ** 2, in_axes=(None, 0, 0))(p, X, y))

    rng = numpy.random.default_rng(1)
    step = jit(value_and_grad(total), dtype=dtype)
    for count in (20, 3):
        X, y = rng.uniform(-1, 1, (count, 2)).astype(single), rng.uniform(-1, 1, count).astype(single)
        value, slopes = step(numpy.array([0.5, 0.25]), X, y)
        expected = value_and_grad(total)([0.5, 0.25], X.astype(float), y.astype(float))
        rel = 1e-7 if dtype == "float32" else 1e-14
        assert value == pytest.approx(expected[0], rel=rel)
        assert slopes == pytest.approx(expected[1], rel=rel)
        assert slopes.dtype == dtype
    assert len(step.programs) == 1
    again = step(numpy.array([0.5, 0.25]), X.astype(float) + 1e-9, y)  # whose digits are not lost
    if dtype == "float64":
        assert len(step.programs) == 2
        assert again[0] != value


def test_values_stay_what_they_are() -> None:
    w = Value(0.1)
    f = jit(lambda x: w * x, dtype="float32")
    y = f(0.1)
    y.backward()
    assert w.grad == float(single(0.1))
    with no_grad():
        assert f(0.1).data == 0.1 * float(single(0.1))
    compiled = jit(grad(lambda x: x * x * w), dtype="float32")
    assert compiled(3.0).data == pytest.approx(0.6)
    assert narrowed({"a": [1, True, w]}, "f") == {"a": [1.0, 1.0, w]}
    with pytest.raises(TypeError, match="<lambda>: argument 0: expected a number"):
        jit(lambda x: x, dtype="float32")("1")
