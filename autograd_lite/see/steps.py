"""trace: what the forward and the backward pass do, step by step, as data.

Every printer uses it: the narration, the pictures, the player. A trace is a snapshot, which later changes
of the Values do not reach. Relies on `notation`, `svg`, `graph` and `orders`.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace

from autograd_lite.engine import Value, number, plain
from autograd_lite.graph import topological_order
from autograd_lite.orders import slopes
from autograd_lite.primitives import Primitive, constant
from autograd_lite.see import notation
from autograd_lite.see.svg import printable

Operand = int | float  # the index of a node, or a constant


@dataclass(frozen=True, slots=True)
class Node:
    """A node as it was when it was traced.

    index      its place in the order of computation, leaves first
    name       its label, made unique, or v and its index
    label      its label, empty if it has none
    op         what made it; None for a leaf
    operands   in order: the index of a node, or the number of a constant
    numbers    those of the operands when it was computed
    data       its number; of a leaf that was changed since, the number that it was used with
    gradient   in a trace, the derivative of the root by it; None where no cotangent reaches it
    scope      the scopes that it was made in, outermost first
    place      the line of source, if recorded under `detect_anomaly()`
    parameter  whether it is a leaf that a module trains
    formula    how it is computed, with names: "a * b"; empty for a leaf
    partials   the numbers of the partials by its operands, None for a constant; empty if not asked for
    """

    index: int
    name: str
    label: str
    op: Primitive | None
    operands: tuple[Operand, ...]
    numbers: tuple[float, ...]
    data: float
    gradient: float | None
    scope: tuple[str, ...]
    place: str
    parameter: bool
    formula: str = ""
    partials: tuple[float | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the forward or the backward pass.

    kind          "leaf", "forward", "seed" or "backward"
    node          the index of the node that is computed, or whose cotangent is passed on
    target        in a backward step, the index of the parent that gets a contribution
    position      in a backward step, which operand of the node that parent is
    partial       in a backward step, the formula of the partial, with names: "b"; empty if it has none
    slope         in a backward step, the number of the partial
    upstream      the cotangent of the node, in a backward step; the seed, in the first
    contribution  upstream times slope, in a backward step
    before        the sum of target's contributions before this step
    after         and after it
    """

    kind: str
    node: int
    target: int | None = None
    position: int | None = None
    partial: str = ""
    slope: float = 0.0
    upstream: float = 0.0
    contribution: float = 0.0
    before: float = 0.0
    after: float = 0.0


@dataclass(frozen=True)
class Trace:
    """The steps of a graph, forward and then backward, and its nodes.

    nodes  in the order of computation; the last is the root
    steps  all steps; iterating over the trace gives them
    """

    nodes: list[Node]
    steps: list[Step] = field(repr=False)

    @property
    def root(self) -> Node:
        """The node that was traced."""
        return self.nodes[-1]

    def __iter__(self) -> Iterator[Step]:
        return iter(self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def uses(self) -> Counter[int]:
        """Return how often each node, by index, is an operand."""
        return Counter(x for node in self.nodes for x in node.operands if isinstance(x, int))


def trace(root: Value, seed: float = 1.0) -> Trace:
    """Return the steps that compute root and its gradient, with the formula and the numbers of each.

    The contributions of a node add up to the gradient that `root.backward(seed)` would leave on it; the
    Values themselves are not touched. Raises TypeError if root is no Value, RuntimeError if it was computed
    under `no_grad()`.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> [(step.kind, step.partial, step.contribution) for step in trace(a * b) if step.kind == "backward"]
    [('backward', 'b', -3.0), ('backward', 'a', 2.0)]
    """
    return trace_of(root, seed, "trace")


def trace_of(root: Value, seed: float, where: str) -> Trace:
    """Return the trace of root; `where` names the function that was given it."""
    nodes, order = snapshot([root], where)
    names = [node.name for node in nodes]
    steps = [Step("leaf" if node.op is None else "forward", i) for i, node in enumerate(nodes)]
    gradients, backward = _backward(nodes, order, number(seed, where))
    told = [
        replace(
            node,
            gradient=gradients.get(i),
            formula=written(node.op, [_expression(x, names) for x in node.operands]) if node.op else "",
        )
        for i, node in enumerate(nodes)
    ]
    return Trace(told, steps + backward)


def snapshot(roots: Sequence[Value], where: str) -> tuple[list[Node], list[Value]]:
    """Return the nodes below some roots as they are now, with the gradients that they hold, and their Values.

    Raises TypeError if a root is no Value, RuntimeError if it was computed under `no_grad()`.
    """
    for root in roots:
        if type(root) is not Value:
            raise TypeError(f"{where}: expected a Value, got {type(root).__name__}")
        if root.op is constant:
            raise RuntimeError(f"{where}: this Value was computed under no_grad() and remembers no graph")
    leaves, computed = topological_order(*roots)
    order = [*leaves, *computed]
    index = {node: i for i, node in enumerate(order)}
    names = _names(order)
    numbers = [_numbers(node) for node in order]
    used: dict[int, float] = {}  # what leaves were when they were used
    operands = [tuple([index[p] if type(p) is Value else float(p) for p in node.parents]) for node in order]
    for parts, given in zip(operands, numbers, strict=True):
        for x, number_then in zip(parts, given, strict=True):
            if isinstance(x, int) and x < len(leaves):
                used.setdefault(x, number_then)
    scopes: dict[tuple[str, ...], tuple[str, ...]] = {}
    nodes = [
        Node(
            i, names[i], printable(node.label), node.op, operands[i], numbers[i], used.get(i, node.data),
            plain(node.grad) if node.has_grad else None,
            scopes.setdefault(node.scope, tuple(map(printable, node.scope))) if node.scope else (),
            node.place, node.parameter,
        )
        for i, node in enumerate(order)
    ]  # fmt: skip
    return nodes, order


def _numbers(node: Value) -> tuple[float, ...]:
    """Return the numbers that the operands of a node had when it was computed."""
    numbers: list[float] = []
    for _, data in node._sides() if node.op is not None else ():
        numbers += data if type(data) is tuple else (data,)
    return tuple(numbers)


def with_partials(nodes: list[Node], order: list[Value]) -> list[Node]:
    """Return the nodes with the numbers of their partials."""
    return [
        replace(
            node,
            partials=tuple(
                [
                    partial() if isinstance(operand, int) and not hasattr(node.op, "cotangents") else None
                    for operand, partial in zip(node.operands, value.local_derivatives, strict=True)
                ]
            ),
        )
        for node, value in zip(nodes, order, strict=True)
    ]


def size(root: Value, most: int) -> int | None:
    """Return how many nodes are below a Value, None if they are more than `most`."""
    seen = {root}
    pile = [root]
    while pile:
        for parent in pile.pop().parents:
            if isinstance(parent, Value) and parent not in seen:
                if len(seen) == most:
                    return None
                seen.add(parent)
                pile.append(parent)
    return len(seen)


def _names(order: list[Value]) -> list[str]:
    """Return a name for each node, no two the same: labels, numbered where they repeat, and v7."""
    given = [printable(node.label) for node in order]
    labels = Counter(given)
    taken = {label for label in labels if label}
    seen: Counter[str] = Counter()
    names = [""] * len(order)
    for i in _by_scope(order):
        label = given[i]
        name = label or f"v{i}"
        if labels[label] > 1 and label:
            seen[label] += 1
            name = f"{label}_{seen[label]}"
        names[i] = name if name == label else unused(name, taken)
        taken.add(names[i])
    return names


def _by_scope(order: list[Value]) -> list[int]:
    """Return the indices of nodes by the scopes of what uses them first, "neuron 9" before "neuron 17"."""
    scopes = [node.scope for node in order]
    if not any(scopes):
        return list(range(len(order)))
    index = {node: i for i, node in enumerate(order)}
    for node in reversed(order):
        for parent in node.parents:
            if isinstance(parent, Value) and parent.op is None:
                scopes[index[parent]] = node.scope
    keys = {scope: natural(scope) for scope in set(scopes)}
    return sorted(range(len(order)), key=lambda i: (keys[scopes[i]], i))


def natural(names: Sequence[str]) -> list[tuple[str, int]]:
    """A key that puts "neuron 9" before "neuron 17"."""
    words = " ".join(names).split()
    return [("", int(word)) if word.isdecimal() and len(word) < 10 else (word, 0) for word in words]


def unused(name: str, taken: Container[str]) -> str:
    """Return a name, with as many underscores as make it none of those taken."""
    while name in taken:
        name += "_"
    return name


def _expression(operand: Operand, names: list[str]) -> ast.expr:
    if isinstance(operand, int):
        name = names[operand]
        return ast.Name(name if name.isidentifier() else f"({name})")
    return ast.Constant(operand)


def written(op: Primitive, expressions: list[ast.expr]) -> str:
    """Return an operation on expressions: with an operator where the primitive has one, else as a call."""
    if op.name == "dot":
        pairs = zip(*op.arranged(expressions), strict=True)
        expressions = [ast.BinOp(x, ast.Mult(), y) for x, y in pairs]
    if op.name in ("dot", "fsum"):
        return " + ".join(map(notation.printed, expressions)) or "0"
    kinds = {symbol: kind for kind, (symbol, _) in notation.BINARY.items()}
    if op.symbol in kinds and len(expressions) == 2:
        return notation.printed(ast.BinOp(expressions[0], kinds[op.symbol](), expressions[1]))
    if op.symbol == "-" and len(expressions) == 1:
        return notation.printed(ast.UnaryOp(ast.USub(), expressions[0]))
    return notation.printed(ast.Call(ast.Name(op.name), expressions, []))


def _backward(nodes: list[Node], order: list[Value], seed: float) -> tuple[dict[int, float], list[Step]]:
    """Return the gradients that are reached, by index, and the steps of the backward pass."""
    moving = set(order)
    names = [node.name for node in nodes]
    root = len(nodes) - 1
    gradients: dict[int, float] = {root: seed}
    steps = [Step("seed", root, upstream=seed, after=seed)]
    for i in reversed(range(len(nodes))):
        node = nodes[i]
        if node.op is None or i not in gradients:
            continue
        upstream = gradients[i]
        for position, slope, contribution in _passed(node, order[i], upstream, moving):
            target = node.operands[position]
            assert isinstance(target, int)  # nothing is passed to constants
            expressions = [_expression(operand, names) for operand in node.operands]
            numbers = [*node.numbers, node.data]
            formula = partial_formula(node.op, position, expressions, _expression(i, names), numbers)
            before = gradients.get(target, 0.0)
            after = gradients[target] = before + contribution
            steps.append(
                Step("backward", i, target, position, formula, slope, upstream, contribution, before, after)
            )
    return gradients, steps


def _passed(
    node: Node, value: Value, upstream: float, moving: set[Value]
) -> Iterator[tuple[int, float, float]]:
    """Yield the position of each operand that gets a contribution from a node, the partial and that."""
    op: Primitive = node.op  # type: ignore[assignment]  # the node is computed
    rule = getattr(op, "cotangents", None)
    if rule is not None:  # a custom gradient need not be a product: the partial is what makes it one
        for position, contribution in enumerate(map(plain, rule(value, upstream, False))):
            if isinstance(node.operands[position], int):
                yield position, contribution / upstream if upstream else 0.0, contribution
        return
    found = iter(slopes(value, moving))
    for position, operand in enumerate(node.operands):
        structural = not op.sequences and op.partial_texts[position] == "0"
        if isinstance(operand, int) and not structural:
            slope = plain(next(found)[1])
            yield position, slope, upstream * slope


def partial_formula(
    op: Primitive, position: int, expressions: list[ast.expr], z: ast.expr, numbers: list[float]
) -> str:
    """Return the formula of the partial of an operation on expressions, whose result is z, by one of them.

    numbers  those of the expressions and of z, which decide between the branches of a formula

    It is empty where the partial is an ordinary function.
    """
    if not op.sequences:
        found = notation.partial(op, position, [*expressions, z], numbers)
        return "" if found is None else notation.printed(found)
    if op.name in ("dot", "sumprod"):
        half = len(expressions) // 2
        return notation.printed(expressions[(position + half) % len(expressions)])
    written: dict[str, ast.expr] = {
        "fsum": ast.Constant(1),
        "norm": ast.BinOp(expressions[position], ast.Div(), z),
        "logsumexp": ast.Call(ast.Name("exp"), [ast.BinOp(expressions[position], ast.Sub(), z)], []),
    }
    if op.name in written:
        return notation.printed(written[op.name])
    if op.name == "prod" and len(expressions) <= 6:
        others = [notation.printed(x) for k, x in enumerate(expressions) if k != position]
        return " * ".join(others) or "1"
    return ""
