"""Modules: what they hold, states and files, initialisers, chains and dropout."""

import json
import math
import os
import random
import statistics
from collections import deque

import numpy as np
import pytest

from autograd_lite import Value, no_grad, softmax
from autograd_lite.nn import (
    MLP,
    Activation,
    Dropout,
    Layer,
    Module,
    Neuron,
    Sequential,
    constant,
    glorot,
    he,
    lecun,
    normal,
)


class Net(Module):
    def __init__(self, seed: int = 0) -> None:
        self.gain = Value(1.0)
        self.kept = {"a": [Value(2.0), Value(3.0)]}
        self.encoder = MLP(2, [2, 2], seed=seed)
        self.head = Neuron(2, seed=seed)


def test_parts_are_layers_and_what_lies_outside_of_them() -> None:
    net = Net()
    assert {name: len(parameters) for name, parameters in net.parameters_by_layer().items()} == {
        "gain": 1,
        "kept.a": 2,
        "encoder.layers.0": 6,
        "encoder.layers.1": 6,
        "head": 3,
    }
    assert [name for name, _ in net.named_modules()][:3] == [
        "encoder",
        "encoder.layers.0",
        "encoder.layers.0.neurons.0",
    ]
    lines = net.summary().splitlines()
    assert lines[0] == "Net"
    assert lines[3].split() == ["encoder.layers.0", "2", "->", "2,", "relu", "6"]
    assert lines[-1].split() == ["total", "18"]


def test_a_state_is_loaded_strictly_or_in_part() -> None:
    net, other = Net(seed=1), Net(seed=2)
    other.load_state_dict(net.state_dict())
    assert other.state_dict() == net.state_dict()
    state = {**net.state_dict(), "more": 1.0}
    del state["gain"]
    before = other.state_dict()
    with pytest.raises(ValueError, match="of another model; missing: gain; unexpected: more"):
        other.load_state_dict(state)
    with pytest.raises(TypeError, match=r"load_state_dict: kept\.a\.0: expected a number, got str"):
        other.load_state_dict({**net.state_dict(), "kept.a.0": "2"})
    assert other.state_dict() == before
    assert other.load_state_dict({**state, "kept.a.0": 7}, strict=False) == (["gain"], ["more"])
    assert other.kept["a"][0].data == 7.0


def test_a_file_gives_back_every_bit(tmp_path) -> None:
    model, twin = Net(seed=1), Net(seed=2)
    numbers = [0.1, -0.0, 5e-324, 1.7976931348623157e308, math.inf, math.nan, 1 / 3]
    for parameter, number in zip(model.parameters(), numbers, strict=False):
        parameter.data = number
    path = tmp_path / "model.json"
    model.save(path)
    twin.load(path)
    assert [p.data.hex() for p in twin.parameters()] == [p.data.hex() for p in model.parameters()]
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_replaced_whole_or_not_at_all(tmp_path, monkeypatch) -> None:
    path = tmp_path / "model.json"
    Net(seed=1).save(path)
    before = path.read_bytes()

    def fail(*args) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="the disk is full"):
        Net(seed=2).save(path)
    assert (path.read_bytes(), list(tmp_path.iterdir())) == (before, [path])
    with pytest.raises(FileNotFoundError):
        Net().save(tmp_path / "none" / "model.json")


STATE = MLP(1, [1], seed=1).state_dict()
HEAD = {"format": "autograd_lite model", "version": 1}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not JSON",
        b"\xff\xfe\x00",
        b"\x80\x04]\x94.",
        b"[" * 100_000,
        b"[1, 2]",
        json.dumps(STATE).encode(),
        json.dumps({**HEAD, "format": "autograd_lite optimizer", "state": STATE}).encode(),
        json.dumps({**HEAD, "version": 2, "state": STATE}).encode(),
        json.dumps({**HEAD, "version": True, "state": STATE}).encode(),
        json.dumps({**HEAD, "state": STATE}).replace("}}", ', "layers.0.neurons.0.b": 1}}').encode(),
        json.dumps({**HEAD, "state": dict.fromkeys(STATE, True)}).encode(),
        json.dumps({**HEAD, "state": [1.0]}).encode(),
        json.dumps({**HEAD, "state": {}}).encode(),
        json.dumps({**HEAD, "state": {**STATE, "more": 1.0}}).encode(),
        json.dumps({**HEAD, "state": dict.fromkeys(STATE, "1.0")}).encode(),
        json.dumps({**HEAD, "state": dict.fromkeys(STATE)}).encode(),
        json.dumps({**HEAD, "state": dict.fromkeys(STATE, 10**400)}).encode(),
    ],
)
def test_other_files_are_refused_and_nothing_is_lost(tmp_path, content: bytes) -> None:
    model = MLP(1, [1], seed=1)
    path = tmp_path / "model.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"model\.json"):
        model.load(path)
    assert model.state_dict() == STATE
    with pytest.raises(OSError, match="Is a directory"):
        model.load(tmp_path)


@pytest.mark.parametrize(
    ("init", "mean", "deviation"),
    [
        ("uniform", 0.0, math.sqrt(1 / 3)),
        ("normal", 0.0, 1.0),
        (normal(2.0, 0.5), 2.0, 0.5),
        ("xavier", 0.0, math.sqrt(2 / 150)),
        (glorot("normal", gain=2.0), 0.0, 2 * math.sqrt(2 / 150)),
        ("kaiming", 0.0, math.sqrt(2 / 100)),
        (he("uniform"), 0.0, math.sqrt(2 / 100)),
        ("lecun", 0.0, math.sqrt(1 / 100)),
        (lecun("uniform"), 0.0, math.sqrt(1 / 100)),
        (constant(0.25), 0.25, 0.0),
    ],
)
def test_initialisers_have_their_mean_and_variance(init, mean: float, deviation: float) -> None:
    layer = Layer(100, 50, init=init, seed=1)
    weights = [w.data for neuron in layer.neurons for w in neuron.w]
    # Of 5,000 weights the mean is within 5 standard errors, and the deviation within 5 of its own.
    assert statistics.fmean(weights) == pytest.approx(mean, abs=5 * deviation / math.sqrt(5_000))
    assert statistics.pstdev(weights) == pytest.approx(deviation, rel=5 / math.sqrt(2 * 5_000))
    assert {neuron.b.data for neuron in layer.neurons} == {0.0}
    again = Layer(100, 50, init=init, seed=random.Random(1))
    assert [w.data for neuron in again.neurons for w in neuron.w] == weights


def test_initialisers_and_seeds_that_are_none_are_refused() -> None:
    for call, error, message in (
        (lambda: MLP(2, [1], init="hee"), ValueError, r"init: expected .* he, kaiming, lecun, got 'hee'"),
        (lambda: MLP(2, [1], init=normal), TypeError, r"init: .* got normal, which makes one; write normal"),
        (lambda: he("gaussian"), ValueError, "he: expected .* as the distribution, got 'gaussian'"),
        (lambda: MLP(2, [1], seed="one"), TypeError, "MLP: expected a whole number, a random.Random"),
        (lambda: Neuron(2, seed=1.5), TypeError, "Neuron: .* as the seed, got float"),
        (lambda: Dropout(1.0), ValueError, r"Dropout: expected a probability in \[0, 1\), got 1.0"),
        (lambda: Sequential(), ValueError, "Sequential: expected at least one layer"),
        (lambda: Sequential(3), TypeError, "Sequential: expected Modules, functions and names"),
        (lambda: Sequential("rely"), ValueError, "activation: expected a function"),
    ):
        with pytest.raises(error, match=message):
            call()


def test_a_chain_calls_its_layers_in_turn() -> None:
    model = Sequential(Layer(2, 3, activation=None, seed=1), "tanh", Layer(3, 1, activation=None, seed=2))
    x = [0.5, -1.0]
    hidden = [math.tanh(n.w[0].data * x[0] + n.w[1].data * x[1]) for n in model.layers[0].neurons]
    weights = [w.data for w in model.layers[2].neurons[0].w]
    expected = sum(w * h for w, h in zip(weights, hidden, strict=True))
    assert model(x).data == pytest.approx(expected, rel=1e-14)
    assert model(np.array(x)).data == model(x).data  # a NumPy row
    assert model(x).scope == ("layer 2", "neuron 0")
    assert repr(Sequential(Layer(1, 1, seed=1), "tanh", Dropout(0.1), softmax)) == (
        "Sequential of [Layer of [ReLUNeuron(1)], Activation(tanh), Dropout(0.1), softmax]"
    )
    assert Activation(lambda z: z * 2)([1.0]) == 2.0
    with no_grad():
        assert model(x).parents == ()


def test_dropout_keeps_the_mean_in_training_and_everything_in_use() -> None:
    model = Sequential(Dropout(0.25, seed=3), lambda x: x)
    outputs = model([1.0] * 10_000)
    assert set(outputs) == {0.0, 1 / 0.75}
    # Five standard errors of the mean of 10,000 with variance p / (1 - p).
    assert statistics.fmean(outputs) == pytest.approx(1.0, abs=5 * math.sqrt(0.25 / 0.75 / 10_000))
    model.eval()
    assert model([1.0, 2.0]) == [1.0, 2.0]
    model.train()
    assert set(model([1.0] * 100)) == {0.0, 1 / 0.75}
    x = Value(3.0)
    Dropout(0.5, seed=0)([x]).backward()
    assert x.grad == 2.0
    assert Dropout(0.0)([2.0]) == 2.0


@pytest.mark.parametrize(
    "held", [{1: Value(3.0), "1": Value(4.0)}, {"a.b": Value(1.0), "a": {"b": Value(2.0)}}]
)
def test_two_parameters_at_one_path_are_refused(held: dict) -> None:
    model = Module()
    with pytest.raises(
        ValueError, match=r"parameters: two things are at 'd\.(1|a\.b)', and one would be lost"
    ):
        model.d = held
    model.d = {}
    model.d.update(held)
    with pytest.raises(ValueError, match="rename a key"):
        model.state_dict()


def test_values_that_are_computed_are_no_parameters_and_deques_hold_some() -> None:
    model = Module()
    for held in (Value(1.0) * 0.1, [Value(1.0), Value(1.0) * 0.1], {"a": (Value(2.0).tanh(),)}):
        with pytest.raises(
            TypeError, match=r"parameters: w.* is the result of .* make a leaf of it with Value"
        ):
            model.w = held
    model.w = deque([Value(1.0), Value(2.0)], maxlen=2)
    assert list(model.state_dict()) == ["w.0", "w.1"]


def test_parameters_are_found_however_deep() -> None:
    nested: list = [Value(1.0)]
    for _ in range(3000):
        nested = [nested]
    model = Module()
    model.w = nested
    assert len(model.parameters()) == 1


def test_a_file_keeps_its_permissions_and_a_pipe_stays_one(tmp_path) -> None:
    path, pipe = tmp_path / "model.json", tmp_path / "pipe"
    path.write_text("")
    path.chmod(0o640)
    Net(seed=1).save(path)
    assert path.stat().st_mode & 0o777 == 0o640
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        Net(seed=1).save(pipe)
        assert pipe.is_fifo()
        assert os.read(reader, 1 << 16) == path.read_bytes()
    finally:
        os.close(reader)


def test_a_file_that_cannot_be_written_is_named_as_it_was_asked_for(tmp_path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        Net().save(tmp_path / "none" / "model.json")
    assert caught.value.filename == str(tmp_path / "none" / "model.json")
