"""The house: layers, public names, light import, README, stubs, types."""

import ast
import builtins
import os
import re
import subprocess
import sys
from pathlib import Path
from types import FunctionType

import pytest
from generate import PRINTED, ROOT

import autograd_lite
from autograd_lite import batches, composites, custom, functional, implicit
from autograd_lite.primitives import TABLE

PACKAGE = ROOT / "autograd_lite"

# Reading order is dependency order: a module imports only from lines above its own.
LAYERS = [
    "ieee", "digits", "special", "normal", "gammas", "primitives", "graph", "context", "engine", "copies",
    "recording", "functions", "composites", "orders", "trees", "axes", "samples", "batches", "functional",
    "implicit", "custom", "anomalies", "differences", "testing", "math",
    "compiler", "compiler.program", "compiler.python", "compiler.words", "compiler.rows", "compiler.cache",
    "compiler.callbacks", "compiler.sums", "compiler.writer", "compiler.assembly", "compiler.parts",
    "compiler.terms", "compiler.expressions", "compiler.transcribe", "compiler.c", "compiler.calls",
    "compiler.llvm", "compiler.missing", "compiler.wholes", "compiler.plans", "compiler.totals",
    "compiler.lanes", "compiler.arrays", "compiler.runs", "compiler.handlers", "compiler.interpreter",
    "compiler.machine", "compiler.outputs", "compiler.shards", "compiler.samplers", "compiler.reductions",
    "compiler.stages", "compiler.direct", "compiler.staged", "compiler.opened", "compiler.precision",
    "compiler.recorded", "compiler.compiled", "compiler.loops", "compiler.export", "compiler.jitted",
    "compiler.batched", "compiler.looped", "compiler.jit",
    "interop", "interop.numpy", "interop.scipy",
    "see", "see.outline", "see.svg", "see.notation", "see.steps", "see.explain", "see.formula", "see.reading",
    "see.boxes", "see.faces", "see.reduction", "see.scene", "see.shapes", "see.level",
    "see.layout", "see.painting",
    "see.dot", "see.mermaid", "see.drawing", "see.javascript", "see.animation", "see.player",
    "see.charts", "see.curve", "see.boundary", "see.descent", "see.histograms", "see.layers",
    "nn.randomness", "nn.names", "nn.initialisers", "nn.files", "nn.modules", "nn.layers", "nn.losses",
    "nn.stepping", "nn.optimisers", "nn.clipping", "nn.schedules", "nn.metrics", "nn.evaluation",
    "nn.history", "nn.callbacks", "nn.progress", "nn.interrupts", "nn.gradients", "nn.tables", "nn.data",
    "nn.arguments", "nn.compiled", "nn.training", "nn.by_hand", "nn",
    "course", "site", "__main__", "__init__",
]  # fmt: skip


def imported(path: Path) -> set[str]:
    """The package's modules that a file imports when it is run, or anywhere in its functions."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("autograd_lite"):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                module = ROOT / Path(*name.split("."))
                is_module = module.with_suffix(".py").exists() or (module / "__init__.py").exists()
                names.add(name if is_module else node.module)
        elif isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names if alias.name.startswith("autograd_lite"))
    return {name.removeprefix("autograd_lite").removeprefix(".") for name in names} - {""}


def modules() -> dict[str, Path]:
    names = {}
    for path in PACKAGE.rglob("*.py"):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        names[".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)] = path
    return names


def test_imports_point_one_way() -> None:
    found = modules()
    assert sorted(found) == sorted(LAYERS)
    # For type checkers alone, and from inside functions that run after everything is imported.
    late = {
        ("graph", "engine"), ("context", "engine"), ("engine", "operators"), ("engine", "interop.numpy"),
        ("engine", "orders"), ("engine", "copies"), ("engine", "anomalies"), ("engine", "see.drawing"),
        ("compiler.compiled", "compiler.jitted"), ("compiler.sums", "compiler.writer"),
        ("compiler.direct", "compiler.staged"),
    }  # fmt: skip
    for name, path in found.items():
        for other in imported(path):
            if (name, other) not in late:
                assert LAYERS.index(other) < LAYERS.index(name), f"{name} imports {other}"


def test_every_module_opens_with_what_it_is() -> None:
    for name, path in modules().items():
        assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), name


def test_the_public_names_are_sorted_complete_and_there() -> None:
    names = autograd_lite.__all__
    assert names == sorted(
        names, key=lambda name: [int(x) if x.isdigit() else x for x in re.split(r"(\d+)", name)]
    )
    functions = {row.name for row in TABLE.values() if row.public}
    builtin = {name for name in functions if hasattr(builtins, name)}  # not for a star import
    others = {
        "Value",
        "check_grad",
        "detect_anomaly",
        "draw",
        "draw_dot",
        "math",
        "nn",
        "no_grad",
        "scope",
        "why_nan",
    }
    others |= {"explain", "formula", "jit", "play", "trace"}
    others |= {
        "activation_histograms",
        "decision_boundary",
        "descent",
        "gradient_histograms",
        "loss_curve",
        "weight_map",
    }
    for module in (batches, composites, custom, functional, implicit):
        own = vars(module).values()
        others |= {f.__name__ for f in own if isinstance(f, FunctionType) and f.__module__ == module.__name__}
    assert set(names) == (functions - builtin) | {name for name in others if not name.startswith("_")}
    assert set(dir(autograd_lite)) == set(names) | builtin
    for name in [*names, *builtin]:
        assert getattr(autograd_lite, name).__doc__, name
    assert not hasattr(autograd_lite, "nonsense")


def test_every_scalar_row_is_a_method() -> None:
    for row in TABLE.values():
        if row.public and not row.sequences and row.operands[0] != "n":
            assert getattr(autograd_lite.Value, row.name).__doc__ == f"Return {row.doc}."
    assert autograd_lite.Value.__rmul__.__doc__ == "Return the product x * y."


@pytest.mark.parametrize("path", PRINTED, ids=lambda path: path.name)
def test_what_is_printed_from_the_table_is_up_to_date(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == PRINTED[path](), "run python tests/generate.py"


def test_importing_is_light() -> None:
    code = "import sys; before = set(sys.modules); import autograd_lite; print(*set(sys.modules) - before)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = {name.partition(".")[0] for name in run.stdout.split()}
    assert not loaded & {
        "ast",
        "dataclasses",
        "graphviz",
        "inspect",
        "numpy",
        "random",
        "typing",
        "argparse",
    }


COMPILED = """
import logging, pickle, sys
sys.modules.update(dict.fromkeys(sys.argv[1:]))
logging.basicConfig(format="%(message)s")
from autograd_lite import exp, grad, jit, mean, value_and_grad, vmap

f = jit(grad(lambda x: x**3))
g = jit(value_and_grad(lambda w, xs: mean(vmap(lambda w, x: w * x, in_axes=(None, 0))(w, xs))))
print(f(2.0), f(3.0), *g(2.0, [1.0, 3.0]), f.programs[0].backend)

def chain(x):
    for _ in range(12_000):
        x = x * 0.5 + 1.0
    return x

h = jit(value_and_grad(chain))
print(*h(3.0), h.stats["instructions"] > 20_000, h.programs[0].backend)

def branching(x):
    return x * x if x > 0 else 2.0

many = jit(vmap(branching))
print(*many([3.0, -1.0, 4.0]), many.stats["programs"], "def program" in many.source())
print(*pickle.loads(pickle.dumps(jit(vmap(exp))))([0.0]))
try:
    f.into([0.0])(1.0)
except (ImportError, ValueError):
    print("refused")
"""
WITHOUT_LLVMLITE = "jit: without llvmlite compiled functions run as Python"
WITHOUT_NUMPY = "jit: without NumPy samples run one by one, and long programs are not optimised"


@pytest.mark.parametrize(
    ("missing", "backend", "logged"),
    [
        (["numpy"], "llvm", WITHOUT_NUMPY),
        (["llvmlite"], "python", WITHOUT_LLVMLITE),
        (["numpy", "llvmlite"], "python", WITHOUT_LLVMLITE),
    ],
)
def test_functions_are_compiled_with_what_is_there(missing: list[str], backend: str, logged: str) -> None:
    if "llvmlite" not in missing:
        pytest.importorskip("llvmlite")
    command = [sys.executable, "-c", COMPILED, "scipy", *missing]
    run = subprocess.run(command, capture_output=True, text=True)
    assert run.stdout.splitlines() == [
        f"12.0 27.0 4.0 2.0 {backend}",
        f"2.0 0.0 True {backend}",
        "9.0 2.0 16.0 2 True",
        "1.0",
        "refused",
    ], run.stderr
    assert run.stderr == f"{logged}: pip install 'autograd-lite[jit]'\n"


def test_code_of_one_backend_alone_says_what_it_needs() -> None:
    code = (
        "import sys; sys.modules['llvmlite'] = None; from autograd_lite import jit\n"
        "try:\n    jit(lambda x: x * x, backend='llvm')(1.0)\nexcept ImportError as error:\n    print(error)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert run.stdout == "jit: the backend \"llvm\" needs the extra: pip install 'autograd-lite[jit]'\n", (
        run.stderr
    )


def test_readme_code_runs_and_prints_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.environ["PATH"])
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", readme, re.M | re.S)
    assert len(blocks) >= 3
    for block in blocks:
        lines: list[str] = []
        exec(
            compile(block, "README.md", "exec"),
            {"print": lambda *args, lines=lines: lines.append(" ".join(map(str, args)))},
        )
        promised = re.findall(r"print\(.*# (.*)$", block, re.M)
        assert lines == promised


def test_links_in_the_readme_lead_somewhere() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#:]+)\)", readme) + re.findall(r'src="([^":]+)"', readme):
        assert (ROOT / target).exists(), target


USER = """
from autograd_lite import Value, dot, exp, max, nn, no_grad

def loss(w: list[Value], x: list[float]) -> Value:
    return (dot(w, x) - 1) ** 2 + 0.1 * max(exp(w[0]), 2).tanh()

with no_grad():
    y: Value = loss([Value(1.0)], [2.0])
number: float = exp(1.0)
reveal_type(2 * Value(1.0) ** Value(2))
reveal_type(exp(Value(1.0)))
reveal_type(exp(1.0))
reveal_type(Value(1.0).softplus())
model = nn.MLP(2, [4, 1], activation="tanh", seed=1)
p: float = model.parameters()[0].grad
"""


def test_a_users_script_type_checks_strictly(tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    (tmp_path / "user.py").write_text(USER)
    (tmp_path / "bad.py").write_text('from autograd_lite import exp\n\nnumber: float = exp("1")\n')
    run = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", f"--cache-dir={os.devnull}", "user.py", "bad.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    revealed = re.findall(r'Revealed type is "(?:\w+\.)*(\w+)"', run.stdout)
    assert revealed == ["Value", "Value", "float", "Value"], run.stdout
    errors = [line.partition(":")[0] for line in run.stdout.splitlines() if ": error: " in line]
    assert errors == ["bad.py"], run.stdout


def test_the_project_speaks_only_of_itself() -> None:
    words = re.compile(r"/tmp/|/root/|/home/|\bTODO\b|\bFIXME\b")
    for path in [*PACKAGE.rglob("*.py*"), ROOT / "README.md", ROOT / "CHANGELOG.md"]:
        if path.suffix in (".py", ".pyi", ".md"):
            assert not words.search(path.read_text(encoding="utf-8")), path
