"""A row of the table in the words that every machine has: arithmetic, comparisons, choices, calls of libm.

Gives `Word`, a node of such an expression, and `value_of`, a row's value as one. A row is its text, or the
function of `special` that computes the same to the last bits: either is read as Python, and an `if` becomes
a choice between two results. What cannot be said so, a loop or an exact number, becomes `RARE`: there a back
end calls the row's own function. Relies on `primitives`, `ieee` and `special`.
"""

from __future__ import annotations

import ast
import builtins
import functools
import inspect
import math
import operator
import textwrap
from collections.abc import Callable, Sequence
from math import copysign, floor, fmod
from typing import Any, NamedTuple

from autograd_lite import ieee, special
from autograd_lite.primitives import DECLARED, TABLE, Primitive

Operand = Any  # a Word, or a float that is a constant


class Word(NamedTuple):
    """An operation on operands, which are Words and floats.

    name  + - * / neg fma sqrt fabs ... of numbers; < <= > >= == != of numbers and & | ! of truths, which give
          a truth; ? chooses by a truth; a name of libm; "operand" has the index of an operand of the row
    """

    name: str
    operands: tuple[Any, ...]


RARE = Word("rare", ())

_BINARY: dict[type[ast.AST], tuple[str, Callable[..., Any]]] = {
    ast.Add: ("+", operator.add), ast.Sub: ("-", operator.sub), ast.Mult: ("*", operator.mul),
    ast.Div: ("/", ieee.div), ast.Pow: ("pow", ieee.power),
    ast.Lt: ("<", operator.lt), ast.LtE: ("<=", operator.le), ast.Gt: (">", operator.gt),
    ast.GtE: (">=", operator.ge), ast.Eq: ("==", operator.eq), ast.NotEq: ("!=", operator.ne),
}  # fmt: skip
TRUTHS = frozenset(("<", "<=", ">", ">=", "==", "!=", "&", "|", "!"))


class _Unsaid(Exception):
    """A piece of Python that has no words."""


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
    except _Unsaid:
        return RARE


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
    **dict(_BINARY.values()),
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
        except _Unsaid:
            results.append(RARE)
    if results[0] is RARE and results[1] is RARE:
        return RARE
    if not any(isinstance(x, Word) for x in results) and repr(results[0]) == repr(results[1]):
        return results[0]
    return Word("?", (truth, *results))


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
                raise _Unsaid
        raise _Unsaid

    def _unrolled(self, loop: ast.For) -> None:
        """Read a loop over coefficients as many times as there are; another would be long, and is rare."""
        items = self.expression(loop.iter)
        if type(items) is not tuple:
            raise _Unsaid
        for item in items:
            self._assign(loop.target, item)
            for statement in loop.body:
                if not isinstance(statement, ast.Assign):
                    raise _Unsaid
                self._assign(statement.targets[0], self.expression(statement.value))

    def _assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Tuple) and type(value) is tuple:
            for part, item in zip(target.elts, value, strict=True):
                self._assign(part, item)
        elif isinstance(target, ast.Name):
            self.names[target.id] = value
        else:
            raise _Unsaid

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
        raise _Unsaid

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
        if type(op) not in _BINARY or tuple in (type(x), type(y)):
            raise _Unsaid
        return apply(_BINARY[type(op)][0], x, y)

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
    if getattr(function, "__module__", None) not in (special.__name__, ieee.__name__, __name__):
        raise _Unsaid
    try:
        found = definition(function)
    except OSError:  # installed without its source
        raise _Unsaid from None
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
    special._is_ordinary: _ordinary,
    TABLE["fma"].value: functools.partial(apply, "fma"),
    TABLE["round"].value: lambda x, n: apply("rint", x) if n == 0 else RARE,
    special.product_error: lambda x, y, product: apply("fma", x, y, apply("neg", product)),
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
