# %% [markdown]
# # 10. From graph to machine code
#
# The engine of this course is a good teacher and a slow worker. For every multiplication it makes an
# object, links it to its parents, sorts all of them, and walks back. In a training this happens
# thousands of times, and **each time it makes the same graph**, with other numbers in it.
#
# So do it once, and keep the recipe. That is what `jit` does ("just in time": at the moment of the first
# call). This notebook looks inside.
#
# It runs with or without the extra `pip install "autograd-lite[jit]"`. With it the recipe becomes machine
# code. Without it, it becomes Python source: the same results, but for a large function no great gain.
#
# The notebook before is [09_higher_orders](09_higher_orders.ipynb).
#
# ## What eager means
#
# Here is a small formula, the energy of a spring with a soft bump in the middle. Computing with Values is
# called **eager**: each operation is carried out, and remembered, at once.
#
# ## Record once
#
# `jit(energy)` looks like `energy`. At its first call it runs the function on Values, with an ear on the
# engine, and writes down which operations were carried out, on what. At the second call the function
# itself is not run at all. We can tell by the list that it appends to.

# %%
import importlib.util
import math
import time

from autograd_lite import (
    Value,
    dot,
    draw,
    exp,
    grad,
    jit,
    log_sigmoid,
    loss_curve,
    max,
    mean,
    min,
    sqrt,
    tanh,
    value_and_grad,
    vmap,
)
from autograd_lite.nn import MLP
from autograd_lite.nn.data import moons

runs = []


def energy(x, k):
    runs.append("once more")
    return 0.5 * k * x**2 + exp(-(x**2))


x, k = Value(2.0, label="x"), Value(3.0, label="k")
root = energy(x, k)
root.backward()
assert abs(root.data - (6.0 + math.exp(-4.0))) < 1e-12

fast = jit(energy)
runs.clear()
results = [fast(2.0, 3.0), fast(1.0, 3.0), fast(0.5, -1.0)]

assert runs == ["once more"]  # three calls, and one run
eager = [energy(2.0, 3.0), energy(1.0, 3.0), energy(0.5, -1.0)]
assert all(math.isclose(a, b, rel_tol=1e-14) for a, b in zip(results, eager, strict=True))


def show(f):
    """Print the programs of a compiled function, without the names of files, which differ by machine."""
    for line in f.source("python").rstrip().splitlines():
        print(line.partition("  # ")[0])


show(fast)
draw(root)

# %% [markdown]
# Above the picture is the whole recording: a **straight-line program**. No objects, no parents, no loop, no
# function calls but those of mathematics. Each line is one card of the picture.
#
# Look at `x**2`. The formula has it twice, and the picture too. The program has it once: while writing
# down, `jit` notices that an operation on the same operands was there before.
#
# Not everything that looks superfluous is. A product with 1 may go, but a sum with 0 has to stay: for
# floats `-0.0 + 0` is `0.0`, so it does change something, if only a sign. The promise is *the same
# numbers*, and a compiler has to take that more seriously than you and I would.


# %%
def wasteful(x):
    return (x * 1.0) * (x * x) * (x * x)


wasteful = jit(wasteful)
assert wasteful(2.0) == 32.0
show(wasteful)

[program] = wasteful.programs
print(f"nodes recorded {wasteful.stats['nodes']}, instructions left {wasteful.stats['instructions']}")
assert (wasteful.stats["nodes"], wasteful.stats["instructions"]) == (5, 3)

# %% [markdown]
# ## A derivative is a graph as well
#
# The backward pass multiplies and adds. In the last notebook these products and sums were nodes
# themselves, so that they could be differentiated again. Here the same trick pays a second time: what
# can be recorded can be compiled. `jit(grad(f))` needs no rule of its own.

# %%
slope = jit(grad(energy))
assert math.isclose(slope(2.0, 3.0), 6.0 - 4.0 * math.exp(-4.0))  # k x − 2x exp(−x²)
show(slope)

# %% [markdown]
# Forward and backward pass in one, the chain rule written out for this one function. It is what a
# careful person would have written by hand, apart from the names.
#
# ## Guards
#
# A recording has a weak point. If the function asks `if x > 1`, the recording contains the answer that
# held *then*. Replayed for another `x` it would be wrong. So the question is written down with the
# operations, as a **guard**: the program first makes sure that the answer is still the same, and gives
# up if not. Then the function is recorded again, on the other way, and from then on there are two
# programs.
#
# A function with many branches can end up with many programs, one for each path that the calls have
# taken. After 32 it stops recording, warns with the line that decides, and runs the function itself.
#
# So it pays to ask less. An `if` asks, and so does Python's own `max`, which compares. The package's
# `max`, `min`, `relu` and the like are **operations**: they have a gradient on both sides of the kink,
# and decide nothing.


# %%
def root_or_line(x):
    return sqrt(x) if x > 1 else 0.5 * (1 + x)


branching = jit(root_or_line)
counts = []
for number in (4.0, 9.0, 16.0, 0.0, -3.0, 25.0):
    assert branching(number) == root_or_line(number)
    counts.append(len(branching.programs))
print("programs after each call:", *counts)
assert counts == [1, 1, 1, 2, 2, 2]
show(branching)


@jit
def between_by_if(x):
    if x < 0:
        return 0.0 * x
    return x if x < 1 else 0.0 * x + 1.0


@jit
def between(x):
    return min(max(x, 0.0), 1.0)  # of the package: see the first cell


for number in (-1.0, 0.25, 2.0):
    assert between_by_if(number) == between(number)
assert len(between_by_if.programs) == 3
assert len(between.programs) == 1
show(between)

# %% [markdown]
# ## What is not in the recording
#
# Only operations on Values are recorded. Everything else that the function does happens once, while it
# is recorded. A number from outside becomes a constant of the program. A `Value` from outside is
# different: it is an input like any other, and is read in each call.

# %%
number, parameter = 10.0, Value(10.0, label="parameter")


@jit
def by_number(x):
    return x * number


@jit
def by_value(x):
    return x * parameter


assert by_number(1.0) == 10.0
assert by_value(1.0).data == 10.0
number = 20.0
parameter.data = 20.0
assert by_number(1.0) == 10.0  # still the 10 of the recording
assert by_value(1.0).data == 20.0  # read again

product = by_value(3.0)
product.backward()
assert parameter.grad == 3.0  # the result is a Value, and knows where it comes from
draw(product)

# %% [markdown]
# ## Many samples
#
# A loss is a mean over samples, and each sample goes through the same formula. If a loop over 100
# samples is recorded, the program contains the formula 100 times. `vmap` says what we mean: *this is a
# function of one sample; do it for all*. `in_axes` tells which arguments hold samples (0) and which are
# shared by all (None).
#
# Eager, `vmap` is that loop. Compiled to machine code, the formula is there once, and several samples
# go through it side by side, for a processor can multiply four or eight pairs of numbers at the price
# of one.


# %%
def square_error(p, x, target):  # of one sample
    return (p["a"] * x + p["b"] - target) ** 2


def error(p, xs, targets):
    return mean(vmap(square_error, in_axes=(None, 0, 0))(p, xs, targets))


line, xs = {"a": 1.0, "b": 0.0}, [1.0, 2.0, 3.0, 4.0]
targets = [3.0, 5.0, 7.0, 9.0]
value, gradient = jit(value_and_grad(error))(line, xs, targets)
print(value, gradient)
assert (value, gradient) == (13.5, {"a": -20.0, "b": -7.0})
assert (value, gradient) == value_and_grad(error)(line, xs, targets)

# %% [markdown]
# ## A training, before and after
#
# Two moons, 100 points, and a network with 2 inputs, 16 hidden units and 1 output. This time the
# network is a plain function: the parameters are an argument, a dict of lists of floats. Then its
# gradient is a dict of lists as well, and one step of gradient descent is a subtraction for each
# number. The points are numbers from outside: constants of the program.
#
# The training has an argument `step`: what gives the loss and the gradient. First we pass the eager one,
# then the compiled one. **Nothing else changes.**

# %%
points, classes = moons(100, noise=0.1, seed=1)
signs = [2.0 * c - 1.0 for c in classes]
model = MLP(2, [16, 1], activation="tanh", seed=1)
numbers = iter([p.data for p in model.parameters()])
start = {
    "hidden": [[next(numbers) for _ in range(3)] for _ in range(16)],  # two weights and a bias each
    "out": [next(numbers) for _ in range(17)],
}


def score(p, point):
    x1, x2 = point
    hidden = [tanh(w1 * x1 + w2 * x2 + b) for w1, w2, b in p["hidden"]]
    return dot(p["out"], [*hidden, 1.0])


def surprise(p, point, sign):  # -log of the probability of the right class
    return -log_sigmoid(sign * score(p, point))


def loss(p):
    return mean(vmap(surprise, in_axes=(None, 0, 0))(p, points, signs))


def train(step, steps, rate=0.5):
    p, losses = start, []
    for _ in range(steps):
        value, g = step(p)
        losses.append(value)
        p = {
            "hidden": [
                [w - rate * d for w, d in zip(*rows, strict=True)]
                for rows in zip(p["hidden"], g["hidden"], strict=True)
            ],
            "out": [w - rate * d for w, d in zip(p["out"], g["out"], strict=True)],
        }
    return p, losses


eager_step = value_and_grad(loss)
compiled_step = jit(value_and_grad(loss))
before, eager_losses = train(eager_step, 60)
after, compiled_losses = train(compiled_step, 60)

for step in (0, 20, 40, 59):
    print(f"step {step:2}  eager {eager_losses[step]:.6f}   compiled {compiled_losses[step]:.6f}")
assert all(math.isclose(a, b, rel_tol=1e-9) for a, b in zip(eager_losses, compiled_losses, strict=True))
assert all(math.isclose(a, b, rel_tol=1e-6) for a, b in zip(before["out"], after["out"], strict=True))
assert len(compiled_step.programs) == 1

# %% [markdown]
# The same numbers, to nine digits and more. Not always to the last bit: machine code may fuse a product
# and a sum into one operation that rounds once, and it may add up in another order. Who wants the bits
# says `jit(f, strict=True)`.
#
# And the same numbers sooner. Clocks differ, and this machine may be busy, so we print no times. We
# only check, with a wide margin, what we claim: as machine code a step is **more than ten times as
# fast**.


# %%
def seconds(f, *arguments):
    """The shortest of five runs: what else the machine does can only make it longer."""
    times = []
    for _ in range(5):
        begin = time.perf_counter()
        f(*arguments)
        times.append(time.perf_counter() - begin)
    return sorted(times)[0]


machine_code = all(importlib.util.find_spec(name) for name in ("llvmlite", "numpy"))
slow, quick = seconds(eager_step, start), seconds(compiled_step, start)
assert slow > 10 * quick or not machine_code

final, losses = train(compiled_step, 600)  # ten times as many steps
right = sum((score(final, point) > 0) == (sign > 0) for point, sign in zip(points, signs, strict=True))
print(f"after 600 steps: loss {losses[-1]:.4f}, {right} of {len(points)} right")
assert right >= 97
loss_curve({"compiled": losses, "eager": eager_losses}, title="loss: 60 eager steps, 600 compiled")

# %% [markdown]
# The two curves lie on each other for as long as there are two.
#
# ## Where the time goes
#
# Compiled code is not free. There are three bills.
#
# * **Recording and compiling**, once. It costs as much as many steps. A function that is called twice is
#   not worth it; a training is.
# * **The call**: the structure of the arguments is looked at, and their numbers are laid side by side; at
#   the end the results are put into their structure. This is in every call, however small the function.
# * **The arithmetic**, which is what we came for.
#
# The second bill can be seen with a function that has next to nothing to do. On plain floats, plain
# Python is the better choice: its one addition is done before the compiled function has been handed its
# number.


# %%
def repeat(f):
    for _ in range(2000):
        f(1.0)


def add_one(x):
    return x + 1.0


added = jit(add_one)
assert added(1.0) == add_one(1.0) == 2.0
assert seconds(repeat, added) > seconds(repeat, add_one)
assert compiled_step.stats["compile_seconds"] > 5 * quick  # the first bill: as much as many steps

# %% [markdown]
# So: compile the **large** function that is called **often**: the whole step with its gradient, not the
# neuron within it.
#
# ## Your turn
#
# **Exercise 1: count the programs.** `bill` below is compiled, and called with five numbers in turn. How
# many programs are there after each call?
#
# <details>
# <summary>Solution</summary>
#
# At 5 the first question is answered no, and so is the second: one program. 50 answers yes and no: a
# second one. 60 goes the same way. 500 answers yes twice: a third. 7 finds the first program still there.
#
# ```python
# programs_after = [1, 2, 2, 3, 3]
# ```
#
# </details>


# %%
def bill(hours):
    price = 3.0 * hours
    if hours > 10.0:
        price = price - 0.5 * (hours - 10.0)
    if hours > 100.0:
        price = price - 1.0 * (hours - 100.0)
    return price


programs_after = [None, None, None, None, None]  # bill(5), bill(50), bill(60), bill(500), bill(7)


def check_programs(answers):
    if None in answers:
        return f"not yet: the number after call {answers.index(None) + 1} is still to come"
    assert len(answers) == 5, f"expected five numbers, one for each call, got {len(answers)}"
    compiled = jit(bill)
    for hours, answer in zip((5.0, 50.0, 60.0, 500.0, 7.0), answers, strict=True):
        count = len(compiled.programs)
        compiled(hours)
        wanted = len(compiled.programs)
        if wanted == count:
            why = "all questions have been answered like this before: an old program fits, and none is added"
        else:
            why = "no earlier call answered the two questions like this: one more program"
        assert answer == wanted, f"after bill({hours:g}): {why}"
    return "right: three ways through the function, three programs"


print(check_programs(programs_after))

# %% [markdown]
# **Exercise 2: a bend without a question.** The loss of Huber is `x²` near 0, and goes on as a straight
# line beyond 1, so that outliers do not pull too hard. With an `if` it takes three programs. Write it
# with the package's `min`, `max` or `abs`, so that one is enough. Hint: let `c` be the part of `|x|` up
# to 1. What is the loss in terms of `c` and `|x|`?
#
# <details>
# <summary>Solution</summary>
#
# Near 0, `c` is `|x|`, and `c (2|x| − c)` is `x²`. Beyond 1, `c` is 1, and it is `2|x| − 1`.
#
# ```python
# def smooth_huber(x):
#     size = max(x, -x)
#     c = min(size, 1.0)
#     return c * (2.0 * size - c)
# ```
#
# </details>


# %%
def huber(x):
    if x > 1:
        return 2 * x - 1
    return x**2 if x > -1 else -2 * x - 1


def smooth_huber(x):
    return None


def check_huber(answer):
    if answer(0.5) is None:
        return "not yet: smooth_huber returns None"
    compiled, original = jit(answer), jit(huber)
    for x in (0.5, 0.0, 3.0, -0.25, -2.0, 1.5):
        original(x)
        found, wanted = answer(x), huber(x)
        assert abs(found - wanted) < 1e-12, f"at {x:g} the loss is {wanted:g}, and yours is {found:g}"
        assert abs(compiled(x) - wanted) < 1e-12, f"at {x:g} the compiled function says {compiled(x):g}"
        count = len(compiled.programs)
        assert count == 1, f"at {x:g} it was recorded again: it still decides, by an `if` or a comparison"
    assert abs(grad(answer)(3.0) - 2.0) < 1e-12, "the slope beyond 1 is 2"
    return f"right: 1 program where the other has {len(original.programs)}"


print(check_huber(smooth_huber))

# %% [markdown]
# Next: with this speed even a language model is within reach, a very small one, in
# [11_tiny_gpt](11_tiny_gpt.ipynb).
