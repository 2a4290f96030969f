"""Walks over graphs of Values: the topological order and the reverse sweep.

Nothing here recurses, so depth costs nothing, and nothing here knows a derivative: a node's primitive
pulls its cotangent back. Relies on the slots of a node alone: `_x` and `_y` hold a parent, None for a
constant, or, in a fused node both, tuples of Values and numbers.
"""

from __future__ import annotations

from threading import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from autograd_lite.engine import Value

# A walk marks the nodes and a sweep adds into them, so threads whose graphs share a node take turns.
_turn = RLock()


def topological_order(root: Value) -> tuple[list[Value], list[Value]]:
    """Return the leaves that root depends on, and its computed nodes, parents before users.

    The same program gives the same order, in every process.
    """
    leaves: list[Value] = []
    computed: list[Value] = []
    seen = object()  # this walk's own mark, so that none needs to be cleared
    if root._op is None:
        return [root], []
    value_class = root.__class__
    path: list[Value] = []  # from the root to the node, without the node
    remaining: list[Iterator[Any]] = []  # the parents still to visit of the fused nodes on the path
    node = root
    with _turn:
        node._mark = seen
        while True:
            # Here a node is met for the first time: go up to its first parent if that is new too.
            parent = node._x
            if parent.__class__ is tuple:
                remaining.append(iter(parent + node._y))
            elif parent is not None and parent._mark is not seen:
                parent._mark = seen
                if parent._op is None:
                    leaves.append(parent)
                else:
                    path.append(node)
                    node = parent
                    continue
            while True:
                # The first parent is done: go up to the second, or be done and return to a user.
                parent = node._y
                if parent.__class__ is tuple:
                    for parent in remaining[-1]:
                        if parent.__class__ is value_class and parent._mark is not seen:
                            if parent._op is not None:
                                break
                            parent._mark = seen
                            leaves.append(parent)
                    else:
                        remaining.pop()
                        parent = None
                if parent is not None and parent._mark is not seen:
                    parent._mark = seen
                    if parent._op is None:
                        leaves.append(parent)
                    else:
                        path.append(node)
                        node = parent
                        break
                computed.append(node)
                if not path:
                    return leaves, computed
                node = path.pop()


def pull_back(root: Value, seed: float) -> None:
    """Add to every leaf the derivative of root by it, times seed; set that of every computed node.

    A node that no cotangent reaches is not pulled: below a structural zero, 0 * inf would make a NaN.
    If a partial raises, the leaves keep the gradients they had.
    """
    with _turn:
        leaves, computed = topological_order(root)
        before = [leaf.grad for leaf in leaves]
        untouched = float("0")  # a zero of this sweep's own, which no sum can be
        for node in leaves:
            node._grad = untouched
        for node in computed:
            node._grad = untouched
        root._grad = seed
        try:
            for node in reversed(computed):
                cotangent = node._grad
                if cotangent is not untouched:
                    node._op.pull(node, cotangent)  # type: ignore[union-attr]  # computed: it has one
        except BaseException:
            for leaf, grad in zip(leaves, before, strict=True):
                leaf._grad = grad
            raise
        # Summed first and added then, so that two equal sweeps give exactly twice the gradient of one.
        for leaf, grad in zip(leaves, before, strict=True):
            leaf._grad += grad
