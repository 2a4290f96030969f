"""One recording of a function, compiled, with all that a call needs.

Gives `Compiled`. Its results are Values where that matters, whose derivative is compiled code as well: that
of the function that computes the gradient. Relies on `recorded`, the back ends, `trees` and `orders`.
"""

from __future__ import annotations

import contextlib
import copy
import functools
import gc
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from autograd_lite.compiler import llvm, machine, python
from autograd_lite.compiler.missing import without
from autograd_lite.compiler.opened import with_samples
from autograd_lite.compiler.program import Options, Program
from autograd_lite.compiler.recorded import recorded
from autograd_lite.compiler.wholes import Unseen
from autograd_lite.engine import Value, plain
from autograd_lite.orders import pull_back_values
from autograd_lite.primitives import Primitive
from autograd_lite.recording import Operands, computed, function
from autograd_lite.trees import numbers_of, rebuilt

if TYPE_CHECKING:
    from autograd_lite.compiler.jitted import Jitted


class Compiled:
    """One recorded program of a function, ready to run.

    program   what was recorded; of what has passes over samples the part after them
    staged    what runs these passes, or None
    given     how many numbers the arguments have, but for those that are samples
    arguments the arguments, for their structure, without samples
    opened    which of the arguments are samples, of which there may be any number, and along which axes
    sizes     of each of these how many numbers a sample has, and how many samples there were
    captured  the Values that it reads beside its arguments, in each call
    nodes     how many nodes the recording made
    seconds   what recording and compiling took
    backend   what runs it, "python" or "llvm"; "" before it has run
    result    a result, for its structure
    fast      the program as a function of arguments like those it was recorded with, or None
    """

    def __init__(
        self,
        f: Callable[..., Any],
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        options: Options,
    ) -> None:
        self.name = name
        self.options = options
        self.backend = ""
        self.fast: Callable[..., Any] | None = None
        self._f = f
        self._rows: dict[tuple[int, bool], Primitive] = {}
        self._gradients: dict[tuple[int, bool], Jitted] = {}
        self.seconds, self._bytes = 0.0, 0
        with self.measured():
            recording = recorded(f, name, args, kwargs, options)
        self.program, self.captured, self.staged = recording.program, recording.captured, recording.staged
        self.opened, self.arguments, self.given = recording.opened, recording.arguments, recording.given
        self.result, self.nodes, self.sizes = recording.result, recording.nodes, recording.sizes
        if self.staged is not None:
            self.run, self.backend, self.fast = self.staged, self.staged.backend, recording.fast()

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Count what is recorded and compiled in the block as of this program.

        Python's collector is kept off a graph that grows and lives: it would take a third of the time.
        """
        start, is_enabled = time.perf_counter(), gc.isenabled()
        gc.disable()
        try:
            with llvm.sizes() as sizes:
                yield
        finally:
            if is_enabled:
                gc.enable()
        self.seconds += time.perf_counter() - start
        self._bytes += sum(sizes)

    @property
    def parts(self) -> list[Program]:
        """The program, after those of the passes over samples: of what these share, and of one of them."""
        passes = self.staged.passes if self.staged else []
        found = [part for one in passes for part in (one.before.program, *[way.program for way in one.ways])]
        return [*[part for part in found if part.instructions or part.guards], self.program]

    @property
    def bytes(self) -> int:
        """The size of its object file, or of its source text if it runs as Python; 0 before it has run."""
        return len(self.source("python").encode()) if self.backend == "python" else self._bytes

    def numbers(self, given: Sequence[Value | float]) -> list[float]:
        """Return what the program reads: the numbers of the arguments, and of what it captured."""
        inputs: list[Any] = [*given, *self.captured] if self.captured else list(given)
        return [x._data if type(x) is Value else x for x in inputs] if Value in map(type, inputs) else inputs

    @functools.cached_property
    def run(self) -> python.Run:
        """The program as a function of numbers: of its outputs, or None where a guard fails."""
        args, kwargs = self.arguments
        example = (() if kwargs else args, self.result)
        with self.measured():
            self.backend, run, self.fast = _compiled(self.program, self.options, example)
        return run

    def first(self, numbers: Sequence[float], samples: Sequence[Any] = ()) -> Sequence[float]:
        """Return the results for the numbers it was recorded with."""
        results = self.run(numbers, *([samples] if samples else []))
        if results is None:
            # A last bit that another back end rounds otherwise decided: then the bits must be those of eager.
            self.backend, self.run, self.fast = "python", python.compiled(self.program), None
            results = self.run(numbers)
            if results is None:
                raise RuntimeError(f"jit: {self.name} decided otherwise when it was replayed")
        return results

    def returned(
        self,
        results: Sequence[float],
        given: Sequence[Value | float],
        numbers: list[float],
        unseen: Sequence[Unseen] = (),
    ) -> Any:
        """Return results in the structure of the function's; as Values where they depend on a Value.

        unseen  the arguments that are samples
        """
        scalars: Sequence[Any] = results
        inputs = (*given, *self.captured)
        if Value in map(type, inputs):
            live = sum(1 << index for index, x in enumerate(inputs) if type(x) is Value)
            operands = Operands(inputs)
            by_arguments = Value in map(type, given)
            samples = [
                copy.deepcopy(one.part) for one in unseen
            ]  # which may change before it is differentiated
            scalars = [
                computed(self._row(index, by_arguments, samples), operands, numbers, result)
                if mask & live
                else result
                for index, (result, mask) in enumerate(zip(results, self._masks, strict=True))
            ]
        return rebuilt(self.result, iter(scalars))

    def source(self, language: str) -> str:
        """Return its parts as source text, "python" or "llvm"."""
        if language == "llvm":
            return "\n".join(machine.source(part, strict=self.options.strict) for part in self.parts)
        return "\n".join(map(python.source, self.parts))

    @functools.cached_property
    def _masks(self) -> list[int]:
        if self.staged:  # what a sum over samples depends on is not in the last program
            return [-1] * len(self.program.outputs)
        return self.program.inputs_of_outputs()

    def _row(self, index: int, by_arguments: bool, samples: list[Any]) -> Primitive:
        """Return a row that stands for one of the outputs, with the compiled gradient as its partial.

        by_arguments  whether that by the arguments is wanted too, beside that by what is captured; then the
                      samples of vmapped functions are recorded one by one, for each has a gradient of its own
        """
        if (index, by_arguments) in self._rows and not samples:
            return self._rows[index, by_arguments]
        gradient = self._gradient_of(index, by_arguments)
        count = self.given
        zeros = [] if by_arguments else [0.0] * count
        rows = [
            Unseen(place, part, axis).numbers
            for place, (part, (_, axis)) in enumerate(zip(samples, self.opened, strict=True))
        ]

        def value(xs: Sequence[float]) -> float:
            results = self.run(xs, *([rows] if rows else []))
            if results is None:
                raise RuntimeError(f"{self.name} takes another branch at these numbers: call it again")
            return results[index]

        def partials(xs: Sequence[Any], z: Any) -> Any:
            for leaf, x in zip(self.captured, xs[count:], strict=True):
                if type(x) is not Value and x != leaf._data and x == x:
                    raise RuntimeError(
                        f"a leaf was changed from {x!r} to {leaf._data!r} after the compiled {self.name} had "
                        "read it, and its derivative would mix the two numbers: compute the result again"
                    )
            if Value in map(type, xs):
                return zeros + gradient(list(xs[:count]), *samples)
            found = gradient.numbers(list(xs[:count]), *samples)
            return zeros + (
                [plain(x) for x in gradient(list(xs[:count]), *samples)] if found is None else [*found]
            )

        self._rows[index, by_arguments] = row = Primitive(
            f"{self.name}(xs)", value, partials, doc=f"{self.name}, compiled"
        )
        function(row)
        return row

    def _gradient_of(self, index: int, by_arguments: bool) -> Jitted:
        """Return the compiled gradient of an output."""
        if (index, by_arguments) not in self._gradients:
            from autograd_lite.compiler.jitted import Jitted  # which makes these

            sums = self.options.sums and (not by_arguments or bool(self.opened))
            gradient = functools.partial(self._gradient, index, by_arguments)
            self._gradients[index, by_arguments] = Jitted(gradient, self.options._replace(sums=sums))
        return self._gradients[index, by_arguments]

    def _gradient(self, index: int, by_arguments: bool, xs: list[Any], *samples: Any) -> list[Any]:
        """Return the derivatives of an output by the arguments, if asked, and by what is captured."""
        args, kwargs = with_samples(rebuilt(self.arguments, iter(xs)), self.opened, samples)
        root = list(numbers_of(self._f(*args, **kwargs), self.name))[index]
        variables = [*xs, *self.captured] if by_arguments else self.captured
        if type(root) is not Value:
            return [0.0] * len(variables)
        cotangents = pull_back_values(root, [x for x in variables if type(x) is Value])
        return [cotangents.get(x, 0.0) for x in variables]


def _compiled(
    program: Program, options: Options, example: tuple[Any, Any]
) -> tuple[str, python.Run, Callable[..., Any] | None]:
    """Return the back end and what it makes of a program: LLVM if it is there, else Python."""
    if options.backend != "python":
        try:
            made = machine.compiled(program, strict=options.strict, example=example)
            if made is not None:
                return "llvm", *made
        except ImportError as error:
            without(error, options.backend)
    return "python", python.compiled(program), None
