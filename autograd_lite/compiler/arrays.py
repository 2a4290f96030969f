"""A program for many samples as Python source that runs on NumPy arrays.

Gives `Arrays`, which does as `Lanes` where there is no machine code; functions are NumPy's, and those that it
lacks are called number by number. Relies on `writer`, `program` and NumPy.
"""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy

from autograd_lite.compiler.program import Operand, Program
from autograd_lite.compiler.words import TRUTHS
from autograd_lite.compiler.writer import Writer
from autograd_lite.primitives import TABLE, Primitive

BLOCK = 4_096  # samples at a time: an array of numbers stays in the cache

# What NumPy calls words; it has all others that are not symbols by their own names, or not at all.
_NUMPY = {
    "neg": "negative", "asin": "arcsin", "acos": "arccos", "atan": "arctan", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh", "atan2": "arctan2", "pow": "power",
}  # fmt: skip
_ABSENT = {"erf": math.erf, "erfc": math.erfc} | {
    name: TABLE[name].value for name in ("gamma", "lgamma", "remainder")
}
_SYMBOLS = {"times": "*", "plus": "+", "minus": "-"}


class Arrays:
    """A program as source for several samples at a time.

    program  what it runs

    columns  for each input its column, or None if all samples share it
    summed   whether the outputs are sums over the samples

    Raises NotImplementedError if a decision cannot be asked of an array.
    """

    backend = "python"
    apart: Mapping[int, int] = MappingProxyType({})

    def __init__(self, program: Program, columns: Sequence[int | None], *, summed: bool = False) -> None:
        self.program = program
        self._columns = columns
        self._summed = summed
        self.text, names = _source(program)
        exec(compile(self.text, "<program of arrays>", "exec"), names)
        self._function = names["program"]

    def __reduce__(self) -> Any:
        return functools.partial(Arrays, summed=self._summed), (self.program, self._columns)

    def run(self, columns: Sequence[Any], shared: Any, threads: int = 1, out: Any = None) -> tuple[Any, Any]:
        """Return what `Lanes.run` does; there is one thread."""
        count, size = len(columns[0]), len(self.program.outputs)
        sums = numpy.zeros(size)
        rows = numpy.empty((0 if self._summed else size, count)) if out is None else out
        others = iter([numpy.float64(x) for x in shared])
        fixed = [next(others) if place is None else None for place in self._columns]
        failed = [numpy.empty(0, int)]
        for start in range(0, count, BLOCK):
            block = slice(start, min(start + BLOCK, count))
            given = [
                x if place is None else numpy.asarray(columns[place][block], float)
                for x, place in zip(fixed, self._columns, strict=True)
            ]
            with numpy.errstate(all="ignore"):
                held, found = self._function(given)
            shape = (block.stop - start,)
            held = numpy.broadcast_to(held, shape)
            failed.append(start + numpy.flatnonzero(~held))
            for index, x in enumerate(found):
                if self._summed:
                    with numpy.errstate(all="ignore"):
                        sums[index] += numpy.broadcast_to(x, shape).sum(where=held)
                else:
                    rows[index][block] = x
        return sums if self._summed else rows, numpy.concatenate(failed)


def _source(program: Program) -> tuple[str, dict[str, Any]]:
    """Return the function "program", of the inputs, and what the names in it stand for.

    It returns whether the guards hold, and the outputs: arrays, or single numbers where all samples have one.
    """
    write = _ArrayWriter()
    registers = {index: f"x[{index}]" for index in range(program.inputs)}

    def operand(x: Operand) -> str:
        return registers[x] if type(x) is int else write.constant(x)

    for index, instruction in enumerate(program.instructions, program.inputs):
        registers[index] = write.instruction(instruction, [operand(x) for x in instruction.operands])
    held = write.truth(True)
    for guard in program.guards:
        holds = write.guard(guard, [operand(x) for x in guard.operands])
        if holds is None:
            raise NotImplementedError(f"the decision at {guard.place} is not for arrays")
        held = write.apply("&", held, holds)
    outputs = "".join(f"{operand(x)}, " for x in program.outputs)
    lines = ["def program(x):", *write.lines, f"    return {held}, ({outputs})"]
    return "\n".join(lines) + "\n", write.names


class _ArrayWriter(Writer):
    """Prints operations on arrays as lines of Python.

    names  what names in them stand for
    """

    def __init__(self) -> None:
        super().__init__(strict=False)
        self.names: dict[str, Any] = {
            "where": numpy.where,
            "rarely": _rarely,
            "logical_not": numpy.logical_not,
        }
        self._rows: dict[Primitive, str] = {}
        self._depth = 1
        self._count = 0

    def line(self, code: str, register: str = "") -> str:
        """Write an assignment and return what is assigned to."""
        if not register:
            self._count += 1
            register = f"r{self._count}"
        self.lines.append(f"{'    ' * self._depth}{register} = {code}")
        return register

    def constant(self, x: float) -> str:
        name = f"c{len(self.names)}"
        known = self._written.setdefault(("constant", repr(x)), name)
        self.names.setdefault(known, numpy.float64(x))  # which divides by 0 as arrays do
        return known

    def truth(self, holds: bool) -> str:
        name = str(holds).lower()
        self.names[name] = numpy.bool_(holds)
        return name

    def operation(self, name: str, operands: Sequence[str]) -> str:
        symbol = _SYMBOLS.get(name, name)
        if symbol == "!":
            return self.line(f"logical_not({operands[0]})")
        if symbol in "+-*/" or symbol in TRUTHS:
            return self.line(f"{operands[0]} {symbol} {operands[1]}")
        if symbol == "?":
            return self.line(f"where({', '.join(operands)})")
        if name in _ABSENT:
            self.names[name] = _by_numbers(_ABSENT[name], len(operands))
        else:
            self.names[name] = _fma if name == "fma" else getattr(numpy, _NUMPY.get(name, name))
        return self.line(f"{name}({', '.join(operands)})")

    def called(self, row: Primitive, operands: Sequence[str]) -> str:
        return self.row(row, operands, (None,) * len(operands))

    def choose_rare(self, truth: Any, result: str, row: Primitive, given: Sequence[str]) -> str:
        name = self._rows.setdefault(row, f"row_{len(self._rows)}")
        self.names[name] = row
        truth = self.truth(True) if truth is True else truth
        return self.line(f"rarely({name}, {truth}, {result}, [{', '.join(given)}])")

    def where(self, truth: str, result: str, other: Callable[[], str]) -> str:
        register = self.line(result)
        self.lines.append(f"{'    ' * self._depth}if {truth}.any():")
        self._depth += 1
        self.line(self.aside(other), register)
        self._depth -= 1
        return register


def _by_numbers(function: Callable[..., float], count: int) -> Callable[..., Any]:
    """Return a function of so many numbers for arrays, which calls it number by number."""
    called = numpy.frompyfunc(function, count, 1)
    return lambda *operands: numpy.asarray(called(*operands), float)[()]


def _fma(x: Any, y: Any, w: Any) -> Any:
    """Return x * y + w, to the last bit but one, with the error of the product (Dekker, Veltkamp)."""
    product = x * y
    (x_high, x_low), (y_high, y_low) = _halves(x), _halves(y)
    error = x_high * y_high - product + x_high * y_low + x_low * y_high + x_low * y_low
    total = product + w
    rest = total - product
    result = total + (product - (total - rest) + (w - rest) + error)
    sizes = abs(x), abs(y), abs(product)
    moderate = functools.reduce(operator.and_, [(size > 1e-140) & (size < 1e290) for size in sizes])
    return _rarely(TABLE["fma"], ~(moderate & numpy.isfinite(result)), result, [x, y, w])


def _halves(x: Any) -> tuple[Any, Any]:
    scaled = x * 134217729.0  # 2**27 + 1
    high = scaled - (scaled - x)
    return high, x - high


def _rarely(row: Primitive, truth: Any, result: Any, given: Sequence[Any]) -> Any:
    """Return a result with what the row's own function says where the truth holds."""
    truth, result, *operands = numpy.broadcast_arrays(truth, result, *given)
    if not truth.any():
        return result
    result = numpy.array(result)
    for index in numpy.argwhere(truth):
        place = tuple(index)
        result[place] = row.value(*row.arranged(tuple([float(x[place]) for x in operands])))
    return result[()]
