"""Where samples lie: in_axes and out_axes with JAX's meaning, eager and compiled, against closed forms."""

from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from autograd_lite import fsum, grad, jit, mean, sin, value_and_grad, vmap

numpy = pytest.importorskip("numpy")
pytest.importorskip("llvmlite")

A = numpy.arange(24.0).reshape(2, 3, 4)
B = numpy.array([1.0, -2.0, 3.0])
either = pytest.mark.parametrize("run", [lambda f: f, jit], ids=["eager", "compiled"])


class Pair(NamedTuple):
    x: Any
    y: Any


@dataclass
class Line:
    slope: Any
    points: Any


@either
def test_negative_axes_count_from_the_end(run) -> None:
    for axis, other in ((-1, 2), (-2, 1), (-3, 0)):
        found = run(vmap(lambda a: 2 * a, in_axes=axis))(A)
        assert found.tolist() == (2 * numpy.moveaxis(A, other, 0)).tolist()
    assert run(vmap(sin, in_axes=-1))([0.0, 0.0]) == [0.0, 0.0]
    assert (
        run(vmap(lambda a, b: a * b, in_axes=(-2, None)))(A, 2.0).tolist()
        == (2 * A.transpose(1, 0, 2)).tolist()
    )


@either
def test_a_structure_of_axes_follows_the_argument(run) -> None:
    x, w = B, 2.0
    assert run(vmap(lambda p: p["w"] * p["x"], in_axes=({"x": 0, "w": None},)))(
        {"w": w, "x": x}
    ).tolist() == [2.0, -4.0, 6.0]
    f = run(vmap(lambda p, k: p[0] * fsum(p[1][0]) - p[1][1] + k, in_axes=((None, (1, 0)), None)))
    expected = w * A[0].sum(axis=0) - numpy.arange(4.0) + 5
    assert f((w, (A[0], numpy.arange(4.0))), 5.0).tolist() == expected.tolist()
    # An axis for a whole part of the structure, as for a prefix of a tree.
    f = run(vmap(lambda p: p["a"]["b"] * p["a"]["c"][0] + p["d"], in_axes=({"a": 0, "d": None},)))
    assert f({"a": {"b": x, "c": (x,)}, "d": w}).tolist() == (x * x + w).tolist()


@either
def test_lists_tuples_and_dataclasses_of_axes(run) -> None:
    assert run(vmap(lambda p: p[0] * p[1], in_axes=([0, None],)))([B, 2.0]).tolist() == (2 * B).tolist()
    assert run(vmap(lambda x, y: x * y, in_axes=[0, None]))(B, 2.0).tolist() == (2 * B).tolist()
    for axes in (Pair(0, None), (0, None)):
        assert run(vmap(lambda p: p.x - p.y, in_axes=(axes,)))(Pair(B, 2.0)).tolist() == (B - 2).tolist()
    f = run(vmap(lambda line: line.slope * line.points, in_axes=(Line(None, 0),)))
    assert f(Line(2.0, B)).tolist() == (2 * B).tolist()


@either
def test_keyword_arguments_have_axis_0(run) -> None:
    f = run(vmap(lambda x, *, k: fsum(x) * k, in_axes=1))
    assert f(A[0], k=numpy.arange(4.0)).tolist() == (A[0].sum(axis=0) * numpy.arange(4.0)).tolist()


@either
def test_out_axes_say_where_the_samples_go(run) -> None:
    for axis in (0, 1, 2, -1, -2, -3):
        found = run(vmap(lambda a: 2 * a, out_axes=axis))(A)
        assert found.tolist() == (2 * numpy.moveaxis(A, 0, axis)).tolist()
    f = run(vmap(lambda a, b: {"p": (a * b, b), "q": a}, in_axes=(1, 0), out_axes={"p": (1, 0), "q": -1}))
    found = f(A, B)
    assert found["p"][0].tolist() == (A * B[:, None]).tolist()
    assert found["p"][1].tolist() == B.tolist()
    assert found["q"].tolist() == A.transpose(0, 2, 1).tolist()


def test_arrays_for_results_have_the_samples_there_too() -> None:
    memory = numpy.zeros((5, 3, 4, 2))
    found = jit(vmap(lambda a: 2 * a, out_axes=-1)).into(memory[2])(A)
    assert numpy.shares_memory(found, memory)
    assert memory[2].tolist() == (2 * numpy.moveaxis(A, 0, -1)).tolist()
    assert not memory[[0, 1, 3, 4]].any()


@either
def test_a_vmap_of_a_vmap_is_an_outer_product(run) -> None:
    x, y = numpy.array([1.0, 2.0, 3.0]), numpy.array([10.0, 20.0])
    rows = vmap(lambda x, y: x * y, in_axes=(0, None))
    assert run(vmap(rows, in_axes=(None, 0)))(x, y).tolist() == numpy.outer(y, x).tolist()
    assert run(vmap(rows, in_axes=(None, 0), out_axes=1))(x, y).tolist() == numpy.outer(x, y).tolist()
    assert run(vmap(vmap(vmap(lambda a: a + 1))))(A).tolist() == (A + 1).tolist()
    assert run(vmap(vmap(lambda a: fsum(a), in_axes=1), in_axes=1))(A).tolist() == A.sum(axis=0).tolist()


@either
def test_sums_within_each_sample(run) -> None:
    f = vmap(lambda row: mean(vmap(lambda x: x * x)(row)))
    assert run(f)(A[0]).tolist() == pytest.approx((A[0] ** 2).mean(axis=1))
    g = vmap(grad(lambda row: 1 + mean(vmap(lambda x: x * x)(row))))
    assert run(g)(A[0]).tolist() == pytest.approx(A[0] / 2)


@either
def test_sums_over_samples_take_the_same_axes(run) -> None:
    def total(p, k):
        losses = vmap(lambda p, k: (p["w"] * p["x"][0] - k) ** 2, in_axes=({"w": None, "x": -1}, None))
        return mean(losses(p, k))

    x = A[0]
    value, gradient = run(value_and_grad(lambda w, x, k: total({"w": w, "x": x}, k)))(0.5, x, 2.0)
    assert value == pytest.approx(((0.5 * x[0] - 2) ** 2).mean())
    assert gradient == pytest.approx((2 * (0.5 * x[0] - 2) * x[0]).mean())


@either
@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda run: run(vmap(sin, in_axes="0")), "in_axes must be an axis, None for what all samples share"),
        (lambda run: run(vmap(sin, in_axes=(True,))), r"in_axes\[0\] must be an axis.* got True"),
        (lambda run: run(vmap(sin, in_axes=({"a": 0.5},))), r"in_axes\[0\]\['a'\] must be an axis.* got 0.5"),
        (lambda run: run(vmap(sin, in_axes={"x": 0})), "a tuple with one for each argument, got a dict"),
        (lambda run: run(vmap(sin, out_axes=None)), "out_axes must be an axis, or a tuple.* got None"),
        (lambda run: run(vmap(sin))(1.0), "argument 0: expected samples along axis 0, got a number; in_axes"),
        (lambda run: run(vmap(max))([1.0], y=2.0), "y: expected samples along axis 0, got a number"),
        (lambda run: run(vmap(sin, in_axes=-4))(A), "along axis -4, got an array of 3 dimensions"),
        (
            lambda run: run(vmap(fsum, in_axes=-1))([[1.0]]),
            "along axis -1, got a list, which has axis 0 alone",
        ),
        (
            lambda run: run(vmap(fsum, in_axes=({"a": 0},)))({"a": B, "b": B}),
            r"argument 0: the axes are for \['a'\], but this is a dict with \['a'\], \['b'\]",
        ),
        (lambda run: run(vmap(fsum, in_axes=((0, 1),)))(A), r"for \[0\], \[1\], but this is an array"),
        (
            lambda run: run(vmap(lambda p: p["a"], in_axes=({"a": 0},)))({"a": {"b": 1.0}}),
            r"argument 0\['a'\]\['b'\]: expected samples along axis 0, got a number",
        ),
        (lambda run: run(vmap(lambda x: x, out_axes=1))(B), "along axis 1, got a number"),
        (lambda run: run(vmap(lambda x: {"a": x}, out_axes={"a": 3}))(A), r"\['a'\]: .* of 3 dimensions"),
        (lambda run: run(vmap(lambda x: x, out_axes=(0, 1)))(A), "the axes are for .* but this is an array"),
        (
            lambda run: run(lambda x: mean(vmap(lambda x: x, out_axes=1)(x)))(B),
            "along axis 1, got a number",
        ),
    ],
)
def test_errors_say_which_axis_is_missing(run, call, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        call(run)
