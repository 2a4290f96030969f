"""Works of jit.py: options priced by a formula and along paths, with their Greeks."""

from __future__ import annotations

import ctypes
import math
from typing import Any

import numpy as np
from peers import Work, cpp, numpy, on_arrays, on_numbers

# Options priced by Black and Scholes' formula, and five Greeks of each.


def black_scholes(words: Any, S: Any, K: Any, r: Any, sigma: Any, T: Any) -> Any:
    """Return the price of a European call, or of arrays of them."""
    d = (words.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * words.sqrt(T))
    return S * words.norm_cdf(d) - K * words.exp(-r * T) * words.norm_cdf(d - sigma * words.sqrt(T))


def black_scholes_by_hand(S: Any, K: Any, r: Any, sigma: Any, T: Any) -> Any:
    """Return prices and Greeks."""
    from scipy.special import ndtr

    root = np.sqrt(T)
    d = (np.log(S / K) + (r + sigma**2 / 2) * T) / (sigma * root)
    delta, reached, discount = ndtr(d), ndtr(d - sigma * root), np.exp(-r * T)
    vega = S * root * np.exp(-(d**2) / 2) / math.sqrt(2 * math.pi)
    rho = K * T * discount * reached
    theta = vega * sigma / (2 * T) + r * K * discount * reached
    return S * delta - K * discount * reached, (delta, -discount * reached, rho, vega, theta)


def black_scholes_in_cpp(library: ctypes.CDLL, *columns: np.ndarray) -> Any:
    """Return the call of the formula in C++."""
    results = np.empty((6, len(columns[0])))
    places = [ctypes.c_void_p(array.ctypes.data) for array in columns]
    arguments = *places, ctypes.c_long(len(columns[0])), ctypes.c_void_p(results.ctypes.data)

    def call(owners: Any = columns) -> Any:
        library.black_scholes(*arguments)
        return results[0], tuple(results[1:])

    return call


def options(count: int) -> tuple[Any, ...]:
    """Return spot, strike, rate, volatility and time of that many options."""
    rng = np.random.default_rng(1)
    bounds = ((80, 120), (80, 120), (0, 0.05), (0.1, 0.5), (0.25, 2))
    return tuple(rng.uniform(*bound, count) for bound in bounds)


def black_scholes_work(count: int) -> Work:
    """Return the work on that many options."""
    everyone = on_numbers(black_scholes, each=True) | on_arrays(black_scholes, each=True)
    by_hand = {"NumPy": numpy(black_scholes_by_hand), "C++": cpp(black_scholes_in_cpp)}
    name = f"Black-Scholes, five Greeks, {count:,} options"
    return Work(name, "ns an option", count, lambda: options(count), everyone | by_hand, {"time": 20})


# A price along paths of 252 steps of the log-Euler scheme, and its gradient in S, r, sigma, T and K.

STEPS = 252


def path(words: Any, market: Any, z: Any) -> Any:
    """Return the discounted payoff of a call on the price at the end of one path."""
    S, r, sigma, T, K = market
    drift, scale = (r - sigma**2 / 2) * (T / STEPS), sigma * words.sqrt(T / STEPS)
    x = words.log(S)
    for k in range(STEPS):
        x = x + drift + scale * z[k]
    return words.exp(-r * T) * words.relu(words.exp(x) - K)


def paths(words: Any, market: Any, Z: Any) -> Any:
    """Return the mean over paths; with constant coefficients the steps of arrays are one sum."""
    S, r, sigma, T, K = market
    x = words.log(S) + (r - sigma**2 / 2) * T + sigma * words.sqrt(T / STEPS) * Z.sum(1)
    return (words.exp(-r * T) * words.relu(words.exp(x) - K)).mean()


def paths_by_hand(market: np.ndarray, Z: np.ndarray) -> Any:
    """Return the mean over paths and its derivatives along them."""
    S, r, sigma, T, K = market.tolist()
    w = math.sqrt(T / STEPS) * Z.sum(1)
    discounted = math.exp(-r * T) * np.exp(math.log(S) + (r - sigma**2 / 2) * T + sigma * w)
    paid = discounted > K * math.exp(-r * T)
    reached, total = paid.mean() * math.exp(-r * T), (paid * discounted).mean()
    weighted = (paid * discounted * w).mean()
    gradient = [
        total / S,
        T * K * reached,
        weighted - sigma * T * total,
        sigma * weighted / (2 * T) - sigma**2 / 2 * total + r * K * reached,
        -reached,
    ]
    return total - K * reached, np.array(gradient)


def average_path(words: Any, market: Any, z: Any) -> Any:
    """Return the discounted payoff of a call on the average price of one path."""
    S, r, sigma, T, K = market
    drift, scale = (r - sigma**2 / 2) * (T / STEPS), sigma * words.sqrt(T / STEPS)
    x, prices = words.log(S), []
    for k in range(STEPS):
        x = x + drift + scale * z[k]
        prices.append(words.exp(x))
    return words.exp(-r * T) * words.relu(words.sum(prices) / STEPS - K)


def average_paths(words: Any, market: Any, Z: Any) -> Any:
    """Return the mean over paths."""
    S, r, sigma, T, K = market
    steps = (r - sigma**2 / 2) * (T / STEPS) + sigma * words.sqrt(T / STEPS) * Z
    prices = words.exp(words.log(S) + steps.cumsum(1))
    return (words.exp(-r * T) * words.relu(prices.mean(1) - K)).mean()


def average_paths_by_hand(market: np.ndarray, Z: np.ndarray) -> Any:
    """Return the mean over paths and its derivatives along them."""
    S, r, sigma, T, K = market.tolist()
    times = np.arange(1, STEPS + 1) * (T / STEPS)
    w = np.cumsum(Z, axis=1)
    w *= math.sqrt(T / STEPS)
    prices = sigma * w
    prices += math.log(S) + (r - sigma**2 / 2) * times
    np.exp(prices, out=prices)
    average, discount = prices.mean(1), math.exp(-r * T)
    weights = (average > K) * (discount / len(Z))  # of the paths that pay
    of_time = weights @ prices / STEPS  # the mean of each step over these
    weighted = weights @ np.einsum("ij,ij->i", prices, w) / STEPS
    total, reached = of_time.sum(), weights.sum()
    value = total - K * reached
    gradient = [
        total / S,
        of_time @ times - T * value,
        weighted - sigma * (of_time @ times),
        sigma * weighted / (2 * T) + (r - sigma**2 / 2) * (of_time @ times) / T - r * value,
        -reached,
    ]
    return value, np.array(gradient)


def normals(count: int) -> tuple[Any, ...]:
    """Return S, r, sigma, T and K, and normal draws for that many paths."""
    return np.array([100, 0.03, 0.2, 1, 105]), np.random.default_rng(1).standard_normal((count, STEPS))


def path_works(count: int) -> list[Work]:
    """Return the works on the price at the end, and on the average price."""
    works = []
    for name, graph, array, by_hand in (
        ("at the end", path, paths, paths_by_hand),
        ("on the average", average_path, average_paths, average_paths_by_hand),
    ):
        everyone = on_numbers(graph) | on_arrays(array) | {"NumPy": numpy(by_hand)}
        title = f"log-Euler path of {STEPS} steps, {count:,} paths, call {name}"
        works.append(Work(title, "ns a path", count, lambda: normals(count), everyone, {"NumPy": 1}))
    return works
