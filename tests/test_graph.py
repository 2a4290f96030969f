"""Walks: order, depth, fan-out, memory. Depth costs no recursion, and nothing waits for the collector."""

import copy
import gc
import pickle
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from autograd_lite import Value, dot, fsum, no_grad
from autograd_lite.graph import topological_order

MILLION = 1_000_000
DEEP = 60_000  # far beyond what recursion could reach, where a million costs time


def chain(x: Value, length: int) -> Value:
    y = x
    for _ in range(length):
        y = y + 1.0
    return y


@contextmanager
def collector_off() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def live_values() -> int:
    return sum(type(thing) is Value for thing in gc.get_objects())


def test_parents_come_before_users_and_each_node_once() -> None:
    a, b = Value(1), Value(2)
    c = a * b
    d = fsum([c, a, c * c, 3.0])
    leaves, computed = topological_order(d * c)
    order = leaves + computed
    assert len(order) == len(set(order)) == 6
    for i, node in enumerate(order):
        assert all(parent in order[:i] for parent in node.parents if isinstance(parent, Value))


def test_a_leaf_is_its_own_order() -> None:
    x = Value(1)
    assert topological_order(x) == ([x], [])


def test_a_diamond_of_depth_sixty_takes_linear_time() -> None:
    x = y = Value(1.0)
    for _ in range(60):
        y = y + y
    y.backward()
    assert x.grad == 2.0**60


def test_fused_nodes_may_nest_and_share() -> None:
    xs = [Value(float(i)) for i in range(5)]
    inner = [dot(xs, [1.0, 2.0, 3.0, 4.0, float(k)]) for k in range(4)]
    root = fsum([*inner, inner[0], fsum(inner)])
    root.backward()
    # Each of four inner dots is used twice, the first once more.
    assert [x.grad for x in xs] == [9.0, 18.0, 27.0, 36.0, 2.0 * (0 + 1 + 2 + 3) + 0.0]


def test_a_fused_node_may_have_very_many_computed_parents() -> None:
    x = Value(2.0)
    fsum([x * float(i) for i in range(100_000)]).backward()
    assert x.grad == sum(range(100_000))


@pytest.mark.parametrize("length", [1_000, MILLION])
def test_a_deep_chain_is_built_swept_and_freed(length: int) -> None:
    with collector_off():
        before = live_values()
        x = Value(0.5)
        y = chain(x, length)
        assert (y.data, repr(y)) == (length + 0.5, f"Value(data={length + 0.5}, grad=0.0)")
        y.backward()
        assert x.grad == 1.0
        del y
        assert live_values() == before + 1
        assert gc.collect() == 0


def test_a_deep_chain_is_copied_and_pickled() -> None:
    with collector_off():
        y = chain(Value(0.5, label="x"), DEEP)
        for twin in (copy.deepcopy(y), pickle.loads(pickle.dumps(y))):
            assert twin.data == y.data
            twin.backward()
            leaves, computed = topological_order(twin)
            assert (len(computed), leaves[0].grad, leaves[0].label) == (DEEP, 1.0, "x")
        del y, twin, leaves, computed


def test_a_deep_chain_of_fused_nodes_is_swept() -> None:
    y = x = Value(1.0)
    for _ in range(20_000):
        y = dot([y, 0.0], [1.0, 1.0])
    y.backward()
    assert x.grad == 1.0


def test_training_leaves_nothing_to_the_collector() -> None:
    w = [Value(0.1), Value(-0.2)]

    def step() -> None:
        loss = (dot(w, [1.0, 2.0]).tanh() - 1.0) ** 2
        loss.backward()
        for p in w:
            p.data -= 0.1 * p.grad
            p.grad = 0.0

    step()
    with collector_off():
        before = len(gc.get_objects())
        for _ in range(500):
            step()
        assert gc.collect() == 0
        assert len(gc.get_objects()) <= before + 5


def test_backward_makes_no_garbage_after_an_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    x = Value(2.0)
    x.grad = 7.0
    y = (x * x * 3.0).tanh() * 0.0 + x / 2.0
    divide = y.parents[1].op

    def broken(node: Value, cotangent: float) -> None:
        raise ZeroDivisionError("a partial went wrong")

    pull = divide.pull
    monkeypatch.setattr(divide, "pull", broken)
    with pytest.raises(ZeroDivisionError):
        y.backward()
    assert x.grad == 7.0
    monkeypatch.setattr(divide, "pull", pull)
    y.backward()
    assert x.grad == 7.5


def test_a_structural_zero_stops_the_sweep() -> None:
    x = Value(0.0)
    (x.sqrt() // 1.0 + x).backward()
    assert x.grad == 1.0  # not nan from 0 * inf


SWEEP = """
from autograd_lite import Value, dot
import random
rng = random.Random(7)
leaves = [Value(rng.uniform(-1, 1)) for _ in range(40)]
nodes = list(leaves)
for _ in range(400):
    x, y, z = rng.sample(nodes, 3)
    nodes.append(rng.choice([lambda: x * y + z, lambda: x.tanh() - y, lambda: dot([x, y], [z, 0.5])])())
(sum(nodes) * 1e-3).tanh().backward()
print([leaf.grad.hex() for leaf in leaves])
"""


def test_gradients_are_the_same_bits_in_every_process() -> None:
    runs = [subprocess.Popen([sys.executable, "-c", SWEEP], stdout=subprocess.PIPE) for _ in range(4)]
    outputs = {run.communicate()[0] for run in runs}
    assert len(outputs) == 1
    assert b"0x" in outputs.pop()


def in_threads(work: Callable[[int], None], count: int = 8) -> None:
    errors: list[BaseException] = []

    def guarded(i: int) -> None:
        try:
            work(i)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]


def test_threads_with_their_own_graphs_do_not_meet() -> None:
    def work(i: int) -> None:
        for _ in range(50):
            x = Value(float(i))
            y = chain(x * x, 100)
            y.backward()
            assert x.grad == 2.0 * i

    in_threads(work)


def test_threads_that_share_a_leaf_lose_no_gradient() -> None:
    shared = Value(3.0)

    def work(i: int) -> None:
        for _ in range(50):
            chain(shared * 2.0, 20).backward()

    in_threads(work)
    assert shared.grad == 8 * 50 * 2.0


def test_no_grad_in_one_thread_says_nothing_to_another() -> None:
    inside, done = threading.Event(), threading.Event()

    def work(i: int) -> None:
        if i == 0:
            with no_grad():
                inside.set()
                assert done.wait(10)
        else:
            assert inside.wait(10)
            x = Value(2.0)
            (x * x).backward()
            done.set()
            assert x.grad == 4.0

    in_threads(work, 2)
