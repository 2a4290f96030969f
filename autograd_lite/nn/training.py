"""The training loop: `fit` a model to data.

A step that cannot be taken is not begun: a loss or a gradient that is not finite ends the training before the
parameters are touched. Relies on the rest of `nn` and on `anomalies`.
"""

from __future__ import annotations

import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd_lite.anomalies import why_nan
from autograd_lite.engine import Value
from autograd_lite.nn.callbacks import Callback, Run
from autograd_lite.nn.clipping import clip_grad_norm
from autograd_lite.nn.data import batches
from autograd_lite.nn.evaluation import Measure, evaluate
from autograd_lite.nn.gradients import Gradients
from autograd_lite.nn.history import History
from autograd_lite.nn.interrupts import Interrupts
from autograd_lite.nn.losses import Loss
from autograd_lite.nn.metrics import Metric
from autograd_lite.nn.modules import Module
from autograd_lite.nn.names import named
from autograd_lite.nn.optimisers import OPTIMISERS
from autograd_lite.nn.progress import Progress, Wanted
from autograd_lite.nn.schedules import Factor, ReduceOnPlateau, Schedule
from autograd_lite.nn.stepping import Optimizer

if TYPE_CHECKING:
    from autograd_lite.nn.compiled import CompiledModel

Data = tuple[Sequence[Any], Sequence[Any]]
Optimising = str | Optimizer | Callable[..., Optimizer]
Scheduling = Factor | Schedule | ReduceOnPlateau | None
Clip = float | Callable[[list[Value]], Any] | None


class NonFiniteError(ArithmeticError):
    """A loss or a gradient is not finite; `history` is what the training told until then."""

    def __init__(self, message: str, history: History) -> None:
        super().__init__(message)
        self.history = history


def fit(
    model: Module,
    X: Sequence[Any],
    y: Sequence[Any],
    *,
    loss: str | Loss,
    optimizer: Optimising = "adam",
    lr: float | None = None,
    epochs: int = 100,
    batch_size: int | None = None,
    validation: Data | None = None,
    metrics: Mapping[str, Metric] | None = None,
    callbacks: Sequence[Callback] = (),
    clip: Clip = None,
    schedule: Scheduling = None,
    seed: int = 0,
    resume: History | None = None,
    progress: Wanted = None,
    traces: bool = False,
    jit: bool = False,
) -> History:
    """Train a Module to map each of X to its target in y, and return the History of it.

    loss        a name in `LOSSES`, or a function of the outputs and targets of a batch
    optimizer   a name in `OPTIMISERS`, with lr if its default does not suit; an Optimizer, or what makes one
                of parameters
    epochs      passes over the data in all, those of `resume` included
    batch_size  samples a step: None for all (full batch), 1 for online; shuffled by seed and epoch
    validation  X and y to evaluate after every epoch
    metrics     functions of outputs and targets by name; by default the accuracy, for losses of classes
    callbacks   called with the Run after every epoch; one that returns True stops the training
    clip        the greatest norm of all gradients together, or a function that changes those of parameters
    schedule    a factor of the learning rate by epoch, or a Schedule or ReduceOnPlateau of the optimizer
    resume      the history of an interrupted training to continue, with the same data, optimizer and seed
    progress    None for a bar on a terminal; True, False or a stream: see `Progress`
    traces      whether the history keeps the trace of the loss at each step, for `play(history)`; for small
                networks on few samples
    jit         whether outputs and gradients are compiled, with the extra `jit`: the same training but for
                rounding, many times as fast. A model that cannot be compiled, such as one with Dropout,
                trains as it is, and one line in the log says so

    In validation the model is in use, else in training (`Module.train`); it is left as it was. Ctrl-C ends
    the training after the step at hand, and the history says so.

    Raises NonFiniteError, an ArithmeticError, for a loss or a gradient that is not finite, and says where it
    was born; the parameters are then as before the step. Warns once of every layer with dead units or with
    vanishing or exploding gradients.

    >>> from autograd_lite.nn import MLP
    >>> from autograd_lite.nn.data import linear
    >>> X, y = linear(50, noise=0.0)
    >>> model = MLP(1, [1], seed=0)
    >>> history = fit(model, X, y, loss="mse", optimizer="sgd", lr=0.5, epochs=50)
    >>> [round(parameter.data, 6) for parameter in model.parameters()]
    [2.0, 1.0]
    """
    _check_arguments(epochs, batch_size, validation, clip)
    if jit and traces:
        raise ValueError("fit: traces are of graphs, and with jit=True there are none; give one of the two")
    history = History() if resume is None else resume
    optimizer = _optimizer(optimizer, lr, model)
    training = _Training(model, optimizer, history, Measure(loss, metrics), clip, traces, jit)
    first, done = training.place(len(X), batch_size)
    schedule = _schedule(schedule, optimizer, first)
    run, bar = Run(model, optimizer, history), Progress(progress, first, epochs)
    history.stopped = ""
    try:
        with Interrupts() as interrupts, model.temporarily(training=True):
            for epoch in range(first, epochs):
                chosen = list(batches(X, y, batch_size, seed=random.Random(f"{seed}, epoch {epoch}")))
                for batch in chosen[done:]:
                    if interrupts.asked:
                        raise KeyboardInterrupt
                    training.step(*batch)
                done = 0
                training.end_epoch([len(batch[0]) for batch in chosen], validation)
                training.gradients.end_epoch(epoch + 1, X)
                if schedule is not None:
                    schedule.step(history.epochs.get("val_loss", history.epochs["loss"])[-1])
                bar.show(epoch + 1, f"loss {history.epochs['loss'][-1]:.4f}")
                stops = [callback(run) for callback in callbacks]
                if any(stops):
                    history.stopped = "early"
                    break
    except KeyboardInterrupt:
        history.stopped = "interrupted"
    finally:
        bar.close()
    return history


class _Training:
    """The steps of one call of fit, and what they add to the history."""

    def __init__(
        self,
        model: Module,
        optimizer: Optimizer,
        history: History,
        measure: Measure,
        clip: Clip,
        traces: bool,
        jit: bool,
    ) -> None:
        self.model = model
        self.optimizer = optimizer
        self.history = history
        self.measure = measure
        self.clip = clip
        self.traces = traces
        self.gradients = Gradients(model)
        # Of all, also of parameters that this optimiser does not move.
        self._leaves = list(dict.fromkeys([*model.parameters(), *optimizer.parameters]))
        self._compiled: CompiledModel | None = None
        if jit:
            from autograd_lite.nn.compiled import CompiledModel  # which takes time to import

            self._compiled = CompiledModel(model, self._leaves)

    def place(self, samples: int, batch_size: int | None) -> tuple[int, int]:
        """Return how many epochs are done, and how many steps of the next one.

        Raises ValueError if the history is of another training than this.
        """
        if not self.history.steps:
            return 0, 0
        per_epoch = math.ceil(samples / (batch_size or samples or 1))
        epochs = len(self.history.epochs.get("loss", ()))
        steps = len(self.history.steps["loss"]) - epochs * per_epoch
        columns = [
            *self.measure.wanted,
            *(f"gradient_norm {name}" for name in self.model.parameters_by_layer()),
        ]
        if not 0 <= steps <= per_epoch or not set(columns) <= set(self.history.steps):
            raise ValueError(
                "fit: the history to resume is of other data, another batch_size, model or metrics"
            )
        return epochs, steps

    def step(self, X: list[Any], y: list[Any]) -> None:
        """Take a step on a batch, or raise NonFiniteError before the parameters are touched."""
        started = time.perf_counter()
        outputs, loss = self._sweep_compiled(X, y) or self._sweep(X, y)
        norms = self.gradients.norms()
        norm = math.hypot(*norms.values())
        if self._compiled is not None and not math.isfinite(norm):
            outputs, loss = self._sweep(X, y)  # whose graph says where it was born
        self._check_finite(loss, norm, "the norm of the gradient")
        metrics = self.measure.metrics(outputs, y)
        if self.traces:
            from autograd_lite.see.steps import trace

            self.history.traces.append(trace(loss))
        if callable(self.clip):
            self.clip(self.optimizer.parameters)
        elif self.clip is not None:
            clip_grad_norm(self.optimizer.parameters, self.clip)
        self.optimizer.step(lambda: self.measure.loss([self.model(x) for x in X], y))
        self.history.log_step(
            {
                "loss": loss.data,
                **metrics,
                "gradient_norm": norm,
                **{f"gradient_norm {name}": norm for name, norm in norms.items()},
                "time": time.perf_counter() - started,
            }
        )

    def _sweep(self, X: list[Any], y: list[Any]) -> tuple[list[Any], Value]:
        """Set the gradients, and return outputs and loss; raises NonFiniteError for such a loss."""
        outputs = [self.model(x) for x in X]
        loss = self.measure.loss(outputs, y)
        if type(loss) is not Value:
            raise TypeError(
                f"fit: expected a loss that depends on the parameters, a Value, got {type(loss).__name__}"
            )
        self._check_finite(loss, loss.data, "the loss")
        self._pull_back(loss)
        return outputs, loss

    def _sweep_compiled(self, X: list[Any], y: list[Any]) -> tuple[list[Any], Value] | None:
        """Do the same by compiled code; None, and the gradients not set, where `_sweep` must."""
        outputs = None if self._compiled is None else self._compiled.outputs(X)
        if self._compiled is None or outputs is None:
            return None
        loss = self.measure.loss(outputs, y)
        if type(loss) is not Value or not math.isfinite(loss.data):
            return None
        self._pull_back(loss)
        return (outputs, loss) if self._compiled.backward(X, outputs) else None

    def _pull_back(self, loss: Value) -> None:
        for leaf in self._leaves:
            leaf.grad = 0.0
        loss.backward()

    def _check_finite(self, loss: Value, number: float, what: str) -> None:
        if math.isfinite(number):
            return
        reason, step = why_nan(loss), len(self.history.steps.get("loss", ())) + 1
        sentence = f": {reason}" if reason else ""
        if reason and reason.node.op is None:
            names = [name for name, leaf in self.model.named_parameters() if leaf is reason.node]
            sentence += f" (the parameter {names[0]})" if names else ""
        raise NonFiniteError(
            f"fit: {what} is {number} in step {step}{sentence}. The parameters are as before the step; try a "
            "smaller learning rate, clip=1.0, or data of the size of 1",
            self.history,
        )

    def end_epoch(self, sizes: list[int], validation: Data | None) -> None:
        """Add a row to the epochs, from the steps of this one, so many samples each, and the validation."""
        row: dict[str, float] = {}
        for name, column in self.history.steps.items():
            numbers = column[-len(sizes) :]
            weighted = math.fsum(size * number for size, number in zip(sizes, numbers, strict=True))
            row[name] = math.fsum(numbers) if name == "time" else weighted / sum(sizes)
        if "lr" in self.optimizer.param_groups[0]:  # L-BFGS has none
            row["lr"] = self.optimizer.lr
        if validation is not None:
            X, y = validation
            measures = evaluate(self.model, X, y, loss=self.measure.loss, metrics=self.measure.wanted)
            row |= {f"val_{name}": number for name, number in measures.items()}
        self.history.log_epoch(row)


def _check_arguments(epochs: Any, batch_size: Any, validation: Any, clip: Any) -> None:
    for name, count in (("epochs", epochs), ("batch_size", batch_size)):
        if count is not None and not hasattr(count, "__index__"):
            raise TypeError(f"fit: expected a whole number for {name}, got {count!r}")
    if validation is not None:
        parts = validation if isinstance(validation, tuple | list) else ()
        lengths = [len(part) if hasattr(part, "__len__") else None for part in parts]
        if len(lengths) != 2 or lengths[0] != lengths[1] or not lengths[0]:
            raise ValueError(f"fit: expected X and y of one length for validation, got lengths {lengths}")
    if clip is not None and not callable(clip) and not clip > 0:
        raise ValueError(f"fit: expected a norm above 0, or a function, for clip, got {clip!r}")


def _optimizer(optimizer: Optimising, lr: float | None, model: Module) -> Optimizer:
    """Return the optimiser that is asked for, of the parameters of a model; see the errors."""
    if not isinstance(model, Module):
        raise TypeError(f"fit: expected a Module as the model, got {type(model).__name__}")
    parameters = model.parameters()
    if not parameters:
        raise ValueError("fit: expected a model with parameters to train, got one with none")
    if not isinstance(optimizer, Optimizer):
        make = named(optimizer, OPTIMISERS, "fit: expected an Optimizer, what makes one of parameters,")
        made: Optimizer = make(parameters, **({} if lr is None else {"lr": lr}))
        return made
    if lr is not None:
        raise ValueError("fit: expected lr for an optimizer given by name; this one has its own")
    if not set(optimizer.parameters) & set(parameters):
        raise ValueError("fit: the optimizer moves no parameter of this model")
    return optimizer


def _schedule(schedule: Scheduling, optimizer: Optimizer, epoch: int) -> Schedule | ReduceOnPlateau | None:
    if schedule is None or isinstance(schedule, Schedule | ReduceOnPlateau):
        if schedule is not None and schedule.optimizer is not optimizer:
            raise ValueError("fit: expected a schedule of the optimizer that is given, got one of another")
        return schedule
    return Schedule(optimizer, schedule, epoch)
