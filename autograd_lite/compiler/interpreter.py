"""An interpreter in machine code, for programs that are too long to be compiled.

Gives `interpreted`, a program as code for the functions of `handlers`, which are compiled once for all
programs. Runs of equal instructions are done several lanes at a time; before that they are put in the order
in which their operands are in memory, so that these too are next to each other where that can be.
Relies on `handlers`, `runs`, `llvm`, `lanes` and NumPy.
"""

from __future__ import annotations

import functools
import itertools
from typing import Any

import numpy

from autograd_lite.compiler import llvm
from autograd_lite.compiler.assembly import Module
from autograd_lite.compiler.handlers import SIGNATURE, Handler
from autograd_lite.compiler.lanes import address, platform
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.runs import Kind, Runs
from autograd_lite.primitives import Primitive

WIDEST = 64  # operands of a row that is done in lanes

ALIGNED = 64  # bytes: where the results of a run begin
UNIFORM = 32  # instructions for which a run is cut


def interpreted(program: Program, runs: Runs, *, strict: bool) -> tuple[llvm.Code, int]:
    """Return a module whose function "program" runs a program, and how many numbers it keeps in memory.

    runs    the program in the order of its runs
    strict  no product and sum in a row is fused into one operation, every sum is rounded once, and functions
            have libm's bits

    Raises NotImplementedError if a decision has no machine code, and ImportError without llvmlite.
    """
    written = _Written(program, runs, strict=strict)
    code, constants, blocks = written.code, runs.constants, written.outputs
    llvm.counted(code)
    text = f"""declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)
declare ptr @llvm.ptrmask.p0.i64(ptr, i64)

define zeroext i1 @program(ptr %in, ptr %out, ptr %slots) {{
entry:
  %unaligned = getelementptr i8, ptr %slots, i64 {ALIGNED - 1}
  %memory = call ptr @llvm.ptrmask.p0.i64(ptr %unaligned, i64 {-ALIGNED})
  call void @llvm.memcpy.p0.p0.i64(ptr %memory, ptr %in, i64 {8 * program.inputs}, i1 false)
  %constants = getelementptr double, ptr %memory, i64 {program.inputs}
  call void @llvm.memcpy.p0.p0.i64(ptr %constants, ptr {_pointer(constants)}, i64 {constants.nbytes},
    i1 false)
  %results = getelementptr double, ptr %constants, i64 {len(constants)}
  %first = load ptr, ptr {_pointer(code)}, align 4
  %holds = call zeroext i1 %first(ptr {_pointer(code)}, ptr %memory, ptr %results, double 0.0)
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %copy]
  %to = phi ptr [%out, %entry], [%beyond, %copy]
  %more = icmp ult i64 %i, {2 * len(blocks)}
  br i1 %more, label %copy, label %over
copy:
  %block = getelementptr i64, ptr {_pointer(blocks)}, i64 %i
  %place = load i64, ptr %block
  %length = getelementptr i64, ptr %block, i64 1
  %count = load i64, ptr %length
  %from = getelementptr double, ptr %memory, i64 %place
  %bytes = mul i64 %count, 8
  call void @llvm.memcpy.p0.p0.i64(ptr %to, ptr %from, i64 %bytes, i1 false)
  %beyond = getelementptr double, ptr %to, i64 %count
  %next = add i64 %i, 2
  br label %loop
over:
  ret i1 %holds
}}"""
    return llvm.Code(text, 1, owners=(code, constants, blocks, written.codes)), written.size + ALIGNED // 8


def _pointer(array: Any) -> str:
    return f"inttoptr (i64 {address(array)} to ptr)"


class _Written:
    """A program as code.

    In memory are the inputs, the constants, the results of single instructions and those of runs.

    code     the words that the handlers read
    outputs  where in memory the outputs are: for each block of them its place and its length
    size     how many numbers the memory has
    codes    the handlers
    """

    def __init__(self, program: Program, runs: Runs, *, strict: bool) -> None:
        self._strict = strict
        self.codes: set[llvm.Code] = set()
        self._runs = runs
        order, count = runs.order, len(program.instructions)
        results = program.inputs + len(runs.constants)
        long = self._long_runs()
        alone = numpy.ones(len(order), bool)
        for start, end in long:
            alone[start:end] = False
        self._singles = order[alone]
        instructions = self._singles[self._singles < count]  # the others are decisions
        # Where in memory each input, result and constant is.
        self._place = numpy.zeros(results + count, numpy.int64)
        self._place[: program.inputs] = numpy.arange(program.inputs)
        self._place[program.inputs + count : results + count] = numpy.arange(program.inputs, results)
        self._place[program.inputs + instructions] = results + numpy.arange(len(instructions))
        self._inputs, self._count = program.inputs, count
        self.size = results + len(instructions)
        before = numpy.cumsum(alone)
        parts = [(int(before[start]), part) for start, end in long for part in self._run(start, end)]
        self.code = self._joined(parts)
        self.outputs = _blocks(self._place[runs.outputs])

    def _long_runs(self) -> list[tuple[int, int]]:
        """Return where the runs begin and end that are worth to be done in lanes."""
        runs = self._runs
        self._lanes = platform()[0]
        wide = numpy.array([len(kind.constants) <= WIDEST for kind in runs.kinds], bool)
        starts = runs.bounds[:-1]
        kinds = runs.kind[runs.order[starts]]
        long = (numpy.diff(runs.bounds) >= self._lanes) & wide[kinds]
        long |= numpy.array([kind.what is None for kind in runs.kinds], bool)[kinds]
        return list(zip(starts[long].tolist(), runs.bounds[1:][long].tolist(), strict=True))

    def _run(self, start: int, end: int) -> list[Any]:
        """Return the words of the parts of a run."""
        run = self._runs.order[start:end]
        kind = self._runs.kinds[self._runs.kind[run[0]]]
        if kind.what is None:
            return list(map(self._total, run.tolist()))
        operands = self._operands(run)
        if len(operands):
            by_place = numpy.lexsort(self._place[operands][::-1])
            run, operands = run[by_place], operands[:, by_place]
        places = self._place[operands]
        parts = []
        cuts = _cuts(places, self._lanes)
        results = numpy.zeros(len(run), numpy.int64)
        for cut, end in itertools.pairwise(cuts):
            if end - cut >= self._lanes:
                self.size += -self.size % (ALIGNED // 8)
            results[cut:end] = self.size + numpy.arange(end - cut)
            self.size += end - cut
            cut = min(cut, end - self._lanes)  # where too few lanes are left, some are done once more
            parts.append(self._part(kind, int(results[cut]), places[:, cut:end]))
        if isinstance(kind.what, Primitive):
            self._place[self._inputs + run] = results
        return parts

    def _total(self, instruction: int) -> Any:
        """Return the words for a sum of any number of operands."""
        start, end = self._runs.first[instruction : instruction + 2]
        terms = self._place[self._runs.operands[start:end]]
        blocks = _blocks(numpy.sort(terms))
        head = [self.size, len(blocks), len(terms)]
        self._place[self._inputs + instruction] = self.size
        self.size += 1
        words = self._address(Handler(Kind(None, ()), (), many=True))
        return numpy.concatenate([words, head, blocks.ravel(), terms]).astype(numpy.int32)

    def _part(self, kind: Kind, result: int, places: Any) -> Any:
        """Return the words for a part of a run, whose results begin at a place, and of its operands."""
        modes, fixed, arrays = [], [], []
        for column in places:
            steps = numpy.diff(column)
            if (steps == 0).all():
                modes.append("same")
                fixed.append(column[0])
            elif (steps == 1).all():
                modes.append("next")
                fixed.append(column[0])
            else:
                modes.append("any")
                arrays.append(column)
        words = self._address(Handler(kind, tuple(modes), many=True))
        return numpy.concatenate([words, [places.shape[1], result], fixed, *arrays]).astype(numpy.int32)

    def _operands(self, instructions: Any) -> Any:
        """Return the numbers of the operands of instructions of one kind: a row for each operand."""
        first = self._runs.first[instructions]
        count = self._runs.first[instructions[0] + 1] - first[0]
        return self._runs.operands[first + numpy.arange(count)[:, None]]

    def _joined(self, parts: list[tuple[int, Any]]) -> Any:
        """Return the words of the single instructions, and of parts of runs after so many of these."""
        singles = self._singles
        words = numpy.zeros(len(singles) + 1, numpy.int64)
        words[:-1] = 2 + self._runs.first[singles + 1] - self._runs.first[singles]
        ends = numpy.cumsum(words)
        code = numpy.zeros(ends[-1] + sum(len(part) for _, part in parts) + 2, numpy.int32)
        inserted = numpy.zeros(len(singles) + 1, numpy.int64)
        before = 0
        for done, part in parts:
            start = before + (ends[done - 1] if done else 0)
            code[start : start + len(part)] = part
            inserted[done] += len(part)
            before += len(part)
        self._write(code, ends - words + numpy.cumsum(inserted))
        code[-2:] = self._address(None)
        return code

    def _write(self, code: Any, begins: Any) -> None:
        """Write the words of the single instructions, which begin there."""
        singles = self._singles
        # The place of the result that is at hand, if it is one.
        last = numpy.full(len(singles) + 1, -1)
        known = (singles < self._count).nonzero()[0]
        last[known + 1] = self._place[self._inputs + singles[known]]
        kinds = self._runs.kind[singles]
        for index in numpy.unique(kinds).tolist():
            among = (kinds == index).nonzero()[0]
            places = self._place[self._operands(singles[among])]
            for word, column in enumerate(places, 2):
                code[begins[among] + word] = column
            is_last = places[:2] == last[among]
            sides = numpy.array([1, 2])[: len(is_last)] @ is_last
            for mask in numpy.unique(sides).tolist():
                modes = tuple(["last" if mask >> side & 1 else "any" for side in range(len(places))])
                words = self._address(Handler(self._runs.kinds[index], modes, many=False))
                here = begins[among[sides == mask]]
                code[here], code[here + 1] = words

    def _address(self, handler: Handler | None) -> Any:
        """Return the address of a handler, as two words."""
        code = _compiled(handler, self._strict)
        self.codes.add(code)
        return numpy.array([code.address("handler")], numpy.int64).view(numpy.int32)


def _blocks(places: Any) -> Any:
    """Return where there are blocks of places next to each other: rows of the first place and the length."""
    first = (numpy.diff(places, prepend=-2) != 1).nonzero()[0]
    return numpy.column_stack([places[first], numpy.diff(first, append=len(places))])


def _cuts(places: Any, lanes: int) -> list[int]:
    """Return where a run is cut, so that in long parts of it operands are the same or next to each other."""
    count = places.shape[1]
    steps = numpy.clip(numpy.diff(places), -1, 2)
    changes = (numpy.diff(steps) != 0).any(axis=0).nonzero()[0] + 1
    bounds = numpy.array([0, *changes, count - 1])
    long = (numpy.diff(bounds) >= UNIFORM).nonzero()[0]
    cuts = {count, *bounds[long].tolist(), *(bounds[long + 1] + 1).tolist()}
    return [0, *sorted(cut for cut in cuts if cut >= lanes)]


@functools.lru_cache(maxsize=1000)
def _compiled(handler: Handler | None, strict: bool) -> llvm.Code:
    """Return the module of a handler; without one, that of the end."""
    if handler is None:
        text = f"define {SIGNATURE.format('@handler', '', '', '', '')} {{\n  ret i1 true\n}}"
        return llvm.Code(text, 2, common=True)
    lanes, vector = platform() if handler.many else (1, {})
    if strict:
        vector = {}  # libm's bits are those of eager
    text = handler.text(Module(lanes=lanes, width=lanes, strict=strict, vector=vector))
    return llvm.Code(text, 2 if len(handler.modes) <= WIDEST else 1, common=True)
