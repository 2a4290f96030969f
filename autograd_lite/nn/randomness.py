"""Where random numbers come from: an explicit seed, or a generator. Relies on the standard library alone."""

from __future__ import annotations

import operator
import random
from typing import Any

Seed = int | random.Random | None


def generator(seed: Seed, where: str) -> random.Random:
    """Return the generator for a seed, a generator as it is, for None the one of Python's `random` functions.

    `where` names the function that was given the seed. Raises TypeError for anything else.

    >>> generator(1, "example").random() == random.Random(1).random()
    True
    """
    if isinstance(seed, random.Random):
        return seed
    if seed is None:
        shared: Any = random.random
        return shared.__self__  # type: ignore[no-any-return]  # the Random that random.seed() seeds
    if not hasattr(seed, "__index__"):
        raise TypeError(
            f"{where}: expected a whole number, a random.Random or None as the seed, "
            f"got {type(seed).__name__}"
        )
    return random.Random(operator.index(seed))
