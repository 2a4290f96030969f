"""Initialisers: how the weights of a neuron are drawn before training. Biases start at 0.

An initialiser is a function of fan_in and fan_out, how many units a weight's unit hears and how many stand
beside it in its layer, and of a generator; it returns one weight. `INITIALISERS` has them by name. Relies on
the standard library alone.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

Initialiser = Callable[[int, int, random.Random], float]


def uniform(low: float = -1.0, high: float = 1.0) -> Initialiser:
    """Return the initialiser that draws from [low, high]; the default is micrograd's.

    >>> -1 <= uniform()(2, 3, random.Random(0)) <= 1
    True
    """
    return lambda fan_in, fan_out, rng: rng.uniform(low, high)


def normal(mean: float = 0.0, deviation: float = 1.0) -> Initialiser:
    """Return the initialiser that draws from the normal distribution."""
    return lambda fan_in, fan_out, rng: rng.gauss(mean, deviation)


def constant(number: float) -> Initialiser:
    """Return the initialiser that gives every weight the same number; units of a layer then learn alike."""
    return lambda fan_in, fan_out, rng: number


def glorot(distribution: str = "uniform", gain: float = 1.0) -> Initialiser:
    """Return the initialiser of variance gain² · 2 / (fan_in + fan_out), for tanh and sigmoid.

    distribution  "uniform" or "normal"; anything else is a ValueError

    Glorot and Bengio 2010, "Understanding the difficulty of training deep feedforward neural networks"; also
    named after Xavier Glorot's first name.
    """
    return _of_variance("glorot", distribution, lambda fan_in, fan_out: gain * gain * 2 / (fan_in + fan_out))


def he(distribution: str = "normal") -> Initialiser:
    """Return the initialiser of variance 2 / fan_in, for relu; `distribution` is as for `glorot`.

    He, Zhang, Ren and Sun 2015, "Delving deep into rectifiers"; also named after Kaiming He's first name.
    """
    return _of_variance("he", distribution, lambda fan_in, fan_out: 2 / fan_in)


xavier, kaiming = glorot, he


def lecun(distribution: str = "normal") -> Initialiser:
    """Return the initialiser of variance 1 / fan_in, for selu and linear units; else it is as `he`.

    LeCun, Bottou, Orr and Müller 1998, "Efficient BackProp".
    """
    return _of_variance("lecun", distribution, lambda fan_in, fan_out: 1 / fan_in)


def _of_variance(name: str, distribution: str, variance: Callable[[int, int], float]) -> Initialiser:
    if distribution == "normal":
        return lambda fan_in, fan_out, rng: rng.gauss(0.0, math.sqrt(variance(fan_in, fan_out)))
    if distribution != "uniform":
        raise ValueError(f'{name}: expected "uniform" or "normal" as the distribution, got {distribution!r}')

    def draw(fan_in: int, fan_out: int, rng: random.Random) -> float:
        limit = math.sqrt(3 * variance(fan_in, fan_out))  # the variance of [-limit, limit] is limit² / 3
        return rng.uniform(-limit, limit)

    return draw


MAKERS = (uniform, normal, constant, glorot, he, lecun)  # what is called to get an initialiser, and is none

INITIALISERS: dict[str, Initialiser] = {
    "uniform": uniform(),
    "normal": normal(),
    "zeros": constant(0.0),
    "glorot": glorot(),
    "xavier": glorot(),
    "he": he(),
    "kaiming": he(),
    "lecun": lecun(),
}
