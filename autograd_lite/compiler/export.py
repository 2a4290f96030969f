"""What a compiled function has recorded: its programs, their source text, and C that runs without Python.

Gives `Recorded`, what `jit` makes of functions and of vmapped functions alike, with all that can be done with
them beside calls, and `exported`, the file of C. The programs for arguments of one structure are one function
of C; a pass over samples is a loop there as well. Relies on `c`, `compiled`, `shards` and `trees`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from pathlib import Path
from typing import Any

from autograd_lite.compiler.c import FAILED, File
from autograd_lite.compiler.compiled import Compiled
from autograd_lite.compiler.loops import OPEN, loops
from autograd_lite.compiler.missing import INSTALL
from autograd_lite.compiler.opened import names_of
from autograd_lite.compiler.program import Options
from autograd_lite.compiler.shards import SHARDS, Split
from autograd_lite.trees import places_of

Places = Sequence[int | None]  # for each number of a sample its column, or None if all samples share it
Group = tuple[Sequence[Compiled], Places | None]  # the programs for one structure of the arguments


class Recorded:
    """A function with what it has recorded.

    name  the name of the function
    """

    name: str
    _options: Options

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError

    def into(self, out: Any) -> Callable[..., Any]:
        """Return the function with its results written to arrays, which it returns: see `jit`.

        A call raises ValueError for arrays that are structured or shaped otherwise or cannot be written, and
        TypeError for what is no array of the dtype, and for results that are Values.
        """
        return functools.partial(self._into, out)

    def _into(self, out: Any, /, *args: Any, **kwargs: Any) -> Any:
        try:
            from autograd_lite.compiler.outputs import fill
        except ImportError as error:
            raise ImportError(f"into: arrays need NumPy: {INSTALL}") from error
        fill(out, self(*args, **kwargs), self.name, "float32" if self._options.single else "float64")
        return out

    def split(self, executor: Executor, shards: int = SHARDS) -> Split:
        """Return the function with its samples split over the workers of a pool: see `jit`.

        Raises TypeError for what has no `submit`, and ValueError for less than one shard. A call raises what
        the function raises, at once, and PicklingError for a primitive of the user's that cannot be sent. It
        warns of shards that the pool lost again and again, with its error; these are computed here.
        """
        return Split(self, executor, shards)

    @property
    def programs(self) -> list[Compiled]:
        """The programs recorded so far, by structure of the arguments."""
        return [compiled for group, _ in self._groups() for compiled in group]

    def _groups(self) -> list[Group]:
        """Return the programs for each structure of the arguments; for samples with the places of numbers."""
        raise NotImplementedError

    def source(self, language: str = "python") -> str:
        """Return all programs as source text, "python", "llvm" or "c"; of a vmapped function those of one
        sample, and in C the loop too.

        Raises ValueError for another language, and for what cannot be said in C.
        """
        if language == "c":
            return exported(self.name if self.name.isidentifier() else "compiled", self._groups()).source
        if language not in ("python", "llvm"):
            raise ValueError(f'source: expected "python", "llvm" or "c", got {language!r}')
        return "\n".join(compiled.source(language) for compiled in self.programs)

    def save_c(self, path: str | Path) -> None:
        """Write the programs as C99: path + ".c", which needs libm alone, and its header path + ".h".

        The last part of the path is the name of the C function, int name(const double *x, double *z). It
        takes the numbers of the arguments one after the other in x, writes those of the result to z and
        returns 0, or 1 where the guards of all programs fail, or without memory. Of a vmapped function it is
        int name(long count, const double *const *columns, const double *shared, double *const *results): the
        numbers that samples have of their own are in columns, an array of `count` numbers for each, those
        that all share in shared, and each array of results is of `count` numbers too. It returns 1 if for
        some samples all guards fail; their results are NaN. Where arguments are the samples that a function
        sums over, count and columns come first as well, and x has the other numbers. The header says which
        number is which.

        What the function captures, such as the parameters of a model, has the numbers of now. Raises
        RuntimeError before the first call, and ValueError for what has no C: rows of your own without a text,
        and decisions that are not by numbers.
        """
        path = Path(path)
        file = exported(path.name, self._groups())
        path.with_name(f"{path.name}.h").write_text(file.header, encoding="utf-8")
        path.with_name(f"{path.name}.c").write_text(
            f'#include "{path.name}.h"\n\n{file.source}', encoding="utf-8"
        )

    @property
    def stats(self) -> dict[str, float]:
        """How many programs there are, nodes they were recorded from and instructions that are left of
        these; what recording and compiling took, compile_seconds; and bytes, the size of the object files of
        machine code, or of the source text of programs that run as Python."""
        programs = self.programs
        return {
            "programs": len(programs),
            "nodes": sum(compiled.nodes for compiled in programs),
            "instructions": sum(len(part.instructions) for compiled in programs for part in compiled.parts),
            "compile_seconds": sum(compiled.seconds for compiled in programs),
            "bytes": sum(compiled.bytes for compiled in programs),
        }


def exported(name: str, groups: Iterable[Group]) -> File:
    """Return the file of C of a function.

    name    that of the function in C; for arguments of a second structure it is name_2
    groups  for each structure of the arguments the programs, which are tried in turn, and the places of the
            numbers of a sample; None if it is no function of samples
    """
    alike: dict[Any, tuple[list[Compiled], Places | None]] = {}
    for index, (group, places) in enumerate(groups):
        for compiled in group:
            alike.setdefault((index, repr(compiled.result)), ([], places))[0].append(compiled)
    if not alike:
        raise RuntimeError(f"source: {name} has not been called yet, and nothing is recorded; call it first")
    file = File(
        name, strict=any(compiled.options.strict for found, _ in alike.values() for compiled in found)
    )
    for index, (found, places) in enumerate(alike.values()):
        own = f"{name}_{index + 1}" if index else name
        names = [_program(file, compiled) for compiled in found]
        if places is None:
            _export_one(file, own, names, found[0])
        else:
            _export_many(file, own, names, found[0], places)
    return file


def _export_one(file: File, name: str, programs: Sequence[str], compiled: Compiled) -> None:
    """Add a function that tries programs until the guards of one hold."""
    given, results = _places(compiled)
    comment = (
        "Returns 0, or what is not 0 and no result for numbers at which another branch is taken.\n"
        f"   x{_listed(given)}\n   z{_listed(results)}"
    )
    more, passed = "", ""
    if compiled.opened:
        args, kwargs = compiled.arguments
        names = names_of(args, kwargs, compiled.opened)
        sizes = zip(names, compiled.sizes, strict=True)
        columns = [f"{place}, number {row}" for place, (rows, _) in sizes for row in range(rows)]
        comment += f"\n   columns{_listed(columns)} of a sample; each of `count` numbers"
        more, passed = OPEN, "count, columns, "
    tries = [f"    if ({program}({passed}x, z) == 0)\n        return 0;" for program in programs]
    signature = f"int {name}({more}const double *x, double *z)"
    file.export(signature, [*tries, f"    return {FAILED};"], comment.replace("*/", "* /"))


def _export_many(file: File, name: str, programs: Sequence[str], compiled: Compiled, places: Places) -> None:
    """Add a function that does so for each of several samples."""
    given, results = _places(compiled)
    others = iter(range(len(places)))
    read = [f"shared[{next(others)}]" if k is None else f"columns[{k}][k]" for k in places]
    columns = [given[places.index(k)] for k in range(len(places)) if k in places]
    shared = [place for place, k in zip(given, places, strict=True) if k is None]
    comment = (
        "For `count` samples. Returns 0, or what is not 0 if there are numbers at which another branch is\n"
        "   taken; the results of those samples are NaN.\n"
        f"   columns{_listed(columns)}; each of `count` numbers\n   shared{_listed(shared)}\n"
        f"   results{_listed(results)}; each of `count` numbers"
    )
    lines = [f"    double x[{max(len(read), 1)}], z[{max(len(results), 1)}];", "    int status = 0;"]
    lines += ["    for (long k = 0; k < count; k++) {"]
    lines += [f"        x[{i}] = {number};" for i, number in enumerate(read)]
    lines += [f"        if ({' && '.join(f'{program}(x, z) != 0' for program in programs)}) {{"]
    lines += [f"            for (int i = 0; i < {len(results)}; i++)", "                z[i] = NAN;"]
    lines += [f"            status = {FAILED};", "        }"]
    lines += [f"        results[{i}][k] = z[{i}];" for i in range(len(results))]
    arrays = "const double *const *columns, const double *shared, double *const *results"
    signature = f"int {name}(long count, {arrays})"
    file.export(signature, [*lines, "    }", "    return status;"], comment.replace("*/", "* /"))


def _places(compiled: Compiled) -> tuple[list[str], list[str]]:
    """Return where each number of the arguments and of the result is in these."""
    args, kwargs = compiled.arguments
    trees = [(f"argument {i}", tree) for i, tree in enumerate(args)] + list(kwargs.items())
    given = [place for where, tree in trees for place in places_of(tree, where)]
    return given, [*places_of(compiled.result, "result")]


def _listed(places: Sequence[str]) -> str:
    """Return how many numbers an array has, and the places of the first and the last one."""
    ends = [*places[:1], *(["..."] if len(places) > 2 else []), *places[1:][-1:]]
    return f"[{len(places)}]: {', '.join(ends) or 'none'}"


def _rows(compiled: Compiled) -> list[int]:
    """Return for each argument that is samples how many numbers of a sample come before its own."""
    if len({count for _, count in compiled.sizes}) > 1:
        raise ValueError("source: samples of which there are two different numbers have no loop in C")
    return [sum(rows for rows, _ in compiled.sizes[:place]) for place in range(len(compiled.sizes))]


def _program(file: File, compiled: Compiled) -> str:
    """Add a program to the file, and return the name of its function."""
    if compiled.staged is not None:
        return loops(file, compiled.staged, compiled.given, _rows(compiled))
    return file.program(compiled.program, [x._data for x in compiled.captured])
