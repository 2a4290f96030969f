"""Eager speed and memory beside micrograd: `pip install ".[bench]" && python benchmarks/eager.py`.

One training step of the 2-16-16-1 network on 100 points, max-margin loss and L2, is timed in blocks of steps,
the engines in turns, with the cyclic collector on and the freeing of each graph included: what a training
loop pays. Losses and gradients are compared before anything is timed. Also bytes per node and import time.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import math
import platform
import random
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import micrograd.engine
import micrograd.nn

import autograd_lite
import autograd_lite.nn

POINTS = 100
SIZES = [2, 16, 16, 1]
_rng = random.Random(1337)
X = [[_rng.uniform(-1, 1), _rng.uniform(-1, 1)] for _ in range(POINTS)]
Y = [1 if x[0] * x[1] > 0 else -1 for x in X]

Step = Callable[[], tuple[float, list[float]]]


def plain(value: Callable[[float], Any]) -> Step:
    """The step written out in operators, from weights that are the same for every engine."""
    rng = random.Random(42)
    layers = [
        [([value(rng.uniform(-1, 1)) for _ in range(nin)], value(0.0)) for _ in range(nout)]
        for nin, nout in itertools.pairwise(SIZES)
    ]
    parameters = [p for layer in layers for w, b in layer for p in [*w, b]]

    def step() -> tuple[float, list[float]]:
        losses = []
        for row, y in zip(X, Y, strict=True):
            x = [value(xi) for xi in row]
            for i, layer in enumerate(layers):
                outputs = [sum((wi * xi for wi, xi in zip(w, x, strict=True)), b) for w, b in layer]
                x = [out.relu() for out in outputs] if i < len(layers) - 1 else outputs
            losses.append((1 + -y * x[0]).relu())
        loss = sum(losses) * (1.0 / POINTS) + 1e-4 * sum(p * p for p in parameters)
        for p in parameters:
            p.grad = 0.0
        loss.backward()
        return loss.data, [p.grad for p in parameters]

    return step


def through_nn(nn: Any, value: Callable[[float], Any], penalty: Callable[[list[Any]], Any]) -> Step:
    """The step through an engine's own MLP."""
    random.seed(42)
    model = nn.MLP(2, SIZES[1:])
    inputs = [[value(xi) for xi in row] for row in X]
    parameters = model.parameters()

    def step() -> tuple[float, list[float]]:
        losses = [(1 + -y * model(x)).relu() for x, y in zip(inputs, Y, strict=True)]
        loss = sum(losses) * (1.0 / POINTS) + 1e-4 * penalty(parameters)
        model.zero_grad()
        loss.backward()
        return loss.data, [p.grad for p in parameters]

    return step


def compare(steps: dict[str, Step]) -> None:
    """Raise AssertionError unless all steps give the same loss and gradients."""
    answers = [step() for step in steps.values()]
    for loss, grads in answers:
        assert math.isclose(loss, answers[0][0], rel_tol=1e-12)
        assert all(
            math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-12) for a, b in zip(grads, answers[0][1], strict=True)
        )


def measure(steps: dict[str, Step], rounds: int, block: int) -> dict[str, list[float]]:
    """Return seconds per step of each engine, one figure a round, the engines in turns."""
    times: dict[str, list[float]] = {name: [] for name in steps}
    for _ in range(rounds):
        for name, step in steps.items():
            gc.collect()  # no engine pays for another's garbage
            start = time.perf_counter()
            for _ in range(block):
                step()
            times[name].append((time.perf_counter() - start) / block)
    return times


def bytes_per_node(value: Callable[[float], Any]) -> float:
    """Return the memory of a graph of products and sums, by node, gradients included."""
    x = value(0.5)
    gc.collect()
    tracemalloc.start()
    y, nodes = x, 0
    for _ in range(5_000):
        y = y * x + x
        nodes += 2
    before_sweep, _ = tracemalloc.get_traced_memory()
    if value is autograd_lite.Value:
        y.backward()  # micrograd has its gradients from the start, and would hit the recursion limit
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return max(size, before_sweep) / nodes


def import_seconds() -> tuple[float, float]:
    """Return the least time of bare Python and of importing the package, over 20 processes each in turns."""
    codes = {"pass": [], "import autograd_lite": []}  # type: dict[str, list[float]]
    for _ in range(20):
        for code, times in codes.items():
            start = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], check=True)
            times.append(time.perf_counter() - start)
    bare, ours = (min(times) for times in codes.values())
    return bare, ours


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--block", type=int, default=4, help="steps between two readings of the clock")
    options = parser.parse_args()
    print(f"Python {platform.python_version()}, {platform.machine()}, cyclic collector on\n")
    theirs, ours = micrograd.engine.Value, autograd_lite.Value
    suites = {
        "in plain operators": {"micrograd": plain(theirs), "autograd_lite": plain(ours)},
        "through nn": {
            "micrograd": through_nn(micrograd.nn, theirs, lambda ps: sum(p * p for p in ps)),
            "autograd_lite": through_nn(autograd_lite.nn, ours, lambda ps: autograd_lite.dot(ps, ps)),
        },
    }
    print(f"{'training step, ms':22}{'':14}{'minimum':>10}{'median':>10}{'ratio of':>10}{'medians':>9}")
    for title, steps in suites.items():
        compare(steps)
        times = measure(steps, options.rounds, options.block)
        slow = times["micrograd"]
        for name, seconds in times.items():
            least, middle = min(seconds) * 1e3, statistics.median(seconds) * 1e3
            ratios = f"{min(slow) * 1e3 / least:10.1f}{statistics.median(slow) * 1e3 / middle:9.1f}"
            print(f"{title:22}{name:14}{least:10.1f}{middle:10.1f}{ratios if name != 'micrograd' else ''}")
    memory = {name: bytes_per_node(value) for name, value in (("micrograd", theirs), ("autograd_lite", ours))}
    print(
        f"\nbytes a node: micrograd {memory['micrograd']:.0f}, autograd_lite {memory['autograd_lite']:.0f}, ",
        end="",
    )
    print(f"ratio {memory['micrograd'] / memory['autograd_lite']:.1f}")
    bare, imported = import_seconds()
    print(f"import: {(imported - bare) * 1e3:.0f} ms over the {bare * 1e3:.0f} ms of bare Python")


if __name__ == "__main__":
    main()
