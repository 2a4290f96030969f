"""The functions of which a program's machine code consists.

Gives `Part`, some instructions of a program as one function in LLVM's language, with what they read and
write, and `crossing`, what passes from one to another. Relies on `assembly` and `program`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_lite.compiler.assembly import AssemblyWriter, Module
from autograd_lite.compiler.program import Guard, Operand, Program

SIZES = {"double": 8, "float": 4}  # bytes of a number in memory

STREAM = 16  # columns of rows that are fetched ahead
LINE = 64  # bytes that are fetched at a time


def crossing(program: Program, size: int, *, cut: bool = False) -> dict[int, int]:
    """Return the results that are used outside the part they are made in, with their places in memory.

    size  how many instructions a part has; a program of no more is one, and needs no memory
    cut   whether guards and outputs have parts of their own even then
    """
    if len(program.instructions) <= size and not cut:
        return {}
    found: set[int] = set()
    for index, (_, operands) in enumerate(program.instructions):
        first = program.inputs + index // size * size
        found.update(x for x in operands if type(x) is int and program.inputs <= x < first)
    found.update(x for x in program.outputs if type(x) is int and x >= program.inputs)
    for guard in program.guards:
        found.update(x for x in guard.operands if type(x) is int and x >= program.inputs)
    return {x: place for place, x in enumerate(sorted(found))}


class Part:
    """One function of a program: a few instructions, what they read, and what others need of them.

    crossing  which results are in memory, and where
    inputs    where each input is: ("%in", index) among the inputs; for code of several lanes ("%columns",
              index) in an array with a number per lane, or ("%shared", index) among those that all share;
              ("%columns", index, place) where numbers are so far apart as is said in that place of the array,
              if that is not None; ("%columns", index, place, "float") for numbers of single precision
    """

    def __init__(
        self,
        program: Program,
        module: Module,
        crossing: dict[int, int],
        inputs: Sequence[tuple[Any, ...]] | None = None,
    ) -> None:
        self.writer = AssemblyWriter(module)
        self._program = program
        self._crossing = crossing
        self._apart: dict[int, list[str]] = {}  # for each stride where the rows of the lanes begin
        self._ahead: dict[int, tuple[str, int]] = {}  # where rows to come are, and what of them is fetched
        self._inputs = inputs or [("%in", index) for index in range(program.inputs)]
        self._registers: dict[int, str] = {}

    def instructions(self, start: int, end: int) -> None:
        """Write the instructions from start to end."""
        for index, instruction in enumerate(
            self._program.instructions[start:end], self._program.inputs + start
        ):
            operands = list(map(self.operand, instruction.operands))
            self._registers[index] = register = self.writer.instruction(instruction, operands)
            if index in self._crossing:
                self.store("%slots", self._crossing[index], register)

    def operand(self, x: Operand) -> str:
        """Return the register of an input or a result, read from memory if it is not of this part."""
        if type(x) is not int:
            return self.writer.module.constant(x)
        if x not in self._registers:
            self._registers[x] = self._input(*self._inputs[x]) if x < len(self._inputs) else self._slot(x)
        return self._registers[x]

    def _input(self, base: str, index: int, apart: int | None = None, kind: str = "double") -> str:
        line, module = self.writer.line, self.writer.module
        if base == "%columns":
            place = line(f"getelementptr ptr, ptr %columns, i64 {index}")
            column = line(f"load ptr, ptr {place}")
            vector = f"<{module.lanes} x {kind}>"
            if apart is not None:
                numbers = self._gathered(column, apart, kind, vector)
            else:
                lane = line(f"getelementptr {kind}, ptr {column}, i64 %lane")
                numbers = line(f"load {vector}, ptr {lane}, align {SIZES[kind]}")
            return numbers if kind == "double" else line(f"fpext {vector} {numbers} to {module.number}")
        place = line(f"getelementptr double, ptr {base}, i64 {index}")
        number = line(f"load double, ptr {place}")
        if module.lanes == 1:
            return number
        return self._splat("double", number)

    def _gathered(self, column: str, apart: int, kind: str, vector: str) -> str:
        """Write the numbers of a column that are apart."""
        line, lanes = self.writer.line, self.writer.module.lanes
        if apart not in self._apart:
            stride = line(f"load i64, ptr {line(f'getelementptr i64, ptr %columns, i64 {apart}')}")
            rows = [line(f"mul i64 {line(f'add i64 %lane, {lane}')}, {stride}") for lane in range(lanes)]
            self._apart[apart] = rows
            self._ahead[apart] = self._following(column, stride, kind), 0
        self._prefetch(apart, kind)
        # The processor's own gather is as fast in the cache, and a third slower beyond it.
        found = "poison"
        for lane, row in enumerate(self._apart[apart]):
            number = line(f"load {kind}, ptr {line(f'getelementptr {kind}, ptr {column}, i64 {row}')}")
            found = line(f"insertelement {vector} {found}, {kind} {number}, i32 {lane}")
        return found

    def _following(self, column: str, stride: str, kind: str) -> str:
        """Write where the rows of the samples begin that come after those of the lanes."""
        line, lanes = self.writer.line, self.writer.module.lanes
        rows = line(f"mul i64 {line(f'add i64 %lane, {lanes}')}, {stride}")
        return line(f"getelementptr {kind}, ptr {column}, i64 {rows}")

    def _prefetch(self, apart: int, kind: str) -> None:
        """Write that a part of the rows to come is fetched: short rows are no streams to a processor."""
        width = sum(found[2:3] == (apart,) for found in self._inputs)
        if width < STREAM:
            return
        self.writer.module.declare("llvm.prefetch.p0", "void", "ptr, i32, i32, i32")
        start, done = self._ahead[apart]
        until = done + self.writer.module.lanes * SIZES[kind]  # bytes of all rows, for each column
        for offset in range(-(-done // LINE) * LINE, until, LINE):
            place = self.writer.line(f"getelementptr i8, ptr {start}, i64 {offset}")
            self.writer.lines.append(f"  call void @llvm.prefetch.p0(ptr {place}, i32 0, i32 2, i32 1)")
        self._ahead[apart] = start, until

    def _splat(self, kind: str, register: str) -> str:
        """Write a vector with a number in every lane."""
        count = self.writer.module.lanes
        vector = f"<{count} x {kind}>"
        first = self.writer.line(f"insertelement {vector} poison, {kind} {register}, i32 0")
        zeros = f"<{count} x i32> zeroinitializer"
        return self.writer.line(f"shufflevector {vector} {first}, {vector} poison, {zeros}")

    def _slot(self, x: int) -> str:
        number = self.writer.module.number
        place = self.writer.line(f"getelementptr {number}, ptr %slots, i64 {self._crossing[x]}")
        return self.writer.line(f"load {number}, ptr {place}, align 8")

    def store(self, base: str, index: int | str, register: str, kind: str = "double") -> None:
        """Write a number, or that of each lane, to memory; rounded, if it is of single precision there."""
        number = self.writer.module.number
        if kind != "double":
            narrow = number.replace("double", kind)
            register, number = self.writer.line(f"fptrunc {number} {register} to {narrow}"), narrow
        unit = number if base == "%slots" else kind
        place = self.writer.line(f"getelementptr {unit}, ptr {base}, i64 {index}")
        self.writer.lines.append(f"  store {number} {register}, ptr {place}, align {SIZES[kind]}")

    def guard(self, guard: Guard) -> str | None:
        """Write whether a guard holds; None if it has no machine code."""
        return self.writer.guard(guard, list(map(self.operand, guard.operands)))

    def function(self, signature: str, end: str) -> str:
        """Return the whole function."""
        attributes = self.writer.module.attributes
        return "\n".join([f"define {signature} {attributes}{{", *self.writer.lines, f"  {end}", "}"])
