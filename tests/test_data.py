"""Batches, splits, scaling, and the points to learn from."""

import math
import random

import numpy as np
import pytest

from autograd_lite.nn.data import (
    batches,
    circles,
    hours,
    iris,
    linear,
    moons,
    names,
    one_hot,
    spirals,
    standardize,
    train_test_split,
    xor,
)


def test_batches_are_full_mini_or_one_by_one_and_lose_nothing() -> None:
    X, y = [[float(i)] for i in range(10)], list(range(10))
    (full,) = batches(X, y, shuffle=False)
    assert full == (X, y)
    assert [len(rows) for rows, _ in batches(X, y, size=4)] == [4, 4, 2]
    assert [len(rows) for rows, _ in batches(X, y, size=1)] == [1] * 10
    drawn = [target for _, targets in batches(X, y, size=3, seed=1) for target in targets]
    assert drawn != y == sorted(drawn)
    pairs = [pair for batch in batches(X, y, size=3) for pair in zip(*batch, strict=True)]
    assert all(row == [target] for row, target in pairs)
    again = [target for _, targets in batches(X, y, size=3, seed=random.Random(1)) for target in targets]
    assert again == drawn
    arrays = next(batches(np.array(X), np.array(y), shuffle=False))
    assert [row.tolist() for row in arrays[0]] == X


def test_splits_keep_every_class_in_proportion() -> None:
    y = [0] * 40 + [1] * 20 + [2]
    X = [[float(i)] for i in range(61)]
    train, test, y_train, y_test = train_test_split(X, y, 0.25, seed=5)
    assert sorted(train + test) == X
    assert [y_test.count(c) for c in range(3)] == [10, 5, 0]
    assert y_train == [y[int(row[0])] for row in train]
    assert train_test_split(X, y, 0.25, seed=5) == (train, test, y_train, y_test)
    assert train_test_split(X, y, 0.25, seed=6)[0] != train
    numbers = [i / 7 for i in range(61)]  # not classes
    assert [len(part) for part in train_test_split(X, numbers, 0.25)] == [46, 15, 46, 15]


def test_rows_as_targets_are_split_as_they_are() -> None:
    X = [[float(i)] for i in range(8)]
    for y in (np.arange(8).reshape(8, 1), np.eye(8)):
        train, test, y_train, y_test = train_test_split(X, y)
        assert (len(train), len(test), len(y_train), len(y_test)) == (6, 2, 6, 2)


def test_numbers_next_to_each_other_are_told_apart() -> None:
    assert standardize([[1e15], [1e15 + 1]]) == [[-1.0], [1.0]]
    assert standardize([[0.1]] * 3) == [[0.0]] * 3


def test_standardising_survives_huge_tiny_and_constant_columns() -> None:
    rows = [[1e300, 1e-300, 5.0], [3e300, 3e-300, 5.0]]
    for row, sign in zip(standardize(rows, like=rows), (-1, 1), strict=True):
        assert row == pytest.approx([sign, sign, 0.0], rel=1e-15, abs=0)


def test_points_are_where_their_names_say() -> None:
    X, y = circles(100, noise=0.0, factor=0.3)
    assert [math.hypot(*point) for point in X] == pytest.approx([0.3 if c else 1.0 for c in y], rel=1e-12)
    X, y = spirals(90, noise=0.0, classes=3)
    assert [y.count(c) for c in range(3)] == [30, 30, 30]
    assert max(math.hypot(*point) for point in X) == pytest.approx(1.0, rel=1e-12)
    X, targets = linear(50, weights=(2.0, -3.0), bias=0.5, noise=0.0)
    assert targets == pytest.approx([2 * a - 3 * b + 0.5 for a, b in X], abs=1e-15)
    for make in (moons, circles, spirals, linear):
        assert make(20, seed=1) == make(20, seed=1) != make(20, seed=2)
        assert len(make(21)[0]) == 21
        assert make(0) == ([], [])
    assert [a != b for a, b in xor()[0]] == [bool(c) for c in xor()[1]]
    assert (len(hours()[0]), hours()[1]) == (3, [75.0, 82.0, 93.0])
    table = iris()
    assert (len(table.rows), len(table.features)) == (150, 4)
    assert table.classes == ["setosa", "versicolor", "virginica"]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: batches([[1.0]], []), "batches: expected as many samples as targets.* got 1 and 0"),
        (lambda: batches([], []), "batches: .* at least one, got 0 and 0"),
        (lambda: batches([[1.0]], [1], size=0), "batches: expected a size of at least 1, or None"),
        (lambda: train_test_split([[1.0]], []), "train_test_split: expected as many samples"),
        (lambda: train_test_split([[1.0]], [1], 1.0), "train_test_split: expected a share"),
        (lambda: one_hot([]), "one_hot: expected at least one target, or how many classes"),
        (lambda: standardize([[1.0, 2.0], [1.0]]), r"standardize: rows\[1\]: expected 2 numbers, got 1"),
        (
            lambda: standardize([[1.0]], like=[[1.0, 2.0]]),
            r"standardize: rows\[0\]: expected 2 numbers, got 1",
        ),
        (lambda: standardize([[math.nan]]), "standardize: expected finite numbers"),
        (lambda: one_hot([0, 3], classes=3), "one_hot: target 1: expected a class below 3, got 3"),
    ],
)
def test_data_that_do_not_fit_are_refused(call, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


def test_targets_that_are_no_index_are_no_class() -> None:
    for y, classes in (([0.5, 1], 3), ([0.0, 2.0], None)):
        with pytest.raises(TypeError, match=r"one_hot: target 0: expected a whole number, got 0\."):
            one_hot(y, classes)


def test_names_are_letters() -> None:
    assert names() == sorted(set(names()))
    assert {len(name) for name in names()} == {3, 4, 5, 6, 7}
    assert all(name.isascii() and name.isalpha() and name.islower() for name in names())
