"""What may be given by name or as a function: activations, initialisers, losses, optimisers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def named(thing: Any, table: Mapping[str, Callable[..., Any]], wanted: str) -> Any:
    """Return a function as it is, or the one that a table has by this name.

    wanted  the beginning of the error's sentence: "loss: expected a function of outputs and targets"

    Raises ValueError, with the names there are, for anything else.
    """
    if callable(thing):
        return thing
    if not isinstance(thing, str) or thing not in table:
        raise ValueError(f"{wanted} or one of {', '.join(table)}, got {thing!r}")
    return table[thing]
