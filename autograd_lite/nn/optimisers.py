"""Optimisers: the formulas by which gradients move parameters, and L-BFGS.

Formulas and defaults are PyTorch's; in them x is a parameter, g its gradient, to which weight_decay · x has
been added, and t counts the steps. `OPTIMISERS` has them by name. Relies on `stepping`; L-BFGS on
`interop.scipy`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from autograd_lite.context import recorded
from autograd_lite.engine import Value
from autograd_lite.nn.stepping import Group, Optimizer, State


class SGD(Optimizer):
    """Stochastic gradient descent, x -= lr g; of the whole data's gradient, plain gradient descent.

    With momentum, the step is by the running sum v = momentum v + g (Polyak 1964), or with `nesterov` by
    g + momentum v (Nesterov 1983; Sutskever et al. 2013).

    >>> x = Value(3.0)
    >>> optimiser = SGD([x], lr=0.1)
    >>> (x * x).backward()
    >>> optimiser.step()
    >>> x.data
    2.4
    """

    slots = ("velocity",)

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 0.001,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr=lr, momentum=momentum, weight_decay=weight_decay, nesterov=nesterov)

    def add_param_group(self, group: Group) -> None:
        super().add_param_group(group)
        added = self.param_groups[-1]
        if added["nesterov"] and not added["momentum"]:
            raise ValueError("SGD: expected a momentum above 0 with nesterov, got 0")

    def _moved(self, group: Group, state: State, x: list[float], g: list[float]) -> list[float]:
        lr, momentum = group["lr"], group["momentum"]
        if momentum:
            v = [momentum * vi + gi for vi, gi in zip(state["velocity"], g, strict=True)]
            state["velocity"] = v
            g = [gi + momentum * vi for gi, vi in zip(g, v, strict=True)] if group["nesterov"] else v
        return [xi - lr * gi for xi, gi in zip(x, g, strict=True)]


class Adagrad(Optimizer):
    """x -= lr g / (√s + eps), where s sums the squares of the gradients; lr falls as lr / (1 + t lr_decay).

    Duchi, Hazan and Singer 2011, "Adaptive subgradient methods".
    """

    slots = ("sum",)

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 0.01,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        eps: float = 1e-10,
    ) -> None:
        super().__init__(parameters, lr=lr, lr_decay=lr_decay, weight_decay=weight_decay, eps=eps)

    def _moved(self, group: Group, state: State, x: list[float], g: list[float]) -> list[float]:
        lr, eps = group["lr"] / (1 + (state["steps"] - 1) * group["lr_decay"]), group["eps"]
        s = state["sum"] = [si + gi * gi for si, gi in zip(state["sum"], g, strict=True)]
        return [xi - lr * gi / (math.sqrt(si) + eps) for xi, gi, si in zip(x, g, s, strict=True)]


class Adadelta(Optimizer):
    """x -= lr d with d = g √(u + eps) / √(s + eps), where s and u are running means of g² and of d².

    Zeiler 2012, "ADADELTA: an adaptive learning rate method".
    """

    slots = ("square", "moves")

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr=lr, rho=rho, eps=eps, weight_decay=weight_decay)

    def _moved(self, group: Group, state: State, x: list[float], g: list[float]) -> list[float]:
        lr, rho, eps = group["lr"], group["rho"], group["eps"]
        s = state["square"] = _mean_squares(rho, state["square"], g)
        u = state["moves"]
        d = [gi * (math.sqrt(ui + eps) / math.sqrt(si + eps)) for gi, ui, si in zip(g, u, s, strict=True)]
        state["moves"] = _mean_squares(rho, u, d)
        return [xi - lr * di for xi, di in zip(x, d, strict=True)]


class RMSprop(Optimizer):
    """x -= lr g / (√s + eps), where s is a running mean of g²; `centered`, of the variance of g.

    With momentum, the step is by the running sum of these quotients. Hinton 2012, lecture 6e of "Neural
    networks for machine learning"; centered, Graves 2013.
    """

    slots = ("square", "mean", "velocity")

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
    ) -> None:
        super().__init__(
            parameters,
            lr=lr,
            alpha=alpha,
            eps=eps,
            weight_decay=weight_decay,
            momentum=momentum,
            centered=centered,
        )

    def _moved(self, group: Group, state: State, x: list[float], g: list[float]) -> list[float]:
        lr, alpha, eps, momentum = group["lr"], group["alpha"], group["eps"], group["momentum"]
        s = state["square"] = _mean_squares(alpha, state["square"], g)
        if group["centered"]:
            m = state["mean"] = _means(alpha, state["mean"], g)
            s = [max(si - mi * mi, 0.0) for si, mi in zip(s, m, strict=True)]
        d = [gi / (math.sqrt(si) + eps) for gi, si in zip(g, s, strict=True)]
        if momentum:
            d = state["velocity"] = [momentum * vi + di for vi, di in zip(state["velocity"], d, strict=True)]
        return [xi - lr * di for xi, di in zip(x, d, strict=True)]


class Adam(Optimizer):
    """x -= lr m / (√v + eps), where m and v are running means of g and g², corrected for their start at 0.

    betas  how much of the running means each step keeps

    Kingma and Ba 2015, "Adam: a method for stochastic optimization".
    """

    slots = ("mean", "square")

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)

    def _moved(self, group: Group, state: State, x: list[float], g: list[float]) -> list[float]:
        (beta1, beta2), eps, t = group["betas"], group["eps"], state["steps"]
        m = state["mean"] = _means(beta1, state["mean"], g)
        v = state["square"] = _mean_squares(beta2, state["square"], g)
        lr, root = group["lr"] / (1 - beta1**t), math.sqrt(1 - beta2**t)
        return [xi - lr * mi / (math.sqrt(vi) / root + eps) for xi, mi, vi in zip(x, m, v, strict=True)]


class AdamW(Adam):
    """Adam with x shrunk by lr · weight_decay in each step, instead of decay in the gradient.

    Loshchilov and Hutter 2019, "Decoupled weight decay regularization".
    """

    def __init__(
        self,
        parameters: Iterable[Any],
        lr: float = 0.001,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.01,
    ) -> None:
        super().__init__(parameters, lr, betas, eps, weight_decay)

    def _decayed(self, group: Group, x: list[float], g: list[float]) -> tuple[list[float], list[float]]:
        kept = 1 - group["lr"] * group["weight_decay"]
        return [xi * kept for xi in x], g


def _means(keep: float, means: list[float], items: list[float]) -> list[float]:
    """Return running means after one more item each; as PyTorch rounds them, which `centered` magnifies."""
    return [mean + (1 - keep) * (item - mean) for mean, item in zip(means, items, strict=True)]


def _mean_squares(keep: float, means: list[float], items: list[float]) -> list[float]:
    """Return running means of squares after one more item each."""
    return [keep * mean + (1 - keep) * item * item for mean, item in zip(means, items, strict=True)]


class LBFGS(Optimizer):
    """The quasi-Newton method L-BFGS, as SciPy has it; for the loss of all data, without mini-batches.

    A step is up to max_iter iterations from a fresh history, each of one or a few evaluations of the loss.
    Byrd, Lu, Nocedal and Zhu 1995, "A limited memory algorithm for bound constrained optimization".
    Raises ImportError without SciPy, which comes with the extra `scipy`.

    >>> x = Value(3.0)
    >>> LBFGS([x]).step(lambda: (x - 1) ** 2)
    >>> round(x.data, 6)
    1.0
    """

    def __init__(self, parameters: Iterable[Any], max_iter: int = 20, history_size: int = 10) -> None:
        from autograd_lite.interop import scipy  # only here: the others need no SciPy

        self._minimize = scipy.minimize
        super().__init__(parameters, max_iter=max_iter, history_size=history_size)

    def add_param_group(self, group: Group) -> None:
        if self.param_groups:
            raise ValueError(
                "LBFGS: expected all parameters in one group, got a second; an iteration moves all"
            )
        super().add_param_group(group)

    def step(self, closure: Callable[[], Value] | None = None) -> None:
        """Move the parameters down the loss that `closure` computes from them.

        Raises TypeError without a closure. If the closure raises, the parameters are where they were.
        """
        if closure is None:
            raise TypeError("LBFGS.step: expected a function that computes the loss, got none")
        parameters, group = self.parameters, self.param_groups[0]
        before = [p.data for p in parameters]

        def loss_and_gradient(x: list[Value]) -> tuple[float, list[float]]:
            self._move(parameters, [xi.data for xi in x])
            with recorded():
                loss = closure()
            self.zero_grad()
            loss.backward()
            return loss.data, [p.grad for p in parameters]

        options = {"maxiter": group["max_iter"], "maxcor": group["history_size"]}
        try:
            found = self._minimize(loss_and_gradient, before, method="L-BFGS-B", jac=True, options=options)
            self._move(parameters, found.x.tolist())
        except BaseException:
            _restore(parameters, before)
            raise


def _restore(parameters: list[Value], x: list[float]) -> None:
    for parameter, xi in zip(parameters, x, strict=True):
        parameter.data = xi


OPTIMISERS: dict[str, Callable[..., Optimizer]] = {
    "gradient_descent": SGD,
    "sgd": SGD,
    "momentum": partial(SGD, momentum=0.9),
    "nesterov": partial(SGD, momentum=0.9, nesterov=True),
    "adagrad": Adagrad,
    "adadelta": Adadelta,
    "rmsprop": RMSprop,
    "adam": Adam,
    "adamw": AdamW,
    "lbfgs": LBFGS,
}
