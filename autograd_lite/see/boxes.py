"""Boxes: which box each node of a picture stands in, from the scopes that it was made in.

Relies on `steps`.
"""

from __future__ import annotations

from autograd_lite.see.steps import Node

Names = tuple[str, ...]
Path = tuple[tuple[str, int], ...]  # the names of boxes, outermost first, each with which part of it

_DEEPEST = 60  # levels of boxes; scopes below are drawn as part of theirs


def paths_of(nodes: list[Node]) -> list[Path]:
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
