# %% [markdown]
# # 7. Optimisers
#
# *Before this: [6. Two moons](06_moons.ipynb), where w ← w - η ∂L/∂w did all the work.*
#
# A gradient says which way is up, here, for a step of no length at all. Training takes steps of some
# length. All the trouble, and all the cleverness of this notebook, is in that gap. The methods below differ
# in two things only: **what they remember of earlier gradients**, and how much of the data each gradient
# has seen.
#
# ## A ravine
#
# Two parameters, `x` and `y`, so that we can look at the ground. The loss is
#
# > L(x, y) = ½x² + ½·25y²
#
# Its gradient is (x, 25y). In the direction of `y` the ground is curved 25 times as strongly as in that of
# `x`: a long ravine with steep walls, its lowest point at (0, 0). Real losses have such directions by the
# hundred.
#
# We want to see the paths of the methods on it. `path_of` collects the places that an optimiser visits, and
# `descent` will draw them on a map, darker where the ground is higher: a dot is a step.

# %%
import math
from itertools import pairwise

from autograd_lite import Value, descent, draw, loss_curve
from autograd_lite.nn import (
    SGD,
    Adadelta,
    Adagrad,
    Adam,
    RMSprop,
    Schedule,
    cosine,
    exponential,
    linear_ramp,
    mse,
    step_decay,
    warmup,
)
from autograd_lite.nn.data import batches, linear

START = (-9.0, 1.8)
SPAN = (-10.5, 5.0, -2.6, 2.6)  # what the maps show


def ravine(x, y):
    return (x * x + 25 * y * y) / 2


def path_of(make, steps=60):
    """The places that an optimiser visits on the ravine; make(parameters) returns it."""
    parameters = [Value(START[0]), Value(START[1])]
    optimiser = make(parameters)
    path = [START]
    for _ in range(steps):
        optimiser.zero_grad()
        ravine(*parameters).backward()
        optimiser.step()
        path.append((parameters[0].data, parameters[1].data))
    return path


def losses_of(path):
    return [ravine(*place) for place in path]


x, y = Value(START[0], label="x"), Value(START[1], label="y")
L = ravine(x, y)
L.label = "L"
L.backward()
assert (x.grad, y.grad) == (-9.0, 45.0)
draw(L)

# %% [markdown]
# The lowest point lies to the right, at a distance of 9, and a little down, at 1.8. Yet the gradient says:
# go right by 9 and *down by 45*. It points across the ravine, not along it. Keep that in mind.
#
# ## Gradient descent, and how long a stride
#
# > w ← w - η g, where g = ∂L/∂w
#
# On the ravine this can be worked out. The gradient of `x` is `x`, so each step multiplies `x` by (1 - η).
# The gradient of `y` is `25y`, so each step multiplies `y` by (1 - 25η). That one sentence holds the whole
# story of learning rates:
#
# * η = 0.01: `y` is soon gone, but `x` shrinks by 1 % a step. **Too small.**
# * η = 0.07: `x` shrinks by 7 %, and `y` is multiplied by -0.75. It jumps from wall to wall, and settles.
# * η = 0.081: `y` is multiplied by -1.025. Each jump is longer than the last. **Too large.**
#
# The border is where 25η = 2. In general: **η must stay below 2 / (the greatest curvature)**, and then the
# flattest direction has to live with it.

# %%
rates = {f"η = {rate}": path_of(lambda p, rate=rate: SGD(p, lr=rate)) for rate in (0.01, 0.07, 0.081)}
for rate, path in zip((0.01, 0.07, 0.081), rates.values(), strict=True):
    for step, (a, b) in enumerate(path):
        assert math.isclose(a, START[0] * (1 - rate) ** step, rel_tol=1e-9)
        assert math.isclose(b, START[1] * (1 - 25 * rate) ** step, rel_tol=1e-9)

slow, good, wild = map(losses_of, rates.values())
assert good[-1] < 0.01 < slow[-1]
assert wild[-1] > wild[0]
assert 3 <= wild.index(min(wild)) <= 8  # down at first
descent(ravine, {name: path[:15] for name, path in rates.items()}, span=SPAN)

# %%
loss_curve({"η 0.01": slow, "η 0.07": good, "η 0.081": wild})

# %% [markdown]
# Three rates, three shapes, and you will meet them again in every training: the slope that never ends, the
# quick fall, the rise after a promising start. In the third, the first few steps still went *down*, because
# `x` was getting better while `y` was quietly going wrong.
#
# ## A heavy ball: momentum
#
# From wall to wall the gradients of `y` change sign. Along the ravine those of `x` agree. So add them up:
# what disagrees cancels, what agrees builds up speed. Keep a **velocity** `v`, which forgets a little in
# every step (μ, "mu", is what it keeps):
#
# > v ← μv + g, w ← w - ηv
#
# Nesterov's variant looks ahead: it steps by g + μv with the new v, which is what the velocity will be in
# the next step if the gradient stays as it is. It brakes earlier in the curves.

# %%
heavy = {
    "plain": path_of(lambda p: SGD(p, lr=0.03)),
    "momentum": path_of(lambda p: SGD(p, lr=0.03, momentum=0.8)),
    "Nesterov": path_of(lambda p: SGD(p, lr=0.03, momentum=0.8, nesterov=True)),
}
after_30 = [losses_of(path)[30] for path in heavy.values()]
print(", ".join(f"{name} {loss:.4f}" for name, loss in zip(heavy, after_30, strict=True)), "after 30 steps")
assert after_30[0] > 10 * after_30[1] > 20 * after_30[2]
assert max(a for a, _ in heavy["plain"]) < 0 < max(a for a, _ in heavy["momentum"])  # it overshoots
descent(ravine, heavy, span=SPAN)

# %% [markdown]
# With the same η, the ball is down long before. It is so fast that it runs past the goal and rolls back.
#
# ## A stride of its own for each parameter
#
# The other idea: `y` has huge gradients and `x` small ones, so measure that, and **divide each gradient by
# its usual size**. Then one η suits both.
#
# | method | what it remembers | the step |
# |---|---|---|
# | Adagrad | s ← s + g², the sum of all squares | w ← w - ηg / √s |
# | RMSprop | s ← αs + (1 - α)g², a mean that forgets | w ← w - ηg / √s |
# | Adadelta | s as RMSprop, and u, the same of its own steps d | d = g √u / √s, w ← w - d |
# | Adam | m ← β₁m + (1 - β₁)g and v ← β₂v + (1 - β₂)g² | w ← w - ηm̂ / √v̂ |
#
# Adagrad's sum only grows, so its strides only shrink. RMSprop forgets old squares. Adadelta gets the
# length of its stride from its own earlier strides, and so needs no η. Adam is RMSprop with momentum.
# Its means start at 0, and would be too small at first; the hats undo that: m̂ = m / (1 - β₁ᵗ) and
# v̂ = v / (1 - β₂ᵗ) after t steps. Everywhere a tiny ε ("epsilon") keeps the division safe.
#
# Seven rules, seven functions of a few lines. Each gets one parameter, its gradient and its memory `m`.


# %%
def gradient_descent(w, g, m):
    return w - 0.03 * g


def momentum(w, g, m):
    m["v"] = 0.8 * m.get("v", 0.0) + g
    return w - 0.03 * m["v"]


def nesterov(w, g, m):
    m["v"] = 0.8 * m.get("v", 0.0) + g
    return w - 0.03 * (g + 0.8 * m["v"])


def adagrad(w, g, m):
    m["s"] = m.get("s", 0.0) + g * g
    return w - 2.0 * g / (math.sqrt(m["s"]) + 1e-10)


def rmsprop(w, g, m):
    m["s"] = 0.9 * m.get("s", 0.0) + 0.1 * g * g
    return w - 0.2 * g / (math.sqrt(m["s"]) + 1e-8)


def adadelta(w, g, m):
    m["s"] = 0.9 * m.get("s", 0.0) + 0.1 * g * g
    d = g * math.sqrt(m.get("u", 0.0) + 1e-2) / math.sqrt(m["s"] + 1e-2)
    m["u"] = 0.9 * m.get("u", 0.0) + 0.1 * d * d
    return w - d


def adam(w, g, m):
    m["t"] = m.get("t", 0) + 1
    m["m"] = 0.9 * m.get("m", 0.0) + 0.1 * g
    m["v"] = 0.999 * m.get("v", 0.0) + 0.001 * g * g
    m_hat, v_hat = m["m"] / (1 - 0.9 ** m["t"]), m["v"] / (1 - 0.999 ** m["t"])
    return w - 1.0 * m_hat / (math.sqrt(v_hat) + 1e-8)


def path_by_hand(rule, steps=60):
    (a, b), memories, path = START, ({}, {}), [START]
    for _ in range(steps):
        a, b = rule(a, a, memories[0]), rule(b, 25 * b, memories[1])  # the gradient is (x, 25y)
        path.append((a, b))
    return path


# %% [markdown]
# Did we write them right? The package has them all, with the same names and formulas. The paths must agree,
# place for place.
#
# And which is the best? The table says from which step on the loss stays below 0.01. Read it, and then do not
# believe it: each one's η was chosen by hand for this ravine, and another ravine has another winner.

# %%
pairs = {
    "descent": (gradient_descent, lambda p: SGD(p, lr=0.03)),
    "momentum": (momentum, lambda p: SGD(p, lr=0.03, momentum=0.8)),
    "Nesterov": (nesterov, lambda p: SGD(p, lr=0.03, momentum=0.8, nesterov=True)),
    "Adagrad": (adagrad, lambda p: Adagrad(p, lr=2.0)),
    "RMSprop": (rmsprop, lambda p: RMSprop(p, lr=0.2, alpha=0.9)),
    "Adadelta": (adadelta, lambda p: Adadelta(p, eps=1e-2)),
    "Adam": (adam, lambda p: Adam(p, lr=1.0)),
}
paths = {}
for name, (rule, make) in pairs.items():
    paths[name] = path_of(make)
    for ours, theirs in zip(path_by_hand(rule), paths[name], strict=True):
        assert math.dist(ours, theirs) < 1e-9, name
    print(f"{name:9} agrees with the package in all {len(paths[name])} places")

for name in ("Adagrad", "RMSprop", "Adam"):
    (a, b), (c, d) = paths[name][:2]
    assert math.isclose(c - a, b - d, rel_tol=1e-6), "the first step is as long in x as in y"

curves = {name: losses_of(path) for name, path in paths.items()}
for name, losses in curves.items():
    settled = next((k for k in range(len(losses)) if max(losses[k:]) < 1e-2), None)
    print(f"{name:9} below 0.01 for good from step {settled if settled else '(later than 60)'}")
assert curves["Nesterov"][-1] < curves["momentum"][-1] < curves["descent"][-1]
assert curves["Adagrad"][-1] < curves["descent"][-1]

descent(
    ravine,
    {name: paths[name][:30] for name in ("Adagrad", "RMSprop", "Adadelta", "Adam")},
    span=SPAN,
)

# %% [markdown]
# Compare this map with the first one. These paths set out as far along as across, as if there were no ravine:
# after division by its size, the first gradient is as long in `x` as in `y`. The steepness of the walls has
# dropped out of the game. (That is why Adam with its default settings often works untouched on problems of
# any scale.)
#
# ## Not all the data at once
#
# So far the gradient was exact. With a thousand samples, the loss is a mean over a thousand, and so is the
# gradient. Must we read all of them for a single step? Take the gradient of *some*, a **mini-batch**, or of
# a *single* one: **stochastic** gradient descent, SGD for short. It is a guess at the full gradient, and on
# average the guess is right.
#
# The data are 64 points near a line of slope 2, with x measured from its mean. Go through them in batches
# of 8, without moving: the mean of the eight gradients is the full gradient.

# %%
X, targets = linear(64, noise=0.3, seed=3)
middle = math.fsum(row[0] for row in X) / 64
X = [[row[0] - middle] for row in X]


def gradient_at(slope, offset, X, targets):
    w, b = Value(slope), Value(offset)
    mse([w * row[0] + b for row in X], targets).backward()
    return w.grad, b.grad


full = gradient_at(0.0, 0.0, X, targets)
parts = [gradient_at(0.0, 0.0, *batch) for batch in batches(X, targets, 8, seed=1)]
means = [sum(part[i] for part in parts) / len(parts) for i in (0, 1)]
print("full gradient     ", [round(g, 4) for g in full])
print("two of the guesses", [[round(g, 4) for g in part] for part in parts[:2]])
print("mean of all eight ", [round(g, 4) for g in means])
assert math.dist(full, means) < 1e-12
assert all(math.dist(full, part) > 0.01 for part in parts)

# %% [markdown]
# Now walk: from (0, 0), five passes over the data with each batch size, at the same η. The dots are steps.
# All three have looked at each sample five times.


# %%
def walk(size, epochs, rate, schedule=None):
    w, b = Value(0.0), Value(0.0)
    optimiser = SGD([w, b], lr=rate)
    planned = Schedule(optimiser, schedule) if schedule else None
    path = [(w.data, b.data)]
    for epoch in range(epochs):
        for rows, wanted in batches(X, targets, size, seed=epoch):
            optimiser.zero_grad()
            mse([w * row[0] + b for row in rows], wanted).backward()
            optimiser.step()
            path.append((w.data, b.data))
        if planned:
            planned.step()
    return path


best = walk(None, 400, 0.5)[-1]  # where gradient descent ends, if one has time
assert math.hypot(*gradient_at(*best, X, targets)) < 1e-6  # the gradient is 0: the lowest point
walks = {f"batches of {size}": walk(size, 5, 0.1) for size in (64, 8, 1)}
for name, path in walks.items():
    print(f"{name:13} {len(path) - 1:3d} steps, ends {math.dist(path[-1], best):.3f} from the lowest point")
distances = [math.dist(path[-1], best) for path in walks.values()]
assert distances[0] > 5 * distances[1]
assert distances[0] > 5 * distances[2]


def loss_at(w, b):
    return mse([w * row[0] + b for row in X], targets)


descent(loss_at, walks, span=(-0.3, 5.0, -0.6, 2.8), resolution=40, title="slope across, offset up")

# %% [markdown]
# The full batch walks straight and has not got far: five steps. The mini-batches took forty steps, a little
# crooked, and are nearly there. Single samples made 320 steps, rushed to the neighbourhood, and now stagger
# about it like a bee about a flower. They cannot stop: at the lowest point the *mean* of the gradients is
# 0, but each single one is not. The noise is proportional to η, and that is what schedules are for.
#
# ## Schedules
#
# Long strides to get there, short ones to settle. A **schedule** is a factor of η that changes by the
# epoch. Steps, an exponential, half a cosine, a straight ramp; a **warm-up** starts low, for as long as the
# memories of an optimiser are worth nothing.
#
# The table has their factors in every fifth epoch. Then the staggering bee gets one of them. Same data, same
# order, same first η; thirty epochs.

# %%
factors = {
    "steps": step_decay(10, gamma=0.4),
    "exponential": exponential(0.9),
    "cosine": cosine(30),
    "ramp": linear_ramp(30),
    "warm-up": warmup(5, then=cosine(25)),
}
assert all(factor(0) == 1.0 for name, factor in factors.items() if name != "warm-up")
for name, factor in factors.items():
    course = [factor(epoch) for epoch in range(5, 31)]
    assert all(before >= after for before, after in pairwise(course)), name
    print(f"{name:11}", *[f"{factor(epoch):.2f}" for epoch in range(0, 31, 5)])

restless = walk(1, 30, 0.1)
calm = walk(1, 30, 0.1, schedule=cosine(30))


def wobble(path):
    """The mean distance from the lowest point in the last epoch."""
    return sum(math.dist(place, best) for place in path[-64:]) / 64


print(f"mean distance in the last epoch: {wobble(restless):.4f} at a constant rate", end=", ")
print(f"{wobble(calm):.4f} with the cosine")
assert wobble(calm) < wobble(restless) / 5
loss_curve(
    {
        "constant": [math.dist(place, best) for place in restless[::8]],
        "cosine": [math.dist(place, best) for place in calm[::8]],
    },
    log=True, title="distance from the lowest point", stride=8,
)  # fmt: skip

# %% [markdown]
# ## Your turn
#
# **Exercise 1: the fastest rate.** A loss ½cw² has the gradient cw. Return, as functions of the curvature
# `c`, the rate at which one step lands exactly in the minimum, and the rate from which on it no longer
# gets any nearer.
#
# <details>
# <summary>Solution</summary>
#
# A step multiplies w by (1 - ηc). That is 0 for η = 1/c, and -1 for η = 2/c: from wall to wall for ever.
#
# ```python
# def best_rate(c):
#     return 1 / c
#
#
# def largest_rate(c):
#     return 2 / c
# ```
#
# </details>


# %%
def best_rate(c):
    return None


def largest_rate(c):
    return None


def check_rates(best, largest):
    for c in (1.0, 4.0, 25.0):
        if best(c) is None:
            return "not yet: best_rate returns None"
        after = 1.0 - best(c) * c
        assert abs(after) < 1e-9, f"best_rate: for c = {c:g}, a step from w = 1 leads to {after:g}, not to 0"
        if largest(c) is None:
            return "not yet: largest_rate returns None"
        assert abs(largest(c) - best(c)) > 1e-9, "largest_rate: that is the best one; it may go further"
        after = 1.0 - largest(c) * c
        assert after <= 0, f"largest_rate: for c = {c:g} w is still above 0, at {after:g}: there is room"
        assert abs(after + 1.0) < 1e-9, f"largest_rate: from w = 1 the step leads to {after:g}; wanted: -1"
    return "right: the steepest curvature sets the limit, and the flattest pays for it"


print(check_rates(best_rate, largest_rate))

# %% [markdown]
# **Exercise 2: two steps with momentum.** One parameter, w = 1, whose gradient is 2 at the start and -1 at
# the second place. With η = 0.1 and μ = 0.5, and v = 0 at the beginning: what are v and w after each step?
#
# <details>
# <summary>Solution</summary>
#
# v is 0.5 · 0 + 2 = 2, and w is 1 - 0.1 · 2 = 0.8. Then v is 0.5 · 2 - 1 = 0, and w stays 0.8: the old
# speed and the new gradient cancel.
#
# ```python
# two_steps = {"v1": 2.0, "w1": 0.8, "v2": 0.0, "w2": 0.8}
# ```
#
# </details>

# %%
two_steps = {"v1": None, "w1": None, "v2": None, "w2": None}


def check_two_steps(answers):
    missing = [name for name, answer in answers.items() if answer is None]
    if missing:
        return f"not yet: {missing[0]} is still to come"
    v1, w1, v2, w2 = (answers[name] for name in ("v1", "w1", "v2", "w2"))
    assert v1 != 1.0, "v1: μ multiplies the old velocity, which is 0, and not the gradient"
    assert v1 == 2.0, "v1: the old velocity is 0, so the new one is the gradient"
    assert w1 != 1.2, "w1: downhill is against the velocity: subtract"
    assert abs(w1 - 0.8) < 1e-9, "w1: subtract η times v1 from 1"
    assert v2 != -1.0, "v2: that is the gradient; the half of v1 goes with it"
    assert v2 != 1.0, "v2: half of v1 has to be taken"
    assert v2 == 0.0, "v2: half of v1, plus the gradient -1"
    assert abs(w2 - 0.9) > 1e-9, "w2: move by the velocity, not by the gradient"
    assert abs(w2 - w1) < 1e-9, "w2: the velocity is 0, so w stays"
    w = Value(1.0)
    optimiser = SGD([w], lr=0.1, momentum=0.5)
    for gradient in (2.0, -1.0):
        w.grad = gradient
        optimiser.step()
    assert abs(w.data - w2) < 1e-12
    return "right: and `SGD(lr=0.1, momentum=0.5)` ends there too"


print(check_two_steps(two_steps))

# %% [markdown]
# **Exercise 3: a schedule of your own.** For the first 4 epochs (0, 1, 2, 3) the factor rises in equal
# steps: ¼, ½, ¾, 1. After that it falls as √(4 / (epoch + 1)).
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def inverse_root(epoch):
#     return (epoch + 1) / 4 if epoch < 4 else math.sqrt(4 / (epoch + 1))
# ```
#
# Transformers were first trained with a schedule of this shape.
#
# </details>


# %%
def inverse_root(epoch):
    return None  # your factor


def check_schedule(factor):
    found = [factor(epoch) for epoch in range(20)]
    if None in found:
        return f"not yet: for epoch {found.index(None)} the factor is None"
    assert found[0] != 0.0, "epoch 0 has a factor of 0, so nothing is learnt in it; it should be 1/4"
    for epoch in range(4):
        wanted = (epoch + 1) / 4
        assert math.isclose(found[epoch], wanted), f"epoch {epoch}: expected {wanted}, got {found[epoch]}"
    assert not math.isclose(found[4], 1.0), "epoch 4 is the fifth: there it has begun to fall"
    for epoch in range(4, 20):
        wanted = math.sqrt(4 / (epoch + 1))
        assert math.isclose(found[epoch], wanted), (
            f"epoch {epoch}: expected {wanted:.4f}, got {found[epoch]:.4f}"
        )
    used = walk(1, 30, 0.1, schedule=factor)
    return f"right: with it the walk wobbles by {wobble(used):.4f} instead of {wobble(restless):.4f}"


print(check_schedule(inverse_root))

# %% [markdown]
# *Next: [8. When training fails](08_when_training_fails.ipynb). No optimiser helps if the gradient itself is
# lost on the way.*
