"""Metrics: what a person wants to know of a model's outputs, as a plain number. Relies on `losses`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from autograd_lite.engine import plain
from autograd_lite.nn.losses import Loss, bce, bce_with_logits, cross_entropy, hinge, nll

Metric = Callable[[Sequence[Any], Sequence[Any]], float]


def accuracy(outputs: Sequence[Any], targets: Sequence[Any], threshold: float = 0.0) -> float:
    """Return the share of samples that are put in the right class.

    outputs    a row per sample, whose greatest number is the class; or a number, above the threshold for yes
    targets    the index of the class, or a one-hot row; or above 0 for yes

    Raises ValueError for lengths that differ, or no samples.

    >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1]), accuracy([-0.2, 3.0], [-1, 1])
    (0.5, 1.0)
    """
    if len(outputs) != len(targets) or len(outputs) == 0:
        raise ValueError(
            "accuracy: expected as many outputs as targets, and at least one, "
            f"got {len(outputs)} and {len(targets)}"
        )
    right = 0
    for output, target in zip(outputs, targets, strict=True):
        if hasattr(output, "__len__"):
            right += bool(_greatest(output) == (_greatest(target) if hasattr(target, "__len__") else target))
        else:
            right += bool((plain(output) > threshold) == (target > 0))
    return right / len(outputs)


def _greatest(row: Sequence[Any]) -> int:
    return max(range(len(row)), key=row.__getitem__)


# What is told of a training that minimises these, if nothing else is asked for.
USUAL: dict[Loss, dict[str, Metric]] = {
    cross_entropy: {"accuracy": accuracy},
    nll: {"accuracy": accuracy},
    hinge: {"accuracy": accuracy},
    bce_with_logits: {"accuracy": accuracy},
    bce: {"accuracy": partial(accuracy, threshold=0.5)},
}
