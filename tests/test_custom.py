"""Primitives and rules of one's own, and derivatives through solutions."""

import copy
import math
import pickle

import pytest

import autograd_lite as al
from autograd_lite import (
    Value,
    check_grad,
    custom_gradient,
    derivative,
    draw_dot,
    fixed_point,
    grad,
    hessian,
    jacobian,
    jvp,
    no_grad,
    primitive,
    root,
)

# Primitives from text


def test_a_primitive_from_text_takes_part_in_every_mode() -> None:
    cube = primitive("cube(x)", "x**3", "3 * x**2")
    assert cube(2.0) == 8.0
    assert [derivative(cube, n)(2.0) for n in range(5)] == [8.0, 12.0, 12.0, 6.0, 0.0]
    assert jvp(cube, (2.0,), (0.5,)) == (8.0, 6.0)
    x = Value(2.0)
    y = cube(x)
    y.backward()
    assert (y.op.name, y.data, x.grad) == ("cube", 8.0, 12.0)
    assert y.parents == (x,)
    assert [partial() for partial in y.local_derivatives] == [12.0]
    assert "cube" in draw_dot(y).source
    assert copy.deepcopy(y).op is y.op


def test_texts_follow_ieee_754() -> None:
    power = primitive("power(x, y)", "x**y", "y * x**(y - 1)", "0")
    assert math.isnan(power(-8.0, 1 / 3))
    assert power(10.0, 400) == math.inf
    inverse = primitive("inverse(x)", "1 / x", "-z / x", domain="x != 0")
    assert inverse(0.0) == math.inf
    assert grad(inverse)(2.0) == -0.25


def test_texts_may_use_the_table_and_other_primitives_of_ones_own() -> None:
    primitive("double(x)", "2 * x", "2")
    mixed = primitive("mixed(x)", "double(x) + softplus(x)", "2 + sigmoid(x)")
    check_grad(mixed, 0.3)
    assert derivative(mixed, 2)(0.3) == derivative(al.softplus, 2)(0.3)


def test_a_constant_operand_is_not_differentiated() -> None:
    def fails(*operands):
        raise AssertionError("not wanted")

    scaled = primitive("scaled(x, y)", "x * y", "y", fails)
    assert grad(lambda x: scaled(x, 3.0))(2.0) == 3.0
    three = primitive("three(x, y, w)", lambda x, y, w: x * y * w, "y * w", "x * w", fails)
    assert grad(lambda x: three(x, 3.0, 4.0))(2.0) == 12.0


def test_three_operands_and_more() -> None:
    f = primitive("weighted(x, y, w)", "w * x + (1 - w) * y", "w", "1 - w", "x - y")
    assert f(1.0, 3.0, 0.25) == 2.5
    assert grad(f, (0, 1, 2))(1.0, 3.0, 0.25) == (0.25, 0.75, -2.0)
    assert hessian(f)(1.0, 3.0, 0.25) == [[0.0, 0.0, 1.0], [0.0, 0.0, -1.0], [1.0, -1.0, 0.0]]
    check_grad(f, 1.0, 3.0, 0.25)
    x, y = Value(1.0), Value(3.0)
    z = f(x, y, 0.25)
    assert z.parents == (x, y, 0.25)
    assert [partial() for partial in z.local_derivatives] == [0.25, 0.75, -2.0]
    with pytest.raises(TypeError, match=r"weighted\(x, y, w\) takes 3 operands, got 2"):
        f(x, y)
    with pytest.raises(TypeError, match="weighted: expected a number, got str"):
        f(x, y, "a")
    assert derivative(lambda x: al.fma(x, x, x), 2)(3.0) == 2.0


# Primitives from callables


def test_a_primitive_from_callables() -> None:
    calls = []

    def value(x):
        calls.append(x)
        return math.sin(x)

    sine = primitive("sine(x)", value, math.cos)
    assert grad(sine)(1.0) == math.cos(1.0)
    assert calls == [1.0]
    with pytest.raises(
        TypeError, match=r"primitive sine: the partial by x cannot be differentiated again.*sin"
    ):
        grad(grad(sine))(1.0)
    again = primitive("sine(x)", math.sin, al.cos)
    assert derivative(again, 4)(1.0) == pytest.approx(math.sin(1.0), rel=1e-15)


def test_a_callable_partial_may_take_the_result() -> None:
    square_root = primitive("square_root(x)", math.sqrt, lambda x, z: 0.5 / z)
    assert [derivative(square_root, n)(4.0) for n in range(3)] == [2.0, 0.25, -0.03125]


def test_what_a_callable_returns_is_checked() -> None:
    with pytest.raises(TypeError, match="primitive wordy: the value must return a number, got str"):
        primitive("wordy(x)", lambda x: "a", "1")(1.0)
    with pytest.raises(
        TypeError, match="primitive wordy: the partial by x must return a number, got NoneType"
    ):
        grad(primitive("wordy(x)", lambda x: x, lambda x: None))(1.0)


def test_an_error_in_a_partial_leaves_the_gradients_that_were_there() -> None:
    def partial(x):
        if x > 1:
            raise ZeroDivisionError("mine")
        return 1.0

    fragile = primitive("fragile(x)", lambda x: x, partial)
    x = Value(2.0)
    (x * 5).backward()
    with pytest.raises(ZeroDivisionError, match="mine"):
        (x * fragile(x)).backward()
    assert x.grad == 5.0
    (x * 5).backward()
    assert x.grad == 10.0


def test_a_partial_may_run_sweeps_of_its_own() -> None:
    shared = Value(3.0)
    between = shared * 2

    def partial(x):
        (between * between).backward()  # shares nodes with the sweep that asks for the partial
        return grad(lambda y: y * y)(x)

    inner = primitive("inner(x)", lambda x: x * x, partial)
    (inner(between) + between).backward()
    assert between.grad == 2 * 6.0 + 1
    assert shared.grad == (2 * 6.0 + 1) * 2 + 2 * 6.0 * 2


def test_a_partials_own_backward_does_not_disturb_functional_sweeps() -> None:
    def f(x):
        u = x * x

        def partial(v):
            (u * u).backward()
            return 2 * v

        return primitive("busy(x)", lambda v: v * v, partial)(u) + u

    for found in (grad(f)(3.0), jvp(f, (3.0,), (1.0,))[1]):
        assert found == 4 * 27.0 + 6.0


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("q(x, y)", "x", "1"), ValueError, r"q\(x, y\): expected 2 partials, one per operand, got 1"),
        (("sin(x)", "x", "1"), ValueError, "the table has a primitive sin"),
        (("q(x)", "foo(x)", "1"), NameError, "foo is neither an operand, nor z"),
        (("q(x)", "x", "open"), NameError, "open is neither"),
        (("q(x)", "x.real", "1"), NameError, "real is neither"),
        (("q(x)", "x +", "1"), ValueError, r"'x \+' is no expression"),
        (("q(x)", "x", lambda: 1), ValueError, "must take the 1 operands, but takes 0"),
        (("q(x)", "x", 3), TypeError, "the partial by x must be a text or a function, got int"),
        (("q", "x", "1"), ValueError, "expected a signature such as"),
        (("q(x, x)", "x", "1", "1"), ValueError, "different names"),
        (("q(z)", "z", "1"), ValueError, "not z"),
        (("q(lambda)", "1", "1"), ValueError, "'lambda' is no name"),
    ],
)
def test_declarations_that_cannot_be_are_refused(arguments, error, message) -> None:
    with pytest.raises(error, match=message):
        primitive(*arguments)


def test_a_node_of_a_declared_primitive_pickles_by_name() -> None:
    tripled = primitive("tripled(x)", "3 * x", "3")
    y = pickle.loads(pickle.dumps(tripled(Value(2.0))))
    y.backward()
    assert y.parents[0].grad == 3.0
    dumped = pickle.dumps(tripled(Value(2.0))).replace(b"tripled", b"trapled")
    with pytest.raises(LookupError, match="there is no primitive 'trapled' in this process"):
        pickle.loads(dumped)


# Rules of one's own


@custom_gradient
def softplus(x):
    e = al.exp(x)
    return al.log(1 + e), lambda cotangent: cotangent * (1 - 1 / (1 + e))


def test_a_rule_with_the_values_it_was_given_has_every_order() -> None:
    for n in range(4):
        assert derivative(softplus, n)(0.3) == pytest.approx(derivative(al.softplus, n)(0.3), rel=1e-12)
    assert jvp(softplus, (0.3,), (2.0,))[1] == pytest.approx(2 * al.sigmoid(0.3), rel=1e-14)
    x = Value(0.3)
    y = softplus(x)
    y.backward()
    assert x.grad == pytest.approx(al.sigmoid(0.3), rel=1e-14)
    assert y.parents == (x,)
    check_grad(softplus, 0.3)


def test_a_rule_takes_the_place_of_the_derivative() -> None:
    @custom_gradient
    def clipped(x, y):
        return x * y, lambda c: (min(max(c, -1.0), 1.0), 0.0)

    x, y = Value(3.0), Value(4.0)
    (100 * clipped(x, y)).backward()
    assert (x.grad, y.grad) == (1.0, 0.0)
    assert clipped(3.0, 4.0) == 12.0
    with no_grad():
        assert clipped(x, y) == 12.0
    assert grad(clipped)(3.0, 4.0) == 1.0


def test_a_rule_for_structures_and_keywords() -> None:
    @custom_gradient
    def scaled_norm(p, *, scale):
        length = al.norm(p["xs"])
        return scale * length, lambda c: {"xs": [c * scale * x / length for x in p["xs"]]}

    assert grad(scaled_norm)({"xs": [3.0, 4.0]}, scale=2.0) == {"xs": [1.2, 1.6]}
    check_grad(lambda xs: scaled_norm({"xs": xs}, scale=2.0), [3.0, 4.0])
    with pytest.raises(RuntimeError, match="its result depends on a Value that is no argument"):
        scaled_norm({"xs": [Value(1.0)]}, scale=Value(2.0))


def solver(a):
    x = float(a.data) if isinstance(a, Value) else a
    for _ in range(60):
        x = 0.5 * (x + (a.data if isinstance(a, Value) else a) / x)
    return x, lambda c: c / (2 * x)


def test_a_second_derivative_that_a_rule_would_lose_is_an_error() -> None:
    solved = custom_gradient(solver)
    assert grad(solved)(4.0) == 0.25
    with pytest.raises(RuntimeError, match=r"its numbers change by -0\.07.* where its graph says 0"):
        grad(grad(solved))(4.0)

    @custom_gradient
    def hidden(a):
        with no_grad():
            x = al.sqrt(a)
        return x, lambda c: c / (2 * x)

    assert grad(hidden)(4.0) == 0.25
    with pytest.raises(RuntimeError, match="it uses a result of no_grad"):
        grad(grad(hidden))(4.0)

    @custom_gradient
    def linear(a):
        return 3 * a, lambda c: 3 * c

    assert grad(grad(linear))(4.0) == 0.0


def test_a_rule_that_hides_a_part_of_what_it_depends_on_is_an_error() -> None:
    def number(x):
        return getattr(x, "data", x)

    half = custom_gradient(lambda x: (x**3, lambda c: c * 3 * x * number(x)))
    assert grad(half)(2.0) == 12.0
    with pytest.raises(RuntimeError, match="cannot be differentiated again"):
        grad(grad(half))(2.0)
    mixed = custom_gradient(lambda x, y: (x * x * y, lambda c: (c * 2 * x * number(y), c * x * x)))
    with pytest.raises(RuntimeError, match="cannot be differentiated again"):
        hessian(mixed)(2.0, 3.0)
    flat = primitive("flattened(x)", lambda x: x**3, lambda x: 3 * number(x) ** 2)
    with pytest.raises(RuntimeError, match="returns plain numbers for Values, and others elsewhere"):
        grad(grad(flat))(2.0)
    line = primitive("line(x)", lambda x: 3 * x, lambda x: 3)
    assert grad(grad(line))(2.0) == 0.0


def test_a_captured_value_is_no_argument_and_an_error() -> None:
    w = Value(2.0, label="w")
    with pytest.raises(RuntimeError, match="its result depends on a Value 'w' that is no argument"):
        custom_gradient(lambda x: (x * w, lambda c: c * w))(Value(3.0))
    hidden = custom_gradient(lambda x: (x * w.data, lambda c: c * w))
    with pytest.raises(RuntimeError, match="its rule depends on a Value 'w'"):
        hidden(Value(3.0)).backward()
    made = custom_gradient(lambda x: (x * Value(2.0), lambda c: c * Value(2.0)))
    assert grad(made)(3.0) == 2.0

    def outer(k):
        return grad(custom_gradient(lambda x: (x * k, lambda c: c * k)))(3.0)

    with pytest.raises(RuntimeError, match="depends on a Value that is no argument"):
        grad(outer)(2.0)


def test_a_captured_value_is_found_also_where_all_arguments_are_plain() -> None:
    def outer(a):
        return custom_gradient(lambda x: (x * a, lambda c: c * a))(3.0)

    with pytest.raises(RuntimeError, match="depends on a Value that is no argument"):
        grad(outer)(2.0)

    @custom_gradient
    def scaled(x, k=1.0):
        return x * k, lambda c: c * k

    assert scaled(3.0, k=2.0) == 6.0
    with pytest.raises(RuntimeError, match="depends on a Value that is no argument"):
        scaled(3.0, k=Value(2.0))


def test_right_rules_are_not_refused_at_second_order() -> None:
    log = custom_gradient(lambda x: (al.log(x), lambda c: c / x))
    for x in (1e-9, 1.0, 1e9):
        assert grad(grad(log))(x) == pytest.approx(-1 / x**2, rel=1e-12)
    steep = custom_gradient(lambda x: (x, lambda c: c * al.tanh(1e8 * (x - 1))))
    assert grad(grad(steep))(1.0) == pytest.approx(1e8)
    corner = custom_gradient(lambda x: (0.5 * al.relu(x) ** 2, lambda c: c * al.relu(x)))
    assert grad(grad(corner))(0.0) == 0.0
    step = primitive("stepped(x)", lambda x: x if x > 0 else 0.0, lambda x: 1.0 if x > 0 else 0.0)
    assert [derivative(step, 2)(x) for x in (0.0, -5e-4, 1.0)] == [0.0, 0.0, 0.0]
    branching = custom_gradient(
        lambda x: (x * x if x.data > 0 else -x, lambda c: c * (2 * x if x.data > 0 else -1))
    )
    assert grad(grad(branching))(2.0) == 2.0
    with no_grad():
        assert branching(Value(3.0)) == 9.0


def test_cotangents_are_matched_by_structure_and_not_by_order() -> None:
    swapped = custom_gradient(
        lambda p: (
            p["a"] * p["b"] ** 2,
            lambda c: {"b": c * 2 * p["a"] * p["b"], "a": c * p["b"] ** 2},
        )
    )
    assert grad(swapped)({"a": 2.0, "b": 3.0}) == {"a": 9.0, "b": 12.0}
    nested = custom_gradient(lambda x, y: (x * y[0] * y[1], lambda c: ([c, c], c)))
    with pytest.raises(ValueError, match="the cotangent of argument 0: expected 1 numbers"):
        grad(nested)(1.0, [2.0, 3.0])


def test_a_rule_that_is_no_product_has_no_forward_mode() -> None:
    clipped = custom_gradient(lambda x: (x, lambda c: min(max(c, -1.0), 1.0)))
    assert grad(lambda x: 100 * clipped(x))(3.0) == 1.0
    b = Value(2.0)
    for f in (clipped, lambda x: 100 * clipped(x) * b):
        with pytest.raises(RuntimeError, match="forward mode and partials need a rule that is the cotangent"):
            jvp(f, (3.0,), (1.0,))


def test_defaults_of_a_partial_are_its_own() -> None:
    k = 2.0
    scaled = primitive("scaled_by(x)", lambda x, k=k: k * x, lambda x, k=k: k)
    assert grad(scaled)(3.0) == 2.0


def test_a_copy_of_a_ruled_node_keeps_its_first_derivative_only() -> None:
    x = Value(0.3)
    y = copy.deepcopy(softplus(x) * 2)
    (leaf,) = y.parents[0].parents
    y.backward()
    assert leaf.grad == pytest.approx(2 * al.sigmoid(0.3), rel=1e-14)
    assert not x.has_grad
    with pytest.raises(RuntimeError, match="this node is a copy"):
        y.backward(create_graph=True)
    with pytest.raises(TypeError, match="custom gradient, cannot be copied or pickled"):
        pickle.dumps(softplus(x))


def test_rules_are_checked() -> None:
    with pytest.raises(TypeError, match="must return its result and the rule"):
        custom_gradient(lambda x: x)(Value(1.0))
    with pytest.raises(ValueError, match="must return 2 cotangents, one per argument, got 1"):
        grad(custom_gradient(lambda x, y: (x, lambda c: (c,))))(1.0, 2.0)
    with pytest.raises(ValueError, match="the cotangent of argument 0: expected 2 numbers at"):
        grad(custom_gradient(lambda x: (x[0], lambda c: [c])))([1.0, 2.0])


# Through solutions


def test_a_root_has_the_derivatives_of_what_it_solves_for() -> None:
    def square_root(a):
        return root(lambda x: x * x - a, 1.0)

    for n in range(6):
        assert derivative(square_root, n)(2.0) == pytest.approx(derivative(al.sqrt, n)(2.0), rel=1e-11)
    a, b = Value(2.0), Value(3.0)
    x = root(lambda x: a * x - b, 0.0)
    x.backward()
    assert (x.data, a.grad, b.grad) == (1.5, -0.75, 0.5)
    assert hessian(lambda a, b: root(lambda x: a * x - b, 0.0))(2.0, 3.0) == [[0.75, -0.25], [-0.25, 0.0]]


def test_a_root_through_nodes_between_and_nested_roots() -> None:
    a = Value(2.0)
    doubled = a * 2
    root(lambda x: x - doubled * doubled, 1.0).backward()
    assert (doubled.grad, a.grad) == (8.0, 16.0)

    def inner(a):
        return root(lambda y: y**3 - a, 1.0)

    def outer(a):
        return root(lambda x: x * inner(x + 7.0) - a, 1.0)

    x = outer(2.0)
    assert x == 1.0
    assert grad(outer)(2.0) == pytest.approx(1 / (2 + 1 / 12), rel=1e-12)


def test_a_bracket_finds_what_newton_would_not() -> None:
    def f(x):
        return al.atan(x - 20)

    assert root(f, 0.0, bracket=(-100.0, 1000.0)) == pytest.approx(20.0, rel=1e-15)
    a = Value(20.0)
    x = root(lambda x: al.atan(x - a), -90.0, bracket=(-100.0, 1000.0))
    x.backward()
    assert a.grad == pytest.approx(1.0, rel=1e-12)
    assert root(lambda x: x**3, 1.0, bracket=(-1.0, 2.0)) == pytest.approx(0.0, abs=1e-100)
    with pytest.raises(RuntimeError, match=r"changes its sign at 1\.57.* by a jump or a pole"):
        root(al.tan, 1.2, bracket=(1.0, 2.0))
    for jumping, ends in (
        (lambda x: x + (1e-3 if x >= 0 else -1e-3), (-10.0, 10.0)),
        (lambda x: al.log(x) - 3 if x < 2 else al.log(x) + 3, (0.0, 10.0)),
    ):
        with pytest.raises(RuntimeError, match="by a jump or a pole"):
            root(jumping, 3.0, bracket=ends)
    with pytest.raises(TypeError, match="a bracket is a pair of numbers, got 2"):
        root(al.tan, 1.2, bracket=2)
    with pytest.raises(ValueError, match="f must change its sign in the bracket"):
        root(lambda x: x * x + 1, 0.0, bracket=(-1.0, 1.0))


def test_systems_of_equations() -> None:
    def solution(p):
        return root(lambda v: [v[0] ** 2 + v[1] - p[0], v[0] - v[1] * p[1]], [1.0, 1.0])

    p = [3.0, 0.5]
    x, y = solution(p)
    assert (x**2 + y - 3.0, x - 0.5 * y) == (pytest.approx(0, abs=1e-15), pytest.approx(0, abs=1e-15))
    found = jacobian(solution)(p)
    h = 1e-6
    for j in range(2):
        up, down = (solution([a + s * h * (i == j) for i, a in enumerate(p)]) for s in (1, -1))
        for i in range(2):
            assert found[i][j] == pytest.approx((up[i] - down[i]) / (2 * h), rel=1e-8, abs=1e-8)
    second = hessian(lambda p: solution(p)[0])(p)
    assert second[0][1] == pytest.approx(second[1][0], rel=1e-10)


def test_fixed_points() -> None:
    def dottie(k):
        return fixed_point(lambda x: al.cos(k * x), 0.5)

    x = dottie(1.0)
    assert x == pytest.approx(0.7390851332151607, rel=1e-12)
    slope = -x * math.sin(x) / (1 + math.sin(x))
    assert grad(dottie)(1.0) == pytest.approx(slope, rel=1e-12)
    h = 1e-5
    second = (grad(dottie)(1 + h) - grad(dottie)(1 - h)) / (2 * h)
    assert derivative(dottie, 2)(1.0) == pytest.approx(second, rel=1e-7)
    pair = jacobian(lambda a: fixed_point(lambda v: [0.5 * v[1] + a, 0.5 * v[0]], [0.0, 0.0]))(3.0)
    assert pair == [pytest.approx(4 / 3), pytest.approx(2 / 3)]


def test_solutions_at_zero_are_found() -> None:
    assert root(lambda x: al.sin(x + math.pi), 0.1) == pytest.approx(0.0, abs=1e-15)
    assert root(lambda x: (x + 1) * 3 - 3.0000000000000004, 0.0) == pytest.approx(0.0, abs=1e-15)
    pair = root(lambda v: [al.sin(v[0] + math.pi), v[1] - v[0] - 1], [0.1, 0.1])
    assert pair == [pytest.approx(0.0, abs=1e-15), pytest.approx(1.0)]


def test_no_graph_is_made_without_live_values() -> None:
    assert type(root(lambda x: x * x - 2, 1.0)) is float
    a = Value(2.0)
    with no_grad():
        assert type(root(lambda x: x * x - a, 1.0)) is float


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: root(lambda x: x * x + 1, 0.5), RuntimeError, "f has a minimum above 0 near"),
        (lambda: root(lambda x: x * x - 1, 0.0), RuntimeError, "the derivative of f is 0"),
        (lambda: root(lambda x: al.log(x), -1.0), RuntimeError, r"f is nan at -1\.0; start nearer"),
        (lambda: root(lambda x: [x[0]], [1.0, 2.0]), TypeError, "as many numbers as it is given, 2"),
        (lambda: root(lambda x: x, "a"), TypeError, "root: expected a number, got str"),
        (lambda: root(lambda v: v, [1.0], bracket=(0, 1)), ValueError, "a bracket holds a solution of one"),
        (lambda: fixed_point(lambda x: 2 * x + 1, 1.0), RuntimeError, r"did not settle.*root\(lambda x"),
    ],
)
def test_solutions_that_are_not_found_are_errors(call, error, message) -> None:
    with pytest.raises(error, match=message):
        call()
