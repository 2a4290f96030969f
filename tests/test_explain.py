"""The steps as data, their narration, and the expression in three notations."""

import io
import math
import re
import sys

import pytest
from expressions import program

import autograd_lite as al
from autograd_lite import Value, exp, explain, formula, nn, no_grad, trace
from autograd_lite.__main__ import main
from autograd_lite.primitives import TABLE


def lecture() -> tuple[Value, dict[str, Value]]:
    """The expression that lectures on backpropagation begin with."""
    leaves = {name: Value(x, label=name) for name, x in {"a": 2.0, "b": -3.0, "c": 10.0, "f": -2.0}.items()}
    e = leaves["a"] * leaves["b"]
    e.label = "e"
    d = e + leaves["c"]
    d.label = "d"
    root = d * leaves["f"]
    root.label = "L"
    return root, leaves


def random_expression(seed: int) -> tuple[Value | float, list[Value]]:
    expression = program(seed)
    leaves = [Value(x, label=f"x{i}") for i, x in enumerate(expression.at)]
    return expression.run(lambda name, *xs: TABLE[name].function(*xs), *leaves), leaves


# Steps


@pytest.mark.parametrize("seed", range(60))
def test_the_numbers_of_the_steps_make_the_gradient_that_backward_leaves(seed: int) -> None:
    root, leaves = random_expression(seed)
    if type(root) is not Value:
        return
    traced = trace(root)
    sums: dict[int, float] = {}
    for step in traced:
        if step.kind == "backward":
            assert step.contribution == step.upstream * step.slope or math.isnan(step.contribution)
            assert step.before == sums.get(step.target, 0.0) or math.isnan(step.before)
            sums[step.target] = step.before + step.contribution
            assert step.after == sums[step.target] or math.isnan(step.after)
    root.backward()
    named = {node.name: node for node in traced.nodes if node.op is None}
    for leaf in leaves:
        if leaf.label in named:
            gradient = named[leaf.label].gradient or 0.0
            assert gradient == leaf.grad or math.isnan(leaf.grad)


def test_a_trace_is_a_snapshot_and_touches_nothing() -> None:
    root, leaves = lecture()
    traced = trace(root)
    assert not leaves["a"].has_grad
    leaves["a"].data = 100.0
    assert [node.data for node in traced.nodes if node.name == "a"] == [2.0]
    assert traced.root.gradient == 1.0
    assert len(traced) == len(traced.steps)
    assert trace(Value(3.0)).root.formula == ""


def test_partials_are_written_with_names_and_follow_the_branches_of_the_row() -> None:
    x, y = Value(2.0, label="x"), Value(3.0, label="y")
    written = {
        "y": x * y, "1 / y": x / y, "2 * x": x**2, "step(x)": x.relu(), "x / v2": al.norm([x, y]),
        "sigmoid(x) * sigmoid(-x)": al.sigmoid(x), "cos(x)": al.sin(x), "y * x**(y - 1)": x**y,
    }  # fmt: skip
    for text, root in written.items():
        (first, *_) = [step for step in trace(root) if step.kind == "backward"]
        assert first.partial == text
    (step,) = [s for s in trace(exp(x)) if s.kind == "backward"]
    assert step.partial == "v1"  # the result itself
    mine = al.primitive("mine(x)", lambda x: x * x, lambda x: 2 * x)
    (step,) = [s for s in trace(mine(x)) if s.kind == "backward"]
    assert (step.partial, step.slope) == ("", 4.0)


def test_names_are_unique_and_labels_stay_text() -> None:
    names = [node.name for node in trace(nn.MLP(2, [2, 1], seed=1)([1.0, 2.0])).nodes]
    assert len(set(names)) == len(names)
    odd = Value(1.0, label='</script>"\n<b>')
    plain = Value(2.0, label="v2")
    names = [node.name for node in trace(odd * plain + plain).nodes]
    assert names[0] == '</script>" <b>'
    assert len(set(names)) == len(names)


def test_what_cannot_be_traced_is_refused() -> None:
    with pytest.raises(TypeError, match="trace: expected a Value, got float"):
        trace(1.0)
    with no_grad():
        y = Value(1.0) * 2
    with pytest.raises(RuntimeError, match="under no_grad"):
        trace(y)


# Narration


def test_the_narration_of_the_lectures_expression() -> None:
    root, _ = lecture()
    text = str(explain(root))
    for line in (
        "e = a * b = 2 * (-3) = -6",
        "L = d * f = 4 * (-2) = -8",
        "∂L/∂L = 1",
        "∂L/∂d += ∂L/∂L * ∂L/∂d = 1 * (-2) = -2, where ∂L/∂d = f = -2",
        "∂L/∂a += ∂L/∂e * ∂e/∂a = (-2) * (-3) = 6, where ∂e/∂a = b = -3",
    ):
        assert f"  {line}\n" in text
    (row,) = re.findall(r"^  a .*$", text, re.M)
    assert row.split()[:4] == ["a", "2", "6", "6"]


def test_contributions_are_added_up_once_and_in_words() -> None:
    a = Value(3.0, label="a")
    text = str(explain(a * a + a))
    assert text.count("a is used 3 times, so its contributions add up: ∂v2/∂a = 1 + 3 + 3 = 7") == 1


def test_one_gradient_along_its_paths() -> None:
    x = Value(3.0, label="x")
    y = x * x
    root = y * x + al.sin(y) * Value(2.0)
    told = explain(root, wrt=x, paths=True)
    (total,) = re.findall(r"together .* = (\S+)$", str(told), re.M)
    root.backward()
    assert float(total) == pytest.approx(x.grad, rel=1e-5)
    assert str(told).count(" -> x: ") == 5
    with pytest.raises(ValueError, match="the root does not depend on wrt"):
        explain(root, wrt=Value(1.0))
    with pytest.raises(ValueError, match="say which with wrt"):
        explain(root, paths=True)
    for _ in range(12):
        y = y + y
    assert "these are the first 60 paths" in str(explain(y, wrt=x, paths=True))


def test_markdown_and_html_show_text_as_text() -> None:
    a, b = Value(2.0, label="<b>|"), Value(3.0, label="b")
    told = explain(a * b)
    html = told._repr_mimebundle_()["text/html"]
    assert "<b>|" not in html
    assert "&lt;b&gt;|" in html
    assert html.count("<table>") == html.count("</table>") == 1
    assert "### Backward" in told.markdown
    assert "|---|---|---|---|---|---|" in told.markdown
    assert r"| &lt;b&gt;\| | 2 | 3 |" in told.markdown
    long = Value(2.0, label="a name that is longer than a column of figures")
    (row,) = re.findall(r"^  a name.*figures +(.*)$", str(explain(long * b)), re.M)
    assert row.split()[:3] == ["2", "3", "3"]


def test_a_terminal_without_the_letters_gets_ascii(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="cp1252"))
    root, _ = lecture()
    text = str(explain(root))
    assert "dL/da += dL/de * de/da" in text
    text.encode("ascii")


def test_a_long_chain_is_told_without_recursion() -> None:
    x = y = Value(1.0, label="x")
    for _ in range(3000):
        y = y * 1.0001
    assert str(explain(y)).count("\n") > 6000
    assert formula(y).tree.count("\n") == 122
    assert "… and what is below it" in formula(y).tree
    assert x.grad == 0.0


# The expression


@pytest.mark.parametrize("seed", range(40))
def test_the_python_of_a_formula_gives_the_same_number(seed: int) -> None:
    root, leaves = random_expression(seed)
    if type(root) is not Value:
        return
    text = formula(root).python
    namespace = {name: TABLE[name].function for name in TABLE if name != "constant"}
    namespace.update({leaf.label: leaf for leaf in leaves})
    exec(text, namespace)
    again = namespace[text.splitlines()[-1].split(" = ")[0]]
    assert again.data == root.data


def test_shared_and_labelled_parts_are_named_once() -> None:
    root, _ = lecture()
    assert formula(root).python == "e = a * b\nd = e + c\nL = d * f"
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    s = a + b
    assert formula(s * s - a).python == "v2 = a + b\nv4 = v2 * v2 - a"
    assert formula((a - (b - a)) / -(a**2)).python == "v6 = (a - (b - a)) / (-a**2)"
    assert formula(al.where(a > 0, a, b)).python == "v2 = where(True, a, b)"
    assert formula(Value(3.0, label="a")).python == "a = 3"


def test_latex_and_the_tree() -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="w1")
    told = formula(al.exp(-a) / (b + 1) + al.tanh(a * b) ** 2)
    assert told.latex == (r"v_{9} &= \frac{e^{-a}}{w_{1} + 1} + {\tanh\left(a \cdot w_{1}\right)}^{2}")
    assert "aligned" in told._repr_latex_()
    s = a * b
    assert formula(s + s).tree.splitlines() == [
        "v3 + = 12  gradient 1",
        "├─ v2 * = 6  gradient 2",
        "│  ├─ a = 2  gradient 6",
        "│  └─ w1 = 3  gradient 4",
        "└─ v2 * (above)",
    ]


# From the command line


@pytest.fixture
def run(capsys):
    def run(*arguments: str) -> tuple[int, str, str]:
        status = main(["explain", *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_an_expression_is_explained_from_the_command_line(run) -> None:
    status, out, _ = run("tanh(w*x + b)", "w=-3", "x=2", "b=6.88")
    assert status == 0
    assert "v3 = w * x = (-3) * 2 = -6" in out
    status, out, _ = run("a*b + a", "a=2", "b=-3", "--wrt", "a")
    assert "together (-3) + 1 = -2" in out
    assert run("a*b + a", "a=2", "b=-3", "--format", "formula")[1] == "v3 = a * b + a\n"
    assert run("logsumexp([a, 1, pi])", "a=2", "--format", "tree")[1].startswith("v1 logsumexp = 3.5")
    assert "| a | 2 | 4 |" in run("a**2", "a=2", "--format", "markdown")[1]
    assert run("1 / 0 - 1 / 0")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (('__import__("os")',), "__import__ is no function of the table"),
        (("x.real", "x=1"), "'x.real' is not allowed"),
        (("(lambda: 1)()",), "is not allowed"),
        (("[y for y in x]", "x=1"), "is not allowed"),
        (("x if x else 1", "x=1"), "is not allowed"),
        (('"a" * 3',), "is not allowed"),
        (("x +", "x=1"), "is no expression"),
        (("x + y", "x=1"), "y has no number: add y=NUMBER"),
        (("x", "x=1", "y=2"), "y has a number but does not occur"),
        (("x", "x"), "expected NAME=NUMBER, such as x=2, got 'x'"),
        (("x", "x=a"), "expected NAME=NUMBER"),
        (("[x]", "x=1"), "it must be one number"),
        (("sin([x])", "x=1"), "sin: expected a number, got list"),
        (("sin(x, x)", "x=1"), "takes 1 positional argument"),
        (("(" * 200 + "x" + ")" * 200, "x=1"), "brackets more than 100 deep"),
        (("0" + "-" * 5000 + "x", "x=1"), "too deep"),
        (("x" * 10001,), "10000 is the most"),
        (("1" + "0" * 400,), "greater than a float can be"),
        (("x*2", "x=1", "--wrt", "y"), "does not depend on 'y'"),
    ],
)
def test_what_is_no_expression_is_refused_in_a_sentence(run, arguments, message) -> None:
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert message in err
    assert "Traceback" not in err


def test_huge_powers_are_refused_at_once(run) -> None:
    status, _, error = run("9**9**9**9*x", "x=1")
    assert status == 2
    assert "9 ** 9 ** 9 is greater than a float can be" in error


def test_an_expression_may_begin_with_a_minus_and_a_name_has_one_number(run) -> None:
    assert "v2 = -v1 = -9 = -9" in run("-x**2", "x=3")[1]
    status, _, error = run("x*y", "x=1", "y=2", "x=3")
    assert status == 2
    assert "x has two numbers" in error
