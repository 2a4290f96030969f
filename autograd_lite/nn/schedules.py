"""Learning-rate schedules: factors of the rate by epoch, and what applies them to an optimiser.

A factor is a function of the number of epochs done: `step_decay`, `exponential`, `cosine`, `linear_ramp` and
`warmup` return one. `Schedule` multiplies an optimiser's rates by it, and `ReduceOnPlateau` watches the loss.
Both have `step(loss)`, for the end of every epoch, and a state to keep. Relies on `stepping`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd_lite.nn.stepping import Optimizer

Factor = Callable[[int], float]


def step_decay(epochs: int, gamma: float = 0.1) -> Factor:
    """Return the factor that is multiplied by gamma after every so many epochs.

    >>> [step_decay(2, gamma=0.5)(epoch) for epoch in range(5)]
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """
    _check_epochs("step_decay", epochs)
    return lambda epoch: gamma ** (epoch // epochs)


def exponential(gamma: float) -> Factor:
    """Return the factor gamma ** epoch.

    >>> [exponential(0.5)(epoch) for epoch in range(3)]
    [1.0, 0.5, 0.25]
    """
    return lambda epoch: gamma**epoch


def cosine(epochs: int, floor: float = 0.0) -> Factor:
    """Return the factor that falls from 1 to the floor along half a cosine, and stays there.

    Loshchilov and Hutter 2017, "SGDR", without restarts.

    >>> [round(cosine(4)(epoch), 3) for epoch in range(6)]
    [1.0, 0.854, 0.5, 0.146, 0.0, 0.0]
    """
    _check_epochs("cosine", epochs)
    return lambda epoch: floor + (1 - floor) * (1 + math.cos(math.pi * min(epoch / epochs, 1))) / 2


def linear_ramp(epochs: int, start: float = 1.0, end: float = 0.0) -> Factor:
    """Return the factor that goes from start to end in a straight line, and stays there.

    >>> [linear_ramp(4, end=0.5)(epoch) for epoch in range(6)]
    [1.0, 0.875, 0.75, 0.625, 0.5, 0.5]
    """
    _check_epochs("linear_ramp", epochs)
    return lambda epoch: start + (end - start) * min(epoch / epochs, 1)


def warmup(epochs: int, start: float = 0.1, then: Factor | None = None) -> Factor:
    """Return the factor that rises from start to 1 in a straight line, and then is that of `then`, if given.

    Goyal et al. 2017, "Accurate, large minibatch SGD".

    >>> [round(warmup(2, then=exponential(0.5))(epoch), 3) for epoch in range(5)]
    [0.1, 0.55, 1.0, 0.5, 0.25]
    """
    rise = linear_ramp(epochs, start, 1.0)
    return lambda epoch: rise(epoch) if epoch < epochs or then is None else then(epoch - epochs)


_MAKERS: tuple[Any, ...] = (step_decay, exponential, cosine, linear_ramp, warmup)


def _check_epochs(function: str, epochs: int) -> None:
    if not epochs > 0:
        raise ValueError(f"{function}: expected a number of epochs above 0, got {epochs}")


def _check_rates(schedule: str, optimizer: Optimizer) -> None:
    if not all("lr" in group for group in optimizer.param_groups):
        name = type(optimizer).__name__
        raise ValueError(f"{schedule}: expected an optimizer with a learning rate, and {name} has none")


class Schedule:
    """Sets an optimiser's learning rates to those it was given, times a factor of the epochs done.

    epoch  how many epochs are done already, to resume

    Raises TypeError for a factor that is no function of the epoch, and ValueError for an optimiser without
    learning rates.

    >>> from autograd_lite import Value
    >>> from autograd_lite.nn import SGD
    >>> optimiser = SGD([Value(1.0)], lr=0.1)
    >>> schedule = Schedule(optimiser, exponential(0.5))
    >>> schedule.step()
    >>> optimiser.lr
    0.05
    """

    def __init__(self, optimizer: Optimizer, factor: Factor, epoch: int = 0) -> None:
        _check_rates("Schedule", optimizer)
        if not callable(factor) or factor in _MAKERS:
            raise TypeError(
                f"Schedule: expected a function of the epoch, such as cosine(100), got {factor!r}; "
                "call what makes one"
            )
        self.optimizer = optimizer
        self.factor = factor
        self._epoch = epoch
        self._apply()

    def step(self, loss: float = math.nan) -> None:
        """End an epoch; its loss makes no difference here."""
        self._epoch += 1
        self._apply()

    def _apply(self) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"] * self.factor(self._epoch)

    def state_dict(self) -> dict[str, Any]:
        """Return the epochs done; the rates are in the optimiser's state."""
        return {"epoch": self._epoch}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state."""
        self._epoch = state["epoch"]
        self._apply()


class ReduceOnPlateau:
    """Multiplies an optimiser's learning rates by a factor when the loss has stopped to fall.

    factor     what they are multiplied by
    patience   how many epochs without a fall are waited through
    threshold  by what share the loss must fall to count
    cooldown   how many epochs after a reduction are not counted
    min_lr     the rates stay at least there

    eps        a reduction by no more is not made

    As PyTorch's ReduceLROnPlateau. Raises ValueError for a factor outside (0, 1), and for an optimiser
    without learning rates.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
        eps: float = 1e-8,
    ) -> None:
        _check_rates("ReduceOnPlateau", optimizer)
        if not 0 < factor < 1:
            raise ValueError(f"ReduceOnPlateau: expected a factor in (0, 1), got {factor}")
        self.optimizer = optimizer
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.eps = eps
        self._best, self._waited, self._resting = math.inf, 0, 0

    def step(self, loss: float) -> None:
        """End an epoch with this loss."""
        if loss < self._best * (1 - self.threshold):
            self._best, self._waited = loss, 0
        else:
            self._waited += 1
        if self._resting:
            self._resting, self._waited = self._resting - 1, 0
        if self._waited > self.patience:
            self._resting, self._waited = self.cooldown, 0
            for group in self.optimizer.param_groups:
                reduced = max(group["lr"] * self.factor, self.min_lr)
                if group["lr"] - reduced > self.eps:
                    group["lr"] = reduced

    def state_dict(self) -> dict[str, Any]:
        """Return the best loss, the epochs waited since, and those still to rest."""
        return {"best": self._best, "waited": self._waited, "resting": self._resting}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Continue from such a state; the rates are in the optimiser's."""
        self._best, self._waited, self._resting = state["best"], state["waited"], state["resting"]
