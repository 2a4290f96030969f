"""Reduction: fewer faces for a graph that has too many to take in.

Faces alike in all but their numbers are merged, long chains shortened, and what is far from the root is left
out. Relies on `faces` and `steps`.
"""

from __future__ import annotations

import re
from collections import Counter

from autograd_lite.see.faces import Face, in_order, renumbered
from autograd_lite.see.steps import Node

_SHORTEST_CHAIN = 4


def merged(nodes: list[Node], faces: list[Face]) -> list[Face]:
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
    return renumbered(faces, sorted(first.values()))


def _kind(face: Face, nodes: list[Node]) -> object:
    """Return what two faces must share to be alike."""
    if face.kind == "scope":
        made = Counter(node.op.name if node.op else "" for node in map(nodes.__getitem__, face.members))
        return "scope", stem(face.name), frozenset(made.items())
    if face.kind == "constant":
        return "constant"
    node = nodes[face.members[0]]
    return face.kind, node.op.name if node.op else "", stem(node.label)


def stem(name: str) -> str:
    return re.sub(r"(?<=\D)[\d_]+$", "", name).rstrip()


def shortened(faces: list[Face]) -> list[Face]:
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
    return renumbered(faces, [i for i in range(len(faces)) if i not in gone])


def nearest(faces: list[Face], most: int) -> list[Face]:
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
    return in_order(renumbered(faces, [*shown, hidden]))
