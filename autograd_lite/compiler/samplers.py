"""What runs a program for many samples: machine code, NumPy, or Python for one after the other.

Gives `sampler`, which chooses, and `OneByOne`. Relies on `lanes`, `arrays`, `python` and NumPy.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy

from autograd_lite.compiler import missing, python
from autograd_lite.compiler.arrays import Arrays
from autograd_lite.compiler.lanes import Lanes
from autograd_lite.compiler.program import Options, Program
from autograd_lite.compiler.shards import Code


def sampler(
    program: Program,
    places: Sequence[int | None],
    apart: dict[int, int],
    *,
    options: Options,
    summed: bool = False,
    single: Collection[int] = (),
) -> Code:
    """Return what runs a program for samples; the arguments are those of `Lanes`."""
    narrow = options.single and not summed
    if options.backend != "python":
        try:
            return Lanes(
                program, places, apart, strict=options.strict, summed=summed, single=single, narrow=narrow
            )
        except ImportError as error:
            missing.without(error, options.backend)
        except NotImplementedError:  # of a decision that only Python knows
            pass
    if not options.strict:
        try:
            return Arrays(program, places, summed=summed)
        except NotImplementedError:
            pass
    return OneByOne(program, places, summed=summed)


class OneByOne:
    """What runs a program for samples one after the other, as `Lanes` does side by side.

    program  what it runs
    """

    backend = "python"
    apart: Mapping[int, int] = MappingProxyType({})

    def __init__(self, program: Program, places: Sequence[int | None], *, summed: bool = False) -> None:
        self.program = program
        self._places = places
        self._summed = summed
        self._run = python.compiled(program)

    def __reduce__(self) -> Any:
        return functools.partial(OneByOne, summed=self._summed), (self.program, self._places)

    def run(
        self, columns: Sequence[Any], shared: Sequence[float], threads: int = 1, out: Any = None
    ) -> tuple[Any, Any]:
        """Return what `Lanes.run` does."""
        others = iter(shared)
        fixed = [next(others) if place is None else 0.0 for place in self._places]
        rows = numpy.empty((len(self.program.outputs), len(columns[0]))) if out is None else out
        failed = []
        for index, numbers in enumerate(zip(*columns, strict=True)):
            given = [
                x if place is None else float(numbers[place])
                for x, place in zip(fixed, self._places, strict=True)
            ]
            found = self._run(given)
            if found is None:
                failed.append(index)
            else:
                for row, x in zip(rows, found, strict=True):
                    row[index] = x
        held = numpy.ones(len(columns[0]), bool)
        held[failed] = False
        return rows[:, held].sum(axis=1) if self._summed else rows, numpy.array(failed, int)
