"""What `fit` is given, checked before anything is trained: data, callbacks, clip, optimiser and schedule.

Relies on `history`, `modules`, `optimisers` and `schedules`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd_lite.engine import Value
from autograd_lite.nn.history import History
from autograd_lite.nn.modules import Module
from autograd_lite.nn.names import named
from autograd_lite.nn.optimisers import LBFGS, OPTIMISERS
from autograd_lite.nn.schedules import Factor, ReduceOnPlateau, Schedule
from autograd_lite.nn.stepping import Optimizer

Data = tuple[Sequence[Any], Sequence[Any]]
Optimising = str | Optimizer | Callable[..., Optimizer]
Scheduling = Factor | Schedule | ReduceOnPlateau | None
Clip = float | Callable[[list[Value]], Any] | None


def check_data(X: Any, y: Any, validation: Any) -> None:
    """Raise TypeError for data that cannot be gone through again, ValueError for other validation data."""
    for name, data in (("X", X), ("y", y)):
        if not hasattr(data, "__len__") or not hasattr(data, "__getitem__"):
            raise TypeError(
                f"fit: expected a sequence for {name}, got {type(data).__name__}; make a list of it"
            )
    if validation is not None:
        parts = validation if isinstance(validation, tuple | list) else ()
        lengths = [len(part) if hasattr(part, "__len__") else None for part in parts]
        if len(lengths) != 2 or lengths[0] != lengths[1] or not lengths[0]:
            raise ValueError(f"fit: expected X and y of one length for validation, got lengths {lengths}")


def check_numbers(epochs: Any, batch_size: Any, seed: Any) -> None:
    """Raise TypeError for what is no whole number, and ValueError for epochs below 0."""
    for name, count in (("epochs", epochs), ("batch_size", batch_size)):
        if not hasattr(count, "__index__") and (name, count) != ("batch_size", None):
            raise TypeError(f"fit: expected a whole number for {name}, got {count!r}")
    if epochs < 0:
        raise ValueError(f"fit: expected epochs of at least 0, got {epochs}")
    if not hasattr(seed, "__index__"):
        raise TypeError(
            f"fit: expected a whole number for seed, got {type(seed).__name__}; the order of every epoch is "
            "drawn anew from it, so that a training can be resumed"
        )


def checked_callbacks(callbacks: Any) -> list[Callable[[Any], Any]]:
    """Return the callbacks in a list; raises TypeError for what is no iterable of functions."""
    if callable(callbacks) or not isinstance(callbacks, Iterable):
        raise TypeError(f"fit: expected a list of callbacks, got {callbacks!r}; put a single one in a list")
    listed: list[Callable[[Any], Any]] = list(callbacks)
    for callback in listed:
        if not callable(callback) or isinstance(callback, type):
            raise TypeError(
                f"fit: expected functions of the run, or objects like them, as callbacks, got {callback!r}"
            )
    return listed


def check_clip(clip: Any, optimizer: Optimizer) -> None:
    """Raise for a clip that is neither a norm nor a function, or that the optimiser would not feel."""
    if clip is None:
        return
    if not callable(clip) and (isinstance(clip, str) or not clip > 0):
        raise ValueError(f"fit: expected a norm above 0, or a function, for clip, got {clip!r}")
    if isinstance(optimizer, LBFGS):
        raise ValueError("fit: expected no clip with LBFGS, which takes gradients of its own on its way")


def chosen_optimizer(
    optimizer: Optimising, lr: float | None, model: Module, resume: History | None
) -> Optimizer:
    """Return the optimiser that is asked for, of the parameters of a model; see the errors."""
    if not isinstance(model, Module):
        raise TypeError(f"fit: expected a Module as the model, got {type(model).__name__}")
    if resume is not None and not isinstance(resume, History):
        raise TypeError(f"fit: expected a History for resume, got {resume!r}; of a file, History.load(path)")
    parameters = model.parameters()
    if not parameters:
        raise ValueError("fit: expected a model with parameters to train, got one with none")
    if not isinstance(optimizer, Optimizer):
        make = named(optimizer, OPTIMISERS, "fit: expected an Optimizer, what makes one of parameters,")
        if resume is not None and resume.steps:
            raise ValueError(
                f"fit: expected the Optimizer that the training to resume was begun with, got {optimizer!r}, "
                "which would begin anew; make one first, and if it was saved load its state"
            )
        if make is LBFGS and lr is not None:
            raise ValueError("fit: expected no lr with LBFGS, which finds the lengths of its steps itself")
        made: Optimizer = make(parameters, **({} if lr is None else {"lr": lr}))
        return made
    if lr is not None:
        raise ValueError("fit: expected lr for an optimizer given by name; this one has its own")
    if not set(optimizer.parameters) & set(parameters):
        raise ValueError("fit: the optimizer moves no parameter of this model")
    return optimizer


def chosen_schedule(
    schedule: Scheduling, optimizer: Optimizer, epoch: int
) -> Schedule | ReduceOnPlateau | None:
    """Return the schedule that is asked for, of this optimiser, when so many epochs are done."""
    if schedule is None or isinstance(schedule, Schedule | ReduceOnPlateau):
        if schedule is not None and schedule.optimizer is not optimizer:
            raise ValueError("fit: expected a schedule of the optimizer that is given, got one of another")
        return schedule
    return Schedule(optimizer, schedule, epoch)
