"""The notebooks: sources run, solutions are right, links lead somewhere, pictures are there.

That the stored ones are what their sources make is compared, byte for byte, by `notebooks/build.py --check`.
"""

import json
import re
import runpy
from itertools import pairwise
from pathlib import Path

import pytest
from generate import ROOT

FOLDER = ROOT / "notebooks"
SOURCES = sorted(FOLDER.glob("[0-9]*.py"))
STORED = sorted(FOLDER.glob("[0-9]*.ipynb"))

sources = pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
notebooks = pytest.mark.parametrize("path", STORED, ids=lambda path: path.stem)


def cells(source: Path) -> list[tuple[bool, str]]:
    """The cells of a source: whether each is prose, and its text without the marks of comments."""
    parts = re.split(r"^# %%(.*)\n", source.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    pairs = zip(parts[::2], parts[1::2], strict=True)
    return [
        (bool(kind.strip()), re.sub(r"^# ?", "", text, flags=re.M) if kind.strip() else text)
        for kind, text in pairs
    ]


def solutions(source: Path) -> list[tuple[str, str]]:
    """Each folded solution with the last line of the cell that follows, which checks it."""
    found = []
    for (prose, text), (_, code) in pairwise(cells(source)):
        if prose and "<summary>Solution</summary>" in text:
            [solution] = re.findall(r"```python\n(.*?)```", text, flags=re.DOTALL)
            found.append((solution, code.rstrip().splitlines()[-1]))
    return found


def links(text: str) -> list[str]:
    """The targets of links and pictures that are files, without their anchors."""
    targets = re.findall(r"\]\(([^)\s]+)\)", text)
    return [target.split("#")[0] for target in targets if not re.match(r"[a-z]+:|#", target)]


def test_every_source_has_its_notebook() -> None:
    assert [path.stem for path in SOURCES] == [path.stem for path in STORED]


@sources
def test_a_source_runs_as_a_script_and_its_solutions_pass_their_checks(source: Path, capsys) -> None:
    names = runpy.run_path(str(source), run_name="__main__")
    told = capsys.readouterr()
    exercises = solutions(source)
    assert told.err == ""
    assert told.out.count("not yet: ") == len(exercises) >= 2
    for solution, check in exercises:
        assert check.startswith("print(check_")
        exec(solution, names)
        exec(check, names)
        assert capsys.readouterr().out.startswith("right: ")


@pytest.mark.parametrize("page", [ROOT / "README.md", *SOURCES], ids=lambda path: path.stem)
def test_links_resolve(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".py":
        text = "\n".join(prose for is_prose, prose in cells(page) if is_prose)
    for target in links(text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


@sources
def test_a_notebook_links_to_the_one_before_and_the_one_after(source: Path) -> None:
    targets = links("\n".join(text for prose, text in cells(source) if prose))
    numbers = {int(target[:2]) for target in targets if re.match(r"\d\d_", target)}
    number = int(source.name[:2])
    assert {number - 1, number + 1} - {0, 14} <= numbers


@notebooks
def test_a_stored_notebook_is_short_has_pictures_and_no_errors(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    outputs = [output for cell in code for output in cell["outputs"]]
    assert len(code) < 25
    assert len(notebook["cells"]) < 50
    assert not [
        output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"
    ]
    pages = ["".join(output["data"].get("text/html", "")) for output in outputs if "data" in output]
    assert [page for page in pages if "data:image/svg+xml;base64," in page]
    assert path.stat().st_size < 1_000_000
