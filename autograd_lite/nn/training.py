"""The training loop: `fit` a model to data.

A step that cannot be taken is not begun: a loss or a gradient that is not finite ends the training before the
parameters are touched. Relies on the rest of `nn` and on `anomalies`.
"""

from __future__ import annotations

import math
import operator
import random
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd_lite.anomalies import why_nan
from autograd_lite.engine import Value, gradients
from autograd_lite.nn.arguments import (
    Clip,
    Data,
    Optimising,
    Scheduling,
    check_clip,
    check_data,
    check_numbers,
    checked_callbacks,
    chosen_optimizer,
    chosen_schedule,
)
from autograd_lite.nn.callbacks import Callback, Run
from autograd_lite.nn.clipping import clip_grad_norm
from autograd_lite.nn.data import batches
from autograd_lite.nn.evaluation import Measure, evaluate
from autograd_lite.nn.gradients import Gradients
from autograd_lite.nn.history import History
from autograd_lite.nn.interrupts import Interrupts
from autograd_lite.nn.losses import Loss
from autograd_lite.nn.metrics import Metric
from autograd_lite.nn.modules import Module, above
from autograd_lite.nn.progress import Progress, Wanted
from autograd_lite.nn.stepping import Optimizer

if TYPE_CHECKING:
    from autograd_lite.nn.compiled import CompiledModel


class NonFiniteError(ArithmeticError):
    """A loss, a gradient or a step is not finite; `history` is what the training told until then."""

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
    batch_size  samples a step: None for all (full batch), in their order; mini-batches, and single samples
                for 1, are shuffled by seed and epoch
    validation  X and y to evaluate after every epoch
    metrics     functions of outputs, as plain numbers, and targets by name; by default the accuracy, for
                losses of classes
    callbacks   called with the Run after every epoch; one that returns True stops the training
    clip        the greatest norm of all gradients together, or a function that changes those of parameters
    schedule    a factor of the learning rate by epoch, or a Schedule or ReduceOnPlateau of the optimizer
    resume      the history of an interrupted training to continue, with the same data and seed, and the
                Optimizer with its state
    progress    None for a bar on a terminal; True, False or a stream: see `Progress`
    traces      whether the history keeps the trace of the loss at each step, for `play(history)`; for small
                networks on few samples
    jit         whether outputs and gradients are compiled, with the extra `jit`: the same training but for
                rounding, many times as fast. A model that cannot be compiled, such as one with Dropout,
                trains as it is, and one line in the log says so

    In validation the model is in use, else in training (`Module.train`); it is left as it was. Ctrl-C ends
    the training after the step at hand, and the history says so.

    Raises NonFiniteError, an ArithmeticError, for a loss, a gradient or a step that is not finite, and says
    where it was born; the parameters are then as before the step. Raises TypeError and ValueError for
    arguments that cannot be used, before anything is trained. Warns once of every layer with dead units or
    with vanishing or exploding gradients, or with none.

    >>> from autograd_lite.nn import MLP
    >>> from autograd_lite.nn.data import linear
    >>> X, y = linear(50, noise=0.0)
    >>> model = MLP(1, [1], seed=0)
    >>> history = fit(model, X, y, loss="mse", optimizer="sgd", lr=0.5, epochs=50)
    >>> [round(parameter.data, 6) for parameter in model.parameters()]
    [2.0, 1.0]
    """
    check_data(X, y, validation)
    check_numbers(epochs, batch_size, seed)
    if jit and traces:
        raise ValueError("fit: traces are of graphs, and with jit=True there are none; give one of the two")
    callbacks = checked_callbacks(callbacks)
    optimizer = chosen_optimizer(optimizer, lr, model, resume)
    check_clip(clip, optimizer)
    history = History() if resume is None else resume
    training = _Training(model, optimizer, history, Measure(loss, metrics), clip, traces, jit)
    first, done = training.place(len(X), batch_size, validation is not None)
    schedule = chosen_schedule(schedule, optimizer, first)
    run, bar = Run(model, optimizer, history), Progress(progress, first, epochs)
    history.stopped = ""
    try:
        with Interrupts() as interrupts, model.temporarily(training=True):
            for epoch in range(first, epochs):
                shuffled = random.Random(f"{operator.index(seed)}, epoch {epoch}")
                chosen = list(batches(X, y, batch_size, seed=shuffled))
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
                if any(stop is True for stop in stops):
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
        trained = dict.fromkeys(model.parameters())
        self._others = [leaf for leaf in optimizer.parameters if leaf not in trained]
        # Of all, also of parameters that this optimiser does not move.
        self._leaves = [*trained, *self._others]
        self._compiled: CompiledModel | None = None
        if jit:
            from autograd_lite.nn.compiled import CompiledModel  # which takes time to import

            self._compiled = CompiledModel(model, self._leaves)

    def place(self, samples: int, batch_size: int | None, validated: bool) -> tuple[int, int]:
        """Return how many epochs are done, and how many steps of the next one.

        Raises ValueError if the history is of another training than this.
        """
        if not self.history.steps:
            return 0, 0
        per_epoch = math.ceil(samples / (batch_size or samples or 1))
        epochs = len(self.history.epochs.get("loss", ()))
        steps = len(self.history.steps["loss"]) - epochs * per_epoch
        parts = [f"gradient_norm {name}" for name in self.model.parameters_by_layer()]
        columns = {"loss", *self.measure.wanted, "gradient_norm", *parts, "time"}
        differing = columns ^ set(self.history.steps)
        if epochs:
            columns |= {"lr"} if "lr" in self.optimizer.param_groups[0] else set()  # L-BFGS has none
            columns |= {f"val_{name}" for name in ("loss", *self.measure.wanted)} if validated else set()
            differing |= columns ^ set(self.history.epochs)
        if not 0 <= steps <= per_epoch or differing:
            raise ValueError(
                "fit: the history to resume is of other data, another batch_size, model, metrics or "
                "validation"
                + (f"; the columns {', '.join(sorted(differing))} are not in both" if differing else "")
            )
        return epochs, steps

    def step(self, X: list[Any], y: list[Any]) -> None:
        """Take a step on a batch, or raise NonFiniteError before the parameters are touched."""
        started = time.perf_counter()
        outputs, loss = self._sweep_compiled(X, y) or self._sweep(X, y)
        norms = self.gradients.norms()
        norm = math.hypot(*norms.values())
        found = math.hypot(norm, *gradients(self._others))
        if self._compiled is not None and not math.isfinite(found):
            outputs, loss = self._sweep(X, y)  # whose graph says where it was born
        self._check_finite(loss, found, "the norm of the gradient")
        metrics = self.measure.metrics(outputs, y)
        if callable(self.clip):
            self.clip(self.optimizer.parameters)
            clipped = math.hypot(*gradients(self.optimizer.parameters))
            self._check_finite(loss, clipped, "the norm of the gradient after clip")
        elif self.clip is not None:
            clip_grad_norm(self.optimizer.parameters, self.clip)
        traced = None
        if self.traces:
            from autograd_lite.see.steps import trace

            loss.label = loss.label or "loss"
            traced = trace(loss)
        try:
            self.optimizer.step(lambda: self.measure.loss([self.model(x) for x in X], y))
        except OverflowError as error:
            raise self._refusal("the parameters would not stay finite", f": {error}") from None
        if traced is not None:
            self.history.traces.append(traced)
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
        if not math.isfinite(number):
            reason = why_nan(loss)
            birth = f": {reason}{self._whereabouts(reason.node)}" if reason else ""
            raise self._refusal(f"{what} is {number}", birth)

    def _refusal(self, what: str, why: str) -> NonFiniteError:
        step = len(self.history.steps.get("loss", ())) + 1
        return NonFiniteError(
            f"fit: {what} in step {step}{why}. The parameters are as before the step; try a smaller learning "
            "rate, clip=1.0, or data of the size of 1",
            self.history,
        )

    def _whereabouts(self, node: Value) -> str:
        """Return which parameter a node is, or of which module the nearest parameters are that made it."""
        names = {leaf: name for name, leaf in self.model.named_parameters()}
        queue, seen = [node], {node}
        for found in queue:
            if found in names:
                if found is node:
                    return f" (the parameter {names[node]})"
                modules = {path for path, _ in self.model.named_modules()}
                owner = [path for path in above(names[found]) if path in modules] or [names[found]]
                return f" (in or after {owner[-1]})"
            new = [p for p in found.parents if isinstance(p, Value) and p not in seen]
            seen.update(new)
            queue += new
        return ""

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
