"""Functions made of rows, and the fused rows' gradients where they are delicate."""

import gc
import math
from typing import Any

import pytest

import autograd_lite
from autograd_lite import (
    Value,
    check_grad,
    clip,
    exp,
    fsum,
    grad,
    hessian,
    jit,
    log,
    log_softmax,
    logsumexp,
    no_grad,
    norm,
    prod,
    relu,
    softmax,
    sqrt,
    sumprod,
    value_and_grad,
    where,
)


def test_logsumexp_of_large_infinite_and_no_numbers() -> None:
    assert logsumexp([1000.0, 1000.0]) == pytest.approx(1000 + math.log(2), rel=1e-15)
    assert grad(logsumexp)([1000.0, 1000.0]) == [0.5, 0.5]
    assert logsumexp([-math.inf, -math.inf]) == -math.inf
    assert grad(logsumexp)([-math.inf, -math.inf]) == [0.5, 0.5]
    assert logsumexp([math.inf, 0.0]) == math.inf
    assert grad(logsumexp)([math.inf, 0.0]) == [1.0, 0.0]
    assert math.isnan(logsumexp([math.nan, 1.0]))
    with pytest.raises(ValueError, match="logsumexp: expected at least one number, got none"):
        logsumexp([])
    assert grad(logsumexp)([3.0]) == [1.0]
    live = Value(0.0)
    third = grad(lambda xs: logsumexp(xs) + live)([-math.inf] * 3)
    assert [float(getattr(x, "data", x)) for x in third] == [pytest.approx(1 / 3)] * 3
    assert hessian(logsumexp)([3.0]) == [[0.0]]


def test_softmax_of_what_would_overflow_and_its_cross_entropy() -> None:
    assert softmax([1000.0, 0.0, -1000.0]) == [1.0, 0.0, 0.0]
    assert log_softmax([1000.0, 0.0, -1000.0]) == [0.0, -1000.0, -2000.0]
    logits = [2.0, -1.0, 0.5]
    p = softmax(logits)
    gradient = grad(lambda z: -log_softmax(z)[1])(logits)
    for k, (slope, share) in enumerate(zip(gradient, p, strict=True)):
        assert slope == pytest.approx(share - (k == 1), rel=1e-14)
    assert sum(gradient) == pytest.approx(0.0, abs=1e-15)
    extreme = grad(lambda z: -log_softmax(z)[0])([1000.0, 0.0, -1000.0])
    assert extreme == [0.0, 0.0, 0.0]
    check_grad(lambda z: fsum(a * b for a, b in zip(softmax(z), [1.0, 2.0, 3.0], strict=True)), logits)
    assert grad(lambda z: log_softmax(z)[0])([40.0, 0.0])[0] == pytest.approx(
        4.248354255291589e-18, rel=1e-12
    )
    assert log_softmax([math.inf, 1.0]) == [0.0, -math.inf]
    for f in (softmax, log_softmax):
        with pytest.raises(ValueError, match="expected at least one number, got none"):
            f([])
        with pytest.raises(TypeError, match="expected a sequence of numbers and Values, got float"):
            f(1.0)
        assert all(math.isnan(x) for x in f([1.0, math.nan]))


@pytest.mark.parametrize(("f", "sign"), [(autograd_lite.max, 1.0), (autograd_lite.min, -1.0)])
def test_the_extreme_of_several_shares_ties_equally(f: Any, sign: float) -> None:
    assert f([1.0, sign * 3.0, 2.0 * sign]) == f(1.0, sign * 3.0, 2.0 * sign) == sign * 3.0
    assert grad(f)([sign, 0.0, sign, sign]) == [1 / 3, 0.0, 1 / 3, 1 / 3]
    assert grad(lambda x, y: f(x, y), argnums=(0, 1))(sign, 0.0) == (1.0, 0.0)
    assert grad(f)([math.inf, math.inf, math.inf]) == [1 / 3] * 3
    assert hessian(f)([sign, 0.0]) == [[0.0, 0.0], [0.0, 0.0]]
    for xs in ([math.nan, 1.0, 2.0], [1.0, 2.0, math.nan]):
        assert all(map(math.isnan, [f(xs), *grad(f)(xs)]))
        assert jit(f)(xs) != jit(f)(xs)
    assert jit(value_and_grad(f))([sign, 0.0, sign]) == (sign, [0.5, 0.0, 0.5])
    with pytest.raises(ValueError, match="expected at least one number, got none"):
        f([])
    with pytest.raises(TypeError, match="expected a sequence"):
        f(1.0)


def test_clip_has_no_slope_at_its_bounds_and_beyond() -> None:
    values = [-2.0, -1.0, 0.0, 1.0, 2.0]
    assert [clip(x, -1.0, 1.0) for x in values] == [-1.0, -1.0, 0.0, 1.0, 1.0]
    assert [grad(lambda x: clip(x, -1.0, 1.0))(x) for x in values] == [0.0, 0.0, 1.0, 0.0, 0.0]
    # What a bound holds back flows to the bound, and none of it is lost.
    assert grad(clip, (0, 1, 2))(2.0, -1.0, 1.0) == (0.0, 0.0, 1.0)
    assert grad(clip, (0, 1, 2))(-1.0, -1.0, 1.0) == (0.0, 1.0, 0.0)
    assert math.isnan(clip(math.nan, 0.0, 1.0))
    assert clip(0.5, 2.0, 1.0) == 1.0


def test_where_lets_nothing_flow_to_what_was_not_chosen() -> None:
    x = Value(0.0)
    y = where(x > 0, sqrt(x), 0.0)
    y.backward()
    assert (y.data, x.grad) == (0.0, 0.0)
    assert grad(lambda x: where(x > 0, log(x), -x))(-2.0) == -1.0
    assert grad(lambda x: where(x > 0, log(x), -x))(2.0) == 0.5
    assert grad(grad(lambda x: where(x > 0, x**3, sqrt(x))))(2.0) == 12.0
    assert where(True, 1.0, 2.0) == 1.0
    assert where(Value(0.0), 1.0, 2.0) == 2.0
    with pytest.raises(TypeError, match="where: expected a bool as the condition, got str"):
        where("yes", 1.0, 2.0)


def test_norms_at_zero_and_at_both_ends_of_the_floats() -> None:
    assert grad(norm)([0.0, 0.0, 0.0]) == [0.0, 0.0, 0.0]
    assert grad(lambda xs: norm(xs) ** 2)([0.0, 0.0, 0.0]) == [0.0, 0.0, 0.0]
    assert grad(lambda xs: exp(-(norm(xs) ** 2)))([0.0, 0.0]) == [0.0, 0.0]
    assert grad(norm)([3e200, 4e200]) == pytest.approx([0.6, 0.8], rel=1e-15)
    assert grad(norm)([1.5e308, 1.5e308]) == pytest.approx([math.sqrt(0.5)] * 2, rel=1e-15)
    assert grad(norm)([5e-324, 5e-324]) == pytest.approx([math.sqrt(0.5)] * 2, rel=1e-15)
    assert norm([]) == 0.0
    check_grad(norm, [1.0, -2.0, 0.5])


def test_sumprod_is_rounded_once() -> None:
    x = [1e16, 1.0, -1e16]
    assert sumprod(x, [1.0, 1.0, 1.0]) == 1.0
    assert grad(lambda x: sumprod(x, x))([3.0, 4.0]) == [6.0, 8.0]
    with pytest.raises(ValueError, match="sumprod"):
        sumprod([1.0], [1.0, 2.0])


def test_products_of_others_with_a_zero_among_them_or_beyond_the_floats_on_the_way() -> None:
    assert grad(prod)([1e-200, 1e-200, 1e300, 1e300])[3] == pytest.approx(1e-100, rel=1e-15)
    assert grad(prod)([2.0, 0.0, 4.0]) == [0.0, 8.0, 0.0]
    assert hessian(prod)([2.0, 0.0, 4.0]) == [[0.0, 4.0, 0.0], [4.0, 0.0, 2.0], [0.0, 2.0, 0.0]]


def test_ten_thousand_steps_leave_nothing_behind() -> None:
    w = Value(0.5)

    def step() -> None:
        loss = fsum(relu(w * k - 1.0) ** 2 for k in (1.0, 2.0, 3.0)) + where(w > 0, w, -w)
        loss.backward()
        grad(lambda x: x * w.data)(1.0)
        w.grad = 0.0

    gc.collect()
    gc.disable()
    try:
        step()
        before = sum(isinstance(x, Value) for x in gc.get_objects())
        for _ in range(10_000):
            step()
        assert sum(isinstance(x, Value) for x in gc.get_objects()) == before
    finally:
        gc.enable()


def test_no_grad_keeps_no_parents_alive() -> None:
    x = Value(1.0)
    with no_grad():
        y = x
        for _ in range(1000):
            y = y * 1.001
    assert y.parents == ()
