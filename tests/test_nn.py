"""Neurons, layers and networks, compatible with micrograd's."""

import math
import random
import threading

import numpy as np
import pytest

from autograd_lite import Value, exp, log, no_grad
from autograd_lite.nn import MLP, SGD, Layer, Module, Neuron, cross_entropy, max_margin


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
        (lambda: MLP(2, []), r"MLP: expected a list of layer sizes such as \[16, 1\], got \[\]"),
        (lambda: Neuron(0), "Neuron: expected at least 1 input, got 0"),
        (lambda: Layer(1, 0), "Layer: expected at least 1 output, got 0"),
        (lambda: Neuron(1, activation="tan h"), "activation: expected a function, None or one of .*tanh"),
        (lambda: max_margin([], []), "hinge: expected as many"),
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


def test_what_is_set_on_a_neuron_is_what_it_uses() -> None:
    neuron = Neuron(2, nonlin=False)
    neuron.w = [Value(100.0), Value(-1.0)]  # a list, as micrograd's
    neuron.b = Value(5.0)
    out = neuron([1.0, 1.0])
    out.backward()
    assert (out.data, neuron.w[0].grad, neuron.b.grad) == (104.0, 1.0, 1.0)
    assert neuron.parameters() == [*neuron.w, neuron.b]
    neuron.w = (Value(-1.0), Value(-10.0))
    neuron.activation, neuron.nonlin = "relu", True
    assert (neuron([1.0, 1.0]).data, repr(neuron)) == (0.0, "ReLUNeuron(2)")
    neuron.nonlin = False
    assert (neuron([1.0, 1.0]).data, repr(neuron)) == (-6.0, "LinearNeuron(2)")
    with pytest.raises(TypeError, match=r"Neuron\.w: expected leaf Values, got the result of mul"):
        neuron.w = [w * 0.5 for w in neuron.w]
    with (
        no_grad(),
        pytest.raises(TypeError, match=r"Neuron\.b: expected leaf Values, got the result of constant"),
    ):
        neuron.b = neuron.b * 0.5
    with pytest.raises(TypeError, match="got float"):
        neuron.w = [1.0, 2.0]


def test_a_changed_weight_is_seen_by_every_later_call() -> None:
    layer = Layer(2, 2, activation=None)
    x = Value(1.0)
    first = layer([x, 2.0])
    for p in layer.parameters():
        p.data = 1.0
    second = layer([x, 2.0])
    assert [out.data for out in second] == [4.0, 4.0]
    old = first[0].local_derivatives[3]()  # by the first input: the weight as it was
    first[0].backward()
    assert x.grad == old != 1.0
    x.grad = 0.0
    second[0].backward()
    assert x.grad == 1.0
    x.data = 10.0
    assert layer([x, 2.0])[0].data == 13.0


def test_weights_written_by_one_thread_are_read_by_all() -> None:
    neuron = Neuron(50, nonlin=False)
    stop = threading.Event()
    wrong: list[float] = []

    def read() -> None:
        while not stop.is_set():
            neuron([1.0] * 50)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for i in range(200):
        for w in neuron.w:
            w.data = float(i)
        if neuron([1.0] * 50).data != 50.0 * i:
            wrong.append(i)
    stop.set()
    for reader in readers:
        reader.join()
    assert wrong == []


def test_other_things_in_a_layer_get_the_inputs_as_they_came() -> None:
    class Summing(Neuron):
        def __call__(self, x):
            return sum(x) * self.w[0]

    layer = Layer(2, 2)
    layer.neurons[1] = Summing(2)
    layer.neurons.append(lambda x: x[0])
    outputs = layer([1.0, 2.0])
    assert outputs[1].data == 3.0 * layer.neurons[1].w[0].data
    assert outputs[2] == 1.0
    assert layer.description() == "2 -> 3, relu and <lambda>"


def test_parameters_in_arrays_are_found_and_sets_are_refused() -> None:
    model = Module()
    model.w = np.array([Value(1.0), Value(2.0)], dtype=object)
    assert [name for name, _ in model.named_parameters()] == ["w.0", "w.1"]
    model.parent = model  # a cycle is no trouble
    assert len(model.parameters()) == 2
    with pytest.raises(TypeError, match="more is a set, which has no order; use a list"):
        model.more = {Value(1.0)}
    model.more = []
    model.more.append({Value(1.0)})
    with pytest.raises(TypeError, match=r"more\.0 is a set, which has no order; use a list"):
        model.parameters()


def test_what_a_module_trains_is_marked_as_parameter() -> None:
    model = Module()
    model.gain, model.kept = Value(1.0), {"a": [Value(2.0)], "b": np.array([Value(3.0)], dtype=object)}
    model.inner = MLP(2, [2, 1])
    assert model.gain.parameter
    assert model.kept["a"][0].parameter
    assert model.kept["b"][0].parameter
    assert all(p.parameter for p in model.inner.parameters())
    model.kept["a"].append(Value(4.0))
    assert all(p.parameter for p in model.parameters())
    x = Value(1.0)
    assert not any(node.parameter for node in (x, model.inner([x, 2.0]), x * model.gain))


def test_bad_arguments_are_refused_by_name() -> None:
    model = MLP(2, [1])
    for call, error, message in (
        (lambda: MLP(2, 16), ValueError, "list of layer sizes"),
        (lambda: MLP(2.5, [2]), TypeError, "whole number of inputs, got 2.5"),
        (lambda: MLP("2", [2]), TypeError, "whole number of inputs, got '2'"),
        (lambda: MLP(2, [2], activation="foo"), ValueError, "activation"),
        (lambda: MLP(2, [2], activation=["relu"]), ValueError, "activation"),
        (lambda: model(3.0), TypeError, "MLP: expected a sequence of 2 inputs, got float"),
        (lambda: SGD(model), TypeError, r"pass model.parameters\(\)"),
        (lambda: SGD([1.0]), TypeError, "leaf Values"),
        (lambda: SGD([Value(1.0) * 2]), TypeError, "leaf Values"),
        (lambda: cross_entropy([[1.0, 2.0]], [-1]), ValueError, "sample 0.*got .* and -1"),
        (lambda: cross_entropy([[1.0, 2.0]], [2]), ValueError, "index of a class"),
        (lambda: cross_entropy([[1.0, 2.0]], [1.0]), ValueError, "index of a class"),
        (lambda: cross_entropy([Value(1.0)], [0]), ValueError, "row of at least two logits"),
    ):
        with pytest.raises(error, match=message):
            call()
    assert max_margin(np.array([1.0, 2.0]), [1, 1]) == 0.0
