"""Hand-derived formulas: the delta rule, and backpropagation through two layers of sigmoid units.

They are for lessons, to compare with the engine number by number, and use plain numbers alone. With
σ'(z) = σ(z)(1 - σ(z)), h the hidden outputs, ŷ the outputs and y the targets:

    δ of an output   (ŷ - y) ŷ (1 - ŷ)  for the error ½Σ(y - ŷ)²;   ŷ - y  for the cross-entropy
    δ of hidden j    Σ w δ  over the outputs that hear j, by their weights w, times h (1 - h)
    ∂E/∂w            δ of the unit times the input that w weighs;  ∂E/∂b = δ

Rumelhart, Hinton and Williams 1986, "Learning representations by back-propagating errors". Relies on
`layers` and `functions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autograd_lite import functions
from autograd_lite.nn.layers import Layer, Neuron, Sequential


def delta_rule(
    w: Sequence[float], b: float, x: Sequence[float], target: float, lr: float, sigmoid: bool = False
) -> tuple[list[float], float]:
    """Return the weights and the bias of one unit after a step of the delta rule, Δw = lr (t - ŷ) x.

    sigmoid  whether the unit is one, and not linear: the step is then times ŷ (1 - ŷ)

    Widrow and Hoff 1960, "Adaptive switching circuits".

    >>> delta_rule([0.5, 0.0], 0.0, [2.0, 1.0], target=2.0, lr=0.25)
    ([1.0, 0.25], 0.25)
    """
    output = sum(wi * xi for wi, xi in zip(w, x, strict=True)) + b
    if sigmoid:
        output = functions.sigmoid(output)
    step = lr * (target - output) * (output * (1 - output) if sigmoid else 1.0)
    return [wi + step * xi for wi, xi in zip(w, x, strict=True)], b + step


def _is_sigmoid(unit: Neuron) -> bool:
    return isinstance(unit, Neuron) and unit.nonlin and unit.activation in ("sigmoid", functions.sigmoid)


def _outputs(units: Sequence[Neuron], inputs: Sequence[float]) -> list[float]:
    sums = [sum(w.data * x for w, x in zip(unit.w, inputs, strict=True)) + unit.b.data for unit in units]
    return [functions.sigmoid(z) for z in sums]


@dataclass
class Backpropagation:
    """The numbers of a forward and a backward pass; gradients have the names of `named_parameters`."""

    hidden: list[float]
    outputs: list[float]
    error: float
    output_deltas: list[float]
    hidden_deltas: list[float]
    gradients: dict[str, float]


def backpropagate(
    model: Sequential, x: Sequence[float], y: Sequence[float], cross_entropy: bool = False
) -> Backpropagation:
    """Return the passes through a model of two layers of sigmoid units, for inputs x and targets y.

    cross_entropy  whether the error is -Σ y log ŷ + (1 - y) log(1 - ŷ) and not ½Σ(y - ŷ)²

    Raises ValueError for another model, and for as many inputs or targets as it has not.

    >>> from autograd_lite.nn import MLP
    >>> model = MLP(1, [1, 1], activation="sigmoid", output="sigmoid", seed=1)
    >>> model([1.0]).backward()  # of ŷ itself; the error's derivative by it is ŷ - y
    >>> [b] = [p for name, p in model.named_parameters() if name == "layers.1.neurons.0.b"]
    >>> found = backpropagate(model, [1.0], [0.0])
    >>> abs(found.gradients["layers.1.neurons.0.b"] - found.outputs[0] * b.grad) < 1e-15
    True
    """
    layers = model.layers if isinstance(model, Sequential) else []
    units = [unit for layer in layers if isinstance(layer, Layer) for unit in layer.neurons]
    if [type(layer) for layer in layers] != [Layer, Layer] or not all(map(_is_sigmoid, units)):
        raise ValueError(f"backpropagate: expected two layers of sigmoid units, got {model!r}")
    first, last = (layer.neurons for layer in layers)
    if len(x) != len(first[0].w) or len(y) != len(last):
        raise ValueError(
            f"backpropagate: expected {len(first[0].w)} inputs and {len(last)} targets, "
            f"got {len(x)} and {len(y)}"
        )
    hidden = _outputs(first, x)
    outputs = _outputs(last, hidden)
    if cross_entropy:
        error = -sum(
            functions.xlogy(t, o) + functions.xlog1py(1 - t, -o) for t, o in zip(y, outputs, strict=True)
        )
        output_deltas = [o - t for o, t in zip(outputs, y, strict=True)]
    else:
        error = sum((t - o) ** 2 for t, o in zip(y, outputs, strict=True)) / 2
        output_deltas = [(o - t) * o * (1 - o) for o, t in zip(outputs, y, strict=True)]
    hidden_deltas = [
        sum(unit.w[j].data * delta for unit, delta in zip(last, output_deltas, strict=True)) * h * (1 - h)
        for j, h in enumerate(hidden)
    ]
    gradients: dict[str, float] = {}
    for layer, (deltas, inputs) in enumerate(((hidden_deltas, x), (output_deltas, hidden))):
        for unit, delta in enumerate(deltas):
            name = f"layers.{layer}.neurons.{unit}"
            gradients |= {f"{name}.w.{i}": delta * xi for i, xi in enumerate(inputs)}
            gradients[f"{name}.b"] = delta
    return Backpropagation(hidden, outputs, error, output_deltas, hidden_deltas, gradients)
