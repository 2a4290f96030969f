"""Sums over the samples of a vmapped function inside a function that is compiled.

The function of one sample is recorded once, apart. A sum of its results is a single node of the graph around
it, whose derivatives are such sums again; so a gradient takes one pass over the samples, and nothing is kept
for each. Gives `Summing`, the recorder that does so, and `Unrolled`,
which is raised where the samples must be recorded one by one after all. Relies on `program`, `batches` and
`orders`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from autograd_lite import context
from autograd_lite.batches import Vmapped
from autograd_lite.compiler.program import Recorder, asks_in_vain, sources
from autograd_lite.engine import Value, births
from autograd_lite.orders import product, pull_back_values
from autograd_lite.primitives import Primitive
from autograd_lite.recording import Operands, computed
from autograd_lite.samples import taken
from autograd_lite.trees import is_array, is_number_or_array, numbers_of, parts_of, rebuilt


class Unrolled(BaseException):
    """What the function does needs the numbers of a sum over samples, or the samples themselves."""


class Batch:
    """One call of a vmapped function, recorded for one sample.

    count    how many samples there are
    columns  for each number of a sample, that of all samples: leaves of the recording, or numbers
    leaves   what stands for the numbers of a sample
    totals   the nodes that are sums over the samples, with what they sum up
    """

    def __init__(self, columns: list[list[Any]]) -> None:
        self.count = len(columns[0])
        self.columns = columns
        self.recorder = Summing(())
        self.constants: set[Value] = set()
        self.leaves = [Value(getattr(column[0], "_data", column[0])) for column in columns]
        self.totals: list[tuple[Value, Value]] = []
        self._own = set(self.leaves)
        self._outside: dict[Value, int] = {}  # Values that all samples share, each with a bit of its own
        self._bits: dict[Value, int] = {}  # for each node those of all it depends on

    def recorded(self, f: Callable[[], Any]) -> Any:
        """Return what f returns, with its nodes recorded as those of one sample."""
        with births() as born, context.listening(self.recorder):
            result = f()
            self.constants.update(born)
        return result

    def total(self, root: Any) -> Any:
        """Return the sum over the samples of a node or number of one."""
        if type(root) is not Value:
            return root * self.count
        shared = self.shared([root])
        node = computed(_Total(self, root), Operands(shared), [x._data for x in shared], math.nan)
        self.totals.append((node, root))
        return node

    def shared(self, roots: Sequence[Value]) -> list[Value]:
        """Return the Values from outside that the roots depend on."""
        for node in self.recorder.made[len(self._bits) :]:
            self._bits[node] = self._of(sources(node))
        bits = self._of(roots)
        return [x for x, bit in self._outside.items() if bits & bit]

    def _of(self, nodes: Sequence[Value]) -> int:
        """Return the bits of all that some nodes depend on; one from outside gets a new bit."""
        bits = 0
        for x in nodes:
            if x in self._bits:
                bits |= self._bits[x]
            elif x not in self.constants and x not in self._own:
                bits |= self._outside.setdefault(x, 1 << len(self._outside))
        return bits


class Summing(Recorder):
    """A recorder that keeps the samples of vmapped functions together, as long as they are only summed.

    batches  the calls of vmapped functions, in order
    """

    def __init__(self, inputs: Sequence[Value]) -> None:
        super().__init__()
        self.batches: list[Batch] = []
        self._inputs = set(inputs)

    def decided(self, function: Callable[..., Any], operands: tuple[Any, ...]) -> Any:
        """Take note of a decision; raises Unrolled for one by a sum, whose number is not known."""
        if any(type(x) is Value and x._data != x._data for x in operands):
            if asks_in_vain(function, operands):
                return False
            raise Unrolled
        return super().decided(function, operands)

    def vmapped(self, f: Vmapped, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Return the results of a vmapped function of arguments, or None for samples computed on the way."""
        if not self._inputs:
            return None
        samples = f.samples(args, kwargs)
        columns: list[list[Any]] = []
        for part, axis, place in samples.parts:
            rows = [list(numbers_of(taken(part, axis, i), place)) for i in range(samples.count)]
            if len({*map(len, rows)}) > 1:
                return None
            columns += map(list, zip(*rows, strict=True))
        if any(type(x) is Value and x not in self._inputs for column in columns for x in column):
            return None
        batch = Batch(columns)
        leaves = iter(batch.leaves)
        given, named = samples.replaced(lambda part, axis: rebuilt(taken(part, axis, 0), leaves))
        output = batch.recorded(lambda: f.f(*given, **named))
        if any(is_array(part) for _, part in parts_of(output, "", is_number_or_array)):
            raise Unrolled
        f.axes_of(output)  # which is to have these axes
        self.batches.append(batch)
        return rebuilt(output, iter([Results(batch, x) for x in numbers_of(output, "")]))


class _Total(Primitive):
    """The row of a sum over samples: an operand for each Value that all samples share."""

    __slots__ = ("_batch", "_root")

    def __init__(self, batch: Batch, root: Value) -> None:
        super().__init__("total(xs)", self._refuse, self._refuse, doc="a sum over samples")
        self._batch = batch
        self._root = root

    def _refuse(self, *numbers: Any) -> Any:
        raise Unrolled

    def cotangents(self, node: Value, cotangent: Any, live: bool) -> list[Any]:
        """Return the cotangents of the shared Values: sums over samples, times that of the sum."""
        batch, root = self._batch, self._root
        pulled = batch.recorded(lambda: pull_back_values(root, node._x))
        return [product(cotangent, batch.total(pulled.get(x, 0.0))) for x in node._x]


class Results(Sequence[Any]):
    """The results of all samples: a sequence that can be summed without looking at any of them."""

    def __init__(self, batch: Batch, root: Any) -> None:
        self._batch = batch
        self._root = root

    def __len__(self) -> int:
        return self._batch.count

    def __getitem__(self, index: Any) -> Any:
        raise Unrolled

    def __iter__(self) -> Iterator[Any]:
        raise Unrolled

    def __getattr__(self, name: str) -> Any:
        raise Unrolled  # of an array, which it is when it is no sum

    def sum_over_samples(self) -> Any:
        """Return the sum of all results."""
        return self._batch.total(self._root)


def _unrolled(self: Results, *others: Any) -> Any:
    raise Unrolled


for _name in ("add", "sub", "mul", "truediv", "pow", "matmul", "floordiv", "mod"):
    setattr(Results, f"__{_name}__", _unrolled)
    setattr(Results, f"__r{_name}__", _unrolled)
for _name in ("neg", "abs", "eq", "ne", "lt", "le", "gt", "ge", "bool", "float"):
    setattr(Results, f"__{_name}__", _unrolled)
