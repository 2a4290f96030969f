"""From a row of the table to code that records a node and pulls a cotangent back through it.

Gives `function` (a row as a function of numbers and Values) and `operators` (a row as the two methods
behind an operator). What the hot path runs, the operators and the pulls of the reverse sweep, is printed
as Python source with the row's formula in place, because a call would cost more than the arithmetic.
Relies on `engine`, `context` and `primitives`; it and `graph` are all that knows a node's slots beside
`engine` itself.
"""

from __future__ import annotations

from functools import partial

from autograd_lite import context, engine, graph, ieee
from autograd_lite.engine import Value, number
from autograd_lite.primitives import Primitive, add, constant, mul, neg, sub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

_new = object.__new__
constant.pull = lambda node, cotangent: None  # it has no parents


class Operands:
    """A sequence of operands of a fused row, prepared once and used often.

    So are the inputs of a layer by each of its neurons, and the weights of a neuron by each sample. Their
    numbers are read again when a leaf has been written since.
    """

    __slots__ = ("items", "parents", "read", "recorded")

    def __init__(self, items: Iterable[Value | float]) -> None:
        self.items: tuple[Any, ...] = tuple(items)
        self.parents = tuple([item if type(item) is Value else None for item in self.items])
        self.recorded = Value in map(type, self.items)
        # The count of writes and the numbers then: one tuple, so that threads see both or neither.
        self.read: tuple[int, tuple[float, ...]] = (-1, ())

    def __iter__(self) -> Iterator[Value | float]:
        return iter(self.items)

    def __reduce__(self) -> tuple[Any, ...]:
        return Operands, (self.items,)  # the count of writes is another in another process

    def numbers(self, where: str) -> tuple[float, ...]:
        """Read the operands' numbers and return them; raises TypeError, naming `where`, if one has none."""
        writes = engine.writes  # before the numbers: what is written meanwhile shall be read again
        numbers = tuple([item._data if type(item) is Value else number(item, where) for item in self.items])
        self.read = (writes, numbers)
        return numbers


def function(row: Primitive) -> Callable[..., Any]:
    """Return a row as a function that records.

    The function takes numbers and Values; it returns a Value if one of them is, else a float.
    """
    name = row.name
    row.pull = partial(_first_pull, row)

    def node_of(p: Any, x: Any, q: Any, y: Any) -> Value:
        node = _new(Value)
        node._op = row
        node._grad = None
        node._x = p
        node._x_data = x
        node._y = q
        node._y_data = y
        node._data = row.value(x) if y is None else row.value(x, y)
        return context.annotate(node) if context.watched else node

    def unary(x: Value | float, /) -> Value | float:
        if type(x) is not Value:
            return row.value(number(x, name))
        # The node once more, in place: in the two busiest shapes a call would cost a tenth of the time.
        node = _new(Value)
        node._op = row
        node._grad = None
        node._x = x
        node._x_data = data = x._data
        node._y = node._y_data = None
        node._data = row.value(data)
        return context.annotate(node) if context.watched else node

    def binary(x: Value | float, y: Value | float, /) -> Value | float:
        if type(x) is Value:
            if type(y) is Value:
                return node_of(x, x._data, y, y._data)
            return node_of(x, x._data, None, number(y, name))
        if type(y) is Value:
            return node_of(None, number(x, name), y, y._data)
        return row.value(number(x, name), number(y, name))

    def operands(items: Iterable[Value | float]) -> Operands:
        if not hasattr(items, "__iter__"):
            raise TypeError(f"{name}: expected a sequence of numbers and Values, got {type(items).__name__}")
        return Operands(items)

    def sequence(xs: Iterable[Value | float], /) -> Value | float:
        p = operands(xs)
        x = p.numbers(name)
        return node_of(p.parents, x, (), None) if p.recorded else row.value(x)

    def sequences(xs: Iterable[Value | float], ys: Iterable[Value | float], /) -> Value | float:
        p = xs if isinstance(xs, Operands) else operands(xs)
        q = ys if isinstance(ys, Operands) else operands(ys)
        writes, x = p.read
        if writes != engine.writes:
            x = p.numbers(name)
        writes, y = q.read
        if writes != engine.writes:
            y = q.numbers(name)
        if not (p.recorded or q.recorded):
            return row.value(x, y)
        node = _new(Value)
        node._op = row
        node._grad = None
        node._x = p.parents
        node._x_data = x
        node._y = q.parents
        node._y_data = y
        node._data = row.value(x, y)
        return context.annotate(node) if context.watched else node

    shapes: tuple[Callable[..., Any], ...] = (unary, binary)
    if row.operands[0].endswith("s"):
        shapes = (sequence, sequences)
    shape = shapes[len(row.operands) - 1]
    shape.__name__ = shape.__qualname__ = name
    shape.__module__ = "autograd_lite"
    shape.__doc__ = f"Return {row.doc}."
    return shape


def operators(row: Primitive) -> tuple[Callable[[Value, Any], Any], Callable[[Value, Any], Any]]:
    """Return a row of two operands as an operator and its reflection, which takes a number on the left.

    Both return NotImplemented for what is no number, so that the other operand may know what to do.
    """
    x, y = row.operands
    operator, reflected = (
        _printed(
            row,
            f"""def {side}(self, other, /):
{start}
    node = new(Value)
    node._op = row
    node._grad = None
    node._x = {p}
    node._x_data = {x}
    node._y = {q}
    node._y_data = {y}
    try:
        node._data = {row.value_text}
    except RAISED:
        node._data = row.value({x}, {y})
    return context.annotate(node) if context.watched else node
""",
            row.value_text,
        )
        for side, start, p, q in (
            ("operator", _LEFT.format(x=x, y=y, name=row.name), "self", "other"),
            ("reflected", _RIGHT.format(x=x, y=y, name=row.name), "None", "self"),
        )
    )
    return operator, reflected


_LEFT = """    {x} = self._data
    if other.__class__ is Value:
        {y} = other._data
    elif other.__class__ is float:
        {y} = other
        other = None
    else:
        try:
            {y} = number(other, {name!r})
        except TypeError:
            return NotImplemented
        other = None"""

_RIGHT = """    try:
        {x} = number(other, {name!r})
    except TypeError:
        return NotImplemented
    {y} = self._data"""


def _first_pull(row: Primitive, node: Value, cotangent: float) -> None:
    """Stand in for a row's pull until its first use prints it."""
    row.pull = _printed(row, _pull_source(row), *map(row.guarded, row.partial_texts))
    row.pull(node, cotangent)


def _pull_source(row: Primitive) -> str:
    """Return the source of pull(node, cotangent), which adds cotangent times partial to each parent.

    A constant has no parent to add to, and its partial is not evaluated.
    """
    slots = {**dict(zip(row.operands, ("_x_data", "_y_data"), strict=False)), "z": "_data"}
    texts = [row.guarded(text) for text in row.partial_texts]
    mentioned = {name for text in texts for name in row.code(text, "eval").co_names}
    lines = [f"    {name} = node.{slot}" for name, slot in slots.items() if name in mentioned]
    numbers = ", ".join(f"node.{slot}" for slot in slots.values())
    for side, (operand, text) in enumerate(zip(row.operands, row.partial_texts, strict=True)):
        parent = ("node._x", "node._y")[side]
        if text == "0":
            continue
        if operand.endswith("s"):
            lines.append(f"""    for parent, factor in zip({parent}, {text}):
        if parent is not None:
            parent._grad += cotangent * factor""")
            continue
        product = "cotangent" if text == "1" and not row.domain else f"cotangent * ({row.guarded(text)})"
        lines.append(f"""    parent = {parent}
    if parent is not None:
        try:
            parent._grad += {product}
        except RAISED:
            parent._grad += cotangent * row.partials[{side}]({numbers})""")
    return "\n".join(["def pull(node, cotangent):", *(lines or ["    pass"])])


def _sweep(arithmetic: list[Primitive]) -> Callable[[list[Value], float], None]:
    """Return the loop of the reverse sweep, in which these rows are pulled without a call."""
    lines = [
        "def sweep(computed, untouched):",
        "    for node in reversed(computed):",
        "        cotangent = node._grad",
        "        if cotangent is untouched:",
        "            continue",
        "        op = node._op",
    ]
    for row in arithmetic:
        _, *body = _pull_source(row).split("\n")
        lines += [
            f"        if op is {row.name}:",
            *(f"        {line}" for line in body),
            "            continue",
        ]
    lines.append("        op.pull(node, cotangent)")
    namespace: dict[str, Any] = {"RAISED": ieee.RAISED, **{row.name: row for row in arithmetic}}
    exec(compile("\n".join(lines), "<the reverse sweep>", "exec"), namespace)
    sweep: Callable[[list[Value], float], None] = namespace["sweep"]
    return sweep


def _printed(row: Primitive, source: str, *texts: str) -> Callable[..., Any]:
    """Execute the source of one function, in which the texts appear, and return the function."""
    namespace: dict[str, Any] = {
        **row.names(*texts), "Value": Value, "context": context, "new": _new, "number": number, "row": row,
        "RAISED": ieee.RAISED,
    }  # fmt: skip
    exec(row.code(source, "exec"), namespace)
    name = source[len("def ") : source.index("(")]
    printed: Callable[..., Any] = namespace[name]
    return printed


# In the order of how often they are met. The pull of a quotient is longer than a call, and not among them.
graph.sweep = _sweep([mul, add, sub, neg])
