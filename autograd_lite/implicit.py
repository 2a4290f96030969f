"""Derivatives through a solution: `root` and `fixed_point` by the implicit-function theorem.

The solution is found with plain numbers, and then given to three steps of Newton's method that are recorded.
At a solution a step changes nothing but the derivatives, and if those up to order n were right, those up to
order 2n + 1 are: up to the first, the third and, after three steps, the seventh. Relies on `functional`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from autograd_lite.context import no_grad, recording
from autograd_lite.engine import Value, plain
from autograd_lite.functional import jacobian

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    Scalar = Value | float
    System = Callable[[list[Any]], Sequence[Any]]


def root(f: Callable[[Any], Any], guess: Any, *, bracket: tuple[float, float] | None = None) -> Any:
    """Return an x with f(x) = 0, near the guess, as a function of the Values in f.

    f        a function of one number, or of a list of n numbers that returns n
    guess    where Newton's method starts: a number, or a list of n
    bracket  two numbers between which f, of one number, changes its sign: then the solution is found for sure

    Derivatives up to the seventh are right, also where f branches or the guess depends on Values: how x was
    found does not matter. Raises RuntimeError if no solution is found, or if f' is 0 there, where x has none.

    >>> a = Value(2.0)
    >>> x = root(lambda x: x * x - a, 1.0)
    >>> x.backward()
    >>> round(x.data, 12), round(a.grad, 12)  # the square root, and 0.5 / sqrt(a)
    (1.414213562373, 0.353553390593)
    """
    if isinstance(guess, list | tuple):
        if bracket is not None:
            raise ValueError("root: a bracket holds a solution of one number, not of a list")
        return _differentiable("root", f, _newton("root", f, [plain(x, "root") for x in guess]))

    def system(x: list[Any]) -> list[Any]:
        return [f(x[0])]

    x = [plain(guess, "root")]
    solution = _newton("root", system, x) if bracket is None else _bracketed(f, x[0], bracket)
    return _differentiable("root", system, solution)[0]


def fixed_point(f: Callable[[Any], Any], guess: Any, *, max_steps: int = 10_000) -> Any:
    """Return an x with f(x) = x, reached from the guess by x = f(x), as a function of the Values in f.

    f          a function of one number, or of a list of n numbers that returns n
    guess      where the iteration starts: a number, or a list of n
    max_steps  how often f is applied at most

    Derivatives are those of `root`. Raises RuntimeError if the iteration does not settle.

    >>> from autograd_lite import cos
    >>> k = Value(1.0)
    >>> x = fixed_point(lambda x: cos(k * x), 0.5)
    >>> round(x.data, 12)
    0.739085133215
    """
    several = isinstance(guess, list | tuple)

    def apply(x: list[Any]) -> list[Any]:
        return list(f(x)) if several else [f(x[0])]

    def residual(x: list[Any]) -> list[Any]:
        return [after - before for after, before in zip(apply(x), x, strict=True)]

    x = [plain(item, "fixed_point") for item in (guess if several else [guess])]
    for _ in range(max_steps):
        with no_grad():
            after = [plain(item, "fixed_point") for item in apply(x)]
        if not all(map(math.isfinite, after)):
            break
        settled = all(
            math.isclose(a, b, rel_tol=1e-14, abs_tol=1e-300) for a, b in zip(after, x, strict=True)
        )
        x = after
        if settled:
            solution = _differentiable("fixed_point", residual, x)
            return solution if several else solution[0]
    raise RuntimeError(
        f"fixed_point: x = f(x) did not settle in {max_steps} steps, and came to {_shown(x)}; if a solution "
        "is known to be near the guess, root(lambda x: f(x) - x, guess) may find it"
    )


def _newton(name: str, f: System, x: list[float]) -> list[float]:
    """Return a solution of the system near x, by Newton's method with the step halved until f decreases."""
    with no_grad():
        residual = _residual(name, f, x)
        size = [abs(a) for a in x]  # how far the search has come, for where a solution is 0
        for _ in range(2000):  # at a root of order three, each step takes a third of the way
            if not any(residual):
                return x
            step = _solve(
                jacobian(f)(x),
                residual,
                f"{name}: no solution found: at {_shown(x)} f is {_shown(residual)} and",
            )
            scale = 1.0
            while True:
                moved = [a - scale * float(b) for a, b in zip(x, step, strict=True)]
                after = _residual(name, f, moved)
                if math.hypot(*after) < math.hypot(*residual) or moved == x:
                    break
                scale /= 2
            if moved == x:  # within rounding of a solution no step decreases f any more
                return _settled(name, x, step, size)
            size = [max(s, abs(a), abs(b)) for s, a, b in zip(size, x, moved, strict=True)]
            x, residual = moved, after
    raise RuntimeError(f"{name}: no solution found from the guess; f is {_shown(residual)} at {_shown(x)}")


def _settled(name: str, x: list[float], step: list[Any], size: list[float]) -> list[float]:
    if all(abs(float(b)) <= 1e-8 * max(s, *size, 1e-7) for b, s in zip(step, size, strict=True)):
        return x
    raise RuntimeError(f"{name}: no solution found from the guess: f has a minimum above 0 near {_shown(x)}")


def _bracketed(f: Callable[[Any], Any], x: float, bracket: tuple[float, float]) -> list[float]:
    """Return a solution between two numbers by Newton's method, by halves where it would leave them."""

    def value(x: float) -> float:
        return _residual("root", lambda x: [f(x[0])], [x])[0]

    if not isinstance(bracket, list | tuple) or len(bracket) != 2:
        raise TypeError(f"root: a bracket is a pair of numbers, got {bracket!r}")
    low, high = (plain(x, "root") for x in bracket)
    with no_grad():
        below, above = value(low), value(high)
        if not below * above <= 0:
            raise ValueError(
                f"root: f must change its sign in the bracket, but is {below} at {low} and {above} at {high}"
            )
        if below == 0 or above == 0:
            return [low if below == 0 else high]
        if not min(low, high) < x < max(low, high):
            x = low + (high - low) / 2
        for _ in range(2200):  # halving alone reaches the last bit of any float in these
            residual = value(x)
            if residual == 0:
                return [x]
            low, high = (x, high) if (residual < 0) == (below < 0) else (low, x)
            slope = jacobian(lambda x: [f(x[0])])([x])[0][0]
            after = x - residual / slope if slope != 0 else math.nan
            if not min(low, high) < after < max(low, high):
                after = low + (high - low) / 2
            if after in (low, high, x):
                break
            x = after
        # Next to a solution f changes by its slope from one float to the next; at a jump by much more.
        left, right = math.nextafter(x, -math.inf), math.nextafter(x, math.inf)
        jump = abs(value(right) - value(left))
        size = min([1.0, *(abs(y) for y in (below, above) if math.isfinite(y))])
        pole = abs(value(x)) > 1e3 * size
        if pole or not jump <= 1e3 * abs(slope * (right - left)) + 1e-9 * size:
            raise RuntimeError(f"root: f changes its sign at {x!r} by a jump or a pole, of {jump!r}")
    return [x]


def _residual(name: str, f: System, x: list[float]) -> list[float]:
    found = f(list(x))
    if not isinstance(found, list | tuple) or len(found) != len(x):
        raise TypeError(f"{name}: f must return as many numbers as it is given, {len(x)}, got {found!r}")
    residual = [plain(y, name) for y in found]
    # An infinity is a long way off; a NaN has no way back.
    if any(y != y for y in residual):
        raise RuntimeError(f"{name}: f is nan at {_shown(x)}; start nearer to the solution")
    return residual


def _differentiable(name: str, f: System, x: list[float]) -> list[Any]:
    """Return a solution as a function of the live Values in f: two steps of Newton's method, recorded."""
    found: list[Scalar] = list(x)
    if not recording() or not any(type(y) is Value for y in f(found)):
        return found
    for _ in range(3):
        step = _solve(
            jacobian(f)(found), f(found), f"{name}: the solution {_shown(x)} has no derivative, for there"
        )
        found = [a - b for a, b in zip(found, step, strict=True)]
    return found


def _solve(matrix: Sequence[Sequence[Scalar]], right: Sequence[Scalar], why: str) -> list[Scalar]:
    """Return the solution of a linear system of numbers and Values, by elimination with partial pivoting.

    why  what an error begins with: what it means that the matrix is singular
    """
    rows = [[*row, y] for row, y in zip(matrix, right, strict=True)]
    n = len(rows)
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(plain(rows[k][i])))
        rows[i], rows[pivot] = rows[pivot], rows[i]
        if not plain(rows[i][i]) != 0:
            raise RuntimeError(f"{why} the derivative of f is 0")
        for k in range(i + 1, n):
            factor = rows[k][i] / rows[i][i]
            rows[k] = [a - factor * b for a, b in zip(rows[k], rows[i], strict=True)]
    solution: list[Scalar] = [0.0] * n
    for i in reversed(range(n)):
        rest = rows[i][n]
        for k in range(i + 1, n):
            rest = rest - rows[i][k] * solution[k]
        solution[i] = rest / rows[i][i]
    return solution


def _shown(x: Sequence[float]) -> str:
    return repr(x[0]) if len(x) == 1 else repr(list(x))
