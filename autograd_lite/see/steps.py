"""trace: what the forward and the backward pass do, step by step, as data.

Every printer uses it: the narration, the pictures, the player. A trace is a snapshot, which later changes
of the Values do not reach. Relies on `notation`, `graph` and `orders`.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field, replace

from autograd_lite import functions
from autograd_lite.context import recorded
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
    data       its number
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
    nodes, order = snapshot([root], "trace")
    index = {node: i for i, node in enumerate(order)}
    operands = [node.operands for node in nodes]
    names = [node.name for node in nodes]
    steps = [Step("leaf" if node.op is None else "forward", i) for i, node in enumerate(nodes)]
    gradients, backward = _backward(order, index, operands, names, number(seed, "trace"))
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
    if len(roots) == 1:
        leaves, computed = topological_order(roots[0])
    else:
        with recorded():
            leaves, computed = topological_order(functions.fsum(roots))
        computed.pop()  # the sum, which only holds the roots together
    order = [*leaves, *computed]
    index = {node: i for i, node in enumerate(order)}
    names = _names(order)
    nodes = [
        Node(
            i, names[i], printable(node.label), node.op,
            tuple([index[p] if type(p) is Value else float(p) for p in node.parents]),
            node.data, plain(node.grad) if node.has_grad else None, node.scope, node.place,
            node.parameter,
        )
        for i, node in enumerate(order)
    ]  # fmt: skip
    return nodes, order


def with_partials(nodes: list[Node], order: list[Value]) -> list[Node]:
    """Return the nodes with the numbers of their partials."""
    return [
        replace(
            node,
            partials=tuple(
                [
                    partial() if isinstance(operand, int) else None
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
    names = []
    for i, label in enumerate(given):
        name = label or f"v{i}"
        if labels[label] > 1 and label:
            seen[label] += 1
            name = f"{label}_{seen[label]}"
        names.append(name if name == label else unused(name, taken))
        taken.add(names[-1])
    return names


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
        half = len(expressions) // 2
        pairs = zip(expressions[:half], expressions[half:], strict=True)
        expressions = [ast.BinOp(x, ast.Mult(), y) for x, y in pairs]
    if op.name in ("dot", "fsum"):
        return " + ".join(map(notation.printed, expressions)) or "0"
    kinds = {symbol: kind for kind, (symbol, _) in notation.BINARY.items()}
    if op.symbol in kinds and len(expressions) == 2:
        return notation.printed(ast.BinOp(expressions[0], kinds[op.symbol](), expressions[1]))
    if op.symbol == "-" and len(expressions) == 1:
        return notation.printed(ast.UnaryOp(ast.USub(), expressions[0]))
    return notation.printed(ast.Call(ast.Name(op.name), expressions, []))


def _backward(
    order: list[Value],
    index: dict[Value, int],
    operands: list[tuple[Operand, ...]],
    names: list[str],
    seed: float,
) -> tuple[dict[int, float], list[Step]]:
    """Return the gradients that are reached, by index, and the steps of the backward pass."""
    moving = set(order)
    root = len(order) - 1
    gradients: dict[int, float] = {root: seed}
    steps = [Step("seed", root, upstream=seed, after=seed)]
    for i in reversed(range(len(order))):
        node = order[i]
        if node.op is None or i not in gradients:
            continue
        found = iter(slopes(node, moving))
        for position, operand in enumerate(operands[i]):
            if not isinstance(operand, int) or (
                not node.op.sequences
                and node.op.partial_texts[min(position, len(node.op.partial_texts) - 1)] == "0"
            ):
                continue
            slope = plain(next(found)[1])
            contribution = gradients[i] * slope
            before = gradients.get(operand, 0.0)
            gradients[operand] = before + contribution
            formula = partial_formula(
                node.op,
                position,
                [_expression(operand, names) for operand in operands[i]],
                _expression(i, names),
                [*map(plain, node.parents), node.data],
            )
            passed = (
                operand,
                position,
                formula,
                slope,
                gradients[i],
                contribution,
                before,
                gradients[operand],
            )
            steps.append(Step("backward", i, *passed))
    return gradients, steps


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
