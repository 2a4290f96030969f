"""Points to learn from, and what is done with data before and during training.

Batches, splitting, standardising and one-hot rows; moons, circles, spirals, XOR, a line, hours of sleep and
study, the iris measurements, and given names. Everything is deterministic for a seed. Relies on `tables` and
`randomness`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from autograd_lite.nn.randomness import Seed, generator
from autograd_lite.nn.tables import Table, read_table

NAMES = Path(str(files("autograd_lite") / "data" / "names.txt"))
IRIS = Path(str(files("autograd_lite") / "data" / "iris.csv"))  # E. Anderson 1935, public domain

Points = tuple[list[list[float]], list[int]]


def batches(
    X: Sequence[Any], y: Sequence[Any], size: int | None = None, shuffle: bool = True, seed: Seed = 0
) -> Iterator[tuple[list[Any], list[Any]]]:
    """Return an iterator over the samples, size of them at a time with their targets; the last may be fewer.

    size     None for all at once (full batch), 1 for one after another (online), else mini-batches
    shuffle  whether mini-batches are in an order drawn from the seed; a full batch is in its own

    Raises ValueError for lengths that differ, no samples, and a size below 1.

    >>> list(batches([[1.0], [2.0], [3.0]], [1, 2, 3], size=2, shuffle=False))
    [([[1.0], [2.0]], [1, 2]), ([[3.0]], [3])]
    """
    if len(X) != len(y) or len(X) == 0:
        raise ValueError(
            f"batches: expected as many samples as targets, and at least one, got {len(X)} and {len(y)}"
        )
    if size is not None and size < 1:
        raise ValueError(f"batches: expected a size of at least 1, or None for all, got {size}")
    order = list(range(len(X)))
    size = size or len(order)
    if shuffle and size < len(order):
        generator(seed, "batches").shuffle(order)
    chosen = [order[start : start + size] for start in range(0, len(order), size)]
    return (([X[i] for i in batch], [y[i] for i in batch]) for batch in chosen)


def train_test_split(
    X: Sequence[Any], y: Sequence[Any], test_share: float = 0.25, seed: Seed = 0
) -> tuple[list[Any], list[Any], list[Any], list[Any]]:
    """Return the samples to train on and those held out, then the targets of both: X, X, y, y.

    Where the targets are whole numbers they are taken for classes, which are split in proportion, and each
    keeps at least one sample to train on. Raises ValueError for other lengths and shares outside [0, 1).

    >>> train_test_split([[1.0], [2.0], [3.0], [4.0]], [0, 0, 1, 1], test_share=0.5, seed=1)
    ([[1.0], [3.0]], [[2.0], [4.0]], [0, 1], [0, 1])
    """
    if len(X) != len(y):
        raise ValueError(f"train_test_split: expected as many samples as targets, got {len(X)} and {len(y)}")
    if not 0 <= test_share < 1:
        raise ValueError(f"train_test_split: expected a share in [0, 1), got {test_share}")
    rng = generator(seed, "train_test_split")
    # A NumPy row of one number has an index too, and is no class.
    are_classes = all(hasattr(target, "__index__") and not getattr(target, "shape", ()) for target in y)
    classes = sorted(set(y)) if are_classes else [None]
    train: list[int] = []
    test: list[int] = []
    for kind in classes:
        members = [i for i, target in enumerate(y) if kind is None or target == kind]
        rng.shuffle(members)
        held_out = min(round(len(members) * test_share), len(members) - 1)
        test += members[:held_out]
        train += members[held_out:]
    rng.shuffle(train)
    return [X[i] for i in train], [X[i] for i in test], [y[i] for i in train], [y[i] for i in test]


def standardize(
    rows: Sequence[Sequence[float]], like: Sequence[Sequence[float]] | None = None
) -> list[list[float]]:
    """Return rows shifted and scaled so that the columns of `like`, or of rows, have mean 0 and variance 1.

    A column that is constant in `like` becomes 0 there. Raises ValueError for rows of other lengths than the
    first of `like`, for none there, and for numbers in it that are not finite.

    >>> standardize([[1.0, 5.0], [3.0, 5.0]])
    [[-1.0, 0.0], [1.0, 0.0]]
    """
    like = rows if like is None else like
    width = len(like[0]) if len(like) else 0
    for what, part in (("rows", rows), ("like", like)):
        for i, row in enumerate(part):
            if len(row) != width:
                raise ValueError(f"standardize: {what}[{i}]: expected {width} numbers, got {len(row)}")
    columns = list(zip(*like, strict=True))
    if not all(math.isfinite(x) for column in columns for x in column):
        raise ValueError("standardize: expected finite numbers, got others among them")
    # Scaled first, by a power of two to lose nothing, so that squares of huge and tiny numbers stay floats.
    scales = [math.ldexp(0.5, math.frexp(max(map(abs, column)))[1]) for column in columns]
    means, deviations = [], []
    for column, scale in zip(columns, scales, strict=True):
        mean = column[0] / scale
        if min(column) < max(column):
            mean = math.fsum(x / scale for x in column) / len(column)
        # What a float cannot hold of the mean, and most of a deviation among numbers next to each other.
        rest = math.fsum(x / scale - mean for x in column) / len(column)
        variance = math.fsum((x / scale - mean - rest) ** 2 for x in column) / len(column)
        means.append((mean, rest))
        deviations.append(math.sqrt(variance) or 1.0)
    return [
        [(x / s - m - rest) / d for x, s, (m, rest), d in zip(row, scales, means, deviations, strict=True)]
        for row in rows
    ]


def one_hot(y: Sequence[int], classes: int | None = None) -> list[list[float]]:
    """Return a row for every class index, with 1 at the index and 0 elsewhere.

    classes  how many; by default one more than the greatest index

    Raises TypeError for what is no whole number, and ValueError for an index outside, and for no targets
    where classes is not given.

    >>> one_hot([0, 2])
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    for i, k in enumerate(y):
        if not hasattr(k, "__index__"):
            raise TypeError(f"one_hot: target {i}: expected a whole number, got {k!r}")
    if classes is None and not len(y):
        raise ValueError("one_hot: expected at least one target, or how many classes there are, got none")
    count = max(y) + 1 if classes is None else classes
    for i, k in enumerate(y):
        if not 0 <= k < count:
            raise ValueError(f"one_hot: target {i}: expected a class below {count}, got {k}")
    return [[float(j == k) for j in range(count)] for k in y]


def moons(n: int, noise: float = 0.1, seed: Seed = 0) -> Points:
    """Return n points of two interleaved half circles and their classes, 0 and 1.

    noise is the standard deviation of the Gaussian shift of each coordinate.

    >>> X, y = moons(4, noise=0.0)
    >>> [[round(x, 3) for x in point] for point in X], y
    ([[1.0, 0.0], [0.0, 0.5], [-1.0, 0.0], [2.0, 0.5]], [0, 1, 0, 1])
    """
    rng = generator(seed, "moons")
    X, y = [], []
    half = (n + 1) // 2
    for i in range(n):
        angle = math.pi * (i // 2) / max(half - 1, 1)
        upper = i % 2 == 0
        x0 = math.cos(angle) if upper else 1 - math.cos(angle)
        x1 = math.sin(angle) if upper else 0.5 - math.sin(angle)
        X.append(_near(x0, x1, noise, rng))
        y.append(0 if upper else 1)
    return X, y


def circles(n: int, noise: float = 0.05, factor: float = 0.5, seed: Seed = 0) -> Points:
    """Return n points of a circle of radius 1, class 0, and one inside it of radius `factor`, class 1.

    >>> [[round(x, 3) for x in point] for point in circles(4, noise=0.0)[0]]
    [[1.0, 0.0], [0.5, 0.0], [-1.0, 0.0], [-0.5, 0.0]]
    """
    rng = generator(seed, "circles")
    X, y = [], []
    for i in range(n):
        radius, angle = factor if i % 2 else 1.0, 2 * math.pi * (i // 2) / max((n + 1) // 2, 1)
        X.append(_near(radius * math.cos(angle), radius * math.sin(angle), noise, rng))
        y.append(i % 2)
    return X, y


def spirals(n: int, noise: float = 0.02, turns: float = 1.0, classes: int = 2, seed: Seed = 0) -> Points:
    """Return n points of spirals around the origin, one for each class, out to radius 1.

    >>> [[round(x, 3) for x in point] for point in spirals(4, noise=0.0, turns=0.25)[0]]
    [[0.354, 0.354], [-0.354, -0.354], [0.0, 1.0], [-0.0, -1.0]]
    """
    rng = generator(seed, "spirals")
    X, y = [], []
    for i in range(n):
        radius = (i // classes + 1) / max(math.ceil(n / classes), 1)
        angle = 2 * math.pi * (turns * radius + (i % classes) / classes)
        X.append(_near(radius * math.cos(angle), radius * math.sin(angle), noise, rng))
        y.append(i % classes)
    return X, y


def _near(x0: float, x1: float, noise: float, rng: random.Random) -> list[float]:
    return [x0 + rng.gauss(0, noise), x1 + rng.gauss(0, noise)]


def xor() -> Points:
    """Return the four cases of exclusive or, and their results.

    >>> xor()
    ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0])
    """
    return [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]


def linear(
    n: int, weights: Sequence[float] = (2.0,), bias: float = 1.0, noise: float = 0.1, seed: Seed = 0
) -> tuple[list[list[float]], list[float]]:
    """Return n rows drawn from [-1, 1], one number for each weight, and weights · x + bias with normal noise.

    >>> X, y = linear(3, noise=0.0)
    >>> [round(target - 2 * x, 12) for [x], target in zip(X, y)]
    [1.0, 1.0, 1.0]
    """
    rng = generator(seed, "linear")
    X = [[rng.uniform(-1, 1) for _ in weights] for _ in range(n)]
    y = [sum(w * x for w, x in zip(weights, row, strict=True)) + bias + rng.gauss(0, noise) for row in X]
    return X, y


def hours() -> tuple[list[list[float]], list[float]]:
    """Return the hours that three students slept and studied, and their scores in the exam, of 100.

    The example of S. Welch's "Neural Networks Demystified" (2014).
    """
    return [[3.0, 5.0], [5.0, 1.0], [10.0, 2.0]], [75.0, 82.0, 93.0]


def iris() -> Table:
    """Return the iris measurements: 150 flowers, four lengths in centimetres, three species of 50 each.

    >>> iris().classes
    ['setosa', 'versicolor', 'virginica']
    """
    return read_table(IRIS, "species")


def names() -> list[str]:
    """Return 245 common given names in small letters from a to z, of three to seven letters, sorted.

    >>> names()[:3], len(names())
    (['ada', 'adam', 'agnes'], 245)
    """
    return NAMES.read_text(encoding="ascii").split()
