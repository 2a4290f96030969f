"""C99: programs as functions of C that depend on libm alone.

Gives `File`, to which programs are added, and whose texts are those of a source file and its header. Rows are
printed in the words that machine code is made of; a row for which that calls Python back is transcribed, and
a sum is exact. What C lacks is in `runtime.c`. Relies on `writer`, `sums`, `words`, `transcribe`, `parts` and
`program`.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

from autograd_lite import special
from autograd_lite.compiler import sums
from autograd_lite.compiler.assembly import LIBM
from autograd_lite.compiler.parts import crossing
from autograd_lite.compiler.program import Operand, Program
from autograd_lite.compiler.rows import value_of
from autograd_lite.compiler.terms import Term, Unsaid, literal, wide_literal
from autograd_lite.compiler.transcribe import Transcriber
from autograd_lite.compiler.words import TRUTHS
from autograd_lite.compiler.writer import Writer
from autograd_lite.primitives import Primitive

CHUNK = 500  # instructions of one function: compilers take quadratic time over a longer one
FAILED = 1  # what a function returns where a guard fails, or without memory

_INFIX = {"plus": "+", "minus": "-", "times": "*"}

# The headers that a text needs, by words in it.
_INCLUDED = {"float.h": "DBL_", "math.h": "", "stdint.h": "uint32_t", "stdio.h": "snprintf", "stdlib.h": ""}


@functools.cache
def _pieces() -> list[tuple[str, set[str]]]:
    """Return the pieces of `runtime.c`, each with the names in it."""
    text = Path(__file__).with_name("runtime.c").read_text(encoding="utf-8")
    log_2 = Context(prec=110).ln(Decimal(2))
    pieces = text.replace("LOG_2", wide_literal(str(log_2))).split("\n\n")
    return [(f"{piece.strip()}\n", set(_CALLED.findall(piece))) for piece in pieces if "{" in piece]


def _runtime(texts: Sequence[str]) -> list[str]:
    """Return the pieces of the runtime that functions need, in their order."""
    needed = {name for text in texts for name in _CALLED.findall(text)}
    found: list[str] = []
    for piece, names in reversed(_pieces()):  # each uses only earlier ones
        if needed & set(_DEFINED.findall(piece)):
            needed |= names
            found.append(piece)
    return found[::-1]


def _without_c(row: Primitive) -> ValueError:
    return ValueError(
        f"source: {row.name} has no formula in C; leave it out of what is exported, or declare a primitive "
        "for it by a text of functions that C has"
    )


class File:
    """The text of a source file of C, and of its header.

    name    the first part of the names of all its functions
    strict  whether every sum is rounded once
    """

    def __init__(self, name: str, *, strict: bool) -> None:
        if not (name.isascii() and name.isidentifier()):
            raise ValueError(f"source: expected a name of letters, digits and _ for C, got {name!r}")
        self.name = name
        self.strict = strict
        self._rows: dict[Primitive, str] = {}
        self._transcriber = Transcriber(name, self.row)
        self._functions = self._transcriber.functions
        self._declared: list[str] = []
        self._programs = 0

    def row(self, row: Primitive) -> str:
        """Return the name of the function of a row; raises ValueError if it has no C."""
        if row not in self._rows and value_of(row, (None,) * len(row.operands))[1] is not False:
            try:
                self._rows[row] = self._transcriber.of_row(row)
            except Unsaid:
                raise _without_c(row) from None
        elif row not in self._rows:
            self._rows[row] = name = f"{self.name}_row_{row.name}"
            writer = CWriter(self)
            operands = [f"x{i}" for i in range(len(row.operands))]
            result = writer.row(row, operands, (None,) * len(operands))
            arguments = ", ".join(f"double {x}" for x in operands)
            end = f"    return {result};"
            self.function(f"double {name}({arguments})", [*writer.needed(end), end])
        return self._rows[row]

    @property
    def log_of_sum(self) -> str:
        """The name of the function of a logsumexp near 0: of an array and its length."""
        found, _ = self._transcriber.function(special.log_of_sum, [Term("doubles", "xs")])
        return str(found.code)

    def program(self, program: Program, captured: Sequence[float] = ()) -> str:
        """Add a function int(const double *x, double *z) and return its name.

        It returns 0, or 1 where a guard fails; then z is untouched. The last inputs are the captured numbers.
        """
        self._programs += 1
        name = f"{self.name}_program_{self._programs}"
        places = crossing(program, CHUNK)
        chunks = range(0, len(program.instructions), CHUNK) if places else range(0)
        for number, start in enumerate(chunks):
            part = _Part(self, program, places, captured)
            part.instructions(start, start + CHUNK)
            self.function(f"void {name}_part_{number}(const double *x, double *slots)", part.needed(""))
        last = _Part(self, program, places, captured)
        if not chunks:
            last.instructions(0, len(program.instructions))
        held = [last.held(guard) for guard in program.guards]
        end = [f"    if (!({' & '.join(held)}))\n        return {FAILED};"] if held else []
        end += [f"    z[{index}] = {last.shown(x)};" for index, x in enumerate(program.outputs)]
        calls = [f"    {name}_part_{number}(x, slots);" for number in range(len(chunks))]
        body = [*calls, *last.needed("\n".join(end)), *end, "    return 0;"]
        if not calls:
            self.function(f"int {name}(const double *x, double *z)", body)
            return name
        self.function(f"int {name}_parts(const double *x, double *z, double *slots)", body)
        size = f"{len(places)} * sizeof(double)"
        allocate = [f"    double *slots = malloc({size});", f"    if (!slots)\n        return {FAILED};"]
        run = [f"    const int status = {name}_parts(x, z, slots);", "    free(slots);", "    return status;"]
        self.function(f"int {name}(const double *x, double *z)", [*allocate, *run])
        return name

    def function(self, signature: str, lines: Sequence[str]) -> None:
        """Add a function that only others call."""
        self._functions.append(_function(f"static {signature}", lines))

    def export(self, signature: str, lines: Sequence[str], comment: str) -> None:
        """Add a function that is called from outside."""
        self._functions.append(_function(signature, lines))
        self._declared.append(f"/* {comment} */\n{signature};\n")

    @property
    def source(self) -> str:
        """The text of the source file; it needs no header of its own."""
        pieces = [*_runtime(self._functions), *self._functions]
        included = [f"#include <{header}>" for header, word in _INCLUDED.items() if word in "".join(pieces)]
        return "\n".join([*included, "", *pieces])

    @property
    def header(self) -> str:
        """The text of the header."""
        guard = f"{self.name.upper()}_H"
        return "\n".join([f"#ifndef {guard}\n#define {guard}\n", *self._declared, "#endif\n"])


def _function(signature: str, lines: Sequence[str]) -> str:
    """Return the text of a function; those of its parameters that it does not read it says."""
    body = "\n".join(lines)
    names = re.findall(r"(\w+)[,)]", signature)
    idle = [f"    (void){name};" for name in names if not re.search(rf"\b{name}\b", body)]
    return "\n".join([f"{signature} {{", *idle, *lines, "}\n"])


class CWriter(Writer):
    """Prints the body of one function of C: every operation is a statement, so that no compiler fuses two."""

    def __init__(self, file: File) -> None:
        super().__init__(strict=file.strict)
        self.file = file
        self._count = 0

    def line(self, code: str, kind: str = "double") -> str:
        """Write an operation, and return the variable that has its result."""
        self._count += 1
        self.lines.append(f"    const {kind} r{self._count} = {code};")
        return f"r{self._count}"

    def constant(self, x: float) -> str:
        return literal(x)

    def truth(self, holds: bool) -> str:
        return str(int(holds))

    def operation(self, name: str, operands: Sequence[str]) -> str:
        name = _INFIX.get(name, name)
        kind = "int" if name in TRUTHS else "double"
        if name == "?":
            return self.line("{} ? {} : {}".format(*operands))
        if name in ("neg", "!"):
            return self.line(f"{'-' if name == 'neg' else '!'}{operands[0]}", kind)
        if not name.isidentifier():
            return self.line(f"{operands[0]} {name} {operands[1]}", kind)
        return self.line(f"{LIBM.get(name, name)}({', '.join(operands)})")

    def called(self, row: Primitive, operands: Sequence[str]) -> str:
        return self.line(f"{self.file.row(row)}({', '.join(operands)})")

    def row(self, row: Primitive, operands: Sequence[str], constants: tuple[float | None, ...]) -> str:
        if not row.sequences and value_of(row, (None,) * len(operands))[1] is not False:
            return self.called(row, operands)  # where a part of it is rare all of it is a function
        return super().row(row, operands, constants)

    def choose_rare(self, truth: Any, result: str, row: Primitive, given: Sequence[str]) -> str:
        terms = sums.terms(self, row, given)
        array = f"(const double[]){{{', '.join(terms or given)}}}, {len(terms or given)}"
        if terms is not None:
            otherwise = f"exact_sum({array})"
        elif row.name == "sumprod":
            otherwise = f"exact_products((const double[]){{{', '.join(given)}}}, {len(given) // 2})"
        elif row.name == "norm":
            otherwise = sums.scaled_norm(self, given)
        elif row.name != "logsumexp":
            raise _without_c(row)
        else:
            is_limit, limit = sums.limit(self, given)
            otherwise = f"({is_limit} ? {limit} : {self.file.log_of_sum}({array}))"
        return otherwise if truth is True else self.line(f"{truth} ? {otherwise} : {result}")

    def where(self, truth: str, result: str, other: Callable[[], str]) -> str:
        self._count += 1
        chosen = f"r{self._count}"
        self.lines += [f"    double {chosen} = {result};", f"    if ({truth}) {{"]
        start = len(self.lines)
        self.lines.append(f"    {chosen} = {self.aside(other)};")
        self.lines[start:] = [f"    {line}" for line in self.lines[start:]]
        self.lines.append("    }")
        return chosen

    def needed(self, end: str) -> list[str]:
        """Return the lines without those whose results neither they nor the end of the function use."""
        used, kept = set(_NAMES.findall(end)), []
        for line in reversed(self.lines):
            left, _, right = line.partition(" = ")
            if not left.lstrip().startswith("const ") or left.rpartition(" ")[2] in used:
                used.update(_NAMES.findall(right or left))
                kept.append(line)
        return kept[::-1]


_NAMES = re.compile(r"[a-z]\w*")
_CALLED = re.compile(r"\b(?:\w+(?=\()|wide|pair_double|pair_wide|LIMBS)\b")  # and types
_DEFINED = re.compile(r"^(?:static [\w ]+?|} )(\w+)[(;]", re.MULTILINE)


class _Part(CWriter):
    """Some instructions of a program, as `parts.Part`: results that others read are in the array slots."""

    def __init__(
        self, file: File, program: Program, crossing: dict[int, int], captured: Sequence[float]
    ) -> None:
        super().__init__(file)
        self._program = program
        self._crossing = crossing
        self._captured = dict(enumerate(captured, program.inputs - len(captured)))
        self._results: dict[int, str] = {}

    def instructions(self, start: int, end: int) -> None:
        """Write the instructions from start to end."""
        first = self._program.inputs + start
        for index, instruction in enumerate(self._program.instructions[start:end], first):
            self._results[index] = self.instruction(instruction, list(map(self.shown, instruction.operands)))
            if index in self._crossing:
                self.lines.append(f"    slots[{self._crossing[index]}] = {self._results[index]};")

    def shown(self, x: Operand) -> str:
        """Return an operand as C writes it."""
        if type(x) is not int:
            return self.constant(x)
        if x in self._captured:
            return self.constant(self._captured[x])
        if x < self._program.inputs:
            return f"x[{x}]"
        return self._results.get(x) or f"slots[{self._crossing[x]}]"

    def held(self, guard: Any) -> str:
        """Return the truth of a guard."""
        held = self.guard(guard, list(map(self.shown, guard.operands)))
        if held is None:
            raise ValueError(
                f"source: the decision at {guard.place} has no C; decide by numbers that are arguments"
            )
        return held
