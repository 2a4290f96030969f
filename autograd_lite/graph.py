"""Walks over graphs of Values: the topological order, the reverse sweep and the forward sweep.

Nothing here recurses, so depth costs nothing, and nothing here knows a derivative: a node's primitive
pulls its cotangent back, or sets its tangent from its parents'. The sweeps here are of numbers, kept in the
nodes; those of Values, for higher orders, are in `orders`. Relies on the slots of a node alone: `_x` and
`_y` hold a parent, None for a constant; in a fused node, tuples of these.
"""

from __future__ import annotations

from threading import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from collections.abc import Set as AbstractSet
    from typing import Any

    from autograd_lite.engine import Value

    Side = tuple[Value | None, ...]
    Before = list[tuple[Value, Any]]

# sweep(computed, untouched) pulls every node that is not untouched, users first. `recording` prints it, for
# the pulls of arithmetic stand in the loop itself.
sweep: Callable[[list[Value], float], None] = NotImplemented

# A sweep marks the nodes and adds into them, so threads whose graphs share a node take turns.
_turn = RLock()
_sweeping = (
    ""  # what runs: "backward", "gradient" (or a forward sweep) or nothing; a partial may start another
)


def topological_order(
    *roots: Value, until: AbstractSet[Value] = frozenset()
) -> tuple[list[Value], list[Value]]:
    """Return the leaves that the roots depend on, and the computed nodes, parents before users.

    A node in `until` counts as a leaf. The same program gives the same order, in every process.
    """
    leaves: list[Value] = []
    computed: list[Value] = []
    met: set[Value] = set()
    for root in roots:
        if root in met:
            continue
        met.add(root)
        path = [(root, _parents(root, until))]
        while path:
            node, parents = path[-1]
            for parent in parents:
                if parent not in met:
                    met.add(parent)
                    path.append((parent, _parents(parent, until)))
                    break
            else:
                (computed if node._op and node not in until else leaves).append(node)
                path.pop()
    return leaves, computed


def _parents(node: Value, until: AbstractSet[Value]) -> Iterator[Value]:
    fused = node._op is not None and node._op.fused
    parents = node._x + node._y if fused else (node._x, node._y)
    return iter([] if node in until else [parent for parent in parents if parent is not None])


def pull_back(root: Value, seed: float) -> None:
    """Add to every leaf the derivative of root by it, times seed; set that of every computed node.

    A node that no cotangent reaches is not pulled: below a structural zero, 0 * inf would make a NaN.
    If a partial raises, the leaves keep the gradients they had.
    """
    global _sweeping
    with _turn:
        outside, _sweeping = _sweeping, "backward"
        untouched = float("0")  # a zero of this sweep's own, which no sum can be
        before: Before = []
        computed: list[Value] = []
        try:
            computed = _restart(root, untouched, before)
            root._grad = seed
            sweep(computed, untouched)
        except BaseException:
            _restore(computed, before)
            raise
        finally:
            _sweeping = outside
        for node, grad in before:
            if grad is not None:
                if outside == "gradient" or (outside and node._op is not None):
                    node._grad = grad  # a partial called us: the sweep outside goes on with its own sums
                elif node._op is None:
                    # Summed first and added then, so that two equal sweeps give exactly twice one.
                    node._grad += grad  # it has been restarted


def gradient(
    root: Value, variables: Sequence[Value], own: AbstractSet[Value], seed: float
) -> list[float] | None:
    """Return the derivatives of root by the leaves in `variables`, times seed, and leave all gradients alone.

    Returns None if root depends on a leaf that is not in `own`.
    """
    global _sweeping
    with _turn:
        untouched = float("0")
        before: Before = []
        computed = _restart(root, untouched, before)
        outside, _sweeping = _sweeping, "gradient"
        try:
            if not all(node in own for node, _ in before if node._op is None):
                return None
            root._grad = seed
            sweep(computed, untouched)
            return [0.0 if variable._grad is None else variable._grad for variable in variables]
        finally:
            _sweeping = outside
            _restore(computed, before)


def push_forward(
    roots: Sequence[Value], variables: Sequence[Value], own: AbstractSet[Value], tangents: Sequence[float]
) -> list[float] | None:
    """Return the tangents of the roots when the leaves in `variables` move by the given tangents.

    Returns None if a root depends on a leaf that is not in `own`.
    """
    global _sweeping
    with _turn:
        untouched = float("0")
        before: Before = []
        computed: list[Value] = []
        for root in roots:
            if root._grad is not untouched:
                computed += _restart(root, untouched, before)
        outside, _sweeping = _sweeping, "gradient"
        try:
            if not all(node in own for node, _ in before if node._op is None):
                return None
            for variable, tangent in zip(variables, tangents, strict=True):
                # A tangent of 0 is a structural zero: what does not move meets no infinite slope.
                variable._grad = tangent if tangent != 0 else untouched
            for node in computed:
                node._op.push(node, untouched)  # type: ignore[union-attr]  # the node is not a leaf
            return [root._grad for root in roots]
        finally:
            _sweeping = outside
            _restore(computed, before)
            for variable in variables:
                variable._grad = None


def _restore(computed: list[Value], before: Before) -> None:
    """Give the nodes of a sweep the gradients that they had."""
    for node in computed:
        node._grad = None
    for node, grad in before:
        node._grad = grad


def _restart(root: Value, untouched: float, before: Before) -> list[Value]:
    """Set the gradient of all that root depends on to `untouched`, which also marks what has been met.

    Returns the computed nodes, parents before users, and adds to `before` the leaves with the gradients
    they had, and those computed nodes that had one. The walk of `topological_order` over again, three
    times as fast.
    """
    computed: list[Value] = []
    if root._op is None or root._grad is not None:
        before.append((root, root._grad))
    if root._op is None:
        root._grad = untouched
        return computed
    path: list[Value] = []  # from the root to the node, without the node
    fused: list[list[tuple[Side, Iterator[Value | None]]]] = []  # what is left of the fused nodes on the path
    walked: set[int] = set()  # sequences of operands that are done: fused nodes share them
    node = root
    node._grad = untouched
    while True:
        # Here a node is met for the first time: go up to its first parent if that is new too.
        parent = node._x
        if node._op.fused:  # type: ignore[union-attr]  # the node is not a leaf
            fused.append([(side, iter(side)) for side in (node._y, parent) if id(side) not in walked])
        elif parent is not None and parent._grad is not untouched:
            if parent._op is not None:
                if parent._grad is not None:
                    before.append((parent, parent._grad))
                parent._grad = untouched
                path.append(node)
                node = parent
                continue
            before.append((parent, parent._grad))
            parent._grad = untouched
        while True:
            # The first parent is done: go up to the second, or be done and return to a user.
            parent = node._y
            if node._op.fused:  # type: ignore[union-attr]  # nor here
                parent = _next_parent(fused[-1], untouched, walked, before) if fused[-1] else None
                if parent is None:
                    fused.pop()
            if parent is not None and parent._grad is not untouched:
                if parent._op is not None:
                    if parent._grad is not None:
                        before.append((parent, parent._grad))
                    parent._grad = untouched
                    path.append(node)
                    node = parent
                    break
                before.append((parent, parent._grad))
                parent._grad = untouched
            computed.append(node)
            if not path:
                return computed
            node = path.pop()


def _next_parent(
    sides: list[tuple[Side, Iterator[Value | None]]],
    untouched: float,
    walked: set[int],
    before: Before,
) -> Value | None:
    """Return the next computed parent of a fused node that is new; restart the leaves before it."""
    while sides:
        side, rest = sides[-1]
        for parent in rest:
            if parent is not None and parent._grad is not untouched:
                if parent._op is not None:
                    return parent
                before.append((parent, parent._grad))
                parent._grad = untouched
        walked.add(id(side))
        sides.pop()
    return None
