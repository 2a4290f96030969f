# %% [markdown]
# # 3. Three small models, and where their gradients lead
#
# The unit of [02_chain_rule](02_chain_rule.ipynb) learned from one example. Real learning is from many,
# and its idea is always the same: write down how wrong the model is on all examples together, as **one
# number**, and walk downhill. That number is the **loss**, `L`. (Books also say cost or error. From here
# on we say loss.)
#
# We do it three times: a straight line, a probability, several classes. For the first there is a formula
# that gives the answer at once, so we can see whether walking downhill arrives there.
#
# ## A line
#
# A seedling is measured at noon, for ten days. We look for a line `ŷ = w·x + b`, where `x` is the day and
# the hat on **ŷ** (say "y hat") marks what the model says. What was measured is the target `t`. The loss
# is the mean of the **squared errors** over the `n` examples:
#
# > L = 1/n · Σ (ŷ − t)²
#
# The sign Σ means: add this up for all examples. Here is the whole of it for the first three days.

# %%
import math
import random
from itertools import pairwise

from autograd_lite import Value, decision_boundary, draw, loss_curve, sigmoid, softmax
from autograd_lite.nn import MLP, Layer, accuracy, bce_with_logits, cross_entropy, fit, mse, predict
from autograd_lite.nn.data import iris, one_hot, standardize

days = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0]
heights = [1.1, 1.9, 2.2, 3.4, 3.5, 4.7, 4.8, 5.1, 6.3, 6.6]


def line_loss(w, b, xs, ts):
    return mse([w * x + b for x in xs], ts)


w, b = Value(0.0, label="w"), Value(0.0, label="b")
L = line_loss(w, b, days[:3], heights[:3])
L.label = "L"
L.backward()

w_by_hand = sum(2 * (0.0 - t) * x for x, t in zip(days[:3], heights[:3], strict=True)) / 3
b_by_hand = sum(2 * (0.0 - t) for t in heights[:3]) / 3
assert math.isclose(w.grad, w_by_hand, rel_tol=1e-14)
assert math.isclose(b.grad, b_by_hand, rel_tol=1e-14)

draw(L)

# %% [markdown]
# `w` and `b` each have an arrow to every example. The gradients that come back along those arrows add up,
# and that is all that is new. Each example contributes its own chain rule:
#
# > ∂L/∂w = 1/n · Σ 2 (ŷ − t) · x,  ∂L/∂b = 1/n · Σ 2 (ŷ − t)
#
# Note the form, **error times input**. It will come back.
#
# ## The update rule
#
# A step of **gradient descent** moves every parameter against its gradient, by the learning rate η:
#
# > w ← w − η · ∂L/∂w
#
# Using all examples for each step is called **batch** learning.


# %%
def gradients(w, b, xs, ts):
    w, b = Value(w), Value(b)
    loss = line_loss(w, b, xs, ts)
    loss.backward()
    return loss.data, w.grad, b.grad


w, b, rate, batch_losses = 0.0, 0.0, 0.02, []
for _ in range(1000):
    loss, dw, db = gradients(w, b, days, heights)
    batch_losses.append(loss)
    w, b = w - rate * dw, b - rate * db
batch = (w, b)

print(f"after 1000 steps: ŷ = {w:.4f} · x + {b:.4f}, loss {batch_losses[-1]:.4f}")
assert all(later <= before for before, later in pairwise(batch_losses))

loss_curve({"measured": heights, "line": [w * x + b for x in days]}, log=False, title="height", axis="day")

# %% [markdown]
# ## The answer in closed form
#
# At the lowest point of the loss both gradients are 0. For a line that makes two equations with two
# unknowns, the **normal equations**:
#
# > w·Σx² + b·Σx = Σx·t
# >
# > w·Σx + b·n = Σt
#
# Two such equations can be solved on paper. No steps, no learning rate.


# %%
def normal_equations(xs, ts):
    n, sx, st = len(xs), sum(xs), sum(ts)
    sxx = sum(x * x for x in xs)
    sxt = sum(x * t for x, t in zip(xs, ts, strict=True))
    determinant = sxx * n - sx * sx
    return (sxt * n - sx * st) / determinant, (sxx * st - sx * sxt) / determinant


exact = normal_equations(days, heights)
lowest, dw, db = gradients(*exact, days, heights)
print(f"closed form:      ŷ = {exact[0]:.4f} · x + {exact[1]:.4f}, loss {lowest:.4f}")
print(f"they differ by    {abs(batch[0] - exact[0]):.1e} and {abs(batch[1] - exact[1]):.1e}")

assert abs(dw) < 1e-12
assert abs(db) < 1e-12  # the ground is level there
assert abs(batch[0] - exact[0]) < 1e-3
assert abs(batch[1] - exact[1]) < 1e-3
assert lowest <= batch_losses[-1] < lowest + 1e-5

# %% [markdown]
# Walking downhill comes to the same line. For lines the formula is the better way. But it exists only
# because this loss is so simple, and for the models below there is none. Walking downhill always works
# the same.
#
# ## Batch against online
#
# Must we look at all examples before each step? **Online** learning takes a step after every single one.
# The gradient of one example points only roughly the right way, but there are ten times as many steps for
# the same work. We draw one example after another in random order and watch the loss over *all* of them.


# %%
def online(rates, seed=3):
    rng, w, b, losses = random.Random(seed), 0.0, 0.0, []
    for rate in rates:
        i = rng.randrange(len(days))
        losses.append(gradients(w, b, days, heights)[0])
        _, dw, db = gradients(w, b, days[i : i + 1], heights[i : i + 1])
        w, b = w - rate * dw, b - rate * db
    return losses, (w, b)


steps = 3000
constant, _ = online([0.008] * steps)
falling, at_falling = online([0.008 / (1 + k / 300) for k in range(steps)])

print(f"lowest possible loss {lowest:.3f}; the highest of the last 500 steps:")
print(f"constant η {max(constant[-500:]):.3f}, falling η {max(falling[-500:]):.3f}")
print(f"loss after looking at 300 examples: batch {batch_losses[30]:.3f}, online {constant[300]:.3f}")
assert constant[300] < batch_losses[30] / 2
assert max(constant[-500:]) > 3.0 * lowest  # it never settles
assert max(falling[-500:]) < 1.25 * lowest  # it does
assert math.dist(at_falling, exact) < 0.1

loss_curve(
    {"constant η": constant[:1500], "falling η": falling[:1500]}, title="loss over all", axis="example"
)

# %% [markdown]
# Online learning is quick at first, and restless at the end: each example pulls the line its own way, and
# no line pleases all ten. With a falling learning rate the quarrel dies down. What most people use lies
# between: **mini-batches** of a few dozen examples.
#
# ## A probability
#
# Now the target is yes or no. Twenty students told how many hours they had studied; some passed the exam
# (`t = 1`), some did not (`t = 0`). A line would promise chances below 0 and above 1. So we squeeze it,
# and are back at the sigmoid unit: `z = w·x + b`, `ŷ = σ(z)`. Now ŷ is read as the **probability** of a
# pass. This is **logistic regression**, and the name for `z` is the **logit**.
#
# What is a good loss for probabilities? Ask the model how likely it thought what really happened. It gave
# ŷ to each student who passed, `1 − ŷ` to each who failed. Multiply these for all students: that is the
# **likelihood**. We want it as large as possible. Products of many small numbers are unwieldy, so take
# the logarithm, turn the sign, and take the mean:
#
# > L = −1/n · Σ [ t·log ŷ + (1 − t)·log(1 − ŷ) ]
#
# This loss is called the **cross-entropy**, here the binary one, of two classes. The package has it as
# `bce_with_logits`, which takes the logits.

# %%
# fmt: off
studied = [0.5, 0.75, 1.0, 1.25, 1.5, 1.75, 1.75, 2.0, 2.25, 2.5,
           2.75, 3.0, 3.25, 3.5, 4.0, 4.25, 4.5, 4.75, 5.0, 5.5]
passed = [0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1]
# fmt: on


def likelihood(w, b):
    chances = [sigmoid(w * x + b) for x in studied]
    return math.prod(y if t else 1 - y for y, t in zip(chances, passed, strict=True))


for w, b in ((0.0, 0.0), (1.0, -3.0), (1.5, -4.0)):
    L = bce_with_logits([w * x + b for x in studied], passed)
    print(f"w = {w:.1f}, b = {b:4.1f}: likelihood {likelihood(w, b):.2e}, loss {L:.4f}")
    assert math.isclose(likelihood(w, b), math.exp(-20 * L), rel_tol=1e-12)

# %% [markdown]
# ## A gradient with a surprise
#
# For one student the chain is w → z → ŷ → L, as in the last notebook. Take a pass, `t = 1`, so `L = −log
# ŷ`:
#
# > ∂L/∂z = ∂L/∂ŷ · ∂ŷ/∂z = −1/ŷ · ŷ (1 − ŷ) = ŷ − 1
#
# The slope of the sigmoid, which held the very wrong unit on its plateau, **cancels**. For `t = 0` it
# cancels as well, and what is left is ŷ. Both cases in one line:
#
# > δ = ∂L/∂z = σ(z) − t,  ∂L/∂w = (σ(z) − t) · x
#
# Error times input, exactly as for the line.

# %%
for x, t in ((2.0, 1), (2.0, 0), (5.0, 0)):
    w, b = Value(1.5, label="w"), Value(-4.0, label="b")
    z = w * x + b
    L = bce_with_logits([z], [t])
    z.label, L.label = "z", "L"
    L.backward()
    delta = sigmoid(z.data) - t
    print(f"x = {x}, t = {t}:  (σ(z) − t)·x = {delta * x:9.6f}   engine {w.grad:9.6f}")
    assert math.isclose(delta * x, w.grad, rel_tol=1e-12)
    assert math.isclose(delta, b.grad, rel_tol=1e-12)
    assert math.isclose(delta, z.grad, rel_tol=1e-12)

draw(L)

# %% [markdown]
# Let us train it. `fit` is the loop we have been writing by hand. A model with one linear unit is `MLP(1,
# [1])`: one input, one layer of one unit. Its loss takes the logit, so there is no σ in the model.
#
# There is no closed form this time, but there is a test. At the lowest point the gradients are 0, so Σ(ŷ
# − t) = 0: the model expects exactly as many passes as there were.

# %%
model = MLP(1, [1], seed=1)
history = fit(
    model, [[x] for x in studied], passed, loss="bce_with_logits", optimizer="sgd", lr=0.5, epochs=1500
)
[neuron] = model.layers[0].neurons
w, b = neuron.w[0].data, neuron.b.data
chances = [sigmoid(z) for z in predict(model, [[x] for x in studied])]

print(f"w = {w:.4f}, b = {b:.4f}, expected passes {sum(chances):.4f} of {sum(passed)}")
for hours in (1.0, 2.0, 3.0, 4.0, 5.0):
    print(f"{hours:.0f} h of study: {sigmoid(w * hours + b):4.0%}")

assert abs(sum(chances) - sum(passed)) < 1e-4
errors = [chance - t for chance, t in zip(chances, passed, strict=True)]
assert abs(sum(error * x for error, x in zip(errors, studied, strict=True))) < 1e-4
assert abs(w - 1.5046) < 1e-3  # what statistics programs give for these students
assert abs(b + 4.0777) < 1e-3
assert likelihood(w, b) > likelihood(1.5, -4.0)

history

# %% [markdown]
# ## Several classes
#
# A flower can be one of three species. Give the model three logits `z₁, z₂, z₃`, one for each, and turn
# them into probabilities that add up to 1. That is the **softmax**:
#
# > pₖ = e^zₖ / (e^z₁ + e^z₂ + e^z₃)
#
# The loss is again −log of the probability of what was the case. And again the exponentials and the
# logarithm cancel: with `t` as a row of 0s and a single 1 (**one-hot**),
#
# > ∂L/∂zₖ = pₖ − tₖ,  ∂L/∂wₖ = (pₖ − tₖ) · x
#
# Logistic regression is the case of two classes: only the difference of the two logits counts.
#
# Then we let it work. Here are 150 irises, measured by E. Anderson, 1935. We use two of the measurements,
# length and width of the petals, brought to a common scale, and a layer with three linear units.

# %%
logits = [Value(1.0, label="z1"), Value(-0.5, label="z2"), Value(2.0, label="z3")]
L = cross_entropy([logits], [1])  # the second class was right
L.backward()
p = softmax([z.data for z in logits])
[t] = one_hot([1], classes=3)

for z, pk, tk in zip(logits, p, t, strict=True):
    print(f"{z.label}: p − t = {pk - tk:9.6f}   engine {z.grad:9.6f}")
    assert math.isclose(pk - tk, z.grad, rel_tol=1e-12)
assert math.isclose(sum(p), 1.0)
assert math.isclose(softmax([0.7, -0.4])[0], sigmoid(0.7 - (-0.4)))

flowers = iris()
petals = standardize([row[2:] for row in flowers.rows])
model = Layer(2, 3, activation=None, init="zeros")
fit(model, petals, flowers.targets, loss="cross_entropy", optimizer="adam", lr=0.2, epochs=60)
outputs = predict(model, petals)

gradient = [0.0, 0.0, 0.0]
for row, kind in zip(outputs, flowers.targets, strict=True):
    for k, pk in enumerate(softmax(row)):
        gradient[k] += (pk - (k == kind)) / len(outputs)
loss = cross_entropy([model(x) for x in petals], flowers.targets)
model.zero_grad()
loss.backward()
for unit, by_hand in zip(model.neurons, gradient, strict=True):
    assert abs(unit.b.grad - by_hand) < 1e-12  # the mean of p − t

print(f"right for {accuracy(outputs, flowers.targets):.1%} of the flowers: {', '.join(flowers.classes)}")
assert accuracy(outputs, flowers.targets) > 0.93

decision_boundary(model, petals, flowers.targets)

# %% [markdown]
# The borders are straight lines. They must be: two classes are equally likely where their logits are
# equal, and those are linear. For irises that is enough. Two notebooks on, we meet four points for which
# it is not.
#
# ## Your turn
#
# **Exercise 1: one step on paper.** A line starts at `w = 1`, `b = 0` and sees two examples: `x = 1, t =
# 3` and `x = 3, t = 1`. The loss is the mean squared error, and η = 0.1. Fill in the step.
#
# <details>
# <summary>Solution</summary>
#
# The errors ŷ − t are 1 − 3 = −2 and 3 − 1 = 2. ∂L/∂w = ½·(2·(−2)·1 + 2·2·3) = 4, ∂L/∂b = ½·(−4 + 4) = 0.
# So `w` becomes 1 − 0.1·4 = 0.6 and `b` stays. The second example pulls three times as hard, for its `x`
# is 3.
#
# ```python
# answers = {"loss": 4.0, "∂L/∂w": 4.0, "∂L/∂b": 0.0, "new w": 0.6, "new b": 0.0}
# ```
#
# </details>

# %%
answers = {"loss": None, "∂L/∂w": None, "∂L/∂b": None, "new w": None, "new b": None}


def check_step(answers):
    missing = [name for name, answer in answers.items() if answer is None]
    if missing:
        return f"not yet: {missing[0]} is still to come"
    loss, dw, db = gradients(1.0, 0.0, [1.0, 3.0], [3.0, 1.0])
    assert answers["loss"] != 8.0, "loss: that is the sum of the squares; the mean is half of it"
    assert answers["loss"] != 0.0, "loss: square the errors before you add them, so that they cannot cancel"
    assert answers["loss"] == loss, "loss: the errors are 1 − 3 and 3 − 1"
    assert answers["∂L/∂w"] != 0.0, "∂L/∂w: multiply each error by its own x before you add"
    assert answers["∂L/∂w"] != 8.0, "∂L/∂w: take the mean, as for the loss"
    assert answers["∂L/∂w"] != 2.0, "∂L/∂w: the square brings down a factor 2"
    assert answers["∂L/∂w"] == dw, "∂L/∂w: the mean of 2 (ŷ − t) x; mind the sign of ŷ − t"
    assert answers["∂L/∂b"] == db, "∂L/∂b: the mean of 2 (ŷ − t)"
    assert answers["new w"] != 1.4, "new w: downhill is against the gradient; subtract"
    assert math.isclose(answers["new w"], 1.0 - 0.1 * dw), "new w: 1 − η · ∂L/∂w"
    assert answers["new b"] == 0.0, "new b: its gradient is 0"
    return f"right: the loss falls from {loss} to {gradients(0.6, 0.0, [1.0, 3.0], [3.0, 1.0])[0]:.2f}"


print(check_step(answers))

# %% [markdown]
# **Exercise 2: through the origin.** A seed has height 0 on day 0, so drop the bias: `ŷ = w·x`. Find the
# best `w` in closed form. Hint: set ∂L/∂w = 0 and solve for `w`.
#
# <details>
# <summary>Solution</summary>
#
# Σ 2 (w·x − t)·x = 0 means w·Σx² = Σx·t.
#
# ```python
# def slope_through_origin(xs, ts):
#     return sum(x * t for x, t in zip(xs, ts, strict=True)) / sum(x * x for x in xs)
# ```
#
# </details>


# %%
def slope_through_origin(xs, ts):
    return None  # the best w


def check_slope_through_origin(answer):
    xs, ts = [1.0, 2.0, 4.0], [2.0, 4.0, 9.0]
    found = answer(xs, ts)
    if found is None:
        return "not yet: slope_through_origin returns None"
    assert abs(found - normal_equations(xs, ts)[0]) > 1e-9, "that is the slope of the line with a bias"
    assert abs(found - sum(ts) / sum(xs)) > 1e-9, "Σt / Σx makes the errors add up to 0; set Σ(ŷ − t)·x to 0"
    assert abs(found - 6.25 / 3) > 1e-9, "that is the mean of t / x; every example would count the same"
    w = Value(found)
    line_loss(w, 0.0, xs, ts).backward()
    assert abs(w.grad) < 1e-9, f"with w = {found:g} the gradient is {w.grad:.3f}, and it should be 0"
    return f"right: w = {found:.4f}, and the ground is level there"


print(check_slope_through_origin(slope_through_origin))

# %% [markdown]
# **Exercise 3: the gradient of logistic regression.** Return ∂L/∂w and ∂L/∂b for a list of examples,
# where L is the mean. Do not use the engine.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def logistic_gradient(w, b, xs, ts):
#     deltas = [sigmoid(w * x + b) - t for x, t in zip(xs, ts, strict=True)]
#     dw = sum(delta * x for delta, x in zip(deltas, xs, strict=True)) / len(xs)
#     return dw, sum(deltas) / len(xs)
# ```
#
# </details>


# %%
def logistic_gradient(w, b, xs, ts):
    return None  # ∂L/∂w and ∂L/∂b


def check_logistic(answer):
    found = answer(0.5, -1.0, studied, passed)
    if found is None:
        return "not yet: logistic_gradient returns None"
    assert isinstance(found, list | tuple), "that is one number: return two, ∂L/∂w and ∂L/∂b"
    assert len(found) == 2, "return two numbers: ∂L/∂w and ∂L/∂b"
    w, b = Value(0.5), Value(-1.0)
    bce_with_logits([w * x + b for x in studied], passed).backward()
    dw, db = found
    assert abs(db - 20 * b.grad) > 1e-9, "that is the sum over the students; L is the mean"
    assert abs(db + b.grad) > 1e-9, "the sign is turned: δ = σ(z) − t"
    assert abs(db - b.grad) < 1e-9, f"expected ∂L/∂b = {b.grad:.6f}, got {db:.6f}; it is the mean of σ(z) − t"
    assert abs(dw - b.grad) > 1e-9, "∂L/∂w: multiply each error by its own x"
    assert abs(dw - w.grad) < 1e-9, f"expected ∂L/∂w = {w.grad:.6f}, got {dw:.6f}; it is the mean of δ · x"
    return "right: error times input, once more"


print(check_logistic(logistic_gradient))

# %% [markdown]
# Next: units behind units. What is the error of one that nobody gave a target, in
# [04_backprop_by_hand](04_backprop_by_hand.ipynb).
