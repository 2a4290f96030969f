"""SciPy's `minimize`, `least_squares` and `root` for functions written on lists of Values.

Each takes what SciPy's function of that name takes and returns what it returns; gradients, Jacobians and
Hessians are supplied. The function is given a list of Values for the vector x. Relies on `functional`, and
on SciPy, which comes with the extra `scipy`.
"""

from __future__ import annotations

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
    args: tuple[Any, ...] = (),
    method: str | None = None,
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
    given = _listed(f, args)
    name = (method or "").lower()
    fun: Callable[..., Any] = value_and_grad(given)
    if name in _WITHOUT_GRADIENT or "jac" in options:
        fun = _numbers(given)
    else:
        options["jac"] = True
    if not {"hess", "hessp"} & set(options):
        if name in _WITH_PRODUCTS:
            options["hessp"] = lambda x, p: numpy.array(hvp(given, (_floats(x),), (_floats(p),)))
        elif name in _WITH_HESSIAN:
            options["hess"] = _at(hessian(given))
    constraints = [_constraint(c) for c in _several(constraints)]
    return optimize.minimize(_at(fun), x0, method=method, constraints=constraints, **options)


def least_squares(
    f: Callable[..., Any], x0: Sequence[float], args: tuple[Any, ...] = (), **options: Any
) -> Any:
    """Return SciPy's result of minimising the sum of the squares of f(x, *args), a list of residuals.

    >>> result = least_squares(lambda x: [x[0] - 2, x[0] * x[1] - 6], [1.0, 1.0])
    >>> [round(x, 6) for x in result.x.tolist()]
    [2.0, 3.0]
    """
    given = _listed(f, args)
    options.setdefault("jac", _at(jacobian(given)))
    return optimize.least_squares(_at(_numbers(given)), x0, **options)


def root(
    f: Callable[..., Any],
    x0: Sequence[float],
    args: tuple[Any, ...] = (),
    method: str = "hybr",
    **options: Any,
) -> Any:
    """Return SciPy's result of solving f(x, *args) = 0, a list as long as x.

    The Jacobian is supplied to the methods that use one, hybr and lm. The solution is made of plain numbers;
    for one that can be differentiated see `autograd_lite.root`.

    >>> result = root(lambda x: [x[0] * x[1] - 6, x[0] + x[1] - 5], [1.0, 4.0])
    >>> [round(x, 6) for x in result.x.tolist()]
    [2.0, 3.0]
    """
    given = _listed(f, args)
    if method in ("hybr", "lm"):
        options.setdefault("jac", _at(jacobian(given)))
    return optimize.root(_at(_numbers(given)), x0, method=method, **options)


def _listed(f: Callable[..., Any], args: tuple[Any, ...]) -> Callable[[list[Any]], Any]:
    """Return f as a function of the list x alone."""
    args = args if isinstance(args, tuple) else (args,)
    return lambda x: f(x, *args)


def _floats(x: Any) -> list[float]:
    floats: list[float] = numpy.atleast_1d(x).tolist()
    return floats


def _at(f: Callable[[list[Any]], Any]) -> Callable[[Any], Any]:
    """Return a function of a list as SciPy calls it, with arrays in and out."""

    def at(x: Any, *_: Any) -> Any:
        found = f(_floats(x))
        if isinstance(found, tuple):
            return found[0], numpy.array(found[1])
        return numpy.array(found) if isinstance(found, list) else found

    return at


def _numbers(f: Callable[[list[Any]], Any]) -> Callable[[list[float]], Any]:
    """Return f of a list of floats with its result in floats, recording nothing."""

    def numbers(x: list[float]) -> Any:
        with no_grad():
            found = f([Value(item) for item in x])
        if isinstance(found, list | tuple | numpy.ndarray):
            return [item.data if type(item) is Value else float(item) for item in found]
        return found.data if type(found) is Value else float(found)

    return numbers


def _several(constraints: Any) -> Sequence[Any]:
    return constraints if isinstance(constraints, list | tuple) else [constraints]


def _constraint(constraint: Any) -> Any:
    """Return a constraint on a list of Values with its Jacobian supplied."""
    if isinstance(constraint, dict):
        given = _listed(constraint["fun"], constraint.get("args", ()))
        supplied = {"jac": _at(_rows(given)), **constraint, "fun": _at(_numbers(given))}
        supplied.pop("args", None)
        return supplied
    if isinstance(constraint, optimize.NonlinearConstraint):
        given = constraint.fun
        jac = constraint.jac if callable(constraint.jac) else _at(_rows(given))
        return optimize.NonlinearConstraint(
            _at(_numbers(given)), constraint.lb, constraint.ub, jac, keep_feasible=constraint.keep_feasible
        )
    return constraint


def _rows(f: Callable[[list[Any]], Any]) -> Callable[[list[float]], Any]:
    """Return the Jacobian of f, which returns one number or several, as rows."""

    def rows(x: list[float]) -> Any:
        found = f(list(map(Value, x)))
        return (
            jacobian(f)(x) if isinstance(found, list | tuple | numpy.ndarray) else [value_and_grad(f)(x)[1]]
        )

    return rows
