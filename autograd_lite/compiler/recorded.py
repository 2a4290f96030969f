"""A function as it was recorded: run once with leaves in place of the numbers of its arguments.

Gives `recorded`, which makes as many attempts as it takes: what is learned on the way, which arguments are
samples, how these branch, what a total decides, goes into the plan of the next. Relies on `program`,
`plans`, `totals` and `opened`.
"""

from __future__ import annotations

import functools
import gc
import importlib.util
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from autograd_lite import context
from autograd_lite.compiler.missing import INSTALL
from autograd_lite.compiler.opened import opened, whole_parts, with_samples
from autograd_lite.compiler.plans import Again, Plan, Undecided
from autograd_lite.compiler.program import Options, Recorder
from autograd_lite.compiler.totals import Summing
from autograd_lite.compiler.wholes import Unrolled
from autograd_lite.engine import Value, births, number
from autograd_lite.trees import is_array, numbers_of, places_of, rebuilt

if TYPE_CHECKING:
    from autograd_lite.compiler.staged import Staged

LONG = 5_000  # numbers of an argument that is more likely to be samples than anything else
ATTEMPTS = 100  # until every number and branch that it takes is known


def recorded(
    f: Callable[..., Any], name: str, args: tuple[Any, ...], kwargs: dict[str, Any], options: Options
) -> Recording:
    """Return a recording of a function: with samples left open, with as many as there are, or one by one.

    Raises Unrolled if samples would have to be recorded one by one and the options say they must not.
    """
    if options.sums and _has_numpy():
        # What is long is taken for samples at first: a Value for each of its numbers would take its time.
        long = [place for place, part in whole_parts((args, kwargs)).items() if _size(part) > LONG]
        guess = Plan(tuple((place, 0) for place in long))
        for plan, opens in [*([(guess, True)] if long else []), (Plan(), True), (Plan(), False)]:
            for _ in range(ATTEMPTS):
                try:
                    return Recording(f, name, args, kwargs, options, plan, opens=opens)
                except Again as again:
                    plan = again.plan
                except Unrolled:
                    break
        if not options.unrolls:
            raise Unrolled
    elif not options.unrolls:
        raise Unrolled(f"it takes NumPy: {INSTALL}")
    return Recording(f, name, args, kwargs, options, None)


class Recording:
    """One run of a function with leaves of its own in place of the numbers of the arguments.

    program   what was recorded; of what has passes over samples the part after them
    captured  the Values that it reads beside its arguments
    staged    what runs the passes, or None
    opened    which of the arguments are samples, of which there may be any number, and along which axes
    sizes     of each of these how many numbers a sample has, and how many samples there were
    arguments the arguments, for their structure, without these samples
    given     how many numbers they have
    result    a result, for its structure
    nodes     how many nodes the run made

    plan   how samples of vmapped functions stay together; None if they do not
    opens  whether it may be left open how many there are

    Raises Again if the plan must be another, and Unrolled if there is none.
    """

    def __init__(
        self,
        f: Callable[..., Any],
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        options: Options,
        plan: Plan | None,
        *,
        opens: bool = False,
    ) -> None:
        where = f"jit: the result of {name}"
        self.opened = plan.opened if plan else ()
        self._unseen, (args, kwargs) = opened((args, kwargs), self.opened)
        self.sizes = [one.numbers.shape for one in self._unseen]
        given = list(numbers_of((args, kwargs), name))
        self.given = len(given)
        self.arguments = rebuilt((args, kwargs), iter([0.0] * self.given))
        if Value in map(type, given) and not self.opened and not opens:
            plan = None  # each sample that is a Value has a gradient of its own
        outputs: list[Any] | None
        with births() as born:
            inputs = [Value(x._data if type(x) is Value else x) for x in given]
            tree = with_samples(rebuilt((args, kwargs), iter(inputs)), self.opened, self._unseen)
            recorder = Summing(plan, inputs, whole_parts(tree) if opens else {}) if plan else Recorder()
            try:
                with context.listening(recorder):
                    output = f(*tree[0], **tree[1])
                    outputs = [x if type(x) is Value else number(x, where) for x in numbers_of(output, where)]
            except Undecided:
                outputs = None
            constants = set(born).difference(inputs)
            born.clear()  # no block outside needs to hold them
        self.nodes = len(recorder.made)
        self.staged: Staged | None = None
        if plan and isinstance(recorder, Summing) and (outputs is None or recorder.batches):
            self._stage(recorder, plan, inputs, constants, outputs, options)
        else:
            assert outputs is not None
            self.program, self.captured = recorder.program(inputs, constants, outputs)
        self.result = rebuilt(output, iter([0.0] * len(outputs or ())))
        del recorder, given, tree, output, outputs, constants
        self._check_escapes(name, inputs)

    def _stage(
        self,
        recorder: Summing,
        plan: Plan,
        inputs: list[Value],
        constants: set[Value],
        outputs: list[Any] | None,
        options: Options,
    ) -> None:
        """Compile a run with totals over samples, or learn from it what it lacks: a branch, or a number."""
        from autograd_lite.compiler.staged import Failure, Staged  # which needs NumPy

        if outputs is None and len(plan.numbers) == len(recorder.totals):
            raise Unrolled
        wanted = [total.node for total in recorder.totals] if outputs is None else outputs
        staged = Staged(recorder, inputs, constants, wanted, options)
        numbers = [x._data for x in (*inputs, *staged.captured)]
        found = staged.results([numbers], [one.numbers for one in self._unseen])
        if type(found) is Failure:
            raise Again(plan.with_sample(found.batch, found.sample))
        if found is None:
            raise Unrolled
        if outputs is None:
            raise Again(plan._replace(numbers=tuple(found.tolist())))
        self.nodes += sum(len(v.recorder.made) for batch in recorder.batches for v in batch.variants)
        self.staged, self.program, self.captured = staged, staged.program, staged.captured

    def fast(self) -> Callable[..., Any] | None:
        """Return the passes as a function of arguments like those they were recorded with, if they can be."""
        args, kwargs = with_samples(self.arguments, self.opened, [one.part for one in self._unseen])
        if self.staged is None or self.captured or kwargs:
            return None
        return self.staged.call(args, self.opened, self.result)

    def _check_escapes(self, name: str, inputs: list[Value]) -> None:
        """Raise RuntimeError if something still refers to a leaf of the recording: its number gets stale."""
        if _held(inputs):
            gc.collect()
            for index in _held(inputs):
                args, kwargs = self.arguments
                places = [place for i, tree in enumerate(args) for place in places_of(tree, f"argument {i}")]
                places += [place for key, tree in kwargs.items() for place in places_of(tree, key)]
                raise RuntimeError(
                    f"jit: {name} kept a Value that depends on {places[index]} outside itself, in a "
                    "list, an attribute or a cache, where it would have the number of one call; return it "
                    "instead"
                )


def _size(part: Any) -> int:
    return part.size if is_array(part) else len(part)


@functools.cache
def _has_numpy() -> bool:
    return importlib.util.find_spec("numpy") is not None


def _held(leaves: list[Value]) -> list[int]:
    """Return the places in the list of the leaves that something beside the list refers to."""
    return [index for index in range(len(leaves)) if sys.getrefcount(leaves[index]) > 2]
