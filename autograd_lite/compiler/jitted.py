"""A function compiled for the arguments that it is called with.

Gives `Jitted`. A call tries the programs that were recorded for arguments of its structure until the guards
of one hold; if none does, the function is recorded for these arguments as well. Relies on `compiled` and
`trees`.
"""

from __future__ import annotations

import functools
import sys
import warnings
import weakref
from collections.abc import Callable, Sequence
from threading import RLock
from typing import Any

from autograd_lite import context
from autograd_lite.compiler import callbacks, python
from autograd_lite.compiler.compiled import Compiled
from autograd_lite.compiler.export import Group, Recorded
from autograd_lite.compiler.opened import Opened, opened
from autograd_lite.compiler.precision import narrowed, narrowed_arguments
from autograd_lite.compiler.program import Options
from autograd_lite.compiler.wholes import Unrolled
from autograd_lite.engine import Value
from autograd_lite.trees import structure_of


class Jitted(Recorded):
    """A function that is compiled when it is called; made by `jit`.

    name      the name of the function
    programs  what has been recorded so far; for each structure of the arguments the last used first
    """

    def __init__(self, f: Callable[..., Any], options: Options) -> None:
        functools.update_wrapper(self, f, updated=())
        self.name = getattr(f, "__name__", type(f).__name__)
        self._f = f
        self._options = options
        self._programs: dict[Any, tuple[Compiled, ...]] = {}
        self._opened: list[Opened] = [()]  # which arguments the programs take as samples
        self._recording = RLock()
        self._fast: Callable[..., Any] | None = None  # of the program that was used last
        self._owner: Any = None  # the object that a method belongs to
        self._bound: dict[int, tuple[weakref.ref[Any], Jitted]] = {}

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._fast is not None and not context.watched and not kwargs:
            result = self._fast(*args)
            callbacks.check()
            if result is not NotImplemented:
                return result
        if context.listener() is not None:
            return self._f(*args, **kwargs)  # recorded with the function around it
        single = self._options.single
        if single:
            args, kwargs = narrowed_arguments(self.name, args, kwargs)
        given, found = self._find(args, kwargs)
        if found is None:
            result = self._f(*args, **kwargs)
        else:
            compiled, numbers, results = found
            self._fast = None if single else compiled.fast
            result = compiled.returned(results, given.numbers, numbers, given.unseen)
        return narrowed(result, self.name) if single else result

    def numbers(self, *args: Any) -> Sequence[float] | None:
        """Return the plain numbers of the result, or None if the limit is reached."""
        found = self._find(args, {})[1]
        return None if found is None else found[2]

    def __get__(self, instance: Any, owner: Any = None) -> Jitted:
        """Return the method of an object, whose programs live as long as the object."""
        if instance is None:
            return self
        key = id(instance)
        if key not in self._bound:
            # A weak reference, or the programs would keep alive what keeps them alive.
            try:
                owner = weakref.ref(instance, lambda _: self._bound.pop(key, None))
            except TypeError:
                raise TypeError(
                    f"jit: {self.name} is a method of {type(instance).__name__}, whose __slots__ lack "
                    '"__weakref__", by which programs live as long as an object: add it, or write '
                    "jit(object.method) and no decorator"
                ) from None

            @functools.wraps(self._f)
            def method(*args: Any, **kwargs: Any) -> Any:
                return self._f(owner(), *args, **kwargs)

            self._bound[key] = owner, Jitted(method, self._options)
        bound = object.__new__(Jitted)  # which shares the programs, and keeps the object
        vars(bound).update(vars(self._bound[key][1]), _owner=instance)
        return bound

    def __reduce__(self) -> Any:
        """Pickle by name, as functions are, if it is the one of that name; else by the function in it."""
        name = getattr(self, "__qualname__", "")
        module = sys.modules.get(getattr(self, "__module__", ""))
        if name and getattr(module, name, None) is self:
            return name
        return Jitted, (self._f, self._options)

    def programs_of(self, structure: Any) -> tuple[Compiled, ...]:
        """Return the programs for arguments of one structure."""
        return self._programs.get(structure, ())

    def _groups(self) -> list[Group]:
        return [(programs, None) for programs in self._programs.values()]

    def _find(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[_Given, tuple[Compiled, list[float], Sequence[float]] | None]:
        """Return the arguments taken apart, and the program for them, run; or None: then run the function."""
        given, found = self._tried(args, kwargs)
        if found is None:
            with self._recording:  # one thread records, others find what it has
                given, found = self._tried(args, kwargs)
                programs = self.programs_of(given.structure)
                if found is None and len(programs) < self._options.limit:
                    compiled = Compiled(self._f, self.name, args, kwargs, self._options)
                    if compiled.opened not in self._opened:
                        self._opened.insert(0, compiled.opened)
                    given = _Given(self.name, args, kwargs, compiled.opened)
                    numbers = compiled.numbers(given.numbers)
                    found = compiled, numbers, compiled.first(numbers, given.samples)
                    self._programs[given.structure] = (compiled, *self._programs.get(given.structure, ()))
                elif found is None:
                    self._warn(programs[0], given.numbers)
        return given, found

    def _tried(
        self, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[_Given, tuple[Compiled, list[float], Sequence[float]] | None]:
        """Return the arguments taken apart, and the program whose guards hold, with what it gives.

        If there is none, the arguments are taken apart as for those that were tried.
        """
        tried: _Given | None = None
        for places in self._opened:
            try:
                given = _Given(self.name, args, kwargs, places)
            except Unrolled:
                continue
            found = self._run(given)
            if found is not None:
                return given, found
            if tried is None or (given.structure in self._programs and tried.structure not in self._programs):
                tried = given
        assert tried is not None  # nothing opened is always possible
        return tried, None

    def _run(self, given: _Given) -> tuple[Compiled, list[float], Sequence[float]] | None:
        programs = self.programs_of(given.structure)
        for index, compiled in enumerate(programs):
            numbers = compiled.numbers(given.numbers)
            results = compiled.run(numbers, *([given.samples] if given.samples else []))
            if results is not None:
                if index:
                    self._programs[given.structure] = (compiled, *programs[:index], *programs[index + 1 :])
                return compiled, numbers, results
        return None

    def _warn(self, compiled: Compiled, given: Sequence[Value | float]) -> None:
        guard = python.failing(compiled.program, compiled.numbers(given))
        if guard is not None:
            warnings.warn(
                f"jit: {self.name} has been recorded {self._options.limit} times, for it decides by its "
                f"numbers at {guard.place}; calls that would decide otherwise run uncompiled. Use "
                "max or clip there, or a greater limit",
                RuntimeWarning,
                stacklevel=4,
            )


class _Given:
    """The arguments of a call, taken apart.

    numbers    the floats and Values in them
    unseen     those that are samples, in the places that were opened
    structure  what else there is
    """

    def __init__(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any], places: Opened) -> None:
        self.unseen, (args, kwargs) = opened((args, kwargs), places)
        self.numbers: list[Any] = []
        self.structure: Any = structure_of_arguments(name, args, kwargs, self.numbers)
        if self.unseen:
            counts = [one.count(one.axis, "") for one in self.unseen]
            shapes = [one.structure for one in self.unseen]
            self.structure = self.structure, tuple(shapes), tuple(map(counts.index, counts))

    @property
    def samples(self) -> list[Any]:
        """For each argument that is samples an array with a row for each number of a sample."""
        return [one.numbers for one in self.unseen]


def structure_of_arguments(
    name: str, args: Sequence[Any], kwargs: dict[str, Any], given: list[Any]
) -> tuple[Any, ...]:
    """Append the floats and Values in the arguments to `given`, and return the rest of them."""
    return tuple(
        [structure_of(tree, f"{name}: argument {i}", given) for i, tree in enumerate(args)]
        + [(key, structure_of(tree, f"{name}: {key}", given)) for key, tree in kwargs.items()]
    )
