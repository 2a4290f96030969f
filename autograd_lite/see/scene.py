"""scene: which cards a picture of a graph has, what they show, and which boxes they stand in.

A small graph has a card a node and one for each constant. A large one is made readable: scopes are closed
into cards, cards alike in all but their numbers are merged, and of what is still too much the chains are
shortened and the part next to the root is kept. Everything here is a snapshot. Relies on `steps`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from autograd_lite.primitives import TABLE
from autograd_lite.see.steps import Node, Operand, unused

Names = tuple[str, ...]
Path = tuple[tuple[str, int], ...]  # the names of boxes, outermost first, each with which part of it
Collapse = None | bool | int | Callable[[Names], bool]

_DEEPEST = 60  # levels of boxes; scopes below are drawn as part of theirs
_SHORTEST_CHAIN = 4
_COMFORTABLE = 60  # cards that one can take in, where some have to go anyway


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


@dataclass(frozen=True)
class Scene:
    """The cards of a picture in the order of computation, their nodes, and what is to be said below it."""

    nodes: list[Node]
    faces: list[Face]
    note: str

    def has_gradients(self) -> bool:
        """Return whether any node has a gradient."""
        return any(node.gradient is not None for node in self.nodes)


def scene(
    nodes: list[Node],
    *,
    collapse: Collapse = None,
    merge: bool = True,
    max_nodes: int = 300,
    expand: bool = False,
) -> Scene:
    """Return the cards for the nodes of a graph, which come in the order of computation."""
    if expand:
        nodes = _expanded(nodes)
    paths = _paths(nodes)
    note = ""
    _check_collapse(collapse)
    if collapse is None or collapse is True:
        faces = _faces(nodes, paths, lambda path: False)
        if collapse is True or len(faces) > max_nodes:
            faces = _smaller(nodes, paths, faces, merge, max_nodes, all_closed=collapse is True)
            note = f"{len(nodes):,} nodes drawn as {len(faces):,} cards; collapse=False draws every node"
    elif collapse is False:
        faces = _faces(nodes, paths, lambda path: False)
    else:
        closed = collapse if callable(collapse) else lambda path: len(path) > collapse
        faces = _faces(nodes, paths, closed)
        if merge and any(face.kind == "scope" for face in faces):
            faces = _merged(nodes, faces)
        note = f"{len(nodes):,} nodes drawn as {len(faces):,} cards"
    for face in faces:
        _describe(face, nodes)
    return Scene(nodes, faces, note)


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
        closed = _faces(nodes, paths, lambda path, depth=depth: len(path) > depth)  # type: ignore[misc]
        if merge:
            closed = _merged(nodes, closed)
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
        faces = _merged(nodes, faces)
    if len(faces) > most:
        faces = _chains(faces)
    return faces if len(faces) <= most else _nearest(faces, most)


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
        half = len(operands) // 2
        terms: list[int | float] = []
        for x, y in zip(operands[:half], operands[half:], strict=True):
            if _is_one(x) or _is_one(y):
                terms.append(y if _is_one(x) else x)
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


# --- boxes ---------------------------------------------------------------------------------------------


def _paths(nodes: list[Node]) -> list[Path]:
    """Return the boxes each node stands in: its scopes, made so that no box depends on itself.

    A leaf stands with its users: a parameter, as far as all of them share their scopes; another leaf, if
    they all have one scope that holds no parameters.
    """
    paths = [node.scope[:_DEEPEST] for node in nodes]
    shared: dict[int, Names] = {}
    scopes: dict[int, set[Names]] = {}
    for node in nodes:
        for x in node.operands:
            if isinstance(x, int) and nodes[x].op is None:
                path = paths[node.index]
                shared[x] = _common(shared[x], path) if x in shared else path
                scopes.setdefault(x, set()).add(path)
    trained = {shared[x] for x in shared if nodes[x].parameter}
    for leaf, path in shared.items():
        if not paths[leaf] and (nodes[leaf].parameter or (len(scopes[leaf]) == 1 and path not in trained)):
            paths[leaf] = path
    return _acyclic(nodes, paths)


def _common(a: Names, b: Names) -> Names:
    if a == b:
        return a
    length = next((k for k, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return a[:length]


def _acyclic(nodes: list[Node], scopes: list[Names]) -> list[Path]:
    """Return the paths with boxes split where they depend on each other in a circle, as in a loop."""
    paths: list[Path] = [tuple([(name, 0) for name in names]) for names in scopes]
    if not any(paths):
        return paths
    depth = 0
    inside: dict[Path, list[int]] = {(): list(range(len(nodes)))}
    while inside:
        deeper: dict[Path, list[int]] = {}
        for parent, members in inside.items():
            items: dict[Path | int, int] = {}
            where = {i: items.setdefault(paths[i][: depth + 1] if len(paths[i]) > depth else i, len(items))
                     for i in members}  # fmt: skip
            edges: list[set[int]] = [set() for _ in items]
            for i in members:
                for x in nodes[i].operands:
                    if isinstance(x, int) and x in where and where[x] != where[i]:
                        edges[where[x]].add(where[i])
            circle = _circles(edges)
            levels: dict[int, int] = {}
            for i in members:
                level = 0
                for x in nodes[i].operands:
                    if isinstance(x, int) and x in where and circle[where[x]] == circle[where[i]]:
                        level = max(level, levels[x] + (where[x] != where[i]))
                levels[i] = level
            users: dict[int, int] = {}  # of leaves: the first part of their box that uses them
            for i in members:
                for x in nodes[i].operands:
                    if isinstance(x, int) and where.get(x) == where[i] and nodes[x].op is None:
                        users[x] = min(users.get(x, levels[i]), levels[i])
            for i in members:
                level = users.get(i, levels[i])
                if len(paths[i]) > depth:
                    paths[i] = (*parent, (scopes[i][depth], level), *paths[i][depth + 1 :])
                    deeper.setdefault(paths[i][: depth + 1], []).append(i)
        inside, depth = deeper, depth + 1
    return paths


def _circles(edges: list[set[int]]) -> list[int]:
    """Return for each item a number that it shares with those it depends on in a circle (Tarjan, 1972)."""
    found = [-1] * len(edges)
    low = [0] * len(edges)
    number: list[int] = [-1] * len(edges)
    stack: list[int] = []
    count = circles = 0
    for start in range(len(edges)):
        if number[start] >= 0:
            continue
        walk = [(start, iter(sorted(edges[start])))]
        number[start] = low[start] = count
        count += 1
        stack.append(start)
        while walk:
            i, rest = walk[-1]
            for j in rest:
                if number[j] < 0:
                    number[j] = low[j] = count
                    count += 1
                    stack.append(j)
                    walk.append((j, iter(sorted(edges[j]))))
                    break
                if found[j] < 0:
                    low[i] = min(low[i], number[j])
            else:
                walk.pop()
                if walk:
                    low[walk[-1][0]] = min(low[walk[-1][0]], low[i])
                if low[i] == number[i]:
                    while True:
                        j = stack.pop()
                        found[j] = circles
                        if j == i:
                            break
                    circles += 1
    return found


# --- cards ---------------------------------------------------------------------------------------------


def _faces(nodes: list[Node], paths: list[Path], closed: Callable[[Names], bool]) -> list[Face]:
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
            elif not hidden(node, position):
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
    return _sorted(faces)


def hidden(node: Node, position: int) -> bool:
    """Whether a constant is not drawn: a factor 1 in a dot, by which neurons take in their bias."""
    return node.op is not None and node.op.name == "dot" and _is_one(node.operands[position])


def _is_one(operand: Operand) -> bool:
    return isinstance(operand, float) and operand == 1


def _sorted(faces: list[Face]) -> list[Face]:
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
    return _renumbered(faces, order)


def _renumbered(faces: list[Face], order: Sequence[int]) -> list[Face]:
    place = {i: k for k, i in enumerate(order)}
    for face in faces:
        face.operands = [place[x] for x in face.operands if x in place]
    return [faces[i] for i in order]


def _merged(nodes: list[Node], faces: list[Face]) -> list[Face]:
    """Return the faces with one in the place of all that are alike: in kind, operands, users and box."""
    ids: dict[object, int] = {}

    def known(*signature: object) -> int:
        return ids.setdefault(signature, len(ids))

    below: list[int] = []  # a number for all that a face is made from
    for face in faces:
        below.append(known(_kind(face, nodes), face.path, tuple([below[x] for x in face.operands])))
    uses: list[set[int]] = [set() for _ in faces]
    classes = [0] * len(faces)  # and for all that it is used in besides
    for i in reversed(range(len(faces))):
        classes[i] = known(below[i], frozenset(uses[i]))
        for slot, x in enumerate(faces[i].operands):
            uses[x].add(known(classes[i], slot if len(faces[i].operands) < 4 else 0))
    first: dict[int, int] = {}
    target = [first.setdefault(number, i) for i, number in enumerate(classes)]
    for i, face in enumerate(faces):
        into = faces[target[i]]
        if into is not face:
            into.members += face.members
            into.numbers += face.numbers
            into.alike += face.alike
            into.root |= face.root
    for i, face in enumerate(faces):
        if target[i] == i:
            given = [(x, target[x]) for x in face.operands]
            kept = {merged: x for x, merged in reversed(given)}
            face.operands = [merged for x, merged in given if kept[merged] == x]
    return _renumbered(faces, sorted(first.values()))


def _kind(face: Face, nodes: list[Node]) -> object:
    """Return what two faces must share to be alike."""
    if face.kind == "scope":
        made = Counter(node.op.name if node.op else "" for node in map(nodes.__getitem__, face.members))
        return "scope", _stem(face.name), frozenset(made.items())
    if face.kind == "constant":
        return "constant"
    node = nodes[face.members[0]]
    return face.kind, node.op.name if node.op else "", _stem(node.label)


def _stem(name: str) -> str:
    return re.sub(r"(?<=\D)[\d_]+$", "", name).rstrip()


def _chains(faces: list[Face]) -> list[Face]:
    """Return the faces with one in the place of every long chain, constants on the way included."""
    uses = Counter(x for face in faces for x in face.operands)
    real = [[x for x in face.operands if faces[x].kind != "constant"] for face in faces]
    link = [face.kind == "op" and len(real[i]) == 1 and not face.root for i, face in enumerate(faces)]
    chain: list[list[int]] = [[] for _ in faces]  # the chain that ends here
    for i, face in enumerate(faces):
        if link[i]:
            before = real[i][0]
            joined = link[before] and uses[before] == 1 and faces[before].path == face.path
            chain[i] = chain[before] if joined else []
            chain[i].append(i)
    gone: set[int] = set()
    for links in {id(links): links for links in chain if len(links) >= _SHORTEST_CHAIN}.values():
        end = faces[links[-1]]
        for i in links:
            gone.update(x for x in faces[i].operands if faces[x].kind == "constant" and uses[x] == 1)
        gone.update(links[:-1])
        end.members = [m for i in links for m in faces[i].members]
        end.operands = [real[links[0]][0]]
        end.kind, end.name = "more", f"a chain of {sum(faces[i].alike for i in links):,}"
    return _renumbered(faces, [i for i in range(len(faces)) if i not in gone])


def _nearest(faces: list[Face], most: int) -> list[Face]:
    """Return the faces that are the fewest steps from the root, and one for the rest."""
    level = [0] * len(faces)
    for i in reversed(range(len(faces))):
        for x in faces[i].operands:
            level[x] = max(level[x], level[i] + 1)
    order = sorted(range(len(faces)), key=level.__getitem__)
    kept: set[int] = set()
    for i in order:
        if len(kept) + 1 == most:
            break
        kept.add(i)
        # Leaves can be shown wherever they are used, for they depend on nothing that is not.
        leaves = {x for x in faces[i].operands if not faces[x].operands} - kept
        if len(kept) + len(leaves) < most:
            kept |= leaves
    shown = sorted(kept)
    rest = [i for i in range(len(faces)) if i not in kept]
    more = Face("more", (), [m for i in rest for m in faces[i].members])
    more.name = f"{sum(faces[i].alike for i in rest):,} more"
    hidden = len(faces)
    faces.append(more)
    for i in shown:
        given = [x if x in kept else hidden for x in faces[i].operands]
        faces[i].operands = [x for k, x in enumerate(given) if x != hidden or given.index(hidden) == k]
    more.operands = list(dict.fromkeys(x for i in rest for x in faces[i].operands if x in kept))
    return _sorted(_renumbered(faces, [*shown, hidden]))


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
            face.name = _stem(face.name)
    elif face.kind != "more":
        node = members[0]
        face.symbol = node.op.symbol if node.op is not None else ""
        face.name = node.label or node.name
        locals_ = [p for k, p in enumerate(node.partials) if not hidden(node, k)]
        if face.alike == 1 and len(locals_) == len(face.operands):  # not where wires were joined
            face.locals = tuple(locals_)
        face.data = _range([n.data for n in members if n.data is not None])
        if face.alike > 1:
            labels = list(dict.fromkeys(member.label for member in members))
            face.name = f"{labels[0]} … {labels[-1]}" if len(labels) > 1 else labels[0]


def _range(numbers: Iterable[Any]) -> tuple[float, float] | None:
    """Return the least and greatest of some numbers, NaN if there is one; None if there are none."""
    given = list(numbers)
    if any(x != x for x in given):
        return (float("nan"), float("nan"))
    return (min(given), max(given)) if given else None
