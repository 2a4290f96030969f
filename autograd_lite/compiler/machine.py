"""The back end for speed: a program as machine code.

Gives `compiled` and `source`, as `python` does, and `entry`. A program is straight-line code, unless it is so
long that LLVM would need seconds, or consists of long runs of equal instructions, which an interpreter does
as fast: then it is interpreted, at a fifth of the time before the first call or less. Without NumPy, which
the interpreter needs, LLVM does not optimise what is so long. Relies on `llvm`, `interpreter`, `calls` and
`missing`.
"""

from __future__ import annotations

import ctypes
import importlib
from array import array
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler import callbacks, calls, llvm, missing
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.python import Run

INTERPRETED = llvm.OPTIMISED  # instructions of a program that is never compiled
REGULAR = 2_000  # instructions of one that is not if it mostly consists of long runs


def compiled(
    program: Program, *, strict: bool = False, example: tuple[Sequence[Any], Any] = ((), None)
) -> tuple[Run, Callable[..., Any] | None] | None:
    """Return the program as a function of its inputs, as `python.compiled` does, and one of objects.

    strict   no product and sum is fused into one operation, and every sum is rounded once
    example  arguments and result of a call

    The function of objects takes arguments like those of the example, and returns a result like that, or
    NotImplemented; it is None where that cannot be. Returns None alone if the program takes a decision that
    has no machine code. Raises ImportError without llvmlite.
    """
    made = _made(program, strict=strict)
    if made is None:
        return None
    code, slots = made
    enter, fast = Entry(code, slots), None
    call = calls.wrapper(program, slots, *example)
    if call is not None:
        # Apart, for the addresses in it are those of this process.
        text, objects = call
        wrapped = llvm.Code(text, 1, program=code.address("program"), owners=(code, objects))
        fast = calls.builtin(wrapped.address("call"), wrapped)
    size = len(program.outputs)

    def run(numbers: Sequence[float]) -> Sequence[float] | None:
        given, results = array("d", numbers), array("d", bytes(8 * size))
        return results if enter(given.buffer_info()[0], results.buffer_info()[0]) else None

    return run, fast


def entry(program: Program, *, strict: bool) -> Entry | None:
    """Return the program as a function of addresses. None, and the errors, are those of `compiled`."""
    made = _made(program, strict=strict)
    return None if made is None else Entry(*made)


def source(program: Program, *, strict: bool = False) -> str:
    """Return the program in LLVM's language, as straight-line code."""
    try:
        return llvm.text(program, strict=strict)[0]
    except NotImplementedError:
        return "; this program takes a decision that only Python knows\n"


def _made(program: Program, *, strict: bool) -> tuple[llvm.Code, int] | None:
    """Return a module with the function "program", and how many numbers it keeps in memory."""
    importlib.import_module("llvmlite")  # before work that would be lost without it
    try:
        made = _interpreted(program, strict=strict)
        if made is not None:
            return made
        text, slots = llvm.text(program, strict=strict)
        return llvm.Code(text, 1 if len(program.instructions) <= llvm.OPTIMISED else 0), slots
    except NotImplementedError:
        return None


def _interpreted(program: Program, *, strict: bool) -> tuple[llvm.Code, int] | None:
    """Return the same for a program that is interpreted; None if it is not, or there is no NumPy."""
    count = len(program.instructions)
    if count <= min(INTERPRETED, REGULAR):
        return None
    try:
        from autograd_lite.compiler.interpreter import interpreted
        from autograd_lite.compiler.runs import Runs
    except ImportError:
        if count > INTERPRETED:
            missing.without_numpy()
        return None
    runs = Runs(program, strict=strict)
    return interpreted(program, runs, strict=strict) if count > INTERPRETED or runs.are_long() else None


class Entry:
    """A program in memory: a function of the addresses of its inputs and outputs.

    address  where the function is, which takes the address of memory as well
    slots    for how many numbers
    """

    def __init__(self, code: llvm.Code, slots: int) -> None:
        self.address, self.slots = code.address("program"), slots
        self._function = _ENTRY(self.address)
        self._code = code  # which lives as long as the function
        self._free: list[Any] = []  # memory that no thread is in

    def __call__(self, given: int, results: int) -> bool:
        """Run the program, and return whether the guards hold."""
        try:
            memory = self._free.pop()
        except IndexError:
            memory = ctypes.create_string_buffer(8 * self.slots + 8)
        holds: bool = self._function(given, results, memory)
        self._free.append(memory)
        callbacks.check()
        return holds


_ENTRY = ctypes.CFUNCTYPE(ctypes.c_bool, *[ctypes.c_void_p] * 3)
