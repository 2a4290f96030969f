"""Python functions of numbers as functions of C, statement by statement.

Gives `Transcriber`. It reads what `special` is written in: ifs, loops, recursion, pairs and lists of numbers,
and Decimals, which are of the type wide in C. A function is written once for each kinds of arguments that it
is called with, and what these decide is decided here: `isinstance`, and loops over constants. The pieces of
`runtime.c` are the words that C lacks. Relies on `expressions`, `terms` and `rows`.
"""

from __future__ import annotations

import ast
import contextlib
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from autograd_lite.compiler import rows
from autograd_lite.compiler.expressions import NAMED, Reader
from autograd_lite.compiler.terms import (
    Term,
    Unsaid,
    bare,
    converted,
    declared,
    joined,
    number,
    parameter,
    passed,
)
from autograd_lite.primitives import Primitive


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
            called = NAMED.get(row.precise)
            return called or str(self.function(row.precise, given)[0].code)
        text = ast.parse(f"lambda {', '.join(row.operands)}: {row.value_text}", mode="eval").body
        assert isinstance(text, ast.Lambda)
        return str(self.written(row.name, text, {}, dict(zip(row.operands, given, strict=True))).code)

    def function(self, function: Callable[..., Any], given: Sequence[Term]) -> tuple[Term, list[Term]]:
        """Return the kind of a function's result with its name, and the arguments with all defaults."""
        if getattr(function, "__module__", None) not in rows.FORMULAS:
            raise Unsaid
        assert isinstance(function, FunctionType)
        try:
            definition = rows.definition(function)
        except OSError:  # installed without its source
            raise Unsaid from None
        names = [argument.arg for argument in definition.args.args]
        if definition.args.vararg:
            names.append(definition.args.vararg.arg)
        missing = len(names) - len(given)
        defaults = [number(x) for x in (function.__defaults__ or ())[-missing:]] if missing else []
        arguments = dict(zip(names, [*given, *defaults], strict=True))
        found = self.written(function.__name__, definition, function.__globals__, arguments)
        return found, [*arguments.values()]

    def written(self, name: str, node: Any, globals: dict[str, Any], given: dict[str, Term]) -> Term:
        """Return the kind of the result of a function or lambda with its name, and write it if it is new."""
        key = (node, *[(x.kind, repr(x.code) if x.kind == "known" else "") for x in given.values()])
        if key not in self._known:
            plain = f"{self._prefix}_{name.strip('_')}"
            unique = plain if plain not in self._names else f"{plain}_{len(self._names)}"
            self._names.add(unique)
            self._known[key] = Term("double", unique)  # if it calls itself
            body = _Body(self, name, globals, given)
            body.write(node)
            kind = body.result.replace(" ", "_")
            parameters = [parameter(x.kind, name) for name, x in given.items() if x.kind != "known"]
            variables = [f"    {declared(kind, x)};" for x, kind in body.kinds.items()]
            head = f"static {kind} {unique}({', '.join(parameters)}) {{"
            self.functions.append("\n".join([head, *variables, *body.lines, "}\n"]))
            self._known[key] = Term(body.result, unique)
        return self._known[key]


class _Body(Reader):
    """The body of one function.

    name    that of the function
    kinds   those of the variables
    result  the kind of what it returns
    """

    def __init__(
        self, transcriber: Transcriber, name: str, globals: dict[str, Any], given: dict[str, Term]
    ) -> None:
        self.name = name
        self.kinds: dict[str, str] = {}
        self.result = "int"
        self.lines: list[str] = []
        self._transcriber = transcriber
        self._given = {x: term if term.kind == "known" else Term(term.kind, x) for x, term in given.items()}
        self._depth = 1
        super().__init__(dict(self._given), globals)

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

    def called(self, function: Any, given: Sequence[Term]) -> Term:
        if isinstance(function, Primitive):
            found = Term("double", self._transcriber.row(function))
            given = [Term("double", converted(x, "double")) for x in given]
        elif isinstance(function, ast.Lambda):  # which takes what it reads around it too
            names = dict(zip([argument.arg for argument in function.args.args], given, strict=True))
            read = {x.id for x in ast.walk(function) if isinstance(x, ast.Name)}
            names |= {name: x for name, x in self.names.items() if name in read and name not in names}
            found, given = (
                self._transcriber.written(self.name, function, self.globals, names),
                [*names.values()],
            )
        else:
            found, given = self._transcriber.function(function, given)
        arguments = [bare(passed(x)) for x in given if x.kind != "known"]
        return Term(found.kind, f"{found.code}({', '.join(arguments)})")

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

    def _Try(self, statement: ast.Try) -> None:
        self._block(statement.body)  # C raises nothing

    def _Return(self, statement: ast.Return) -> None:
        assert statement.value
        value = self.expression(statement.value)
        self.result = joined(self.result, value.kind)
        self._line(f"return {converted(value, self.result)};")

    def _If(self, statement: ast.If) -> None:
        test = self.truth(statement.test)
        if test.kind == "known":
            self._block(statement.body if test.code else statement.orelse)
            return
        with self._indented(f"if ({bare(test.code)})"):
            self._block(statement.body)
        if statement.orelse:
            with self._indented("else"):
                self._block(statement.orelse)

    def _While(self, statement: ast.While) -> None:
        with self._indented(f"while ({bare(self.truth(statement.test).code)})"):
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
        kind = self.named(items.id).kind if isinstance(items, ast.Name) else "known"
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
        x, y = self.named(statement.target.id), self.expression(statement.value)
        self._assign(statement.target, self.arithmetic(statement.op, x, y))

    def _variable(self, name: str, kind: str) -> str:
        """Return the kind of a variable that is assigned a term of this kind."""
        if name in self._given:
            return self._given[name].kind
        self.kinds[name] = joined(self.kinds.get(name, "int"), kind)
        self.names[name] = Term(self.kinds[name], name)
        return self.kinds[name]

    def _assign(self, target: ast.expr, value: Term) -> None:
        assert isinstance(target, ast.Name)
        if value.kind == "known":
            self.names[target.id] = value
        else:
            kind = self._variable(target.id, value.kind)
            self._line(f"{target.id} = {bare(converted(value, kind))};")

    def _unpack(self, target: ast.Tuple, value: ast.expr) -> None:
        if isinstance(value, ast.Tuple):
            items = [self.expression(x) for x in value.elts]
            found = [Term(item.kind, f"next_{i}") for i, item in enumerate(items)]
            values = [f"const {x.kind} {x.code} = {bare(y.code)};" for x, y in zip(found, items, strict=True)]
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
        kind = joined(self.kinds.get(target.id, "list double").removeprefix("list "), item.kind)
        self.kinds[target.id] = f"list {kind}"
        self.names[target.id] = Term(f"list {kind}", target.id)
        self._line(f"{target.id}[{target.id}_count++] = {bare(converted(item, kind))};")
