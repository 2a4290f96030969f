"""The table: every row against mpmath, finite differences and the conventions it states."""

import math
import random
from itertools import chain

import accuracy
import pytest
from mpmath import mp

from autograd_lite import functions, grad, jvp
from autograd_lite.differences import one_sided, slope
from autograd_lite.engine import Value
from autograd_lite.primitives import SEQUENCES, TABLE, Primitive

ROWS = [row for row in TABLE.values() if row.operands]
SCALAR = [row for row in ROWS if not row.sequences]
ULP = 2.0**-52
TINY = 8 * 2.0**-1074  # of subnormal numbers


def name(row: Primitive) -> str:
    return row.name


@pytest.mark.parametrize("row", ROWS, ids=name)
def test_value_and_partials_are_right_to_the_last_bits(row: Primitive) -> None:
    rng = random.Random(f"{row.name}: few points")
    for record in accuracy.worst(row, accuracy.points(row, 50, rng))["autograd_lite"]:
        assert not record.misses, record.at


@pytest.mark.parametrize("row", [row for row in ROWS if row.public], ids=name)
def test_second_derivatives_are_right(row: Primitive) -> None:
    rng = random.Random(f"{row.name}: second order")
    record = accuracy.second_order(row, accuracy.points(row, 15, rng, moderate=True))
    assert not record.misses, record.at


@pytest.mark.parametrize("row", SCALAR, ids=name)
def test_the_text_of_a_partial_is_the_derivative_of_the_definition(row: Primitive) -> None:
    """The accuracy above is measured against the texts in exact arithmetic; here these are differentiated."""
    rng = random.Random(row.name)
    for numbers in accuracy.points(row, 12, rng, moderate=True):
        for i, text in enumerate(row.partial_texts):
            if text == "0" and (row.name == "stop_gradient" or row.operands[i] == "n"):
                continue  # no derivative on purpose, and a whole number
            if row.name == "nextafter" or max(map(abs, numbers)) > 100 or min(map(abs, numbers)) < 1e-4:
                continue  # too near to a corner for a difference
            if row.name.startswith("pow") and numbers[0] <= 0:
                continue  # by y there is none
            with mp.workdps(60):
                partial = accuracy.exact_partial(row, i, *numbers)
                differentiated = accuracy.differentiated(row, i, *numbers)
                # mpmath's difference is good to about half of its digits.
                assert abs(partial - differentiated) <= 1e-20 * (1 + abs(partial)), (row.name, i, numbers)


JUMPING = ("mod", "floordiv", "fmod", "fmod_y", "remainder", "remainder_y")


@pytest.mark.parametrize("row", SCALAR, ids=name)
def test_partials_agree_with_finite_differences(row: Primitive) -> None:
    rng = random.Random(f"{row.name}: differences")
    checked = 0
    while checked < 12:
        whole = [operand == "n" for operand in row.operands]
        numbers = [float(rng.randint(1, 3)) if n else rng.uniform(-3, 3) for n in whole]
        names = dict(zip(row.operands, numbers, strict=True))
        if row.domain and not eval(row.domain, names):
            continue
        if row.name == "round" or (row.name in JUMPING and abs(numbers[1]) < 1):
            checked += row.name == "round"
            continue  # jumps nearer than the steps
        checked += 1
        value = row.value(*numbers)
        for i, partial in enumerate(row.partials):
            if row.name in ("stop_gradient", "nextafter") or whole[i]:
                continue  # no derivative on purpose, a step of one float, a whole number

            def along(x: float, i: int = i, numbers: list[float] = numbers) -> float:
                return row.value(*numbers[:i], x, *numbers[i + 1 :])

            measured = slope(along, numbers[i])
            left, right = one_sided(along, numbers[i])
            # A kink or a jump next to the point tells itself by its two sides.
            if measured.measured and left.measured and right.measured and left.agrees(right.value, 1e-4):
                assert measured.agrees(partial(*numbers, value), 1e-6), (numbers, i, measured.value)


@pytest.mark.parametrize("row", SCALAR, ids=name)
def test_reverse_forward_and_recorded_partials_are_the_rows(row: Primitive) -> None:
    rng = random.Random(f"{row.name}: modes")
    for numbers in accuracy.points(row, 10, rng, moderate=True):
        partials = [partial(*numbers, row.value(*numbers)) for partial in row.partials]
        leaves = [Value(x) for x in numbers]
        root = row.function(*leaves)
        if type(root) is not Value or not math.isfinite(root.data):
            continue
        root.backward()
        places = tuple(range(len(numbers)))
        for i, (leaf, partial) in enumerate(zip(leaves, partials, strict=True)):
            if math.isnan(partial):
                continue
            assert leaf.grad == partial
            assert jvp(row.function, numbers, [float(i == j) for j in places])[1] == partial
            # A captured Value that changes nothing makes the sweep record.
            live = Value(0.0)
            recorded = grad(lambda *xs, live=live: row.function(*xs) + live, i)(*numbers)
            # The recorded text may round differently from the row that is inlined in a pull.
            assert float(getattr(recorded, "data", recorded)) == pytest.approx(partial, rel=4 * ULP)


@pytest.mark.parametrize("row", TABLE.values(), ids=name)
def test_texts_mention_operands_the_result_and_rows_only(row: Primitive) -> None:
    row.names(*row.partial_texts)
    for text in row.partial_texts:
        for word in row.code(text, "eval").co_names:
            assert word in (*row.operands, "z") or word in TABLE or word in SEQUENCES
        assert " if " not in text  # kinks are rows


def test_every_row_says_what_it_computes() -> None:
    for row in TABLE.values():
        assert row.doc
        assert row.signature in repr(row)


@pytest.mark.parametrize(
    ("name", "numbers"),
    [
        ("dot", ([1.5, -2.0, 0.25], [4.0, 0.5, -8.0])),
        ("fsum", ([1.5, -2.0, 0.25],)),
        ("prod", ([1.5, -2.0, 0.25],)),
        ("prod", ([1.5, 0.0, 0.25],)),
        ("prod", ([0.0, 0.0, 0.25],)),
        ("prod", ([3.0],)),
    ],
)
def test_fused_rows_have_the_gradient_of_the_written_out_expression(
    name: str, numbers: tuple[list[float], ...]
) -> None:
    fused = [[Value(n) for n in row] for row in numbers]
    plain = [[Value(n) for n in row] for row in numbers]
    functions.FUNCTIONS[name](*fused).backward()
    if name == "dot":
        root = plain[0][0] * plain[1][0] + plain[0][1] * plain[1][1] + plain[0][2] * plain[1][2]
    elif name == "fsum":
        root = plain[0][0] + plain[0][1] + plain[0][2]
    else:
        root = math.prod(plain[0])
    root.backward()
    for one, other in zip(chain(*fused), chain(*plain), strict=True):
        assert one.grad == other.grad


def test_fused_rows_check_their_arguments() -> None:
    with pytest.raises(ValueError, match="got 2 and 1"):
        functions.FUNCTIONS["dot"]([Value(1), 2], [3])
    with pytest.raises(TypeError, match="fsum: expected a number, got str"):
        functions.FUNCTIONS["fsum"]([Value(1), "a"])
    assert functions.FUNCTIONS["fsum"]([]) == 0.0
    assert functions.FUNCTIONS["prod"]([]) == 1.0


def test_fsum_is_rounded_once_and_survives_overflow_on_the_way() -> None:
    fsum = functions.FUNCTIONS["fsum"]
    assert fsum([1e100, 1.0, -1e100]) == 1.0
    assert fsum([1e308, 1e308, -1e308]) == 1e308
    assert fsum([1e308, 1e308]) == math.inf
    assert math.isnan(fsum([math.inf, -math.inf]))
    assert math.isnan(fsum([1e308, 1e308, math.inf, -math.inf]))
    assert fsum([1e308, 1e308, -math.inf]) == -math.inf
    assert fsum([1e308, 1e308, -1e308, -1e308, 1e-300]) == 1e-300
    dot = functions.FUNCTIONS["dot"]
    assert math.isnan(dot([1e308, 1e308, math.inf, -math.inf], [1, 1, 1, Value(1)]).data)
    assert dot([1e308, 1e308, -1e308], [1, Value(1), 1]).data == 1e308


def test_rounding_to_decimals_overflows_and_refuses_as_it_should() -> None:
    assert functions.FUNCTIONS["round"](1.7e308, -308) == math.inf
    with pytest.raises(ValueError, match=r"round: expected a whole number of decimals, got 0\.5"):
        functions.FUNCTIONS["round"](Value(1.0), 0.5)
    with pytest.raises(ValueError, match="got inf"):
        functions.FUNCTIONS["round"](1.0, math.inf)


KINKS = [
    ("relu", (0.0,), 0.0, (0.0,)),
    ("relu", (-0.0,), 0.0, (0.0,)),
    ("relu", (-1.0,), 0.0, (0.0,)),
    ("relu", (math.nan,), math.nan, (math.nan,)),
    ("abs", (0.0,), 0.0, (0.0,)),
    ("abs", (-0.0,), 0.0, (0.0,)),
    ("abs", (math.nan,), math.nan, (math.nan,)),
    ("max", (2.0, 2.0), 2.0, (0.5, 0.5)),
    ("min", (2.0, 2.0), 2.0, (0.5, 0.5)),
    ("max", (math.inf, math.inf), math.inf, (0.5, 0.5)),
    ("max", (math.nan, 1.0), math.nan, (math.nan, math.nan)),
    ("max", (1.0, math.nan), math.nan, (math.nan, math.nan)),
    ("sign", (0.0,), 0.0, (0.0,)),
    ("step", (0.0,), 0.0, (0.0,)),
    ("sqrt", (0.0,), 0.0, (math.inf,)),
    ("sqrt", (-1.0,), math.nan, (math.nan,)),
    ("sqrt", (math.inf,), math.inf, (0.0,)),
    ("log", (0.0,), -math.inf, (math.inf,)),
    ("log", (-1.0,), math.nan, (math.nan,)),
    ("log", (5e-324,), -744.4400719213812, (math.inf,)),
    ("exp", (710.0,), math.inf, (math.inf,)),
    ("exp", (-800.0,), 0.0, (0.0,)),
    ("div", (1.0, 0.0), math.inf, (math.inf, -math.inf)),
    ("div", (1e-300, 1e-300), 1.0, (1e300, -1e300)),
    ("div", (1e200, 1e-200), math.inf, (1e200, -math.inf)),
    ("pow", (0.0, 0.0), 1.0, (0.0, 0.0)),
    ("pow", (0.0, 2.0), 0.0, (0.0, 0.0)),
    ("pow", (0.0, 1.0), 0.0, (1.0, 0.0)),
    ("pow", (0.0, 0.5), 0.0, (math.inf, 0.0)),
    ("pow", (0.0, -1.0), math.inf, (-math.inf, -math.inf)),
    ("pow", (-2.0, 3.0), -8.0, (12.0, math.nan)),
    ("pow", (-8.0, 1 / 3), math.nan, (math.nan, math.nan)),
    ("pow", (1e200, 2.0), math.inf, (2e200, math.inf)),
    ("tanh", (20.0,), 1.0, (1.6993417021166355e-17,)),
    ("tanh", (-1000.0,), -1.0, (0.0,)),
    ("sigmoid", (40.0,), 1.0, (4.248354255291589e-18,)),
    ("sigmoid", (-40.0,), 4.248354255291589e-18, (4.248354255291589e-18,)),
    ("sigmoid", (-1000.0,), 0.0, (0.0,)),
    ("softplus", (-40.0,), 4.248354255291589e-18, (4.248354255291589e-18,)),
    ("softplus", (1000.0,), 1000.0, (1.0,)),
    ("softplus", (-1000.0,), 0.0, (0.0,)),
    ("sinh", (800.0,), math.inf, (math.inf,)),
    ("mod", (5.0, -3.0), -1.0, (1.0, 2.0)),
    ("mod", (-5.0, 3.0), 1.0, (1.0, 2.0)),
    ("mod", (6.0, 3.0), 0.0, (1.0, -2.0)),
    ("mod", (5.0, 0.0), math.nan, (math.nan, math.nan)),
    ("round", (2.675, 2.0), 2.67, (0.0, 0.0)),
    ("at_least", (1.0, 1.0), 1.0, (0.0, 1.0)),
    ("at_least", (2.0, 1.0), 2.0, (1.0, 0.0)),
    ("at_most", (1.0, 1.0), 1.0, (0.0, 1.0)),
    ("at_most", (math.nan, 1.0), math.nan, (math.nan, math.nan)),
    ("hardtanh", (1.0,), 1.0, (0.0,)),
    ("hardtanh", (-1.0,), -1.0, (0.0,)),
    ("hardtanh", (0.5,), 0.5, (1.0,)),
    ("sqrt", (-0.0,), 0.0, (math.inf,)),
    ("cbrt", (0.0,), 0.0, (math.inf,)),
    ("cbrt", (-8.0,), -2.0, (1 / 12,)),
    ("log1p", (-1.0,), -math.inf, (math.inf,)),
    ("log1p", (1e-20,), 1e-20, (1.0,)),
    ("expm1", (1e-20,), 1e-20, (1.0,)),
    ("expm1", (-50.0,), -1.0, (1.9287498479639178e-22,)),
    ("asin", (1.0,), math.pi / 2, (math.inf,)),
    ("asin", (-1.0,), -math.pi / 2, (math.inf,)),
    ("acos", (1.0,), 0.0, (-math.inf,)),
    ("asin", (1.5,), math.nan, (math.nan,)),
    ("asin", (1 - 1e-12,), 1.5707949125969767, (707114.6025256454,)),
    ("atanh", (1.0,), math.inf, (math.inf,)),
    ("atanh", (-1.0,), -math.inf, (math.inf,)),
    ("acosh", (1.0,), 0.0, (math.inf,)),
    ("acosh", (0.5,), math.nan, (math.nan,)),
    ("asinh", (1e200,), 461.2101657793691, (1e-200,)),
    ("acosh", (1e200,), 461.2101657793691, (1e-200,)),
    ("atan", (1e200,), math.pi / 2, (0.0,)),
    ("tan", (math.pi / 2,), 1.633123935319537e16, (2.667093788113571e32,)),
    ("hypot", (0.0, 0.0), 0.0, (0.0, 0.0)),
    ("hypot", (3e200, 4e200), 5e200, (0.6, 0.8)),
    ("hypot", (math.inf, math.nan), math.inf, (math.nan, math.nan)),
    ("atan2", (0.0, 0.0), 0.0, (math.nan, math.nan)),
    ("atan2", (0.0, -1.0), math.pi, (-1.0, 0.0)),
    ("atan2", (-0.0, -1.0), -math.pi, (-1.0, 0.0)),
    ("atan2", (1e-200, 1e-200), math.pi / 4, (5e199, -5e199)),
    ("copysign", (1.0, -0.0), -1.0, (-1.0, 0.0)),
    ("copysign", (0.0, -1.0), -0.0, (0.0, 0.0)),
    ("fmod", (5.0, -3.0), 2.0, (1.0, 1.0)),
    ("fmod", (-5.0, 3.0), -2.0, (1.0, 1.0)),
    ("fmod", (0.35, 0.1), 0.04999999999999997, (1.0, -3.0)),
    ("fmod", (math.inf, 2.0), math.nan, (math.nan, math.nan)),
    ("remainder", (5.0, 3.0), -1.0, (1.0, -2.0)),
    ("remainder", (1.7e308, 1.1e308), -5e307, (1.0, -2.0)),
    ("fract", (-2.5,), -0.5, (1.0,)),
    ("fract", (math.inf,), 0.0, (1.0,)),
    ("erf", (30.0,), 1.0, (0.0,)),
    ("erfc", (28.0,), 0.0, (0.0,)),
    ("erfc", (27.0,), 5.23705e-319, (-2.8299433e-317,)),
    ("gamma", (0.5,), 1.772453850905516, (-3.480230906913262,)),
    ("gamma", (0.0,), math.inf, (-math.inf,)),
    ("gamma", (-1.0,), math.nan, (math.nan,)),
    ("lgamma", (-2.0,), math.inf, (math.nan,)),
    ("lgamma", (-0.5,), 1.2655121234846454, (0.03648997397857652,)),
    ("digamma", (1.0,), -0.5772156649015329, (1.6449340668482264,)),
    ("sinc", (0.0,), 1.0, (0.0,)),
    ("sinc", (1.0,), 0.0, (-1.0,)),
    ("xlogy", (0.0, 0.0), 0.0, (-math.inf, 0.0)),
    ("xlogy", (2.0, 3.0), 2.1972245773362196, (1.0986122886681098, 2 / 3)),
    ("xlog1py", (0.0, -1.0), 0.0, (-math.inf, 0.0)),
    ("logaddexp", (-math.inf, -math.inf), -math.inf, (0.5, 0.5)),
    ("logaddexp", (1000.0, 1000.0), 1000.6931471805599, (0.5, 0.5)),
    ("log_sigmoid", (-1000.0,), -1000.0, (1.0,)),
    ("log1mexp", (-1e-20,), -46.051701859880914, (-1e20,)),
    ("log1mexp", (-800.0,), 0.0, (0.0,)),
    ("logit", (0.5,), 0.0, (4.0,)),
    ("logit", (0.0,), -math.inf, (math.inf,)),
    ("norm_cdf", (-38.0,), 2.88542835e-316, (1.097221052e-314,)),
    ("norm_ppf", (0.5,), 0.0, (2.5066282746310002,)),
    ("norm_ppf", (0.0,), -math.inf, (math.inf,)),
    ("leaky_relu", (0.0, 0.01), 0.0, (0.01, 0.0)),
    ("leaky_relu", (-2.0, 0.25), -0.5, (0.25, -2.0)),
    ("elu", (0.0, 1.0), 0.0, (1.0, 0.0)),
    ("elu", (0.0, 2.0), 0.0, (1.0, 0.0)),
    ("selu", (0.0,), 0.0, (1.0507009873554805,)),
    ("gelu", (-math.inf,), 0.0, (0.0,)),
    ("silu", (-800.0,), 0.0, (0.0,)),
    ("mish", (1000.0,), 1000.0, (1.0,)),
]


@pytest.mark.filterwarnings("ignore:backward:RuntimeWarning")  # of roots that are not finite, on purpose
@pytest.mark.parametrize(("name", "numbers", "value", "gradient"), KINKS)
def test_conventions_at_kinks_and_singular_points(
    name: str, numbers: tuple[float, ...], value: float, gradient: tuple[float, ...]
) -> None:
    leaves = [Value(number) for number in numbers]
    root = functions.FUNCTIONS[name](*leaves)
    assert root.data == pytest.approx(value, rel=4 * ULP, abs=TINY, nan_ok=True)
    root.backward()
    for leaf, expected in zip(leaves, gradient, strict=True):
        assert leaf.grad == pytest.approx(expected, rel=8 * ULP, abs=TINY, nan_ok=True)


@pytest.mark.parametrize("name", sorted(set(TABLE) & set(dir(math))))
def test_every_value_that_math_has_is_maths_own(name: str) -> None:
    row = TABLE[name]
    rng = random.Random(name)
    for numbers in accuracy.points(row, 300, rng):
        try:
            if name == "ldexp":
                expected = math.ldexp(numbers[0], int(numbers[1]))
            else:
                expected = getattr(math, name)(*numbers)
        except (ValueError, OverflowError):
            continue
        assert math.copysign(1, row.value(*numbers)) == math.copysign(1, expected)
        assert row.value(*numbers) == expected


def test_a_row_with_the_wrong_number_of_partials_is_refused() -> None:
    with pytest.raises(ValueError, match=r"primitive f\(x, y\): expected 2 partials, got 1"):
        Primitive("f(x, y)", "x + y", "1", doc="a sum")


def test_a_text_with_an_unknown_name_is_refused() -> None:
    with pytest.raises(NameError, match="nonsense is neither an operand"):
        Primitive("f(x)", "nonsense(x)", "1", doc="nothing").value(1.0)
    with pytest.raises(NameError, match="open is neither"):
        Primitive("f(x)", "open(x)", "1", doc="nothing").value(1.0)
