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
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy

from autograd_lite.compiler import callbacks, llvm
from autograd_lite.compiler.assembly import AssemblyWriter, Module
from autograd_lite.compiler.parts import Part, crossing
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.writer import LONG

SHORT = 200  # instructions: then two vectors at a time, which hides how long a function of libm takes
CHUNK = 2_000  # instructions of one function: what passes between functions is a vector for each lane


class Lanes:
    """The machine code of a program for several samples at a time.

    columns  for each input its column, or None if all samples share it
    strict   no product and sum is fused, every sum is rounded once
    summed   whether the outputs are sums over the samples, one for each lane

    Raises NotImplementedError if a decision has no machine code, and ImportError without llvmlite.
    """

    def __init__(
        self, program: Program, columns: Sequence[int | None], *, strict: bool, summed: bool = False
    ) -> None:
        self._summed = summed
        self._outputs = len(program.outputs)
        self._last: dict[int, Any] = {}
        self._numbered = numpy.arange(max(self._outputs, 1))
        self._guarded = bool(program.guards)
        width, vector = _platform()
        short = len(program.instructions) <= SHORT
        self._lanes = 2 * width if short else width
        long = math.inf if short else LONG  # rows in full share what they have in common
        module = Module(lanes=self._lanes, width=width, strict=strict, vector=vector, long=long)
        self._slots = len(crossing(program, CHUNK)) * self._lanes
        level = 2 if len(program.instructions) <= llvm.OPTIMISED else 0  # code that runs often
        self._code = llvm.Code(_text(program, module, columns, summed=summed), level)
        kinds = [ctypes.c_void_p] * 3 + [ctypes.c_int64] * 2 + [ctypes.c_void_p] * 2
        self._function = ctypes.CFUNCTYPE(None, *kinds)(self._code.address("lanes"))

    def run(self, columns: Any, shared: Any, threads: int = 1) -> tuple[Any, Any]:
        """Return the outputs of all samples, a row each, and the indices of those where a guard fails.

        If they are summed, a row has a partial sum for each lane and thread.

        columns  arrays of float64, one number for each sample, contiguous; or one of two dimensions
        shared   the other inputs
        threads  how many parts of the samples run at the same time
        """
        first = max(self._lanes - len(columns[0]), 0)
        if first:  # too few to fill the lanes: before them the first one again, which does not count
            columns = [numpy.append([column[0]] * first, column) for column in columns]
        count = len(columns[0])
        failed = numpy.zeros(count if self._guarded else 0, numpy.int8)
        inputs = numpy.array([address(column) for column in columns], numpy.uintp)
        others = shared if type(shared) is numpy.ndarray else numpy.array([*shared, 0.0])
        if self._summed:
            results = [numpy.zeros((self._outputs, self._lanes)) for _ in range(threads)]
        else:
            results = [self._memory(count)]

        def part(start: int, end: int, own: Any) -> None:
            slots = numpy.empty(self._slots + 1)
            outputs = address(own) + own.strides[0] * self._numbered
            arrays = address(inputs), address(others), address(outputs)
            self._function(*arrays, start, end, address(failed), address(slots))
            callbacks.check()

        if threads == 1 or count < threads * self._lanes:
            part(first, count, results[0])
        else:
            bounds = [count * k // threads for k in range(threads + 1)]
            own = results if self._summed else results * threads
            list(_pool(threads).map(part, bounds[:-1], bounds[1:], own))
        if self._summed:
            return numpy.concatenate(results, axis=1), failed[first:].nonzero()[0]
        return results[0][:, first:], failed[first:].nonzero()[0]

    def _memory(self, count: int) -> Any:
        """Return an array for results: the last one if nobody has it any more, for new memory costs time."""
        memory = self._last.pop(count, None)
        if memory is None or sys.getrefcount(memory) > 2:
            memory = numpy.empty((self._outputs, count))
        self._last = {count: memory}
        return memory


def address(array: Any) -> int:
    """Return where the numbers of an array are."""
    try:  # a fifth of what array.ctypes takes
        return ctypes.addressof(ctypes.c_char.from_buffer(array))
    except (TypeError, ValueError):  # read-only, or empty
        place: int = array.ctypes.data
        return place


@functools.cache
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="autograd_lite")


@functools.cache
def _platform() -> tuple[int, dict[str, str]]:
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


def _text(program: Program, module: Module, columns: Sequence[int | None], *, summed: bool) -> str:
    """Return the function "lanes", which runs the program for the samples from %first to %end.

    It goes by as many lanes as there are; the last step goes back so far that all its lanes are samples, and
    adds to sums only those that are new, and of which the guards hold.
    """
    shared = iter(range(len(columns)))
    inputs = [("%shared", next(shared)) if column is None else ("%columns", column) for column in columns]
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
    write = body.writer
    counted = "%new"
    if program.guards:
        held = []
        for guard in program.guards:
            holds = body.guard(guard)
            if holds is None:
                raise NotImplementedError(f"the decision at {guard.place} has no machine code")
            held.append(holds)
        all_hold = functools.reduce(lambda a, b: write.apply("&", a, b), held)
        counted = write.apply("&", "%new", all_hold)
        fails = write.apply("!", all_hold)
        marks = write.line(f"zext {module.truth} {fails} to <{module.lanes} x i8>")
        place = write.line("getelementptr i8, ptr %failed, i64 %lane")
        write.lines.append(f"  store <{module.lanes} x i8> {marks}, ptr {place}, align 1")
    for index, x in enumerate(program.outputs):
        place = write.line(f"getelementptr ptr, ptr %outputs, i64 {index}")
        row = write.line(f"load ptr, ptr {place}")
        if summed:
            body.store(row, 0, _added(write, row, body.operand(x), counted))
        else:
            body.store(row, "%lane", body.operand(x))
    lines = "\n".join(write.lines)
    numbered = ", ".join(f"i64 {lane}" for lane in range(module.lanes))
    ones = f"<{module.lanes} x i32> zeroinitializer"
    memory = "ptr %failed, ptr %slots"
    arrays = "ptr %columns, ptr %shared, ptr %outputs"
    main = f"""define void @lanes({arrays}, i64 %first, i64 %end, {memory}) {module.attributes}{{
entry:
  %last = sub i64 %end, {module.lanes}
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
  ret void
}}"""
    return module.text(*functions, main)


def _added(write: AssemblyWriter, row: str, number: str, counted: str) -> str:
    """Write the sum so far of each lane, with a number added where the lane's sample is to be counted."""
    kind = write.module.number
    before = write.line(f"load {kind}, ptr {row}, align 8")
    after = write.line(f"fadd {kind} {before}, {number}")
    return write.line(f"select {write.module.truth} {counted}, {kind} {after}, {kind} {before}")
