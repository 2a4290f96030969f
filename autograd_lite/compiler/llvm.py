"""The back end for speed: a program as machine code, by LLVM, which the package llvmlite brings.

Gives `compiled` and `source`, as `python` does. A program is cut into functions of a few hundred
instructions, because LLVM takes quadratic time over a longer one; what passes from one to another is in
memory. LLVM optimises nothing: what can be folded or shared is so in the program. Relies on `parts`,
`calls`, `callbacks`, `cache` and llvmlite.
"""

from __future__ import annotations

import contextlib
import ctypes
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from autograd_lite.compiler import cache, callbacks, calls
from autograd_lite.compiler.assembly import Module
from autograd_lite.compiler.parts import Part, crossing
from autograd_lite.compiler.program import Program
from autograd_lite.compiler.python import Run

CHUNK = 500  # instructions of one function
SECTION = 50_000  # instructions of one module, which bounds LLVM's memory
WORTH_KEEPING = 50_000  # characters of a module that takes longer to compile than to find on the disk
OPTIMISED = 20_000  # instructions that LLVM takes its time for, 50 microseconds each; more it does in 6


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
    texts = _sections(program, strict=strict)
    if texts is None:
        return None
    slots = len(crossing(program, CHUNK))
    codes = _codes(program, texts)
    enter, fast = _entering(codes, slots), None
    call = calls.wrapper(program, slots, *example) if len(texts) == 1 else None
    if call is not None:
        # Apart, for the addresses in it are those of this process.
        text, objects = call
        code = Code(text, 1, program=codes[0].address("program"))
        fast = calls.builtin(code.address("call"), [codes, code, objects])
    size = len(program.outputs)

    def run(numbers: Sequence[float]) -> Sequence[float] | None:
        given, results = array("d", numbers), array("d", bytes(8 * size))
        return results if enter(given.buffer_info()[0], results.buffer_info()[0]) else None

    return run, fast


def entry(program: Program, *, strict: bool) -> Callable[[int, int], bool] | None:
    """Return the program as a function of two addresses: it reads its inputs there, and writes its outputs.

    It returns whether the guards hold. None, and the errors, are those of `compiled`.
    """
    texts = _sections(program, strict=strict)
    if texts is None:
        return None
    return _entering(_codes(program, texts), len(crossing(program, CHUNK)))


def _codes(program: Program, texts: list[str]) -> list[Code]:
    level = 1 if len(program.instructions) <= OPTIMISED else 0
    return [Code(text, level) for text in texts]


def _entering(codes: list[Code], slots: int) -> Callable[[int, int], bool]:
    functions = [_ENTRY(code.address("program")) for code in codes]

    def enter(given: int, results: int) -> bool:
        memory = ctypes.create_string_buffer(8 * slots) if slots else None
        holds = False
        for function in functions:
            holds = function(given, results, memory)
        callbacks.check()
        return holds

    enter.codes = codes  # type: ignore[attr-defined]  # which live as long as the function
    return enter


_sizes: ContextVar[list[int]] = ContextVar("sizes")


@contextlib.contextmanager
def sizes() -> Iterator[list[int]]:
    """Yield a list, to which is added how many bytes the object file has of all code made in the block."""
    token = _sizes.set([])
    try:
        yield _sizes.get()
    finally:
        _sizes.reset(token)


_ENTRY = ctypes.CFUNCTYPE(ctypes.c_bool, *[ctypes.c_void_p] * 3)


class Code:
    """Machine code in memory, of a module in LLVM's language; from the disk if it is kept there.

    level    how much time LLVM takes: 0, 1 or 2
    program  where the function "program" is in memory, for a module that calls it
    """

    def __init__(self, text: str, level: int, *, program: int | None = None) -> None:
        import llvmlite
        import llvmlite.binding as llvm

        called_back = set(re.findall(r'@"(python\.[^"]*)"', text))
        for symbol in called_back:
            llvm.add_symbol(symbol, callbacks.address(symbol))
        if program is not None:
            llvm.add_symbol(f"program.{program}", program)
            text = text.replace("@program(", f"@program.{program}(")
        machine = _machine(level)
        module = llvm.parse_assembly(text)
        module.triple = machine.triple
        self._engine = llvm.create_mcjit_compiler(module, machine)
        features = llvm.get_host_cpu_features().flatten()
        origin = text, str(level), machine.triple, llvm.get_host_cpu_name(), features, llvmlite.__version__
        kept = len(text) > WORTH_KEEPING and all(map(callbacks.is_lasting, called_back))
        sizes = _sizes.get([])

        def made(_: Any, code: bytes) -> None:
            sizes.append(len(code))
            if kept:
                cache.keep(code, *origin)

        def found(_: Any) -> bytes | None:
            code = cache.find(*origin) if kept else None
            sizes.extend([] if code is None else [len(code)])
            return code

        self._engine.set_object_cache(made, found)
        self._engine.finalize_object()

    def address(self, name: str) -> int:
        """Return where a function of the module is in memory."""
        address: int = self._engine.get_function_address(name)
        return address


def _machine(level: int) -> Any:
    """Return this computer as LLVM knows it; it belongs to the code that is made with it."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=level, jit=True
    )


def source(program: Program, *, strict: bool = False) -> str:
    """Return the program in LLVM's language; of a long one, all its modules."""
    texts = _sections(program, strict=strict)
    return "\n".join(texts or ["; this program takes a decision that only Python knows\n"])


def _sections(program: Program, *, strict: bool) -> list[str] | None:
    """Return modules whose functions "program" are to be called one after the other.

    Each takes the addresses of inputs, outputs and memory for what passes between parts; the last one returns
    whether the guards hold. None if one of them has no machine code.
    """
    places = crossing(program, CHUNK)
    count = len(program.instructions)
    texts = []
    for first in range(0, max(count, 1), SECTION):
        module = Module(strict=strict)
        end = min(first + SECTION, count)
        functions, jumps = [], []
        for start in range(first, end, CHUNK) if count > CHUNK else ():
            part = Part(program, module, places)
            part.instructions(start, min(start + CHUNK, end))
            name = f"part.{start // CHUNK}"
            functions.append(part.function(f"internal void @{name}(ptr %in, ptr noalias %slots)", "ret void"))
            jumps.append(f"  call void @{name}(ptr %in, ptr %slots)")
        last = Part(program, module, places)
        last.writer.lines += jumps
        if count <= CHUNK:
            last.instructions(0, count)
        truth = "true"
        if end == count:
            for guard in program.guards:
                holds = last.guard(guard)
                if holds is None:
                    return None
                truth = last.writer.line(f"and i1 {truth}, {holds}")
            for index, x in enumerate(program.outputs):
                last.store("%out", index, last.operand(x))
        signature = "zeroext i1 @program(ptr %in, ptr %out, ptr noalias %slots)"
        texts.append(module.text(*functions, last.function(signature, f"ret i1 {truth}")))
    return texts
