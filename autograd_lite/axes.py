"""Axes for nested arguments and results: one for all, or a structure of axes that is followed item by item.

Gives `check_axes` and `replaced`. Relies on `trees`.
"""

from __future__ import annotations

from collections.abc import Callable

from autograd_lite.trees import is_number_or_array, items_of, parts_of, rebuilt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def check_axes(axes: Any, name: str, others: str = "") -> None:
    """Raise ValueError unless this is an axis or a structure of axes; the name is whose they are.

    others  what None stands for; empty if it is no axis
    """
    if type(axes) is int or (others and axes is None):
        return
    if not isinstance(axes, (tuple, list, dict)) and not hasattr(axes, "__dataclass_fields__"):
        alone = f"an axis, None for {others}" if others else "an axis"
        raise ValueError(
            f"vmap: {name} must be {alone}, or a tuple, list, dict or dataclass of such, got {axes!r}"
        )
    for key, item in items_of(axes, name):
        check_axes(item, f"{name}{key}", others)


def replaced(
    tree: Any,
    axes: Any,
    where: str,
    replace: Callable[[Any, int, str], Any],
    is_part: Callable[[Any], bool],
) -> Any:
    """Return a structure with what replace(part, axis, place) gives for each part that has an axis.

    is_part  what an axis is one of

    Raises ValueError if the structures differ; `where` says whose the first one is.
    """
    if axes is None:
        return tree
    if type(axes) is int:
        parts = [replace(part, axes, place) for place, part in parts_of(tree, where, is_part)]
        return rebuilt(tree, iter(parts), is_part)
    wanted = dict(items_of(axes, where))
    given = {} if is_number_or_array(tree) else dict(items_of(tree, where))
    if set(wanted) != set(given):
        kind = "an array" if hasattr(tree, "shape") else f"a {type(tree).__name__}"
        got = f"{kind} with {', '.join(given)}" if given else kind
        raise ValueError(
            f"{where}: the axes are for {', '.join(wanted)}, but this is {got}; give an axis for each item, "
            "or one for all"
        )
    items = [replaced(item, wanted[key], f"{where}{key}", replace, is_part) for key, item in given.items()]
    return rebuilt(tree, iter(items), lambda part: part is not tree)
