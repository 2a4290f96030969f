"""A vmapped function, compiled: its samples run side by side.

Gives `Batched`. Samples that decide as one program did run through it together; those whose guards fail are
tried with the next program, and recorded if none fits. Relies on `jitted`, `lanes`, `batches` and NumPy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from threading import RLock
from typing import Any

import numpy

from autograd_lite import context
from autograd_lite.batches import Vmapped
from autograd_lite.compiler import outputs, shards
from autograd_lite.compiler.compiled import Compiled
from autograd_lite.compiler.export import Group, Recorded
from autograd_lite.compiler.jitted import Jitted, structure_of_arguments
from autograd_lite.compiler.precision import narrowed, narrowed_arguments
from autograd_lite.compiler.program import Options
from autograd_lite.compiler.samplers import sampler
from autograd_lite.compiler.shards import Code
from autograd_lite.engine import Value
from autograd_lite.samples import Samples, stacked, taken
from autograd_lite.trees import is_array, numbers_of, rebuilt


class Batched(Recorded):
    """A function of many samples that is compiled when it is called; made by `jit(vmap(f))`.

    name      the name of the function
    programs  what has been recorded so far, each of one sample
    """

    def __init__(self, f: Vmapped, options: Options) -> None:
        functools.update_wrapper(self, f, updated=())
        self._f = f
        self._options = options
        self._dtype = "float32" if options.single else "float64"
        self._one = Jitted(f.f, options)
        self.name = self._one.name
        self._recording = RLock()
        self._programs: dict[Any, list[tuple[Compiled, Code]]] = {}
        self._places: dict[Any, list[int | None]] = {}  # of the numbers of arguments of that structure
        self._fast: Callable[..., Any] | None = None  # for arguments like the last ones

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if context.listener() is not None:
            return self._f(*args, **kwargs)
        if self._options.single:
            args, kwargs = narrowed_arguments(self.name, args, kwargs)
            return narrowed(self._called(args, kwargs), self.name)
        return self._called(args, kwargs)

    def _called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._fast is not None and not kwargs:
            found = self._fast(*args)
            if found is not NotImplemented:
                return found
        samples = self._f.samples(args, kwargs)
        found = self._computed(samples, args, kwargs)
        if found is None:
            return self._f.of(self._one)(*args, **kwargs)
        result, rows = found
        return stacked(result, rows, self._f.axes_of(result), as_arrays=samples.arrays)

    def _into(self, out: Any, /, *args: Any, **kwargs: Any) -> Any:
        if self._options.single:
            args, kwargs = narrowed_arguments(self.name, args, kwargs)
        samples = self._f.samples(args, kwargs)
        if context.listener() is not None or not self._computed(samples, args, kwargs, out):
            raise outputs.live(self._one.name)
        return out

    def _computed(
        self, samples: Samples, args: Sequence[Any], kwargs: dict[str, Any], *out: Any
    ) -> tuple[Any, list[Any]] | None:
        """Return the result of one sample, for its structure, and for each of its numbers those of all.

        None if they are Values. They are written to the arrays of `out`, if that is given.
        """
        columns = _Columns(samples, self._one.name)
        self._places[columns.structure] = columns.places
        if columns.live:
            return None
        programs = self._programs.setdefault(columns.structure, [])
        rows: list[Any] = []
        pending: Any = None  # the samples that no program has run yet; None for all
        for index in range(self._options.limit):
            if index == len(programs):
                with self._recording:  # one thread records, others find what it has
                    if index == len(programs):
                        first = 0 if pending is None else int(pending[0])
                        programs.append(self._record(samples, columns, first))
            compiled, code = programs[index]
            if compiled.captured and context.recording():
                return None
            if out and not index:
                axes = self._f.axes_of(compiled.result)
                arrays = outputs.arrays_for(compiled.result, out[0], self._dtype, samples.count, axes)
                rows = outputs.rows_of(arrays, axes)
                columns.part_from(rows)
            shared = columns.shared + [x._data for x in compiled.captured]
            place = rows if out and not index else None
            found, failed = shards.run(
                code, columns.of(pending, code.apart, self._dtype), shared, self._options.threads, place
            )
            if pending is None:
                rows, pending = rows or list(found), failed
            else:
                for row, new in zip(rows, found, strict=True):
                    row[pending] = new
                pending = pending[failed]
            if not len(pending):
                break
        self._fast = None if index or kwargs else self._alike(args, samples.axes, compiled, code)
        for left in pending:  # beyond the limit, of which the function of one sample warns
            given, named = samples.arguments(int(left))
            for row, x in zip(rows, numbers_of(self._one(*given, **named), ""), strict=True):
                row[left] = getattr(x, "data", x)
        return compiled.result, rows

    def _alike(
        self, args: Sequence[Any], axes: Sequence[Any], compiled: Compiled, code: Code
    ) -> Callable[..., Any] | None:
        """Return a function of arguments like these, which spares what finding their program takes.

        It returns NotImplemented for others, and where a guard fails. None if some are no arrays of numbers
        with the samples first, and no floats that all share, or if the program captures Values.
        """

        def shape_of(arg: Any, axis: Any) -> Any:
            if type(arg) is numpy.ndarray and axis == 0 and arg.dtype.kind in "fiub":
                return arg.shape[1:]
            return float if type(arg) is float and axis is None else None

        threads, dtype, out_axes = self._options.threads, self._dtype, self._f.axes_of(compiled.result)
        shapes = [*map(shape_of, args, axes)]
        if None in shapes or compiled.captured:
            return None

        def call(*given: Any) -> Any:
            if len(given) != len(shapes) or [*map(shape_of, given, axes)] != shapes:
                return NotImplemented
            columns: list[Any] = []
            for arg, shape in zip(given, shapes, strict=True):
                if shape == ():
                    columns.append(arg)
                elif shape is not float:
                    columns += [*arg.reshape(len(arg), -1).T]
            if len({*map(len, columns)}) != 1 or not len(columns[0]):
                return NotImplemented
            columns = _arranged(columns, code.apart, dtype)
            shared = [arg for arg in given if type(arg) is float]
            results, failed = shards.run(code, columns, shared, threads)
            if len(failed):
                return NotImplemented
            return stacked(compiled.result, list(results), out_axes, as_arrays=True)

        return call

    def __reduce__(self) -> Any:
        return Batched, (self._f, self._options)

    def _groups(self) -> list[Group]:
        groups: list[Group] = []
        for structure, places in self._places.items():
            together = [compiled for compiled, _ in self._programs.get(structure, ())]
            # And those of samples that run one by one, because their results are Values.
            groups.append(([*together, *self._one.programs_of(structure)], places))
        return groups

    def _record(self, samples: Samples, columns: _Columns, index: int) -> tuple[Compiled, Code]:
        """Return the program of one sample, and what runs it for many."""
        given, named = samples.arguments(index)
        options = self._options._replace(sums=False)  # lanes run one program, not a pass within each sample
        compiled = Compiled(self._f.f, self._one.name, tuple(given), named, options)
        places = [*columns.places, *[None] * len(compiled.captured)]
        own = [place for place in places if place is not None]
        with compiled.measured():
            code = sampler(
                compiled.program,
                places,
                columns.apart(self._dtype),
                options=self._options,
                single=own if options.single else (),
            )
        compiled.backend = code.backend
        return compiled, code


class _Columns:
    """The numbers of samples: an array for each that differs, and a float for each that all share.

    structure  what else there is in the arguments
    places     for each number of a sample its column, or None if it is shared
    live       whether there are Values among them
    """

    def __init__(self, samples: Samples, name: str) -> None:
        self._columns: list[Any] = []
        self._parts: list[int] = []  # for each of them the array that it is of
        self.live = False
        marks: list[Value] = []

        def marked(part: Any, axis: int) -> Any:
            if is_array(part) and part.dtype.kind in "fiub":
                rows = numpy.moveaxis(part, axis, -1).reshape(-1, samples.count)
            else:
                items = [list(numbers_of(taken(part, axis, i), name)) for i in range(samples.count)]
                self.live |= any(Value in map(type, item) for item in items)
                rows = numpy.array(items, object if self.live else float).T
            self._parts += [len(self._parts)] * len(rows)
            new = [Value(float(len(marks) + i)) for i in range(len(rows))]
            marks.extend(new)
            self._columns += list(rows)
            return rebuilt(taken(part, axis, 0), iter(new))

        given, named = samples.replaced(marked)
        numbers: list[Any] = []
        self.structure = structure_of_arguments(name, given, named, numbers)
        mine = set(marks)
        self.places = [int(x._data) if type(x) is Value and x in mine else None for x in numbers]
        self.shared: list[Any] = [x for x, place in zip(numbers, self.places, strict=True) if place is None]
        self.live |= Value in map(type, self.shared)

    def part_from(self, rows: Sequence[Any]) -> None:
        """Copy the columns that lie where results are to be written, which samples have still to be read."""
        self._columns = [
            column.copy() if any(numpy.may_share_memory(column, row) for row in rows) else column
            for column in self._columns
        ]

    def of(self, samples: Any, apart: Mapping[int, int], dtype: str) -> list[Any]:
        """Return the columns of some samples, or of all, as machine code reads them: see `Lanes`."""
        columns = self._columns if samples is None else [column[samples] for column in self._columns]
        return _arranged(columns, apart, dtype)

    def apart(self, dtype: str) -> dict[int, int]:
        """Return which columns are not contiguous, with the number of their stride: one for each array."""
        strides: dict[int, int] = {}
        return {
            index: strides.setdefault(part, len(strides))
            for index, part in enumerate(self._parts)
            if _is_apart(self._columns[index], dtype)
        }


def _is_apart(column: Any, dtype: str) -> bool:
    """Whether the numbers of a column are not side by side, but whole numbers of them apart."""
    return bool(
        column.dtype == dtype
        and column.strides != (column.itemsize,)
        and not column.strides[0] % column.itemsize
    )


def _arranged(columns: list[Any], apart: Mapping[int, int], dtype: str) -> list[Any]:
    """Return columns of a dtype, contiguous but for those that are apart, if those of one array are alike."""
    strides: dict[int, set[int]] = {}
    for index, part in apart.items():
        column = columns[index]
        is_whole = column.dtype == dtype and column.strides[0] % column.itemsize == 0
        strides.setdefault(part, set()).add(column.strides[0] if is_whole else 0)
    return [
        column
        if index in apart and len(strides[apart[index]]) == 1 and strides[apart[index]] != {0}
        else numpy.ascontiguousarray(column, dtype)
        for index, column in enumerate(columns)
    ]
