"""Compiled functions beside NumPy by hand, JAX and CasADi: time per call, of a value with its gradient.

    python benchmarks/jit.py [--rounds N] [--json FILE]

Peers that are not installed are left out. Everything runs in this process, pinned to one core, in turns; the
answers are compared first. Each figure is the median of the rounds; the first call, which compiles, is apart.
"""

import argparse
import json
import os
import platform
import statistics
import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from autograd_lite import dot, exp, jit, log, mean, norm_cdf, relu, sqrt, value_and_grad, vmap

SIZES = [2, 16, 16, 1]


class Work(NamedTuple):
    """A function to measure: by whom, its calls, what a call is divided by, and how many make a block."""

    name: str
    unit: str
    count: int
    block: int
    peers: dict[str, Callable[[], Any]]


def rosenbrock(x: Any) -> Any:
    """Return Rosenbrock's function of n numbers."""
    total = 0.0
    for i in range(len(x) - 1):
        total = total + 100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2
    return total


def rosenbrock_works(n: int, block: int) -> list[Work]:
    """Return the work on Rosenbrock's function of n numbers, from arrays and from lists."""
    x = np.linspace(-0.5, 1.5, n)
    listed = x.tolist()
    compiled = jit(value_and_grad(rosenbrock))

    def by_hand() -> Any:
        head, tail = x[:-1], x[1:]
        rest = tail - head**2
        gradient = np.zeros(n)
        gradient[:-1] = -400 * head * rest - 2 * (1 - head)
        gradient[1:] += 200 * rest
        return 100 * (rest**2).sum() + ((1 - head) ** 2).sum(), gradient

    peers: dict[str, Callable[[], Any]] = {"autograd_lite": lambda: compiled(x), "NumPy": by_hand}
    add_jax(peers, lambda jnp: lambda x: (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum(), x)
    add_casadi(peers, rosenbrock, x)
    lists = {"autograd_lite": lambda: compiled(listed), "NumPy": by_hand}
    return [
        Work(f"Rosenbrock n = {n}, arrays", "µs a call", 1, block, peers),
        Work(f"Rosenbrock n = {n}, lists", "µs a call", 1, block, lists),
    ]


def add_jax(peers: dict[str, Callable[[], Any]], f: Callable[[Any], Any], x: Any) -> None:
    """Add JAX's value and gradient of f(jax.numpy), if JAX is there."""
    try:
        import jax
    except ImportError:
        return
    jax.config.update("jax_enable_x64", True)
    compiled = jax.jit(jax.value_and_grad(f(jax.numpy)))
    peers["JAX"] = lambda: jax.block_until_ready(compiled(x))


def add_casadi(peers: dict[str, Callable[[], Any]], f: Callable[[Any], Any], x: Any) -> None:
    """Add CasADi's virtual machine, if CasADi is there."""
    try:
        import casadi
    except ImportError:
        return
    variable = casadi.SX.sym("x", len(x))
    y = f([variable[i] for i in range(len(x))])
    function = casadi.Function("f", [variable], [y, casadi.gradient(y, variable)])
    buffer, call = function.buffer()
    value, gradient = np.zeros(1), np.zeros(len(x))
    buffer.set_arg(0, memoryview(x))
    buffer.set_res(0, memoryview(value))
    buffer.set_res(1, memoryview(gradient))

    def run(owners: Any = (function, buffer)) -> Any:  # which own the memory that `call` writes to
        call()
        return value[0], gradient

    peers["CasADi"] = run


def black_scholes(S: Any, K: Any, r: Any, sigma: Any, T: Any) -> Any:
    """Return the price of a European call."""
    d = (log(S / K) + (r + sigma**2 / 2) * T) / (sigma * sqrt(T))
    return S * norm_cdf(d) - K * exp(-r * T) * norm_cdf(d - sigma * sqrt(T))


def black_scholes_work(count: int) -> Work:
    """Return the work of pricing options with five Greeks."""
    rng = np.random.default_rng(1)
    bounds = ((80, 120), (80, 120), (0, 0.05), (0.1, 0.5), (0.25, 2))
    columns = [rng.uniform(*bound, count) for bound in bounds]
    compiled = jit(vmap(value_and_grad(black_scholes, argnums=(0, 1, 2, 3, 4))))
    peers: dict[str, Callable[[], Any]] = {"autograd_lite": lambda: compiled(*columns)}
    try:
        import jax
        from jax.scipy.stats import norm
    except ImportError:
        pass
    else:
        jax.config.update("jax_enable_x64", True)
        jnp = jax.numpy

        def price(S: Any, K: Any, r: Any, sigma: Any, T: Any) -> Any:
            d = (jnp.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * jnp.sqrt(T))
            return S * norm.cdf(d) - K * jnp.exp(-r * T) * norm.cdf(d - sigma * jnp.sqrt(T))

        greeks = jax.jit(jax.vmap(jax.value_and_grad(price, argnums=(0, 1, 2, 3, 4))))
        peers["JAX"] = lambda: jax.block_until_ready(greeks(*columns))
    return Work(f"Black-Scholes, five Greeks, {count:,} options", "ns an option", count, 1, peers)


def network(parameters: Any, x: Any, y: Any) -> Any:
    """Return the hinge loss of a 2-16-16-1 network for one sample."""
    start = 0
    for inputs, outputs in pairwise(SIZES):
        rows = [parameters[start + i * (inputs + 1) :][: inputs + 1] for i in range(outputs)]
        start += outputs * (inputs + 1)
        x = [dot(row, [*x, 1.0]) for row in rows]
        if outputs > 1:
            x = [relu(z) for z in x]
    return relu(1 - y * x[0])


def network_work(count: int, block: int) -> Work:
    """Return the work of the mean loss of that many samples and all 337 gradients."""
    rng = np.random.default_rng(1)
    parameters = rng.uniform(-1, 1, sum((i + 1) * o for i, o in pairwise(SIZES)))
    X = rng.uniform(-1, 1, (count, 2))
    y = np.sign(X[:, 0] * X[:, 1])
    step = jit(value_and_grad(lambda p, X, y: mean(vmap(network, in_axes=(None, 0, 0))(p, X, y))))
    peers: dict[str, Callable[[], Any]] = {
        "autograd_lite": lambda: step(parameters, X, y),
        "NumPy": lambda: network_by_hand(parameters, X, y),
    }
    try:
        import jax
    except ImportError:
        pass
    else:
        jax.config.update("jax_enable_x64", True)
        jnp = jax.numpy

        def total(p: Any) -> Any:
            h = X
            for W, b, hidden in layers(p):
                h = h @ W.T + b
                h = jnp.maximum(h, 0) if hidden else h
            return jnp.maximum(1 - y * h[:, 0], 0).mean()

        compiled = jax.jit(jax.value_and_grad(total))
        peers["JAX"] = lambda: jax.block_until_ready(compiled(parameters))
    return Work(f"2-16-16-1 network, {count:,} samples", "ns a sample", count, block, peers)


def layers(p: Any) -> list[tuple[Any, Any, bool]]:
    """Return weights and biases of each layer, and whether it is hidden."""
    found, start = [], 0
    for inputs, outputs in pairwise(SIZES):
        block = p[start : start + outputs * (inputs + 1)].reshape(outputs, inputs + 1)
        found.append((block[:, :-1], block[:, -1], outputs > 1))
        start += outputs * (inputs + 1)
    return found


def network_by_hand(p: np.ndarray, X: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean loss and its gradient, by matrices."""
    inputs = []
    h = X
    for W, b, hidden in layers(p):
        inputs.append(h)
        h = h @ W.T + b
        h = np.maximum(h, 0) if hidden else h
    margins = 1 - y * h[:, 0]
    cotangent = (-y * (margins > 0) / len(X))[:, None]
    gradients = []
    for (W, _, hidden), h_in in zip(reversed(layers(p)), reversed(inputs), strict=True):
        if hidden:
            cotangent = cotangent * (h > 0)
        gradients.append(np.column_stack([cotangent.T @ h_in, cotangent.sum(0)]).ravel())
        h, cotangent = h_in, cotangent @ W
    return np.maximum(margins, 0).mean(), np.concatenate(gradients[::-1])


def flat(result: Any) -> np.ndarray:
    """Return all numbers of a result."""
    value, gradient = result
    parts = gradient if isinstance(gradient, tuple) else (gradient,)
    return np.concatenate([np.ravel(np.asarray(part, float)) for part in (value, *parts)])


def measure(work: Work, rounds: int) -> dict[str, dict[str, float]]:
    """Return first call in seconds and median time per unit of each peer, after comparing the answers."""
    figures: dict[str, dict[str, float]] = {}
    expected: np.ndarray | None = None
    for peer, call in work.peers.items():
        start = time.perf_counter()
        answer = flat(call())
        figures[peer] = {"first": time.perf_counter() - start}
        expected = answer if expected is None else expected
        np.testing.assert_allclose(answer, expected, rtol=1e-9, atol=1e-9)
    times: dict[str, list[float]] = {peer: [] for peer in work.peers}
    for _ in range(rounds):
        for peer, call in work.peers.items():
            start = time.perf_counter()
            for _ in range(work.block):
                call()
            times[peer].append((time.perf_counter() - start) / work.block)
    scale = 1e9 / work.count if work.unit.startswith("ns") else 1e6
    for peer, seconds in times.items():
        figures[peer]["median"] = statistics.median(seconds) * scale
    return figures


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--json", help="where to write the figures")
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    works = [
        *rosenbrock_works(10, 2_000),
        *rosenbrock_works(1_000, 100),
        network_work(100, 100),
        network_work(10_000, 3),
        network_work(100_000, 1),
        black_scholes_work(1_000_000),
    ]
    print(f"Python {platform.python_version()}, {platform.machine()}, one core, {options.rounds} rounds\n")
    print("| work | peer | first call, s | median | ratio |\n|---|---|---|---|---|")
    report = {}
    for work in works:
        report[work.name] = figures = measure(work, options.rounds)
        ours = figures["autograd_lite"]["median"]
        for peer, figure in figures.items():
            median, ratio = figure["median"], figure["median"] / ours
            print(
                f"| {work.name} | {peer} | {figure['first']:.2f} | {median:.3g} {work.unit} | {ratio:.2f} |"
            )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(report, file, indent=1)


if __name__ == "__main__":
    main()
