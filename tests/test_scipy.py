"""SciPy's optimisers on lists of Values, against SciPy with derivatives written by hand."""

import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest
from scipy import optimize

from autograd_lite import exp
from autograd_lite.interop.scipy import least_squares, minimize, root


def rosenbrock(x):
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


START = [-1.2, 1.0, 0.8, -0.5]


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "CG", "SLSQP"])
def test_minimize_with_gradients_is_scipys_own_result(method) -> None:
    ours = minimize(rosenbrock, START, method=method)
    theirs = optimize.minimize(optimize.rosen, START, method=method, jac=optimize.rosen_der)
    assert ours.success
    # The sums round differently, which ill-conditioned steps magnify.
    assert np.allclose(ours.x, theirs.x, atol=1e-5)


@pytest.mark.parametrize("method", ["Newton-CG", "trust-ncg", "trust-krylov", "trust-exact", "dogleg"])
def test_minimize_with_hessians_is_scipys_own_result(method) -> None:
    start = [0.98, 0.97, 0.95, 0.9]  # where the Hessian is positive definite, as dogleg wants
    ours = minimize(rosenbrock, start, method=method)
    given = {"hess": optimize.rosen_hess}
    if method not in ("trust-exact", "dogleg"):
        given = {"hessp": optimize.rosen_hess_prod}
    theirs = optimize.minimize(optimize.rosen, start, method=method, jac=optimize.rosen_der, **given)
    assert ours.success
    assert np.allclose(ours.x, theirs.x, atol=1e-6)
    assert abs(ours.nit - theirs.nit) <= 1


def test_methods_without_gradients_and_arguments_passed_on() -> None:
    def f(x, a, b):
        return (x[0] - a) ** 2 + (x[1] - b) ** 2

    for method in (None, "Nelder-Mead", "Powell", "trust-constr"):
        result = minimize(f, [0.0, 0.0], (1.0, 2.0), method=method, tol=1e-10)
        assert np.allclose(result.x, [1.0, 2.0], atol=1e-4)
    assert minimize(f, [0.0, 0.0], (1.0, 2.0), bounds=[(0, 0.5), (0, None)]).x[0] == pytest.approx(0.5)


def test_constraints_have_their_jacobians_supplied() -> None:
    def f(x):
        return x[0] ** 2 + x[1] ** 2

    def plane(x):
        return x[0] + 2 * x[1] - 5

    result = minimize(f, [1.0, 1.0], method="SLSQP", constraints={"type": "eq", "fun": plane})
    assert np.allclose(result.x, [1.0, 2.0])
    inside = {"type": "ineq", "fun": lambda x, r: [r - x[0], r - x[1]], "args": (1.8,)}
    both = [{"type": "eq", "fun": plane}, inside]
    assert np.allclose(minimize(f, [1.0, 1.0], method="SLSQP", constraints=both).x, [1.4, 1.8])
    disc = optimize.NonlinearConstraint(lambda x: (x[0] - 3) ** 2 + x[1] ** 2, 0.0, 4.0)
    found = minimize(f, [2.0, 1.0], method="trust-constr", constraints=disc)
    assert np.allclose(found.x, [1.0, 0.0], atol=1e-3)


def test_least_squares_is_scipys_own_result() -> None:
    t = [0.0, 0.5, 1.0, 1.5, 2.0]
    y = [2.0, 1.2, 0.75, 0.44, 0.28]

    def residuals(p):
        return [p[0] * exp(-p[1] * a) - b for a, b in zip(t, y, strict=True)]

    def by_hand(p):
        return p[0] * np.exp(-p[1] * np.array(t)) - y

    def jacobian(p):
        e = np.exp(-p[1] * np.array(t))
        return np.stack([e, -p[0] * np.array(t) * e], axis=1)

    for method in ("trf", "lm", "dogbox"):
        ours = least_squares(residuals, [1.0, 1.0], method=method)
        theirs = optimize.least_squares(by_hand, [1.0, 1.0], jac=jacobian, method=method)
        assert np.allclose(ours.x, theirs.x, rtol=1e-10)
        assert ours.nfev == theirs.nfev
        assert np.allclose(ours.jac, theirs.jac)


@pytest.mark.parametrize("method", ["hybr", "lm", "broyden1"])
def test_root_is_scipys_own_result(method) -> None:
    def f(x):
        return [x[0] + 0.5 * (x[0] - x[1]) ** 3 - 1.0, 0.5 * (x[1] - x[0]) ** 3 + x[1]]

    def by_hand(x):
        slope = 1.5 * (x[0] - x[1]) ** 2
        return [[1 + slope, -slope], [-slope, 1 + slope]]

    given = {"jac": by_hand} if method != "broyden1" else {}
    ours, theirs = root(f, [0.0, 0.0], method=method), optimize.root(f, [0.0, 0.0], method=method, **given)
    assert ours.success
    assert np.allclose(ours.x, theirs.x, atol=1e-6)
    assert np.allclose(f(ours.x), 0, atol=1e-5)


def test_what_the_user_supplies_is_passed_on_with_the_arguments() -> None:
    def f(x, a, b):
        return (x[0] - a) ** 2 + (x[1] - b) ** 2

    calls = []

    def slopes(x, a, b):
        calls.append("jac")
        return np.array([2 * (x[0] - a), 2 * (x[1] - b)])

    def curvature(x, a, b):
        calls.append("hess")
        return 2 * np.eye(2)

    result = minimize(f, [0, 0], (1.0, 2.0), "trust-exact", jac=slopes, hess=curvature)
    assert np.allclose(result.x, [1.0, 2.0])
    assert {"jac", "hess"} == set(calls)
    assert np.allclose(minimize(lambda x: (f(x, 1, 2), slopes(x, 1, 2)), [0, 0], jac=True).x, [1.0, 2.0])
    assert np.allclose(minimize(f, [0, 0], (1.0, 2.0), jac="3-point").x, [1.0, 2.0], atol=1e-6)
    scaled = least_squares(
        lambda x, s, t=0.0: [s * x[0] - 6, x[0] * x[1] - t], [1.0, 1.0], args=(2.0,), kwargs={"t": 6.0}
    )
    assert np.allclose(scaled.x, [3.0, 2.0])
    solved = root(lambda x, a: [x[0] ** 2 - a], [1.0], 2.0, "HYBR")
    assert solved.x[0] == pytest.approx(2.0**0.5)
    assert root(lambda x: ([x[0] - 1], [[1.0]]), [0.0], jac=True).x[0] == 1.0

    def jac(x, a):
        calls.append("constraint")
        return [1.0, 1.0]

    line = {"type": "eq", "fun": lambda x, a: x[0] + x[1] - a, "jac": jac, "args": (4.0,)}
    assert np.allclose(minimize(f, [0, 0], (1.0, 2.0), "SLSQP", constraints=line).x, [1.5, 2.5])

    def hess(x, v):
        calls.append("constraint hess")
        return v[0] * 2 * np.eye(2)

    disc = optimize.NonlinearConstraint(lambda x: x[0] ** 2 + x[1] ** 2, 0, 1, hess=hess)
    near = minimize(f, [0.1, 0.1], (1.0, 2.0), "trust-constr", constraints=disc)
    assert np.allclose(near.x, np.array([1, 2]) / 5**0.5, atol=1e-3)
    assert {"constraint", "constraint hess"} <= set(calls)


def test_without_scipy_the_error_names_the_install_line() -> None:
    code = (
        "import sys; sys.modules['scipy'] = None\n"
        "try: import autograd_lite.interop.scipy\n"
        "except ImportError as error: print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install 'autograd-lite[scipy]'" in run.stdout
