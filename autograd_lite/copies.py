"""Copies and pickles of Values: they walk the graph in order, so that depth costs no recursion.

Gives `copied`, `with_ancestors` and `reduced`, which are what `copy` and `pickle` ask of a Value. Relies on
`graph` and `engine`.
"""

from __future__ import annotations

from collections.abc import Iterator
from threading import local
from typing import Any

from autograd_lite.engine import Value, births
from autograd_lite.graph import topological_order
from autograd_lite.primitives import identity


def copied(node: Value) -> Value:
    """Return a copy of a node with the same parents."""
    _refuse_copy(node)
    return _copy(node, node._x, node._y)


def with_ancestors(root: Value, memo: dict[int, Any]) -> Value:
    """Return a copy of a node with copies of all that it depends on."""
    _refuse_copy(root)
    leaves, computed = topological_order(root)

    def twin(parent: Any) -> Any:
        if type(parent) is tuple:
            return tuple([twin(p) for p in parent])
        return memo[id(parent)] if parent is not None else None

    for node in leaves + computed:
        if id(node) not in memo:
            memo[id(node)] = _copy(node, twin(node._x), twin(node._y))
    found: Value = memo[id(root)]
    return found


def reduced(node: Value) -> tuple[Any, ...]:
    """Return what a pickle has of a node."""
    _refuse_copy(node)
    ancestors = None
    if node._op is not None and id(node) not in _pickling.nodes:
        ancestors = _Ancestors(node)
    return _restore, (ancestors, *_state(node))


def _state(node: Value) -> tuple[Any, ...]:
    """Return what a copy or a pickle keeps of a node; of a gradient that is a Value, its number."""
    about = getattr(node, "_about", None)
    grad = node._grad._data if type(node._grad) is Value else node._grad
    return node._op, node._data, grad, node._x, node._x_data, node._y, node._y_data, about


def _restore(ancestors: object, *state: Any) -> Value:
    node = object.__new__(Value)
    node._op, node._data, node._grad, node._x, node._x_data, node._y, node._y_data, about = state
    if about is not None:
        node._about = about
    return node


def _refuse_copy(node: Value) -> None:
    """Raise RuntimeError where a copy would lose a gradient: of a variable inside its own derivative."""
    born = births.innermost()
    if born is not None and id(node) not in _pickling.nodes:
        leaves, computed = topological_order(node)
        own = set(born)
        if any(leaf in own for leaf in leaves) or any(node._op is identity for node in computed):
            raise RuntimeError(
                "a copy or pickle made inside a function that is being differentiated is a leaf of its own, "
                "and the gradient would be lost; use the Value itself"
            )


def _copy(node: Value, x: Any, y: Any) -> Value:
    """Return a copy of a node with the given parents."""
    copied = _restore(None, *_state(node))
    copied._x, copied._y = x, y
    return copied


class _Pickling(local):
    """The nodes, by id, that a pickler is meeting in topological order at this moment."""

    def __init__(self) -> None:
        self.nodes: set[int] = set()


_pickling = _Pickling()


class _Ancestors:
    """Pickles as the list of a node's ancestors, parents first.

    A pickler recurses into what a node refers to. Meeting the parents before their users, it finds them
    in its memo and never goes deep; and because it meets the nodes themselves, what is shared with the
    rest of the pickle stays shared.
    """

    def __init__(self, root: Value) -> None:
        self._root = root

    def __reduce__(self) -> tuple[Any, ...]:
        return list, (), None, self._nodes()

    def _nodes(self) -> Iterator[Value]:
        leaves, computed = topological_order(self._root)
        nodes = {id(node) for node in computed}
        _pickling.nodes |= nodes
        try:
            yield from leaves
            yield from computed[:-1]
        finally:
            _pickling.nodes -= nodes
