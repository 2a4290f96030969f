"""Models: Module finds the parameters of anything built from them; Neuron, Layer and MLP are such things.

Compatible with micrograd's: the same names, arguments and order of random numbers, relu inside and a
linear last layer. A neuron is one `dot` node and its activation. Relies on `functions` and `context`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd_lite import functions
from autograd_lite.context import Parts, siblings
from autograd_lite.engine import Value
from autograd_lite.recording import Operands

Activation = str | Callable[[Any], Any] | None


class Module:
    """Anything with parameters: leaf Values held in attributes, also in lists, tuples, dicts, object arrays
    and Modules there.

    Subclass it, set attributes, and write `__call__`. What it holds is marked as `parameter` when it is set
    as an attribute, and when the parameters are listed.
    """

    def __setattr__(self, name: str, item: Any) -> None:
        """Set an attribute; raises TypeError for a set of Values or Modules, as `named_parameters` does."""
        _mark(_found(item, name))
        super().__setattr__(name, item)

    def named_parameters(self) -> list[tuple[str, Value]]:
        """Return the parameters with their paths, such as ("layers.0.neurons.1.b", Value), each once.

        Raises TypeError for a set of Values or Modules, which has no order to train in.
        """
        found = _found(self, "")
        _mark(found)
        return [(path, parameter) for parameter, path in found.items()]

    def parameters(self) -> list[Value]:
        """Return the parameters in the order in which the attributes were set."""
        return [parameter for _, parameter in self.named_parameters()]

    def zero_grad(self) -> None:
        """Set the gradient of every parameter to zero, as it must be before the next `backward()`."""
        for parameter in _found(self, ""):
            parameter.grad = 0.0


def _found(holder: Any, path: str) -> dict[Value, str]:
    """Return the leaf Values in a Module or container, with the paths where they were met first."""
    found: dict[Value, str] = {}
    _find(holder, path, found, set())
    return found


def _mark(leaves: Iterable[Value]) -> None:
    for leaf in leaves:
        leaf.parameter = True


def _find(holder: Any, path: str, found: dict[Value, str], visited: set[int]) -> None:
    """Add the leaf Values in a Module or container to `found`, but for what is in `visited`."""
    if type(holder) is Value:
        if holder.op is None:
            found.setdefault(holder, path)
        return
    items: Iterable[tuple[Any, Any]]
    if isinstance(holder, Module):
        items = vars(holder).items()
    elif isinstance(holder, dict):
        items = holder.items()
    elif isinstance(holder, list | tuple):
        items = enumerate(holder)
    elif type(holder).__module__ == "numpy" and str(getattr(holder, "dtype", "")) == "object":
        items = enumerate(holder.flat)
    elif isinstance(holder, set | frozenset) and any(isinstance(x, Value | Module) for x in holder):
        raise TypeError(f"parameters: {path} is a set, which has no order; use a list")
    else:
        return
    if id(holder) in visited:
        return
    visited.add(id(holder))
    for key, item in items:
        _find(item, f"{path}.{key}" if path else str(key), found, visited)


class Neuron(Module):
    """A unit with nin weights and a bias: its activation of w·x + b.

    nonlin      False for a linear unit, whatever the activation
    activation  a function of the package by name ("tanh"), any function of a Value, or None for linear
    rng         draws the weights, uniform in [-1, 1]; the `random` module if not given. The bias is 0.

    The weights are the tuple w and the bias is b: set their data, or set w and b to other leaf Values.

    >>> neuron = Neuron(2, activation="tanh")
    >>> neuron.w[0].data, neuron.w[1].data, neuron.b.data = -3.0, 1.0, 6.8813735870195432
    >>> neuron([2.0, 0.0]).data
    0.7071067811865477
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Activation = "relu",
        rng: random.Random | None = None,
    ) -> None:
        _check_size("Neuron", "input", nin)
        uniform = rng.uniform if rng else random.uniform
        self.w = tuple([Value(uniform(-1, 1), label=f"w{i}") for i in range(nin)])
        self.b = Value(0, label="b")
        self.activation = activation
        self.nonlin = nonlin and activation is not None

    def __setattr__(self, name: str, item: Any) -> None:
        """Set an attribute, and make ready what a call uses of it."""
        if name == "w":
            item = tuple(item)
        if name in ("w", "b"):
            for weight in item if name == "w" else (item,):
                if type(weight) is not Value or weight.op is not None:
                    raise TypeError(
                        f"Neuron.{name}: expected leaf Values, got {_kind(weight)}; make a leaf of a number "
                        "with Value(number)"
                    )
        super().__setattr__(name, item)
        if "b" in vars(self) and name in ("w", "b"):
            self._weights = Operands((*self.w, self.b))
        if "nonlin" in vars(self) and name in ("activation", "nonlin"):
            self._activate = _function(self.activation) if self.nonlin else None

    def __call__(self, x: Sequence[Any] | Operands) -> Value:
        """Return the activation for nin numbers or Values, or for a layer's prepared ones and a 1."""
        if not isinstance(x, Operands):
            _check_inputs("Neuron", len(self.w), x)
            x = Operands((*x, 1.0))
        z = functions.dot(self._weights, x)
        out: Value = self._activate(z) if self._activate else z  # type: ignore[assignment]  # weights are Values
        return out

    def __repr__(self) -> str:
        activation = self.activation if self.nonlin else None
        name = getattr(activation, "__name__", "") if callable(activation) else activation or "linear"
        return f"{'ReLU' if name == 'relu' else name.capitalize()}Neuron({len(self.w)})"


def _function(activation: Activation) -> Callable[[Any], Any] | None:
    """Return an activation given by name as a function."""
    if activation is None or callable(activation):
        return activation
    rows = [row for row in functions.TABLE.values() if row.public and row.operands[0] == "x"]
    names = sorted(row.name for row in rows if len(row.operands) == 1 or row.default is not None)
    if activation not in names:
        raise ValueError(
            f"activation: expected a function, None or one of {', '.join(names)}, got {activation!r}"
        )
    return functions.FUNCTIONS[activation]


def _kind(thing: object) -> str:
    return f"the result of {thing.op.name}" if isinstance(thing, Value) and thing.op else type(thing).__name__


def _check_size(where: str, what: str, size: Any) -> None:
    if type(size) is not int:
        raise TypeError(f"{where}: expected a whole number of {what}s, got {size!r}")
    if size < 1:
        raise ValueError(f"{where}: expected at least 1 {what}, got {size}")


def _check_inputs(where: str, nin: int, x: Any) -> None:
    if not hasattr(x, "__len__"):
        raise TypeError(f"{where}: expected a sequence of {nin} inputs, got {type(x).__name__}")
    if len(x) != nin:
        raise ValueError(f"{where}: expected {nin} inputs, got {len(x)}")


class Layer(Module):
    """nout neurons that see the same nin inputs; options are those of Neuron."""

    def __init__(self, nin: int, nout: int, **options: Any) -> None:
        _check_size("Layer", "output", nout)
        self.neurons = [Neuron(nin, **options) for _ in range(nout)]
        self._scopes = Parts("neuron")

    def __call__(self, x: Sequence[Any]) -> Any:
        """Return a list of nout Values, or the bare Value if there is one."""
        _check_inputs("Layer", len(self.neurons[0].w), x)
        inputs = Operands((*x, 1.0))
        outputs = []
        with siblings() as state:
            scopes = self._scopes.under(state.about, len(self.neurons))
            for neuron, state.about in zip(self.neurons, scopes, strict=True):
                # A subclass of Neuron, or whatever stands here instead, gets the inputs as they came.
                outputs.append(neuron(inputs if type(neuron) is Neuron else x))
        return outputs[0] if len(outputs) == 1 else outputs

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(str(neuron) for neuron in self.neurons)}]"


class MLP(Module):
    """A multi-layer perceptron of nin inputs with a layer for each of nouts.

    activation  of the hidden layers; `output` that of the last, linear if None
    seed        for weights that are the same in every run; by default Python's `random` draws them

    >>> model = MLP(2, [16, 16, 1], seed=1)
    >>> len(model.parameters())
    337
    >>> model([1.0, -2.0]).op.name
    'dot'
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: Activation = "relu",
        output: Activation = None,
        seed: int | None = None,
    ) -> None:
        if not isinstance(nouts, Sequence) or not nouts or isinstance(nouts, str):
            raise ValueError(f"MLP: expected a list of layer sizes such as [16, 1], got {nouts!r}")
        _function(activation)  # refused here even where no hidden layer would use it
        rng = None if seed is None else random.Random(seed)
        self._scopes = Parts("layer")
        sizes = [nin, *nouts]
        last = len(nouts) - 1
        self.layers = [
            Layer(sizes[i], sizes[i + 1], activation=output if i == last else activation, rng=rng)
            for i in range(len(nouts))
        ]

    def __call__(self, x: Sequence[Any]) -> Any:
        """Return the last layer's outputs, the bare Value if it has one, for nin numbers or Values."""
        _check_inputs("MLP", len(self.layers[0].neurons[0].w), x)
        with siblings() as state:
            scopes = self._scopes.under(state.about, len(self.layers))
            for layer, state.about in zip(self.layers, scopes, strict=True):
                outputs = layer(x)
                x = outputs if isinstance(outputs, list) else [outputs]
        return outputs

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(str(layer) for layer in self.layers)}]"
