"""The rows of sequences as straight-line code: sums, products, lengths.

Gives `sequence`; and `terms`, `scaled_norm` and `limit` for a language that cannot call Python. A sum that is
to be rounded once carries its rounding errors along; where that does not decide the last bit, and for what
overflows, Python's own function is called. Relies on `primitives`; the writer is that of `writer`.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence

from autograd_lite.primitives import Primitive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from autograd_lite.compiler.writer import Writer

CHAINS = 4  # of products that are added independently of each other, as long as an addition takes


def sequence(write: Writer, row: Primitive, sequences: Sequence[Sequence[str]]) -> str:
    """Write a row of sequences and return the register of its result."""
    given = [x for xs in sequences for x in xs]
    xs = sequences[0]
    if row.name == "prod":
        return functools.reduce(lambda a, b: write.apply("*", a, b), xs, write.constant(1.0))
    if row.name in ("amax", "amin"):
        comparison = ">" if row.name == "amax" else "<"
        return functools.reduce(lambda a, b: _extreme(write, comparison, a, b), xs)
    if row.name == "dot" and not write.strict:
        return _dot(write, *sequences)
    if row.name == "fsum":
        return _rounded_once(write, row, xs, given)
    if row.name == "dot":
        return _rounded_once(write, row, _products(write, "times", *sequences), given)
    if row.name == "norm":
        return _norm(write, row, xs)
    if row.name == "logsumexp":
        return _logsumexp(write, row, xs)
    return write.choose_rare(True, write.constant(0.0), row, given)


def terms(write: Writer, row: Primitive, given: Sequence[str]) -> list[str] | None:
    """Write the terms whose exact sum, rounded once, a row of sequences is; None if it is no such sum."""
    half = len(given) // 2
    if row.name == "fsum":
        return list(given)
    if row.name == "dot":
        return _products(write, "times", given[:half], given[half:])
    return None


def scaled_norm(write: Writer, xs: Sequence[str]) -> str:
    """Write the length of xs where their squares overflow or vanish: all are multiplied by a power of 2."""
    sizes = [write.apply("fabs", x) for x in xs]
    infinity = write.constant(math.inf)
    great = write.apply(">", _greatest(write, sizes), write.constant(1.0))
    down, up = write.constant(2.0**-600), write.constant(2.0**600)
    scale, back = write.apply("?", great, down, up), write.apply("?", great, up, down)
    parts = [write.apply("times", x, scale) for x in xs]
    total, errors, _ = _sum(write, [write.apply("times", x, x) for x in parts])
    length = write.apply("times", write.apply("sqrt", write.apply("plus", total, errors)), back)
    infinite = [write.apply("==", x, infinity) for x in sizes]
    return write.apply("?", functools.reduce(lambda a, b: write.apply("|", a, b), infinite), infinity, length)


def limit(write: Writer, xs: Sequence[str]) -> tuple[str, str]:
    """Write the truth that a logsumexp is not finite, or of one number alone, and what it is then."""
    if len(xs) == 1:
        return write.word(True), xs[0]
    most = _greatest(write, xs)
    nans = functools.reduce(lambda a, b: write.apply("+", a, b), [write.apply("fabs", x) for x in xs])
    is_nan = write.apply("!=", nans, nans)
    infinite = write.apply("==", write.apply("fabs", most), write.constant(math.inf))
    return write.apply("|", is_nan, infinite), write.apply("?", is_nan, nans, most)


def _products(write: Writer, times: str, xs: Sequence[str], ys: Sequence[str]) -> list[str]:
    one = write.constant(1.0)
    return [
        x if y == one else y if x == one else write.apply(times, x, y) for x, y in zip(xs, ys, strict=True)
    ]


def _dot(write: Writer, xs: Sequence[str], ys: Sequence[str]) -> str:
    products = _products(write, "*", xs, ys)
    if not products:
        return write.constant(0.0)
    chains = CHAINS if len(products) >= 2 * CHAINS else 1
    sums = [functools.reduce(lambda a, b: write.apply("+", b, a), products[i::chains]) for i in range(chains)]
    return functools.reduce(lambda a, b: write.apply("+", a, b), sums)


def _two_sum(write: Writer, x: str, y: str) -> tuple[str, str]:
    """Write x + y and its rounding error, which is a number too (Knuth)."""
    total = write.apply("plus", x, y)
    back = write.apply("minus", total, x)
    lost = write.apply("minus", x, write.apply("minus", total, back))
    return total, write.apply("plus", lost, write.apply("minus", y, back))


def _sum(write: Writer, xs: Sequence[str]) -> tuple[str, str, str]:
    """Write a sum, the sum of its rounding errors, and that of their sizes."""
    if len(xs) >= 4 * CHAINS:
        chains = [_sum(write, xs[i::CHAINS]) for i in range(CHAINS)]
    else:
        zero = write.constant(0.0)
        chains = [(x, zero, zero) for x in xs] or [(zero, zero, zero)]
    total, errors, sizes = chains[0]
    for x, more, size in chains[1:]:
        total, error = _two_sum(write, total, x)
        errors = write.apply("plus", write.apply("plus", errors, error), more)
        sizes = write.apply("plus", write.apply("plus", sizes, write.apply("fabs", error)), size)
    return total, errors, sizes


def _rounded_once(write: Writer, row: Primitive, xs: Sequence[str], given: Sequence[str]) -> str:
    """Write the sum of xs, rounded once, as math.fsum does."""
    total, errors, sizes = _sum(write, xs)
    high, low = _two_sum(write, total, errors)
    # The errors were added with errors: by no more than this. fsum knows no negative zero.
    doubt = write.apply("*", sizes, write.constant(2.0**-51 * (len(xs) + 1)))
    sides = [write.apply("plus", high, write.apply(sign, low, doubt)) for sign in ("plus", "minus")]
    sure = write.apply("&", *[write.apply("==", side, high) for side in sides])
    result = write.apply("plus", high, write.constant(0.0))
    return write.choose_rare(write.apply("!", sure), result, row, given)


def _extreme(write: Writer, comparison: str, x: str, y: str) -> str:
    """Write the greater or lesser of x and y, as the table has it: NaN wins."""
    chosen = write.apply("|", write.apply(comparison, x, y), write.apply("!=", x, x))
    return write.apply("?", chosen, x, y)


def _greatest(write: Writer, xs: Sequence[str]) -> str:
    def greater(a: str, b: str) -> str:
        return write.apply("?", write.apply(">", b, a), b, a)

    return functools.reduce(greater, xs)


def _outside(write: Writer, x: str, low: float, high: float) -> str:
    """Write the truth that x is not between two bounds, or NaN."""
    above = write.apply(">", x, write.constant(low))
    below = write.apply("<", x, write.constant(high))
    return write.apply("!", write.apply("&", above, below))


def _norm(write: Writer, row: Primitive, xs: Sequence[str]) -> str:
    sizes = [write.apply("fabs", x) for x in xs]
    squares = [write.apply("times", x, x) for x in xs]
    total, errors, _ = _sum(write, squares)
    result = write.apply("sqrt", write.apply("+", total, errors))
    # Where all are moderate nothing over- or underflows that counts.
    rare = _outside(write, _greatest(write, sizes), 1e-140, 1e150)
    nans = functools.reduce(lambda a, b: write.apply("+", a, b), sizes)
    return write.choose_rare(write.apply("|", rare, write.apply("!=", nans, nans)), result, row, xs)


def _logsumexp(write: Writer, row: Primitive, xs: Sequence[str]) -> str:
    if len(xs) < 2:
        return write.choose_rare(True, write.constant(0.0), row, xs)
    most = _greatest(write, xs)
    zero = write.constant(0.0)
    taken = write.word(False)
    terms = []
    for x in xs:  # all but the first of the greatest, whose term is 1
        is_most = write.apply("==", x, most)
        skipped = write.apply("&", is_most, write.apply("!", taken))
        taken = write.apply("|", taken, is_most)
        power = write.apply("exp", write.apply("-", x, most))
        terms.append(write.apply("?", skipped, zero, power))
    total, errors, _ = _sum(write, terms)
    rest = write.apply("log1p", write.apply("+", total, errors))
    result = write.apply("+", most, rest)
    share = write.apply("*", rest, write.constant(0.35))
    cancels = write.apply("!", write.apply(">=", write.apply("fabs", result), share))
    rare = write.apply("|", cancels, _outside(write, most, -math.inf, math.inf))
    return write.choose_rare(rare, result, row, xs)
