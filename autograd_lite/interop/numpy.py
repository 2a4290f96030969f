"""NumPy's functions and operators on Values and on object arrays of Values.

NumPy hands every such call to `Value.__array_ufunc__`, which comes here: `np.float64(2) * x` and
`np.sin(x)` are a Value, and an array operand gives an object array, one Value per element. Never one
Value that holds an array. Relies on `functions`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy

from autograd_lite import functions
from autograd_lite.engine import Value, decided, number

_OPERATORS: dict[str, Callable[..., Any]] = {
    "add": operator.add, "subtract": operator.sub, "multiply": operator.mul, "divide": operator.truediv,
    "floor_divide": operator.floordiv, "remainder": operator.mod, "power": operator.pow,
    "negative": operator.neg, "positive": operator.pos, "absolute": operator.abs, "fabs": operator.abs,
    "less": operator.lt, "less_equal": operator.le, "greater": operator.gt, "greater_equal": operator.ge,
    "equal": operator.eq, "not_equal": operator.ne, "float_power": operator.pow,
    "maximum": functions.FUNCTIONS["max"], "minimum": functions.FUNCTIONS["min"],
    "divmod": divmod, "square": lambda x: x * x, "reciprocal": lambda x: 1.0 / x,
}  # fmt: skip

# Of the number alone, as Python's: bools, and whole numbers whose derivative is zero.
_PLAIN: dict[str, Callable[[float], Any]] = {
    "isnan": math.isnan, "isinf": math.isinf, "isfinite": math.isfinite, "floor": numpy.floor,
    "ceil": numpy.ceil, "trunc": numpy.trunc, "rint": numpy.rint,
    "signbit": lambda x: math.copysign(1.0, x) < 0,
}  # fmt: skip


def _of_number(f: Callable[[float], Any], x: Any) -> Any:
    return decided(f, x)


_COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)


def apply(ufunc: numpy.ufunc, method: str, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """Return ufunc(*inputs), of which at least one is a Value or an array with Values.

    Raises TypeError for a function that has no row, and for methods and options such as out=.
    """
    name = ufunc.__name__
    function = _OPERATORS.get(name) or functions.FUNCTIONS.get(functions.NUMPY.get(name, name))
    if name in _PLAIN:
        plain = _PLAIN[name]
        function = partial(_of_number, plain)
    call = f"numpy.{name}" + (f".{method}" if method != "__call__" else "")
    if "out" in options:
        raise TypeError(f"{call} cannot write Values into an array in place: write a = a + x for a += x")
    if function is None or method != "__call__" or options:
        given = f" with {', '.join(f'{option}=' for option in options)}" if options else ""
        raise TypeError(f"{call}{given} has no derivative here: use the functions of autograd_lite")
    if all(numpy.ndim(x) == 0 and not isinstance(x, numpy.ndarray) for x in inputs):
        # Plain floats, because a NumPy scalar would hand its operator back to `__array_ufunc__`.
        return function(*[x if isinstance(x, Value) else number(x, f"numpy.{name}") for x in inputs])
    arrays = [x if isinstance(x, numpy.ndarray) else _boxed(x) for x in inputs]
    result = numpy.frompyfunc(function, ufunc.nin, ufunc.nout)(*arrays)
    return numpy.asarray(result, bool)[()] if function in _COMPARISONS else result


def _boxed(x: Any) -> numpy.ndarray[Any, numpy.dtype[Any]]:
    """Return x in an array without dimensions, which NumPy does not hand back to `__array_ufunc__`."""
    box = numpy.empty((), object)
    box[()] = x
    return box
