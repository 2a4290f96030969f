"""A function recorded once, as a straight-line program: rows of the table, applied one after the other.

Gives `Options`, how to compile, `Program`, and `Recorder`, which is told of the nodes that the function makes
and of the decisions it takes by their numbers, and makes a program of them. What depends on constants alone
is folded, what is computed twice is computed once, and what nothing needs is left out. The program knows
rows, no derivatives: those of a gradient are nodes like all others. Relies on `context`, `engine` and
`primitives`.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from autograd_lite.context import place
from autograd_lite.engine import Value
from autograd_lite.primitives import Primitive, constant, mul, pow, pow_x

Operand = int | float  # the index of an input or an earlier result, or a constant

# The operand that the result of a row is, to the last bit, if its other operand is this constant.
_UNCHANGED = {("mul", 1): "1.0", ("mul", 0): "1.0", ("div", 1): "1.0", ("pow", 1): "1.0", ("sub", 1): "0.0"}
# The operand that the result of a row always is.
_PASSED_ON = {"identity": 0, "stop_gradient": 0, "choose_x": 0, "choose_y": 1}

_COMPARISONS = (operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne)


class Options(NamedTuple):
    """How to compile: see `jit`."""

    limit: int = 32
    backend: str | None = None
    strict: bool = False
    threads: int = 1
    single: bool = False  # whether arguments and results are of single precision
    sums: bool = True  # whether the samples of vmapped functions may be summed without recording each
    unrolls: bool = True  # whether they may be recorded one by one, where they cannot be summed so


class Instruction(NamedTuple):
    """One row of the table, and its operands; those of sequences one after the other."""

    row: Primitive
    operands: tuple[Operand, ...]

    def arguments(self, shown: Callable[[Operand], Any]) -> list[Any]:
        """Return what the row's function is to be given: each operand as shown, sequences as tuples."""
        return list(self.row.arranged(tuple(map(shown, self.operands))))


class Guard(NamedTuple):
    """A decision of the recorded function: function(*operands) had this outcome, at this place."""

    function: Callable[..., Any]
    operands: tuple[Any, ...]  # Operands; Values while recording
    outcome: Any
    place: str

    def holds(self, numbers: Sequence[float]) -> bool:
        """Whether the same would be decided by the numbers of inputs and results."""
        given = [numbers[x] if type(x) is int else x for x in self.operands]
        try:
            return same(self.function(*given), self.outcome)
        except (ArithmeticError, ValueError):  # int(nan)
            return False


def same(outcome: Any, recorded: Any) -> bool:
    """Whether two outcomes are one to a program that follows: floats to the bit, but for the kind of NaN."""
    return repr(outcome) == repr(recorded) if isinstance(recorded, float) else bool(outcome == recorded)


class Program(NamedTuple):
    """A straight-line program: numbered inputs, then one result per instruction.

    inputs        how many inputs there are
    instructions  the rows to apply, in order; the first result has the number `inputs`
    outputs       what is returned
    guards        under what decisions that is right
    """

    inputs: int
    instructions: list[Instruction]
    outputs: list[Operand]
    guards: list[Guard]

    def inputs_of_outputs(self) -> list[int]:
        """Return, for each output, the set of inputs it depends on, as the bits of an int."""
        masks = [1 << i for i in range(self.inputs)]
        for _, operands in self.instructions:
            mask = 0
            for x in operands:
                if type(x) is int:
                    mask |= masks[x]
            masks.append(mask)
        return [masks[x] if type(x) is int else 0 for x in self.outputs]

    def compacted(self) -> tuple[Program, list[int]]:
        """Return the program without the inputs that it does not read, and the others' numbers."""
        read = [x for instruction in self.instructions for x in instruction.operands]
        read += [*self.outputs, *[x for guard in self.guards for x in guard.operands]]
        used = sorted({x for x in read if type(x) is int and x < self.inputs})  # not 3.0, which is equal to 3
        results = range(self.inputs, self.inputs + len(self.instructions))
        numbers = {x: index for index, x in enumerate([*used, *results])}
        return Program(
            len(used),
            [Instruction(row, _renumbered(operands, numbers)) for row, operands in self.instructions],
            list(_renumbered(tuple(self.outputs), numbers)),
            [guard._replace(operands=_renumbered(guard.operands, numbers)) for guard in self.guards],
        ), used


def _renumbered(operands: tuple[Any, ...], numbers: dict[int, int]) -> tuple[Any, ...]:
    return tuple([numbers[x] if type(x) is int else x for x in operands])


class Recorder:
    """What listens while a function is recorded.

    made       the nodes it computed, in order
    decisions  what it decided by the numbers of Values, and where
    """

    def __init__(self) -> None:
        self.made: list[Value] = []
        self.decisions: list[Guard] = []

    def decided(self, function: Callable[..., Any], operands: tuple[Any, ...]) -> Any:
        """Take note of a decision, and return its outcome.

        One by a number that no float is becomes one by all bits of the Value.
        """
        outcome = function(*[x._data if type(x) is Value else x for x in operands])
        if any(type(x) is not Value and float(x) != x for x in operands):
            values = [x for x in operands if type(x) is Value]
            self.decisions += [Guard(float, (x,), x._data, place()) for x in values]
        elif outcome or not asks_in_vain(function, operands):
            exact = tuple([x if type(x) is Value else float(x) for x in operands])
            self.decisions.append(Guard(function, exact, outcome, place()))
        return outcome

    def vmapped(self, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return None: a vmapped function runs sample by sample."""
        return None

    def program(
        self,
        inputs: Sequence[Value],
        constants: Iterable[Value],
        outputs: Sequence[Value | float],
        decisions: Sequence[Guard] | None = None,
    ) -> tuple[Program, list[Value]]:
        """Return the program that computes the outputs, and the Values it reads beside its inputs.

        inputs     the leaves that stand for the arguments
        constants  the leaves that were made on the way
        decisions  those that become guards; all if not given

        What is read beside are Values made before, leaves or not; they are inputs too, after the others.
        """
        decisions = self.decisions if decisions is None else decisions
        numbered: dict[Value, Operand] = {leaf: leaf._data for leaf in constants}
        numbered.update({leaf: index for index, leaf in enumerate(inputs)})
        # In the order of being met, so that what is captured has an order too.
        needed = dict.fromkeys(x for x in outputs if type(x) is Value)
        needed.update(dict.fromkeys(x for guard in decisions for x in guard.operands if type(x) is Value))
        wanted: dict[Value, tuple[Value | float, ...]] = {}
        for node in reversed(self.made):
            if node in needed and node not in numbered:
                wanted[node] = origins = _origins(node)
                for x in origins:
                    if type(x) is Value:
                        needed[x] = None
        captured = [x for x in needed if x not in wanted and x not in numbered]
        numbered.update({x: len(inputs) + index for index, x in enumerate(captured)})
        builder = _Builder(len(inputs) + len(captured), numbered)
        for node in reversed(wanted):
            builder.add(node, wanted[node])
        guards: dict[tuple[Any, ...], Guard] = {}
        for guard in decisions:
            operands = tuple(map(builder.operand, guard.operands))
            if any(type(x) is int for x in operands):
                guards.setdefault((guard.function, operands), guard._replace(operands=operands))
        results = [builder.operand(x) for x in outputs]
        return Program(builder.inputs, builder.instructions, results, [*guards.values()]), captured


class _Builder:
    """Turns nodes into instructions, each of which is new."""

    def __init__(self, inputs: int, numbered: dict[Value, Operand]) -> None:
        self.inputs = inputs
        self.instructions: list[Instruction] = []
        self._numbered = numbered
        self._found: dict[tuple[Any, ...], Operand] = {}

    def operand(self, x: Value | float) -> Operand:
        return self._numbered[x] if type(x) is Value else float(x)

    def add(self, node: Value, origins: tuple[Value | float, ...]) -> None:
        numbered = self._numbered
        operands = tuple([numbered[x] if type(x) is Value else float(x) for x in origins])
        row = node.op
        assert row is not None
        if row is constant or getattr(row, "result", None) is not None:
            numbered[node] = operands[0]
            return
        if row.name in _PASSED_ON:
            numbered[node] = operands[_PASSED_ON[row.name]]
            return
        key: tuple[Any, ...] = (row, *operands)
        if float in map(type, operands):
            if int not in map(type, operands):
                numbered[node] = node._data
                return
            for side, x in enumerate(operands):
                if type(x) is float and _UNCHANGED.get((row.name, side)) == repr(x):
                    numbered[node] = operands[1 - side]
                    return
            if row is pow_x and repr(operands[1]) == "2.0":
                row, operands = mul, (2.0, operands[0])  # the same bits, also of zeros and infinities
            # Equal floats may differ in the sign of a zero.
            key = (row, *[x if type(x) is int else repr(x) for x in operands])
        new = self.inputs + len(self.instructions)
        found = self._found.setdefault(key, new)
        if found == new:
            self.instructions.append(Instruction(row, operands))
        numbered[node] = found


def asks_in_vain(function: Callable[..., Any], operands: tuple[Any, ...]) -> bool:
    """Whether a decision is if a node is NaN that can only be so if an operand of it is: x**2.

    Then it does not matter that it was not when it was recorded, for the partial is NaN as well.
    """
    x = operands[0]
    if function is not operator.ne or type(x) is not Value or operands[-1] is not x or x.op is not pow:
        return False
    y = x.parents[1]
    return type(y) is float and y % 1 == 0


def _origins(node: Value) -> tuple[Value | float, ...]:
    """Return what a node is computed from, also where that is hidden from derivatives."""
    if node.op is constant:
        return (node._x,)
    result = getattr(node.op, "result", None)
    return node.parents if result is None else (result,)


def sources(node: Value) -> list[Value]:
    """Return the Values that a node is computed from."""
    return [x for x in _origins(node) if type(x) is Value]
