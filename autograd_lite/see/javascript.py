"""javascript: rows of the table as JavaScript, so that a page can compute again what was recorded.

Texts of rows are translated word by word; what JavaScript's Math lacks is in `functions.js`. Only what is
asked for is written. Relies on `primitives`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from autograd_lite.primitives import DECLARED, TABLE, Primitive

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.USub: "-", ast.UAdd: "+", ast.Not: "!",
    ast.And: "&&", ast.Or: "||", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==",
    ast.NotEq: "!=",
}  # fmt: skip
_CALLS: dict[type[ast.AST], str] = {ast.FloorDiv: "floordiv", ast.Mod: "mod", ast.Pow: "pow"}
_NATIVE = {
    "fabs": "Math.abs",
    **{
        name: f"Math.{name}"
        for name in (
            "exp", "expm1", "log", "log1p", "log2", "log10", "sqrt", "cbrt", "sin", "cos", "tan", "asin",
            "acos", "atan", "atan2", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "hypot",
        )
    },
}  # fmt: skip


def javascript(rows: Iterable[Primitive]) -> str | None:
    """Return a script that defines OPS; None if a row is an ordinary Python function that no page can run.

    OPS has for each row by name v, its value, and d, its partials, functions of the operands and the result.
    The operands of a row of sequences are arrays, and so are its partials.
    """
    writer = _Writer()
    entries = []
    try:
        for row in rows:
            value = writer.called(row.name)
            operands = ",".join(map(_variable, (*row.operands, "z")))
            partials = [f"({operands})=>{writer.expression(row.guarded(text))}" for text in row.partial_texts]
            entries.append(f"{row.name}:{{v:{value},d:[{','.join(partials)}]}}")
    except LookupError:
        return None
    functions = "".join(f"const {name} = {source};\n" for name, source in writer.functions.items())
    return f"{functions}const OPS={{{','.join(entries)}}};"


def minified(source: str) -> str:
    """Return a script or style sheet without indentation and lines that are comments."""
    lines = [line.strip() for line in source.splitlines()]
    return "\n".join(line for line in lines if line and not line.startswith("//"))


@cache
def _library() -> dict[str, str]:
    """Return the functions of `functions.js` by name."""
    source = Path(__file__).with_name("functions.js").read_text(encoding="utf-8")
    _, *parts = re.split(r"^const (\w+) = ", source, flags=re.MULTILINE)
    return {name: minified(text).rstrip(";") for name, text in zip(parts[::2], parts[1::2], strict=True)}


def _variable(name: str) -> str:
    """Return an operand's name as no word of JavaScript."""
    return f"${name}"


class _Writer:
    """Writes expressions, and collects the functions that they call."""

    def __init__(self) -> None:
        self.functions: dict[str, str] = {}

    def called(self, name: str) -> str:
        """Return what a function or row is called in the script, and make sure that it is there."""
        if name in _NATIVE:
            return _NATIVE[name]
        if name in _library():
            if name not in self.functions:
                self.functions[name] = source = _library()[name]
                for word in re.findall(r"\b[a-z_0-9]+(?=\()", source):
                    if word in _library():
                        self.called(word)
            return name
        row = TABLE.get(name) or DECLARED.get(name)
        if row is None or not row.value_text:
            raise LookupError(f"{name} is a Python function")
        own = f"{name}_"
        if own not in self.functions:
            self.functions[own] = ""  # so that a row that calls itself ends
            self.functions[own] = (
                f"({','.join(map(_variable, row.operands))})=>{self.expression(row.value_text)}"
            )
        return own

    def expression(self, text: str) -> str:
        """Return a text of a row; an empty one stands for a Python function, which is a LookupError."""
        if not text:
            raise LookupError("a partial is a Python function")
        return self._written(ast.parse(text, mode="eval").body)

    def _written(self, node: ast.expr) -> str:
        match node:
            case ast.Constant():
                return repr(node.value)
            case ast.Name():
                return _variable(node.id)
            case ast.UnaryOp():
                return f"({_OPERATORS[type(node.op)]}{self._written(node.operand)})"
            case ast.BinOp() if type(node.op) in _CALLS:
                called = self.called(_CALLS[type(node.op)])
                return f"{called}({self._written(node.left)},{self._written(node.right)})"
            case ast.BinOp():
                return f"({self._written(node.left)}{_OPERATORS[type(node.op)]}{self._written(node.right)})"
            case ast.BoolOp():
                return f"({_OPERATORS[type(node.op)].join(map(self._written, node.values))})"
            case ast.Compare():
                sides = [self._written(side) for side in (node.left, *node.comparators)]
                pairs = zip(sides, node.ops, sides[1:], strict=False)
                return f"({'&&'.join(f'{x}{_OPERATORS[type(op)]}{y}' for x, op, y in pairs)})"
            case ast.IfExp():
                test, then, other = map(self._written, (node.test, node.body, node.orelse))
                return f"({test}?{then}:{other})"
            case ast.Call(func=ast.Name(id=name)):
                return f"{self.called(name)}({','.join(map(self._written, node.args))})"
        raise LookupError(f"{ast.unparse(node)} is no expression of the table")
