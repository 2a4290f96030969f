"""What jit.py measures: functions of plain numbers, those of `networks` and those of `pricing`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from networks import network_work, training_step_work
from peers import Work, autograd_lite, casadi, numpy, on_arrays, on_numbers
from pricing import black_scholes_work, path_works

# Rosenbrock's function of n numbers.


def rosenbrock(words: Any, x: Any) -> Any:
    """Return it, of a list or an array of numbers."""
    return words.sum([100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x)])


def rosenbrock_of_array(words: Any, x: Any) -> Any:
    """Return it, by slices."""
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


def rosenbrock_by_hand(x: np.ndarray) -> Any:
    """Return it with its gradient."""
    head, tail = x[:-1], x[1:]
    rest = tail - head**2
    gradient = np.zeros(len(x))
    gradient[:-1] = -400 * head * rest - 2 * (1 - head)
    gradient[1:] += 200 * rest
    return 100 * (rest**2).sum() + ((1 - head) ** 2).sum(), gradient


def rosenbrock_works() -> list[Work]:
    """Return the works on 10 numbers, as an array and as a list, and on 1,000."""
    everyone = {"NumPy": numpy(rosenbrock_by_hand), **on_arrays(rosenbrock_of_array)}
    small = on_numbers(rosenbrock) | everyone
    large = on_numbers(rosenbrock, compact=True) | everyone
    listed = {"autograd_lite": autograd_lite(rosenbrock, listed=True)}

    def numbers(n: int) -> Callable[[], tuple[Any]]:
        return lambda: (np.linspace(-0.5, 1.5, n),)

    return [
        Work("Rosenbrock, n = 10, from an array", "µs a call", 1, numbers(10), small, {"time": 1}),
        Work("Rosenbrock, n = 10, from a list", "µs a call", 1, numbers(10), listed, {"time": 3}),
        Work("Rosenbrock, n = 1,000", "µs a call", 1, numbers(1_000), large, {"best peer": 1, "first": 3}),
    ]


# A chain of a million operations.


def chain(words: Any, x: Any) -> Any:
    """Return 500,000 products and as many sums, one after the other."""
    y = x[0]
    for i in range(500_000):
        y = y * x[i % 10] + x[(i + 3) % 10]
    return y


def chain_of_sines(words: Any, x: Any) -> Any:
    """Return 250,000 times two products, a sine and a sum, one after the other."""
    y = x[0]
    for i in range(250_000):
        y = x[i % 9] * words.sin(y * x[i % 10]) + x[(i + 3) % 10]
    return y


def chain_works() -> list[Work]:
    """Return the works on the chains, which of the peers CasADi's virtual machine alone takes."""
    bars = {"time": 8.0, "first": 60, "memory": 4}
    return [
        Work(
            f"chain of 1,000,000 operations, {name}",
            "ns an operation",
            1_000_000,
            lambda: (np.linspace(0.3, 0.9, 10),),
            {"autograd_lite": autograd_lite(graph), "CasADi": casadi(graph)},
            bars,
        )
        for name, graph in (("* and +", chain), ("with sin", chain_of_sines))
    ]


WORKS = [
    *rosenbrock_works(),
    network_work(100, {"best peer": 0.6}),
    network_work(10_000, {"best peer": 1, "C++": 1.4}),
    network_work(100_000, {"best peer": 0.6}),
    training_step_work(),
    black_scholes_work(1_000_000),
    *path_works(10_000),
    *chain_works(),
]
