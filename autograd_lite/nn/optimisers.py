"""Optimisers: how gradients move parameters. Relies on `engine`."""

from __future__ import annotations

from collections.abc import Iterable

from autograd_lite.engine import Value


class SGD:
    """Stochastic gradient descent: each step moves a parameter by -lr times its gradient.

    With weight decay d, d times the parameter is added to its gradient first; with momentum m, the step
    is by the running sum v = m * v + gradient. Both conventions are PyTorch's.

    >>> x = Value(3.0)
    >>> optimiser = SGD([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimiser.step()
    >>> x.data
    2.4
    """

    def __init__(
        self,
        parameters: Iterable[Value],
        lr: float = 0.01,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        if not hasattr(parameters, "__iter__"):
            kind = type(parameters).__name__
            raise TypeError(f"SGD: expected parameters, got {kind}; of a model, pass model.parameters()")
        self.parameters = list(parameters)
        if any(not isinstance(p, Value) or p.op is not None for p in self.parameters):
            raise TypeError("SGD: expected leaf Values as parameters, got something else among them")
        if not self.parameters:
            raise ValueError("SGD: expected at least one parameter, got none")
        if not lr > 0:
            raise ValueError(f"SGD: expected a learning rate above 0, got {lr}")
        if not 0 <= momentum < 1:
            raise ValueError(f"SGD: expected a momentum in [0, 1), got {momentum}")
        if not weight_decay >= 0:
            raise ValueError(f"SGD: expected a weight decay of at least 0, got {weight_decay}")
        self.lr = lr
        self.momentum = momentum
        self.weight_decay = weight_decay
        self._velocities = [0.0] * len(self.parameters)

    def step(self) -> None:
        """Move every parameter once, by its present gradient."""
        for i, parameter in enumerate(self.parameters):
            gradient = parameter.grad + self.weight_decay * parameter.data
            self._velocities[i] = self.momentum * self._velocities[i] + gradient
            parameter.data -= self.lr * self._velocities[i]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero."""
        for parameter in self.parameters:
            parameter.grad = 0.0
