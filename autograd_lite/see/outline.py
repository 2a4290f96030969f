"""Text for terminals: `outline`, a graph as lines, and `encodable`, what standard output can take of a text.

Relies on nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

Node = TypeVar("Node", bound=Hashable)

_DEEPEST = 60  # levels that are shown
_PLAIN = str.maketrans(
    {
        "∂": "d", "…": "...", "−": "-", "×": "x", "·": "*", "├": "|", "└": "`", "│": "|", "─": "-",
        **dict(zip("▁▂▃▄▅▆▇█", "_.-:=+*#", strict=True)),
    }
)  # fmt: skip


def outline(
    root: Node,
    line: Callable[[Node], tuple[str, str]],
    operands: Callable[[Node], Sequence[Node]],
) -> str:
    """Return the lines below a root; `line` gives a node's title and the rest of its line.

    A node with operands that was shown before has its title and "(above)".
    """
    lines: list[str] = []
    shown: set[Node] = set()
    waiting = [(root, "", "")]
    while waiting:
        node, lead, indent = waiting.pop()
        title, rest = line(node)
        below = operands(node)
        if len(indent) > 3 * _DEEPEST:
            lines.append(f"{lead}{title} … and what is below it")
        elif node in shown and below:
            lines.append(f"{lead}{title} (above)")
        else:
            if below:
                shown.add(node)
            lines.append(f"{lead}{title}{rest}")
            last = len(below) - 1
            waiting += reversed(
                [
                    (
                        x,
                        f"{indent}{'└─ ' if k == last else '├─ '}",
                        f"{indent}{'   ' if k == last else '│  '}",
                    )
                    for k, x in enumerate(below)
                ]
            )
    return "\n".join(lines)


def encodable(text: str) -> str:
    """Return a text as standard output can take it: in ASCII where it cannot take all of it."""
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except (UnicodeEncodeError, LookupError):
        text = text.translate(_PLAIN).encode("ascii", "replace").decode()
    return text
