"""Arguments of many samples: arrays and lists with an axis along which the samples lie.

Gives `Samples`, which takes single samples out of such arguments, and `axes_of` and `stacked`, which put
results together. Relies on `axes` and `trees`; NumPy is met, never imported first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from autograd_lite.axes import replaced
from autograd_lite.engine import Value
from autograd_lite.trees import is_array, is_number, is_number_or_array, parts_of, rebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Whole:
    """Samples that stay together: what a compiler puts in the place of an array or a list of them."""

    as_array: bool  # whether it stands for an array
    dimensions: int  # how many axes that has

    def count(self, axis: int, place: str) -> int:
        """Return how many samples there are along an axis."""
        raise NotImplementedError

    def taken(self, axis: int, index: int) -> Any:
        """Return one sample."""
        raise NotImplementedError


class Samples:
    """The arguments of many samples.

    count   how many there are
    axes    for each argument by position the axis of its samples, a structure of axes, or None
    arrays  whether an array holds any of them
    parts   the arrays and lists that do, with the axis from 0
    """

    def __init__(self, args: Sequence[Any], kwargs: dict[str, Any], axes: Sequence[Any]) -> None:
        self.axes = axes
        self._given: list[tuple[Any, Any, str]] = [
            (tree, axes[i], f"argument {i}") for i, tree in enumerate(args)
        ]
        self._given += [(tree, 0, key) for key, tree in kwargs.items()]
        self._keys = list(kwargs)
        self.parts: list[tuple[Any, int, str]] = []
        for tree, axis, where in self._given:
            replaced(tree, axis, f"vmap: {where}", self._add, _is_part)
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

    def _add(self, part: Any, axis: int, place: str) -> None:
        self.parts.append((part, _axis(part, axis, place), place))

    def arguments(self, index: int) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments of one sample, by position and by name."""
        return self.replaced(lambda part, axis: taken(part, axis, index))

    def replaced(self, replace: Callable[[Any, int], Any]) -> tuple[list[Any], dict[str, Any]]:
        """Return the arguments with every array and list of samples replaced."""

        def new(part: Any, axis: int, place: str) -> Any:
            return replace(part, _axis(part, axis, place))

        found = [replaced(tree, axes, "", new, _is_part) for tree, axes, _ in self._given]
        positional = len(found) - len(self._keys)
        return found[:positional], dict(zip(self._keys, found[positional:], strict=True))


def _axis(part: Any, axis: int, place: str) -> int:
    """Return the axis of samples counted from 0; raises ValueError if there is none."""
    if isinstance(part, Whole):
        return axis + part.dimensions if axis < 0 else axis
    if is_number(part):
        raise ValueError(
            f"{place}: expected samples along axis {axis}, got a number; in_axes says None for what all "
            "samples share, and a keyword argument always holds samples"
        )
    flat = is_array(part) or (part and is_number(part[0]))
    dimensions = part.ndim if is_array(part) else 1
    if axis >= dimensions or axis < (-dimensions if flat else 0):
        got = f"an array of {dimensions} dimensions" if is_array(part) else "a list, which has axis 0 alone"
        raise ValueError(f"{place}: expected samples along axis {axis}, got {got}")
    return axis % dimensions


def axes_of(output: Any, axes: Any, where: str) -> list[int]:
    """Return the axis, from 0, of the samples for each number and array of a result.

    axes  one for all, or a structure of them; raises ValueError if one is not there
    """
    found: list[int] = []

    def add(part: Any, axis: int, place: str) -> None:
        dimensions = part.ndim + 1 if is_array(part) else 1
        if not -dimensions <= axis < dimensions:
            got = f"an array, with them of {dimensions} dimensions" if dimensions > 1 else "a number"
            raise ValueError(f"{place}: expected to put samples along axis {axis}, got {got}")
        found.append(axis % dimensions)

    replaced(output, axes, where, add, is_number_or_array)
    return found


def stacked(output: Any, columns: list[Any], axes: Sequence[int], *, as_arrays: bool) -> Any:
    """Return the results of all samples in the structure of one.

    columns    for each number of the output, those of all samples
    axes       for each number and array of the output the axis of the samples
    as_arrays  whether they become arrays; an array in the output is one in any case
    """
    remaining = iter(columns)
    joined: list[Any] = []
    for (_, part), axis in zip(parts_of(output, "", is_number_or_array), axes, strict=True):
        if is_array(part):
            import numpy

            block: Any = [_array(next(remaining)) for _ in range(part.size)]
            rows = numpy.stack(block, axis=-1).reshape(-1, *part.shape)
            joined.append(numpy.moveaxis(rows, 0, axis))
        elif as_arrays:
            joined.append(_array(next(remaining)))
        else:
            column = next(remaining)
            joined.append(column.tolist() if is_array(column) else column)
    return rebuilt(output, iter(joined), is_number_or_array)


def _array(column: Any) -> Any:
    import numpy

    if is_array(column) and column.dtype.kind == "f":
        return column  # of single precision, it may be
    return numpy.asarray(column, object if type(column) is list and Value in map(type, column) else float)


def _is_part(tree: Any) -> bool:
    """Whether samples lie in this: an array or list, or by mistake a number."""
    return type(tree) is list or isinstance(tree, Whole) or is_number_or_array(tree)


def _count(part: Any, axis: int, place: str) -> int:
    if isinstance(part, Whole):
        return part.count(axis, place)
    return int(part.shape[axis]) if is_array(part) else len(part)


def taken(part: Any, axis: int, index: int) -> Any:
    """Return one sample of an array or list."""
    if isinstance(part, Whole):
        return part.taken(axis, index)
    if not is_array(part):
        return part[index]
    sample = part.take(index, axis)
    return sample.item() if hasattr(sample, "item") and not is_array(sample) else sample
