# %% [markdown]
# # 11. A tiny GPT that invents names
#
# A language model has one task: given the text so far, say what comes next. Not *the* next letter, but a
# probability for each. To write, one draws a letter from these probabilities, appends it, and asks again.
#
# The models that everybody talks about do this with words, a trillion of them, and many billions of
# parameters. Ours does it with letters, 245 given names and about a thousand parameters. The parts are
# the same: **embedding, attention, a small network, and the error of the prediction sent backwards**.
# All of them fit on a page, written on plain Values.
#
# This notebook needs machine code, and so the extra: `pip install "autograd-lite[jit]"`. What that does
# was the subject of [10_compiled](10_compiled.ipynb).

# %%
import importlib.util
import math
import random
import time
from collections import Counter

import numpy

from autograd_lite import (
    Value,
    dot,
    draw,
    jit,
    logsumexp,
    loss_curve,
    mean,
    relu,
    softmax,
    sqrt,
    value_and_grad,
    vmap,
)
from autograd_lite.nn.data import names

assert importlib.util.find_spec("llvmlite"), 'this notebook needs pip install "autograd-lite[jit]"'

known = names()
shuffled = random.Random(0).sample(known, len(known))
held_out, training = shuffled[:25], shuffled[25:]
letters = "." + "".join(sorted(set("".join(known))))

print(len(known), "names:", *training[:8], "…")
print(len(letters), "letters:", letters)
assert (len(known), len(letters)) == (245, 26)  # q is in none of the names
assert not set(held_out) & set(training)

# %% [markdown]
# The point is no letter of a name; it marks its end, and all before its beginning. And we keep 25 names
# aside, which the model will not see: we want to know what it has learned about names, not what it
# remembers of these.
#
# ## The question, many times
#
# One name contains several questions. After nothing comes `e`; after `e` comes `v`; after `ev` comes
# `a`; after `eva` the name ends. The model looks back over 8 letters, which is enough for a whole name
# of seven.
#
# Letters are no numbers, and their order in the alphabet means nothing here. So each letter becomes a row
# of 26 numbers, 1 at its place and 0 elsewhere.
#
# ## Two rivals
#
# Before the model there must be something to beat. The measure is **surprise**: minus the logarithm of
# the probability that was given to the letter that came. To be certain and right costs 0; the less one
# believed in what happened, the more it costs. A loss is the mean of it.
#
# The first rival knows nothing and gives each of the 26 the same probability. The second has counted
# how often each letter occurs, and looks at nothing else: a **unigram** model.

# %%
CONTEXT = 8


def one_hot(letter):
    return [float(letter == other) for other in letters]


def questions(names):
    """Return each beginning of each name, and what comes next."""
    return [
        (("." * CONTEXT + name)[i : i + CONTEXT], (name + ".")[i])
        for name in names
        for i in range(len(name) + 1)
    ]


def encoded(pairs):
    contexts = [[one_hot(letter) for letter in context] for context, _ in pairs]
    return numpy.array(contexts), numpy.array([one_hot(letter) for _, letter in pairs])


for context, following in questions(["eva"]):
    print(context, "→", following)
pairs = questions(training)
contexts, targets = encoded(pairs)
held_contexts, held_targets = encoded(questions(held_out))
assert contexts.shape == (len(pairs), 8, 26)
assert questions(["eva"])[2] == ("......ev", "a")

counts = Counter(letter for _, letter in pairs)
blind = math.log(len(letters))
unigram = -sum(n / len(pairs) * math.log(n / len(pairs)) for n in counts.values())
print(f"knowing nothing {blind:.3f}   counting letters {unigram:.3f}")
print("most frequent:", *[letter for letter, _ in counts.most_common(6)])
assert unigram < blind
assert [letter for letter, _ in counts.most_common(2)] == [".", "a"]

# %% [markdown]
# ## The parts
#
# The parameters are one long list of random numbers, cut into matrices. That makes the optimiser simple,
# for it need not know what they are for.
#
# * `letter` has 8 numbers for each letter, its **embedding**: a description that the model makes up itself.
#   `place` has 8 for each place. The two are added, so that a letter says what it is and where.
# * `query`, `key`, `value` and `join` are for attention, `wide` and `narrow` for a network with a hidden
#   layer, and `read` turns the final 8 numbers into a score for each letter.

# %%
SIZE, HEADS, HIDDEN = 8, 2, 16
SHAPES = {
    "letter": (SIZE, len(letters)),
    "place": (CONTEXT, SIZE),
    "query": (SIZE, SIZE),
    "key": (SIZE, SIZE),
    "value": (SIZE, SIZE),
    "join": (SIZE, SIZE),
    "wide": (HIDDEN, SIZE),
    "narrow": (SIZE, HIDDEN),
    "read": (len(letters), SIZE),
}


def matrices(numbers):
    """Cut a long list into the matrices of the model, each a list of rows."""
    found, start = {}, 0
    for name, (rows, columns) in SHAPES.items():
        found[name] = [numbers[start + i * columns : start + (i + 1) * columns] for i in range(rows)]
        start += rows * columns
    return found


def product(matrix, x):
    return [dot(row, x) for row in matrix]


def plus(x, y):
    return [a + b for a, b in zip(x, y, strict=True)]


def normed(x):
    """Stretch x to a mean square of 1, so that no layer has to cope with huge or tiny numbers."""
    scale = 1.0 / sqrt(dot(x, x) / len(x) + 1e-5)
    return [a * scale for a in x]


rng = random.Random(1)
start = [rng.gauss(0.0, 0.3) for rows, columns in SHAPES.values() for _ in range(rows * columns)]
print(len(start), "parameters")
assert len(start) == 992
assert matrices(start)["read"][-1][-1] == start[-1]
assert product([[1.0, 2.0, 3.0]], [0.0, 1.0, 0.0]) == [2.0]  # a product with a one-hot row picks a column
assert abs(mean([a**2 for a in normed([3.0, 4.0])]) - 1.0) < 1e-5

# %% [markdown]
# ## Attention
#
# After `..mari`, what comes next depends on some letters more than on others, and on which ones depends
# on the letters themselves. Attention is a way to look things up that has a gradient.
#
# The place that wants to know sends out a **query**. Each place has a **key**, which says what it has
# to offer, and a **value**, which is what it hands over. Query and key are compared by a dot product.
# `softmax` makes shares of the results: all positive, and 1 in sum. The answer is the mean of the
# values, weighted by these shares.


# %%
def attend(query, keys, values):
    shares = softmax([dot(query, key) / len(query) ** 0.5 for key in keys])
    return [dot(shares, column) for column in zip(*values, strict=True)]


query = [Value(1.0, label="q0"), Value(2.0, label="q1")]
found = attend(query, keys=[[0.0, 2.0], [2.0, 0.0]], values=[[10.0], [-10.0]])
found[0].label = "answer"
found[0].backward()

assert 0.0 < found[0].data < 10.0  # between the two, nearer to the one that fits better
assert query[1].grad > 0 > query[0].grad  # turning towards the first key brings it closer still
draw(found[0])

# %% [markdown]
# The gradient flows through the look-up: the query learns to ask for what helps. (The branch by way of
# `amax` only keeps `exp` from overflowing. It cancels out, so no gradient goes there.)
#
# ## The model
#
# Now the whole. Two **heads** attend side by side, each with one half of the numbers, so that the model
# can look for two things at once. What attention finds is *added* to what was there, and so is what the
# small network makes of it. Along these sums gradients pass undiminished, even in models with a hundred
# layers.
#
# A large model asks at every place of the text in one go. For one layer and one next letter it is
# enough to ask at the last place, which saves us most of the work.
#
# The loss is the cross-entropy, −log of a softmax. Written out, that is log Σ e^s, minus the score of the
# letter that came; `logsumexp` computes the first part without an overflow.


# %%
def scores(numbers, context):
    """Return a score for each letter: the greater, the more likely it comes next."""
    m = matrices(numbers)
    xs = [plus(product(m["letter"], row), place) for row, place in zip(context, m["place"], strict=True)]
    offered = [normed(x) for x in xs]
    query = product(m["query"], offered[-1])
    keys = [product(m["key"], x) for x in offered]
    values = [product(m["value"], x) for x in offered]
    found = []
    for head in range(HEADS):
        part = slice(head * SIZE // HEADS, (head + 1) * SIZE // HEADS)
        found += attend(query[part], [key[part] for key in keys], [value[part] for value in values])
    x = plus(xs[-1], product(m["join"], found))
    hidden = [relu(a) for a in product(m["wide"], normed(x))]
    x = plus(x, product(m["narrow"], hidden))
    return product(m["read"], normed(x))


def surprise(numbers, context, target):
    """Return -log of the probability, the softmax of the scores, of the letter that came."""
    s = scores(numbers, context)
    return logsumexp(s) - dot(target, s)


def loss(numbers, contexts, targets):
    return mean(vmap(surprise, in_axes=(None, 0, 0))(numbers, contexts, targets))


first = surprise(start, contexts[0].tolist(), targets[0].tolist())
at_first = scores(start, contexts[0].tolist())
assert math.isclose(first, -math.log(softmax(at_first)[letters.index(pairs[0][1])]), rel_tol=1e-9)

# %% [markdown]
# ## One step eager, then compiled
#
# One step looks at 32 questions. First with the graph, as in all the notebooks before; then compiled. The
# two must agree, on the loss and on all 992 slopes. And the compiled one is faster: we ask for 20 times,
# to be on the safe side.

# %%
BATCH = 32
theta = numpy.array(start)
eager_step = value_and_grad(loss)
step = jit(value_and_grad(loss))

begin = time.perf_counter()
value, slopes = eager_step(start, contexts[:BATCH].tolist(), targets[:BATCH].tolist())
eager_seconds = time.perf_counter() - begin

again, compiled_slopes = step(theta, contexts[:BATCH], targets[:BATCH])  # records and compiles
times = []
for _ in range(5):
    begin = time.perf_counter()
    step(theta, contexts[:BATCH], targets[:BATCH])
    times.append(time.perf_counter() - begin)

assert math.isclose(value, again, rel_tol=1e-12)
assert max(abs(a - b) for a, b in zip(slopes, compiled_slopes, strict=True)) < 1e-12
assert eager_seconds > 20 * min(times)
print(f"loss before training: {value:.6f} eager, {again:.6f} compiled")

# %% [markdown]
# ## Training
#
# Adam, from the notebook on optimisers, in four lines: a running mean of the slopes, one of their
# squares, and a step that is the first divided by the root of the second. All parameters shrink a
# little in every step (**weight decay**); with so few names this keeps the model from learning them by
# heart.
#
# Every 25 steps we ask for the loss on the names that were kept aside. And at the end: has it beaten its
# rivals? They are asked anew about these names.

# %%
STEPS, RATE, DECAY = 400, 0.03, 0.1
measure = jit(loss)
draws = random.Random(2)
m = v = numpy.zeros(len(theta))
seen, unseen = [], []
for t in range(1, STEPS + 1):
    chosen = draws.sample(range(len(pairs)), BATCH)
    value, g = step(theta, contexts[chosen], targets[chosen])
    seen.append(value)
    m = 0.9 * m + 0.1 * g
    v = 0.99 * v + 0.01 * g * g
    rate = RATE * (1.0 - 0.95 * t / STEPS)
    theta = theta * (1.0 - rate * DECAY) - rate * m / (1.0 - 0.9**t) / (
        numpy.sqrt(v / (1.0 - 0.99**t)) + 1e-8
    )
    if t % 25 == 0:
        unseen.append(measure(theta, held_contexts, held_targets))

chunks = [sum(seen[i : i + 25]) / 25 for i in range(0, STEPS, 25)]
own = measure(theta, contexts, targets)
assert len(step.programs) == 1
held_pairs = questions(held_out)
share = {letter: counts[letter] / len(pairs) for letter in letters}
rival = -sum(math.log(share[letter]) for _, letter in held_pairs) / len(held_pairs)
print(f"training: unigram {unigram:.3f}   model {own:.3f}")
print(f"held out: unigram {rival:.3f}   model {unseen[-1]:.3f}")
assert own < unigram - 0.6
assert unseen[-1] < rival - 0.5
assert own < unseen[-1] - 0.05  # it knows its own names better than others

loss_curve({"training": chunks, "held out": unseen}, start=25, stride=25)

# %% [markdown]
# Both rivals are beaten, on the names that the model was trained on and on those it has never seen. But not
# by as much on the latter. Most of what it has learned is about names; a little is about *these* names, and
# is of no use for others. A thousand parameters are many for 220 names: more names would help more than more
# training.
#
# ## Inventing names
#
# Start with nothing. Ask for the probabilities, draw a letter, append it, ask again, until the point
# comes. The seed makes the luck repeatable.

# %%
ask = jit(scores)
trained = theta.tolist()


def invent(rng, shares=softmax, longest=12):
    """Return a name drawn letter by letter; `shares` makes probabilities of scores."""
    name = ""
    while len(name) < longest:
        context = ("." * CONTEXT + name)[-CONTEXT:]
        weights = shares(ask(trained, [one_hot(letter) for letter in context]))
        [letter] = rng.choices(letters, weights)
        if letter == ".":
            break
        name += letter
    return name


rng = random.Random(7)
invented = [invent(rng) for _ in range(40)]
for i in range(0, 40, 8):
    print(*[f"{name:12}" for name in invented[i : i + 8]])

fresh = [name for name in invented if name and name not in known]
assert set("".join(invented)) <= set(letters[1:])  # made of letters, without a point within
assert len(fresh) >= 25  # mostly new
assert sum(len(name) < 12 for name in invented) >= 36  # nearly all come to an end by themselves

# %% [markdown]
# Some you could meet, some you could not pronounce. None of it was put in: that vowels and consonants
# take turns, that many names end in `a`, that after a few letters it is time to stop. It came from one
# question, asked nearly thirteen thousand times, and from its gradient.
#
# We can check one of these observations. What share of the invented names ends in `a`, and of the known?


# %%
def ends_in_a(names):
    return sum(name.endswith("a") for name in names) / len(names)


rng = random.Random(8)
many = [invent(rng) for _ in range(200)]
print(f"known {ends_in_a(known):.2f}   invented {ends_in_a(many):.2f}   by counting letters {share['a']:.2f}")
assert abs(ends_in_a(many) - ends_in_a(known)) < 0.12

# %% [markdown]
# ## Your turn
#
# **Exercise 1: temperature.** Divide all scores by a number T before the softmax. Below 1, likely
# letters become likelier still, and the names tamer; above 1 all become more alike, and the names
# wilder. Return the probabilities.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def tempered(scores, T):
#     return softmax([score / T for score in scores])
# ```
#
# </details>


# %%
def tempered(scores, T):
    return None  # a list of probabilities


def check_tempered(answer):
    found = answer([1.0, 2.0, 3.0], 0.5)
    if found is None:
        return "not yet: tempered returns None"
    assert len(found) == 3, f"3 scores have 3 probabilities, not {len(found)}"
    assert abs(sum(found) - 1.0) < 1e-9, f"probabilities add up to 1; these come to {sum(found):.3f}"
    same, wanted = softmax([1.0, 2.0, 3.0]), softmax([2.0, 4.0, 6.0])
    assert max(abs(a - b) for a, b in zip(found, same, strict=True)) > 1e-9, "T makes no difference here"
    turned = softmax([0.5, 1.0, 1.5])
    assert max(abs(a - b) for a, b in zip(found, turned, strict=True)) > 1e-9, "divide by T; you multiplied"
    assert max(abs(a - b) for a, b in zip(found, wanted, strict=True)) < 1e-9, "divide before the softmax"
    rng = random.Random(9)
    return "right: at ½ it says " + ", ".join(invent(rng, lambda s: answer(s, 0.5)) for _ in range(8))


print(check_tempered(tempered))

# %% [markdown]
# **Exercise 2: ask for it.** Three places offer these keys and values. Choose a query, two numbers,
# such that the answer of `attend` is 20, within a tenth. Why does it never get there exactly?
#
# <details>
# <summary>Solution</summary>
#
# The query has to fit the second key, and not the others. The longer it is, the more of the share goes
# there. A share of exactly 1 it never gets, for softmax leaves something to everybody.
#
# ```python
# my_query = [0.0, 10.0]
# ```
#
# </details>

# %%
my_query = None
three_keys = [[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]
three_values = [[10.0], [20.0], [30.0]]


def check_query(query):
    if query is None:
        return "not yet: my_query is None"
    assert isinstance(query, list | tuple), "a query is a list, of two numbers"
    assert len(query) == 2, f"the keys have two numbers, and so has the query; yours has {len(query)}"
    fits = [dot(query, key) for key in three_keys]
    assert fits.count(fits[1]) == 1, f"the second key should fit better than the others; the fits are {fits}"
    best = fits.index(sorted(fits)[-1])
    assert best == 1, f"your query fits key {best} best, whose value is {three_values[best][0]:g}"
    shares = softmax([fit / 2**0.5 for fit in fits])
    assert shares[1] > 0.9, (
        f"the right key, but only a share of {shares[1]:.2f}: a longer query decides more clearly"
    )
    [answer] = attend(query, three_keys, three_values)
    assert abs(answer - 20.0) < 0.1, (
        f"the answer is {answer:.2f}: make the query longer, or turn it to the key"
    )
    return f"right: a share of {shares[1]:.4f} goes to the second place"


print(check_query(my_query))

# %% [markdown]
# Next: away from networks. The same gradients price options, fit curves and carry errors along, in
# [12_real_work](12_real_work.ipynb).
