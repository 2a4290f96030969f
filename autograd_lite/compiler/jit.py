"""`jit`: a function that is recorded once, and from then on replayed as compiled code.

Relies on `jitted`, `batched` and `looped`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd_lite.batches import Vmapped
from autograd_lite.compiler.jitted import Jitted
from autograd_lite.compiler.looped import Looped
from autograd_lite.compiler.missing import without_numpy
from autograd_lite.compiler.precision import is_single
from autograd_lite.compiler.program import Options


def jit(
    f: Callable[..., Any] | None = None,
    *,
    strict: bool = False,
    backend: str | None = None,
    limit: int = 32,
    threads: int = 1,
    dtype: Any = "float64",
) -> Any:
    """Return f as a compiled function: the same numbers, branches and errors, but faster.

    f        a function of numbers, or of lists, tuples, dicts, dataclasses and NumPy arrays of them, nested
             at will, that returns such; also one made by grad, value_and_grad, hessian and the like
    strict   + - * / and sqrt give the bits of eager arithmetic; by default a product and a sum may fuse into
             one operation that rounds once, and a `dot`, a long sum or one over samples may add up in
             another order
    backend  "llvm" for machine code, which needs the extra `jit`; "python" for source with the bits of eager
             throughout, but samples are computed many at a time by NumPy, where that is there, if not
             strict; by default the first that is there
    limit    how many programs are kept for arguments of one structure; calls that need another run f itself
    threads  how many parts of the samples run at the same time, if f is made by `vmap`
    dtype    "float32", by this name or as NumPy's, rounds the numbers of arguments and results to single
             precision, and arrays of them take half the memory; what is in between is computed as ever, and
             Values and exported C are of double precision

    The first call runs f on Values and records what it does; later calls replay that. Where f decides by a
    number (a comparison, `bool`, `int`, `.data`), the decision is checked in each call, and where it would
    be another, f is recorded again. Values that f captures, such as the parameters of a model, are read in
    each call; they are those of the recording, and another that takes the place of one is not noticed. All
    else that f does happens while it is recorded only: it prints once, it draws one random number, and other
    numbers that it captures are constants. Results are floats, or Values where they depend on a Value that f
    captures or is given, and can be differentiated then.

    jit(f).split(pool, shards=16) is the function for a pool of threads, processes or machines: anything with
    the `submit` of `concurrent.futures`, such as Dask's client or MPI's pool. Its workers compute the samples
    of `vmap`, and the sums over them, in so many shards. The pool is given to the call, and not to `jit`,
    because it comes and goes and is no part of what is compiled. What is sent is the program of one sample,
    which a worker compiles once, with the numbers, and never f. The shards decide about the last bits of a
    sum, and nothing else does: neither how many workers there are, nor the order in which they end, nor
    whether one is lost, whose shards are computed again. jit(f).into(out) writes the results to arrays of
    the dtype that are there, structured as the result is, with one without dimensions for a single number,
    and returns these; new memory takes longer than many a function.

    Raises TypeError for arguments and results without numbers, and RuntimeError if f keeps a Value elsewhere,
    writes to one or calls backward(). Warns, with the line that decides, when the limit is reached.

    >>> from autograd_lite import grad, jit, sin
    >>> @jit
    ... def f(x, y):
    ...     return x * sin(y) if x > 0 else 0.0
    >>> f(2.0, 0.0), jit(grad(f, argnums=(0, 1)))(2.0, 0.0)
    (0.0, (0.0, 2.0))
    >>> jit(lambda x: x / 3, dtype="float32")(1.0)
    0.3333333432674408
    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from autograd_lite import vmap
    >>> with ThreadPoolExecutor(2) as pool:
    ...     jit(vmap(grad(f, argnums=1))).split(pool, shards=2)([1.0, 2.0, -1.0], [0.0, 0.0, 0.0])
    [1.0, 2.0, 0.0]
    """
    if f is None:
        return functools.partial(
            jit, strict=strict, backend=backend, limit=limit, threads=threads, dtype=dtype
        )
    if not callable(f):
        raise TypeError(f"jit: expected a function, got {type(f).__name__}; write jit(f)(x), not jit(f(x))")
    if type(limit) is not int or limit < 1:
        raise ValueError(f"jit: expected a limit of 1 or more, got {limit!r}")
    if backend not in (None, "python", "llvm"):
        raise ValueError(f'jit: expected "python" or "llvm" as the backend, got {backend!r}')
    if type(threads) is not int or threads < 1:
        raise ValueError(f"jit: expected 1 thread or more, got {threads!r}")
    options = Options(limit, backend, strict, threads, is_single(dtype))
    if not isinstance(f, Vmapped):
        return Jitted(f, options)
    try:
        from autograd_lite.compiler.batched import Batched
    except ImportError:  # without NumPy
        if backend != "python":
            without_numpy()
        return Looped(f, options)
    return Batched(f, options)
