"""Metrics: what a person wants to know of a model's outputs, as a plain number. Relies on `losses`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from autograd_lite.engine import plain
from autograd_lite.nn.losses import (
    Loss,
    bce,
    bce_with_logits,
    classified,
    cross_entropy,
    hinge,
    nll,
    paired,
)

Metric = Callable[[Sequence[Any], Sequence[Any]], float]


def accuracy(outputs: Sequence[Any], targets: Sequence[Any], threshold: float = 0.0) -> float:
    """Return the share of samples that are put in the right class.

    outputs    a row per sample, whose greatest number is the class; or a number, as in `binary_accuracy`
    targets    the index of the class, or a row of what each class should get, with sum 1

    Raises ValueError for other shapes, lengths that differ, or no samples.

    >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1]), accuracy([-0.2, 3.0], [-1, 1])
    (0.5, 1.0)
    """
    if not any(hasattr(output, "__len__") for output in outputs):
        return binary_accuracy(outputs, targets, threshold)
    samples = classified("accuracy", outputs, targets, "; of independent outputs take binary_accuracy")
    right = [
        max(range(len(row)), key=row.__getitem__) == max(shares, key=lambda share: share[1])[0]
        for row, shares in samples
    ]
    return sum(right) / len(right)


def binary_accuracy(outputs: Sequence[Any], targets: Sequence[Any], threshold: float = 0.0) -> float:
    """Return the share of numbers that are above the threshold where the target is above ½, and only there.

    Outputs and targets are numbers, or rows of as many numbers each, of which every one is a question of its
    own. Raises ValueError for other shapes, lengths that differ, or no samples.

    >>> binary_accuracy([-0.2, 3.0], [-1, 1]), binary_accuracy([[5.0, 1.0]], [[1, 0]])
    (1.0, 0.5)
    """
    pairs = paired("binary_accuracy", outputs, targets)
    right = [(plain(output) > threshold) == (plain(target) > 0.5) for output, target in pairs]
    return sum(right) / len(right)


# What is told of a training that minimises these, if nothing else is asked for.
USUAL: tuple[tuple[Loss, Metric], ...] = (
    (cross_entropy, accuracy),
    (nll, accuracy),
    (hinge, binary_accuracy),
    (bce_with_logits, binary_accuracy),
    (bce, partial(binary_accuracy, threshold=0.5)),
)
