"""The command line: the tour, training on a file, and one clear sentence for what cannot be used."""

import math
import os
import shutil
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from generate import ROOT

from autograd_lite.__main__ import main
from autograd_lite.nn import MLP
from autograd_lite.nn.data import IRIS
from autograd_lite.nn.progress import Progress
from autograd_lite.nn.tables import read_table

TWO = "x,y,kind\n" + "".join(f"{i},{i % 7},{'a' if i < 20 else 'b'}\n" for i in range(40))


def test_the_tour(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--output", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "o = 0.7071067812" in out
    assert "x1    2.0000   -1.50000000   -1.50000000" in out
    assert "loss" in out
    assert "accuracy 100.0% on 100 points" in out
    pictures = [path for path in tmp_path.iterdir() if path.name in ("neuron.svg", "neuron.dot")]
    assert len(pictures) == 1
    assert "grad" in pictures[0].read_text()


def test_the_tour_runs_as_a_module_where_there_is_no_dot(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-m", "autograd_lite"]
    run = subprocess.run(command, cwd=tmp_path, env={"PATH": ""}, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert "written to neuron.svg" in run.stdout
    assert (tmp_path / "neuron.svg").read_text().startswith("<svg")


def test_training_on_iris_prints_what_the_readme_shows(capsys: pytest.CaptureFixture[str]) -> None:
    readme = (IRIS.parent.parent.parent / "README.md").read_text(encoding="utf-8")
    block = readme.split("scores it on the rest:")[1].split("`--hidden")[0]
    assert main(["train", str(IRIS), "--target", "species"]) == 0
    out = capsys.readouterr().out
    printed = out.replace(str(IRIS), "autograd_lite/data/iris.csv").splitlines()
    lines = [line.strip() for line in block.strip().splitlines()]
    assert [line for line in lines if line != "..." and line not in printed] == []
    assert "150 samples, 4 features, 3 classes (setosa 50, versicolor 50, virginica 50)" in out
    share = float(out.split("held-out samples: ")[1].split("%")[0])
    assert share > 93


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_training_is_repeatable_and_reads_its_options(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], separator: str
) -> None:
    path = tmp_path / "two.csv"
    path.write_text("\ufeff" + TWO.replace(",", separator) + "\n", encoding="utf-8")
    outputs = []
    for seed in ("1", "1", "2"):
        assert (
            main(
                [
                    "train",
                    str(path),
                    "--target",
                    "kind",
                    "--hidden",
                    "4",
                    "--epochs",
                    "5",
                    "--seed",
                    seed,
                ]
            )
            == 0
        )
        outputs.append(capsys.readouterr().out)
    assert outputs[0] == outputs[1] != outputs[2]
    assert "2 features, 2 classes (a 20, b 20)" in outputs[0]
    assert "22 parameters" in outputs[0]


def test_no_hidden_layer_is_a_linear_classifier(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "two.csv"
    path.write_text(TWO)
    assert main(["train", str(path), "--target", "kind", "--hidden", "", "--epochs", "2"]) == 0
    assert "6 parameters" in capsys.readouterr().out


BAD = {
    "empty": ("", "is empty"),
    "blank lines": ("\n\n", "is empty"),
    "header only": ("x,kind\n", "has a header and no rows of data"),
    "one class": ("x,kind\n1,a\n2,a\n", "has the one class 'a' in column 'kind'"),
    "text": ("x,kind\n1,a\nsmall,b\n", "line 3: column 'x' has 'small' where a number belongs"),
    "gap": ("x,y,kind\n1,2,a\n1,,b\n", "line 3: column 'y' has nothing where a number belongs"),
    "nan": ("x,kind\n1,a\nnan,b\n", "line 3: column 'x' has nan where a number belongs"),
    "infinity": ("x,kind\n1,a\n1e999,b\n", "column 'x' has inf where a number belongs"),
    "no class": ("x,kind\n1,a\n2,\n", "line 3: the class in column 'kind' is empty"),
    "ragged": ("x,kind\n1,a\n2,b,3\n", "line 3: expected 2 values, got 3"),
    "no target": ("x,y\n1,2\n", "has no column 'kind'; its columns are x, y"),
    "twice": ("x,x,kind\n1,2,a\n", "has the column 'x' twice"),
    "no features": ("kind\na\nb\n", "there are no features"),
    "numbers": (
        "x,kind\n" + "".join(f"{i},{i * 1.5}\n" for i in range(40)),
        "expected a column of classes",
    ),
    "every row its own class": ("x,kind\n1,a\n2,b\n3,c\n", "expected a column of classes"),
    "quotes": ('x,kind\n1,"a\n', "not CSV"),
}


@pytest.mark.parametrize("case", BAD)
def test_unusable_files_end_in_one_clear_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], case: str
) -> None:
    text, message = BAD[case]
    path = tmp_path / "bad.csv"
    path.write_text(text)
    assert main(["train", str(path), "--target", "kind"]) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert err.startswith("autograd_lite: ")
    assert err.endswith(".\n")
    assert (err.count("\n"), out) == (1, "")


def test_files_that_cannot_be_opened(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(tmp_path / "none.csv"), "--target", "kind"]) == 2
    assert "none.csv: No such file or directory." in capsys.readouterr().err
    assert main(["train", str(tmp_path), "--target", "kind"]) == 2
    assert "Is a directory" in capsys.readouterr().err
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x01")
    assert main(["train", str(tmp_path / "binary.csv"), "--target", "kind"]) == 2
    assert "is not a text file in UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize(
    "options", [["--hidden", "4,x"], ["--hidden", "0"], ["--epochs", "-1"], ["--epochs", "0"]]
)
def test_options_are_checked(options: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        main(["train", str(IRIS), "--target", "species", *options])
    assert exit_.value.code == 2
    assert "expected whole numbers above 0" in capsys.readouterr().err


def test_whoever_stops_reading_gets_no_complaint(tmp_path: Path) -> None:
    for arguments in ([], ["train", str(IRIS), "--target", "species", "--epochs", "3"]):
        command = [sys.executable, "-m", "autograd_lite", *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=tmp_path) as run:
            run.stdout.close()
            assert run.stderr.read() == b""
            assert run.wait() == 1


def test_a_table_may_come_through_a_pipe_and_have_separators_in_quotes(tmp_path: Path) -> None:
    text = TWO.replace("x,y,kind", '"x; in; cm","y",kind')
    command = [
        sys.executable,
        "-m",
        "autograd_lite",
        "train",
        "/dev/stdin",
        "--target",
        "kind",
        "--epochs",
        "1",
    ]
    run = subprocess.run(command, input=text, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert "2 features, 2 classes" in run.stdout


def test_expressions_are_drawn_and_played(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    given = ["tanh(w*x + b)", "w=-3", "x=2", "b=6.88"]
    picture, page = tmp_path / "x.svg", tmp_path / "x.html"
    assert main(["draw", *given, "-o", str(picture), "--direction", "TB"]) == 0
    by_x = -3 * (1 - math.tanh(0.88) ** 2)
    assert f"{by_x:.4f}".replace("-", "−") in picture.read_text(encoding="utf-8")
    assert main(["play", *given, "-o", str(page)]) == 0
    assert "∂v5/∂w" in page.read_text(encoding="utf-8")
    assert capsys.readouterr().out == f"written to {picture}\nwritten to {page}\n"


def test_pages_open_in_a_browser_if_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    assert main(["play", "x * y", "x=1", "y=2", "-o", str(tmp_path / "x.html"), "--open"]) == 0
    assert opened == [(tmp_path / "x.html").as_uri()]


@pytest.mark.parametrize("command", ["explain", "draw", "play"])
@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (['__import__("os")'], "__import__ is no function of the table"),
        (["x.real", "x=1"], "'x.real' is not allowed"),
        (["(" * 200 + "x" + ")" * 200, "x=1"], "brackets more than 100 deep"),
        (["x * y", "x=1"], "y has no number: add y=NUMBER"),
        (["x", "x=1", "z=2"], "z has a number but does not occur"),
    ],
)
def test_what_is_no_expression_is_refused_and_nothing_written(
    command: str, given: list[str], reason: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = [] if command == "explain" else ["-o", str(tmp_path / "x.svg")]
    assert main([command, *given, *output]) == 2
    assert reason in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_ends_in_no_format_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["draw", "x", "x=1", "-o", str(tmp_path / "x.gif")]) == 2
    assert "expected a name that ends in .svg" in capsys.readouterr().err


def test_training_keeps_its_parameters_and_history_where_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "two.csv"
    path.write_text(TWO)
    model, history = tmp_path / "model.json", tmp_path / "history.csv"
    options = ["--hidden", "4", "--epochs", "3", "--optimizer", "adam", "--lr", "0.05", "--batch-size", "10"]
    files = ["--save", str(model), "--history", str(history)]
    assert main(["train", str(path), "--target", "kind", *options, *files]) == 0
    assert "epoch 3/3  loss " in capsys.readouterr().out
    kept = MLP(2, [4, 2], seed=5)
    kept.load(model)
    assert history.read_text().startswith("epoch,loss,accuracy,gradient_norm")
    assert history.read_text().count("\n") == 4
    assert main(["train", str(path), "--target", "kind", "--lr", "-1"]) == 2
    assert "expected a learning rate above 0, got -1.0." in capsys.readouterr().err


@pytest.mark.skipif(
    signal.getsignal(signal.SIGINT) == signal.SIG_IGN, reason="Ctrl-C is ignored here, as in background jobs"
)
def test_an_interrupted_training_keeps_what_it_learned(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "two.csv"
    path.write_text(TWO)
    monkeypatch.setattr(Progress, "show", lambda *told: os.kill(os.getpid(), signal.SIGINT))
    options = ["--hidden", "4", "--save", str(tmp_path / "model.json")]
    assert main(["train", str(path), "--target", "kind", *options]) == 130
    assert "interrupted after 1 epochs" in capsys.readouterr().out
    MLP(2, [4, 2]).load(tmp_path / "model.json")


def test_what_would_be_lost_after_training_is_refused_before_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "two.csv"
    path.write_text(TWO)
    for option in ("--save", "--history"):
        missing = tmp_path / "none" / "file"
        assert main(["train", str(path), "--target", "kind", option, str(missing)]) == 2
        out, err = capsys.readouterr()
        assert (out, err) == (
            "",
            f"autograd_lite: cannot open or write {missing}: No such file or directory.\n",
        )
        assert main(["train", str(path), "--target", "kind", option, str(tmp_path)]) == 2
        assert "Is a directory" in capsys.readouterr().err
    assert main(["train", str(path), "--target", "kind", "--lr", "0"]) == 2
    assert "expected a learning rate above 0, got 0.0." in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["train", str(path), "--target", "kind", "--optimizer", "lbfgs"])
    assert "invalid choice: 'lbfgs'" in capsys.readouterr().err


def test_wide_tables_and_old_line_ends_are_read_and_open_quotes_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    names = [f"feature{i}" for i in range(15_000)]
    path.write_text(
        "\n".join([",".join([*names, "kind"]), *[",".join(["1"] * 15_000 + [k]) for k in "abab"]])
    )
    assert len(read_table(path, "kind").features) == 15_000
    path.write_bytes(TWO.replace("\n", "\r").encode())
    assert read_table(path, "kind").classes == ["a", "b"]
    path.write_text('"x,kind\n' + "1,a\n" * 50_000)
    with pytest.raises(ValueError, match=r"table\.csv, line .*: not CSV"):
        read_table(path, "kind")


NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


def test_learn_lists_the_notebooks_with_their_titles(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["learn"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "01_value                A number that remembers how it was made"
    assert [line.split()[0] for line in lines[:-2]] == [path.stem for path in NOTEBOOKS]
    assert all(len(line.split(maxsplit=1)[1]) > 5 for line in lines[:-2])


def test_learn_copies_and_does_not_overwrite_what_somebody_wrote(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "new" / "course"
    for _ in range(2):  # what is there unchanged is in nobody's way
        assert main(["learn", str(folder)]) == 0
        assert capsys.readouterr().out == f"{len(NOTEBOOKS)} notebooks copied to {folder}\n"
    assert sorted(path.name for path in folder.iterdir()) == [path.name for path in NOTEBOOKS]
    assert all((folder / path.name).read_bytes() == path.read_bytes() for path in NOTEBOOKS)

    first, second, third = (folder / path.name for path in NOTEBOOKS[:3])
    first.unlink()
    second.write_text("my answers")
    assert main(["learn", str(folder)]) == 2
    assert f"{second} would be overwritten, so nothing was copied" in capsys.readouterr().err
    assert (first.exists(), second.read_text()) == (False, "my answers")
    third.write_text("and more")
    assert main(["learn", str(folder)]) == 2
    assert f"{second} and 1 more would be overwritten" in capsys.readouterr().err
    assert main(["learn", str(folder), "--replace"]) == 0
    assert capsys.readouterr().out.endswith(f"copied to {folder}, 2 replaced\n")
    assert second.read_bytes() == NOTEBOOKS[1].read_bytes()

    assert main(["learn", str(second)]) == 2  # a file, not a folder
    assert capsys.readouterr().err.startswith("autograd_lite: cannot open ")


def test_the_wheel_has_the_notebooks_where_learn_finds_them(tmp_path: Path) -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    [(source, place)] = settings["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"].items()
    shutil.copytree(ROOT / "autograd_lite", tmp_path / "autograd_lite")
    shutil.copytree(ROOT / source, tmp_path / place)
    command = [sys.executable, "-m", "autograd_lite", "learn", "course"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (run.returncode, run.stderr) == (0, "")
    assert len(list((tmp_path / "course").iterdir())) == len(NOTEBOOKS)
