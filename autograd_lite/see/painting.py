"""Painting: a scene as SVG, its cards placed by `layout`.

The kinds of node differ in shape and line as well as in colour: an input is a pill, a parameter has a thick
border, a constant a dashed one, an operation is plain, the root has a double border, a closed scope is a
stack. The strip of a gradient is blue where negative and orange where positive, on a logarithmic scale; its
number stands on it. Relies on `scene` and what it is made of, `layout` and `svg`.
"""

from __future__ import annotations

import ast
import math
from dataclasses import dataclass
from typing import Any

from autograd_lite.see.boxes import Path
from autograd_lite.see.faces import Face, hidden
from autograd_lite.see.layout import Layout
from autograd_lite.see.scene import Scene
from autograd_lite.see.shapes import Box, Card, Segment, Wire, even, slot_place
from autograd_lite.see.steps import Node, written
from autograd_lite.see.svg import STRIP_INK, Sheet, clipped, coordinate, figure, heat, length

_ROW, _TITLE_ROW, _SIDE = 18.0, 19.0, 9.0
_MARGIN, _SMALL = 12.0, 9.0
_WIDEST = 24  # columns of a name
_MOST_TIPS = 400  # cards beyond which none gets a tooltip
DECADES = 4  # of gradients that the strip tells apart
_GLYPHS = {"*": "×", "/": "÷", "-": "−"}


SHOWN = ("data", "grad", "local")
_MOST_LOCALS = 60  # nodes, beyond which partials on the wires are too much


def shown(nodes: int) -> frozenset[str]:
    """Return what is shown by default of a graph of so many nodes."""
    return frozenset(SHOWN if nodes <= _MOST_LOCALS else SHOWN[:2])


@dataclass(frozen=True)
class Look:
    """How a scene is painted.

    direction  "LR" for left to right, "TB" for top to bottom
    theme      "auto", "light" or "dark"
    show       which of "data", "grad" and "local" (the partials, on the wires)
    live       for a player: strips and single wires are there from the start, with marks to find them by
    """

    direction: str = "LR"
    theme: str = "auto"
    show: frozenset[str] = frozenset(SHOWN)
    live: bool = False


def _short(x: float) -> str:
    """Return a figure without the zeros at its end."""
    text = figure(x)
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text


def heat_share(gradient: float, most: float) -> float:
    """Return the place of a gradient on the heat scale, from -1 to 1; `most` is the greatest magnitude."""
    if gradient == 0 or gradient != gradient or not most:
        return 0.0
    if math.isinf(gradient) or math.isinf(most):
        return math.copysign(float(math.isinf(gradient)), gradient)
    return math.copysign(max(0.08, 1 + math.log10(abs(gradient) / most) / DECADES), gradient)


class Painting:
    """A scene with a place for each card.

    cards   the card of each face
    wires   of each face, in the order of its operands
    layout  where everything is
    """

    def __init__(self, scene: Scene, look: Look) -> None:
        self.scene, self.look = scene, look
        self.most = max(
            (abs(g) for face in scene.faces for g in face.gradient or () if math.isfinite(g)), default=0.0
        )
        self.rows = [self._rows(face) for face in scene.faces]
        self.cards = [self._card(face, rows) for face, rows in zip(scene.faces, self.rows, strict=True)]
        self.wires = [
            [Wire(self.cards[x], card, slot) for slot, x in enumerate(face.operands)]
            for face, card in zip(scene.faces, self.cards, strict=True)
        ]
        outside = _boxes(scene.faces, self.cards)
        self.layout = Layout(outside, [wire for wires in self.wires for wire in wires], look.direction)

    def _rows(self, face: Face) -> list[tuple[str, str]]:
        """Return the lines of a card: what kind each is, and its text."""
        rows: list[tuple[str, str]] = []
        if face.kind != "constant":
            symbol = clipped(_GLYPHS.get(face.symbol, face.symbol), _WIDEST)
            name = clipped(face.name, _WIDEST)
            if face.kind == "scope":
                rows += [("title", name), ("word", symbol)]
            else:
                rows.append(("title", f"{name}\t{symbol}"))
        if face.alike > 1:
            rows.append(("word", f"×{face.alike:,} alike"))
        if face.data is not None and ("data" in self.look.show or face.kind == "constant"):
            ends = dict.fromkeys(map(_short if face.kind == "constant" else figure, face.data))
            rows.append(("data", " … ".join(ends)))
        if "grad" in self.look.show and (face.gradient is not None or (self.look.live and face.name)):
            rows.append(("grad", " … ".join(dict.fromkeys(map(figure, face.gradient or (0.0,))))))
        return rows

    def _locals(self, face: Face) -> tuple[float | None, ...]:
        return face.locals if "local" in self.look.show else ()

    def _card(self, face: Face, rows: list[tuple[str, str]]) -> Card:
        widths = []
        for kind, text in rows:
            if kind == "title":
                name, _, symbol = text.partition("\t")
                widths.append(length(name) * 1.02 + (length(symbol) + 14 if symbol else 0))
            else:
                widths.append(length(text) + (length("∂ ") if kind == "grad" else 0))
        height = sum(_TITLE_ROW if kind == "title" else _ROW for kind, _ in rows) + 8
        slots = len(face.operands)
        least, lead = (24.0 if face.kind == "constant" else 76.0 if self.look.live else 56.0), 0.0
        locals_ = [length(_short(partial), _SMALL) for partial in self._locals(face) if partial is not None]
        if locals_ and self.look.direction == "LR":
            height, lead = max(height, 12.0 * slots + 16), max(locals_)
        elif locals_:
            least, lead = max(least, (max(locals_) + 6) * slots), 12.0
        return Card(even(max(least, *widths) + 2 * _SIDE), even(height), slots, round(lead))

    def slot(self, face: int, position: int) -> int:
        """Return the slot in which an operand's wire enters a card; not all constants have one."""
        node = self.scene.nodes[self.scene.faces[face].members[0]]
        return sum(not hidden(self.scene.nodes, node, k) for k in range(position))

    def paint(self) -> Sheet:
        """Return a sheet with the boxes, wires and cards."""
        sheet = Sheet(self.look.theme, styled=self.look.live)
        sheet.group(transform=f"translate({coordinate(_MARGIN)} {coordinate(_MARGIN)})")
        for box in self.layout.boxes:
            sheet.element(
                "rect", x=box.x, y=box.y, width=box.width, height=box.height, rx=8, fill="box", stroke="faint"
            )
            sheet.text(box.x + 10, box.y + 16, box.title, size=11, fill="muted")
        self._paint_wires(sheet)
        for i in range(len(self.cards)):
            self._paint_card(sheet, i)
        sheet.end()
        for k, note in enumerate(self.notes):
            sheet.text(
                _MARGIN, self.size[1] - 10 - 16 * (len(self.notes) - 1 - k), note, size=11, fill="muted"
            )
        return sheet

    def svg(self, title: str) -> str:
        """Return the whole as an SVG document."""
        return self.paint().svg(*self.size, title=title)

    @property
    def notes(self) -> list[str]:
        """What is said below the picture."""
        notes = [self.scene.note] if self.scene.note else []
        if "grad" in self.look.show and not self.look.live and self.scene.said_of_gradients:
            notes.append(self.scene.said_of_gradients)
        return notes

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of the picture, in pixels."""
        words = max((math.ceil(length(note, 11)) for note in self.notes), default=0)
        width = max(self.layout.width, words) + 2 * _MARGIN
        return width, self.layout.height + 2 * _MARGIN + 16 * len(self.notes)

    def _paint_wires(self, sheet: Sheet) -> None:
        tip = 6.0
        across = self.look.direction == "TB"
        attributes = {"fill": "none", "stroke": "line", "stroke_width": "1.2"}
        heads: list[str] = []
        for i, (card, wires) in enumerate(zip(self.cards, self.wires, strict=True)):
            for wire in wires:
                place = slot_place(card, wire.slot, across=across)
                x, y = _port(card, place, across=across)
                head = f"M{_pair(x - tip, y - 3)}L{_pair(x, y)}L{_pair(x - tip, y + 3)}z"
                if across:
                    head = f"M{_pair(x - 3, y - tip)}L{_pair(x, y)}L{_pair(x + 3, y - tip)}z"
                if self.look.live:
                    path = _path(self.layout.route(wire), across=across)
                    sheet.element(
                        "path", d=path + head, data_wire=f"{i}-{wire.slot}", classes="wire", **attributes
                    )
                heads.append(head)
        if not self.look.live:
            for _, segments in self.layout.trunks():
                sheet.element("path", d=_path(segments, across=across), **attributes)
            if heads:
                sheet.element("path", d="".join(heads), fill="line")
        for i, (face, card) in enumerate(zip(self.scene.faces, self.cards, strict=True)):
            for slot, partial in enumerate(self._locals(face)):
                if partial is None:
                    continue
                x, y = _port(card, slot_place(card, slot, across=across), across=across)
                # A halo keeps the number readable where wires cross it.
                sheet.text(
                    x + (4 if across else -8), y - (8 if across else 3), _short(partial), size=_SMALL,
                    fill="muted", text_anchor=None if across else "end", stroke="paper", stroke_width=3,
                    paint_order="stroke", stroke_linejoin="round",
                    data_local=f"{i}-{slot}" if self.look.live else None,
                )  # fmt: skip

    def _paint_card(self, sheet: Sheet, i: int) -> None:
        face, card, rows = self.scene.faces[i], self.cards[i], self.rows[i]
        x, y, w, h = card.x, card.y, card.width, card.height
        marks = {"data-node": str(i), "class": "node"} if self.look.live else {}
        sheet.group(**marks)
        if len(self.cards) <= _MOST_TIPS and not self.look.live:  # a player's numbers change
            sheet.element("title", _tip(face, self.scene.nodes))
        _paint_shape(sheet, face, x, y, w, h)
        at = y + 4
        for kind, text in rows:
            if kind == "title":
                name, _, symbol = text.partition("\t")
                sheet.text(x + _SIDE, at + 14, name, font_weight="bold" if face.members else None)
                if symbol:
                    sheet.text(x + w - _SIDE, at + 14, symbol, fill="muted", text_anchor="end")
                at += _TITLE_ROW
                continue
            if kind == "word":
                sheet.text(x + _SIDE, at + 13, text, fill="muted", size=11)
            elif kind == "data":
                constant = face.kind == "constant"
                sheet.text(
                    x + (w / 2 if constant else w - _SIDE), at + 13, text,
                    text_anchor="middle" if constant else "end", classes="data" if self.look.live else "",
                )  # fmt: skip
            else:
                self._paint_strip(sheet, face, x, at, w, text)
            at += _ROW
        sheet.end()

    def _paint_strip(self, sheet: Sheet, face: Face, x: float, y: float, w: float, text: str) -> None:
        low, high = face.gradient or (0.0, 0.0)
        strongest = high if abs(high) >= abs(low) else low
        live = self.look.live
        if live:
            sheet.group(**{"class": "grad"})
        sheet.element(
            "rect", x=x + 4, y=y + 1, width=w - 8, height=_ROW - 3, rx=3,
            fill=heat(heat_share(strongest, self.most)), stroke="faint",
        )  # fmt: skip
        sheet.text(x + _SIDE, y + 13, "∂", fill=STRIP_INK)
        sheet.text(x + w - _SIDE, y + 13, text, fill=STRIP_INK, text_anchor="end")
        if live:
            sheet.end()


def _boxes(faces: list[Face], cards: list[Card]) -> Box:
    """Return the boxes around the cards, the outermost one first of all."""
    boxes: dict[Path, Box] = {(): Box("")}
    for face, card in zip(faces, cards, strict=True):
        path, item = face.path, card
        missing: list[Box | Card] = [item]
        while path not in boxes:
            box = boxes[path] = Box(clipped(path[-1][0], 40), [missing[-1]])
            missing.append(box)
            path = path[:-1]
        boxes[path].items.append(missing[-1])
    return boxes[()]


def _port(card: Card, place: float, *, across: bool) -> tuple[float, float]:
    """Return the point on a card's border where a wire enters."""
    if across:
        return card.x + card.width / 2 + place, card.y
    return card.x, card.y + card.height / 2 + place


def _paint_shape(sheet: Sheet, face: Face, x: float, y: float, w: float, h: float) -> None:
    fill, stroke = face.kind, f"{face.kind} line"
    looks: dict[str, Any] = {"rx": 6, "stroke_width": "1.2"}
    if face.kind == "input":
        looks["rx"] = min(h / 2, 18)
    elif face.kind == "parameter":
        looks["stroke_width"] = "2.6"
    elif face.kind == "constant":
        stroke, looks["stroke_dasharray"] = "line", "4 3"
    else:
        fill, stroke = "op", "line"
    if face.kind == "more":
        looks["stroke_dasharray"] = "1 3"
    if face.kind == "scope":
        sheet.element("rect", x=x + 4, y=y + 4, width=w, height=h, fill="op", stroke="line", rx=6)
    if face.root:
        stroke = "ink"
        sheet.element(
            "rect", x=x - 3.5, y=y - 3.5, width=w + 7, height=h + 7, rx=9, fill="none", stroke="ink"
        )
    sheet.element("rect", x=x, y=y, width=w, height=h, fill=fill, stroke=stroke, **looks)


def _pair(x: float, y: float) -> str:
    return f"{coordinate(x)} {coordinate(y)}"


def _path(segments: list[Segment], *, across: bool) -> str:
    """Return segments as the data of a path; one that turns leaves and arrives in the direction of flow."""
    parts: list[str] = []
    at: tuple[float, float] | None = None
    straight = "V" if across else "H"
    for x0, y0, x1, y1 in segments:
        if at != (x0, y0):
            parts.append(f"M{_pair(x0, y0)}")
        at = x1, y1
        if (x0 == x1) if across else (y0 == y1):
            if parts[-1].startswith(straight):
                parts.pop()
            parts.append(straight + coordinate(y1 if across else x1))
        elif across:
            middle = (y0 + y1) / 2
            parts.append(f"C{_pair(x0, middle)} {_pair(x1, middle)} {_pair(x1, y1)}")
        else:
            middle = (x0 + x1) / 2
            parts.append(f"C{_pair(middle, y0)} {_pair(middle, y1)} {_pair(x1, y1)}")
    return "".join(parts)


def _tip(face: Face, nodes: list[Node]) -> str:
    """Return all that a card has to say, with every digit."""
    if len(face.members) != 1:
        lines = [f"{face.name} {face.symbol}".strip(), f"{face.alike:,} alike" if face.alike > 1 else ""]
        if face.data is not None:
            lines.append(" … ".join(dict.fromkeys(map(repr, face.data))))
        return "\n".join(line for line in lines if line)
    node = nodes[face.members[0]]
    lines = [node.name]
    if node.op is not None:
        names: list[ast.expr] = [
            ast.Name(nodes[x].name) if isinstance(x, int) else ast.Constant(x) for x in node.operands[:40]
        ]
        if len(node.operands) <= 40:
            lines[0] += f" = {written(node.op, names)}"
    if face.data is not None:
        lines.append(f"data {node.data!r}")
    lines.append("grad: not computed" if node.gradient is None else f"grad {node.gradient!r}")
    return "\n".join([*lines, *([node.place] if node.place else [])])
