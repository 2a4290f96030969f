"""A layered layout: where the cards, the boxes around them and the wires between them go.

Every box is laid out alone, with ports on its border for the wires that enter and leave it, and then stands
in the box around it like a card. No randomness and no clock: the same input gives the same numbers
everywhere. Nothing recurses. Gives `Layout`. Relies on `shapes` and `level`.
"""

from __future__ import annotations

from collections.abc import Iterable

from autograd_lite.see.level import Level
from autograd_lite.see.shapes import Box, Card, Net, Segment, Wire


class Layout:
    """Places for everything in a box; sets x and y of its cards and boxes.

    width, height   of the whole
    """

    def __init__(self, outside: Box, wires: Iterable[Wire], direction: str) -> None:
        self.across = direction == "TB"  # whether ranks are rows
        self._home: dict[Card | Box, Box] = {}
        self._depth: dict[Box, int] = {outside: 0}
        boxes = [outside]
        for box in boxes:
            for item in box.items:
                self._home[item] = box
                if isinstance(item, Box):
                    self._depth[item] = self._depth[box] + 1
                    boxes.append(item)
        self.work = 1  # about how many wires there are to look at in all boxes
        for wire in wires:
            for box, entry, sink in self._legs(wire):
                box.nets.setdefault(wire.source, Net(entry)).sinks.setdefault(sink, [])
                self.work += 1
        for box in reversed(boxes):
            Level(box, self.across, self.work, plain=box is outside)
        for box in boxes:
            for item in box.items:
                item.x += box.x
                item.y += box.y
            for net in box.nets.values():
                for sink, segments in net.sinks.items():
                    net.sinks[sink] = [
                        (x0 + box.x, y0 + box.y, x1 + box.x, y1 + box.y) for x0, y0, x1, y1 in segments
                    ]
        self.boxes = boxes[1:]
        self.width, self.height = outside.width, outside.height
        self._outside = outside

    def _legs(self, wire: Wire) -> list[tuple[Box, Card | Box | None, tuple[Card | Box | None, int]]]:
        """Return the boxes that a wire passes, in order, with where it enters and where it ends in each."""
        first: list[tuple[Box, Card | Box | None, tuple[Card | Box | None, int]]] = []
        last = []
        entry: Card | Box = wire.source
        sink: tuple[Card | Box, int] = (wire.target, wire.slot)
        a, b = self._home[wire.source], self._home[wire.target]
        while a is not b:
            if self._depth[a] >= self._depth[b]:
                first.append((a, entry, (None, 0)))
                entry, a = a, self._home[a]
            else:
                last.append((b, None, sink))
                sink, b = (b, 0), self._home[b]
        return [*first, (a, entry, sink), *reversed(last)]

    def route(self, wire: Wire) -> list[Segment]:
        """Return the way of one wire."""
        return [s for box, _, sink in self._legs(wire) for s in box.nets[wire.source].sinks[sink]]

    def trunks(self) -> list[tuple[Card, list[Segment]]]:
        """Return the ways of all wires of each card, what they share once."""
        ways: dict[Card, dict[Segment, None]] = {}
        for box in (self._outside, *self.boxes):
            for source, net in box.nets.items():
                way = ways.setdefault(source, {})
                for segments in net.sinks.values():
                    way.update(dict.fromkeys(segments))
        return [(source, list(way)) for source, way in ways.items()]
