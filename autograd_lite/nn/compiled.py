"""A model as compiled code, for training: its outputs for a batch, and what they pull back to its parameters.

Gives `CompiledModel`. The model is recorded for one sample, and the loss is not compiled: it may look at
targets as it likes, and is a small part. Relies on `modules`, `samples`, NumPy and the compiler.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Sequence
from typing import Any

from autograd_lite import functions
from autograd_lite.batches import vmap
from autograd_lite.compiler.jit import jit
from autograd_lite.compiler.jitted import Jitted
from autograd_lite.compiler.program import Options
from autograd_lite.compiler.wholes import Unrolled
from autograd_lite.context import no_grad
from autograd_lite.engine import Value, plain
from autograd_lite.nn.modules import Module
from autograd_lite.orders import pull_back_values
from autograd_lite.trees import is_array, numbers_of, rebuilt


class CompiledModel:
    """A model whose outputs and gradients are compiled, for as long as that is possible.

    What draws random numbers is not compiled, for it would draw once; nor what a callback changes beside the
    parameters, which the first sample of every batch tells. Where something cannot be compiled, one line in
    the log says so, and every call returns None from then on.
    """

    def __init__(self, model: Module, parameters: Sequence[Value]) -> None:
        self._model = model
        self._parameters = list(parameters)
        self._generators = _generators(model)
        self._output: Any = None  # of one sample, for its structure
        self._columns = jit(vmap(self._numbers))
        self._gradients = Jitted(self._pulled_back, Options(unrolls=False))
        self._possible = True
        self._recorded: set[int] = set()  # the sizes of batches
        self._lists = False  # whether samples are lists

    def outputs(self, X: Sequence[Any]) -> list[Any] | None:
        """Return the outputs for a batch, made of leaves."""

        def outputs() -> list[Any]:
            self._lists = type(X[0]) is list
            samples = _stacked(X)
            with no_grad():
                columns = self._columns(samples)
            rows = [[float(x) for x in row] for row in zip(*columns, strict=True)]
            self._check(X[0], rows[0])
            if len(X) not in self._recorded:  # now, when random numbers that it draws can be given back
                self._pull(samples, rows)
                self._recorded.add(len(X))
            return [rebuilt(self._output, map(Value, row)) for row in rows]

        return self._attempt(outputs)

    def backward(self, X: Sequence[Any], outputs: Sequence[Any]) -> list[Value] | None:
        """Add to the parameters' gradients what the gradients of these outputs pull back; return them."""

        def backward() -> list[Value]:
            gradients = self._pull(_stacked(X), [[x.grad for x in numbers_of(row, "")] for row in outputs])
            for parameter, gradient in zip(self._parameters, gradients, strict=True):
                parameter.grad += gradient
            return self._parameters

        return self._attempt(backward)

    def _check(self, x: Any, row: list[float]) -> None:
        """Raise RuntimeError if the output of the model is not as recorded: something in it changed."""
        with no_grad():
            output = [plain(z) for z in numbers_of(self._model(x), "fit: the output of the model")]
        for z, recorded in zip(output, row, strict=True):
            if abs(z - recorded) > 1e-9 * (1 + abs(z)):
                raise RuntimeError("its output depends on more than samples and parameters")

    def _pull(self, samples: Any, cotangents: list[list[float]]) -> Sequence[float]:
        gradients = self._gradients.numbers(samples, _stacked(cotangents))
        if gradients is None:
            raise RuntimeError("it branches by its numbers, in too many ways")
        return gradients

    def _numbers(self, x: Any) -> list[Any]:
        output = self._model(x.tolist() if self._lists and is_array(x) else x)
        numbers = list(numbers_of(output, "fit: the output of the model"))
        self._output = rebuilt(output, iter([0.0] * len(numbers)))
        return numbers

    def _pulled_back(self, X: Any, cotangents: Any) -> list[Any]:
        def pulled(x: Any, cotangent: Any) -> Any:
            return functions.dot(self._numbers(x), cotangent)

        total: Any = functions.fsum(vmap(pulled)(X, cotangents))
        found = pull_back_values(total, self._parameters)
        return [found.get(parameter, 0.0) for parameter in self._parameters]

    def _attempt(self, f: Callable[[], list[Any]]) -> list[Any] | None:
        if not self._possible:
            return None
        before = [generator.getstate() for generator in self._generators]
        try:
            result = f()
            if [generator.getstate() for generator in self._generators] == before:
                return result
            reason = "it draws random numbers"
        except (Exception, Unrolled) as error:
            reason = str(error) or "the samples branch differently"
        for generator, state in zip(self._generators, before, strict=True):
            generator.setstate(state)
        logging.getLogger("autograd_lite").warning(
            "fit: the model cannot be compiled, and trains as it is: %s", reason
        )
        self._possible = False
        return None


def _generators(model: Module) -> list[random.Random]:
    """Return the generators that a model may draw from: the one that all share, and its own."""
    shared: Any = random.random
    held = [x for _, module in model.named_modules() for x in vars(module).values()]
    return [shared.__self__, *[x for x in held if isinstance(x, random.Random)]]


def _stacked(X: Sequence[Any]) -> Any:
    """Return samples as an array with one row for each, where they are lists, arrays or numbers."""
    import numpy

    if {*map(type, X)} == {list} or all(map(is_array, X)) or all(isinstance(x, int | float) for x in X):
        return numpy.array(X, float)
    return list(X)
