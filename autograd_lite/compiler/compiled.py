"""One recording of a function, compiled, with all that a call needs.

Gives `Compiled`, and `Options`, how to compile. Its results are Values where that matters, whose derivative
is compiled code as well: that of the function that computes the gradient. Relies on `program`, the back ends,
`trees` and `orders`.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib.util
import logging
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd_lite import context
from autograd_lite.compiler import llvm, python
from autograd_lite.compiler.program import Program, Recorder
from autograd_lite.compiler.totals import Summing, Unrolled
from autograd_lite.engine import Value, births, number, plain
from autograd_lite.orders import pull_back_values
from autograd_lite.primitives import Primitive
from autograd_lite.recording import Operands, computed, function
from autograd_lite.trees import numbers_of, places_of, rebuilt

if TYPE_CHECKING:
    from autograd_lite.compiler.staged import Staged


class Options(NamedTuple):
    """How to compile: see `jit`."""

    limit: int = 32
    backend: str | None = None
    strict: bool = False
    threads: int = 1
    sums: bool = True  # whether the samples of vmapped functions may be summed without recording each
    unrolls: bool = True  # whether they may be recorded one by one, where they cannot be summed so


class Compiled:
    """One recorded program of a function, ready to run.

    program   what was recorded; of what has passes over samples the part after them
    staged    what runs these passes, or None
    given     how many numbers the arguments have
    arguments the arguments, for their structure
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
        self.arguments = rebuilt((args, kwargs), iter([0.0] * len(list(numbers_of((args, kwargs), name)))))
        self._rows: dict[tuple[int, bool], Primitive] = {}
        self.seconds, self._bytes = 0.0, 0
        with self.measured():
            self._start(args, kwargs)

    def _start(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Record the function, in the fastest way that there is."""
        options = self.options
        sums = options.sums and options.backend != "python" and _has_lanes()
        try:
            if not (sums or options.unrolls):
                raise Unrolled(f"it takes llvmlite: {_INSTALL}")
            self._record(args, kwargs, sums=sums)
        except Unrolled:
            if not options.unrolls:
                raise
            self._record(args, kwargs, sums=False)

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        """Count what is recorded and compiled in the block as of this program."""
        start = time.perf_counter()
        with llvm.sizes() as sizes:
            yield
        self.seconds += time.perf_counter() - start
        self._bytes += sum(sizes)

    @property
    def bytes(self) -> int:
        """The size of its object file, or of its source text if it runs as Python; 0 before it has run."""
        return len(self.source("python").encode()) if self.backend == "python" else self._bytes

    def _record(self, args: tuple[Any, ...], kwargs: dict[str, Any], *, sums: bool) -> None:
        """Run the function with leaves of its own in place of the numbers of the arguments.

        sums  whether the samples of vmapped functions may stay together; raises Unrolled if they cannot
        """
        where = f"jit: the result of {self.name}"
        given = list(numbers_of((args, kwargs), self.name))
        self.given = len(given)
        live = Value in map(type, given)
        with births() as born:
            inputs = [Value(x._data if type(x) is Value else x) for x in given]
            recorder = Summing(inputs) if sums and not live else Recorder()
            with context.listening(recorder):
                positional, named = rebuilt((args, kwargs), iter(inputs))
                output = self._f(*positional, **named)
                outputs = [x if type(x) is Value else number(x, where) for x in numbers_of(output, where)]
            constants = set(born).difference(inputs)
            born.clear()  # no block outside needs to hold them
        self.nodes = len(recorder.made)
        self.result = rebuilt(output, iter([0.0] * len(outputs)))
        self.staged: Staged | None = None
        if isinstance(recorder, Summing) and recorder.batches:
            self._stage(recorder, inputs, constants, outputs, args)
        else:
            self.program, self.captured = recorder.program(inputs, constants, outputs)
        del recorder, given, positional, named, output, outputs, constants
        self._check_escapes(inputs)

    def _stage(
        self,
        recorder: Summing,
        inputs: list[Value],
        constants: set[Value],
        outputs: list[Any],
        args: tuple[Any, ...],
    ) -> None:
        """Compile a recording with sums over samples."""
        from autograd_lite.compiler.staged import Staged  # which needs NumPy

        options = self.options
        staged = Staged(recorder, inputs, constants, outputs, strict=options.strict, threads=options.threads)
        if staged([x._data for x in (*inputs, *staged.captured)]) is None:
            raise Unrolled  # the samples decide differently
        self.nodes += sum(len(batch.recorder.made) for batch in recorder.batches)
        self.program, self.captured = staged.program, staged.captured
        self.run, self.staged, self.backend = staged, staged, "llvm"
        self.fast = None if self.captured else staged.call(args, self.result)

    def _check_escapes(self, inputs: list[Value]) -> None:
        """Raise RuntimeError if something still refers to a leaf of the recording: its number gets stale."""
        if _held(inputs):
            gc.collect()
            for index in _held(inputs):
                args, kwargs = self.arguments
                places = [place for i, tree in enumerate(args) for place in places_of(tree, f"argument {i}")]
                places += [place for key, tree in kwargs.items() for place in places_of(tree, key)]
                raise RuntimeError(
                    f"jit: {self.name} kept a Value that depends on {places[index]} outside itself, in a "
                    "list, an attribute or a cache, where it would have the number of one call; return it "
                    "instead"
                )

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

    def first(self, numbers: Sequence[float]) -> Sequence[float]:
        """Return the results for the numbers it was recorded with."""
        results = self.run(numbers)
        if results is None:
            # A last bit that another back end rounds otherwise decided: then the bits must be those of eager.
            self.backend, self.run, self.fast = "python", python.compiled(self.program), None
            results = self.run(numbers)
            if results is None:
                raise RuntimeError(f"jit: {self.name} decided otherwise when it was replayed")
        return results

    def returned(self, results: Sequence[float], given: Sequence[Value | float], numbers: list[float]) -> Any:
        """Return results in the structure of the function's; as Values where they depend on a Value."""
        scalars: Sequence[Any] = results
        inputs = (*given, *self.captured)
        if Value in map(type, inputs):
            live = sum(1 << index for index, x in enumerate(inputs) if type(x) is Value)
            operands = Operands(inputs)
            by_arguments = Value in map(type, given)
            scalars = [
                computed(self._row(index, by_arguments), operands, numbers, result) if mask & live else result
                for index, (result, mask) in enumerate(zip(results, self._masks, strict=True))
            ]
        return rebuilt(self.result, iter(scalars))

    def source(self, language: str) -> str:
        """Return the program as source text, "python" or "llvm"."""
        if language == "llvm":
            return llvm.source(self.program, strict=self.options.strict)
        if language == "python":
            return python.source(self.program)
        raise ValueError(f'source: expected "python", "llvm" or "c", got {language!r}')

    @functools.cached_property
    def _masks(self) -> list[int]:
        if self.staged:  # what a sum over samples depends on is not in the last program
            return [-1] * len(self.program.outputs)
        return self.program.inputs_of_outputs()

    def _row(self, index: int, by_arguments: bool) -> Primitive:
        """Return a row that stands for one of the outputs, with the compiled gradient as its partial.

        by_arguments  whether that by the arguments is wanted too, beside that by what is captured; then the
                      samples of vmapped functions are recorded one by one, for each has a gradient of its own
        """
        if (index, by_arguments) in self._rows:
            return self._rows[index, by_arguments]
        from autograd_lite.compiler.jitted import Jitted  # which makes these

        options = self.options._replace(sums=self.options.sums and not by_arguments)
        gradient = Jitted(functools.partial(self._gradient, index, by_arguments), options)
        count = self.given
        zeros = [] if by_arguments else [0.0] * count

        def value(xs: Sequence[float]) -> float:
            results = self.run(xs)
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
                return zeros + gradient(list(xs[:count]))
            found = gradient.numbers(list(xs[:count]))
            return zeros + ([plain(x) for x in gradient(list(xs[:count]))] if found is None else [*found])

        self._rows[index, by_arguments] = row = Primitive(
            f"{self.name}(xs)", value, partials, doc=f"{self.name}, compiled"
        )
        function(row)
        return row

    def _gradient(self, index: int, by_arguments: bool, xs: list[Any]) -> list[Any]:
        """Return the derivatives of an output by the arguments, if asked, and by what is captured."""
        args, kwargs = rebuilt(self.arguments, iter(xs))
        root = list(numbers_of(self._f(*args, **kwargs), self.name))[index]
        variables = [*xs, *self.captured] if by_arguments else self.captured
        if type(root) is not Value:
            return [0.0] * len(variables)
        cotangents = pull_back_values(root, [x for x in variables if type(x) is Value])
        return [cotangents.get(x, 0.0) for x in variables]


_INSTALL = "pip install 'autograd-lite[jit]'"


def _compiled(
    program: Program, options: Options, example: tuple[Any, Any]
) -> tuple[str, python.Run, Callable[..., Any] | None]:
    """Return the back end and what it makes of a program: LLVM if it is there, else Python."""
    if options.backend != "python":
        try:
            made = llvm.compiled(program, strict=options.strict, example=example)
            if made is not None:
                return "llvm", *made
        except ImportError as error:
            if options.backend == "llvm":
                raise ImportError(f'jit: the backend "llvm" needs the extra: {_INSTALL}') from error
            _log_missing()
    return "python", python.compiled(program), None


@functools.cache
def _has_lanes() -> bool:
    """Whether what runs samples side by side is there."""
    return all(map(importlib.util.find_spec, ("numpy", "llvmlite")))


@functools.cache
def _log_missing() -> None:
    logging.getLogger("autograd_lite").warning(
        "jit: without llvmlite compiled functions run as Python: %s", _INSTALL
    )


def _held(leaves: list[Value]) -> list[int]:
    """Return the places in the list of the leaves that something beside the list refers to."""
    return [index for index in range(len(leaves)) if sys.getrefcount(leaves[index]) > 2]
