"""Expressions of C, each with its kind.

Gives `Term`, an expression, and what makes terms of numbers, converts, joins and compares them.
"""

from __future__ import annotations

import ast
import math
from decimal import Decimal
from typing import Any, NamedTuple

CAPACITY = 180  # of a list in C: orders of derivatives go to 170


class Term(NamedTuple):
    """An expression.

    kind  "int", a truth; "long"; "double"; "wide", a Decimal or a whole number that no long may hold; a pair
          of two, as "pair wide"; a list of any number, as "list double"; "doubles", an array, or "wides" if
          its numbers are read as Decimals; "known" for any object of Python
    code  its text in C; what is known itself
    """

    kind: str
    code: Any


class Unsaid(Exception):
    """A piece of Python that has no C."""


NUMBERS = ("int", "long", "double", "wide")
_COMPARED: dict[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip


def literal(x: float) -> str:
    """Return a float as C writes it, to the last bit."""
    if math.isinf(x):
        return "INFINITY" if x > 0 else "(-INFINITY)"
    return "NAN" if x != x else repr(x) if math.copysign(1, x) > 0 else f"({x!r})"


def wide_literal(text: str, limbs: int = 10) -> str:
    """Return the initialiser of a positive wide, from its decimal digits.

    >>> wide_literal("0.5", 2)
    '{1, -1, {2147483648u, 0u}}'
    """
    numerator, denominator = Decimal(text).as_integer_ratio()
    exponent = (numerator.bit_length() - denominator.bit_length()) // 32 + 1
    digits: list[int] = []
    while not digits or digits[0] == 0:  # the first guess may be too great by one
        # 64 limbs more, so that no shift is negative.
        whole = (numerator << 32 * (limbs - 1 - exponent + 64)) // denominator >> 32 * 64
        digits = [whole >> 32 * k & 0xFFFFFFFF for k in reversed(range(limbs))]
        exponent -= 1
    return f"{{1, {exponent + 1}, {{{', '.join(f'{digit}u' for digit in digits)}}}}}"


def number(x: Any) -> Term:
    """Return an object of Python as a term: numbers as C writes them, others as what is known."""
    if type(x) is int:
        return Term("long", str(x) if x >= 0 else f"({x})")
    return Term("double", literal(x)) if type(x) is float else Term("known", x)


def converted(x: Term, kind: str) -> str:
    """Return the text of a number as one of another kind."""
    if x.kind == kind or (kind == "long" and x.kind == "int"):
        return str(x.code)
    if x.kind not in NUMBERS:
        raise Unsaid
    if kind == "double":
        if x.kind == "wide":
            return f"wide_double({x.code})"
        return f"{x.code}.0" if x.code.isdigit() else f"(double){x.code}"
    if kind == "wide":
        return f"wide_of({bare(converted(x, 'double'))})"
    raise Unsaid


def joined(a: str, b: str) -> str:
    """Return the kind of which both are, or into which they are made."""
    if "pair" in a or "pair" in b:
        return max((a, b), key=lambda kind: ("pair" in kind, "wide" in kind))
    if not {a, b} <= {*NUMBERS}:
        raise Unsaid
    return max(a, b, key=NUMBERS.index)


def compared(op: ast.AST, x: Term, y: Term) -> str:
    if type(op) not in _COMPARED or not {x.kind, y.kind} <= {*NUMBERS}:
        raise Unsaid
    sign, kind = _COMPARED[type(op)], joined(x.kind, y.kind)
    if kind == "wide":
        return f"(wide_compare({converted(x, kind)}, {converted(y, kind)}) {sign} 0)"
    return f"({converted(x, kind)} {sign} {converted(y, kind)})"


def passed(x: Term) -> str:
    return f"{x.code}, {x.code}_count" if x.kind == "doubles" and x.code.isidentifier() else str(x.code)


def parameter(kind: str, name: str) -> str:
    return f"const double *{name}, int {name}_count" if kind in ("doubles", "wides") else f"{kind} {name}"


def declared(kind: str, name: str) -> str:
    if kind.startswith("list "):
        return f"{kind.removeprefix('list ')} {name}[{CAPACITY}]"
    return f"{'int' if kind == 'truth' else kind} {name}"


def bare(text: str) -> str:
    """Return an expression without brackets around all of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]
