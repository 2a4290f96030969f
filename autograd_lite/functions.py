"""Every row of the table as a function of numbers and Values, and as an operator or method of Value.

Nothing is written out here: `functions.pyi` and `operators.pyi` show the functions and the methods to
editors and type checkers, and are printed from the table too. Relies on `recording`.
"""

from autograd_lite import recording
from autograd_lite.engine import Value
from autograd_lite.primitives import TABLE

OPERATORS = {
    "add": "add", "sub": "sub", "mul": "mul", "div": "truediv", "floordiv": "floordiv", "mod": "mod",
    "pow": "pow", "neg": "neg", "abs": "abs",
}  # fmt: skip

# What NumPy calls some of them: its loops over arrays of objects look for methods of these names.
NUMPY = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arcsinh": "asinh",
    "arccosh": "acosh", "arctanh": "atanh", "deg2rad": "radians", "rad2deg": "degrees",
}  # fmt: skip

for _row in TABLE.values():
    if _row.operands:
        recording.function(_row)

FUNCTIONS = {name: row.function for name, row in TABLE.items() if row.public}
FUNCTIONS.update({name: recording.several(TABLE[name], TABLE[f"a{name}"]) for name in ("max", "min")})
globals().update(FUNCTIONS)


def _give_methods() -> None:
    for name in FUNCTIONS:
        row = TABLE[name]
        if not row.sequences and row.operands[0] != "n":
            setattr(Value, name, row.function)
    for alias, name in NUMPY.items():
        setattr(Value, alias, FUNCTIONS[name])
    for name, operator in OPERATORS.items():
        if len(TABLE[name].operands) == 1:
            setattr(Value, f"__{operator}__", FUNCTIONS[name])
            continue
        methods = recording.operators(TABLE[name])
        for prefix, method in zip(("__", "__r"), methods, strict=True):
            method.__name__ = f"{prefix}{operator}__"
            method.__qualname__ = f"Value.{method.__name__}"
            method.__doc__ = FUNCTIONS[name].__doc__
            setattr(Value, method.__name__, method)


_give_methods()
