"""`vmap`: a function of one sample as a function of many, and `mean`, which sums up what it gives.

Eager it is a loop over the samples; `jit` runs them side by side. Relies on `samples` and `functions`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

from autograd_lite import context
from autograd_lite.functions import FUNCTIONS
from autograd_lite.samples import Samples, stacked
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


def vmap(f: Callable[..., Any], in_axes: int | Sequence[int | None] = 0) -> Vmapped:
    """Return f for many samples at once: its arguments get an axis more, and so does its result.

    f        a function of one sample
    in_axes  for each argument the axis along which its samples lie, or None for one that all share; an int
             stands for all

    The axes are those of NumPy arrays; the items of a list are along axis 0. A tuple, dict or dataclass of
    arrays and lists is taken apart. Keyword arguments have axis 0. In the result every number has become a
    list with one number per sample, or an array if an argument with samples holds one, and every array has
    got a new first axis. `jit(vmap(f))` runs the samples side by side in machine code.

    Raises ValueError if there is no sample, or the arguments differ in how many there are.

    >>> vmap(lambda x, k: x * k, in_axes=(0, None))([1.0, 2.0, 3.0], 10.0)
    [10.0, 20.0, 30.0]
    """
    if not callable(f):
        raise TypeError(f"vmap: expected a function, got {type(f).__name__}; write vmap(f)(xs)")
    axes = in_axes if isinstance(in_axes, int) else tuple(in_axes)
    for axis in (axes,) if isinstance(axes, int) else axes:
        if axis is not None and (type(axis) is not int or axis < 0):
            raise ValueError(f"vmap: in_axes must be axes from 0, or None, got {axis!r}")
    return Vmapped(f, axes)


class Vmapped:
    """A function of many samples; made by `vmap`.

    f  the function of one sample
    """

    def __init__(self, f: Callable[..., Any], axes: int | tuple[int | None, ...]) -> None:
        functools.update_wrapper(self, f, updated=())
        self.f = f
        self._axes = axes

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
        where = f"vmap: the result of {getattr(self.f, '__name__', 'f')}"
        rows = [list(numbers_of(output, where)) for output in outputs]
        if any(len(row) != len(rows[0]) for row in rows):
            raise ValueError(f"{where} has another number of numbers for some samples")
        columns = [list(column) for column in zip(*rows, strict=True)]
        return stacked(outputs[0], columns, as_arrays=samples.arrays)

    def of(self, f: Callable[..., Any]) -> Vmapped:
        """Return another function for as many samples along the same axes."""
        return Vmapped(f, self._axes)

    def samples(self, args: Sequence[Any], kwargs: dict[str, Any]) -> Samples:
        """Return the samples in the arguments; raises ValueError if there are none, or not equally many."""
        if isinstance(self._axes, int):
            axes: tuple[int | None, ...] = (self._axes,) * len(args)
        elif len(self._axes) == len(args):
            axes = self._axes
        else:
            raise ValueError(f"vmap: in_axes has {len(self._axes)} axes for {len(args)} arguments")
        return Samples(args, kwargs, axes)
