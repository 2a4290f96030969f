"""The gradients of a model in training: their norms by layer, and warnings of those that do not teach.

Relies on `modules` and `layers`.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite.context import no_grad
from autograd_lite.engine import Value, gradients
from autograd_lite.nn.layers import Activation, Neuron
from autograd_lite.nn.modules import Module

# A layer whose gradients are a millionth of another's stands still beside it, whatever the learning rate.
VANISHING = 1e-6
# When all gradients are below this, the training is at its end, and what is left of them is rounding.
CONVERGED = 1e-8
# With gradients a thousand times its parameters, a layer is thrown about by any usual learning rate.
EXPLODING = 1e3


class Gradients:
    """Measures the gradients of a model's layers in every step, and warns once of each layer that is ill."""

    def __init__(self, model: Module) -> None:
        self._model = model
        self._parts = model.parameters_by_layer()
        self._units: dict[str, list[Neuron]] = {}
        for path, module in model.named_modules():
            part = next((name for name in self._parts if f"{path}.".startswith(f"{name}.")), None)
            if isinstance(module, Neuron) and part is not None:
                self._units.setdefault(part, []).append(module)
        self._warned: set[tuple[str, str]] = set()
        self._begin_epoch()

    def _begin_epoch(self) -> None:
        self._steps = 0
        self._sums = dict.fromkeys(self._parts, 0.0)
        self._still = {name: list(units) for name, units in self._units.items()}

    def norms(self) -> dict[str, float]:
        """Return the norm of the gradient of each layer; a step's, which is counted."""
        norms = {name: math.hypot(*gradients(parameters)) for name, parameters in self._parts.items()}
        self._steps += 1
        for name, norm in norms.items():
            self._sums[name] += norm
        for name, units in self._still.items():
            if norms[name]:  # where all are 0, nothing was asked of any unit
                self._still[name] = [unit for unit in units if not any(gradients((unit.b, *unit.w)))]
        return norms

    def end_epoch(self, epoch: int, X: Sequence[Any]) -> None:
        """Warn, with a RuntimeWarning, of what this epoch on X showed and was not told before."""
        means = {name: self._sums[name] / max(self._steps, 1) for name in self._parts}
        sizes = {name: mean / math.sqrt(len(self._parts[name])) for name, mean in means.items()}
        greatest = max(sizes, key=lambda name: sizes[name])
        for name, mean in means.items():
            if sizes[name] < VANISHING * sizes[greatest] and sizes[greatest] > CONVERGED:
                self._warn(
                    "vanishing",
                    name,
                    f"the gradient of {name} vanishes: a parameter's is {sizes[name]:.1e} in epoch {epoch}, "
                    f"and {sizes[greatest]:.1e} in {greatest}; try relu, another init or fewer layers",
                )
            elif mean > EXPLODING * _norm(self._parts[name]):
                self._warn(
                    "exploding",
                    name,
                    f"the gradient of {name} explodes: its norm is {mean:.1e} in epoch {epoch}, that of the "
                    f"parameters {_norm(self._parts[name]):.1e}; try clip=1.0, or data of the size of 1",
                )
        for name, dead in self._dead(epoch, X).items():
            self._warn(
                "dead",
                name,
                f"{dead} of {len(self._units[name])} units of {name} are dead: their output is 0 for every "
                f"sample after epoch {epoch}; try a smaller learning rate, another init or leaky_relu",
            )
        self._begin_epoch()

    def _dead(self, epoch: int, X: Sequence[Any]) -> dict[str, int]:
        """Return how many units of a layer are 0 on all of X, of those that had no gradient in this epoch.

        It takes a pass over the data until all have been seen alive, and is found out in epochs 1, 2, 4, 8 …
        so that its cost is small.
        """
        units = {
            unit: name
            for name, still in self._still.items()
            for unit in still
            if unit.nonlin and ("dead", name) not in self._warned
        }
        if not units or epoch & (epoch - 1):
            return {}
        before = {unit: unit.activation for unit in units}
        silent = dict(units)
        for unit, activation in before.items():
            unit.activation = _noting(Activation(activation), unit, silent)
        try:
            with no_grad(), self._model.temporarily(training=False):
                for x in X:
                    self._model(x)
                    if not silent:
                        break
        finally:
            for unit, activation in before.items():
                unit.activation = activation
        return dict(Counter(silent.values()))

    def _warn(self, kind: str, name: str, message: str) -> None:
        if (kind, name) not in self._warned:
            self._warned.add((kind, name))
            warnings.warn(f"fit: {message}", RuntimeWarning, stacklevel=4)


def _norm(parameters: list[Value]) -> float:
    return math.hypot(*[p.data for p in parameters])


def _noting(activation: Activation, unit: Neuron, silent: dict[Neuron, str]) -> Callable[[Any], Any]:
    """Return the activation of a unit that leaves `silent` with its first output other than 0."""

    def noting(z: Any) -> Any:
        output = activation([z])
        if output != 0:
            silent.pop(unit, None)
        return output

    return noting
