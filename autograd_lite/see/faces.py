"""Faces: what the cards of a picture show, one for each node, constant and closed scope.

Relies on `boxes` and `steps`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from autograd_lite.see.boxes import Names, Path
from autograd_lite.see.steps import Node


@dataclass(eq=False, slots=True)
class Face:
    """What a card shows.

    kind      "input", "parameter", "constant", "op", "scope" (a closed one) or "more" (what is left out)
    path      the boxes it stands in, outermost first
    members   the indices of the nodes that it stands for
    operands  the faces that its wires come from, one per slot
    name      its title; empty for a constant
    symbol    the operation
    data      the least and greatest number of the nodes; None if not to be shown
    gradient  and of their gradients; None where there are none
    alike     how many cards of one kind it stands for
    locals    the numbers of the partials by its operands, if they are to be shown; None for a constant
    root      whether it is, or holds, a node from which nothing else is made
    """

    kind: str
    path: Path
    members: list[int]
    operands: list[int] = field(default_factory=list)
    name: str = ""
    symbol: str = ""
    data: tuple[float, float] | None = None
    gradient: tuple[float, float] | None = None
    alike: int = 1
    locals: tuple[float | None, ...] = ()
    root: bool = False
    numbers: list[float] = field(default_factory=list)  # of constants


def faces_of(nodes: list[Node], paths: list[Path], closed: Callable[[Names], bool]) -> list[Face]:
    """Return a card for each node, constant and closed scope."""
    faces: list[Face] = []
    shut: dict[Path, Path | None] = {(): None}  # the outermost closed box around a path

    def around(path: Path) -> Path | None:
        if path not in shut:
            outer = around(path[:-1])
            names = tuple([name for name, _ in path])
            shut[path] = outer if outer is not None else path if closed(names) else None
        return shut[path]

    of_scope: dict[Path, int] = {}
    of_node: list[int] = []
    for node in nodes:
        scope = around(paths[node.index])
        if scope is not None:
            if scope not in of_scope:
                of_scope[scope] = len(faces)
                faces.append(Face("scope", scope[:-1], [], name=scope[-1][0]))
            of_node.append(of_scope[scope])
            faces[of_scope[scope]].members.append(node.index)
            continue
        path = paths[node.index]
        operands: list[int] = []
        for position, x in enumerate(node.operands):
            if isinstance(x, int):
                operands.append(of_node[x])
            elif not hidden(nodes, node, position):
                operands.append(len(faces))
                faces.append(Face("constant", path, [], numbers=[x]))
        kind = "op" if node.op is not None else "parameter" if node.parameter else "input"
        of_node.append(len(faces))
        faces.append(Face(kind, path, [node.index], operands))
    for node in nodes:  # wires into closed scopes
        face = faces[of_node[node.index]]
        if face.kind == "scope":
            for x in node.operands:
                if isinstance(x, int) and of_node[x] != of_node[node.index]:
                    face.operands.append(of_node[x])
    for face in faces:
        if face.kind == "scope":
            face.operands = list(dict.fromkeys(face.operands))
    used = {x for node in nodes for x in node.operands if isinstance(x, int)}
    for i, face_index in enumerate(of_node):
        faces[face_index].root |= i not in used
    return in_order(faces)


def hidden(nodes: list[Node], node: Node, position: int) -> bool:
    """Whether an operand is not drawn: the factor 1 of a neuron's bias, the last operand of its dot."""
    half = len(node.operands) // 2
    if node.op is None or node.op.name != "dot" or half < 2 or position != len(node.operands) - 1:
        return False
    bias, factor = node.operands[half - 1], node.operands[position]
    return isinstance(factor, float) and factor == 1 and isinstance(bias, int) and nodes[bias].parameter


def in_order(faces: list[Face]) -> list[Face]:
    """Return the faces in an order in which operands come first, otherwise as they were."""
    users: list[list[int]] = [[] for _ in faces]
    missing = [len(face.operands) for face in faces]
    for i, face in enumerate(faces):
        for x in face.operands:
            users[x].append(i)
    if all(x < i for i, face in enumerate(faces) for x in face.operands):
        return faces
    order = [i for i in range(len(faces)) if not missing[i]]
    for i in order:
        for user in users[i]:
            missing[user] -= 1
            if not missing[user]:
                order.append(user)
    return renumbered(faces, order)


def renumbered(faces: list[Face], order: Sequence[int]) -> list[Face]:
    place = {i: k for k, i in enumerate(order)}
    for face in faces:
        face.operands = [place[x] for x in face.operands if x in place]
    return [faces[i] for i in order]
