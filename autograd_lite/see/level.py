"""The layout of one box: ranks, their order, and places along them.

Longest-path ranks with leaves next to their users, orders by barycentres, and coordinates by least squares
along each rank (Sugiyama's scheme; the last step is isotonic regression, which is exact). Gives `Level`.
Relies on `shapes`.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Sequence

from autograd_lite.see.shapes import Box, Card, Net, Segment, even, slot_place

_CARD_GAP, _WIRE_GAP, _RANK_GAP = 14.0, 9.0, 32.0
_PADDING, TITLE = 14.0, 20.0  # of a box
_SWEEP_WORK, _SETTLE_WORK = 60_000, 60_000  # wires looked at while ordering, and while settling
_STIFF = (
    1.0,
    2.0,
    8.0,
)  # of a joint with so many ends that are bends of a wire: long wires come out straight
_LONG, _SHORT = 8, 3000  # wires are led around cards over so many ranks per card, and so many in any case


class Level:
    """The layout of one box: u runs along the ranks, v within a rank. Elements are numbered.

    across  whether ranks are rows
    work    about how many wires there are to look at in all boxes
    plain   whether the box has neither title nor border
    """

    def __init__(self, box: Box, across: bool, work: int, *, plain: bool) -> None:
        self.box, self.across, self.work = box, across, work
        self.items: list[Card | Box | None] = list(box.items)
        self.rank: list[int] = []
        self.length: list[float] = []  # in u
        self.breadth: list[float] = []  # in v
        self.number = {item: i for i, item in enumerate(box.items)}
        for item in box.items:
            self.length.append(item.height if across else item.width)
            self.breadth.append(item.width if across else item.height)
        self._connect()
        self._assign_ranks()
        self._add_bends()
        self._order()
        self._settle()
        self._finish(plain)

    def _element(self, item: Card | Box | None = None) -> int:
        self.items.append(item)
        self.length.append(0.0)
        self.breadth.append(0.0)
        return len(self.items) - 1

    def _connect(self) -> None:
        """Find what each net joins: its entry, and its sinks with the place on their side."""
        self.inlets: dict[int, Card] = {}
        self.outlets: dict[int, Card] = {}
        self.nets: list[tuple[Net, int, float, list[tuple[int, float, tuple[Card | Box | None, int]]]]] = []
        for source, net in self.box.nets.items():
            if net.entry is None:
                entry, place = self._element(), 0.0
                self.inlets[entry] = source
            else:
                entry = self.number[net.entry]
                place = net.entry.outlets[source] if isinstance(net.entry, Box) else 0.0
            ends: list[tuple[int, float, tuple[Card | Box | None, int]]] = []
            for sink in net.sinks:
                item, slot = sink
                if item is None:
                    end, side = self._element(), 0.0
                    self.outlets[end] = source
                elif isinstance(item, Box):
                    end, side = self.number[item], item.inlets[source]
                else:
                    end, side = self.number[item], slot_place(item, slot, across=self.across)
                ends.append((end, side, sink))
            self.nets.append((net, entry, place, ends))

    def _assign_ranks(self) -> None:
        """The longest path from the left; what has more wires out than in moves right, next to its users."""
        count = len(self.items)
        after: list[list[int]] = [[] for _ in range(count)]
        missing = [0] * count
        balance = [0] * count
        for _, entry, _, ends in self.nets:
            balance[entry] += 1
            for end, _, _ in ends:
                after[entry].append(end)
                missing[end] += 1
                if entry not in self.inlets:
                    balance[end] -= 1
        start = 1 if self.inlets else 0
        self.rank = [0 if i in self.inlets else start for i in range(count)]
        ready = [i for i in range(count) if not missing[i]]
        for i in ready:
            for end in after[i]:
                self.rank[end] = max(self.rank[end], self.rank[i] + 1)
                missing[end] -= 1
                if not missing[end]:
                    ready.append(end)
        if len(ready) < count:
            raise AssertionError("layout: the items of a box depend on each other in a circle")
        last = max(self.rank, default=0) + (1 if self.outlets else 0)
        for i in self.outlets:
            self.rank[i] = last
        for i in reversed(ready):
            if balance[i] > 0 and i not in self.inlets:
                self.rank[i] = max(self.rank[i], min(self.rank[end] for end in after[i]) - 1)

    def _add_bends(self) -> None:
        """Lead each net through every rank that it passes, by an element without breadth."""
        self.joints: list[tuple[int, float, int, float]] = []  # element and place, to one in the next rank
        self.ways: list[list[tuple[int, float]]] = []  # per net: the elements it passes, entry first
        budget = _LONG * len(self.items) + _SHORT
        for _, entry, place, ends in self.nets:
            first = self.rank[entry]
            last = max(self.rank[end] for end, _, _ in ends)
            way = [(entry, place)]
            if last - first - 1 <= budget:
                budget -= last - first - 1
                for rank in range(first + 1, last):
                    way.append((self._element(), 0.0))
                    self.rank.append(rank)
                    self.joints.append((*way[-2], *way[-1]))
            self.ways.append(way)
            for end, side, _ in ends:
                behind = self.rank[end] - 1 - first
                if behind < len(way):
                    self.joints.append((*way[behind], end, side))
        self.before: list[list[tuple[int, float, float]]] = [[] for _ in self.items]
        self.after: list[list[tuple[int, float, float]]] = [[] for _ in self.items]
        for i, out, j, into in self.joints:
            self.before[j].append((i, out, into))
            self.after[i].append((j, into, out))

    def _order(self) -> None:
        """Order each rank: as a walk from the end meets the elements, then by barycentres of neighbours."""
        ranks: list[list[int]] = [[] for _ in range(max(self.rank, default=0) + 1)]
        met = [False] * len(self.items)
        for last in sorted(range(len(self.items)), key=lambda i: -self.rank[i]):
            pile = [last]
            while pile:
                i = pile.pop()
                if met[i]:
                    continue
                met[i] = True
                ranks[self.rank[i]].append(i)
                operands = sorted(self.before[i], key=lambda joint: -joint[2])
                pile += [j for j, _, _ in operands]
        self.ranks = ranks
        position = self.position = [0] * len(self.items)
        for order in ranks:
            for k, i in enumerate(order):
                position[i] = k
        best, kept = self._crossings(), [list(order) for order in ranks]
        idle = 0
        for sweep in range(max(2, min(24, _SWEEP_WORK // self.work))):
            if not best or idle == 4:
                break
            neighbours = self.after if sweep % 2 else self.before
            for order in reversed(ranks) if sweep % 2 else ranks:
                keys = {}
                for i in order:
                    near = neighbours[i]
                    keys[i] = (
                        sum(position[j] + self._share(j, place) for j, place, _ in near) / len(near)
                        if near
                        else position[i]
                    )
                order.sort(key=keys.__getitem__)
                for k, i in enumerate(order):
                    position[i] = k
            crossings = self._crossings()
            idle += 1
            if crossings < best:
                best, kept, idle = crossings, [list(order) for order in ranks], 0
        self.ranks = kept
        for order in kept:
            for k, i in enumerate(order):
                position[i] = k

    def _share(self, i: int, place: float) -> float:
        """Return where on the side of an element a place is, from -0.5 to 0.5."""
        return place / self.breadth[i] if place else 0.0

    def _crossings(self) -> int:
        between: dict[int, list[tuple[float, float]]] = {}
        position, share = self.position, self._share
        for i, out, j, into in self.joints:
            ends = (position[i] + share(i, out), position[j] + share(j, into))
            between.setdefault(self.rank[i], []).append(ends)
        count = 0
        for pairs in between.values():
            seen: list[float] = []
            for _, end in sorted(pairs):
                count += len(seen) - bisect_right(seen, end)
                insort(seen, end)
        return count

    def _settle(self) -> None:
        """Move the elements of each rank as near to their neighbours as the order and the gaps allow."""
        wire = [item is None for item in self.items]
        self.v = [0.0] * len(self.items)
        offsets: list[list[float]] = []
        for order in self.ranks:
            along, at = [], 0.0
            for k, i in enumerate(order):
                if k:
                    before = order[k - 1]
                    gap = _CARD_GAP if not (wire[i] and wire[before]) else _WIRE_GAP
                    at += (self.breadth[i] + self.breadth[before]) / 2 + gap
                along.append(at)
            offsets.append(along)
            for i, at in zip(order, along, strict=True):
                self.v[i] = at - along[-1] / 2
        # Where each element is drawn to: by which neighbours, how far off their middles, and how strongly.
        self.pulls = [
            [
                [(j, there - here, _STIFF[wire[i] + wire[j]]) for j, there, here in near]
                for i, near in enumerate(side)
            ]
            for side in (self.before, self.after)
        ]
        rounds = max(2, min(6, _SETTLE_WORK // self.work))
        for turn in range(rounds):
            for sides in ((0,), (1,)) if turn < rounds - 2 else ((0, 1), (1, 0)):
                way = range(len(self.ranks))
                for r in way if sides[0] == 0 else reversed(way):
                    self._settle_rank(r, offsets[r], sides)
        low = min((self.v[i] - self.breadth[i] / 2 for i in range(len(self.items))), default=0.0)
        # Whole pixels: breadths are even, so that middles are whole as well.
        self.v = [float(round(v - low)) for v in self.v]

    def _settle_rank(self, r: int, offsets: Sequence[float], sides: Sequence[int]) -> None:
        v = self.v
        wanted, heavy = [], []
        for i in self.ranks[r]:
            total = mean = 0.0
            for side in sides:
                for j, off, weight in self.pulls[side][i]:
                    total += weight
                    mean += weight * (v[j] + off)
            wanted.append(mean / total if total else v[i])
            heavy.append(total or 0.01)
        for i, at in zip(self.ranks[r], _spread(wanted, heavy, offsets), strict=True):
            v[i] = at

    def _finish(self, plain: bool) -> None:
        """Place the ranks one after the other, and write down where everything is inside the box."""
        across = self.across
        gaps = [0.0] * len(self.ranks)  # before each rank
        for i, out, j, into in self.joints:
            rise = abs(self.v[i] + out - self.v[j] - into)
            item = self.items[j]
            lead = item.lead if isinstance(item, Card) else 0.0
            r = self.rank[j]
            gaps[r] = max(gaps[r], _RANK_GAP + round(min(0.12 * rise, 70.0)) + lead)
        column = [max((self.length[i] for i in order), default=0.0) for order in self.ranks]
        starts, at = [], 0.0
        for gap, longest in zip(gaps, column, strict=True):
            at += gap
            starts.append(at)
            at += longest
        box = self.box
        # A box has its title at the top; ports are on its border, so ranks of ports need no padding.
        sides = 0.0 if plain else _PADDING
        top = 0.0 if plain else _PADDING + TITLE
        ahead, aside = (top, sides) if across else (sides, top)
        early = 0.0 if self.inlets else ahead
        late = 0.0 if self.outlets else sides
        u_of = [s + early for s in starts]
        total_u = at + early + late
        if across and self.inlets:  # wires pass the title
            u_of = [u + (TITLE if r else 0.0) for r, u in enumerate(u_of)]
            total_u += TITLE
        breadth = max((v + b / 2 for v, b in zip(self.v, self.breadth, strict=True)), default=0.0)
        total_v = breadth + aside + sides
        if not plain:
            title = even(len(box.title) * 6.6 + 20)
            total_v, total_u = (max(total_v, title), total_u) if across else (total_v, max(total_u, title))
        total_u, total_v = even(total_u), even(total_v)
        box.width, box.height = (total_v, total_u) if across else (total_u, total_v)
        far = {r: u_of[r] + column[r] for r in range(len(u_of))}
        if self.outlets:
            far[len(u_of) - 1] = u_of[-1] = total_u
        for i, item in enumerate(box.items):
            r = self.rank[i]
            u = self._edge(i, u_of[r], column[r], 0)
            v = self.v[i] - self.breadth[i] / 2 + aside
            item.x, item.y = (v, u) if across else (u, v)
        for (net, entry, place, ends), way in zip(self.nets, self.ways, strict=True):
            r = self.rank[entry]
            u, v = self._edge(entry, u_of[r], column[r], 1), self.v[entry] + place + aside
            trunk: list[Segment] = []
            reached = [(u, v, 0)]
            for i, _ in way[1:]:
                r = self.rank[i]
                bend = self.v[i] + aside
                trunk.append((u, v, u_of[r], bend))
                trunk.append((u_of[r], bend, far[r], bend))
                u, v = far[r], bend
                reached.append((u, v, len(trunk)))
            for end, side, sink in ends:
                rank = self.rank[end]
                u, v, pieces = reached[min(rank - 1 - self.rank[entry], len(reached) - 1)]
                near = self._edge(end, u_of[rank], column[rank], 0)
                segments = [*trunk[:pieces], (u, v, near, self.v[end] + side + aside)]
                net.sinks[sink] = [(y0, x0, y1, x1) for x0, y0, x1, y1 in segments] if across else segments
        middle = total_v / 2
        box.inlets = {source: self.v[i] + aside - middle for i, source in self.inlets.items()}
        box.outlets = {source: self.v[i] + aside - middle for i, source in self.outlets.items()}

    def _edge(self, i: int, start: float, column: float, side: int) -> float:
        """Return the u of an element's near (0) or far (1) edge. What has no operands stands by its users."""
        room = column - self.length[i]
        return start + (room // 2 if self.before[i] else room) + side * self.length[i]


def _spread(wanted: Sequence[float], weights: Sequence[float], offsets: Sequence[float]) -> list[float]:
    """Return the places nearest to those wanted, by weighted squares, in which each keeps its distance.

    offsets  of each from the first when all stand as close as they may

    Pool adjacent violators: Barlow et al., Statistical Inference under Order Restrictions (1972).
    """
    pools: list[tuple[float, float, int]] = []  # mean, weight, members
    for want, weight, offset in zip(wanted, weights, offsets, strict=True):
        mean, total, members = want - offset, weight, 1
        while pools and pools[-1][0] > mean:
            other, more, count = pools.pop()
            mean = (mean * total + other * more) / (total + more)
            total += more
            members += count
        pools.append((mean, total, members))
    means = [mean for mean, _, members in pools for _ in range(members)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
