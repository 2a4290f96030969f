"""Python functions of numbers as functions of C, statement by statement.

Gives `Transcriber`. It reads what `special` is written in: ifs, loops, recursion, pairs and lists of numbers,
and Decimals, which are of the type wide in C. A function is written once for each kinds of arguments that it
is called with, and what these decide is decided here: `isinstance`, and loops over constants. The pieces of
`runtime.c` are the words that C lacks. Relies on `ieee`, `special`, `words` and `assembly`.
"""

from __future__ import annotations

import ast
import builtins
import contextlib
import itertools
import math
from collections.abc import Callable, Sequence
from decimal import Decimal
from types import FunctionType
from typing import Any, NamedTuple

from autograd_lite import ieee, special
from autograd_lite.compiler import words
from autograd_lite.compiler.assembly import LIBM
from autograd_lite.primitives import DECLARED, TABLE, Primitive

CAPACITY = 180  # of a list in C: orders of derivatives go to 170


class Term(NamedTuple):
    """An expression.

    kind  "int", a truth, "long", "double", or "wide", a Decimal or a whole number that no long may hold; "doubles",
          or "wides" for doubles that are read as Decimals; "pair double" and "pair wide"; "list double" and
          "list wide"; "known" for any object of Python
    code  its text in C; what is known itself
    """

    kind: str
    code: Any


class Unsaid(Exception):
    """A piece of Python that has no C."""


_NUMBERS = ("int", "long", "double", "wide")
_ARITHMETIC: dict[type[ast.AST], tuple[str, str]] = {
    ast.Add: ("+", "add"), ast.Sub: ("-", "sub"), ast.Mult: ("*", "mul"), ast.Div: ("/", "div"),
}  # fmt: skip
_COMPARED: dict[type[ast.AST], str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
# Functions of doubles, by their names in C.
_NAMED: dict[Any, str] = {
    **{function: LIBM.get(name, name) for name, function in ieee.PLAIN.items()},
    ieee.power: "pow", math.floor: "floor", abs: "fabs", min: "lesser", max: "greater",
    special.product_error: "product_error", TABLE["fma"].value: "fma",
    TABLE["round"].value: "rounded", TABLE["ldexp"].value: "scaled",
}  # fmt: skip


def literal(x: float) -> str:
    """Return a float as C writes it, to the last bit."""
    if math.isinf(x):
        return "INFINITY" if x > 0 else "(-INFINITY)"
    return "NAN" if x != x else repr(x) if math.copysign(1, x) > 0 else f"({x!r})"


def wide_literal(text: str, limbs: int = 10) -> str:
    """Return the initialiser of a positive wide, from its decimal digits.

    >>> wide_literal("0.5", 2)
    '{1, -1, {2147483648u, 0u}}'
    """
    numerator, denominator = Decimal(text).as_integer_ratio()
    exponent = (numerator.bit_length() - denominator.bit_length()) // 32 + 1
    digits: list[int] = []
    while not digits or digits[0] == 0:  # the first guess may be too great by one
        whole = (numerator << 32 * (limbs - 1 - exponent + 64)) // denominator >> 32 * 64
        digits = [whole >> 32 * k & 0xFFFFFFFF for k in reversed(range(limbs))]
        exponent -= 1
    return f"{{1, {exponent + 1}, {{{', '.join(f'{digit}u' for digit in digits)}}}}}"


class Transcriber:
    """Writes functions of C.

    prefix     the first part of their names
    row        what gives the name of the function of a row that a text mentions
    functions  their texts so far, each after those that it calls
    """

    def __init__(self, prefix: str, row: Callable[[Primitive], str]) -> None:
        self.row = row
        self.functions: list[str] = []
        self._prefix = prefix
        self._known: dict[Any, Term] = {}
        self._names: set[str] = set()

    def of_row(self, row: Primitive) -> str:
        """Return the name of a function of doubles with the value of a row; raises Unsaid if it has none."""
        given = [Term("double", x) for x in row.operands]
        if row.precise:
            called = _NAMED.get(row.precise)
            return called or str(self.function(row.precise, given)[0].code)
        text = ast.parse(f"lambda {', '.join(row.operands)}: {row.value_text}", mode="eval").body
        assert isinstance(text, ast.Lambda)
        return str(self._written(row.name, text, {}, dict(zip(row.operands, given, strict=True))).code)

    def function(self, function: Callable[..., Any], given: Sequence[Term]) -> tuple[Term, list[Term]]:
        """Return the kind of a function's result with its name, and the arguments with all defaults."""
        if getattr(function, "__module__", None) not in (special.__name__, words.__name__):
            raise Unsaid
        assert isinstance(function, FunctionType)
        try:
            definition = words.definition(function)
        except OSError:  # installed without its source
            raise Unsaid from None
        parameters = [parameter.arg for parameter in definition.args.args]
        if definition.args.vararg:
            parameters.append(definition.args.vararg.arg)
        missing = len(parameters) - len(given)
        defaults = [number(x) for x in (function.__defaults__ or ())[-missing:]] if missing else []
        arguments = dict(zip(parameters, [*given, *defaults], strict=True))
        found = self._written(function.__name__, definition, function.__globals__, arguments)
        return found, [*arguments.values()]

    def closure(self, node: ast.Lambda, body: _Body, given: Sequence[Term]) -> tuple[Term, list[Term]]:
        """Return a lambda's function, as `function` does; its last arguments are names from around it."""
        names = dict(zip([parameter.arg for parameter in node.args.args], given, strict=True))
        read = {x.id for x in ast.walk(node) if isinstance(x, ast.Name)}
        around = {name: term for name, term in body.names.items() if name in read and name not in names}
        found = self._written(body.name, node, body.globals, names | around)
        return found, [*given, *around.values()]

    def _written(self, name: str, node: Any, globals: dict[str, Any], given: dict[str, Term]) -> Term:
        key = (node, *[(term.kind, repr(term.code) if term.kind == "known" else "") for term in given.values()])
        if key in self._known:
            return self._known[key]
        plain = f"{self._prefix}_{name.strip('_')}"
        numbered = (f"{plain}_{k}" for k in itertools.count(2))
        unique = plain if plain not in self._names else next(x for x in numbered if x not in self._names)
        self._names.add(unique)
        self._known[key] = Term("double", unique)  # if it calls itself
        body = _Body(self, name, globals, given)
        body.write(node)
        passed = [_parameter(term.kind, x) for x, term in given.items() if term.kind != "known"]
        kind = body.result.replace(" ", "_")
        declared = [f"    {_declared(kind, x)};" for x, kind in body.kinds.items() if x not in given]
        text = "\n".join([f"static {kind} {unique}({', '.join(passed)}) {{", *declared, *body.lines, "}\n"])
        self._known[key] = Term(body.result, unique)
        self.functions.append(text)
        return self._known[key]


class _Body:
    """The body of one function.

    name     that of the function
    names    what its names stand for: arguments, variables, and what is known
    globals  where other names are found; empty for the text of a row, whose names are the table's
    kinds    those of the variables
    result   the kind of what it returns
    """

    def __init__(
        self, transcriber: Transcriber, name: str, globals: dict[str, Any], given: dict[str, Term]
    ) -> None:
        self.name = name
        self.globals = globals
        self.kinds: dict[str, str] = {}
        self.result = "int"
        self.lines: list[str] = []
        self._transcriber = transcriber
        self._given = {x: term if term.kind == "known" else Term(term.kind, x) for x, term in given.items()}
        self.names = dict(self._given)
        self._depth = 1

    def write(self, node: ast.FunctionDef | ast.Lambda) -> None:
        """Write the function until the kinds of its variables do not change any more."""
        body = [ast.Return(node.body)] if isinstance(node, ast.Lambda) else node.body
        before: Any = None
        while before != (self.kinds, self.result):
            before = dict(self.kinds), self.result
            self.names = dict(self._given)
            self.names.update({x: Term(kind, x) for x, kind in self.kinds.items()})
            self.lines = []
            self._block(body)

    def _line(self, text: str) -> None:
        self.lines.append("    " * self._depth + text)

    def _block(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            method = getattr(self, f"_{type(statement).__name__}", None)
            if method is None:
                raise Unsaid
            method(statement)
            if isinstance(statement, ast.Return):
                break

    @contextlib.contextmanager
    def _indented(self, head: str) -> Any:
        self._line(f"{head} {{")
        self._depth += 1
        yield
        self._depth -= 1
        self._line("}")

    # Statements

    def _Expr(self, statement: ast.Expr) -> None:
        call = statement.value
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "append":
            self._append(call.func.value, self.expression(call.args[0]))
        elif not isinstance(call, ast.Constant):  # a docstring
            raise Unsaid

    def _Pass(self, statement: ast.Pass) -> None:
        pass

    def _Try(self, statement: ast.Try) -> None:
        self._block(statement.body)  # C raises nothing

    def _Return(self, statement: ast.Return) -> None:
        assert statement.value
        value = self.expression(statement.value)
        self.result = _joined(self.result, value.kind)
        self._line(f"return {converted(value, self.result)};")

    def _If(self, statement: ast.If) -> None:
        test = self._truth(statement.test)
        if test.kind == "known":
            self._block(statement.body if test.code else statement.orelse)
            return
        with self._indented(f"if ({_bare(test.code)})"):
            self._block(statement.body)
        if statement.orelse:
            with self._indented("else"):
                self._block(statement.orelse)

    def _While(self, statement: ast.While) -> None:
        with self._indented(f"while ({_bare(self._truth(statement.test).code)})"):
            self._block(statement.body)

    def _For(self, loop: ast.For) -> None:
        items = loop.iter
        if isinstance(items, ast.Call) and isinstance(items.func, ast.Name) and items.func.id == "range":
            assert isinstance(loop.target, ast.Name)
            bounds = [self.expression(x).code for x in items.args]
            start, stop, step = ("0", *bounds, "1") if len(bounds) == 1 else (*bounds, "1")[:3]
            name, sign = loop.target.id, ">" if step.startswith("(-") else "<"
            self._variable(name, "long")
            with self._indented(f"for ({name} = {start}; {name} {sign} {stop}; {name} += {step})"):
                self._block(loop.body)
            return
        kind = self._name(items.id).kind if isinstance(items, ast.Name) else "known"
        if isinstance(items, ast.Name) and kind in ("doubles", "wides"):
            item = Term("double", f"{items.id}[i]")
            with self._indented(f"for (int i = 0; i < {items.id}_count; i++)"):
                self._assign(loop.target, Term("wide", converted(item, "wide")) if kind == "wides" else item)
                self._block(loop.body)
            return
        known = {name: term.code for name, term in self.names.items() if term.kind == "known"}
        code = compile(ast.Expression(items), self.name, "eval")
        for each in list(eval(code, {**self.globals, **known})):
            self._bind(loop.target, each)
            self._block(loop.body)

    def _Assign(self, statement: ast.Assign) -> None:
        (target,) = statement.targets
        if isinstance(target, ast.Tuple):
            self._unpack(target, statement.value)
        elif isinstance(statement.value, ast.List):
            assert isinstance(target, ast.Name)
            self.kinds.setdefault(f"{target.id}_count", "int")
            self._line(f"{target.id}_count = 0;")
            for item in statement.value.elts:
                self._append(target, self.expression(item))
        else:
            self._assign(target, self.expression(statement.value))

    def _AugAssign(self, statement: ast.AugAssign) -> None:
        assert isinstance(statement.target, ast.Name)
        if isinstance(statement.value, ast.List):
            for item in statement.value.elts:
                self._append(statement.target, self.expression(item))
            return
        x, y = self._name(statement.target.id), self.expression(statement.value)
        self._assign(statement.target, self._arithmetic(statement.op, x, y))

    def _variable(self, name: str, kind: str) -> str:
        """Return the kind of a variable that is assigned a term of this kind."""
        if name in self._given:
            return self._given[name].kind
        self.kinds[name] = _joined(self.kinds.get(name, "int"), kind)
        self.names[name] = Term(self.kinds[name], name)
        return self.kinds[name]

    def _assign(self, target: ast.expr, value: Term) -> None:
        assert isinstance(target, ast.Name)
        if value.kind == "known":
            self.names[target.id] = value
        else:
            kind = self._variable(target.id, value.kind)
            self._line(f"{target.id} = {_bare(converted(value, kind))};")

    def _unpack(self, target: ast.Tuple, value: ast.expr) -> None:
        if isinstance(value, ast.Tuple):
            items = [self.expression(x) for x in value.elts]
            found = [Term(item.kind, f"next_{i}") for i, item in enumerate(items)]
            values = [f"const {x.kind} {x.code} = {_bare(y.code)};" for x, y in zip(found, items, strict=True)]
        else:
            pair = self.expression(value)
            kind = pair.kind.removeprefix("pair ")
            found = [Term(kind, f"both.{place}") for place in ("first", "second")]
            values = [f"const pair_{kind} both = {pair.code};"]
        self._line("{")
        self._depth += 1
        for line in values:
            self._line(line)
        for part, item in zip(target.elts, found, strict=True):
            self._assign(part, item)
        self._depth -= 1
        self._line("}")

    def _bind(self, target: ast.expr, item: Any) -> None:
        """Let a name stand for what is known, or several."""
        if isinstance(target, ast.Tuple):
            for part, value in zip(target.elts, item, strict=True):
                self._bind(part, value)
        else:
            assert isinstance(target, ast.Name)
            self.names[target.id] = number(item)

    def _append(self, target: ast.expr, item: Term) -> None:
        assert isinstance(target, ast.Name)
        kind = _joined(self.kinds.get(target.id, "list double").removeprefix("list "), item.kind)
        self.kinds[target.id] = f"list {kind}"
        self.names[target.id] = Term(f"list {kind}", target.id)
        self._line(f"{target.id}[{target.id}_count++] = {_bare(converted(item, kind))};")

    # Expressions

    def _name(self, name: str) -> Term:
        if name in self.names:
            return self.names[name]
        if not self.globals:  # the text of a row
            row = TABLE.get(name) or DECLARED.get(name)
            return Term("known", name if name in ieee.PLAIN or row is None else row)
        return number(self.globals.get(name, vars(builtins).get(name)))

    def _truth(self, node: ast.expr) -> Term:
        """Return an expression as a truth: a number is true if it is not 0."""
        value = self.expression(node)
        if value.kind in ("known", "int"):
            return value
        return Term("int", f"({value.code} != 0)")

    def expression(self, node: ast.expr) -> Term:
        """Return an expression of Python in C."""
        if isinstance(node, ast.Constant):
            return number(node.value)
        if isinstance(node, ast.Name):
            return self._name(node.id)
        if isinstance(node, ast.Attribute):
            return number(getattr(self.expression(node.value).code, node.attr))
        if isinstance(node, ast.BinOp):
            return self._arithmetic(node.op, self.expression(node.left), self.expression(node.right))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            x = self.expression(node.operand)
            return Term(x.kind, f"wide_neg({x.code})" if x.kind == "wide" else f"(-{x.code})")
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            truth = self._truth(node.operand)
            return Term(truth.kind, not truth.code if truth.kind == "known" else f"!{truth.code}")
        if isinstance(node, ast.Compare):
            terms = [self.expression(x) for x in (node.left, *node.comparators)]
            pairs = zip(node.ops, terms, terms[1:], strict=False)
            return Term("int", _all("&&", [_compared(op, x, y) for op, x, y in pairs]))
        if isinstance(node, ast.BoolOp):
            word = "&&" if isinstance(node.op, ast.And) else "||"
            return Term("int", _all(word, [self._truth(x).code for x in node.values]))
        if isinstance(node, ast.IfExp):
            return self._choice(node)
        if isinstance(node, ast.Tuple):
            items = [self.expression(x) for x in node.elts]
            kind = _joined(items[0].kind, items[1].kind)
            first, second = [_bare(converted(x, kind)) for x in items]
            return Term(f"pair {kind}", f"(pair_{kind}){{{first}, {second}}}")
        if isinstance(node, ast.Subscript):
            return self._item(node)
        if isinstance(node, ast.Call):
            return self._call(node)
        raise Unsaid

    def _choice(self, node: ast.IfExp) -> Term:
        test = self._truth(node.test)
        if test.kind == "known":
            return self.expression(node.body if test.code else node.orelse)
        x, y = self.expression(node.body), self.expression(node.orelse)
        kind = _joined(x.kind, y.kind)
        return Term(kind, f"({test.code} ? {converted(x, kind)} : {converted(y, kind)})")

    def _item(self, node: ast.Subscript) -> Term:
        items, index = self.expression(node.value), self.expression(node.slice).code
        kind, _, each = items.kind.partition(" ")
        if kind == "pair":
            return Term(each, f"{items.code}.{'second' if index == '1' else 'first'}")
        if kind != "list":
            raise Unsaid
        return Term(each, f"{items.code}[{_bare(index)}]")

    def _arithmetic(self, op: ast.AST, x: Term, y: Term) -> Term:
        kinds = {x.kind, y.kind}
        if not kinds <= {*_NUMBERS}:
            raise Unsaid
        # A wide beside a double is a whole number, which Python makes a float then.
        kind = "double" if "double" in kinds else "wide" if "wide" in kinds else "long"
        if isinstance(op, ast.Pow):
            if kind == "wide":
                return Term(kind, f"wide_power({x.code}, {y.code})")
            return Term("double", f"pow({converted(x, 'double')}, {converted(y, 'double')})")
        if isinstance(op, ast.Mod | ast.FloorDiv):
            if kind == "long":  # of numbers that are not negative
                return Term(kind, f"({x.code} {'%' if isinstance(op, ast.Mod) else '/'} {y.code})")
            given = [Term("double", converted(term, "double")) for term in (x, y)]
            function = words.python_mod if isinstance(op, ast.Mod) else words.python_floordiv
            return self._of_function(function, given)
        if type(op) not in _ARITHMETIC:
            raise Unsaid
        sign, name = _ARITHMETIC[type(op)]
        if sign == "/" and kind == "long":
            kind = "double"
        a, b = converted(x, kind), converted(y, kind)
        return Term(kind, f"wide_{name}({_bare(a)}, {_bare(b)})" if kind == "wide" else f"({a} {sign} {b})")

    # Calls

    def _call(self, node: ast.Call) -> Term:
        if isinstance(node.func, ast.Attribute):
            owner = self.expression(node.func.value)
            if owner.kind in _NUMBERS:  # a method of Decimals
                name = node.func.attr
                libm = {"ln": "log"}.get(name, name)
                return Term(owner.kind, f"{f'wide_{name}' if owner.kind == 'wide' else libm}({owner.code})")
        function = self.expression(node.func).code
        if function is special._decimally:
            return self._decimally(node.args)
        given = []
        for argument in node.args:
            if isinstance(argument, ast.Starred):
                given += [number(x) for x in self.expression(argument.value).code]
            elif isinstance(argument, ast.Tuple):
                items = ", ".join(converted(self.expression(x), "double") for x in argument.elts)
                given.append(Term("doubles", f"(const double[]){{{items}}}, {len(argument.elts)}"))
            else:
                given.append(self.expression(argument))
        if node.keywords:
            raise Unsaid
        return self._of_function(function, given)

    def _of_function(self, function: Any, given: list[Term]) -> Term:
        first = given[0]
        if function is type:
            return Term("known", Decimal if first.kind == "wide" else float)
        if function is isinstance:
            return Term("known", first.kind == "double")
        if function is Decimal:
            text = wide_literal(first.code) if first.kind == "known" else None
            return Term("wide", f"(wide){text}" if text else converted(first, "wide"))
        if function is float:
            return number(float(first.code)) if first.kind == "known" else Term("double", converted(first, "double"))
        if function is int:
            return Term("long", f"(long){first.code}")
        if function is math.factorial:
            return Term("wide", f"wide_factorial({_bare(first.code)})")
        if function is math.fsum:
            return Term("double", f"exact_sum({first.code}, {first.code}_count)")
        if function is max and first.kind == "doubles":
            return Term("double", f"greatest({_passed(first)})")
        if function is abs and first.kind == "wide":
            return Term("wide", f"wide_abs({first.code})")
        if function in (math.isfinite, math.isinf):
            return Term("int", f"({function.__name__}({_bare(converted(first, 'double'))}) != 0)")
        if function is ieee.div:
            return self._arithmetic(ast.Div(), *given)
        name = self._transcriber.row(function) if isinstance(function, Primitive) else _name_of(function)
        if name:
            return Term("double", f"{name}({', '.join(_bare(converted(x, 'double')) for x in given)})")
        return _called(*self._transcriber.function(function, given))

    def _decimally(self, arguments: Sequence[ast.expr]) -> Term:
        """Return the call of a formula with Decimals."""
        formula, *others = arguments
        given = []
        for argument in others:
            if isinstance(argument, ast.Starred):
                given.append(Term("wides", _passed(self.expression(argument.value))))
            else:
                given.append(Term("wide", converted(self.expression(argument), "wide")))
        if isinstance(formula, ast.Lambda):
            found = self._transcriber.closure(formula, self, given)
        else:
            found = self._transcriber.function(self.expression(formula).code, given)
        return Term("double", converted(_called(*found), "double"))


def number(x: Any) -> Term:
    """Return an object of Python as a term: numbers as C writes them, others as what is known."""
    if type(x) is int:
        return Term("long", str(x) if x >= 0 else f"({x})")
    return Term("double", literal(x)) if type(x) is float else Term("known", x)


def converted(x: Term, kind: str) -> str:
    """Return the text of a number as one of another kind."""
    if x.kind == kind or (kind == "long" and x.kind == "int"):
        return str(x.code)
    if x.kind not in _NUMBERS:
        raise Unsaid
    if kind == "double":
        if x.kind == "wide":
            return f"wide_double({x.code})"
        return f"{x.code}.0" if x.code.isdigit() else f"(double){x.code}"
    if kind == "wide":
        return f"wide_of({_bare(converted(x, 'double'))})"
    raise Unsaid


def _joined(a: str, b: str) -> str:
    """Return the kind of which both are, or into which they are made."""
    if "pair" in a or "pair" in b:
        return max((a, b), key=lambda kind: ("pair" in kind, "wide" in kind))
    if not {a, b} <= {*_NUMBERS}:
        raise Unsaid
    return max(a, b, key=_NUMBERS.index)


def _compared(op: ast.AST, x: Term, y: Term) -> str:
    if type(op) not in _COMPARED or not {x.kind, y.kind} <= {*_NUMBERS}:
        raise Unsaid
    sign, kind = _COMPARED[type(op)], _joined(x.kind, y.kind)
    if kind == "wide":
        return f"(wide_compare({converted(x, kind)}, {converted(y, kind)}) {sign} 0)"
    return f"({converted(x, kind)} {sign} {converted(y, kind)})"


def _all(word: str, truths: Sequence[str]) -> str:
    return truths[0] if len(truths) == 1 else f"({f' {word} '.join(truths)})"


def _name_of(function: Any) -> str | None:
    return function if isinstance(function, str) else _NAMED.get(function)


def _called(found: Term, given: Sequence[Term]) -> Term:
    passed = [_bare(_passed(x)) for x in given if x.kind != "known"]
    return Term(found.kind, f"{found.code}({', '.join(passed)})")


def _passed(x: Term) -> str:
    return f"{x.code}, {x.code}_count" if x.kind == "doubles" and x.code.isidentifier() else str(x.code)


def _parameter(kind: str, name: str) -> str:
    return f"const double *{name}, int {name}_count" if kind in ("doubles", "wides") else f"{kind} {name}"


def _declared(kind: str, name: str) -> str:
    if kind.startswith("list "):
        return f"{kind.removeprefix('list ')} {name}[{CAPACITY}]"
    return f"{'int' if kind == 'truth' else kind} {name}"


def _bare(text: str) -> str:
    """Return an expression without brackets around all of it."""
    if not (text.startswith("(") and text.endswith(")")):
        return text
    depth = 0
    for place, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if depth == 0 and place < len(text) - 1:
            return text
    return text[1:-1]
