"""Expressions of Python as expressions of C.

Gives `Reader`, of which the names are those of one function; `transcribe` reads its statements. Relies on
`terms`, `rows`, `ieee` and `digits`.
"""

from __future__ import annotations

import ast
import builtins
import math
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from autograd_lite import digits, ieee
from autograd_lite.compiler import rows
from autograd_lite.compiler.assembly import LIBM
from autograd_lite.compiler.terms import (
    NUMBERS,
    Term,
    Unsaid,
    bare,
    compared,
    converted,
    joined,
    number,
    passed,
    wide_literal,
)
from autograd_lite.primitives import DECLARED, TABLE

_ARITHMETIC: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "add"), ast.Sub: ("-", "sub"), ast.Mult: ("*", "mul"), ast.Div: ("/", "div"),
}  # fmt: skip
# Functions of doubles, by their names in C.
NAMED: dict[Any, str] = {
    **{function: LIBM.get(name, name) for name, function in ieee.PLAIN.items()},
    ieee.power: "pow", math.floor: "floor", abs: "fabs", min: "lesser", max: "greater",
    digits.product_error: "product_error", TABLE["fma"].value: "fma",
    TABLE["round"].value: "rounded", TABLE["ldexp"].value: "scaled",
}  # fmt: skip


class Reader:
    """Reads the expressions of one function.

    names    what its names stand for: arguments, variables, and what is known
    globals  where other names are found; empty for the text of a row, whose names are the table's
    """

    def __init__(self, names: dict[str, Term], globals: dict[str, Any]) -> None:
        self.names = names
        self.globals = globals

    def called(self, function: Any, given: Sequence[Term]) -> Term:
        """Return the call of a function, a lambda or a row; raises Unsaid if it has no C."""
        raise NotImplementedError

    def named(self, name: str) -> Term:
        """Return what a name stands for."""
        if name in self.names:
            return self.names[name]
        if not self.globals:  # the text of a row
            row = TABLE.get(name) or DECLARED.get(name)
            return Term("known", name if name in ieee.PLAIN or row is None else row)
        return number(self.globals.get(name, vars(builtins).get(name)))

    def truth(self, node: ast.expr) -> Term:
        """Return an expression as a truth: a number is true if it is not 0."""
        value = self.expression(node)
        if value.kind in ("known", "int"):
            return value
        return Term("int", f"({value.code} != 0)")

    def expression(self, node: ast.expr) -> Term:
        """Return an expression of Python in C."""
        if isinstance(node, ast.Constant):
            return number(node.value)
        if isinstance(node, ast.Name):
            return self.named(node.id)
        if isinstance(node, ast.Attribute):
            return number(getattr(self.expression(node.value).code, node.attr))
        if isinstance(node, ast.BinOp):
            return self.arithmetic(node.op, self.expression(node.left), self.expression(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            x = self.expression(node.operand)
            return Term(x.kind, f"wide_neg({x.code})" if x.kind == "wide" else f"(-{x.code})")
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            truth = self.truth(node.operand)
            return Term(truth.kind, not truth.code if truth.kind == "known" else f"!{truth.code}")
        if isinstance(node, ast.Compare):
            terms = [self.expression(x) for x in (node.left, *node.comparators)]
            pairs = zip(node.ops, terms, terms[1:], strict=False)
            return Term("int", _all("&&", [compared(op, x, y) for op, x, y in pairs]))
        if isinstance(node, ast.BoolOp):
            word = "&&" if isinstance(node.op, ast.And) else "||"
            return Term("int", _all(word, [self.truth(x).code for x in node.values]))
        if isinstance(node, ast.IfExp):
            return self._choice(node)
        if isinstance(node, ast.Tuple):
            items = [self.expression(x) for x in node.elts]
            kind = joined(items[0].kind, items[1].kind)
            first, second = [bare(converted(x, kind)) for x in items]
            return Term(f"pair {kind}", f"(pair_{kind}){{{first}, {second}}}")
        if isinstance(node, ast.Subscript):
            return self._item(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise Unsaid

    def _choice(self, node: ast.IfExp) -> Term:
        test = self.truth(node.test)
        if test.kind == "known":
            return self.expression(node.body if test.code else node.orelse)
        x, y = self.expression(node.body), self.expression(node.orelse)
        kind = joined(x.kind, y.kind)
        return Term(kind, f"({test.code} ? {converted(x, kind)} : {converted(y, kind)})")

    def _item(self, node: ast.Subscript) -> Term:
        items, index = self.expression(node.value), self.expression(node.slice).code
        kind, _, each = items.kind.partition(" ")
        if kind == "pair":
            return Term(each, f"{items.code}.{'second' if index == '1' else 'first'}")
        if kind != "list":
            raise Unsaid
        return Term(each, f"{items.code}[{bare(index)}]")

    def arithmetic(self, op: ast.AST, x: Term, y: Term) -> Term:
        """Return x + y, x / y and the like."""
        kinds = {x.kind, y.kind}
        if not kinds <= {*NUMBERS}:
            raise Unsaid
        # A wide beside a double is a whole number, which Python makes a float then.
        kind = "double" if "double" in kinds else "wide" if "wide" in kinds else "long"
        if isinstance(op, ast.Pow):
            if kind == "wide":
                return Term(kind, f"wide_power({x.code}, {y.code})")
            return Term("double", f"pow({converted(x, 'double')}, {converted(y, 'double')})")
        if isinstance(op, ast.Mod | ast.FloorDiv):
            if kind == "long":  # of numbers that are not negative
                return Term(kind, f"({x.code} {'%' if isinstance(op, ast.Mod) else '/'} {y.code})")
            given = [Term("double", converted(term, "double")) for term in (x, y)]
            function = rows.python_mod if isinstance(op, ast.Mod) else rows.python_floordiv
            return self._of_function(function, given)
        if type(op) not in _ARITHMETIC:
            raise Unsaid
        sign, name = _ARITHMETIC[type(op)]
        if sign == "/" and kind == "long":
            kind = "double"
        a, b = converted(x, kind), converted(y, kind)
        return Term(kind, f"wide_{name}({bare(a)}, {bare(b)})" if kind == "wide" else f"({a} {sign} {b})")

    # Calls

    def _call(self, node: ast.Call) -> Term:
        if isinstance(node.func, ast.Attribute):
            owner = self.expression(node.func.value)
            if owner.kind in NUMBERS:  # a method of Decimals
                name = node.func.attr
                libm = {"ln": "log"}.get(name, name)
                return Term(owner.kind, f"{f'wide_{name}' if owner.kind == 'wide' else libm}({owner.code})")
        function = self.expression(node.func).code
        if function is digits.decimally:
            return self._decimally(node.args)
        given = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                given += [number(x) for x in self.expression(argument.value).code]
            elif isinstance(argument, ast.Tuple):
                items = ", ".join(converted(self.expression(x), "double") for x in argument.elts)
                given.append(Term("doubles", f"(const double[]){{{items}}}, {len(argument.elts)}"))
            else:
                given.append(self.expression(argument))
        if node.keywords:
            raise Unsaid
        return self._of_function(function, given)

    def _of_function(self, function: Any, given: list[Term]) -> Term:
        first = given[0]
        if function is type:
            return Term("known", Decimal if first.kind == "wide" else float)
        if function is isinstance:
            return Term("known", first.kind == "double")
        if function is Decimal:
            text = wide_literal(first.code) if first.kind == "known" else None
            return Term("wide", f"(wide){text}" if text else converted(first, "wide"))
        if function is float:
            return (
                number(float(first.code))
                if first.kind == "known"
                else Term("double", converted(first, "double"))
            )
        if function is int:
            return Term("long", f"(long){first.code}")
        if function is math.factorial:
            return Term("wide", f"wide_factorial({bare(first.code)})")
        if function is math.fsum:
            return Term("double", f"exact_sum({first.code}, {first.code}_count)")
        if function is max and first.kind == "doubles":
            return Term("double", f"greatest({passed(first)})")
        if function is abs and first.kind == "wide":
            return Term("wide", f"wide_abs({first.code})")
        if function in (math.isfinite, math.isinf):
            return Term("int", f"({function.__name__}({bare(converted(first, 'double'))}) != 0)")
        if function is ieee.div:
            return self.arithmetic(ast.Div(), *given)
        name = function if isinstance(function, str) else NAMED.get(function)
        if name:
            return Term("double", f"{name}({', '.join(bare(converted(x, 'double')) for x in given)})")
        return self.called(function, given)

    def _decimally(self, arguments: Sequence[ast.expr]) -> Term:
        """Return the call of a formula with Decimals."""
        formula, *others = arguments
        given = []
        for argument in others:
            if isinstance(argument, ast.Starred):
                given.append(Term("wides", passed(self.expression(argument.value))))
            else:
                given.append(Term("wide", converted(self.expression(argument), "wide")))
        function = formula if isinstance(formula, ast.Lambda) else self.expression(formula).code
        return Term("double", converted(self.called(function, given), "double"))


def _all(word: str, truths: Sequence[str]) -> str:
    return truths[0] if len(truths) == 1 else f"({f' {word} '.join(truths)})"
