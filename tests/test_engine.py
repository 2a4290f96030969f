"""Value: numbers in and out, operators, comparisons, gradients, copies."""

import bisect
import copy
import functools
import json
import math
import numbers
import operator
import pickle
import random
import statistics
from decimal import Decimal
from fractions import Fraction

import pytest

import autograd_lite as al
from autograd_lite import Value
from autograd_lite.nn import MLP


def gradients(f, *points: float) -> tuple[float, ...]:
    leaves = [Value(point) for point in points]
    f(*leaves).backward()
    return tuple(leaf.grad for leaf in leaves)


# The graph and accumulation


def test_an_operand_used_twice_counts_twice() -> None:
    assert gradients(lambda a: a + a, 3) == (2.0,)
    assert gradients(lambda a: (a + a) + (a + a), 3) == (4.0,)


def test_a_shared_operand_gathers_from_all_its_users() -> None:
    assert gradients(lambda a, b: (a * b) * (a + b), -2, 3) == (-3.0, -8.0)


def test_the_expression_of_micrograds_readme() -> None:
    a, b = Value(-4.0), Value(2.0)
    c = a + b
    d = a * b + b**3
    c += c + 1
    c += 1 + c + (-a)
    d += d * 2 + (b + a).relu()
    d += 3 * d + (b - a).relu()
    e = c - d
    f = e**2
    g = f / 2.0
    g += 10.0 / f
    g.backward()
    assert f"{g.data:.4f} {a.grad:.4f} {b.grad:.4f}" == "24.7041 138.8338 645.5773"


def test_an_operand_on_both_sides() -> None:
    assert gradients(lambda x: x * x, 3) == (6.0,)
    assert gradients(lambda x: x / x, 3) == (0.0,)
    assert gradients(lambda x: x - x, 3) == (0.0,)
    assert gradients(lambda x: x**x, 2) == pytest.approx((4 * (1 + math.log(2)),), rel=1e-15)


def test_backward_twice_leaves_exactly_twice_the_gradient_on_leaves() -> None:
    rng = random.Random(1)
    leaves = [Value(rng.uniform(0.1, 2)) for _ in range(6)]
    root = sum(x * y.exp() / (x + y) for x in leaves for y in leaves)
    root.backward()
    once = [leaf.grad for leaf in leaves]
    interior = root.parents[0].grad
    root.backward()
    assert [leaf.grad for leaf in leaves] == [2 * grad for grad in once]
    assert root.parents[0].grad == interior
    x = Value(3.0)
    y = x**3
    y.backward()
    y.backward()
    assert x.grad == 54.0
    x.grad = 0
    y.backward()
    assert x.grad == 27.0


def test_two_roots_that_share_a_node_add_up() -> None:
    x = Value(3.0)
    shared = x * x
    (shared * 2.0).backward()
    (shared + x).backward()
    assert x.grad == 12.0 + 7.0
    assert shared.grad == 1.0


def test_gradients_accumulate_until_they_are_zeroed() -> None:
    x = Value(3.0)
    (x * x).backward()
    x.data = 5.0
    (x * x).backward()
    assert x.grad == 6.0 + 10.0


def test_a_leaf_changed_after_the_forward_pass_gives_the_gradient_of_the_recorded_numbers() -> None:
    x, w = Value(3.0), Value(2.0)
    y = x * x
    z = al.dot([x, w], [w, x])
    x.data = 10.0
    y.backward()
    assert x.grad == 6.0
    z.backward(1.0)
    assert (x.grad, w.grad) == (6.0 + 4.0, 6.0)
    assert [partial() for partial in y.local_derivatives] == [3.0, 3.0]


def test_a_computed_node_cannot_be_written() -> None:
    y = Value(3.0) * 2
    with pytest.raises(AttributeError, match="computed by mul and cannot be set; set a leaf's data"):
        y.data = 1.0
    for name in ("parents", "op", "local_derivatives", "scope"):
        with pytest.raises(AttributeError):
            setattr(y, name, ())
    with pytest.raises(AttributeError):
        y.typo = 1.0


def test_minus_and_divide_are_primitives_of_their_own() -> None:
    assert gradients(lambda a, b: a - b, 2, 5) == (1.0, -1.0)
    assert gradients(lambda a: 5 - a, 2) == (-1.0,)
    assert gradients(lambda a: a - 5, 2) == (1.0,)
    assert gradients(lambda a: -a, 2) == (-1.0,)
    assert (Value(5) / Value(3)).data == 5 / 3
    assert gradients(lambda a, b: a / b, 5, 3) == (1 / 3, -(5 / 3) / 3)
    assert math.copysign(1, (-Value(0.0)).data) == -1
    assert math.copysign(1, (Value(0.0) * -1).data) == -1
    assert math.copysign(1, (0 - Value(0.0)).data) == 1


def test_augmented_assignment_makes_a_new_value() -> None:
    x = Value(3.0)
    y = x
    y += x
    root = y * x
    root.backward()
    assert (root.data, x.grad, x.data) == (18.0, 12.0, 3.0)


def test_backward_takes_a_seed() -> None:
    x = Value(3.0)
    (x * x).backward(2.5)
    assert x.grad == 15.0
    (x * x).backward(seed=-1)
    assert x.grad == 9.0
    with pytest.raises(TypeError, match="backward: expected a number, got str"):
        x.backward("1")


def test_backward_on_a_leaf_is_the_seed() -> None:
    x = Value(3.0)
    x.backward()
    x.backward(0.5)
    assert x.grad == 1.5


def test_an_independent_output_leaves_a_gradient_of_zero() -> None:
    x = Value(3.0)
    (Value(2.0) * 2).backward()
    assert (x.grad, x.has_grad) == (0.0, False)


def test_a_graph_has_no_cycle_to_make() -> None:
    y = Value(1.0) + 1
    with pytest.raises(AttributeError):
        y.parents = (y,)


# Operators, types, protocol


def test_builtins_that_add_and_multiply() -> None:
    assert gradients(lambda x: sum([x, x, x]), 2) == (3.0,)
    assert gradients(lambda x: sum(x for _ in range(4)), 2) == (4.0,)
    assert gradients(lambda x: math.prod([x, x, x]), 2) == (12.0,)
    assert gradients(lambda x: functools.reduce(operator.mul, [x, x, x]), 2) == (12.0,)


def test_powers() -> None:
    assert gradients(lambda x: 2**x, 3) == pytest.approx((8 * math.log(2),), rel=1e-15)
    assert gradients(lambda x, y: x**y, 2, 3) == pytest.approx((12.0, 8 * math.log(2)), rel=1e-15)
    assert math.isnan(gradients(lambda x: (-3.0) ** x, 2)[0])  # undefined by the exponent
    for exponent in (2, 2.0, True, Fraction(1, 2), -1):
        x = Value(3.0)
        y = x**exponent
        y.backward()
        assert y.data == 3.0 ** float(exponent)
        assert x.grad == pytest.approx(float(exponent) * 3.0 ** (float(exponent) - 1), rel=1e-15)


def test_a_constant_operand_has_no_cotangent_and_its_partial_is_not_evaluated() -> None:
    x = Value(2.0)
    y = (-3.0) ** x
    base, exponent = y.parents
    assert (base, exponent) == (-3.0, x)
    assert type(base) is float
    z = Value(-3.0) ** 2  # the partial by the exponent would be log(-3)
    z.backward()
    assert z.parents[0].grad == -6.0


@pytest.mark.parametrize("bad", ["a", None, [1], (1,), {}, 1j, b"1", object(), Decimal(1)])
def test_what_is_no_real_number_is_refused_by_type(bad: object) -> None:
    name = type(bad).__name__
    with pytest.raises(TypeError, match=f"Value: expected a number, got {name}"):
        Value(bad)
    x = Value(2.0)
    for binary in (operator.add, operator.sub, operator.mul, operator.truediv, operator.pow):
        with pytest.raises(TypeError, match=f"{name}|Value"):
            binary(x, bad)
        with pytest.raises(TypeError):
            binary(bad, x)
    with pytest.raises(TypeError, match=f"exp: expected a number, got {name}"):
        al.exp(bad)
    with pytest.raises(TypeError, match=f"max: expected a number, got {name}"):
        al.max(x, bad)
    assert (x == bad) is False
    assert (x != bad) is True
    with pytest.raises(TypeError):
        x < bad  # noqa: B015  the comparison is the test
    with pytest.raises(TypeError, match=r"Value\.data: expected a number"):
        x.data = bad
    assert x.data == 2.0


def test_a_value_of_a_value_is_refused() -> None:
    with pytest.raises(TypeError, match=r"Value: got a Value; use it as it is, or x\.data"):
        Value(Value(1))


def test_ints_bools_and_fractions_become_floats() -> None:
    for given, expected in ((3, 3.0), (True, 1.0), (Fraction(1, 4), 0.25)):
        value = Value(given)
        assert (type(value.data), value.data) == (float, expected)
    assert (Value(3) / 2).data == 1.5
    assert (Value(2) ** -1).data == 0.5
    assert (Value(10) ** 400).data == math.inf
    assert gradients(lambda x: x**2, 100) == (200.0,)
    assert (True * Value(3)).data == 3.0
    assert (Value(3) + True).data == 4.0
    assert (Fraction(1, 2) + Value(3)).data == 3.5
    assert (Value(3) * Fraction(1, 2)).data == 1.5
    for refused in (lambda: 10**400 * Value(1), lambda: Value(10**400), lambda: al.exp(10**400)):
        with pytest.raises(OverflowError, match="does not fit a float"):
            refused()


def test_rounding_functions_are_the_floats_and_pass_no_gradient() -> None:
    x = Value(-2.5)
    assert (round(x), math.floor(x), math.ceil(x), math.trunc(x), int(x)) == (-2, -3, -2, -2, -2)
    assert all(type(n) is int for n in (round(x), math.floor(x), int(x)))
    assert abs(x).data == 2.5
    assert +x is x
    y = round(Value(2.675), 2)
    y.backward()
    assert (y.data, y.parents[0].grad) == (2.67, 0.0)
    q, r = divmod(Value(7.5), 2)
    assert (q.data, r.data) == (3.0, 1.5)
    q, r = divmod(7.5, Value(2))
    assert (q.data, r.data) == (3.0, 1.5)


def test_remainders_have_pythons_sign_and_its_gradient() -> None:
    for x, y, value, slope in ((5, -3, -1, 2), (-5, 3, 1, 2), (6, 3, 0, -2)):
        assert (Value(x) % Value(y)).data == value
        assert gradients(lambda a, b: a % b, x, y) == (1.0, slope)
    assert gradients(lambda a, b: a // b, 7, 2) == (0.0, 0.0)


def test_comparisons_are_those_of_the_numbers() -> None:
    x, y = Value(2.0), Value(3.0)
    assert (x < y, x <= 2, x.__gt__(2), x == 2, x != 2, x >= y, x > Fraction(1, 2)) == (
        (True, True, False, True, False, False, True)
    )
    assert max([x, y]) is y
    assert min(x, y) is x
    assert sorted([y, x])[0] is x
    assert bisect.bisect([x, y], 2.5) == 1
    assert x < 10**400
    nan = Value(math.nan)
    assert [nan == nan, nan < 1, nan > 1, nan != nan] == [False, False, False, True]


def test_equality_is_of_numbers_and_hash_of_identity() -> None:
    x, y = Value(1.0), Value(1.0)
    assert (x == y) is True
    assert x in [y]
    assert [y, x].index(x) == 0  # by value, as the floats
    assert len({x, y}) == 2  # by identity, so that nodes can be kept in sets and dicts
    assert {x: "a", y: "b"}[y] == "b"


def test_truth_is_that_of_the_number() -> None:
    assert not Value(0.0)
    assert Value(-1e-300)
    assert Value(math.nan)


@pytest.mark.parametrize(
    "detach",
    [float, math.sin, math.sqrt, lambda x: "%f" % x, json.dumps, lambda x: math.fsum([x]), complex],  # noqa: UP031
)
def test_nothing_detaches_a_value_in_silence(detach) -> None:
    with pytest.raises(TypeError):
        detach(Value(1.0))


def test_float_says_what_to_do_instead() -> None:
    with pytest.raises(
        TypeError, match=r"x\.data for the number.*autograd_lite\.sin\(x\) for math\.sin\(x\)"
    ):
        math.sin(Value(1.0))
    assert not isinstance(Value(1.0), numbers.Real)
    assert statistics.fmean([Value(1.0).data, 3.0]) == 2.0


def test_repr_and_format_keep_every_digit() -> None:
    for number in (1e-10, 1e300, 0.1 + 0.2, -0.0, math.nan, math.inf):
        value = Value(number)
        assert repr(value) == f"Value(data={number!r}, grad=0.0)"
        assert f"{value}" == str(value) == repr(value)
        assert f"{value:.3f} {value:>10.2e}" == f"{number:.3f} {number:>10.2e}"


def test_a_value_cannot_be_subclassed() -> None:
    with pytest.raises(TypeError, match="write a function of Values instead"):
        type("Mine", (Value,), {})


def test_setters_check_what_they_are_given() -> None:
    x = Value(1.0, label="x")
    for grad in ("a", None, Value(1.0)):
        with pytest.raises(TypeError, match=r"Value\.grad"):
            x.grad = grad
    with pytest.raises(TypeError, match=r"Value\.label: expected a str, got int"):
        x.label = 3
    x.grad = 2
    assert (x.grad, x.label) == (2.0, "x")


def test_parents_and_local_derivatives_line_up() -> None:
    x, y = Value(2.0), Value(-3.0)
    z = x * y
    z.backward()
    for parent, partial in zip(z.parents, z.local_derivatives, strict=True):
        assert parent.grad == z.grad * partial()
    fused = al.dot([x, 5.0], [y, x])
    assert fused.parents == (x, 5.0, y, x)
    assert [partial() for partial in fused.local_derivatives] == [-3.0, 2.0, 2.0, 5.0]
    assert [partial() for partial in al.fsum([x, y]).local_derivatives] == [1.0, 1.0]
    assert (x.parents, x.local_derivatives, x.op) == ((), (), None)
    assert (z.op.name, z.op.symbol, repr(z.op)) == ("mul", "*", "<primitive mul(x, y)>")


# Functions


def test_functions_take_floats_and_return_floats() -> None:
    for result in (
        al.exp(1),
        al.max(1, 2.0),
        al.dot([1, 2], [3, 4]),
        al.relu(-1),
        al.div(1, 0),
        al.add(1, 2),
    ):
        assert type(result) is float
    assert al.exp(1) == math.e
    assert al.div(1, 0) == math.inf


def test_functions_take_values_in_any_place() -> None:
    x = Value(2.0)
    for root in (
        al.max(x, 1),
        al.max(1, x),
        x.max(1),
        al.sub(3, x),
        al.fsum([1, x]),
        al.dot([1], [x]),
    ):
        assert type(root) is Value
    assert gradients(lambda x: al.sub(3, x), 2) == (-1.0,)
    assert x.exp().data == al.exp(2.0)


def test_stop_gradient_is_the_number_without_its_gradient() -> None:
    x = Value(3.0)
    y = x * al.stop_gradient(x)
    y.backward()
    assert (y.data, x.grad) == (9.0, 3.0)
    assert al.stop_gradient(3.0) == 3.0


# Copies and pickles


def expression() -> tuple[Value, Value, Value]:
    a, b = Value(2.0, label="a"), Value(3.0)
    with al.scope("loss"):
        root = al.dot([a * b, 4.0], [a, b]).tanh()
    root.backward()
    return a, b, root


def twins(original: object) -> list[object]:
    pickled = [pickle.loads(pickle.dumps(original, protocol)) for protocol in range(2, 6)]
    return [copy.deepcopy(original), *pickled, pickle.loads(pickle._dumps(original))]


def test_copies_of_an_expression_work_and_keep_their_shape() -> None:
    for a, b, root in twins(expression()):
        assert (a.label, root.scope, root.op.name) == ("a", ("loss",), "tanh")
        inner = root.parents[0]
        assert inner.parents[0].parents == (a, b)
        assert inner.parents[2] is a
        old = a.grad
        root.backward()
        assert a.grad == 2 * old


def test_shared_nodes_stay_shared_wherever_they_are_met_first() -> None:
    a, b, root = expression()
    middle = root.parents[0]
    for group in twins([root, middle, {"a": a}, root]):
        assert group[0] is group[3]
        assert group[0].parents[0] is group[1]
        assert group[1].parents[2] is group[2]["a"]
    for group in twins((b, middle, root)):
        assert group[2].parents[0] is group[1]


def test_a_leaf_and_a_model_are_copied() -> None:
    for leaf in twins(Value(2.5, label="w")):
        assert (leaf.data, leaf.label, leaf.has_grad, leaf.op) == (2.5, "w", False, None)
    model = MLP(2, [3, 1], seed=1)
    expected = model([1.0, 2.0]).data
    for twin in twins(model):
        assert twin([1.0, 2.0]).data == expected
        twin.parameters()[0].data = 99.0
        assert twin([1.0, 2.0]).data != expected  # a twin computes with its own parameters
    assert model([1.0, 2.0]).data == expected


def test_a_leaf_may_be_a_parameter() -> None:
    leaf = Value(2.5)
    assert leaf.parameter is False
    leaf.parameter = True
    leaf.label = "w"
    for twin in twins(leaf):
        assert (twin.parameter, twin.label) == (True, "w")
        twin.parameter = False
        assert (twin.parameter, twin.label, leaf.parameter) == (False, "w", True)
    with al.detect_anomaly():
        root = leaf * 2
    with al.no_grad():
        constant = leaf * 2
    assert root.parameter is constant.parameter is False
    with pytest.raises(AttributeError, match="computed by mul; only a leaf can be trained"):
        root.parameter = True
    with pytest.raises(AttributeError, match="computed by constant"):
        constant.parameter = True
    with pytest.raises(TypeError, match=r"Value\.parameter: expected a bool, got int"):
        leaf.parameter = 1
    assert leaf.parameter is True


def test_a_shallow_copy_shares_its_parents() -> None:
    a, _, root = expression()
    twin = copy.copy(root)
    assert twin is not root
    assert twin.parents[0] is root.parents[0]
    leaf = copy.copy(a)
    leaf.data = 9.0
    assert a.data == 2.0


def test_a_pickle_that_fails_half_way_leaves_no_trace() -> None:
    _, _, root = expression()
    with pytest.raises((TypeError, AttributeError, pickle.PicklingError)):
        pickle.dumps([root, lambda: None])
    for group in twins([root, root.parents[0]]):
        assert group[0].parents[0] is group[1]
