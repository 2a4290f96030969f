"""The machine code behind an interpreter: for each kind of instruction a function that goes on to the next.

Gives `Handler`, what such a function does, and its text in LLVM's language. A function gets the place in the
code that it is to do, and jumps to the function of what follows; so no loop stands between them. It does one
instruction, or a run of them, several lanes at a time. Relies on `assembly` and `runs`.

In the code are words of 32 bits: two with the address of the function, for a run its length and the place of
its first result, then places of operands. The results of single instructions follow each other in memory; the
last one is at hand.
"""

from __future__ import annotations

from typing import NamedTuple

from autograd_lite.compiler.assembly import AssemblyWriter, Module, module_true
from autograd_lite.compiler.program import Instruction
from autograd_lite.compiler.runs import Kind
from autograd_lite.primitives import Primitive

SIGNATURE = "zeroext i1 {}(ptr {}, ptr {}, ptr {}, double {})"
_TAKES = SIGNATURE.format("@handler", "%code", "%memory", "%out", "%last")


class Handler(NamedTuple):
    """What a function of the interpreter does.

    kind   what instructions it does
    modes  for each operand: of one instruction "any", or "last" if it is the result before; of a run "same"
           for all, "next" to each other, or "any"
    many   whether it does a run
    """

    kind: Kind
    modes: tuple[str, ...]
    many: bool

    def text(self, module: Module) -> str:
        """Return the module with the function "handler"."""
        if self.kind.what is None:
            return _total(module)
        if not self.many:
            return module.text(self._one(module))
        lanes, number = module.lanes, module.number
        gather = f"declare {number} @{_gather(module)}(<{lanes} x ptr>, i32, {module.truth}, {number})"
        return module.text(gather, self._many(module))

    def _one(self, module: Module) -> str:
        write = AssemblyWriter(module)
        operands = [
            "%last" if mode == "last" else _number(write, _word(write, 2 + side))
            for side, mode in enumerate(self.modes)
        ]
        done = self._done(write, operands)
        if done is not None:
            write.lines.append(f"  store double {done}, ptr %out")
        onward = _onward(str(2 + len(self.modes)), "0" if done is None else "1", done or "0.0")
        return "\n".join([f"define {_TAKES} {{", *write.lines, *onward, "}"])

    def _many(self, module: Module) -> str:
        write = AssemblyWriter(module)
        arrays = self.modes.count("any")
        fixed = 4 + len(self.modes) - arrays
        result = _place(write, _word(write, 3))
        # What each operand is before the loop: a number in all lanes, where its numbers or their places are.
        starts = []
        word, array = 4, 0
        for mode in self.modes:
            if mode == "any":
                skipped = write.line(f"mul i64 %count, {array}")
                place = write.line(f"add i64 {skipped}, {fixed}")
                starts.append(write.line(f"getelementptr i32, ptr %code, i64 {place}"))
                array += 1
            else:
                place = _word(write, word)
                spread = mode == "same"
                starts.append(_spread(write, _number(write, place)) if spread else _place(write, place))
                word += 1
        before = [*write.lines]
        write.lines.clear()
        operands = [
            start if mode == "same" else _lanes(write, start) if mode == "next" else _gathered(write, start)
            for mode, start in zip(self.modes, starts, strict=True)
        ]
        done = self._done(write, operands)
        if done is not None:
            place = write.line(f"getelementptr double, ptr {result}, i64 %lane")
            write.lines.append(f"  store {module.number} {done}, ptr {place}, align 8")
        onward = _onward("%words", "0", "%last")
        # The last step goes back so far that all its lanes are of the run.
        return f"""define {_TAKES} {{
entry:
  %length = getelementptr i32, ptr %code, i64 2
  %short = load i32, ptr %length, align 4
  %count = zext i32 %short to i64
  %full = sub i64 %count, {module.lanes}
{_joined(before)}
  br label %loop
loop:
  %i = phi i64 [0, %entry], [%next, %done]
  %beyond = icmp sgt i64 %i, %full
  %lane = select i1 %beyond, i64 %full, i64 %i
{_joined(write.lines)}
  br label %done
done:
  %next = add i64 %i, {module.lanes}
  %more = icmp slt i64 %next, %count
  br i1 %more, label %loop, label %over
over:
  %taken = mul i64 %count, {arrays}
  %words = add i64 %taken, {fixed}
{_joined(onward)}
}}"""

    def _done(self, write: AssemblyWriter, operands: list[str]) -> str | None:
        """Write what is to be done, and return the result, None of a decision."""
        what, constants = self.kind
        assert what is not None
        if isinstance(what, Primitive):
            given = iter(operands)
            registers = [next(given) if x is None else write.constant(x) for x in constants]
            return write.instruction(
                Instruction(what, tuple([0 if x is None else x for x in constants])), registers
            )
        decides = len(what.operands)
        holds = write.guard(what, operands[:decides], *operands[decides:])
        if holds is None:
            raise NotImplementedError(f"a decision by {what.function.__name__} has no machine code")
        if write.module.lanes > 1:
            bits = write.line(f"bitcast {write.module.truth} {holds} to i{write.module.lanes}")
            holds = write.line(f"icmp eq i{write.module.lanes} {bits}, -1")
        write.lines += [f"  br i1 {holds}, label %holds, label %fails", "fails:", "  ret i1 false", "holds:"]
        return None


def _total(module: Module) -> str:
    """Return the module with the function "handler" for a sum in any order.

    The words are the place of the result, the number of blocks and that of terms; place and length of each
    block; the places of the terms. Where sizes add up to infinity, it is the sum in the order of the terms.
    """
    lanes, number = module.lanes, module.number
    numbered = ", ".join(f"i64 {lane}" for lane in range(lanes))
    zero, one = module.constant(-0.0), f"<{lanes} x i32> zeroinitializer"
    start = AssemblyWriter(module)
    result = _place(start, _word(start, 2))
    blocks, count = _word(start, 3), _word(start, 4)
    load = f"@llvm.masked.load.v{lanes}f64.p0"
    return f"""declare {number} {load}(ptr, i32, {module.truth}, {number})
declare {number} @llvm.fabs.v{lanes}f64({number})
declare double @llvm.vector.reduce.fadd.v{lanes}f64(double, {number})

define {_TAKES} {{
entry:
{_joined(start.lines)}
  %first = getelementptr i32, ptr %code, i64 5
  %pairs = mul i64 {blocks}, 2
  %terms = getelementptr i32, ptr %first, i64 %pairs
  br label %block
block:
  %k = phi i64 [0, %entry], [%k.next, %done]
  %sum.before = phi {number} [{zero}, %entry], [%sum, %done]
  %size.before = phi {number} [{zero}, %entry], [%size, %done]
  %pair = getelementptr i32, ptr %first, i64 %k
  %place.short = load i32, ptr %pair, align 4
  %place = zext i32 %place.short to i64
  %start = getelementptr double, ptr %memory, i64 %place
  %length.word = getelementptr i32, ptr %pair, i64 1
  %length.short = load i32, ptr %length.word, align 4
  %length = zext i32 %length.short to i64
  %length.one = insertelement <{lanes} x i64> poison, i64 %length, i32 0
  %lengths = shufflevector <{lanes} x i64> %length.one, <{lanes} x i64> poison, {one}
  br label %loop
loop:
  %i = phi i64 [0, %block], [%i.next, %loop]
  %sum.here = phi {number} [%sum.before, %block], [%sum, %loop]
  %size.here = phi {number} [%size.before, %block], [%size, %loop]
  %i.one = insertelement <{lanes} x i64> poison, i64 %i, i32 0
  %i.all = shufflevector <{lanes} x i64> %i.one, <{lanes} x i64> poison, {one}
  %index = add <{lanes} x i64> %i.all, <{numbered}>
  %within = icmp ult <{lanes} x i64> %index, %lengths
  %from = getelementptr double, ptr %start, i64 %i
  %x = call {number} {load}(ptr %from, i32 8, {module.truth} %within, {number} {zero})
  %sum = fadd {number} %sum.here, %x
  %x.size = call {number} @llvm.fabs.v{lanes}f64({number} %x)
  %size = fadd {number} %size.here, %x.size
  %i.next = add i64 %i, {lanes}
  %more = icmp ult i64 %i.next, %length
  br i1 %more, label %loop, label %done
done:
  %k.next = add i64 %k, 2
  %others = icmp ult i64 %k.next, %pairs
  br i1 %others, label %block, label %total
total:
  %total.sum = call double @llvm.vector.reduce.fadd.v{lanes}f64(double -0.0, {number} %sum)
  %total.size = call double @llvm.vector.reduce.fadd.v{lanes}f64(double -0.0, {number} %size)
  %finite = fcmp olt double %total.size, 0x7FF0000000000000
  br i1 %finite, label %over, label %order
order:
  %j = phi i64 [0, %total], [%j.next, %order]
  %so.far = phi double [-0.0, %total], [%in.order, %order]
  %term.word = getelementptr i32, ptr %terms, i64 %j
  %term.short = load i32, ptr %term.word, align 4
  %term.place = zext i32 %term.short to i64
  %term.at = getelementptr double, ptr %memory, i64 %term.place
  %term = load double, ptr %term.at
  %in.order = fadd double %so.far, %term
  %j.next = add i64 %j, 1
  %j.more = icmp ult i64 %j.next, {count}
  br i1 %j.more, label %order, label %over
over:
  %z = phi double [%total.sum, %total], [%in.order, %order]
  store double %z, ptr {result}
  %both = add i64 %pairs, {count}
  %words = add i64 %both, 5
{_joined(_onward("%words", "0", "%last"))}
}}"""


def _word(write: AssemblyWriter, index: int) -> str:
    """Write how a word of the code is read."""
    word = write.line(f"load i32, ptr {write.line(f'getelementptr i32, ptr %code, i64 {index}')}, align 4")
    return write.line(f"zext i32 {word} to i64")


def _place(write: AssemblyWriter, index: str) -> str:
    return write.line(f"getelementptr double, ptr %memory, i64 {index}")


def _number(write: AssemblyWriter, index: str) -> str:
    return write.line(f"load double, ptr {_place(write, index)}")


def _spread(write: AssemblyWriter, register: str) -> str:
    """Write a number into all lanes."""
    number, lanes = write.module.number, write.module.lanes
    first = write.line(f"insertelement {number} poison, double {register}, i32 0")
    return write.line(f"shufflevector {number} {first}, {number} poison, <{lanes} x i32> zeroinitializer")


def _lanes(write: AssemblyWriter, start: str) -> str:
    """Write how numbers next to each other are read."""
    place = write.line(f"getelementptr double, ptr {start}, i64 %lane")
    return write.line(f"load {write.module.number}, ptr {place}, align 8")


def _gathered(write: AssemblyWriter, start: str) -> str:
    """Write how the numbers are read whose places are there."""
    lanes, number = write.module.lanes, write.module.number
    words = write.line(f"getelementptr i32, ptr {start}, i64 %lane")
    short = write.line(f"load <{lanes} x i32>, ptr {words}, align 4")
    long = write.line(f"zext <{lanes} x i32> {short} to <{lanes} x i64>")
    places = write.line(f"getelementptr double, ptr %memory, <{lanes} x i64> {long}")
    arguments = f"<{lanes} x ptr> {places}, i32 8, {write.module.truth} {module_true(write.module)}"
    return write.line(f"call {number} @{_gather(write.module)}({arguments}, {number} poison)")


def _gather(module: Module) -> str:
    return f"llvm.masked.gather.v{module.lanes}f64.v{module.lanes}p0"


def _joined(lines: list[str]) -> str:
    return "\n".join(lines)


def _onward(words: str, results: str, last: str) -> list[str]:
    """Return the lines that jump to what follows, so many words and results further."""
    return [
        f"  %onward = getelementptr i32, ptr %code, i64 {words}",
        f"  %after = getelementptr double, ptr %out, i64 {results}",
        "  %handler = load ptr, ptr %onward, align 4",
        f"  %holding = musttail call {SIGNATURE.format('%handler', '%onward', '%memory', '%after', last)}",
        "  ret i1 %holding",
    ]
