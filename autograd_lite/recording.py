"""From a row of the table to code that records a node, and that differentiates through it.

Gives `function` (a row as a function of numbers and Values, which makes the row ready for every sweep) and
`operators` (a row as the two methods behind an operator). What the hot path runs, the operators and what
the sweeps call, is printed as Python source with the row's formula in place, because a call would cost more
than the arithmetic. Relies on `engine`, `context` and `primitives`; it, `graph` and `orders` are all that
knows a node's slots beside `engine` itself.
"""

from __future__ import annotations

from functools import partial

from autograd_lite import context, engine, graph, ieee
from autograd_lite.engine import Value, number
from autograd_lite.primitives import SEQUENCES, Primitive, _row, add, constant, mul, neg, sub

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any

_new = object.__new__
constant.pull = constant.push = lambda node, _: None  # it has no parents
constant.slopes = ()


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
    row.pull = partial(_first_pull, row)
    row.push = partial(_first_push, row)
    row.slopes = tuple([partial(_first_slope, row, side) for side in range(len(row.operands))])
    if row.sequences:
        shape = _sequences(row) if len(row.operands) > 1 else _sequence(row)
    else:
        shape = _several(row) if row.spread else _binary(row) if len(row.operands) > 1 else _unary(row)
    _rename(shape, row.operands)
    shape.__name__ = shape.__qualname__ = row.name
    shape.__module__ = "autograd_lite"
    shape.__doc__ = f"Return {row.doc}."
    row.function = shape
    return shape


def _rename(shape: Callable[..., Any], operands: tuple[str, ...]) -> None:
    """Give a function the names of the row's operands, for help() and for keywords."""
    code: Any = shape.__code__
    if code.co_argcount == len(operands):
        names = (*operands, *code.co_varnames[len(operands) :])
        shape.__code__ = code.replace(co_varnames=names)


def _node(row: Primitive, p: Any, x: Any, q: Any, y: Any) -> Value:
    """Return a new node: the parents p and q, None for a constant, and their numbers x and y."""
    node = _new(Value)
    node._op = row
    node._grad = None
    node._x = p
    node._x_data = x
    node._y = q
    node._y_data = y
    node._data = row.value(x, y) if y is not None else row.value(*x) if row.spread else row.value(x)
    return context.annotate(node) if context.watched else node


def computed(row: Primitive, operands: Operands, numbers: Sequence[float], result: float) -> Value:
    """Return a node of a row of one sequence, whose result is known already."""
    node = _new(Value)
    node._op = row
    node._grad = node._y_data = None
    node._x, node._x_data, node._y = operands.parents, tuple(numbers), ()
    node._data = result
    return context.annotate(node) if context.watched else node


def _unary(row: Primitive) -> Callable[..., Any]:
    name = row.name

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

    return unary


def _binary(row: Primitive) -> Callable[..., Any]:
    name = row.name

    def binary(x: Value | float, y: Value | float, /) -> Value | float:
        if type(x) is Value:
            if type(y) is Value:
                return _node(row, x, x._data, y, y._data)
            return _node(row, x, x._data, None, number(y, name))
        if type(y) is Value:
            return _node(row, None, number(x, name), y, y._data)
        return row.value(number(x, name), number(y, name))

    def defaulting(x: Value | float, y: Value | float = row.default or 0.0) -> Value | float:
        return binary(x, y)

    def vanishing(x: Value | float, y: Value | float, /) -> Value | float:
        factor = x if row.vanishes == row.operands[0] else y
        return 0.0 if type(factor) is not Value and factor == 0 else binary(x, y)

    return vanishing if row.vanishes else defaulting if row.default is not None else binary


def _several(row: Primitive) -> Callable[..., Any]:
    def several(*operands: Value | float) -> Value | float:
        if len(operands) != len(row.operands):
            raise TypeError(f"{row.signature} takes {len(row.operands)} operands, got {len(operands)}")
        p = Operands(operands)
        x = p.numbers(row.name)
        return _node(row, p.parents, x, (), None) if p.recorded else row.value(*x)

    return several


def _operands(items: Iterable[Value | float], name: str) -> Operands:
    if isinstance(items, Operands):
        return items
    if not hasattr(items, "__iter__"):
        raise TypeError(f"{name}: expected a sequence of numbers and Values, got {type(items).__name__}")
    return Operands(items)


def _sequence(row: Primitive) -> Callable[..., Any]:
    def sequence(xs: Iterable[Value | float], /) -> Value | float:
        p = _operands(xs, row.name)
        x = p.numbers(row.name)
        return _node(row, p.parents, x, (), None) if p.recorded else row.value(x)

    def reducing(xs: Any, /) -> Value | float:
        # What `vmap` gives to a compiler reduces itself.
        total: Value | float = xs.over_samples(row.name) if hasattr(xs, "over_samples") else sequence(xs)
        return total

    return reducing


def _sequences(row: Primitive) -> Callable[..., Any]:
    name = row.name

    def sequences(xs: Iterable[Value | float], ys: Iterable[Value | float], /) -> Value | float:
        p = xs if isinstance(xs, Operands) else _operands(xs, name)
        q = ys if isinstance(ys, Operands) else _operands(ys, name)
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

    return sequences


def several(row: Primitive, of_sequence: Primitive) -> Callable[..., Any]:
    """Return a row of two operands as a function of any number of them, or of the items of one sequence."""

    def several(*xs: Any) -> Any:
        if len(xs) == 2:
            return row.function(*xs)
        return of_sequence.function(xs[0] if len(xs) == 1 else xs)

    several.__name__ = several.__qualname__ = row.name
    several.__module__ = "autograd_lite"
    several.__doc__ = (
        f"Return {of_sequence.doc.replace('xs', 'several numbers and Values, or of one sequence')}."
    )
    return several


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
    row.pull = _printed(row, _pull_source(row), *map(row.guarded, filter(None, row.partial_texts)))
    row.pull(node, cotangent)


def _first_push(row: Primitive, node: Value, untouched: float) -> None:
    """Stand in for a row's push until its first use prints it."""
    row.push = _printed(row, _push_source(row), *map(row.guarded, filter(None, row.partial_texts)))
    row.push(node, untouched)


# Functions of the dialect whose row has another name, or is constant between its jumps.
_ROWS = {"fabs": "abs", "rint": "round"}


def _first_slope(row: Primitive, side: int, *operands: Any) -> Any:
    """Stand in for a row's partial on Values until its first use prints it."""
    text = row.partial_texts[side]
    if not text:
        return row.partial(side)(*operands)
    functions: dict[str, Any] = {
        name: SEQUENCES.get(name) or _row(_ROWS.get(name, name)).function
        for name in {*row.code(text, "eval").co_names, "div", "floordiv", "mod", "pow"} - {*row.operands, "z"}
    }
    text = repr(float(text)) if text in ("1", "-1") else text
    source = ieee.quiet_source(f"lambda {', '.join((*row.operands, 'z'))}: {text}")
    slope = eval(row.code(source, "eval"), {"__builtins__": {}, **functions})
    row.slopes = (*row.slopes[:side], slope, *row.slopes[side + 1 :])
    return slope(*operands)


def _sides(row: Primitive) -> list[tuple[str, str]]:
    """Return, for each operand, the expressions of its parent and its number in a node."""
    if row.spread:
        return [(f"node._x[{i}]", f"node._x_data[{i}]") for i in range(len(row.operands))]
    return [("node._x", "node._x_data"), ("node._y", "node._y_data")][: len(row.operands)]


def _reads(row: Primitive) -> list[str]:
    """Return the lines that read from a node the numbers which the row's partials mention."""
    mentioned = {
        name
        for text in map(row.guarded, filter(None, row.partial_texts))
        for name in row.code(text, "eval").co_names
    }
    slots = [data for _, data in _sides(row)] + ["node._data"]
    names = zip((*row.operands, "z"), slots, strict=True)
    return [f"    {name} = {slot}" for name, slot in names if name in mentioned]


def _quietly(row: Primitive, side: int) -> str:
    """Return the call of a partial, for where its text raises."""
    numbers = ", ".join(data for _, data in _sides(row))
    return f"node._op.partial({side})({numbers}, node._data)"


def _flowing(row: Primitive) -> list[tuple[int, str, str, bool]]:
    """Return side, slot of the parent, text of the partial and whether it is 1, but for structural zeros."""
    return [
        (side, _sides(row)[side][0], row.guarded(text) or _quietly(row, side), text == "1" and not row.domain)
        for side, text in enumerate(row.partial_texts)
        if text != "0"
    ]


def _pull_source(row: Primitive) -> str:
    """Return the source of pull(node, cotangent), which adds cotangent times partial to each parent.

    A constant has no parent to add to, and its partial is not evaluated.
    """
    lines = _reads(row)
    for side, parent, text, is_one in _flowing(row):
        if row.sequences:
            lines.append(f"""    for parent, factor in zip({parent}, {text}):
        if parent is not None:
            parent._grad += cotangent * factor""")
            continue
        lines.append(f"""    parent = {parent}
    if parent is not None:
        try:
            parent._grad += {"cotangent" if is_one else f"cotangent * ({text})"}
        except RAISED:
            parent._grad += cotangent * {_quietly(row, side)}""")
    return "\n".join(["def pull(node, cotangent):", *(lines or ["    pass"])])


def _push_source(row: Primitive) -> str:
    """Return the source of push(node, untouched), which sets the tangent: the parents' times the partials.

    A parent that does not move, still untouched, adds nothing, and its partial is not evaluated.
    """
    lines = ["    tangent = untouched", *_reads(row)]
    for side, parent, text, is_one in _flowing(row):
        if row.sequences:
            lines.append(f"""    for parent, factor in zip({parent}, {text}):
        if parent is not None and parent._grad is not untouched:
            tangent += parent._grad * factor""")
            continue
        lines.append(f"""    parent = {parent}
    if parent is not None and parent._grad is not untouched:
        try:
            tangent += {"parent._grad" if is_one else f"parent._grad * ({text})"}
        except RAISED:
            tangent += parent._grad * {_quietly(row, side)}""")
    return "\n".join(["def push(node, untouched):", *lines, "    node._grad = tangent"])


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
