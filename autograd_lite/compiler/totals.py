"""Totals over the samples of a vmapped function inside a function that is compiled.

The function of one sample is recorded once, apart; where samples branch differently, once for each way. A
total of its results, a sum or a maximum say, is a single node of the graph around it, whose derivatives are
sums over the samples again; so a gradient takes one more pass over them, and nothing of it is kept for each.
Gives `Summing`, the recorder that does so, with the `Batch`es and `Total`s that it met; `Unrolled` is raised
where samples must be recorded one by one after all. Relies on `program`, `plans`, `wholes`, `batches` and
`orders`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from autograd_lite import context
from autograd_lite.batches import Vmapped
from autograd_lite.compiler.plans import Again, Plan, Undecided
from autograd_lite.compiler.program import Recorder, asks_in_vain, sources
from autograd_lite.compiler.wholes import Given, Results, Unrolled, Unseen
from autograd_lite.engine import Value, births
from autograd_lite.orders import product, pull_back_values
from autograd_lite.primitives import TABLE, Primitive
from autograd_lite.recording import Operands, computed
from autograd_lite.samples import taken
from autograd_lite.trees import is_array, is_number_or_array, numbers_of, parts_of, rebuilt


class Weights(NamedTuple):
    """Numbers of samples that are made of a column of results: the partials of what they are reduced to."""

    of: Total


class Total(Primitive):
    """The row of a total over samples: an operand for each Value that all samples share.

    kind   how results become one number: "fsum", "mean", or the name of another row of one sequence
    roots  the results, one for each way to branch
    node   the node of this row
    """

    __slots__ = ("batch", "kind", "node", "roots", "shared")

    def __init__(self, batch: Batch, kind: str, roots: Sequence[Any], number: float) -> None:
        super().__init__("total(xs)", self._refuse, self._refuse, doc="a total over samples")
        self.batch, self.kind, self.roots = batch, kind, roots
        self.shared = batch.shared(roots)
        # Also of a leaf that stands for all samples, or derivatives would take it for a constant.
        parents = [*self.shared, batch.samples]
        self.node = computed(self, Operands(parents), [x._data for x in parents], number)

    def _refuse(self, *numbers: Any) -> Any:
        raise Unrolled

    def cotangents(self, node: Value, cotangent: Any, live: bool) -> list[Any]:
        """Return the cotangents of the shared Values: sums over samples, times that of the total."""
        pulled = self.batch.each(
            lambda root: pull_back_values(root, self.shared) if type(root) is Value else {}, self.roots
        )
        if self.batch.has_weights(self.roots, "prod"):
            raise Unrolled  # the weights depend on all samples at once
        if self.kind in ("fsum", "mean"):
            weights: Sequence[Any] = [1.0] * len(pulled)
        elif self.kind == "logsumexp":
            exp_sub = TABLE["exp_sub"].function
            weights = self.batch.each(lambda root: exp_sub(root, node), self.roots)
            cotangent = cotangent / self.batch.total("fsum", weights)  # 1, but where all are infinite
        else:
            weights = self.batch.column(Weights(self), math.nan)
        kind = "mean" if self.kind == "mean" else "fsum"
        found = []
        for x in self.shared:
            parts = self.batch.each(
                lambda one, weight, x=x: product(weight, one[x]) if x in one else 0.0, pulled, weights
            )
            found.append(product(cotangent, self.batch.total(kind, parts)))
        return [*found, 0.0]


class Variant:
    """A recording of the function of one sample: one way to branch.

    leaves  what stands for the numbers of a sample, one for each column
    """

    def __init__(self, recorder: Summing) -> None:
        self.recorder = _OfSample(recorder)
        self.leaves: list[Value] = []
        self.constants: set[Value] = set()
        self._outside: dict[Value, int] = {}  # Values that all samples share, each with a bit of its own
        self._bits: dict[Value, int] = {}  # for each node those of all it depends on
        self._seen = 0  # nodes that have bits

    def recorded(self, f: Callable[..., Any], *args: Any) -> Any:
        """Return what f returns, with its nodes recorded as those of one sample."""
        with births() as born, context.listening(self.recorder):
            result = f(*args)
            self.constants.update(born)
        return result

    def leaf(self, number: float, of: Value | None = None) -> Value:
        """Return a new leaf for a number of a sample, which is known when `of` is."""
        leaf = Value(number)
        self.leaves.append(leaf)
        self._bits[leaf] = 0 if of is None else self._outside.setdefault(of, 1 << len(self._outside))
        return leaf

    def shared(self, roots: Sequence[Any]) -> dict[Value, None]:
        """Return the Values from outside that the roots depend on."""
        for node in self.recorder.made[self._seen :]:
            self._bits[node] = self._of(sources(node))
        self._seen = len(self.recorder.made)
        bits = self._of(roots)
        return dict.fromkeys(x for x, bit in self._outside.items() if bits & bit)

    def _of(self, nodes: Sequence[Any]) -> int:
        """Return the bits of all that some nodes depend on; one from outside gets a new bit."""
        bits = 0
        for x in nodes:
            if type(x) is not Value:
                continue
            if x in self._bits:
                bits |= self._bits[x]
            elif x not in self.constants:
                bits |= self._outside.setdefault(x, 1 << len(self._outside))
        return bits


class Batch:
    """The samples of one call of a vmapped function, or of several of which one takes the other's results.

    count     how many there are
    is_open   whether there may be as many as there like, in another call
    columns   for each number of a sample, where those of all are: see `Given`, `Weights`
    variants  the recordings, one for each way to branch
    samples   a leaf that stands for all samples

    chosen  which samples are recorded
    """

    def __init__(self, recorder: Summing, count: int, chosen: Sequence[int], *, is_open: bool) -> None:
        self.count, self.is_open = count, is_open
        self.columns: list[Given | Weights | list[Any]] = []
        self.variants = [Variant(recorder) for _ in chosen]
        self.samples = recorder.samples
        self._recorder = recorder
        self._chosen = chosen

    def each(self, f: Callable[..., Any], *results: Sequence[Any]) -> list[Any]:
        """Return f of the results in each of the recordings, recorded there."""
        return [variant.recorded(f, *given) for variant, *given in zip(self.variants, *results, strict=True)]

    def column(self, column: Given | Weights | list[Any], number: float | None = None) -> list[Value]:
        """Return what stands for the numbers of another column in each of the recordings."""
        self.columns.append(column)
        of = column.of.node if type(column) is Weights else None
        if isinstance(column, list):
            numbers = [getattr(column[index], "_data", column[index]) for index in self._chosen]
        elif type(column) is Given:
            numbers = [column.numbers[index].item() for index in self._chosen]
        else:
            numbers = [number] * len(self.variants)
        return [variant.leaf(x, of) for variant, x in zip(self.variants, numbers, strict=True)]

    def total(self, kind: str, roots: Sequence[Any]) -> Any:
        """Return the total over the samples of a node or number of each recording."""
        return self._recorder.total(self, kind, roots)

    def shared(self, roots: Sequence[Any]) -> list[Value]:
        """Return the Values from outside that the roots of the recordings depend on."""
        found: dict[Value, None] = {}
        for variant, root in zip(self.variants, roots, strict=True):
            found.update(variant.shared([root]))
        return [*found]

    def has_weights(self, roots: Sequence[Any], kind: str) -> bool:
        """Whether the roots depend on weights of totals of this kind."""
        weights = [column.of for column in self.columns if type(column) is Weights]
        nodes = {total.node for total in weights if total.kind == kind}
        return not nodes.isdisjoint(self.shared(roots))

    @property
    def is_weighted(self) -> bool:
        """Whether there are numbers of samples that are not known yet."""
        return any(type(column) is Weights for column in self.columns)


class Summing(Recorder):
    """A recorder that keeps the samples of vmapped functions together, as long as they are only reduced.

    batches  the samples met, in order
    totals   the totals made, in order
    samples  a leaf that stands for all of them

    plan    what is known from earlier attempts
    inputs  the leaves in place of the numbers of the arguments
    parts   the arrays and lists in the arguments that may turn out to be samples, with their places
    """

    def __init__(self, plan: Plan, inputs: Sequence[Value], parts: dict[int, Any]) -> None:
        super().__init__()
        self.batches: list[Batch] = []
        self.totals: list[Total] = []
        self.samples = Value(0.0)
        self._plan = plan
        self._inputs = set(inputs)
        self._parts = parts  # which keeps them, and so their identities
        self._places = {id(part): place for place, part in parts.items()}

    def decided(self, function: Callable[..., Any], operands: tuple[Any, ...]) -> Any:
        """Take note of a decision; raises Undecided for one by a total whose number is not known."""
        if self.is_unknown(operands):
            if asks_in_vain(function, operands):
                return False
            raise Undecided
        return super().decided(function, operands)

    def is_unknown(self, operands: Sequence[Any]) -> bool:
        """Whether a number is NaN that may not be one."""
        unknown = len(self.totals) > len(self._plan.numbers) or any(b.is_weighted for b in self.batches)
        return unknown and any(type(x) is Value and x._data != x._data for x in operands)

    def total(self, batch: Batch, kind: str, roots: Sequence[Any]) -> Any:
        """Return the node of a new total."""
        if kind in ("fsum", "mean") and {*map(type, roots)} == {float} and len({*map(repr, roots)}) == 1:
            if kind == "mean":
                return roots[0]
            if not batch.is_open:
                return roots[0] * batch.count
        index = len(self.totals)
        number = self._plan.numbers[index] if index < len(self._plan.numbers) else math.nan
        total = Total(batch, kind, roots, number)
        self.totals.append(total)
        return total.node

    def vmapped(self, f: Vmapped, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the results of a vmapped function of arguments, or None for samples computed on the way."""
        samples = f.samples(args, kwargs)
        parts = [part for part, _, _ in samples.parts]
        self.open([(part, axis) for part, axis, _ in samples.parts])
        batches = {part.batch for part in parts if isinstance(part, Results)}
        is_open = any(isinstance(part, Unseen) for part in parts) or any(b.is_open for b in batches)
        if len(batches) > 1 or (is_open and not all(isinstance(part, Unseen | Results) for part in parts)):
            raise Unrolled
        columns = [
            None if isinstance(part, Results) else self._columns(part, axis, place, samples.count)
            for part, axis, place in samples.parts
        ]
        if any(
            column is None and not isinstance(part, Results)
            for column, part in zip(columns, parts, strict=True)
        ):
            return None
        if batches:
            batch = batches.pop()
        else:
            chosen = self._plan.samples.get(len(self.batches), (0,))
            batch = Batch(self, samples.count, chosen, is_open=is_open)
            self.batches.append(batch)
        given: list[list[Any]] = [[] for _ in batch.variants]  # for each variant what is put in for the parts
        for (part, axis, _), found in zip(samples.parts, columns, strict=True):
            stands = [part.roots] if found is None else [batch.column(column) for column in found]
            for index, one in enumerate(given):
                leaves = iter([stand[index] for stand in stands])
                one.append(next(leaves) if found is None else rebuilt(taken(part, axis, 0), leaves))

        def of_sample(one: list[Any]) -> Any:
            left = iter(one)
            positional, named = samples.replaced(lambda part, axis: next(left))
            return f.f(*positional, **named)

        outputs = batch.each(of_sample, given)
        rows = [list(numbers_of(output, "vmap: the result")) for output in outputs]
        if any(is_array(part) for _, part in parts_of(outputs[0], "", is_number_or_array)):
            raise Unrolled
        if any(len(row) != len(rows[0]) for row in rows):
            raise Unrolled  # as the error of eager evaluation will say
        f.axes_of(outputs[0])  # which is to have these axes
        as_array = samples.arrays or any(isinstance(part, Results) and part.as_array for part in parts)
        results = [Results(batch, list(roots), self, as_array=as_array) for roots in zip(*rows, strict=True)]
        return rebuilt(outputs[0], iter(results))

    def beside(self, batch: Batch, part: Any) -> list[Value]:
        """Return what stands for an array of numbers beside the samples, one for each."""
        self.open([(part, 0)])
        if not is_array(part) and not isinstance(part, Unseen):
            raise Unrolled
        is_open = isinstance(part, Unseen)
        shape = (part.count(0, ""),) if is_open else part.shape
        columns = self._columns(part, 0, "", batch.count) if shape == (batch.count,) else None
        if columns is None or len(columns) != 1 or is_open != batch.is_open:
            raise Unrolled
        return batch.column(columns[0])

    def open(self, parts: Sequence[tuple[Any, int]]) -> None:
        """Raise Again if these are whole arguments, so that there may be as many as there like."""
        found = {(self._places[id(part)], axis) for part, axis in parts if id(part) in self._places}
        others = [part for part, _ in parts if id(part) not in self._places]
        opened = {*self._plan.opened, *found}
        if (
            found
            and all(isinstance(part, Unseen | Results) for part in others)
            and len({place for place, _ in opened}) == len(opened)
        ):
            raise Again(Plan(tuple(sorted(opened))))

    def _columns(self, part: Any, axis: int, place: str, count: int) -> list[Any] | None:
        """Return a column for each number of a sample; None if some were computed on the way."""
        if isinstance(part, Unseen):
            if axis != part.axis:
                raise Unrolled
            return part.columns()
        rows = [list(numbers_of(taken(part, axis, i), place)) for i in range(count)]
        if len({*map(len, rows)}) > 1:
            return None
        if any(type(x) is Value and x not in self._inputs for row in rows for x in row):
            return None
        return [list(column) for column in zip(*rows, strict=True)]


class _OfSample(Recorder):
    """The recorder of one sample, which knows no more totals than that of the function around it."""

    def __init__(self, around: Summing) -> None:
        super().__init__()
        self._around = around

    def decided(self, function: Callable[..., Any], operands: tuple[Any, ...]) -> Any:
        """Take note of a decision; raises Undecided for one by a total whose number is not known."""
        if self._around.is_unknown(operands):
            if asks_in_vain(function, operands):
                return False
            raise Undecided
        return super().decided(function, operands)

    def vmapped(self, f: Vmapped, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return None; raises Unrolled where one sample is to go through all, however many there are."""
        if any(isinstance(part, Unseen) for part, _, _ in f.samples(args, kwargs).parts):
            raise Unrolled
        return None
