"""Samples split over a pool: whatever happens to its workers, the results are the same to the bit."""

import logging
import multiprocessing
import os
import pickle
import signal
import sys
import warnings
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
)

import pytest

from autograd_lite import (
    amax,
    amin,
    exp,
    jit,
    logsumexp,
    mean,
    nn,
    no_grad,
    primitive,
    sin,
    tanh,
    value_and_grad,
    vmap,
)
from autograd_lite.compiler import shards
from autograd_lite.primitives import DECLARED

numpy = pytest.importorskip("numpy")
backends = pytest.mark.parametrize("backend", ["python", "llvm"])


@pytest.fixture(autouse=True)
def _needs_llvmlite(request: pytest.FixtureRequest) -> None:
    if "backend" not in request.fixturenames or request.getfixturevalue("backend") == "llvm":
        pytest.importorskip("llvmlite")


def killing(x: float) -> float:
    """The identity, but 3 kills a worker."""
    if x == 3 and multiprocessing.parent_process():
        os.kill(os.getpid(), signal.SIGKILL)
    return x


def refusing(x: float) -> float:
    if x > 2:
        raise ArithmeticError("too great")
    return x


deadly = primitive("deadly(x)", killing, "1")
modest = primitive("modest(x)", refusing, "1")


def branching(x, k):
    return k * exp(-x) if x > 0 else sin(x) / k


def total(w, X):
    """A mean over samples."""
    return mean(vmap(lambda w, x: (tanh(w[0] * x[0]) + w[1] - x[1]) ** 2, in_axes=(None, 0))(w, X))


W = numpy.array([0.5, -0.3])
X = numpy.random.default_rng(1).uniform(-1, 1, (203, 2))
FEW = numpy.linspace(-2, 2, 41)


class Pickling(Executor):
    """A pool whose worker is this process, reached by pickles; it counts the tasks and loses some."""

    def __init__(self, *losses: Exception) -> None:
        self.losses = list(losses)
        self.submitted = 0

    def submit(self, task, /, *args):
        self.submitted += 1
        future = Future()
        try:
            task, args = pickle.loads(pickle.dumps((task, args)))
            if self.losses:
                raise self.losses.pop()
            future.set_result(pickle.loads(pickle.dumps(task(*args))))
        except Exception as error:
            future.set_exception(error)
        return future


@backends
def test_split_samples_have_the_bits_of_all_at_once(backend: str) -> None:
    compiled = jit(vmap(value_and_grad(branching), in_axes=(0, None)), backend=backend)
    expected = compiled(FEW, 2.0)
    for shard_count in (1, 7, 100):
        found = compiled.split(Pickling(), shards=shard_count)(FEW, 2.0)
        assert same(found, expected)
    assert len(compiled.programs) == 2
    assert same(
        jit(compiled._f, backend=backend).split(Pickling())(FEW, 2.0), expected
    )  # recorded when split


def same(found, expected) -> bool:
    """Whether two results are the same to the bit."""
    return pickle.dumps(flat(found)) == pickle.dumps(flat(expected))


def flat(result) -> list:
    return [x for part in result for x in numpy.ravel(part).tolist()]


def test_sums_depend_on_the_number_of_shards_and_on_nothing_else() -> None:
    step = jit(value_and_grad(total))
    whole = step(W, X)
    found = []
    for workers in (1, 2, 3):
        with ThreadPoolExecutor(workers) as pool:
            found.append(step.split(pool, shards=8)(W, X))
    found.append(step.split(Pickling(), shards=8)(W, X))
    assert all(same(one, found[0]) for one in found)
    assert flat(found[0]) == pytest.approx(flat(whole), rel=1e-14)
    assert len(step.programs) == 1


def test_all_totals_and_ways_to_branch_are_split() -> None:
    def totals(w, X):
        results = vmap(lambda w, x: branching(w[0] * x[0] + w[1], 2.0 + x[1]), in_axes=(None, 0))(w, X)
        return mean(results) * logsumexp(results) + amax(results) - amin(results)

    step, pool = jit(value_and_grad(totals)), Pickling()
    whole, split = step(W, X), step.split(pool, shards=8)(W, X)
    assert pool.submitted >= 16
    assert flat(split) == pytest.approx(flat(whole), rel=1e-13)
    assert flat(split) == pytest.approx(flat(value_and_grad(totals)(W, X)), rel=1e-12)
    with ThreadPoolExecutor(2) as threads:
        assert same(step.split(threads, shards=8)(W, X), split)


def test_a_program_is_compiled_once_by_a_worker() -> None:
    shards._opened.cache_clear()
    step, pool = jit(value_and_grad(total)), Pickling()
    for scale in (1.0, 2.0):
        step.split(pool, shards=5)(scale * W, X)
    assert pool.submitted >= 10
    assert shards._opened.cache_info().misses == 1


def test_captured_values_are_read_in_each_call() -> None:
    model = nn.MLP(2, [3, 1], activation="tanh", seed=1)
    outputs = jit(vmap(model)).split(Pickling())
    loss = jit(lambda X: mean(vmap(lambda x: model(x) ** 2)(X)))
    for _ in range(2):
        with no_grad():
            assert outputs(X).tolist() == pytest.approx([model(x).data for x in X], rel=1e-12)
        found = loss.split(Pickling())(X)
        assert found.data == pytest.approx(mean([model(x) ** 2 for x in X]).data, rel=1e-12)
        model.parameters()[0].data += 0.5
    model.zero_grad()
    loss.split(Pickling())(X).backward()
    gradient = [p.grad for p in model.parameters()]
    model.zero_grad()
    mean([model(x) ** 2 for x in X]).backward()
    assert gradient == pytest.approx([p.grad for p in model.parameters()], rel=1e-10)


@pytest.mark.parametrize("loss", [BrokenExecutor("gone"), CancelledError(), ConnectionResetError("closed")])
def test_a_lost_shard_is_computed_again(loss: Exception, caplog: pytest.LogCaptureFixture) -> None:
    step = jit(value_and_grad(total))
    expected = step.split(Pickling(), shards=6)(W, X)
    pool = Pickling(loss)
    with caplog.at_level(logging.WARNING, "autograd_lite"):
        assert same(step.split(pool, shards=6)(W, X), expected)
    assert pool.submitted == 7
    assert type(loss).__name__ in caplog.text


def test_without_a_pool_the_shards_are_computed_here() -> None:
    step = jit(value_and_grad(total))
    expected = step.split(Pickling(), shards=6)(W, X)
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.warns(RuntimeWarning, match=r"lost 6 of 6 shards .*after shutdown"):
        assert same(step.split(pool, shards=6)(W, X), expected)


def test_a_worker_that_is_killed_changes_no_bit() -> None:
    compiled = jit(vmap(value_and_grad(lambda x, k: deadly(x) * sin(x) / k), in_axes=(0, None)))
    x = numpy.array([*FEW, 3.0, *FEW])
    expected = compiled(x, 2.0)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        split = compiled.split(pool, shards=4)
        assert same(split(FEW, 2.0), compiled(FEW, 2.0))
        with pytest.warns(RuntimeWarning, match="BrokenProcessPool"):
            assert same(split(x, 2.0), expected)


def test_an_error_of_the_function_is_passed_on_at_once() -> None:
    compiled, pool = jit(vmap(lambda x: modest(x) * 2)), Pickling()
    assert compiled.split(pool)([1.0, 2.0]) == [2.0, 4.0]
    with pytest.raises(ArithmeticError, match="too great"):
        compiled.split(pool)([1.0, 3.0])
    assert pool.submitted == 4


def test_rows_of_ones_own_go_with_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("half", "quarter"):
        monkeypatch.setitem(DECLARED, name, None)
    primitive("half(x)", "x / 2", "0.5")
    quarter = primitive("quarter(x)", "half(x) / 2", "0.25")
    compiled = jit(vmap(lambda x: quarter(x) + 1))
    assert compiled([4.0]) == [2.0]

    class Elsewhere(Pickling):
        def submit(self, task, /, *args):
            pickle.dumps(args)
            for name in ("half", "quarter"):
                DECLARED.pop(name, None)
            return super().submit(task, *args)

    assert compiled.split(Elsewhere(), shards=1)([4.0, 8.0]) == [2.0, 3.0]
    with pytest.raises(pickle.PicklingError, match="declared again since"):
        jit(vmap(quarter)).split(Pickling())([1.0])


def test_a_row_that_cannot_be_pickled_is_an_error_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    monkeypatch.setitem(DECLARED, "doubled", None)
    doubled = primitive("doubled(x)", lambda x: 2 * x, "2")
    compiled = jit(vmap(doubled))
    with ThreadPoolExecutor(2) as pool:
        assert compiled.split(pool)([1.0, 2.0]) == [2.0, 4.0]  # which needs no pickle
    with pytest.raises(pickle.PicklingError, match=r"doubled .* def, or pip install cloudpickle"):
        compiled.split(Pickling())([1.0, 2.0])


def test_a_pool_is_asked_for() -> None:
    with pytest.raises(TypeError, match=r"expected a pool with submit, .* got int"):
        jit(vmap(sin)).split(2)
    with pytest.raises(ValueError, match="1 shard or more, got 0"):
        jit(vmap(sin)).split(Pickling(), shards=0)


@pytest.mark.parametrize("as_executor", [True, False])
def test_dask_survives_a_worker_that_is_killed(tmp_path, monkeypatch, as_executor: bool) -> None:
    distributed = pytest.importorskip("distributed")
    once = tmp_path / "killed"

    def mortal(x):
        if x == 3 and multiprocessing.parent_process() and not once.exists():
            once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return x

    monkeypatch.setitem(DECLARED, "mortal", None)
    row = primitive("mortal(x)", mortal, "1")
    compiled = jit(value_and_grad(lambda k, x: mean(vmap(lambda x: k * row(x) ** 2)(x))))
    x = numpy.array([*FEW, 3.0, *FEW])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Dask and its event loop
        with (
            distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
            distributed.Client(cluster) as client,
        ):
            before = set(client.run(os.getpid).values())
            pool = client.get_executor() if as_executor else client
            found = compiled.split(pool, shards=6)(0.5, x)
            after = set(client.run(os.getpid).values())
    assert once.exists()
    assert len(before - after) == 1
    assert same([found], [compiled.split(Pickling(), shards=6)(0.5, x)])


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork:RuntimeWarning", "ignore:.*fork:DeprecationWarning")
def test_a_worker_that_was_forked_in_a_call_uses_no_pool() -> None:
    class Forking(Pickling):
        ended = -1

        def submit(self, task, /, *args):
            if not self.submitted:
                self.submitted = 1
                process = os.fork()
                if process == 0:
                    step(W, X)
                    os._exit(self.submitted - 1)
                self.ended = os.waitpid(process, 0)[1]
            return super().submit(task, *args)

    step, pool = jit(total), Forking()
    assert step.split(pool, shards=3)(W, X) == jit(total).split(Pickling(), shards=3)(W, X)
    assert pool.ended == 0
