"""What is said where machine code is not to be had.

Gives `INSTALL`, the command; `without`, which logs it once or raises; and `without_numpy`, for what is slower
where llvmlite is there alone.
"""

from __future__ import annotations

import functools
import importlib.util
import logging

INSTALL = "pip install 'autograd-lite[jit]'"


def without(error: ImportError, backend: str | None) -> None:
    """Log one line, once, that llvmlite is missing; raises ImportError if it was asked for."""
    if backend == "llvm":
        raise ImportError(f'jit: the backend "llvm" needs the extra: {INSTALL}') from error
    _log("without llvmlite compiled functions run as Python")


def without_numpy() -> None:
    """Log one line, once, about samples and long programs, if they could be machine code with NumPy."""
    if importlib.util.find_spec("llvmlite") is not None:
        _log("without NumPy samples run one by one, and long programs are not optimised")


@functools.cache
def _log(what: str) -> None:
    logging.getLogger("autograd_lite").warning("jit: %s: %s", what, INSTALL)
