"""Straight-line code in LLVM's language, of one number at a time or of several lanes.

Gives `AssemblyWriter`, which prints words and rows into the body of one function, and `Module`, what the
functions of a program share: a function for each long row, a way back to Python for what is rare, and libm.
Relies on `writer`, `words` and `callbacks`.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler import callbacks
from autograd_lite.compiler.program import Instruction
from autograd_lite.compiler.words import TRUTHS
from autograd_lite.compiler.writer import LONG, Writer
from autograd_lite.primitives import Primitive

_COMPARED = {"<": "olt", "<=": "ole", ">": "ogt", ">=": "oge", "==": "oeq", "!=": "une"}
_ARITHMETIC = {"+": "fadd", "-": "fsub", "*": "fmul", "/": "fdiv"}
_EXACT = {"plus": "fadd", "minus": "fsub", "times": "fmul"}  # the same, never fused
_INTRINSICS = ("fabs", "sqrt", "fma", "copysign", "rint", "floor", "ceil", "trunc")
WIDEST = 1_000  # operands of a sum with its rounding errors, over which LLVM takes quadratic time
LIBM = {"gamma": "tgamma"}  # C's names, where they are not Python's


def literal(x: float) -> str:
    """Return a float as LLVM writes it: by its bits."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"


class Module:
    """What the functions of one module share.

    lanes   how many numbers an operation works on
    strict  whether products and sums may not fuse
    width   how many of them one vector has: all, or half
    vector  the library of vectorised functions: how a name of libm is called there for so many lanes
    long    how many words a row may have that is no function of its own
    """

    def __init__(
        self,
        *,
        lanes: int = 1,
        width: int = 1,
        strict: bool = False,
        vector: dict[str, str] | None = None,
        long: float = LONG,
    ) -> None:
        self.lanes = lanes
        self.width = width
        self.strict = strict
        self.long = long
        self.number = "double" if lanes == 1 else f"<{lanes} x double>"
        self.truth = "i1" if lanes == 1 else f"<{lanes} x i1>"
        # A vector on the stack that is not aligned lies in two lines of the cache.
        self.attributes = "" if lanes == 1 else '"stackrealign" '
        self._vector = vector or {}
        self._declared: dict[str, str] = {}
        self._rows: dict[tuple[Primitive, tuple[float | None, ...]], str] = {}
        self._functions: list[str] = []

    def text(self, *functions: str) -> str:
        """Return the whole module, with these functions at its end."""
        return "\n".join([*self._declared.values(), *self._functions, *functions])

    def constant(self, x: float) -> str:
        """Return a number as an operand, the same in all lanes."""
        if self.lanes == 1:
            return literal(x)
        return "<" + ", ".join([f"double {literal(x)}"] * self.lanes) + ">"

    def libm(self, name: str, count: int) -> str:
        """Return the function of libm for `count` operands, in all lanes."""
        name = LIBM.get(name, name)
        self._declare(name, "double", count)
        if self.lanes == 1:
            return name
        return self._by_lanes(f"lanes.{name}", count, f"call double @{name}")

    def vectorised(self, name: str, count: int) -> str | None:
        """Return the function of libm for `count` operands, and `width` lanes, if there is one."""
        if name in self._vector:
            self._declare(self._vector[name], f"<{self.width} x double>", count)
        return self._vector.get(name)

    def intrinsic(self, name: str, count: int) -> str:
        """Return an operation that LLVM knows itself."""
        full = f"llvm.{name}.{'f64' if self.lanes == 1 else f'v{self.lanes}f64'}"
        self._declare(full, self.number, count)
        return full

    def row(self, row: Primitive) -> str:
        """Return the function of a row."""
        key = (row, (None,) * len(row.operands))
        if key not in self._rows:
            self._rows[key] = f"row.{row.name}.{len(self._rows)}"
            writer = AssemblyWriter(self)
            operands = [f"%x{i}" for i in range(len(row.operands))]
            result = writer.row(row, operands, key[1])
            arguments = ", ".join(f"{self.number} {x}" for x in operands)
            self._functions.append(
                f"define internal {self.number} @{self._rows[key]}({arguments}) {self.attributes}{{\n"
                + "\n".join([*writer.lines, f"  ret {self.number} {result}", "}"])
            )
        return self._rows[key]

    def rare(self, row: Primitive, count: int) -> str:
        """Return the function that calls a row's own, of Python: of `count` numbers in an array."""
        symbol = callbacks.symbol(row)
        self._declared[symbol] = f'declare double @"{symbol}"(ptr, i64)'
        return self._from_array(f"rare.{symbol}.{count}", count, symbol)

    def declare(self, name: str, result: str, operands: str) -> None:
        """Declare a function that is elsewhere."""
        self._declared[name] = f"declare {result} @{name}({operands})"

    def _declare(self, name: str, number: str, count: int) -> None:
        self.declare(name, number, ", ".join([number] * count))

    def _from_array(self, name: str, count: int, symbol: str) -> str:
        """Return a function that calls back with its numbers, lane by lane where the last operand holds."""
        if name not in self._declared:
            arguments = ", ".join(f"double %x{i}" for i in range(count))
            lines = [f'define internal double @"{name}.one"({arguments}) noinline cold {{']
            lines.append(f"  %a = alloca [{max(count, 1)} x double]")
            for i in range(count):
                lines.append(f"  %p{i} = getelementptr double, ptr %a, i64 {i}")
                lines.append(f"  store double %x{i}, ptr %p{i}")
            lines += [f'  %z = call double @"{symbol}"(ptr %a, i64 {count})', "  ret double %z", "}"]
            self._declared[name] = ""
            self._functions.append("\n".join(lines))
        if self.lanes == 1:
            return f"{name}.one"
        return self._by_lanes(name, count, f'call double @"{name}.one"', masked=True)

    def _by_lanes(self, name: str, count: int, call: str, *, masked: bool = False) -> str:
        """Return a function that calls one of single numbers for each lane.

        masked  it has two operands before these: the truth of where to call, and what else the result is
        """
        if name in self._declared and self._declared[name] == "; by lanes":
            return name
        self._declared[name] = "; by lanes"
        arguments = [f"{self.number} %x{i}" for i in range(count)]
        if masked:
            arguments = [f"{self.truth} %where", f"{self.number} %else", *arguments]
        lines = [f'define internal {self.number} @"{name}"({", ".join(arguments)}) {self.attributes}{{']
        lines.append("entry:")
        start = "%else" if masked else "zeroinitializer"
        lines += ["  br label %loop", "loop:", "  %k = phi i32 [0, %entry], [%next, %done]"]
        lines += [f"  %z = phi {self.number} [{start}, %entry], [%y, %done]"]
        if masked:
            lines += [f"  %here = extractelement {self.truth} %where, i32 %k"]
            lines += ["  br i1 %here, label %call, label %done"]
        else:
            lines += ["  br label %call"]
        lines += ["call:"]
        lines += [f"  %e{i} = extractelement {self.number} %x{i}, i32 %k" for i in range(count)]
        lines += [f"  %r = {call}({', '.join(f'double %e{i}' for i in range(count))})"]
        lines += [f"  %w = insertelement {self.number} %z, double %r, i32 %k", "  br label %done", "done:"]
        others = ", [%z, %loop]" if masked else ""
        lines += [f"  %y = phi {self.number} [%w, %call]{others}", "  %next = add i32 %k, 1"]
        lines += [f"  %over = icmp eq i32 %next, {self.lanes}", "  br i1 %over, label %end, label %loop"]
        lines += ["end:", f"  ret {self.number} %y", "}"]
        self._functions.append("\n".join(lines))
        return name


class AssemblyWriter(Writer):
    """Prints the body of one function in LLVM's language."""

    def __init__(self, module: Module) -> None:
        super().__init__(strict=module.strict, long=module.long)
        self.module = module
        self._count = 0

    def line(self, code: str) -> str:
        """Write an operation, and return the register of its result."""
        self._count += 1
        register = f"%r{self._count}"
        self.lines.append(f"  {register} = {code}")
        return register

    def constant(self, x: float) -> str:
        return self.module.constant(x)

    def truth(self, holds: bool) -> str:
        return module_true(self.module) if holds else "zeroinitializer"

    def called(self, row: Primitive, operands: Sequence[str]) -> str:
        arguments = ", ".join(f"{self.module.number} {x}" for x in operands)
        return self.line(f"call {self.module.number} @{self.module.row(row)}({arguments})")

    def instruction(self, instruction: Instruction, operands: Sequence[str]) -> str:
        row = instruction.row
        errors = row.name in ("fsum", "norm", "logsumexp") or (row.name == "dot" and self.strict)
        if errors and len(operands) > WIDEST and self.module.lanes == 1:
            return self.choose_rare(True, self.constant(0.0), row, operands)
        return super().instruction(instruction, operands)

    def choose_rare(self, truth: Any, result: str, row: Primitive, given: Sequence[str]) -> str:
        module = self.module
        called = module.rare(row, len(given))
        arguments = ", ".join(f"{module.number} {x}" for x in given)
        if module.lanes > 1:
            mask = module_true(module) if truth is True else truth
            arguments = f"{module.truth} {mask}, {module.number} {result}, {arguments}"
        call = f'call {module.number} @"{called}"({arguments})'
        return self.line(call) if truth is True else self.where(truth, result, lambda: self.line(call))

    def where(self, truth: str, result: str, other: Callable[[], str]) -> str:
        module = self.module
        if module.lanes > 1:
            bits = self.line(f"bitcast {module.truth} {truth} to i{module.lanes}")
            truth = self.line(f"icmp ne i{module.lanes} {bits}, 0")
        self._count += 1
        here = self._count
        self.lines += [f"  br label %from{here}", f"from{here}:"]
        self.lines += [f"  br i1 {truth}, label %where{here}, label %usual{here}", f"where{here}:"]
        found = self.aside(other)
        self.lines += [f"  br label %end{here}", f"end{here}:"]
        self.lines += [f"  br label %usual{here}", f"usual{here}:"]
        return self.line(f"phi {module.number} [{result}, %from{here}], [{found}, %end{here}]")

    def operation(self, name: str, operands: Sequence[str]) -> str:
        function = self.module.vectorised(name, len(operands))
        if function is None:
            return self.line(self._code(name, operands))
        lanes, width = self.module.lanes, self.module.width
        number, vector = self.module.number, f"<{width} x double>"
        if lanes == width:
            return self.line(f"call {number} @{function}({', '.join(f'{number} {x}' for x in operands)})")
        results = []
        for half in (0, 1):  # they run at the same time
            parts = [self.lanes(number, x, "poison", half * width, width) for x in operands]
            results.append(
                self.line(f"call {vector} @{function}({', '.join(f'{vector} {x}' for x in parts)})")
            )
        return self.lanes(vector, results[0], results[1], 0, lanes)

    def lanes(self, kind: str, x: str, y: str, start: int, count: int) -> str:
        """Write so many of the lanes of x and y side by side."""
        places = ", ".join(f"i32 {k}" for k in range(start, start + count))
        return self.line(f"shufflevector {kind} {x}, {kind} {y}, <{count} x i32> <{places}>")

    def _code(self, name: str, operands: Sequence[str]) -> str:
        number, truth = self.module.number, self.module.truth
        if name in _ARITHMETIC:
            fuse = "" if self.module.strict or name == "/" else " contract"
            return f"{_ARITHMETIC[name]}{fuse} {number} {operands[0]}, {operands[1]}"
        if name in _EXACT:
            return f"{_EXACT[name]} {number} {operands[0]}, {operands[1]}"
        if name in TRUTHS:
            if name == "!":
                return f"xor {truth} {operands[0]}, {module_true(self.module)}"
            if name in "&|":
                return f"{'and' if name == '&' else 'or'} {truth} {operands[0]}, {operands[1]}"
            return f"fcmp {_COMPARED[name]} {number} {operands[0]}, {operands[1]}"
        if name == "?":
            return f"select {truth} {operands[0]}, {number} {operands[1]}, {number} {operands[2]}"
        if name == "neg":
            return f"fneg {number} {operands[0]}"
        known = self.module.intrinsic if name in _INTRINSICS else self.module.libm
        arguments = ", ".join(f"{number} {x}" for x in operands)
        return f"call {number} @{known(name, len(operands))}({arguments})"


def module_true(module: Module) -> str:
    """Return the truth that holds in all lanes."""
    return "true" if module.lanes == 1 else "<" + ", ".join(["i1 true"] * module.lanes) + ">"
