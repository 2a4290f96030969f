"""What a trained model is asked for: `predict` its outputs, `evaluate` it, check its gradient.

Relies on `losses`, `metrics`, `modules` and `testing`.
"""

from __future__ import annotations

import re
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
        # By identity: a loss of the user's own need not be hashable.
        usual = [("accuracy", metric) for of, metric in USUAL if of is self.loss]
        self.wanted = dict(usual) if metrics is None else _checked(metrics)

    def metrics(self, outputs: Sequence[Any], y: Sequence[Any]) -> dict[str, float]:
        """Return the metrics of a batch by name; they are given plain numbers, in training too."""
        if not self.wanted:
            return {}
        outputs = [_plain(output) for output in outputs]
        return {name: float(metric(outputs, y)) for name, metric in self.wanted.items()}


def _checked(metrics: Any) -> Mapping[str, Metric]:
    """Return metrics that are functions by names of their own; raises TypeError or ValueError for others."""
    if not isinstance(metrics, Mapping) or not all(map(callable, metrics.values())):
        raise TypeError(f'metrics: expected functions by name, such as {{"mae": mae}}, got {metrics!r}')
    for name in metrics:
        if not isinstance(name, str) or re.match(r"(loss|time|lr)$|gradient_norm|val_", name):
            raise ValueError(
                f"metrics: {name!r} is no name for a metric: a history has such a column; choose another"
            )
    return metrics


def _plain(output: Any) -> Any:
    """Return an output of a model with plain numbers in place of its Values, and lists for its sequences."""
    if isinstance(output, Mapping):
        return {key: _plain(item) for key, item in output.items()}
    if hasattr(output, "__len__") and not isinstance(output, str):
        return [_plain(item) for item in output]
    return plain(output, "the model's output")


def predict(model: Module, X: Sequence[Any]) -> list[Any]:
    """Return the model's outputs for each of X, in use and without a graph, as plain numbers."""
    with no_grad(), model.temporarily(training=False):
        outputs = [model(x) for x in X]
    return [_plain(output) for output in outputs]


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
