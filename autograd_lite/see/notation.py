"""Notation: the texts of the table with names or numbers in the place of operands.

Gives `printed`, which writes an expression of Python in the words of a person, and `resolved`, which puts
operands into a row's text and follows its branches: where the text is "a if c else b", the numbers decide,
and a row that only stands in partials, such as pow_x, is written out. Relies on `primitives`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite import ieee
from autograd_lite.primitives import TABLE, Primitive

BINARY: dict[type[ast.operator], tuple[str, int]] = {
    ast.Add: ("+", 1), ast.Sub: ("-", 1), ast.Mult: ("*", 2), ast.Div: ("/", 2), ast.FloorDiv: ("//", 2),
    ast.Mod: ("%", 2), ast.Pow: ("**", 4),
}  # fmt: skip
ATOM = 9  # binds tighter than every operator


def resolved(row: Primitive, text: str, operands: Sequence[ast.expr], numbers: Sequence[float]) -> ast.expr:
    """Return a text of a row with its operands, and z after them, replaced by expressions.

    numbers  those of the operands and z, by which the branches of the text are chosen
    """
    names = (*row.operands, "z")
    resolver = _Resolver(dict(zip(names, operands, strict=True)), dict(zip(names, numbers, strict=True)))
    found: ast.expr = resolver.visit(ast.parse(text, mode="eval").body)
    return found


class _Resolver(ast.NodeTransformer):
    def __init__(self, operands: dict[str, ast.expr], numbers: dict[str, float]) -> None:
        self.operands = operands
        self.numbers = numbers

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self.operands.get(node.id, node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        branch: ast.expr = self.visit(node.body if self._number(node.test) else node.orelse)
        return branch

    def visit_Call(self, node: ast.Call) -> ast.expr:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        row = TABLE.get(name)
        if row is not None and not row.public and row.value_text:
            numbers = [self._number(argument) for argument in node.args]  # before visiting changes them
            arguments = [self.visit(argument) for argument in node.args]
            z = ast.Call(node.func, arguments, [])
            return resolved(row, row.value_text, [*arguments, z], [*numbers, row.value(*numbers)])
        return ast.Call(node.func, [self.visit(argument) for argument in node.args], [])

    def _number(self, expression: ast.expr) -> float:
        source = ieee.quiet_source(ast.unparse(expression))
        functions = {name: row.value for name, row in TABLE.items() if not row.sequences}
        found: float = eval(source, {"__builtins__": {}, **functions, **ieee.FUNCTIONS}, dict(self.numbers))
        return found


def partial(
    row: Primitive, side: int, operands: Sequence[ast.expr], numbers: Sequence[float]
) -> ast.expr | None:
    """Return the partial of a row by one operand as an expression; None where it is an ordinary function."""
    text = row.partial_texts[side]
    return _simplified(resolved(row, text, operands, numbers)) if text else None


def deciding(row: Primitive, text: str) -> set[str]:
    """Return the operands of a row, z among them, whose numbers decide between branches of a text."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text, mode="eval")):
        if isinstance(node, ast.IfExp):
            found |= _names(node.test)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            inner = TABLE.get(node.func.id)
            if inner is not None and not inner.public and inner is not row and inner.value_text:
                deciders = deciding(inner, inner.value_text)
                for operand, argument in zip(inner.operands, node.args, strict=True):
                    if operand in deciders:
                        found |= _names(argument)
    return found & {*row.operands, "z"}


def _names(expression: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}


def _simplified(node: ast.expr) -> ast.expr:
    """Return an expression without sums and products of constants, and without factors of 1."""
    if isinstance(node, ast.Call):
        arguments = [_simplified(argument) for argument in node.args]
        if isinstance(node.func, ast.Name) and node.func.id == "pow" and _is(arguments[1], 1):
            return arguments[0]
        return ast.Call(node.func, arguments, [])
    if isinstance(node, ast.UnaryOp):
        operand = _simplified(node.operand)
        if isinstance(operand, ast.Constant) and isinstance(operand.value, int | float):
            return ast.Constant(-operand.value)
        return ast.UnaryOp(node.op, operand)
    if isinstance(node, ast.BinOp):
        left, right = _simplified(node.left), _simplified(node.right)
        if isinstance(left, ast.Constant) and isinstance(right, ast.Constant) and type(node.op) in _FOLDED:
            return ast.Constant(_FOLDED[type(node.op)](left.value, right.value))
        if isinstance(node.op, ast.Mult) and (_is(left, 1) or _is(right, 1)):
            return right if _is(left, 1) else left
        return ast.BinOp(left, node.op, right)
    return node


_FOLDED: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
}  # fmt: skip


def _is(node: ast.expr, number: float) -> bool:
    return isinstance(node, ast.Constant) and node.value == number


def printed(expression: ast.expr) -> str:
    """Return an expression as a person writes it: `a * b`, `x**2`, with as few brackets as it needs."""
    return _printed(expression)[0]


def _printed(node: ast.expr) -> tuple[str, int]:
    """Return the text of an expression and how tightly it binds."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return number(node.value), ATOM if node.value >= 0 else 0
    if isinstance(node, ast.Name):
        return node.id, ATOM
    if isinstance(node, ast.UnaryOp):
        text, binding = _printed(node.operand)
        return "-" + (text if binding >= 2 and not text.startswith("-") else f"({text})"), 3
    if isinstance(node, ast.BinOp):
        symbol, binding = BINARY[type(node.op)]
        left, right = _bracketed(node.left, binding), _bracketed(node.right, binding + 1)
        return f"{left} {symbol} {right}" if binding < 4 else f"{left}{symbol}{right}", binding
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        arguments = [_printed(argument)[0] for argument in node.args]
        if node.func.id == "pow":
            return f"{_bracketed(node.args[0], 5)}**{_bracketed(node.args[1], 4)}", 4
        if node.func.id in ("fabs", "abs"):
            return f"|{arguments[0]}|", ATOM
        return f"{node.func.id}({', '.join(arguments)})", ATOM
    return ast.unparse(node), 0


def _bracketed(node: ast.expr, binding: int) -> str:
    text, own = _printed(node)
    return text if own >= binding else f"({text})"


def number(x: float) -> str:
    """Return a number with as many of its digits as one can read: six, fewer where they are zeros."""
    if isinstance(x, int) or (x == x and abs(x) < 1e6 and x == int(x)):
        return str(int(x)) if x or not str(x).startswith("-") else "-0"
    return f"{x:.6g}"
