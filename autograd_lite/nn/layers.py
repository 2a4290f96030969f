"""Layers: Neuron, Layer and MLP, Sequential chains, activations and dropout.

Compatible with micrograd's: the same names, arguments and order of random numbers, relu inside and a
linear last layer. A neuron is one `dot` node and its activation. Relies on `modules`, `initialisers`,
`randomness`, `names`, `functions` and `context`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite import functions
from autograd_lite.context import Parts, siblings
from autograd_lite.engine import Value
from autograd_lite.nn.initialisers import INITIALISERS, MAKERS, Initialiser
from autograd_lite.nn.modules import Module
from autograd_lite.nn.names import named
from autograd_lite.nn.randomness import Seed, generator
from autograd_lite.recording import Operands

ActivationLike = str | Callable[[Any], Any] | None


class Neuron(Module):
    """A unit with nin weights and a bias: its activation of w·x + b.

    nonlin      False for a linear unit, whatever the activation
    activation  a function of the package by name ("tanh"), any function of a Value, or None for linear
    init        how the weights are drawn, by name ("glorot") or as an initialiser; the bias is 0
    nout        how many neurons its layer has, for initialisers that ask
    seed        a number, or a random.Random; by default the generator behind Python's `random` functions

    The weights are the tuple w and the bias is b: set their data, or set w and b to other leaf Values.

    >>> neuron = Neuron(2, activation="tanh")
    >>> neuron.w[0].data, neuron.w[1].data, neuron.b.data = -3.0, 1.0, 6.8813735870195432
    >>> neuron([2.0, 0.0]).data
    0.7071067811865477
    """

    is_layer = True

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: ActivationLike = "relu",
        init: str | Initialiser = "uniform",
        nout: int = 1,
        seed: Seed = None,
    ) -> None:
        _check_size("Neuron", "input", nin)
        draw = named(init, INITIALISERS, "init: expected a function of fan_in, fan_out and a generator")
        if draw in MAKERS:
            name = draw.__name__
            raise TypeError(f"init: expected an initialiser, got {name}, which makes one; write {name}(...)")
        rng = generator(seed, "Neuron")
        self.w = tuple([Value(draw(nin, nout, rng), label=f"w{i}") for i in range(nin)])
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

    @property
    def nin(self) -> int:
        """How many inputs it takes."""
        return len(self.w)

    def __call__(self, x: Sequence[Any] | Operands) -> Value:
        """Return the activation for nin numbers or Values, or for a layer's prepared ones and a 1."""
        if not isinstance(x, Operands):
            _check_inputs("Neuron", self.nin, x)
            x = Operands((*x, 1.0))
        z = functions.dot(self._weights, x)
        out: Value = self._activate(z) if self._activate else z  # type: ignore[assignment]  # weights are Values
        return out

    def description(self) -> str:
        return f"{self.nin} -> 1, {_name(self.activation if self.nonlin else None)}"

    def __repr__(self) -> str:
        name = _name(self.activation if self.nonlin else None)
        return f"{'ReLU' if name == 'relu' else name.capitalize()}Neuron({len(self.w)})"


def _name(activation: ActivationLike) -> str:
    return getattr(activation, "__name__", "") if callable(activation) else activation or "linear"


def _function(activation: ActivationLike) -> Callable[[Any], Any] | None:
    """Return an activation given by name as a function."""
    if activation is None:
        return None
    rows = [row for row in functions.TABLE.values() if row.public and row.operands[0] == "x"]
    names = sorted(row.name for row in rows if len(row.operands) == 1 or row.default is not None)
    table = {name: functions.FUNCTIONS[name] for name in names}
    function: Callable[[Any], Any] = named(activation, table, "activation: expected a function, None")
    return function


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


def _bare(outputs: list[Any]) -> Any:
    """Return several outputs as they are, and a single one without its list, as micrograd's layers do."""
    return outputs[0] if len(outputs) == 1 else outputs


class Layer(Module):
    """nout neurons that see the same nin inputs; options are those of Neuron."""

    is_layer = True

    def __init__(self, nin: int, nout: int, *, seed: Seed = None, **options: Any) -> None:
        _check_size("Layer", "output", nout)
        rng = generator(seed, "Layer")
        self.neurons = [Neuron(nin, nout=nout, seed=rng, **options) for _ in range(nout)]
        self._scopes = Parts("neuron")

    @property
    def nin(self) -> int:
        """How many inputs it takes."""
        return self.neurons[0].nin

    def __call__(self, x: Sequence[Any]) -> Any:
        """Return a list of nout Values, or the bare Value if there is one."""
        _check_inputs("Layer", self.nin, x)
        inputs = Operands((*x, 1.0))
        outputs = []
        with siblings() as state:
            scopes = self._scopes.under(state.about, len(self.neurons))
            for neuron, state.about in zip(self.neurons, scopes, strict=True):
                # A subclass of Neuron, or whatever stands here instead, gets the inputs as they came.
                outputs.append(neuron(inputs if type(neuron) is Neuron else x))
        return _bare(outputs)

    def description(self) -> str:
        """Return the sizes and the activation, or the activations: "2 -> 16, relu"."""
        names = dict.fromkeys(
            _name(unit.activation if unit.nonlin else None) if isinstance(unit, Neuron) else _name(unit)
            for unit in self.neurons
        )
        return f"{self.nin} -> {len(self.neurons)}, {' and '.join(names)}"

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(str(neuron) for neuron in self.neurons)}]"


class Activation(Module):
    """A function applied to every input: one of the package by name, or any function of a Value.

    >>> Activation("relu")([-1.0, 2.0])
    [0.0, 2.0]
    """

    def __init__(self, function: ActivationLike) -> None:
        self.function = function
        self._activate = _function(function)

    def __call__(self, x: Sequence[Any]) -> Any:
        """Return a list as long as x, or the bare Value if it has one."""
        return _bare([self._activate(xi) if self._activate else xi for xi in x])

    def __repr__(self) -> str:
        return f"Activation({_name(self.function)})"


class Dropout(Module):
    """In training, sets each input to 0 with probability p and divides the others by 1 - p, so that their
    mean stays; in use, after `eval()`, lets everything pass.

    seed  a number, or a random.Random; by default the generator behind Python's `random` functions. Where it
          has got to is not saved with the parameters

    Srivastava, Hinton, Krizhevsky, Sutskever and Salakhutdinov 2014, "Dropout". Raises ValueError for a p
    outside [0, 1).

    >>> dropout = Dropout(0.5, seed=0)
    >>> dropout([1.0, 1.0, 1.0, 1.0])
    [2.0, 2.0, 0.0, 0.0]
    """

    def __init__(self, p: float = 0.5, seed: Seed = None) -> None:
        if not 0 <= p < 1:
            raise ValueError(f"Dropout: expected a probability in [0, 1), got {p!r}")
        self.p = p
        self._rng = generator(seed, "Dropout")

    def __call__(self, x: Sequence[Any]) -> Any:
        """Return a list as long as x, or the bare Value if it has one."""
        if not self.training:
            return _bare(list(x))
        kept = 1 / (1 - self.p)
        return _bare([xi * (kept if self._rng.random() >= self.p else 0.0) for xi in x])

    def __repr__(self) -> str:
        return f"Dropout({self.p})"


class Sequential(Module):
    """Layers, other Modules and functions, each called with what the one before returned.

    A name, such as "tanh", is that activation of every output; a function gets all outputs in a list.
    Raises ValueError for no layers, and TypeError for what cannot be called.

    >>> from autograd_lite import softmax
    >>> model = Sequential(Layer(2, 8), Dropout(0.2), Layer(8, 3, activation=None), softmax)
    >>> len(model([1.0, -2.0]))
    3
    """

    def __init__(self, *layers: Any) -> None:
        if not layers:
            raise ValueError(f"{type(self).__name__}: expected at least one layer, got none")
        self.layers: list[Any] = [Activation(layer) if isinstance(layer, str) else layer for layer in layers]
        for layer in self.layers:
            if not callable(layer):
                raise TypeError(
                    f"{type(self).__name__}: expected Modules, functions and names of activations, "
                    f"got {type(layer).__name__}"
                )
        self._scopes = Parts("layer")

    @property
    def nin(self) -> int:
        """How many inputs it takes; raises AttributeError if its first layer takes any number."""
        nin: int = self.layers[0].nin
        return nin

    def __call__(self, x: Sequence[Any]) -> Any:
        """Return the last layer's outputs, the bare Value if it has one."""
        with siblings() as state:
            scopes = self._scopes.under(state.about, len(self.layers))
            for layer, state.about in zip(self.layers, scopes, strict=True):
                outputs = layer(x)
                x = outputs if hasattr(outputs, "__len__") else [outputs]
        return outputs

    def __repr__(self) -> str:
        layers = [getattr(layer, "__name__", None) or str(layer) for layer in self.layers]
        return f"{type(self).__name__} of [{', '.join(layers)}]"


class MLP(Sequential):
    """A multi-layer perceptron of nin inputs with a layer for each of nouts.

    activation  of the hidden layers; `output` that of the last, linear if None
    init        how the weights are drawn, by name ("glorot") or as an initialiser; micrograd's by default
    seed        a number, or a random.Random, for weights that are the same in every run; by default the
                generator behind Python's `random` functions

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
        activation: ActivationLike = "relu",
        output: ActivationLike = None,
        init: str | Initialiser = "uniform",
        seed: Seed = None,
    ) -> None:
        if not isinstance(nouts, Sequence) or not nouts or isinstance(nouts, str):
            raise ValueError(f"MLP: expected a list of layer sizes such as [16, 1], got {nouts!r}")
        _function(activation)  # refused here even where no hidden layer would use it
        rng = generator(seed, "MLP")
        activations = [activation] * (len(nouts) - 1) + [output]
        super().__init__(
            *[
                Layer(fan_in, nout, activation=function, init=init, seed=rng)
                for fan_in, nout, function in zip([nin, *nouts], nouts, activations, strict=False)
            ]
        )

    def __call__(self, x: Sequence[Any]) -> Any:
        """Return the last layer's outputs, the bare Value if it has one, for nin numbers or Values."""
        _check_inputs("MLP", self.nin, x)
        return super().__call__(x)
