"""The drop-in for Python's math: every name, the same bits, and derivatives."""

import math
import random

import pytest

from autograd_lite import Value, check_grad, grad
from autograd_lite import math as almath


def test_every_name_of_math_is_covered_or_named_as_having_no_derivative() -> None:
    x = Value(0.5)
    sequences = {"dist": ([x], [1.0]), "fsum": ([x],), "prod": ([x],), "sumprod": ([x], [2.0])}
    arguments = {"ldexp": (x, 3), "fma": (x, 2.0, 3.0), "acosh": (x + 1,), "nextafter": (x, 1.0), **sequences}
    binary = {"atan2", "copysign", "fmod", "pow", "remainder"}
    for name in dir(math):
        if name.startswith("_"):
            continue
        ours = getattr(almath, name)
        if not callable(ours) or name in almath.NO_DERIVATIVE:
            assert ours == getattr(math, name) or callable(ours) or math.isnan(ours)
            continue
        result = ours(*arguments.get(name, (x, 2.0) if name in binary else (x,)))
        result = result[0] if isinstance(result, tuple) else result
        assert type(result) is Value, f"math.{name} has neither a derivative nor a place in NO_DERIVATIVE"
        result.backward()
    assert set(almath.NO_DERIVATIVE) <= set(dir(math))


def test_values_are_maths_own_bit_for_bit() -> None:
    rng = random.Random(3)
    for name in ("log", "log2", "log10", "hypot", "exp", "tan", "erf", "gamma", "degrees", "cbrt", "asinh"):
        for _ in range(200):
            x = rng.uniform(0.01, 20)
            assert getattr(almath, name)(x) == getattr(math, name)(x) == getattr(almath, name)(Value(x)).data
    for _ in range(200):
        xs, ys = ([rng.uniform(-3, 3) for _ in range(5)] for _ in range(2))
        values = [Value(x) for x in xs]
        assert almath.hypot(*values).data == almath.hypot(*xs) == math.hypot(*xs)
        assert almath.dist(values, ys).data == almath.dist(xs, ys) == math.dist(xs, ys)
        assert almath.prod(values).data == almath.prod(xs) == math.prod(xs)
        assert almath.fsum(values).data == almath.fsum(xs) == math.fsum(xs)
        assert almath.modf(values[0])[0].data == math.modf(xs[0])[0]
        assert almath.modf(values[0])[1] == math.modf(xs[0])[1]
        mantissa, exponent = almath.frexp(values[0])
        assert (mantissa.data, exponent) == almath.frexp(xs[0]) == math.frexp(xs[0])
        assert almath.log(values[0] ** 2, 3.0).data == math.log(xs[0] ** 2, 3.0)
        if hasattr(math, "sumprod"):
            assert almath.sumprod(values, ys).data == almath.sumprod(xs, ys) == math.sumprod(xs, ys)
        if hasattr(math, "fma"):
            assert almath.fma(values[0], ys[0], ys[1]).data == math.fma(xs[0], ys[0], ys[1])


def test_whole_numbers_stay_whole_where_they_do_in_math() -> None:
    assert almath.prod([2, 3]) == 6
    assert type(almath.prod([2, 3])) is int
    assert almath.log(10**400) == math.log(10**400)
    assert almath.log2(2**2000) == 2000.0
    assert almath.log10(10**400) == math.log10(10**400)
    assert (almath.floor(2.5), almath.ceil(Value(2.5)), almath.trunc(Value(-2.5))) == (2, 3, -2)
    assert (almath.gcd(4, 6), almath.comb(5, 2), almath.factorial(5)) == (2, 10, 120)
    assert almath.ulp(Value(1.0)) == math.ulp(1.0)
    assert almath.isclose(Value(1.0), 1.0 + 1e-12)
    assert almath.isnan(Value(math.nan))
    assert almath.isinf(Value(-math.inf))
    assert not almath.isfinite(Value(math.inf))
    assert (almath.pi, almath.e, almath.tau, almath.inf) == (math.pi, math.e, math.tau, math.inf)


def test_outside_the_domain_ieee_754_decides() -> None:
    assert almath.log(0.0) == -math.inf
    assert math.isnan(almath.sqrt(-1.0))
    assert almath.exp(1000.0) == math.inf


def test_derivatives_of_what_is_more_than_one_row() -> None:
    check_grad(lambda x, b: almath.log(x, b), 3.0, 2.5)
    check_grad(lambda xs: almath.hypot(*xs), [1.0, -2.0, 0.5])
    check_grad(lambda xs: almath.dist(xs, [0.5, 0.25, 1.0]), [1.0, -2.0, 0.5])
    check_grad(lambda xs: almath.prod(xs, start=xs[0]), [1.5, -2.0, 0.5])
    check_grad(lambda x: almath.modf(x)[0] * x, 2.25)
    check_grad(lambda x: almath.frexp(x)[0] * x, 6.25)
    check_grad(lambda xs: almath.sumprod(xs, [1.0, 2.0]), [3.0, 4.0])
    assert grad(lambda xs: almath.hypot(*xs))([0.0, 0.0, 0.0]) == [0.0, 0.0, 0.0]
    assert grad(lambda xs: almath.hypot(*xs))([1e200, 2e200, 2e200]) == [1 / 3, 2 / 3, 2 / 3]
    assert grad(lambda xs: almath.hypot(*xs) ** 2)([0.0, 0.0, 0.0]) == [0.0, 0.0, 0.0]
    assert grad(lambda x: almath.exp(-(almath.hypot(x, 0.0, 0.0) ** 2)))(0.0) == 0.0


def test_points_of_other_types_are_as_in_math() -> None:
    import numpy as np

    assert almath.dist(np.array([1], np.uint8), np.array([2], np.uint8)) == 1.0
    assert almath.dist([Value(1.0)], np.array([2], np.uint8)).data == 1.0
    assert almath.dist((10**17 + 1,), (10**17,)) == math.dist((10**17 + 1,), (10**17,))
    assert almath.prod([Value(2.0)], start=np.float64(1)).data == 2.0
    assert almath.fma(1e308, 10.0, -math.inf) == -math.inf
    assert math.copysign(1.0, almath.fma(-0.0, 1.0, -0.0)) == -1.0


def test_help_shows_the_operands_in_their_order() -> None:
    import inspect

    assert (
        str(inspect.signature(almath.atan2))
        == "(y: 'Value | float', x: 'Value | float', /) -> 'Value | float'"
    )


def test_steps_of_nextafter() -> None:
    x = Value(1.0)
    almath.nextafter(x, 2.0).backward()
    assert x.grad == 1.0
    if hasattr(math, "sumprod"):  # from Python 3.12 there are steps too
        assert almath.nextafter(x, 2.0, steps=3).data == math.nextafter(1.0, 2.0, steps=3)


def test_errors_are_those_of_math() -> None:
    with pytest.raises(ValueError, match="same number of dimensions, got 2 and 1"):
        almath.dist([1.0, 2.0], [Value(1.0)])
    with pytest.raises(TypeError):
        almath.comb(Value(3.0), 2)
    with pytest.raises(AttributeError):
        almath.nonsense  # noqa: B018  the look-up is the test
