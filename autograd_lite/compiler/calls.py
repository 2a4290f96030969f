"""A compiled program as a builtin function of Python: objects in, objects out, with no Python in between.

Gives `wrapper`, the text of a function in LLVM's language that unpacks floats, lists of floats and arrays,
runs a program and packs the results; `Text`, to write others; and `builtin`, which makes a Python object of
it in memory. It saves
the microseconds that a call takes otherwise. It knows where CPython keeps the numbers of floats, lists and
arrays; elsewhere, and for other arguments, it is not there. Relies on `program`.
"""

from __future__ import annotations

import ctypes
import sys
import sysconfig
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.compiler.program import Program

LARGEST = 30_000  # numbers on the stack: a quarter of a megabyte

# Offsets in CPython's objects, of 64-bit builds with a global lock.
_TYPE, _NUMBER, _SIZE, _ITEMS = 8, 16, 16, 24
DATA, _DIMENSIONS, _SHAPE, STRIDES, _DTYPE, _FLAGS = 16, 24, 32, 40, 56, 64  # of NumPy's arrays
_CONTIGUOUS, _ALIGNED = 0x1, 0x100


def wrapper(program: Program, slots: int, args: Sequence[Any], result: Any) -> tuple[str, list[Any]] | None:
    """Return the text of the function "call", and the objects whose addresses are in it.

    slots         how many numbers the program keeps in memory
    args, result  arguments and result of a call, for their kinds

    None if they are not made of floats, lists and arrays. The function returns NotImplemented for arguments
    of other kinds, and where a guard fails.
    """
    if not are_known() or program.inputs + len(program.outputs) > LARGEST:
        return None
    text = Text(len(args))
    for index, arg in enumerate(args):
        if not text.unpack(text.argument(index), arg):
            return None
    if text.inputs != program.inputs:  # it captures Values
        return None
    if slots > LARGEST:
        text.enter(slots)
    else:
        text.memory("slots", slots)
    holds = text.line("call zeroext i1 @program(ptr %in, ptr %out, ptr %slots)")
    if slots > LARGEST:
        text.lines.append("  store volatile i64 0, ptr %busy")
    text.check(holds)
    written = text.function(result, len(program.outputs))
    return None if written is None else (f"{written}\n{_PROGRAM}", text.objects)


_PROGRAM = "declare zeroext i1 @program(ptr, ptr, ptr)"
_DECLARED = (
    "declare void @llvm.memcpy.p0.p0.i64(ptr, ptr, i64, i1)",
    "declare void @Py_IncRef(ptr)",
    "declare ptr @PyEval_SaveThread()",
    "declare void @PyEval_RestoreThread(ptr)",
    "declare ptr @PyFloat_FromDouble(double)",
    "declare ptr @PyList_New(i64)",
    "declare i32 @PyList_SetItem(ptr, i64, ptr)",
    "declare ptr @PyTuple_New(i64)",
    "declare i32 @PyTuple_SetItem(ptr, i64, ptr)",
    "declare ptr @PyObject_CallOneArg(ptr, ptr)",
)


class _MethodDef(ctypes.Structure):
    _fields_ = (
        ("name", ctypes.c_char_p),
        ("function", ctypes.c_void_p),
        ("flags", ctypes.c_int),
        ("doc", ctypes.c_char_p),
    )


_FASTCALL = 0x80


def builtin(address: int, owner: Any) -> Callable[..., Any]:
    """Return the function at an address as an object of Python that keeps its owner alive."""
    definition = _MethodDef(b"compiled", address, _FASTCALL, None)
    new = ctypes.PYFUNCTYPE(ctypes.py_object, ctypes.c_void_p, ctypes.py_object, ctypes.c_void_p)(
        ("PyCFunction_NewEx", ctypes.pythonapi)
    )
    function: Callable[..., Any] = new(ctypes.addressof(definition), (definition, owner), None)
    return function


class Text:
    """The lines of the function, and how many numbers it has unpacked and packed.

    count    how many arguments it takes
    objects  what must live as long as the code, for it has the addresses
    index    in a loop the register of the index
    """

    def __init__(self, count: int) -> None:
        self.lines: list[str] = []
        self.objects: list[Any] = []
        self.inputs = self.outputs = 0
        self.index = ""
        self._count = 0
        self._memory: dict[str, int] = {}
        self.lines.append(f"  %fits = icmp eq i64 %count, {count}")
        self.check("%fits")

    def argument(self, index: int) -> str:
        """Return one of the arguments."""
        return self.line(f"load ptr, ptr {self.line(f'getelementptr ptr, ptr %args, i64 {index}')}")

    def memory(self, name: str, size: int) -> str:
        """Return memory of that name, for so many numbers at least."""
        self._memory[name] = max(size, self._memory.get(name, 1))
        return f"%{name}"

    def function(self, result: Any, outputs: int) -> str | None:
        """Return the module, in which so many numbers in %out become a result; None if its kind is not known.

        None as well if there are more numbers than the stack is for.
        """
        self.memory("in", self.inputs)
        self.memory("out", outputs)
        packed = self.pack(result)
        if packed is None or self.outputs != outputs or sum(self._memory.values()) > 2 * LARGEST:
            return None
        return "\n".join(
            [
                "define ptr @call(ptr %self, ptr %args, i64 %count) {",
                *[f"  %{name} = alloca double, i64 {n}, align 64" for name, n in self._memory.items()],
                *self.lines,
                f"  ret ptr {packed}",
                "unfit:",
                f"  call void @Py_IncRef(ptr {self.address(NotImplemented)})",
                f"  ret ptr {self.address(NotImplemented)}",
                "}",
                *_DECLARED,
            ]
        )

    def line(self, code: str) -> str:
        self._count += 1
        self.lines.append(f"  %r{self._count} = {code}")
        return f"%r{self._count}"

    def address(self, thing: Any) -> str:
        """Return an object as an operand; it must live as long as the code."""
        self.objects.append(thing)
        return f"inttoptr (i64 {id(thing)} to ptr)"

    def check(self, truth: str) -> None:
        """Give up unless this holds."""
        self._count += 1
        self.lines += [f"  br i1 {truth}, label %fit{self._count}, label %unfit", f"fit{self._count}:"]

    def enter(self, slots: int) -> None:
        """Write how memory of its own becomes %slots, and give up if another call is in it.

        For while a row of Python runs, another thread may.
        """
        memory = ctypes.create_string_buffer(8 * (slots + 1))
        self.objects.append(memory)
        self.lines += [
            f"  %busy = inttoptr i64 {ctypes.addressof(memory)} to ptr",
            "  %slots = getelementptr i64, ptr %busy, i64 1",
        ]
        free = self.line(f"icmp eq i64 {self.line('load volatile i64, ptr %busy')}, 0")
        self.check(free)
        self.lines.append("  store volatile i64 1, ptr %busy")

    def unpack(self, pointer: str, like: Any) -> bool:
        """Write how the numbers of an object get into the inputs; False if its kind is not known here."""
        if type(like) is float:
            self.expect(pointer, _TYPE, "ptr", self.address(float))
            self._copy(self.load(pointer, _NUMBER, "double"), str(self.inputs))
            self.inputs += 1
        elif type(like) is list and {*map(type, like)} == {float}:
            self.expect(pointer, _TYPE, "ptr", self.address(list))
            self.expect(pointer, _SIZE, "i64", str(len(like)))
            items = self.load(pointer, _ITEMS, "ptr")
            index = self.loop(len(like))
            item = self.line(f"load ptr, ptr {self.line(f'getelementptr ptr, ptr {items}, i64 {index}')}")
            self.expect(item, _TYPE, "ptr", self.address(float))
            place = self.line(f"add i64 {index}, {self.inputs}")
            self._copy(self.load(item, _NUMBER, "double"), place)
            self.end()
            self.inputs += len(like)
        elif is_plain_array(like):
            shape = self.expect_array(pointer, like, _CONTIGUOUS)
            for axis, length in enumerate(like.shape):
                self.expect(shape, 8 * axis, "i64", str(length))
            data = self.load(pointer, DATA, "ptr")
            self._move(self.line(f"getelementptr double, ptr %in, i64 {self.inputs}"), data, like.size)
            self.inputs += like.size
        else:
            return False
        return True

    def pack(self, like: Any) -> str | None:
        """Write how an object is made of the outputs, and return it; None if its kind is not known here."""
        if type(like) is float:
            self.outputs += 1
            return self._packed(str(self.outputs - 1))
        if type(like) is list and like and {*map(type, like)} == {float}:
            made = self.line(f"call ptr @PyList_New(i64 {len(like)})")
            items = self.load(made, _ITEMS, "ptr")
            index = self.loop(len(like))
            number = self._packed(self.line(f"add i64 {index}, {self.outputs}"))
            slot = self.line(f"getelementptr ptr, ptr {items}, i64 {index}")
            self.lines.append(f"  store ptr {number}, ptr {slot}")
            self.end()
            self.outputs += len(like)
            return made
        if type(like) in (list, tuple):
            kind = "List" if type(like) is list else "Tuple"
            made = self.line(f"call ptr @Py{kind}_New(i64 {len(like)})")
            for place, part in enumerate(like):
                packed = self.pack(part)
                if packed is None:
                    return None
                self.line(f"call i32 @Py{kind}_SetItem(ptr {made}, i64 {place}, ptr {packed})")
            return made
        if is_plain_array(like) and like.size:
            import numpy

            objects = self.address(numpy.empty), self.address(like.shape)
            made = self.line(f"call ptr @PyObject_CallOneArg(ptr {objects[0]}, ptr {objects[1]})")
            data = self.load(made, DATA, "ptr")
            self._move(data, self.line(f"getelementptr double, ptr %out, i64 {self.outputs}"), like.size)
            self.outputs += like.size
            return made
        return None

    def expect_array(self, pointer: str, like: Any, flags: int = 0) -> str:
        """Give up unless this is an array of as many dimensions with these flags; return its shape."""
        self.expect(pointer, _TYPE, "ptr", self.address(type(like)))
        self.expect(pointer, _DTYPE, "ptr", self.address(like.dtype))
        self.expect(pointer, _DIMENSIONS, "i32", str(like.ndim))
        wanted = flags | _ALIGNED
        found = self.line(f"and i32 {self.load(pointer, _FLAGS, 'i32')}, {wanted}")
        self.check(self.line(f"icmp eq i32 {found}, {wanted}"))
        return self.load(pointer, _SHAPE, "ptr")

    def load(self, pointer: str, offset: int, kind: str) -> str:
        """Return what is so many bytes behind a pointer."""
        place = self.line(f"getelementptr i8, ptr {pointer}, i64 {offset}") if offset else pointer
        return self.line(f"load {kind}, ptr {place}")

    def store(self, kind: str, what: str, pointer: str, place: str) -> None:
        """Write a number or pointer to a place in an array of such."""
        target = self.line(f"getelementptr {kind}, ptr {pointer}, i64 {place}")
        self.lines.append(f"  store {kind} {what}, ptr {target}")

    def expect(self, pointer: str, offset: int, kind: str, wanted: str) -> None:
        """Give up unless this is so many bytes behind a pointer."""
        self.check(self.line(f"icmp eq {kind} {self.load(pointer, offset, kind)}, {wanted}"))

    def _copy(self, number: str, place: str) -> None:
        self.store("double", number, "%in", place)

    def _move(self, target: str, source: str, count: int) -> None:
        arguments = f"ptr {target}, ptr {source}, i64 {8 * count}, i1 false"
        self.lines.append(f"  call void @llvm.memcpy.p0.p0.i64({arguments})")

    def _packed(self, place: str) -> str:
        number = self.load(self.line(f"getelementptr double, ptr %out, i64 {place}"), 0, "double")
        return self.line(f"call ptr @PyFloat_FromDouble(double {number})")

    def loop(self, count: int | str) -> str:
        """Begin a loop of that many steps, and return the register of the index."""
        self._count += 1
        k = self._loops = self._count
        self._length = count
        self.lines += [f"  br label %before{k}", f"before{k}:", f"  br label %loop{k}", f"loop{k}:"]
        self.lines.append(f"  %i{k} = phi i64 [0, %before{k}], [%n{k}, %end{k}]")
        self.index = f"%i{k}"
        return self.index

    def end(self) -> None:
        """End the loop."""
        k = self._loops
        self.lines += [f"  br label %end{k}", f"end{k}:", f"  %n{k} = add i64 %i{k}, 1"]
        self.lines.append(f"  %m{k} = icmp ult i64 %n{k}, {self._length}")
        self.lines += [f"  br i1 %m{k}, label %loop{k}, label %after{k}", f"after{k}:"]


def are_known() -> bool:
    """Whether it is known here where objects keep their numbers."""
    known = sys.implementation.name == "cpython" and sys.maxsize > 2**32
    return known and not sysconfig.get_config_var("Py_GIL_DISABLED")


def is_plain_array(x: Any) -> bool:
    """Whether this is an array of float64, and of NumPy's own class."""
    numpy = sys.modules.get("numpy")
    return numpy is not None and type(x) is numpy.ndarray and x.dtype is numpy.dtype(float)
