"""draw: the graph behind a Value as a picture, in SVG and other formats.

Pictures come from our own layout and painter, so they need no other program and have the same bytes on every
machine. Relies on `steps`, `scene`, `painting`, `outline`, `dot` and `mermaid`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import nullcontext, suppress
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from autograd_lite.context import recorded
from autograd_lite.engine import Value
from autograd_lite.primitives import constant
from autograd_lite.see.faces import Face
from autograd_lite.see.outline import outline
from autograd_lite.see.painting import SHOWN, Look, Painting, shown
from autograd_lite.see.scene import Collapse, Scene, scene
from autograd_lite.see.steps import size, snapshot, with_partials
from autograd_lite.see.svg import Picture, figure, image

if TYPE_CHECKING:
    import graphviz


_MOST_SHOWN = 50_000  # nodes of a graph that a notebook draws without being asked


class Model(Protocol):
    """What maps a list of `nin` numbers or Values to a Value, or to several."""

    @property
    def nin(self) -> int:
        """How many inputs it has."""

    def __call__(self, x: list[Value]) -> Any:
        """Return a Value, or a list of them."""


class Drawing(Picture):
    """A picture of a graph. It is a snapshot: later changes of the Values do not reach it.

    width, height   in pixels

    Its string is the graph as a tree of text.
    """

    def __init__(self, scene: Scene, look: Look, engine: str) -> None:
        self._scene, self._look, self._engine = scene, look, engine

    @cached_property
    def _painting(self) -> Painting:
        return Painting(self._scene, self._look)

    @property
    def width(self) -> float:
        """The width of the SVG in pixels."""
        return self._painting.size[0]

    @property
    def height(self) -> float:
        """The height of the SVG in pixels."""
        return self._painting.size[1]

    @cached_property
    def svg(self) -> str:
        """The picture as an SVG document."""
        if self._engine == "dot":
            from autograd_lite.see.dot import image_or

            return image_or(lambda: self._painting.svg(self.title), self.to_graphviz())
        return self._painting.svg(self.title)

    @property
    def title(self) -> str:
        """What the picture shows, for those who do not see it."""
        roots = [face.name or f"{face.alike:,} × {face.symbol}" for face in self._scene.faces if face.root]
        named = ", ".join(roots[:3]) + (f" and {len(roots) - 3:,} more" if len(roots) > 3 else "")
        return f"computation graph of {named}, {len(self._scene.nodes):,} nodes"

    def to_graphviz(self) -> graphviz.Digraph:
        """Return the picture as a graphviz.Digraph, for those who have Graphviz's program `dot`."""
        from autograd_lite.see.dot import digraph

        return digraph(self._scene, rankdir=self._look.direction, show=self._look.show)

    @property
    def dot(self) -> str:
        """The picture in the DOT language."""
        return str(self.to_graphviz().source)

    @property
    def mermaid(self) -> str:
        """The picture as a Mermaid flowchart, which Markdown on many sites shows."""
        from autograd_lite.see.mermaid import flowchart

        return flowchart(self._scene, self._look.direction, self._look.show)

    @property
    def text(self) -> str:
        """What the picture shows in characters."""
        faces = self._scene.faces
        trees = [
            outline(i, lambda i: _told(faces[i], self._look.show), lambda i: faces[i].operands)
            for i, face in enumerate(faces)
            if face.root
        ]
        return "\n".join([*trees, *self._painting.notes])

    def _formats(self) -> dict[str, Any]:
        return {
            **super()._formats(),
            "dot": lambda: self.dot,
            "gv": lambda: self.dot,
            "mmd": lambda: self.mermaid,
            "pdf": lambda: self._by_dot("pdf"),
            "eps": lambda: self._by_dot("eps"),
        }

    def _by_dot(self, form: str) -> bytes:
        from autograd_lite.see.dot import image as rendered

        return rendered(self.to_graphviz(), form)


def draw(
    root: Value | Sequence[Value] | Model,
    *,
    direction: str = "LR",
    show: Iterable[str] | None = None,
    collapse: Collapse = None,
    merge: bool = True,
    expand: bool = False,
    engine: str = "auto",
    theme: str = "auto",
    max_nodes: int = 300,
) -> Drawing:
    """Return a picture of the graph below root, which notebooks show and `.save("graph.svg")` writes.

    root       a Value, a list of them, or a Neuron, Layer, MLP or other model with a number of inputs `nin`
    direction  "LR" for left to right, "TB" for top to bottom
    show       any of "data", "grad" and "local", the partials on the wires; by default all three, without
               the partials where there are more than 60 nodes
    collapse   which scopes are drawn as one card: None for as many as it takes to keep to max_nodes, False
               for none, True for all, a number for those more than so many levels deep, or a function of a
               tuple of names that says so
    merge      draw cards that differ in their numbers alone as one, wherever scopes or nodes are left out
    expand     draw each `dot` as products and sums
    engine     "auto" for our own layout, "dot" to have Graphviz lay it out
    theme      "auto" for light that follows a dark system, "light" or "dark"
    max_nodes  from how many cards on the picture is made smaller

    Gradients are on the cards once `backward()` has run. Of a model the numbers of its parameters are shown.
    Raises TypeError if root is none of these, ValueError for an option that is none of these, RuntimeError if
    root was computed under `no_grad()`.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> picture = draw(a * b + a)
    >>> picture.svg[:5], picture.svg.count("<path")
    ('<svg ', 4)
    >>> print(picture)
    v3 + = −4.0000
    ├─ v2 * = −6.0000
    │  ├─ a = 2.0000
    │  └─ b = −3.0000
    └─ a = 2.0000
    gradients: not computed; call backward() first
    """
    _check("direction", direction, ("LR", "TB"))
    _check("engine", engine, ("auto", "dot"))
    _check("theme", theme, ("auto", "light", "dark"))
    if type(max_nodes) is not int or max_nodes < 2:
        raise ValueError(f"draw: max_nodes: expected a whole number of at least 2, got {max_nodes!r}")
    if show is not None and not isinstance(show, Iterable):
        raise TypeError(f"draw: show: expected some of {', '.join(SHOWN)}, got {type(show).__name__}")
    parts = None if show is None else frozenset([show] if isinstance(show, str) else show)
    for part in parts or ():
        _check("show", part, SHOWN)
    model = _nin(root) > 0
    nodes, order = snapshot(_roots(root), "draw")
    parts = shown(len(nodes)) if parts is None else parts
    if "local" in parts:
        nodes = with_partials(nodes, order)
    if model:
        parts -= {"local"}
    seen = scene(nodes, collapse=collapse, merge=merge, max_nodes=max_nodes, expand=expand, model=model)
    return Drawing(seen, Look(direction, theme, parts), engine)


def representation(root: Any) -> dict[str, str]:
    """Return what a notebook shows of a Value or a model: its picture, unless that is too large or none."""
    shown = {"text/plain": repr(root)}
    drawable = root.op is not constant and size(root, _MOST_SHOWN) if isinstance(root, Value) else _nin(root)
    if drawable:
        # A model of a user's own may fail on inputs of 0; then it is shown as text, as without this.
        with suppress(Exception):
            drawing = draw(root)
            shown["text/html"] = image(drawing.svg, drawing.title)
    return shown


def _roots(root: Value | Sequence[Value] | Model) -> Sequence[Value]:
    """Return the Values to draw; of a model, what it makes of inputs x0, x1 ..."""
    if isinstance(root, Value):
        return [root]
    nin = _nin(root)
    if nin and callable(root):
        # A model in use: Dropout would draw random numbers in training.
        in_use = root.temporarily(training=False) if hasattr(root, "temporarily") else nullcontext()
        with recorded(), in_use:
            outputs = root([Value(0.0, label=f"x{i}") for i in range(nin)])
        found = outputs if isinstance(outputs, list | tuple) else [outputs]
        if not found or not all(isinstance(output, Value) for output in found):
            raise TypeError(
                f"draw: expected a model that makes a Value of its inputs, or a list of them, got one that "
                f"makes {type(outputs).__name__}"
            )
        return found
    if not isinstance(root, list | tuple) or not root:
        given = "an empty list" if root == [] else type(root).__name__
        raise TypeError(f"draw: expected a Value, a list of Values or a model, got {given}")
    return root


def _nin(thing: object) -> int:
    """Return how many inputs a model takes; 0 for what is none, or does not say."""
    nin = 0 if isinstance(thing, Value) else getattr(thing, "nin", 0)
    return nin if isinstance(nin, int) else 0


def _check(argument: str, given: str, known: tuple[str, ...]) -> None:
    if given not in known:
        raise ValueError(f"draw: {argument}: expected one of {', '.join(map(repr, known))}, got {given!r}")


def _told(face: Face, show: frozenset[str]) -> tuple[str, str]:
    """Return the title of a face, and its numbers."""
    if face.data is not None and face.kind == "constant":
        numbers = " … ".join(dict.fromkeys(map(figure, face.data)))
        return numbers, f" ×{face.alike:,} alike" if face.alike > 1 else ""
    title = f"{face.name} {face.symbol}".strip()
    rest = f" ×{face.alike:,} alike" if face.alike > 1 else ""
    for part, lead, span in (("data", "=", face.data), ("grad", "gradient", face.gradient)):
        if span is not None and part in show:
            rest += f" {lead} {' … '.join(dict.fromkeys(map(figure, span)))}"
    return title, rest
