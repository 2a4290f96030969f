"""Compiled functions beside NumPy by hand, JAX, PyTorch, CasADi, heyoka and C++: a value with its gradient.

    pip install ".[bench]" && python benchmarks/jit.py [--only NAME] [--rounds N] [--json FILE]

Every peer of a work has a process of its own; all are pinned to one core and one thread, and run in turns: a
round is a call to warm up and then as many as take 30 ms. Each has its data in the form it likes best before
the clock starts: JAX and PyTorch get and give arrays of their own, CasADi, heyoka and C++ write to buffers
that they keep, autograd_lite takes NumPy arrays and returns new ones. All compute in doubles, and the answers
are compared before anything is timed. Times are those of the processor, with all threads and compilers that
a peer starts, so that other programs on the machine count little; on an idle one they are those of the clock.
The first call is with compiling and without imports, and no cache on the disk is used; memory is the peak of
the process after that call. Median and least are of the rounds, the ratio is of the medians, to that of
autograd_lite. Peers that are not installed, and those whose first call takes longer than --limit, are named
but not measured.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
import multiprocessing
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from peers import Call, Work
from works import WORKS

ENVIRONMENT = {
    "AUTOGRAD_LITE_CACHE": "",
    "TORCHINDUCTOR_FORCE_DISABLE_CACHES": "1",
    "TORCHINDUCTOR_COMPILE_THREADS": "1",
    "PYTHONWARNINGS": "ignore::UserWarning",  # of PyTorch, which misses its cache
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false",
    "JAX_PLATFORMS": "cpu",
}
UNITS = {"first": "s for the first call", "memory": "GiB"}
SCALES = {"ns": 1e9, "µs": 1e6, "ms": 1e3}
TOLERANCE = 1e-9  # relative, or a thousandth of it of the greatest number in the answer
Figures = dict[str, dict[str, Any]]


def flat(result: Any) -> np.ndarray:
    """Return all numbers of a value and its gradient."""
    value, gradient = result
    parts = gradient if isinstance(gradient, tuple) else (gradient,)
    return np.concatenate([np.ravel(np.asarray(part, float)) for part in (value, *parts)])


def peak_memory() -> float:
    """Return the most memory that this process has had, in GiB; nan where the system does not tell."""
    status = Path("/proc/self/status")
    for line in status.read_text().splitlines() if status.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 2**20
    return float("nan")


def serve(connection: Any, index: int, peer: str) -> None:
    """Be one peer of a work: send what its first call gives, then seconds per call as often as asked."""
    work = WORKS[index]
    os.chdir(tempfile.gettempdir())  # where compilers of peers leave their files
    try:
        build = work.peers[peer](*work.data())
    except ImportError as error:
        connection.send(str(error))
        return
    start = time.process_time()
    call = build()
    answer = call()
    compilers = sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])
    first = time.process_time() - start + compilers
    connection.send((first, peak_memory(), flat(answer)))
    block = max(1, int(0.03 / min(seconds(call, 1) for _ in range(3))))
    while connection.recv():
        call()
        connection.send(seconds(call, block))


def seconds(call: Call, block: int) -> float:
    """Return the processor time of a call, over a block of them."""
    start = time.process_time()
    for _ in range(block):
        call()
    return (time.process_time() - start) / block


@contextlib.contextmanager
def process(index: int, peer: str) -> Iterator[Any]:
    """Start a peer of a work, give the connection to it, and end it."""
    context = multiprocessing.get_context("spawn")  # a fork would have what the parent imported
    here, there = context.Pipe()
    child = context.Process(target=serve, args=(there, index, peer), daemon=True)
    child.start()
    there.close()
    try:
        yield here
    finally:
        child.terminate()
        child.join()


def measure(index: int, rounds: int, limit: float) -> Figures:
    """Return the figures of each peer, ours first, after comparing the answers."""
    work = WORKS[index]
    figures: Figures = {}
    expected: np.ndarray | None = None
    scale = SCALES[work.unit[:2]] / work.count
    with contextlib.ExitStack() as processes:
        connections = {}
        for peer in work.peers:
            connection = processes.enter_context(process(index, peer))
            try:
                answer = connection.recv() if connection.poll(limit) else f"no answer in {limit:g} s"
            except EOFError:
                answer = "failed"
            if isinstance(answer, str) and peer == "autograd_lite":
                raise RuntimeError(f"{work.name}: autograd_lite: {answer}; nothing to compare with")
            if isinstance(answer, str):
                figures[peer] = {"missing": answer}
                continue
            first, memory, numbers = answer
            expected = numbers if expected is None else expected
            atol = TOLERANCE * 1e-3 * np.abs(expected).max()
            np.testing.assert_allclose(numbers, expected, TOLERANCE, atol, err_msg=f"{work.name}, {peer}")
            figures[peer] = {"first": first, "memory": memory, "rounds": []}
            connections[peer] = connection
        for _ in range(rounds):
            for peer, connection in connections.items():
                connection.send(True)
                figures[peer]["rounds"].append(connection.recv() * scale)
    for peer in connections:
        rounds_of_peer = figures[peer]["rounds"]
        figures[peer] |= {"time": statistics.median(rounds_of_peer), "least": min(rounds_of_peer)}
    return figures


def judged(work: Work, figures: Figures) -> Iterator[tuple[str, float, float]]:
    """Yield each bar of a work in words, its limit, and our figure."""
    ours = figures["autograd_lite"]
    times = {peer: figure["time"] for peer, figure in figures.items() if "time" in figure}
    rivals = {peer: time for peer, time in times.items() if peer not in ("autograd_lite", "C++")}
    for bar, limit in work.bars.items():
        if bar == "time":
            yield work.unit, limit, ours["time"]
        elif bar in UNITS:
            yield UNITS[bar], limit, ours[bar]
        elif bar == "best peer" and rivals:
            best = min(rivals, key=lambda peer: rivals[peer])
            yield f"of the best peer, {best}", limit, ours["time"] / rivals[best]
        elif bar in times:
            yield f"of {bar}", limit, ours["time"] / times[bar]


def environment() -> dict[str, Any]:
    """Return what the figures depend on."""
    versions = {}
    for package in ("numpy", "llvmlite", "jax", "torch", "casadi", "heyoka"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions[package] = importlib.metadata.version(package)
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    models = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return {
        "python": platform.python_version(),
        "processor": models[0] if models else platform.machine(),
        "load": os.getloadavg()[0],
        **versions,
    }


def main() -> None:
    """Measure and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", default="", help="works with this in their names")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--limit", type=float, default=120, help="seconds for the first call of a peer")
    parser.add_argument("--json", help="where to write the figures")
    options = parser.parse_args()
    if not any(options.only in work.name for work in WORKS):
        parser.error(f"--only {options.only}: expected a part of {[work.name for work in WORKS]}")
    os.environ.update(ENVIRONMENT)
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    machine = environment()
    print(
        ", ".join(f"{key} {value}" for key, value in machine.items())
        + f", {options.rounds} rounds, one core\n"
    )
    print("| work | peer | first call, s | memory, GiB | median | least | unit | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    report: dict[str, Any] = {"environment": machine, "works": {}}
    lines = []
    for index, work in enumerate(WORKS):
        if options.only not in work.name:
            continue
        figures = measure(index, options.rounds, options.limit)
        for peer, figure in figures.items():
            cells = [str(figure.get("missing")), *[""] * 5]
            if "time" in figure:
                cells = [f"{figure[key]:.2f}" for key in ("first", "memory")]
                cells += [f"{figure['time']:.3g}", f"{figure['least']:.3g}", work.unit]
                cells += [f"{figure['time'] / figures['autograd_lite']['time']:.2f}"]
            print("|", " | ".join([work.name, peer, *cells]), "|", flush=True)
        bars = [*judged(work, figures)]
        for words, limit, got in bars:
            verdict = "met" if got <= limit else "missed"
            lines.append(f"| {work.name} | {limit:g} {words} | {got:.3g} | {verdict} |")
        report["works"][work.name] = {
            "unit": work.unit,
            "peers": figures,
            "bars": [{"bar": words, "limit": limit, "got": got} for words, limit, got in bars],
        }
    print("\n| work | at most | got | |\n|---|---|---|---|")
    print("\n".join(lines))
    if options.json:
        Path(options.json).write_text(json.dumps(report, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
