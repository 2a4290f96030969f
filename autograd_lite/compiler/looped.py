"""A vmapped function, compiled, where there is no NumPy: its samples run one after the other.

Gives `Looped`. Relies on `jitted` and `batches`.
"""

from __future__ import annotations

import functools
from typing import Any

from autograd_lite.batches import Vmapped
from autograd_lite.compiler.export import Group, Recorded
from autograd_lite.compiler.jitted import Jitted
from autograd_lite.compiler.program import Options


class Looped(Recorded):
    """A function of many samples whose function of one is compiled; made by `jit(vmap(f))` without NumPy.

    name      the name of the function
    programs  what has been recorded so far, each of one sample; that is also what is exported to C
    """

    def __init__(self, f: Vmapped, options: Options) -> None:
        functools.update_wrapper(self, f, updated=())
        self._f, self._options = f, options
        self._one = Jitted(f.f, options)
        self._all = f.of(self._one)
        self.name = self._one.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._all(*args, **kwargs)

    def __reduce__(self) -> Any:
        return Looped, (self._f, self._options)

    def _groups(self) -> list[Group]:
        return self._one._groups()
