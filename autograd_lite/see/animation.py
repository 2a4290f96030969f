"""animation: a picture that plays the forward and the backward pass by itself, in SVG and CSS alone.

It moves wherever images of SVG do, a README for example. Who prefers less motion, or has no CSS, sees the
end. Relies on `painting`, `explain`, `steps` and `svg`.
"""

from __future__ import annotations

from autograd_lite.see.explain import told
from autograd_lite.see.painting import Painting
from autograd_lite.see.steps import Trace
from autograd_lite.see.svg import COLOURS, length

_STEP, _REST = 1.2, 4.0  # seconds a step, and at the end
_CAPTION = 30.0


def animation(traced: Trace, painting: Painting, title: str) -> str:
    """Return an SVG document in which numbers and gradients appear in order, with a line on each step."""
    captions = told(traced)
    total = _STEP * len(captions) + _REST
    first_backward = 2 + sum(node.op is not None for node in traced.nodes)  # after leaves, forward, seed
    card = {face.members[0]: i for i, face in enumerate(painting.scene.faces) if face.members}
    rules: list[str] = []
    frames: dict[tuple[int, int | None], str] = {}

    def moment(k: int) -> str:
        return f"{100 * _STEP * k / total:.2f}%"

    def shown(selector: str, start: int, end: int | None = None) -> None:
        """Show what a selector finds from one step on, until another if given."""
        name = frames.setdefault((start, end), f"k{len(frames)}")
        rules.append(f"{selector}{{animation:{name} {total:.1f}s step-end infinite}}")

    computed = [node.index for node in traced.nodes if node.op is not None]
    wired = {
        (i, slot): f'[data-wire="{i}-{slot}"]'
        for i, face in enumerate(painting.scene.faces)
        for slot in range(len(face.operands))
    }
    marks: dict[str, list[int]] = {}  # the steps in which a wire is lit
    for k, node in enumerate(computed, start=1):
        shown(f'[data-node="{card[node]}"] .data', k)
        for slot in range(len(painting.scene.faces[card[node]].operands)):
            marks.setdefault(wired[card[node], slot], []).append(k)
    arrives = {traced.root.index: first_backward - 1}
    for k, step in enumerate((s for s in traced if s.kind == "backward"), start=first_backward):
        arrives[step.target or 0] = k
        slot = painting.slot(card[step.node], step.position or 0)
        marks.setdefault(wired[card[step.node], slot], []).append(k)
    for node_index, k in arrives.items():
        shown(f'[data-node="{card[node_index]}"] .grad', k)
    for n, (selector, times) in enumerate(marks.items()):
        changes = "".join(
            f"{moment(k)}{{stroke:var(--lit);stroke-width:3px}}"
            f"{moment(k + 1)}{{stroke:var(--rest);stroke-width:1.2px}}"
            for k in times
        )
        rules.append(
            f"@keyframes w{n}{{{changes}}}{selector}{{animation:w{n} {total:.1f}s step-end infinite}}"
        )
    for k in range(len(captions) - 1):
        shown(f".c{k}", k, k + 1)
    shown(f".c{len(captions) - 1}", len(captions) - 1)
    for (start, end), name in frames.items():
        off = f"{moment(end)}{{opacity:0}}" if end is not None else ""
        begin = "0%{opacity:0}" if start else ""
        rules.append(f"@keyframes {name}{{{begin}{moment(start)}{{opacity:1}}{off}}}")
    dark = painting.look.theme == "dark"
    rules.append(f"svg{{--lit:{COLOURS['edge'][dark]};--rest:{COLOURS['line'][dark]}}}")
    if painting.look.theme == "auto":
        lit, rest = COLOURS["edge"][1], COLOURS["line"][1]
        rules.append(f"@media (prefers-color-scheme:dark){{svg{{--lit:{lit};--rest:{rest}}}}}")
    rules.append("@media (prefers-reduced-motion:reduce){*{animation:none!important}}")
    width, height = painting.size
    width = max(width, max(length(caption) for caption in captions) + 24)
    sheet = painting.paint()
    for k, caption in enumerate(captions):
        last = k == len(captions) - 1
        sheet.text(12, height + 14, caption, classes=f"c{k}", opacity=None if last else "0")
    return sheet.svg(width, height + _CAPTION, title, "".join(rules))
