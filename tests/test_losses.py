"""Losses: their definitions, stable tails, closed forms and differences, what they refuse."""

import math

import numpy as np
import pytest

from autograd_lite import Value, check_grad, grad, log, log_softmax, sigmoid, softmax
from autograd_lite.graph import topological_order
from autograd_lite.nn import accuracy, binary_accuracy
from autograd_lite.nn.losses import (
    LOSSES,
    bce,
    bce_with_logits,
    cross_entropy,
    half_sse,
    hinge,
    huber,
    l1_penalty,
    l2_penalty,
    mae,
    mse,
    nll,
    sse,
)

SIGNED, BINARY, REAL = [1, -1, 1], [1.0, 0.0, 0.3], [0.2, -1.0, 4.0]
ROWS = [[0.2, -1.0, 2.0], [1.5, 0.3, -0.7]]
AT = {
    "mse": (REAL, [0.7, 2.0, -1.5]),
    "sse": (REAL, [0.7, 2.0, -1.5]),
    "half_sse": (REAL, [0.7, 2.0, -1.5]),
    "mae": (REAL, [0.7, 2.0, -1.5]),
    "huber": (REAL, [0.7, 2.0, 3.6]),
    "bce": ([0.2, 0.7, 0.4], BINARY),
    "bce_with_logits": (REAL, BINARY),
    "cross_entropy": (ROWS, [2, 1]),
    "nll": ([log_softmax(row) for row in ROWS], [2, 1]),
    "hinge": (REAL, SIGNED),
    "max_margin": (REAL, SIGNED),
}


@pytest.mark.parametrize("name", LOSSES)
def test_gradients_are_those_of_finite_differences(name: str) -> None:
    outputs, targets = AT[name]
    check_grad(lambda outputs: LOSSES[name](outputs, targets), outputs)
    assert type(LOSSES[name](outputs, targets)) is float  # of plain numbers, no graph


def test_the_squared_errors_are_those_of_the_books() -> None:
    outputs, targets = [[1.0, 2.0], [3.0, 5.0]], [[0.0, 2.0], [1.0, 1.0]]
    assert (sse(outputs, targets), half_sse(outputs, targets), mse(outputs, targets)) == (21.0, 10.5, 5.25)
    assert mae(np.array(outputs), np.array(targets)) == 7 / 4
    assert grad(lambda ys: half_sse(ys, [0.5, 2.0]))([2.0, 1.0]) == [1.5, -1.0]  # the error itself
    assert grad(lambda ys: mse(ys, [0.5, 2.0]))([2.0, 1.0]) == [1.5, -1.0]  # twice it over two numbers


def test_huber_joins_a_parabola_and_lines() -> None:
    assert huber([0.5], [0.0], delta=2.0) == 0.125
    assert huber([2.0], [0.0], delta=2.0) == 2.0
    assert huber([-5.0], [0.0], delta=2.0) == 8.0
    for error, slope in ((0.5, 0.5), (2.0, 2.0), (5.0, 2.0), (-5.0, -2.0), (0.0, 0.0)):
        assert grad(lambda ys: huber(ys, [0.0], delta=2.0))([error]) == [slope]


@pytest.mark.parametrize("z", [-800.0, -40.0, -1.0, 0.0, 3.0, 40.0, 800.0])
@pytest.mark.parametrize("t", [0.0, 0.25, 1.0])
def test_logistic_loss_keeps_its_digits_in_the_tails(z: float, t: float) -> None:
    # log1p(exp(-|z|)) is small and exact; the rest is linear.
    tail = math.log1p(math.exp(-abs(z)))
    expected = (1 - t) * z + tail if z > 0 else -t * z + tail
    assert bce_with_logits([z], [t]) == pytest.approx(expected, rel=1e-15)
    small = math.exp(-abs(z)) / (1 + math.exp(-abs(z)))  # the probability of the side that z is not on
    slope = {0.0: small if z < 0 else 1 - small, 1.0: -small if z > 0 else small - 1}.get(t)
    if slope is not None:
        assert grad(lambda zs: bce_with_logits(zs, [t]))([z])[0] == pytest.approx(slope, rel=1e-15)


def test_probabilities_and_logits_agree_and_certainty_is_infinite() -> None:
    zs = [-3.0, 0.5, 2.0]
    assert bce([sigmoid(z) for z in zs], BINARY) == pytest.approx(bce_with_logits(zs, BINARY), rel=1e-14)
    assert bce([0.0, 1.0], [0, 1]) == 0.0
    assert bce([0.0], [1]) == math.inf


def test_cross_entropy_of_an_index_of_one_hot_and_of_shares_agree() -> None:
    by_index = cross_entropy(ROWS, [2, 1])
    assert by_index == cross_entropy(ROWS, [[0, 0, 1], [0, 1, 0]])
    assert by_index == cross_entropy(np.array(ROWS), np.array([2, 1]))
    assert by_index == pytest.approx(nll([log_softmax(row) for row in ROWS], [2, 1]), rel=1e-14)
    shares = [0.5, 0.2, 0.3]
    expected = -sum(s * log(p) for s, p in zip(shares, softmax(ROWS[0]), strict=True))
    assert cross_entropy(ROWS[:1], [shares]) == pytest.approx(expected, rel=1e-14)
    slopes = grad(lambda row: cross_entropy([row], [shares]))(ROWS[0])
    p_minus_t = [p - s for p, s in zip(softmax(ROWS[0]), shares, strict=True)]
    assert slopes == pytest.approx(p_minus_t, rel=1e-13)


def test_cross_entropy_keeps_its_digits_where_a_class_is_nearly_certain() -> None:
    assert cross_entropy([[50.0, 0.0]], [0]) == pytest.approx(math.exp(-50.0), rel=1e-15)
    slopes = grad(lambda row: cross_entropy([row], [0]))([50.0, 0.0])
    assert slopes == pytest.approx([-math.exp(-50.0), math.exp(-50.0)], rel=1e-14)


def test_hinge_is_zero_beyond_the_margin() -> None:
    scores = [Value(2.0), Value(0.5), Value(-3.0)]
    loss = hinge(scores, [1, 1, 1])
    loss.backward()
    assert loss.data == (0.5 + 4.0) / 3
    assert [score.grad for score in scores] == [0.0, -1 / 3, -1 / 3]


def test_penalties() -> None:
    parameters = [Value(3.0), Value(-4.0)]
    assert (l1_penalty(parameters).data, l2_penalty(parameters).data) == (7.0, 25.0)
    (l1_penalty(parameters) + l2_penalty(parameters)).backward()
    assert [p.grad for p in parameters] == [7.0, -9.0]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mse([1.0], [1.0, 2.0]), "mse: expected as many outputs as targets.* got 1 and 2"),
        (lambda: mse([], []), "at least one, got 0 and 0"),
        (lambda: mse([[]], [[]]), "mse: expected at least one number in a sample"),
        (lambda: mse([1.0], [[1.0]]), "mse: sample 0: .* got a row of 1 for a number"),
        (lambda: mse([[1.0, 2.0]], [[1.0]]), "mse: sample 0: .* got a row of 1 for a row of 2"),
        (lambda: bce([0.5, 1.5], [1, 1]), "bce: number 1: .* got 1.5; if outputs are logits, use bce_with"),
        (lambda: bce([0.5], [2]), "bce: number 0: expected a target in"),
        (lambda: bce_with_logits([0.5], [-1]), r"bce_with_logits: number 0: expected a target in \[0, 1\]"),
        (lambda: hinge([0.5], [0]), "hinge: number 0: expected a target of -1 or 1, got 0"),
        (lambda: huber([0.5], [0], delta=0.0), "huber: expected a delta above 0"),
        (lambda: cross_entropy([[1.0, 2.0]], [[0.5, 0.4]]), "cross_entropy: sample 0: .* with sum 1"),
        (lambda: cross_entropy([[1.0, 2.0]], [[1.5, -0.5]]), "cross_entropy: sample 0"),
        (lambda: cross_entropy([[1.0]], [0]), "at least two logits"),
        (lambda: nll([[1.0, 2.0]], [2]), "nll: sample 0: .* the index of a class"),
        (lambda: LOSSES["nll"]([-1.0], [0]), "nll: sample 0"),
    ],
)
def test_what_cannot_be_compared_is_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_binary_losses_compute_alike_for_yes_and_no() -> None:
    zs = [Value(2.0), Value(-1.0)]
    graphs = [bce_with_logits(zs, targets) for targets in ([0, 1], [1, 0], [1.0, 1.0])]
    names = [[node.op.name for node in topological_order(loss)[1]] for loss in graphs]
    assert names[0] == names[1] == names[2]


def test_accuracy_is_of_classes_and_binary_accuracy_of_independent_outputs() -> None:
    assert accuracy([[0.1, 0.9], [0.8, 0.2]], [[0, 1], [0.3, 0.7]]) == 0.5
    assert binary_accuracy([[5.0, 1.0], [3.0, -2.0]], [[0, 0], [1, 1]]) == 0.25
    assert binary_accuracy([[2.0], [-1.0]], [[1], [1]]) == 0.5
    assert binary_accuracy([0.4, 0.6], [0.3, 1.0], threshold=0.5) == 1.0
    for outputs, targets in (([[5.0, 1.0]], [[0, 0]]), ([[3.0, -2.0]], [[1, 1]]), ([[5.0]], [[0]])):
        with pytest.raises(ValueError, match=r"accuracy: sample 0: .* take binary_accuracy"):
            accuracy(outputs, targets)
