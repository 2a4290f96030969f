# %% [markdown]
# # 1. A number that remembers how it was made
#
# A neural network learns by asking, of each of its numbers, one question: *if I nudged you a little,
# what would happen to the result?* This notebook builds the machine that answers. It is smaller than
# its reputation. Everything in it grows from one idea: **a `Value` is a number that remembers how it
# was made.**
#
# ## The question, asked of a plain function
#
# Throw a ball upwards at 20 metres a second. After `t` seconds it is about `20t - 5t²` metres high.
# How fast is it going after one second? Nobody needs calculus to find out. Look at the height, wait a
# moment, look again: the change in height, divided by the wait, is the speed.
#
# That quotient is the **slope**. Make the wait shorter and shorter, and the number that the slope
# settles on is the **derivative**.

# %%
from autograd_lite import Value, draw, loss_curve, play, primitive


def height(t):
    return 20.0 * t - 5.0 * t * t


def slope(f, x, step):
    return (f(x + step) - f(x)) / step


for step in (1.0, 0.1, 0.01, 1e-4, 1e-6, 1e-12, 1e-15, 1e-17):
    print(f"step {step:<6g}  slope {slope(height, 1.0, step):.6f}")

assert abs(slope(height, 1.0, 1e-6) - 10.0) < 1e-4  # after 1 s, rising at 10 m/s
assert abs(slope(height, 2.0, 1e-6)) < 1e-4  # after 2 s, at the top: neither up nor down
assert abs(slope(height, 3.0, 1e-6) + 10.0) < 1e-4  # after 3 s, falling
assert 1.0 + 1e-17 == 1.0  # the step is lost
assert slope(height, 1.0, 1e-17) == 0.0

# %% [markdown]
# The slopes close in on 10, and then something goes wrong. Floats near 1 lie about 0.0000000000000002
# apart. A step of `1e-15` can only be taken roughly. A step of `1e-17` is lost altogether: `1 + 1e-17`
# *is* 1, the ball has not moved, and the slope is 0.
#
# So bumping is a fine way to **check** a derivative, to a handful of digits. As a way to **compute**
# them it has a second flaw: a network has a million numbers, and each would need a bump and a run of
# its own. We want all the answers at once, and exactly.
#
# ## A number with a memory
#
# Here is a calculation with more than one input. You work 3 hours at 20 an hour, somebody tips you 40,
# and after tax you keep half. What do you take home?
#
# Written with Values it looks the same as ever. But each result keeps hold of the Values it was made
# from, its **parents**, and of the operation that made it. The label is only a name for the picture.

# %%
hours = Value(3.0, label="hours")
wage = Value(20.0, label="wage")
tip = Value(40.0, label="tip")
kept = Value(0.5, label="kept")

earned = hours * wage
earned.label = "earned"
total = earned + tip
total.label = "total"
pay = total * kept
pay.label = "pay"

assert pay.data == 50.0
assert pay.parents[0] is total
assert pay.parents[1] is kept
assert pay.op.symbol == "*"
assert hours.parents == ()  # given, not made: a leaf

draw(pay)

# %% [markdown]
# The picture reads from left to right: the numbers you gave, then what was made of them, then the
# **root**, `pay`. Nobody drew it by hand. It is simply what `pay` remembers.
#
# ## Backwards, by hand
#
# Now the question: how fast does `pay` change when we nudge each of the others? We write the answer into
# each node as its **gradient**, `.grad`, and we start at the end, where it is easiest.
#
# * **The root.** If `pay` goes up by 1, `pay` goes up by 1. Its gradient is 1.
# * **A product swaps.** `pay = total * kept`. Add a little to `total`, and `pay` grows by that little
#   times `kept`. So `total` gets the number of `kept`, which is 0.5, and `kept` gets the number of
#   `total`, which is 100.

# %%
pay.grad = 1.0
total.grad = kept.data
kept.grad = total.data

draw(pay)

# %% [markdown]
# Three nodes know their gradient; the other cards have no such line yet. One step further left:
#
# * **A sum routes.** `total = earned + tip`. A nudge of either passes into `total` at full size, at a
#   rate of 1. So a sum hands the gradient it has to both parents, unchanged.
# * **Rates along a path multiply.** One more coin of tip is one more coin in the total; one more coin in
#   the total is half a coin of pay. So the gradient of `tip` is 1 × 0.5. This is the **chain rule**, and
#   there is nothing more to it.
#
# Last comes `earned = hours * wage`, a product, so it swaps again. This time we multiply by the gradient
# that `earned` already has. Then we bump every input, to see whether the pencil work was right.

# %%
earned.grad = 1.0 * total.grad
tip.grad = 1.0 * total.grad
hours.grad = wage.data * earned.grad
wage.grad = hours.data * earned.grad


def take_home(hours, wage, tip, kept):
    return (hours * wage + tip) * kept


leaves = (hours, wage, tip, kept)
by_hand = [leaf.grad for leaf in leaves]
for i, leaf in enumerate(leaves):
    numbers = [other.data for other in leaves]
    numbers[i] += 1e-6
    bumped = (take_home(*numbers) - pay.data) / 1e-6
    print(f"{leaf.label:6} by hand {leaf.grad:5.1f}   by bumping {bumped:10.5f}")
    assert abs(leaf.grad - bumped) < 1e-4

assert by_hand == [10.0, 1.5, 0.5, 100.0]
draw(pay)

# %% [markdown]
# The gradients say something about your life. One more hour of work is worth 10 to you, one more coin of
# tip is worth half a coin, and if the tax office let you keep one hundredth more, that would be one coin:
# 100 × 0.01.
#
# ## One node at a time
#
# Look at what we did at each node. We never needed the whole formula. We needed three things, and a
# node has all of them: its **gradient**, its **parents**, and for each parent the rate at which that
# parent moves it. Such a rate, across a single operation, is called a **partial**.
#
# `node.local_derivatives` holds the partials: one small function per parent, in the same order. Call it
# and you get the number. So the pencil work becomes one line, the same line for every operation:
#
# > parent's gradient = node's gradient × partial
#
# ## Let the machine find the order
#
# One thing was still ours: we chose to do `pay` first, then `total`, then `earned`. It matters. A node can
# hand on its gradient only when it has it.
#
# So we want a list of all nodes in which **parents come before what is made from them**, a
# *topological order*. Reading it backwards is then always safe. To make one, keep a pile of nodes with
# the root at the bottom and look at the top one. If a parent of it is not in the list yet, put that
# parent on the pile. Otherwise move the node to the list.
#
# Two details. A parent may be a plain number, as in `x * 2`, which needs no gradient. And `placed` is
# a set because `==` compares the numbers of Values, so a search in a list would confuse two nodes that
# happen to hold the same number; a set goes by identity.
#
# Rub out the pencil marks, and let the machine do it again.


# %%
def topological_order(root):
    order, placed, pile = [], set(), [root]
    while pile:
        node = pile[-1]
        missing = [p for p in node.parents if isinstance(p, Value) and p not in placed]
        if missing:
            pile.append(missing[0])
        else:
            placed.add(node)
            order.append(pile.pop())
    return order


def wires(node):
    """The parents of a node that are Values, each with the partial that belongs to it."""
    pairs = zip(node.parents, node.local_derivatives, strict=True)
    return [(parent, partial()) for parent, partial in pairs if isinstance(parent, Value)]


def backward_draft(root):
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        for parent, partial in wires(node):
            parent.grad = node.grad * partial
            print(f"{node.label:>6} to {parent.label:6} {node.grad:g} × {partial:g} = {parent.grad:g}")


for leaf in leaves:
    leaf.grad = 0.0
print("order:", *[node.label for node in topological_order(pay)])
backward_draft(pay)
assert [leaf.grad for leaf in leaves] == by_hand
assert [partial() for partial in total.local_derivatives] == [1.0, 1.0]  # a sum routes
assert [partial() for partial in pay.local_derivatives] == [kept.data, total.data]  # a product swaps
assert Value(1.0) == Value(1.0)
assert len({Value(1.0), Value(1.0)}) == 2

for leaf in leaves:
    leaf.grad = 0.0
pay.backward()  # the method that the package has for this
assert [leaf.grad for leaf in leaves] == by_hand
print("by hand, by our draft and by .backward():", by_hand)

# %% [markdown]
# A handful of lines, and they agree with the real one. It is tempting to stop here.
#
# ## The smallest sum that breaks it
#
# Try `b = a + a`. That is `2a`, so nudging `a` moves `b` twice as far, and the gradient of `a` must
# be 2. The draft will say 1. Two arrows leave `a`, because `a` is both parents of `b`. Along each comes a
# gradient of 1. The draft writes down the first, and then writes the second *over* it.
#
# When a nudge reaches the root along several paths, its effects add up, so the gradients must too. The
# cure is one character: `+=` for `=`. And since a sum has to start from something, every computed node
# first goes back to zero.
#
# Leaves are not reset, here or in the package: what arrives is **added** to what they have. That is
# handy when a result comes in several pieces. It also means that two calls of `.backward()` leave
# exactly twice the gradient, so **zero the gradients of the leaves before the next backward**.
# Forgetting this is a rite of passage.


# %%
def backward(root):
    order = topological_order(root)
    for node in order:
        if node.parents:
            node.grad = 0.0
    root.grad = 1.0
    for node in reversed(order):
        for parent, partial in wires(node):
            parent.grad += node.grad * partial


a = Value(3.0, label="a")
b = a + a
b.label = "b"
backward_draft(b)
assert a.grad == 1.0  # wrong!
a.grad = 0.0
backward(b)
assert a.grad == 2.0  # right
bumped = ((3.001 + 3.001) - (3.0 + 3.0)) / 0.001
assert abs(bumped - 2.0) < 1e-6
print(f"with += the gradient of a is {a.grad:g}; bumping says {bumped:.4f}")

a, b = Value(-2.0, label="a"), Value(3.0, label="b")
d, e = a * b, a + b
d.label, e.label = "d", "e"
f = d * e
f.label = "f"
backward(f)
assert (a.grad, b.grad) == (-3.0, -8.0)  # a: 3 × 1 + 1 × (-6), b: (-2) × 1 + 1 × (-6)

a.grad = b.grad = 0.0
f.backward()
assert (a.grad, b.grad) == (-3.0, -8.0)  # the package agrees
f.backward()
assert (a.grad, b.grad) == (-6.0, -16.0)  # not zeroed: exactly twice
a.grad = b.grad = 0.0
f.backward()
assert (a.grad, b.grad) == (-3.0, -8.0)  # zeroed: right again
draw(f)

# %% [markdown]
# ## A museum of wrong engines
#
# Nearly everybody who writes such an engine writes one of these first. Each looks right, and each passes a
# test that is too kind.
#
# * **The overwriter** has `=` where `+=` should be. You have met it.
# * **The impatient one** keeps no order, it is *recursive*: a function that calls itself. Whenever something
#   arrives at a node, it hands on at once all that the node has, and so again when the rest arrives. What
#   came first is then counted twice.
# * **The wanderer** mends that with one word. It hands on only what has just arrived, and so walks every
#   path to its end. Its answers are right. But paths multiply: if each of `n` steps uses the one before it
#   twice, there are 2ⁿ of them. And one long path is too deep for a function that calls itself.
# * **The one with the wrong sign** has a faultless walk, and one faulty partial: it believes that a
#   difference routes to both sides, as a sum does. (`primitive` makes an operation out of its formula and its
#   partials, one for each parent.)
#
# What gives a wrong answer is caught by bumping, on a formula that uses a number more than once. What is
# right but slow is caught by counting.


# %%
def overwriter(root):
    root.grad = 1.0
    for node in reversed(topological_order(root)):
        for parent, partial in wires(node):
            parent.grad = node.grad * partial


def impatient(node, arrived=1.0):
    node.grad += arrived
    for parent, partial in wires(node):
        impatient(parent, node.grad * partial)


def wanderer(node, arrived=1.0):
    visits.append(node)
    node.grad += arrived
    for parent, partial in wires(node):
        wanderer(parent, arrived * partial)


def gradient_by(engine, formula):
    x = Value(3.0)
    engine(formula(x))
    return x.grad


def once(x):
    return (x * 4.0 + 1.0) * 0.5


def twice(x):
    y = x * x
    return y + y  # that is 2x², so at 3 the gradient is 4 · 3 = 12


visits = []
for engine, expected in ((overwriter, 3.0), (impatient, 18.0), (wanderer, 12.0), (backward, 12.0)):
    kind, unkind = gradient_by(engine, once), gradient_by(engine, twice)
    print(f"{engine.__name__:10}  a kind test: {kind:g}   2x² at 3: {unkind:g}")
    assert (kind, unkind) == (2.0, expected)  # all of them pass the kind one
assert abs(((2 * 3.001**2) - (2 * 3.0**2)) / 0.001 - 12.0) < 0.01  # bumping knows

careless = primitive("minus(x, y)", "x - y", "1", "1")  # the partial by y should be -1
sign = gradient_by(backward, lambda x: careless(5.0 * x, 2.0 * x))
print(f"wrong sign  5x - 2x has the gradient 3, not {sign:g}")
assert sign == 7.0

counts = {"every path": [], "in order": []}
for doublings in range(13):
    node = Value(1.0)
    for _ in range(doublings):
        node = node + node
    visits.clear()
    wanderer(node)
    counts["every path"].append(len(visits))
    counts["in order"].append(len(topological_order(node)))
assert counts["every path"] == [2 ** (n + 1) - 1 for n in range(13)]
assert counts["in order"] == [n + 1 for n in range(13)]

chain = Value(1.0)
for _ in range(10_000):
    chain = chain + 1.0
try:
    wanderer(chain)
    depth = "reached the end"
except RecursionError:
    depth = "gave up"
backward(chain)
print("on a chain of 10,000 sums the wanderer", depth, "and ours did not")
assert depth == "gave up"
loss_curve(counts, log=True, title="nodes visited", axis="doublings")

# %% [markdown]
# The overwriter kept one of the four paths from `x` to the root, so it has a quarter of 12. After twelve
# doublings the wanderer has made 8191 visits to 13 nodes; forty would take it days.
#
# ## A neuron
#
# Now a formula that people use. A neuron multiplies each input by a weight, adds the products and a
# bias, and squashes the sum into the range from -1 to 1 with `tanh`.
#
# `tanh` is no sum and no product, and nothing changes. It is one more node with one parent and one
# partial. If `o = tanh(n)`, then the partial is `1 - o²`: steep in the middle, flat at the ends where
# the neuron has made up its mind. The odd-looking bias is chosen to make that partial 0.5, so that the
# gradients come out as numbers one can follow by eye.
#
# The whole of it can be watched, one step at a time. Press play, or step with the arrow keys; click a node
# to see how its gradient comes about. Under *Change the leaves*, or by dragging a leaf sideways, you can
# choose other numbers, and everything is computed again.


# %%
def neuron(x1, x2, w1, w2, b):
    x1w1, x2w2 = x1 * w1, x2 * w2
    products = x1w1 + x2w2
    n = products + b
    o = n.tanh()
    for node, label in (
        (x1w1, "x1*w1"),
        (x2w2, "x2*w2"),
        (products, "products"),
        (n, "n"),
        (o, "o"),
    ):
        node.label = label
    return o


inputs = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}
leaves = {name: Value(number, label=name) for name, number in inputs.items()}
o = neuron(**leaves)
o.backward()

for name, leaf in leaves.items():
    nudged = neuron(**{key: Value(x + (1e-6 if key == name else 0.0)) for key, x in inputs.items()})
    bumped = (nudged.data - o.data) / 1e-6
    print(f"{name:3} gradient {leaf.grad:7.4f}   by bumping {bumped:7.4f}")
    assert abs(leaf.grad - bumped) < 1e-5

expected = {"x1": -1.5, "w1": 1.0, "x2": 0.5, "w2": 0.0, "b": 0.5}
assert all(abs(leaves[name].grad - number) < 1e-12 for name, number in expected.items())
assert abs(o.local_derivatives[0]() - (1.0 - o.data**2)) < 1e-12
player = play(o)
assert len(player.trace) == 10 + 1 + 9  # 10 nodes forward, the seed, and a step back along each of 9 wires
player

# %% [markdown]
# At the end of the steps, read the picture from the right. `tanh` turns 1 into 0.5; the sums route 0.5
# everywhere; the products swap. The gradient of `w2` is 0 for a plain reason: its input `x2` is 0, so for
# now that weight is not heard at all.
#
# That is the whole machine. Numbers that remember how they were made, a walk over the memory backwards,
# and one line of chain rule at each node. A network is only a bigger picture.
#
# ## Your turn
#
# Each exercise runs as it stands and says *not yet*. When an answer is wrong, the check stops with an
# explanation of the first step that went astray.
#
# **Exercise 1: by hand.** Let `p = u - v` and `y = p * v`, with `u = 5` and `v = 2`. Fill in the
# gradient of `y` by each node, from the root backwards. Mind how often `v` is used.
#
# <details>
# <summary>Solution</summary>
#
# The root has gradient 1. The product swaps: `p` gets the number of `v`, 2, and `v` gets the number of
# `p`, 3. The difference routes 2 to `u`, and to `v` with the sign turned, -2. Both arrivals at `v` add
# up: 3 - 2 = 1.
#
# ```python
# answers = {"y": 1.0, "p": 2.0, "u": 2.0, "v": 1.0}
# ```
#
# </details>

# %%
answers = {"y": None, "p": None, "u": None, "v": None}


def check_by_hand(answers):
    missing = [name for name, answer in answers.items() if answer is None]
    if missing:
        return f"not yet: the gradient of {missing[0]} is still to come"
    u, v = Value(5.0), Value(2.0)
    p = u - v
    y = p * v
    y.backward()
    assert answers["y"] == y.grad, "y: the root moves exactly as far as itself"
    assert answers["p"] == p.grad, "p: a product swaps, so p gets the number of v, times the gradient of y"
    assert answers["u"] == u.grad, "u: in a difference the partial of the left side is 1: u gets what p has"
    assert answers["v"] != p.data, "v: that is its share through the product; v is used in p = u - v as well"
    assert answers["v"] != -p.grad, "v: that is its share through p = u - v; the product uses v as well"
    assert answers["v"] != p.data + p.grad, "v: in a difference the partial of the right side is -1, not 1"
    assert answers["v"] == v.grad, "v: add the share through the product and the share through p = u - v"
    return "right: and v had to be visited twice"


print(check_by_hand(answers))

# %% [markdown]
# **Exercise 2: a better bump.** Our `slope` looks to one side only, so on a curve it is always a little
# off. Look one step to *both* sides of `x`, and divide by the distance between the two places.
#
# <details>
# <summary>Solution</summary>
#
# The places are `2 * step` apart.
#
# ```python
# def slope_both_sides(f, x, step):
#     return (f(x + step) - f(x - step)) / (2 * step)
# ```
#
# For the cube of `x` at 1, with a step of 0.1, this gives 3.01 where `slope` gives 3.31. The truth is 3.
#
# </details>


# %%
def slope_both_sides(f, x, step):
    return None  # your formula


def check_slope(answer):
    found = answer(lambda x: x * x * x, 1.0, 0.1)
    if found is None:
        return "not yet: slope_both_sides returns None"
    assert abs(found - 3.31) > 1e-9, "that is still the slope to the right; start from f(x - step)"
    assert abs(found - 2.71) > 1e-9, "that is the slope to the left; look to the right as well"
    assert abs(found - 6.02) > 1e-9, "the two places are two steps apart; you divided by one"
    assert abs(found - 0.602) > 1e-9, "that is the change in f; divide it by the distance between the places"
    assert abs(found - 0.0301) > 1e-9, (
        "`/ 2 * step` divides by 2 and then multiplies: put 2 * step in brackets"
    )
    assert abs(found + 2.314) > 1e-9, "only the second height is divided: put the difference in brackets"
    assert found > 0, "the cube of x rises at 1, so the slope is positive: take right minus left"
    assert abs(found - 3.01) < 1e-9, f"expected 3.01 for the cube of x at 1 with a step of 0.1, got {found}"
    return "right: with the same step the error fell from 0.31 to 0.01"


print(check_slope(slope_both_sides))

# %% [markdown]
# **Exercise 3: use the gradient.** Suppose we want the neuron to answer with a smaller `o`. A gradient
# says which way is up. Return a list with a new number for each leaf: its number, moved *downhill* by
# `rate` times its gradient. Leave the leaves themselves as they are.
#
# <details>
# <summary>Solution</summary>
#
# Downhill is against the gradient, so subtract. Use `.data`, since the new numbers are plain numbers.
#
# ```python
# def downhill(leaves, rate):
#     return [leaf.data - rate * leaf.grad for leaf in leaves]
# ```
#
# Repeat this many times, with a measure of error in place of `o`, and you are training a network.
#
# </details>


# %%
def downhill(leaves, rate):
    return None  # your list of new numbers


def check_downhill(answer):
    weights = [leaves["w1"], leaves["w2"], leaves["b"]]
    old = [weight.data for weight in weights]
    moved = answer(weights, 0.1)
    if moved is None:
        return "not yet: downhill returns None"
    left = [weight.data for weight in weights]
    for weight, number in zip(weights, old, strict=True):
        weight.data = number
    assert left == old, "return new numbers; do not change the leaves"
    assert isinstance(moved, list | tuple), f"expected a list with a number for each leaf, got {moved}"
    assert len(moved) == 3, f"expected one number for each of the 3 leaves, got {len(moved)}"
    assert not any(isinstance(x, Value) for x in moved), "these are Values; use leaf.data for the number"
    changes = [new - before for new, before in zip(moved, old, strict=True)]
    assert any(changes), "nothing moved: subtract something that contains leaf.grad"
    assert changes[0] < 0, "w1 has a positive gradient: raising it raises o; subtract to go down"
    assert abs(changes[0] + 1.0) > 1e-9, "the step is a whole gradient; multiply it by the rate"
    for weight, change in zip(weights, changes, strict=True):
        wanted = 0.0 - 0.1 * weight.grad
        assert abs(change - wanted) < 1e-9, f"{weight.label} should change by {wanted:.4f}, got {change:.4f}"
    w1, w2, bias = (Value(number) for number in moved)
    lower = neuron(leaves["x1"], leaves["x2"], w1, w2, bias)
    assert lower.data < o.data
    return f"right: o went down from {o.data:.4f} to {lower.data:.4f}"


print(check_downhill(downhill))

# %% [markdown]
# Next: the multiplying, looked at closely, on the smallest thing that can learn, in
# [02_chain_rule](02_chain_rule.ipynb).
