"""Machine code, by LLVM, which the package llvmlite brings.

Gives `Code`, a module in LLVM's language in memory, and `text`, a program as such a module: straight-line
code. It is cut into functions of a few hundred instructions, guards or outputs, because LLVM takes quadratic
time over a longer one; what passes from one to another is in memory. LLVM optimises nothing: what can be
folded or shared is so in the program. Relies on `parts`, `callbacks`, `cache` and llvmlite.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Sequence
from contextvars import ContextVar
from typing import Any

from autograd_lite.compiler import cache, callbacks
from autograd_lite.compiler.assembly import Module
from autograd_lite.compiler.parts import Part, crossing
from autograd_lite.compiler.program import Guard, Operand, Program

CHUNK = 500  # instructions of one function
OPTIMISED = 20_000  # instructions that LLVM takes its time for, 50 microseconds each
WORTH_KEEPING = 50_000  # characters of a module that takes longer to compile than to find on the disk


_sizes: ContextVar[list[int]] = ContextVar("sizes")


@contextlib.contextmanager
def sizes() -> Iterator[list[int]]:
    """Yield a list, to which is added how many bytes the object file has of all code made in the block."""
    token = _sizes.set([])
    try:
        yield _sizes.get()
    finally:
        _sizes.reset(token)


def counted(code: Any) -> None:
    """Add the size of an array that is code as well."""
    _sizes.get([]).append(code.nbytes)


class Code:
    """Machine code in memory, of a module in LLVM's language; from the disk if it is kept there.

    level    how much time LLVM takes: 0, 1 or 2
    program  where the function "program" is in memory, for a module that calls it
    owners   what else must live as long as the code, for it has the addresses
    common   whether other programs need the same code, so that it is kept though it is short
    """

    def __init__(
        self,
        text: str,
        level: int,
        *,
        program: int | None = None,
        owners: Any = None,
        common: bool = False,
    ) -> None:
        import llvmlite
        import llvmlite.binding as llvm

        self._owners = owners
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
        kept = (common or len(text) > WORTH_KEEPING) and all(map(callbacks.is_lasting, called_back))
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


def text(program: Program, *, strict: bool) -> tuple[str, int]:
    """Return a module whose function "program" runs a program, and how many numbers it keeps in memory.

    The function takes the addresses of inputs, outputs and memory; it returns whether the guards hold.
    Raises NotImplementedError if one of them has no machine code.
    """
    cut = max(len(program.instructions), len(program.guards), len(program.outputs)) > CHUNK
    places = crossing(program, CHUNK, cut=cut)
    module = Module(strict=strict)
    functions: list[str] = []
    last = Part(program, module, places)
    if cut:
        truth = _parts(program, module, places, functions, last)
    else:
        last.instructions(0, len(program.instructions))
        truth = _decided(last, program.guards)
        _returned(last, program.outputs, 0)
    signature = "zeroext i1 @program(ptr %in, ptr %out, ptr noalias %slots)"
    return module.text(*functions, last.function(signature, f"ret i1 {truth}")), len(places)


def _parts(program: Program, module: Module, places: dict[int, int], functions: list[str], last: Part) -> str:
    """Add the parts of a program as functions, call them in the last one, and return whether guards hold."""

    def add(kind: str, name: str, part: Part, end: str) -> str:
        functions.append(
            part.function(f"internal {kind} @{name}(ptr %in, ptr %out, ptr noalias %slots)", end)
        )
        return f"call {kind} @{name}(ptr %in, ptr %out, ptr %slots)"

    def cuts(count: int) -> Iterator[tuple[int, Part]]:
        return ((start, Part(program, module, places)) for start in range(0, count, CHUNK))

    for start, part in cuts(len(program.instructions)):
        part.instructions(start, start + CHUNK)
        last.writer.lines.append("  " + add("void", f"part.{start // CHUNK}", part, "ret void"))
    truth = "true"
    for start, part in cuts(len(program.guards)):
        held = _decided(part, program.guards[start : start + CHUNK])
        call = add("zeroext i1", f"guards.{start // CHUNK}", part, f"ret i1 {held}")
        truth = last.writer.line(f"and i1 {truth}, {last.writer.line(call)}")
    for start, part in cuts(len(program.outputs)):
        _returned(part, program.outputs[start : start + CHUNK], start)
        last.writer.lines.append("  " + add("void", f"outputs.{start // CHUNK}", part, "ret void"))
    return truth


def _decided(part: Part, guards: Sequence[Guard]) -> str:
    """Write whether guards hold."""
    truth = "true"
    for guard in guards:
        holds = part.guard(guard)
        if holds is None:
            raise NotImplementedError(f"the decision at {guard.place} has no machine code")
        truth = part.writer.line(f"and i1 {truth}, {holds}")
    return truth


def _returned(part: Part, outputs: Sequence[Operand], start: int) -> None:
    """Write outputs to where they are returned, from a place on."""
    for index, x in enumerate(outputs, start):
        part.store("%out", index, part.operand(x))
