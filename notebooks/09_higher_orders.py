# %% [markdown]
# # 9. Higher orders
#
# *Before this: [8. When training fails](08_when_training_fails.ipynb).*
#
# The first notebook threw a ball. Its height was 20t - 5t², and the derivative of that was its speed. Speed
# changes too. The derivative of the derivative is how fast it changes: the pull of gravity.
#
# The idea of this notebook: **a gradient is computed by ordinary arithmetic, so it can be recorded and
# differentiated like anything else.** There is nothing to add to the machine. It can simply be used on
# itself.

# %%
import itertools
import math
import random

from autograd_lite import (
    Value,
    derivative,
    dot,
    draw,
    exp,
    grad,
    hessian,
    hvp,
    jacobian,
    loss_curve,
    sin,
)


def height(t):
    return 20.0 * t - 5.0 * t * t


speed = derivative(height)
pull = derivative(speed)
for t in (0.0, 1.0, 2.0):
    print(f"after {t:g} s: height {height(t):4.1f}  speed {speed(t):5.1f}  change of speed {pull(t):5.1f}")
    assert (speed(t), pull(t)) == (20.0 - 10.0 * t, -10.0)
    assert derivative(height, 2)(t) == pull(t)  # the same, asked for at once
    assert derivative(height, 3)(t) == 0.0

# %% [markdown]
# `derivative(f)` is a function, so it can be given to `derivative` again. We write f′ for the first, f″ for
# the second, and f⁽ⁿ⁾ for the one of order n.
#
# ## The graph of a gradient
#
# What happens underneath? Take y = x·x·x. `backward()` multiplies numbers. Told to `create_graph`, it
# multiplies *Values* instead: then the gradient is no bare number, it remembers how it was made.

# %%
x = Value(3.0, label="x")
y = x * x * x
y.backward(create_graph=True)
slope = x.grad
slope.label = "∂y/∂x"
assert isinstance(slope, Value)
assert slope.data == 27.0  # 3x²

x.grad = 0.0  # zero, then backward: as always
slope.backward()
print(f"at x = 3: y = {y.data:g}, ∂y/∂x = {slope.data:g}, ∂²y/∂x² = {x.grad:g}")
assert x.grad == 18.0  # 6x
draw(slope)

# %% [markdown]
# That is the graph of 3x², as the backward pass of x·x·x built it: a product swaps, and what arrives adds
# up. And once more, and once more: for every smooth function you get all orders. With them one can write a
# function as a sum of powers, its **Taylor series** about 0:
#
# > f(x) = f(0) + f′(0)·x + f″(0)/2!·x² + f‴(0)/3!·x³ + …
#
# The sine and the exponential function have famous ones. Let the machine find them.

# %%
sine_series = [derivative(sin, n)(0.0) for n in range(10)]
exp_series = [derivative(exp, n)(0.0) for n in range(10)]
print("sin:", sine_series)
print("exp:", exp_series)
assert sine_series == [0.0, 1.0, 0.0, -1.0, 0.0, 1.0, 0.0, -1.0, 0.0, 1.0]
assert exp_series == [1.0] * 10


def polynomial(series, x, terms):
    return sum(series[n] * x**n / math.factorial(n) for n in range(terms))


errors = [abs(polynomial(sine_series, 1.0, terms) - math.sin(1.0)) for terms in (2, 4, 6, 8, 10)]
print("sin(1) with 1, 2, 3, 4, 5 terms is off by", [f"{error:.0e}" for error in errors])
assert all(after < before / 10 for before, after in itertools.pairwise(errors))

grid = [k / 10 for k in range(61)]
loss_curve(
    {
        "sin x": [math.sin(x) for x in grid],
        "2 terms": [polynomial(sine_series, x, 4) for x in grid[:36]],
        "4 terms": [polynomial(sine_series, x, 8) for x in grid[:51]],
    },
    log=False, title="the sine and its polynomials", axis="x", stride=0.1,
)  # fmt: skip

# %% [markdown]
# ## Newton's method: a parabola instead of a slope
#
# To find where f is 0, Newton slides down the tangent to where *it* is 0, and starts again from there:
#
# > x ← x - f(x) / f′(x)
#
# Near the solution each step **doubles the number of right digits**. Watch √2, the root of x² - 2.


# %%
def newton(f, x, steps):
    places = [x]
    for _ in range(steps):
        x = x - f(x) / derivative(f)(x)
        places.append(x)
    return places


places = newton(lambda x: x * x - 2.0, 2.0, 5)
errors = [abs(x - math.sqrt(2)) for x in places]
for x, error in zip(places, errors, strict=True):
    print(f"{x:.15f}   off by {error:.0e}")
for before, after in itertools.pairwise(errors):
    assert after <= before**2 / 2 + 1e-15  # squared: twice the digits

# %% [markdown]
# To find where f is *least*, look for where f′ is 0. That is the same method, one order higher:
#
# > x ← x - f′(x) / f″(x)
#
# Compare with gradient descent, x ← x - η f′(x). Where that has a learning rate η, chosen by somebody,
# Newton's method has 1/f″(x), the answer of the function itself. Where the ground is curved strongly it takes
# short steps, and long ones where it is nearly straight. On a parabola it arrives in one.
#
# ## The Hessian
#
# With several parameters there are as many slopes, and each slope can change with each parameter. All second
# derivatives form a square table, the **Hessian** H, with ∂²f/∂xᵢ∂xⱼ in row i and column j.
#
# It tells the shape of the ground at a place where the gradient is 0. Curved upwards in all directions: a
# valley. Downwards in all: a summit. Up in some and down in others: a **saddle**, and the gradient alone
# cannot tell it from a valley.


# %%
def bowl(p):
    return p[0] * p[0] + p[0] * p[1] + p[1] * p[1]


def saddle(p):
    return p[0] * p[0] + 3.0 * p[0] * p[1] + p[1] * p[1]


def curvatures(H):
    """The least and the greatest curvature of a Hessian of two parameters: its eigenvalues."""
    (a, b), (c, d) = H
    assert b == c  # the order of the two derivatives does not matter
    middle, half = (a + d) / 2, math.hypot((a - d) / 2, b)
    return middle - half, middle + half


for f in (bowl, saddle):
    H = hessian(f)([0.0, 0.0])
    print(f"{f.__name__:6} gradient {grad(f)([0.0, 0.0])}  Hessian {H}  curvatures {curvatures(H)}")
    assert grad(f)([0.0, 0.0]) == [0.0, 0.0]

assert curvatures(hessian(bowl)([0.0, 0.0])) == (1.0, 3.0)
assert curvatures(hessian(saddle)([0.0, 0.0])) == (-1.0, 5.0)
assert saddle([0.1, -0.1]) < saddle([0.0, 0.0]) < saddle([0.1, 0.1])

# %% [markdown]
# ## Newton in a bent valley
#
# In several dimensions the step solves H·d = g, and then x ← x - d. The test is Rosenbrock's valley, feared
# since 1960: narrow, bent like a banana, with its lowest point at (1, 1). The ravine of notebook 7 was
# straight, and curved 25 times as strongly across as along. Here it is 2500 times.


# %%
def rosenbrock(p):
    return (1.0 - p[0]) ** 2 + 100.0 * (p[1] - p[0] ** 2) ** 2


def newton_step(f, p):
    (a, b), (c, d) = hessian(f)(p)
    g, h = grad(f)(p)
    determinant = a * d - b * c
    return [p[0] - (d * g - b * h) / determinant, p[1] - (a * h - c * g) / determinant]


low, high = curvatures(hessian(rosenbrock)([1.0, 1.0]))
print(f"curvatures at the lowest point: {low:.2f} and {high:.0f}")
assert 2000 < high / low < 3000

p, by_newton = [-1.2, 1.0], []
while True:
    by_newton.append(rosenbrock(p))
    if by_newton[-1] < 1e-10:
        break
    p = newton_step(rosenbrock, p)
assert math.dist(p, (1.0, 1.0)) < 1e-4
assert by_newton[2] > 10 * by_newton[0]  # up, on the way

q, by_descent = [-1.2, 1.0], [rosenbrock([-1.2, 1.0])]
for _ in range(1000):
    g = grad(rosenbrock)(q)
    q = [qi - 0.001 * gi for qi, gi in zip(q, g, strict=True)]
    by_descent.append(rosenbrock(q))

print(f"Newton: {len(by_newton) - 1} steps to a loss of {by_newton[-1]:.0e}")
print(f"gradient descent: 1000 steps to a loss of {by_descent[-1]:.2f}")
assert len(by_newton) - 1 == 5
assert by_descent[-1] > 0.05
loss_curve({"Newton": by_newton, "descent": by_descent[:30]}, log=True, title="Rosenbrock's valley")

# %% [markdown]
# Five steps against thousands. (One of the five went far *up* before it went down. Newton's method is bold,
# and it has no fear of saddles either: it is drawn to any place where the gradient is 0. Practical methods
# rein it in.)
#
# So why are networks not trained this way? Count. A million parameters have a Hessian of 10¹² numbers.
#
# ## Two directions, and what each costs
#
# The chain rule can be walked either way. **Reverse mode** is what `backward()` does: start at a result, and
# carry ∂result/∂node back to all inputs. **Forward mode** starts at an input, and carries
# ∂node/∂input forwards to all results. Both do one multiplication for each wire of the graph on which
# anything flows. Time depends on the machine, but multiplications can be counted. Let us write both, with a
# counter.
#
# The table of all first derivatives, one row for each result and one column for each input, is the
# **Jacobian**. A reverse sweep gives a *row*, a forward sweep a *column*. Try three shapes: many inputs and
# one result, as in every training; one input and many results; and as many of both. The function is a
# network with three hidden layers of 8 units, whose weights are plain numbers here.


# %%
def order_of(roots):
    """All nodes below the roots, parents first."""
    order, placed, pile = [], set(), list(roots)
    while pile:
        missing = [p for p in pile[-1].parents if isinstance(p, Value) and p not in placed]
        if missing:
            pile.append(missing[0])
        else:
            node = pile.pop()
            if node not in placed:
                placed.add(node)
                order.append(node)
    return order


def wires_of(node):
    return [
        (parent, partial())
        for parent, partial in zip(node.parents, node.local_derivatives, strict=True)
        if isinstance(parent, Value)
    ]


def reverse_sweep(root, inputs):
    carried, count = {root: 1.0}, 0
    for node in reversed(order_of([root])):
        for parent, partial in wires_of(node):
            carried[parent] = carried.get(parent, 0.0) + carried[node] * partial
            count += 1
    return [carried.get(x, 0.0) for x in inputs], count


def forward_sweep(roots, one_input):
    carried, count = {one_input: 1.0}, 0
    for node in order_of(roots):
        for parent, partial in wires_of(node):
            if parent in carried:
                carried[node] = carried.get(node, 0.0) + partial * carried[parent]
                count += 1
    return [carried.get(root, 0.0) for root in roots], count


def network(n, m):
    """A function of n numbers with m results, through three layers of 8 units."""
    rng = random.Random(1)
    sizes = [n, 8, 8, 8, m]
    layers = [
        [[rng.uniform(-1, 1) for _ in range(fan_in)] for _ in range(fan_out)]
        for fan_in, fan_out in itertools.pairwise(sizes)
    ]

    def f(xs):
        for layer in layers:
            xs = [sin(dot(row, xs)) for row in layer]
        return xs

    return f


costs = {}
for n, m in ((60, 1), (1, 60), (8, 8)):
    f, numbers = network(n, m), [0.1 * i + 0.5 for i in range(n)]
    inputs = [Value(x) for x in numbers]
    roots = f(inputs)
    rows, backwards = zip(*[reverse_sweep(root, inputs) for root in roots], strict=True)
    columns, forwards = zip(*[forward_sweep(roots, x) for x in inputs], strict=True)
    for i, row in enumerate(jacobian(f)(numbers)):
        for j, entry in enumerate(row):
            assert math.isclose(rows[i][j], entry, abs_tol=1e-12)
            assert math.isclose(columns[j][i], entry, abs_tol=1e-12)
    costs[n, m] = sum(backwards), sum(forwards)
    print(f"inputs {n:2d}, results {m:2d}: multiplications backwards {costs[n, m][0]:5d}", end=", ")
    print(f"forwards {costs[n, m][1]:5d}")

back, forward = costs[60, 1]
assert forward > 10 * back
back, forward = costs[1, 60]
assert back > 10 * forward
back, forward = costs[8, 8]
assert math.isclose(back, forward, rel_tol=0.05)

# %% [markdown]
# The first line is the reason why this field exists. With one result, **reverse mode takes one sweep,
# however many inputs there are**; forward mode takes a sweep for each. A network has a million inputs (its
# weights) and one result (its loss). The second line is the mirror image: one input, many results, as when
# a whole trajectory depends on one knob. There forward mode wins. With as many of both it is nearly a draw.
# `jacobian` takes whichever needs fewer sweeps.
#
# Reverse mode has a price that the count does not show: it can only start when the forward pass is over, so
# every number of that pass has to be kept. Forward mode can forget as it goes.
#
# ## The Hessian without the Hessian
#
# The Hessian is the Jacobian of the gradient: n sweeps, for n parameters. Often one needs only its product
# with a direction v. The trick: the change of the gradient along v *is* H·v. So send one
# forward sweep through the graph of the gradient: `hvp`. To see its price, count the wires in
# the graph of a function, and in that of its gradient, for more and more inputs.


# %%
def chain(xs):
    total = 0.0
    for a, b in itertools.pairwise(xs):
        total = total + (b - a * a) ** 2 + sin(a * b)
    return total


def wires(roots):
    return sum(len(wires_of(node)) for node in order_of(roots))


ratios = []
for n in (5, 10, 20, 40):
    inputs = [Value(0.1 * i + 0.2) for i in range(n)]
    result = chain(inputs)
    of_function = wires([result])
    result.backward(create_graph=True)
    of_gradient = wires([x.grad for x in inputs])
    ratios.append(of_gradient / of_function)
    print(f"{n:2d} inputs: function {of_function:4d} wires, gradient {of_gradient:5d}", end="; ")
    print(f"H·v one sweep of these, H {n} sweeps")
assert max(ratios) < 5  # a small constant, whatever n
assert abs(ratios[-1] - ratios[-2]) < 0.1

rng = random.Random(9)
at, v = [0.3] * 6, [rng.uniform(-1, 1) for _ in range(6)]
H = hessian(chain)(at)
product = hvp(chain, (at,), (v,))
print("H·v from H:  ", [round(dot(row, v), 6) for row in H])
print("H·v from hvp:", [round(p, 6) for p in product])
assert all(math.isclose(dot(row, v), p, rel_tol=1e-9) for row, p in zip(H, product, strict=True))
assert all(H[i][j] == 0 for i in range(6) for j in range(6) if abs(i - j) > 1)  # neighbours only

# %% [markdown]
# ## Your turn
#
# **Exercise 1: by hand.** For f(x) = x⁴ - 2x², at x = 1: the value, and the first three derivatives. And is
# it a valley, a summit, or neither?
#
# <details>
# <summary>Solution</summary>
#
# f′ = 4x³ - 4x, f″ = 12x² - 4, f‴ = 24x. At 1 the slope is 0 and the curvature 8, upwards.
#
# ```python
# answers = {"f": -1.0, "first": 0.0, "second": 8.0, "third": 24.0, "shape": "valley"}
# ```
#
# </details>

# %%
answers = {"f": None, "first": None, "second": None, "third": None, "shape": None}


def check_quartic(answers):
    missing = [name for name, answer in answers.items() if answer is None]
    if missing:
        return f"not yet: {missing[0]} is still to come"

    def f(x):
        return x**4 - 2 * x**2

    assert answers["f"] == f(1.0), "f: put 1 into the formula"
    hints = ("4x³ minus 4x", "the derivative of 4x³ - 4x", "the derivative of 12x² - 4")
    for n, (name, hint) in enumerate(zip(("first", "second", "third"), hints, strict=True), 1):
        assert answers[name] == derivative(f, n)(1.0), f"{name}: {hint}, at 1"
    assert answers["shape"] in ("valley", "summit", "neither"), "shape: valley, summit or neither"
    assert answers["shape"] != "summit", "shape: the second derivative is positive, so it is curved upwards"
    assert answers["shape"] == "valley", "shape: slope 0, and curved upwards"
    return "right: and by symmetry there is another one at -1"


print(check_quartic(answers))

# %% [markdown]
# **Exercise 2: Newton downhill.** Return where one step of Newton's method for a *minimum* of f leads from
# x. One safeguard: where f is not curved upwards, move by 0.1 against the slope's sign instead.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def step_to_minimum(f, x):
#     slope, curvature = derivative(f)(x), derivative(f, 2)(x)
#     if curvature > 0:
#         return x - slope / curvature
#     return x - math.copysign(0.1, slope)
# ```
#
# Without the safeguard, a start near the summit at 0 of x⁴ - 2x² would be drawn to the summit.
#
# </details>


# %%
def step_to_minimum(f, x):
    return None  # the new x


def check_step(answer):
    found = answer(lambda x: 3 * (x - 2) ** 2 + 1, 0.0)
    if found is None:
        return "not yet: step_to_minimum returns None"
    assert abs(found - 13 / 12) > 1e-9, "that is the step to where f is 0; for a minimum, take f′ and f″"
    assert abs(found + 2) > 1e-9, "that goes uphill: subtract"
    assert abs(found - 2) < 1e-9, f"on a parabola one step should reach its lowest point, 2; got {found}"

    def f(x):
        return x**4 - 2 * x**2

    found = answer(f, 0.2)
    assert found > 0.2, f"at 0.2 f falls to the right, and is curved downwards; you went to {found:.3f}"
    assert abs(found - 0.3) < 1e-9, f"at 0.2 the safeguard should move by 0.1, to 0.3; got {found:.3f}"
    x = 0.2
    for _ in range(20):
        x = answer(f, x)
    assert abs(x - 1) < 1e-9, f"twenty steps from 0.2 should reach the valley at 1, and came to {x}"
    return "right: from near the summit it found the valley at 1"


print(check_step(step_to_minimum))

# %% [markdown]
# **Exercise 3: H·v out of first derivatives.** Use `grad` and `derivative` alone: H·v is the derivative, at
# t = 0, of the gradient at x + tv. A `derivative` wants one number for a result, so return the single number
# v·H·v instead: the **curvature along v**.
#
# <details>
# <summary>Solution</summary>
#
# The slope along v is dot(v, gradient); its derivative along v is the curvature.
#
# ```python
# def curvature_along(f, x, v):
#     def slope(t):
#         return dot(v, grad(f)([a + t * b for a, b in zip(x, v, strict=True)]))
#
#     return derivative(slope)(0.0)
# ```
#
# </details>


# %%
def curvature_along(f, x, v):
    return None  # one number, v·H·v


def check_curvature(answer):
    if answer(bowl, [0.0, 0.0], [1.0, 0.0]) is None:
        return "not yet: curvature_along returns None"
    for direction, wanted in (([1.0, 0.0], 2.0), ([1.0, 1.0], 6.0), ([1.0, -1.0], 2.0)):
        found = answer(bowl, [0.0, 0.0], direction)
        assert not isinstance(found, list), "that is a list, like H·v; one number is wanted, v·H·v"
        assert found != 0.0 or not wanted, "that is the slope at the lowest point; differentiate it once more"
        assert abs(found - wanted) < 1e-9, f"bowl, along {direction}: expected {wanted}, got {found}"
    assert answer(saddle, [0.0, 0.0], [1.0, -1.0]) < 0, "along (1, -1) the saddle is curved downwards"
    exact = dot(v, hvp(chain, (at,), (v,)))
    assert math.isclose(answer(chain, at, v), exact, rel_tol=1e-9), "on the chain of 6 it is not v·H·v"
    return "right: one derivative inside another, and their variables do not mix"


print(check_curvature(curvature_along))

# %% [markdown]
# *Next: [10. Compiled](10_compiled.ipynb). The same graphs, as machine code.*
