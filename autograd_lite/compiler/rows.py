"""A row of the table, read as words.

Gives `value_of`, the value of a row. A row is its text, or the function of `special` that computes the same
to the last bits: either is read as Python, and an `if` becomes a choice between two results. `definition` is
a function's tree; `python_mod` and `python_floordiv` say what C says otherwise. Relies on `words`,
`primitives`, `ieee`, `special`, `normal`, `gammas` and `digits`.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import math
import textwrap
from collections.abc import Callable, Sequence
from math import copysign, floor, fmod
from typing import Any

from autograd_lite import digits, gammas, ieee, normal, special
from autograd_lite.compiler.words import (
    BINARY,
    RARE,
    TRUTHS,
    Operand,
    Unsaid,
    Word,
    apply,
    both,
    choose,
    either,
    opposite,
    split,
)
from autograd_lite.primitives import DECLARED, TABLE, Primitive

# The modules whose functions may be read.
FORMULAS = (*(module.__name__ for module in (digits, special, normal, gammas)), __name__)


def value_of(row: Primitive, constants: tuple[float | None, ...]) -> tuple[Any, Any]:
    """Return the value of a row as words, and the truth of where it is rare, False for nowhere.

    constants  for each operand its number if it is one, else None. Rows of sequences are not said here.
    """
    # Both zeros are equal, and would have one place in the cache.
    return _value_of(row, tuple([repr(x) if x == 0 else x for x in constants]))


@functools.cache
def _value_of(row: Primitive, constants: tuple[Any, ...]) -> tuple[Any, Any]:
    given = [Word("operand", (i,)) if x is None else float(x) for i, x in enumerate(constants)]
    return split(_row(row, given))


def _row(row: Primitive, operands: Sequence[Operand]) -> Operand:
    try:
        if row.precise:
            return _called(row.precise, operands)
        names = dict(zip(row.operands, operands, strict=True))
        return _Reader(names, {}).expression(ast.parse(row.value_text, mode="eval").body)
    except Unsaid:
        return RARE


class _Reader:
    """Reads Python as words.

    names    what local names stand for: words, floats, tuples of floats
    globals  where other names are found; empty for the text of a row, whose names are the table's
    """

    def __init__(self, names: dict[str, Any], globals: dict[str, Any]) -> None:
        self.names = names
        self.globals = globals

    def body(self, statements: Sequence[ast.stmt]) -> Operand:
        """Return what the statements of a function return."""
        for index, statement in enumerate(statements):
            rest = statements[index + 1 :]
            if isinstance(statement, ast.Return) and statement.value:
                return self.expression(statement.value)
            if isinstance(statement, ast.If):
                sides = [_Reader(dict(self.names), self.globals) for _ in range(2)]
                return choose(
                    self.truth(statement.test),
                    lambda: sides[0].body([*statement.body, *rest]),  # noqa: B023  called at once
                    lambda: sides[1].body([*statement.orelse, *rest]),  # noqa: B023
                )
            if isinstance(statement, ast.Try):
                return self.body([*statement.body, *rest])  # words raise nothing
            if isinstance(statement, ast.For):
                self._unrolled(statement)
            elif isinstance(statement, ast.Assign):
                value = self.expression(statement.value)
                for target in statement.targets:
                    self._assign(target, value)
            elif isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
                name = statement.target.id
                self.names[name] = self._binary(
                    statement.op, self.names[name], self.expression(statement.value)
                )
            elif not isinstance(statement, ast.Expr | ast.Pass):  # a docstring
                raise Unsaid
        raise Unsaid

    def _unrolled(self, loop: ast.For) -> None:
        """Read a loop over coefficients as many times as there are; another would be long, and is rare."""
        items = self.expression(loop.iter)
        if type(items) is not tuple:
            raise Unsaid
        for item in items:
            self._assign(loop.target, item)
            for statement in loop.body:
                if not isinstance(statement, ast.Assign):
                    raise Unsaid
                self._assign(statement.targets[0], self.expression(statement.value))

    def _assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Tuple) and type(value) is tuple:
            for part, item in zip(target.elts, value, strict=True):
                self._assign(part, item)
        elif isinstance(target, ast.Name):
            self.names[target.id] = value
        else:
            raise Unsaid

    def truth(self, node: ast.expr) -> Any:
        """Return a condition: a Word that is a truth, or a bool. A number is true if it is not 0."""
        if isinstance(node, ast.BoolOp):
            join = both if isinstance(node.op, ast.And) else either
            return functools.reduce(join, map(self.truth, node.values))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            return opposite(self.truth(node.operand))
        value = self.expression(node)
        if isinstance(value, bool) or (isinstance(value, Word) and value.name in TRUTHS):
            return value
        return apply("!=", value, 0.0)

    def expression(self, node: ast.expr) -> Any:
        """Return an expression as a word, a float, or a tuple of these."""
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute):
            return self._constant(getattr(self.expression(node.value), node.attr))
        if isinstance(node, ast.BinOp):
            return self._binary(node.op, self.expression(node.left), self.expression(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return apply("neg", self.expression(node.operand))
        if isinstance(node, ast.Compare):
            terms = list(map(self.expression, (node.left, *node.comparators)))
            pairs = zip(node.ops, terms, terms[1:], strict=False)
            return functools.reduce(both, [self._binary(op, x, y) for op, x, y in pairs])
        if isinstance(node, ast.BoolOp) or (isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)):
            return self.truth(node)
        if isinstance(node, ast.IfExp):
            return choose(
                self.truth(node.test),
                lambda: self.expression(node.body),
                lambda: self.expression(node.orelse),
            )
        if isinstance(node, ast.Tuple):
            return tuple(map(self.expression, node.elts))
        if isinstance(node, ast.Call) and not node.keywords:
            return self._call(node)
        return self._unsaid()

    def _unsaid(self) -> Any:
        raise Unsaid

    def _name(self, name: str) -> Any:
        if name in self.names:
            return self.names[name]
        if self.globals:
            return self._constant(self.globals.get(name, vars(builtins).get(name)))
        return name

    def _constant(self, x: Any) -> Any:
        return float(x) if type(x) is int else x

    def _binary(self, op: ast.AST, x: Any, y: Any) -> Operand:
        if isinstance(op, ast.Mod | ast.FloorDiv):
            return _called(python_mod if isinstance(op, ast.Mod) else python_floordiv, (x, y))
        if type(op) not in BINARY or tuple in (type(x), type(y)):
            raise Unsaid
        return apply(BINARY[type(op)][0], x, y)

    def _call(self, node: ast.Call) -> Any:
        operands: list[Any] = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                operands += self.expression(argument.value)
            else:
                operands.append(self.expression(argument))
        function = self.expression(node.func)
        if isinstance(function, str):  # a name in the text of a row
            if function in ieee.PLAIN:
                return apply(function, *operands)
            return _row(TABLE.get(function) or DECLARED[function], operands)
        return _called(function, operands)


def _called(function: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """Return a function of operands as a word: one of libm by its name, another by what it does."""
    if function in _SAID:
        return _SAID[function](*operands)
    if getattr(function, "__module__", None) not in (*FORMULAS, ieee.__name__):
        raise Unsaid
    try:
        found = definition(function)
    except OSError:  # installed without its source
        raise Unsaid from None
    parameters = [parameter.arg for parameter in found.args.args]
    given = [*operands, *(function.__defaults__ or ())[len(operands) - len(parameters) :]]
    names = dict(zip(parameters, given[: len(parameters)], strict=True))
    return _Reader(names, function.__globals__).body(found.body)


@functools.cache
def definition(function: Callable[..., Any]) -> ast.FunctionDef:
    """Return a function as Python's grammar has it; raises OSError if its source is not installed."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function))).body[0]
    assert isinstance(tree, ast.FunctionDef)
    return tree


def _finite(x: Operand) -> Any:
    return apply("<", apply("fabs", x), math.inf)


def _ordinary(x: Operand) -> Any:
    size = apply("fabs", x)
    return both(apply(">", size, 1e-290), apply("<", size, 1e290))


_SAID: dict[Any, Callable[..., Any]] = {
    **{function: functools.partial(apply, name) for name, function in ieee.PLAIN.items()},
    ieee.power: functools.partial(apply, "pow"),
    floor: functools.partial(apply, "floor"),
    abs: functools.partial(apply, "fabs"),
    float: lambda x: x,
    range: lambda *ends: tuple(map(float, range(*map(int, ends)))),
    reversed: lambda items: tuple(reversed(items)),
    ieee.div: functools.partial(apply, "/"),
    math.isfinite: _finite,
    math.isinf: lambda x: apply("==", apply("fabs", x), math.inf),
    digits.is_ordinary: _ordinary,
    TABLE["fma"].value: functools.partial(apply, "fma"),
    TABLE["round"].value: lambda x, n: apply("rint", x) if n == 0 else RARE,
    digits.product_error: lambda x, y, product: apply("fma", x, y, apply("neg", product)),
}  # fmt: skip


# Python's remainder and quotient, in C's words.


def python_mod(x: float, y: float) -> float:
    rest = fmod(x, y)
    if rest == 0:
        return copysign(0.0, y)
    return rest + y if rest < 0 < y or y < 0 < rest else rest


def python_floordiv(x: float, y: float) -> float:
    if y == 0:
        return ieee.div(x, y)
    rest = fmod(x, y)
    quotient = (x - rest) / y
    if rest < 0 < y or y < 0 < rest:
        quotient = quotient - 1
    whole = floor(quotient)
    if quotient == 0:
        return copysign(0.0, x / y)
    return whole + 1 if quotient - whole > 0.5 else whole
