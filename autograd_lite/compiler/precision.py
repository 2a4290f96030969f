"""Numbers of single precision: what `jit(f, dtype="float32")` takes and gives.

Gives `narrowed` and `narrowed_arguments`, which round the numbers of a structure, and `is_single`, which
reads the option. Relies on `trees`; NumPy is met, never imported first.
"""

from __future__ import annotations

import ctypes
from typing import Any

from autograd_lite.engine import Value, number
from autograd_lite.trees import is_array, is_number_or_array, parts_of, rebuilt


def is_single(dtype: Any) -> bool:
    """Return whether this names float32; raises ValueError if it is not float64 either."""
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", getattr(dtype, "__name__", dtype))
    if name not in ("float32", "float64", "float"):
        raise ValueError(f'jit: expected "float64" or "float32" as the dtype, got {dtype!r}')
    return bool(name == "float32")


def narrowed(tree: Any, where: str) -> Any:
    """Return a structure with its numbers rounded to single precision: arrays of float32, and floats.

    Values stay as they are. Raises TypeError for what has no numbers; `where` says whose it is.
    """
    if type(tree) is float:
        return ctypes.c_float(tree).value
    if type(tree) is Value:
        return tree
    if is_array(tree) and tree.dtype.kind in "fiub":
        return tree.astype("float32", copy=False)
    if is_array(tree):
        return rebuilt(tree, (narrowed(x, where) for x in tree.flat))
    if is_number_or_array(tree):
        return ctypes.c_float(number(tree, where)).value
    parts = [narrowed(part, where) for _, part in parts_of(tree, where, is_number_or_array)]
    return rebuilt(tree, iter(parts), is_number_or_array)


def narrowed_arguments(
    name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Return the arguments of a function of this name with their numbers rounded."""
    positional = tuple([narrowed(tree, f"{name}: argument {i}") for i, tree in enumerate(args)])
    return positional, {key: narrowed(tree, f"{name}: {key}") for key, tree in kwargs.items()}
