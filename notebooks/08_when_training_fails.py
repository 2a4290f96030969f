# %% [markdown]
# # 8. When training fails
#
# *Before this: [7. Optimisers](07_optimisers.ipynb).*
#
# The code runs, no error appears, and the network learns nothing. Every practitioner knows the feeling.
# The good news: there are only a handful of causes, and **each leaves its trace in numbers that you can look
# at.** This notebook makes every failure on purpose, shows its trace, and mends it. Think of it as a
# medical textbook with cheerful pictures.
#
# ## Vanishing gradients
#
# The chain rule multiplies the partials along a path. Take the sigmoid, σ(z) = 1 / (1 + e⁻ᶻ). Its derivative
# is σ(z)·(1 - σ(z)), and that is never above ¼. A chain of sigmoids multiplies numbers of at most ¼. Four of
# them leave four thousandths at most. Then take a whole network, with twelve hidden layers of them.
#
# We shall ask each layer for the size of its gradients. Let the **size** of some numbers be the root of the
# mean of their squares; it is the typical magnitude. And we let `fit` take a step: it notices such things,
# and says so.

# %%
import math
import random
import warnings
from itertools import pairwise

from autograd_lite import (
    Value,
    activation_histograms,
    check_grad,
    detect_anomaly,
    draw,
    exp,
    gradient_histograms,
    log,
    loss_curve,
    primitive,
    relu,
    sigmoid,
    sqrt,
    stop_gradient,
    why_nan,
)
from autograd_lite.nn import (
    MLP,
    NonFiniteError,
    bce_with_logits,
    check_model,
    clip_grad_norm,
    clip_grad_value,
    fit,
)
from autograd_lite.nn.data import linear, moons, standardize

x = Value(0.5, label="x")
node = x
for _ in range(4):
    node = sigmoid(node)
node.backward()
print(f"through 4 sigmoids, ∂y/∂x = {x.grad:.6f}; ¼ to the fourth is {0.25**4:.6f}")
assert 0 < x.grad < 0.25**4
assert max(sigmoid(z / 100) * (1 - sigmoid(z / 100)) for z in range(-500, 501)) == 0.25

X, y = moons(40, noise=0.1, seed=1)


def size(numbers):
    numbers = list(numbers)
    return math.hypot(*numbers) / math.sqrt(len(numbers))


def gradient_sizes(model):
    """The size of the gradients in each layer, the first layer first."""
    model.zero_grad()
    bce_with_logits([model(x) for x in X], y).backward()
    return [size(p.grad for p in layer) for layer in model.parameters_by_layer().values()]


deep = MLP(2, [8] * 12 + [1], activation="sigmoid", init="glorot", seed=1)
sizes = gradient_sizes(deep)
print("first", " ".join(f"{s:.0e}" for s in sizes), "last")
assert sizes[0] < 1e-6 * sizes[-1]

with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    fit(deep, X, y, loss="bce_with_logits", optimizer="sgd", lr=0.1, epochs=1)
for warning in told[:1]:
    print(warning.message)
assert "vanishes" in str(told[0].message)

short = MLP(2, [8] * 4 + [1], activation="sigmoid", init="glorot", seed=1)
gradient_sizes(short)
gradient_histograms(short)  # with four hidden layers, to fit on a screen

# %% [markdown]
# Compare the numbers under the axes of this smaller network: each histogram is several times narrower than
# the next. After twelve layers the first one has less than a millionth of the last. With one
# learning rate for all, the last layer learns and the first ones stand still. That is why networks stayed
# shallow for decades.
#
# The first cure is another activation. `tanh` has a slope of up to 1, and `relu` a slope of exactly 1
# wherever it is open.

# %%
cured = {"sigmoid": sizes}
for activation, init in (("tanh", "glorot"), ("relu", "he")):
    cured[activation] = gradient_sizes(MLP(2, [8] * 12 + [1], activation=activation, init=init, seed=1))
assert cured["tanh"][0] > 0.01 * cured["tanh"][-1]
assert cured["relu"][0] > 0.01 * cured["relu"][-1]
loss_curve(cured, log=True, title="size of the gradients", axis="layer")

# %% [markdown]
# ## Exploding gradients, and how to begin
#
# A product of many factors that are a little *above* 1 is no better. Each unit adds up many inputs; if
# weights are too large, numbers grow from layer to layer, forwards and backwards. If they are too small,
# numbers die away. The right size follows from a short calculation: the variance of a sum of n independent
# terms is n times that of one. So weights with a variance of 1/n keep the size of what passes through; relu
# throws away half of it, so it needs 2/n. These are the names to know, for a unit with `fan_in` inputs in a
# layer of `fan_out` units:
#
# | `init=` | variance of a weight | for |
# |---|---|---|
# | `"glorot"` or `"xavier"` | 2 / (fan_in + fan_out) | tanh, sigmoid |
# | `"he"` or `"kaiming"` | 2 / fan_in | relu |
# | `"lecun"` | 1 / fan_in | linear units, selu |
#
# Here is what arrives at each of 10 relu layers of 16 units, under four beginnings.
#
# Zeros are a special case of a deeper problem. If all weights of a layer are **equal**, all its units
# compute the same and get the same gradient, so they stay equal for ever: sixteen units, one idea. Chance
# is what breaks the tie. The last lines show four units that began equal, after 30 epochs.

# %%
arriving = {}
for init in ("he", "normal", "glorot", "zeros"):
    model = MLP(2, [16] * 10, activation="relu", output="relu", init=init, seed=2)
    groups = activation_histograms(model, X).groups
    arriving[init] = [size(group.numbers) for group in groups.values()]
    print(f"{init:7}", " ".join(f"{s:.0e}" for s in arriving[init]))

assert 0.1 < arriving["he"][-1] / arriving["he"][0] < 10
assert arriving["normal"][-1] > 1000 * arriving["normal"][0]
assert arriving["glorot"][-1] < 0.1 * arriving["glorot"][0]
assert not any(arriving["zeros"])
twins = MLP(2, [4, 1], activation="tanh", init=lambda fan_in, fan_out, rng: 0.5)
fit(twins, X, y, loss="bce_with_logits", optimizer="sgd", lr=0.5, epochs=30)
rows = [[w.data for w in neuron.w] for neuron in twins.layers[0].neurons]
print("the weights of the four units:", *[[round(w, 4) for w in row] for row in rows], sep="\n  ")
assert rows[0] != [0.5, 0.5]  # it has learnt
assert all(row == rows[0] for row in rows)  # and so has every other, the very same
assert not any(gradient_sizes(MLP(2, [4, 1], init="zeros"))[0:1])  # with zeros, not even that

loss_curve(
    {name: numbers for name, numbers in arriving.items() if name != "zeros"},
    log=True, title="size of the activations", axis="layer",
)  # fmt: skip

# %% [markdown]
# With a variance of 1 (`"normal"`) numbers grow by a factor of two to three in each layer. The calculation
# says √(16/2) = 2.8 for wide layers; ours are narrow, and chance has a say.
#
# ## Saturation
#
# Far from 0, `tanh` is flat: 1 - o² is nearly 0 once o is nearly 1 or -1. A unit there is **saturated**. It
# has made up its mind and no longer listens. The commonest reason is data that come in large numbers, say
# metres where kilometres would do. Compare the same points, once multiplied by 100, and once with
# `standardize`, which gives each column mean 0 and variance 1.
#
# The *output* can be saturated too, and there the loss decides. Let a sigmoid unit say 0.0000454 where 1 is
# right. It could hardly be more wrong. The squared error ½(σ - t)² passes the gradient (σ - t)·σ·(1 - σ),
# and the last factor is flat: **the worst mistakes teach the least.** The cross-entropy was made so that
# this factor cancels: its gradient is σ - t.

# %%
large = [[100 * a, 100 * b] for a, b in X]
unit = MLP(2, [8, 1], activation="tanh", init="glorot", seed=1)


def shares_of_slope(rows):
    """How much of their slope, 1 - o², the hidden units have left on average."""
    slopes = [1 - o.data**2 for row in rows for o in unit.layers[0](row)]
    return sum(slopes) / len(slopes)


print(f"slope left: {shares_of_slope(large):.3f} on large numbers", end=", ")
print(f"{shares_of_slope(standardize(large)):.3f} on standardised ones")
assert shares_of_slope(large) < 0.05 < 0.5 < shares_of_slope(standardize(large))
z = Value(-10.0, label="z")
(0.5 * (sigmoid(z) - 1) ** 2).backward()
squared, z.grad = z.grad, 0.0
bce_with_logits([z], [1]).backward()
print(f"squared error: ∂L/∂z = {squared:.7f}    cross-entropy: ∂L/∂z = {z.grad:.7f}")
assert abs(squared) < 1e-4
assert abs(z.grad - (sigmoid(-10.0) - 1)) < 1e-12

activation_histograms(unit, large)

# %% [markdown]
# In the picture nearly everything sits at -1 and 1: that is the trace of saturation. (Layer 1 is the linear
# output.)
#
# ## Dead relus
#
# A relu is flat where its input is negative, and there its gradient is exactly 0. If an unlucky step pushes
# a unit so far that it is negative for *every* sample, no gradient will ever bring it back. It is **dead**.
# Let us kill three of eight by pulling their biases down.
#
# `fit` warns of dead units. And a **leaky relu** keeps a small slope on the closed side. Its units can be
# just as far off, but they hear something, and come back.

# %%
model = MLP(2, [8, 1], init="he", seed=1)
for neuron in model.layers[0].neurons[:3]:
    neuron.b.data = -20.0
gradient_sizes(model)
for i, neuron in enumerate(model.layers[0].neurons):
    received = [p.grad for p in (*neuron.w, neuron.b)]
    assert any(received) == (i >= 3), f"unit {i}"

picture = activation_histograms(model, X)
assert picture.groups["layer 0"].note == "3 of 8 dead"

with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    fit(model, X, y, loss="bce_with_logits", optimizer="sgd", lr=0.1, epochs=1)
print(told[0].message)
assert "3 of 8 units of layers.0 are dead" in str(told[0].message)

leaky = MLP(2, [8, 1], activation="leaky_relu", init="he", seed=1)
for neuron in leaky.layers[0].neurons[:3]:
    neuron.b.data = -20.0
gradient_sizes(leaky)
assert all(neuron.b.grad != 0 for neuron in leaky.layers[0].neurons)
print("leaky: the three have gradients", [f"{n.b.grad:.4f}" for n in leaky.layers[0].neurons[:3]])

picture

# %% [markdown]
# The orange on top of the first bar stands for the exact zeros; 73 % of all numbers are, and the bar is cut
# off to fit. Many zeros are normal, since each relu is closed for some samples; what is not normal is a
# unit that gives *only* zeros, and the picture counts these.
#
# ## One steep place, and clipping
#
# Sometimes all is well except for a rare cliff, where one enormous gradient throws the parameters out of
# town. **Clipping** limits the step. By *norm*: if the gradient as a whole is longer than the limit, shorten
# it; it keeps its direction. By *value*: cut each number by itself; the direction changes.
#
# Then watch it at work: a line through points whose `x` is a hundred times too large. Plain gradient descent
# doubles and redoubles its mistakes until the loss is no longer a number at all. `fit` then refuses the
# step and leaves the parameters as they were, instead of filling them with NaN. With `clip` the same
# training goes through.

# %%
a, b = Value(0.0), Value(0.0)
a.grad, b.grad = 30.0, 4.0
norm = clip_grad_norm([a, b], 1.0)
print(f"by norm:  ({a.grad:.3f}, {b.grad:.3f}), it was {norm:.1f} long")
assert math.isclose(a.grad / b.grad, 30 / 4)
assert math.isclose(math.hypot(a.grad, b.grad), 1.0, rel_tol=1e-5)

a.grad, b.grad = 30.0, 4.0
clip_grad_value([a, b], 1.0)
print(f"by value: ({a.grad:.3f}, {b.grad:.3f})")
assert (a.grad, b.grad) == (1.0, 1.0)

wide, heights = linear(20, noise=0.0, seed=1)
wide = [[100 * row[0]] for row in wide]
settings = {"loss": "mse", "optimizer": "sgd", "lr": 0.1, "epochs": 200}
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    try:
        fit(MLP(1, [1], seed=1), wide, heights, **settings)
        wild = None
    except NonFiniteError as error:
        wild = error.history.steps["loss"]
        print(str(error).split(":")[1].strip())
    calm = fit(MLP(1, [1], seed=1), wide, heights, **settings, clip=0.1).steps["loss"]

assert wild is not None
assert all(after > before for before, after in pairwise(wild))
assert any("explodes" in str(warning.message) for warning in told)
assert calm[-1] < 0.01 * calm[0]
print(f"without clipping the loss grew {wild[1] / wild[0]:.0f} times in one step;", end=" ")
print(f"with it the loss fell from {calm[0]:.0f} to {calm[-1]:.2f}")
loss_curve({"clipped": calm, "not clipped": wild[:12]}, log=True)

# %% [markdown]
# (Clipping is a seat belt. `standardize` would have been the better driver.)
#
# ## NaN
#
# NaN is "not a number", the result of 0/0 or ∞ - ∞. It is contagious: whatever it touches becomes NaN. So
# by the time one sees it, it is everywhere, and the question is where it was **born**. A graph remembers
# all numbers, so `why_nan` can look. Two births. The first is in the forward pass: a probability that is so
# sure of itself that the logarithm of what is left has nothing to hold on to. The cure is not a tiny number
# added in despair. It is a formula that never goes there: `bce_with_logits` takes z itself and never forms
# p.
#
# The second birth is worse, for the forward pass looks perfect. The length of (0, 0) is 0, and the square
# root is infinitely steep there. Infinity times 0 is NaN. `backward()` warns by itself of a root that is not
# finite; inside `with detect_anomaly():` it warns of such gradients too, and names the line of source.

# %%
z = Value(40.0, label="z")
p = 1 / (1 + exp(-z))  # a sigmoid; it rounds to exactly 1
L = 0.0 * log(1 - p)  # a term of the cross-entropy, for the target 1
reason = why_nan(L)
print(f"L is {L.data}:", reason)
assert p.data == 1.0
assert math.isnan(L.data)
assert reason.node.op.name == "log"
assert not reason.in_backward

safe = bce_with_logits([z], [1])
safe.backward()
assert math.isfinite(safe.data)
assert math.isfinite(z.grad)
print(f"bce_with_logits of the same z: {safe.data:.2e}, with ∂L/∂z = {z.grad:.2e}")

u, v = Value(0.0, label="u"), Value(0.0, label="v")
length = sqrt(u * u + v * v)
reason = why_nan(length)
print(f"length is {length.data}; {reason}")
assert length.data == 0.0
assert reason.in_backward

with warnings.catch_warnings(record=True) as told, detect_anomaly():
    warnings.simplefilter("always")
    length.backward()
assert math.isnan(u.grad)
assert "its gradient is not to be trusted" in str(told[0].message)
draw(length)

# %% [markdown]
# ## Is the gradient right at all?
#
# The last suspect is your own rule. If you write a derivative by hand, check it: **gradient checking**
# compares with bumps, as in the first notebook, but with steps chosen with care. Here is a cube whose
# partial should be 3x², written by somebody in a hurry.
#
# The check names the operation, not merely the sum that came out wrong. A dependence that got lost outside
# the graph is found as well: `stop_gradient` is the honest way to lose one. And a kink is not an error, it
# is reported with the slopes on both sides. For a model, `check_model` checks every parameter.

# %%
hasty_cube = primitive("cube(x)", "x**3", "2 * x**2")

try:
    check_grad(lambda x: x + hasty_cube(x), 2.0)
    verdict = "passed"
except AssertionError as error:
    verdict = str(error)
print("cube(2.0):", verdict[verdict.index("its partial") : verdict.index("give 12") + 7])
assert "its partial by x is 8.0, but finite differences give 12.0" in verdict

careful_cube = primitive("cube(x)", "x**3", "3 * x**2")
passed = check_grad(lambda x: x + careful_cube(x), 2.0)  # no complaint
print(f"the careful cube passes: the gradient of x + x³ at 2 is {passed.rows[0][1]:g}")
assert passed.rows[0][1] == 1 + 3 * 2.0**2

try:
    check_grad(lambda x: x * stop_gradient(x), 3.0)
    verdict = "passed"
except AssertionError as error:
    verdict = str(error)
print(verdict[: verdict.index("give 6") + 6])
assert "the gradient is 3.0, but finite differences give 6.0" in verdict

print(check_grad(relu, 0.0).notes[0])

small = MLP(2, [2, 1], activation="tanh", seed=1)
report = check_model(small, X[:5], y[:5], loss="bce_with_logits")
apart = max(abs(gradient - measured.value) for _, gradient, measured in report.rows)
print(f"{len(report.rows)} parameters checked, none is off by more than a billionth:", apart < 1e-9)
assert len(report.rows) == len(small.parameters()) == 9
assert apart < 1e-9

# %% [markdown]
# ## The chart at the end of the bed
#
# | what you see | look at | likely cause | try |
# |---|---|---|---|
# | the loss stands still | `gradient_histograms` | vanishing | relu or tanh, a fitting `init` |
# | the same | `activation_histograms`: -1 and 1 | saturation | `standardize`, smaller weights |
# | the same | `activation_histograms`: only zeros | dead relus | smaller η, leaky relu, `"he"` |
# | the loss leaps up, or is inf | `history.gradient_curve()` | exploding | smaller η, `clip` |
# | NaN | `why_nan(loss)` | 0/0, log 0, ∞ - ∞ | another formula |
# | it learns, but badly | `check_model` | a wrong rule | correct it |
#
# ## Your turn
#
# **Exercise 1: be the doctor.** Four networks are ill. You get the size of the gradients by layer and what
# the hidden units give. Fill in `"vanishing"`, `"exploding"`, `"dead"` or `"saturated"`, one for each.
#
# <details>
# <summary>Solution</summary>
#
# The patient whose gradients are exactly 0, and whose activations are exactly 0, is dead. The one with
# activations of size 1 and no slope to speak of is saturated. Of the others, one has gradients that fall
# by powers of ten towards the first layer, and one has gradients in the thousands.
#
# ```python
# diagnoses = {"A": "saturated", "B": "exploding", "C": "dead", "D": "vanishing"}
# ```
#
# </details>

# %%
patients = {
    "A": (MLP(2, [6, 6, 1], activation="tanh", init="glorot", seed=3), 300.0, 0.0),
    "B": (MLP(2, [16] * 10 + [1], activation="relu", init="normal", seed=3), 3.0, 0.0),
    "C": (MLP(2, [6, 1], activation="relu", init="he", seed=3), 1.0, -30.0),
    "D": (MLP(2, [6] * 8 + [1], activation="sigmoid", init="glorot", seed=3), 1.0, 0.0),
}
for name, (model, scale, bias) in patients.items():
    for neuron in model.layers[0].neurons:
        neuron.b.data = bias
    model.zero_grad()
    inputs = [[scale * a, scale * b] for a, b in X]
    bce_with_logits([model(row) for row in inputs], y).backward()
    by_layer = " ".join(
        f"{size(p.grad for p in layer):.0e}" for layer in model.parameters_by_layer().values()
    )
    hidden = [o.data for row in inputs for o in model.layers[0](row)]
    print(f"{name}: gradients {by_layer}; activations of size {size(hidden):.2f}")

diagnoses = {"A": None, "B": None, "C": None, "D": None}


def check_diagnoses(answers):
    missing = [name for name, answer in answers.items() if answer is None]
    if missing:
        return f"not yet: patient {missing[0]} is waiting"
    known = ("vanishing", "exploding", "dead", "saturated")
    for name, answer in answers.items():
        assert answer in known, f"{name}: choose one of {', '.join(known)}"
    hints = {
        "A": "its hidden units give -1 and 1 and nothing between, so they are",
        "B": "its first layer has larger gradients than any healthy network on such data: it is",
        "C": "its hidden units give exactly 0 for every sample: they are",
        "D": "its gradients lose a power of ten in every layer or two, going back: they are",
    }
    right = {"A": "saturated", "B": "exploding", "C": "dead", "D": "vanishing"}
    for name, answer in answers.items():
        assert answer == right[name], f"{name}: not {answer}; {hints[name]} …"
    return "right: all four can be treated"


print(check_diagnoses(diagnoses))

# %% [markdown]
# **Exercise 2: clip by norm.** Return a new list of gradients: the same if their length is at most
# `limit`, and else in the same direction with the length `limit`.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def clipped(gradients, limit):
#     length = math.hypot(*gradients)
#     if length <= limit:
#         return list(gradients)
#     return [g * limit / length for g in gradients]
# ```
#
# </details>


# %%
def clipped(gradients, limit):
    return None  # your list


def check_clipped(answer):
    found = answer([3.0, -4.0], 1.0)
    if found is None:
        return "not yet: clipped returns None"
    assert isinstance(found, list | tuple), f"expected a list of gradients, got {found}"
    assert found != [1.0, -1.0], "that is clipping by value; the direction has changed"
    assert all(map(math.isclose, found, [0.6, -0.8])), f"(3, -4) is 5 long; expected (0.6, -0.8), got {found}"
    assert answer([0.3, 0.4], 1.0) == [0.3, 0.4], "(0.3, 0.4) is short enough: leave it as it is"
    assert answer([0.0, 0.0], 1.0) == [0.0, 0.0], "a gradient of zeros stays as it is"
    rng = random.Random(0)
    for _ in range(20):
        gradients = [rng.gauss(0, 5) for _ in range(6)]
        leaves = [Value(0.0) for _ in gradients]
        for leaf, g in zip(leaves, gradients, strict=True):
            leaf.grad = g
        clip_grad_norm(leaves, 2.0)
        for ours, leaf in zip(answer(gradients, 2.0), leaves, strict=True):
            assert math.isclose(ours, leaf.grad, rel_tol=1e-4), (
                f"with a limit of 2, clip_grad_norm has {leaf.grad:.4f} where you have {ours:.4f}"
            )
    return "right: as `clip_grad_norm` does it"


print(check_clipped(clipped))

# %% [markdown]
# **Exercise 3: a formula that does not go there.** log(1 + eᶻ) is about z for large z, yet `exp(1000)` is
# infinite. Write it, on numbers and Values, so that it works for any z. A hint: e⁻ᶻ is harmless when z is
# positive.
#
# <details>
# <summary>Solution</summary>
#
# For z > 0, take eᶻ out of the bracket: log(1 + eᶻ) = z + log(1 + e⁻ᶻ).
#
# ```python
# def soft(z):
#     if z > 0:
#         return z + log(1 + exp(-z))
#     return log(1 + exp(z))
# ```
#
# The package has it as `softplus`; it uses `log1p`, which keeps more digits.
#
# </details>


# %%
def soft(z):
    return None  # your formula


def check_soft(answer):
    if answer(0.0) is None:
        return "not yet: soft returns None"
    of_value = answer(Value(0.0))
    assert isinstance(of_value, Value), "of a Value it should be a Value: use log and exp of the package"
    assert abs(answer(0.0) - math.log(2)) < 1e-9, "soft(0) should be log 2"
    assert abs(answer(1.0) - math.log(1 + math.e)) < 1e-9, "soft(1) should be log(1 + e)"
    assert abs(answer(-2.0) - math.log(1 + math.exp(-2))) < 1e-9, "soft(-2) should be log(1 + e⁻²)"
    assert math.isfinite(answer(1000.0)), "soft(1000) is not finite: exp(1000) is still in it"
    assert answer(1000.0) == 1000.0, f"soft(1000) should be 1000, got {answer(1000.0)}"
    assert math.isfinite(answer(-1000.0)), "soft(-1000) is not finite: which branch does it take?"
    for number in (-30.0, -1.0, 0.5, 30.0, 1000.0):
        z = Value(number)
        found = answer(z)
        found.backward()
        assert math.isclose(z.grad, sigmoid(number), rel_tol=1e-6), f"at {number}: its slope should be σ(z)"
    check_grad(answer, 0.7)
    return "right: finite everywhere, and its slope is σ(z)"


print(check_soft(soft))

# %% [markdown]
# *Next: [9. Higher orders](09_higher_orders.ipynb). A gradient is a function too. What is its derivative?*
