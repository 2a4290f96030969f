"""Sweeps of Values, by which derivatives become graph and can be differentiated again.

`pull_back_values` and `push_forward_values` are the two sweeps of `graph` once more, with every partial
evaluated on the Values that are live: those that depend on a leaf outside the differentiation at hand. The
rest stays plain numbers. Gradients in the nodes are neither read nor written, so that nested and captured
variables never mix. Relies on `graph`, `engine` and what `recording` made of the rows.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from collections.abc import Set as AbstractSet

from autograd_lite.engine import Value
from autograd_lite.graph import topological_order
from autograd_lite.primitives import Primitive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Scalar = Value | float


def pull_back_values(
    root: Value, variables: Collection[Value], seed: Scalar = 1.0, *, own: AbstractSet[Value] = frozenset()
) -> dict[Value, Scalar]:
    """Return the cotangents of root's ancestors, as far back as the variables, that depend on a variable.

    variables  the nodes that root is differentiated by; what lies before them is not entered
    own        those variables that are plain numbers to everyone else: nothing needs to depend on them

    A node without a cotangent is absent. Raises RuntimeError if a leaf was changed after it was used.
    """
    stop = set(variables)
    leaves, computed = topological_order(root, until=stop)
    moving = _descendants(computed, stop)
    live = _descendants(computed, {leaf for leaf in leaves if leaf not in own})
    cotangents: dict[Value, Scalar] = {root: seed}
    for node in reversed(computed):
        cotangent = cotangents.get(node)
        if cotangent is None or node not in moving:
            continue
        for parent, contribution in _contributions(node, cotangent, moving, live):
            before = cotangents.get(parent)
            cotangents[parent] = contribution if before is None else before + contribution
    return cotangents


def backward(root: Value, seed: float) -> None:
    """Set the gradients of root's ancestors as `graph.pull_back` does, to Values where they depend on any."""
    leaves, computed = topological_order(root)
    cotangents = pull_back_values(root, leaves, seed)
    for node in computed:
        node._grad = cotangents.get(node, 0.0)
    for leaf in leaves:
        gradient = cotangents.get(leaf, 0.0)
        leaf._grad = gradient if leaf._grad is None else gradient + leaf._grad


def push_forward_values(
    roots: Sequence[Value], tangents: dict[Value, Scalar], *, own: AbstractSet[Value] = frozenset()
) -> list[Scalar]:
    """Return the tangents of the roots when the nodes that are keys of `tangents` move so.

    The arguments are those of `pull_back_values`, and so are the errors.
    """
    leaves, computed = topological_order(*roots, until=tangents.keys())
    moving = {node for node, tangent in tangents.items() if type(tangent) is Value or tangent != 0}
    live = _descendants(computed, {leaf for leaf in leaves if leaf not in own})
    tangents = dict(tangents)
    for node in computed:
        tangent: Scalar | None = None
        for parent, slope in slopes(node, moving, live):
            contribution = product(tangents[parent], slope)
            tangent = contribution if tangent is None else tangent + contribution
        if tangent is not None:
            tangents[node] = tangent
            moving.add(node)
    return [tangents.get(root, 0.0) for root in roots]


def product(cotangent: Scalar, partial: Scalar) -> Scalar:
    """Return cotangent * partial, with no node for a factor of 1."""
    if type(cotangent) is not Value and cotangent == 1.0:
        return partial
    if type(partial) is not Value and partial == 1.0:
        return cotangent
    return cotangent * partial


def live_among(roots: Sequence[Value], variables: Collection[Value], own: AbstractSet[Value]) -> set[Value]:
    """Return the nodes before the roots that depend on a leaf outside `own`, with the variables as leaves."""
    leaves, computed = topological_order(*roots, until=set(variables))
    return _descendants(computed, {leaf for leaf in leaves if leaf not in own})


def _descendants(computed: list[Value], start: set[Value]) -> set[Value]:
    """Return `start` and those of the computed nodes, in order, that depend on it."""
    found = set(start)
    for node in computed:
        if any(parent in found for parent in _parents(node)):
            found.add(node)
    return found


def _parents(node: Value) -> tuple[Any, ...]:
    fused = node._op is not None and node._op.fused
    return node._x + node._y if fused else (node._x, node._y)


def _contributions(
    node: Value, cotangent: Scalar, moving: AbstractSet[Value], live: AbstractSet[Value]
) -> list[tuple[Value, Scalar]]:
    """Return what each moving parent of a node gets of its cotangent."""
    op: Primitive = node._op  # type: ignore[assignment]  # the node is computed
    rule = getattr(op, "cotangents", None)
    if rule is not None:  # of custom_gradient, which is no product
        return [
            (p, c) for p, c in zip(node._x, rule(node, cotangent, node in live), strict=True) if p in moving
        ]
    return [(parent, product(cotangent, slope)) for parent, slope in slopes(node, moving, live)]


def slopes(
    node: Value, moving: AbstractSet[Value], live: AbstractSet[Value] = frozenset()
) -> list[tuple[Value, Scalar]]:
    """Return the partials of a node by its moving parents, on Values where they depend on live ones.

    A parent that is an operand twice stands there twice; a structural zero does not.
    """
    op: Primitive = node._op  # type: ignore[assignment]  # the node is computed
    rule = getattr(op, "cotangents", None)
    if rule is not None:
        op.partial(0)(node._x_data, node._data)  # which raises if the rule is no product
        return [(p, c) for p, c in zip(node._x, rule(node, 1.0, node in live), strict=True) if p in moving]
    sides = node._sides()
    if op.spread:
        sides = tuple(zip(node._x, node._x_data, strict=True))
    found: list[tuple[Value, Scalar]] = []
    operands: list[Any] | None = None
    slope: Any
    for side, (parents, _) in enumerate(sides):
        flowing = [p is not None and p in moving for p in (parents if op.sequences else (parents,))]
        if not any(flowing) or op.partial_texts[side] == "0":
            continue
        if op.domain and node != node:
            slope = node if node in live else node._data  # a NaN, and so are its derivatives
        elif node in live:
            if operands is None:
                operands = [_operand(parents, data, live) for parents, data in sides]
            slope = op.slopes[side](*operands, node)
        else:
            slope = op.partial(side)(*[data for _, data in sides], node._data)
        if op.sequences:
            found += [(p, s) for p, s, flows in zip(parents, slope, flowing, strict=True) if flows]
        else:
            found.append((parents, slope))
    return found


def _operand(parent: Any, data: Any, live: AbstractSet[Value]) -> Any:
    """Return an operand of a node as a partial is to see it: live ones as Values, the rest as numbers."""
    if type(parent) is tuple:
        return [_operand(p, x, live) for p, x in zip(parent, data, strict=True)]
    if parent is None or parent not in live:
        return data
    if parent._data is not data and parent._data != data:
        name = f" {parent.label!r}" if parent.label else ""
        raise RuntimeError(
            f"a leaf{name} was changed from {data!r} to {parent._data!r} after the graph was made, and a "
            "derivative recorded now would mix the two numbers: compute the result again"
        )
    return parent
