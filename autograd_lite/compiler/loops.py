"""Passes over samples as loops of C.

Gives `loops`, which adds a program with totals over samples to a file of C. Relies on `c` and `staged`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from autograd_lite.compiler.c import FAILED, File
from autograd_lite.compiler.terms import literal
from autograd_lite.compiler.wholes import Given

if TYPE_CHECKING:  # it needs NumPy, and compiled functions without samples do not
    from autograd_lite.compiler.staged import Pass, Staged, Way
    from autograd_lite.compiler.stages import Stage

OPEN = "long count, const double *const *columns, "  # parameters where there may be any number of samples

# What a total is before the first sample, and the statement that adds the result f of one.
_TOTALS = {
    "fsum": ("0.0", "{t} += {f};"),
    "mean": ("0.0", "{t} += {f};"),
    "prod": ("1.0", "{t} *= {f};"),
    "amax": ("-INFINITY", "{t} = {f} > {t} || {f} != {f} ? {f} : {t};"),
    "amin": ("INFINITY", "{t} = {f} < {t} || {f} != {f} ? {f} : {t};"),
}


def loops(file: File, staged: Staged, inputs: int, rows: Sequence[int]) -> str:
    """Add a function with a loop for each pass over samples, and return its name.

    Its parameters are those of a program, and `OPEN` before them if the samples are an argument of their own.

    inputs  how many numbers the arguments have beside these samples
    rows    for each argument that is samples, how many numbers of one come before its own

    Raises ValueError for totals over samples that need all their results at once.
    """
    captured = [x._data for x in staged.captured]
    totals = [_TOTALS[kind][0] if kind in _TOTALS else _refuse(kind) for kind in staged.kinds]
    rest = [*map(literal, captured), *totals, *map(literal, staged.fixed)]  # what is known beside the inputs
    lines = [f"    double rest[] = {_braced(rest)};"]
    for one in staged.passes:
        lines += _pass(file, staged, one, inputs, rows)
    last = file.program(staged.last.program)
    lines += [f"    const double given[] = {_read(staged.last, inputs)};", f"    return {last}(given, z);"]
    name = f"{last}_over_samples"
    file.function(f"int {name}({OPEN if rows else ''}const double *x, double *z)", lines)
    return name


def _refuse(kind: str) -> str:
    raise ValueError(f"source: {kind} over samples has no loop in C; take it of a list, or leave it out")


def _pass(file: File, staged: Staged, one: Pass, inputs: int, rows: Sequence[int]) -> list[str]:
    """Return the statements of a pass."""
    start = len(staged.captured)  # where totals are in what is known beside the inputs
    columns = staged.columns[one.batch]
    counted = next((len(x) for x in columns if type(x) is not Given and type(x) is not int), None)
    shared, found = len(one.before.program.outputs), len(one.totals)
    size = max(1, *[way.program.inputs for way in one.ways])
    lines = [
        "    {",
        f"        const double given[] = {_read(one.before, inputs)};",
        f"        double shared[{max(shared, 1)}], one[{size}], found[{found}];",
        f"        if ({file.program(one.before.program)}(given, shared) != 0)",
        f"            return {FAILED};",
    ]
    tables: list[str] = []
    body = [
        f"            int status = {FAILED};",
        *[line for way in one.ways for line in _way(file, way, columns, inputs, rows, tables)],
        "            if (status != 0)",
        f"                return {FAILED};",
    ]
    for row, total in enumerate(one.totals):
        statement = _TOTALS[staged.kinds[total]][1]
        body.append("            " + statement.format(t=f"rest[{start + total}]", f=f"found[{row}]"))
    lines += [*tables, f"        for (long k = 0; k < {counted or 'count'}; k++) {{", *body, "        }"]
    lines += [
        f"        rest[{start + total}] /= (double){counted or 'count'};"
        for total in one.totals
        if staged.kinds[total] == "mean"
    ]
    return [*lines, "    }"]


def _way(
    file: File, way: Way, columns: Sequence[Any], inputs: int, rows: Sequence[int], tables: list[str]
) -> list[str]:
    """Return the statements that run the program of one sample, unless another did before."""
    lines = []
    for index, column in enumerate(way.columns):
        place = columns[column]
        if type(place) is Given:
            number = f"columns[{rows[place.place] + place.row}][k]"
        elif type(place) is int:
            _refuse("the gradient of a product or of an extreme")
        else:
            table = f"at_{len(tables)}"
            tables.append(f"        static const int {table}[] = {_braced(map(str, place.tolist()))};")
            number = f"x[{table}[k]]" if place.max() < inputs else f"rest[{table}[k] - {inputs}]"
            if place.min() < inputs <= place.max():
                number = f"({table}[k] < {inputs} ? x[{table}[k]] : {number})"
        lines.append(f"                one[{index}] = {number};")
    own = len(way.columns)
    lines += [f"                one[{own + i}] = shared[{x}];" for i, x in enumerate(way.shared)]
    run = f"                status = {file.program(way.program)}(one, found);"
    return ["            if (status != 0) {", *lines, run, "            }"]


def _read(stage: Stage, inputs: int) -> str:
    """Return the numbers that a stage reads; one at least, for C has no empty arrays."""
    read = [f"x[{i}]" if i < inputs else f"rest[{i - inputs}]" for i in stage.read]
    return _braced(read or ["0.0"])


def _braced(items: Iterable[str]) -> str:
    return f"{{{', '.join(items)}}}"
