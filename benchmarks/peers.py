"""The libraries that jit.py measures: how each makes value and gradient out of a text that they share.

A work is f(words, ...), where `words` has the library's own exp, log, sqrt, sin, relu, norm_cdf, dot and
sum. The first array of `data` are the parameters, the others hold samples along their first axis. Without
samples f is differentiated as it is. With samples it is a function of one, and the mean is wanted or, with
`each`, value and gradient of every sample, and there are no parameters. A `graph` is such a text of numbers
for autograd_lite, CasADi and heyoka; an `array` is one of whole arrays for JAX and PyTorch.

A peer is given the data, imports its library, brings the data into the form it likes best and returns
`build`, which compiles and returns the call to be timed. It raises ImportError if something is not there.
"""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

Call = Callable[[], Any]  # returns (value, gradient) or (value, (gradient, ...))
Peer = Callable[..., Callable[[], Call]]


class Work(NamedTuple):
    """A function to be measured, with its gradient.

    unit   ns, µs or ms, and of what
    count  by how much the time of a call is divided
    data   gives the arrays that all peers work on
    bars   limits of our time in the unit (`time`), of our first call in seconds (`first`), of our memory in
           GiB (`memory`), of our time divided by that of a peer, or of the best one but C++ (`best peer`)
    """

    name: str
    unit: str
    count: int
    data: Callable[[], tuple[Any, ...]]
    peers: dict[str, Peer]
    bars: dict[str, float]


def autograd_lite(graph: Callable[..., Any], each: bool = False, listed: bool = False) -> Peer:
    """Return this package's; with `listed` the parameters are a list of floats instead of an array."""

    def peer(*data: Any) -> Callable[[], Call]:
        import autograd_lite as ag

        f = partial(graph, SimpleNamespace(**{name: getattr(ag, name) for name in ag.__all__}, sum=sum))
        given = [data[0].tolist()] if listed else data

        def build() -> Call:
            if each:
                return partial(ag.jit(ag.vmap(ag.value_and_grad(f, argnums=tuple(range(len(data)))))), *given)
            if len(data) == 1:
                return partial(ag.jit(ag.value_and_grad(f)), *given)
            samples = ag.vmap(f, in_axes=(None, *[0] * (len(data) - 1)))
            return partial(ag.jit(ag.value_and_grad(lambda *args: ag.mean(samples(*args)))), *given)

        return build

    return peer


def numpy(by_hand: Callable[..., Any]) -> Peer:
    """Return NumPy's, with the derivative written by hand."""
    return lambda *data: lambda: partial(by_hand, *data)


def jax(array: Callable[..., Any], each: bool = False) -> Peer:
    """Return JAX's, from arrays of its own; of `each` the sum is differentiated, the values are kept."""

    def peer(*data: Any) -> Callable[[], Call]:
        import jax
        from jax.scipy.stats import norm

        jax.config.update("jax_enable_x64", True)
        words = SimpleNamespace(**vars(jax.numpy), relu=jax.nn.relu, norm_cdf=norm.cdf)
        given = [jax.numpy.asarray(array) for array in data]

        def build() -> Call:
            if each:
                f = jax.value_and_grad(
                    lambda *args: _summed(array(words, *args)), tuple(range(len(data))), has_aux=True
                )
            else:
                f = jax.value_and_grad(partial(array, words))
            compiled = jax.jit(f)

            def call() -> Any:
                value, gradient = compiled(*given)
                value = value[1] if each else value
                value.block_until_ready()  # and with it the gradient, which the same computation gives
                return value, gradient

            return call

        return build

    return peer


def torch(array: Callable[..., Any], each: bool = False, compiled: bool = False) -> Peer:
    """Return PyTorch's, eager or through torch.compile, from tensors of its own."""

    def peer(*data: Any) -> Callable[[], Call]:
        import torch

        if compiled and not shutil.which("c++"):
            raise ImportError("torch.compile needs a C++ compiler")
        torch.set_num_threads(1)
        words = SimpleNamespace(**vars(torch), norm_cdf=torch.special.ndtr)
        tensors = [torch.from_numpy(array) for array in data]
        wanted = range(len(data) if each else 1)

        def eager() -> Any:
            result = array(words, *tensors)
            gradients = torch.autograd.grad(result.sum(), [tensors[i] for i in wanted])
            return result.detach(), gradients

        def build() -> Call:
            if not compiled:
                for i in wanted:
                    tensors[i].requires_grad_()
                return eager
            f: Any = torch.func.grad_and_value(
                lambda *args: _summed(array(words, *args)), tuple(wanted), has_aux=True
            )
            program = torch.compile(f)

            def call() -> Any:
                gradients, (_, values) = program(*tensors)
                return values, gradients

            return call

        return build

    return peer


def _summed(values: Any) -> tuple[Any, Any]:
    return values.sum(), values


def casadi(graph: Callable[..., Any], each: bool = False, compiled: bool = False) -> Peer:
    """Return CasADi's virtual machine, or the C that it writes, compiled; both write to buffers of theirs."""

    def peer(*data: Any) -> Callable[[], Call]:
        import casadi

        if compiled and not shutil.which("cc"):
            raise ImportError("CasADi's C needs a C compiler")
        words = SimpleNamespace(
            **vars(casadi)
            | {
                "relu": lambda x: casadi.fmax(x, 0),
                "norm_cdf": lambda x: (1 + casadi.erf(x / 2**0.5)) / 2,
                "dot": lambda xs, ys: casadi.dot(casadi.vertcat(*xs), casadi.vertcat(*ys)),
                "sum": sum,
            }
        )
        count = len(data[-1]) if len(data) > 1 else 1

        def build() -> Call:
            widths = _widths(data, each=each)
            variables = [casadi.SX.sym(f"x{i}", width or 1) for i, width in enumerate(widths)]
            value = graph(
                words, *[casadi.vertsplit(x) if w else x for x, w in zip(variables, widths, strict=True)]
            )
            wanted = casadi.vertcat(*variables) if each else variables[0]
            function = casadi.Function("one", variables, [value, casadi.gradient(value, wanted)])
            if count > 1:
                function = function.map("all", "serial", count, *([], []) if each else ([0], [0, 1]))
            if compiled:
                flags = {"flags": ["-O3", "-march=native", "-ffast-math"]}
                inputs = [casadi.MX.sym(f"x{i}", function.sparsity_in(i)) for i in range(len(data))]
                options = {"jit": True, "compiler": "shell", "jit_options": flags}
                function = casadi.Function("compiled", inputs, function.call(inputs), options)
            values = np.zeros(count if each else 1)
            gradient = np.zeros(function.numel_out(1))
            buffer, run = function.buffer()
            for i, array in enumerate(data):
                buffer.set_arg(i, memoryview(array.ravel()))
            buffer.set_res(0, memoryview(values))
            buffer.set_res(1, memoryview(gradient))

            def call(owners: Any = (function, buffer)) -> Any:  # which own the memory that `run` uses
                run()
                if each:
                    return values, tuple(gradient.reshape(count, -1).T)
                return (values / count, gradient / count) if count > 1 else (values, gradient)

            return call

        return build

    return peer


def heyoka(graph: Callable[..., Any], each: bool = False, compact: bool = False, chunk: int = 100) -> Peer:
    """Return heyoka's compiled functions; for a mean they get the samples in chunks that stay in the cache.

    compact  how large programs are compiled, with loops over operations of one kind
    """

    def peer(*data: Any) -> Callable[[], Call]:
        import heyoka

        heyoka.set_nthreads(1)
        words = SimpleNamespace(
            **vars(heyoka)
            | {
                "norm_cdf": lambda x: heyoka.erfc(x * -(0.5**0.5)) / 2,
                "dot": lambda xs, ys: heyoka.sum([x * y for x, y in zip(xs, ys, strict=True)]),
            }
        )
        samples = data if each else data[1:]
        columns = np.vstack([array.reshape(len(array), -1).T for array in samples] or [data[0]])

        def build() -> Call:
            variables = heyoka.make_vars(
                *[f"x{i}" for i in range(columns.size if not samples else len(columns))]
            )
            shared = [heyoka.par[i] for i in range(len(data[0]))] if samples and not each else []
            left = iter(variables)
            arguments: list[Any] = [shared] if shared else []
            for width in _widths(data, each=each)[len(arguments) :]:
                arguments.append([next(left) for _ in range(width)] if width else next(left))
            value = graph(words, *arguments)
            wanted = shared or list(variables)
            gradient = heyoka.diff_tensors([value], diff_args=wanted, diff_order=1).gradient
            function = heyoka.cfunc([value, *gradient], vars=list(variables), compact_mode=compact)
            if not samples or each:
                inputs = columns[0] if not samples else columns
                outputs = np.zeros((1 + len(wanted), *inputs.shape[1:]))

                def call() -> Any:
                    function(inputs, outputs=outputs)
                    return outputs[0], tuple(outputs[1:]) if each else outputs[1:]

                return call
            count = columns.shape[1]
            chunks = [np.ascontiguousarray(columns[:, i : i + chunk]) for i in range(0, count, chunk)]
            repeated, results = np.empty((len(shared), chunk)), np.empty((1 + len(shared), chunk))

            def in_chunks() -> Any:
                repeated[:] = data[0][:, None]
                total = np.zeros(1 + len(shared))
                for inputs in chunks:
                    function(inputs, pars=repeated, outputs=results)
                    total += results.sum(axis=1)
                total /= count
                return total[0], total[1:]

            return in_chunks

        return build

    return peer


def _widths(data: tuple[Any, ...], each: bool) -> list[int | None]:
    """Return how many numbers f gets of each array, as a list, or None if it gets one number."""
    return [
        len(array) if i == 0 and not each else (array.shape[1] if array.ndim == 2 else None)
        for i, array in enumerate(data)
    ]


def cpp(call: Callable[..., Any]) -> Peer:
    """Return what is written by hand in kernels.cpp; call(library, *data) returns the call."""

    def peer(*data: Any) -> Callable[[], Call]:
        if not shutil.which("c++"):
            raise ImportError("there is no C++ compiler")

        def build() -> Call:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder, "kernels.so")
                flags = ["-O3", "-march=native", "-ffast-math", "-fopenmp-simd", "-shared", "-fPIC"]
                source = Path(__file__).with_name("kernels.cpp")
                subprocess.run(["c++", *flags, source, "-o", path], check=True)
                return call(ctypes.CDLL(str(path)), *data)

        return build

    return peer


def on_numbers(graph: Callable[..., Any], each: bool = False, compact: bool = False) -> dict[str, Peer]:
    """Return the peers that take a text of numbers."""
    return {
        "autograd_lite": autograd_lite(graph, each),
        "CasADi": casadi(graph, each),
        "CasADi, C": casadi(graph, each, compiled=True),
        "heyoka": heyoka(graph, each, compact),
    }


def on_arrays(array: Callable[..., Any], each: bool = False) -> dict[str, Peer]:
    """Return the peers that take a text of arrays."""
    return {
        "JAX": jax(array, each),
        "PyTorch": torch(array, each),
        "torch.compile": torch(array, each, compiled=True),
    }
