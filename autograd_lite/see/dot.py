"""A picture in the DOT language: draw_dot, and the formats that Graphviz's program `dot` makes.

A card has the label, the operation, the number and, once `backward()` has run, the gradient. The DOT
text is the same in every process. Relies on `scene`, `steps` and the `graphviz` package; images need
the program `dot` besides.
"""

from __future__ import annotations

import subprocess
import warnings
from collections.abc import Callable
from typing import Any

import graphviz

from autograd_lite.engine import Value
from autograd_lite.see import svg
from autograd_lite.see.boxes import Path
from autograd_lite.see.faces import Face
from autograd_lite.see.scene import Scene, scene
from autograd_lite.see.steps import natural, snapshot

_PATIENCE = 60  # seconds that `dot` gets
_INSTALL = (
    "draw: Graphviz's program `dot` is not installed, and images in this format are made by it. Install "
    "it with `apt install graphviz`, `brew install graphviz`, `winget install graphviz` or "
    "`conda install graphviz`. Without it, draw(root) makes svg, html and png, and .save('graph.dot') writes "
    "the DOT text."
)
_STYLES = {
    "input": "rounded",
    "parameter": "bold",
    "constant": "dashed",
    "scope": "filled",
    "more": "dotted",
}


class Digraph(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no type hints
    """A graphviz.Digraph that says what to install where `dot` is missing, and shows its text instead."""

    def render(self, *arguments: Any, **options: Any) -> str:
        """Write an image and return its path; see graphviz.Digraph.render."""
        return str(_explained(super().render, *arguments, **options))

    def pipe(self, *arguments: Any, **options: Any) -> Any:
        """Return an image as bytes or text; see graphviz.Digraph.pipe."""
        return _explained(super().pipe, *arguments, **options)

    def _repr_mimebundle_(self, *arguments: Any, **options: Any) -> dict[str, str]:
        try:
            image = self.pipe(format="svg", encoding="utf-8")
        except RuntimeError as missing:
            return {"text/plain": f"{missing}\n\n{self.source}"}
        return {"text/html": svg.image(image, "computation graph"), "text/plain": self.source}


def _explained(make: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    try:
        return make(*arguments, **options)
    except graphviz.ExecutableNotFound:
        raise RuntimeError(_INSTALL) from None
    except graphviz.CalledProcessError as error:
        raise RuntimeError(f"draw: Graphviz's program `dot` failed: {error}") from None


def draw_dot(root: Value, format: str = "svg", rankdir: str = "LR") -> Digraph:
    """Return the graph below root as a graphviz.Digraph, which notebooks show and `.render()` writes.

    format    of the image written: "svg", "png", "pdf" or another that Graphviz knows
    rankdir   "LR" for left to right, "TB" for top to bottom

    Every node has a card, which `draw` does otherwise. Values computed inside a `scope` are drawn in a box
    with its name, and with them the leaves that are used nowhere else. Raises TypeError if root is not a
    Value; `.render()` raises RuntimeError where the program `dot` is not installed.

    >>> a = Value(2.0, label="a")
    >>> print(draw_dot(a + a).source.count("n0 -> n1"))
    2
    """
    if rankdir not in ("LR", "TB", "RL", "BT"):
        raise ValueError(f"draw_dot: expected rankdir LR, TB, RL or BT, got {rankdir!r}")
    nodes, _ = snapshot([root], "draw_dot")
    return digraph(scene(nodes, collapse=False), rankdir=rankdir, format=format)


def digraph(
    scene: Scene, *, rankdir: str, format: str = "svg", show: frozenset[str] = frozenset(("data", "grad"))
) -> Digraph:
    """Return a scene as a graphviz.Digraph."""
    picture = Digraph(
        format=format,
        graph_attr={"rankdir": rankdir, "ordering": "in"},
        node_attr={"shape": "box", "fontname": "Courier", "fontsize": "11", "height": "0"},
    )
    boxes: dict[Path, list[tuple[str, dict[str, str]]]] = {(): []}
    for i, face in enumerate(scene.faces):
        look = {"label": _card(face, show)}
        if face.kind in _STYLES:
            look["style"] = _STYLES[face.kind]
        if face.root:
            look["peripheries"] = "2"
        boxes.setdefault(face.path, []).append((f"n{i}", look))
        for x in face.operands:
            picture.edge(f"n{x}", f"n{i}")
    _add_boxes(picture, boxes)
    if scene.note:
        picture.attr(label=_lines([scene.note]), fontname="Courier", fontsize="10")
    return picture


def image(picture: Digraph, form: str) -> bytes:
    """Return what `dot` makes of a picture, in one of its formats.

    Raises RuntimeError if it is not installed, fails, or takes longer than a minute.
    """
    command = [graphviz.backend.DOT_BINARY, f"-T{form}"]
    try:
        done = subprocess.run(
            [str(word) for word in command],
            input=picture.source.encode(),
            capture_output=True,
            timeout=_PATIENCE,
        )
    except FileNotFoundError:
        raise RuntimeError(_INSTALL) from None
    except subprocess.TimeoutExpired:
        raise RuntimeError(
            f"draw: Graphviz's program `dot` took longer than {_PATIENCE} s; collapse the graph, or use the "
            "formats that need no `dot`: svg, html, png"
        ) from None
    if done.returncode:
        raise RuntimeError(f"draw: Graphviz's program `dot` failed: {done.stderr.decode(errors='replace')}")
    return bytes(done.stdout)


def image_or(own: Callable[[], str], picture: Digraph) -> str:
    """Return the SVG that `dot` makes of a picture; where it cannot, our own, with a warning."""
    try:
        return image(picture, "svg").decode()
    except RuntimeError as error:
        warnings.warn(f"{error} Drawn by the built-in layout instead.", RuntimeWarning, stacklevel=4)
        return own()


def _add_boxes(picture: graphviz.Digraph, boxes: dict[Path, list[tuple[str, dict[str, str]]]]) -> None:
    """Add the nodes of each scope in a cluster, inside those of the scopes around it."""
    prefixes = {path[:depth] for path in boxes for depth in range(len(path) + 1)}
    clusters = {path: picture if not path else graphviz.Digraph() for path in prefixes}
    number = {
        path: i
        for i, path in enumerate(
            sorted(prefixes, key=lambda path: natural([f"{name} {part}" for name, part in path]))
        )
    }
    for path in sorted(prefixes, key=lambda path: (-len(path), number[path])):
        cluster = clusters[path]
        if path:
            cluster.name = f"cluster{number[path]}"
            cluster.attr(
                label=graphviz.escape(_readable(path[-1][0])),
                fontname="Courier",
                style="rounded",
                color="gray",
            )
        for name, attributes in boxes.get(path, []):
            cluster.node(name, **attributes)
        if path:
            clusters[path[:-1]].subgraph(cluster)


def _card(face: Face, show: frozenset[str]) -> str:
    lines = [f"{face.name}  {face.symbol}".strip()] if face.members else []
    if face.alike > 1:
        lines.append(f"x{face.alike} alike")
    for name, span in (("data", face.data), ("grad", face.gradient)):
        if span is not None and name in show:
            figures = " … ".join(dict.fromkeys(map(_figure, span)))
            lines.append(f"{name} {figures}" if face.members else figures)
    return _lines(lines)


def _lines(lines: list[str]) -> str:
    """Return left-aligned lines in which nothing is markup."""
    return "".join(graphviz.escape(_readable(line)) + r"\l" for line in lines)


def _readable(line: str) -> str:
    return svg.clipped(svg.printable(line).rstrip(), 200)


def _figure(x: float) -> str:
    """Return a figure with the sign of ASCII, as DOT text is read by people and other programs."""
    return svg.figure(x).replace("−", "-")
