"""Value: a number that remembers how it was made.

A node keeps its number, the primitive that made it, its parents and their numbers at that moment, so
that a later change of a leaf cannot falsify a gradient. Its operators and methods are made from the table
by `functions`; here is everything about a Value that is not calculus. Relies on `graph` and `primitives`.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from functools import partial
from numbers import Real

from autograd_lite import context
from autograd_lite.graph import pull_back
from autograd_lite.primitives import Primitive, constant

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

    from autograd_lite.context import About
    from autograd_lite.operators import Operators
else:
    Operators = object  # `functions` gives Value its operators; operators.pyi shows them to editors


def number(x: object, where: str) -> float:
    """Return x as a float; `where` names the function that was given it.

    Raises TypeError for anything but a real number, and OverflowError for an int beyond a float.
    """
    if type(x) is float or type(x) is int or _is_real(x):
        try:
            return float(x)  # type: ignore[arg-type]  # mypy does not see that _is_real narrows
        except OverflowError:
            raise OverflowError(f"{where}: an int this large does not fit a float (limit 1.8e308)") from None
    if isinstance(x, Value):
        raise TypeError(f"{where}: got a Value; use it as it is, or x.data for its number alone")
    raise TypeError(f"{where}: expected a number, got {type(x).__name__}")


def plain(x: object, where: str = "") -> float:
    """Return the number of a Value, or of a number; the errors are those of `number`."""
    return x.data if isinstance(x, Value) else number(x, where)


def decided(function: Callable[..., Any], *operands: Any) -> Any:
    """Return function of the operands' numbers, of which a compiler must know: it is no node of the graph."""
    listener = context.listener()
    if listener is not None:
        return listener.decided(function, operands)
    return function(*[x._data if type(x) is Value else x for x in operands])


def gradients(leaves: Iterable[Value]) -> list[float]:
    """Return the gradients of leaves as floats, a training step's in one go."""
    return [
        0.0 if (grad := leaf._grad) is None else grad._data if type(grad) is Value else grad
        for leaf in leaves
    ]


def _is_real(x: object) -> bool:
    """Whether x is a real number; NumPy's bool is one in all but registration."""
    kind = type(x)
    return isinstance(x, Real) or (kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_"))


class births:
    """A block that collects the leaves made inside it: constants to a derivative taken there."""

    __slots__ = ("_token", "leaves")

    open = 0  # how many blocks are open anywhere: while there is none, a leaf pays for one look

    def __enter__(self) -> list[Value]:
        self.leaves: list[Value] = []
        self._token = _born.set(self.leaves)
        births.open += 1
        return self.leaves

    def __exit__(self, *exception: object) -> None:
        births.open -= 1
        _born.reset(self._token)
        outer = _born.get()
        if outer is not None:
            outer += self.leaves

    @staticmethod
    def innermost() -> list[Value] | None:
        """Return what the innermost open block has collected, or None if there is none."""
        return _born.get() if births.open else None


_born: ContextVar[list[Value] | None] = ContextVar("autograd_lite leaves", default=None)

writes = 0  # how often a leaf's number was set: while it stands still, so do all numbers


class Value(Operators):
    """A number that remembers how it was made, so that `backward()` can differentiate it.

    data     the number, an int, float, bool, Fraction or NumPy scalar; kept as a float
    label    its name in pictures

    Raises TypeError for anything that is not a real number.

    >>> a, b = Value(2.0), Value(-3.0)
    >>> c = a * b
    >>> c.backward()
    >>> c.data, a.grad, b.grad
    (-6.0, -3.0, 2.0)
    """

    # Each slot costs 2 % of a training step, most of it in the cyclic collector, so there are few, and
    # _about stays empty until it is needed.
    __slots__ = ("_about", "_data", "_grad", "_op", "_x", "_x_data", "_y", "_y_data")

    _about: About  # label, scopes, place and whether it is a parameter
    _data: float
    _grad: Any  # None before a sweep, a Value after backward(create_graph=True)
    _op: Primitive | None
    _x: Any  # a parent: a Value, None for a constant; in a fused node a tuple of these
    _x_data: Any  # its number when this node was made
    _y: Any
    _y_data: Any

    def __init_subclass__(cls) -> NoReturn:
        raise TypeError("Value cannot be subclassed: write a function of Values instead")

    def __init__(self, data: Any, label: str = "") -> None:
        self._data = number(data, "Value")
        self._op = self._x = self._x_data = self._y = self._y_data = self._grad = None
        if label:
            self.label = label
        if births.open:
            leaves = _born.get()
            if leaves is not None:
                leaves.append(self)

    @property
    def data(self) -> float:
        """The number. A leaf's may be set; gradients of graphs made before are not affected."""
        if context.watched:
            decided(float, self)
        return self._data

    @data.setter
    def data(self, data: Any) -> None:
        if self._op is constant:
            raise AttributeError(
                "Value.data: a result of no_grad() cannot be set; make a leaf of it with Value(x.data)"
            )
        if self._op is not None:
            raise AttributeError(
                f"Value.data: this node was computed by {self._op.name} and cannot be set; set a leaf's data"
            )
        _refuse_recorded("Value.data", "set a number", "return the number and set it outside")
        global writes
        self._data = data if type(data) is float else number(data, "Value.data")
        writes += 1  # after the number, so that who reads the count before the number reads it again

    @property
    def grad(self) -> Any:
        """The derivative of the root by this node, 0.0 before `backward()`. Leaves accumulate.

        A float; after `backward(create_graph=True)` a Value, if it depends on one.
        """
        _refuse_recorded("Value.grad", "read a gradient", "use grad there, or give it as an argument")
        return 0.0 if self._grad is None else self._grad

    @grad.setter
    def grad(self, grad: Any) -> None:
        self._grad = grad if type(grad) is float else number(grad, "Value.grad")

    @property
    def has_grad(self) -> bool:
        """Whether a gradient has been computed or set, as distinct from a gradient of zero."""
        return self._grad is not None

    @property
    def label(self) -> str:
        """The name in pictures, empty if none was given."""
        return self._about[0] if hasattr(self, "_about") else ""

    @label.setter
    def label(self, label: str) -> None:
        if not isinstance(label, str):
            raise TypeError(f"Value.label: expected a str, got {type(label).__name__}")
        self._about = label, self.scope, self.place, self.parameter

    @property
    def scope(self) -> tuple[str, ...]:
        """The names of the `scope` blocks in which this node was made, outermost first."""
        return self._about[1] if hasattr(self, "_about") else ()

    @property
    def place(self) -> str:
        """File and line of the program that made this node, "file.py:12", if under `detect_anomaly()`."""
        about: tuple[Any, ...] = getattr(self, "_about", ())
        return about[2] if len(about) > 2 else ""

    @property
    def parameter(self) -> bool:
        """Whether this leaf is trained; the modules of `nn` set it for theirs, and pictures show it.

        It may be set on leaves; a computed node raises AttributeError.

        >>> from autograd_lite.nn import Neuron
        >>> Neuron(1).b.parameter, Value(1.0).parameter
        (True, False)
        """
        about: tuple[Any, ...] = getattr(self, "_about", ())
        return len(about) > 3 and about[3] is True

    @parameter.setter
    def parameter(self, parameter: bool) -> None:
        if self._op is not None:
            raise AttributeError(
                f"Value.parameter: this node was computed by {self._op.name}; only a leaf can be trained"
            )
        if not isinstance(parameter, bool):
            raise TypeError(f"Value.parameter: expected a bool, got {type(parameter).__name__}")
        self._about = self.label, self.scope, self.place, parameter

    @property
    def op(self) -> Primitive | None:
        """The primitive that made this node; None for a leaf."""
        return self._op

    @property
    def parents(self) -> tuple[Value | float, ...]:
        """The operands in order: a Value each, or the plain number that was a constant operand."""
        row = self._op
        if row is not None and row.operands and not row.fused:  # the usual two, in a fifth of the time
            x = self._x_data if self._x is None else self._x
            return (x,) if len(row.operands) == 1 else (x, self._y_data if self._y is None else self._y)
        parents: list[Value | float] = []
        for parent, data in self._sides():
            pairs = zip(parent, data, strict=True) if type(parent) is tuple else [(parent, data)]
            parents += [x if p is None else p for p, x in pairs]
        return tuple(parents)

    @property
    def local_derivatives(self) -> tuple[Callable[[], float], ...]:
        """The partials of this node by its parents, one closure per parent; call it for the number.

        They are those of the numbers that the parents had when the node was made.

        >>> [partial() for partial in (Value(2.0) * Value(-3.0)).local_derivatives]
        [-3.0, 2.0]
        """
        _refuse_recorded("Value.local_derivatives", "read a partial", "use grad or jvp there")
        if self._op is None:
            return ()
        numbers = [data for _, data in self._sides()]
        if self._op.spread:
            numbers = list(self._x_data)
        closures: list[Callable[[], float]] = []
        for data, derivative in zip(numbers, self._op.partials, strict=True):
            closure = partial(derivative, *numbers, self._data)
            if type(data) is tuple:
                closures += [partial(_item, closure, index) for index in range(len(data))]
            else:
                closures.append(closure)
        return tuple(closures)

    def backward(self, seed: float = 1.0, *, create_graph: bool = False) -> None:
        """Compute the gradient of this node by every node that it depends on, times the seed.

        create_graph  record how the gradients are computed, so that they are Values to differentiate again

        Interior nodes start again at zero, leaves add to the gradient they have: calling twice leaves
        exactly twice the gradient on the leaves. If a partial raises, the leaves keep what they had.

        Raises RuntimeError if this node was computed under `no_grad()`. Warns, with the sentence of
        `why_nan`, if this node is not finite.

        >>> x = Value(3.0)
        >>> (x**3).backward(create_graph=True)
        >>> slope, x.grad = x.grad, 0.0
        >>> slope.backward()
        >>> slope.data, x.grad
        (27.0, 18.0)
        """
        if self._op is constant:
            raise RuntimeError(
                "backward: this Value was computed under no_grad() and remembers no graph; "
                "compute it outside the block"
            )
        _refuse_recorded("backward", "add to gradients", "use grad or value_and_grad there")
        seed = number(seed, "backward")
        if create_graph:
            from autograd_lite.orders import backward

            backward(self, seed)
        else:
            pull_back(self, seed)
        if context.anomalies() or not math.isfinite(self._data):
            from autograd_lite.anomalies import warn

            warn(self)

    # Numbers compare by value, as the floats in their place would; nodes are hashed by identity.

    def __eq__(self, other: object) -> bool:
        number = _comparable(other)
        if context.watched and number is not NotImplemented:
            return bool(decided(operator.eq, self, other))
        return number if number is NotImplemented else self._data == number

    def __ne__(self, other: object) -> bool:
        number = _comparable(other)
        if context.watched and number is not NotImplemented:
            return bool(decided(operator.ne, self, other))
        return number if number is NotImplemented else self._data != number

    def __lt__(self, other: Any) -> bool:
        number = _comparable(other)
        if context.watched and number is not NotImplemented:
            return bool(decided(operator.lt, self, other))
        return number if number is NotImplemented else self._data < number

    def __le__(self, other: Any) -> bool:
        number = _comparable(other)
        if context.watched and number is not NotImplemented:
            return bool(decided(operator.le, self, other))
        return number if number is NotImplemented else self._data <= number

    def __gt__(self, other: Any) -> bool:
        number = _comparable(other)
        if context.watched and number is not NotImplemented:
            return bool(decided(operator.gt, self, other))
        return number if number is NotImplemented else self._data > number

    def __ge__(self, other: Any) -> bool:
        number = _comparable(other)
        if context.watched and number is not NotImplemented:
            return bool(decided(operator.ge, self, other))
        return number if number is NotImplemented else self._data >= number

    __hash__ = object.__hash__

    def __bool__(self) -> bool:
        return self != 0.0

    # Conversions: to an int the derivative is zero and nothing is lost; to a float it would be.

    def __float__(self) -> NoReturn:
        raise TypeError(
            "float() of a Value would lose its gradient: use x.data for the number, "
            "or the function of this package, such as autograd_lite.sin(x) for math.sin(x)"
        )

    def __complex__(self) -> NoReturn:
        raise TypeError("complex() of a Value would lose its gradient: use x.data for the number")

    def __int__(self) -> int:
        return int(decided(int, self))

    __trunc__ = __int__

    def __floor__(self) -> int:
        return int(decided(math.floor, self))

    def __ceil__(self) -> int:
        return int(decided(math.ceil, self))

    def __round__(self, n: int | None = None) -> Any:
        return decided(round, self) if n is None else self.round(n)

    def __pos__(self) -> Value:
        return self

    def __divmod__(self, other: Any) -> tuple[Value, Value]:
        return self // other, self % other

    def __rdivmod__(self, other: Any) -> tuple[Value, Value]:
        return other // self, other % self

    def __repr__(self) -> str:
        grad = 0.0 if self._grad is None else self._grad  # print may show it, also while f is compiled
        return f"Value(data={self._data!r}, grad={grad!r})"

    def __format__(self, spec: str) -> str:
        return format(self._data, spec) if spec else repr(self)

    def _repr_mimebundle_(self, *arguments: Any, **options: Any) -> dict[str, str]:
        """The graph as a picture, for notebooks."""
        from autograd_lite.see.drawing import representation

        return representation(self)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        from autograd_lite.interop.numpy import apply

        return apply(ufunc, method, inputs, options)

    # A graph is copied and pickled by `copies`.

    def __copy__(self) -> Value:
        from autograd_lite import copies

        return copies.copied(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> Value:
        from autograd_lite import copies

        return copies.with_ancestors(self, memo)

    def __reduce__(self) -> tuple[Any, ...]:
        from autograd_lite import copies

        return copies.reduced(self)

    def _sides(self) -> tuple[tuple[Any, Any], ...]:
        """The slots of each operand: parent and number, or tuples of both."""
        if self._op is None:
            return ()
        count = 1 if self._op.spread else len(self._op.operands)
        return ((self._x, self._x_data), (self._y, self._y_data))[:count]


def _refuse_recorded(name: str, deed: str, instead: str) -> None:
    """Raise RuntimeError inside a function that is being compiled, which does this once and never again."""
    if context.watched and context.listener() is not None:
        raise RuntimeError(
            f"{name}: a compiled function would {deed} once, while it is recorded, and not when it is called "
            f"again; {instead}"
        )


def _comparable(other: Any) -> Any:
    """Return what a Value's number is to be compared with, or NotImplemented."""
    if type(other) is Value:
        return other._data
    return other if _is_real(other) else NotImplemented


def _item(sequence: Callable[[], Any], index: int) -> float:
    item: float = sequence()[index]
    return item
