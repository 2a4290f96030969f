"""Optimizer: what every optimiser does. Groups of parameters with their options, steps, and states to keep.

Names are PyTorch's, but that a parameter without a gradient counts as one with gradient 0. The formulas are
in `optimisers`. Relies on `files` and `engine`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from autograd_lite.engine import Value, gradients
from autograd_lite.nn.files import read_state, write_state

Group = dict[str, Any]
State = dict[str, Any]

_RANGES: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "lr": ("learning rate above 0", lambda x: 0 < x < math.inf),
    "initial_lr": ("learning rate above 0", lambda x: 0 < x < math.inf),
    "steps": ("number of steps of at least 0", lambda x: type(x) is int and x >= 0),
    "lr_decay": ("decay of at least 0", lambda x: x >= 0),
    "momentum": ("momentum in [0, 1)", lambda x: 0 <= x < 1),
    "weight_decay": ("weight decay of at least 0", lambda x: x >= 0),
    "alpha": ("smoothing in [0, 1)", lambda x: 0 <= x < 1),
    "rho": ("smoothing in [0, 1)", lambda x: 0 <= x < 1),
    "betas": ("pair of smoothings in [0, 1)", lambda x: len(x) == 2 and all(0 <= beta < 1 for beta in x)),
    "eps": ("eps above 0", lambda x: x > 0),
    "max_iter": ("number of iterations of at least 1", lambda x: x >= 1),
    "history_size": ("history of at least 1", lambda x: x >= 1),
}


def _in_range(key: str, option: Any) -> bool:
    try:
        return key not in _RANGES or _RANGES[key][1](option)
    except TypeError:
        return False


class Optimizer:
    """What every optimiser does: `step()` moves the parameters, and the state can be kept and restored.

    Where all parameters go is computed before the first is moved.

    parameters    leaf Values, or groups of them: dicts with "params" and the options that differ there
    param_groups  these dicts with all options, to read and to change

    Raises TypeError for what is no leaf, and ValueError for no parameters, one that is there twice, and
    options that are unknown or out of range.
    """

    slots: tuple[str, ...] = ()  # the names of the numbers that are kept for each parameter

    def __init__(self, parameters: Iterable[Any], **options: Any) -> None:
        name = type(self).__name__
        if not hasattr(parameters, "__iter__"):
            kind = type(parameters).__name__
            raise TypeError(f"{name}: expected parameters, got {kind}; of a model, pass model.parameters()")
        self._defaults = options
        self.param_groups: list[Group] = []
        self._states: list[State] = []
        parameters = list(parameters)
        if not parameters:
            raise ValueError(f"{name}: expected at least one parameter, got none")
        in_groups = all(isinstance(item, dict) for item in parameters)
        for group in parameters if in_groups else [{"params": parameters}]:
            self.add_param_group(group)

    def add_param_group(self, group: Group) -> None:
        """Add parameters, with options of their own where the dict has them; errors are the class's."""
        name = type(self).__name__
        parameters = group.get("params")
        parameters = [parameters] if isinstance(parameters, Value) else list(parameters or ())
        if any(not isinstance(p, Value) or p.op is not None for p in parameters):
            raise TypeError(f"{name}: expected leaf Values as parameters, got something else among them")
        if not parameters:
            raise ValueError(f"{name}: expected at least one parameter in a group, got none")
        known = [*self.parameters, *parameters]
        if len(set(known)) < len(known):
            raise ValueError(f"{name}: a parameter is there twice, and would be moved twice")
        options = {**self._defaults, **{key: x for key, x in group.items() if key != "params"}}
        for key, option in options.items():
            if key not in self._defaults:
                raise ValueError(f"{name}: expected options among {', '.join(self._defaults)}, got {key!r}")
            if not _in_range(key, option):
                raise ValueError(f"{name}: expected a {_RANGES[key][0]}, got {option!r}")
        if "lr" in options:
            options["initial_lr"] = options["lr"]  # what schedules multiply
        self.param_groups.append({"params": parameters, **options})
        self._states.append({"steps": 0, **{slot: [0.0] * len(parameters) for slot in self.slots}})

    @property
    def parameters(self) -> list[Value]:
        """All parameters, group by group."""
        return [parameter for group in self.param_groups for parameter in group["params"]]

    @property
    def lr(self) -> float:
        """The learning rate, of the first group where they differ; setting it sets every group's anew."""
        lr: float = self.param_groups[0]["lr"]
        return lr

    @lr.setter
    def lr(self, lr: float) -> None:
        if lr != 0 and not _in_range("lr", lr):
            raise ValueError(f"{type(self).__name__}.lr: expected a learning rate of at least 0, got {lr!r}")
        for group in self.param_groups:
            group["lr"] = group["initial_lr"] = lr

    def step(self, closure: Callable[[], Value] | None = None) -> None:
        """Move every parameter once, by its present gradient; `closure` is for `LBFGS`.

        Raises OverflowError if a parameter would not be finite; parameters and state are then as before.
        """
        moved: list[float] = []
        states = []
        for group, before in zip(self.param_groups, self._states, strict=True):
            state = {**before, "steps": before["steps"] + 1}
            x, g = [p.data for p in group["params"]], gradients(group["params"])
            if group.get("weight_decay"):
                x, g = self._decayed(group, x, g)
            moved += self._moved(group, state, x, g)
            states.append(state)
        self._move(self.parameters, moved)
        self._states = states

    def _move(self, parameters: list[Value], x: list[float]) -> None:
        if not all(map(math.isfinite, x)):
            wrong = next(xi for xi in x if not math.isfinite(xi))
            raise OverflowError(
                f"{type(self).__name__}.step: a parameter would be {wrong}: its gradient is not finite, or "
                "the learning rate too great"
            )
        for parameter, xi in zip(parameters, x, strict=True):
            parameter.data = xi

    def _decayed(self, group: Group, x: list[float], g: list[float]) -> tuple[list[float], list[float]]:
        """Return the parameters and the gradients of a group as weight decay makes them."""
        decay = group["weight_decay"]
        return x, [gi + decay * xi for gi, xi in zip(g, x, strict=True)]

    def _moved(self, group: Group, state: State, x: list[float], g: list[float]) -> list[float]:
        """Return where the parameters of a group go from x with gradients g, and renew the state."""
        raise NotImplementedError

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero."""
        for group in self.param_groups:
            for parameter in group["params"]:
                parameter.grad = 0.0

    def state_dict(self) -> State:
        """Return all that later steps depend on beside parameters and gradients, as plain data."""
        return {
            "optimizer": type(self).__name__,
            "groups": [{**group, "params": len(group["params"])} for group in self.param_groups],
            "states": deepcopy(self._states),
        }

    def load_state_dict(self, state: State) -> None:
        """Continue from a state of the same optimiser with groups of the same sizes.

        Raises ValueError for any other state; nothing is set then.
        """
        if _shape(state) != _shape(self.state_dict()):
            raise ValueError(
                f"{type(self).__name__}.load_state_dict: the state is of another optimiser or of other "
                "parameters"
            )
        for options in [*state["groups"], *state["states"]]:
            for key, option in options.items():
                if not (key in ("lr", "initial_lr") and option == 0) and not _in_range(key, option):
                    raise ValueError(
                        f"{type(self).__name__}.load_state_dict: expected a {_RANGES[key][0]}, got {option!r}"
                    )
        for group, options in zip(self.param_groups, state["groups"], strict=True):
            group.update({key: x for key, x in options.items() if key != "params"})
        self._states = deepcopy(state["states"])

    def save(self, path: str | Path) -> None:
        """Write the state as a JSON file, all of it or nothing; raises OSError if that is not possible."""
        write_state(path, "optimizer", self.state_dict())

    def load(self, path: str | Path) -> None:
        """Continue from a file that `save` wrote; raises ValueError for any other, OSError for none."""
        state = read_state(path, "optimizer")
        try:
            self.load_state_dict(state)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None


def _shape(state: Any) -> Any:
    """Return a state with its numbers left out: what two states of one optimiser have in common."""
    if isinstance(state, dict):
        return {key: x if key in ("optimizer", "params") else _shape(x) for key, x in state.items()}
    if isinstance(state, list | tuple):
        return [_shape(x) for x in state]
    return float if type(state) is int and abs(state) < 1e300 else type(state)  # what a float can hold
