"""What a layout is made of: cards, the boxes around them and the wires between them.

Gives `Card`, `Box`, `Wire`, `Net`, and where on its card a wire ends. Relies on nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Segment = tuple[float, float, float, float]  # from x, y to x, y; curved where it turns


@dataclass(eq=False, slots=True)
class Card:
    """A rectangle of an even size.

    slots  how many wires enter it
    lead   room to be left before it
    """

    width: float
    height: float
    slots: int = 0
    lead: float = 0.0
    x: float = 0.0
    y: float = 0.0


@dataclass(eq=False, slots=True)
class Box:
    """Cards and boxes drawn together; `inlets` and `outlets` are where a card's wire crosses its border."""

    title: str
    items: list[Card | Box] = field(default_factory=list)
    width: float = 0.0
    height: float = 0.0
    x: float = 0.0
    y: float = 0.0
    nets: dict[Card, Net] = field(default_factory=dict)
    inlets: dict[Card, float] = field(default_factory=dict)
    outlets: dict[Card, float] = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Wire:
    """From a card to a slot of another."""

    source: Card
    target: Card
    slot: int


@dataclass(eq=False, slots=True)
class Net:
    """All wires of one card in one box: from the card, a box in it, or the border, to their ends there."""

    entry: Card | Box | None  # None: it comes in through the border
    sinks: dict[tuple[Card | Box | None, int], list[Segment]] = field(default_factory=dict)  # None: goes out


def slot_place(card: Card, slot: int, *, across: bool = False) -> float:
    """Return where on its side a wire enters a card, from the middle."""
    breadth = (card.width if across else card.height) - 16
    return 0.0 if card.slots < 2 else float(round(breadth * ((slot + 0.5) / card.slots - 0.5)))


def even(size: float) -> float:
    """Return the even number next above a size."""
    return 2.0 * -(-size // 2)
