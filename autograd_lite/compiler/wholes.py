"""Samples that stay together while a function is compiled: nobody may look at one of them, or count them.

Gives `Unseen`, which stands for an array or list of the arguments whose items are samples, so that there may
be as many as there like; `Results`, what a vmapped function gives for its samples; and `Unrolled`, which is
raised where one is looked at after all. Relies on `samples` and NumPy.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd_lite.engine import Value, _is_real
from autograd_lite.samples import Whole, taken
from autograd_lite.trees import is_array, structure_of


class Unrolled(BaseException):
    """What the function does needs the numbers of single samples, or how many there are."""


class Given(NamedTuple):
    """The numbers of samples in an argument.

    place    which of the arguments that are samples
    row      which of the numbers of a sample
    numbers  of all samples, one for each, in this call
    """

    place: int
    row: int
    numbers: Any


class _Opaque(Whole):
    """What no operation but a few looks into."""

    __array_ufunc__ = None  # an array on the left leaves an operation to this

    def __getattr__(self, name: str) -> Any:
        raise Unrolled


class Unseen(_Opaque):
    """An array or list of the arguments, of samples along an axis.

    structure  what there is in a sample beside its numbers
    numbers    an array with a row for each number of a sample
    """

    def __init__(self, place: int, part: Any, axis: int) -> None:
        self.place, self.part, self.axis, self.as_array = place, part, axis, is_array(part)
        self.dimensions = part.ndim if self.as_array else 1
        found = rows_of(part, axis)
        if found is None:
            raise Unrolled
        self.structure, self.numbers = found

    @property  # type: ignore[misc]
    def __class__(self) -> Any:
        return type(self.part)  # to isinstance it is what it stands for

    def __repr__(self) -> str:
        return repr(self.part)

    def count(self, axis: int, place: str) -> int:
        """Return how many samples there are."""
        if axis != self.axis:
            raise Unrolled
        return int(self.numbers.shape[1])

    def taken(self, axis: int, index: int) -> Any:
        """Return one sample."""
        return taken(self.part, axis, index)

    def columns(self) -> list[Given]:
        """Return where the numbers of the samples are."""
        return [Given(self.place, row, numbers) for row, numbers in enumerate(self.numbers)]


def rows_of(part: Any, axis: int) -> tuple[Any, Any] | None:
    """Return the structure of a sample, and an array with a row for each of its numbers.

    part  an array or a list of samples along the axis

    None if there is no sample, one is built like no other, or holds a Value.
    """
    import numpy

    if is_array(part):
        if (
            type(part) is not numpy.ndarray
            or part.dtype.kind not in "fiub"
            or axis >= part.ndim
            or not part.size
        ):
            return None
        rows = part.T if part.ndim < 3 and not axis else numpy.moveaxis(part, axis, -1)
        dtype = "float32" if part.dtype == "float32" else "float64"
        structure = "array", dtype, rows.shape[:-1]
        rows = numpy.asarray(rows.reshape(-1, rows.shape[-1]), dtype)
        # Numbers may be apart, but by whole numbers of them.
        return structure, rows if rows.strides[1] % rows.itemsize == 0 else rows.copy()
    if type(part) is not list or axis:
        return None
    if {*map(type, part)} == {float}:
        return "float", numpy.array([part])
    items: list[list[Any]] = [[] for _ in part]
    structures = {repr(structure_of(x, "", item)) for x, item in zip(part, items, strict=True)}
    if len(structures) != 1 or any(Value in map(type, item) for item in items) or not items[0]:
        return None
    return structures.pop(), numpy.ascontiguousarray(numpy.array(items).T)


class Results(_Opaque):
    """The results of a vmapped function for all its samples, which can be reduced to one number.

    batch     the samples
    roots     the result of one, in each of the recordings
    as_array  whether they are an array, which takes part in arithmetic as a whole
    """

    def __init__(self, batch: Any, roots: list[Any], recorder: Any, *, as_array: bool) -> None:
        self.batch, self.roots, self.as_array, self._recorder = batch, roots, as_array, recorder

    def count(self, axis: int, place: str) -> int:
        """Return how many there are."""
        if axis:
            raise Unrolled
        return int(self.batch.count)

    def taken(self, axis: int, index: int) -> Any:
        """Refuse: nobody knows one of them."""
        raise Unrolled

    def over_samples(self, kind: str) -> Any:
        """Return what all results are reduced to: by "mean", or the row of this name."""
        if kind not in ("fsum", "mean", "prod", "amax", "amin", "logsumexp"):
            raise Unrolled
        return self.batch.total(kind, self.roots)

    def mean(self, **options: Any) -> Any:
        """Return the mean of an array."""
        return self._reduced("mean", options)

    def sum(self, **options: Any) -> Any:
        """Return the sum of an array."""
        return self._reduced("fsum", options)

    def prod(self, **options: Any) -> Any:
        """Return the product of an array."""
        return self._reduced("prod", options)

    def _reduced(self, kind: str, options: dict[str, Any]) -> Any:
        if not self.as_array or any(option is not None for option in options.values()):
            raise Unrolled
        return self.over_samples(kind)

    def _with(self, function: Callable[[Any, Any], Any], other: Any) -> Results:
        """Return function(result, other) for every sample."""
        if not self.as_array:
            raise Unrolled
        if isinstance(other, Results):
            if other.batch is not self.batch:
                raise Unrolled
            others: Sequence[Any] = other.roots
        elif type(other) is Value or _is_real(other):
            others = [other] * len(self.roots)
        else:
            others = self._recorder.beside(self.batch, other)
        return Results(
            self.batch, self.batch.each(function, self.roots, others), self._recorder, as_array=True
        )

    def __neg__(self) -> Results:
        return self._with(lambda x, _: -x, 0.0)

    def __abs__(self) -> Results:
        return self._with(lambda x, _: abs(x), 0.0)

    def __pow__(self, other: Any) -> Results:
        return self._with(operator.pow, other)


def _refused(self: Any, *others: Any) -> Any:
    if len(others) == 1 and isinstance(others[0], Results):
        return NotImplemented  # which may know what to do
    raise Unrolled


def _elementwise(function: Callable[[Any, Any], Any]) -> Callable[[Results, Any], Results]:
    return lambda self, other: self._with(function, other)


def _swapped(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    return lambda x, y: function(y, x)


_ARITHMETIC = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul")
_OTHERS = (
    *(
        "len",
        "iter",
        "getitem",
        "contains",
        "reversed",
        "bool",
        "float",
        "int",
        "index",
        "array",
        "neg",
        "pos",
    ),
    *("abs", "round", "eq", "ne", "lt", "le", "gt", "ge"),
)
for _name in (*_OTHERS, *_ARITHMETIC, *[f"r{name}" for name in _ARITHMETIC]):
    setattr(_Opaque, f"__{_name}__", _refused)
for _name in _ARITHMETIC[:4]:
    _function = getattr(operator, _name)
    setattr(Results, f"__{_name}__", _elementwise(_function))
    setattr(Results, f"__r{_name}__", _elementwise(_swapped(_function)))
