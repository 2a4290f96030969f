"""A program for many samples: several lanes side by side in machine code.

Gives `Lanes`, a program compiled for samples whose numbers are in columns, one array for each input that
differs from sample to sample. exp, log, sin and the like are those of the platform's vectorised libm where it
has one. Relies on `parts`, `llvm`, `python` and NumPy.
"""

from __future__ import annotations

import ctypes
import functools
import math
import sys
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy

from autograd_lite.compiler import callbacks, llvm
from autograd_lite.compiler.assembly import AssemblyWriter, Module
from autograd_lite.compiler.parts import Part, crossing
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.writer import LONG

SHORT = 100  # instructions of a program whose rows are in full, and share what they have in common
ALIGNED = 64  # bytes: a vector beyond lies in two lines of the cache
BLOCK = 4_096  # samples whose outputs are copied at a time
CHUNK = 2_000  # instructions of one function: what passes between functions is a vector for each lane


_ENTRY = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 2, *[ctypes.c_void_p] * 2)


class Lanes:
    """The machine code of a program for several samples at a time.

    program  what it runs
    columns  for each input its column, or None if all samples share it
    apart    for some columns which stride they have: those of one array have one, of any length
    strict   no product and sum is fused, every sum is rounded once
    summed   whether the outputs are sums over the samples
    single   which columns are of float32
    narrow   whether the outputs are rounded to float32, if they are not summed
    lanes    how many samples there are to be at least
    slots    for how many numbers it needs memory
    address  where the function "lanes" is

    Raises NotImplementedError if a decision has no machine code, and ImportError without llvmlite.
    """

    backend = "llvm"

    def __init__(
        self,
        program: Program,
        columns: Sequence[int | None],
        apart: Mapping[int, int] | None = None,
        *,
        strict: bool,
        summed: bool = False,
        single: Collection[int] = (),
        narrow: bool = False,
    ) -> None:
        self.program = program
        self._columns = columns
        self.apart: Mapping[int, int] = apart or {}
        self._firsts = {stride: column for column, stride in reversed([*self.apart.items()])}
        self._strict = strict
        self._summed = summed
        self._single = frozenset(single)
        self.dtype = numpy.dtype(numpy.float32 if narrow else float)
        self._outputs = len(program.outputs)
        self._last: dict[int, Any] = {}
        self._guarded = bool(program.guards)
        width, vector = platform()
        count = len(program.instructions)
        # Two vectors at a time hide how long a chain of operations takes, and share the memory of a sum.
        self.lanes = 2 * width if count <= (CHUNK if summed else SHORT) else width
        long = math.inf if count <= SHORT else LONG
        module = Module(lanes=self.lanes, width=width, strict=strict, vector=vector, long=long)
        self.slots = len(crossing(program, CHUNK)) * self.lanes
        level = 2 if count <= llvm.OPTIMISED else 0  # code that runs often
        inputs = self._inputs()
        text = _text(program, module, inputs, self.slots if summed else None, narrow=narrow)
        self.slots += self._outputs * width * summed
        self._code = llvm.Code(text, level)
        self.address = self._code.address("lanes")
        self._function = _ENTRY(self.address)

    def __reduce__(self) -> Any:
        options: dict[str, Any] = {"strict": self._strict, "summed": self._summed, "single": self._single}
        lanes = functools.partial(Lanes, **options, narrow=self.dtype != float)
        return lanes, (self.program, self._columns, self.apart)

    def _inputs(self) -> list[Any]:
        """Return where machine code finds each input: strides are behind the addresses of columns."""
        shared = iter(range(len(self._columns)))
        count = len([column for column in self._columns if column is not None])
        return [
            ("%shared", next(shared))
            if column is None
            else (
                "%columns",
                column,
                count + self.apart[column] if column in self.apart else None,
                "float" if column in self._single else "double",
            )
            for column in self._columns
        ]

    def run(self, columns: Any, shared: Any, threads: int = 1, out: Any = None) -> tuple[Any, Any]:
        """Return the outputs of all samples, a row each, and the indices of those where a guard fails.

        If they are summed, there is one number for each output.

        columns  arrays of float64 or float32, one number for each sample, contiguous but where they are
                 apart; or one of two dimensions
        shared   the other inputs
        threads  how many parts of the samples run at the same time
        out      the rows to write, one for each output, if these are not summed; new ones by default
        """
        first = max(self.lanes - len(columns[0]), 0)
        if out is not None and (first or not all(map(self._is_plain, out))):
            return self._copied(columns, shared, threads, out)
        if first:  # too few to fill the lanes: before them the first one again, which does not count
            columns = [numpy.append([column[0]] * first, column) for column in columns]
        count = len(columns[0])
        failed = numpy.zeros(count, numpy.int8) if self._guarded else None
        firsts = [columns[self._firsts[stride]] for stride in range(len(self._firsts))]
        strides = [column.strides[0] // column.itemsize for column in firsts]
        inputs = _pointers(columns, strides)
        others = shared if type(shared) is numpy.ndarray else numpy.array([*shared, 0.0])
        if self._summed:
            results = numpy.empty((threads, self._outputs))
        else:
            results = self._memory(count) if out is None else out

        def part(start: int, end: int, outputs: Any) -> None:
            slots = numpy.empty(self.slots + ALIGNED)
            memory = -(-address(slots) // ALIGNED) * ALIGNED
            marks = None if failed is None else address(failed)
            self._function(inputs, address(others), outputs, start, end, marks, memory)
            callbacks.check()

        if threads == 1 or count < threads * self.lanes:
            threads = 1
            part(first, count, address(results) if self._summed else _pointers(results))
        else:
            bounds = [count * k // threads for k in range(threads + 1)]
            outputs = [*map(address, results)] if self._summed else [_pointers(results)] * threads
            list(_pool(threads).map(part, bounds[:-1], bounds[1:], outputs))
        if self._summed:
            found = results[0] if threads == 1 else results.sum(axis=0)
        else:
            found = results[:, first:] if out is None else out
        return found, _NONE if failed is None else failed[first:].nonzero()[0]

    def _copied(self, columns: Any, shared: Any, threads: int, out: Any) -> tuple[Any, Any]:
        """Run as many samples at a time as a cache holds, and copy their outputs to rows of any kind."""
        failed = []
        for start in range(0, len(columns[0]), BLOCK * threads):
            block = slice(start, start + BLOCK * threads)
            found, failing = self.run([column[block] for column in columns], shared, threads)
            for row, new in zip(out, found, strict=True):
                row[block] = new
            failed.append(start + failing)
        return out, numpy.concatenate(failed)

    def _is_plain(self, row: Any) -> bool:
        """Whether machine code can write to an array as its own."""
        return bool(row.strides == (row.itemsize,) and row.flags.aligned and row.dtype == self.dtype)

    def _memory(self, count: int) -> Any:
        """Return an array for results: the last one if nobody has it any more, for new memory costs time."""
        memory = self._last.pop(count, None)
        if memory is None or sys.getrefcount(memory) > 2:
            memory = numpy.empty((self._outputs, count), self.dtype)
        self._last = {count: memory}
        return memory


def _pointers(rows: Any, strides: Sequence[int] = ()) -> Any:
    """Return an array with the address of each row, and behind them strides."""
    if strides or type(rows) is not numpy.ndarray:
        return (ctypes.c_void_p * (len(rows) + len(strides)))(*map(address, rows), *strides)
    start, size = address(rows), rows.strides[0]
    return (ctypes.c_void_p * len(rows))(*range(start, start + size * len(rows), size))


def address(array: Any) -> int:
    """Return where the numbers of an array are."""
    try:  # a fifth of what array.ctypes takes
        return ctypes.addressof(ctypes.c_char.from_buffer(array))
    except (TypeError, ValueError):  # read-only, or empty
        place: int = array.ctypes.data
        return place


_NONE = numpy.empty(0, int)


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="autograd_lite")


@functools.cache
def platform() -> tuple[int, dict[str, str]]:
    """Return how many lanes the processor has, and what its vectorised functions are called, if any."""
    import llvmlite.binding as binding

    features = binding.get_host_cpu_features()
    width, letter = (8, "e") if features.get("avx512f") else (4, "d") if features.get("avx2") else (2, "b")
    names: dict[str, str] = {}
    try:
        library = ctypes.CDLL("libmvec.so.1")  # of glibc, on Linux
        binding.load_library_permanently("libmvec.so.1")
    except (OSError, RuntimeError):
        return width, names
    for name, operands in _VECTORISED.items():
        symbol = f"_ZGV{letter}N{width}{operands}_{name}"
        if hasattr(library, symbol):
            names[name] = symbol
    return width, names


# Within 4 units in the last place, says glibc; those of the table that take more care use them as libm's.
_VECTORISED = {
    **dict.fromkeys(
        ("exp", "exp2", "expm1", "log", "log1p", "log2", "log10", "cbrt", "sin", "cos", "tan", "asin", "acos",
         "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc"), "v"),
    **dict.fromkeys(("pow", "atan2", "hypot"), "vv"),
}  # fmt: skip


def _text(program: Program, module: Module, inputs: Sequence[Any], sums: int | None, *, narrow: bool) -> str:
    """Return the function "lanes", which runs the program for the samples from %first to %end.

    It goes by as many lanes as there are; the last step goes back so far that all its lanes are samples, and
    adds to sums only those that are new, and of which the guards hold.

    inputs  where each input is: see `Part`
    sums    where in the memory %slots there is room for sums; None if the outputs are not summed
    narrow  whether these are written in single precision
    """
    places = crossing(program, CHUNK)
    body = Part(program, module, places, inputs)
    functions: list[str] = []
    arguments = "ptr %columns, ptr %shared, i64 %lane, ptr noalias %slots"
    if len(program.instructions) <= CHUNK:
        body.instructions(0, CHUNK)
    else:
        for start in range(0, len(program.instructions), CHUNK):
            part = Part(program, module, places, inputs)
            part.instructions(start, start + CHUNK)
            name = f"part.{start // CHUNK}"
            functions.append(part.function(f"internal void @{name}({arguments})", "ret void"))
            body.writer.lines.append(f"  call void @{name}({arguments.replace(' noalias', '')})")
    write, counted = body.writer, "%new"
    if program.guards:
        held = []
        for guard in program.guards:
            holds = body.guard(guard)
            if holds is None:
                raise NotImplementedError(f"the decision at {guard.place} has no machine code")
            held.append(holds)
        all_hold = functools.reduce(lambda a, b: write.apply("&", a, b), held)
        counted = write.apply("&", counted, all_hold)
        fails = write.apply("!", all_hold)
        marks = write.line(f"zext {module.truth} {fails} to <{module.lanes} x i8>")
        place = write.line("getelementptr i8, ptr %failed, i64 %lane")
        write.lines.append(f"  store <{module.lanes} x i8> {marks}, ptr {place}, align 1")
    for index, x in enumerate(program.outputs):
        if sums is not None:
            _add(write, index, body.operand(x), counted)
        else:
            place = write.line(f"getelementptr ptr, ptr %outputs, i64 {index}")
            kind = "float" if narrow else "double"
            body.store(write.line(f"load ptr, ptr {place}"), "%lane", body.operand(x), kind)
    lines = "\n".join(write.lines)
    numbered = ", ".join(f"i64 {lane}" for lane in range(module.lanes))
    ones = f"<{module.lanes} x i32> zeroinitializer"
    memory = "ptr %failed, ptr %slots"
    arrays = "ptr %columns, ptr %shared, ptr %outputs"
    before, after = ("", "") if sums is None else _totals(module, len(program.outputs), sums)
    main = f"""define void @lanes({arrays}, i64 %first, i64 %end, {memory}) {module.attributes}{{
entry:
{before}  %last = sub i64 %end, {module.lanes}
  br label %loop
loop:
  %i = phi i64 [%first, %entry], [%next, %done]
  %beyond = icmp sgt i64 %i, %last
  %lane = select i1 %beyond, i64 %last, i64 %i
  %back = sub i64 %i, %lane
  %one = insertelement <{module.lanes} x i64> poison, i64 %back, i32 0
  %all = shufflevector <{module.lanes} x i64> %one, <{module.lanes} x i64> poison, {ones}
  %new = icmp sge <{module.lanes} x i64> <{numbered}>, %all
{lines}
  br label %done
done:
  %next = add i64 %i, {module.lanes}
  %more = icmp slt i64 %next, %end
  br i1 %more, label %loop, label %over
over:
{after}  ret void
}}"""
    return module.text(*functions, main)


def _add(write: AssemblyWriter, index: int, number: str, counted: str) -> None:
    """Write that a number is added to a sum, of those lanes whose samples are to be counted."""
    width, lanes = write.module.width, write.module.lanes
    vector, truths = f"<{width} x double>", f"<{width} x i1>"
    place = write.line(f"getelementptr {vector}, ptr %sums, i64 {index}")
    total = write.line(f"load {vector}, ptr {place}, align {ALIGNED}")
    for start in range(0, lanes, width):
        part = write.lanes(f"<{lanes} x double>", number, "poison", start, width)
        new = write.lanes(f"<{lanes} x i1>", counted, "poison", start, width)
        more = write.line(f"fadd contract {vector} {total}, {part}")
        total = write.line(f"select {truths} {new}, {vector} {more}, {vector} {total}")
    write.lines.append(f"  store {vector} {total}, ptr {place}, align {ALIGNED}")


def _totals(module: Module, count: int, place: int) -> tuple[str, str]:
    """Return what is before and after the loop: sums are 0, and their lanes are added up."""
    width = module.width
    vector, size = f"<{width} x double>", 8 * width * count
    module.declare("llvm.memset.p0.i64", "void", "ptr, i8, i64, i1")
    module.declare(f"llvm.vector.reduce.fadd.v{width}f64", "double", f"double, {vector}")
    before = f"""  %sums = getelementptr double, ptr %slots, i64 {place}
  call void @llvm.memset.p0.i64(ptr align {ALIGNED} %sums, i8 0, i64 {size}, i1 false)
"""
    after = f"""  br label %reduce
reduce:
  %k = phi i64 [0, %over], [%following, %reduce]
  %from = getelementptr {vector}, ptr %sums, i64 %k
  %lanes = load {vector}, ptr %from, align {ALIGNED}
  %total = call reassoc double @llvm.vector.reduce.fadd.v{width}f64(double 0.0, {vector} %lanes)
  %to = getelementptr double, ptr %outputs, i64 %k
  store double %total, ptr %to
  %following = add i64 %k, 1
  %left = icmp ult i64 %following, {count}
  br i1 %left, label %reduce, label %reduced
reduced:
"""
    return before, after
