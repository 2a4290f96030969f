# %% [markdown]
# # 6. Two moons
#
# *Before this: [5. XOR and exam scores](05_xor_and_exam_scores.ipynb), the first networks that learn.*
#
# Two crescents of points lie in a plane, each hooked into the other. Which crescent does a new point
# belong to? A child can draw the border with one stroke of a crayon. This notebook trains a network to
# draw it, first with every step of the loop in plain sight, then in five lines.
#
# The one new idea is in the loss. We shall not ask the network to be *right*. We shall ask it to be right
# **by a margin**.
#
# ## The points
#
# Each point is a pair of numbers. It has a **target** `t`: -1 for the upper moon, 1 for the lower.

# %%
from autograd_lite import Value, decision_boundary, draw, loss_curve, relu
from autograd_lite.nn import MLP, accuracy, fit, hinge, l2_penalty, linear_ramp, predict
from autograd_lite.nn.data import moons

X, labels = moons(100, noise=0.1, seed=1)
t = [2 * label - 1 for label in labels]

for point, target in zip(X[:4], t[:4], strict=True):
    print(f"({point[0]:5.2f}, {point[1]:5.2f})  target {target:2d}")
assert (t.count(-1), t.count(1)) == (50, 50)

# %% [markdown]
# Our model will turn a point into one number, its **score** `s`. The sign of the score is the answer:
# above 0 means the lower moon. How *far* from 0 it is tells how sure the model is.
#
# ## The max-margin loss
#
# For one point the loss is
#
# > loss = max(0, 1 - t·s)
#
# Multiply the score by the target, and you get the **margin** `t·s`: positive if the answer is right,
# negative if it is wrong. With a margin of 1 or more the loss is 0, and the point has nothing to complain
# about. Below 1 it complains, and the complaint grows steadily. The graph looks like a hinge, and that is
# its other name, *hinge loss*. `max(0, z)` is an old friend too: it is `relu(z)`.
#
# The loss of all points is the mean. The package calls it `hinge`.

# %%
for score, target in ((2.0, 1), (0.4, 1), (-0.5, 1), (-3.0, -1)):
    s = Value(score, label="s")
    loss = relu(1 - target * s)
    loss.backward()
    print(f"score {score:4.1f}  target {target:2d}  margin {target * score:4.1f}", end="  ")
    print(f"loss {loss.data:.1f}  ∂loss/∂s {s.grad:4.1f}")
    assert loss.data == max(0.0, 1 - target * score)
    assert s.grad == (-target if target * score < 1 else 0.0)

scores, targets = [2.0, 0.4, -0.5, -3.0], [1, 1, 1, -1]
mean = sum(max(0.0, 1 - a * b) for a, b in zip(targets, scores, strict=True)) / 4
print(f"the mean of the four: {mean:.4f} and {hinge(scores, targets):.4f}")
assert abs(hinge(scores, targets) - mean) < 1e-15

s, target = Value(0.4, label="s"), Value(1.0, label="t")
loss = relu(1 - target * s)
loss.label = "loss"
loss.backward()
draw(loss)

# %% [markdown]
# Look at the second line. That score is on the right side, and still there is a loss of 0.6: right, but
# not by enough. This is what makes a border keep its distance from the points.
#
# And look at the gradients. There are only two answers, "nothing" and "push, at full strength". A point
# that is right by a margin of 1 falls silent, and the training attends to the others.
#
# ## A line is not enough
#
# A single linear unit computes `s = w₁x₁ + w₂x₂ + b`, and `s = 0` is a straight line. Train it all the
# same: it is the honest thing to compare with. One step of the training is always the same:
#
# 1. **Forward.** Compute the scores and the loss `L`.
# 2. **Zero, then backward.** Each parameter gets its gradient, ∂L/∂w.
# 3. **Update.** w ← w - η ∂L/∂w. The factor η ("eta") is the **learning rate**, the length of the stride.

# %%
line = MLP(2, [1], seed=1)
for _ in range(60):
    loss = hinge([line(x) for x in X], t)
    line.zero_grad()
    loss.backward()
    for w in line.parameters():
        w.data -= 0.5 * w.grad

best_line = accuracy(predict(line, X), t)
assert 0.8 < best_line < 0.95
decision_boundary(line, X, t)

# %% [markdown]
# The ringed points are on the wrong side. Turn the line as you like, the tips of the moons stay out of
# reach.
#
# ## A network
#
# Two hidden layers of 16 relu units each, and a linear unit that gives the score. A relu unit is flat on
# one side of a line and rises on the other: it can fold the plane. Thirty-two folds are plenty.
#
# ## Holding the weights back
#
# 337 parameters for 100 points is a generous supply. There is a cheap way to satisfy the margin: make all
# weights huge, and every score becomes huge with them. So we let each weight pay for its size. **L2
# regularisation** adds to the loss
#
# > α · (sum of the squares of all parameters)
#
# with a small α ("alpha"). What does it do in an update? The gradient of αw² is 2αw. So each step takes
# away from a weight a small share, 2ηα, of the weight itself. Without any points to please, weights would
# fade away. That is why it is also called *weight decay*.

# %%
w = Value(3.0, label="w")
penalty = 0.01 * l2_penalty([w])
penalty.backward()
assert abs(w.grad - 2 * 0.01 * 3.0) < 1e-15

eta = 0.5
faded = w.data - eta * w.grad
print(f"one step takes w from {w.data:g} to {faded:g}, which is {faded / w.data:g} times as much")
assert abs(faded - 3.0 * (1 - 2 * eta * 0.01)) < 1e-15

model = MLP(2, [16, 16, 1], seed=1)
assert len(model.parameters()) == 16 * (2 + 1) + 16 * (16 + 1) + (16 + 1) == 337
draw(model)

# %% [markdown]
# ## The loop, by hand
#
# Now the three steps, forty times over. The learning rate begins at 1, to get going, and falls in a
# straight line towards 0.1, to settle. Everything the training does is in this cell.

# %%
STEPS, ALPHA = 40, 1e-4
losses, right = [], []
for step in range(STEPS):
    # 1. forward
    scores = [model(x) for x in X]
    loss = hinge(scores, t) + ALPHA * l2_penalty(model.parameters())
    # 2. zero, then backward
    model.zero_grad()
    loss.backward()
    # 3. update
    eta = 1.0 - 0.9 * step / STEPS
    for w in model.parameters():
        w.data -= eta * w.grad

    losses.append(loss.data)
    right.append(sum((s.data > 0) == (target > 0) for s, target in zip(scores, t, strict=True)))
    if step % 10 == 0 or step == STEPS - 1:
        print(f"step {step:2d}  loss {losses[-1]:.4f}  right {right[-1]} of 100")

by_hand = accuracy(predict(model, X), t)
assert by_hand > 0.99
assert by_hand > best_line
assert losses[-1] < 0.05 * losses[0]
loss_curve(losses)

# %% [markdown]
# The way down is bumpy at the start, where the steps are long, and smooth at the end.
#
# ## What it has learned
#
# Three questions. Do the points keep their margin? At the start few had one. Is the network right about
# points that it has **never seen**? To be right about those it was trained on proves little: a list would do
# as well. Another seed gives 200 new ones from the same moons. And what does the border look like?

# %%
margins = [target * s for s, target in zip(predict(model, X), t, strict=True)]
fresh = [target * s for s, target in zip(predict(MLP(2, [16, 16, 1], seed=1), X), t, strict=True)]
print(f"margin of 1 or more: {sum(m >= 1 for m in fresh)} points before, {sum(m >= 1 for m in margins)} now")
print(f"least margin: {min(fresh):.2f} before, {min(margins):.2f} now")
assert min(fresh) < 0 < min(margins)
assert sum(m >= 1 for m in margins) > 80

X_new, labels_new = moons(200, noise=0.1, seed=2)
t_new = [2 * label - 1 for label in labels_new]
seen, unseen = accuracy(predict(model, X), t), accuracy(predict(model, X_new), t_new)
print(f"points of the training: {seen:.1%} right; new points: {unseen:.1%} right")
assert not any(point in X for point in X_new)
assert unseen >= 0.99

picture = decision_boundary(model, X, t)
assert picture.accuracy > 0.99
picture

# %% [markdown]
# The border is made of straight pieces, folded by the relus, and it passes through the empty space between
# the moons.
#
# ## The same in five lines
#
# What we wrote by hand is what `fit` does, down to the digits: the steps, the learning rate that falls, and
# a history besides. `loss` may be a name or, as here, a function of scores and targets. An **epoch** is one
# pass over all the points; since we use all of them in each step, an epoch is a step.

# %%
again = MLP(2, [16, 16, 1], seed=1)
history = fit(
    again, X, t, epochs=40, optimizer="sgd", lr=1.0, schedule=linear_ramp(40, end=0.1),
    loss=lambda scores, t: hinge(scores, t) + 1e-4 * l2_penalty(again.parameters()),
)  # fmt: skip

furthest = max(abs(a - b) for a, b in zip(history.steps["loss"], losses, strict=True))
print(f"accuracy {accuracy(predict(again, X), t):.1%}; from the loop by hand never further than", end=" ")
print("0.000001" if furthest < 1e-6 else furthest)
assert furthest < 1e-6
assert accuracy(predict(again, X), t) > 0.99
history

# %% [markdown]
# ## Does α matter?
#
# Train once more, with a penalty 300 times as large. Watch the sum of the squares, which is what the penalty
# is about.

# %%
tight = MLP(2, [16, 16, 1], seed=1)
fit(
    tight, X, t, epochs=30, optimizer="sgd", lr=1.0, schedule=linear_ramp(30, end=0.1),
    loss=lambda scores, t: hinge(scores, t) + 3e-2 * l2_penalty(tight.parameters()),
)  # fmt: skip

squares, shares = [], []
for alpha, net in ((1e-4, again), (3e-2, tight)):
    squares.append(sum(w.data**2 for w in net.parameters()))
    shares.append(accuracy(predict(net, X), t))
    print(f"α = {alpha:<6g}  sum of squares {squares[-1]:6.1f}  accuracy {shares[-1]:.1%}")

assert squares[0] > 5 * squares[1]
assert shares[0] > shares[1]
decision_boundary(tight, X, t)

# %% [markdown]
# With too heavy a penalty the weights shrink, the folds flatten out, and the border turns simpler than the
# moons are. The α of before was a gentle hand: in forty steps it took next to nothing from any weight. A
# good α lies between too heavy and none, and is found by trying, on points kept aside for the purpose.
#
# ## Your turn
#
# **Exercise 1: margins by hand.** Fill in the loss of each point, and ∂loss/∂s.
#
# <details>
# <summary>Solution</summary>
#
# The margins are 0.25, -2, 3 and 1. Only the first two are below 1. There the loss is 1 minus the margin,
# and the gradient is -t.
#
# ```python
# losses_by_hand = [0.75, 3.0, 0.0, 0.0]
# gradients_by_hand = [-1.0, 1.0, 0.0, 0.0]
# ```
#
# At a margin of exactly 1 the hinge has its kink. The slope is -1 on one side and 0 on the other; the
# package takes 0, as nearly everybody does.
#
# </details>

# %%
cases = [(0.25, 1), (2.0, -1), (-3.0, -1), (1.0, 1)]  # score and target
losses_by_hand = [None, None, None, None]
gradients_by_hand = [None, None, None, None]


def check_margins(losses, gradients):
    if None in losses:
        return f"not yet: the loss of point {losses.index(None)} is still to come"
    for i, ((score, target), answer) in enumerate(zip(cases, losses, strict=True)):
        margin = target * score
        assert answer != 1 - score or target == 1, f"point {i}: multiply the score by the target first"
        assert answer >= 0, f"point {i}: a loss below 0 would be a reward; cut it off at 0"
        assert margin >= 1 or answer != 0, f"point {i}: its margin is {margin:g}, less than 1: it complains"
        assert answer == max(0, 1 - margin), f"point {i}: 1 minus its margin, which is {margin:g}"
    if None in gradients:
        return f"not yet: the gradient of point {gradients.index(None)} is still to come"
    for i, ((score, target), answer) in enumerate(zip(cases, gradients, strict=True)):
        s = Value(score)
        relu(1 - target * s).backward()
        assert answer != -s.grad or not s.grad, f"point {i}: the margin has a minus before it: turn the sign"
        assert answer == s.grad, f"point {i}: at a margin of {target * score:g} it should be {s.grad:g}"
    return "right: two complain, at full strength, and two are silent"


print(check_margins(losses_by_hand, gradients_by_hand))

# %% [markdown]
# **Exercise 2: count the right ones.** Return the share of points whose score has the sign of the target.
# A score of exactly 0 counts as an answer of -1.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def share_right(scores, targets):
#     right = [(s > 0) == (t > 0) for s, t in zip(scores, targets, strict=True)]
#     return sum(right) / len(right)
# ```
#
# </details>


# %%
def share_right(scores, targets):
    return None  # your share, between 0 and 1


def check_share(answer):
    found = answer([3.0, -0.1, 0.2, -4.0], [1, -1, -1, -1])
    if found is None:
        return "not yet: share_right returns None"
    assert found != 3, "that is how many are right; divide by how many there are"
    assert found != 0.25, "that is the share of the wrong ones"
    assert found != 0.5, "being right does not take a margin of 1: a score of -0.1 for -1 is right"
    assert found == 0.75, f"3 of these 4 are right: expected 0.75, got {found}"
    assert answer([0.0], [-1]) == 1.0, "a score of 0 counts as an answer of -1, and -1 was wanted"
    assert answer([0.0], [1]) == 0.0, "a score of 0 counts as an answer of -1, and 1 was wanted"
    assert answer(predict(line, X), t) == best_line
    return "right: and it agrees with `accuracy` on the moons"


print(check_share(share_right))

# %% [markdown]
# **Exercise 3: a softer hinge.** At its kink the hinge goes abruptly from silence to full strength. Its
# square does not: write the loss that is the mean of max(0, 1 - t·s)², on Values, so that it can be
# trained with.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def squared_hinge(scores, targets):
#     losses = [relu(1 - t * s) ** 2 for s, t in zip(scores, targets, strict=True)]
#     return sum(losses) / len(losses)
# ```
#
# Now the complaint fades as the margin comes near 1, and a point that is badly wrong complains louder than
# one that is a little wrong.
#
# </details>


# %%
def squared_hinge(scores, targets):
    return None  # your loss


def check_squared_hinge(answer):
    scores = [Value(0.5), Value(2.0), Value(-1.0)]
    loss = answer(scores, [1, 1, 1])
    if loss is None:
        return "not yet: squared_hinge returns None"
    assert not isinstance(loss, list), "that is a loss for each point; return the mean of them"
    assert isinstance(loss, Value), "the result is no Value, so it has no graph; use the scores themselves"
    assert loss.data != 4.25, "that is the sum over the points; take the mean"
    assert abs(loss.data - 5.25 / 3) > 1e-9, "a point with a margin of 2 has loss 0: relu first, then square"
    assert abs(loss.data - 2.5 / 3) > 1e-9, "that is the hinge itself; square it"
    assert abs(loss.data - 4.25 / 3) < 1e-9, f"expected {4.25 / 3:.4f} for margins 0.5, 2 and -1"
    loss.backward()
    found = [s.grad for s in scores]
    assert found[1] == 0.0, "a point with a margin of 2 must be silent"
    assert abs(found[0] + 1 / 3) < 1e-9, "something on the way from the scores to the loss has no graph"
    assert abs(found[2] - 4 * found[0]) < 1e-9, "four times as far from its margin, four times as loud"
    net = MLP(2, [8, 1], activation="tanh", seed=1)
    fit(net, X, t, loss=answer, optimizer="adam", lr=0.1, epochs=30)
    return f"right: and trained with it, a smaller network gets {accuracy(predict(net, X), t):.0%}"


print(check_squared_hinge(squared_hinge))

# %% [markdown]
# *Next: [7. Optimisers](07_optimisers.ipynb). Everything here moved by w ← w - η ∂L/∂w. One can be
# cleverer than that.*
