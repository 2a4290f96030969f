"""Derivatives of functions: grad, value_and_grad, derivative, vjp, jvp, jacobian, hessian, hvp.

Each takes an ordinary Python function of numbers and gives another: floats in, floats out. A fresh node
stands for every argument, so that an argument never mixes with a variable of an outer derivative or with
a captured Value; where the result depends on such a live Value, it is a Value itself and can be
differentiated again. Relies on `graph` for plain numbers, on `orders` for the rest, and on `trees`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence

from autograd_lite import functions, graph
from autograd_lite.context import recorded, recording
from autograd_lite.engine import Value, _is_real, births, number
from autograd_lite.orders import Scalar, live_among, pull_back_values, push_forward_values
from autograd_lite.primitives import constant
from autograd_lite.trees import matched, numbers_of, rebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

Argnums = int | str | Sequence[int | str]


class _Run:
    """One call of a function with fresh nodes in place of the chosen arguments.

    variables  the fresh nodes, in order: leaves for numbers, identities for Values
    own        the leaves that are numbers to everyone outside: those of the variables, and what f made
    closed     whether a sweep found that the result depends on none but these
    """

    def __init__(
        self, name: str, f: Callable[..., Any], chosen: list[Any], call: Callable[[list[Any]], Any]
    ) -> None:
        self.name = name
        self.f = f
        self.chosen = chosen
        self.recording = recording()
        self.closed = False
        with recorded(), births() as born:
            given = [list(numbers_of(tree, f"{name}: argument {i}")) for i, tree in enumerate(chosen)]
            fresh = [[self._fresh(x) for x in numbers] for numbers in given]
            self.variables = [variable for variables in fresh for variable in variables]
            trees = [rebuilt(tree, iter(nodes)) for tree, nodes in zip(chosen, fresh, strict=True)]
            self.output = call(trees)
        self.own = set(born)
        self.plain = self.own.issuperset(self.variables)

    def _fresh(self, x: Any) -> Value:
        if type(x) is not Value:
            return Value(number(x, self.name))
        node: Value = functions.identity(x) if self.recording else Value(x.data)
        return node

    def scalar(self) -> Scalar:
        """Return the output; raises TypeError if it is not one number."""
        output = self.output
        if type(output) is Value:
            return self._remembered(output)
        if _is_real(output):
            return number(output, self.name)
        raise TypeError(
            f"{self.name}: {_called(self.f)} returned {_described(output)}; it must return one number "
            "(for several, use jacobian)"
        )

    def outputs(self) -> list[Scalar]:
        """Return the numbers of a structured output."""
        numbers = numbers_of(self.output, f"{self.name}: the result of {_called(self.f)}")
        return [self._remembered(x) if type(x) is Value else number(x, self.name) for x in numbers]

    def _remembered(self, output: Value) -> Value:
        if output.op is constant:
            raise RuntimeError(
                f"{self.name}: {_called(self.f)} computed its result under no_grad(), and there is no graph"
            )
        return output

    def pull_back(self, root: Scalar, seed: Scalar = 1.0) -> Sequence[Scalar]:
        """Return the derivative of root by each variable, times seed."""
        if type(root) is not Value:
            return [0.0] * len(self.variables)
        if self.plain and not isinstance(seed, Value):
            gradient = graph.gradient(root, self.variables, self.own, seed)
            if gradient is not None:
                self.closed = True
                return gradient
        with recorded():
            cotangents = pull_back_values(root, self.variables, seed, own=self.own)
        return [self.result(cotangents.get(variable, 0.0)) for variable in self.variables]

    def push_forward(self, roots: Sequence[Scalar], tangents: Sequence[Scalar]) -> list[Scalar]:
        """Return the tangent of each root when the variables move by the given tangents."""
        nodes = [root for root in roots if type(root) is Value]
        moved: Sequence[Scalar] | None = None
        if self.plain and not any(type(tangent) is Value for tangent in tangents):
            moved = graph.push_forward(nodes, self.variables, self.own, tangents)  # type: ignore[arg-type]  # floats
            self.closed = moved is not None
        if moved is None:
            with recorded():
                seeds = dict(zip(self.variables, tangents, strict=True))
                moved = push_forward_values(nodes, seeds, own=self.own)
        following = iter(moved)
        return [self.result(next(following)) if type(root) is Value else 0.0 for root in roots]

    def values(self, roots: Sequence[Scalar]) -> list[Scalar]:
        """Return roots as the caller is to see them: numbers, unless a live Value is behind them."""
        live: set[Value] = set()
        if not self.closed:
            live = live_among([x for x in roots if type(x) is Value], self.variables, self.own)
        return [self.result(x) if x in live else x.data if type(x) is Value else x for x in roots]

    def result(self, x: Scalar) -> Scalar:
        """Return a result, without its graph if nothing is recorded outside."""
        return x.data if type(x) is Value and not self.recording else x

    def structured(self, derivatives: Iterable[Scalar]) -> list[Any]:
        """Return one derivative per variable in the structures of the chosen arguments."""
        following = iter(derivatives)
        return [rebuilt(tree, following) for tree in self.chosen]


def value_and_grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., tuple[Any, Any]]:
    """Return a function that gives f's value and its gradient, for the cost of about one of them.

    f        a function that returns one number
    argnums  the argument to differentiate by, its position or name, or a sequence of these for a tuple of
             gradients. Such an argument is a number, or a list, tuple, dict, dataclass or NumPy array of
             numbers, nested at will; its gradient has the same structure.

    A Value that f makes of a number is a constant to the derivative. The results are floats, or Values where
    they depend on a Value that f captures or is given.

    Raises TypeError if f returns anything else, or an argument holds anything else.

    >>> value_and_grad(lambda p: p["a"] * p["b"])({"a": 3.0, "b": 4.0})
    (12.0, {'a': 4.0, 'b': 3.0})
    """
    return _value_and_grad("value_and_grad", f, argnums)


def grad(f: Callable[..., Any], argnums: Argnums = 0) -> Callable[..., Any]:
    """Return a function that gives the gradient of f; see `value_and_grad` for arguments and errors.

    >>> grad(lambda x, y: x * y**2)(3.0, 2.0)
    4.0
    >>> grad(grad(lambda x: x**3))(2.0)
    12.0
    """
    both = _value_and_grad("grad", f, argnums)

    @functools.wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


def _value_and_grad(name: str, f: Callable[..., Any], argnums: Argnums) -> Callable[..., tuple[Any, Any]]:
    _check_function(name, f)
    several = not isinstance(argnums, int | str)

    @functools.wraps(f, updated=())
    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        run = _run(name, f, argnums, args, kwargs)
        root = run.scalar()
        gradient = run.structured(run.pull_back(root))
        return run.values([root])[0], tuple(gradient) if several else gradient[0]

    return value_and_gradient


def derivative(f: Callable[[Any], Any], n: int = 1) -> Callable[[Scalar], Any]:
    """Return the derivative of order n of a function of one number.

    Raises ValueError for a negative order.

    >>> from autograd_lite import sin
    >>> derivative(sin, 4)(0.5) == sin(0.5)
    True
    """
    _check_function("derivative", f)
    if type(n) is not int or n < 0:
        raise ValueError(f"derivative: expected an order n of 0 or more, got {n!r}")
    for _ in range(n):
        f = grad(f)
    return f


def vjp(f: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[[Any], tuple[Any, ...]]]:
    """Return f(*primals) and the function that pulls a cotangent of the result back to the arguments.

    The cotangent has the structure of the result, what comes back is a tuple of that of the arguments:
    the cotangent times the Jacobian. It can be called again and again.

    >>> value, pull_back = vjp(lambda x, y: [x * y, x + y], 2.0, 3.0)
    >>> value, pull_back([1.0, 0.0]), pull_back([0.0, 1.0])
    ([6.0, 5.0], (3.0, 2.0), (1.0, 1.0))
    """
    run = _run("vjp", f, range(len(primals)), primals, {})
    roots = run.outputs()

    def pull_back(cotangent: Any) -> tuple[Any, ...]:
        seeds = matched(run.output, cotangent, "vjp: the cotangent")
        # A cotangent of 0 is a structural zero: what it belongs to is not entered.
        pulled = [(s, y) for s, y in zip(seeds, roots, strict=True) if type(s) is Value or s != 0]
        if len(pulled) == 1:
            return tuple(run.structured(run.pull_back(pulled[0][1], pulled[0][0])))
        with recorded():
            root = functions.dot([s for s, _ in pulled], [y for _, y in pulled]) if pulled else 0.0
        return tuple(run.structured(run.pull_back(root)))

    return rebuilt(run.output, iter(run.values(roots))), pull_back


def jvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """Return f(*primals) and its tangent when the arguments move by the tangents: one forward sweep.

    primals, tangents  tuples of arguments, of one structure

    >>> jvp(lambda x, y: x * y, (2.0, 3.0), (1.0, 10.0))
    (6.0, 23.0)
    """
    _check_arguments("jvp", primals)
    run = _run("jvp", f, range(len(primals)), primals, {})
    roots = run.outputs()
    if not isinstance(tangents, list | tuple):
        raise TypeError(f"jvp: tangents must be a tuple like the primals, got {_described(tangents)}")
    moved = run.push_forward(roots, matched(tuple(primals), tuple(tangents), "jvp: tangents"))
    return rebuilt(run.output, iter(run.values(roots))), rebuilt(run.output, iter(moved))


def jacobian(f: Callable[..., Any], argnums: Argnums | None = None) -> Callable[..., Any]:
    """Return a function giving the Jacobian of f: one row per output, one column per argument.

    For f of a list of n numbers that returns a list of m, the result is m lists of n floats, and likewise
    for every other structure: that of the result, and in the place of each number that of the argument.
    NumPy arrays of shapes s and t give one of shape s + t. By default all positional arguments count; of
    several, each row is a list. Runs one sweep per output or per argument, whichever are fewer.

    Raises TypeError if f returns what has no numbers in it.

    >>> jacobian(lambda x, y: [x * y, x + y])(2.0, 3.0)
    [[3.0, 2.0], [1.0, 1.0]]
    """
    return _jacobian("jacobian", f, argnums)


def hessian(f: Callable[..., Any], argnums: Argnums | None = None) -> Callable[..., Any]:
    """Return a function giving the matrix of second derivatives of f, which returns one number.

    Arguments and structure are those of `jacobian`: a list of n numbers gives n lists of n floats. Costs
    one recorded gradient and n sweeps of it.

    >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 5.0])
    [[10.0, 6.0], [6.0, 0.0]]
    """
    _check_function("hessian", f)

    @functools.wraps(f, updated=())
    def gradient(*args: Any, **kwargs: Any) -> Any:
        run = _run("hessian", f, _all(argnums, args), args, kwargs)
        return _bare(run.structured(run.pull_back(run.scalar())), argnums)

    return _jacobian("hessian", gradient, argnums)


def hvp(f: Callable[..., Any], primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Return the Hessian of f at the primals times the tangents, for the cost of a few gradients.

    primals, tangents  tuples of arguments, of one structure, which is also that of the result: bare for
                       one argument, a tuple for several

    >>> hvp(lambda x: x[0] ** 2 * x[1], ([3.0, 5.0],), ([1.0, 0.0],))
    [10.0, 6.0]
    """
    _check_arguments("hvp", primals)
    products = jvp(grad(f, tuple(range(len(primals)))), primals, tangents)[1]
    return products[0] if len(primals) == 1 else products


def _jacobian(name: str, f: Callable[..., Any], argnums: Argnums | None) -> Callable[..., Any]:
    _check_function(name, f)

    @functools.wraps(f, updated=())
    def matrix(*args: Any, **kwargs: Any) -> Any:
        run = _run(name, f, _all(argnums, args), args, kwargs)
        roots = run.outputs()
        count = len(run.variables)
        rows: Sequence[Sequence[Scalar]]
        if count < len(roots):
            units = ([float(i == j) for j in range(count)] for i in range(count))
            rows = list(zip(*[run.push_forward(roots, unit) for unit in units], strict=True))
        else:
            rows = [run.pull_back(root) for root in roots]
        return rebuilt(run.output, iter([_bare(run.structured(row), argnums) for row in rows]))

    return matrix


def _bare(gradient: list[Any], argnums: Argnums | None) -> Any:
    """Return the gradients by the chosen arguments: bare for one, a tuple if a sequence was asked for."""
    if argnums is not None and not isinstance(argnums, int | str):
        return tuple(gradient)
    return gradient[0] if len(gradient) == 1 else gradient


def _all(argnums: Argnums | None, args: Sequence[Any]) -> Argnums:
    return range(len(args)) if argnums is None else argnums


def _run(
    name: str, f: Callable[..., Any], argnums: Argnums, args: Sequence[Any], kwargs: dict[str, Any]
) -> _Run:
    """Call f with fresh nodes in place of the arguments that argnums names."""
    if not isinstance(argnums, int | str | Sequence):
        raise TypeError(f"{name}: argnums must be positions or names of arguments, got {argnums!r}")
    keys = [argnums] if isinstance(argnums, int | str) else list(argnums)
    places: list[int | str] = [_place(name, f, key, args, kwargs) for key in keys]
    if not places and not args:
        raise TypeError(f"{name}: {_called(f)} was given no argument to differentiate by")
    if len(set(places)) < len(places) or not places:
        raise ValueError(f"{name}: argnums must name at least one argument, and none twice, got {argnums!r}")

    def call(trees: list[Any]) -> Any:
        positional, named = list(args), dict(kwargs)
        for place, tree in zip(places, trees, strict=True):
            if isinstance(place, int):
                positional[place] = tree
            else:
                named[place] = tree
        return f(*positional, **named)

    return _Run(name, f, [args[p] if isinstance(p, int) else kwargs[p] for p in places], call)


def _place(
    name: str, f: Callable[..., Any], key: int | str, args: Sequence[Any], kwargs: dict[str, Any]
) -> int | str:
    """Return where in args or kwargs the argument is that key names."""
    if isinstance(key, str):
        if key in kwargs:
            return key
        import inspect

        parameters = list(inspect.signature(f).parameters.values())
        for index, parameter in enumerate(parameters[: len(args)]):
            positional = parameter.kind in (parameter.POSITIONAL_ONLY, parameter.POSITIONAL_OR_KEYWORD)
            if parameter.name == key and positional:
                return index
        raise ValueError(f"{name}: {_called(f)} was not given an argument called {key!r}")
    if isinstance(key, bool) or not isinstance(key, int):
        raise TypeError(f"{name}: argnums must be positions or names of arguments, got {key!r}")
    if not -len(args) <= key < len(args):
        raise ValueError(
            f"{name}: argnums has {key}, but {_called(f)} was given {len(args)} positional arguments"
            + (f"; name the others, such as argnums={next(iter(kwargs))!r}" if kwargs else "")
        )
    return key % len(args)


def _check_function(name: str, f: Any) -> None:
    if not callable(f):
        raise TypeError(
            f"{name}: expected a function, got {_described(f)}; write {name}(f)(x), not {name}(f(x))"
        )


def _check_arguments(name: str, primals: Any) -> None:
    if not isinstance(primals, list | tuple):
        raise TypeError(
            f"{name}: primals must be a tuple of arguments, got {_described(primals)}; for one argument "
            f"write (x,)"
        )


def _called(f: Any) -> str:
    return getattr(f, "__name__", None) or repr(f)


def _described(x: Any) -> str:
    if isinstance(x, list | tuple | dict):
        return f"a {type(x).__name__} of {len(x)}"
    return "nothing (None)" if x is None else f"a {type(x).__name__}"
