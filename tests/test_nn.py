"""Modules, compatible with micrograd's; losses, SGD and the training loop."""

import io
import math
import random

import pytest

from autograd_lite import Value, exp, log
from autograd_lite.nn import MLP, SGD, Layer, Module, Neuron, cross_entropy, max_margin
from autograd_lite.nn.data import IRIS, moons, read_table, standardize, train_test_split
from autograd_lite.nn.training import accuracy, predict, train_classifier


def test_weights_are_those_that_micrograd_draws() -> None:
    random.seed(1337)
    model = MLP(2, [3, 1])
    random.seed(1337)
    drawn = [
        [[random.uniform(-1, 1) for _ in range(nin)] for _ in range(nout)] for nin, nout in ((2, 3), (3, 1))
    ]
    for layer, weights in zip(model.layers, drawn, strict=True):
        for neuron, row in zip(layer.neurons, weights, strict=True):
            assert [w.data for w in neuron.w] == row
            assert neuron.b.data == 0.0
    assert [p.data for p in model.parameters()][:3] == [*drawn[0][0], 0.0]


def test_a_network_is_relu_inside_and_linear_at_the_end() -> None:
    model = MLP(2, [3, 1], seed=4)
    x = [0.5, -1.5]
    hidden = [
        max(0.0, sum(w.data * xi for w, xi in zip(n.w, x, strict=True))) for n in model.layers[0].neurons
    ]
    expected = sum(w.data * h for w, h in zip(model.layers[1].neurons[0].w, hidden, strict=True))
    out = model(x)
    assert out.data == pytest.approx(expected, rel=1e-14)
    assert (out.op.name, out.scope) == ("dot", ("layer 1", "neuron 0"))
    assert repr(model) == (
        "MLP of [Layer of [ReLUNeuron(2), ReLUNeuron(2), ReLUNeuron(2)], Layer of [LinearNeuron(3)]]"
    )


def test_a_neuron_is_one_dot_and_its_activation() -> None:
    out = Neuron(3, activation="tanh")([1.0, 2.0, Value(3.0)])
    assert (out.op.name, out.parents[0].op.name) == ("tanh", "dot")
    assert len(out.parents[0].parents) == 8
    assert Neuron(3, nonlin=False)([1, 2, 3]).op.name == "dot"
    assert repr(Neuron(2, activation=None)) == "LinearNeuron(2)"
    assert repr(Neuron(2, activation="tanh")) == "TanhNeuron(2)"
    assert Neuron(2, activation=lambda z: z * z)([1, 2]).op.name == "mul"


def test_one_output_is_bare_and_several_are_a_list() -> None:
    assert isinstance(Layer(2, 1)([1, 2]), Value)
    assert len(Layer(2, 3)([1, 2])) == 3
    assert len(MLP(1, [1, 1, 2])([1.0])) == 2
    assert isinstance(MLP(2, [1])([1, 2]), Value)
    assert len(MLP(2, [1, 3], activation="tanh", output="sigmoid")([1, 2])) == 3


def test_wrong_sizes_are_refused_with_both_numbers() -> None:
    for call, message in (
        (lambda: MLP(2, [3, 1])([1.0, 2.0, 3.0]), "MLP: expected 2 inputs, got 3"),
        (lambda: Neuron(2)([1.0]), "Neuron: expected 2 inputs, got 1"),
        (lambda: MLP(2, []), "MLP: expected at least one layer"),
        (lambda: Neuron(0), "Neuron: expected at least 1 input, got 0"),
        (lambda: Layer(1, 0), "Layer: expected at least 1 output, got 0"),
        (lambda: Neuron(1, activation="tan h"), "activation: expected one of .*tanh"),
        (lambda: max_margin([], []), "max_margin: expected as many"),
        (lambda: cross_entropy([[1.0]], []), "cross_entropy: expected as many"),
        (lambda: SGD([]), "SGD: expected at least one parameter"),
        (lambda: SGD([Value(1)], lr=0), "learning rate above 0"),
        (lambda: SGD([Value(1)], momentum=1), "momentum in"),
        (lambda: SGD([Value(1)], weight_decay=-1), "weight decay"),
    ):
        with pytest.raises(ValueError, match=message):
            call()


def test_parameters_are_found_in_lists_tuples_dicts_and_modules_once() -> None:
    class Net(Module):
        def __init__(self) -> None:
            self.gain = Value(1.0)
            self.blocks = {"a": Neuron(1), "b": [(Neuron(2), self.gain)]}
            self.name = "net"

    net = Net()
    names = [name for name, _ in net.named_parameters()]
    assert names == [
        "gain",
        "blocks.a.w.0",
        "blocks.a.b",
        "blocks.b.0.0.w.0",
        "blocks.b.0.0.w.1",
        "blocks.b.0.0.b",
    ]
    assert len(net.parameters()) == 6
    (net.gain * 3).backward()
    net.zero_grad()
    assert net.gain.grad == 0.0


def test_seeds_make_models_repeatable() -> None:
    first, second, other = MLP(2, [4, 1], seed=1), MLP(2, [4, 1], seed=1), MLP(2, [4, 1], seed=2)
    weights = [[p.data for p in model.parameters()] for model in (first, second, other)]
    assert weights[0] == weights[1] != weights[2]


def test_cross_entropy_is_stable_and_has_gradient_p_minus_y() -> None:
    logits = [Value(1000.0), Value(0.0), Value(-1000.0)]
    loss = cross_entropy([logits], [1])
    loss.backward()
    assert loss.data == 1000.0
    assert [logit.grad for logit in logits] == [1.0, -1.0, 0.0]
    a, b = Value(0.3), Value(-0.4)
    cross_entropy([[a, b]], [0]).backward()
    p = math.exp(0.3) / (math.exp(0.3) + math.exp(-0.4))
    assert (a.grad, b.grad) == pytest.approx((p - 1, 1 - p), rel=1e-14)
    c, d = Value(0.3), Value(-0.4)
    (-log(exp(c) / (exp(c) + exp(d)))).backward()
    assert (c.grad, d.grad) == pytest.approx((a.grad, b.grad), rel=1e-14)


def test_sgd_takes_the_first_three_steps_by_hand() -> None:
    x = Value(1.0)
    optimiser = SGD([x], lr=0.1, momentum=0.5, weight_decay=0.2)
    for expected in (0.78, 0.4984, 0.247952):
        optimiser.zero_grad()
        (x * x).backward()
        optimiser.step()
        # gradient 2x + 0.2x; v = 0.5 v + gradient; x -= 0.1 v
        assert x.data == pytest.approx(expected, rel=1e-12)


def test_moons_are_learned() -> None:
    X, y = moons(60, seed=3)
    assert (len(X), sum(y)) == (60, 30)
    model = MLP(2, [16, 16, 2], seed=1)
    progress = io.StringIO()
    losses = train_classifier(model, X, y, epochs=40, lr=0.2, progress=progress)
    assert losses[-1] < 0.15 < losses[0]
    assert accuracy(model, X, y) >= 0.98
    assert progress.getvalue().count("\n") == 10
    assert set(predict(model, X)) == {0, 1}


def test_iris_is_learned_as_the_field_expects() -> None:
    table = read_table(IRIS, "species")
    assert (len(table.rows), table.classes, len(table.features)) == (
        150,
        ["setosa", "versicolor", "virginica"],
        4,
    )
    shares = []
    for seed in range(3):
        train, test = train_test_split(table.targets, 0.25, seed)
        raw = [table.rows[i] for i in train]
        model = MLP(4, [8, 3], seed=seed)
        train_classifier(
            model,
            standardize(raw, like=raw),
            [table.targets[i] for i in train],
            epochs=30,
            seed=seed,
        )
        X = standardize([table.rows[i] for i in test], like=raw)
        shares.append(accuracy(model, X, [table.targets[i] for i in test]))
    assert sum(shares) / 3 > 0.93


def test_a_loss_that_overflows_stops_before_the_parameters_are_touched() -> None:
    model = MLP(1, [2], seed=1)
    before = [p.data for p in model.parameters()]
    with pytest.raises(ArithmeticError, match=r"the loss became nan in epoch 1: try a smaller learning rate"):
        train_classifier(model, [[math.inf]], [0], epochs=2)
    assert [p.data for p in model.parameters()] == before


def test_splits_keep_every_class_in_proportion() -> None:
    targets = [0] * 40 + [1] * 20 + [2]
    train, test = train_test_split(targets, 0.25, seed=5)
    assert sorted(train + test) == list(range(61))
    assert [sum(targets[i] == c for i in test) for c in range(3)] == [10, 5, 0]
    assert train_test_split(targets, 0.25, seed=5) == (train, test) != train_test_split(targets, 0.25, seed=6)


def test_standardising_survives_huge_tiny_and_constant_columns() -> None:
    rows = [[1e300, 1e-300, 5.0], [3e300, 3e-300, 5.0]]
    for row, sign in zip(standardize(rows, like=rows), (-1, 1), strict=True):
        assert row == pytest.approx([sign, sign, 0.0], rel=1e-15, abs=0)
