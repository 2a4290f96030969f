"""What the surrounding block says about recording: `no_grad`, `scope`, `detect_anomaly`, and who listens.

The state is per context (thread, task), so a block in one thread says nothing to another. Gives
`annotate`, which applies the state to a node just made, and `watched`, how many blocks are open
anywhere: while it is zero a new node pays for one look at it and nothing more. `recording` and `recorded`
serve derivatives of functions, which need a graph whatever the block says; `listening` and `listener` serve
the compiler, which learns of every node and of every number that leaves one. Relies on `primitives`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ContextDecorator
from contextvars import ContextVar
from threading import Lock

from autograd_lite.primitives import constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol, TypeVar

    from autograd_lite.engine import Value

    class Listener(Protocol):
        """What is told of the nodes made inside a block, in order, and of what their numbers decide."""

        made: list[Value]

        def decided(self, function: Callable[..., Any], operands: tuple[Any, ...]) -> Any:
            """Take note of a decision, and return its outcome: function of the operands' numbers."""

        def vmapped(self, f: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            """Return the results of a vmapped function, or None if it is to run sample by sample."""

    Change = Callable[["_State"], dict[str, Any]]
    Function = TypeVar("Function", bound=Callable[..., Any])


# Label, scopes, under detect_anomaly the place in the source, "file.py:12", and whether it is a parameter.
About = (
    tuple[str, tuple[str, ...]] | tuple[str, tuple[str, ...], str] | tuple[str, tuple[str, ...], str, bool]
)


class _State:
    """Whether to record, what a node made now is to say about itself, and the state outside the block."""

    __slots__ = ("about", "anomaly", "block", "change", "closed", "listener", "outer", "recording")

    def __init__(
        self,
        outer: _State | None,
        about: About,
        *,
        recording: bool = True,
        anomaly: bool = False,
        listener: Listener | None = None,
        block: object = None,
        change: Change | None = None,
    ) -> None:
        self.outer = outer
        self.listener = listener
        self.about = about
        self.recording = recording
        self.anomaly = anomaly
        self.block = block
        self.change = change
        self.closed = False

    def inside(self, block: object, change: Change) -> _State:
        """Return the state of a block inside this one, with what it changes."""
        kept = {
            "about": self.about,
            "recording": self.recording,
            "anomaly": self.anomaly,
            "listener": self.listener,
        }
        return _State(self, **{**kept, **change(self)}, block=block, change=change)


_state = ContextVar("autograd_lite", default=_State(None, ("", ())))  # noqa: B039  only blocks change theirs
_counting = Lock()
watched = 0
_strays = 0  # how many blocks were closed from another context than their own


def _current() -> _State:
    """Return the state here, without blocks that were closed from elsewhere."""
    state = _state.get()
    if _strays:
        inner: list[_State] = []
        walked: _State | None = state
        while walked is not None:
            if walked.closed and walked.outer is not None:
                state = _replayed(walked.outer, inner)
                _state.set(state)
                return _current()
            inner.append(walked)
            walked = walked.outer
    return state


def _replayed(outside: _State, inner: list[_State]) -> _State:
    """Return the states of the inner blocks, innermost first, as they are on another outside."""
    for kept in reversed(inner):
        if kept.change is not None:
            outside = outside.inside(kept.block, kept.change)
            if isinstance(kept.block, _Block) and kept in kept.block.opened:
                kept.block.opened[kept.block.opened.index(kept)] = outside
    return outside


def annotate(node: Value) -> Value:
    """Apply the state to a node just computed, and return it."""
    state = _current() if _strays else _state.get()  # a call less: this is run for every node of a model
    if not state.recording:
        # A compiled program computes the number again each time; only gradients shall not flow to it.
        source = None if state.listener is None else _listened(_twin(node), state.listener)
        node._op = constant
        node._x = source
        node._y = node._x_data = node._y_data = None
    if state.listener is not None:
        _listened(node, state.listener)
    if state.anomaly:
        node._about = (*state.about[:2], place())
    elif state.about[1]:
        node._about = state.about
    return node


def _listened(node: Value, listener: Listener) -> Value:
    listener.made.append(node)
    return node


def _twin(node: Value) -> Value:
    """Return another node that says what this one says of how it was made."""
    twin = object.__new__(type(node))
    for slot in ("_op", "_grad", "_x", "_x_data", "_y", "_y_data", "_data"):
        setattr(twin, slot, getattr(node, slot))
    return twin


_PACKAGE = __file__.removesuffix("context.py")


def place() -> str:
    """Return file and line of the innermost caller outside this package."""
    frame = sys._getframe(1)
    # Code that `recording` printed has a namespace of its own, which is no module's.
    while frame.f_back and (
        "__name__" not in frame.f_globals or frame.f_code.co_filename.startswith(_PACKAGE)
    ):
        frame = frame.f_back
    return f"{frame.f_code.co_filename}:{frame.f_lineno}"


def _enter(block: object, change: Change) -> _State:
    global watched
    state = _current().inside(block, change)
    _state.set(state)
    with _counting:
        watched += 1
    return state


def _leave(block: object) -> None:
    """Leave the innermost state of a block; one that was opened inside it and is still open stays.

    That is so where a generator opened it. The state is found in the context: threads may share a block. If
    it is another context's, because a generator is closed here that ran there, it is marked as closed.
    """
    global _strays, watched
    with _counting:
        watched -= 1
    inner: list[_State] = []
    state: _State | None = _state.get()
    while state is not None and state.block is not block:
        inner.append(state)
        state = state.outer
    if state is not None and state.outer is not None:
        if isinstance(block, _Block):
            block.opened.remove(state)
        _state.set(_replayed(state.outer, inner))
    elif isinstance(block, _Block) and block.opened:
        block.opened.pop().closed = True
        _strays += 1


class _Block(ContextDecorator):
    """A block that changes the state; may be nested, shared and entered again, and is a decorator."""

    def __init__(self, change: Change) -> None:
        self._change = change
        self.opened: list[_State] = []

    def __call__(self, function: Function) -> Function:
        if getattr(getattr(function, "__code__", None), "co_flags", 0) & _SUSPENDS:
            raise TypeError(
                f"no_grad and scope: {function.__name__} is a generator or coroutine function, which runs "
                "after the decorator is done; use a with block inside it"
            )
        return super().__call__(function)

    def __enter__(self) -> None:
        self.opened.append(_enter(self, self._change))

    def __exit__(self, *exception: object) -> None:
        _leave(self)


_SUSPENDS = 0x20 | 0x80 | 0x200  # inspect's CO_GENERATOR, CO_COROUTINE, CO_ASYNC_GENERATOR


class siblings:
    """A block for many scopes in turn, cheaper than a `scope` for each of them.

    `with siblings() as state:`, then each `state.about = about` of `Parts` begins the next scope.
    """

    __slots__ = ()

    def __enter__(self) -> _State:
        return _enter(self, lambda state: {})

    def __exit__(self, *exception: object) -> None:
        _leave(self)


class Parts:
    """The scopes "kind 0", "kind 1" … of a module's parts, made once for the place where it stands."""

    __slots__ = ("_kind", "_made")

    def __init__(self, kind: str) -> None:
        self._kind = kind
        self._made: tuple[About, list[About]] = ("", ()), []

    def __reduce__(self) -> tuple[type[Parts], tuple[str]]:
        return Parts, (self._kind,)

    def under(self, about: About, count: int) -> list[About]:
        """Return what nodes of each of `count` parts are to say, under the scopes of `about`."""
        place, parts = self._made
        if place is not about or len(parts) != count:
            parts = [("", (*about[1], f"{self._kind} {i}")) for i in range(count)]
            self._made = about, parts
        return parts


def recording() -> bool:
    """Whether results remember their graph here."""
    return not watched or _current().recording


class recorded:
    """A block in which results remember their graph, also under `no_grad`."""

    __slots__ = ("_needed",)

    def __enter__(self) -> None:
        self._needed = not recording()
        if self._needed:
            _enter(self, lambda state: {"recording": True})

    def __exit__(self, *exception: object) -> None:
        if self._needed:
            _leave(self)


def listening(listener: Listener | None) -> _Block:
    """Return a block in which the listener is told of nodes and decisions; with None, nobody is."""
    return _Block(lambda state: {"listener": listener, "recording": True})


def listener() -> Listener | None:
    """Return who listens here."""
    return _current().listener if watched else None


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
    return _Block(lambda state: {"recording": False})


def detect_anomaly() -> _Block:
    """Return a block, or a decorator, whose nodes remember the line of the program that made them.

    There `why_nan` names the line too, and `backward()` warns of every gradient that is not finite. Costs
    about a microsecond a node.

    >>> from autograd_lite import Value, detect_anomaly
    >>> with detect_anomaly():
    ...     y = Value(3.0) * 2
    >>> y.place.rpartition(":")[2]
    '2'
    """
    return _Block(lambda state: {"anomaly": True})


def anomalies() -> bool:
    """Whether the surrounding block is one of detect_anomaly."""
    return bool(watched) and _current().anomaly


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
    return _Block(lambda state: {"about": ("", (*state.about[1], name))})
