"""Arguments of many samples: arrays and lists with an axis along which the samples lie.

Gives `Samples`, which takes single samples out of such arguments, and `stacked`, which puts results together.
Relies on `trees`; NumPy is met, never imported first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd_lite.engine import Value, _is_real
from autograd_lite.trees import is_array, parts_of, rebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Whole:
    """Samples that stay together: what a compiler puts in the place of an array or a list of them."""

    as_array: bool  # whether it stands for an array

    def count(self, axis: int, place: str) -> int:
        """Return how many samples there are along an axis."""
        raise NotImplementedError

    def taken(self, axis: int, index: int) -> Any:
        """Return one sample."""
        raise NotImplementedError


class Samples:
    """The arguments of many samples.

    count   how many there are
    axes    for each argument by position the axis of its samples, or None
    arrays  whether an array holds any of them
    parts   the arrays and lists that do, with the axis
    """

    def __init__(self, args: Sequence[Any], kwargs: dict[str, Any], axes: Sequence[int | None]) -> None:
        self.axes = axes
        self._given: list[tuple[Any, int | None, str]] = [
            (tree, axes[i], f"argument {i}") for i, tree in enumerate(args)
        ]
        self._given += [(tree, 0, key) for key, tree in kwargs.items()]
        self._keys = list(kwargs)
        self.parts = [
            (part, axis, place)
            for tree, axis, where in self._given
            if axis is not None
            for place, part in parts_of(tree, f"vmap: {where}", _has_samples)
        ]
        counts = {_count(*part): part[2] for part in self.parts}
        if len(counts) > 1:
            shown = " and ".join(f"{count} in {place[len('vmap: ') :]}" for count, place in counts.items())
            raise ValueError(f"vmap: all arguments must have as many samples, got {shown}")
        if not counts or 0 in counts:
            raise ValueError("vmap: there is no sample; one argument at least must hold some")
        self.count = next(iter(counts))
        self.arrays = any(
            part.as_array if isinstance(part, Whole) else is_array(part) for part, _, _ in self.parts
        )

    def arguments(self, index: int) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments of one sample, by position and by name."""
        return self.replaced(lambda part, axis: taken(part, axis, index))

    def replaced(self, replace: Callable[[Any, int], Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments with every array and list of samples replaced."""
        found = []
        for tree, axis, where in self._given:
            if axis is not None:
                parts = [replace(part, axis) for _, part in parts_of(tree, where, _has_samples)]
                tree = rebuilt(tree, iter(parts), _has_samples)
            found.append(tree)
        positional = len(found) - len(self._keys)
        return found[:positional], dict(zip(self._keys, found[positional:], strict=True))


def stacked(output: Any, columns: list[Any], *, as_arrays: bool) -> Any:
    """Return the results of all samples in the structure of one.

    columns    for each number of the output, those of all samples
    as_arrays  whether they become arrays; an array in the output is one in any case
    """
    remaining = iter(columns)
    joined: list[Any] = []
    for _, part in parts_of(output, "", is_number_or_array):
        if is_array(part):
            import numpy

            block: Any = [_array(next(remaining)) for _ in range(part.size)]
            joined.append(numpy.stack(block, axis=-1).reshape(-1, *part.shape))
        elif as_arrays:
            joined.append(_array(next(remaining)))
        else:
            column = next(remaining)
            joined.append(column.tolist() if is_array(column) else column)
    return rebuilt(output, iter(joined), is_number_or_array)


def _array(column: Any) -> Any:
    import numpy

    return numpy.asarray(column, object if type(column) is list and Value in map(type, column) else float)


def _has_samples(tree: Any) -> bool:
    return type(tree) is list or isinstance(tree, Whole) or is_array(tree)


def is_number_or_array(tree: Any) -> bool:
    """Whether this is a number, a Value or an array: what stands in a result for the samples."""
    kind = type(tree)
    if kind is float or kind is tuple:  # as most are; to ask what the others are takes long
        return kind is float
    return is_array(tree) or kind is Value or _is_real(tree)


def _count(part: Any, axis: int, place: str) -> int:
    if isinstance(part, Whole):
        return part.count(axis, place)
    dimensions = part.ndim if is_array(part) else 1
    if axis >= dimensions:
        got = f"an array of {dimensions} dimensions" if is_array(part) else "a list, which has axis 0 alone"
        raise ValueError(f"{place}: expected samples along axis {axis}, got {got}")
    return int(part.shape[axis]) if is_array(part) else len(part)


def taken(part: Any, axis: int, index: int) -> Any:
    """Return one sample of an array or list."""
    if isinstance(part, Whole):
        return part.taken(axis, index)
    if not is_array(part):
        return part[index]
    sample = part.take(index, axis)
    return sample if is_array(sample) or type(sample) is Value else sample.item()
