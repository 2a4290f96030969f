"""Where a NaN or an infinity was born: `why_nan`, and the warnings of `backward()`.

A graph keeps every number, so the birth can be found afterwards. Relies on `orders`, `graph` and
`engine`.
"""

from __future__ import annotations

import math
import warnings

from autograd_lite.engine import Value, plain
from autograd_lite.graph import topological_order
from autograd_lite.orders import Scalar, slopes


class Anomaly:
    """Where a number that is not finite was born.

    node         the Value where it was born, in the forward or in the backward pass
    in_backward  whether it is a cotangent, and not the value of the node

    Its string is a sentence that says what happened.
    """

    def __init__(self, node: Value, sentence: str, *, in_backward: bool) -> None:
        self.node = node
        self.in_backward = in_backward
        self._sentence = sentence

    def __str__(self) -> str:
        return self._sentence

    def __repr__(self) -> str:
        return f"<Anomaly: {self}>"


def why_nan(root: Value) -> Anomaly | None:
    """Return where the first NaN or infinity of root, or of its gradient, was born; None if all is finite.

    Raises TypeError for anything but a Value.

    >>> from autograd_lite import Value, log, sqrt
    >>> x = Value(2.0, label="x")
    >>> print(why_nan(log(x - x)))
    log(0.0) is -inf: the first value that is not finite
    >>> print(why_nan(sqrt(x - x) ** 2))
    in the backward pass, sqrt(0.0): the cotangent 0.0 times the partial inf is nan
    """
    if type(root) is not Value:
        raise TypeError(f"why_nan: expected a Value, got {type(root).__name__}")
    return _in_forward(root) if not math.isfinite(root.data) else _in_backward(root)


def warn(root: Value) -> None:
    """Warn of what why_nan finds, as if from the caller of `backward()`."""
    anomaly = why_nan(root)
    if anomaly is not None:
        what = "its gradient is" if anomaly.in_backward else f"the root is {root.data}, and its gradient is"
        warnings.warn(f"backward: {what} not to be trusted. {anomaly}", RuntimeWarning, stacklevel=3)


def _in_forward(root: Value) -> Anomaly:
    """Return the birth of root's NaN or infinity: from it back to a node whose operands are all finite."""
    node, turned = root, ""
    while True:
        sick = [p for p in node.parents if not math.isfinite(plain(p))]
        nans = [p for p in sick if p != p]
        if not sick or type((nans or sick)[0]) is not Value:
            break
        if node.data != node.data and not nans:
            turned = f"; {_expression(node)} makes a nan of it"
        node = (nans or sick)[0]
    if node.op is None:
        name = f"the leaf {node.label!r}" if node.label else "a leaf"
        return Anomaly(node, f"{name} is {node.data}{turned}", in_backward=False)
    first = f"{_expression(node)} is {node.data}{where(node)}: the first value that is not finite{turned}"
    return Anomaly(node, first, in_backward=False)


def _in_backward(root: Value) -> Anomaly | None:
    """Return where the first cotangent that is not finite was born, users first."""
    leaves, computed = topological_order(root)
    moving = {*leaves, *computed}
    cotangents: dict[Value, Scalar] = {root: 1.0}
    for node in reversed(computed):
        cotangent = cotangents.get(node)
        if cotangent is None:
            continue
        for parent, slope in slopes(node, moving):
            contribution = cotangent * slope
            total = cotangents.get(parent, 0.0) + contribution
            if not math.isfinite(total):
                what = f"the cotangent {cotangent} times the partial {slope} is {contribution}"
                if math.isfinite(contribution):
                    what = f"adding {contribution} to the cotangent {cotangents[parent]} overflows"
                sentence = f"in the backward pass, {_expression(node)}{where(node)}: {what}"
                return Anomaly(node, sentence, in_backward=True)
            cotangents[parent] = total
    return None


def _expression(node: Value) -> str:
    """Return a node as its operation with the numbers that it was given: "log(0.0)"."""
    numbers = [str(plain(p)) for p in node.parents]
    if len(numbers) > 4:
        numbers = [*numbers[:3], f"… {len(numbers) - 3} more"]
    return f"{node.op.name if node.op else 'leaf'}({', '.join(numbers)})"


def where(node: Value) -> str:
    """Return label, scope and source line of a node, as far as it has them."""
    parts = [f"{node.label!r}"] if node.label else []
    if node.scope:
        parts.append(f"in {' / '.join(node.scope)}")
    if node.place:
        parts.append(f"at {node.place}")
    return f" ({', '.join(parts)})" if parts else ""
