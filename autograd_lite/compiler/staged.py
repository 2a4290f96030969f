"""A program with sums over samples: numbers that all share, a pass over the samples, and what is made of it.

Gives `Staged`. Relies on `totals`, `lanes`, `llvm` and NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy

from autograd_lite.compiler import llvm, python, shards
from autograd_lite.compiler.lanes import Lanes, address
from autograd_lite.compiler.program import Program, Recorder
from autograd_lite.compiler.totals import Summing, Unrolled
from autograd_lite.engine import Value
from autograd_lite.trees import is_array, is_number_or_array, parts_of, rebuilt


class Pass(NamedTuple):
    """A pass over the samples, which sums up results of one.

    before   what all samples share
    sample   the program of one, whose inputs are its own numbers and then what is shared
    code     the same for many
    columns  for each number of a sample, where those of all are: among inputs, sums and fixed numbers
    """

    before: Stage
    sample: Program
    code: Lanes
    columns: Any


class Stage:
    """A program, compiled, that reads some of the numbers known so far: the inputs, and then the sums.

    program  what is compiled
    read     which of these numbers it reads
    """

    def __init__(self, program: Program, strict: bool) -> None:
        self.program, read = program.compacted()
        self.read = numpy.array(read, int)
        self._picks = self.program.outputs if not self.program.instructions else []
        if not self.program.guards and self._picks == [*range(len(read))]:
            return  # it passes numbers on, as most that are shared
        self._picks = []
        self._enter = llvm.entry(self.program, strict=strict)
        self._run = None if self._enter else python.compiled(self.program)

    def run(self, known: Any) -> Any:
        """Return its outputs as an array, or None if a guard fails."""
        given = known.take(self.read)
        if self._picks:
            return given
        if self._run is not None:
            found = self._run(given.tolist())
            return None if found is None else numpy.array(found)
        assert self._enter is not None
        results = numpy.empty(len(self.program.outputs))
        return results if self._enter(address(given), address(results)) else None


class Staged:
    """What runs a recording with batches: a function of its numbers, as `python.compiled` returns.

    program   the last stage, whose inputs are the numbers and then the sums
    passes    each pass over the samples
    last      the stage after them
    fixed     numbers among the samples that are no arguments
    captured  the Values that the stages read beside the inputs; their numbers follow those

    Raises Unrolled where that cannot be.
    """

    def __init__(
        self,
        recorder: Summing,
        inputs: Sequence[Value],
        constants: Iterable[Value],
        outputs: Sequence[Any],
        *,
        strict: bool,
        threads: int,
    ) -> None:
        self._strict = strict
        self._threads = threads
        self.fixed: list[float] = []
        self.passes: list[Pass] = []
        self.captured = _captured(recorder, inputs, constants, outputs)
        leaves = [*inputs, *self.captured]
        self._inputs = len(leaves)
        self._sums = sum(len(batch.totals) for batch in recorder.batches)
        places = {leaf: index for index, leaf in enumerate(inputs)}
        sums: list[Value] = []
        for batch in recorder.batches:
            roots = [root for _, root in batch.totals]
            shared = batch.shared(roots)
            before = _program(recorder, [*leaves, *sums], constants, shared)
            lane = _program(batch.recorder, [*batch.leaves, *shared], batch.constants, roots)
            columns = [*range(len(batch.leaves)), *[None] * len(shared)]
            try:
                code = Lanes(lane, columns, strict=strict, summed=not strict)
            except NotImplementedError:
                raise Unrolled from None
            found = [self._column(column, places) for column in batch.columns]
            self.passes.append(Pass(Stage(before, strict), lane, code, numpy.array(found)))
            sums += [node for node, _ in batch.totals]
        self.program = _program(recorder, [*leaves, *sums], constants, outputs)
        self.last = Stage(self.program, strict)

    def _column(self, column: list[Any], places: dict[Value, int]) -> list[int]:
        """Return where the numbers of a column are among inputs, sums and fixed numbers."""
        found = []
        for x in column:
            if type(x) is Value:
                found.append(places[x])
            else:
                found.append(self._inputs + self._sums + len(self.fixed))
                self.fixed.append(x)
        return found

    def __call__(self, numbers: Any) -> Sequence[float] | None:
        results = self._results(numbers)
        return None if results is None else results.tolist()

    def _results(self, *numbers: Any) -> Any:
        """Return the results for numbers in one or several sequences, or None where a guard fails."""
        known = numpy.concatenate([*numbers, numpy.empty(self._sums), self.fixed])
        done = self._inputs
        for stage, _, code, columns in self.passes:
            shared = stage.run(known)
            if shared is None:
                return None
            found, failed = shards.run(code, known.take(columns), shared, self._threads)
            if len(failed):
                return None
            # A product with ones is a sum of rows that takes a fifth of the time.
            sums = [*map(math.fsum, found.tolist())] if self._strict else found @ numpy.ones(found.shape[1])
            known[done : done + len(found)] = sums
            done += len(found)
        return self.last.run(known)

    def call(self, args: Sequence[Any], result: Any) -> Callable[..., Any] | None:
        """Return a function of arguments like these, which skips looking at every number of an array."""

        def kinds_of(args: Sequence[Any]) -> list[Any]:
            return [(type(arg), getattr(arg, "shape", ()), getattr(arg, "dtype", None)) for arg in args]

        kinds = kinds_of(args)
        if not all(
            kind is float or (is_array(arg) and arg.dtype.kind in "fiub")
            for arg, (kind, _, _) in zip(args, kinds, strict=True)
        ):
            return None
        pieces, start = [], 0
        for _, part in parts_of(result, "", is_number_or_array):
            size = part.size if is_array(part) else 1
            pieces.append((start, start + size, part.shape if is_array(part) else None))
            start += size

        def call(*given: Any) -> Any:
            if kinds_of(given) != kinds:
                return NotImplemented
            flat = self._results(*[(arg,) if type(arg) is float else arg.ravel() for arg in given])
            if flat is None:
                return NotImplemented
            found = [
                flat.item(start) if shape is None else flat[start:end].reshape(shape).copy()
                for start, end, shape in pieces
            ]
            return rebuilt(result, iter(found), is_number_or_array)

        return call


def _captured(
    recorder: Summing, inputs: Sequence[Value], constants: Iterable[Value], outputs: Sequence[Any]
) -> list[Value]:
    """Return the Values from outside that the stages read beside the inputs."""
    found: dict[Value, None] = {}
    known = [*inputs]
    for batch in recorder.batches:
        shared = batch.shared([root for _, root in batch.totals])
        found.update(dict.fromkeys(recorder.program(known, constants, shared)[1]))
        known += [node for node, _ in batch.totals]
    found.update(dict.fromkeys(recorder.program(known, constants, outputs)[1]))
    return [*found]


def _program(
    recorder: Recorder, inputs: Sequence[Value], constants: Iterable[Value], outputs: Sequence[Any]
) -> Program:
    program, captured = recorder.program(inputs, constants, outputs)
    if captured:
        raise Unrolled  # a sample decides by what all share
    return program
