"""Passes over samples as a builtin function of Python, for calls with few samples.

Gives `direct`, which chains the machine code of the stages and passes of a recording: arrays in, arrays out,
with no Python in between, whose part would be greater than that of the samples. Relies on `calls`, `lanes`,
`shards` and NumPy.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy

from autograd_lite.compiler import calls, llvm, shards
from autograd_lite.compiler.lanes import Lanes, address
from autograd_lite.compiler.stages import Stage
from autograd_lite.compiler.wholes import Given

if TYPE_CHECKING:
    from autograd_lite.compiler.staged import Pass, Staged, Way

MARKED = 250_000  # samples whose guards are asked, with a byte for each on the stack
COLUMNS = 1_000  # of one pass: the text has a few lines for each


def direct(
    staged: Staged,
    args: Sequence[Any],
    opened: Sequence[tuple[int, int]],
    result: Any,
    otherwise: Callable[..., Any],
) -> Callable[..., Any]:
    """Return the passes as a function of arguments like these.

    args       floats and arrays
    opened     which of them are samples, and along which axes
    result     a result, for its structure
    otherwise  the same function, for other arguments, very few samples, and where a guard fails

    It is `otherwise` itself, unless each pass adds up its results, has one program, and reads its samples in
    arrays of float64 with one or two dimensions.
    """
    code = _builtin(staged, args, opened, result)
    if code is None:
        return otherwise

    def call(*given: Any) -> Any:
        found = NotImplemented if shards.is_split() else code(*given)
        return otherwise(*given) if found is NotImplemented else found

    return call


def _builtin(
    staged: Staged, args: Sequence[Any], opened: Sequence[tuple[int, int]], result: Any
) -> Callable[..., Any] | None:
    """Return the builtin, which returns NotImplemented where it cannot be, or None."""
    if not calls.are_known():
        return None
    arrays = dict(opened)
    counts = {args[place].shape[axis] for place, axis in opened}
    stages = [staged.last, *[one.before for one in staged.passes]]
    if len(counts) != 1 or not all(_is_plain(staged, one) for one in staged.passes):
        return None
    if not all(calls.is_plain_array(args[place]) and args[place].ndim < 3 for place in arrays):
        return None
    if any(stage.entry is None for stage in stages if not stage.passes_on):
        return None
    text = calls.Text(len(args))
    samples = _Samples(text, staged)
    for index, arg in enumerate(args):
        if index in arrays:
            samples.unpack(index, arg, arrays[index])
        elif not text.unpack(text.argument(index), arg):
            return None
    if text.inputs != staged.inputs:
        return None
    known = text.memory("in", staged.inputs + len(staged.kinds))
    for one in staged.passes:
        _pass(text, staged, one, samples, known)
    _copied(text, _run(text, staged.last, known), "%out", [*range(len(staged.program.outputs))])
    written = text.function(result, len(staged.program.outputs))
    if written is None:
        return None
    code = llvm.Code(written, 1, owners=(staged, text.objects))
    return calls.builtin(code.address("call"), code)


def _is_plain(staged: Staged, one: Pass) -> bool:
    columns = staged.columns[one.batch]
    return (
        one.summed
        and len(one.ways) == 1
        and type(one.ways[0].code) is Lanes
        and len(columns) <= COLUMNS
        and all(type(column) is Given for column in columns)
    )


def _lanes(way: Way) -> Lanes:
    assert isinstance(way.code, Lanes)
    return way.code


class _Samples:
    """The arguments that are samples, as registers.

    count    how many samples there are
    data     for each argument its numbers
    strides  and its strides, along the samples and across them
    """

    def __init__(self, text: calls.Text, staged: Staged) -> None:
        self.count = ""
        self.data: dict[int, str] = {}
        self.strides: dict[int, list[str]] = {}
        self._text = text
        ways = [one.ways[0] for one in staged.passes]
        self._least = max(_lanes(way).lanes for way in ways)
        self._marked = any(way.program.guards for way in ways)

    def unpack(self, index: int, like: Any, axis: int) -> None:
        """Write the checks of an argument, and where its numbers are."""
        text, pointer = self._text, self._text.argument(index)
        shape = text.expect_array(pointer, like)
        count = text.load(shape, 8 * axis, "i64")
        if self.count:
            text.check(text.line(f"icmp eq i64 {count}, {self.count}"))
        else:
            self.count = count
            text.check(text.line(f"icmp sge i64 {count}, {self._least}"))
            if self._marked:
                text.check(text.line(f"icmp sle i64 {count}, {MARKED}"))
        strides = text.load(pointer, calls.STRIDES, "ptr")
        axes = [axis, *[other for other in range(like.ndim) if other != axis]]
        for other in axes[1:]:
            text.expect(shape, 8 * other, "i64", str(like.shape[other]))
        place = len(self.data)
        self.data[place] = text.load(pointer, calls.DATA, "ptr")
        self.strides[place] = [text.load(strides, 8 * other, "i64") for other in axes]

    def columns(self, given: list[Given], apart: dict[int, int]) -> str:
        """Write the table of the addresses of columns, and behind them the strides of those apart."""
        text = self._text
        kept = {apart[index]: column.place for index, column in enumerate(given) if index in apart}
        table = text.memory(f"columns{len(text.lines)}", len(given) + len(kept))
        for index, column in enumerate(given):
            along, *across = self.strides[column.place]
            rest = text.line(f"and i64 {along}, 7") if index in apart else text.line(f"sub i64 {along}, 8")
            text.check(text.line(f"icmp eq i64 {rest}, 0"))
            start = self.data[column.place]
            if across:
                bytes_ = text.line(f"mul i64 {across[0]}, {column.row}")
                start = text.line(f"getelementptr i8, ptr {start}, i64 {bytes_}")
            text.store("ptr", start, table, str(index))
        for stride, argument in kept.items():
            steps = text.line(f"sdiv i64 {self.strides[argument][0]}, 8")
            text.store("i64", steps, table, str(len(given) + stride))
        return table


def _pass(text: calls.Text, staged: Staged, one: Pass, samples: _Samples, known: str) -> None:
    """Write a pass, which puts its totals among the numbers known."""
    way = one.ways[0]
    shared = _taken(text, _run(text, one.before, known), way.shared)
    columns = samples.columns([staged.columns[one.batch][column] for column in way.columns], way.apart)
    sums = text.memory(f"sums{len(text.lines)}", len(one.totals))
    code = _lanes(way)
    slots = text.memory("slots", code.slots)
    marks = text.line(f"alloca i8, i64 {samples.count}") if way.program.guards else "null"
    arguments = (
        f"ptr {columns}, ptr {shared}, ptr {sums}, i64 0, i64 {samples.count}, ptr {marks}, ptr {slots}"
    )
    thread = text.line("call ptr @PyEval_SaveThread()")  # others may run
    text.lines.append(f"  call void inttoptr (i64 {code.address} to ptr)({arguments})")
    text.lines.append(f"  call void @PyEval_RestoreThread(ptr {thread})")
    if way.program.guards:
        index = text.loop(samples.count)
        mark = text.load(text.line(f"getelementptr i8, ptr {marks}, i64 {index}"), 0, "i8")
        text.check(text.line(f"icmp eq i8 {mark}, 0"))
        text.end()
    _copied(text, sums, known, [staged.inputs + total for total in one.totals])
    count = text.line(f"sitofp i64 {samples.count} to double")
    means = [staged.inputs + total for total in one.totals if staged.kinds[total] == "mean"]
    if means:
        place = _each(text, means)
        total = text.load(text.line(f"getelementptr double, ptr {known}, i64 {place}"), 0, "double")
        text.store("double", text.line(f"fdiv double {total}, {count}"), known, place)
        text.end()


def _run(text: calls.Text, stage: Stage, known: str) -> str:
    """Write a stage, and return where its results are; a guard that fails ends the call."""
    given = _taken(text, known, stage.read)
    if stage.passes_on:
        return given
    assert stage.entry is not None
    found = text.memory(f"found{len(text.lines)}", len(stage.program.outputs))
    slots = text.memory("slots", stage.entry.slots)
    function = f"inttoptr (i64 {stage.entry.address} to ptr)"
    text.check(text.line(f"call zeroext i1 {function}(ptr {given}, ptr {found}, ptr {slots})"))
    return found


def _taken(text: calls.Text, source: str, places: Sequence[int]) -> str:
    """Write how the numbers in some places come to be next to each other, and return where."""
    if places and [*places] == [*range(places[0], places[-1] + 1)]:
        return text.line(f"getelementptr double, ptr {source}, i64 {places[0]}")
    target = text.memory(f"taken{len(text.lines)}", len(places))
    if places:
        place = _each(text, places)
        number = text.load(text.line(f"getelementptr double, ptr {source}, i64 {place}"), 0, "double")
        text.store("double", number, target, text.index)
        text.end()
    return target


def _copied(text: calls.Text, source: str, target: str, places: Sequence[int]) -> None:
    """Write how numbers that are next to each other come to some places."""
    if places:
        place = _each(text, places)
        number = text.load(text.line(f"getelementptr double, ptr {source}, i64 {text.index}"), 0, "double")
        text.store("double", number, target, place)
        text.end()


def _each(text: calls.Text, places: Sequence[int]) -> str:
    """Begin a loop over places, and return the register of the place."""
    table = numpy.array(places, numpy.int64)
    text.objects.append(table)
    index = text.loop(len(places))
    start = f"inttoptr (i64 {address(table)} to ptr)"
    return text.load(text.line(f"getelementptr i64, ptr {start}, i64 {index}"), 0, "i64")
