"""Results written to a caller's arrays: the same bits, in the very arrays that were given."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from autograd_lite import Value, exp, jit, mean, no_grad, norm_cdf, sin, tanh, value_and_grad, vmap

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

X = numpy.random.default_rng(1).uniform(-2, 2, (10_001, 2))


def loss(w, x, k):
    """Of one sample; it branches."""
    y = w[0] * x[0] + tanh(w[1] * x[1]) * k
    return y * norm_cdf(y) if x[0] > 0 else exp(-y)


def same(found, expected) -> bool:
    return all(a.tobytes() == b.tobytes() for a, b in zip(found, expected, strict=True))


def plain(shape):
    return numpy.full(shape, numpy.nan)


def reversed_rows(shape):
    return numpy.full(shape, numpy.nan)[::-1]


def every_other(shape):
    return numpy.full((*shape[:-1], 2 * shape[-1]), numpy.nan)[..., ::2]


def misaligned(shape):
    size = int(numpy.prod(shape))
    return numpy.frombuffer(bytearray(8 * size + 1), offset=1).reshape(shape)


@pytest.mark.parametrize("count", [1, 5, 64, 10_001])
@pytest.mark.parametrize("new", [plain, reversed_rows, every_other, misaligned])
@pytest.mark.parametrize("threads", [1, 2])
def test_samples_are_written_to_the_arrays(count: int, new, threads: int) -> None:
    compiled = jit(vmap(value_and_grad(loss), in_axes=(None, 0, None)), threads=threads)
    w, x = numpy.array([0.5, -0.3]), X[:count]
    expected = compiled(w, x, 2.0)
    out = new((count,)), new((count, 2))
    assert compiled.into(out)(w, x, 2.0) is out
    assert same(out, expected)


@pytest.mark.parametrize("backend", ["python", "llvm"])
def test_the_memory_given_is_the_memory_written(backend: str) -> None:
    memory = numpy.zeros((3, 8))
    before = memory.__array_interface__["data"]
    compiled = jit(vmap(lambda x, y: {"s": sin(x), "xy": (x * y, y)}), backend=backend)
    x, y = X[:8].T
    found = compiled.into({"s": memory[0], "xy": (memory[1], memory[2])})(x, y)
    assert numpy.shares_memory(found["s"], memory)
    assert memory.__array_interface__["data"] == before
    assert memory.tolist() == [compiled(x, y)["s"].tolist(), (x * y).tolist(), y.tolist()]


def test_results_may_overwrite_the_arguments() -> None:
    compiled = jit(vmap(lambda x, y: (y + 1.0, x * y if x > 0 else -x)))
    for x, y in (X[:1003].T.copy(), X[:1003].T):
        expected = compiled(x.copy(), y.copy())
        x, y = x.copy(), y.copy()
        compiled.into((x, y))(x, y)
        assert same((x, y), expected)


def total(w, X):
    return mean(vmap(lambda w, x: (w[0] * x[0] - sin(w[1] * x[1])) ** 2, in_axes=(None, 0))(w, X))


def test_plain_functions_and_sums_write_to_arrays_too() -> None:
    step, w = jit(value_and_grad(total)), numpy.array([0.5, -0.3])
    out = numpy.zeros(()), plain((2,))
    assert step.into(out)(w, X) is out
    assert same(out, [numpy.array(x) for x in step(w, X)])
    rows = every_other((3, 4))
    x = numpy.arange(12.0).reshape(3, 4)
    assert jit(lambda x, out: sin(x[0, 0]) + out * x).into(rows)(x, out=2.0) is rows  # its own `out`
    assert rows.tolist() == (2 * x).tolist()


def test_split_samples_are_written_to_the_arrays() -> None:
    compiled = jit(vmap(value_and_grad(loss), in_axes=(None, 0, None)))
    w, out = numpy.array([0.5, -0.3]), (plain((1001,)), every_other((1001, 2)))
    with ThreadPoolExecutor(2) as pool:
        assert compiled.split(pool, shards=5).into(out)(w, X[:1001], 2.0) is out
    assert same(out, compiled(w, X[:1001], 2.0))


def frozen(shape):
    array = numpy.zeros(shape)
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("out", "error", "words"),
    [
        (plain(3), ValueError, r"with arrays at out\[0\], out\[1\]; got out$"),
        ((plain(3), plain(3), plain(3)), ValueError, r"got out\[0\], out\[1\], out\[2\]"),
        ((plain(3), plain(4)), ValueError, r"out\[1\]: expected shape \(3,\), got \(4,\)"),
        ((plain(3), 1.0), TypeError, r"out\[1\]: expected an array of float64 of shape \(3,\), got float"),
        ((plain(3), numpy.zeros(3, numpy.float32)), TypeError, "got one of float32"),
        ((plain(3), frozen(3)), ValueError, r"out\[1\]: .* got a read-only one"),
        (None, TypeError, "into: out: expected .* got NoneType"),
    ],
)
def test_errors_say_what_arrays_are_wanted(out, error, words: str) -> None:
    compiled = jit(vmap(lambda x: (x, sin(x))))
    with pytest.raises(error, match=words):
        compiled.into(out)(X[:3, 0])


def test_a_derivative_is_not_lost_in_an_array() -> None:
    w, out = Value(2.0), plain(3)
    for compiled, given in [
        (jit(vmap(lambda x: w * x)), [X[:3, 0]]),
        (jit(lambda x: w * x), [X[:3, 0]]),
        (jit(vmap(lambda x, k: k * x, in_axes=(0, None))), [X[:3, 0], w]),
    ]:
        with pytest.raises(TypeError, match=r"depends on a Value.*under no_grad"):
            compiled.into(out)(*given)
    with no_grad():
        assert jit(vmap(lambda x: w * x)).into(out)(X[:3, 0]).tolist() == (2.0 * X[:3, 0]).tolist()
        out[:] = 0
        assert jit(lambda x: w * x).into(out)(X[:3, 0]).tolist() == (2.0 * X[:3, 0]).tolist()


def test_samples_beyond_the_limit_are_written_too() -> None:
    out = plain(5)
    with pytest.warns(RuntimeWarning, match="recorded 2 times"):
        jit(vmap(lambda x: x * int(x)), limit=2).into(out)([0.5, 1.5, 2.5, 3.5, 4.5])
    assert out.tolist() == [0.0, 1.5, 5.0, 10.5, 18.0]
