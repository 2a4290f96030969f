"""Straight-line code in any language: words and rows as lines, each the result of one operation.

Gives `Writer`, what the printers of LLVM's language and of C have in common. It knows which words a row and a
guard have, and writes none twice; a printer knows how its language says a word, calls a function and gets at
what is rare. Relies on `words`, `rows`, `sums` and `program`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler import sums
from autograd_lite.compiler.program import Guard, Instruction
from autograd_lite.compiler.python import SYMBOLS
from autograd_lite.compiler.rows import value_of
from autograd_lite.compiler.words import TRUTHS, Word
from autograd_lite.primitives import Primitive

LONG = 12  # words
_INSTRUCTIONS = TRUTHS.union(
    ("+", "-", "*", "/", "?", "neg", "fabs", "sqrt", "fma", "copysign", "rint", "floor", "ceil", "trunc")
)

# What a decision rounds to: there it is decided by the rounded number.
_ROUNDINGS: dict[Any, str] = {int: "trunc", math.floor: "floor", math.ceil: "ceil", round: "rint"}


class Writer:
    """Prints words and rows as lines of one function; every result is a register, and a repetition none.

    strict  whether every sum is rounded once
    long    words: a longer row is a function of its own
    """

    def __init__(self, *, strict: bool, long: float = LONG) -> None:
        self.strict = strict
        self._long = long
        self.lines: list[str] = []
        self._written: dict[Any, str] = {}

    def constant(self, x: float) -> str:
        """Return a number as an operand."""
        raise NotImplementedError

    def truth(self, holds: bool) -> str:
        """Return a truth as an operand."""
        raise NotImplementedError

    def operation(self, name: str, operands: Sequence[str]) -> str:
        """Write the operation that a word names, on registers, and return the register of its result."""
        raise NotImplementedError

    def called(self, row: Primitive, operands: Sequence[str]) -> str:
        """Write the call of a function for a row, and return its result."""
        raise NotImplementedError

    def choose_rare(self, truth: Any, result: str, row: Primitive, given: Sequence[str]) -> str:
        """Write the choice between a result and, where the truth (or True) holds, what is said otherwise."""
        raise NotImplementedError

    def where(self, truth: str, result: str, other: Callable[[], str]) -> str:
        """Write another result, to run where the truth holds, and return it or else the first."""
        raise NotImplementedError

    def aside(self, write: Callable[[], str]) -> str:
        """Write a result where not all come by; what else is written there is not known after it."""
        known = len(self._written)
        found = write()
        while len(self._written) > known:
            self._written.popitem()
        return found

    def instruction(self, instruction: Instruction, operands: Sequence[str]) -> str:
        """Write an instruction whose operands are registers or literals, and return its result."""
        row = instruction.row
        if row.sequences:
            return sums.sequence(self, row, row.arranged(operands))
        constants = tuple([x if type(x) is float else None for x in instruction.operands])
        value, rare = value_of(row, constants)
        if rare is False and _length(value, self._long) <= self._long:
            return self.word(value, operands)
        if self._long == math.inf or any(x is not None for x in constants):
            return self.row(row, operands, constants)
        return self.called(row, operands)

    def row(self, row: Primitive, operands: Sequence[str], constants: tuple[float | None, ...]) -> str:
        """Write the value of a row in full."""
        value, rare = value_of(row, constants)
        result = self.word(value, operands)
        if rare is False:
            return result
        if rare is True:
            return self.choose_rare(True, result, row, operands)

        def choose() -> str:
            return self.choose_rare(self.word(rare, operands), result, row, operands)

        if rare.name == "&":  # the rest of it is asked for where the first part holds
            return self.where(self.word(rare.operands[0], operands), result, choose)
        return choose()

    def word(self, word: Any, operands: Sequence[str] = ()) -> str:
        """Write a word and return its register; the words "operand" are these."""
        if isinstance(word, bool):
            return self.truth(word)
        if not isinstance(word, Word):
            return self.constant(float(word))
        if word.name == "operand":
            index: int = word.operands[0]
            return operands[index]
        if word.name == "?" and all(map(_calls_libm, word.operands[1:])):
            return self._choice(word, operands)
        return self.apply(word.name, *[self.word(x, operands) for x in word.operands])

    def _choice(self, word: Word, operands: Sequence[str]) -> str:
        """Write a choice between two results that take long: the second one where it is chosen at all."""
        truth, x = (self.word(operand, operands) for operand in word.operands[:2])

        def choose() -> str:
            return self.apply("?", truth, x, self.word(word.operands[2], operands))

        return self.where(self.apply("!", truth), x, choose)

    def apply(self, name: str, *operands: str) -> str:
        """Write the operation that a word names, on registers, unless it is written already."""
        key = (name, *operands)
        if key not in self._written:
            self._written[key] = self.operation(name, operands)
        return self._written[key]

    def guard(self, guard: Guard, operands: Sequence[str], outcome: str | None = None) -> str | None:
        """Write whether a guard holds, and return the truth; None if it has no words.

        outcome  the register of the outcome, if that is no constant
        """
        if guard.function in SYMBOLS:
            held = self.apply(SYMBOLS[guard.function], *operands)
        elif guard.function in _ROUNDINGS:
            name = _ROUNDINGS[guard.function]
            outcome = outcome or self.constant(float(guard.outcome))
            return self.apply("==", self.apply(name, *operands), outcome)
        elif guard.function is float:
            if guard.outcome != guard.outcome:
                return self.apply("!=", *operands, *operands)
            # Both zeros are equal, and have their signs in what they divide.
            both = [operands[0], outcome or self.constant(guard.outcome)]
            signs = [self.apply("copysign", self.constant(1.0), x) for x in both]
            return self.apply("&", self.apply("==", *both), self.apply("==", *signs))
        elif guard.function is math.isnan:
            held = self.apply("!=", *operands, *operands)
        elif guard.function in (math.isinf, math.isfinite):
            comparison = "==" if guard.function is math.isinf else "<"
            held = self.apply(comparison, self.apply("fabs", *operands), self.constant(math.inf))
        else:
            return None
        return held if guard.outcome else self.apply("!", held)


def _length(word: Any, most: float) -> int:
    """Return how many words a word has, or more than `most`."""
    count, words = 0, [word]
    while words and count <= most:
        word = words.pop()
        if isinstance(word, Word) and word.name != "operand":
            count += 1
            words += word.operands
    return count


@functools.cache
def _calls_libm(word: Any) -> bool:
    """Return whether a word takes a call of libm."""
    if not isinstance(word, Word) or word.name == "operand":
        return False
    return word.name not in _INSTRUCTIONS or any(map(_calls_libm, word.operands))
