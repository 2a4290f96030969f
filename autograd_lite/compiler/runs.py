"""A program in another order, in which equal instructions follow each other.

Gives `Runs`, the program as arrays: what kinds of instructions there are, and in which runs of one kind they
may be done. The instructions of a run do not depend on each other. Relies on `program` and NumPy.
"""

from __future__ import annotations

import math
from collections import Counter
from typing import Any, NamedTuple

import numpy

from autograd_lite.compiler.program import Guard, Operand, Program
from autograd_lite.primitives import Primitive, add, div, mul, neg, sub

_ARITHMETIC = {add, sub, mul, div, neg}
SPECIAL = 8  # constants of one row that have a kind of their own; so has x**2, which is x * x
CHAIN, FEW = 32, 8  # additions that are one sum, and how many such chains are too many: they are runs
LONG, MOST = 32, 0.8  # instructions of a long run, and what share of a program they are to be


class Kind(NamedTuple):
    """What equal instructions have in common.

    what       their row; or a decision, of which the function counts, and the outcome if that is a truth; or
               None for a sum of any number of operands, which was a chain of additions
    constants  for each operand its number if it is part of the kind, else None
    """

    what: Primitive | Guard | None
    constants: tuple[float | None, ...]


class Runs:
    """The instructions and decisions of a program, in an order for many at a time.

    kinds      the kinds there are
    kind       for each instruction, and then each guard, the index of its kind
    first      where in `operands` its operands begin, and where those of the last one end
    operands   numbers of inputs and results, and beyond the results of constants
    outputs    of what is returned
    constants  these
    order      the instructions and guards as they are to be done
    bounds     where in the order each run begins, and where the last one ends
    """

    def __init__(self, program: Program, *, strict: bool) -> None:
        self.kinds: list[Kind] = []
        self._found: dict[Any, int] = {}
        self._special: dict[Primitive, int] = {}
        self._pool: dict[float | str, int] = {}
        self._inputs, self._beyond = program.inputs, program.inputs + len(program.instructions)
        self._kind: list[int] = []
        self._operands: list[int] = []
        self._first = [0]
        chains = {} if strict else _chains(program)
        order, bounds = _scheduled(self._kind, *self._instructions(program, chains))
        for decisions in self._decisions(program).values():
            bounds.append(len(order))
            order += decisions
        self.order = numpy.array(order, numpy.int64)
        self.bounds = numpy.array([*bounds, len(order)], numpy.int64)
        self.kind = numpy.array(self._kind, numpy.int64)
        self.operands = numpy.array(self._operands, numpy.int64)
        self.first = numpy.array(self._first, numpy.int64)
        self.outputs = numpy.array(list(map(self._number, program.outputs)), numpy.int64)
        self.constants = numpy.array([float(x) for x in self._pool])

    def _number(self, x: Operand) -> int:
        """Return the number of an operand: a constant has one as well."""
        if type(x) is int:
            return x
        return self._beyond + self._pool.setdefault(x or repr(x), len(self._pool))  # 0.0 is equal to -0.0

    def _add(self, key: Any, kind: Kind) -> None:
        """Add an instruction or a decision whose operands are there."""
        number = self._found.get(key)
        if number is None:
            number = self._found[key] = len(self.kinds)
            self.kinds.append(kind)
        self._kind.append(number)
        self._first.append(len(self._operands))

    def _instructions(
        self, program: Program, chains: dict[int, list[Operand]]
    ) -> tuple[list[int], list[list[int]]]:
        """Add the instructions; return for how many results each waits, and what waits for its result.

        chains  the terms of sums, by the last addition of a chain, and no terms by its others
        """
        waiting: list[int] = []
        users: list[list[int]] = [[] for _ in program.instructions]
        for index, (row, operands) in enumerate(program.instructions):
            constants = None
            terms = chains.get(index)
            if terms is not None:
                operands = tuple(terms)
            if float in map(type, operands) and row not in _ARITHMETIC:
                constants = self._constants(row, operands)
            awaited = 0
            for place, x in enumerate(operands):
                if type(x) is int:
                    self._operands.append(x)
                    if x >= self._inputs:
                        users[x - self._inputs].append(index)
                        awaited += 1
                elif constants is None or constants[place] is None:
                    self._operands.append(self._number(x))
            waiting.append(-1 if terms == [] else awaited)  # which is never ready
            if terms is not None:
                self._add(None, Kind(None, ()))
            elif constants is None:
                self._add((row, len(operands)), Kind(row, (None,) * len(operands)))
            else:
                self._add((row, *map(repr, constants)), Kind(row, constants))
        return waiting, users

    def _decisions(self, program: Program) -> dict[int, list[int]]:
        """Add the guards, and return those of each kind."""
        found: dict[int, list[int]] = {}
        for index, guard in enumerate(program.guards, len(program.instructions)):
            operands, outcome = guard.operands, guard.outcome
            if type(outcome) is not bool:
                if not isinstance(outcome, int | float):
                    raise NotImplementedError(f"the decision at {guard.place} has no machine code")
                operands = (*operands, float(outcome))
                outcome = 0.0 if outcome == outcome else math.nan
            self._operands += map(self._number, operands)
            decision = Guard(guard.function, (0,) * len(guard.operands), outcome, "")
            self._add(decision, Kind(decision, (None,) * len(operands)))
            found.setdefault(self._kind[-1], []).append(index)
        return found

    def are_long(self) -> bool:
        """Whether most instructions are in long runs."""
        lengths = numpy.diff(self.bounds)
        return bool(lengths[lengths >= LONG].sum() >= MOST * len(self.order))

    def _constants(self, row: Primitive, operands: tuple[Any, ...]) -> tuple[float | None, ...] | None:
        """Return the constants that have a kind of their own; None if the row has too many of them."""
        constants = tuple([x if type(x) is float else None for x in operands])
        if (row, *map(repr, constants)) not in self._found:
            count = self._special[row] = self._special.get(row, 0) + 1
            if count > SPECIAL:
                return None
        return constants


def _chains(program: Program) -> dict[int, list[Operand]]:
    """Return the terms of long chains of additions, by the last one, and no terms by its others."""
    inputs = program.inputs
    read = [x for instruction in program.instructions for x in instruction.operands]
    uses = Counter(x for x in read if type(x) is int)
    others = [*program.outputs, *[x for guard in program.guards for x in guard.operands]]
    kept = {x for x in others if type(x) is int}
    chains: dict[int, tuple[list[int], list[Operand]]] = {}
    for index, (row, operands) in enumerate(program.instructions):
        if row is add:
            before, other = operands
            if type(before) is not int or before - inputs not in chains:
                before, other = other, before
            if type(before) is int and uses[before] == 1 and before not in kept:
                links, terms = chains.pop(before - inputs, ([], [before]))
            else:
                links, terms = [], [before]
            links.append(index)
            terms.append(other)
            chains[index] = links, terms
    long = [chain for chain in chains.values() if len(chain[0]) >= CHAIN]
    found: dict[int, list[Operand]] = {}
    for links, terms in long if len(long) < FEW else ():
        found.update((link, []) for link in links)
        found[links[-1]] = terms
    return found


def _scheduled(kind: list[int], waiting: list[int], users: list[list[int]]) -> tuple[list[int], list[int]]:
    """Return an order of the instructions, and where in it each run begins.

    waiting  how many results each instruction waits for
    users    what waits for its result

    Of the kinds of which something can be done, that comes first of which there is least: so the others, for
    which there is time, grow to long runs.
    """
    order: list[int] = []
    bounds: list[int] = []
    ready: dict[int, list[int]] = {}
    for index, count in enumerate(waiting):
        if count == 0:
            ready.setdefault(kind[index], []).append(index)
    while ready:
        # Of two alike, the one that the program does first.
        run = ready.pop(min([(len(run), run[0], k) for k, run in ready.items()])[2])
        bounds.append(len(order))
        order += run
        for index in run:
            for user in users[index]:
                waiting[user] -= 1
                if not waiting[user]:
                    among = ready.get(kind[user])
                    if among is None:
                        ready[kind[user]] = [user]
                    else:
                        among.append(user)
    return order, bounds
