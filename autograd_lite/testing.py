"""Checking derivatives: `check_grad` compares every mode with finite differences and finds the wrong rule.

`check_leaves` does so for what `backward()` gives to leaves that a function uses, as a model's parameters.
Relies on `differences`, `functional` and `orders`.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping, Sequence

from autograd_lite.anomalies import where
from autograd_lite.context import detect_anomaly, no_grad
from autograd_lite.differences import Slope, one_sided, slope
from autograd_lite.engine import Value, number, plain
from autograd_lite.functional import grad, jvp
from autograd_lite.graph import topological_order
from autograd_lite.orders import slopes
from autograd_lite.trees import numbers_of, places_of, rebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class GradientCheck:
    """What `check_grad` measured; its string is a table.

    rows   one per number in the arguments: its place, the gradient in reverse mode and the measured slope
    notes  what was found beside: kinks, and what could not be measured
    """

    def __init__(self) -> None:
        self.rows: list[tuple[str, float, Slope]] = []
        self.notes: list[str] = []

    def __str__(self) -> str:
        width = max([8, *(len(place) for place, _, _ in self.rows)])
        lines = [f"{'argument':<{width}}{'gradient':>24}{'finite difference':>24}{'apart':>9}{'step':>9}"]
        for place, gradient, measured in self.rows:
            apart = f"{abs(gradient - measured.value):.1e}" if measured.measured else "-"
            lines.append(
                f"{place:<{width}}{gradient:>24.16g}{measured.value:>24.16g}{apart:>9}{measured.step:>9.1e}"
            )
        return "\n".join([*lines, *self.notes])

    __repr__ = __str__


def check_grad(f: Callable[..., Any], *args: Any, order: int = 2, tolerance: float = 1e-6) -> GradientCheck:
    """Check f's derivatives at the arguments: reverse and forward mode, and second order, by differences.

    f          a function that returns one number
    args       where; numbers or structures of numbers, as for `grad`
               more than 24 are moved together, in eight directions
    order      1 to leave out the second derivatives
    tolerance  relative; what the differences themselves are in doubt of is added

    Steps are chosen for each argument. A kink is no error: it is reported with the slopes on both sides and
    the convention. Returns what was measured. Raises AssertionError with the place of what is wrong: an
    operation whose rule is wrong by name, operand and source line, or an argument.

    >>> from autograd_lite import relu
    >>> print(check_grad(lambda x: relu(x) + x, 0.0).notes[0])
    argument 0: kink: left slope 1, right slope 2, convention gives 1
    """
    report = GradientCheck()
    numbers = [plain(x, "check_grad") for x in _flat(args)]
    argnums = tuple(range(len(args)))

    def call(at: Sequence[float]) -> float:
        leaves = iter([Value(x) for x in at])
        with no_grad():
            result = f(*[rebuilt(tree, leaves) for tree in args])
        return plain(result, "check_grad: the result of f")

    def gradient(at: Sequence[float]) -> list[float]:
        following = iter(at)
        found = grad(f, argnums)(*[rebuilt(tree, following) for tree in args])
        return [plain(x) for x in _flat(found)]

    def tangent(at: Sequence[float], direction: Sequence[float]) -> float:
        primals, tangents = iter(at), iter(direction)
        point, way = ([rebuilt(tree, xs) for tree in args] for xs in (primals, tangents))
        return plain(jvp(f, point, way)[1])

    found = gradient(numbers)
    places = [p for i, tree in enumerate(args) for p in places_of(tree, f"argument {i}")]
    _blame_rules(f, args, numbers, tolerance)
    _check_first(report, places, found, call, numbers, tolerance)
    noise = 1e-12 * _size_of_sums(f, args, numbers)
    _check_forward(found, [tangent(numbers, unit) for unit in _directions(len(numbers))], places, noise)
    if order > 1:
        _check_second(report, f, args, numbers, gradient, tolerance, noise)
    return report


def check_leaves(
    f: Callable[[], Any], leaves: Mapping[str, Value], *, tolerance: float = 1e-6
) -> GradientCheck:
    """Check the gradients that backward() gives to leaves which f uses, by differences; they have names.

    f  a function of no arguments that returns one Value; it is called with the leaves moved

    More than 24 leaves are moved together, in eight directions. Returns what was measured; the leaves are
    then as before, gradients too. Raises AssertionError as `check_grad`.

    >>> w = Value(3.0)
    >>> print(check_leaves(lambda: w**2, {"w": w}).rows[0][:2])
    ('w', 6.0)
    """
    report = GradientCheck()
    numbers = [leaf.data for leaf in leaves.values()]
    gradients = [leaf.grad for leaf in leaves.values()]

    def call(at: Sequence[float]) -> float:
        for leaf, x in zip(leaves.values(), at, strict=True):
            leaf.data = x
        with no_grad():
            return plain(f(), "check_leaves: the result of f")

    root = f()
    if type(root) is not Value:
        raise TypeError(f"check_leaves: expected f to return a Value, got {type(root).__name__}")
    _blame_rules(f, (), [], tolerance)
    try:
        for leaf in leaves.values():
            leaf.grad = 0.0
        root.backward()
        found = [leaf.grad for leaf in leaves.values()]
        _check_first(report, list(leaves), found, call, numbers, tolerance)
    finally:
        for leaf, x, gradient in zip(leaves.values(), numbers, gradients, strict=True):
            leaf.data, leaf.grad = x, gradient
    return report


_MANY = 24  # more numbers than these are moved together, in eight directions


def _flat(trees: Sequence[Any]) -> list[Any]:
    return [x for i, tree in enumerate(trees) for x in numbers_of(tree, f"check_grad: argument {i}")]


def _along(f: Callable[[Sequence[float]], float], at: Sequence[float], i: int) -> Callable[[float], float]:
    """Return f as a function of number i alone."""
    return lambda x: f([*at[:i], x, *at[i + 1 :]])


def _check_first(
    report: GradientCheck,
    places: Sequence[str],
    gradient: Sequence[float],
    call: Callable[[Sequence[float]], float],
    numbers: Sequence[float],
    tolerance: float,
) -> None:
    """Compare a gradient with differences, number by number, or of many numbers along directions."""
    if len(numbers) <= _MANY:
        for i, place in enumerate(places):
            _check_argument(report, place, gradient[i], _along(call, numbers, i), numbers[i], tolerance)
        return
    for k, way in enumerate(_directions(len(numbers))):
        way = [w * (abs(x) or 1.0) for w, x in zip(way, numbers, strict=True)]
        slope_along = math.fsum(g * w for g, w in zip(gradient, way, strict=True))

        def moved(t: float, way: list[float] = way) -> float:
            return call([x + t * w for x, w in zip(numbers, way, strict=True)])

        _check_argument(report, f"direction {k}", slope_along, moved, 0.0, tolerance)


def _check_argument(
    report: GradientCheck,
    place: str,
    gradient: float,
    f: Callable[[float], float],
    x: float,
    tolerance: float,
) -> None:
    measured = slope(f, x)
    left, right = one_sided(f, x)
    remark = ""
    if left.measured and right.measured and not left.agrees(right.value, 1e-2):
        low, high = sorted((left.value, right.value))
        slack = 1e-6 * max(1.0, abs(low), abs(high))
        remark = (
            f"kink: left slope {left.value:.6g}, right slope {right.value:.6g}, "
            f"convention gives {gradient:.6g}"
        )
        if not low - slack <= gradient <= high + slack:
            raise AssertionError(f"{place}: {remark}, which is not between them")
    elif not measured.measured:
        one = left if left.measured else right
        if one.measured and not one.agrees(gradient, 1e-4):
            raise AssertionError(_wrong(place, gradient, one))
        remark = "measured from one side" if one.measured else "no slope could be measured here"
    elif not measured.agrees(gradient, tolerance):
        raise AssertionError(_wrong(place, gradient, measured))
    report.rows.append((place, gradient, measured))
    if remark:
        report.notes.append(f"{place}: {remark}")


def _wrong(place: str, gradient: float, measured: Slope) -> str:
    return (
        f"{place}: the gradient is {gradient!r}, but finite differences give {measured.value!r} (error about "
        f"{measured.error:.0e}). Every operation's own rule is right, so that a dependence is lost or added "
        "outside the graph: by .data, stop_gradient, custom_gradient, a number that f keeps, or a jump"
    )


def _directions(count: int) -> list[list[float]]:
    """Return the unit vectors, or for many numbers eight directions in which all of them move."""
    if count <= _MANY:
        return [[float(i == j) for j in range(count)] for i in range(count)]
    rng = random.Random(count)
    return [[rng.uniform(-1, 1) for _ in range(count)] for _ in range(8)]


def _size_of_sums(f: Callable[..., Any], args: Sequence[Any], numbers: list[float]) -> float:
    """Return the gradients with every product taken positive, added up: what rounding is relative to."""
    following = iter([Value(x) for x in numbers])
    root = f(*[rebuilt(tree, following) for tree in args])
    if type(root) is not Value:
        return 0.0
    leaves, computed = topological_order(root)
    moving = {*leaves, *computed}
    sizes: dict[Value, float] = {root: 1.0}
    for node in reversed(computed):
        for parent, partial in slopes(node, moving):
            product = sizes.get(node, 0.0) * abs(plain(partial))
            sizes[parent] = sizes.get(parent, 0.0) + (product if math.isfinite(product) else 0.0)
    return math.fsum(sizes.get(leaf, 0.0) for leaf in leaves)


def _check_forward(gradient: list[float], tangents: list[float], places: list[str], noise: float) -> None:
    """Compare the forward sweep with the reverse sweep, which sum the same products in another order."""
    for i, (direction, tangent) in enumerate(zip(_directions(len(gradient)), tangents, strict=True)):
        terms = [g * d for g, d in zip(gradient, direction, strict=True) if d]
        if not all(map(math.isfinite, (tangent, *terms))):
            continue
        # The sweeps may cancel differently; 1e-9 leaves room for it and none for a missing path.
        if abs(tangent - math.fsum(terms)) > noise + 1e-9 * max([1e-300, abs(tangent), *map(abs, terms)]):
            place = places[i] if len(gradient) <= _MANY else f"direction {i}"
            raise AssertionError(
                f"{place}: the reverse sweep gives {math.fsum(terms)!r}, the forward sweep {tangent!r}: a "
                "sweep loses or repeats a contribution"
            )


def _check_second(
    report: GradientCheck,
    f: Callable[..., Any],
    args: Sequence[Any],
    numbers: list[float],
    gradient: Callable[[Sequence[float]], list[float]],
    tolerance: float,
    noise: float,
) -> None:
    """Compare the Hessian, between two directions, with the difference of the gradient."""
    rng = random.Random(len(numbers))
    u = [rng.uniform(0.5, 1.5) for _ in numbers]
    v = [rng.uniform(0.5, 1.5) * (abs(x) or 1.0) for x in numbers]

    def along(t: float) -> float:
        at = gradient([x + t * d for x, d in zip(numbers, v, strict=True)])
        return math.fsum(a * b for a, b in zip(u, at, strict=True))

    def scalar(*trees: Any) -> Any:
        found = _flat(grad(f, tuple(range(len(trees))))(*trees))
        return sum((a * b for a, b in zip(u, found, strict=True)), start=0.0)

    point, way = iter(numbers), iter(v)
    try:
        second = jvp(scalar, [rebuilt(t, point) for t in args], [rebuilt(t, way) for t in args])[1]
    except (TypeError, RuntimeError) as error:
        report.notes.append(f"second order: {error}")
        return
    second = plain(second)
    measured = slope(along, 0.0)
    left, right = one_sided(along, 0.0)
    if not measured.measured or not (left.measured and right.measured and left.agrees(right.value, 1e-3)):
        report.notes.append("second order: a kink, or nothing that could be measured")
    elif not measured.agrees(second, 10 * tolerance) and abs(measured.value - second) > noise * max(v):
        _blame_second(f, args, numbers)
        raise AssertionError(
            f"second order: the Hessian between two directions is {second!r}, but differences of the "
            f"gradient give {measured.value!r} (error about {measured.error:.0e})"
        )


def _nodes(
    f: Callable[..., Any], args: Sequence[Any], numbers: list[float]
) -> list[tuple[Value, list[float]]]:
    """Return the computed nodes of f, in order, with their operands' numbers."""
    following = iter([Value(x) for x in numbers])
    with detect_anomaly():
        root = f(*[rebuilt(tree, following) for tree in args])
    nodes: dict[Any, tuple[Value, list[float]]] = {}
    for node in topological_order(root)[1] if type(root) is Value else []:
        at = [plain(p) for p in node.parents]
        # stop_gradient is no derivative, on purpose.
        if node.op is not None and node.op.name != "stop_gradient" and all(map(math.isfinite, at)):
            nodes.setdefault((node.op, *at), (node, at))  # the same numbers need no second look
    return list(nodes.values())


def _blame_rules(f: Callable[..., Any], args: Sequence[Any], numbers: list[float], tolerance: float) -> None:
    """Raise AssertionError for the first operation in f, in order, of which a partial is wrong."""
    for node, at in _nodes(f, args, numbers):
        op: Any = node.op
        cut = len(node._sides()[0][1]) if op.sequences else 0

        def value(xs: Sequence[float], op: Any = op, cut: int = cut) -> float:
            if op.sequences:
                return number(op.value(*((xs,) if len(op.operands) == 1 else (xs[:cut], xs[cut:]))), op.name)
            return number(op.value(*xs), op.name)

        for i, (parent, partial) in enumerate(zip(node.parents, node.local_derivatives, strict=True)):
            if type(parent) is Value:
                operand = f"operand {i}" if op.sequences else op.operands[i]
                what = f"its partial by {operand}"
                _blame(node, at, what, partial(), _along(value, at, i), at[i], tolerance)


def _blame_second(f: Callable[..., Any], args: Sequence[Any], numbers: list[float]) -> None:
    """Raise AssertionError for the first operation in f of which a partial has a wrong derivative."""
    for node, at in _nodes(f, args, numbers):
        op: Any = node.op
        if op.sequences or not hasattr(op, "function"):
            continue
        for i, first in enumerate(op.operands):
            for j, second in enumerate(op.operands):

                def partial(xs: Sequence[float], op: Any = op, i: int = i) -> float:
                    slope: float = op.partial(i)(*xs, op.value(*xs))
                    return slope

                recorded = grad(grad(op.function, i), j)(*at)
                what = f"the derivative by {second} of its partial by {first}"
                _blame(node, at, what, recorded, _along(partial, at, j), at[j], 1e-5)


def _blame(
    node: Value,
    at: list[float],
    what: str,
    stated: float,
    f: Callable[[float], float],
    x: float,
    tolerance: float,
) -> None:
    """Raise AssertionError if the slope of f at x is not what the rule of a node states."""
    measured = slope(f, x)
    if not measured.measured or measured.agrees(stated, tolerance):
        return
    left, right = one_sided(f, x)
    if not (left.measured and right.measured and left.agrees(right.value, 1e-4)):
        return  # a kink or a jump, which is looked at from the arguments
    op: Any = node.op
    raise AssertionError(
        f"{op.name}({', '.join(map(repr, at))}){where(node)}: {what} is {stated!r}, but finite differences "
        f"give {measured.value!r} (error about {measured.error:.0e}): the rule of {op.name} is wrong"
    )
