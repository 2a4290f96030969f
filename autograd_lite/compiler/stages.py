"""A program between passes over samples: it reads some of the numbers known so far, and gives others.

Gives `Stage`, and `taking`, which says how numbers are taken out of an array. Relies on `machine`, `python`,
`lanes` and NumPy.
"""

from __future__ import annotations

from typing import Any

import numpy

from autograd_lite.compiler import machine, missing, python
from autograd_lite.compiler.lanes import address
from autograd_lite.compiler.program import Options, Program


def taking(places: list[int]) -> Any:
    """Return what takes these places out of an array: a slice if they follow each other, which is faster."""
    if places and places == [*range(places[0], places[-1] + 1)]:
        return slice(places[0], places[-1] + 1)
    return numpy.array(places, int)


class Stage:
    """A program, compiled, that reads some of the numbers known so far: the inputs, and then the totals.

    program    what is compiled
    read       which of these numbers it reads
    passes_on  whether its outputs are these numbers
    entry      the machine code, if it has one
    """

    def __init__(self, program: Program, options: Options) -> None:
        self.program, read = program.compacted()
        self.read = read
        self._taken = taking(read)
        # As most do that give what is shared, it may pass numbers on.
        bare = not self.program.instructions and not self.program.guards
        self.passes_on = bare and self.program.outputs == [*range(len(read))]
        self.entry: machine.Entry | None = None
        if not self.passes_on:
            if options.backend != "python":
                try:
                    self.entry = machine.entry(self.program, strict=options.strict)
                except ImportError as error:
                    missing.without(error, options.backend)
            self._run = None if self.entry else python.compiled(self.program)

    def run(self, known: Any) -> Any:
        """Return its outputs as an array, or None if a guard fails."""
        given = known[self._taken]
        if self.passes_on:
            return given
        if self._run is not None:
            found = self._run(given.tolist())
            return None if found is None else numpy.array(found)
        assert self.entry is not None
        results = numpy.empty(len(self.program.outputs))
        return results if self.entry(address(given), address(results)) else None
