"""What the surrounding block says about recording: `no_grad` and `scope`.

The state is per context (thread, task), so a block in one thread says nothing to another. Gives
`annotate`, which applies the state to a node just made, and `watched`, how many blocks are open
anywhere: while it is zero a new node pays for one look at it and nothing more. Relies on `primitives`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ContextDecorator
from contextvars import ContextVar
from threading import Lock

from autograd_lite.primitives import constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_lite.engine import Value

# Whether to record, and what a node made now is to say about itself: no label, and its scopes.
_State = tuple[bool, tuple[str, tuple[str, ...]]]

_state: ContextVar[_State] = ContextVar("autograd_lite", default=(True, ("", ())))
_counting = Lock()
watched = 0


def annotate(node: Value) -> Value:
    """Apply the state to a node just computed, and return it."""
    recording, about = _state.get()
    if not recording:
        node._op = constant
        node._x = node._y = node._x_data = node._y_data = None
    if about[1]:
        node._about = about
    return node


class _Block(ContextDecorator):
    """A block that changes the state; may be nested and, as a decorator, entered again."""

    def __init__(self, change: Callable[[_State], _State]) -> None:
        self._change = change
        self._before: list[_State] = []

    def _recreate_cm(self) -> _Block:
        return _Block(self._change)  # a decorated function may run in several threads at once

    def __enter__(self) -> None:
        global watched
        state = _state.get()
        self._before.append(state)
        _state.set(self._change(state))
        with _counting:
            watched += 1

    def __exit__(self, *exception: object) -> None:
        global watched
        _state.set(self._before.pop())
        with _counting:
            watched -= 1


def no_grad() -> _Block:
    """Return a block, or a decorator, in which results are constants and remember no graph.

    For evaluating a model: nothing is kept, and `backward()` from such a result is an error.

    >>> from autograd_lite import Value, no_grad
    >>> x = Value(3.0)
    >>> with no_grad():
    ...     y = x * x
    >>> y.data, y.parents
    (9.0, ())
    """
    return _Block(lambda state: (False, state[1]))


def scope(name: str) -> _Block:
    """Return a block, or a decorator, whose nodes are drawn together in a box with this name.

    Blocks nest; the names from the outermost to the innermost are `node.scope`.

    >>> from autograd_lite import Value, scope
    >>> x = Value(3.0)
    >>> with scope("loss"):
    ...     y = x * x
    >>> y.scope
    ('loss',)
    """
    if not isinstance(name, str):
        raise TypeError(f"scope: expected a name, got {type(name).__name__}")
    return _Block(lambda state: (state[0], ("", (*state[1][1], name))))
