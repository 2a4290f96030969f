"""fit: what it does and tells, where it stops, how it resumes, and what it costs in memory."""

import csv
import dataclasses
import gc
import io
import itertools
import math
import os
import random
import signal
import sys
import threading
import types
import warnings

import pytest

from autograd_lite import Value, exp, play, sqrt
from autograd_lite.nn import (
    LBFGS,
    MLP,
    SGD,
    Adam,
    CSVLog,
    Dropout,
    EarlyStopping,
    History,
    Layer,
    Module,
    Neuron,
    NonFiniteError,
    ReduceOnPlateau,
    Sequential,
    accuracy,
    clip_grad_value,
    cosine,
    evaluate,
    fit,
    mae,
    mse,
    predict,
)
from autograd_lite.nn.data import linear, moons, xor

X, Y = linear(12, noise=0.1, seed=3)


def line(seed: int = 0) -> MLP:
    return MLP(1, [1], seed=seed)


def test_full_batches_keep_their_order_so_that_every_step_has_the_same_graph() -> None:
    X, y = xor()
    model = MLP(2, [2, 1], activation="tanh", seed=0)
    history = fit(model, X, y, loss="bce_with_logits", optimizer="sgd", lr=1.0, epochs=6, traces=True)
    graphs = {tuple([node.op and node.op.name for node in frame.nodes]) for frame in history.traces}
    assert len(graphs) == 1
    assert "training of" in play(history).title


def test_fit_takes_the_steps_of_the_hand_written_loop() -> None:
    model, twin = line(), line()
    history = fit(model, X, Y, loss="mse", optimizer="sgd", lr=0.1, epochs=5)
    optimiser = SGD(twin.parameters(), lr=0.1)
    losses = []
    for _ in range(5):
        loss = mse([twin(x) for x in X], Y)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.data)
    assert history.steps["loss"] == losses
    assert model.state_dict() == twin.state_dict()


def test_the_history_has_every_step_and_epoch() -> None:
    model = MLP(2, [3, 1], activation="tanh", seed=1)
    points, classes = moons(20, seed=1)
    history = fit(
        model,
        points,
        classes,
        loss="bce_with_logits",
        optimizer=Adam(model.parameters(), lr=0.1),
        epochs=4,
        batch_size=8,
        validation=moons(10, seed=2),
        schedule=cosine(4),
    )
    assert list(history.steps) == [
        "loss",
        "accuracy",
        "gradient_norm",
        "gradient_norm layers.0",
        "gradient_norm layers.1",
        "time",
    ]
    assert list(history.epochs) == [*history.steps, "lr", "val_loss", "val_accuracy"]
    assert {len(column) for column in history.steps.values()} == {12}
    assert {len(column) for column in history.epochs.values()} == {4}
    for kept in (*history.steps.values(), *history.epochs.values()):
        assert {type(number) for number in kept} == {float}
    first = [history.steps["loss"][i] for i in range(3)]
    assert history.epochs["loss"][0] == pytest.approx((8 * first[0] + 8 * first[1] + 4 * first[2]) / 20)
    norms = zip(
        *[history.steps[f"gradient_norm{part}"] for part in ("", " layers.0", " layers.1")], strict=True
    )
    assert all(total == pytest.approx(math.hypot(a, b), rel=1e-12) for total, a, b in norms)
    assert history.epochs["lr"] == pytest.approx(
        [0.1 * (1 + math.cos(math.pi * k / 4)) / 2 for k in range(4)]
    )
    measured = evaluate(model, *moons(10, seed=2), loss="bce_with_logits")
    assert measured == {
        "loss": history.epochs["val_loss"][-1],
        "accuracy": history.epochs["val_accuracy"][-1],
    }
    assert repr(history).startswith("History of 4 epochs: loss ")


def test_a_loss_told_is_that_of_a_fresh_forward_pass() -> None:
    model = line()
    fit(model, X, Y, loss="mse", optimizer="sgd", lr=0.1, epochs=3)
    expected = mse(predict(model, X), Y)
    told = fit(model, X, Y, loss="mse", optimizer="sgd", lr=0.1, epochs=1).steps["loss"][0]
    assert told == pytest.approx(expected, rel=1e-12)


@pytest.mark.skipif(
    signal.getsignal(signal.SIGINT) == signal.SIG_IGN, reason="Ctrl-C is ignored here, as in background jobs"
)
@pytest.mark.parametrize("stop", [1, 7, 10])
def test_an_interrupted_training_resumes_bit_for_bit(stop: int, tmp_path) -> None:
    def start():
        model = MLP(1, [2, 1], activation="tanh", seed=1)
        return model, Adam(model.parameters(), lr=0.05)

    options = {"loss": "mse", "epochs": 4, "batch_size": 4, "schedule": cosine(6), "seed": 2}
    whole, optimizer = start()
    expected = fit(whole, X, Y, optimizer=optimizer, **options)

    model, optimizer = start()
    calls = itertools.count(1)

    def interrupting(outputs, targets):
        if next(calls) == stop:
            os.kill(os.getpid(), signal.SIGINT)
        return mse(outputs, targets)

    history = fit(model, X, Y, optimizer=optimizer, **{**options, "loss": interrupting})
    assert history.stopped == "interrupted"
    assert len(history.steps["loss"]) == stop  # the step at hand was finished
    for thing, name in ((model, "model"), (optimizer, "optimizer"), (history, "history")):
        thing.save(tmp_path / name)

    model, optimizer = start()
    model.load(tmp_path / "model")
    optimizer.load(tmp_path / "optimizer")
    history = History.load(tmp_path / "history")
    history = fit(model, X, Y, optimizer=optimizer, resume=history, **options)
    assert model.state_dict() == whole.state_dict()
    assert history.stopped == ""
    for name in ("loss", "gradient_norm", "lr"):
        assert history.epochs[name] == expected.epochs[name]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(ValueError, match="the history to resume is of other data, another batch_size"):
        fit(model, X[:4], Y[:4], optimizer=optimizer, resume=history, **options)


def test_a_callback_may_interrupt_and_training_runs_in_threads() -> None:
    def interrupt(run) -> None:
        if len(run.history.epochs["loss"]) == 2:
            raise KeyboardInterrupt

    found = []
    thread = threading.Thread(
        target=lambda: found.append(fit(line(), X, Y, loss="mse", epochs=5, callbacks=[interrupt]))
    )
    thread.start()
    thread.join()
    assert found[0].stopped == "interrupted"
    assert len(found[0].epochs["loss"]) == 2


def test_early_stopping_gives_back_the_best_parameters() -> None:
    model = line()
    kept = []
    stopping = EarlyStopping("val_loss", patience=3)
    history = fit(
        model,
        X,
        Y,
        loss="mse",
        optimizer="sgd",
        lr=0.3,
        epochs=200,
        validation=linear(5, weights=(-1.0,), seed=1),  # another line: better at first, then ever worse
        callbacks=[lambda run: kept.append(run.model.state_dict()), stopping],
    )
    losses = history.epochs["val_loss"]
    best = losses.index(min(losses))
    assert history.stopped == "early"
    assert len(losses) == best + 4 < 200
    assert model.state_dict() == kept[best]
    with pytest.raises(ValueError, match=r"EarlyStopping: expected a monitor among loss, .* got 'val_loss'"):
        fit(line(), X, Y, loss="mse", epochs=2, callbacks=[EarlyStopping()])


def test_csv_files_have_the_numbers(tmp_path) -> None:
    path = tmp_path / "log.csv"
    history = fit(line(), X, Y, loss="mse", epochs=3, batch_size=6, callbacks=[CSVLog(path)])
    rows = list(csv.DictReader(path.read_text().splitlines()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [float(row["loss"]) for row in rows] == history.epochs["loss"]
    history.to_csv(path, "steps")
    assert [float(row["loss"]) for row in csv.DictReader(path.read_text().splitlines())] == history.steps[
        "loss"
    ]
    with pytest.raises(ValueError, match=r'History\.to_csv: expected "epochs" or "steps"'):
        history.to_csv(path, "weeks")
    with pytest.raises(ValueError, match=r"History\.log_step: expected the columns loss"):
        history.log_step({"loss": 1.0})
    (tmp_path / "bad.json").write_text(
        '{"format": "autograd_lite history", "version": 1, "state": {"steps": [1]}}'
    )
    with pytest.raises(ValueError, match=r"bad\.json: steps is not a table of numbers"):
        History.load(tmp_path / "bad.json")


class Scaled(Module):
    """Ends in an operation of one's choice."""

    def __init__(self, end) -> None:
        self.inner = MLP(1, [2, 1], seed=1)
        self.end = end

    def __call__(self, x):
        return self.end(self.inner(x))


@pytest.mark.parametrize(
    ("model", "rows", "message"),
    [
        (
            MLP(1, [2], seed=1),
            [[math.nan]],
            r"the loss is nan in step 1: dot\(.*nan.* \(in or after layers\.0\.neurons\.0\)\. The",
        ),
        (Scaled(lambda out: exp(out * 0 + 800)), [[1.0]], r"the loss is inf in step 1: exp\(800\.0\) is inf"),
        (
            Scaled(lambda out: sqrt(out * 0)),
            [[1.0]],
            r"the norm of the gradient is nan in step 1: in the backward pass, sqrt\(-0\.0\)",
        ),
    ],
)
def test_what_is_not_finite_stops_before_the_parameters_are_touched(model, rows, message: str) -> None:
    before = model.state_dict()
    targets = [[0.0, 0.0]] if isinstance(model, MLP) else [0.0]
    with pytest.raises(NonFiniteError, match=message) as caught:
        fit(model, rows, targets, loss="mse", epochs=2)
    assert model.state_dict() == before
    assert caught.value.history.steps == {}
    assert isinstance(caught.value, ArithmeticError)


def test_a_parameter_that_is_not_finite_is_named() -> None:
    model = MLP(1, [2, 1], seed=1)
    model.layers[1].neurons[0].w[1].data = math.nan
    with pytest.raises(
        NonFiniteError, match=r"the leaf 'w1' is nan \(the parameter layers\.1\.neurons\.0\.w\.1\)"
    ):
        fit(model, X, Y, loss="mse")


def test_a_rate_that_is_too_great_diverges_and_the_history_is_kept() -> None:
    model = MLP(1, [4, 1], activation=lambda z: z * z, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # it also says that the gradient explodes
        with pytest.raises(NonFiniteError) as caught:
            fit(model, X, Y, loss="mse", optimizer="sgd", lr=10.0, epochs=50)
    losses = caught.value.history.steps["loss"]
    assert losses == sorted(losses)
    assert all(math.isfinite(p.data) for p in model.parameters())


def test_gradients_that_do_not_teach_are_told_once_by_layer() -> None:
    deep = MLP(1, [2] * 12 + [1], activation="sigmoid", seed=1)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit(deep, X, Y, loss="mse", epochs=3)
    told = [str(warning.message) for warning in caught if "of layers.0 " in str(warning.message)]
    assert len(told) == 1
    assert told[0].startswith("fit: the gradient of layers.0 vanishes: a parameter's is ")
    assert caught[0].filename == __file__
    with pytest.warns(RuntimeWarning, match=r"the gradient of layers\.0 explodes: .* try clip"):
        fit(line(), [[1000.0], [2000.0]], [1e6, 2e6], loss="mse", epochs=2, optimizer="sgd", lr=1e-12)


def test_dead_units_are_counted_by_layer() -> None:
    model = MLP(1, [4, 1], seed=1)
    for i, neuron in enumerate(model.layers[0].neurons):
        neuron.b.data = -100.0 if i < 3 else 5.0
    with pytest.warns(
        RuntimeWarning, match=r"fit: 3 of 4 units of layers\.0 are dead: their output is 0"
    ) as caught:
        fit(model, X, Y, loss="mse", epochs=8)
    assert len(caught) == 1
    assert [neuron.activation for neuron in model.layers[0].neurons] == ["relu"] * 4
    # A hinge that is satisfied has no gradient, and its units are well.
    margins = MLP(1, [4, 1], seed=1)
    for neuron in margins.layers[0].neurons:
        neuron.b.data = 5.0
    margins.layers[1].neurons[0].b.data = 1000.0
    fit(margins, X, [1] * len(X), loss="hinge", epochs=4)


def test_only_a_callback_that_returns_true_stops() -> None:
    assert len(fit(line(), X, Y, loss="mse", epochs=3, callbacks=[lambda run: 0.5]).epochs["loss"]) == 3
    assert fit(line(), X, Y, loss="mse", epochs=3, callbacks=[lambda run: True]).stopped == "early"


def test_clipping_schedules_and_metrics_are_taken_as_functions() -> None:
    model, twin = line(), line()
    fit(model, X, Y, loss="mse", optimizer="sgd", lr=0.1, epochs=1, clip=1e-3)
    moved = [p.data - q.data for p, q in zip(model.parameters(), twin.parameters(), strict=True)]
    assert math.hypot(*moved) == pytest.approx(1e-4, rel=1e-2)  # up to PyTorch's 1e-6 beside the norm
    fit(twin, X, Y, loss="mse", optimizer="sgd", lr=0.1, epochs=1, clip=lambda ps: clip_grad_value(ps, 1e-3))
    optimizer = SGD(model.parameters(), lr=0.1)
    history = fit(
        model,
        X,
        Y,
        loss=lambda outputs, targets: mse(outputs, targets) + 1,
        optimizer=optimizer,
        epochs=5,
        schedule=ReduceOnPlateau(optimizer, patience=0, threshold=0.5),
        metrics={"first": lambda outputs, targets: abs(outputs[0] - targets[0])},
    )
    assert len(history.steps["first"]) == 5
    assert history.epochs["lr"][-1] < 0.1


def test_lbfgs_fits_a_line_in_one_epoch() -> None:
    model = line()
    history = fit(model, X, Y, loss="mse", optimizer=LBFGS, epochs=2)
    assert history.steps["gradient_norm"][1] < 1e-3 * history.steps["gradient_norm"][0]


def test_models_train_in_training_and_are_used_in_use() -> None:
    model = Sequential(
        Layer(1, 8, activation=None, seed=1), Dropout(0.5, seed=1), Layer(8, 1, activation=None, seed=2)
    )
    assert predict(model, X) == predict(model, X)  # nothing is dropped
    assert model([1.0]).data != model([1.0]).data  # and training goes on as it was
    history = fit(model, X, Y, loss="mse", epochs=1, validation=(X, Y))
    assert history.epochs["val_loss"][0] == pytest.approx(mse(predict(model, X), Y), rel=1e-12)
    model.eval()
    fit(model, X, Y, loss="mse", epochs=1)
    assert not model.training


def test_only_the_optimisers_parameters_move() -> None:
    model = MLP(1, [2, 1], activation="tanh", seed=1)
    first, last = model.layers
    before = first.state_dict()
    history = fit(model, X, Y, loss="mse", optimizer=SGD(last.parameters(), lr=0.1), epochs=3)
    assert first.state_dict() == before
    norms = history.steps["gradient_norm layers.0"]
    assert norms[2] < 2 * norms[0]  # gradients of the others do not pile up


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_progress_is_a_line_and_quiet_where_nobody_looks(monkeypatch, capsys) -> None:
    fit(line(), X, Y, loss="mse", epochs=3)
    assert capsys.readouterr() == ("", "")
    told = io.StringIO()
    fit(line(), X, Y, loss="mse", epochs=40, progress=told)
    assert told.getvalue().count("\n") == 10
    assert told.getvalue().startswith("epoch  4/40  loss ")
    told = io.StringIO()
    fit(line(), X, Y, loss="mse", epochs=19, progress=told)
    assert told.getvalue().count("\n") == 10
    screen = Terminal()
    monkeypatch.setattr("autograd_lite.nn.progress.find_spec", lambda name: None)
    fit(line(), X, Y, loss="mse", epochs=4, progress=screen)
    assert screen.getvalue().count("\r") == 4
    assert screen.getvalue().endswith("[####################]\n")
    monkeypatch.setattr(sys, "stderr", Terminal())
    fit(line(), X, Y, loss="mse", epochs=4, progress=False)
    assert sys.stderr.getvalue() == ""
    fit(line(), X, Y, loss="mse", epochs=4)
    assert "epoch 4/4" in sys.stderr.getvalue()


def test_progress_is_tqdm_on_a_terminal_where_it_is_installed(monkeypatch) -> None:
    calls = []

    class Bar:
        def __init__(self, **options) -> None:
            calls.append(options["total"])

        def set_postfix_str(self, text: str, refresh: bool) -> None:
            calls.append(text[:5])

        def update(self) -> None:
            calls.append("update")

        def close(self) -> None:
            calls.append("close")

    monkeypatch.setattr("autograd_lite.nn.progress.find_spec", lambda name: object())
    monkeypatch.setitem(sys.modules, "tqdm", types.SimpleNamespace(tqdm=Bar))
    fit(line(), X, Y, loss="mse", epochs=2, progress=Terminal())
    assert calls == [2, "loss ", "update", "loss ", "update", "close"]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (
            lambda: fit(lambda x: x, X, Y, loss="mse"),
            TypeError,
            "fit: expected a Module as the model, got function",
        ),
        (
            lambda: fit(Module(), X, Y, loss="mse"),
            ValueError,
            "fit: expected a model with parameters to train",
        ),
        (
            lambda: fit(line(), X, Y, loss="msee"),
            ValueError,
            "loss: expected a function .* mse, .* got 'msee'",
        ),
        (lambda: fit(line(), X, Y, loss="mse", optimizer="adem"), ValueError, "adam, .* got 'adem'"),
        (
            lambda: fit(line(), X, Y[:3], loss="mse"),
            ValueError,
            "batches: expected as many samples as targets",
        ),
        (lambda: fit(line(), X, Y, loss="mse", epochs=2.5), TypeError, "a whole number for epochs, got 2.5"),
        (lambda: fit(line(), X, Y, loss="mse", clip=0), ValueError, "fit: expected a norm above 0, or"),
        (lambda: fit(line(), X, Y, loss="mse", optimizer=3), ValueError, "fit: expected an Optimizer, .* 3"),
        (
            lambda: fit(line(), X, Y, loss="mse", validation=(X, Y[:3])),
            ValueError,
            r"fit: expected X and y of one length for validation, got lengths \[12, 3\]",
        ),
        (lambda: fit(line(), [], [], loss="mse"), ValueError, "batches: .* got 0 and 0"),
        (
            lambda: fit(line(), X, Y, loss="mse", optimizer=SGD([Value(1.0)])),
            ValueError,
            "fit: the optimizer moves no parameter of this model",
        ),
        (
            lambda: fit(*[model := line(), X, Y], loss="mse", optimizer=SGD(model.parameters()), lr=0.1),
            ValueError,
            "fit: expected lr for an optimizer given by name",
        ),
        (
            lambda: fit(line(), X, Y, loss="mse", schedule=ReduceOnPlateau(SGD([Value(1.0)]))),
            ValueError,
            "fit: expected a schedule of the optimizer that is given",
        ),
        (lambda: fit(line(), X, Y, loss=lambda o, t: 1.0), TypeError, "fit: expected a loss that depends on"),
        (lambda: fit(line(), [[1.0, 2.0]], [1.0], loss="mse"), ValueError, "MLP: expected 1 inputs, got 2"),
        *[
            (lambda options=options: fit(*[line(), X, Y], **{"loss": "mse", **options}), error, message)
            for options, error, message in (
                ({"seed": random.Random(1)}, TypeError, "fit: expected a whole number for seed, got Random"),
                ({"seed": None}, TypeError, "fit: expected a whole number for seed, got NoneType"),
                ({"seed": "x"}, TypeError, "fit: expected a whole number for seed, got str"),
                ({"epochs": -3}, ValueError, "fit: expected epochs of at least 0, got -3"),
                ({"epochs": None}, TypeError, "fit: expected a whole number for epochs, got None"),
                (
                    {"callbacks": EarlyStopping("loss")},
                    TypeError,
                    "fit: expected a list of callbacks, .* list",
                ),
                ({"callbacks": [EarlyStopping]}, TypeError, "fit: expected functions of the run"),
                (
                    {"schedule": "cosine"},
                    TypeError,
                    "Schedule: expected a function of the epoch, .* 'cosine'",
                ),
                ({"schedule": cosine}, TypeError, "Schedule: .* call what makes one"),
                ({"resume": "h.json"}, TypeError, "fit: expected a History for resume, got 'h.json'; of a"),
                ({"optimizer": "lbfgs", "lr": 0.1}, ValueError, "fit: expected no lr with LBFGS"),
                ({"optimizer": "lbfgs", "clip": 1e-9}, ValueError, "fit: expected no clip with LBFGS"),
                ({"clip": "1"}, ValueError, "fit: expected a norm above 0, or a function"),
            )
        ],
        (
            lambda: fit(line(), (x for x in X), Y, loss="mse"),
            TypeError,
            "fit: expected a sequence for X, got",
        ),
        (lambda: accuracy([1.0], []), ValueError, "accuracy: expected as many outputs"),
    ],
)
def test_bad_arguments_are_refused(call, error, message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_memory_is_flat_over_500_steps_without_the_collector() -> None:
    model = MLP(1, [2, 1], activation="tanh", seed=1)
    optimizer = Adam(model.parameters())
    options = {"loss": "mse", "optimizer": optimizer, "batch_size": 3, "progress": False}
    fit(model, X, Y, epochs=2, **options)  # caches are filled
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        fit(model, X, Y, epochs=125, **options)
        assert len(gc.get_objects()) - before < 20
    finally:
        gc.enable()


class Listed(Module):
    """Returns its one output in a list."""

    def __init__(self) -> None:
        self.inner = line()

    def __call__(self, x):
        return [self.inner(x)]


def test_accuracy_of_independent_outputs_compares_each_with_its_target() -> None:
    classes = [float(x > 0.2) for [x] in X]
    model = Listed()
    told = fit(model, X, [[c] for c in classes], loss="bce_with_logits", epochs=1).steps["accuracy"][0]
    opposite = evaluate(line(), X, [1 - c for c in classes], loss="bce_with_logits")["accuracy"]
    assert told + opposite == 1.0


def test_metrics_get_plain_numbers_in_training_and_in_validation() -> None:
    history = fit(line(), X, Y, loss="mse", metrics={"mae": mae}, validation=(X, Y), epochs=1)
    assert history.steps["mae"][0] > 0
    assert history.epochs["val_mae"][0] > 0
    for metrics, error, message in (
        ([accuracy], TypeError, r'metrics: expected functions by name, such as \{"mae": mae\}, got \['),
        ({"mae": "mae"}, TypeError, "metrics: expected functions by name"),
        ({"loss": mae}, ValueError, "metrics: 'loss' is no name for a metric: a history has such a column"),
        ({"gradient_norm": mae}, ValueError, "metrics: 'gradient_norm' is no name"),
    ):
        with pytest.raises(error, match=message):
            fit(line(), X, Y, loss="mse", metrics=metrics)


def test_predictions_are_shaped_as_the_outputs_are() -> None:
    class Named(Listed):
        def __call__(self, x):
            return {"a": [[self.inner(x)], 1.0]}

    model = Named()
    assert predict(model, [[0.5]]) == [{"a": [[model.inner([0.5]).data], 1.0]}]


@dataclasses.dataclass
class Shifted:
    by: float

    def __call__(self, outputs, targets):
        return mse(outputs, targets) + self.by


def test_a_loss_may_be_an_object_that_is_called() -> None:
    history = fit(line(), X, Y, loss=Shifted(2.0), epochs=1)
    assert history.steps["loss"][0] > 2.0


def test_to_resume_takes_the_optimiser_that_was_begun_with() -> None:
    model = line()
    history = fit(model, X, Y, loss="mse", optimizer="adam", epochs=2)
    before = model.state_dict()
    for optimizer in ("adam", Adam):
        with pytest.raises(
            ValueError, match="fit: expected the Optimizer that the training to resume was begun"
        ):
            fit(model, X, Y, loss="mse", optimizer=optimizer, epochs=4, resume=history)
    optimizer = Adam(model.parameters())
    options = {"loss": "mse", "optimizer": optimizer, "epochs": 4, "resume": history}
    for other in ({"metrics": {"mae": mae}}, {"validation": (X, Y)}):
        with pytest.raises(
            ValueError, match=r"another batch_size, .* the columns .*(mae|val_loss) are not in"
        ):
            fit(model, X, Y, **options, **other)
    assert model.state_dict() == before
    checked = fit(line(), X, Y, loss="mse", epochs=1, metrics={"mae": mae}, validation=(X, Y))
    with pytest.raises(ValueError, match="the columns val_loss, val_mae are not in both"):
        fit(model, X, Y, **{**options, "resume": checked}, metrics={"mae": mae})
    assert model.state_dict() == before


def test_early_stopping_begins_anew_with_another_model() -> None:
    stopping = EarlyStopping("loss", patience=1, min_delta=1e9)
    first = line(1)
    assert fit(first, X, Y, loss="mse", epochs=9, callbacks=[stopping]).stopped == "early"
    second = line(2)
    history = fit(second, X, Y, loss="mse", epochs=9, callbacks=[stopping])
    assert len(history.epochs["loss"]) == 2
    assert second.state_dict() != first.state_dict()


def test_early_stopping_knows_what_is_better() -> None:
    shares = iter([0.5, 0.6, 0.7, 0.8, 0.7, 0.7])
    options = {"metrics": {"accuracy": lambda outputs, targets: next(shares)}, "epochs": 6}
    kept = []
    model = line()
    callbacks = [lambda run: kept.append(run.model.state_dict()), EarlyStopping("accuracy", patience=2)]
    history = fit(model, X, Y, loss="mse", callbacks=callbacks, **options)
    assert (len(history.epochs["loss"]), history.stopped) == (6, "early")
    assert model.state_dict() == kept[3]
    assert EarlyStopping("f1", mode="max").mode == "max"
    with pytest.raises(ValueError, match=r"EarlyStopping: expected .* as the mode, got 'up'"):
        EarlyStopping(mode="up")


def test_gradients_that_only_the_optimiser_knows_are_checked_too() -> None:
    model, extra = line(), Value(0.0)
    with pytest.raises(NonFiniteError, match="the norm of the gradient is inf in step 1"):
        fit(
            model,
            X,
            Y,
            loss=lambda outputs, targets: mse(outputs, targets) + sqrt(extra),
            optimizer=SGD([*model.parameters(), extra]),
        )
    assert extra.data == 0.0


def test_a_clip_function_and_a_step_that_overflow_are_stopped() -> None:
    def breaking(parameters) -> None:
        parameters[0].grad = math.nan

    model = line()
    before = model.state_dict()
    with pytest.raises(NonFiniteError, match="the norm of the gradient after clip is nan in step 1"):
        fit(model, X, Y, loss="mse", clip=breaking)
    with pytest.raises(
        NonFiniteError, match=r"would not stay finite in step 1: SGD\.step: a parameter would be"
    ):
        fit(model, [[1.0]], [1e150], loss="mse", optimizer="sgd", lr=1e200)
    assert model.state_dict() == before


class TwoParts(Module):
    """Two networks, an operation between them, and parts that are never called."""

    def __init__(self, between=None, activation="tanh") -> None:
        self.first = Layer(1, 1, activation=activation, seed=1)
        self.between = between
        self.last = MLP(1, [2, 1], activation="tanh", seed=2)
        self.aux = Layer(1, 2, activation="tanh", seed=3)
        self.unused = [Neuron(1, seed=4) for _ in range(20)]

    def __call__(self, x):
        out = self.first(x)
        return self.last([self.between(out) if self.between else out])


def test_what_is_not_finite_is_placed_in_modules_of_ones_own() -> None:
    model = TwoParts(activation="exp")
    model.first.neurons[0].b.data = 1000.0
    model.last = line()
    with pytest.raises(NonFiniteError, match=r"\(in or after first\.neurons\.0\)"):
        fit(model, X, Y, loss="mse")
    with pytest.raises(NonFiniteError, match=r"sqrt.* \(in or after first\.neurons\.0\)"):
        fit(TwoParts(lambda out: sqrt(out * 0)), X, Y, loss="mse")
    model = TwoParts()
    model.last.layers[0].neurons[1].b.data = math.nan
    with pytest.raises(NonFiniteError, match=r"the parameter last\.layers\.0\.neurons\.1\.b"):
        fit(model, X, Y, loss="mse")


def test_parts_that_are_not_called_are_told_in_one_sentence_and_are_not_dead() -> None:
    with pytest.warns(RuntimeWarning) as caught:
        fit(TwoParts(), X, Y, loss="mse", epochs=4)
    (message,) = [str(warning.message) for warning in caught]
    assert message.startswith("fit: no gradient reaches aux and 20 more in epoch 1: it is not called")


def test_units_are_dead_also_where_the_activation_stands_apart() -> None:
    hidden = Layer(1, 4, activation=None, seed=1)
    model = Sequential(hidden, "relu", Layer(4, 1, activation=None, seed=2))
    for neuron in hidden.neurons[1:]:
        neuron.b.data = -100.0
    hidden.neurons[0].b.data = 5.0
    with pytest.warns(RuntimeWarning, match=r"3 of 4 units of layers\.0 are dead"):
        fit(model, X, Y, loss="mse", epochs=1)
    assert model.layers[1]([-1.0, 2.0]) == [0.0, 2.0]


@pytest.mark.parametrize("loss", ["bce_with_logits", "cross_entropy"])
def test_the_traces_of_a_classifier_are_played(loss: str) -> None:
    points, classes = moons(3, seed=1)
    model = MLP(2, [1 if loss == "bce_with_logits" else 2], seed=1)
    history = fit(model, points, classes, loss=loss, epochs=3, traces=True)
    assert "<html" in play(history).html
    model = MLP(2, [2], seed=1)
    history = fit(model, points, classes, loss="cross_entropy", epochs=1, batch_size=2, traces=True)
    with pytest.raises(ValueError, match="play: the trace of step 2 is of another graph than that of step 1"):
        play(history)
