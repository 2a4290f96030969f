"""read: an expression in text, and numbers for its names, as a graph, without evaluating it as Python.

The text is parsed, and only numbers, names, operators, lists and functions of the table are followed: no
attributes, no other calls. Relies on `functions`.
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from typing import Any

from autograd_lite import functions
from autograd_lite.engine import Value

CONSTANTS = {"pi": 3.141592653589793, "e": 2.718281828459045, "inf": float("inf"), "nan": float("nan")}
LONGEST, DEEPEST = 10_000, 100

_OPERATORS: dict[type[ast.AST], Callable[..., Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: functions.div,
    ast.FloorDiv: functions.floordiv, ast.Mod: functions.mod, ast.Pow: functions.pow,
    ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip


def read(text: str, numbers: Mapping[str, float]) -> Value:
    """Return the root of an expression such as "tanh(w*x + b)" whose names have the given numbers.

    Each name is one leaf with its label. pi, e, inf and nan are known. Raises ValueError, saying where, for
    anything but numbers, names, operators, lists and functions of the table; for a name without a number, and
    a number without a name.

    >>> read("tanh(w * x)", {"w": 2.0, "x": 0.0}).op.name
    'tanh'
    """
    if len(text) > LONGEST:
        raise ValueError(f"the expression has {len(text)} characters, and {LONGEST} is the most")
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth > DEEPEST:
            raise ValueError(f"the expression has brackets more than {DEEPEST} deep")
    try:
        expression = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        what = getattr(error, "msg", None) or "it is nested too deep"
        raise ValueError(f"{text!r} is no expression: {what}") from None
    leaves = {name: Value(number, label=name) for name, number in numbers.items()}
    used: set[str] = set()
    root = _read(expression, leaves, used, 0)
    unused = sorted(set(numbers) - used)
    if unused:
        raise ValueError(f"{', '.join(unused)} has a number but does not occur in the expression")
    if isinstance(root, list):
        raise ValueError("the expression is a list; it must be one number")
    return root if isinstance(root, Value) else Value(root)


def _read(node: ast.expr, leaves: Mapping[str, Value], used: set[str], depth: int) -> Any:
    if depth > 3 * DEEPEST:
        raise ValueError("the expression is nested too deep")
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        try:
            return float(node.value)
        except OverflowError:
            raise ValueError("a number in the expression is greater than a float can be") from None
    if isinstance(node, ast.Name):
        if node.id in leaves:
            used.add(node.id)
            return leaves[node.id]
        if node.id in CONSTANTS:
            return CONSTANTS[node.id]
        raise ValueError(f"{node.id} has no number: add {node.id}=NUMBER")
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        left, right = _read(node.left, leaves, used, depth + 1), _read(node.right, leaves, used, depth + 1)
        return _applied(_OPERATORS[type(node.op)], node, left, right)
    if isinstance(node, ast.UnaryOp) and type(node.op) in _OPERATORS:
        return _applied(_OPERATORS[type(node.op)], node, _read(node.operand, leaves, used, depth + 1))
    if isinstance(node, ast.List | ast.Tuple):
        return [_read(item, leaves, used, depth + 1) for item in node.elts]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
        function = functions.FUNCTIONS.get(node.func.id)
        if function is None:
            known = ", ".join(sorted(functions.FUNCTIONS))
            raise ValueError(f"{node.func.id} is no function of the table, which has {known}")
        return _applied(function, node, *[_read(item, leaves, used, depth + 1) for item in node.args])
    raise ValueError(
        f"{ast.unparse(node)!r} is not allowed: only numbers, names, + - * / // % **, lists and functions of "
        "the table"
    )


def _applied(function: Callable[..., Any], node: ast.expr, *operands: Any) -> Any:
    try:
        result = function(*operands)
    except TypeError as error:
        raise ValueError(f"{ast.unparse(node)}: {error}") from None
    power = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow)
    if power and isinstance(result, float) and math.isinf(result) and all(map(_is_finite, operands)):
        raise ValueError(f"{ast.unparse(node)[:60]} is greater than a float can be")
    return result


def _is_finite(operand: object) -> bool:
    return isinstance(operand, float) and math.isfinite(operand)
