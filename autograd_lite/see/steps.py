"""trace: what the forward and the backward pass do, step by step, as data.

Every printer uses it: the narration, the pictures, the player. A trace is a snapshot, which later changes
of the Values do not reach. Relies on `notation`, `graph` and `orders`.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from autograd_lite.engine import Value, number, plain
from autograd_lite.graph import topological_order
from autograd_lite.orders import slopes
from autograd_lite.primitives import Primitive, constant
from autograd_lite.see import notation

Operand = int | float  # the index of a node, or a constant


@dataclass(frozen=True, slots=True)
class Node:
    """A node as it was when it was traced.

    index     its place in the order of computation, leaves first
    name      its label, made unique, or v and its index
    op        what made it; None for a leaf
    operands  in order: the index of a node, or the number of a constant
    data      its number
    gradient  the derivative of the root by it; None where no cotangent reaches it
    scope     the scopes that it was made in, outermost first
    place     the line of source, if recorded under `detect_anomaly()`
    formula   how it is computed, with names: "a * b"; empty for a leaf
    """

    index: int
    name: str
    op: Primitive | None
    operands: tuple[Operand, ...]
    data: float
    gradient: float | None
    scope: tuple[str, ...]
    place: str
    formula: str


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
    if type(root) is not Value:
        raise TypeError(f"trace: expected a Value, got {type(root).__name__}")
    if root.op is constant:
        raise RuntimeError("trace: this Value was computed under no_grad() and remembers no graph")
    leaves, computed = topological_order(root)
    order = [*leaves, *computed]
    index = {node: i for i, node in enumerate(order)}
    operands = [tuple([index[p] if type(p) is Value else float(p) for p in node.parents]) for node in order]
    names = _names(order)
    steps = [Step("leaf" if node.op is None else "forward", i) for i, node in enumerate(order)]
    gradients, backward = _backward(order, index, operands, names, number(seed, "trace"))
    nodes = [
        Node(
            i, names[i], node.op, operands[i], node.data, gradients.get(i), node.scope, node.place,
            written(node.op, [_expression(x, names) for x in operands[i]]) if node.op else "",
        )
        for i, node in enumerate(order)
    ]  # fmt: skip
    return Trace(nodes, steps + backward)


def _names(order: list[Value]) -> list[str]:
    """Return a name for each node, no two the same: labels, numbered where they repeat, and v7."""
    given = ["".join(c if c.isprintable() else " " for c in node.label) for node in order]
    labels = Counter(given)
    taken = {label for label in labels if label}
    seen: Counter[str] = Counter()
    names = []
    for i, label in enumerate(given):
        name = label or f"v{i}"
        if labels[label] > 1 and label:
            seen[label] += 1
            name = f"{label}_{seen[label]}"
        while name != label and name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return names


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
            formula = _partial(node, position, operands[i], names, i)
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


def _partial(node: Value, position: int, operands: tuple[Operand, ...], names: list[str], i: int) -> str:
    """Return the formula of the partial by an operand, with names."""
    op: Primitive = node.op  # type: ignore[assignment]  # the node is computed
    expressions = [_expression(operand, names) for operand in operands]
    z = _expression(i, names)
    if not op.sequences:
        numbers = [plain(p) for p in node.parents]
        found = notation.partial(op, position, [*expressions, z], [*numbers, node.data])
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
