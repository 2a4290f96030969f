"""What the functional API costs beside sweeps by hand: `python benchmarks/orders.py`.

On the Rosenbrock function of 1000 variables, recorded anew in every call: `grad` beside building the graph
and calling `backward()`, `jvp` in one direction beside that too; and a Hessian of 100 variables and a product
with it beside one gradient. Timed in turns, the answers compared first.
"""

from __future__ import annotations

import argparse
import math
import platform
import random
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from autograd_lite import Value, exp, fsum, grad, hessian, hvp, jvp, sin


def rosenbrock(x: list[Any]) -> Any:
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


def dense(x: list[Any]) -> Any:
    """A function whose Hessian has no zeros."""
    total = fsum(x)
    return exp(0.01 * total) * sin(total) + sum(a * b for a, b in pairwise(x)) ** 2


def by_hand(x: list[float]) -> list[float]:
    leaves = [Value(number) for number in x]
    rosenbrock(leaves).backward()
    return [leaf.grad for leaf in leaves]


def in_turns(tasks: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of every round of each task, the tasks taking turns."""
    seconds: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def show(title: str, seconds: dict[str, list[float]]) -> None:
    print(f"\n{title}")
    first, *_ = seconds.values()
    for name, times in seconds.items():
        ratio = min(times) / min(first), statistics.median(times) / statistics.median(first)
        print(
            f"  {name:<28}{min(times) * 1e3:9.2f} ms min {statistics.median(times) * 1e3:9.2f} ms median"
            f"   x {ratio[0]:.2f} min, {ratio[1]:.2f} median"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=25)
    rounds = parser.parse_args().rounds
    rng = random.Random(1)
    x = [rng.uniform(-1, 1) for _ in range(1000)]
    v = [rng.uniform(-1, 1) for _ in range(1000)]
    slopes = grad(rosenbrock)(x)
    assert slopes == by_hand(x)
    along = math.fsum(a * b for a, b in zip(slopes, v, strict=True))
    assert math.isclose(jvp(rosenbrock, (x,), (v,))[1], along, rel_tol=1e-11)
    print(f"{platform.python_implementation()} {platform.python_version()}, {platform.machine()}")
    tasks = {
        "by hand with backward()": lambda: by_hand(x),
        "grad": lambda: grad(rosenbrock)(x),
        "jvp, one direction": lambda: jvp(rosenbrock, (x,), (v,)),
        "hvp, one direction": lambda: hvp(rosenbrock, (x,), (v,)),
    }
    show("Rosenbrock, 1000 variables", in_turns(tasks, rounds))
    short, way = x[:100], v[:100]
    for f in (rosenbrock, dense):
        matrix, product = hessian(f)(short), hvp(f, (short,), (way,))
        rows = [math.fsum(a * b for a, b in zip(row, way, strict=True)) for row in matrix]
        size = max(map(abs, product))
        assert all(abs(a - b) <= 1e-9 * size for a, b in zip(rows, product, strict=True))
        tasks = {
            "grad": lambda f=f: grad(f)(short),
            "hvp, one direction": lambda f=f: hvp(f, (short,), (way,)),
            "hessian": lambda f=f: hessian(f)(short),
        }
        show(f"{f.__name__}, 100 variables", in_turns(tasks, max(3, rounds // 5)))


if __name__ == "__main__":
    main()
