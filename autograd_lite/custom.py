"""Primitives and rules of one's own: `primitive` from text or callables, `custom_gradient` for any function.

What is declared here is a row as those of the table are, and takes part in every mode: recording, both
sweeps, higher orders, pictures. Relies on `recording`, `trees` and `primitives`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence

from autograd_lite import context, ieee
from autograd_lite.engine import Value, _is_real, births, number, plain
from autograd_lite.graph import topological_order
from autograd_lite.orders import push_forward_values
from autograd_lite.primitives import DECLARED, TABLE, Primitive, constant, identity
from autograd_lite.recording import Operands, computed, function
from autograd_lite.trees import matched, numbers_of, rebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Scalar = Value | float


def primitive(
    signature: str,
    value: str | Callable[..., Any],
    *partials: str | Callable[..., Any],
    symbol: str = "",
    domain: str = "",
    doc: str = "",
) -> Callable[..., Any]:
    """Declare a primitive of one's own and return it as a function of numbers and Values.

    signature  its name and operands: "cube(x)"
    value      its value: a text in the words of `math` and of the table, or a function of floats
    partials   one per operand: a text, which may also mention the result as z, or a function of the operands
               (and, if it takes one more, of the result), written for Values too where second derivatives
               are wanted. "0" is a structural zero.
    symbol     how pictures write it; the name if not given
    domain     the condition under which it is differentiable, as text; where it is NaN, so are the partials
    doc        what it computes: a noun phrase

    A text follows IEEE 754 where Python would raise; a function may raise what it likes. Raises ValueError
    for a signature, a number of partials or a text that cannot be, and NameError for a text with an unknown
    name. Declaring a name again replaces it.

    >>> cube = primitive("cube(x)", "x**3", "3 * x**2")
    >>> x = Value(2.0)
    >>> y = cube(x)
    >>> y.backward()
    >>> y.data, x.grad
    (8.0, 12.0)
    """
    name, operands = _parsed(signature)
    if len(partials) != len(operands):
        raise ValueError(
            f"primitive {signature}: expected {len(operands)} partials, one per operand, got {len(partials)}"
        )
    row = Primitive(
        f"{name}({', '.join(operands)})",
        _text(signature, value) if isinstance(value, str) else _checked(name, "value", value, len(operands)),
        *[
            _text(signature, partial)
            if isinstance(partial, str)
            else _checked(name, f"partial by {operand}", partial, len(operands))
            for operand, partial in zip(operands, partials, strict=True)
        ],
        symbol=symbol,
        domain=domain,
        doc=doc or f"{name} of {', '.join(operands)}",
    )
    row.names(*filter(None, (row.value_text, *row.partial_texts)))
    row.declare = functools.partial(
        primitive, signature, value, *partials, symbol=symbol, domain=domain, doc=doc
    )
    DECLARED[name] = row
    return function(row)


def custom_gradient(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return f with a rule of its own in place of the derivative of what it does.

    f  a function that returns its result, one number, and the rule: a function of the result's cotangent
       that returns the cotangents of f's arguments, a tuple of their structures, or bare for one argument

    Where an argument is a Value, f is given Values, and a rule written with them can be differentiated again.
    A rule that uses numbers taken out of the graph, with `.data` or `no_grad`, serves first derivatives only;
    a second one raises RuntimeError. So does a result or rule that depends on a Value which is no argument,
    and forward mode where the rule is not the cotangent times a number. Keyword arguments are passed on.

    >>> @custom_gradient
    ... def clipped(x):
    ...     return x, lambda cotangent: min(max(cotangent, -1.0), 1.0)
    >>> x = Value(3.0)
    >>> (100 * clipped(x)).backward()
    >>> x.grad
    1.0
    """
    name = getattr(f, "__name__", "f")

    @functools.wraps(f)
    def ruled(*args: Any, **kwargs: Any) -> Any:
        inputs = [x for i, tree in enumerate(args) for x in numbers_of(tree, f"{name}: argument {i}")]
        if not context.recording():
            outcome = f(*args, **kwargs)
            _outcome(name, outcome)
            return outcome[0]
        # Nodes of its own, so that the rule's graph meets the arguments here and nowhere else.
        fresh = [identity.function(x) if type(x) is Value else x for x in inputs]
        given = iter(fresh)
        with births() as born:
            outcome = f(*[rebuilt(tree, given) for tree in args], **kwargs)
        with context.listening(None):  # the number goes to the node, and nowhere else
            result, rule = _outcome(name, outcome)
        row = _Rule(name, rule, args, fresh, born, functools.partial(f, **kwargs))
        row.check_captured([outcome[0]], "its result")
        if Value not in map(type, inputs):
            return result
        if context.listener() is not None:
            row.result = outcome[0]
        operands = Operands(inputs)
        return computed(row, operands, operands.numbers(name), result)

    return ruled


class _Rule(Primitive):
    """What `custom_gradient` puts on a node: the row of one call, whose rule gives all cotangents at once.

    fresh  what f was given: nodes of its own for Values, plain numbers
    own    the leaves that f made
    f      the function, to be called again with other numbers
    result what f returned, with its graph: for a compiler, which is to follow what f does
    """

    __slots__ = ("args", "checked", "f", "fresh", "own", "result", "rule")

    def __init__(
        self,
        name: str,
        rule: Callable[[Any], Any],
        args: Sequence[Any],
        fresh: list[Any],
        born: list[Value],
        f: Callable[..., Any],
    ) -> None:
        super().__init__(
            f"{name}(xs)", self._value_at, self._partials_at, doc=f"{name} with a rule of its own"
        )
        self.rule = rule
        self.args = args
        self.fresh = fresh
        self.own = set(born)
        self.f = f
        self.result: Any = None
        self.checked = False
        self.pull = self._pull
        self.push = self._push

    def __reduce__(self) -> Any:
        raise TypeError(
            f"the result of {self.name}, which has a custom gradient, cannot be copied or pickled with its "
            "graph; use its number, x.data"
        )

    def check_captured(self, results: Sequence[Any], what: str, *given: Any) -> None:
        """Raise RuntimeError if results depend on a Value that is no argument, which would get nothing."""
        roots = [x for x in results if type(x) is Value]
        until = {x for x in (*self.fresh, *given) if type(x) is Value}
        leaves, _ = topological_order(*roots, until=until)
        for leaf in leaves:
            if leaf not in until and leaf not in self.own:
                label = f" {leaf.label!r}" if leaf.label else ""
                raise RuntimeError(
                    f"custom_gradient {self.name}: {what} depends on a Value{label} that is no argument, and "
                    "its gradient would be lost; give it as an argument"
                )

    def _cotangents(self, cotangent: Scalar) -> list[Any]:
        """Return what the rule gives, one number or Value for each input."""
        with context.recorded(), births() as born:
            found = self.rule(cotangent)
        flat = self._flat(found)
        self.own.update(born)
        self.check_captured(flat, "its rule", cotangent)
        return flat

    def _flat(self, found: Any) -> list[Any]:
        """Return the cotangents of the inputs in order, from what the rule returned."""
        if len(self.args) == 1 and not (isinstance(found, tuple) and len(found) == 1):
            found = (found,)
        if not isinstance(found, list | tuple) or len(found) != len(self.args):
            raise ValueError(
                f"custom_gradient {self.name}: the rule must return {len(self.args)} cotangents, one per "
                f"argument, got {len(found) if isinstance(found, list | tuple) else type(found).__name__}"
            )
        flat = []
        for i, (tree, given) in enumerate(zip(self.args, found, strict=True)):
            flat += matched(tree, given, f"custom_gradient {self.name}: the cotangent of argument {i}")
        return flat

    def _numbers(self, cotangent: float) -> list[float]:
        return [plain(x) for x in self._cotangents(cotangent)]

    def _value_at(self, xs: Sequence[float]) -> float:
        numbers = iter(xs)
        return _outcome(self.name, self.f(*[rebuilt(tree, numbers) for tree in self.args]))[0]

    def _partials_at(self, xs: Sequence[float], z: float) -> list[float]:
        """Return the rule's partials; raises RuntimeError if it is no product of cotangent and partial."""
        partials = self._numbers(1.0)
        for once, doubled in zip(partials, self._numbers(2.0), strict=True):
            if not math.isclose(doubled, 2 * once, rel_tol=1e-9) and once == once:
                raise RuntimeError(
                    f"custom_gradient {self.name}: forward mode and partials need a rule that is the "
                    f"cotangent times a number, but twice the cotangent gives {doubled!r} for {once!r}; use "
                    "reverse mode: grad or vjp"
                )
        return partials

    def _pull(self, node: Any, cotangent: float) -> None:
        for parent, contribution in zip(node._x, self._numbers(cotangent), strict=True):
            if parent is not None:
                parent._grad += contribution

    def _push(self, node: Any, untouched: float) -> None:
        tangent = untouched
        for parent, slope in zip(node._x, self._partials_at(node._x_data, node._data), strict=True):
            if parent is not None and parent._grad is not untouched:
                tangent += parent._grad * slope
        node._grad = tangent

    def cotangents(self, node: Value, cotangent: Scalar, live: bool) -> list[Scalar]:
        """Return the cotangents of the inputs, as graph if the node is live.

        Raises RuntimeError if a part of the graph is found to be lacking.
        """
        if not live and not isinstance(cotangent, Value):
            return list(self._numbers(cotangent))
        if any(p is not None and f._x is not p for p, f in zip(node._x, self.fresh, strict=True)):
            raise RuntimeError(self._lost("this node is a copy, and the rule belongs to the original"))
        if not self.checked:
            with context.listening(None):
                self._check_second()
            self.checked = True
        return self._cotangents(cotangent)

    def _check_second(self) -> None:
        """Compare the derivative of the rule's graph in one direction with that of its numbers."""
        found = self._cotangents(1.0)
        variables = [x for x in self.fresh if type(x) is Value]
        roots = [x for x in found if type(x) is Value]
        leaves, computed = topological_order(*roots, until=set(variables))
        if any(node.op is constant for node in computed):
            raise RuntimeError(self._lost("it uses a result of no_grad()"))
        at = [plain(x) for x in self.fresh]
        # Every Value moves by its own size, so that nothing is hidden behind something greater.
        moves = [type(x) is Value for x in self.fresh]
        way = [(abs(x) or 1e-3) * (1 + i % 7 / 10) * moves[i] for i, x in enumerate(at)]
        weights = [1 / (1.7 + i % 11) for i in range(len(found))]
        tangents: dict[Value, Scalar] = {
            x: w for x, w in zip(self.fresh, way, strict=True) if type(x) is Value
        }
        moved = iter(push_forward_values(roots, tangents, own={*leaves, *variables}))
        graph = math.fsum(
            plain(w * next(moved)) for w, x in zip(weights, found, strict=True) if type(x) is Value
        )

        def total(step: float) -> float:
            points = [x + step * w for x, w in zip(at, way, strict=True)]
            given = iter([Value(x) if moves[i] else x for i, x in enumerate(points)])
            with context.no_grad():
                _, rule = _outcome(self.name, self.f(*[rebuilt(tree, given) for tree in self.args]))
                row = _Rule(self.name, rule, self.args, points, [], self.f)
                there = [plain(x) for x in row._flat(rule(1.0))]
            return math.fsum(w * x for w, x in zip(weights, there, strict=True))

        try:
            here = total(0.0)
            slopes = [(total(h) - here) / h for h in (1e-5, 5e-6, -5e-6, -1e-5)]
        except (ArithmeticError, AttributeError, TypeError, ValueError, RuntimeError):
            return  # outside its domain: nothing can be said
        # Numbers that settle to one slope on both sides, which is not the graph's.
        low, high = min(slopes), max(slopes)
        noise = 1e-9 * math.fsum(abs(w * plain(x)) for w, x in zip(weights, found, strict=True))
        if high - low < 1e-2 * max(abs(low), abs(high)) and not (
            low - 0.1 * abs(low) - noise <= graph <= high + 0.1 * abs(high) + noise
        ):
            raise RuntimeError(
                self._lost(f"its numbers change by {slopes[1]:.6g} where its graph says {graph:.6g}")
            )

    def _lost(self, why: str) -> str:
        return (
            f"custom_gradient {self.name}: its rule cannot be differentiated again, for {why}; write it with "
            "the Values that the function is given"
        )


def _outcome(name: str, outcome: Any) -> tuple[float, Callable[[Any], Any]]:
    if not (isinstance(outcome, tuple) and len(outcome) == 2 and callable(outcome[1])):
        raise TypeError(
            f"custom_gradient {name}: it must return its result and the rule, a function of the cotangent; "
            f"got {type(outcome).__name__}"
        )
    result = outcome[0]
    return plain(result, name), outcome[1]


def _parsed(signature: Any) -> tuple[str, list[str]]:
    """Return the name and the operands of a signature."""
    import keyword
    import re

    parts = re.fullmatch(r"\s*(\w+)\s*\(([\w\s,]+)\)\s*", signature) if isinstance(signature, str) else None
    if parts is None:
        raise ValueError(f"primitive: expected a signature such as 'cube(x)', got {signature!r}")
    name, operands = parts[1], [operand.strip() for operand in parts[2].split(",")]
    for word in (name, *operands):
        if not word.isidentifier() or keyword.iskeyword(word):
            raise ValueError(f"primitive {signature}: {word!r} is no name")
    if name in TABLE:
        raise ValueError(f"primitive {signature}: the table has a primitive {name}; choose another name")
    if len(set(operands)) < len(operands) or "z" in operands or operands[0].startswith("xs"):
        raise ValueError(
            f"primitive {signature}: operands need different names, and not z, which is the result, or xs, "
            "which is a sequence in the table"
        )
    return name, operands


def _text(signature: str, text: str) -> str:
    """Return a text of the user's in the dialect of the table, where a power is pow(x, y)."""
    if text.strip() == "0":
        return "0"
    try:
        return ieee.quiet_source(text, only_powers=True)
    except SyntaxError as error:
        raise ValueError(f"primitive {signature}: {text!r} is no expression: {error.msg}") from None


def _checked(name: str, what: str, f: Callable[..., Any], count: int) -> Callable[..., Any]:
    """Return a function of the user's that may also be given z, with what it returns checked."""
    if not callable(f):
        raise TypeError(f"primitive {name}: the {what} must be a text or a function, got {type(f).__name__}")
    taken = _arity(f, count + (what != "value"))
    if taken < count:
        raise ValueError(
            f"primitive {name}: the {what} must take the {count} operands, but takes {taken} arguments"
        )

    def checked(*operands: Any) -> Any:
        recorded = Value in map(type, operands)
        try:
            result = f(*operands[:taken])
        except TypeError as error:
            if not recorded:
                raise
            raise TypeError(
                f"primitive {name}: the {what} cannot be differentiated again, because it fails on Values "
                f"({error}); write it with the functions of autograd_lite"
            ) from error
        if recorded and type(result) is Value:
            return result
        if recorded and _moves(f, operands[:taken]):
            raise RuntimeError(
                f"primitive {name}: the {what} cannot be differentiated again, because it returns plain "
                "numbers for Values, and others elsewhere; write it with the Values that it is given"
            )
        if not _is_real(result):
            kind = "a Value, for plain numbers" if type(result) is Value else type(result).__name__
            raise TypeError(f"primitive {name}: the {what} must return a number, got {kind}")
        return number(result, name)

    return checked


def _moves(f: Callable[..., Any], operands: Sequence[Any]) -> bool:
    """Whether a function gives other numbers just below and just above a point."""
    at = [plain(x) for x in operands]
    try:
        here = f(*at)
        return all(bool(f(*[x + side * (abs(x) or 1e-3) for x in at]) != here) for side in (-1e-7, 1e-7))
    except (ArithmeticError, AttributeError, TypeError, ValueError):
        return False  # outside its domain: nothing can be said


def _arity(f: Callable[..., Any], wanted: int) -> int:
    """Return how many arguments f takes by position, at most `wanted`; a default is the function's own."""
    import inspect

    try:
        parameters = inspect.signature(f).parameters.values()
    except (TypeError, ValueError):  # a builtin without a signature
        return wanted - 1 if wanted > 1 else wanted
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return wanted
    needed = [
        p
        for p in parameters
        if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD) and (p.default is p.empty or p.name == "z")
    ]
    return min(len(needed), wanted)
