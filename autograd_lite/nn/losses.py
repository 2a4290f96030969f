"""Losses: how far outputs are from their targets, as one Value to call `backward()` on.

Relies on `functions`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_lite import functions


def max_margin(scores: Sequence[Any], targets: Sequence[float]) -> Any:
    """Return the mean of relu(1 - target * score) over samples with targets -1 and 1.

    >>> max_margin([2.0, 0.5], [1, -1])
    0.75
    """
    _same_length("max_margin", scores, targets)
    losses = [functions.relu(1 - target * score) for score, target in zip(scores, targets, strict=True)]
    return functions.fsum(losses) / len(losses)


def cross_entropy(logits: Sequence[Sequence[Any]], targets: Sequence[int]) -> Any:
    """Return the mean of -log softmax(logits)[target] over samples, target being the index of the class.

    >>> round(cross_entropy([[1000.0, 0.0], [0.0, 0.0]], [0, 1]), 6)
    0.346574
    """
    _same_length("cross_entropy", logits, targets)
    losses = []
    for i, (row, target) in enumerate(zip(logits, targets, strict=True)):
        if not hasattr(row, "__len__") or isinstance(target, float) or not 0 <= target < len(row):
            raise ValueError(
                f"cross_entropy: sample {i}: expected a row of logits, one per class, and the index of a "
                f"class, got {row!r} and {target!r}"
            )
        # Exponentials of differences from the greatest cannot overflow; the shift has no gradient.
        shift = functions.stop_gradient(max(row))
        terms = [functions.exp(logit - shift) for logit in row]
        losses.append(functions.log(functions.fsum(terms)) + shift - row[target])
    return functions.fsum(losses) / len(losses)


def _same_length(function: str, outputs: Sequence[Any], targets: Sequence[Any]) -> None:
    if len(outputs) != len(targets) or len(outputs) == 0:
        raise ValueError(
            f"{function}: expected as many outputs as targets, and at least one, "
            f"got {len(outputs)} and {len(targets)}"
        )
