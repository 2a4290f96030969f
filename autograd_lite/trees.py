"""Nested arguments: numbers in lists, tuples, dicts, dataclasses and NumPy arrays.

Gives `numbers_of`, which visits the numbers of such a structure, `rebuilt`, which makes the same structure
around others, and `structure_of`, which parts the numbers from the rest. What cannot be rebuilt faithfully
is refused. Relies on `engine`; NumPy is met, never imported first.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Iterator

from autograd_lite.engine import Value, _is_real, number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def numbers_of(tree: Any, where: str) -> Iterator[Any]:
    """Yield the numbers and Values of a structure in order.

    Raises TypeError for anything else in it; `where` says whose it is: "grad: argument 0".
    """
    for _, item in _visit(tree, where):
        yield item


def parts_of(tree: Any, where: str, is_leaf: Callable[[Any], bool]) -> list[tuple[str, Any]]:
    """Return the parts of a structure that `is_leaf` holds of, with their places, in order."""
    return list(_visit(tree, where, is_leaf))


def places_of(tree: Any, where: str) -> list[str]:
    """Return where each of the numbers is: "argument 0['a'][1]"; the errors are those of `numbers_of`."""
    return [place for place, _ in _visit(tree, where)]


def structure_of(tree: Any, where: str, numbers: list[Any]) -> Any:
    """Append the floats and Values of a structure to `numbers`, in order, and return the rest of it.

    Two structures have the same rest if and only if `rebuilt` makes the same of both. Raises TypeError for
    what has no numbers in it, as `numbers_of` does.
    """
    if type(tree) is float or type(tree) is Value:
        numbers.append(tree)
        return None
    if is_number(tree):
        numbers.append(number(tree, where))
        return None
    if is_array(tree):
        if tree.dtype.kind in "fiub" and type(tree).__module__ == "numpy":
            numbers += tree.ravel().astype(float).tolist()
        else:
            numbers += [x if type(x) is Value else number(x, where) for x in numbers_of(tree, where)]
        return type(tree), tree.shape
    if type(tree) is list and ({*map(type, tree)} <= {float, Value} or all(map(is_number, tree))):
        # Most lists are of numbers, and long.
        numbers += [x if type(x) is float or type(x) is Value else number(x, where) for x in tree]
        return len(tree)
    return type(tree), tuple(
        [(key, structure_of(item, f"{where}{key}", numbers)) for key, item in items_of(tree, where)]
    )


def matched(tree: Any, other: Any, where: str) -> list[Any]:
    """Return the numbers of `other`, which must be structured as `tree` is, in the order of tree's.

    Plain numbers are floats then. Raises ValueError if the structures differ; `where` says whose `other` is.
    """
    places = places_of(tree, "")
    found = dict(_visit(other, where))
    numbers = {place.removeprefix(where): item for place, item in found.items()}
    if set(places) != set(numbers):
        raise ValueError(
            f"{where}: expected {len(places)} numbers at {_shown(places)}, got {len(numbers)} at "
            f"{_shown(list(numbers))}"
        )
    items = [numbers[place] for place in places]
    return [item if type(item) is Value else number(item, where) for item in items]


def rebuilt(tree: Any, numbers: Iterator[Any], is_leaf: Callable[[Any], bool] | None = None) -> Any:
    """Return a structure like `tree` with its numbers replaced, in the order of `numbers_of`.

    What takes their places may be structures too. An array stays one: of float64 if all in it is numbers,
    of objects if it holds Values, with more dimensions if it holds arrays. What `is_leaf` holds of is
    replaced as a whole.
    """
    if (is_leaf or is_number)(tree):
        return next(numbers)
    if is_array(tree):
        return _array(tree, [next(numbers) for _ in range(tree.size)])
    if isinstance(tree, tuple):
        items = [rebuilt(item, numbers, is_leaf) for item in tree]
        return type(tree)(*items) if hasattr(tree, "_fields") else tuple(items)
    twin = copy.copy(tree)
    if isinstance(tree, dict):
        for key, item in tree.items():
            twin[key] = rebuilt(item, numbers, is_leaf)
    elif isinstance(tree, list):
        twin[:] = [rebuilt(item, numbers, is_leaf) for item in tree]
    else:
        # Set past __setattr__ and __post_init__, which may refuse, or compute again.
        for name in _fields(tree):
            object.__setattr__(twin, name, rebuilt(getattr(tree, name), numbers, is_leaf))
    return twin


def _array(like: Any, flat: list[Any]) -> Any:
    import numpy

    if Value in map(type, flat):
        array = numpy.empty(len(flat), object)
        array[:] = flat
    else:
        array = numpy.array(flat)
    array = array.reshape(like.shape + array.shape[1:])
    return array.view(type(like)) if array.shape == like.shape else array


def _visit(tree: Any, where: str, is_leaf: Callable[[Any], bool] | None = None) -> Iterator[tuple[str, Any]]:
    if (is_leaf or is_number)(tree):
        yield where, tree
    elif is_array(tree):
        import numpy

        for index in numpy.ndindex(tree.shape):
            place, item = f"{where}[{', '.join(map(str, index))}]", tree.item(index)
            masked = type(tree).__module__.startswith("numpy.ma")
            if masked or not is_number(item):
                got = "a masked array; give filled()" if masked else type(item).__name__
                raise TypeError(f"{place}: expected a number or a Value in an array, got {got}")
            yield place, item
    else:
        for key, item in items_of(tree, where):
            yield from _visit(item, f"{where}{key}", is_leaf)


def items_of(tree: Any, where: str) -> list[tuple[str, Any]]:
    """Return the items of a list, tuple, dict or dataclass, with their places; else raises TypeError."""
    if isinstance(tree, list) or type(tree) is tuple or hasattr(tree, "_fields"):
        return [(f"[{index}]", item) for index, item in enumerate(tree)]
    if isinstance(tree, dict):
        return [(f"[{key!r}]", item) for key, item in tree.items()]
    if hasattr(tree, "__dataclass_fields__") and not isinstance(tree, type):
        return [(f".{name}", getattr(tree, name)) for name in _fields(tree)]
    raise TypeError(
        f"{where}: expected a number, a Value, or a list, tuple, dict, dataclass or NumPy array of these, "
        f"got {type(tree).__name__}"
    )


def _fields(tree: Any) -> list[str]:
    import dataclasses

    return [field.name for field in dataclasses.fields(tree)]


def is_number(tree: Any) -> bool:
    """Whether this is a number or a Value."""
    return type(tree) is float or type(tree) is Value or _is_real(tree)


def is_number_or_array(tree: Any) -> bool:
    """Whether this is a number, a Value or an array: what stands in a result for the samples."""
    kind = type(tree)
    if kind is float or kind is tuple:  # as most are; to ask what the others are takes long
        return kind is float
    return is_array(tree) or is_number(tree)


def is_array(tree: Any) -> bool:
    """Whether this is a NumPy array."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and isinstance(tree, numpy.ndarray)


def _shown(places: list[str]) -> str:
    return ", ".join(place or "the number itself" for place in places[:3]) + (
        ", …" if len(places) > 3 else ""
    )
