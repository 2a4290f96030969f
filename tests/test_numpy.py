"""NumPy scalars and object arrays on either side of a Value."""

import operator

import numpy as np
import pytest

from autograd_lite import Value

BINARY = [
    operator.add,
    operator.sub,
    operator.mul,
    operator.truediv,
    operator.floordiv,
    operator.mod,
    operator.pow,
]
COMPARISONS = [operator.lt, operator.le, operator.gt, operator.ge, operator.eq, operator.ne]
SCALARS = [
    np.float64(2),
    np.float32(2),
    np.float16(2),
    np.int64(2),
    np.int32(2),
    np.uint8(2),
    np.bool_(True),
]


@pytest.mark.parametrize("scalar", SCALARS, ids=lambda scalar: type(scalar).__name__)
@pytest.mark.parametrize("function", BINARY)
def test_a_numpy_scalar_is_a_number_on_either_side(function, scalar) -> None:
    for left in (True, False):
        x, plain = Value(3.0), Value(3.0)
        number = float(scalar)
        result = function(scalar, x) if left else function(x, scalar)
        expected = function(number, plain) if left else function(plain, number)
        assert type(result) is Value
        assert result.data == expected.data
        result.backward()
        expected.backward()
        assert x.grad == plain.grad


@pytest.mark.parametrize("scalar", SCALARS, ids=lambda scalar: type(scalar).__name__)
def test_comparisons_with_numpy_scalars_are_bools(scalar) -> None:
    for function in COMPARISONS:
        for x in (1.0, 2.0, 3.0):
            for result, expected in (
                (function(scalar, Value(x)), function(float(scalar), x)),
                (function(Value(x), scalar), function(x, float(scalar))),
            ):
                assert bool(result) is expected


def test_values_are_made_from_numpy_scalars() -> None:
    for scalar in SCALARS:
        assert Value(scalar).data == float(scalar)
        assert type(Value(scalar).data) is float


@pytest.mark.parametrize("function", BINARY)
def test_an_array_operand_gives_an_array_of_values(function) -> None:
    for array in (
        np.array([1.0, 2.0]),
        np.array([1, 2]),
        np.array([Value(1.0), Value(2.0)], dtype=object),
    ):
        for left in (True, False):
            x = Value(3.0)
            result = function(array, x) if left else function(x, array)
            assert isinstance(result, np.ndarray)
            assert result.dtype == object
            assert [type(item) for item in result] == [Value, Value]
            for item, number in zip(result, (1.0, 2.0), strict=True):
                assert item.data == (function(number, 3.0) if left else function(3.0, number))


def test_an_array_keeps_its_shape_and_zero_dimensions_are_an_array() -> None:
    x = Value(3.0)
    assert (x * np.ones((2, 3))).shape == (2, 3)
    assert (x < np.array([1.0, 5.0])).tolist() == [False, True]
    assert (np.array([1.0, 5.0]) < x).tolist() == [True, False]
    assert (x == np.array([3.0, 5.0])).tolist() == [True, False]


def test_a_value_never_holds_an_array() -> None:
    for array in (np.array([1.0, 2.0]), np.array(2.0), np.array([[1.0]])):
        with pytest.raises(TypeError, match="Value: expected a number, got ndarray"):
            Value(array)


def test_reductions_of_object_arrays() -> None:
    x, y = Value(2.0), Value(3.0)
    array = np.array([x, y], dtype=object)
    for root, expected, gx in (
        (np.sum(array), 5.0, 1.0),
        (np.mean(array), 2.5, 0.5),
        (np.dot(array, array), 13.0, 4.0),
        (np.dot(array, [1.0, 2.0]), 8.0, 1.0),
        (np.prod(array), 6.0, 3.0),
        (array @ np.array([1.0, 2.0]), 8.0, 1.0),
        (np.max(array), 3.0, 0.0),
    ):
        x.grad = y.grad = 0.0
        root.backward()
        assert (root.data, x.grad) == (expected, gx)


def test_numpys_functions_are_those_of_the_table() -> None:
    for name, point in (
        ("sin", 0.5),
        ("exp", 0.5),
        ("log", 0.5),
        ("sqrt", 0.25),
        ("tanh", 0.5),
        ("sign", 2.0),
    ):
        x = Value(point)
        result = getattr(np, name)(x)
        assert type(result) is Value
        assert result.data == pytest.approx(float(getattr(np, name)(point)), rel=1e-15)
        if name != "sign":  # which NumPy finds for objects by comparing them
            assert getattr(np, name)(np.array([x], dtype=object))[0].data == result.data
    x = Value(3.0)
    np.maximum(x, 0).backward()
    np.square(x).backward()
    np.negative(x).backward()
    assert x.grad == 1.0 + 6.0 - 1.0


def test_numpys_own_names_and_tests_of_the_number() -> None:
    x = Value(0.5)
    for name in ("arcsin", "arccos", "arctan", "arcsinh", "arctanh", "deg2rad", "rad2deg", "cbrt", "log1p"):
        ufunc = getattr(np, name)
        assert ufunc(x).data == pytest.approx(float(ufunc(0.5)), rel=1e-15)
        array = ufunc(np.array([x, x], dtype=object))
        assert [type(item) for item in array] == [Value, Value]
    assert np.arctan2(x, 2.0).data == np.arctan2(0.5, 2.0)
    assert np.hypot(x, 2.0).data == np.hypot(0.5, 2.0)
    assert (np.isnan(x), np.isfinite(x), np.isinf(x), np.signbit(-x)) == (False, True, False, True)
    assert (np.floor(x), np.ceil(x), np.trunc(x), np.rint(x)) == (0.0, 1.0, 0.0, 0.0)


def test_what_has_no_row_is_refused() -> None:
    x = Value(1.0)
    with pytest.raises(TypeError, match=r"numpy\.heaviside has no derivative here"):
        np.heaviside(x, 1.0)
    with pytest.raises(TypeError, match=r"numpy\.add\.outer"):
        np.add.outer(np.array([1.0]), x)
    with pytest.raises(TypeError, match="write a = a"):
        np.add(x, np.array([1.0]), out=np.array([0.0]))
    with pytest.raises(TypeError):
        np.array([1.0])[0:1].__iadd__(x)
