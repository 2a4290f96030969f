"""A caller's own arrays for the results of a compiled function.

Gives `arrays_for`, which checks them, `rows_of`, which takes them apart by the numbers of one sample, and
`fill`. Relies on `trees`, `samples` and NumPy.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from autograd_lite import context
from autograd_lite.engine import Value, plain
from autograd_lite.trees import is_array, is_number_or_array, numbers_of, parts_of


def arrays_for(result: Any, out: Any, dtype: str, count: int = 0, axes: Sequence[int] = ()) -> list[Any]:
    """Return the arrays in `out`, one for each number and array of a result, in order.

    count, axes  how many samples they are for, if the result is that of one, and along which axes

    Raises ValueError if they are structured or shaped otherwise, or cannot be written, and TypeError for
    what is no array of the dtype.
    """
    wanted = parts_of(result, "", is_number_or_array)
    given = parts_of(out, "into: out", is_number_or_array)
    places, found = ([place for place, _ in parts] for parts in (wanted, given))
    if [f"into: out{place}" for place in places] != found:
        shown = ", ".join(f"out{place}" for place in places[:4]) + (", …" if len(places) > 4 else "")
        raise ValueError(
            f"into: expected out to be structured as the result is, with arrays at {shown}; got "
            f"{', '.join(place[len('into: ') :] for place in found[:4]) or 'none'}"
        )
    for index, ((_, part), (place, array)) in enumerate(zip(wanted, given, strict=True)):
        shape = part.shape if is_array(part) else ()
        if axes:
            shape = (*shape[: axes[index]], count, *shape[axes[index] :])
        if not is_array(array) or array.dtype != dtype:
            got = f"one of {array.dtype}" if is_array(array) else type(array).__name__
            raise TypeError(f"{place}: expected an array of {dtype} of shape {shape}, got {got}")
        if array.shape != shape:
            raise ValueError(f"{place}: expected shape {shape}, got {array.shape}")
        if not array.flags.writeable:
            raise ValueError(f"{place}: expected an array that can be written, got a read-only one")
    return [array for _, array in given]


def rows_of(arrays: Sequence[Any], axes: Sequence[int]) -> list[Any]:
    """Return views of arrays of many samples: one for each number of a sample, in order."""
    moved = [numpy.moveaxis(array, axis, 0) for array, axis in zip(arrays, axes, strict=True)]
    return [array[:, *index] for array in moved for index in numpy.ndindex(array.shape[1:])]


def fill(out: Any, result: Any, name: str, dtype: str) -> None:
    """Write the result of a function of that name to a caller's arrays; raises as `arrays_for` does."""
    parts = parts_of(result, "", is_number_or_array)
    for array, (_, part) in zip(arrays_for(result, out, dtype), parts, strict=True):
        if type(part) is Value or (is_array(part) and part.dtype == object):
            if context.recording():
                raise live(name)
            part = numpy.reshape([plain(x) for x in numbers_of(part, "")], array.shape)
        array[...] = part


def live(name: str) -> TypeError:
    """Return the error for results that are Values."""
    return TypeError(
        f"into: the result of {name} depends on a Value, and arrays of numbers would lose its derivative; "
        "call it under no_grad(), or give it numbers"
    )
