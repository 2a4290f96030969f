"""Clipping: gradients made shorter before a step, so that one steep place does not throw the parameters far.

Relies on `engine`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

from autograd_lite.engine import Value, gradients


def clip_grad_norm(parameters: Iterable[Value], max_norm: float) -> float:
    """Scale the gradients so that together they have at most the norm max_norm; return the norm before.

    The factor is max_norm / (norm + 1e-6), as PyTorch's, if below 1. Pascanu, Mikolov and Bengio 2013.
    Raises ValueError for a max_norm that is not above 0; gradients whose norm is not finite stay as they are.

    >>> x, y = Value(0.0), Value(0.0)
    >>> x.grad, y.grad = 3.0, 4.0
    >>> clip_grad_norm([x, y], 1.0)
    5.0
    >>> round(x.grad, 6), round(y.grad, 6)
    (0.6, 0.8)
    """
    if not max_norm > 0:
        raise ValueError(f"clip_grad_norm: expected a norm above 0, got {max_norm}")
    parameters = list(parameters)
    before = gradients(parameters)
    norm = math.hypot(*before)
    if max_norm < norm + 1e-6 < math.inf:
        for parameter, gradient in zip(parameters, before, strict=True):
            parameter.grad = gradient * (max_norm / (norm + 1e-6))
    return norm


def clip_grad_value(parameters: Iterable[Value], limit: float) -> None:
    """Cut every gradient to [-limit, limit]; raises ValueError for a limit that is not above 0.

    >>> x = Value(0.0)
    >>> x.grad = -3.0
    >>> clip_grad_value([x], 1.0)
    >>> x.grad
    -1.0
    """
    if not limit > 0:
        raise ValueError(f"clip_grad_value: expected a limit above 0, got {limit}")
    parameters = list(parameters)
    for parameter, gradient in zip(parameters, gradients(parameters), strict=True):
        if abs(gradient) > limit:
            parameter.grad = math.copysign(limit, gradient)
