"""Works of jit.py: a network of 2-16-16-1, its mean hinge loss and all 337 gradients."""

from __future__ import annotations

import ctypes
from itertools import pairwise
from typing import Any

import numpy as np
from peers import Work, cpp, numpy, on_arrays, on_numbers

SIZES = [2, 16, 16, 1]


def network(words: Any, parameters: Any, x: Any, y: Any) -> Any:
    """Return the loss of one sample."""
    start = 0
    for inputs, outputs in pairwise(SIZES):
        rows = [parameters[start + i * (inputs + 1) :][: inputs + 1] for i in range(outputs)]
        start += outputs * (inputs + 1)
        x = [words.dot(row, [*x, 1.0]) for row in rows]
        if outputs > 1:
            x = [words.relu(z) for z in x]
    return words.relu(1 - y * x[0])


def layers(p: Any) -> list[tuple[Any, Any, bool]]:
    """Return weights and biases of each layer, and whether it is hidden."""
    found, start = [], 0
    for inputs, outputs in pairwise(SIZES):
        block = p[start : start + outputs * (inputs + 1)].reshape(outputs, inputs + 1)
        found.append((block[:, :-1], block[:, -1], outputs > 1))
        start += outputs * (inputs + 1)
    return found


def network_of_arrays(words: Any, p: Any, X: Any, y: Any) -> Any:
    """Return the mean loss, by matrices."""
    h = X
    for W, b, hidden in layers(p):
        h = h @ W.T + b
        h = words.relu(h) if hidden else h
    return words.relu(1 - y * h[:, 0]).mean()


def network_by_hand(p: np.ndarray, X: np.ndarray, y: np.ndarray) -> Any:
    """Return the mean loss and its gradient, by matrices."""
    inputs = []
    h = X
    for W, b, hidden in layers(p):
        inputs.append(h)
        h = h @ W.T + b
        h = np.maximum(h, 0) if hidden else h
    margins = 1 - y * h[:, 0]
    cotangent = (-y * (margins > 0) / len(X))[:, None]
    gradients = []
    for (W, _, hidden), h_in in zip(reversed(layers(p)), reversed(inputs), strict=True):
        if hidden:
            cotangent = cotangent * (h > 0)
        gradients.append(np.column_stack([cotangent.T @ h_in, cotangent.sum(0)]).ravel())
        h, cotangent = h_in, cotangent @ W
    return np.maximum(margins, 0).mean(), np.concatenate(gradients[::-1])


def network_in_cpp(library: ctypes.CDLL, p: np.ndarray, X: np.ndarray, y: np.ndarray) -> Any:
    """Return the call of the network in C++."""
    gradient = np.empty_like(p)
    library.network.restype = ctypes.c_double
    places = [ctypes.c_void_p(array.ctypes.data) for array in (p, X, y, gradient)]
    arguments = *places[:3], ctypes.c_long(len(X)), places[3]
    return lambda owners=(p, X, y): (library.network(*arguments), gradient)


def samples(count: int) -> tuple[Any, ...]:
    """Return parameters of the network, points, and the labels 1 and -1."""
    rng = np.random.default_rng(1)
    parameters = rng.uniform(-1, 1, sum((i + 1) * o for i, o in pairwise(SIZES)))
    X = rng.uniform(-1, 1, (count, 2))
    return parameters, X, np.sign(X[:, 0] * X[:, 1])


def network_work(count: int, bars: dict[str, float]) -> Work:
    """Return the work on that many samples."""
    everyone = on_numbers(network) | on_arrays(network_of_arrays)
    by_hand = {"NumPy": numpy(network_by_hand), "C++": cpp(network_in_cpp)}
    name = f"2-16-16-1 network, {count:,} samples"
    return Work(name, "ns a sample", count, lambda: samples(count), everyone | by_hand, bars)


def training_step(words: Any, parameters: Any) -> Any:
    """Return the mean hinge loss of 100 points with a penalty on the weights, written out in operators."""
    _, X, y = samples(100)
    losses = []
    for x, label in zip(X.tolist(), y.tolist(), strict=True):
        start = 0
        for inputs, outputs in pairwise(SIZES):
            zs = []
            for _ in range(outputs):
                *row, bias = parameters[start : start + inputs + 1]
                start += inputs + 1
                zs.append(sum((w * xi for w, xi in zip(row, x, strict=True)), bias))
            x = [words.relu(z) for z in zs] if outputs > 1 else zs
        losses.append(words.relu(1 - label * x[0]))
    return sum(losses) / 100 + 1e-4 * sum(p * p for p in parameters)


def training_step_by_hand(p: np.ndarray) -> Any:
    """Return the same by matrices."""
    loss, gradient = network_by_hand(*(p, *samples(100)[1:]))
    return loss + 1e-4 * (p * p).sum(), gradient + 2e-4 * p


def training_step_work() -> Work:
    """Return the work on the graph of that step, of which the points are constants."""
    everyone = on_numbers(training_step, compact=True)
    del everyone["CasADi, C"]  # which takes cc minutes
    everyone["NumPy"] = numpy(training_step_by_hand)
    name = "training step, one graph of 65,000 nodes"
    return Work(name, "ms a call", 1, lambda: samples(100)[:1], everyone, {"time": 0.4, "first": 4})
