"""Optimisers, clipping, schedules: three steps by hand, a hundred of PyTorch, states that resume."""

import json
import math
import random
from itertools import pairwise

import pytest

from autograd_lite import Value
from autograd_lite.nn import (
    LBFGS,
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    AdamW,
    ReduceOnPlateau,
    RMSprop,
    Schedule,
    clip_grad_norm,
    clip_grad_value,
    cosine,
    exponential,
    linear_ramp,
    step_decay,
    warmup,
)
from autograd_lite.nn.optimisers import OPTIMISERS

# Gradients 1, 0.5 and -2, given and not computed, from x = 1: the arithmetic is the formula's alone.
GRADIENTS = (1.0, 0.5, -2.0)


def by_hand(rule) -> list[float]:
    """Three numbers that a rule (x, g, t, memory) -> x gives from x = 1."""
    x, memory, path = 1.0, {"s": 0.0, "u": 0.0, "m": 0.0, "v": 0.0}, []
    for t, g in enumerate(GRADIENTS, start=1):
        x = rule(x, g, t, memory)
        path.append(x)
    return path


def momentum(x, g, t, memory):
    memory["v"] = 0.9 * memory["v"] + g
    return x - 0.1 * memory["v"]


def nesterov(x, g, t, memory):
    memory["v"] = 0.9 * memory["v"] + g
    return x - 0.1 * (g + 0.9 * memory["v"])


def adagrad(x, g, t, memory):
    memory["s"] += g**2
    return x - 0.1 / (1 + 0.5 * (t - 1)) * g / (math.sqrt(memory["s"]) + 1e-10)


def adadelta(x, g, t, memory):
    memory["s"] = 0.9 * memory["s"] + 0.1 * g**2
    d = math.sqrt(memory["u"] + 1e-6) / math.sqrt(memory["s"] + 1e-6) * g
    memory["u"] = 0.9 * memory["u"] + 0.1 * d**2
    return x - d


def rmsprop(x, g, t, memory):
    memory["s"] = 0.99 * memory["s"] + 0.01 * g**2
    return x - 0.01 * g / (math.sqrt(memory["s"]) + 1e-8)


def rmsprop_centered_with_momentum(x, g, t, memory):
    memory["s"] = 0.9 * memory["s"] + 0.1 * g**2
    memory["m"] = 0.9 * memory["m"] + 0.1 * g
    memory["v"] = 0.5 * memory["v"] + g / (math.sqrt(memory["s"] - memory["m"] ** 2) + 1e-8)
    return x - 0.01 * memory["v"]


def adam(x, g, t, memory):
    memory["m"] = 0.9 * memory["m"] + 0.1 * g
    memory["v"] = 0.999 * memory["v"] + 0.001 * g**2
    return x - 0.1 * (memory["m"] / (1 - 0.9**t)) / (math.sqrt(memory["v"] / (1 - 0.999**t)) + 1e-8)


RULES = {
    "sgd": (lambda ps: SGD(ps, lr=0.1), lambda x, g, t, memory: x - 0.1 * g),
    "sgd, decay": (
        lambda ps: SGD(ps, lr=0.1, weight_decay=0.5),
        lambda x, g, t, memory: x - 0.1 * (g + 0.5 * x),
    ),
    "momentum": (lambda ps: SGD(ps, lr=0.1, momentum=0.9), momentum),
    "nesterov": (lambda ps: SGD(ps, lr=0.1, momentum=0.9, nesterov=True), nesterov),
    "adagrad": (lambda ps: Adagrad(ps, lr=0.1, lr_decay=0.5), adagrad),
    "adadelta": (Adadelta, adadelta),
    "rmsprop": (RMSprop, rmsprop),
    "rmsprop, centered": (
        lambda ps: RMSprop(ps, alpha=0.9, momentum=0.5, centered=True),
        rmsprop_centered_with_momentum,
    ),
    "adam": (lambda ps: Adam(ps, lr=0.1), adam),
    "adamw": (
        lambda ps: AdamW(ps, lr=0.1, weight_decay=0.2),
        lambda x, g, t, memory: adam(x * (1 - 0.1 * 0.2), g, t, memory),
    ),
}


@pytest.mark.parametrize("name", RULES)
def test_the_first_three_steps_are_those_of_the_formula(name: str) -> None:
    make, rule = RULES[name]
    x = Value(1.0)
    optimiser = make([x])
    path = []
    for gradient in GRADIENTS:
        x.grad = gradient
        optimiser.step()
        path.append(x.data)
    assert path == pytest.approx(by_hand(rule), rel=1e-14)  # rounding of another order of operations


def test_three_steps_in_plain_numbers() -> None:
    paths = {
        "sgd": [0.9, 0.85, 1.05],
        "momentum": [0.9, 0.76, 0.834],
        "nesterov": [0.81, 0.634, 0.9006],
        "adagrad": [0.9, 0.9 - 0.1 / 1.5 * 0.5 / math.sqrt(1.25), 0.9 - 0.1 / 1.5 * 0.5 / math.sqrt(1.25)
                    + 0.05 * 2 / math.sqrt(5.25)],
    }  # fmt: skip
    for name, path in paths.items():
        assert by_hand(RULES[name][1]) == pytest.approx(path, rel=1e-9)  # eps is left out in these


def ravine(x: Value, y: Value) -> Value:
    return (1 - x) ** 2 + 20 * (y - x * x) ** 2


TORCH = {
    "SGD": [{"lr": 0.001}, {"lr": 0.001, "momentum": 0.9, "weight_decay": 0.1},
            {"lr": 0.001, "momentum": 0.8, "nesterov": True}],
    "Adagrad": [{}, {"lr": 0.1, "lr_decay": 0.01, "weight_decay": 0.1}],
    "Adadelta": [{}, {"lr": 0.5, "rho": 0.8, "eps": 1e-5, "weight_decay": 0.1}],
    "RMSprop": [{}, {"lr": 0.001, "alpha": 0.9, "momentum": 0.5, "weight_decay": 0.1},
                {"lr": 0.001, "centered": True, "momentum": 0.2}],
    "Adam": [{}, {"lr": 0.05, "betas": (0.8, 0.99), "weight_decay": 0.1}],
    "AdamW": [{}, {"lr": 0.05, "betas": (0.8, 0.99), "weight_decay": 0.2}],
}  # fmt: skip
OURS = {
    "SGD": SGD,
    "Adagrad": Adagrad,
    "Adadelta": Adadelta,
    "RMSprop": RMSprop,
    "Adam": Adam,
    "AdamW": AdamW,
}


@pytest.mark.parametrize(("name", "options"), [(name, o) for name, several in TORCH.items() for o in several])
def test_a_hundred_steps_are_those_of_pytorch(name: str, options: dict) -> None:
    torch = pytest.importorskip("torch")
    ours = [Value(-1.0), Value(0.5)]
    theirs = [torch.tensor(p.data, dtype=torch.float64, requires_grad=True) for p in ours]
    # The second parameter in a group of its own, with another learning rate.
    other = 2 * options.get("lr", 0.01)
    optimiser = OURS[name]([{"params": ours[:1]}, {"params": ours[1:], "lr": other}], **options)
    reference = getattr(torch.optim, name)(
        [{"params": theirs[:1]}, {"params": theirs[1:], "lr": other}], **options
    )
    for _ in range(100):
        optimiser.zero_grad()
        ravine(*ours).backward()
        norm = clip_grad_norm(ours, 5.0)
        optimiser.step()
        reference.zero_grad()
        ravine(*theirs).backward()
        # Gradients cancel where the path crosses the ravine, which magnifies the rounding of the parameters.
        assert norm == pytest.approx(torch.nn.utils.clip_grad_norm_(theirs, 5.0).item(), rel=1e-9)
        reference.step()
        assert [p.data for p in ours] == pytest.approx([p.item() for p in theirs], rel=1e-12)


def test_schedules_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    schedulers = torch.optim.lr_scheduler
    rng = random.Random(1)
    losses = [1 / (epoch + 1) if epoch < 8 else rng.uniform(0.1, 0.2) for epoch in range(30)]
    for ours, theirs in (
        (step_decay(7, 0.3), lambda o: schedulers.StepLR(o, 7, 0.3)),
        (exponential(0.9), lambda o: schedulers.ExponentialLR(o, 0.9)),
        (cosine(30, floor=0.1), lambda o: schedulers.CosineAnnealingLR(o, 30, 0.1 * 0.2)),
        (linear_ramp(10, 0.25, 1.0), lambda o: schedulers.LinearLR(o, 0.25, 1.0, 10)),
        (None, lambda o: schedulers.ReduceLROnPlateau(o, factor=0.5, patience=2, cooldown=1, min_lr=0.02)),
    ):
        optimiser = SGD([Value(1.0)], lr=0.2)
        reference = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
        schedule = (
            Schedule(optimiser, ours)
            if ours
            else ReduceOnPlateau(optimiser, factor=0.5, patience=2, cooldown=1, min_lr=0.02)
        )
        scheduler = theirs(reference)
        for loss in losses:
            assert optimiser.lr == pytest.approx(reference.param_groups[0]["lr"], rel=1e-12)
            reference.step()
            scheduler.step(*([] if ours else [loss]))
            schedule.step(loss)


def test_a_plateau_reduces_the_rate_after_patience_and_rests() -> None:
    optimiser = SGD([Value(1.0)], lr=1.0)
    schedule = ReduceOnPlateau(optimiser, factor=0.5, patience=1, cooldown=1, min_lr=0.2)
    rates = []
    for loss in (1.0, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.1):
        schedule.step(loss)
        rates.append(optimiser.lr)
    assert rates == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2, 0.2, 0.2]


def test_schedules_resume_from_their_state() -> None:
    optimiser = SGD([Value(1.0), Value(2.0)], lr=0.2)
    schedule = Schedule(optimiser, warmup(2, start=0.5, then=cosine(4)))
    plateau = ReduceOnPlateau(optimiser)
    for _ in range(3):
        schedule.step()
    plateau.step(1.0)
    state, more = json.loads(json.dumps([schedule.state_dict(), plateau.state_dict()]))
    rate = optimiser.lr
    other = SGD([Value(1.0), Value(2.0)], lr=7.0)
    other.load_state_dict(json.loads(json.dumps(optimiser.state_dict())))
    resumed = Schedule(other, warmup(2, start=0.5, then=cosine(4)))
    resumed.load_state_dict(state)
    assert other.lr == rate
    again = ReduceOnPlateau(other)
    again.load_state_dict(more)
    assert again.state_dict() == plateau.state_dict()


@pytest.mark.parametrize("name", [name for name in OPTIMISERS if name != "lbfgs"])
def test_a_state_resumes_bit_for_bit(name: str, tmp_path) -> None:
    def start() -> tuple[list[Value], object]:
        parameters = [Value(-1.0), Value(0.5)]
        return parameters, OPTIMISERS[name](parameters, weight_decay=0.01, lr=0.003)

    def train(parameters, optimiser, steps: int) -> None:
        for _ in range(steps):
            optimiser.zero_grad()
            ravine(*parameters).backward()
            optimiser.step()

    whole, optimiser = start()
    train(whole, optimiser, 40)
    first, optimiser = start()
    train(first, optimiser, 17)
    optimiser.save(tmp_path / "optimiser.json")
    second, optimiser = start()
    for p, q in zip(first, second, strict=True):
        q.data = p.data
    optimiser.lr = 1.0
    optimiser.load(tmp_path / "optimiser.json")
    train(second, optimiser, 23)
    assert [p.data for p in second] == [p.data for p in whole]


def test_states_of_others_are_refused(tmp_path) -> None:
    x, y = Value(1.0), Value(2.0)
    adam = Adam([x, y])
    before = adam.state_dict()
    state = Adam([x, y]).state_dict()
    broken = json.loads(json.dumps(state))
    broken["states"][0]["mean"][1] = "0.0"
    huge = json.loads(json.dumps(state))
    huge["groups"][0]["lr"] = 10**400
    for other in (
        AdamW([x, y]).state_dict(),
        Adam([x]).state_dict(),
        {},
        [],
        broken,
        huge,
        SGD([x, y]).state_dict(),
    ):
        with pytest.raises(ValueError, match="the state is of another optimiser or of other parameters"):
            adam.load_state_dict(other)
    SGD([x, y]).save(tmp_path / "sgd.json")
    with pytest.raises(ValueError, match=r"sgd\.json: Adam\.load_state_dict"):
        adam.load(tmp_path / "sgd.json")
    assert adam.state_dict() == before


def test_groups_have_options_of_their_own() -> None:
    x, y, z = Value(1.0), Value(1.0), Value(1.0)
    optimiser = SGD([{"params": [x]}, {"params": [y], "lr": 0.5}], lr=0.1)
    optimiser.add_param_group({"params": z, "lr": 0.2})
    for p in (x, y, z):
        p.grad = 1.0
    optimiser.step()
    assert (x.data, y.data, z.data) == (0.9, 0.5, 0.8)
    optimiser.lr = 1.0
    assert [group["lr"] for group in optimiser.param_groups] == [1.0, 1.0, 1.0]
    optimiser.zero_grad()
    assert x.grad == y.grad == z.grad == 0.0
    with pytest.raises(ValueError, match=r"SGD\.lr: expected a learning rate of at least 0, got 'fast'"):
        optimiser.lr = "fast"


def test_a_gradient_that_is_a_value_moves_by_its_number() -> None:
    x = Value(3.0)
    optimiser = SGD([x], lr=0.1, momentum=0.5)
    (x**3).backward(create_graph=True)
    optimiser.step()
    assert x.data == pytest.approx(3.0 - 2.7, rel=1e-12)
    clip_grad_value([x], 1.0)
    assert x.grad == 1.0


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: SGD([Value(1)], lr="0.1"), ValueError, "SGD: expected a learning rate above 0, got '0.1'"),
        (lambda: SGD([Value(1)], lr=math.nan), ValueError, "learning rate above 0, got nan"),
        (
            lambda: SGD([Value(1)], nesterov=True),
            ValueError,
            "SGD: expected a momentum above 0 with nesterov",
        ),
        (lambda: SGD([{"params": [Value(1)], "rate": 1.0}]), ValueError, "options among lr, .* got 'rate'"),
        (lambda: SGD([{"lr": 1.0}]), ValueError, "SGD: expected at least one parameter in a group"),
        (lambda: SGD([Value(1)] * 2), ValueError, "SGD: a parameter is there twice"),
        (lambda: Adam([Value(1)], betas=(0.9, 1.0)), ValueError, "Adam: expected a pair of smoothings"),
        (lambda: Adam([Value(1)], eps=0.0), ValueError, "Adam: expected a eps above 0"),
        (lambda: RMSprop([Value(1)], alpha=1.5), ValueError, r"RMSprop: expected a smoothing in \[0, 1\)"),
        (lambda: clip_grad_norm([Value(1)], 0.0), ValueError, "clip_grad_norm: expected a norm above 0"),
        (lambda: clip_grad_value([Value(1)], -1), ValueError, "clip_grad_value: expected a limit above 0"),
        (lambda: cosine(0), ValueError, "cosine: expected a number of epochs above 0, got 0"),
        (lambda: ReduceOnPlateau(SGD([Value(1)]), factor=1.0), ValueError, "a factor in .0, 1., got 1.0"),
    ],
)
def test_bad_options_are_refused(call, error, message: str) -> None:
    with pytest.raises(error, match=message):
        call()


def test_clipping_keeps_the_direction_or_cuts_each() -> None:
    x, y = Value(0.0), Value(0.0)
    x.grad, y.grad = 3.0, -4.0
    assert clip_grad_norm([x, y], 10.0) == 5.0
    assert (x.grad, y.grad) == (3.0, -4.0)
    assert clip_grad_norm([x, y], 1.0) == 5.0
    assert x.grad / y.grad == pytest.approx(-0.75, rel=1e-15)
    assert math.hypot(x.grad, y.grad) == pytest.approx(1.0, rel=1e-6)
    x.grad, y.grad = math.inf, 1.0
    assert clip_grad_norm([x, y], 1.0) == math.inf
    assert (x.grad, y.grad) == (math.inf, 1.0)  # for the caller to notice
    clip_grad_value([x, y], 0.5)
    assert (x.grad, y.grad) == (0.5, 0.5)


def test_lbfgs_finds_the_bottom_of_a_ravine() -> None:
    x, y = Value(-1.0), Value(0.5)
    optimiser = LBFGS([x, y], max_iter=100)
    optimiser.step(lambda: ravine(x, y))
    assert (x.data, y.data) == pytest.approx((1.0, 1.0), abs=1e-4)  # SciPy's default tolerance
    with pytest.raises(TypeError, match=r"LBFGS\.step: expected a function that computes the loss"):
        optimiser.step()
    at = x.data

    def fail() -> Value:
        x.data = 5.0
        raise ArithmeticError("no loss here")

    with pytest.raises(ArithmeticError, match="no loss here"):
        optimiser.step(fail)
    assert x.data == at


def paths_down_a_ravine(steps: int) -> dict[str, list[tuple[float, float]]]:
    """The paths of optimisers from (-1, 1) down x²/20 + y², the long ravine of the courses."""
    paths = {}
    for name, make in {
        "gradient descent": lambda ps: SGD(ps, lr=0.95),
        "momentum": lambda ps: SGD(ps, lr=0.1, momentum=0.9),
        "adagrad": lambda ps: Adagrad(ps, lr=1.5),
        "adadelta": lambda ps: Adadelta(ps, lr=1.0, eps=1e-2),
        "adam": lambda ps: Adam(ps, lr=0.3),
    }.items():
        x, y = Value(-7.0), Value(2.0)
        optimiser, path = make([x, y]), [(-7.0, 2.0)]
        for _ in range(steps):
            optimiser.zero_grad()
            (x**2 / 20 + y**2).backward()
            optimiser.step()
            path.append((x.data, y.data))
        paths[name] = path
    return paths


def test_paths_down_a_ravine_have_the_shapes_of_the_courses() -> None:
    paths = paths_down_a_ravine(60)
    plain = paths["gradient descent"]
    # By hand: x shrinks by 1 - 0.95/10 and y by 1 - 2 · 0.95 in each step, to and fro across the ravine.
    for k, (x, y) in enumerate(plain):
        assert (x, y) == pytest.approx((-7 * 0.905**k, 2 * (-0.9) ** k), rel=1e-12)
    zigzags = {name: sum(a[1] * b[1] < 0 for a, b in pairwise(path)) for name, path in paths.items()}
    assert zigzags["gradient descent"] == 60
    assert all(count < 30 for name, count in zigzags.items() if name != "gradient descent")
    for name in ("momentum", "adagrad", "adadelta", "adam"):
        heights = [x**2 / 20 + y**2 for x, y in paths[name]]
        assert heights[-1] < 0.05 * heights[0], name
    # Adagrad's and Adam's first steps are lr long in every direction, whatever the slope.
    assert paths["adagrad"][1] == pytest.approx((-5.5, 0.5), rel=1e-6)
    assert paths["adam"][1] == pytest.approx((-6.7, 1.7), rel=1e-6)


def test_states_out_of_range_and_steps_that_overflow_are_refused() -> None:
    x = Value(1.0)
    adam = Adam([x])
    for group, state, message in (
        ({"lr": -5.0}, {}, "Adam.load_state_dict: expected a learning rate above 0, got -5.0"),
        ({"betas": (7.0, math.nan)}, {}, "Adam.load_state_dict: expected a pair of smoothings"),
        ({}, {"steps": -3}, "Adam.load_state_dict: expected a number of steps of at least 0, got -3"),
    ):
        told = adam.state_dict()
        told["groups"][0].update(group)
        told["states"][0].update(state)
        with pytest.raises(ValueError, match=message):
            adam.load_state_dict(told)
    before = adam.state_dict()
    x.grad = math.inf
    with pytest.raises(OverflowError, match=r"Adam\.step: a parameter would be nan"):
        adam.step()
    assert (x.data, adam.state_dict()) == (1.0, before)
    adam.lr = 0.0
    adam.load_state_dict(adam.state_dict())  # where a schedule ends
    with pytest.raises(ValueError, match="LBFGS: expected all parameters in one group, got a second"):
        LBFGS([{"params": [x]}, {"params": [Value(2.0)], "max_iter": 3}])


def test_a_plateau_makes_no_reduction_that_is_nothing() -> None:
    optimiser = SGD([Value(1.0)], lr=1e-8)
    schedule = ReduceOnPlateau(optimiser, patience=0)
    for _ in range(3):
        schedule.step(1.0)
    assert optimiser.lr == 1e-8
