"""The training loop for classifiers: mini-batches, gradient descent, a line of progress.

Relies on `modules`, `losses`, `optimisers` and `context`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TextIO

from autograd_lite.context import no_grad
from autograd_lite.nn.layers import MLP
from autograd_lite.nn.losses import cross_entropy
from autograd_lite.nn.optimisers import SGD


def train_classifier(
    model: MLP,
    X: Sequence[Sequence[float]],
    y: Sequence[int],
    *,
    epochs: int,
    lr: float = 0.1,
    momentum: float = 0.9,
    weight_decay: float = 0.01,
    batch_size: int = 16,
    seed: int = 0,
    progress: TextIO | None = None,
) -> list[float]:
    """Train a model with one output per class and return the mean loss of each epoch.

    The learning rate falls in a straight line to a tenth. `progress` gets one line, rewritten in place
    on a terminal and printed ten times elsewhere.

    Raises ArithmeticError, before the parameters are touched, if a loss is not finite.
    """
    rng = random.Random(seed)
    optimiser = SGD(model.parameters(), lr, momentum, weight_decay)
    order = list(range(len(X)))
    losses: list[float] = []
    for epoch in range(1, epochs + 1):
        optimiser.lr = lr * (1 - 0.9 * (epoch - 1) / epochs)
        rng.shuffle(order)
        total = 0.0
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            loss = cross_entropy([model(X[i]) for i in batch], [y[i] for i in batch])
            if not abs(loss) < float("inf"):
                raise ArithmeticError(
                    f"the loss became {loss.data} in epoch {epoch}: try a smaller learning rate"
                )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            total += loss.data * len(batch)
        losses.append(total / len(order))
        if progress:
            _show(progress, epoch, epochs, losses[-1])
    return losses


def _show(progress: TextIO, epoch: int, epochs: int, loss: float) -> None:
    line = f"epoch {epoch:{len(str(epochs))}}/{epochs}  loss {loss:.4f}"
    if progress.isatty():
        bar = "#" * (20 * epoch // epochs)
        progress.write(f"\r{line}  [{bar:<20}]" + ("\n" if epoch == epochs else ""))
    elif epoch == epochs or epoch % max(epochs // 10, 1) == 0:
        progress.write(line + "\n")
    progress.flush()


def predict(model: MLP, X: Sequence[Sequence[float]]) -> list[int]:
    """Return the class of each sample: the index of the greatest output."""
    with no_grad():
        outputs = [model(x) for x in X]
    return [max(range(len(row)), key=row.__getitem__) for row in outputs]


def accuracy(model: MLP, X: Sequence[Sequence[float]], y: Sequence[int]) -> float:
    """Return the share of samples whose class the model predicts."""
    return sum(a == b for a, b in zip(predict(model, X), y, strict=True)) / len(y)
