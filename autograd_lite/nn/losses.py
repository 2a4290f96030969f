"""Losses: how far outputs are from their targets, as one Value to call `backward()` on.

Each is a function of the outputs and the targets of a batch, sample by sample; the mean over the samples, or
over all numbers where a sample has several, unless it says otherwise. Of plain numbers it is a float.
`LOSSES` has them by name. They are sums of rows that are accurate in the tails. Relies on `functions`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd_lite import functions

Loss = Callable[[Sequence[Any], Sequence[Any]], Any]


def sse(outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Return the sum of squared errors; outputs and targets are numbers, or rows of as many numbers each.

    >>> sse([1.0, 3.0], [0.0, 1.0]), sse([[1.0, 3.0]], [[0.0, 1.0]])
    (5.0, 5.0)
    """
    errors = _errors("sse", outputs, targets)
    return functions.dot(errors, errors)


def half_sse(outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Return half the sum of squared errors, ½Σ(y - ŷ)², whose gradient by an output is its error.

    >>> half_sse([1.0, 3.0], [0.0, 1.0])
    2.5
    """
    errors = _errors("half_sse", outputs, targets)
    return functions.dot(errors, errors) / 2


def mse(outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Return the mean of the squared errors.

    >>> mse([1.0, 3.0], [0.0, 1.0])
    2.5
    """
    errors = _errors("mse", outputs, targets)
    return functions.dot(errors, errors) / len(errors)


def mae(outputs: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Return the mean of the absolute errors.

    >>> mae([1.0, 3.0], [0.0, 1.0])
    1.5
    """
    return _mean([functions.abs(error) for error in _errors("mae", outputs, targets)])


def huber(outputs: Sequence[Any], targets: Sequence[Any], delta: float = 1.0) -> Any:
    """Return the mean of e² / 2 for errors e of at most delta, and of delta (|e| - delta / 2) beyond.

    Huber 1964, "Robust estimation of a location parameter".

    >>> huber([0.5, 3.0], [0.0, 0.0])
    1.3125
    """
    if not delta > 0:
        raise ValueError(f"huber: expected a delta above 0, got {delta}")
    sizes = [functions.abs(error) for error in _errors("huber", outputs, targets)]
    inner = [functions.at_most(size, delta) for size in sizes]
    return _mean([a * (size - a / 2) for a, size in zip(inner, sizes, strict=True)])


def bce(probabilities: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Return the mean of -t log p - (1 - t) log(1 - p) for probabilities p and targets t in [0, 1].

    It is infinite for a target that was called impossible; `bce_with_logits` of what the sigmoid was given is
    not. Raises ValueError for numbers outside [0, 1].

    >>> round(bce([0.9, 0.1], [1, 0]), 6)
    0.105361
    """
    pairs = paired("bce", probabilities, targets)
    for i, (p, t) in enumerate(pairs):
        if p < 0 or p > 1:
            raise ValueError(
                f"bce: number {i}: expected a probability in [0, 1], got {p:g}; "
                "if outputs are logits, use bce_with_logits"
            )
        _check_share("bce", i, t)
    return _mean([0.0 - functions.xlogy(t, p) - functions.xlog1py(1 - t, -p) for p, t in pairs])


def bce_with_logits(logits: Sequence[Any], targets: Sequence[Any]) -> Any:
    """Return the binary cross-entropy of sigmoid(logits): the mean of t softplus(-z) + (1 - t) softplus(z).

    The gradient by a logit is sigmoid(z) - t, divided by the number of logits.

    >>> round(bce_with_logits([2.0, -1000.0], [1, 0]), 6)
    0.063464
    """
    pairs = paired("bce_with_logits", logits, targets)
    for i, (_, t) in enumerate(pairs):
        _check_share("bce_with_logits", i, t)
    return _mean([_logistic(z, t) for z, t in pairs])


def cross_entropy(logits: Sequence[Sequence[Any]], targets: Sequence[Any]) -> Any:
    """Return the mean of -log softmax(logits)[target] over samples, each a row of logits, one per class.

    targets  the index of the class, or a row of what each class should get: one-hot, or shares with sum 1

    The gradient by a row is softmax(logits) - target, divided by the number of samples.

    >>> round(cross_entropy([[1000.0, 0.0], [0.0, 0.0]], [0, 1]), 6)
    0.346574
    >>> round(cross_entropy([[1000.0, 0.0], [0.0, 0.0]], [[1, 0], [0, 1]]), 6)
    0.346574
    """
    losses = []
    for row, shares in classified("cross_entropy", logits, targets):
        for k, share in shares:
            # -log softmax as a function of the others' sum: three nodes, and no digits lost near 0.
            others = functions.logsumexp(row[:k] + row[k + 1 :])
            losses.append(share * functions.softplus(others - row[k]))
    return functions.fsum(losses) / len(logits)


def nll(log_probabilities: Sequence[Sequence[Any]], targets: Sequence[Any]) -> Any:
    """Return the mean negative log-likelihood, -log_probabilities[target]; targets are as in `cross_entropy`.

    >>> nll([[-0.5, -1.5]], [1])
    1.5
    """
    rows = classified("nll", log_probabilities, targets)
    return functions.fsum([-share * row[k] for row, shares in rows for k, share in shares]) / len(rows)


def hinge(scores: Sequence[Any], targets: Sequence[float]) -> Any:
    """Return the mean of relu(1 - target * score), the max-margin loss, for targets -1 and 1.

    >>> hinge([2.0, 0.5], [1, -1])
    0.75
    """
    pairs = paired("hinge", scores, targets)
    for i, (_, t) in enumerate(pairs):
        if t not in (-1, 1):
            raise ValueError(f"hinge: number {i}: expected a target of -1 or 1, got {t}")
    return _mean([functions.relu(1 - t * score) for score, t in pairs])


max_margin = hinge  # micrograd's word for it

LOSSES: dict[str, Loss] = {
    function.__name__: function
    for function in (mse, sse, half_sse, mae, huber, bce, bce_with_logits, cross_entropy, nll, hinge)
} | {"max_margin": hinge}


def l1_penalty(parameters: Iterable[Any]) -> Any:
    """Return the sum of the absolute values of the parameters.

    >>> l1_penalty([1.0, -2.0])
    3.0
    """
    return functions.fsum([functions.abs(p) for p in parameters])


def l2_penalty(parameters: Iterable[Any]) -> Any:
    """Return the sum of the squares of the parameters, whose gradient is twice each.

    >>> l2_penalty([1.0, -2.0])
    5.0
    """
    parameters = list(parameters)
    return functions.dot(parameters, parameters)


def _mean(losses: list[Any]) -> Any:
    return functions.fsum(losses) / len(losses)


def _logistic(z: Any, t: Any) -> Any:
    """Return t softplus(-z) + (1 - t) softplus(z); for a t of 0 or 1 the one term, in the same operations."""
    if t in (0, 1):
        return functions.softplus(z * (1 - 2 * t))
    return t * functions.softplus(-z) + (1 - t) * functions.softplus(z)


def _errors(function: str, outputs: Sequence[Any], targets: Sequence[Any]) -> list[Any]:
    return [output - target for output, target in paired(function, outputs, targets)]


def paired(function: str, outputs: Sequence[Any], targets: Sequence[Any]) -> list[tuple[Any, Any]]:
    """Return every output with its target; of rows, number by number.

    Raises ValueError, in the name of a function, for other shapes and for no numbers.
    """
    _check_lengths(function, outputs, targets)
    if not any(map(_is_row, outputs)) and not any(map(_is_row, targets)):
        return list(zip(outputs, targets, strict=True))
    pairs: list[tuple[Any, Any]] = []
    for i, (row, target) in enumerate(zip(outputs, targets, strict=True)):
        if not (_is_row(row) and _is_row(target) and len(row) == len(target)):
            raise ValueError(
                f"{function}: sample {i}: expected a target shaped as its output, "
                f"got {_shape(target)} for {_shape(row)}"
            )
        pairs += zip(row, target, strict=True)
    if not pairs:
        raise ValueError(f"{function}: expected at least one number in a sample, got rows of none")
    return pairs


def classified(
    function: str, rows: Sequence[Sequence[Any]], targets: Sequence[Any], way_out: str = ""
) -> list[tuple[list[Any], list[tuple[int, float]]]]:
    """Return every row with the classes that are to get a share of it, and the shares.

    Raises ValueError, in the name of a function and with a way out, for other shapes.
    """
    _check_lengths(function, rows, targets)
    found = []
    for i, (row, target) in enumerate(zip(rows, targets, strict=True)):
        shares: list[tuple[int, float]] = []
        if _is_row(row) and len(row) > 1:
            if _is_row(target) and len(target) == len(row):
                shares = [(k, share) for k, share in enumerate(target) if share]
                if min(target) < 0 or abs(sum(target) - 1) > 1e-9:  # room for the rounding of a sum
                    shares = []
            elif hasattr(target, "__index__") and 0 <= target < len(row):
                shares = [(operator.index(target), 1.0)]
        if not shares:
            raise ValueError(
                f"{function}: sample {i}: expected a row of at least two logits, one per class, and the "
                f"index of a class or a share for each with sum 1, got {row!r} and {target!r}{way_out}"
            )
        found.append((list(row), shares))
    return found


def _check_share(function: str, i: int, target: Any) -> None:
    if not 0 <= target <= 1:
        raise ValueError(f"{function}: number {i}: expected a target in [0, 1], got {target}")


def _check_lengths(function: str, outputs: Sequence[Any], targets: Sequence[Any]) -> None:
    if len(outputs) != len(targets) or len(outputs) == 0:
        raise ValueError(
            f"{function}: expected as many outputs as targets, and at least one, "
            f"got {len(outputs)} and {len(targets)}"
        )


def _is_row(item: Any) -> bool:
    return hasattr(item, "__len__")


def _shape(item: Any) -> str:
    return f"a row of {len(item)}" if _is_row(item) else "a number"
