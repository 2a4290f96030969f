"""A program with totals over samples: numbers that all share, passes over the samples, what is made of them.

Gives `Staged`. Relies on `totals`, `reductions`, `stages`, `lanes` and NumPy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy

from autograd_lite.compiler import direct, reductions, shards
from autograd_lite.compiler.program import Options, Program, Recorder, sources
from autograd_lite.compiler.samplers import sampler
from autograd_lite.compiler.shards import Code
from autograd_lite.compiler.stages import Stage, taking
from autograd_lite.compiler.totals import Batch, Summing, Total, Variant, Weights
from autograd_lite.compiler.wholes import Given, Unrolled, rows_of
from autograd_lite.engine import Value
from autograd_lite.trees import is_array, is_number_or_array, parts_of, rebuilt


class Way(NamedTuple):
    """What a sample gives to the totals of a pass if it branches this way.

    program  of one sample, whose inputs are numbers of its own and then shared ones
    columns  which of the columns these are
    apart    which of them need not be contiguous
    shared   which of the shared numbers of the pass
    taken    what takes these out of an array
    code     the same for many
    """

    program: Program
    columns: list[int]
    apart: dict[int, int]
    shared: list[int]
    taken: Any
    code: Code


class Pass(NamedTuple):
    """A pass over the samples of a batch.

    batch   which batch
    before  what gives the numbers that all samples share
    ways    the programs of a sample, of which each runs the first whose guards hold
    totals  what the results are for
    places  where these are among the numbers known
    summed  whether these are sums, taken by the machine code
    means   which of them are to be divided by the number of samples
    """

    batch: int
    before: Stage
    ways: list[Way]
    totals: list[int]
    places: Any
    summed: bool
    means: Any


class Failure(NamedTuple):
    """No program of a batch fits this sample."""

    batch: int
    sample: int


class Staged:
    """What runs a recording with batches: a function of its numbers, and of the arguments that are samples.

    program   the last stage, whose inputs are the numbers and then the totals
    inputs    how many numbers there are
    kinds     how each total is made of the results
    columns   for each batch where the numbers of samples are: among the numbers, in an argument, or weights
              that are made of the results
    passes    each pass over samples
    last      the stage after them
    fixed     numbers among the samples that are no arguments
    backend   what runs the passes, "llvm" or "python"
    captured  the Values that the stages read beside the inputs; their numbers follow those

    Raises Unrolled where that cannot be.
    """

    def __init__(
        self,
        recorder: Summing,
        inputs: Sequence[Value],
        constants: Iterable[Value],
        outputs: Sequence[Any],
        options: Options,
    ) -> None:
        self._options = options
        nodes = [total.node for total in recorder.totals]
        shared = [x for total in recorder.totals for x in total.shared]
        self.captured = recorder.program([*inputs, *nodes], constants, [*outputs, *shared])[1]
        leaves = [*inputs, *self.captured]
        self.inputs = len(leaves)
        known = [*leaves, *nodes]
        self.kinds = [total.kind for total in recorder.totals]
        self.fixed: list[float] = []
        places = {leaf: index for index, leaf in enumerate(inputs)}
        self.columns = [self._places(batch, recorder, places) for batch in recorder.batches]
        self.passes: list[Pass] = []
        ranks = _ranks(recorder)
        groups: dict[tuple[int, int, bool], list[int]] = {}
        for index, total in enumerate(recorder.totals):
            summed = not options.strict and total.kind in reductions.SUMS
            key = ranks[total.node], recorder.batches.index(total.batch), summed
            groups.setdefault(key, []).append(index)
        for (rank, batch, summed), totals in sorted(groups.items()):
            self.passes.append(self._pass(recorder, (known, constants), ranks, rank, batch, totals, summed))
        self.program = _program(recorder, known, constants, outputs, recorder.decisions)
        self.last = Stage(self.program, options)
        codes = [way.code for one in self.passes for way in one.ways]
        self.backend = "python" if any(code.backend == "python" for code in codes) else "llvm"
        self._rest = numpy.array([math.nan] * len(self.kinds) + self.fixed)

    def _pass(
        self,
        recorder: Summing,
        around: tuple[list[Value], Iterable[Value]],
        ranks: dict[Value, int],
        rank: int,
        number: int,
        totals: list[int],
        summed: bool,
    ) -> Pass:
        """Return the pass over a batch for totals of a rank."""
        batch = recorder.batches[number]
        found = []
        for index, variant in enumerate(batch.variants):
            roots = [recorder.totals[total].roots[index] for total in totals]
            decisions = [
                guard
                for guard in variant.recorder.decisions
                if all(ranks.get(x, 0) < rank for x in variant.shared(guard.operands))
            ]
            asked = [x for guard in decisions for x in guard.operands]
            found.append((variant, roots, decisions, variant.shared([*roots, *asked])))
        shared = [*dict.fromkeys(x for *_, used in found for x in used)]
        before = Stage(_program(recorder, *around, shared, []), self._options)
        ways = [self._way(batch, *way, shared, summed) for way in found]
        means = [row for row, total in enumerate(totals) if self.kinds[total] == "mean"]
        places = taking([self.inputs + total for total in totals])
        return Pass(number, before, ways, totals, places, summed, taking(means))

    def _way(
        self,
        batch: Batch,
        variant: Variant,
        roots: list[Any],
        decisions: list[Any],
        _: Any,
        shared: list[Value],
        summed: bool,
    ) -> Way:
        own = len(variant.leaves)
        inputs = [*variant.leaves, *shared]
        program, read = _program(variant.recorder, inputs, variant.constants, roots, decisions).compacted()
        columns = [x for x in read if x < own]
        places = [*range(len(columns)), *[None] * (len(read) - len(columns))]
        apart: dict[int, int] = {}
        strides: dict[int, int] = {}
        single: list[int] = []
        for place, column in enumerate(batch.columns[x] for x in columns):
            if type(column) is Given and column.numbers.dtype == "float32":
                single.append(place)
            if type(column) is Given and column.numbers.strides != (column.numbers.itemsize,):
                apart[place] = strides.setdefault(column.place, len(strides))
        wide = self._options._replace(single=False)  # a result is rounded when all are reduced
        code = sampler(program, places, apart, options=wide, summed=summed, single=single)
        taken = [x - own for x in read if x >= own]
        return Way(program, columns, apart, taken, taking(taken), code)

    def _places(self, batch: Batch, recorder: Summing, places: dict[Value, int]) -> list[Any]:
        """Return where the numbers of each column of a batch are."""
        found: list[Any] = []
        for column in batch.columns:
            if type(column) is Given:
                found.append(column._replace(numbers=None))
            elif type(column) is Weights:
                found.append(recorder.totals.index(column.of))
            else:
                found.append(numpy.array([self._place(x, places, recorder) for x in column]))
        return found

    def _place(self, x: Any, places: dict[Value, int], recorder: Summing) -> int:
        if type(x) is Value:
            return places[x]
        self.fixed.append(x)
        return self.inputs + len(recorder.totals) + len(self.fixed) - 1

    def __call__(self, numbers: Any, samples: Sequence[Any] = ()) -> Sequence[float] | None:
        """Return the results for the numbers of the arguments, and for those that are samples.

        samples  for each argument that is, an array with a row for each number of a sample

        None where a guard fails.
        """
        results = self.results([numbers], samples)
        return None if results is None or type(results) is Failure else results.tolist()

    def results(self, numbers: Sequence[Any], samples: Sequence[Any]) -> Any:
        """Return the results as an array, for numbers in several sequences; None or a Failure as it is."""
        known = numpy.concatenate([*numbers, self._rest])
        reduced: dict[int, Any] = {}  # the columns of results that become totals
        for one in self.passes:
            shared = one.before.run(known)
            if shared is None:
                return None
            columns = _Columns(self.columns[one.batch], known, samples, reduced, self.kinds)
            failure = self._run(one, shared, columns, known, reduced)
            if failure is not None:
                return Failure(one.batch, failure)
        return self.last.run(known)

    def _run(
        self, one: Pass, shared: Any, columns: _Columns, known: Any, reduced: dict[int, Any]
    ) -> int | None:
        """Take a pass: put its totals in place; return the sample that no program fits, or None."""
        found: Any = None
        pending: Any = None  # the samples that no program has run yet, if not all
        for way in one.ways:
            given = columns.of(way.columns, way.apart)
            given = given if pending is None else [column[pending] for column in given]
            results, failed = shards.run(way.code, given, shared[way.taken], self._options.threads)
            if found is None:
                found = results
            elif one.summed:
                found = found + results
            else:
                found[:, pending] = results
            if not len(failed):
                break
            pending = failed if pending is None else pending[failed]
        else:
            return int(pending[0])
        if one.summed:
            found[one.means] /= columns.count
            known[one.places] = found
            return None
        for row, total in enumerate(one.totals):
            known[self.inputs + total] = reductions.reduced(self.kinds[total], found[row])
            reduced[total] = found[row]
        return None

    def call(
        self, args: Sequence[Any], opened: Sequence[tuple[int, int]], result: Any
    ) -> Callable[..., Any] | None:
        """Return a function of arguments like these, which skips looking at every number of an array.

        opened  which of the arguments are samples, and along which axes
        """
        axes = dict(opened)

        def kinds_of(args: Sequence[Any]) -> list[Any]:
            kinds = [(type(arg), getattr(arg, "shape", ()), getattr(arg, "dtype", None)) for arg in args]
            for place, axis in opened:
                kind, shape, dtype = kinds[place]
                kinds[place] = kind, (*shape[:axis], *shape[axis + 1 :]), dtype
            return kinds

        if not all(type(arg) is float or (is_array(arg) and arg.dtype.kind in "fiub") for arg in args):
            return None
        kinds, groups = kinds_of(args), _groups([args[place].shape[axis] for place, axis in opened])
        pieces, start = [], 0
        for _, part in parts_of(result, "", is_number_or_array):
            size = part.size if is_array(part) else 1
            pieces.append((start, start + size, part.shape if is_array(part) else None))
            start += size

        def call(*given: Any) -> Any:
            if len(given) != len(kinds) or kinds_of(given) != kinds:
                return NotImplemented
            if _groups([given[place].shape[axis] for place, axis in opened]) != groups:
                return NotImplemented
            numbers = [
                (arg,) if type(arg) is float else arg.ravel()
                for place, arg in enumerate(given)
                if place not in axes
            ]
            samples = [rows_of(given[place], axis)[1] for place, axis in opened]  # type: ignore[index]
            flat = self.results(numbers, samples)
            if flat is None or type(flat) is Failure:
                return NotImplemented
            found = [
                flat.item(start) if shape is None else flat[start:end].reshape(shape).copy()
                for start, end, shape in pieces
            ]
            return rebuilt(result, iter(found), is_number_or_array)

        plain = self._options.threads == 1 and not self._options.single
        return direct.direct(self, args, opened, result, call) if plain else call


class _Columns:
    """The numbers of the samples of a batch in one call."""

    def __init__(
        self, places: list[Any], known: Any, samples: Sequence[Any], reduced: dict[int, Any], kinds: list[str]
    ) -> None:
        self._places, self._known, self._samples = places, known, samples
        self._reduced, self._kinds = reduced, kinds
        first = places[0]
        self.count = samples[first.place].shape[1] if type(first) is Given else len(first)

    def of(self, columns: Sequence[int], apart: dict[int, int]) -> list[Any]:
        """Return some columns, one at least, contiguous but where they may be apart."""
        places = [self._places[column] for column in columns or [0]]
        return [self._column(place, index in apart) for index, place in enumerate(places)]

    def _column(self, place: Any, apart: bool) -> Any:
        if type(place) is Given:
            column = self._samples[place.place][place.row]
            return column if apart or column.strides == (column.itemsize,) else column.copy()
        if type(place) is int:
            return reductions.weights(self._kinds[place], self._reduced[place])
        return self._known.take(place)


def _groups(counts: Sequence[int]) -> tuple[int, ...]:
    """Return which of the counts are equal; nothing if there is no sample."""
    return tuple(map(counts.index, counts)) if all(counts) else ()


def _ranks(recorder: Summing) -> dict[Value, int]:
    """Return for each node how many passes over samples have to be taken before it is known."""
    ranks: dict[Value, int] = {}
    for node in recorder.made:
        rank = max([ranks.get(x, 0) for x in sources(node)], default=0)
        ranks[node] = rank + isinstance(node.op, Total)
    return ranks


def _program(
    recorder: Recorder,
    inputs: Sequence[Value],
    constants: Iterable[Value],
    outputs: Sequence[Any],
    decisions: Sequence[Any],
) -> Program:
    program, captured = recorder.program(inputs, constants, outputs, decisions)
    if captured:
        raise Unrolled
    return program
