"""Worked numbers of the texts, each from its definition: regressions, small networks, XOR, moons, iris."""

import math
import statistics

import pytest

from autograd_lite import Value, dot, functions, softmax
from autograd_lite.nn import (
    MLP,
    SGD,
    Layer,
    Module,
    Neuron,
    Sequential,
    accuracy,
    by_hand,
    check_model,
    cross_entropy,
    fit,
    half_sse,
    predict,
)
from autograd_lite.nn.data import hours, iris, linear, moons, standardize, train_test_split, xor
from autograd_lite.nn.losses import bce, bce_with_logits


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


def test_linear_regression_reaches_the_normal_equations() -> None:
    X, y = linear(30, weights=(2.0, -1.0), bias=0.5, noise=0.3, seed=4)
    model = Neuron(2, activation=None, seed=1)
    fit(model, X, y, loss="mse", optimizer="gradient_descent", lr=0.5, epochs=400)
    # XᵀX w = Xᵀy with a column of ones, solved by Cramer's rule.
    rows = [[*row, 1.0] for row in X]
    A = [[math.fsum(r[i] * r[j] for r in rows) for j in range(3)] for i in range(3)]
    b = [math.fsum(r[i] * t for r, t in zip(rows, y, strict=True)) for i in range(3)]

    def det(m):
        return (
            m[0][0] * (m[1][1] * m[2][2] - m[1][2] * m[2][1])
            - m[0][1] * (m[1][0] * m[2][2] - m[1][2] * m[2][0])
            + m[0][2] * (m[1][0] * m[2][1] - m[1][1] * m[2][0])
        )

    solution = [
        det([[b[i] if j == k else A[i][j] for j in range(3)] for i in range(3)]) / det(A) for k in range(3)
    ]
    assert [p.data for p in model.parameters()] == pytest.approx(solution, rel=1e-12)


def test_the_gradient_of_logistic_regression_is_error_times_input() -> None:
    x, t = [0.5, -1.5, 2.0], 1.0
    for output, loss in (("sigmoid", bce), (None, bce_with_logits)):
        neuron = Neuron(3, activation=output, seed=2)
        neuron.b.data = 0.3
        loss([neuron(x)], [t]).backward()
        p = sigmoid(sum(w.data * xi for w, xi in zip(neuron.w, x, strict=True)) + 0.3)
        assert [w.grad for w in neuron.w] == pytest.approx([(p - t) * xi for xi in x], rel=1e-12)
        assert neuron.b.grad == pytest.approx(p - t, rel=1e-12)


def test_the_gradient_of_softmax_regression_is_error_times_input() -> None:
    layer, x, target = Layer(2, 3, activation=None, seed=3), [0.7, -1.2], 1
    cross_entropy([layer(x)], [target]).backward()
    p = softmax([sum(w.data * xi for w, xi in zip(n.w, x, strict=True)) for n in layer.neurons])
    for k, neuron in enumerate(layer.neurons):
        error = p[k] - (k == target)
        assert [w.grad for w in neuron.w] == pytest.approx([error * xi for xi in x], rel=1e-12)
        assert neuron.b.grad == pytest.approx(error, rel=1e-12)


# Two inputs, two hidden units, two outputs, with the weights that texts on backpropagation pass on.
INPUTS, TARGETS = [0.05, 0.10], [0.01, 0.99]
WEIGHTS = [0.15, 0.20, 0.35, 0.25, 0.30, 0.35, 0.40, 0.45, 0.60, 0.50, 0.55, 0.60]


def two_two_two(activation: str) -> MLP:
    model = MLP(2, [2, 2], activation=activation, output="sigmoid")
    for parameter, number in zip(model.parameters(), WEIGHTS, strict=True):
        parameter.data = number
    return model


def test_two_two_two_with_relu_has_the_gradients_of_the_hand_formulas() -> None:
    model = two_two_two("relu")
    error = half_sse([model(INPUTS)], [TARGETS])
    error.backward()
    (w1, w2, b1, w3, w4, b2), (w5, w6, b3, w7, w8, b4) = WEIGHTS[:6], WEIGHTS[6:]
    x1, x2 = INPUTS
    h1, h2 = max(0.0, w1 * x1 + w2 * x2 + b1), max(0.0, w3 * x1 + w4 * x2 + b2)
    o1, o2 = sigmoid(w5 * h1 + w6 * h2 + b3), sigmoid(w7 * h1 + w8 * h2 + b4)
    d1, d2 = (o1 - TARGETS[0]) * o1 * (1 - o1), (o2 - TARGETS[1]) * o2 * (1 - o2)
    e1, e2 = w5 * d1 + w7 * d2, w6 * d1 + w8 * d2  # both hidden units are on
    by_formula = [e1 * x1, e1 * x2, e1, e2 * x1, e2 * x2, e2, d1 * h1, d1 * h2, d1, d2 * h1, d2 * h2, d2]
    assert error.data == pytest.approx(((TARGETS[0] - o1) ** 2 + (TARGETS[1] - o2) ** 2) / 2, rel=1e-12)
    assert [p.grad for p in model.parameters()] == pytest.approx(by_formula, rel=1e-12)


def test_two_two_two_with_sigmoids_has_the_published_numbers() -> None:
    model = two_two_two("sigmoid")
    optimiser = SGD(model.parameters(), lr=0.5)
    error = half_sse([model(INPUTS)], [TARGETS])
    assert error.data == pytest.approx(0.298371109, abs=5e-10)
    error.backward()
    optimiser.step()
    state = model.state_dict()
    # Mazur 2015, "A step by step backpropagation example", to the digits that it gives.
    assert state["layers.1.neurons.0.w.0"] == pytest.approx(0.35891648, abs=5e-9)
    assert state["layers.1.neurons.1.w.1"] == pytest.approx(0.561370121, abs=5e-10)
    assert state["layers.0.neurons.0.w.0"] == pytest.approx(0.149780716, abs=5e-10)
    assert state["layers.0.neurons.1.w.1"] == pytest.approx(0.29950229, abs=5e-9)


@pytest.mark.parametrize("by_cross_entropy", [False, True])
def test_formulas_by_hand_are_the_engines_gradients(by_cross_entropy: bool) -> None:
    model = MLP(3, [4, 2], activation="sigmoid", output="sigmoid", seed=5)
    x, y = [0.3, -0.7, 1.1], [0.2, 1.0]
    outputs = model(x)
    # The mean of the two cross-entropies, times two.
    error = 2 * bce([outputs], [y]) if by_cross_entropy else half_sse([outputs], [y])
    error.backward()
    found = by_hand.backpropagate(model, x, y, cross_entropy=by_cross_entropy)
    assert found.error == pytest.approx(error.data, rel=1e-12)
    assert found.gradients == pytest.approx({name: p.grad for name, p in model.named_parameters()}, rel=1e-12)
    if by_cross_entropy:
        assert found.output_deltas == [o.data - t for o, t in zip(outputs, y, strict=True)]
    with pytest.raises(ValueError, match="backpropagate: expected two layers of sigmoid units"):
        by_hand.backpropagate(Sequential(two_two_two("relu")), INPUTS, TARGETS)
    by_function = MLP(3, [4, 2], activation=functions.sigmoid, output=functions.sigmoid, seed=5)
    assert by_hand.backpropagate(by_function, x, y).outputs == found.outputs
    with pytest.raises(ValueError, match="backpropagate: expected two layers of sigmoid units"):
        by_hand.backpropagate(two_two_two("relu"), INPUTS, TARGETS)
    with pytest.raises(ValueError, match="expected 3 inputs and 2 targets, got 2 and 2"):
        by_hand.backpropagate(model, INPUTS, TARGETS)


def test_the_delta_rule_is_a_step_down_the_squared_error() -> None:
    for activation in (None, "sigmoid"):
        neuron = Neuron(2, activation=activation, seed=1)
        w, b = by_hand.delta_rule(
            [w.data for w in neuron.w], 0.0, [0.5, -2.0], target=1.0, lr=0.1, sigmoid=activation is not None
        )
        half_sse([neuron([0.5, -2.0])], [1.0]).backward()
        SGD(neuron.parameters(), lr=0.1).step()
        assert [p.data for p in neuron.parameters()] == pytest.approx([*w, b], rel=1e-12)


def test_the_squared_length_of_a_product_of_matrix_and_vector() -> None:
    W = [[Value(0.1), Value(0.5)], [Value(-0.3), Value(0.8)]]
    x = [Value(0.2), Value(0.4)]
    q = [dot(row, x) for row in W]
    f = dot(q, q)
    f.backward()
    assert (f.data, [qi.data for qi in q]) == (pytest.approx(0.116, rel=1e-12), pytest.approx([0.22, 0.26]))
    # 2q·xᵀ and Wᵀ·2q
    assert [w.grad for row in W for w in row] == pytest.approx([0.088, 0.176, 0.104, 0.208], rel=1e-12)
    assert [xi.grad for xi in x] == pytest.approx([-0.112, 0.636], rel=1e-12)


@pytest.mark.parametrize("seed", range(20))
def test_xor_is_learned_from_every_seed(seed: int) -> None:
    X, y = xor()
    model = MLP(2, [8, 1], activation="tanh", seed=seed)
    fit(model, X, y, loss="bce_with_logits", optimizer="adam", lr=0.1, epochs=100)
    assert accuracy(predict(model, X), y) == 1.0


def test_hours_slept_and_studied_give_the_score() -> None:
    X, y = hours()
    inputs = [[slept / 10, studied / 5] for slept, studied in X]  # by their greatest, as in the course
    scores = [score / 100 for score in y]
    model = MLP(2, [3, 1], activation="sigmoid", output="sigmoid", seed=1)
    history = fit(model, inputs, scores, loss="mse", optimizer="lbfgs", epochs=5)
    assert history.epochs["loss"][0] > 0.01
    assert [100 * score for score in predict(model, inputs)] == pytest.approx(y, abs=0.5)


def test_moons_are_told_apart() -> None:
    X, y = moons(100, noise=0.1, seed=1)
    model = MLP(2, [16, 16, 1], activation="tanh", seed=1)
    history = fit(model, X, y, loss="bce_with_logits", optimizer="adam", lr=0.02, epochs=40, batch_size=20)
    assert accuracy(predict(model, X), y) > 0.99
    assert history.epochs["accuracy"][-1] > 0.99


def test_iris_held_out_is_told_apart() -> None:
    table = iris()
    shares = []
    for seed in range(3):
        train, test, y, truth = train_test_split(table.rows, table.targets, seed=seed)
        model = MLP(4, [8, 3], activation="tanh", seed=seed)
        fit(model, standardize(train), y, loss="cross_entropy", lr=0.02, epochs=40, batch_size=16, seed=seed)
        shares.append(accuracy(predict(model, standardize(test, like=train)), truth))
    assert statistics.fmean(shares) > 0.95


class Position(Module):
    """A model of one parameter, whose output is the parameter itself."""

    def __init__(self, x: float) -> None:
        self.x = Value(x)

    def __call__(self, row) -> Value:
        return self.x * 1


def test_a_rate_may_overshoot_crawl_or_be_right() -> None:
    # Down x², each step multiplies x by 1 - 2 lr.
    paths = {}
    for lr in (1.1, 0.001, 0.45):
        model = Position(1.0)
        fit(model, [[]], [0.0], loss="mse", optimizer="gradient_descent", lr=lr, epochs=20)
        paths[lr] = model.x.data
        assert model.x.data == pytest.approx((1 - 2 * lr) ** 20, rel=1e-12)
    assert abs(paths[1.1]) > 38  # overshoots: 1.2 to the 20th
    assert 0.96 < paths[0.001] < 1  # crawls
    assert abs(paths[0.45]) < 1e-19


def test_a_whole_model_is_checked_in_one_call() -> None:
    X, y = moons(4, seed=1)
    small = MLP(2, [2, 1], activation="tanh", seed=1)
    before = small.state_dict()
    small.parameters()[0].grad = 7.0
    check = check_model(small, X, y, loss="bce_with_logits")
    assert [place for place, _, _ in check.rows] == [name for name, _ in small.named_parameters()]
    assert small.state_dict() == before
    assert small.parameters()[0].grad == 7.0
    assert len(check_model(MLP(2, [8, 1], activation="tanh", seed=1), X, y, loss="bce_with_logits").rows) == 8

    class Detached(MLP):
        def __call__(self, x):
            return super().__call__(x) * self.parameters()[0].data

    with pytest.raises(AssertionError, match=r"layers\.0\.neurons\.0\.w\.0: the gradient is .* but finite"):
        check_model(Detached(2, [2, 1], activation="tanh", seed=1), X, y, loss="bce_with_logits")
