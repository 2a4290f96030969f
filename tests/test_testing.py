"""The checkers: what they measure, what they find, and that they find it by name."""

import math
import warnings

import pytest

import autograd_lite as al
from autograd_lite import (
    Value,
    check_grad,
    custom_gradient,
    detect_anomaly,
    exp,
    graph,
    log,
    primitive,
    relu,
    scope,
    sqrt,
    stop_gradient,
    why_nan,
)
from autograd_lite.differences import one_sided, slope
from autograd_lite.primitives import TABLE

# Finite differences


@pytest.mark.parametrize(
    ("f", "x", "true"),
    [
        (math.sin, 1.0, math.cos(1.0)),
        (math.exp, 300.0, math.exp(300.0)),
        (math.log, 1e-8, 1e8),
        (math.sqrt, 1e-12, 5e5),
        (lambda x: x**3, 1e-100, 3e-200),
        (lambda x: x, 1e300, 1.0),
        (lambda x: 1 + x, 1e-20, 1.0),  # a step that fits x would give 0
        (lambda x: 3.0, 1.0, 0.0),
        (lambda x: math.sin(100 * x), 1.0, 100 * math.cos(100.0)),
        (math.cos, 1331747.0, -math.sin(1331747.0)),
    ],
)
def test_a_slope_is_measured_within_its_error(f, x, true) -> None:
    measured = slope(f, x)
    assert measured.measured
    assert abs(measured.value - true) <= 10 * measured.error
    assert measured.error <= 1e-7 * max(1.0, abs(true))


def test_slopes_on_both_sides_of_a_kink_and_of_a_domain() -> None:
    left, right = one_sided(abs, 0.0)
    assert (left.value, right.value) == (-1.0, 1.0)
    left, right = one_sided(lambda x: x * x if x >= 0 else math.nan, 0.0)
    assert not left.measured
    assert right.value == pytest.approx(0.0, abs=1e-9)


# check_grad


def test_a_right_gradient_passes_with_a_table_of_what_was_measured() -> None:
    report = check_grad(lambda p, y: al.sin(p["x"]) * exp(y) + p["x"] ** y, {"x": 1.3}, 0.7)
    assert not report.notes
    assert [row[0] for row in report.rows] == ["argument 0['x']", "argument 1"]
    for _, gradient, measured in report.rows:
        assert measured.value == pytest.approx(gradient, rel=1e-10)
    assert "finite difference" in str(report)
    check_grad(lambda xs: sum(x**2 for x in xs), [float(i) for i in range(30)])


@pytest.mark.parametrize(
    ("f", "at", "note"),
    [
        (relu, (0.0,), "argument 0: kink: left slope 0, right slope 1, convention gives 0"),
        (abs, (0.0,), "argument 0: kink: left slope -1, right slope 1, convention gives 0"),
        (al.max, (2.0, 2.0), "argument 1: kink: left slope 0, right slope 1, convention gives 0.5"),
        (al.hypot, (0.0, 0.0), "argument 0: kink: left slope -1, right slope 1, convention gives 0"),
        (lambda x: relu(3 * x) + x, (0.0,), "kink: left slope 1, right slope 4, convention gives 1"),
        (sqrt, (0.0,), "argument 0: no slope could be measured here"),
    ],
)
def test_a_kink_is_reported_and_is_no_failure(f, at, note) -> None:
    assert any(note in line for line in check_grad(f, *at).notes)


def test_a_planted_rule_is_found_by_operation_operand_and_place() -> None:
    wrong = primitive("wrong(x, y)", "x * y**2", "y**2", "-2 * x * y")

    def model(x, y):
        z = x * 3
        return wrong(z, y) + 1

    with pytest.raises(AssertionError, match=r"wrong\(3\.0, 2\.0\) \(at .*test_testing.py:\d+\)") as caught:
        check_grad(model, 1.0, 2.0)
    assert "its partial by y is -12.0, but finite differences give 12.0" in str(caught.value)


@pytest.mark.parametrize("name", ["mul", "sin", "exp", "div", "dot", "tanh"])
def test_wrong_rows_of_the_table_are_found(name, monkeypatch) -> None:
    row = TABLE[name]
    right = list(row._partials)
    ready = [row.partial(side) for side in range(len(right))]

    def planted(*operands):
        partial = ready[0](*operands)
        return [1.001 * p for p in partial] if row.sequences else 1.001 * partial

    monkeypatch.setattr(row, "_partials", [planted, *ready[1:]])
    at = ([0.4, 0.5], [0.6, 0.7]) if row.sequences else (0.4, 0.7)[: len(row.operands)]
    with pytest.raises(AssertionError, match=f"the rule of {name} is wrong"):
        check_grad(row.function, *at)


def test_a_sweep_that_overwrites_in_place_of_adding_is_found(monkeypatch) -> None:
    def sweep(computed, untouched):
        for node in reversed(computed):
            for parent, partial in zip(node.parents, node.local_derivatives, strict=True):
                parent._grad = node._grad * partial()  # where it should be +=

    monkeypatch.setattr(graph, "sweep", sweep)
    with pytest.raises(AssertionError, match=r"the gradient is 1\.0, but finite differences give 2\."):
        check_grad(lambda x: x + x, 3.0)


def test_a_dependence_outside_the_graph_is_found() -> None:
    for lost in (lambda x: x * x.data, lambda x: x * stop_gradient(x)):
        with pytest.raises(AssertionError, match="a dependence is lost or added outside the graph"):
            check_grad(lost, 3.0)


def test_a_wrong_second_derivative_is_found_by_operation() -> None:
    def partial(x):
        return 3 * x * x if isinstance(x, float) else 3 * x + x.data * 0

    twisted = primitive("twisted(x)", "x**3", partial)
    with pytest.raises(
        AssertionError, match=r"the derivative by x of its partial by x is 3\..*rule of twisted"
    ):
        check_grad(twisted, 1.5)
    check_grad(twisted, 1.5, order=1)


@pytest.mark.parametrize(
    ("f", "at"),
    [
        (lambda x: al.sin(2 * math.pi * 1000 * x), 0.0),
        (lambda x: al.sin(2 * math.pi * 50 * x), 1e6),
        (lambda x: al.sin(1e6 * x), 1.0),
        (lambda x: x * x * al.sin(1 / x), 1e-5),
        (lambda x: x**3, 1e-150),
        (al.sin, 1e150),
        (lambda x: (x - 1.7e9) ** 2 / 1e4, 1.7e9 + 37),
        (lambda x: x / (1 + abs(x)), 1e5),
        (al.tan, 1e8),
        (lambda x: al.sigmoid(1e3 * x), 1e-8),
        (lambda x: al.sigmoid(1e4 * (x - 0.5)), 0.5001),
        (lambda x: exp(-(((x - 1) / 1e-4) ** 2)), 1.00003),
        (lambda x: 4e-21 * ((3.4e-10 / x) ** 12 - (3.4e-10 / x) ** 6), 3.8e-10),
        (log, 1e-4),
        (lambda x: 1 / x, 1e-4),
        (lambda x: (1 - x) ** 2 + 100 * (x - x * x) ** 2, 1.0),
        (lambda x: al.fsum(al.softmax([x, 1.2, -0.4])), 0.3),
        (lambda x: x / sqrt(x * x), 0.7),
        (lambda x: (x + 1e8) - 1e8, 1.0),
    ],
)
def test_right_functions_of_every_scale_pass(f, at) -> None:
    assert "kink" not in " ".join(check_grad(f, at).notes).replace("a kink, or", "")


@pytest.mark.parametrize(
    ("value", "partial", "at"),
    [("log(x)", "1.01 / x", 1e8), ("x**0.1", "0.101 * x**(-0.9)", 1e8), ("x * x", "2.0002 * x", 1e8)],
)
def test_wrong_rules_of_every_scale_are_found(value, partial, at) -> None:
    with pytest.raises(AssertionError, match="the rule of skewed is wrong"):
        check_grad(primitive("skewed(x)", value, partial), at)


def test_many_numbers_are_checked_in_directions() -> None:
    xs = [0.05 * i - 2 for i in range(80)]
    report = check_grad(lambda xs: al.fsum(x**3 for x in xs), xs)
    assert [row[0] for row in report.rows] == [f"direction {k}" for k in range(8)]
    with pytest.raises(AssertionError, match="direction 0: the gradient is"):
        check_grad(lambda xs: al.fsum(xs) + xs[60].data ** 2, xs)


def test_a_wrong_custom_gradient_is_found() -> None:
    halved = custom_gradient(lambda x: (x * x, lambda c: c * x))
    with pytest.raises(AssertionError, match="is wrong"):
        check_grad(halved, 3.0)


def test_a_primitive_without_second_order_is_a_note() -> None:
    once = primitive("once(x)", math.sin, math.cos)
    assert "cannot be differentiated again" in check_grad(once, 1.0).notes[0]


# why_nan


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda x: log(x - x), "log(0.0) is -inf: the first value that is not finite"),
        (
            lambda x: exp(400 * x) - exp(400 * x),
            "exp(800.0) is inf: the first value that is not finite; sub(inf, inf) makes a nan of it",
        ),
        (lambda x: 0 * (1 / (x - x)), "div(1.0, 0.0) is inf: the first value that is not finite"),
        (lambda x: (x - 4) ** 0.5 * x, "pow(-2.0, 0.5) is nan: the first value that is not finite"),
        (
            lambda x: sqrt(x - x) ** 2,
            "in the backward pass, sqrt(0.0): the cotangent 0.0 times the partial inf is nan",
        ),
        (
            lambda x: (x - x) * sqrt(x - x),
            "in the backward pass, sqrt(0.0): the cotangent 0.0 times the partial inf is nan",
        ),
        (
            lambda x: sqrt(x - x),
            "in the backward pass, sqrt(0.0): the cotangent 1.0 times the partial inf is inf",
        ),
        (
            lambda x: al.atan2(x - x, x - x),
            "in the backward pass, atan2(0.0, 0.0): the cotangent 1.0 times the partial nan is nan",
        ),
        (
            lambda x: al.fsum([x, log(x - x), 1 / (x - x), 2.0, 3.0]),
            "log(0.0) is -inf: the first value that is not finite; fsum(2.0, -inf, inf, … 2 more) makes",
        ),
    ],
)
def test_the_sentence_names_the_right_node(make, sentence) -> None:
    anomaly = why_nan(make(Value(2.0)))
    assert str(anomaly).startswith(sentence)
    assert anomaly.in_backward == ("backward" in sentence)
    assert anomaly.node.op.name in sentence


def test_a_leaf_that_is_not_finite_is_named() -> None:
    assert str(why_nan(Value(math.nan, label="w") * 2)) == "the leaf 'w' is nan"
    assert str(why_nan(Value(math.inf) * 0)) == "a leaf is inf; mul(inf, 0.0) makes a nan of it"
    assert str(why_nan(Value(math.inf))) == "a leaf is inf"


def test_what_is_finite_has_nothing_to_say() -> None:
    x = Value(2.0)
    assert why_nan(x * x) is None
    assert why_nan(exp(-(1 / (x - x)))) is not None  # the value is 0, its gradient is not finite
    assert why_nan(stop_gradient(sqrt(x - x)) * x) is None
    with pytest.raises(TypeError, match="why_nan: expected a Value, got float"):
        why_nan(1.0)


def test_why_nan_leaves_gradients_alone_and_costs_no_recursion() -> None:
    x = Value(2.0)
    (x * x).backward()
    y = log(x - x)
    for _ in range(20_000):
        y = y + 1.0
    assert str(why_nan(y)).startswith("log(0.0)")
    assert x.grad == 4.0


def test_labels_scopes_and_lines_are_named() -> None:
    x = Value(0.0)
    with detect_anomaly(), scope("layer 1"):
        y = log(x)
        y.label = "logit"
    sentence = str(why_nan(y * 2))
    assert "('logit', in layer 1, at " in sentence
    assert sentence.split("test_testing.py:")[1].split(")")[0].isdigit()
    assert (y * 2).place == ""


# Warnings of backward()


def test_backward_from_a_root_that_is_not_finite_warns_with_the_sentence() -> None:
    x = Value(0.0)
    with pytest.warns(RuntimeWarning, match=r"the root is -inf.*log\(0\.0\) is -inf: the first") as caught:
        log(x).backward()
    assert caught[0].filename == __file__
    assert x.grad == math.inf
    with pytest.warns(RuntimeWarning, match="the root is nan"):
        (log(x) * 0).backward(create_graph=True)


def test_detect_anomaly_warns_of_gradients_too() -> None:
    x = Value(0.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (sqrt(x) ** 2).backward()
    with detect_anomaly(), pytest.warns(RuntimeWarning, match=r"in the backward pass, sqrt\(0\.0\) \(at "):
        (sqrt(x) ** 2).backward()
    with detect_anomaly():
        (x * 2).backward()
