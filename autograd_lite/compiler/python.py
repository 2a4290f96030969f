"""The back end that is always there: a program as Python source, with the bits of eager arithmetic.

Gives `source`, the text, and `compiled`, which runs it: once in the words of `math`, which are fast and
raise, and where they do, once more by the functions of the rows, which follow IEEE 754. Programs too long to
print are walked. Relies on `program` and `primitives`.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite import ieee
from autograd_lite.compiler.program import Guard, Instruction, Operand, Program, same

Run = Callable[[Sequence[float]], Sequence[float] | None]

# CPython needs about 20 microseconds a line, and memory in proportion.
LONGEST = 20_000

SYMBOLS: dict[Any, str] = {
    operator.lt: "<", operator.le: "<=", operator.gt: ">", operator.ge: ">=", operator.eq: "==",
    operator.ne: "!=",
}  # fmt: skip


def compiled(program: Program) -> Run:
    """Return the program as a function of its inputs; it returns the outputs, or None if a guard fails."""
    if len(program.instructions) > LONGEST:
        return lambda numbers: walked(program, numbers)
    plain = _Source(program).function()
    quiet: list[Run] = []

    def run(numbers: Sequence[float]) -> Sequence[float] | None:
        try:
            return plain(numbers)
        except ieee.RAISED:
            if not quiet:
                quiet.append(_Source(program, by_rows=True).function())
            try:
                return quiet[0](numbers)
            except ieee.RAISED:  # of a guard, such as int(nan)
                return walked(program, numbers)

    return run


def source(program: Program) -> str:
    """Return the program as Python source, in which a name that math lacks is a function of this package."""
    return _Source(program).text


def walked(program: Program, numbers: Sequence[float]) -> Sequence[float] | None:
    """Return the outputs of a program by applying its rows one by one, or None if a guard fails."""
    results = _results(program, numbers)
    if all(guard.holds(results) for guard in program.guards):
        return [results[x] if type(x) is int else x for x in program.outputs]
    return None


def failing(program: Program, numbers: Sequence[float]) -> Guard | None:
    """Return the first guard of a program that does not hold, or None if all do."""
    results = _results(program, numbers)
    return next((guard for guard in program.guards if not guard.holds(results)), None)


def _results(program: Program, numbers: Sequence[float]) -> list[float]:
    """Return the inputs of a program and its results, row by row."""
    results = list(numbers)

    def number(x: Operand) -> float:
        return results[x] if type(x) is int else x

    for instruction in program.instructions:
        results.append(instruction.row.value(*instruction.arguments(number)))
    return results


class _Source:
    """The source of a program and what its names stand for.

    by_rows  call the function of every row, which never raises, also where its text could stand
    """

    def __init__(self, program: Program, *, by_rows: bool = False) -> None:
        self._names: dict[str, Any] = dict.fromkeys(("program", "numbers"))
        self._names |= {"same": same, "inf": math.inf, "nan": math.nan}
        self._inputs = program.inputs
        lines = ["def program(numbers):"]
        if program.inputs:
            lines.append(f"    {''.join(f'x{i}, ' for i in range(program.inputs))}= numbers")
        for index, instruction in enumerate(program.instructions, program.inputs):
            lines.append(f"    {self._shown(index)} = {self._expression(instruction, by_rows)}")
        for guard in program.guards:
            lines.append(f"    if {self._failed(guard)}:  # {guard.place}")
            lines.append("        return None")
        lines.append(f"    return ({''.join(f'{self._shown(x)}, ' for x in program.outputs)})")
        self.text = "\n".join(lines) + "\n"

    def function(self) -> Run:
        exec(compile(self.text, "<compiled program>", "exec"), self._names)
        function: Run = self._names["program"]
        return function

    def _shown(self, x: Operand) -> str:
        if type(x) is int:
            return f"x{x}" if x < self._inputs else f"v{x}"
        return repr(x) if x > 0 else f"({x!r})"  # the minus of a constant would follow another

    def _expression(self, instruction: Instruction, by_rows: bool) -> str:
        row = instruction.row
        if by_rows or row.precise or row.sequences:
            arguments = ", ".join(map(self._argument, instruction.arguments(self._shown)))
            return f"{self._name(row.name, row.value)}({arguments})"
        names = {name: self._name(name, function) for name, function in row.names(row.value_text).items()}
        names.update(zip(row.operands, map(self._shown, instruction.operands), strict=True))
        return re.sub(r"[A-Za-z_]\w*", lambda word: names.get(word[0], word[0]), row.value_text)

    def _argument(self, argument: Any) -> str:
        return argument if isinstance(argument, str) else f"({''.join(f'{x}, ' for x in argument)})"

    def _failed(self, guard: Guard) -> str:
        shown = list(map(self._shown, guard.operands))
        symbol = SYMBOLS.get(guard.function)
        if symbol is not None:
            condition = f"{shown[0]} {symbol} {shown[1]}"
            return f"not {condition}" if guard.outcome else condition
        called = f"{self._name(guard.function.__name__, guard.function)}({', '.join(shown)})"
        return f"not same({called}, {self._name('outcome', guard.outcome)})"

    def _name(self, name: str, meaning: Any) -> str:
        """Return a name that stands for this and nothing else."""
        if not name.isidentifier() or re.fullmatch(r"[xv]\d+", name):
            name = f"f_{len(self._names)}"  # of a lambda, or of a row named like an input or a result
        unique, count = name, 1
        while self._names.setdefault(unique, meaning) is not meaning:
            count += 1
            unique = f"{name}_{count}"
        return unique
