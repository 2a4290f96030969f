"""Module: anything with parameters. It finds them, names them, saves and loads them, and counts them.

Relies on `files` and `engine`.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from autograd_lite.engine import Value, number
from autograd_lite.nn.files import read_state, write_state


class Module:
    """Anything with parameters: leaf Values held in attributes, also in lists, tuples, deques, dicts, object
    arrays and Modules there.

    Subclass it, set attributes, and write `__call__`. What it holds is marked as `parameter` when it is set
    as an attribute, and when the parameters are listed. Not looked into are attributes of the class, slots,
    and objects of other kinds.

    training  whether calls are for training, the default, or for use: see `train` and `eval`
    """

    __call__: Callable[..., Any]  # a subclass's own
    training = True
    is_layer = False  # whether the parameters inside are summed up under this module's name

    def __setattr__(self, name: str, item: Any) -> None:
        """Set an attribute; raises what `named_parameters` does for what cannot be trained."""
        for _, leaf in _leaves(_held(item, name)):
            leaf.parameter = True
        super().__setattr__(name, item)

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return the parameters with their paths, such as ("layers.0.neurons.1.b", Value), each once.

        Raises TypeError for a Value that is computed, and no leaf to train, and for a set of Values or
        Modules, which has no order; ValueError for two at one path, as of the keys 1 and "1" of a dict.
        """
        leaves = _leaves(_held(self, ""))
        for _, leaf in leaves:
            leaf.parameter = True
        return leaves

    def parameters(self) -> list[Value]:
        """Return the parameters in the order in which the attributes were set."""
        return [parameter for _, parameter in self.named_parameters()]

    def named_modules(self) -> list[tuple[str, Module]]:
        """Return the Modules inside this one with their paths, such as ("layers.0", Layer), each once."""
        return [
            (path, item) for path, item in _held(self, "") if isinstance(item, Module) and item is not self
        ]

    def parameters_by_layer(self) -> dict[str, list[Value]]:
        """Return the parameters by layer; those outside of a layer by the attribute that holds them.

        >>> from autograd_lite.nn import MLP
        >>> {name: len(parameters) for name, parameters in MLP(2, [3, 1]).parameters_by_layer().items()}
        {'layers.0': 9, 'layers.1': 4}
        """
        layers = {path for path, module in self.named_modules() if module.is_layer}
        parts: dict[str, list[Value]] = {}
        for path, parameter in self.named_parameters():
            inside = next((above for above in above(path) if above in layers), None)
            parts.setdefault(inside or re.sub(r"(\.\d+)+$", "", path), []).append(parameter)
        return parts

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero, as it must be before the next `backward()`."""
        for _, leaf in _leaves(_held(self, "")):
            leaf.grad = 0.0

    def train(self, training: bool = True) -> None:
        """Make this Module and those inside ready for training, where `Dropout` drops."""
        for module in (self, *(module for _, module in self.named_modules())):
            module.training = training

    def eval(self) -> None:
        """Make this Module and those inside ready for use, where `Dropout` lets everything pass."""
        self.train(False)

    @contextmanager
    def temporarily(self, *, training: bool) -> Iterator[None]:
        """Return a block in which this Module and those inside are in training, or in use; then as before."""
        modules = [self, *(module for _, module in self.named_modules())]
        before = [module.training for module in modules]
        self.train(training)
        try:
            yield
        finally:
            for module, kept in zip(modules, before, strict=True):
                module.training = kept

    def state_dict(self) -> dict[str, float]:
        """Return the numbers of the parameters by their paths."""
        return {path: parameter.data for path, parameter in self.named_parameters()}

    def load_state_dict(self, state: Mapping[str, float], strict: bool = True) -> tuple[list[str], list[str]]:
        """Set the parameters to the numbers in a state, and return the missing and the unexpected paths.

        strict  raise ValueError if there are any of these; otherwise what matches is set

        Raises TypeError for what is not a number. Nothing is set unless everything can be.
        """
        parameters = dict(self.named_parameters())
        missing = [path for path in parameters if path not in state]
        unexpected = [path for path in state if path not in parameters]
        if strict and (missing or unexpected):
            told = [
                f"{what}: {', '.join(p)}"
                for what, p in (("missing", missing), ("unexpected", unexpected))
                if p
            ]
            raise ValueError(f"load_state_dict: the state is of another model; {'; '.join(told)}")
        numbers = {
            path: number(x, f"load_state_dict: {path}") for path, x in state.items() if path in parameters
        }
        for path, x in numbers.items():
            parameters[path].data = x
        return missing, unexpected

    def save(self, path: str | Path) -> None:
        """Write the parameters as a JSON file, all of it or nothing, exact to the last bit.

        Raises OSError if the file cannot be written; a file that was there is then unchanged.
        """
        write_state(path, "model", self.state_dict())

    def load(self, path: str | Path) -> None:
        """Set the parameters to those that `save` wrote, of a model built alike.

        Raises ValueError, with the name of the file, for a file that is not such, and OSError for one that
        cannot be read; the parameters are then unchanged.
        """
        state = read_state(path, "model")
        if bool in map(type, state.values()):
            raise ValueError(f"{path}: expected numbers, got true or false")
        try:
            self.load_state_dict(state)
        except (TypeError, ValueError, OverflowError) as error:
            raise ValueError(f"{path}: {error}") from None

    def summary(self) -> str:
        """Return a table of the layers with how many parameters each has.

        >>> from autograd_lite.nn import MLP
        >>> print(MLP(2, [3, 1], activation="tanh").summary())
        MLP
        layers.0  2 -> 3, tanh       9
        layers.1  3 -> 1, linear     4
        total                       13
        """
        modules = dict(self.named_modules())
        rows = [
            (name, modules[name].description() if name in modules else "parameters", str(len(parameters)))
            for name, parameters in self.parameters_by_layer().items()
        ]
        rows.append(("total", "", str(len(self.parameters()))))
        names, kinds, counts = (max(map(len, column)) for column in zip(*rows, strict=True))
        lines = [f"{name:{names}}  {kind:{kinds}}  {count:>{counts + 2}}" for name, kind, count in rows]
        return "\n".join([self.description(), *lines])

    def description(self) -> str:
        """Return what a summary says of this Module: its class."""
        return type(self).__name__

    def _repr_mimebundle_(self, *arguments: Any, **options: Any) -> dict[str, str]:
        """Its graph as a picture, for notebooks, if it says how many inputs it takes."""
        from autograd_lite.see.drawing import representation  # pictures would slow down `import nn`

        return representation(self)


Held = list[tuple[str, Value | Module]]

_PLAIN = {float, int, str, bool, type(None)}  # what data is made of, and no Value can be in


def _held(holder: Any, path: str) -> Held:
    """Return the leaf Values and Modules in a Module or container, with their paths, each once.

    Raises TypeError for a Value that is computed, and for a set; ValueError for a path that two things have.
    """
    found: dict[str, Value | Module] = {}
    visited: set[int] = set()
    waiting = [(path, holder)]
    while waiting:
        path, item = waiting.pop()
        if id(item) in visited:
            continue
        inside = _items(path, item)
        if inside is not None:
            visited.add(id(item))
            below = [(f"{path}.{key}" if path else str(key), x) for key, x in inside if type(x) not in _PLAIN]
            waiting += reversed(below)
        if isinstance(item, Value | Module):
            if path in found:
                raise ValueError(
                    f"parameters: two things are at {path!r}, and one would be lost; rename a key"
                )
            found[path] = item
    return list(found.items())


def _items(path: str, holder: Any) -> Iterable[tuple[Any, Any]] | None:
    """Return what a Module, a leaf or a container has inside, by key; None for anything else."""
    if type(holder) is Value:
        if holder.op is not None:
            raise TypeError(
                f"parameters: {path} is the result of {holder.op.name}, which is not trained; make a leaf of "
                "it with Value(x.data), or keep its number x.data"
            )
        return ()
    if isinstance(holder, Module):
        return vars(holder).items()
    if isinstance(holder, dict):
        return holder.items()
    if isinstance(holder, list | tuple | deque):
        return enumerate(holder)
    if type(holder).__module__ == "numpy" and str(getattr(holder, "dtype", "")) == "object":
        return enumerate(holder.flat)
    if isinstance(holder, set | frozenset) and any(isinstance(x, Value | Module) for x in holder):
        raise TypeError(f"parameters: {path} is a set, which has no order; use a list")
    return None


def above(path: str) -> list[str]:
    """Return the paths that a path goes through, outermost first: "a" and "a.b" for "a.b.c"."""
    return [path[: dot.start()] for dot in re.finditer(r"\.", path)]


def _leaves(held: Held) -> list[tuple[str, Value]]:
    return [(path, item) for path, item in held if type(item) is Value]
