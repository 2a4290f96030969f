"""flowchart: a scene in Mermaid's language, which Markdown on many sites shows as a picture.

Relies on `scene`, `boxes`, `faces` and `svg`.
"""

from __future__ import annotations

from autograd_lite.see.boxes import Path
from autograd_lite.see.faces import Face
from autograd_lite.see.scene import Scene
from autograd_lite.see.svg import figure

_SHAPES = {
    "input": ('(["', '"])'),
    "parameter": ('[["', '"]]'),
    "constant": ('>"', '"]'),
    "scope": ('[/"', '"/]'),
}


def flowchart(scene: Scene, direction: str, show: frozenset[str]) -> str:
    """Return the text of a Mermaid flowchart, top to bottom or left to right."""
    lines = [f"flowchart {direction}"]
    if scene.note:
        lines += [f'note["{_escaped(scene.note)}"]', "style note stroke:none,fill:none"]
    open_path: Path = ()
    boxes = 0
    for i in sorted(range(len(scene.faces)), key=lambda i: scene.faces[i].path):
        path = scene.faces[i].path
        shared = next((k for k, (a, b) in enumerate(zip(open_path, path, strict=False)) if a != b), None)
        shared = min(len(open_path), len(path)) if shared is None else shared
        lines += ["end"] * (len(open_path) - shared)
        for name, _ in path[shared:]:
            lines.append(f'subgraph s{boxes}["{_escaped(name)}"]')
            boxes += 1
        open_path = path
        start, end = _SHAPES.get(scene.faces[i].kind, ('["', '"]'))
        lines.append(f"n{i}{start}{_label(scene.faces[i], show)}{end}")
    lines += ["end"] * len(open_path)
    lines += [f"n{x} --> n{i}" for i, face in enumerate(scene.faces) for x in face.operands]
    return "\n".join(lines) + "\n"


def _label(face: Face, show: frozenset[str]) -> str:
    parts = [f"{face.name} {face.symbol}".strip(), f"×{face.alike} alike" if face.alike > 1 else ""]
    for part, lead, span in (("data", "", face.data), ("grad", "∂ ", face.gradient)):
        if span is not None and (part in show or face.kind == "constant"):
            parts.append(lead + " … ".join(dict.fromkeys(map(figure, span))))
    return "<br/>".join(_escaped(part) for part in parts if part)


def _escaped(text: str) -> str:
    """Return a text in which nothing is markup: Mermaid reads #35; as a character."""
    return "".join(c if c.isalnum() or c in " ._,×…∂−+" else f"#{ord(c)};" for c in text[:200])
