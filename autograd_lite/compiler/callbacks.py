"""The way back from machine code to Python, for the rows and numbers that have no machine code.

Gives `symbol`, the name by which code calls a row's own function, `address`, where that is in memory, and
`check`, which raises what such a function raised;
`is_lasting` tells which names other processes have too. Relies on `primitives`.
"""

from __future__ import annotations

import ctypes
import math
import threading
from typing import Any

from autograd_lite.primitives import TABLE, Primitive

_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.POINTER(ctypes.c_double), ctypes.c_int64)
_rows: dict[str, Primitive] = {}
_callbacks: dict[str, Any] = {}
_errors: dict[int, BaseException] = {}


def symbol(row: Primitive) -> str:
    """Return the name of a row's function in machine code; of the table's the same in every process."""
    name = f"python.{row.name}" if TABLE.get(row.name) is row else f"python.{row.name}.{id(row)}"
    _rows[name] = row
    return name


def address(symbol: str) -> int:
    """Return where the function of that name is: it takes an array of numbers and their count."""
    if symbol not in _callbacks:
        _callbacks[symbol] = _CALLBACK(_caller(_rows.get(symbol) or TABLE[symbol.removeprefix("python.")]))
    return ctypes.cast(_callbacks[symbol], ctypes.c_void_p).value or 0


def is_lasting(symbol: str) -> bool:
    """Whether a name means the same function in every process."""
    return symbol.removeprefix("python.") in TABLE


def check() -> None:
    """Raise what a function raised that was called by this thread."""
    if _errors:
        error = _errors.pop(threading.get_ident(), None)
        if error is not None:
            raise error


def _caller(row: Primitive) -> Any:
    def caller(numbers: Any, count: int) -> float:
        try:
            given = numbers[:count]
            if not row.sequences:
                return row.value(*given)
            size = count // len(row.operands)
            return row.value(*[given[i * size : (i + 1) * size] for i in range(len(row.operands))])
        except BaseException as error:  # ctypes would print it and go on
            _errors[threading.get_ident()] = error
            return math.nan

    return caller
