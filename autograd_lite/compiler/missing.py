"""What is said where machine code is not to be had.

Gives `INSTALL`, the command, and `without`, which logs it once or raises.
"""

from __future__ import annotations

import functools
import logging

INSTALL = "pip install 'autograd-lite[jit]'"


def without(error: ImportError, backend: str | None) -> None:
    """Log one line, once, that llvmlite is missing; raises ImportError if it was asked for."""
    if backend == "llvm":
        raise ImportError(f'jit: the backend "llvm" needs the extra: {INSTALL}') from error
    _log()


@functools.cache
def _log() -> None:
    logging.getLogger("autograd_lite").warning(
        "jit: without llvmlite compiled functions run as Python: %s", INSTALL
    )
