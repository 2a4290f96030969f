"""Arguments of which some arrays and lists are samples, so that there may be as many as there like.

Gives `opened`, which takes them out of the arguments, an empty list in the place of each; `with_samples`,
which puts something in these places; `names_of`, what they are called; and `whole_parts`,
what may be samples. Relies on `wholes` and `trees`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd_lite.compiler.wholes import Unrolled, Unseen
from autograd_lite.trees import is_array, is_number_or_array, parts_of, rebuilt

Opened = Sequence[tuple[int, int]]  # places among the parts of the arguments, with the axis of samples


def opened(tree: Any, places: Opened) -> tuple[list[Any], Any]:
    """Return what stands for the samples in some places, and the arguments without them.

    Raises Unrolled if there is none, or they are not built alike.
    """
    if not places:
        return [], tree
    parts = [part for _, part in parts_of(tree, "", _is_part)]
    if any(place >= len(parts) for place, _ in places):
        raise Unrolled
    unseen = [Unseen(index, parts[place], axis) for index, (place, axis) in enumerate(places)]
    for place, _ in places:
        parts[place] = []
    return unseen, rebuilt(tree, iter(parts), _is_part)


def with_samples(tree: Any, places: Opened, samples: Sequence[Any]) -> Any:
    """Return arguments with samples in the places that were left empty."""
    if not places:
        return tree
    parts = [part for _, part in parts_of(tree, "", _is_part)]
    for (place, _), part in zip(places, samples, strict=True):
        parts[place] = part
    return rebuilt(tree, iter(parts), _is_part)


def whole_parts(tree: Any) -> dict[int, Any]:
    """Return the arrays and lists of the arguments, each with its place."""
    parts = enumerate(part for _, part in parts_of(tree, "", _is_part))
    return {
        place: part
        for place, part in parts
        if not isinstance(part, Unseen) and (type(part) is list or is_array(part))
    }


def names_of(args: Sequence[Any], kwargs: dict[str, Any], places: Opened) -> list[str]:
    """Return what the arguments in some places are called."""
    trees = [(f"argument {i}", tree) for i, tree in enumerate(args)] + list(kwargs.items())
    names = [name for where, tree in trees for name, _ in parts_of(tree, where, _is_part)]
    return [names[place] for place, _ in places]


def _is_part(tree: Any) -> bool:
    return type(tree) is list or isinstance(tree, Unseen) or is_number_or_array(tree)
