"""Random expressions of the table: every mode gives the same derivative, and it is the slope."""

import functools
import math

import pytest
from expressions import program
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_lite import Value, grad, hessian, jvp, value_and_grad
from autograd_lite.differences import one_sided, slope
from autograd_lite.primitives import TABLE


def on_values(name, *operands):
    return TABLE[name].function(*operands)


seeds = st.integers(0, 2**32)
steady = settings(max_examples=120, deadline=None, derandomize=True)


def close(a: float, b: float, size: float, relative: float) -> bool:
    return abs(a - b) <= relative * max(1e-6, abs(a), abs(b), size)


@steady
@given(seeds)
def test_reverse_forward_and_recorded_sweeps_agree(seed: int) -> None:
    expression = program(seed)

    def f(*xs):
        return expression.run(on_values, *xs)

    at = expression.at
    places = tuple(range(len(at)))
    value, gradient = value_and_grad(f, places)(*at)
    assert value == expression.run(lambda name, *xs: TABLE[name].value(*xs), *at)
    if not all(map(math.isfinite, gradient)):
        return
    size = max(map(abs, gradient))
    live = Value(0.0)
    recorded = grad(lambda *xs: f(*xs) + live, places)(*at)
    leaves = [Value(x) for x in at]
    root = f(*leaves)
    if type(root) is Value:  # not where all inputs were left out
        root.backward(create_graph=True)
    for i in places:
        tangent = jvp(f, at, [float(i == j) for j in places])[1]
        # The same products in another order: 1e-10 of the greatest leaves room for cancellation.
        assert close(tangent, gradient[i], size, 1e-10)
        assert close(float(getattr(recorded[i], "data", recorded[i])), gradient[i], size, 1e-10)
        created = leaves[i].grad
        assert close(float(getattr(created, "data", created)), gradient[i], size, 1e-10)


@steady
@given(seeds)
def test_gradients_are_slopes(seed: int) -> None:
    expression = program(seed)

    def value(name, *xs):
        return TABLE[name].value(*xs)

    at = expression.at
    gradient = grad(lambda *xs: expression.run(on_values, *xs), tuple(range(len(at))))(*at)
    for i, partial in enumerate(gradient):

        def along(x: float, i: int = i) -> float:
            return expression.run(value, *at[:i], x, *at[i + 1 :])

        measured = slope(along, at[i])
        left, right = one_sided(along, at[i])
        # A jump or a kink between the steps tells itself by its sides; x // y has many.
        if max(measured.error, left.error, right.error) < 1e-5 and left.agrees(right.value, 1e-5):
            assert measured.agrees(partial, 1e-4), (expression.steps, at, i)


@settings(max_examples=35, deadline=None, derandomize=True)
@given(seeds)
def test_second_derivatives_are_symmetric_and_slopes_of_the_gradient(seed: int) -> None:
    expression = program(seed)
    at = expression.at

    def f(*xs):
        return expression.run(on_values, *xs)

    matrix = hessian(f)(*at) if len(at) > 1 else [[hessian(f)(*at)]]
    flat = [x for row in matrix for x in row]
    if not all(map(math.isfinite, flat)):
        return
    size = max(map(abs, flat))

    @functools.cache  # for every i the same points
    def gradient(j: int, x: float) -> tuple[float, ...]:
        return grad(f, tuple(range(len(at))))(*at[:j], x, *at[j + 1 :])

    for i in range(len(at)):
        for j in range(len(at)):
            assert close(matrix[i][j], matrix[j][i], size, 1e-8)

            def along(x: float, i: int = i, j: int = j) -> float:
                return gradient(j, x)[i]

            measured = slope(along, at[j])
            left, right = one_sided(along, at[j])
            if max(measured.error, left.error, right.error) < 1e-6 and left.agrees(right.value, 1e-5):
                assert measured.agrees(matrix[i][j], 1e-4), (expression.steps, at, i, j)


@pytest.mark.parametrize("seed", range(30))
def test_backward_twice_is_exactly_twice(seed: int) -> None:
    expression = program(seed)
    leaves = [Value(x) for x in expression.at]
    root = expression.run(on_values, *leaves)
    if type(root) is not Value:
        return
    root.backward()
    once = [leaf.grad for leaf in leaves]
    root.backward()
    for leaf, gradient in zip(leaves, once, strict=True):
        assert leaf.grad == 2 * gradient or math.isnan(gradient)
