"""The command line: a tour, the course, expressions told, drawn and played, training on a CSV file.

python -m autograd_lite
python -m autograd_lite learn [FOLDER] [--replace]
python -m autograd_lite site FOLDER
python -m autograd_lite explain "tanh(w*x + b)" w=-3 x=2 b=6.88 [--wrt NAME] [--format text|markdown|formula]
python -m autograd_lite draw "tanh(w*x + b)" w=-3 x=2 b=6.88 -o graph.svg [--direction TB] [--expand]
python -m autograd_lite play "tanh(w*x + b)" w=-3 x=2 b=6.88 -o steps.html [--open]
python -m autograd_lite train FILE.csv --target COLUMN [--hidden 16,16] [--epochs N] [--seed N]
    [--optimizer NAME] [--lr RATE] [--batch-size N] [--save FILE.json] [--history FILE.csv]
"""

from __future__ import annotations

import argparse
import io
import os
import re
import sys
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from autograd_lite.course import copy_notebooks, notebooks, title
from autograd_lite.engine import Value
from autograd_lite.nn import MLP, Neuron
from autograd_lite.nn.data import moons, standardize, train_test_split
from autograd_lite.nn.evaluation import predict
from autograd_lite.nn.files import check_writable
from autograd_lite.nn.history import History
from autograd_lite.nn.metrics import accuracy
from autograd_lite.nn.optimisers import OPTIMISERS
from autograd_lite.nn.schedules import linear_ramp
from autograd_lite.nn.tables import read_table
from autograd_lite.nn.training import fit


def main(arguments: list[str] | None = None) -> int:
    """Run the command line and return its exit status: 0, or 2 for input that cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m autograd_lite",
        description="Scalar automatic differentiation. Without a command: a tour.",
    )
    parser.add_argument(
        "--output", default=".", type=Path, metavar="DIR", help="where the tour writes its picture"
    )
    commands = parser.add_subparsers(dest="command")
    learn = commands.add_parser("learn", help="list the notebooks of the course, or copy them to a folder")
    learn.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="where to copy them to")
    learn.add_argument(
        "--replace", action="store_true", help="also notebooks that are in the folder, with what was changed"
    )
    site = commands.add_parser("site", help="make a web site on which the notebooks run in the browser")
    site.add_argument("folder", type=Path, metavar="FOLDER", help="a new folder, or a site made before")
    train = commands.add_parser(
        "train", help="train a classifier on a CSV file and score it on a held-out part"
    )
    train.add_argument(
        "file", type=Path, metavar="FILE.csv", help="numeric columns and one column of classes"
    )
    train.add_argument("--target", required=True, metavar="COLUMN", help="the column of classes")
    train.add_argument(
        "--hidden", default="16,16", type=_sizes, metavar="16,16", help="sizes of the hidden layers"
    )
    train.add_argument(
        "--epochs", default=50, type=_count, metavar="N", help="passes over the data (default 50)"
    )
    train.add_argument(
        "--seed", default=0, type=int, metavar="N", help="for the split, the weights and the order"
    )
    train.add_argument(
        "--optimizer",
        choices=[name for name in OPTIMISERS if name != "lbfgs"],
        metavar="NAME",
        help="momentum, adam, … (default momentum)",
    )
    train.add_argument(
        "--lr", type=float, metavar="RATE", help="learning rate (default 0.1, of a named optimizer its own)"
    )
    train.add_argument(
        "--batch-size", default=16, type=_count, metavar="N", help="samples a step (default 16)"
    )
    train.add_argument("--save", type=Path, metavar="FILE.json", help="where to keep the parameters")
    train.add_argument("--history", type=Path, metavar="FILE.csv", help="where to write loss and accuracy")
    given = argparse.ArgumentParser(add_help=False)
    given.add_argument("expression", metavar="EXPRESSION", help='such as "tanh(w*x + b)"')
    given.add_argument("numbers", nargs="*", metavar="NAME=NUMBER", help="a number for every name")
    story = commands.add_parser(
        "explain", parents=[given], help="tell how an expression and its gradient are computed"
    )
    story.add_argument("--wrt", metavar="NAME", help="only the gradient by this name, along its paths")
    story.add_argument("--format", choices=["text", "markdown", "formula", "latex", "tree"], default="text")
    picture = commands.add_parser("draw", parents=[given], help="draw the graph of an expression")
    picture.add_argument(
        "-o", dest="file", default=Path("graph.svg"), type=Path, metavar="FILE",
        help="ends in .svg, .html, .png, .dot, .mmd, .txt or .pdf (default graph.svg)",
    )  # fmt: skip
    picture.add_argument("--direction", choices=["LR", "TB"], default="LR", help="left to right, or down")
    picture.add_argument("--expand", action="store_true", help="draw each dot as products and sums")
    player = commands.add_parser("play", parents=[given], help="make a page that plays the backward pass")
    player.add_argument(
        "-o", dest="file", default=Path("steps.html"), type=Path, metavar="FILE",
        help="ends in .html, or .svg for an animation (default steps.html)",
    )  # fmt: skip
    player.add_argument("--open", action="store_true", help="show the page in a browser")
    options = parser.parse_args(_guarded(sys.argv[1:] if arguments is None else arguments))
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names of classes, on any terminal
    try:
        if options.command == "train":
            _train(options)
        elif options.command == "learn":
            _learn(options.folder, options.replace)
        elif options.command == "site":
            _site(options.folder)
        elif options.command == "explain":
            _explain(_root(options.expression, options.numbers), options.wrt, options.format)
        elif options.command == "draw":
            _draw(_root(options.expression, options.numbers), options.file, options.direction, options.expand)
        elif options.command == "play":
            _play(_root(options.expression, options.numbers), options.file, options.open)
        else:
            _tour(options.output)
        sys.stdout.flush()
    except (ValueError, ArithmeticError, ImportError, RuntimeError) as error:
        return _refuse(str(error))
    except BrokenPipeError:
        # Who read our output has gone; Python must not try to write the rest of it when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as error:
        what = f"open or write {error.filename}" if error.filename else "write the output"
        return _refuse(f"cannot {what}: {error.strerror}")
    except KeyboardInterrupt:
        return 130
    return 0


def _learn(folder: Path | None, replace: bool) -> None:
    """List the notebooks with their titles, or copy them; none if that would change one that is there."""
    if folder is None:
        for notebook in notebooks():
            print(f"{notebook.stem:24}{title(notebook)}")
        print("\npython -m autograd_lite learn FOLDER copies them to a folder, to be read and run there.")
        return
    copied, replaced = copy_notebooks(folder, replace=replace)
    print(f"{copied} notebooks copied to {folder}" + (f", {replaced} replaced" if replaced else ""))


def _site(folder: Path) -> None:
    from autograd_lite.site import build_site

    print(f"written to {build_site(folder)}: publish that folder on any web server, or look at it with")
    print(f"    python -m http.server --bind 127.0.0.1 --directory {folder}")


def _guarded(arguments: list[str]) -> list[str]:
    """Return the arguments with a space before an expression that begins with a minus: it is no option."""
    if not arguments or arguments[0] not in ("explain", "draw", "play"):
        return arguments
    return [f" {word}" if re.match(r"-[^-oh]|-[oh]\W", word) else word for word in arguments]


def _root(expression: str, assignments: list[str]) -> Value:
    """Return the root of an expression whose names have the numbers assigned to them."""
    from autograd_lite.see.reading import read

    numbers: dict[str, float] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if name.strip() in numbers:
            raise ValueError(f"{name.strip()} has two numbers; give it one")
        try:
            numbers[name.strip()] = float(text)
        except ValueError:
            equals = ""
        if not equals or not name.strip().isidentifier():
            raise ValueError(f"expected NAME=NUMBER, such as x=2, got {assignment!r}")
    return read(expression, numbers)


def _explain(root: Value, wrt: str | None, form: str) -> None:
    """Print the story of an expression, or the expression in another notation."""
    from autograd_lite.graph import topological_order
    from autograd_lite.see.explain import explain
    from autograd_lite.see.formula import formula

    leaves = {leaf.label: leaf for leaf in topological_order(root)[0]}
    if wrt is not None and wrt not in leaves:
        raise ValueError(f"--wrt: the expression does not depend on {wrt!r}")
    if form in ("formula", "latex", "tree"):
        told = formula(root)
        print({"formula": told.python, "latex": told.latex, "tree": told.tree}[form])
        return
    story = explain(root, leaves[wrt], paths=True) if wrt is not None else explain(root)
    print(story.markdown if form == "markdown" else story)


def _draw(root: Value, file: Path, direction: str, expand: bool) -> None:
    from autograd_lite.see.drawing import draw

    root.backward()
    print(f"written to {draw(root, direction=direction, expand=expand).save(file)}")


def _play(root: Value, file: Path, show: bool) -> None:
    import webbrowser

    from autograd_lite.see.player import play

    page = play(root).save(file)
    print(f"written to {page}")
    if show:
        webbrowser.open(page.resolve().as_uri())


def _refuse(reason: str) -> int:
    print(f"autograd_lite: {reason}.", file=sys.stderr)
    return 2


def _sizes(text: str) -> list[int]:
    """Parse "16,16"; an empty text is a network without hidden layers."""
    return [_count(size) for size in text.split(",")] if text.strip() else []


def _count(text: str) -> int:
    if not (text.strip().isdecimal() and len(text) < 10 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected whole numbers above 0, got {text!r}")
    return int(text)


def _tour(output: Path) -> None:
    output.mkdir(parents=True, exist_ok=True)
    print("1. A neuron written as an expression: o = tanh(x1*w1 + x2*w2 + b)\n")
    inputs = {"x1": 2.0, "x2": 0.0, "w1": -3.0, "w2": 1.0, "b": 6.8813735870195432}
    leaves = {name: Value(number, label=name) for name, number in inputs.items()}
    o = _neuron(**leaves)
    o.backward()
    print(f"   o = {o.data:.10f}\n")
    print("        value      gradient       finite difference")
    for name, leaf in leaves.items():
        slope = _central_difference(_neuron, inputs, name)
        print(f"   {name:3} {leaf.data:8.4f}  {leaf.grad:12.8f}  {slope:12.8f}")

    print("\n2. A network of 2-16-16-2 neurons learns to tell two moons apart\n")
    started = time.perf_counter()
    X, y = moons(100, noise=0.1, seed=1)
    model = MLP(2, [16, 16, 2], seed=1)
    _fit(model, X, y, epochs=40, seed=0)
    share = accuracy(predict(model, X), y)
    seconds = time.perf_counter() - started
    print(
        f"\n   accuracy {share:.1%} on {len(y)} points, {len(model.parameters())} parameters, {seconds:.1f} s"
    )

    print("\n3. The graph of one neuron as a picture\n")
    print(f"   written to {_picture(output)}")


def _neuron(x1: Value, x2: Value, w1: Value, w2: Value, b: Value) -> Value:
    return (x1 * w1 + x2 * w2 + b).tanh()


def _central_difference(f: Callable[..., Value], inputs: dict[str, float], name: str) -> float:
    """Return the slope of f by one of its inputs from two evaluations; good to about ten digits."""
    step = 1e-5
    above, below = (
        f(**{key: Value(x + (side if key == name else 0)) for key, x in inputs.items()}).data
        for side in (step, -step)
    )
    return (above - below) / (2 * step)


def _picture(folder: Path) -> Path:
    """Write the graph of a neuron as SVG."""
    from autograd_lite.see.drawing import draw

    neuron = Neuron(2, activation="tanh")
    for parameter, number in zip(neuron.parameters(), (-3.0, 1.0, 6.8813735870195432), strict=True):
        parameter.data = number
    out = neuron([Value(2.0, label="x0"), Value(0.0, label="x1")])
    out.label = "o"
    out.backward()
    return draw(out, expand=True).save(folder / "neuron.svg")


def _train(options: argparse.Namespace) -> None:
    for file in (options.save, options.history):
        if file:
            check_writable(file)
    table = read_table(options.file, options.target)
    train, test, y, truth = train_test_split(table.rows, table.targets, seed=options.seed)
    counts = Counter(table.targets)
    print(
        f"{options.file}: {len(table.rows)} samples, {len(table.features)} features, {len(table.classes)} "
        f"classes ({', '.join(f'{name} {counts[i]}' for i, name in enumerate(table.classes))})"
    )
    X = standardize(train)
    model = MLP(len(table.features), [*options.hidden, len(table.classes)], seed=options.seed)
    print(f"training on {len(train)} samples, {len(test)} held out; {len(model.parameters())} parameters")
    history = _fit(
        model, X, y, options.epochs, options.seed, options.optimizer, options.lr, options.batch_size
    )
    if options.save:
        model.save(options.save)
    if options.history:
        history.to_csv(options.history)
    if history.stopped:
        print(f"interrupted after {len(history.epochs.get('loss', ()))} epochs")
        raise KeyboardInterrupt
    print(f"accuracy on the training samples: {accuracy(predict(model, X), y):.1%}")
    if not test:
        print("too few samples to hold any out")
        return
    right = accuracy(predict(model, standardize(test, like=train)), truth)
    commonest = max(Counter(truth).values()) / len(truth)
    print(
        f"accuracy on the held-out samples: {right:.1%} "
        f"({commonest:.1%} by always naming the commonest class)"
    )


def _fit(
    model: MLP,
    X: list[list[float]],
    y: list[int],
    epochs: int,
    seed: int,
    optimizer: str | None = None,
    lr: float | None = None,
    batch_size: int = 16,
) -> History:
    """Train a classifier, by default with momentum, and print what was warned of."""
    if optimizer is None:
        optimizer, lr = "momentum", 0.1 if lr is None else lr
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", RuntimeWarning)
        history = fit(
            model, X, y, loss="cross_entropy", optimizer=optimizer, lr=lr, epochs=epochs, seed=seed,
            batch_size=batch_size, schedule=linear_ramp(epochs, end=0.1), progress=sys.stdout,
        )  # fmt: skip
    for warning in caught:
        print(f"note: {warning.message}")
    return history


if __name__ == "__main__":
    sys.exit(main())
