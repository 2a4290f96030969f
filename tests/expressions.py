"""Random expressions made of the table's rows, for property tests: programs of up to twelve levels that
share subexpressions, stay in every row's domain, and can be run on floats, Values or anything else."""

import math
import random

from autograd_lite.primitives import TABLE

# What takes any number into a domain, smoothly, as (row, operands) over the numbers made so far.
INTO = {
    "x > 0": lambda f, x: f("add", f("mul", x, x), 0.1),
    "x >= 0": lambda f, x: f("add", f("mul", x, x), 0.1),
    "x >= 1": lambda f, x: f("add", f("mul", x, x), 1.1),
    "x > -1": lambda f, x: f("mul", x, x),
    "x < 0": lambda f, x: f("sub", -0.1, f("mul", x, x)),
    "0 < x < 1": lambda f, x: f("sigmoid", x),
    "-1 <= x <= 1": lambda f, x: f("mul", 0.9, f("tanh", x)),
    "-1 < x < 1": lambda f, x: f("mul", 0.9, f("tanh", x)),
    "x > 0 or x // 1 != x": lambda f, x: f("add", f("mul", x, x), 0.1),
    "x >= 0 or y // 1 == y": lambda f, x: f("add", f("mul", x, x), 0.1),
    "y != 0": lambda f, x: f("add", f("mul", x, x), 0.5),
    "y > 0": lambda f, x: f("add", f("mul", x, x), 0.5),
    "y > -1": lambda f, x: f("mul", x, x),
}
UNFIT = {"round", "ldexp", "polygamma", "nextafter", "stop_gradient"}  # whole numbers, and no derivatives
ROWS = sorted(row.name for row in TABLE.values() if row.public and row.name not in UNFIT)


class Program:
    """A random expression of a few inputs: a list of steps, each a row with its operands.

    An operand is the index of an earlier result, or a float; the first results are the inputs.
    """

    def __init__(self, rng: random.Random, names: list[str] = ROWS) -> None:
        self.at = [rng.uniform(-2, 2) for _ in range(rng.randint(1, 4))]
        self.steps: list[tuple[str, list]] = []
        self._numbers = list(self.at)
        for _ in range(rng.randint(1, 12)):
            self._add(rng, TABLE[rng.choice(names)])
        # The result depends on all that was left over.
        self._step("fsum", [*range(len(self.at), len(self._numbers))])

    def _add(self, rng: random.Random, row) -> None:
        def operand():
            recent = max(0, len(self._numbers) - 6)
            return rng.uniform(-2, 2) if rng.random() < 0.15 else rng.randrange(recent, len(self._numbers))

        def f(name, *operands):
            return self._step(name, list(operands))

        if row.sequences:
            size = rng.randint(1, 4)
            operands = [operand() for _ in range(size * len(row.operands))]
        else:
            operands = [operand() for _ in row.operands]
            if row.domain:
                place = list(row.operands).index("y") if row.domain.startswith("y") else 0
                operands[place] = INTO[row.domain](f, operands[place])
        done = self._step(row.name, operands)
        if not abs(self._numbers[done]) < 5:
            self._step("sin", [done])
            if not math.isfinite(self._numbers[done]):
                raise OverflowError  # try another

    def _step(self, name: str, operands: list) -> int:
        self.steps.append((name, operands))
        numbers = [self._numbers[x] if isinstance(x, int) else x for x in operands]
        self._numbers.append(apply(lambda name, *xs: TABLE[name].value(*xs), name, numbers))
        return len(self._numbers) - 1

    def run(self, call, *inputs):
        """Return the result of the program, each row computed by call(name, *operands)."""
        results = list(inputs)
        for name, operands in self.steps:
            given = [results[x] if isinstance(x, int) else x for x in operands]
            results.append(apply(call, name, given))
        return results[-1]


def apply(call, name: str, operands: list):
    """Return call(name, ...) with the operands as the row takes them, singly or as sequences."""
    row = TABLE[name]
    if not row.sequences:
        return call(name, *operands)
    half = len(operands) // len(row.operands)
    return call(name, *[operands[k : k + half] for k in range(0, len(operands), half)])


def program(seed: int, names: list[str] = ROWS) -> Program:
    """Return a random program whose numbers are all finite."""
    rng = random.Random(seed)
    while True:
        try:
            return Program(rng, names)
        except OverflowError:
            continue
