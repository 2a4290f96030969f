"""Derivatives of functions: orders, structures, nesting, errors, and what nested and captured Values keep."""

import copy
import dataclasses
import math
import pickle
import random
import threading
from collections import OrderedDict, namedtuple
from functools import partial
from itertools import pairwise
from typing import ClassVar

import numpy as np
import pytest

import autograd_lite as al
from autograd_lite import (
    Value,
    derivative,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    no_grad,
    sin,
    value_and_grad,
    vjp,
)


def rosenbrock(x):
    return sum(100 * (b - a**2) ** 2 + (1 - a) ** 2 for a, b in pairwise(x))


# Orders


def test_grad_of_grad_and_the_fourth_derivative_of_the_sine() -> None:
    assert grad(lambda x: x**3)(2.0) == 12.0
    assert grad(grad(lambda x: x**3))(2.0) == 12.0
    assert grad(grad(grad(lambda x: x**3)))(2.0) == 6.0
    assert derivative(sin, 4)(0.5) == pytest.approx(math.sin(0.5), rel=1e-15)
    assert derivative(sin, 0)(0.5) == math.sin(0.5)
    assert derivative(exp, 9)(1.0) == pytest.approx(math.e, rel=1e-15)


def test_derivatives_of_powers_at_zero() -> None:
    assert [derivative(lambda x: x**2, n)(0.0) for n in range(7)] == [0, 0, 2, 0, 0, 0, 0]
    assert [derivative(lambda x: x**3, n)(0.0) for n in range(6)] == [0, 0, 0, 6, 0, 0]
    assert [derivative(lambda x: exp(-(x**2)), n)(0.0) for n in range(5)] == [1, 0, -2, 0, 12]
    assert [derivative(lambda x: x**0, n)(0.0) for n in range(3)] == [1, 0, 0]
    assert derivative(lambda x: x**1, 2)(0.0) == 0


def test_hessians_are_the_closed_forms() -> None:
    x, y = 1.5, -0.7
    assert hessian(rosenbrock)([x, y]) == [[1200 * x**2 - 400 * y + 2, -400 * x], [-400 * x, 200.0]]
    cubic = hessian(lambda x, y: x**3 * y**2)(x, y)
    assert np.allclose(cubic, [[6 * x * y**2, 6 * x**2 * y], [6 * x**2 * y, 2 * x**3]], rtol=1e-15)
    e = math.exp(x * y)
    mixed = hessian(lambda x, y: exp(x * y))(x, y)
    assert np.allclose(mixed, [[y * y * e, (1 + x * y) * e], [(1 + x * y) * e, x * x * e]], rtol=1e-14)


def test_a_hessian_of_a_hessian() -> None:
    fourth = hessian(lambda x: hessian(lambda y: y**4)(x))(1.5)
    assert fourth == 24.0
    third = jacobian(hessian(lambda p: p[0] ** 2 * p[1] ** 2))([2.0, 3.0])
    assert third == [[[0.0, 4 * 3.0], [4 * 3.0, 4 * 2.0]], [[4 * 3.0, 4 * 2.0], [4 * 2.0, 0.0]]]


def test_modes_agree_with_each_other_and_with_central_differences() -> None:
    rng = random.Random(1)

    def f(x):
        return [
            sin(x[0] * x[1]) + exp(x[2]),
            x[0] / (1 + x[2] ** 2),
            al.log(1 + x[1] ** 2),
            x[0] * x[1] * x[2],
        ]

    x = [rng.uniform(-1, 1) for _ in range(3)]
    v = [rng.uniform(-1, 1) for _ in range(3)]
    u = [rng.uniform(-1, 1) for _ in range(4)]
    forward = np.array(jacobian(f)(x))  # four outputs, three inputs
    reverse = np.array([grad(lambda x, i=i: f(x)[i])(x) for i in range(4)])
    assert np.allclose(forward, reverse, rtol=1e-13)
    value, tangent = jvp(f, (x,), (v,))
    assert value == f(x)
    assert np.allclose(tangent, forward @ v, rtol=1e-13)
    value, pull_back = vjp(f, x)
    assert value == f(x)
    assert np.allclose(pull_back(u)[0], u @ forward, rtol=1e-13)
    assert pull_back(u) == pull_back(u)  # any number of times
    h = 1e-5
    for j in range(3):
        up, down = ([a + s * h * (i == j) for i, a in enumerate(x)] for s in (1, -1))
        differences = [(a - b) / (2 * h) for a, b in zip(f(up), f(down), strict=True)]
        assert np.allclose(differences, forward[:, j], rtol=1e-8, atol=1e-8)


def test_hvp_is_the_hessian_times_a_vector() -> None:
    rng = random.Random(2)
    x, v = ([rng.uniform(-1, 1) for _ in range(6)] for _ in range(2))
    assert np.allclose(hvp(rosenbrock, (x,), (v,)), np.array(hessian(rosenbrock)(x)) @ v, rtol=1e-12)
    assert hvp(lambda x, y: x**2 * y, (3.0, 5.0), (1.0, 2.0)) == (2 * 5.0 + 2 * 3.0 * 2.0, 2 * 3.0)


def test_create_graph_makes_gradients_that_can_be_differentiated() -> None:
    x, y = Value(3.0), Value(2.0)
    (x**3 * y).backward(create_graph=True)
    slope = x.grad
    assert type(slope) is Value
    assert slope == 54.0
    assert y.grad == 27.0
    x.grad = y.grad = 0.0
    slope.backward()
    assert (x.grad, y.grad) == (36.0, 27.0)


def test_create_graph_accumulates_and_sets_the_nodes_between() -> None:
    x = Value(3.0)
    y = x * x
    z = y * 2
    z.backward(2.0, create_graph=True)
    z.backward(2.0, create_graph=True)
    assert x.grad == 48.0
    assert y.grad == 4.0
    assert (2 * x).grad == 0.0
    w = Value(1.0)
    (w + 3.0).backward(create_graph=True)
    assert w.grad == 1.0


def test_a_leaf_changed_after_recording_is_an_error_and_no_mixture() -> None:
    x = Value(3.0, label="x")
    y = x * x
    x.data = 10.0
    with pytest.raises(RuntimeError, match=r"a leaf 'x' was changed from 3\.0 to 10\.0"):
        y.backward(create_graph=True)
    assert not x.has_grad
    y.backward()
    assert x.grad == 6.0


# Nesting and captured Values


def test_perturbations_are_not_confused() -> None:
    assert grad(lambda x: x * grad(lambda y: x + y)(1.0))(1.0) == 1.0
    assert grad(lambda x: x * grad(lambda y: x * y)(2.0))(3.0) == 6.0
    assert derivative(lambda x: jvp(lambda y: x * y, (2.0,), (1.0,))[1] * x)(3.0) == 6.0
    assert jvp(lambda x: grad(lambda y: x * y * y)(x), (3.0,), (1.0,)) == (18.0, 12.0)
    assert grad(lambda x: grad(lambda x: x * x)(x) * x)(3.0) == 12.0


def test_a_captured_value_keeps_its_gradient_and_makes_the_result_live() -> None:
    w = Value(2.0)
    (w * 5).backward()
    slope = grad(lambda x: w * x * x)(3.0)
    assert type(slope) is Value
    assert slope == 12.0
    assert w.grad == 5.0
    slope.backward()
    assert w.grad == 5.0 + 6.0


def test_nodes_between_keep_their_gradients_too() -> None:
    w = Value(2.0)
    z = w * 3
    (z * z).backward()
    before = z.grad, w.grad
    fresh = w * 7
    grad(lambda x: z * fresh * x)(1.0)
    assert (z.grad, w.grad) == before
    assert not fresh.has_grad


def test_what_does_not_depend_on_a_live_value_is_a_float() -> None:
    w = Value(2.0)
    value, slope = value_and_grad(lambda x: x + w)(1.0)
    assert type(value) is Value
    assert type(slope) is float
    assert type(grad(lambda x: x**3)(2)) is float
    assert type(grad(lambda x: x * Value(3.0))(2.0)) is float  # a leaf that f makes is a constant
    assert jvp(lambda x: x * w, (3.0,), (1.0,))[1] == 2.0
    _, pull_back = vjp(lambda x: x * w, 3.0)
    assert type(pull_back(1.0)[0]) is Value


def test_values_as_arguments_give_values() -> None:
    x = Value(3.0)
    slope = grad(lambda y: y**3)(x)
    assert slope == 27.0
    slope.backward()
    assert x.grad == 18.0
    x.grad = 0.0
    _, tangent = jvp(lambda y: y**3, (x,), (Value(2.0),))
    tangent.backward()
    assert x.grad == 36.0


def test_derivatives_work_under_no_grad_and_remember_nothing() -> None:
    w = Value(2.0)
    with no_grad():
        assert grad(lambda x: x**3)(2.0) == 12.0
        slope = grad(lambda x: w * x**2)(3.0)
        value, also = value_and_grad(lambda x: w * x**2)(Value(3.0))
    assert slope == also == 12.0
    assert type(slope) is type(value) is float


def test_a_result_of_no_grad_inside_f_is_an_error() -> None:
    def f(x):
        with no_grad():
            return x * x

    with pytest.raises(RuntimeError, match="computed its result under no_grad"):
        grad(f)(3.0)


def test_f_may_use_an_argument_twice_ignore_it_or_return_it() -> None:
    assert grad(lambda x: x)(3.0) == 1.0
    assert grad(lambda x, y: x, (0, 1))(3.0, 4.0) == (1.0, 0.0)
    assert grad(lambda x: 5)(3.0) == 0.0
    assert value_and_grad(lambda x: 5)(3.0) == (5.0, 0.0)
    assert jacobian(lambda x: [1.0, x])(3.0) == [0.0, 1.0]
    shared = [1.0, 2.0]
    assert grad(lambda a, b: a[0] * b[0], (0, 1))(shared, shared) == ([1.0, 0.0], [1.0, 0.0])


def test_branches_of_python_are_taken_as_floats_would() -> None:
    def f(x):
        return x * x if x > 0 else -x

    assert (grad(f)(3.0), grad(f)(-3.0)) == (6.0, -1.0)
    assert grad(lambda x: max(x, 0.0) * 2 + x)(-1.0) == 1.0


# Structures

Point = namedtuple("Point", "x y")


@dataclasses.dataclass(frozen=True)
class Curve:
    level: float
    slopes: list


def test_gradients_have_the_structure_of_the_arguments() -> None:
    assert grad(lambda p: p["a"] * p["b"][1])({"a": 3, "b": [1.0, 4.0]}) == {"a": 4.0, "b": [0.0, 3.0]}
    found = grad(lambda p: p.x * p.y)(Point(3.0, 4.0))
    assert found == Point(4.0, 3.0)
    assert type(found) is Point
    curve = grad(lambda c: c.level * c.slopes[0])(Curve(2.0, [5.0]))
    assert curve == Curve(5.0, [2.0])
    ordered = grad(lambda d: d["b"])(OrderedDict(b=1.0, a=2.0))
    assert ordered == OrderedDict(b=1.0, a=0.0)
    assert type(ordered) is OrderedDict
    assert grad(lambda t: t[0][0] * t[1])(((2.0,), 3.0)) == ((3.0,), 2.0)


def test_numpy_arrays_in_numpy_arrays_out() -> None:
    x = np.array([[1.0, 2.0], [3.0, 4.0]])
    found = grad(lambda a: (a * a).sum())(x)
    assert isinstance(found, np.ndarray)
    assert found.dtype == float
    assert (found == 2 * x).all()
    assert grad(lambda a: a[0] * 2)(np.array([1, 2])).tolist() == [2.0, 0.0]
    matrix = np.arange(6.0).reshape(2, 3)
    assert (jacobian(lambda a: matrix @ a)(np.ones(3)) == matrix).all()
    assert jacobian(lambda a: np.outer(a, a))(np.ones(2)).shape == (2, 2, 2)
    square = hessian(lambda a: a[0] ** 2 * a[1])(np.array([3.0, 5.0]))
    assert square.tolist() == [[10.0, 6.0], [6.0, 0.0]]
    assert grad(lambda x: x**2)(np.float64(3.0)) == 6.0
    w = Value(2.0)
    live = grad(lambda a: w * (a * a).sum())(np.ones(2))
    assert live.dtype == object
    assert live[0] == 4.0
    assert jvp(lambda a: a * 2, (np.ones(2),), (np.array([1.0, 0.0]),))[1].tolist() == [2.0, 0.0]


def test_jacobians_of_structures() -> None:
    assert jacobian(lambda x, y: [x * y, x + y])(2.0, 3.0) == [[3.0, 2.0], [1.0, 1.0]]
    assert jacobian(lambda x: [x[0] * x[1], x[0]])([2.0, 3.0]) == [[3.0, 2.0], [1.0, 0.0]]
    assert jacobian(lambda p: {"s": p["a"] + p["b"]})({"a": 1.0, "b": 2.0}) == {"s": {"a": 1.0, "b": 1.0}}
    assert jacobian(lambda x, y: (x * y,), argnums=1)(2.0, 3.0) == (2.0,)
    assert jacobian(lambda x, y: [x * y], argnums=(0, 1))(2.0, 3.0) == [(3.0, 2.0)]
    assert jacobian(lambda x: x**2)(3.0) == 6.0
    assert hessian(lambda x, y: x * y, argnums=0)(2.0, 3.0) == 0.0


def test_arguments_by_position_and_by_name() -> None:
    def f(x, y, *, scale=1.0):
        return x * y * scale

    assert grad(f, 1)(2.0, 3.0) == 2.0
    assert grad(f, -1)(2.0, 3.0) == 2.0
    assert grad(f, "y")(2.0, 3.0) == 2.0
    assert grad(f, "y")(2.0, y=3.0) == 2.0
    assert grad(f, ("x", "scale"))(2.0, 3.0, scale=4.0) == (12.0, 6.0)
    assert grad(f, (1, 0))(2.0, 3.0) == (2.0, 3.0)
    assert grad(grad(f, "x"), "y")(2.0, 3.0) == 1.0
    assert grad(partial(f, 2.0))(3.0) == 2.0
    # What is not differentiated is passed on as it is.
    assert grad(lambda x, mode: x * len(mode))(2.0, "abc") == 3.0


def test_methods_and_closures() -> None:
    class Model:
        def __init__(self) -> None:
            self.w = 3.0

        def loss(self, x):
            return self.w * x * x

    assert grad(Model().loss)(2.0) == 12.0
    assert grad(al.sin)(0.0) == 1.0
    assert grad(rosenbrock).__name__ == "rosenbrock"


def test_outside_the_domain_every_order_is_nan() -> None:
    for f in (al.log, al.sqrt, al.asin, al.acosh, al.gamma, lambda x: x**0.5):
        for n in (1, 2, 3):
            assert math.isnan(derivative(f, n)(-2.0))
    assert math.isnan(hessian(lambda x: al.log(x[0]) * x[1])([-1.0, 2.0])[0][0])


def test_third_derivatives_where_a_coordinate_is_zero() -> None:
    third = jacobian(hessian(al.norm))([0.0, 3.0, 4.0])
    for row in (third[0][1], third[1][0]):
        assert row == [pytest.approx(-0.024), 0.0, 0.0]


def test_structures_are_rebuilt_faithfully_or_refused() -> None:
    @dataclasses.dataclass
    class Halved:
        degree: float
        offset: float = dataclasses.field(init=False, default=1.0)
        kind: ClassVar[str] = "halved"

        def __post_init__(self) -> None:
            self.degree = self.degree * 0.5

    p = Halved(8.0)
    p.offset = 5.0
    value, gradient = value_and_grad(lambda p: p.degree**2 * p.offset)(p)
    assert value == 80.0
    assert (gradient.degree, gradient.offset) == (40.0, 16.0)
    assert (p.degree, p.offset) == (4.0, 5.0)

    class Tagged(list):
        tag = 1.0

    tagged = Tagged([3.0])
    tagged.tag = 10.0
    assert value_and_grad(lambda xs: xs[0] * xs.tag)(tagged) == (30.0, [10.0])

    class Wrapper(dict):
        pass

    assert type(grad(lambda d: d["a"] * 2)(Wrapper(a=1.0))) is Wrapper
    import types

    for refused in (
        types.MappingProxyType({"a": 1.0}),
        np.complex128(1),
        np.array([1j]),
        np.str_("a"),
        {1.0},
    ):
        with pytest.raises(TypeError, match="grad: argument 0"):
            grad(lambda x: 1.0)(refused)


def test_cotangents_and_tangents_are_converted_and_matched() -> None:
    assert vjp(lambda x: -x, 1.0)[1](np.uint8(1)) == (-1.0,)
    assert vjp(lambda x: x + x, 1.0)[1](np.int8(100)) == (200.0,)
    assert [type(x) for x in jvp(lambda x: x, (1,), (2,))] == [float, float]
    product = hvp(lambda x: (x**3).sum(), (np.array([300.0, 1.0]),), (np.array([100, 1], np.float16),))
    assert product.tolist() == [180000.0, 6.0]
    with pytest.raises(ValueError, match="jvp: tangents: expected 6 numbers"):
        jvp(lambda x: x.sum(), (np.ones((2, 3)),), (np.ones((3, 2)),))
    _, pull_back = vjp(lambda x: {"a": x, "b": 2 * x}, 1.0)
    assert pull_back({"b": 1.0, "a": 10.0}) == (12.0,)


def test_what_does_not_move_meets_no_infinite_slope() -> None:
    rows = jacobian(lambda x: [al.sqrt(x[0]), x[1], x[1]])([0.0, 1.0])
    assert rows == [[math.inf, 0.0], [0.0, 1.0], [0.0, 1.0]]


def test_copies_keep_the_numbers_of_recorded_gradients() -> None:
    x = Value(2.0)
    y = x**3
    y.backward(create_graph=True)
    for twin in (copy.deepcopy(x), pickle.loads(pickle.dumps(x)), pickle.loads(pickle.dumps(y)).parents[0]):
        assert type(twin.grad) is float
        assert twin.grad == 12.0


def test_a_copy_inside_a_derivative_is_an_error() -> None:
    for copied in (copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))):
        with pytest.raises(RuntimeError, match="a copy or pickle made inside a function"):
            grad(lambda x, copied=copied: copied(x) ** 2)(3.0)
        with pytest.raises(RuntimeError, match="a copy or pickle made inside a function"):
            hessian(lambda p, copied=copied: copied(p[0] * 2) * p[1])([3.0, 2.0])
    w = Value(2.0)
    assert grad(lambda x: x * copy.copy(w).data)(3.0) == 2.0


def test_a_cotangent_of_zero_is_a_structural_zero() -> None:
    assert vjp(lambda x: [2 * x, al.log(x)], 0.0)[1]([1.0, 0.0]) == (2.0,)
    assert vjp(lambda x: [2 * x, al.log(x)], 0.0)[1]([0.0, 0.0]) == (0.0,)


def test_vjp_of_many_outputs_is_linear() -> None:
    def scan(x):
        out = []
        for _ in range(3000):
            x = x * 1.0001
            out.append(x)
        return out

    w = Value(1.0)
    value, pull_back = vjp(lambda x: scan(x * w), 1.0)
    assert len(value) == 3000
    assert pull_back([1.0] * 3000)[0].data == pytest.approx(sum(scan(1.0)), rel=1e-12)


# Errors


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: grad(lambda x: [x, x, x])(1.0),
            TypeError,
            "returned a list of 3; it must return one number",
        ),
        (lambda: grad(lambda x: None)(1.0), TypeError, r"returned nothing \(None\)"),
        (lambda: grad(3.0), TypeError, r"grad: expected a function, got a float; write grad\(f\)\(x\)"),
        (lambda: grad(lambda x: x)("a"), TypeError, "argument 0: expected a number, a Value, or a list"),
        (lambda: grad(lambda x: x)({"a": [None]}), TypeError, r"argument 0\['a'\]\[0\]: expected a number"),
        (lambda: grad(lambda x: x, 1)(1.0), ValueError, "argnums has 1, but <lambda> was given 1 positional"),
        (lambda: grad(lambda x: x)(), ValueError, "argnums has 0"),
        (lambda: vjp(lambda: 3.0), TypeError, "vjp: <lambda> was given no argument to differentiate by"),
        (lambda: jvp(lambda x: x, (2.0,), 1.0), TypeError, "tangents must be a tuple"),
        (lambda: grad(lambda x, *rest: x, "rest")(1.0, 2.0), ValueError, "called 'rest'"),
        (lambda: grad(lambda a, *rest, y=7.0: a, "y")(1.0, 2.0, 3.0), ValueError, "called 'y'"),
        (lambda: grad(lambda x: x, "y")(1.0), ValueError, "was not given an argument called 'y'"),
        (lambda: grad(lambda x: x, (0, 0))(1.0), ValueError, "none twice"),
        (lambda: grad(lambda x: x, ())(1.0), ValueError, "at least one argument"),
        (lambda: grad(lambda x: x, 0.5)(1.0), TypeError, "argnums"),
        (lambda: jvp(lambda x: x, 1.0, 1.0), TypeError, r"primals must be a tuple.*write \(x,\)"),
        (
            lambda: jvp(lambda x: x, ([1.0, 2.0],), ([1.0],)),
            ValueError,
            r"jvp: tangents: expected 2 numbers at \[0\]\[0\], \[0\]\[1\], got 1",
        ),
        (lambda: vjp(lambda x: [x, x], 1.0)[1]([1.0]), ValueError, "vjp: the cotangent"),
        (lambda: jacobian(lambda x: "a")(1.0), TypeError, "the result of <lambda>: expected a number"),
        (lambda: derivative(sin, -1), ValueError, "order n of 0 or more, got -1"),
        (lambda: grad(lambda x: math.sin(x))(1.0), TypeError, r"autograd_lite\.sin"),
    ],
)
def test_errors_say_what_was_wanted(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()


def test_an_error_inside_f_comes_out_as_it_is_and_leaves_nothing_behind() -> None:
    w = Value(2.0)
    (w * 3).backward()

    def f(x):
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        grad(f)(1.0)
    assert w.grad == 3.0
    assert grad(lambda x: x * Value(3.0))(2.0) == 3.0


# Threads, depth, speed


def test_threads_that_share_a_captured_value_do_not_disturb_each_other() -> None:
    w = Value(2.0)
    found = []

    def work(i: int) -> None:
        for _ in range(50):
            found.append(grad(lambda x: w * x * x)(float(i)).data == 4.0 * i)
            found.append(grad(lambda x: x**3)(float(i)) == 3.0 * i * i)

    threads = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(found)


def test_depth_costs_no_recursion_in_any_mode() -> None:
    def chain(x):
        for _ in range(30_000):
            x = x * 1.0000001
        return x

    slope = 1.0000001**30_000
    assert grad(chain)(1.0) == pytest.approx(slope, rel=1e-9)
    assert jvp(chain, (1.0,), (1.0,))[1] == pytest.approx(slope, rel=1e-9)
    assert grad(grad(chain))(1.0) == 0.0
    w = Value(1.0)
    assert grad(lambda x: chain(x * w))(1.0).data == pytest.approx(slope, rel=1e-9)


def test_a_hessian_costs_sweeps_and_no_new_graphs() -> None:
    calls = []

    def f(x):
        calls.append(1)
        return rosenbrock(x)

    hessian(f)([0.5] * 100)
    assert len(calls) == 1


def test_gradients_pickle_as_floats() -> None:
    assert pickle.loads(pickle.dumps(value_and_grad(rosenbrock)([1.0, 2.0]))) == (100.0, [-400.0, 200.0])
