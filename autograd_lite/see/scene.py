"""scene: which cards a picture of a graph has, and what is said below it.

A small graph has a card a node and one for each constant. A large one is made readable: scopes are closed
into cards, and what is still too much is reduced. Everything here is a snapshot. Relies on `boxes`, `faces`,
`reduction` and `steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from autograd_lite.primitives import TABLE
from autograd_lite.see.boxes import Names, Path, paths_of
from autograd_lite.see.faces import Face, faces_of, hidden
from autograd_lite.see.reduction import merged, nearest, shortened, stem
from autograd_lite.see.steps import Node, unused

Collapse = None | bool | int | Callable[[Names], bool]

_COMFORTABLE = 60  # cards that one can take in, where some have to go anyway


@dataclass(frozen=True)
class Scene:
    """The cards of a picture in the order of computation, their nodes, and what is to be said below it."""

    nodes: list[Node]
    faces: list[Face]
    note: str
    model: bool = False  # a model without its inputs, of which only parameters have numbers

    @property
    def said_of_gradients(self) -> str:
        """What is to be said of the gradients: that there are none, or that they are of another root."""
        if self.model:
            return ""
        if all(node.gradient is None for node in self.nodes):
            return "gradients: not computed; call backward() first"
        if all(self.nodes[i].gradient is None for face in self.faces if face.root for i in face.members[-1:]):
            return "gradients: from before; backward() has not been called on this root"
        return ""


def scene(
    nodes: list[Node],
    *,
    collapse: Collapse = None,
    merge: bool = True,
    max_nodes: int = 300,
    expand: bool = False,
    model: bool = False,
) -> Scene:
    """Return the cards for the nodes of a graph, which come in the order of computation."""
    if expand:
        nodes = _expanded(nodes)
    paths = paths_of(nodes)
    note = ""
    _check_collapse(collapse)
    if collapse is None or collapse is True:
        faces = faces_of(nodes, paths, lambda path: False)
        if collapse is True or len(faces) > max_nodes:
            faces = _smaller(nodes, paths, faces, merge, max_nodes, all_closed=collapse is True)
            note = f"{len(nodes):,} nodes drawn as {len(faces):,} cards; collapse=False draws every node"
    elif collapse is False:
        faces = faces_of(nodes, paths, lambda path: False)
    else:
        closed = collapse if callable(collapse) else lambda path: len(path) > collapse
        faces = faces_of(nodes, paths, closed)
        if merge and any(face.kind == "scope" for face in faces):
            faces = merged(nodes, faces)
        note = f"{len(nodes):,} nodes drawn as {len(faces):,} cards"
    for face in faces:
        _describe(face, nodes)
        if model and face.kind in ("input", "op"):
            face.data = None
    return Scene(nodes, faces, note, model)


def _check_collapse(collapse: Collapse) -> None:
    whole = isinstance(collapse, int) and collapse >= 0
    if collapse is not None and not whole and not callable(collapse):
        raise ValueError(
            "draw: collapse: expected None, True, False, a number of levels or a function of the names of a "
            f"scope, got {collapse!r}"
        )


def _smaller(
    nodes: list[Node], paths: list[Path], faces: list[Face], merge: bool, most: int, *, all_closed: bool
) -> list[Face]:
    """Return at most so many faces: close scopes from the inside out, then chains, then keep what is near."""
    deepest = max(map(len, paths), default=0)
    fitting: list[Face] | None = None
    for depth in [0] if all_closed else range(deepest - 1, -1, -1):
        closed = faces_of(nodes, paths, lambda path, depth=depth: len(path) > depth)  # type: ignore[misc]
        if merge:
            closed = merged(nodes, closed)
        if len(closed) == 1 and not all_closed:
            break  # one scope around everything, which says nothing
        if len(closed) <= min(_COMFORTABLE, most):
            return closed
        if fitting is None and len(closed) <= most:
            fitting = closed
        faces = closed
    if fitting is not None:
        return fitting
    if merge:
        faces = merged(nodes, faces)
    if len(faces) > most:
        faces = shortened(faces)
    return faces if len(faces) <= most else nearest(faces, most)


def _expanded(nodes: list[Node]) -> list[Node]:
    """Return nodes in which every dot is products and sums, with the gradients that those would have."""
    grown: list[Node] = []
    place: dict[int, int] = {}
    mul, add = TABLE["mul"], TABLE["add"]
    for node in nodes:
        operands = tuple([place[x] if isinstance(x, int) else x for x in node.operands])
        if node.op is None or node.op.name != "dot" or len(operands) < 4:
            place[node.index] = len(grown)
            grown.append(replace(node, index=len(grown), operands=operands))
            continue
        terms: list[int | float] = []
        pairs = zip(*node.op.arranged(operands), strict=True)
        for k, (x, y) in enumerate(pairs, start=len(operands) // 2):
            if hidden(nodes, node, k):
                terms.append(x)
                continue
            product = _data(x, grown) * _data(y, grown)
            terms.append(len(grown))
            made = replace(node, index=len(grown), name="", label="", op=mul, operands=(x, y), data=product)
            slopes = [_data(y, grown) if isinstance(x, int) else None for x, y in ((x, y), (y, x))]
            grown.append(replace(made, partials=tuple(slopes)))
        total = terms[0]
        for k, term in enumerate(terms[1:], start=2):
            last = k == len(terms)
            data = node.data if last else _data(total, grown) + _data(term, grown)
            name, label = (node.name, node.label) if last else ("", "")
            made = replace(
                node, index=len(grown), name=name, label=label, op=add, operands=(total, term), data=data
            )
            total = len(grown)
            grown.append(replace(made, partials=(1.0, 1.0)))
        place[node.index] = len(grown) - 1
    taken = {node.name for node in grown if node.label}
    for i, node in enumerate(grown):
        if not node.label:
            grown[i] = replace(node, name=unused(f"v{i}", taken))
    return grown


def _data(operand: int | float, nodes: list[Node]) -> float:
    return nodes[operand].data if isinstance(operand, int) else operand


def _describe(face: Face, nodes: list[Node]) -> None:
    """Set what a face says from its nodes."""
    members = [nodes[i] for i in face.members]
    if face.kind == "constant":
        face.data = min(face.numbers), max(face.numbers)
        return
    gradients = [node.gradient for node in members if node.gradient is not None]
    face.gradient = _range(gradients)
    if face.kind == "scope":
        each = len(members) // face.alike
        trained = sum(node.parameter for node in members) // face.alike
        face.symbol = f"{each:,} nodes" + (f", {trained:,} parameters" if trained else "")
        if face.alike > 1:
            face.name = stem(face.name)
    elif face.kind != "more":
        node = members[0]
        face.symbol = node.op.symbol if node.op is not None else ""
        face.name = node.label or node.name
        locals_ = [p for k, p in enumerate(node.partials) if not hidden(nodes, node, k)]
        if face.alike == 1 and len(locals_) == len(face.operands):  # not where wires were joined
            face.locals = tuple(locals_)
        face.data = _range([member.data for member in members])
        if face.alike > 1:
            labels = list(dict.fromkeys(member.label for member in members))
            face.name = f"{labels[0]} … {labels[-1]}" if len(labels) > 1 else labels[0]


def _range(numbers: Iterable[Any]) -> tuple[float, float] | None:
    """Return the least and greatest of some numbers, NaN if there is one; None if there are none."""
    given = list(numbers)
    if any(x != x for x in given):
        return (float("nan"), float("nan"))
    return (min(given), max(given)) if given else None
