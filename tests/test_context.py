"""no_grad and scope."""

import copy
import gc
import pickle
import threading
import tracemalloc

import pytest

from autograd_lite import Value, context, dot, no_grad, scope


@pytest.fixture(autouse=True)
def _state_is_restored():
    yield
    assert context.watched == 0
    state = context._state.get()
    assert (state.recording, state.about) == (True, ("", ()))


def test_no_grad_gives_constants() -> None:
    x = Value(3.0)
    with no_grad():
        y = dot([x, 1.0], [x, x]).tanh() * 2
    assert (y.parents, y.op.name) == ((), "constant")
    with pytest.raises(RuntimeError, match="computed under no_grad"):
        y.backward()
    assert x.has_grad is False
    z = y * x
    z.backward()
    assert x.grad == y.data
    for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
        assert (twin.data, twin.op) == (y.data, y.op)


def test_no_grad_keeps_nothing() -> None:
    x = Value(1.0)
    with no_grad():
        gc.collect()
        tracemalloc.start()
        y = x
        for _ in range(10_000):
            y = y * 1.0000001
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert y.data > 1
    assert peak < 10_000  # bytes: a node or two, not ten thousand


def test_blocks_nest_and_are_restored_after_an_exception() -> None:
    x = Value(1.0)
    with no_grad():
        with no_grad():
            assert (x * 2).parents == ()
        assert (x * 2).parents == ()
    assert (x * 2).parents == (x, 2.0)
    with pytest.raises(ZeroDivisionError), no_grad():
        _ = x / 2 + 1 // 0
    assert (x * 2).parents == (x, 2.0)


def test_blocks_are_decorators() -> None:
    @no_grad()
    def evaluate(x: Value, depth: int = 3) -> Value:
        return evaluate(x, depth - 1) if depth else x * 2

    assert evaluate(Value(1.0)).parents == ()

    @scope("cost")
    def cost(x: Value) -> Value:
        return x * x

    assert cost(Value(1.0)).scope == ("cost",)


def test_a_block_may_be_entered_again() -> None:
    block = scope("a")
    with block, block:
        assert (Value(1.0) * 2).scope == ("a", "a")
    with block:
        assert (Value(1.0) * 2).scope == ("a",)


def test_scopes_nest() -> None:
    x = Value(1.0)
    with scope("outer"):
        y = x + 1
        with scope("inner"):
            z = y + 1
        w = z + 1
    assert [node.scope for node in (x, y, z, w, w + 1)] == [
        (), ("outer",), ("outer", "inner"), ("outer",), (),
    ]  # fmt: skip
    z.label = "z"
    assert (z.label, z.scope) == ("z", ("outer", "inner"))


def test_a_scope_has_a_name() -> None:
    with pytest.raises(TypeError, match="scope: expected a name, got int"):
        scope(3)


def test_a_block_shared_by_two_threads_restores_each_threads_state() -> None:
    shared = scope("shared")
    entered, left = threading.Event(), threading.Event()
    seen = []

    def other() -> None:
        with shared:
            entered.set()
            assert left.wait(10)
        seen.append((Value(1.0) * 2).parents)

    thread = threading.Thread(target=other)
    with no_grad(), shared:
        thread.start()
        assert entered.wait(10)
    left.set()
    thread.join()
    assert len(seen[0]) == 2  # recorded: the other thread never was in no_grad


def test_generators_and_coroutines_are_refused_as_decorated_functions() -> None:
    def generator():
        yield 1

    async def coroutine():
        pass

    for function in (generator, coroutine):
        with pytest.raises(TypeError, match="use a with block inside it"):
            no_grad()(function)


def test_a_block_ends_also_while_a_generator_holds_another_open() -> None:
    w = Value(2.0)

    def batches():
        with scope("data"):
            yield from range(3)

    running = batches()
    with no_grad():
        next(running)
    y = w * 3.0
    assert y.parents == (w, 3.0)
    for _ in running:
        pass
    (y + w * 3.0).backward()
    assert w.grad == 6.0
    assert (w * 1.0).scope == ()


def test_a_block_that_another_context_closes_ends_here_too() -> None:
    x = Value(3.0)

    def batches():
        with no_grad():
            yield from range(5)

    running = batches()
    next(running)
    thread = threading.Thread(target=running.close)
    thread.start()
    thread.join()
    with scope("model"):
        y = x * x
    (x * x * y).backward()
    assert x.grad == 4 * 27.0
    assert y.scope == ("model",)
