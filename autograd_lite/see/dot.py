"""draw_dot: a graph of Values as a graphviz.Digraph, one card a node.

A card has the label, the operation, the number and, once `backward()` has run, the gradient. The DOT
text is the same in every process. Relies on `graph` and the `graphviz` package; images need Graphviz's
`dot` program besides.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Any

import graphviz

from autograd_lite.engine import Value
from autograd_lite.graph import topological_order

Scope = tuple[str, ...]

_INSTALL = (
    "draw_dot: Graphviz's program `dot` is not installed, and images are made by it. Install it with "
    "`apt install graphviz`, `brew install graphviz`, `winget install graphviz` or "
    "`conda install graphviz`. Without it, `.save('graph.dot')` writes the DOT text."
)


class Picture(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no type hints
    """A graphviz.Digraph that says what to install where `dot` is missing, and shows its text instead."""

    def render(self, *arguments: Any, **options: Any) -> str:
        """Write an image and return its path; see graphviz.Digraph.render."""
        try:
            return str(super().render(*arguments, **options))
        except graphviz.ExecutableNotFound:
            raise RuntimeError(_INSTALL) from None
        except graphviz.CalledProcessError as error:
            raise RuntimeError(f"draw_dot: Graphviz's program `dot` failed: {error}") from None

    def pipe(self, *arguments: Any, **options: Any) -> Any:
        """Return an image as bytes or text; see graphviz.Digraph.pipe."""
        try:
            return super().pipe(*arguments, **options)
        except graphviz.ExecutableNotFound:
            raise RuntimeError(_INSTALL) from None
        except graphviz.CalledProcessError as error:
            raise RuntimeError(f"draw_dot: Graphviz's program `dot` failed: {error}") from None

    def _repr_mimebundle_(self, *arguments: Any, **options: Any) -> dict[str, str]:
        try:
            svg = self.pipe(format="svg")
        except RuntimeError as missing:
            return {"text/plain": f"{missing}\n\n{self.source}"}
        # An <img>, because notebooks that are not trusted, such as a clone's, do not show bare SVG.
        image = f"data:image/svg+xml;base64,{b64encode(svg).decode()}"
        return {
            "text/html": f'<img alt="computation graph" style="max-width: 100%" src="{image}">',
            "text/plain": self.source,
        }


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Picture:
    """Return the graph below root as a graphviz.Digraph, which notebooks show and `.render()` writes.

    format    of the image written: "svg", "png", "pdf" or another that Graphviz knows
    rankdir   "LR" for left to right, "TB" for top to bottom

    Values computed inside a `scope` are drawn in a box with its name, and with them the leaves that are
    used nowhere else. Raises TypeError if root is not a Value; `.render()` raises RuntimeError where the
    program `dot` is not installed.

    >>> a = Value(2.0, label="a")
    >>> print(draw_dot(a + a).source.count("n0 -> n1"))
    2
    """
    if not isinstance(root, Value):
        raise TypeError(f"draw_dot: expected a Value, got {type(root).__name__}")
    if rankdir not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f"draw_dot: expected rankdir LR, TB, RL or BT, got {rankdir!r}")
    picture = Picture(
        format=format,
        graph_attr={"rankdir": rankdir, "ordering": "in"},
        node_attr={"shape": "box", "fontname": "Courier", "fontsize": "11", "height": "0"},
    )
    leaves, computed = topological_order(root)
    names = {node: f"n{i}" for i, node in enumerate(leaves + computed)}
    boxes: dict[Scope, list[tuple[str, dict[str, str]]]] = {(): []}
    scopes = _scopes(leaves, computed)
    for node, name in names.items():
        label = node.label or f"v{name[1:]}"
        kind = {"style": "rounded"} if node.op is None else {}
        boxes.setdefault(scopes[node], []).append((name, {"label": _card(label, node), **kind}))
        for position, parent in enumerate(node.parents):
            if isinstance(parent, Value):
                picture.edge(names[parent], name)
            else:
                constant = f"{name}c{position}"
                card = {"label": _lines([_figure(parent)]), "style": "dashed"}
                boxes[scopes[node]].append((constant, card))
                picture.edge(constant, name)
    _add_boxes(picture, boxes)
    return picture


def _scopes(leaves: list[Value], computed: list[Value]) -> dict[Value, Scope]:
    """Return where each node is drawn: a leaf with its users, if they all have one scope, as weights do."""
    users: dict[Value, set[Scope]] = {leaf: set() for leaf in leaves}
    for node in computed:
        for parent in node.parents:
            if isinstance(parent, Value) and parent in users:
                users[parent].add(node.scope)
    scopes = {node: node.scope for node in computed}
    for leaf in leaves:
        shared = users[leaf].pop() if len(users[leaf]) == 1 else ()
        scopes[leaf] = leaf.scope or shared
    return scopes


def _add_boxes(picture: graphviz.Digraph, boxes: dict[Scope, list[tuple[str, dict[str, str]]]]) -> None:
    """Add the nodes of each scope in a cluster, inside those of the scopes around it."""
    prefixes = {path[:depth] for path in boxes for depth in range(len(path) + 1)}
    clusters = {path: picture if not path else graphviz.Digraph() for path in prefixes}
    number = {path: i for i, path in enumerate(sorted(prefixes, key=_natural))}
    for path in sorted(prefixes, key=lambda path: (-len(path), number[path])):
        cluster = clusters[path]
        if path:
            cluster.name = f"cluster{number[path]}"
            cluster.attr(
                label=graphviz.escape(_text(path[-1])), fontname="Courier", style="rounded", color="gray"
            )
        for name, attributes in boxes.get(path, []):
            cluster.node(name, **attributes)
        if path:
            clusters[path[:-1]].subgraph(cluster)


def _natural(path: Scope) -> list[tuple[str, int]]:
    """A key that puts "neuron 9" before "neuron 17"."""
    words = " ".join(path).split()
    return [("", int(word)) if word.isdecimal() and len(word) < 10 else (word, 0) for word in words]


def _card(label: str, node: Value) -> str:
    title = label if node.op is None else f"{label}  {node.op.symbol}"
    lines = [title, f"data {_figure(node.data)}"]
    if node.has_grad:
        lines.append(f"grad {_figure(node.grad)}")
    return _lines(lines)


def _lines(lines: list[str]) -> str:
    """Return left-aligned lines in which nothing is markup."""
    return "".join(graphviz.escape(_text(line)) + r"\l" for line in lines)


def _text(line: str, most: int = 200) -> str:
    """Return a line without what cannot be printed, and no longer than can be read."""
    line = "".join(character if character.isprintable() else " " for character in line)
    return line if len(line) <= most else line[: most - 1] + "…"


def _figure(number: float) -> str:
    """Four decimals for ordinary numbers, as many digits as it takes for others."""
    ordinary = number == 0 or 1e-3 <= abs(number) < 1e6
    return f"{number:.4f}" if ordinary else f"{number:.4g}"
