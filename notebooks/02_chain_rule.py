# %% [markdown]
# # 2. One rule, from the cost back to the weight
#
# In [01_value](01_value.ipynb) we built a machine that finds every gradient. It multiplies rates along
# each path, and adds where paths meet. This notebook looks closely at the multiplying. We take the
# smallest thing that can learn, a single unit with one input, work out its gradients with a pencil, and
# only then ask the machine.
#
# ## The sigmoid unit
#
# The unit has an input `x`, a **weight** `w` and a **bias** `b`. It works in two moves:
#
# * `z = w·x + b`, a weighted sum;
# * `a = σ(z)`, its answer. **σ** is the **sigmoid**, `σ(z) = 1 / (1 + e⁻ᶻ)`, which squeezes any number
#   into the range from 0 to 1.
#
# We want the answer `t`, the **target**. How far off we are is the **cost**, `C = ½ (a − t)²`. It is 0
# when `a` hits the target, and grows on both sides. The ½ is there for convenience; you will see where it
# goes.

# %%
import math
from itertools import pairwise

from autograd_lite import Value, draw, explain, loss_curve, play, sigmoid


def unit(w, b, x, t):
    """Return z, a and C, labelled for the pictures."""
    z = w * x + b
    a = sigmoid(z)
    C = 0.5 * (a - t) ** 2
    z.label, a.label, C.label = "z", "a", "C"
    return z, a, C


w, b, x, t = Value(0.5, label="w"), Value(0.5, label="b"), Value(2.0, label="x"), 0.0
z, a, C = unit(w, b, x, t)

print(f"z = {z.data}   a = {a.data:.6f}   C = {C.data:.6f}")
assert z.data == 1.5
assert abs(a.data - 1 / (1 + math.exp(-1.5))) < 1e-15

draw(C)

# %% [markdown]
# The target is 0 and the unit says 0.82. It is wrong, and it should change `w` and `b`. In which
# direction, and how strongly? That is what ∂C/∂w and ∂C/∂b say.
#
# The curly **∂** is read "the change of". **∂C/∂w** is the rate at which `C` changes when `w` does and
# all other leaves stay put.
#
# ## Follow a nudge
#
# `w` does not touch `C`. It moves `z`; `z` moves `a`; `a` moves `C`. So give `w` a small nudge and write
# down how far each of the three goes. Each one moves by some multiple of the one before it.

# %%
nudge = 1e-6
z2, a2, C2 = unit(Value(w.data + nudge), b, x, t)
dz, da, dC = z2.data - z.data, a2.data - a.data, C2.data - C.data

print(f"z moves {dz / nudge:.4f} times as far as w")
print(f"a moves {da / dz:.4f} times as far as z")
print(f"C moves {dC / da:.4f} times as far as a")
print(f"C moves {dC / nudge:.4f} times as far as w")

assert abs(dC / da * da / dz * dz / nudge - dC / nudge) < 1e-9

# %% [markdown]
# Like three gears in a row: the ratios multiply. That is the chain rule.
#
# $$\frac{\partial C}{\partial w} = \frac{\partial C}{\partial a} \cdot \frac{\partial a}{\partial z} \cdot
# \frac{\partial z}{\partial w}$$
#
# The gain is that each factor belongs to **one** operation. Books call such a factor a **local
# gradient**; in 01 we called it a partial. We can find each by itself, with no thought for the others:
#
# * ∂C/∂a = a − t. The square brings down a 2, and the ½ cancels it. That was the convenience.
# * ∂a/∂z = σ′(z), the slope of the sigmoid.
# * ∂z/∂w = x, since a product swaps.
#
# ## The slope of the sigmoid
#
# σ has a lovely property. Its slope can be had from its answer: **σ′(z) = a (1 − a)**. Here is why. Write
# `u = 1 + e⁻ᶻ`, so that `a = 1/u`. The slope of `1/u` is `−1/u²`, the slope of `u` is `−e⁻ᶻ`, and the
# chain rule multiplies them: `e⁻ᶻ/u²`. Now `1/u` is `a`, and `e⁻ᶻ/u` is `(u − 1)/u = 1 − a`.
#
# Words are patient, so we check it in seven places, against bumping.

# %%
print("    z    a = σ(z)   a (1 − a)   by bumping")
for number in (-6.0, -3.0, -1.0, 0.0, 1.0, 3.0, 6.0):
    answer = sigmoid(number)
    bumped = (sigmoid(number + 1e-5) - sigmoid(number - 1e-5)) / 2e-5
    print(f"{number:5.1f}   {answer:9.6f}   {answer * (1 - answer):9.6f}   {bumped:9.6f}")
    assert abs(answer * (1 - answer) - bumped) < 1e-9
    assert answer * (1 - answer) <= 0.25

# %% [markdown]
# The slope is greatest at `z = 0`, where it is ¼. Away from there the curve flattens, and at ±6 hardly
# anything is left. Keep this in mind: it will matter in a moment.
#
# ## By hand, then the engine
#
# Three factors, one product. The bias goes the same way: only the last factor differs, and ∂z/∂b = 1,
# since a sum routes. So do not start again from `C`. The first two factors are shared, and have a name of
# their own:
#
# > **δ = ∂C/∂z = ∂C/∂a · ∂a/∂z**, the **error signal** of the unit.
#
# With δ in hand, each leaf costs one more multiplication. This is why the engine works backwards: from
# the cost, so that what is shared is computed once.

# %%
dC_da = a.data - t
da_dz = a.data * (1 - a.data)
delta = dC_da * da_dz
by_hand = {"w": delta * x.data, "b": delta * 1.0, "x": delta * w.data}

C.backward()
for leaf in (w, b, x):
    print(f"∂C/∂{leaf.label}  by hand {by_hand[leaf.label]:.15f}   engine {leaf.grad:.15f}")
    assert math.isclose(by_hand[leaf.label], leaf.grad, rel_tol=1e-14)
assert math.isclose(z.grad, delta, rel_tol=1e-14)  # the gradient of z is the error signal
assert abs(w.grad - dC / nudge) < 1e-6  # and bumping agrees

draw(C)

# %% [markdown]
# The numbers on the wires are the local gradients. Put a finger on `C` and walk left to `w`, multiplying
# as you go: that product is the gradient on the card of `w`. The engine has split our three factors a
# little finer, one to an operation, and that changes nothing.
#
# Here are the same steps one at a time. Press play, or click on `w`.

# %%
player = play(C)
backward_steps = [line for line in str(player).splitlines() if "∂C/∂w" in line]
assert backward_steps
player

# %% [markdown]
# ## Several paths: multiply along, add across
#
# In a network the same weight often reaches the cost along more than one path. Take a unit that feeds a
# second unit **with the same weight**: `a1 = σ(w·x)`, `a2 = σ(w·a1)`. A nudge of `w` reaches `a2`
# directly, and also through `a1`. The rule has two halves:
#
# > multiply along each path, add over the paths.
#
# `explain` narrates the whole pass in words and numbers. This is its part on the paths.

# %%
shared, x = Value(1.5, label="w"), Value(2.0, label="x")
a1 = sigmoid(shared * x)
a2 = sigmoid(shared * a1)
a1.label, a2.label = "a1", "a2"
a2.backward()

slope1, slope2 = a1.data * (1 - a1.data), a2.data * (1 - a2.data)
direct = slope2 * a1.data
through_a1 = slope2 * shared.data * slope1 * x.data
print(f"{direct:.6f} + {through_a1:.6f} = {direct + through_a1:.6f}")
assert math.isclose(shared.grad, direct + through_a1, rel_tol=1e-14)

told = str(explain(a2, wrt=shared, paths=True))
print(told[told.index("Paths") : told.index("Gradients")])
draw(a2)

# %% [markdown]
# ## A long chain
#
# Put twenty units in a row, each feeding the next with a weight of 1. What reaches the first input is a
# product with a factor `1 · σ′` for each unit. No such factor is above ¼. So the gradient shrinks at
# every unit, at least fourfold. Look at the vertical axis: it goes down by powers of ten.

# %%
signals = [Value(0.5, label="x")]
for _ in range(20):
    signals.append(sigmoid(1.0 * signals[-1]))
signals[-1].backward()

sizes = [signal.grad for signal in reversed(signals)]
assert all(later <= before / 4 for before, later in pairwise(sizes))
assert sizes[-1] < 1e-12

loss_curve(sizes, log=True, title="gradient, by units back from the end", axis="units")

# %% [markdown]
# This is the **vanishing gradient**, and you have just seen all of its cause: a product of many numbers
# that are below 1. What people do about it comes later in the course.
#
# ## Let it learn
#
# Now use the gradients. To make the cost smaller, move each parameter *against* its gradient, by a small
# step **η** (say "eta"), the **learning rate**:
#
# > w ← w − η · ∂C/∂w,  b ← b − η · ∂C/∂b
#
# We train the unit to answer 0 when the input is 1, twice. The first begins mildly wrong, the second very
# wrong, at `w = b = 2`.


# %%
def train(w, b, steps=300, rate=0.15):
    w, b, costs = Value(w), Value(b), []
    for _ in range(steps):
        _, a, C = unit(w, b, 1.0, 0.0)
        w.grad = b.grad = 0.0
        C.backward()
        w.data -= rate * w.grad
        b.data -= rate * b.grad
        costs.append(C.data)
    return costs, a.data


mild, mild_answer = train(0.6, 0.9)
bad, bad_answer = train(2.0, 2.0)
print(f"the mild one ends at {mild_answer:.2f}, the very wrong one at {bad_answer:.2f}")

assert mild_answer < 0.12
assert bad_answer > 0.15
assert mild[0] - mild[50] > 4 * (bad[0] - bad[50])  # the worse one is the slower one, at first

assert bad[150] > 0.8 * bad[0] > 10 * bad[-1]  # a plateau, and then the fall

loss_curve({"mild": mild, "bad": bad}, log=False, title="cost")

# %% [markdown]
# One would hope that a big mistake is corrected quickly. Here it is the other way round: the very wrong
# unit sits on a plateau for 150 steps and more. The chain rule says why. At the start its `z` is 4, where
# σ is flat, so the middle factor σ′(z) is small, and it multiplies everything. The unit is wrong and sure
# of itself.
#
# There is a cost for which that factor cancels. It is in the next notebook.
#
# ## Your turn
#
# **Exercise 1: with a pencil.** A unit has `x = −1`, `w = 2`, `b = 2` and the target `t = 1`. Fill in
# every number. They all come out round; σ(0) is ½.
#
# <details>
# <summary>Solution</summary>
#
# `z = 2·(−1) + 2 = 0`, so `a = ½`. Then ∂C/∂a = a − t = −0.5 and ∂a/∂z = ½·(1 − ½) = 0.25, which makes δ
# = −0.125. Last, ∂C/∂w = δ·x = 0.125 and ∂C/∂b = δ = −0.125.
#
# ```python
# answers = {"z": 0.0, "a": 0.5, "∂C/∂a": -0.5, "∂a/∂z": 0.25, "∂C/∂w": 0.125, "∂C/∂b": -0.125}
# ```
#
# </details>

# %%
answers = {"z": None, "a": None, "∂C/∂a": None, "∂a/∂z": None, "∂C/∂w": None, "∂C/∂b": None}


def check_pencil(answers):
    missing = [name for name, answer in answers.items() if answer is None]
    if missing:
        return f"not yet: {missing[0]} is still to come"
    w, b = Value(2.0), Value(2.0)
    z, a, C = unit(w, b, -1.0, 1.0)
    C.backward()
    assert answers["z"] == z.data, "z: multiply w by x, mind the sign of x, and add b"
    assert answers["a"] == a.data, "a: σ(0) is 1 / (1 + 1)"
    assert answers["∂C/∂a"] != 0.5, "∂C/∂a: it is a − t, and not t − a"
    assert answers["∂C/∂a"] == a.grad, "∂C/∂a: the 2 of the square cancels the ½; a − t is left"
    assert answers["∂a/∂z"] == 0.25, "∂a/∂z: it is a (1 − a)"
    assert answers["∂C/∂w"] != -0.125, "∂C/∂w: that is δ; the last factor, ∂z/∂w = x, is missing"
    assert answers["∂C/∂w"] == w.grad, "∂C/∂w: multiply ∂C/∂a, ∂a/∂z and x"
    assert answers["∂C/∂b"] == b.grad, "∂C/∂b: it is δ times 1; x has no part in it"
    return "right: the answer is too small, so b must go up; and w must go down, because x is negative"


print(check_pencil(answers))

# %% [markdown]
# **Exercise 2: two units in a row.** `a1 = σ(w1·x)`, `a2 = σ(w2·a1)`, `C = ½ (a2 − t)²`. Return the
# factors of ∂C/∂w1 as a list, from the cost to the weight. There are five.
#
# <details>
# <summary>Solution</summary>
#
# The path is C, a2, z2, a1, z1, w1, with `z1 = w1·x` and `z2 = w2·a1`.
#
# ```python
# def factors(w1, w2, x, t):
#     a1 = sigmoid(w1 * x)
#     a2 = sigmoid(w2 * a1)
#     return [a2 - t, a2 * (1 - a2), w2, a1 * (1 - a1), x]
# ```
#
# </details>


# %%
def factors(w1, w2, x, t):
    return None  # a list of five numbers


def check_factors(answer):
    found = answer(0.4, -0.7, 3.0, 1.0)
    if found is None:
        return "not yet: factors returns None"
    assert isinstance(found, list | tuple), f"expected a list of the factors, not yet multiplied; got {found}"
    assert len(found) == 5, f"the path C, a2, z2, a1, z1, w1 has 5 steps, and you have {len(found)} factors"
    w1, w2 = Value(0.4), Value(-0.7)
    z1 = w1 * 3.0
    a1 = sigmoid(z1)
    z2 = w2 * a1
    a2 = sigmoid(z2)
    cost = 0.5 * (a2 - 1.0) ** 2
    cost.backward()
    assert abs(found[2] - a1.data) > 1e-9, "∂z2/∂a1: a product swaps, so it is w2; a1 is ∂z2/∂w2"
    path = {
        "∂C/∂a2, which is a2 − t": a2.grad,
        "∂a2/∂z2, which is a2 (1 − a2)": z2.grad / a2.grad,
        "∂z2/∂a1, the number that a1 is multiplied by": a1.grad / z2.grad,
        "∂a1/∂z1, which is a1 (1 − a1)": z1.grad / a1.grad,
        "∂z1/∂w1, the number that w1 is multiplied by": w1.grad / z1.grad,
    }
    for (name, wanted), number in zip(path.items(), found, strict=True):
        assert abs(number - wanted) < 1e-9, f"expected {wanted:.6f} for {name}; got {number:.6f}"
    assert abs(math.prod(found) - w1.grad) < 1e-12
    return f"right: their product is ∂C/∂w1 = {w1.grad:.6f}"


print(check_factors(factors))

# %% [markdown]
# **Exercise 3: without σ′.** Suppose the error signal of the unit were simply `δ = a − t`, with no σ′ in
# it. Write one step of learning with that δ, and return the new `w` and `b`.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def bold_step(w, b, x, t, rate):
#     delta = sigmoid(w * x + b) - t
#     return w - rate * delta * x, b - rate * delta
# ```
#
# The very wrong unit is now the quick one. The next notebook shows of which cost this is the gradient.
#
# </details>


# %%
def bold_step(w, b, x, t, rate):
    return None  # the new w, and the new b


def check_bold_step(answer):
    found = answer(0.0, 0.0, 3.0, 1.0, 0.1)
    if found is None:
        return "not yet: bold_step returns None"
    assert isinstance(found, list | tuple), "that is one number: return the new w, and the new b"
    assert len(found) == 2, "return two numbers: the new w, and the new b"
    w, b = found
    assert w > 0, "the answer ½ is below the target 1, so w must rise: subtract rate · δ · x, with δ = a − t"
    assert abs(w - 0.0375) > 1e-9, "that still has the factor σ′ = ¼ in it"
    assert abs(w - 0.05) > 1e-9, "∂z/∂w is x: multiply δ by it for the weight"
    assert abs(w - 0.15) < 1e-9, f"expected the new w to be 0.15, got {w}"
    assert abs(b - 0.05) < 1e-9, f"expected the new b to be 0.05, got {b}; for the bias the last factor is 1"
    w = b = 2.0
    for _ in range(300):
        w, b = answer(w, b, 1.0, 0.0, 0.15)
    return f"right: from w = b = 2 it comes to an answer of {sigmoid(w + b):.2f}, not {bad_answer:.2f}"


print(check_bold_step(bold_step))

# %% [markdown]
# Next: many examples at once, and three models that are as old as statistics, in
# [03_regression](03_regression.ipynb).
