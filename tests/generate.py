"""Prints what is derived: the stub files and the README's tables from the rows, and the README's pictures.

Run it after changing a row, or the look of pictures: `python tests/generate.py`. A test compares.
"""

from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from autograd_lite import Value, draw, play
from autograd_lite.functions import OPERATORS
from autograd_lite.nn import MLP
from autograd_lite.primitives import TABLE, Primitive

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "autograd_lite"
MARKS = [("<!-- table of primitives -->", True), ("<!-- rows of partials -->", False)]
END = "<!-- end of table -->"

HEAD = '''"""{title}

Printed from the table by tests/generate.py; change the rows, not this file.
"""
'''


# The overloads of one to three operands: each operand a Value, a float or either; and the result.
VALUE, FLOAT, EITHER = range(3)
SHAPES: dict[int, list[tuple[list[int], str]]] = {
    1: [([VALUE], "Value"), ([FLOAT], "float"), ([EITHER], "Value | float")],
    2: [
        ([VALUE, EITHER], "Value"),
        ([EITHER, VALUE], "Value"),
        ([FLOAT, FLOAT], "float"),
        ([EITHER, EITHER], "Value | float"),
    ],
    3: [
        ([VALUE, EITHER, EITHER], "Value"),
        ([EITHER, VALUE, EITHER], "Value"),
        ([EITHER, EITHER, VALUE], "Value"),
        ([FLOAT, FLOAT, FLOAT], "float"),
        ([EITHER, EITHER, EITHER], "Value | float"),
    ],
}


def rows() -> list[Primitive]:
    return [row for _, row in sorted(TABLE.items()) if row.public]


def doc(row: Primitive) -> str:
    return f'"""Return {row.doc}."""'


def functions_stub() -> str:
    text = HEAD.format(title="Every row of the table as a function of numbers and Values.")
    text += """
from collections.abc import Callable, Iterable
from typing import Any, overload

from autograd_lite.engine import Value
from autograd_lite.primitives import TABLE as TABLE

FUNCTIONS: dict[str, Callable[..., Any]]
NUMPY: dict[str, str]
OPERATORS: dict[str, str]
"""
    for row in rows():
        if row.sequences:
            kinds = ["Iterable[Value]", "Iterable[float]", "Iterable[Value | float]"]
        else:
            kinds = ["Value", "float", "Value | float"]
        several = row.name in ("max", "min")
        for shape, result in SHAPES[len(row.operands)]:
            arguments = [f"{n}: {kinds[kind]}" for n, kind in zip(row.operands, shape, strict=True)]
            if row.default is not None and shape[-1] != VALUE:
                arguments[-1] += f" = {row.default}"
            if row.default is None:
                arguments.append("/")
            if several:
                arguments.append(f"*others: {'float' if result == 'float' else 'Value | float'}")
            text += f"\n@overload\ndef {row.name}({', '.join(arguments)}) -> {result}:\n    {doc(row)}\n"
        if several:
            for result in kinds:
                text += (
                    f"\n@overload\ndef {row.name}(xs: Iterable[{result}], /) -> {result}:\n    {doc(row)}\n"
                )
    return text


def operators_stub() -> str:
    text = HEAD.format(title="The operators and methods that Value has from the table.")
    text += "\nfrom autograd_lite.engine import Value\n\nclass Operators:\n"
    for row in rows():
        if row.sequences or row.operands[0] == "n":
            continue
        default = "" if row.default is None else f" = {row.default}"
        others = "".join(f", {name}: Value | float{default}" for name in row.operands[1:])
        if others and row.default is None:
            others += ", /"
        text += f"    def {row.name}(self{others}) -> Value:\n        {doc(row)}\n\n"
    for name, operator in OPERATORS.items():
        row = TABLE[name]
        if len(row.operands) == 1:
            text += f"    def __{operator}__(self) -> Value:\n        {doc(row)}\n\n"
            continue
        text += f"    def __{operator}__(self, other: Value | float, /) -> Value:\n        {doc(row)}\n\n"
        text += f"    def __r{operator}__(self, other: float, /) -> Value:\n        {doc(row)}\n\n"
    return text[:-1]


def readme_table(public: bool) -> str:
    lines = ["| primitive | value | partials | domain | |", "|---|---|---|---|---|"]
    for row in TABLE.values():
        if row.operands and row.public is public:
            value = f"`{row.value_text}`" if row.value_text else "a function"
            partials = ", ".join(f"`{text}`" for text in row.partial_texts)
            domain = f"`{row.domain}`" if row.domain else "everywhere"
            lines.append(f"| `{row.signature}` | {value} | {partials} | {domain} | {row.doc} |")
    return "\n".join(lines)


def readme() -> str:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for start, public in MARKS:
        before, rest = text.split(start)
        text = f"{before}{start}\n{readme_table(public)}\n{END}{rest.split(END, 1)[1]}"
    return text


def lecture() -> Value:
    """Return the neuron of the README's first lines, which are run."""
    first = (ROOT / "README.md").read_text(encoding="utf-8").split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    with redirect_stdout(StringIO()):
        exec(first, names)
    neuron: Value = names["o"]
    return neuron


def network() -> Value:
    """Return the loss of a network too large to draw every node of."""
    loss = (MLP(2, [16, 16, 1], seed=1)([Value(1.0, label="x0"), Value(-2.0, label="x1")]) - 1.0) ** 2
    loss.label = "loss"
    loss.backward()
    return loss


PRINTED = {
    PACKAGE / "functions.pyi": functions_stub,
    PACKAGE / "operators.pyi": operators_stub,
    ROOT / "README.md": readme,
    ROOT / "notebooks" / "neuron.svg": lambda: draw(lecture()).svg,
    ROOT / "notebooks" / "neuron_steps.svg": lambda: play(lecture()).animation,
    ROOT / "notebooks" / "network.svg": lambda: draw(network()).svg,
}

if __name__ == "__main__":
    for path, printed in PRINTED.items():
        path.write_text(printed(), encoding="utf-8")
