"""Samples in shards, which the workers of a pool compute: threads, processes or machines.

Gives `run`, by which every pass over samples goes, and `Split`, a compiled function whose passes go to a
pool. What is sent is the program of one sample and the numbers of some, never the function it was recorded
from; a worker compiles a program when it first meets it. Of the pool no more is known than `submit`. Relies
on `program` and `primitives`.
"""

from __future__ import annotations

import functools
import itertools
import logging
import os
import pickle
import threading
import warnings
import weakref
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, Future
from contextvars import ContextVar
from typing import Any, Protocol

from autograd_lite.compiler.program import Program
from autograd_lite.primitives import DECLARED, TABLE, Primitive

SHARDS = 16  # by default, for whatever pool: the last bits of a sum depend on their number
ATTEMPTS = 3  # how often a shard is submitted

# The pool, the shards, and the process that may use it: a worker that is forked in a call inherits this.
_pool: ContextVar[tuple[Executor, int, int] | None] = ContextVar("pool", default=None)


class Code(Protocol):
    """A program, compiled for many samples, that can be pickled; see `Lanes`.

    backend  what runs it, "llvm" or "python"
    apart    which columns need not be contiguous
    """

    program: Program
    backend: str
    apart: Mapping[int, int]

    def run(self, columns: Sequence[Any], shared: Any, threads: int = 1, out: Any = None) -> tuple[Any, Any]:
        """Return the outputs of all samples, a row each, and the indices of those where a guard fails."""


class Split:
    """A compiled function whose passes over samples run in a pool; made by its method `split`."""

    def __init__(self, compiled: Any, executor: Executor, shards: int) -> None:
        if not callable(getattr(executor, "submit", None)):
            raise TypeError(
                f"split: expected a pool with submit, as those of concurrent.futures, got "
                f"{type(executor).__name__}"
            )
        if type(shards) is not int or shards < 1:
            raise ValueError(f"split: expected 1 shard or more, got {shards!r}")
        functools.update_wrapper(self, compiled, updated=())
        self._compiled = compiled
        self._pool = executor, shards

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        before = _pool.set((*self._pool, os.getpid()))
        try:
            return self._compiled(*args, **kwargs)
        finally:
            _pool.reset(before)

    def into(self, out: Any) -> Split:
        """Return the function with its results written to arrays, which it returns: see `jit`."""
        return Split(self._compiled.into(out), *self._pool)


def is_split() -> bool:
    """Whether passes over samples go to a pool."""
    return _pool.get() is not None


def run(code: Code, columns: Sequence[Any], shared: Any, threads: int, out: Any = None) -> tuple[Any, Any]:
    """Return what the code gives for these samples, by the pool of the function that is split, if any is.

    Where samples are cut depends on their number and that of the shards alone, and results are in order.
    """
    import numpy

    pool = _pool.get()
    if pool is None or pool[2] != os.getpid():
        return code.run(columns, shared, threads, out)
    executor, shards, _ = pool
    count = len(columns[0])
    shards = min(shards, count)
    bounds = [count * k // shards for k in range(shards + 1)]
    sent = Sent(code)
    tasks = [
        (sent, [column[start:end] for column in columns], shared, threads)
        for start, end in itertools.pairwise(bounds)
    ]
    found = _computed(executor, tasks)
    failed = [start + failing for start, (_, failing) in zip(bounds[:-1], found, strict=True)]
    parts = [part for part, _ in found]
    if out is not None:
        for start, part in zip(bounds[:-1], parts, strict=True):
            for row, new in zip(out, part, strict=True):
                row[start : start + len(new)] = new
    else:
        # Without a second dimension these are sums already.
        out = numpy.concatenate(parts, axis=1) if parts[0].ndim > 1 else numpy.sum(parts, axis=0)
    return out, numpy.concatenate(failed)


def _computed(executor: Executor, tasks: list[tuple[Any, ...]]) -> list[tuple[Any, Any]]:
    """Return the results of tasks in order; one whose worker is lost is submitted again, then done here."""
    futures = [_submitted(executor, task, 0) for task in tasks]
    results, lost = [], []
    try:
        for task, future in zip(tasks, futures, strict=True):
            outcome, failure = _awaited(executor, task, future)
            if outcome is None:
                lost.append(failure)
                outcome = perform(ATTEMPTS, *task)
            elif failure is not None:
                _log.warning("split: a shard was lost with its worker (%r) and computed again", failure)
            result, error = outcome
            if error is not None:
                raise error
            results.append(result)
    finally:
        for future in futures:
            future.cancel()
    if lost:
        warnings.warn(
            f"split: the pool lost {len(lost)} of {len(tasks)} shards ({lost[0]!r}), which this process has "
            "computed; if the pool is broken or shut down, make another",
            RuntimeWarning,
            stacklevel=2,
        )
    return results


def _awaited(executor: Executor, task: tuple[Any, ...], future: Future[Any]) -> tuple[Any, Exception | None]:
    """Return the outcome of a task, or None, and the last failure of the pool on the way, or None."""
    failure: Exception | None = None
    for attempt in range(ATTEMPTS):
        try:
            return (_submitted(executor, task, attempt) if attempt else future).result(), failure
        except pickle.PicklingError:
            raise
        except Exception as error:  # of the pool, for what the task raises is in its outcome
            failure = error
    return None, failure


_log = logging.getLogger("autograd_lite")


def _submitted(executor: Executor, task: tuple[Any, ...], attempt: int) -> Future[Any]:
    """Return the future of a task, which has failed already if the pool takes none."""
    try:
        return executor.submit(perform, attempt, *task)
    except Exception as error:
        future: Future[Any] = Future()
        future.set_exception(error)
        return future


def perform(
    attempt: int, sent: Sent, columns: Sequence[Any], shared: Any, threads: int
) -> tuple[Any, Exception | None]:
    """Return what a shard gives, in the worker, or the error that a row of the user's raised.

    attempt  how often this has been tried; a pool that knows equal tasks, as Dask does, is to try again
    """
    import numpy

    code = sent.code()  # an error here is not the function's
    try:
        # What comes in a message may lie anywhere in memory.
        columns = [numpy.require(column, float, ["C", "A"]) for column in columns]
        return code.run(columns, shared, threads), None
    except Exception as error:
        return None, error


class Sent:
    """Compiled code on its way to a worker: pickled once, and compiled there once.

    The pickle is opened by the task and not by the pool, whose workers may not survive what it cannot do.
    """

    def __init__(self, code: Code | None, packed: bytes = b"") -> None:
        self._code = code
        self._packed = packed

    def __reduce__(self) -> Any:
        return Sent, (None, _packed(self._code) if self._code else self._packed)

    def code(self) -> Code:
        """Return the code, which in the process it was made in is the very one."""
        if self._code is not None:
            return self._code
        with _opening:
            return _opened(self._packed)


_opening = threading.RLock()
_pickles: weakref.WeakKeyDictionary[Code, bytes] = weakref.WeakKeyDictionary()


@functools.lru_cache(maxsize=128)
def _opened(packed: bytes) -> Code:
    declarations, code = pickle.loads(packed)
    for declare in pickle.loads(declarations):
        declare()
    opened: Code = pickle.loads(code)
    return opened


def _packed(code: Code) -> bytes:
    """Return a pickle of the code, and of the users' rows in it; raises PicklingError for what has none."""
    if code not in _pickles:
        rows: dict[str, Primitive] = {}
        for row in {instruction.row: None for instruction in code.program.instructions}:
            _add(row, rows)
        try:
            import cloudpickle as pickling  # for functions without a name, or of __main__
        except ImportError:
            pickling = pickle
        try:
            declarations = pickling.dumps([row.declare for row in rows.values()])
        except Exception as error:
            raise pickle.PicklingError(
                f"split: {', '.join(rows)} cannot be sent to another process ({error}); write such a row as "
                "texts or with functions that a module defines by def, or pip install cloudpickle"
            ) from error
        _pickles[code] = pickle.dumps((declarations, pickle.dumps(code)))
    return _pickles[code]


def _add(row: Primitive, rows: dict[str, Primitive]) -> None:
    """Add a row, if it is a user's, after those that its texts mention."""
    name = row.name
    if TABLE.get(name) is row or name in rows:
        return
    if DECLARED.get(name) is not row:
        raise pickle.PicklingError(
            f"split: {name} has been declared again since the function was recorded; compile it anew"
        )
    for text in filter(None, (row.value_text, *row.partial_texts)):
        for mentioned in row.code(text, "eval").co_names:
            if mentioned in DECLARED:
                _add(DECLARED[mentioned], rows)
    rows[name] = row
