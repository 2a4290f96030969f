"""What `save_c` writes: the programs of a compiled function as C.

Gives `exported`. The programs for arguments of one structure are one function of C; a pass over samples is a
loop there as well. Relies on `c`, `compiled` and `trees`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from autograd_lite.compiler.c import FAILED, File
from autograd_lite.compiler.compiled import Compiled
from autograd_lite.compiler.terms import literal
from autograd_lite.trees import places_of

if TYPE_CHECKING:
    from autograd_lite.compiler.staged import Stage, Staged


def exported(name: str, programs: Iterable[Sequence[Compiled]]) -> File:
    """Return the file of C of a function.

    name      that of the function in C; for arguments of a second structure it is name_2
    programs  for each structure of the arguments the programs, which are tried in turn
    """
    alike: dict[Any, list[Compiled]] = {}
    for index, group in enumerate(programs):
        for compiled in group:
            alike.setdefault((index, repr(compiled.result)), []).append(compiled)
    if not alike:
        raise RuntimeError(f"source: {name} has not been called yet, and nothing is recorded; call it first")
    file = File(name, strict=any(compiled.options.strict for group in alike.values() for compiled in group))
    for index, found in enumerate(alike.values()):
        names = [_program(file, compiled) for compiled in found]
        file.export(f"{name}_{index + 1}" if index else name, names, _described(found[0]))
    return file


def _described(compiled: Compiled) -> str:
    """Return what the numbers of the arguments and of the result are in C."""
    args, kwargs = compiled.arguments
    trees = [(f"argument {i}", tree) for i, tree in enumerate(args)] + list(kwargs.items())
    lines = ["Returns 0, or what is not 0 and no result for numbers at which another branch is taken."]
    for array, parts in (("x", trees), ("z", [("result", compiled.result)])):
        places = [place for where, tree in parts for place in places_of(tree, where)]
        ends = [*places[:1], *(["..."] if len(places) > 2 else []), *places[1:][-1:]]
        lines.append(f"{array}[{len(places)}]: {', '.join(ends)}")
    return "\n   ".join(lines).replace("*/", "* /")


def _program(file: File, compiled: Compiled) -> str:
    """Add a program to the file, and return the name of its function."""
    if compiled.staged is not None:
        return _over_samples(file, compiled.staged, compiled.given)
    return file.program(compiled.program, [x._data for x in compiled.captured])


def _over_samples(file: File, staged: Staged, inputs: int) -> str:
    """Add a function with a loop for each pass over samples, and return its name."""
    captured = [x._data for x in staged.captured]
    sums = [0.0] * sum(len(one.sample.outputs) for one in staged.passes)
    rest = _braced(map(literal, [*captured, *sums, *staged.fixed]))  # what is known beside the inputs
    lines, done = [f"    double rest[] = {rest};"], len(captured)
    for before, sample, _, columns in staged.passes:
        own, shared, found = len(columns), len(before.program.outputs), len(sample.outputs)
        table = ", ".join(_braced(map(str, column)) for column in columns.tolist())
        number = "columns[i][k]"
        if columns.max() >= inputs:
            number = f"{number} < {inputs} ? x[{number}] : rest[{number} - {inputs}]"
        else:
            number = f"x[{number}]"
        lines.append(f"""    {{
        static const int columns[{own}][{len(columns[0])}] = {{{table}}};
        const double given[] = {_read(before, inputs)};
        double one[{own + shared}], found[{max(found, 1)}];
        if ({file.program(before.program)}(given, one + {own}) != 0)
            return {FAILED};
        for (int k = 0; k < {len(columns[0])}; k++) {{
            for (int i = 0; i < {own}; i++)
                one[i] = {number};
            if ({file.program(sample)}(one, found) != 0)
                return {FAILED};
            for (int i = 0; i < {found}; i++)
                rest[{done} + i] += found[i];
        }}
    }}""")
        done += found
    last = file.program(staged.last.program)
    lines += [f"    const double given[] = {_read(staged.last, inputs)};", f"    return {last}(given, z);"]
    name = f"{last}_over_samples"
    file.function(f"int {name}(const double *x, double *z)", lines)
    return name


def _read(stage: Stage, inputs: int) -> str:
    """Return the numbers that a stage reads; one at least, for C has no empty arrays."""
    read = [f"x[{i}]" if i < inputs else f"rest[{i - inputs}]" for i in stage.read.tolist()]
    return _braced(read or ["0.0"])


def _braced(items: Iterable[str]) -> str:
    return f"{{{', '.join(items)}}}"
