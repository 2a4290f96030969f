"""A program with sums over samples: numbers that all share, a pass over the samples, and what is made of it.

Gives `Staged`. Relies on `totals`, `lanes`, `llvm` and NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy

from autograd_lite.compiler import llvm, python
from autograd_lite.compiler.lanes import Lanes
from autograd_lite.compiler.program import Program, Recorder
from autograd_lite.compiler.totals import Summing, Unrolled
from autograd_lite.engine import Value
from autograd_lite.samples import is_number_or_array
from autograd_lite.trees import is_array, parts_of, rebuilt


class Pass(NamedTuple):
    """A pass over the samples, which sums up results of one.

    before   what all samples share
    sample   the program of one, whose inputs are its own numbers and then what is shared
    code     the same for many
    columns  for each number of a sample, where those of all are among the numbers, and then the fixed ones
    """

    before: Stage
    sample: Program
    code: Lanes
    columns: list[Any]


class Stage:
    """A program, compiled, that reads some of the inputs and the sums so far.

    program  what is compiled
    read     which inputs it reads
    summed   which sums it reads after these
    """

    def __init__(self, program: Program, inputs: int, strict: bool) -> None:
        self.program, used = program.compacted()
        self.read = numpy.array([x for x in used if x < inputs], int)
        self.summed = [x - inputs for x in used if x >= inputs]
        made = llvm.compiled(self.program, strict=strict)
        self._run = made[0] if made else python.compiled(self.program)

    def run(self, flat: Any, sums: list[float]) -> Sequence[float] | None:
        """Return its outputs, or None if a guard fails."""
        return self._run([*flat[self.read].tolist(), *[sums[x] for x in self.summed]])


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
            self.passes.append(Pass(Stage(before, len(leaves), strict), lane, code, found))
            sums += [node for node, _ in batch.totals]
        self.program = _program(recorder, [*leaves, *sums], constants, outputs)
        self.last = Stage(self.program, len(leaves), strict)

    def _column(self, column: list[Any], places: dict[Value, int]) -> Any:
        """Return where the numbers of a column are among the inputs, and the fixed numbers after these."""
        found = []
        for x in column:
            if type(x) is Value:
                found.append(places[x])
            else:
                found.append(self._inputs + len(self.fixed))
                self.fixed.append(x)
        return numpy.array(found)

    def __call__(self, numbers: Any) -> Sequence[float] | None:
        flat = numpy.concatenate([numbers, self.fixed]) if self.fixed else numpy.asarray(numbers, float)
        sums: list[float] = []
        for stage, _, code, columns in self.passes:
            shared = stage.run(flat, sums)
            if shared is None:
                return None
            found, failed = code.run([flat[column] for column in columns], shared, self._threads)
            if len(failed):
                return None
            sums += map(math.fsum, found.tolist()) if self._strict else found.sum(axis=1).tolist()
        return self.last.run(flat[: self._inputs], sums)

    def call(self, args: Sequence[Any], result: Any) -> Callable[..., Any] | None:
        """Return a function of arguments like these, which skips looking at every number of an array."""
        kinds = [(type(arg), getattr(arg, "shape", None)) for arg in args]
        if any(not is_array(arg) and type(arg) is not float for arg in args):
            return None

        def call(*given: Any) -> Any:
            if [(type(arg), getattr(arg, "shape", None)) for arg in given] != kinds:
                return NotImplemented
            if any(is_array(arg) and arg.dtype.kind not in "fiub" for arg in given):
                return NotImplemented
            results = self(numpy.concatenate([numpy.ravel(arg) for arg in given]))
            if results is None:
                return NotImplemented
            flat, found, start = numpy.array(results), [], 0
            for _, part in parts:
                size = part.size if is_array(part) else 1
                piece = flat[start : start + size]
                found.append(piece.reshape(part.shape).copy() if is_array(part) else float(piece[0]))
                start += size
            return rebuilt(result, iter(found), is_number_or_array)

        parts = parts_of(result, "", is_number_or_array)
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
