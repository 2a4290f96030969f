"""The words that every machine has: arithmetic, comparisons, choices, calls of libm.

Gives `Word`, a node of an expression; `apply`, `choose`, `both`, `either` and `opposite`, which make words of
words and compute what is constant; and `split`, which separates an expression from where it is rare. What has
no words, a loop or an exact number, is `RARE`: there a back end calls the row's own function. Relies on
`primitives` and `ieee`.
"""

from __future__ import annotations

import ast
import functools
import math
import operator
from collections.abc import Callable
from math import floor
from typing import Any, NamedTuple

from autograd_lite import ieee
from autograd_lite.primitives import TABLE

Operand = Any  # a Word, or a float that is a constant


class Word(NamedTuple):
    """An operation on operands, which are Words and floats.

    name  + - * / neg fma sqrt fabs ... of numbers; < <= > >= == != of numbers and & | ! of truths, which give
          a truth; ? chooses by a truth; a name of libm; "operand" has the index of an operand of the row
    """

    name: str
    operands: tuple[Any, ...]


RARE = Word("rare", ())

BINARY: dict[type[ast.AST], tuple[str, Callable[..., Any]]] = {
    ast.Add: ("+", operator.add), ast.Sub: ("-", operator.sub), ast.Mult: ("*", operator.mul),
    ast.Div: ("/", ieee.div), ast.Pow: ("pow", ieee.power),
    ast.Lt: ("<", operator.lt), ast.LtE: ("<=", operator.le), ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge), ast.Eq: ("==", operator.eq), ast.NotEq: ("!=", operator.ne),
}  # fmt: skip
TRUTHS = frozenset(("<", "<=", ">", ">=", "==", "!=", "&", "|", "!"))


class Unsaid(Exception):
    """A piece of Python that has no words."""


def split(word: Operand) -> tuple[Any, Any]:
    """Return a word without what is rare in it, and the truth of where that is, a Word or a bool."""
    if word is RARE:
        return 0.0, True
    if not isinstance(word, Word) or word.name == "operand":
        return word, False
    parts = [split(x) for x in word.operands]
    values, rares = [value for value, _ in parts], [rare for _, rare in parts]
    if word.name != "?":
        return Word(word.name, tuple(values)), functools.reduce(either, rares)
    truth, x, y = values
    rare = either(both(truth, rares[1]), both(opposite(truth), rares[2]))
    value = y if rares[1] is True else x if rares[2] is True else Word("?", (truth, x, y))
    return value, either(rares[0], rare)


def both(a: Any, b: Any) -> Any:
    """Return the truth that both hold, each a Word or a bool."""
    return b if a is True else a if b is True else False if a is False or b is False else Word("&", (a, b))


def either(a: Any, b: Any) -> Any:
    """Return the truth that one of them holds."""
    return b if a is False else a if b is False else True if a is True or b is True else Word("|", (a, b))


def opposite(a: Any) -> Any:
    """Return the truth that it does not hold."""
    if isinstance(a, bool):
        return not a
    if a.name == "|":
        return both(*map(opposite, a.operands))
    return a.operands[0] if a.name == "!" else Word("!", (a,))


def apply(name: str, *operands: Operand) -> Operand:
    """Return a word of numbers, or its number if the operands are constants."""
    if name == "pow" and operands[1] in (1.0, 2.0) and isinstance(operands[1], float):
        return operands[0] if operands[1] == 1 else apply("*", operands[0], operands[0])
    if not any(isinstance(x, Word) for x in operands):
        return _FOLDS[name](*operands)
    if name == "*" and -1.0 in operands:
        return apply("neg", operands[operands[0] == -1.0])
    if name == "/" and _is_power_of_two(operands[1]):
        return Word("*", (operands[0], 1 / operands[1]))  # the same number, and faster
    return Word(name, operands)


def _is_power_of_two(x: Operand) -> bool:
    return isinstance(x, float) and math.frexp(x)[0] == 0.5 and x > 1e-300


_FOLDS: dict[str, Callable[..., Any]] = {
    **ieee.FUNCTIONS,
    **dict(BINARY.values()),
    "neg": operator.neg,
    "floor": floor,
    "fma": TABLE["fma"].value,
}


def choose(truth: Any, x: Callable[[], Operand], y: Callable[[], Operand]) -> Operand:
    """Return x or y by a truth; what is not chosen for sure is not read."""
    if isinstance(truth, bool):
        return x() if truth else y()
    results = []
    for side in (x, y):
        try:
            results.append(side())
        except Unsaid:
            results.append(RARE)
    if results[0] is RARE and results[1] is RARE:
        return RARE
    if not any(isinstance(x, Word) for x in results) and repr(results[0]) == repr(results[1]):
        return results[0]
    return Word("?", (truth, *results))
