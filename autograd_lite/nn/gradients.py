"""The gradients of a model in training: their norms by layer, and warnings of those that do not teach.

Relies on `modules` and `layers`.
"""

from __future__ import annotations

import math
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, pairwise
from typing import Any

from autograd_lite.context import no_grad
from autograd_lite.engine import Value, gradients
from autograd_lite.nn.layers import Activation, Layer, Neuron, Sequential
from autograd_lite.nn.modules import Module, above

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
            part = next((name for name in (*above(path), path) if name in self._parts), None)
            if isinstance(module, Neuron) and part is not None:
                self._units.setdefault(part, []).append(module)
        self._activations = _activations(model)
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
            if sizes[name] < VANISHING * sizes[greatest] and sizes[greatest] > CONVERGED and mean:
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
        without = [name for name in means if not means[name] and ("none", name) not in self._warned]
        if without and sizes[greatest] > CONVERGED:
            self._warned |= {("none", name) for name in without[1:]}
            others = f" and {len(without) - 1} more" if without[1:] else ""
            self._warn(
                "none",
                without[0],
                f"no gradient reaches {without[0]}{others} in epoch {epoch}: it is not called, or what hears "
                "it passes none on",
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
        still = {
            unit: name
            for name, units in self._still.items()
            for unit in units
            if ("dead", name) not in self._warned
        }
        watched = {
            module: units for module, units in self._activations.items() if not still.keys().isdisjoint(units)
        }
        if not watched or epoch & (epoch - 1):
            return {}
        before: dict[Neuron | Activation, Any] = {module: module._activate for module in watched}
        called: set[Neuron] = set()
        alive: set[Neuron] = set()
        for module, units in watched.items():
            module._activate = _noting(before[module], cycle(units), called, alive)
        awaited = still.keys() & {unit for units in watched.values() for unit in units}
        try:
            with no_grad(), self._model.temporarily(training=False):
                for x in X:
                    self._model(x)
                    if awaited <= alive:
                        break
        finally:
            for module, activation in before.items():
                module._activate = activation
        return dict(Counter(name for unit, name in still.items() if unit in called - alive))

    def _warn(self, kind: str, name: str, message: str) -> None:
        if (kind, name) not in self._warned:
            self._warned.add((kind, name))
            warnings.warn(f"fit: {message}", RuntimeWarning, stacklevel=4)


def _norm(parameters: list[Value]) -> float:
    return math.hypot(*[p.data for p in parameters])


def _activations(model: Module) -> dict[Neuron | Activation, list[Neuron]]:
    """Return what applies an activation, with the units whose sums it is given, in turn."""
    found: dict[Neuron | Activation, list[Neuron]] = {}
    for module in (model, *[module for _, module in model.named_modules()]):
        if isinstance(module, Neuron) and module._activate:
            found[module] = [module]
        elif isinstance(module, Sequential):
            for layer, after in pairwise(module.layers):
                if isinstance(layer, Layer) and isinstance(after, Activation) and after._activate:
                    # One that several layers share has no units to tell apart.
                    found[after] = [] if after in found else list(layer.neurons)
    return found


def _noting(
    activation: Callable[[Any], Any], units: Iterator[Neuron], called: set[Neuron], alive: set[Neuron]
) -> Callable[[Any], Any]:
    """Return an activation that notes the unit that it is called for, and whether its output is not 0."""

    def noting(z: Any) -> Any:
        output, unit = activation(z), next(units)
        called.add(unit)
        if output != 0:
            alive.add(unit)
        return output

    return noting
