"""The notebooks: sources run, solutions are right, links and terms lead somewhere, pictures are there.

That the stored ones are what their sources make is compared, byte for byte, by `notebooks/build.py --check`.
"""

import ast
import json
import re
import runpy
from itertools import pairwise
from pathlib import Path

import pytest
from generate import ROOT

FOLDER = ROOT / "notebooks"
SOURCES = sorted(FOLDER.glob("[0-9]*.py"))
PLAYERS = {"01_value", "02_chain_rule", "04_backprop_by_hand", "05_xor_and_exam_scores", "12_real_work"}
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


@sources
def test_every_check_of_an_exercise_explains_what_may_be_wrong(source: Path) -> None:
    tree = ast.parse(source.read_text(encoding="utf-8"))
    checks = [f for f in tree.body if isinstance(f, ast.FunctionDef) and f.name.startswith("check_")]
    assert len(checks) == len(solutions(source))
    for check in checks:
        explained = [node.msg for node in ast.walk(check) if isinstance(node, ast.Assert) and node.msg]
        assert len(explained) >= 2, check.name


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", FOLDER / "README.md", *SOURCES], ids=lambda path: path.stem
)
def test_links_resolve(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".py":
        text = "\n".join(prose for is_prose, prose in cells(page) if is_prose)
    for target in links(text):
        assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_links_into_the_page_of_the_course_lead_to_headings() -> None:
    headings = re.findall(r"^#+ (.+)$", (FOLDER / "README.md").read_text(encoding="utf-8"), flags=re.M)
    anchors = {re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-") for heading in headings}
    targets = re.findall(r"notebooks/README\.md#([\w-]+)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert len(targets) == 2
    assert set(targets) <= anchors


@sources
def test_a_notebook_links_to_the_one_before_and_the_one_after(source: Path) -> None:
    targets = links("\n".join(text for prose, text in cells(source) if prose))
    numbers = {int(target[:2]) for target in targets if re.match(r"\d\d_", target)}
    number = int(source.name[:2])
    assert {number - 1, number + 1} - {0, 14} <= numbers


def occurs(term: str, prose: str) -> bool:
    """Whether a term is in a text as a word of its own, or the beginning of one if it is long."""
    pattern = (f"(?i:{term[0]})" if term[0].islower() else re.escape(term[0])) + re.escape(term[1:])
    if term[0].isascii():
        pattern = r"(?<![A-Za-z0-9_])" + pattern
    if len(term) < 3 and term[-1].isascii():
        pattern += r"(?![A-Za-z0-9_])"
    return re.search(pattern, prose) is not None


def test_every_term_of_the_table_is_introduced_where_it_says() -> None:
    prose = {}
    for source in SOURCES:
        text = " ".join(text for is_prose, text in cells(source) if is_prose)
        prose[source.stem] = " ".join(re.sub(r"```.*?```", "", text, flags=re.DOTALL).split())
    table = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (.+?) \| .+? \| \[(\w+)\]\((\w+)\.ipynb\) \|$", table, flags=re.MULTILINE)
    assert len(rows) > 100
    assert {name for _, name, _ in rows} == set(prose)
    for term, name, target in rows:
        assert name == target
        places = [place for place, text in prose.items() if occurs(term, text)]
        assert places[:1] == [name], f"{term} is introduced in {places[:1]}, and the table says {name}"


@notebooks
def test_a_stored_notebook_is_short_has_pictures_and_players_and_no_errors(path: Path) -> None:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    outputs = [output for cell in code for output in cell["outputs"]]
    assert len(notebook["cells"]) < 25
    assert not [
        output for output in outputs if output["output_type"] == "error" or output.get("name") == "stderr"
    ]
    pages = ["".join(output["data"].get("text/html", "")) for output in outputs if "data" in output]
    assert sum("data:image/svg+xml;base64," in page for page in pages) >= 2
    assert any("<iframe" in page for page in pages) == (path.stem in PLAYERS)
    assert path.stat().st_size < 1_000_000
