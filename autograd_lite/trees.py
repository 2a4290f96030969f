"""Nested arguments: numbers in lists, tuples, dicts, dataclasses and NumPy arrays.

Gives `numbers_of`, which visits the numbers of such a structure, and `rebuilt`, which makes the same
structure around others. Relies on `engine`; NumPy and dataclasses are met, never imported.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping

from autograd_lite.engine import Value, _is_real

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def numbers_of(tree: Any, where: str) -> Iterator[Any]:
    """Yield the numbers and Values of a structure in order.

    Raises TypeError for anything else in it; `where` says whose it is: "grad: argument 0".
    """
    for _, number in _visit(tree, where):
        yield number


def places_of(tree: Any, where: str) -> list[str]:
    """Return where each of the numbers is: "argument 0['a'][1]"; the errors are those of `numbers_of`."""
    return [place for place, _ in _visit(tree, where)]


def rebuilt(tree: Any, numbers: Iterator[Any]) -> Any:
    """Return a structure like `tree` with its numbers replaced, in the order of `numbers_of`.

    What takes their places may be structures too. An array stays one: of float64 if all in it is numbers,
    of objects if it holds Values, with more dimensions if it holds arrays.
    """
    if _is_leaf(tree):
        return next(numbers)
    if _is_array(tree):
        import numpy

        flat = [next(numbers) for _ in range(tree.size)]
        array = numpy.empty(len(flat), object) if Value in map(type, flat) else numpy.array(flat)
        array[:] = flat
        return array.reshape(tree.shape + array.shape[1:])
    if isinstance(tree, Mapping):
        mapping = copy.copy(tree)
        for key, item in tree.items():
            mapping[key] = rebuilt(item, numbers)  # type: ignore[index]  # a copy may be changed
        return mapping
    if hasattr(tree, "__dataclass_fields__"):
        import dataclasses

        fields = {field.name: getattr(tree, field.name) for field in dataclasses.fields(tree) if field.init}
        return dataclasses.replace(tree, **{name: rebuilt(item, numbers) for name, item in fields.items()})
    items = [rebuilt(item, numbers) for item in tree]
    if hasattr(tree, "_fields"):
        return type(tree)(*items)  # a named tuple
    return type(tree)(items)


def _visit(tree: Any, where: str) -> Iterator[tuple[str, Any]]:
    if _is_leaf(tree):
        yield where, tree
    elif _is_array(tree):
        for index, item in enumerate(tree.flat):
            yield from _visit(item, f"{where}[{index}]")
    else:
        for key, item in _items(tree, where):
            yield from _visit(item, f"{where}{key}")


def _items(tree: Any, where: str) -> list[tuple[str, Any]]:
    if isinstance(tree, list | tuple):
        return [(f"[{index}]", item) for index, item in enumerate(tree)]
    if isinstance(tree, Mapping):
        return [(f"[{key!r}]", item) for key, item in tree.items()]
    if hasattr(tree, "__dataclass_fields__") and not isinstance(tree, type):
        import dataclasses

        return [(f".{f.name}", getattr(tree, f.name)) for f in dataclasses.fields(tree) if f.init]
    raise TypeError(
        f"{where}: expected a number, a Value, or a list, tuple, dict, dataclass or NumPy array of these, "
        f"got {type(tree).__name__}"
    )


def _is_leaf(tree: Any) -> bool:
    return type(tree) is float or type(tree) is Value or _is_real(tree)


def _is_array(tree: Any) -> bool:
    return type(tree).__module__ == "numpy" and hasattr(tree, "flat")


def same_shape(tree: Any, other: Any, where: str) -> list[Any]:
    """Return the numbers of `other`, which must be structured as `tree` is; raises ValueError if not."""
    places = places_of(tree, "")
    others = list(_visit(other, ""))
    if places != [place for place, _ in others]:
        raise ValueError(
            f"{where}: expected the structure of the arguments, {len(places)} numbers at "
            f"{_shown(places)}, got {len(others)} at {_shown([place for place, _ in others])}"
        )
    return [number for _, number in others]


def _shown(places: list[str]) -> str:
    return ", ".join(places[:3]) + (", …" if len(places) > 3 else "")
