"""Callbacks: what is done after every epoch of a training.

A callback is any function of the `Run`; it stops the training by returning True. Relies on `history`,
`modules` and `stepping`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd_lite.nn.history import History
from autograd_lite.nn.modules import Module
from autograd_lite.nn.stepping import Optimizer


@dataclass
class Run:
    """A training at the end of an epoch: its model, its optimiser and its history so far."""

    model: Module
    optimizer: Optimizer
    history: History


Callback = Callable[[Run], Any]


class EarlyStopping:
    """Stops the training when a column of the history has not got better for `patience` epochs.

    monitor    the column of `epochs`, such as "val_loss"
    min_delta  by how much it must get better to count
    restore    whether the model gets back the parameters of its best epoch when it is stopped
    mode       "min" if less is better, "max" if more is; by default "max" for an accuracy and else "min"

    It begins anew with another model or history. Raises ValueError for another mode.

    Prechelt 1998, "Early stopping: but when?".
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 10,
        min_delta: float = 0.0,
        restore: bool = True,
        mode: str | None = None,
    ) -> None:
        if mode not in ("min", "max", None):
            raise ValueError(f'EarlyStopping: expected "min" or "max" as the mode, got {mode!r}')
        self.monitor = monitor
        self.patience = patience
        self.min_delta = min_delta
        self.restore = restore
        self.mode = mode or ("max" if monitor.endswith("accuracy") else "min")
        self._of: tuple[Module, History] | None = None

    def _begin(self) -> None:
        self._best, self._waited = math.inf, 0
        self._parameters: dict[str, float] = {}

    def __call__(self, run: Run) -> bool:
        """Return whether to stop; raises ValueError if there is no such column."""
        if self.monitor not in run.history.epochs:
            raise ValueError(
                f"EarlyStopping: expected a monitor among {', '.join(run.history.epochs)}, "
                f"got {self.monitor!r}; val_ columns need validation"
            )
        if self._of is None or self._of[0] is not run.model or self._of[1] is not run.history:
            self._of = run.model, run.history
            self._begin()
        watched = run.history.epochs[self.monitor][-1] * (-1 if self.mode == "max" else 1)
        if watched < self._best - self.min_delta:
            self._best, self._waited = watched, 0
            self._parameters = run.model.state_dict()
            return False
        self._waited += 1
        stop = self._waited >= self.patience
        if stop and self.restore and self._parameters:
            run.model.load_state_dict(self._parameters)
        return stop


class CSVLog:
    """Keeps a CSV file of the epochs so far, for another program to read while the training runs."""

    def __init__(self, path: str | Path) -> None:
        self.path = path

    def __call__(self, run: Run) -> None:
        """Write the file; raises OSError if that is not possible."""
        run.history.to_csv(self.path)
