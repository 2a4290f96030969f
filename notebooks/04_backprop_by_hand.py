# %% [markdown]
# # 4. Backpropagation by hand
#
# In [03_regression](03_regression.ipynb) every unit had a target of its own. Put one unit *behind*
# another and that is over: nobody tells a unit in the middle what it should have said. So what is its
# error? This question held up the field for years, and the answer is the chain rule. Here we write out
# every formula, for every weight, of the two networks that textbooks use, and hold each number against
# the engine.
#
# ## The notation
#
# There are two inputs x₁, x₂, a layer of two **hidden** units, and a layer of one or two **outputs**. All
# are sigmoid units.
#
# * wⱼᵢ is the weight of hidden unit `j` for input `i`; hⱼ = σ(Σᵢ wⱼᵢ·xᵢ + bⱼ) is what that unit says.
# * vₖⱼ is the weight of output `k` for hidden unit `j`; ŷₖ = σ(Σⱼ vₖⱼ·hⱼ + cₖ) is what that one says.
# * tₖ is the target of output `k`, and the loss is L = ½ Σₖ (ŷₖ − tₖ)².
# * **δ** of a unit is its error signal, ∂L/∂z, where z is its weighted sum.
#
# In code the lists `W` and `V` hold a row for each unit. We count from 0 there, as Python does.

# %%
import math

from autograd_lite import Value, draw, grad, play, sigmoid, weight_map
from autograd_lite.nn import MLP, half_sse
from autograd_lite.nn.by_hand import backpropagate, delta_rule


def same(one, other):
    """Whether two numbers agree but for the last digits of a float, which has about 16."""
    return math.isclose(one, other, rel_tol=1e-13, abs_tol=1e-18)


# %% [markdown]
# ## The delta rule
#
# First a single unit, the case we know. A linear unit with `L = ½ (ŷ − t)²` has δ = ŷ − t, and a step of
# gradient descent is
#
# > wᵢ ← wᵢ − η · δ · xᵢ
#
# This is the **delta rule**, of Widrow and Hoff, 1960. If the unit is a sigmoid, the slope comes in as
# well: δ = (ŷ − t) · ŷ (1 − ŷ). `delta_rule` takes such a step with plain arithmetic. We take the same
# step with the engine.

# %%
weights, bias, inputs, target, rate = [0.5, -0.3], 0.1, [2.0, 1.0], 1.0, 0.25

for is_sigmoid in (False, True):
    w, b = [Value(number) for number in weights], Value(bias)
    z = w[0] * inputs[0] + w[1] * inputs[1] + b
    loss = 0.5 * ((sigmoid(z) if is_sigmoid else z) - target) ** 2
    loss.backward()
    engine = [leaf.data - rate * leaf.grad for leaf in (*w, b)]
    by_rule, bias_by_rule = delta_rule(weights, bias, inputs, target, rate, sigmoid=is_sigmoid)
    print("sigmoid" if is_sigmoid else "linear ", [round(number, 6) for number in engine])
    assert all(same(one, other) for one, other in zip(engine, [*by_rule, bias_by_rule], strict=True))

# %% [markdown]
# ## Two inputs, two hidden units, one output
#
# Now the smallest network with a middle. It gets two numbers, and should answer ½. The biases begin at 0.
# `MLP(2, [2, 1])` is a network with 2 inputs, 2 hidden units and 1 output.

# %%
net = MLP(2, [2, 1], activation="sigmoid", output="sigmoid", seed=1)


def set_weights(net, W, b, V, c):
    for layer, rows, biases in zip(net.layers, (W, V), (b, c), strict=True):
        for unit, row, bias in zip(layer.neurons, rows, biases, strict=True):
            unit.b.data = bias
            for weight, number in zip(unit.w, row, strict=True):
                weight.data = number


x, t = [0.35, 0.9], [0.5]
W, b = [[0.1, 0.8], [0.4, 0.6]], [0.0, 0.0]
V, c = [[0.3, 0.9]], [0.0]
set_weights(net, W, b, V, c)

weight_map(net)

# %% [markdown]
# **Forward.** Three units, three formulas.
#
# > h₁ = σ(w₁₁·x₁ + w₁₂·x₂ + b₁),  h₂ = σ(w₂₁·x₁ + w₂₂·x₂ + b₂),  ŷ = σ(v₁·h₁ + v₂·h₂ + c)
#
# **Backward.** The output has a target, so its error signal is that of the last section:
#
# > δ = (ŷ − t) · ŷ (1 − ŷ)
#
# The hidden units have none. But the chain rule does not ask for one. From the loss back to z₁, the
# weighted sum of hidden unit 1, there is one path: L → z → h₁ → z₁. The first part of it is δ. The two
# factors that follow are ∂z/∂h₁ = v₁, and the slope of the sigmoid:
#
# > δ₁ = δ · v₁ · h₁ (1 − h₁),  δ₂ = δ · v₂ · h₂ (1 − h₂)
#
# In words: **the error of a hidden unit is the error it caused**. It is the error of the output, times
# how strongly the output listened, times how ready the unit is to change. Then every weight gets the δ of
# its unit times what came in through it, and every bias the δ itself. Here are all nine.

# %%
h1 = sigmoid(W[0][0] * x[0] + W[0][1] * x[1] + b[0])
h2 = sigmoid(W[1][0] * x[0] + W[1][1] * x[1] + b[1])
y = sigmoid(V[0][0] * h1 + V[0][1] * h2 + c[0])
L = 0.5 * (y - t[0]) ** 2

print(f"h1 = {h1:.6f}   h2 = {h2:.6f}   ŷ = {y:.6f}   L = {L:.6f}")
assert same(y, net(x).data)

delta = (y - t[0]) * y * (1 - y)
delta1 = delta * V[0][0] * h1 * (1 - h1)
delta2 = delta * V[0][1] * h2 * (1 - h2)

by_hand = {
    "layers.0.neurons.0.w.0": delta1 * x[0],
    "layers.0.neurons.0.w.1": delta1 * x[1],
    "layers.0.neurons.0.b": delta1,
    "layers.0.neurons.1.w.0": delta2 * x[0],
    "layers.0.neurons.1.w.1": delta2 * x[1],
    "layers.0.neurons.1.b": delta2,
    "layers.1.neurons.0.w.0": delta * h1,
    "layers.1.neurons.0.w.1": delta * h2,
    "layers.1.neurons.0.b": delta,
}

loss = half_sse([net(x)], t)
loss.label = "L"
net.zero_grad()
loss.backward()
from_package = backpropagate(net, x, t).gradients  # the textbook's formulas, as the package has them

print(f"{'':22}   by hand              engine")
for name, parameter in net.named_parameters():
    print(f"{name:22}  {by_hand[name]: .15f}   {parameter.grad: .15f}")
    assert same(by_hand[name], parameter.grad)
    assert same(by_hand[name], from_package[name])

# %% [markdown]
# Nine of nine, to every digit shown.
#
# Step through the same pass and look for the error signals. Each `dot` is a weighted sum, so its gradient
# is the δ of that unit. (The graph is wide: scroll sideways for the loss.)

# %%
player = play(loss)
sums = [node for node in player.trace.nodes if node.op is not None and node.op.name == "dot"]
signals = [node.gradient for node in sums[:3]]
assert same(signals[0], delta1)
assert same(signals[1], delta2)
assert same(signals[2], delta)
player

# %% [markdown]
# ## Two outputs
#
# With two outputs, each hidden unit is heard twice. There are two paths from the loss to it, and paths
# add:
#
# > δⱼ = ( Σₖ vₖⱼ · δₖ ) · hⱼ (1 − hⱼ)
#
# That sum is the whole of **backpropagation**. Look at it closely. Going forward, output `k` adds up over
# the hidden units `j`, with the weights vₖⱼ. Going backward, hidden unit `j` adds up over the outputs
# `k`, with the *same* weights. The signals run through the same wires in reverse.
#
# The numbers are those of a worked example that thousands have followed with a pocket calculator (M.
# Mazur's "A step by step backpropagation example", 2015).

# %%
x, t = [0.05, 0.10], [0.01, 0.99]
W, b = [[0.15, 0.20], [0.25, 0.30]], [0.35, 0.35]
V, c = [[0.40, 0.45], [0.50, 0.55]], [0.60, 0.60]

h = [sigmoid(W[j][0] * x[0] + W[j][1] * x[1] + b[j]) for j in (0, 1)]
y = [sigmoid(V[k][0] * h[0] + V[k][1] * h[1] + c[k]) for k in (0, 1)]
L = 0.5 * ((y[0] - t[0]) ** 2 + (y[1] - t[1]) ** 2)

out = [(y[k] - t[k]) * y[k] * (1 - y[k]) for k in (0, 1)]
hidden = [(V[0][j] * out[0] + V[1][j] * out[1]) * h[j] * (1 - h[j]) for j in (0, 1)]

dW = [[hidden[j] * x[i] for i in (0, 1)] for j in (0, 1)]
dV = [[out[k] * h[j] for j in (0, 1)] for k in (0, 1)]

print(f"L = {L:.9f}")
print("δ of the outputs     ", [f"{signal:.9f}" for signal in out])
print("δ of the hidden units", [f"{signal:.9f}" for signal in hidden])
assert round(L, 9) == 0.298371109  # the numbers of that example
assert round(dV[0][0], 9) == 0.082167041
assert round(dW[0][0], 9) == 0.000438568

# %% [markdown]
# Against the engine, all twelve, and against the package's own textbook formulas. Then a step of gradient
# descent with η = ½.

# %%
net = MLP(2, [2, 2], activation="sigmoid", output="sigmoid", seed=1)
set_weights(net, W, b, V, c)
loss = half_sse([net(x)], [t])
loss.label = "L"
loss.backward()

found = backpropagate(net, x, t)
by_hand = []
for rows, deltas in ((dW, hidden), (dV, out)):
    for row, signal in zip(rows, deltas, strict=True):
        by_hand += [*row, signal]  # the weights of a unit, then its bias
assert len(by_hand) == len(net.parameters()) == 12
for number, (name, parameter) in zip(by_hand, net.named_parameters(), strict=True):
    assert same(number, parameter.grad)
    assert same(number, found.gradients[name])
assert all(same(one, other) for one, other in zip(hidden, found.hidden_deltas, strict=True))

for parameter in net.parameters():
    parameter.data -= 0.5 * parameter.grad
after = half_sse([net(x)], [t]).data
print(f"12 of 12 agree; the step takes the loss from {L:.6f} to {after:.6f}")
assert after < L
assert round(net.layers[1].neurons[0].w[0].data, 8) == 0.35891648

draw(loss)

# %% [markdown]
# Follow the wires out of a hidden unit: there are two, one to each output, and two gradients come back.
# The sum in the formula is the `+=` of the first notebook.
#
# ## The same in matrices
#
# Write the weights as a matrix and everything gets shorter. Let `q = W·x`, which is qᵢ = Σⱼ Wᵢⱼ·xⱼ, and
# take the simplest loss there is, the squared length **L = ‖W·x‖² = Σᵢ qᵢ²**. Then ∂L/∂qᵢ = 2qᵢ, and
#
# * Wᵢⱼ appears only in qᵢ, multiplied by xⱼ. So ∂L/∂Wᵢⱼ = 2qᵢ · xⱼ. As a matrix: **2q · xᵀ**, every error
#   signal times every input.
# * xⱼ appears in every qᵢ, multiplied by Wᵢⱼ. So ∂L/∂xⱼ = Σᵢ Wᵢⱼ · 2qᵢ. As a vector: **Wᵀ · 2q**, the
#   signals sent back through the same weights.
#
# The sign ᵀ means: rows and columns exchanged.


# %%
def squared_length(W, x):
    return sum(sum(wij * xj for wij, xj in zip(row, x, strict=True)) ** 2 for row in W)


W2, x2 = [[0.1, 0.5], [-0.3, 0.8]], [0.2, 0.4]
q = [sum(wij * xj for wij, xj in zip(row, x2, strict=True)) for row in W2]
q_xT = [[2 * qi * xj for xj in x2] for qi in q]
WT_q = [sum(W2[i][j] * 2 * q[i] for i in (0, 1)) for j in (0, 1)]

dL_dW, dL_dx = grad(squared_length, argnums=(0, 1))(W2, x2)
print(f"L = {squared_length(W2, x2):.4f}, with q = {[round(qi, 4) for qi in q]}")
print("2q · xᵀ =", [[round(number, 4) for number in row] for row in q_xT])
print("Wᵀ · 2q =", [round(number, 4) for number in WT_q])
for i in (0, 1):
    assert same(WT_q[i], dL_dx[i])
    for j in (0, 1):
        assert same(q_xT[i][j], dL_dW[i][j])

# %% [markdown]
# These two lines are the backward pass of *any* layer, whatever the loss. Put the error signals δ of the
# layer in the place of 2q. The weights get **δ · xᵀ**, and **Wᵀ · δ** goes on to the layer before, which
# multiplies it by its own slopes and has its δ. So a network with a hundred layers needs no new formula.
#
# ## Your turn
#
# **Exercise 1: one hidden unit.** A hidden unit says `h = ½`. Two outputs listen to it, with the weights
# 2 and −1. Their error signals are 0.5 and 0.2. The hidden unit's own input is `x = 4`. Fill in the
# numbers.
#
# <details>
# <summary>Solution</summary>
#
# What comes back is 2·0.5 + (−1)·0.2 = 0.8. The slope is ½·(1 − ½) = 0.25, so δ = 0.2. The weight gets
# δ·x = 0.8.
#
# ```python
# answers = {"comes back": 0.8, "slope": 0.25, "δ": 0.2, "∂L/∂w": 0.8}
# ```
#
# </details>

# %%
answers = {"comes back": None, "slope": None, "δ": None, "∂L/∂w": None}


def check_hidden_unit(answers):
    missing = [name for name, answer in answers.items() if answer is None]
    if missing:
        return f"not yet: {missing[0]!r} is still to come"
    back, slope, delta, dw = (answers[name] for name in ("comes back", "slope", "δ", "∂L/∂w"))
    assert abs(back - 1.2) > 1e-9, "comes back: the second output listens with a weight of −1; mind its sign"
    assert abs(back - 0.7) > 1e-9, "comes back: multiply each signal by its weight before you add"
    assert abs(back - 0.8) < 1e-9, "comes back: Σ v·δ over the two outputs"
    assert abs(slope - 0.25) < 1e-9, "slope: h (1 − h), and h is ½"
    assert abs(delta - 0.8) > 1e-9, "δ: that is what comes back; multiply it by the slope of the unit"
    assert abs(delta - 0.2) < 1e-9, "δ: what comes back, times the slope"
    assert abs(dw - 0.8) < 1e-9, "∂L/∂w: δ times the input of the unit, which is 4"
    return "right: and none of it needed a target for the hidden unit"


print(check_hidden_unit(answers))

# %% [markdown]
# **Exercise 2: any number of units.** Return the list of error signals of a hidden layer. `V[k][j]` is
# the weight of output `k` for hidden unit `j`, `h[j]` is what that unit says, and `deltas[k]` are the
# outputs' signals.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def hidden_signals(V, h, deltas):
#     signals = []
#     for j, hj in enumerate(h):
#         back = sum(V[k][j] * deltas[k] for k in range(len(deltas)))
#         signals.append(back * hj * (1 - hj))
#     return signals
# ```
#
# </details>


# %%
def hidden_signals(V, h, deltas):
    return None  # one number for each hidden unit


def check_hidden_signals(answer):
    found = answer(V, h, out)
    if found is None:
        return "not yet: hidden_signals returns None"
    assert isinstance(found, list | tuple), f"expected a list with a signal for each hidden unit, got {found}"
    assert len(found) == 2, f"expected one signal for each of 2 hidden units, got {len(found)}"
    for j in (0, 1):
        back = V[0][j] * out[0] + V[1][j] * out[1]
        rows = V[j][0] * out[0] + V[j][1] * out[1]
        slope = h[j] * (1 - h[j])
        assert not same(found[j], rows * slope), f"unit {j}: you went along row {j} of V; go down its column"
        assert not same(found[j], back), f"unit {j}: the slope h (1 − h) is missing"
        assert not same(found[j], V[0][j] * out[0] * slope), f"unit {j}: only the first output is in it"
        assert same(found[j], back * slope), f"unit {j}: expected {back * slope:.9f}, got {found[j]:.9f}"
    wide = answer([[1.0, 2.0, 3.0]], [0.5, 0.5, 0.5], [4.0])
    assert len(wide) == 3, "with 3 hidden units and 1 output there must be 3 signals"
    assert wide == [1.0, 2.0, 3.0], f"with 3 hidden units and 1 output: expected [1, 2, 3], got {wide}"
    return "right: that is backpropagation, for layers of any size"


print(check_hidden_signals(hidden_signals))

# %% [markdown]
# **Exercise 3: another loss.** Take for L the loss of logistic regression, summed over the two outputs.
# Which of the formulas change? Return the error signals of the outputs.
#
# <details>
# <summary>Solution</summary>
#
# Only those of the outputs, and they get simpler: the slope cancels, as in the last notebook. All that
# lies behind, hidden signals and weights, stays as it is.
#
# ```python
# def output_signals(y, t):
#     return [yk - tk for yk, tk in zip(y, t, strict=True)]
# ```
#
# </details>


# %%
def output_signals(y, t):
    return None  # one number for each output


def check_output_signals(answer):
    found = answer(y, t)
    if found is None:
        return "not yet: output_signals returns None"
    set_weights(net, W, b, V, c)
    wanted = backpropagate(net, x, t, cross_entropy=True).output_deltas
    assert isinstance(found, list | tuple), f"expected a list with a signal for each output, got {found}"
    assert len(found) == 2, f"expected one signal for each of 2 outputs, got {len(found)}"
    for k, (number, right) in enumerate(zip(found, wanted, strict=True)):
        assert not same(number, out[k]), (
            f"output {k}: that is the signal of ½ Σ (ŷ − t)²; the slope cancels now"
        )
        assert not same(number, -right), f"output {k}: the sign is turned; ŷ − t"
        assert same(number, right), f"output {k}: expected {right:.9f}, got {number:.9f}"
    return "right: one line changes, and the signals of these two outputs are several times as large"


print(check_output_signals(output_signals))

# %% [markdown]
# Next: enough formulas, let a network learn something a line cannot, in
# [05_xor_and_exam_scores](05_xor_and_exam_scores.ipynb).
