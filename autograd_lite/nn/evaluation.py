"""What a trained model is asked for: `predict` its outputs, `evaluate` it, check its gradient.

Relies on `losses`, `metrics`, `modules` and `testing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from autograd_lite.context import no_grad
from autograd_lite.engine import plain
from autograd_lite.nn.losses import LOSSES, Loss
from autograd_lite.nn.metrics import USUAL, Metric
from autograd_lite.nn.modules import Module
from autograd_lite.nn.names import named
from autograd_lite.testing import GradientCheck, check_leaves


class Measure:
    """A loss, by name or as a function, and the metrics that are told beside it, by default the usual."""

    def __init__(self, loss: str | Loss, metrics: Mapping[str, Metric] | None) -> None:
        self.loss: Loss = named(loss, LOSSES, "loss: expected a function of outputs and targets")
        self.wanted = USUAL.get(self.loss, {}) if metrics is None else metrics

    def metrics(self, outputs: Sequence[Any], y: Sequence[Any]) -> dict[str, float]:
        """Return the metrics of a batch by name."""
        return {name: float(metric(outputs, y)) for name, metric in self.wanted.items()}


def predict(model: Module, X: Sequence[Any]) -> list[Any]:
    """Return the model's outputs for each of X, in use and without a graph, as plain numbers."""
    with no_grad(), model.temporarily(training=False):
        outputs = [model(x) for x in X]
    return [[plain(out) for out in row] if hasattr(row, "__len__") else plain(row) for row in outputs]


def evaluate(
    model: Module,
    X: Sequence[Any],
    y: Sequence[Any],
    *,
    loss: str | Loss,
    metrics: Mapping[str, Metric] | None = None,
) -> dict[str, float]:
    """Return the loss and the metrics of a model on data by name; arguments are as for `fit`."""
    measure, outputs = Measure(loss, metrics), predict(model, X)
    return {"loss": plain(measure.loss(outputs, y)), **measure.metrics(outputs, y)}


def check_model(
    model: Module, X: Sequence[Any], y: Sequence[Any], *, loss: str | Loss, tolerance: float = 1e-6
) -> GradientCheck:
    """Check the gradient of the loss by every parameter of a model in use against finite differences.

    Returns what was measured, whose string is a table, and raises AssertionError with the operation whose
    rule is wrong, or the parameter; see `check_leaves`. The model is then as before.

    >>> from autograd_lite.nn import MLP
    >>> check = check_model(MLP(2, [2, 1], seed=1), [[0.5, -1.0]], [1.0], loss="mse")
    >>> [place for place, gradient, measured in check.rows][-1]
    'layers.1.neurons.0.b'
    """
    measure = Measure(loss, None)
    with model.temporarily(training=False):
        leaves = dict(model.named_parameters())
        return check_leaves(lambda: measure.loss([model(x) for x in X], y), leaves, tolerance=tolerance)
