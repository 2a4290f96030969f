"""The cost of `fit` beside the loop by hand, and of both beside micrograd: `python benchmarks/training.py`.

The 2-16-16-1 network learns 100 points of two moons by gradient descent with the max-margin loss and L2, as
in micrograd's demo. The loops take the same steps, which is checked, and are timed in turns, in blocks of
epochs, cyclic collector on; for mini-batches and single samples, fit beside the loop by hand alone.
"""

from __future__ import annotations

import argparse
import random
import statistics
from collections.abc import Callable

import micrograd.engine
import micrograd.nn
from eager import measure

from autograd_lite.nn import MLP, SGD, fit, hinge, l2_penalty
from autograd_lite.nn.data import moons

X, _classes = moons(100, noise=0.1, seed=1)
Y = [2 * c - 1 for c in _classes]
Epoch = Callable[[], list[float]]


def with_micrograd() -> Epoch:
    """Return an epoch of micrograd's demo, which returns its parameters."""
    random.seed(1337)
    model = micrograd.nn.MLP(2, [16, 16, 1])

    def epoch() -> list[float]:
        inputs = [list(map(micrograd.engine.Value, row)) for row in X]
        losses = [(1 + -y * model(x)).relu() for x, y in zip(inputs, Y, strict=True)]
        loss = sum(losses) * (1.0 / len(losses)) + 1e-4 * sum(p * p for p in model.parameters())
        model.zero_grad()
        loss.backward()
        for p in model.parameters():
            p.data -= 0.05 * p.grad
        return [p.data for p in model.parameters()]

    return epoch


def by_hand(size: int) -> Epoch:
    """Return an epoch of the loop by hand in steps of so many samples."""
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    parameters = model.parameters()
    optimizer = SGD(parameters, lr=0.05)
    order = list(range(len(X)))

    def epoch() -> list[float]:
        random.Random(0).shuffle(order)
        for start in range(0, len(X), size):
            batch = order[start : start + size]
            loss = hinge([model(X[i]) for i in batch], [Y[i] for i in batch]) + 1e-4 * l2_penalty(parameters)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        return [p.data for p in parameters]

    return epoch


def with_fit(size: int, epochs: int) -> Callable[[], None]:
    """Return a call of fit for so many epochs."""
    random.seed(1337)
    model = MLP(2, [16, 16, 1])
    parameters = model.parameters()
    optimizer = SGD(parameters, lr=0.05)

    def run() -> None:
        fit(
            model, X, Y, loss=lambda scores, targets: hinge(scores, targets) + 1e-4 * l2_penalty(parameters),
            optimizer=optimizer, epochs=epochs, batch_size=size, progress=False,
        )  # fmt: skip

    return run


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=20, help="in a call of fit")
    options = parser.parse_args()
    ours, theirs = by_hand(100)(), with_micrograd()()
    assert all(abs(a - b) < 1e-9 for a, b in zip(ours, theirs, strict=True))
    for size in (100, 16, 1):
        epoch = by_hand(size)
        loops = {
            "by hand": lambda epoch=epoch: [epoch() for _ in range(options.epochs)],
            "fit": with_fit(size, options.epochs),
        }
        times = measure(loops, options.rounds, 1)
        least = {name: min(seconds) / options.epochs * 1e3 for name, seconds in times.items()}
        middle = {name: statistics.median(seconds) for name, seconds in times.items()}
        more, median = (times["fit"] / times["by hand"] - 1 for times in (least, middle))
        print(
            f"{size:3} samples a step: by hand {least['by hand']:6.1f} ms an epoch, fit {least['fit']:6.1f}, "
            f"{more:+.1%}, medians {median:+.1%}"
        )
        if size == 100:
            times = measure({"micrograd": with_micrograd(), "by hand": by_hand(100)}, options.rounds, 4)
            slow, fast = times["micrograd"], times["by hand"]
            ratio, medians = min(slow) / min(fast), statistics.median(slow) / statistics.median(fast)
            print(
                f"micrograd takes {min(slow) * 1e3:.0f} ms, {ratio:.0f} times as long; medians {medians:.0f}"
            )


if __name__ == "__main__":
    main()
