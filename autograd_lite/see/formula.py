"""formula: the expression behind a Value as Python, as LaTeX and as a tree, shared parts named once.

Relies on `steps`, `notation` and `outline`.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable

from autograd_lite.engine import Value
from autograd_lite.see.notation import ATOM, BINARY, number, resolved
from autograd_lite.see.outline import encodable, outline
from autograd_lite.see.steps import Node, Operand, Trace, trace_of

_LONGEST = 90  # characters of an expression; a longer one is cut into named parts
_BINDING = dict(BINARY.values())
_PUBLIC = {"fabs": "abs", "rint": "round"}  # what texts of rows call otherwise than the package does
_LATEX = {"sqrt": r"\sqrt{{{0}}}", "exp": "e^{{{0}}}", "abs": r"\left|{0}\right|", "cbrt": r"\sqrt[3]{{{0}}}"}
_KNOWN = ("sin", "cos", "tan", "sinh", "cosh", "tanh", "log", "max", "min", "arcsin", "arccos", "arctan")

Text = tuple[str, int]  # an expression, and how tightly it binds


class Formula:
    """An expression in three notations; its string is the Python.

    python  statements, one for each named part, that compute the root from the leaves with functions of
            the package
    latex   the same as the lines of an aligned environment
    tree    one node a line, operands below their node; "(above)" where it has been shown
    """

    def __init__(self, traced: Trace) -> None:
        self.python = "\n".join(f"{name} = {text}" for name, text in _statements(traced, _python))
        lines = [f"{_latex_name(name)} &= {text}" for name, text in _statements(traced, _latex)]
        self.latex = " \\\\\n".join(lines)
        self.tree = encodable(_tree(traced))

    def __str__(self) -> str:
        return self.python

    __repr__ = __str__

    def _repr_latex_(self) -> str:
        return f"$$\\begin{{aligned}}\n{self.latex}\n\\end{{aligned}}$$"


def formula(root: Value) -> Formula:
    """Return the expression behind a Value. Parts that are used twice, or have a label, are named once.

    Raises TypeError if root is no Value.

    >>> a, b = Value(2.0, label="a"), Value(3.0, label="b")
    >>> print(formula((a + b) * b**2))
    v4 = (a + b) * b**2
    """
    return Formula(trace_of(root, 1.0, "formula"))


def _statements(traced: Trace, write: Callable[[Node, list[Text]], Text]) -> list[tuple[str, str]]:
    """Return a name and an expression for each part that has a name, in the order of computation."""
    uses = traced.uses()
    names = _identifiers(traced)
    texts: list[Text] = []
    statements: list[tuple[str, str]] = []
    latex = write is _latex
    for node in traced.nodes:
        name = names[node.index]
        shown = _latex_name(name) if latex else name
        if node.op is None:
            texts.append((shown, ATOM))
            if node is traced.root:
                statements.append((name, number(node.data)))
            continue
        given = [texts[x] if isinstance(x, int) else _constant(x) for x in node.operands]
        text, binding = write(node, given)
        labelled = not re.fullmatch(r"v\d+", node.name)
        if node is traced.root or labelled or uses[node.index] > 1 or len(text) > _LONGEST:
            statements.append((name, text))
            texts.append((shown, ATOM))
        else:
            texts.append((text, binding))
    return statements


def _identifiers(traced: Trace) -> list[str]:
    """Return a Python name for each node, no two the same."""
    names: list[str] = []
    taken: set[str] = set()
    for node in traced.nodes:
        name = re.sub(r"\W", "_", node.name)
        name = name if name.isidentifier() else f"_{name}"
        while name in taken:
            name += "_"
        taken.add(name)
        names.append(name)
    return names


def _constant(x: float) -> Text:
    text = number(x) if float(number(x)) == x else repr(x)
    return text, ATOM if x >= 0 else 0


def _bracketed(text: Text, binding: int) -> str:
    return text[0] if text[1] >= binding else f"({text[0]})"


def _python(node: Node, given: list[Text]) -> Text:
    op = node.op
    assert op is not None
    if op.symbol in _BINDING and len(given) == 2:
        binding = _BINDING[op.symbol]
        if op.symbol == "**":
            return f"{_bracketed(given[0], 5)}**{_bracketed(given[1], 4)}", 4
        left, right = _bracketed(given[0], binding), _bracketed(given[1], binding + 1)
        return f"{left} {op.symbol} {right}", binding
    if op.symbol == "-":
        return f"-{_bracketed(given[0], 4)}", 2
    arguments = [text for text, _ in given]
    if op.name in ("choose_x", "choose_y"):
        return f"where({op.name == 'choose_x'}, {', '.join(arguments)})", ATOM
    if not op.public and op.value_text:
        return _written_out(node, given)
    if op.sequences:
        lists = [f"[{', '.join(items)}]" for items in op.arranged(arguments)]
        return f"{op.name}({', '.join(lists)})", ATOM
    return f"{op.name}({', '.join(arguments)})", ATOM


def _written_out(node: Node, given: list[Text]) -> Text:
    """Return a row that is no function of the package as the formula in its text, for these numbers."""
    assert node.op is not None
    z = ast.Name(node.op.name)  # no value mentions its result
    operands: list[ast.expr] = [ast.parse(text, mode="eval").body for text, _ in given]
    found = resolved(node.op, node.op.value_text, [*operands, z], [*node.numbers, node.data])
    for part in ast.walk(found):
        if isinstance(part, ast.Name):
            part.id = _PUBLIC.get(part.id, part.id)
    return ast.unparse(found), ATOM if isinstance(found, ast.Name | ast.Call) else 0


def _latex(node: Node, given: list[Text]) -> Text:
    op = node.op
    assert op is not None
    arguments = [text for text, _ in given]
    if op.name == "div":
        return rf"\frac{{{arguments[0]}}}{{{arguments[1]}}}", ATOM
    if op.name == "pow":
        return f"{{{_bracketed(given[0], 5)}}}^{{{arguments[1]}}}", 4
    if op.name == "mul":
        return rf"{_bracketed(given[0], 2)} \cdot {_bracketed(given[1], 3)}", 2
    if op.name == "dot":
        pairs = zip(*op.arranged(given), strict=True)
        return " + ".join(rf"{_bracketed(x, 2)} \cdot {_bracketed(y, 3)}" for x, y in pairs) or "0", 1
    if op.name in _LATEX:
        return _LATEX[op.name].format(arguments[0]), ATOM if op.name != "exp" else 4
    if op.symbol in ("+", "-") and len(given) == 2:
        return f"{_bracketed(given[0], 1)} {op.symbol} {_bracketed(given[1], 2)}", 1
    if op.symbol == "-":
        return f"-{_bracketed(given[0], 4)}", 2
    if op.name in ("choose_x", "choose_y"):
        return given[op.name == "choose_y"]
    name = f"\\{op.name}" if op.name in _KNOWN else rf"\operatorname{{{op.name.replace('_', chr(92) + '_')}}}"
    return rf"{name}\left({', '.join(arguments)}\right)", ATOM


def _latex_name(name: str) -> str:
    """Return a name with what follows its first underscore or letters as an index."""
    match = re.fullmatch(r"([A-Za-z]+)_?(\d+)", name)
    if match:
        word = match[1] if len(match[1]) == 1 else rf"\mathrm{{{match[1]}}}"
        return f"{word}_{{{match[2]}}}"
    escaped = name.replace("_", r"\_")
    return escaped if len(name) == 1 else rf"\mathrm{{{escaped}}}"


def _tree(traced: Trace) -> str:
    def line(operand: Operand) -> tuple[str, str]:
        if not isinstance(operand, int):
            return number(operand), ""
        node = traced.nodes[operand]
        title = node.name if node.op is None else f"{node.name} {node.op.symbol}"
        gradient = "" if node.gradient is None else f"  gradient {number(node.gradient)}"
        return title, f" = {number(node.data)}{gradient}"

    def operands(operand: Operand) -> tuple[Operand, ...]:
        return traced.nodes[operand].operands if isinstance(operand, int) else ()

    root: Operand = traced.root.index
    return outline(root, line, operands)
