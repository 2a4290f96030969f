"""SciPy's `minimize`, `least_squares` and `root` for functions written on lists of Values.

Each takes what SciPy's function of that name takes and returns what it returns; gradients, Jacobians and
Hessians are supplied. The function is given a list of Values for the vector x. Relies on `functional`, and
on SciPy, which comes with the extra `scipy`.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.context import no_grad
from autograd_lite.engine import Value
from autograd_lite.functional import hessian, hvp, jacobian, value_and_grad

try:
    import numpy
    from scipy import optimize
except ImportError as error:
    raise ImportError(
        "autograd_lite.interop.scipy needs SciPy: pip install 'autograd-lite[scipy]'"
    ) from error

_WITHOUT_GRADIENT = {"nelder-mead", "powell", "cobyla", "cobyqa"}
_WITH_PRODUCTS = {"newton-cg", "trust-ncg", "trust-krylov", "trust-constr"}
_WITH_HESSIAN = {"dogleg", "trust-exact"}


def minimize(
    f: Callable[..., Any],
    x0: Sequence[float],
    args: Any = (),
    method: Any = None,
    *,
    constraints: Any = (),
    **options: Any,
) -> Any:
    """Return SciPy's result of minimising f(x, *args), one number for a list x.

    The gradient goes with every value, and products with the Hessian (or the Hessian itself) to the methods
    that use them; constraints, as dicts or NonlinearConstraint, have their Jacobians supplied. What is given
    in `options` (jac, hess, hessp, bounds, tol, options, …) is passed on and wins.

    >>> result = minimize(lambda x: (x[0] - 1) ** 2 + (x[1] - x[0] ** 2) ** 2, [0.0, 0.0])
    >>> [round(x, 5) for x in result.x.tolist()]
    [1.0, 1.0]
    """
    name = method.lower() if isinstance(method, str) else ""
    fun = _numbers(f)
    pairs = options.get("jac") is True  # f returns its gradient too
    if name not in _WITHOUT_GRADIENT and "jac" not in options:
        fun, options["jac"] = _derived(f, value_and_grad), True
    if not {"hess", "hessp"} & set(options) and not pairs:
        if name in _WITH_PRODUCTS:
            options["hessp"] = _products(f)
        elif name in _WITH_HESSIAN:
            options["hess"] = _derived(f, hessian)
    several = constraints if isinstance(constraints, list | tuple) else [constraints]
    constraints = [_constraint(constraint) for constraint in several]
    return optimize.minimize(fun, x0, args, method, constraints=constraints, **options)


def least_squares(f: Callable[..., Any], x0: Sequence[float], **options: Any) -> Any:
    """Return SciPy's result of minimising the sum of the squares of f(x, *args), a list of residuals.

    `options` are SciPy's: args, kwargs, bounds, method, loss, …, and a jac of one's own.

    >>> result = least_squares(lambda x: [x[0] - 2, x[0] * x[1] - 6], [1.0, 1.0])
    >>> [round(x, 6) for x in result.x.tolist()]
    [2.0, 3.0]
    """
    options.setdefault("jac", _derived(f, jacobian))
    return optimize.least_squares(_numbers(f), x0, **options)


def root(
    f: Callable[..., Any], x0: Sequence[float], args: Any = (), method: str = "hybr", **options: Any
) -> Any:
    """Return SciPy's result of solving f(x, *args) = 0, a list as long as x.

    The Jacobian is supplied to the methods that use one, hybr and lm. The solution is made of plain numbers;
    for one that can be differentiated see `autograd_lite.root`.

    >>> result = root(lambda x: [x[0] * x[1] - 6, x[0] + x[1] - 5], [1.0, 4.0])
    >>> [round(x, 6) for x in result.x.tolist()]
    [2.0, 3.0]
    """
    if method.lower() in ("hybr", "lm"):
        options.setdefault("jac", _derived(f, jacobian))
    return optimize.root(_numbers(f), x0, args, method, **options)


def _floats(x: Any) -> list[float]:
    floats: list[float] = numpy.atleast_1d(x).astype(float).tolist()
    return floats


def _derived(
    f: Callable[..., Any], transform: Callable[[Callable[[list[Any]], Any]], Callable[[list[float]], Any]]
) -> Callable[..., Any]:
    """Return a derivative of f as SciPy calls it: with an array for x, and arrays for what it returns."""

    def derivative(x: Any, *args: Any, **kwargs: Any) -> Any:
        found = transform(lambda values: f(values, *args, **kwargs))(_floats(x))
        return (found[0], numpy.array(found[1])) if isinstance(found, tuple) else numpy.array(found)

    return derivative


def _products(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return the product of f's Hessian at x with p as SciPy calls it."""
    return lambda x, p, *args: numpy.array(hvp(lambda values: f(values, *args), (_floats(x),), (_floats(p),)))


def _numbers(f: Callable[..., Any]) -> Callable[..., Any]:
    """Return f as SciPy calls it, with its result in plain numbers, recording nothing."""

    def numbers(x: Any, *args: Any, **kwargs: Any) -> Any:
        with no_grad():
            return _plain(f([Value(item) for item in _floats(x)], *args, **kwargs))

    return numbers


def _plain(found: Any) -> Any:
    if type(found) is Value:
        return found.data
    if isinstance(found, tuple):  # with jac=True: what f returns, and its derivative
        return tuple([_plain(item) for item in found])
    if isinstance(found, list | numpy.ndarray):
        return numpy.array([_plain(item) for item in found])
    return found


def _constraint(constraint: Any) -> Any:
    """Return a constraint on a list of Values with its Jacobian supplied."""
    if isinstance(constraint, dict):
        fun = constraint["fun"]
        return {"jac": _derived(_rows(fun), jacobian), **constraint, "fun": _numbers(fun)}
    if isinstance(constraint, optimize.NonlinearConstraint):
        supplied = copy.copy(constraint)
        supplied.fun = _numbers(constraint.fun)
        if constraint.jac == "2-point":  # SciPy's default
            supplied.jac = _derived(_rows(constraint.fun), jacobian)
        return supplied
    return constraint


def _rows(f: Callable[..., Any]) -> Callable[..., list[Any]]:
    """Return f with its result in a list, also where it is one number."""

    def rows(x: list[Any], *args: Any) -> list[Any]:
        found = f(x, *args)
        return list(found) if isinstance(found, list | tuple | numpy.ndarray) else [found]

    return rows
