"""Walks over graphs of Values: the topological order and the reverse sweep.

Nothing here recurses, so depth costs nothing, and nothing here knows a derivative: a node's primitive
pulls its cotangent back. Relies on the slots of a node alone: `_x` and `_y` hold a parent, None for a
constant; in a fused node, tuples of these.
"""

from __future__ import annotations

from threading import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from autograd_lite.engine import Value

    Side = tuple[Value | None, ...]

# sweep(computed, untouched) pulls every node that is not untouched, users first. `recording` prints it, for
# the pulls of arithmetic stand in the loop itself.
sweep: Callable[[list[Value], float], None] = NotImplemented

# A sweep marks the nodes and adds into them, so threads whose graphs share a node take turns.
_turn = RLock()


def topological_order(root: Value) -> tuple[list[Value], list[Value]]:
    """Return the leaves that root depends on, and its computed nodes, parents before users.

    The same program gives the same order, in every process.
    """
    leaves: list[Value] = []
    computed: list[Value] = []
    met = {root}
    path = [(root, _parents(root))]
    while path:
        node, parents = path[-1]
        for parent in parents:
            if parent not in met:
                met.add(parent)
                path.append((parent, _parents(parent)))
                break
        else:
            (computed if node._op else leaves).append(node)
            path.pop()
    return leaves, computed


def _parents(node: Value) -> Iterator[Value]:
    fused = node._op is not None and node._op.fused
    parents = node._x + node._y if fused else (node._x, node._y)
    return iter([parent for parent in parents if parent is not None])


def pull_back(root: Value, seed: float) -> None:
    """Add to every leaf the derivative of root by it, times seed; set that of every computed node.

    A node that no cotangent reaches is not pulled: below a structural zero, 0 * inf would make a NaN.
    If a partial raises, the leaves keep the gradients they had.
    """
    with _turn:
        untouched = float("0")  # a zero of this sweep's own, which no sum can be
        leaves: list[tuple[Value, float | None]] = []
        try:
            computed = _restart(root, untouched, leaves)
            root._grad = seed
            sweep(computed, untouched)
        except BaseException:
            for leaf, before in leaves:
                leaf._grad = before
            raise
        # Summed first and added then, so that two equal sweeps give exactly twice the gradient of one.
        for leaf, before in leaves:
            if before is not None:
                leaf._grad += before  # type: ignore[operator]  # it has been restarted


def _restart(root: Value, untouched: float, leaves: list[tuple[Value, float | None]]) -> list[Value]:
    """Set the gradient of all that root depends on to `untouched`, which also marks what has been met.

    Returns the computed nodes, parents before users, and adds the leaves with the gradients they had.
    The walk of `topological_order` over again, three times as fast.
    """
    computed: list[Value] = []
    if root._op is None:
        leaves.append((root, root._grad))
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
                parent._grad = untouched
                path.append(node)
                node = parent
                continue
            leaves.append((parent, parent._grad))
            parent._grad = untouched
        while True:
            # The first parent is done: go up to the second, or be done and return to a user.
            parent = node._y
            if node._op.fused:  # type: ignore[union-attr]  # nor here
                parent = _next_parent(fused[-1], untouched, walked, leaves) if fused[-1] else None
                if parent is None:
                    fused.pop()
            if parent is not None and parent._grad is not untouched:
                if parent._op is not None:
                    parent._grad = untouched
                    path.append(node)
                    node = parent
                    break
                leaves.append((parent, parent._grad))
                parent._grad = untouched
            computed.append(node)
            if not path:
                return computed
            node = path.pop()


def _next_parent(
    sides: list[tuple[Side, Iterator[Value | None]]],
    untouched: float,
    walked: set[int],
    leaves: list[tuple[Value, float | None]],
) -> Value | None:
    """Return the next computed parent of a fused node that is new; restart the leaves before it."""
    while sides:
        side, rest = sides[-1]
        for parent in rest:
            if parent is not None and parent._grad is not untouched:
                if parent._op is not None:
                    return parent
                leaves.append((parent, parent._grad))
                parent._grad = untouched
        walked.add(id(side))
        sides.pop()
    return None
