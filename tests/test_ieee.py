"""IEEE 754 results where Python raises, against NumPy, whose arithmetic is the C library's."""

import itertools
import math

import numpy as np
import pytest

from autograd_lite import ieee

SPECIAL = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    -0.5,
    2.0,
    -3.0,
    1e-300,
    -1e-300,
    5e-324,
    710.0,
    -710.0,
    1e200,
    -1e200,
]
SPECIAL += [math.inf, -math.inf, math.nan, 1 / 3, 401.0]
NUMPY = {"div": "divide", "floordiv": "floor_divide", "mod": "remainder", "pow": "power"}


def same(a: float, b: float) -> bool:
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    # Within 2 ulp: NumPy's vectorised functions are not the C library's to the last bit.
    close = a == b or math.isclose(a, b, rel_tol=5e-16, abs_tol=5e-324)
    return close and math.copysign(1, a) == math.copysign(1, b)


# NumPy has no error or gamma function and no remainder of IEEE 754.
IN_NUMPY = sorted(set(ieee.FUNCTIONS) - {"erf", "erfc", "gamma", "lgamma", "remainder"})


@pytest.mark.parametrize("name", IN_NUMPY)
def test_special_arguments_give_what_numpy_gives(name: str) -> None:
    ufunc = getattr(np, NUMPY.get(name, name))
    for numbers in itertools.product(SPECIAL, repeat=ufunc.nin):
        if numbers in ((-0.0, 0.5), (-math.inf, 0.5)) and name == "pow":
            continue  # NumPy takes the square root there, which C's pow does not
        with np.errstate(all="ignore"):
            expected = float(ufunc(*numbers))
        result = ieee.FUNCTIONS[name](*numbers)
        assert same(result, expected), (name, numbers, result, expected)


def test_what_python_refuses_is_an_infinity_or_a_nan() -> None:
    assert ieee.FUNCTIONS["log"](0.0) == -math.inf
    assert ieee.FUNCTIONS["exp"](710.0) == math.inf
    assert ieee.FUNCTIONS["sinh"](-800.0) == -math.inf
    assert ieee.div(-1.0, 0.0) == -math.inf
    assert math.isnan(ieee.div(math.nan, 0.0))
    assert math.isnan(ieee.power(-8.0, 1 / 3))
    assert ieee.power(-0.0, -3.0) == -math.inf
    assert ieee.power(-10.0, 401.0) == -math.inf


def test_functions_that_numpy_lacks_follow_c() -> None:
    assert ieee.FUNCTIONS["gamma"](0.0) == math.inf
    assert ieee.FUNCTIONS["gamma"](-0.0) == -math.inf
    assert math.isnan(ieee.FUNCTIONS["gamma"](-1.0))
    assert ieee.FUNCTIONS["gamma"](172.0) == math.inf
    assert ieee.FUNCTIONS["gamma"](-1e-310) == -math.inf
    assert ieee.FUNCTIONS["lgamma"](-2.0) == ieee.FUNCTIONS["lgamma"](1e306) == math.inf
    assert math.isnan(ieee.FUNCTIONS["remainder"](1.0, 0.0))
    assert math.isnan(ieee.FUNCTIONS["remainder"](math.inf, 2.0))
    assert ieee.rint(2.5) == 2.0
    assert ieee.rint(math.inf) == math.inf
