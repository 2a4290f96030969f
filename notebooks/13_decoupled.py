# %% [markdown]
# # 13. Learning without waiting
#
# *Advanced reading; the course proper ended with [12_real_work](12_real_work.ipynb).*
#
# Backpropagation has a queue in it. The first layer of a network cannot learn until every layer behind it
# has been computed, then the loss, then the way back through all of them. Only then does its gradient
# arrive. If the layers sit on different machines, most of them stand idle most of the time. This is
# called **locking**.
#
# In 2017 Jaderberg and others asked: what if a layer *guessed* its gradient, and learned at once?
# ("Decoupled Neural Interfaces using Synthetic Gradients", ICML 2017.) A small model sits beside the
# layer and predicts, from the layer's outputs, the gradient that will come back. The prediction is a
# **synthetic gradient**. When the true one arrives, the small model learns from the difference.
#
# It sounds like cheating. Here it is in a few lines, with what it gains and what it costs.
#
# ## What a layer needs to know
#
# Call the outputs of the first layer `h`. All that the rest of the network has to tell this layer is one
# number for each output, `gⱼ = ∂L/∂hⱼ`. With it the layer can do the rest alone. Here is a trick for
# that: take the sum `s = Σⱼ gⱼ·hⱼ`, with `g` as plain numbers. Then ∂s/∂hⱼ = gⱼ, so **`s.backward()`
# gives every weight of the layer the gradient it would have had from the loss**.
#
# We cut a network in two and see. On the far side of the cut, `h` stands as fresh leaves that know
# nothing of how they came about.

# %%
import math
import random

from autograd_lite import Value, dot, draw, loss_curve
from autograd_lite.nn import Layer, Sequential, bce_with_logits, predict, sse
from autograd_lite.nn.data import moons, xor

first = Layer(2, 3, activation="tanh", init="glorot", seed=0)
last = Layer(3, 1, activation=None, init="glorot", seed=100)
x, t = [1.0, 0.0], 1

loss = bce_with_logits([last(first(x))], [t])  # in one piece
loss.backward()
whole = [parameter.grad for parameter in first.parameters()]

h = first(x)  # cut: one side
cut = [Value(output.data, label=f"h{j}") for j, output in enumerate(h)]  # the other side
loss = bce_with_logits([last(cut)], [t])
loss.backward()
g = [leaf.grad for leaf in cut]

first.zero_grad()
s = dot(g, h)
s.label = "s"
s.backward()
assert all(math.isclose(p.grad, other) for p, other in zip(first.parameters(), whole, strict=True))
print("g =", [round(number, 4) for number in g])

draw(s)

# %% [markdown]
# The graph of `s` ends at the cut; the second layer and the loss are not in it. With the *true* `g` the
# two ways agree, weight for weight. So whoever can guess `g` can train this layer, and need not wait.
#
# ## The guesser
#
# What can be known at the cut is `h`, and the target `t`, which we hand it. From these a layer of linear
# units guesses `g`. It begins with all weights 0, so its first guesses are 0 and the first layer waits
# until there is something to say.
#
# One step of learning now has this order. Note where the first layer learns: *before* the second has been
# called.


# %%
def descend(layer, loss, rate):
    layer.zero_grad()
    loss.backward()
    for parameter in layer.parameters():
        parameter.data -= rate * parameter.grad


def cosine(one, other):
    """How well two directions agree: 1 is the same, 0 unrelated, −1 opposite."""
    sizes = math.hypot(*one) * math.hypot(*other)
    return sum(a * b for a, b in zip(one, other, strict=True)) / sizes if sizes else 0.0


def decoupled_step(first, last, guesser, x, t, rate=0.3, guesser_rate=0.1, diary=None):
    """Take a step and return how well the guess agreed with the truth; tell the diary what happens when."""
    told = [] if diary is None else diary
    h = first(x)
    numbers = [output.data for output in h]
    guess = predict(guesser, [[*numbers, t]])[0]
    descend(first, dot(guess, h), rate)
    told.append("the first layer has learned, from a guess")

    cut = [Value(number) for number in numbers]
    loss = bce_with_logits([last(cut)], [t])
    told.append("the second layer has been called, and there is a loss")
    descend(last, loss, rate)
    told.append("the second layer has learned")
    true = [leaf.grad for leaf in cut]
    descend(guesser, sse(guesser([*numbers, t]), true), guesser_rate)
    told.append("the guesser has learned")
    return cosine(guess, true)


guesser = Layer(3 + 1, 3, activation=None, init="zeros")
diary = []
before = [parameter.data for parameter in first.parameters()]
agreement = decoupled_step(first, last, guesser, x, t, diary=diary)
print("\n".join(diary))

assert diary.index("the first layer has learned, from a guess") == 0
assert [parameter.data for parameter in first.parameters()] == before  # the first guess was 0
assert agreement == 0.0
assert any(parameter.data for parameter in guesser.parameters())  # the next one is not

# %% [markdown]
# ## A fair test
#
# We train on XOR, online, in three ways: with backpropagation, with synthetic gradients, and with the
# first layer **frozen**, left as it was drawn. The last is needed for honesty. A network can do quite
# well on top of random features, and then a good result would prove nothing about the guesses.


# %%
def train(way, X, y, units, seed, steps):
    """Return the loss over all samples, every 50 steps, and the agreement of each guess with the truth."""
    first = Layer(2, units, activation="tanh", init="glorot", seed=seed)
    last = Layer(units, 1, activation=None, init="glorot", seed=seed + 100)
    guesser = Layer(units + 1, units, activation=None, init="zeros")
    both = Sequential(first, last)
    rng, losses, agreements = random.Random(seed), [], []
    for k in range(steps):
        if k % 50 == 0:
            losses.append(bce_with_logits(predict(both, X), y))
        i = rng.randrange(len(X))
        if way == "synthetic":
            agreements.append(decoupled_step(first, last, guesser, X[i], y[i]))
        else:
            learner = both if way == "backprop" else last
            descend(learner, bce_with_logits([both(X[i])], [y[i]]), 0.3)
    losses.append(bce_with_logits(predict(both, X), y))
    return losses, agreements


X, y = xor()
ways = ("backprop", "synthetic", "frozen")
results = {way: train(way, X, y, units=3, seed=0, steps=1000) for way in ways}
curves = {way: losses for way, (losses, _) in results.items()}

for way, losses in curves.items():
    print(f"{way:9}  loss {losses[-1]:.3f}")
assert curves["backprop"][-1] < 0.05
assert curves["synthetic"][-1] < 0.05
assert curves["frozen"][-1] > 0.4

loss_curve(curves, stride=50)

# %% [markdown]
# With a frozen first layer XOR is not learned. With guessed gradients it is, about as well as with true
# ones. The first layer never once saw a true gradient.
#
# ## How good are the guesses?
#
# Compare each guess with the truth that came in later. The measure is the **cosine** of the angle between
# the two: 1 if they point the same way, 0 if they have nothing to do with each other.

# %%
agreements = results["synthetic"][1]
means = [sum(agreements[k : k + 50]) / 50 for k in range(0, 1000, 50)]
print("agreement in the first, the second and the last 50 steps:", [round(means[k], 2) for k in (0, 1, -1)])
assert means[0] < means[-1]
assert sum(means) / len(means) > 0.5

loss_curve({"cosine": means}, log=False, title="agreement, mean of 50 steps", stride=50)

# %% [markdown]
# They point roughly the right way, which is enough. Any step that makes an angle of less than 90° with
# the way downhill goes downhill, if it is short. And the guesser chases a moving target: as the layers
# learn, the truth changes.
#
# ## What is gained, and what is not
#
# First the work. Each step now also runs and trains the guesser. Count the nodes of the graphs on which
# `backward` is called:


# %%
def nodes(root):
    found, pile = set(), [root]
    while pile:
        node = pile.pop()
        if isinstance(node, Value) and node not in found:
            found.add(node)
            pile.extend(node.parents)
    return len(found)


h = first(x)
cut = [Value(output.data) for output in h]
numbers = [output.data for output in h]
work = {
    "backprop": nodes(bce_with_logits([last(first(x))], [t])),
    "synthetic": nodes(dot([0.1, 0.2, 0.3], h))
    + nodes(bce_with_logits([last(cut)], [t]))
    + nodes(sse(guesser([*numbers, t]), [0.1, 0.2, 0.3])),
}
print("nodes in a step:", work)
assert work["synthetic"] > 1.5 * work["backprop"]

# %% [markdown]
# In one process, one after the other, synthetic gradients are simply **slower**. Next the quality, on a
# less friendly problem: 40 points on two moons, four hidden units, four draws of the first weights.

# %%
X, y = moons(40, seed=1)
ends = {}
for way in ("backprop", "synthetic"):
    ends[way] = [train(way, X, y, units=4, seed=seed, steps=700)[0][-1] for seed in range(4)]
    mean = sum(ends[way]) / 4
    print(f"{way:9}  loss", " ".join(f"{end:.3f}" for end in ends[way]), f"  mean {mean:.3f}")

assert sum(ends["synthetic"]) > 1.05 * sum(ends["backprop"])

# %% [markdown]
# Here the guesses are worse than the truth, and it shows. An honest account reads like this:
#
# * **Gained**: a layer that does not wait. That pays only where waiting is expensive: layers on different
#   machines, or a recurrent network, where the true gradient would have to come back through thousands of
#   steps in time and is cut off after a few.
# * **Not gained**: work in one process, or accuracy. Both get worse.
# * **In practice** large models are trained with true gradients, and the waiting is filled by giving the
#   idle machines the next examples. The idea stays worth knowing: a gradient is only a message, and a
#   message can be predicted.
#
# ## Your turn
#
# **Exercise 1: the message.** A hidden layer says `h`, and the true gradient at the cut is `g`. Return
# one Value whose `backward()` gives the weights of the layer their true gradients, **times ten**. Nothing
# else may change.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def loud_message(h, g):
#     return dot([10 * number for number in g], h)
# ```
#
# </details>


# %%
def loud_message(h, g):
    return None  # one Value


def check_message(answer):
    g = [0.5, -1.0, 0.25]
    h = first([1.0, -1.0])
    found = answer(h, g)
    if found is None:
        return "not yet: loud_message returns None"
    assert isinstance(found, Value), f"expected a Value that has h in its graph, got {type(found).__name__}"
    first.zero_grad()
    dot(g, h).backward()
    once = [parameter.grad for parameter in first.parameters()]
    first.zero_grad()
    found.backward()
    times = [parameter.grad / before for parameter, before in zip(first.parameters(), once, strict=True)]
    assert any(times), "no gradient arrives: use the Values in h, not their numbers"
    assert not all(math.isclose(ratio, 1.0) for ratio in times), (
        "that is the message; make it ten times as loud"
    )
    assert not all(math.isclose(ratio, 100.0) for ratio in times), (
        "ten times, once: on g or on h, not on both"
    )
    assert all(math.isclose(ratio, 10.0) for ratio in times), (
        f"the gradients are times {times[0]:.2f}; wanted 10"
    )
    return "right: to the layer, the message is all there is"


print(check_message(loud_message))

# %% [markdown]
# **Exercise 2: a guesser for the guesser.** With three layers there are two cuts, `h` and `k =
# middle(h)`. The guesser at `k` says `g_k`. The paper's trick: do not wait for the truth at `h` either,
# but take as the target of its guesser the message `g_k`, *sent back through the middle layer*. Return
# that target, a list of numbers.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def target_for_first_cut(middle, h, g_k):
#     cut = [Value(number) for number in h]
#     dot(g_k, middle(cut)).backward()
#     return [leaf.grad for leaf in cut]
# ```
#
# </details>


# %%
def target_for_first_cut(middle, h, g_k):
    """Middle is a Layer, h a list of numbers, g_k a list with a number for each output of middle."""
    return None  # a list with a number for each of h


def check_target(answer):
    middle = Layer(3, 2, activation="tanh", init="glorot", seed=5)
    h, g_k = [0.2, -0.4, 0.9], [1.0, -0.5]
    found = answer(middle, h, g_k)
    if found is None:
        return "not yet: target_for_first_cut returns None"
    assert len(found) == 3, f"expected a number for each of the 3 in h, got {len(found)}"
    outputs = predict(middle, [h])[0]
    wanted, without_slope = [], []
    for j in range(3):
        through = [
            unit.w[j].data * g * (1 - k * k) for unit, g, k in zip(middle.neurons, g_k, outputs, strict=True)
        ]
        wanted.append(sum(through))
        without_slope.append(sum(unit.w[j].data * g for unit, g in zip(middle.neurons, g_k, strict=True)))
    assert any(found), "all are 0: call backward() on a message made of Values, then read the leaves"
    same = [math.isclose(one, other) for one, other in zip(found, without_slope, strict=True)]
    assert not all(same), "the slope of tanh, 1 − k², is missing: let the engine do the layer"
    for j in range(3):
        assert math.isclose(found[j], wanted[j]), f"place {j}: expected {wanted[j]:.6f}, got {found[j]:.6f}"
    return "right: a guess built on a guess, which is how all layers can go at once"


print(check_target(target_for_first_cut))

# %% [markdown]
# This is the last notebook. You have built the engine, trained with it, and even done without it for a
# while. The way back to the beginning is [01_value](01_value.ipynb): it should look small now.
