"""explain: the forward and the backward pass in words and numbers.

A printer of `steps`: text for a terminal, Markdown, and HTML for a notebook. Relies on `steps`, `notation`,
`outline` and `differences`.
"""

from __future__ import annotations

import ast
import html
import math
from collections import Counter
from collections.abc import Iterator

from autograd_lite.differences import Slope, slope
from autograd_lite.engine import Value
from autograd_lite.see.notation import number
from autograd_lite.see.outline import encodable
from autograd_lite.see.steps import Node, Step, Trace, trace_of, written

_MOST_WORK = 20_000  # leaves times nodes, beyond which no differences are measured
_MOST_PATHS = 60


class Explanation:
    """The narration of one forward and backward pass; its string is plain text.

    trace     the steps that it narrates
    markdown  the same as Markdown
    """

    def __init__(self, traced: Trace, lines: list[tuple[str, str]]) -> None:
        self.trace = traced
        self._lines = lines  # kind ("title", "line", "sum", "row") and text

    def __str__(self) -> str:
        rows = [_cells(line) for kind, line in self._lines if kind == "row"]
        first = max((len(cells[0]) for cells in rows), default=0)
        parts: list[str] = []
        for kind, line in self._lines:
            if kind == "row":
                name, *figures = _cells(line)
                parts.append(f"  {name:<{first}}" + "".join(f"{figure:>15}" for figure in figures))
            else:
                parts.append("\n" + line if kind == "title" else "  " + line)
        return encodable("\n".join(parts).lstrip("\n"))

    __repr__ = __str__

    @property
    def markdown(self) -> str:
        """The narration as Markdown, with a table at the end."""
        parts: list[str] = []
        for kind, line in self._lines:
            if kind == "title":
                parts.append(f"\n### {line}\n")
            elif kind == "row":
                parts.append(_markdown_row(line))
            else:
                parts.append(f"    {line}")
        text = "\n".join(parts).strip("\n")
        head = next((i for i, (kind, _) in enumerate(self._lines) if kind == "row"), None)
        if head is None:
            return text
        first = _markdown_row(self._lines[head][1])
        rule = "|" + "---|" * len(_cells(self._lines[head][1]))
        return text.replace(first, f"{first}\n{rule}", 1)

    def _repr_mimebundle_(self, *arguments: object, **options: object) -> dict[str, str]:
        return {"text/html": self._html(), "text/plain": str(self)}

    def _html(self) -> str:
        parts: list[str] = []
        for kind, line in self._lines:
            if kind == "title":
                parts.append(f"<h4>{html.escape(line)}</h4>")
            elif kind == "row":
                parts.append("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in _cells(line)) + "</tr>")
            else:
                parts.append(f"<div><code>{html.escape(line)}</code></div>")
        text = "".join(parts)
        first, last = text.find("<tr>"), text.rfind("</tr>")
        if first < 0:
            return text
        return f"{text[:first]}<table>{text[first : last + 5]}</table>{text[last + 5 :]}"


def explain(root: Value, wrt: Value | None = None, *, paths: bool = False) -> Explanation:
    """Return the narration of how root and its gradient are computed: every line with its numbers.

    wrt    narrate only what contributes to the gradient by this Value
    paths  list the products along the paths from root to wrt, which add up to the gradient by it

    The last table sets the gradients of the leaves beside finite differences. The Values are not touched.
    Raises TypeError if root is no Value, ValueError if root does not depend on wrt, or if paths are asked
    for without wrt.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> print(str(explain(a * b + a)).splitlines()[1])
      v2 = a * b = 2 * (-3) = -6
    """
    traced = trace_of(root, 1.0, "explain")
    if paths and wrt is None:
        raise ValueError("explain: paths are those to one Value; say which with wrt")
    lines: list[tuple[str, str]] = [("title", "Forward")]
    target = None if wrt is None else _index(root, wrt, traced)
    wanted = _ancestors(traced, target)
    lines += [("line", _forward_line(node)) for node in traced.nodes if node.formula]
    lines += [("title", "Backward"), ("line", _seed_line(traced))]
    backward = [
        step for step in traced.steps if step.kind == "backward" and (target is None or step.target in wanted)
    ]
    for line, total in _backward_lines(backward, traced):
        lines += [("line", line), *([("sum", total)] if total else [])]
    if target is not None and paths:
        lines += _path_lines(traced, target)
    lines += _table(traced, target)
    return Explanation(traced, lines)


def _index(root: Value, wrt: Value, traced: Trace) -> int:
    from autograd_lite.graph import topological_order

    leaves, computed = topological_order(root)
    order = [*leaves, *computed]
    for i, node in enumerate(order):
        if node is wrt:
            return i
    raise ValueError("explain: the root does not depend on wrt")


def _ancestors(traced: Trace, target: int | None) -> set[int]:
    """Return the indices of the nodes through which the target reaches the root, it included."""
    if target is None:
        return set(range(len(traced.nodes)))
    found = {target}
    for node in traced.nodes:
        if any(operand in found for operand in node.operands if isinstance(operand, int)):
            found.add(node.index)
    return found


def _b(name: str) -> str:
    """Return a name that can stand in a fraction: in brackets unless it is one word."""
    return name if name.isidentifier() else f"({name})"


def _bracketed(x: float) -> str:
    return number(x) if not (x < 0 or "e" in number(x)) else f"({number(x)})"


def told(traced: Trace) -> list[str]:
    """Return a sentence for each step: all leaves, each computed node, the seed, each backward step."""
    leaves = ", ".join(f"{node.name} = {number(node.data)}" for node in traced.nodes if node.op is None)
    forward = [_forward_line(node) for node in traced.nodes if node.formula]
    steps = [step for step in traced.steps if step.kind == "backward"]
    backward = [f"{line}; {total}" if total else line for line, total in _backward_lines(steps, traced)]
    return [leaves, *forward, _seed_line(traced), *backward]


def _forward_line(node: Node) -> str:
    """Return a node's operation with names, with numbers, and its result."""
    assert node.op is not None  # a leaf has no operation
    with_numbers = written(node.op, [ast.Constant(x) for x in node.numbers])
    return f"{node.name} = {node.formula} = {with_numbers} = {number(node.data)}"


def _seed_line(traced: Trace) -> str:
    top = _b(traced.root.name)
    seed = next(step.upstream for step in traced.steps if step.kind == "seed")
    return f"∂{top}/∂{top} = {number(seed)}"


def _backward_lines(steps: list[Step], traced: Trace) -> Iterator[tuple[str, str]]:
    """Yield a line for each step, and with the last of several for one node how they add up."""
    terms: dict[int | None, list[float]] = {}
    left = Counter(step.target for step in steps)
    for step in steps:
        terms.setdefault(step.target, []).append(step.contribution)
        left[step.target] -= 1
        last = not left[step.target] and len(terms[step.target]) > 1
        yield _backward_line(step, traced), _sum_line(traced, step, terms[step.target]) if last else ""


def _backward_line(step: Step, traced: Trace) -> str:
    top, z = _b(traced.root.name), _b(traced.nodes[step.node].name)
    x = _b(traced.nodes[step.target or 0].name)
    product = f"{_bracketed(step.upstream)} * {_bracketed(step.slope)} = {number(step.contribution)}"
    local = f", where ∂{z}/∂{x} = {step.partial} = {number(step.slope)}" if step.partial else ""
    if step.partial == number(step.slope):
        local = f", where ∂{z}/∂{x} = {step.partial}"
    return f"∂{top}/∂{x} += ∂{top}/∂{z} * ∂{z}/∂{x} = {product}{local}"


def _sum_line(traced: Trace, step: Step, terms: list[float]) -> str:
    """Return how the contributions of a node that is used several times add up."""
    name = traced.nodes[step.target or 0].name
    added = " + ".join(map(_bracketed, terms))
    return (
        f"{name} is used {len(terms)} times, so its contributions add up: "
        f"∂{_b(traced.root.name)}/∂{_b(name)} = {added} = {number(step.after)}"
    )


def _path_lines(traced: Trace, target: int) -> list[tuple[str, str]]:
    """Return the products of the partials along every path from the root to the target."""
    users: dict[int, list[Step]] = {}
    for step in traced.steps:
        if step.kind == "backward":
            users.setdefault(step.node, []).append(step)
    reaching = _ancestors(traced, target)
    lines: list[tuple[str, str]] = []
    terms: list[float] = []
    open_paths: list[tuple[int, list[Step]]] = [(traced.root.index, [])]
    while open_paths:
        node, path = open_paths.pop()
        if node == target:
            if len(terms) == _MOST_PATHS:
                lines.append(("line", f"… and more: these are the first {_MOST_PATHS} paths"))
                return [("title", f"Paths to {traced.nodes[target].name}"), *lines]
            names = [traced.nodes[s.node].name for s in path] + [traced.nodes[target].name]
            terms.append(math.prod(s.slope for s in path))
            factors = " * ".join(_bracketed(s.slope) for s in path) or "1"
            lines.append(("line", f"{' -> '.join(names)}: {factors} = {number(terms[-1])}"))
            continue
        for step in reversed(users.get(node, [])):
            if step.target in reaching and step.target is not None:
                open_paths.append((step.target, [*path, step]))
    added = " + ".join(map(_bracketed, terms))
    lines.append(("sum", f"together {added} = {number(math.fsum(terms))}"))
    return [("title", f"Paths to {traced.nodes[target].name}"), *lines]


def _table(traced: Trace, target: int | None) -> list[tuple[str, str]]:
    """Return the gradients of the leaves beside finite differences of the graph itself."""
    leaves = [node for node in traced.nodes if node.op is None and target in (None, node.index)]
    rows = [("title", "Gradients"), ("row", _row("", "value", "gradient", "difference", "error", "step"))]
    for leaf in leaves:
        gradient = 0.0 if leaf.gradient is None else leaf.gradient
        cells = [leaf.name, number(leaf.data), number(gradient)]
        if len(leaves) * len(traced.nodes) <= _MOST_WORK:
            measured = _measured(traced, leaf)
            apart = abs(measured.value - gradient)
            cells += (
                [number(measured.value), f"{apart:.0e}", f"{measured.step:.0e}"]
                if measured.measured
                else ["-"] * 3
            )
        rows.append(("row", _row(*cells)))
    return rows if leaves else []


def _measured(traced: Trace, leaf: Node) -> Slope:
    """Return the slope of the root by a leaf, by running the graph again with other numbers."""

    def run(x: float) -> float:
        numbers: list[float] = []
        for node in traced.nodes:
            if node.op is None or node.op.name == "stop_gradient":  # which holds what it stops
                numbers.append(x if node.index == leaf.index else node.data)
                continue
            given = [numbers[o] if isinstance(o, int) else o for o in node.operands]
            numbers.append(node.op.value(*node.op.arranged(given)))
        return numbers[-1]

    return slope(run, leaf.data)


def _markdown_row(row: str) -> str:
    return "| " + " | ".join(html.escape(cell).replace("|", "\\|") for cell in _cells(row)) + " |"


def _row(*cells: str) -> str:
    return "\t".join(cells)  # names hold no tabs, for they are printable


def _cells(row: str) -> list[str]:
    return row.split("\t")
