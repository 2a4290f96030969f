"""fit(jit=True): the training of eager graphs, faster; what cannot be compiled trains as it is."""

import importlib.util
import logging
import math
import random
import sys

import pytest

from autograd_lite import Value, exp
from autograd_lite.nn import MLP, Dropout, Layer, Module, NonFiniteError, Sequential, fit, hinge
from autograd_lite.nn.data import iris, linear, moons
from autograd_lite.nn.losses import l2_penalty

has_jit = all(map(importlib.util.find_spec, ("numpy", "llvmlite")))
needs_jit = pytest.mark.skipif(not has_jit, reason="needs the extra jit")
ROWS, LABELS = moons(30, noise=0.1, seed=1)
SIGNS = [2.0 * label - 1 for label in LABELS]


def numbers(model) -> list[float]:
    return [parameter.data for parameter in model.parameters()]


def trained(make, X, y, **options):
    """The model and history of an eager training, and of the compiled one that must be like it."""
    histories, models = [], []
    for jit in (False, True):
        models.append(make())
        histories.append(fit(models[-1], X, y, jit=jit, progress=False, **options))
    steps, twins = histories[0].steps, histories[1].steps
    assert steps.keys() == twins.keys()
    for name in steps.keys() - {"time"}:
        assert twins[name] == pytest.approx(steps[name], rel=1e-11, abs=1e-12), name
    assert numbers(models[1]) == pytest.approx(numbers(models[0]), rel=1e-11, abs=1e-12)
    return models, histories


@needs_jit
def test_moons_with_a_loss_that_knows_the_parameters(caplog: pytest.LogCaptureFixture) -> None:
    model = None

    def make() -> MLP:
        nonlocal model
        model = MLP(2, [8, 1], seed=3)
        return model

    def loss(outputs, targets):
        return hinge(outputs, targets) + 1e-3 * l2_penalty(model.parameters())

    trained(make, ROWS, SIGNS, loss=loss, optimizer="sgd", lr=0.2, batch_size=8, epochs=3)
    assert not caplog.records


@needs_jit
def test_iris_with_classes() -> None:
    table = iris()
    trained(
        lambda: MLP(4, [8, 3], activation="tanh", seed=1),
        table.rows,
        table.targets,
        loss="cross_entropy",
        epochs=4,
    )


@needs_jit
def test_samples_may_be_numbers_tuples_and_arrays() -> None:
    numpy = pytest.importorskip("numpy")
    X, y = linear(9, seed=1)
    for samples in (numpy.array(X), [tuple(x) for x in X]):
        trained(lambda: MLP(1, [2, 1], activation="tanh", seed=1), samples, y, loss="mse", epochs=2)

    class Line(Module):
        def __init__(self) -> None:
            self.a, self.b = Value(1.0), Value(0.5)

        def __call__(self, x):
            return self.a * x + self.b

    trained(Line, [x for [x] in X], y, loss="mae", epochs=2)


@needs_jit
def test_dropout_trains_as_it_is_with_the_same_random_numbers(caplog: pytest.LogCaptureFixture) -> None:
    def make() -> Sequential:
        return Sequential(Layer(2, 4, seed=1), Dropout(0.5, seed=2), Layer(4, 1, activation=None, seed=3))

    trained(make, ROWS, SIGNS, loss="hinge", epochs=2)
    assert [record.message for record in caplog.records] == [
        "fit: the model cannot be compiled, and trains as it is: it draws random numbers"
    ]


class Scaled(Module):
    def __init__(self) -> None:
        self.a, self.scale = Value(1.0), 1.0

    def __call__(self, x):
        return self.a * x[0] * self.scale


@needs_jit
def test_a_number_that_a_callback_changes_is_not_frozen(caplog: pytest.LogCaptureFixture) -> None:
    def anneal(run) -> None:
        run.model.scale *= 0.5

    trained(Scaled, [[1.0], [2.0]], [1.0, 0.0], loss="mse", epochs=3, callbacks=[anneal])
    assert "depends on more than samples and parameters" in caplog.records[0].message


class Branching(Module):
    def __init__(self) -> None:
        self.a, self.b = Value(1.0), Value(0.5)

    def __call__(self, x):
        return self.a * x[0] if x[0] > 0 else self.b * x[0] + random.random() * 0


@needs_jit
def test_samples_that_branch_differently_train_as_they_are(caplog: pytest.LogCaptureFixture) -> None:
    trained(Branching, [[1.0], [2.0], [-1.0], [3.0]], [1.0, 0.0, 2.0, 1.0], loss="mse", epochs=2)
    assert len(caplog.records) == 1


@needs_jit
def test_a_loss_that_is_not_finite_is_explained_by_the_graph() -> None:
    model = Sequential(Layer(1, 1, activation=None, seed=1), lambda xs: exp(xs[0]))
    model.layers[0].neurons[0].w[0].data = 1.0
    with pytest.raises(NonFiniteError, match=r"the loss is inf in step 1: .*exp"):
        fit(model, [[800.0]], [1.0], loss="mse", jit=True, progress=False)
    assert math.isfinite(sum(numbers(model)))


def test_without_llvmlite_numpy_computes_the_gradients(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    missing = pytest.importorskip("autograd_lite.compiler.missing")
    pytest.importorskip("numpy")
    monkeypatch.setitem(sys.modules, "llvmlite", None)
    missing._log.cache_clear()
    with caplog.at_level(logging.WARNING):
        trained(lambda: MLP(2, [2, 1], activation="tanh", seed=1), ROWS[:4], SIGNS[:4], loss="mse", epochs=2)
    assert [record.message for record in caplog.records] == [
        "jit: without llvmlite compiled functions run as Python: pip install 'autograd-lite[jit]'"
    ]


def test_without_numpy_a_model_trains_as_it_is(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    recorded = pytest.importorskip("autograd_lite.compiler.recorded")
    monkeypatch.setattr(recorded, "_has_numpy", lambda: False)
    with caplog.at_level(logging.WARNING):
        trained(lambda: MLP(2, [2, 1], seed=1), ROWS[:4], SIGNS[:4], loss="mse", epochs=1)
    assert "pip install" in caplog.records[-1].message
    with pytest.raises(ValueError, match="give one of the two"):
        fit(MLP(2, [1]), ROWS, SIGNS, loss="mse", jit=True, traces=True)
