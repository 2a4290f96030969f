# %% [markdown]
# # 12. Real work
#
# *Before this: [11. A tiny GPT](11_tiny_gpt.ipynb).*
#
# Networks are the most famous customers of derivatives, and not the oldest. Engineers, physicists and banks
# have needed them for centuries, and mostly in code that already exists. This notebook takes four such jobs.
# In none of them is there a network. **Whatever is computed can be differentiated**, and each answer is
# checked against a formula, or against chance itself.
#
# ## An option and its Greeks
#
# A *call option* is the right to buy a share at a fixed price `K`, the strike, on a fixed day, `T` years
# from now. If the share is worth more by then, you gain the difference; if not, you let it be. What should
# that right cost today, when the share costs `S`? The answer by Black, Scholes and Merton (1973) is a short
# formula. Let `r` be the interest rate, `v` the volatility, which is how much the share jitters in a year,
# and Φ(x) the chance that a standard normal variable is below x:
#
# > C = S Φ(d₁) - K e⁻ʳᵀ Φ(d₂), with d₁ = (log(S/K) + (r + v²/2) T) / (v √T), and d₂ the same with r - v²/2
#
# (Finance writes σ for the volatility. In this course σ is the sigmoid, so we write v.)

# %%
import math
import random

from autograd_lite import (
    Value,
    derivative,
    draw,
    exp,
    grad,
    hessian,
    jacobian,
    log,
    loss_curve,
    norm_cdf,
    norm_pdf,
    play,
    root,
    scope,
    sin,
    sqrt,
)
from autograd_lite.interop import scipy


def call_price(S, v, r, T, K=100.0):
    with scope("d1"):
        d1 = (log(S / K) + (r + v * v / 2) * T) / (v * sqrt(T))
    with scope("d2"):
        d2 = (log(S / K) + (r - v * v / 2) * T) / (v * sqrt(T))
    with scope("discount"):
        discount = exp(-r * T)
    return S * norm_cdf(d1) - K * discount * norm_cdf(d2)


today = {"S": 100.0, "v": 0.2, "r": 0.05, "T": 1.0}
leaves = {name: Value(number, label=name) for name, number in today.items()}
C = call_price(**leaves)
C.label = "C"
C.backward()
print(f"the option costs {C.data:.4f}")
assert abs(C.data - 10.4506) < 1e-4  # the textbook's number
draw(C, collapse=True)

# %% [markdown]
# (`scope` gives a part of the formula a name, and the picture shows the part as one card. `draw(C)` shows
# all of it.)
#
# Whoever sells the option wants to know how its price moves with the market. Those slopes have Greek names
# and whole shelves of books. We wrote no derivative, and have them all: **delta** is ∂C/∂S, **vega** ∂C/∂v,
# **rho** ∂C/∂r, and **theta** -∂C/∂T, since time runs out. They stand in the picture. Here they are
# beside the closed forms of the books, where φ is the normal density.

# %%
S, v, r, T, K = *today.values(), 100.0
d1 = (math.log(S / K) + (r + v * v / 2) * T) / (v * math.sqrt(T))
d2 = d1 - v * math.sqrt(T)  # the same number, in fewer letters
discount = math.exp(-r * T)
books = {
    "delta": norm_cdf(d1),
    "vega": S * norm_pdf(d1) * math.sqrt(T),
    "rho": K * T * discount * norm_cdf(d2),
    "theta": -S * norm_pdf(d1) * v / (2 * math.sqrt(T)) - r * K * discount * norm_cdf(d2),
}
ours = {
    "delta": leaves["S"].grad,
    "vega": leaves["v"].grad,
    "rho": leaves["r"].grad,
    "theta": -leaves["T"].grad,
}
for name, closed in books.items():
    print(f"{name:5}  ours {ours[name]:12.8f}   closed form {closed:12.8f}")
    assert math.isclose(ours[name], closed, rel_tol=1e-12)

# %% [markdown]
# Then there are the Greeks of second order. **Gamma**, ∂²C/∂S², says how fast delta goes stale. **Vanna** is
# ∂²C/∂S∂v and **volga** ∂²C/∂v². By hand these are an afternoon of algebra. Here they are the Hessian.

# %%
H = hessian(lambda p: call_price(p[0], p[1], r, T))([S, v])
second = {"gamma": H[0][0], "vanna": H[0][1], "volga": H[1][1]}
closed_forms = {
    "gamma": norm_pdf(d1) / (S * v * math.sqrt(T)),
    "vanna": -norm_pdf(d1) * d2 / v,
    "volga": S * math.sqrt(T) * norm_pdf(d1) * d1 * d2 / v,
}
for name, closed in closed_forms.items():
    print(f"{name:5}  ours {second[name]:12.8f}   closed form {closed:12.8f}")
    assert math.isclose(second[name], closed, rel_tol=1e-10)

spots = [60.0 + k for k in range(81)]
deltas = [derivative(lambda S: call_price(S, v, r, T))(spot) for spot in spots]
gammas = [derivative(lambda S: call_price(S, v, r, T), 2)(spot) for spot in spots]
assert all(0 < delta < 1 for delta in deltas)
assert 85 < spots[gammas.index(max(gammas))] < 100
loss_curve(
    {"delta": deltas, "20·gamma": [20 * g for g in gammas]}, title="delta and gamma", axis="S", start=60
)

# %% [markdown]
# Read it as a seller would. Far to the left the option is worthless and nothing moves it. Far to the right it
# *is* the share. In between delta changes fastest, and there the seller sleeps worst: that is gamma's hill.
#
# ## A derivative through a root finder
#
# On the exchange the traffic goes the other way. The price is quoted, and everybody asks which volatility `v`
# it **implies**. No formula solves C(v) = quote for v. One searches. A search is loops, branches and
# a test for "near enough": how does one differentiate *that*?
#
# One does not. Suppose v solves F(v, q) = 0, where q is the quote. Nudge q, and v must move so that F stays
# 0:
#
# > ∂F/∂v · dv + ∂F/∂q · dq = 0, hence dv/dq = -(∂F/∂q) / (∂F/∂v)
#
# That is the *implicit-function theorem*. It looks at the solution only, not at how it was found.
# `root` finds a solution and attaches this derivative.
#
# The solution is a Value like any other, so it can be used further. And it has higher derivatives, which is
# more than the theorem on its one line promised: how does the slope itself change with the quote?

# %%
quote = Value(12.0, label="quote")
implied = root(lambda v: call_price(S, v, r, T) - quote, 0.3, bracket=(0.01, 2.0))
implied.backward()
vega = derivative(lambda v: call_price(S, v, r, T))(implied.data)

print(f"a quote of 12 implies a volatility of {implied.data:.6f}")
print(f"one more in the quote: {quote.grad:.6f} more volatility; 1 / vega is {1 / vega:.6f}")
assert math.isclose(call_price(S, implied.data, r, T), 12.0, rel_tol=1e-12)  # it solves the equation
assert math.isclose(quote.grad, 1 / vega, rel_tol=1e-9)  # F = C(v) - q, so dv/dq = 1 / vega


def search(q):
    """The implied volatility by halving an interval: a search that knows no derivative."""
    low, high = 0.01, 2.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if call_price(S, middle, r, T) < q else (low, middle)
    return low


bumped = (search(12.001) - search(11.999)) / 0.002
print(f"by bumping a search by halves: {bumped:.6f}")
assert abs(bumped - quote.grad) < 1e-6


def implied_volatility(q):
    return root(lambda v: call_price(S, v, r, T) - q, 0.3, bracket=(0.01, 2.0))


slope, bend = derivative(implied_volatility)(12.0), derivative(implied_volatility, 2)(12.0)
volga = derivative(lambda v: call_price(S, v, r, T), 2)(implied.data)
print(f"slope {slope:.6f}, second derivative {bend:.3e}; by hand -volga / vega³ = {-volga / vega**3:.3e}")
assert math.isclose(slope, quote.grad, rel_tol=1e-9)
assert math.isclose(bend, -volga / vega**3, rel_tol=1e-6)

# %% [markdown]
# ## Calibrating a curve
#
# Lend money for one year, and you get one rate of interest; for thirty, another. The curve of rates by
# years is bent in a typical way, and several central banks describe it by a formula of Nelson and Siegel
# (1987) with four numbers:
#
# > y(t) = b₀ + b₁ h(t/τ) + b₂ (h(t/τ) - e^(-t/τ)), with h(u) = (1 - e⁻ᵘ) / u
#
# b₀ is the rate in the far future, b₁ what is added at the near end, b₂ a hump in the middle, and τ ("tau")
# says how many years "the middle" is. Given rates for some years, which four numbers fit best? SciPy has a
# fine solver for this, `least_squares`, and it wants the Jacobian. `autograd_lite.interop.scipy` supplies
# it.
#
# Our quotes come from numbers that we know, rounded to a hundredth of a per cent, as in a newspaper.

# %%
YEARS = (0.25, 0.5, 1, 2, 3, 5, 7, 10, 15, 20, 30)
TRUE = (4.0, -2.5, 1.5, 2.0)  # b0, b1, b2 in per cent, tau in years


def curve(p, t):
    b0, b1, b2, tau = p
    u = t / tau
    h = (1 - exp(-u)) / u
    return b0 + b1 * h + b2 * (h - exp(-u))


quotes = [round(curve(TRUE, t), 2) for t in YEARS]
calls = 0


def residuals(p):
    global calls
    calls += 1
    return [curve(p, t) - quote for t, quote in zip(YEARS, quotes, strict=True)]


START = [3.0, 0.0, 0.0, 3.0]
fitted = scipy.least_squares(residuals, START)
with_ours, calls = calls, 0
without = scipy.least_squares(residuals, START, jac="2-point")  # SciPy's own: it bumps
with_bumps = calls

found = fitted.x.tolist()
print("true  ", TRUE)
print("fitted", [round(number, 3) for number in found])
print("the curve was computed", "fewer" if with_ours < with_bumps else "more", "times than with bumping")
assert fitted.success
assert all(abs(a - b) < 0.05 for a, b in zip(found, TRUE, strict=True))
assert max(map(abs, residuals(found))) < 0.006  # as good as the rounding of the quotes
assert with_ours < with_bumps
assert math.dist(found, without.x.tolist()) < 1e-3

stuck = scipy.least_squares(residuals, [3.0, 0.0, 0.0, 1.0])  # another start, τ = 1
assert stuck.success
assert stuck.cost > 10 * fitted.cost

months = [0.25 * k for k in range(1, 121)]
loss_curve(
    {"start": [curve(START, t) for t in months], "fitted": [curve(found, t) for t in months]},
    title="rate in per cent", axis="years", start=0.25, stride=0.25,
)  # fmt: skip

# %% [markdown]
# The four numbers come back almost as they were; the rounding of the quotes is all that separates them. The
# gain over bumping is a modest factor with four parameters. With forty, bumping needs forty runs for each
# Jacobian. (One warning is in the cell too: from τ = 1 the same solver settles happily in another valley,
# with a much poorer fit. Derivatives lead downhill. They do not know of better valleys.)
#
# Which quote matters for which number? At the best fit the gradient of the sum of squares is 0. That is an
# equation with a solution, so `root` applies: give it the quotes as Values, and the *calibration itself* is
# differentiable.

# %%
given = [Value(quote, label=f"{t} years") for t, quote in zip(YEARS, quotes, strict=True)]


def gradient_of_misfit(p):
    """Zero where the sum of squares is least: the sum of residual times slope, for each parameter."""
    J = jacobian(lambda p: [curve(p, t) for t in YEARS])(p)
    misses = [curve(p, t) - quote for t, quote in zip(YEARS, given, strict=True)]
    return [sum(miss * row[k] for miss, row in zip(misses, J, strict=True)) for k in range(4)]


calibrated = root(gradient_of_misfit, found)
calibrated[0].backward()  # b0, the rate in the far future
for leaf in given:
    print(f"{leaf.label:10} +0.01 in the quote moves b0 by {0.01 * leaf.grad:8.5f}")

moved = [quote + 0.001 * (t == 30) for t, quote in zip(YEARS, quotes, strict=True)]
again = scipy.least_squares(
    lambda p: [curve(p, t) - quote for t, quote in zip(YEARS, moved, strict=True)], found, xtol=1e-14
)
bumped = (again.x[0] - calibrated[0].data) / 0.001
assert all(abs(a.data - b) < 1e-4 for a, b in zip(calibrated, found, strict=True))
assert abs(bumped - given[-1].grad) < 1e-2
assert given[-1].grad == max(leaf.grad for leaf in given)
assert abs(sum(leaf.grad for leaf in given) - 1) < 1e-6  # all rates up by 1: b0 up by 1

# %% [markdown]
# As one would hope: the rate of the far future hears mostly the thirty-year quote. And if all quotes rise
# by 0.01, so does b₀: the column adds up to 0.01.
#
# ## How sure is the result?
#
# A student measures the pull of gravity with a pendulum of length L and period P, by g = 4π²L / P². The
# length is 1.000 m, give or take 2 mm; the period is 2.006 s, give or take 10 ms. "Give or take" is a
# standard deviation, u. What is it for g? To first order, each input moves g by its slope, and independent
# errors add by squares:
#
# > u(g)² = (∂g/∂L · u(L))² + (∂g/∂P · u(P))²

# %%
measured = {"L": (1.000, 0.002), "P": (2.006, 0.010)}


def gravity(L, P):
    return 4 * math.pi**2 * L / P**2


L, P = (Value(number, label=name) for name, (number, _) in measured.items())
g = gravity(L, P)
g.label = "g"
g.backward()
parts = {leaf.label: abs(leaf.grad) * measured[leaf.label][1] for leaf in (L, P)}
uncertainty = math.hypot(*parts.values())
print(f"g = {g.data:.3f} ± {uncertainty:.3f} m/s²; from L alone {parts['L']:.3f}, from P {parts['P']:.3f}")

share_L, share_P = 0.002 / 1.000, 0.010 / 2.006
assert math.isclose(uncertainty, g.data * math.hypot(share_L, 2 * share_P), rel_tol=1e-12)  # the textbook
assert parts["P"] > 4 * parts["L"]  # buy a better clock, not a better ruler
assert abs(g.data - 9.81) < 2 * uncertainty
play(g)

# %% [markdown]
# Press play for the two passes, or drag `L` and `P` sideways and watch how g, and its slopes, respond.
#
# Is the first order good enough? Ask chance. Draw L and P twenty thousand times as they might have been, and
# look at how g scatters.

# %%
rng = random.Random(12)
draws = [gravity(rng.gauss(*measured["L"]), rng.gauss(*measured["P"])) for _ in range(20_000)]
mean = math.fsum(draws) / len(draws)
scatter = math.sqrt(math.fsum((x - mean) ** 2 for x in draws) / len(draws))
print(f"by 20,000 draws: {mean:.3f} ± {scatter:.3f}; by derivatives: {g.data:.3f} ± {uncertainty:.3f}")
assert abs(scatter / uncertainty - 1) < 0.02
assert abs(mean - g.data) < 0.01

second_order = hessian(lambda p: gravity(*p))([L.data, P.data])
shift = 0.5 * sum(second_order[i][i] * u**2 for i, (_, u) in enumerate(measured.values()))
print(f"the second order says that the mean of g is {shift:.5f} above g of the means")
assert 0 < shift < uncertainty / 100

# %% [markdown]
# Two derivatives instead of twenty thousand draws, and the answer besides to the question that matters in the
# laboratory: *whose* uncertainty is it?
#
# ## Your turn
#
# **Exercise 1: the put.** A *put* is the right to sell. Its price is the call's, less S, plus K e⁻ʳᵀ. Write
# it, and let the engine do the rest. What must its delta be, given the call's?
#
# <details>
# <summary>Solution</summary>
#
# Only the -S depends on S besides the call, so the delta is smaller by 1.
#
# ```python
# def put_price(S, v, r, T, K=100.0):
#     return call_price(S, v, r, T, K) - S + K * exp(-r * T)
#
#
# put_delta = ours["delta"] - 1
# ```
#
# </details>


# %%
def put_price(S, v, r, T, K=100.0):
    return None  # your formula


put_delta = None  # a number, computed from ours["delta"]


def check_put(price, delta):
    found, call = price(110.0, 0.2, 0.05, 1.0), call_price(110.0, 0.2, 0.05, 1.0)
    if found is None:
        return "not yet: put_price returns None"
    assert found != call, "that is the call; subtract S and add K e⁻ʳᵀ"
    assert abs(found - (call - 10)) > 1e-9, "K must be discounted: multiply it by exp(-r * T)"
    assert found < call, "when the share stands above the strike, the put is the cheaper: mind the two signs"
    assert found > 0, "a right cannot be worth less than nothing: mind which sign goes with S, and with K"
    assert abs(found - 2.785896) < 1e-5, f"expected 2.7859 for S = 110, got {found:.4f}"
    if delta is None:
        return "not yet: put_delta is None"
    assert delta < 0, "a put gains when the share falls: its delta is negative"
    measured = grad(price)(100.0, 0.2, 0.05, 1.0)
    assert abs(delta - measured) < 1e-9, f"the engine says that it is {measured:.6f}"
    gammas = [derivative(lambda S, f=f: f(S, 0.2, 0.05, 1.0), 2)(100.0) for f in (price, call_price)]
    assert math.isclose(*gammas, rel_tol=1e-9), "put and call must have the same gamma"
    return "right: delta differs by 1, and gamma not at all"


print(check_put(put_price, put_delta))

# %% [markdown]
# **Exercise 2: error propagation for any formula.** Return the standard deviation of f(x₁, x₂, …), given
# the list of numbers and the list of their standard deviations.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def spread(f, numbers, deviations):
#     slopes = grad(lambda xs: f(*xs))(numbers)
#     return math.hypot(*[slope * u for slope, u in zip(slopes, deviations, strict=True)])
# ```
#
# </details>


# %%
def spread(f, numbers, deviations):
    return None  # one number


def check_spread(answer):
    found = answer(lambda a, b: a + b, [1.0, 2.0], [3.0, 4.0])
    if found is None:
        return "not yet: spread returns None"
    assert found != 7.0, "errors that are independent partly cancel: add their squares, then take the root"
    assert found != 25.0, "that is the square of it; take the root"
    assert found == 5.0, f"for a + b with deviations 3 and 4 expected 5, got {found}"
    found = answer(lambda a, b: a - b, [1.0, 2.0], [3.0, 4.0])
    assert found == 5.0, f"for a - b it is 5 as well, since errors have no preferred sign; got {found}"
    found = answer(lambda a: 10 * a, [1.0], [3.0])
    assert found != 3.0, "the slope is missing: 10a has ten times the deviation of a"
    assert found == 30.0, f"for 10a with a deviation of 3 expected 30, got {found}"
    found = answer(gravity, [1.000, 2.006], [0.002, 0.010])
    assert math.isclose(found, uncertainty), f"for the pendulum expected {uncertainty:.4f}, got {found:.4f}"
    return "right: for any formula, without a table of rules"


print(check_spread(spread))

# %% [markdown]
# **Exercise 3: Kepler's equation.** Where is a planet at a given time? The time fixes an angle M that grows
# steadily; the place depends on another angle, E, and Kepler (1609) found E - e sin E = M, where e is how
# far the orbit is from a circle. No formula solves it for E. Use `root`, so that the engine knows ∂E/∂M.
#
# <details>
# <summary>Solution</summary>
#
# ```python
# def angle(M, e):
#     return root(lambda E: E - e * sin(E) - M, 3.0)
# ```
#
# By the theorem ∂E/∂M = 1 / (1 - e cos E): near the sun, where E is 0, the planet hurries.
#
# </details>


# %%
def angle(M, e):
    return None  # E


def check_angle(answer):
    M, e = Value(1.0, label="M"), Value(0.5, label="e")
    E = answer(M, e)
    if E is None:
        return "not yet: angle returns None"
    assert isinstance(E, Value), "the result is no Value: give M and e to `root` as they come"
    left = E.data - 0.5 * sin(E.data)
    assert abs(left - 1.0) < 1e-9, f"E - e sin E should be 1, and is {left:.6f}: bring M to the left side"
    E.backward()
    steep = 1 / (1 - 0.5 * math.cos(E.data))
    assert M.grad != 0.0, "no gradient comes back to M: put M itself into the equation, not its number"
    assert abs(M.grad - steep) < 1e-9, f"∂E/∂M should be {steep:.6f}, got {M.grad:.6f}"
    assert abs(e.grad - math.sin(E.data) * steep) < 1e-9, "∂E/∂e is wrong: does the equation use e itself?"
    near, far = (derivative(lambda M: answer(M, 0.5))(M) for M in (0.1, 3.0))
    assert near > 2 * far
    return f"right: near the sun the angle runs {near / far:.1f} times as fast as far from it"


print(check_angle(angle))

# %% [markdown]
# *Next: [13. Decoupled](13_decoupled.ipynb). Back to networks, and to a daring question: must a layer wait
# for its gradient at all?*
