"""play: a page that plays the forward and the backward pass, or a training, step by step.

The page is one file, asks for no other, and reads as a picture and a list where scripts do not run. Numbers
of leaves can be changed in it: the rows of the table that the graph uses travel along as JavaScript. Relies
on `steps`, `notation`, `scene`, `painting`, `explain`, `javascript` and `animation`.
"""

from __future__ import annotations

import ast
import html
import json
import math
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from autograd_lite.engine import Value
from autograd_lite.graph import topological_order
from autograd_lite.see import notation, svg
from autograd_lite.see.animation import animation
from autograd_lite.see.explain import told
from autograd_lite.see.javascript import javascript, minified
from autograd_lite.see.painting import DECADES, Look, Painting, shown
from autograd_lite.see.scene import Scene, scene
from autograd_lite.see.steps import Node, Step, Trace, partial_formula, size, trace_of, written

_MOST_TRIED = 400  # nodes next to the root, in search of a part that can be played
_PACE = 1100  # milliseconds a step


class Training(Protocol):
    """What remembers the trace of the loss at each step of a training."""

    traces: list[Trace]


class Player(svg.Picture):
    """A page that plays steps; `.save("x.html")` writes it, and notebooks run it.

    html   the page
    svg    the picture at the end
    trace  the steps that it plays; of a training, those of its last step

    Its string is the list of the steps.
    """

    def __init__(self, frames: Sequence[Trace], direction: str, theme: str, *, training: bool) -> None:
        self.trace = frames[-1]
        self._frames = frames
        self._training = training
        parts = shown(len(self.trace.nodes)) - ({"local"} if training else set())  # partials change
        self._painting = Painting(_scene(self.trace), Look(direction, theme, parts, live=True))

    @property
    def title(self) -> str:
        """What the page shows."""
        if self._training:
            return f"training of {self.trace.root.name}, {len(self._frames)} steps"
        return f"backpropagation of {self.trace.root.name}, step by step"

    @cached_property
    def svg(self) -> str:
        """The picture of the last step as an SVG document, which does not move."""
        look = replace(self._painting.look, live=False)
        return Painting(self._painting.scene, look).svg(self.title)

    @cached_property
    def animation(self) -> str:
        """An SVG document that plays the steps by itself, without a script, in a README for example.

        Of a training it plays the last step.
        """
        return animation(self.trace, self._painting, f"backpropagation of {self.trace.root.name}")

    @cached_property
    def html(self) -> str:
        """The page: one self-contained HTML document."""
        picture = self._painting.svg(self.title)
        data = json.dumps(self._data(), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
        script = javascript(_rows(self.trace)) or "const OPS={};"
        lines = "".join(f"<li>{html.escape(line)}</li>" for line in self._lines())
        return _file("player.html").format(
            title=html.escape(self.title),
            theme=self._painting.look.theme,
            style=minified(_file("player.css")),
            picture=picture,
            count=len(self._lines()),
            lines=lines,
            graph=data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029"),
            rows=script,
            script=minified(_file("player.js")),
        )

    @property
    def text(self) -> str:
        """What the picture shows in characters."""
        return "\n".join([self.title, *self._lines()])

    def _lines(self) -> list[str]:
        """Return each step in words."""
        if self._training:
            root = self.trace.root
            return [
                f"{root.name} = {notation.number(frame.nodes[root.index].data)}" for frame in self._frames
            ]
        return told(self.trace)

    def _formats(self) -> dict[str, Any]:
        return {**super()._formats(), "html": lambda: self.html, "svg": lambda: self.animation}

    def _repr_mimebundle_(self, *arguments: object, **options: object) -> dict[str, str]:
        """The page in a frame over the picture, which is what shows where frames or scripts are taken out."""
        height = min(760, max(420, round(self._painting.size[1]) + 230))
        frame = (
            f'<iframe title="{html.escape(self.title)}" sandbox="allow-scripts" '
            f'srcdoc="{html.escape(self.html)}" '
            f'style="position:absolute;inset:0;width:100%;height:100%;border:0"></iframe>'
        )
        picture = svg.image(self.svg, self.title)
        return {
            "text/html": f'<div style="position:relative;min-height:{height}px">{picture}{frame}</div>',
            "text/plain": self.text,
        }

    def _data(self) -> dict[str, Any]:
        """Return what the script of the page works on."""
        traced, faces = self.trace, self._painting.scene.faces
        card_of = {face.members[0]: i for i, face in enumerate(faces) if face.members}
        live = not self._training and javascript(_rows(traced)) is not None
        data: dict[str, Any] = {
            "names": [node.name for node in traced.nodes],
            "ops": [node.op.name if node.op else None for node in traced.nodes],
            "sequences": {row.name: len(row.operands) for row in _rows(traced) if row.sequences},
            "operands": [
                [x if isinstance(x, int) else {"c": _plain(x)} for x in node.operands]
                for node in traced.nodes
            ],
            "formulas": [_formula(node) for node in traced.nodes],
            "data": [_plain(node.data) for node in traced.nodes],
            "cards": [face.members[0] if face.members else -1 for face in faces],
            "root": traced.root.index,
            "seed": _plain(next(step.after for step in traced if step.kind == "seed")),
            "backward": [
                {
                    "n": step.node, "t": step.target, "p": step.position, "d": _plain(step.slope),
                    **_contribution(step),
                    "slot": self._painting.slot(card_of[step.node], step.position or 0),
                    **_partial_formula(traced, step.node, step.position or 0),
                }
                for step in traced if step.kind == "backward"
            ],
            "live": live,
            "pace": _PACE,
            "heat": [svg.NEGATIVE, svg.POSITIVE],
            "decades": DECADES,
        }  # fmt: skip
        if self._training:
            boxes = {face.members[0]: face.path for face in faces if face.members}
            data["boxes"] = [
                " / ".join([name for name, _ in boxes[node.index]]) if node.op is None else ""
                for node in traced.nodes
            ]
            data["frames"] = [
                {
                    "data": [_plain(node.data) for node in frame.nodes],
                    "grads": [None if n.gradient is None else _plain(n.gradient) for n in frame.nodes],
                    "constants": [_plain(c) for face in _scene(frame).faces for c in face.numbers],
                }
                for frame in self._frames
            ]
        return data


def play(
    root: Value | Sequence[Trace] | Training,
    *,
    direction: str = "LR",
    theme: str = "auto",
    max_nodes: int = 100,
) -> Player:
    """Return a page that plays how root and its gradient are computed, one step after the other.

    root       a Value; or a training: the history of a `fit(..., traces=True)`, or a list with the
               `trace` of the loss at each step
    direction  "LR" for left to right, "TB" for top to bottom
    theme      "auto" for light that follows a dark system, "light" or "dark"
    max_nodes  the greatest graph that is played

    The page plays, pauses, steps and scrubs, with the mouse or the keyboard (space, arrows, Home, End, and b
    for the beginning of the backward pass); `#step=12` in its address opens that step. A leaf's number can be
    dragged or typed, and the page computes the rest again. A training shows the data, the gradients and the
    update of each weight. It is a snapshot, and touches no Value.

    Raises ValueError, naming a part that can be played, if the graph has more than max_nodes nodes; if the
    traces of a training are not of one graph; TypeError for anything but a Value or traces; RuntimeError if
    root was computed under `no_grad()`.

    >>> a, b = Value(2.0, label="a"), Value(-3.0, label="b")
    >>> page = play(a * b + a)
    >>> page.html[:15], "<script src" in page.html
    ('<!doctype html>', False)
    """
    if direction not in ("LR", "TB"):
        raise ValueError(f"play: direction: expected 'LR' or 'TB', got {direction!r}")
    if theme not in ("auto", "light", "dark"):
        raise ValueError(f"play: theme: expected 'auto', 'light' or 'dark', got {theme!r}")
    if type(max_nodes) is not int:
        raise TypeError(f"play: max_nodes: expected a whole number, got {type(max_nodes).__name__}")
    if max_nodes < 1:
        raise ValueError(f"play: max_nodes: expected at least 1, got {max_nodes}")
    if isinstance(root, Value):
        _check_size(root, max_nodes)
        return Player([trace_of(root, 1.0, "play")], direction, theme, training=False)
    root = getattr(root, "traces", root)
    if not isinstance(root, Sequence) or not all(isinstance(frame, Trace) for frame in root):
        raise TypeError(
            "play: expected a Value, a history, or a list with the trace(loss) of each training step, got "
            f"{type(root).__name__}"
        )
    if not root:
        raise ValueError("play: the training has no traces; ask for them with fit(..., traces=True)")
    for step, frame in enumerate(root[1:], start=2):
        if _shape(frame) != _shape(root[0]):
            raise ValueError(
                f"play: the trace of step {step} is of another graph than that of step 1, with "
                f"{len(frame.nodes)} nodes and {len(root[0].nodes)}; trace the same expression, on as many "
                "samples, in each step: some losses compute other nodes for other classes, so train on the "
                "full batch"
            )
    if len(root[-1].nodes) > max_nodes:
        raise ValueError(_too_large(len(root[-1].nodes), max_nodes, "trace the loss of fewer samples"))
    return Player(root, direction, theme, training=True)


def _shape(traced: Trace) -> tuple[object, ...]:
    """Return what a graph is but for its numbers."""
    return tuple(
        [
            (node.op and node.op.name, tuple([x if isinstance(x, int) else None for x in node.operands]))
            for node in traced.nodes
        ]
    )


def _check_size(root: Value, most: int) -> None:
    """Refuse a graph that is too large, and name the largest part next to the root that is not."""
    leaves, computed = topological_order(root)
    count = len(leaves) + len(computed)
    if count <= most:
        return
    queue = [(root, "root")]
    seen = {root}
    parts: list[tuple[int, str]] = []
    for node, path in queue:
        below = size(node, most)
        if below is not None:
            parts.append((below, f"{path})" + (f", up to {node.label!r}," if node.label else "")))
            continue
        for position, parent in enumerate(node.parents):
            if isinstance(parent, Value) and parent not in seen and len(queue) < _MOST_TRIED:
                seen.add(parent)
                queue.append((parent, f"{path}.parents[{position}]"))
    way = "play(node) of a node further inside plays its part"
    if max(parts, default=(0, ""))[0] > 1:
        below, path = max(parts, key=lambda part: part[0])
        way = f"play({path} plays a part of {below} nodes"
    raise ValueError(_too_large(count, most, way))


def _too_large(count: int, most: int, way: str) -> str:
    return (
        f"play: the graph has {count:,} nodes, too many to follow step by step (max_nodes={most}); {way}, "
        "draw(root) draws all of it, and explain(root) tells it"
    )


def _scene(traced: Trace) -> Scene:
    """Return the cards of a trace, one a node."""
    slopes: dict[int, dict[int, float]] = {}
    for step in traced:
        if step.kind == "backward":
            slopes.setdefault(step.node, {})[step.position or 0] = step.slope
    nodes = [
        replace(
            node,
            label=node.name,
            partials=tuple([slopes.get(node.index, {}).get(k) for k in range(len(node.operands))]),
        )
        for node in traced.nodes
    ]
    return scene(nodes, collapse=False)


def _rows(traced: Trace) -> list[Any]:
    return list(dict.fromkeys(node.op for node in traced.nodes if node.op is not None))


def _contribution(step: Step) -> dict[str, float | str]:
    """Return what a step passes on, unless it is the product that the page computes itself."""
    product = step.contribution == step.upstream * step.slope
    return {} if product else {"c": _plain(step.contribution)}


def _plain(x: float) -> float | str:
    """Return a number for JSON, which has no infinities."""
    if math.isfinite(x):
        return int(x) if x == int(x) and abs(x) < 1e15 and math.copysign(1, x) > 0 else x
    return "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"


def _partial_formula(traced: Trace, index: int, position: int) -> dict[str, Any]:
    """Return the formula of a partial, and whether other numbers might make it another."""
    node = traced.nodes[index]
    assert node.op is not None  # a leaf passes nothing on
    formula = partial_formula(node.op, position, _holders(node), ast.Name("{z}"), [*node.numbers, node.data])
    if not formula or node.op.sequences:
        return {"f": formula}
    constant = {
        x for x, given in zip(node.op.operands, node.operands, strict=True) if not isinstance(given, int)
    }
    wavers = notation.deciding(node.op, node.op.partial_texts[position]) - constant
    return {"f": formula, "w": 1} if wavers else {"f": formula}


def _formula(node: Node) -> str:
    """Return how a node is computed, with {0}, {1} ... in the place of its operands."""
    if node.op is None:
        return ""
    return written(node.op, _holders(node))


def _holders(node: Node) -> list[ast.expr]:
    """Return what stands for the operands of a node in a formula: {0}, {1} ..., or a constant's number."""
    return [
        ast.Name(f"{{{k}}}") if isinstance(x, int) else ast.Constant(x) for k, x in enumerate(node.operands)
    ]


def _file(name: str) -> str:
    return Path(__file__).with_name(name).read_text(encoding="utf-8")
