"""A vmapped function, compiled without NumPy: the program of one sample runs for one after the other.

Gives `Looped`, which stands in for `batched` where that cannot be imported. Relies on `jitted` and `batches`.
"""

from __future__ import annotations

import functools
from concurrent.futures import Executor
from typing import Any

from autograd_lite.batches import Vmapped
from autograd_lite.compiler.export import Group, Recorded
from autograd_lite.compiler.jitted import Jitted
from autograd_lite.compiler.missing import INSTALL
from autograd_lite.compiler.program import Options
from autograd_lite.compiler.shards import SHARDS, Split


class Looped(Recorded):
    """A function of many samples that is compiled when it is called; made by `jit(vmap(f))`.

    name      the name of the function
    programs  what has been recorded so far, each of one sample
    """

    def __init__(self, f: Vmapped, options: Options) -> None:
        functools.update_wrapper(self, f, updated=())
        self._given = f, options
        self._one = Jitted(f.f, options)
        self._all = f.of(self._one)
        self.name = self._one.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._all(*args, **kwargs)

    def __reduce__(self) -> Any:
        return Looped, self._given

    def _groups(self) -> list[Group]:
        return self._one._groups()

    def into(self, out: Any) -> Any:
        """Refuse: there are no arrays."""
        raise ImportError(f"into: arrays need NumPy: {INSTALL}")

    def split(self, executor: Executor, shards: int = SHARDS) -> Split:
        """Return the function as it is for any pool: without NumPy all samples are computed here."""
        return Split(self, executor, shards)
