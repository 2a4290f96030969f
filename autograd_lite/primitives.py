"""The table of calculus: one row per primitive, and no other file knows a derivative.

A row is text: the value, then one partial per operand, then the domain where it is not all numbers.
The text is written in the dialect that Python's `math`, C's `<math.h>` and NumPy share, plus the other
rows; a partial may also name the result, z. So the table is closed under differentiation. Gives `Primitive` (a row), `TABLE` (all of them by name) and the rows as constants.
Relies on `ieee`.

The rules of a row:

* A partial contains no `if`. A kink is a row (`step`, `sign`, `share`) whose value contains one.
* At a kink the gradient is the minimum-norm subgradient: relu'(0) = 0, abs'(0) = 0, and a tie of max or
  min is shared, one half each.
* The partial "0" is a structural zero: nothing flows, not even a NaN.
* The domain is where the primitive is finite and differentiable, or a corner (relu) has a convention. Outside
  it IEEE 754 decides, and where the value is NaN so are the partials.
* An operand called xs or ys is a sequence, its value an ordinary function, and its partial a sequence.
"""

from __future__ import annotations

import builtins
import math
import operator
from collections.abc import Callable, Sequence

from autograd_lite import ieee

TYPE_CHECKING = False  # typing itself would be a quarter of the import time
if TYPE_CHECKING:
    from types import CodeType
    from typing import Any

TABLE: dict[str, Primitive] = {}


class Primitive:
    """One row of the table: a basic operation, its value and its partials.

    name           its name, a key of `TABLE` and a function of the package
    symbol         how formulas and pictures write it: "*", "exp"
    operands       the names of its operands in the texts: ("x", "y"), or ("xs",) for a sequence
    value_text     the value; empty where the value is an ordinary function
    partial_texts  one per operand; "0" is a structural zero
    fused          whether the operands are sequences
    domain         the condition under which it is finite; empty for all numbers
    doc            what it computes: the noun phrase after "Return"
    value          the value as a function of floats; IEEE 754 results, no exceptions
    pull           adds a node's cotangent, times each partial, to its parents; set by `recording`
    """

    __slots__ = (
        "_partials", "_quiet_function", "doc", "domain", "fused", "name", "operands", "partial_texts", "pull",
        "symbol", "value", "value_text",
    )  # fmt: skip

    pull: Callable[[Any, float], None]
    value: Callable[..., float]

    def __init__(
        self,
        signature: str,
        value: str | Callable[..., float],
        *partials: str,
        symbol: str = "",
        domain: str = "",
        doc: str,
    ) -> None:
        self.name, _, operands = signature.rstrip(")").partition("(")
        self.operands = tuple(operands.split(", ")) if operands else ()
        if len(partials) != len(self.operands):
            raise ValueError(
                f"primitive {signature}: expected {len(self.operands)} partials, got {len(partials)}"
            )
        self.symbol = symbol or self.name
        self.partial_texts = partials
        self.domain = domain
        self.fused = operands.startswith("xs")
        self.doc = doc
        self.value_text = value if isinstance(value, str) else ""
        self.value = self._first_value if isinstance(value, str) else value
        self._partials: tuple[Callable[..., Any], ...] | None = None
        self._quiet_function: Callable[..., float] | None = None

    def __repr__(self) -> str:
        return f"<primitive {self.signature}>"

    def __reduce__(self) -> tuple[Callable[[str], Primitive], tuple[str]]:
        return _row, (self.name,)

    @property
    def signature(self) -> str:
        """The name and operands as the row writes them: "mul(x, y)"."""
        return f"{self.name}({', '.join(self.operands)})"

    @property
    def partials(self) -> tuple[Callable[..., Any], ...]:
        """One function per operand, of the operands' numbers and z; IEEE 754 results, no exceptions.

        The partial by a sequence is a sequence.
        """
        if self._partials is None:
            arguments = (*self.operands, "z")
            self._partials = tuple(self._quiet(self.guarded(text), arguments) for text in self.partial_texts)
        return self._partials

    def guarded(self, partial: str) -> str:
        """Return the text of a partial so that it is NaN where the value is, outside the domain."""
        return f"({partial}) if z == z else z" if self.domain and partial != "0" else partial

    def code(self, source: str, mode: str) -> CodeType:
        """Compile source that was made from this row; a traceback quotes the row as the file name."""
        return compile(source, f"<{self.signature} = {self.value_text or '...'}>", mode)

    def names(self, *texts: str) -> dict[str, Callable[..., Any]]:
        """Return what the names in the texts stand for: the dialect's functions, which may raise, or rows.

        Raises NameError for a name that is neither an operand nor z nor any of these.
        """
        mentioned = {name for text in texts for name in self.code(text, "eval").co_names}
        functions: dict[str, Callable[..., Any]] = {}
        for name in mentioned.difference(self.operands, "z"):
            if name in ieee.FUNCTIONS and hasattr(math, name):
                functions[name] = getattr(math, name)
            elif name in SEQUENCES:
                functions[name] = SEQUENCES[name]
            elif name in TABLE:
                functions[name] = TABLE[name]._ready()
            else:
                raise NameError(f"primitive {self.signature}: {name} is neither an operand, nor z, nor a row")
        return functions

    def _first_value(self, *numbers: float) -> float:
        """Stand in for `value` until its first use compiles it."""
        return self._ready()(*numbers)

    def _ready(self) -> Callable[..., float]:
        """Return the value as a function: Python's own arithmetic first, IEEE 754 where that raises."""
        if self.value == self._first_value:
            arguments = ", ".join(self.operands)
            source = (
                f"def value({arguments}):\n"
                f"    try:\n"
                f"        return {self.value_text}\n"
                f"    except RAISED:\n"
                f"        return quiet({arguments})\n"
            )
            namespace: dict[str, Any] = {
                "__builtins__": {},
                "RAISED": ieee.RAISED,
                "quiet": self._quiet_value,
                **self.names(self.value_text),
            }
            exec(self.code(source, "exec"), namespace)
            self.value = namespace["value"]
        return self.value

    def _quiet_value(self, *numbers: float) -> float:
        """Return the value by IEEE 754 rules; compiled at the first singular point that is met."""
        if self._quiet_function is None:
            self._quiet_function = self._quiet(self.value_text, self.operands)
        return self._quiet_function(*numbers)

    def _quiet(self, text: str, arguments: Sequence[str]) -> Callable[..., Any]:
        """Return a text as a function of its arguments that follows IEEE 754 rules throughout."""
        names = {**self.names(text), **ieee.FUNCTIONS, "__builtins__": {}}
        source = ieee.quiet_source(f"lambda {', '.join(arguments)}: {text}")
        function: Callable[..., Any] = eval(self.code(source, "eval"), names)
        return function


def _row(name: str) -> Primitive:
    """Return the row that a pickle names."""
    return TABLE[name]


def primitive(signature: str, value: str | Callable[..., float], *partials: str, **rest: str) -> Primitive:
    """Declare a row, add it to the table and return it."""
    row = TABLE[signature.partition("(")[0]] = Primitive(signature, value, *partials, **rest)
    return row


def _dot(xs: Sequence[float], ys: Sequence[float]) -> float:
    if len(xs) != len(ys):
        raise ValueError(f"dot: xs and ys must have one length, got {len(xs)} and {len(ys)}")
    # fsum is as fast as a plain sum and gives the same bits in every version of Python.
    try:
        return math.fsum(map(operator.mul, xs, ys))
    except ieee.RAISED:
        return _fsum([x * y for x, y in zip(xs, ys, strict=True)])


def _fsum(xs: Sequence[float]) -> float:
    try:
        return math.fsum(xs)
    except ieee.RAISED:
        infinite = [x for x in xs if not math.isfinite(x)]
        if infinite:
            return sum(infinite)  # an infinity, or nan for inf - inf
    # A partial sum overflowed, the sum itself perhaps not.
    from fractions import Fraction

    total = sum(map(Fraction, xs))
    try:
        return float(total)
    except OverflowError:
        return math.inf if total > 0 else -math.inf


def _round(x: float, n: float) -> float:
    if n % 1:
        raise ValueError(f"round: expected a whole number of decimals, got {n}")
    try:
        return builtins.round(x, int(n))
    except OverflowError:
        return math.copysign(math.inf, x)


def _products_of_others(xs: Sequence[Any]) -> list[Any]:
    """Return, for each of xs (numbers or Values), the product of all the others; right where one is 0."""
    before, after = [1.0], [1.0]
    for x in xs[:-1]:
        before.append(before[-1] * x)
    for x in xs[:0:-1]:
        after.append(after[-1] * x)
    return [left * right for left, right in zip(before, reversed(after), strict=True)]


# Functions that a partial by a sequence may use; they work on numbers and Values alike.
SEQUENCES: dict[str, Callable[[Sequence[Any]], list[Any]]] = {
    "ones": lambda xs: [1.0] * len(xs),
    "products_of_others": _products_of_others,
}

# fmt: off
# arithmetic
add      = primitive("add(x, y)",      "x + y",     "1",            "1",               symbol="+",  doc="the sum x + y")
sub      = primitive("sub(x, y)",      "x - y",     "1",            "-1",              symbol="-",  doc="the difference x - y")
mul      = primitive("mul(x, y)",      "x * y",     "y",            "x",               symbol="*",  doc="the product x * y")
div      = primitive("div(x, y)",      "x / y",     "1 / y",        "-z / y",          symbol="/",  doc="the quotient x / y", domain="y != 0")
floordiv = primitive("floordiv(x, y)", "x // y",    "0",            "0",               symbol="//", doc="the quotient x / y rounded towards minus infinity", domain="y != 0")
mod      = primitive("mod(x, y)",      "x % y",     "1",            "-(x // y)",       symbol="%",  doc="the remainder x % y, with the sign of y", domain="y != 0")
neg      = primitive("neg(x)",         "-x",        "-1",                              symbol="-",  doc="the negative -x")
pow      = primitive("pow(x, y)",      "pow(x, y)", "pow_x(x, y)",  "pow_y(x, y)",     symbol="**", doc="x raised to the power y", domain="x >= 0 or y // 1 == y")
# pow_x: where y - 1 is rounded, its error would count ln(x) times, so there z / x takes the place of the power;
# where the power is subnormal, its two halves keep the digits that y brings back.
pow_x    = primitive("pow_x(x, y)",    "0.0 if y == 0 else y * pow(x, (y - 1) / 2) * pow(x, (y - 1) / 2) if x > 0 and pow(x, y - 1) < 1e-290 else y * pow(x, y - 1) if y - 1 + 1 == y or not 1e-290 < fabs(pow(x, y)) < 1e300 else y * (pow(x, y) / x)",
                     "y * pow_x(x, y - 1)", "pow(x, y - 1) + y * pow_y(x, y - 1)",     doc="the partial of pow(x, y) by x", domain="x >= 0 or y // 1 == y")
pow_y    = primitive("pow_y(x, y)",    "0.0 if x == 0 and y >= 0 else pow(x, y) * log(x)",
                     "pow(x, y - 1) + y * pow_y(x, y - 1)", "pow_y(x, y) * log(x)",    doc="the partial of pow(x, y) by y; 0 at x = 0, y >= 0", domain="x >= 0")

# kinks and steps
abs      = primitive("abs(x)",      "fabs(x)",                                                          "sign(x)",                     doc="the absolute value of x; its derivative at 0 is 0")
max      = primitive("max(x, y)",   "x if x > y or x != x else y",                                      "share(x, y)",  "share(y, x)", doc="the greater of x and y; a tie shares the gradient, NaN wins")
min      = primitive("min(x, y)",   "x if x < y or x != x else y",                                      "share(y, x)",  "share(x, y)", doc="the lesser of x and y; a tie shares the gradient, NaN wins")
relu     = primitive("relu(x)",     "0.0 if x <= 0 else x",                                             "step(x)",                     doc="x where positive, else 0; its derivative at 0 is 0")
step     = primitive("step(x)",     "0.0 if x <= 0 else 1.0 if x > 0 else x",                           "0",                           doc="1 where x is positive, else 0")
sign     = primitive("sign(x)",     "-1.0 if x < 0 else 1.0 if x > 0 else x",                           "0",                           doc="-1, 0 or 1: the sign of x")
share    = primitive("share(x, y)", "1.0 if x > y else 0.0 if x < y else 0.5 if x == y else x + y",     "0",            "0",           doc="1 where x > y, 0 where x < y, 0.5 at a tie")
round    = primitive("round(x, n)", _round,                                  "0",            "0",           doc="x rounded to n decimals, halves to even")

# exponentials and powers
exp      = primitive("exp(x)",      "exp(x)",                                                "z",                     doc="e raised to the power x")
log      = primitive("log(x)",      "log(x)",                                                "1 / x",                 doc="the natural logarithm of x", domain="x > 0")
sqrt     = primitive("sqrt(x)",     "sqrt(x)",                                               "0.5 / z",               doc="the square root of x", domain="x >= 0")
sigmoid  = primitive("sigmoid(x)",  "(exp(x) if x < 0 else 1.0) / (1 + exp(-fabs(x)))",      "z * sigmoid(-x)",       doc="the logistic function 1 / (1 + exp(-x))")
softplus = primitive("softplus(x)", "relu(x) + log1p(exp(-fabs(x)))",                        "sigmoid(x)",            doc="log(1 + exp(x)), a smooth relu")

# trigonometric and hyperbolic
sin      = primitive("sin(x)",      "sin(x)",       "cos(x)",                   doc="the sine of x, in radians")
cos      = primitive("cos(x)",      "cos(x)",       "-sin(x)",                  doc="the cosine of x, in radians")
tan      = primitive("tan(x)",      "tan(x)",       "1 + z * z",                doc="the tangent of x, in radians")
sinh     = primitive("sinh(x)",     "sinh(x)",      "cosh(x)",                  doc="the hyperbolic sine of x")
cosh     = primitive("cosh(x)",     "cosh(x)",      "sinh(x)",                  doc="the hyperbolic cosine of x")
tanh     = primitive("tanh(x)",     "tanh(x)",      "1 / cosh(x) / cosh(x)",    doc="the hyperbolic tangent of x")

# fused: one node for a whole sequence
dot      = primitive("dot(xs, ys)", _dot,           "ys",   "xs",               doc="the sum of the products of xs and ys, rounded once after the products")
fsum     = primitive("fsum(xs)",    _fsum,          "ones(xs)",                 doc="the sum of xs, rounded once")
prod     = primitive("prod(xs)",    math.prod,      "products_of_others(xs)",   doc="the product of xs, left to right")

# recording
stop_gradient = primitive("stop_gradient(x)", "x",  "0",                        doc="x itself, through which no gradient flows")
constant      = primitive("constant()",       "",                               doc="a result computed under no_grad, which remembers no parents")
# fmt: on
