"""`vmap`: a function of one sample as a function of many, and `mean`, which sums up what it gives.

Eager it is a loop over the samples; `jit` runs them side by side. Relies on `samples` and `functions`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from autograd_lite import context
from autograd_lite.axes import check_axes
from autograd_lite.functions import FUNCTIONS
from autograd_lite.samples import Samples, axes_of, stacked
from autograd_lite.trees import numbers_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from autograd_lite.engine import Value

    Scalar = Value | float


def mean(xs: Any) -> Any:
    """Return the arithmetic mean of xs. Raises ValueError for none.

    >>> mean([1.0, 2.0, 6.0])
    3.0
    """
    if hasattr(xs, "over_samples"):  # of a vmapped function that is being compiled
        return xs.over_samples("mean")
    listed = list(xs)
    if not listed:
        raise ValueError("mean: expected at least one number, got none")
    return FUNCTIONS["fsum"](listed) / len(listed)


def vmap(f: Callable[..., Any], in_axes: Any = 0, out_axes: Any = 0) -> Vmapped:
    """Return f for many samples at once: its arguments get an axis more, and so does its result.

    f         a function of one sample
    in_axes   for each argument the axis along which its samples lie, or None for one that all share; an int
              stands for all. What an argument consists of may have axes of its own: {"w": None, "x": 0}
    out_axes  the axis of the samples in the result, or a structure of axes for its parts

    The axes are those of NumPy arrays, from the end if negative; the items of a list are along axis 0. A
    tuple, dict or dataclass of arrays and lists is taken apart, and so is a list where in_axes has one.
    Keyword arguments have axis 0. In the result every number has become a list with one number per sample, or
    an array if an argument with samples holds one, and every array has got a new axis; a list in it stays a
    list of such, so that for a vmap of a vmap arrays are better. `jit(vmap(f))` runs the samples side by side
    in machine code.

    Raises ValueError if there is no sample, if the arguments differ in how many there are, and for an axis
    that is not there.

    >>> vmap(lambda x, k: x * k, in_axes=(0, None))([1.0, 2.0, 3.0], 10.0)
    [10.0, 20.0, 30.0]
    >>> vmap(lambda p: p["a"] * p["x"], in_axes=({"a": None, "x": 0},))({"a": 10.0, "x": [1.0, 2.0]})
    [10.0, 20.0]
    """
    if not callable(f):
        raise TypeError(f"vmap: expected a function, got {type(f).__name__}; write vmap(f)(xs)")
    if isinstance(in_axes, dict):
        raise ValueError("vmap: in_axes must be an axis, or a tuple with one for each argument, got a dict")
    check_axes(in_axes, "in_axes", "what all samples share")
    check_axes(out_axes, "out_axes")
    return Vmapped(f, in_axes, out_axes)


class Vmapped:
    """A function of many samples; made by `vmap`.

    f  the function of one sample
    """

    def __init__(self, f: Callable[..., Any], in_axes: Any, out_axes: Any) -> None:
        functools.update_wrapper(self, f, updated=())
        self.f = f
        self._in_axes = in_axes
        self._out_axes = out_axes

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        listener = context.listener()
        together = None if listener is None else listener.vmapped(self, args, kwargs)
        if together is not None:
            return together
        samples = self.samples(args, kwargs)
        outputs = []
        for index in range(samples.count):
            given, named = samples.arguments(index)
            outputs.append(self.f(*given, **named))
        rows = [list(numbers_of(output, self._where)) for output in outputs]
        if any(len(row) != len(rows[0]) for row in rows):
            raise ValueError(f"{self._where} has another number of numbers for some samples")
        columns = [list(column) for column in zip(*rows, strict=True)]
        return stacked(outputs[0], columns, self.axes_of(outputs[0]), as_arrays=samples.arrays)

    def of(self, f: Callable[..., Any]) -> Vmapped:
        """Return another function for as many samples along the same axes."""
        return Vmapped(f, self._in_axes, self._out_axes)

    def axes_of(self, output: Any) -> list[int]:
        """Return the axis of the samples for each number and array of a result of one sample."""
        return axes_of(output, self._out_axes, self._where)

    def samples(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Samples:
        """Return the samples in the arguments; raises ValueError if there are none, or not equally many."""
        axes = self._in_axes
        if axes is None or isinstance(axes, int):
            axes = (axes,) * len(args)
        elif len(axes) != len(args):
            raise ValueError(f"vmap: in_axes has {len(axes)} axes for {len(args)} arguments")
        return Samples(args, kwargs, axes)

    @property
    def _where(self) -> str:
        return f"vmap: the result of {getattr(self.f, '__name__', 'f')}"
