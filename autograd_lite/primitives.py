"""The table of calculus: one row per primitive, and no other file knows a derivative.

A row is text: the value, then one partial per operand, then the domain where it is not all numbers.
The text is written in the dialect that Python's `math`, C's `<math.h>` and NumPy share, plus the other
rows; a partial may also name the result, z. So the table is closed under differentiation. Gives `Primitive`
(a row), `TABLE` (all of them by name) and the rows as constants. Relies on `ieee`, `special`, `normal` and
`gammas`.

The rules of a row:

* A partial contains no `if`. A kink is a row (`step`, `sign`, `share`) whose value contains one.
* At a kink the gradient is the minimum-norm subgradient: relu'(0) = 0, abs'(0) = 0, and a tie of max or
  min is shared, one half each.
* The partial "0" is a structural zero: nothing flows, not even a NaN.
* Where the text of a value would cancel, overflow or underflow on the way, `precise` is a function of
  `special` or `normal` that computes the same to the last bits.
* A row named after another and its operand, such as pow_x, is the partial of that row; such rows and a few
  others only stand in partials, and are no functions of the package.
* The domain is where the primitive is finite and differentiable, or a corner (relu) has a convention. Outside
  it IEEE 754 decides, and where the value is NaN so are the partials.
* An operand called xs or ys is a sequence, its value an ordinary function, and its partial a sequence.
"""

from __future__ import annotations

import builtins
import functools
import math
import operator
from collections.abc import Callable, Sequence

from autograd_lite import gammas, ieee, normal, special
from autograd_lite.digits import product_error

TYPE_CHECKING = False  # typing itself would be a quarter of the import time
if TYPE_CHECKING:
    from fractions import Fraction
    from types import CodeType
    from typing import Any

TABLE: dict[str, Primitive] = {}
DECLARED: dict[str, Primitive] = {}  # what users added, by name; see `custom`


class Primitive:
    """One row of the table: a basic operation, its value and its partials.

    name           its name, a key of `TABLE` and a function of the package
    symbol         how formulas and pictures write it: "*", "exp"
    operands       the names of its operands in the texts: ("x", "y"), or ("xs",) for a sequence
    default        what the last operand is if not given; None if it must be
    value_text     the value; empty where the value is an ordinary function
    partial_texts  one per operand; "0" is a structural zero; empty where a partial is an ordinary function
    sequences      whether the operands are sequences, and the partials too
    spread         whether there are more than two operands, so that a node keeps them in one tuple
    fused          whether a node keeps its parents in tuples, for either reason
    domain         the condition under which it is finite; empty for all numbers
    vanishes       the operand that makes the result 0, whatever the other is, when it is the constant 0
    public         whether it is a function of the package, beside standing in partials
    doc            what it computes: the noun phrase after "Return"
    value          the value as a function of floats; IEEE 754 results, no exceptions
    precise        the function behind it; None where that is the text
    function       the value as a function of numbers and Values that records; set by `recording`, like these:
    pull           adds a node's cotangent, times each partial, to its parents
    push           sets a node's tangent from its parents'
    slopes         one function per operand, of operands and z, as `partials` but of Values and numbers
    declare        what adds the row to `DECLARED` once more, in another process; of users' rows alone
    """

    __slots__ = (
        "_partials", "_quiet_function", "declare", "default", "doc", "domain", "function", "fused", "name",
        "operands", "partial_texts", "precise", "public", "pull", "push", "sequences", "slopes", "spread",
        "symbol", "value", "value_text", "vanishes",
    )  # fmt: skip

    function: Callable[..., Any]
    pull: Callable[[Any, float], None]
    push: Callable[[Any, float], None]
    slopes: tuple[Callable[..., Any], ...]
    declare: Callable[[], Any]
    value: Callable[..., float]

    def __init__(
        self,
        signature: str,
        value: str | Callable[..., float],
        *partials: str | Callable[..., Any],
        precise: Callable[..., float] | None = None,
        symbol: str = "",
        domain: str = "",
        doc: str = "",
        vanishes: str = "",
        public: bool = True,
    ) -> None:
        self.name, _, operands = signature.rstrip(")").partition("(")
        operands, _, default = operands.partition("=")
        self.default = float(default) if default else None
        self.operands = tuple(operands.split(", ")) if operands else ()
        if len(partials) != len(self.operands):
            raise ValueError(
                f"primitive {signature}: expected {len(self.operands)} partials, got {len(partials)}"
            )
        self.symbol = symbol or self.name
        self.partial_texts = tuple([text if isinstance(text, str) else "" for text in partials])
        self.domain = domain
        self.sequences = operands.startswith("xs")
        self.spread = len(self.operands) > 2
        self.fused = self.sequences or self.spread
        self.doc = doc or self._partial_doc()
        self.vanishes = vanishes
        self.public = public
        self.value_text = value if isinstance(value, str) else ""
        self.precise = precise or (None if isinstance(value, str) else value)
        self.value = self.precise or self._first_value
        # Texts until they are first needed, then functions.
        self._partials: list[str | Callable[..., Any]] = list(partials)
        self._quiet_function: Callable[..., float] | None = None

    def __repr__(self) -> str:
        return f"<primitive {self.signature}>"

    def __reduce__(self) -> tuple[Callable[[str], Primitive], tuple[str]]:
        return _row, (self.name,)

    @property
    def signature(self) -> str:
        """The name and operands as the row writes them: "mul(x, y)"."""
        return f"{self.name}({', '.join(self.operands)})"

    def _partial_doc(self) -> str:
        """Return what a row computes that is named after another and its operand."""
        name, _, operand = self.name.rpartition("_")
        return f"the partial of {TABLE[name].signature} by {operand}" if name in TABLE else ""

    @property
    def partials(self) -> tuple[Callable[..., Any], ...]:
        """One function per operand, of the operands' numbers and z; IEEE 754 results, no exceptions.

        The partial by a sequence is a sequence.
        """
        return tuple([self.partial(side) for side in range(len(self._partials))])

    def partial(self, side: int) -> Callable[..., Any]:
        """Return one of `partials`, that by the operand at this position."""
        function = self._partials[side]
        if isinstance(function, str):
            function = self._partials[side] = self._quiet(self.guarded(function), (*self.operands, "z"))
        return function

    def arranged(self, operands: Sequence[Any]) -> Sequence[Any]:
        """Return operands, one after the other, as the row takes them: for sequences in lists."""
        if not self.sequences:
            return operands
        each = len(operands) // len(self.operands)
        return [operands[k * each : (k + 1) * each] for k in range(len(self.operands))]

    def guarded(self, partial: str) -> str:
        """Return the text of a partial so that it is NaN where the value is, outside the domain."""
        return f"({partial}) if z == z else z" if self.domain and partial not in ("0", "") else partial

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
            if name in ieee.PLAIN:
                functions[name] = ieee.PLAIN[name]
            elif name in SEQUENCES:
                functions[name] = SEQUENCES[name]
            elif name in TABLE or name in DECLARED:
                functions[name] = _row(name)._ready()
            else:
                raise NameError(
                    f"primitive {self.signature}: {name} is neither an operand, nor z, nor a function of math "
                    "or of the table"
                )
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
    """Return the row of that name, which a text mentions or a pickle."""
    row = TABLE.get(name) or DECLARED.get(name)
    if row is None:
        raise LookupError(
            f"there is no primitive {name!r} in this process: declare it with primitive() first"
        )
    return row


def primitive(signature: str, value: str | Callable[..., float], *partials: str, **rest: Any) -> Primitive:
    """Declare a row, add it to the table and return it."""
    row = TABLE[signature.partition("(")[0]] = Primitive(signature, value, *partials, **rest)
    return row


def auxiliary(signature: str, value: str | Callable[..., float], *partials: str, **rest: Any) -> Primitive:
    """Declare a row that only partials use."""
    return primitive(signature, value, *partials, public=False, **rest)


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

    return _rounded(sum(map(Fraction, xs)))


def _rounded(exact: Fraction | int) -> float:
    try:
        return float(exact)
    except OverflowError:
        return math.inf if exact > 0 else -math.inf


def _round(x: float, n: float) -> float:
    if n % 1:
        raise ValueError(f"round: expected a whole number of decimals, got {n}")
    try:
        return builtins.round(x, int(n))
    except OverflowError:
        return math.copysign(math.inf, x)


def _ldexp(x: float, n: float) -> float:
    if n % 1 or n != n:
        raise ValueError(f"ldexp: expected a whole number n, got {n}")
    # Beyond 5000 every number has overflowed or vanished; math.ldexp wants an int.
    exponent = 5000 if n > 5000 else -5000 if n < -5000 else int(n)
    try:
        return math.ldexp(x, exponent)
    except OverflowError:
        return math.copysign(math.inf, x)


def _sumprod(xs: Sequence[float], ys: Sequence[float]) -> float:
    if len(xs) != len(ys):
        raise ValueError(f"sumprod: xs and ys must have one length, got {len(xs)} and {len(ys)}")
    if hasattr(math, "sumprod"):  # from Python 3.12
        exact: float = math.sumprod(xs, ys)
        return exact
    products = [x * y for x, y in zip(xs, ys, strict=True)]
    if all(1e-130 < builtins.abs(x) < 1e130 for x in (*xs, *ys)):
        errors = [product_error(x, y, p) for x, y, p in zip(xs, ys, products, strict=True)]
        return math.fsum([*products, *errors])
    if not all(map(math.isfinite, (*xs, *ys))):
        return _dot(xs, ys)
    from fractions import Fraction

    return _rounded(sum(Fraction(x) * Fraction(y) for x, y in zip(xs, ys, strict=True)))


def _fma(x: float, y: float, w: float) -> float:
    if not all(map(math.isfinite, (x, y, w))):
        return w if math.isfinite(x) and math.isfinite(y) else x * y + w
    if all(1e-130 < builtins.abs(number) < 1e130 for number in (x, y, w)):
        return math.fsum([x * y, product_error(x, y, x * y), w])
    from fractions import Fraction

    exact = Fraction(x) * Fraction(y) + Fraction(w)
    return _rounded(exact) if exact else x * y + w  # only floats know the sign of a zero


def _norm(xs: Sequence[float]) -> float:
    return math.hypot(*xs)


def of_others(combine: Callable[[Any, Any], Any], alone: Any, xs: Sequence[Any]) -> list[Any]:
    """Return, for each of xs (numbers or Values), what all the others combine to: their product, say.

    `alone` is what a single x gets. In as many steps as there are numbers, and with no division or
    difference, which would cancel.
    """

    def join(left: Any, right: Any) -> Any:
        return right if left is None else left if right is None else combine(left, right)

    before, after = [None], [None]
    for x in xs[:-1]:
        before.append(join(before[-1], x))
    for x in xs[:0:-1]:
        after.append(join(after[-1], x))
    if len(xs) == 1:
        return [alone]
    return [join(left, right) for left, right in zip(before, reversed(after), strict=True)]


def _products_of_others(xs: Sequence[Any]) -> list[Any]:
    products = of_others(operator.mul, 1.0, xs)
    if {*map(type, xs)} != {float} or all(1e-290 < builtins.abs(product) < 1e290 for product in products):
        return products

    # Out there a product may have left the range of floats on the way: keep its exponent apart.
    def times(a: tuple[float, int], b: tuple[float, int]) -> tuple[float, int]:
        mantissa, exponent = math.frexp(a[0] * b[0])
        return mantissa, a[1] + b[1] + exponent

    return [_ldexp(*pair) for pair in of_others(times, (1.0, 0), [*map(math.frexp, xs)])]


def _extreme(name: str) -> Callable[[Sequence[float]], float]:
    def extreme(xs: Sequence[float]) -> float:
        if not xs:
            raise ValueError(f"a{name}: expected at least one number, got none")
        value: float = functools.reduce(TABLE[name].value, xs)
        return value

    return extreme


_amax, _amin = _extreme("max"), _extreme("min")


# Functions of sequences that partials may use; they work on numbers and Values alike. `composites` adds more.
SEQUENCES: dict[str, Callable[..., list[Any]]] = {
    "ones": lambda xs: [1.0] * len(xs),
    "products_of_others": _products_of_others,
}

# fmt: off
# arithmetic
add      = primitive("add(x, y)",      "x + y",     "1",            "1",               symbol="+",  doc="the sum x + y")
sub      = primitive("sub(x, y)",      "x - y",     "1",            "-1",              symbol="-",  doc="the difference x - y")
mul      = primitive("mul(x, y)",      "x * y",     "y",            "x",               symbol="*",  doc="the product x * y")
div      = primitive("div(x, y)",      "x / y",     "1 / y",        "div_y(x, y)",     symbol="/",  doc="the quotient x / y", domain="y != 0")
floordiv = primitive("floordiv(x, y)", "x // y",    "0",            "0",               symbol="//", doc="the quotient x / y rounded towards minus infinity", domain="y != 0")
mod      = primitive("mod(x, y)",      "x % y",     "1",            "-(x // y)",       symbol="%",  doc="the remainder x % y, with the sign of y", domain="y != 0")
neg      = primitive("neg(x)",         "-x",        "-1",                              symbol="-",  doc="the negative -x")
pow      = primitive("pow(x, y)",      "pow(x, y)", "pow_x(x, y)",  "pow_y(x, y)",     symbol="**", doc="x raised to the power y", domain="x >= 0 or y // 1 == y")

# kinks and steps
abs      = primitive("abs(x)",            "fabs(x)",                                        "sign(x)",                          doc="the absolute value of x; its derivative at 0 is 0")
max      = primitive("max(x, y)",         "x if x > y or x != x else y",                    "share(x, y)",  "share(y, x)",      doc="the greater of x and y; a tie shares the gradient, NaN wins")
min      = primitive("min(x, y)",         "x if x < y or x != x else y",                    "share(y, x)",  "share(x, y)",      doc="the lesser of x and y; a tie shares the gradient, NaN wins")
at_least = primitive("at_least(x, low)",  "x if x > low or x != x else low",                "above(x, low)",  "1 - above(x, low)",   doc="x, or low if that is greater; at a tie the gradient goes to low")
at_most  = primitive("at_most(x, high)",  "x if x < high or x != x else high",              "above(high, x)", "1 - above(high, x)",  doc="x, or high if that is less; at a tie the gradient goes to high")
relu     = primitive("relu(x)",           "0.0 if x <= 0 else x",                           "step(x)",                          doc="x where positive, else 0; its derivative at 0 is 0")
step     = primitive("step(x)",           "0.0 if x <= 0 else 1.0 if x > 0 else x",         "0",                                doc="1 where x is positive, else 0")
sign     = primitive("sign(x)",           "-1.0 if x < 0 else 1.0 if x > 0 else x",         "0",                                doc="-1, 0 or 1: the sign of x")
copysign = primitive("copysign(x, y)",    "copysign(x, y)",                                 "sign(x) * copysign(1, y)",  "0",   doc="the absolute value of x with the sign of y, also that of -0.0")
round    = primitive("round(x, n=0)",     _round,                                           "0",            "0",                doc="x rounded to n decimals, halves to even")
fract    = primitive("fract(x)",          "fmod(x, 1) if fabs(x) < 1e300 else copysign(0.0, x) if x == x else x", "1",        doc="the fractional part of x, with the sign of x")
fmod     = primitive("fmod(x, y)",        "fmod(x, y)",                                     "1",            "fmod_y(x, y)",     doc="the remainder of x / y, with the sign of x", domain="y != 0")
remainder = primitive("remainder(x, y)",  "remainder(x, y)",                                "1",            "remainder_y(x, y)", doc="x less the multiple of y that is nearest", domain="y != 0")
ldexp    = primitive("ldexp(x, n)",       _ldexp,                                           "ldexp(1, n)",  "0",                doc="x times 2 to the power n, a whole number")
nextafter = primitive("nextafter(x, y)",  "nextafter(x, y)",                                "1",            "0",                doc="the float next to x towards y")

# powers, exponentials and logarithms
exp      = primitive("exp(x)",      "exp(x)",       "z",                                    doc="e raised to the power x")
exp2     = primitive("exp2(x)",     "exp2(x)",      "0.6931471805599453 * exp2(x / 2) * exp2(x / 2)", doc="2 raised to the power x")
expm1    = primitive("expm1(x)",    "expm1(x)",     "exp(x)",                               doc="exp(x) - 1, also where x is small")
log      = primitive("log(x)",      "log(x)",       "1 / x",                                doc="the natural logarithm of x", domain="x > 0")
log2     = primitive("log2(x)",     "log2(x)",      "1.4426950408889634 / x",               doc="the logarithm of x to the base 2", domain="x > 0")
log10    = primitive("log10(x)",    "log10(x)",     "0.4342944819032518 / x",               doc="the logarithm of x to the base 10", domain="x > 0")
log1p    = primitive("log1p(x)",    "log1p(x)",     "1 / (1 + x)",                          doc="log(1 + x), also where x is small", domain="x > -1")
sqrt     = primitive("sqrt(x)",     "sqrt(x)",      "0.5 / (z + 0)",                        doc="the square root of x", domain="x >= 0")
cbrt     = primitive("cbrt(x)",     "cbrt(x)",      "cbrt_x(x)",                            doc="the cube root of x")
hypot    = primitive("hypot(x, y)", "hypot(x, y)",  "hypot_x(x, y)",  "hypot_x(y, x)",      doc="sqrt(x * x + y * y), the length of (x, y); its gradient at (0, 0) is (0, 0)")
xlogy    = primitive("xlogy(x, y)", "0.0 if x == 0 and y == y else x * log(y)",        "log(y)",     "xlogy_y(x, y)",        doc="x * log(y), and 0 where x is 0", domain="y > 0")
xlog1py  = primitive("xlog1py(x, y)", "0.0 if x == 0 and y == y else x * log1p(y)",    "log1p(y)",   "xlogy_y(x, 1 + y)",    doc="x * log1p(y), and 0 where x is 0", domain="y > -1")
logaddexp = primitive("logaddexp(x, y)", "max(x, y) + log1p(exp(-fabs(x - y)))", "logaddexp_x(x, y)", "logaddexp_x(y, x)", precise=special.logaddexp, doc="log(exp(x) + exp(y))")
log1mexp = primitive("log1mexp(x)", "log(-expm1(x)) if x > -0.6931471805599453 else log1p(-exp(x))", "exp(x) / expm1(x)",  doc="log(1 - exp(x)), for negative x", domain="x < 0")
sigmoid  = primitive("sigmoid(x)",  "(exp(x) if x < 0 else 1.0) / (1 + exp(-fabs(x)))",      "sigmoid_x(x)",             doc="the logistic function 1 / (1 + exp(-x))")
log_sigmoid = primitive("log_sigmoid(x)", "-softplus(-x)",                                   "sigmoid(-x)",              doc="log(sigmoid(x))")
logit    = primitive("logit(x)",    "log(x / (1 - x))",                                      "1 / (x * (1 - x))",        precise=special.logit, doc="log(x / (1 - x)), the inverse of the logistic function", domain="0 < x < 1")
softplus = primitive("softplus(x)", "relu(x) + log1p(exp(-fabs(x)))",                        "sigmoid(x)",               doc="log(1 + exp(x)), a smooth relu")

# trigonometric and hyperbolic, in radians
degrees  = primitive("degrees(x)",  "x * 57.29577951308232",    "57.29577951308232",            doc="an angle of x radians in degrees")
radians  = primitive("radians(x)",  "x * 0.017453292519943295", "0.017453292519943295",         doc="an angle of x degrees in radians")
sin      = primitive("sin(x)",      "sin(x)",       "cos(x)",                                   doc="the sine of x, in radians")
cos      = primitive("cos(x)",      "cos(x)",       "-sin(x)",                                  doc="the cosine of x, in radians")
tan      = primitive("tan(x)",      "tan(x)",       "1 + z * z",                                doc="the tangent of x, in radians")
asin     = primitive("asin(x)",     "asin(x)",      "asin_x(x)",                                doc="the angle in radians whose sine is x", domain="-1 <= x <= 1")
acos     = primitive("acos(x)",     "acos(x)",      "-asin_x(x)",                               doc="the angle in radians whose cosine is x", domain="-1 <= x <= 1")
atan     = primitive("atan(x)",     "atan(x)",      "1 / hypot(1, x) / hypot(1, x)",            doc="the angle in radians whose tangent is x")
atan2    = primitive("atan2(y, x)", "atan2(y, x)",  "atan2_y(y, x)",  "-atan2_y(x, y)",         doc="the angle in radians of the point (x, y); at (0, 0) it has no gradient")
sinc     = primitive("sinc(x)",     "1.0 if x == 0 else sin(3.141592653589793 * x) / (3.141592653589793 * x)", "sinc_n(1, x)", precise=special.sinc, doc="sin(pi * x) / (pi * x), and 1 at 0")
sinh     = primitive("sinh(x)",     "sinh(x)",      "cosh(x)",                                  doc="the hyperbolic sine of x")
cosh     = primitive("cosh(x)",     "cosh(x)",      "sinh(x)",                                  doc="the hyperbolic cosine of x")
tanh     = primitive("tanh(x)",     "tanh(x)",      "tanh_x(x)",                                doc="the hyperbolic tangent of x")
asinh    = primitive("asinh(x)",    "asinh(x)",     "1 / hypot(1, x)",                          doc="the number whose hyperbolic sine is x")
acosh    = primitive("acosh(x)",    "acosh(x)",     "1 / sqrt(x - 1) / sqrt(x + 1)",            doc="the number whose hyperbolic cosine is x", domain="x >= 1")
atanh    = primitive("atanh(x)",    "atanh(x)",     "atanh_x(x)",                               doc="the number whose hyperbolic tangent is x", domain="-1 < x < 1")

# the error and gamma functions
erf      = primitive("erf(x)",      "erf(x)",       "erf_x(x)",                                 doc="the error function of x")
erfc     = primitive("erfc(x)",     "erfc(x)",      "-erf_x(x)",                                doc="1 - erf(x), also where that is small")
norm_pdf = primitive("norm_pdf(x)", "0.3989422804014327 * exp(-x * x / 2)",      "norm_pdf_x(x)",     precise=normal.norm_pdf, doc="the density of the standard normal distribution at x")
norm_cdf = primitive("norm_cdf(x)", "0.5 * erfc(-0.7071067811865476 * x)",       "norm_pdf(x)",       precise=normal.norm_cdf, doc="the probability that a standard normal variable is below x")
norm_ppf = primitive("norm_ppf(x)", normal.norm_ppf,                             "norm_ppf_x(x)",     doc="the number below which a standard normal variable is with probability x", domain="0 < x < 1")
gamma    = primitive("gamma(x)",    "gamma(x)",     "gamma_x(x)",                               doc="the gamma function of x, (x - 1)! for a whole number", domain="x > 0 or x // 1 != x")
lgamma   = primitive("lgamma(x)",   "lgamma(x)",    "digamma(x)",                               doc="the logarithm of the absolute value of gamma(x)", domain="x > 0 or x // 1 != x")
digamma  = primitive("digamma(x)",  gammas.digamma,          "polygamma(1, x)",                 doc="the derivative of lgamma at x", domain="x > 0 or x // 1 != x")
polygamma = primitive("polygamma(n, x)", gammas.polygamma,   "0", "polygamma(n + 1, x)",        doc="the derivative of order n, a whole number, of digamma at x", domain="x > 0 or x // 1 != x")

# activations
leaky_relu = primitive("leaky_relu(x, slope=0.01)", "x if x > 0 else slope * x",     "leaky_relu_x(x, slope)", "min(x, 0)",        doc="x where positive, else slope * x; its derivative at 0 is the one nearer to 0")
elu      = primitive("elu(x, alpha=1)", "x if x > 0 else alpha * expm1(x)",         "elu_x(x, alpha)",        "expm1(min(x, 0))", doc="x where positive, else alpha * expm1(x)")
selu     = primitive("selu(x)",     "1.0507009873554805 * x if x > 0 else 1.7580993408473766 * expm1(x)", "selu_x(x)",      doc="the self-normalising elu of x (Klambauer et al., 2017); its derivative at 0 is 1.0507")
gelu     = primitive("gelu(x)",     "x * norm_cdf(x)",                              "gelu_x(x)",          precise=normal.gelu, doc="x * norm_cdf(x), a smooth relu")
silu     = primitive("silu(x)",     "x * sigmoid(x)",                               "silu_x(x)",          precise=special.silu, doc="x * sigmoid(x), a smooth relu")
mish     = primitive("mish(x)",     "x * tanh(softplus(x))",                        "mish_x(x)",          precise=special.mish, doc="x * tanh(softplus(x)), a smooth relu")
hardtanh = primitive("hardtanh(x)", "-1.0 if x <= -1 else 1.0 if x >= 1 else x",    "hardtanh_x(x)",      doc="x held between -1 and 1; its derivative there is 0")
softsign = primitive("softsign(x)", "x / (1 + fabs(x)) if fabs(x) <= 1.7e308 or x != x else copysign(1.0, x)", "1 / (1 + abs(x)) / (1 + abs(x))",    doc="x / (1 + abs(x))")

# one node for more than two operands, or for a whole sequence
fma      = primitive("fma(x, y, w)",    _fma,               "y", "x", "1",                  doc="x * y + w, rounded once")
dot      = primitive("dot(xs, ys)",     _dot,               "ys",   "xs",                   doc="the sum of the products of xs and ys, rounded once after the products")
sumprod  = primitive("sumprod(xs, ys)", _sumprod,           "ys",   "xs",                   doc="the sum of the products of xs and ys, with the digits that rounded products lose")
fsum     = primitive("fsum(xs)",        _fsum,              "ones(xs)",                     doc="the sum of xs, rounded once")
prod     = primitive("prod(xs)",        math.prod,          "products_of_others(xs)",       doc="the product of xs, left to right")
amax     = primitive("amax(xs)",        _amax,              "shares_of_greatest(xs)",       doc="the greatest of xs; ties share the gradient equally, NaN wins")
amin     = primitive("amin(xs)",        _amin,              "shares_of_least(xs)",          doc="the least of xs; ties share the gradient equally, NaN wins")
norm     = primitive("norm(xs)",        _norm,              "directions(xs, z)",            doc="the Euclidean length of xs; its gradient at 0 is 0")
logsumexp = primitive("logsumexp(xs)",  special.logsumexp,  "shares(xs)",                   doc="log of the sum of exp of xs")

# recording
identity = primitive("identity(x)",     "x",                "1",                            doc="x itself, as a node of its own")
stop_gradient = primitive("stop_gradient(x)", "x",          "0",                            doc="x itself, through which no gradient flows")
choose_x = auxiliary("choose_x(x, y)",  "x",                "1",  "0",                      doc="x: what `where` makes where its condition holds")
choose_y = auxiliary("choose_y(x, y)",  "y",                "0",  "1",                      doc="y: what `where` makes where its condition fails")
constant = auxiliary("constant()",      "",                                                 doc="a result computed under no_grad, which remembers no parents")

# what only partials use: products and comparisons with a convention, and partials that need care of their own
share    = auxiliary("share(x, y)",     "1.0 if x > y else 0.0 if x < y else 0.5 if x == y else x + y", "0", "0",   doc="1 where x > y, 0 where x < y, 0.5 at a tie")
above    = auxiliary("above(x, y)",     "1.0 if x > y else 0.0 if x <= y else x + y",                   "0", "0",   doc="1 where x > y, else 0")
scale    = auxiliary("scale(x, y)",     "0.0 if x == 0 else x * y",                                     "y", "x",   vanishes="x", doc="x * y, and 0 where x is 0, whatever y is")
exp_sub  = auxiliary("exp_sub(x, y)",   "1.0 if x == y else exp(x - y)",        "z",    "-z",   precise=special.exp_sub, doc="exp(x - y), also with the digits that x - y loses")
div_y    = auxiliary("div_y(x, y)",     "-x / y / y",                           "-1 / y / y",  "-2 * div_y(x, y) / y",     precise=special.div_y, domain="y != 0")
pow_x    = auxiliary("pow_x(x, y)",     "0.0 if y == 0 else y * pow(x, y - 1)", "scale(y, pow_x(x, y - 1))",  "pow_xy(x, y)",   precise=special.pow_x, vanishes="y", domain="x >= 0 or y // 1 == y")
pow_y    = auxiliary("pow_y(x, y)",     "0.0 if x == 0 and y >= 0 else pow(x, y) * log(x)", "pow_xy(x, y)", "scale(z, log(x))", precise=special.pow_y, domain="x >= 0")
pow_xy   = auxiliary("pow_xy(x, y)",    "0.0 if x == 0 and y > 1 else pow(x, y - 1) * (1 + y * log(x))",
                     "pow_x(x, y - 1) + y * pow_xy(x, y - 1)", "scale(pow_y(x, y - 1), 2 + y * log(x))", doc="the partial of pow_x(x, y) by y", domain="x >= 0")
fmod_y   = auxiliary("fmod_y(x, y)",    "rint(fmod(x, y) / y - x / y)",         "0", "0",       domain="y != 0")
remainder_y = auxiliary("remainder_y(x, y)", "rint(remainder(x, y) / y - x / y)", "0", "0",     domain="y != 0")
hypot_x  = auxiliary("hypot_x(x, y)",   "0.0 if x == 0 else x / hypot(x, y)",   "hypot_x(y, x) * hypot_x(y, x) / hypot(x, y)", "-hypot_x(x, y) * hypot_x(y, x) / hypot(x, y)", precise=special.hypot_x)
xlogy_y  = auxiliary("xlogy_y(x, y)",   "0.0 if x == 0 and y == y else x / y",  "1 / y", "-xlogy_y(x, y) / y",   domain="y != 0")
logaddexp_x = auxiliary("logaddexp_x(x, y)", "sigmoid(x - y)",                  "z * logaddexp_x(y, x)", "-z * logaddexp_x(y, x)", precise=special.logaddexp_x)
atan2_y  = auxiliary("atan2_y(y, x)",   "x / hypot(x, y) / hypot(x, y)",        "-2 * z * atan2_y(x, y)", "(y - x) / hypot(x, y) * ((y + x) / hypot(x, y)) / hypot(x, y) / hypot(x, y)", precise=special.atan2_y)
sinc_n   = auxiliary("sinc_n(n, x)",    special.sinc_n,                         "0", "sinc_n(n + 1, x)",         doc="the derivative of order n of sinc at x")
cbrt_x   = auxiliary("cbrt_x(x)",       "cbrt(x) / x / 3 if x != 0 else 1 / (3 * x * x)", "-2 * z / x / 3")
sigmoid_x = auxiliary("sigmoid_x(x)",   "sigmoid(x) * sigmoid(-x)",             "-z * tanh(x / 2)",                     precise=special.sigmoid_x)
asin_x   = auxiliary("asin_x(x)",       "1 / sqrt((1 - x) * (1 + x))",          "x * z / ((1 - x) * (1 + x))",          domain="-1 <= x <= 1")
atanh_x  = auxiliary("atanh_x(x)",      "1 / ((1 - x) * (1 + x))",              "2 * x * z * z",                        domain="-1 < x < 1")
tanh_x   = auxiliary("tanh_x(x)",       "1 / cosh(x) / cosh(x)",                "-2 * tanh(x) * z")
erf_x    = auxiliary("erf_x(x)",        "1.1283791670955126 * exp(-x * x)",     "-2 * x * z",       precise=normal.erf_x)
norm_pdf_x = auxiliary("norm_pdf_x(x)", "-x * norm_pdf(x)",                     "-z * x - norm_pdf(x)",            precise=normal.norm_pdf_x)
norm_ppf_x = auxiliary("norm_ppf_x(x)", "1 / norm_pdf(norm_ppf(x))",            "norm_ppf(x) * z * z",                  precise=normal.norm_ppf_x, domain="0 < x < 1")
gamma_x  = auxiliary("gamma_x(x)",      "gamma(x) * digamma(x)",                "gamma_x(x) * digamma(x) + gamma(x) * polygamma(1, x)", precise=gammas.gamma_x, domain="x > 0 or x // 1 != x")
leaky_relu_x = auxiliary("leaky_relu_x(x, slope)", "1.0 if x > 0 else slope if x < 0 else min(max(slope, 0), 1) if x == 0 else x", "0", "step(-x)")
elu_x    = auxiliary("elu_x(x, alpha)", "1.0 if x > 0 else alpha * exp(x / 2) * exp(x / 2) if x < 0 else min(max(alpha, 0), 1) if x == 0 else x", "z * step(-x)", "exp(min(x, 0)) * step(-x)")
selu_x   = auxiliary("selu_x(x)",       "1.0507009873554805 if x >= 0 else 1.7580993408473766 * exp(x)", "z * step(-x)")
gelu_x   = auxiliary("gelu_x(x)",       "norm_cdf(x) + x * norm_pdf(x)",        "2 * norm_pdf(x) + x * norm_pdf_x(x)",            precise=normal.gelu_x)
silu_x   = auxiliary("silu_x(x)",       "sigmoid(x) * (1 + x * sigmoid(-x))",   "sigmoid(x) * sigmoid(-x) * (2 - x * tanh(x / 2))", precise=special.silu_x)
mish_x   = auxiliary("mish_x(x)",       "tanh(softplus(x)) + x * sigmoid(x) / cosh(softplus(x)) / cosh(softplus(x))",
                     "sigmoid(x) / cosh(softplus(x)) / cosh(softplus(x)) * (2 + x * (sigmoid(-x) - 2 * sigmoid(x) * tanh(softplus(x))))", precise=special.mish_x)
hardtanh_x = auxiliary("hardtanh_x(x)", "1.0 if fabs(x) < 1 else 0.0 if x == x else x", "0")
# fmt: on
