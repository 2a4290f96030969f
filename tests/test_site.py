"""The site: what is refused, what is put into it, and that its notebooks run in a browser.

The tests in the browser build a real site, which needs the extras `site` and `browser`, npm, Chromium and a
network. Where one is missing they are skipped, and say which.

    pip install ".[test,site,browser]" && python -m pytest tests/test_site.py
"""

import ast
import json
import re
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from test_notebooks import PLAYERS

from autograd_lite.__main__ import main
from autograd_lite.course import notebooks, title
from autograd_lite.site import (
    READ_ONLY,
    add_notebooks,
    build_site,
    fetch,
    files_before,
    find_npm,
    front_page,
    with_dependencies,
    write_wheel,
)

NAMES = [path.stem for path in notebooks()]


def test_a_folder_with_other_things_is_refused_and_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "thesis.tex"
    kept.write_text("years of work")
    assert main(["site", str(tmp_path)]) == 2
    assert f"{tmp_path} is not empty, and is no site made before" in capsys.readouterr().err
    assert main(["site", str(kept)]) == 2
    assert "is a file; name a folder" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]
    assert files_before(tmp_path / "new") == []


def test_a_site_made_before_gives_up_its_own_files_alone(tmp_path: Path) -> None:
    record = tmp_path / "site-files.json"
    record.write_text('["index.html", "site-files.json"]')
    assert files_before(tmp_path) == ["index.html", "site-files.json"]
    for elsewhere in ("../thesis.tex", str(tmp_path.parent / "thesis.tex")):
        record.write_text(json.dumps(["index.html", elsewhere]))
        with pytest.raises(ValueError, match="names files outside its folder"):
            files_before(tmp_path)


def test_what_is_missing_is_named_with_the_way_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def absent(name: str):
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setenv("PATH", str(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(metadata, "distribution", absent)
        with pytest.raises(ImportError, match=re.escape("pip install 'autograd-lite[site]'")):
            build_site(tmp_path / "site")
        patch.setattr(metadata, "distribution", lambda name: None)
        with pytest.raises(RuntimeError, match=r"no npm on the PATH; it comes with Node\.js"):
            build_site(tmp_path / "site")
    failing = [sys.executable, "-c", "import sys; sys.exit('npm\\nnpm error: no route to host')"]
    with pytest.raises(RuntimeError, match=r"cannot fetch it: npm error: no route to host\. Fetching needs"):
        fetch(failing, tmp_path, "it", "look at home")
    assert not (tmp_path / "site").exists()


def test_the_kernel_gets_all_that_its_packages_depend_on() -> None:
    known = {
        "a-b": {"depends": ["c"]},
        "c": {"depends": ["A_b", "d"]},
        "d": {"depends": []},
        "e": {"depends": []},
    }
    assert with_dependencies(["A.b"], known) == ["a-b", "c", "d"]


def test_the_wheel_on_the_site_imports_and_has_its_data(tmp_path: Path) -> None:
    write_wheel(tmp_path)
    [wheel] = tmp_path.iterdir()
    assert wheel.name == f"autograd_lite-{metadata.version('autograd-lite')}-py3-none-any.whl"
    with zipfile.ZipFile(wheel) as packed:
        packed.extractall(tmp_path / "installed")
        record = packed.read(next(name for name in packed.namelist() if name.endswith("/RECORD")))
        assert [line.split(",")[0] for line in record.decode().splitlines()] == packed.namelist()
    code = (
        "import autograd_lite as a, importlib.metadata as m, pathlib; "
        "from autograd_lite.nn.data import iris; "
        "x = a.Value(2.0, label='x'); html = a.play(x * x).html; "
        "print(pathlib.Path(a.__file__).parent.parent.name, m.version('autograd-lite'), len(iris().rows), "
        "len(html) > 999)"
    )
    environment = {"PYTHONPATH": str(tmp_path / "installed")}
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert run.stdout.split() == ["installed", metadata.version("autograd-lite"), "150", "True"], run.stderr
    assert not (tmp_path / "installed" / "autograd_lite" / "notebooks").exists()


def imported(notebook: Path) -> set[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    names = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_notebooks_that_import_what_a_browser_lacks_say_so_and_are_otherwise_the_same(tmp_path: Path) -> None:
    add_notebooks(tmp_path)
    assert [path.stem for path in sorted(tmp_path.iterdir())] == NAMES
    for source in notebooks():
        copy = tmp_path / source.name
        names = imported(source)
        assert all(
            name.split(".")[0] in {*sys.stdlib_module_names, "autograd_lite", "numpy"} for name in names
        )
        lacking = {"numpy", "autograd_lite.interop.scipy"} & names
        assert bool(lacking) == (source.stem in READ_ONLY)
        cells = json.loads(copy.read_text(encoding="utf-8"))["cells"]
        if lacking:
            assert f"needs {READ_ONLY[source.stem]}," in cells.pop(0)["source"]
        for cell in cells:
            for output in cell.get("outputs", []):
                if output["output_type"] == "stream":  # in one piece: JupyterLite joins lines by commas
                    output["text"] = output["text"].splitlines(keepends=True)
        assert cells == json.loads(source.read_text(encoding="utf-8"))["cells"]


def test_the_front_page_leads_to_every_notebook_and_says_which_run() -> None:
    page = front_page()
    assert re.findall(r'href="lab/index.html\?path=(\w+)\.ipynb"', page) == NAMES
    assert all(title(path) in page for path in notebooks())
    assert page.count("runs here") == len(NAMES) - len(READ_ONLY)
    assert "://" not in page


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site that is served on this machine, not at the root of its server."""
    root = tmp_path_factory.mktemp("root")
    folder = root / "below" / "course"
    try:
        find_npm()
        build_site(folder)
    except (ImportError, RuntimeError) as error:
        if "could not build" in str(error):
            raise
        pytest.skip(str(error))
    kept = folder / "CNAME"  # what somebody adds stays when the site is made again
    kept.touch()
    build_site(folder)
    assert kept.exists()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(root)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/below/course/"
    server.shutdown()
    server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *told: object) -> None:
        pass


PROMPTS = (
    "[...document.querySelectorAll('.jp-CodeCell .jp-InputPrompt')].map(prompt => prompt.textContent.trim())"
)
ERRORS = "[...document.querySelectorAll('[data-mime-type$=\"jupyter.error\"]')].map(e => e.textContent)"


@pytest.fixture
def opened(site: str, browser) -> Iterator:
    """A function that opens a notebook from the front page; nothing may be missing or come from elsewhere."""
    context = browser.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    asked: list[str] = []
    trouble: list[str] = []

    def complain(message) -> None:
        # The icon at the root of the server is not the site's affair: browsers ask for it by themselves.
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            trouble.append(message.text)

    context.on("request", lambda request: asked.append(request.url))
    page.on("console", complain)
    page.on("pageerror", lambda error: trouble.append(str(error)))

    def open_notebook(name: str):
        page.goto(site)
        page.click(f"text={name}")
        page.wait_for_selector(".jp-Notebook .jp-Cell", timeout=60_000)
        return page

    yield open_notebook
    context.close()
    assert {urlsplit(url).netloc for url in asked if not url.startswith(("data:", "blob:", "about:"))} == {
        urlsplit(site).netloc
    }
    assert trouble == []


@pytest.mark.parametrize("name", [name for name in NAMES if name not in READ_ONLY])
def test_a_notebook_runs_in_the_browser_to_its_end(opened, name: str) -> None:
    page = opened(name)
    page.click("text=Run >> nth=0")
    page.click('text="Run All Cells"')
    page.wait_for_function(f"{PROMPTS}.some(prompt => prompt === '[*]:')")
    page.wait_for_function(f"{PROMPTS}.every(prompt => /^.[0-9]+.:$/.test(prompt))", timeout=180_000)
    assert page.evaluate(ERRORS) == []
    if name in PLAYERS:
        player = page.frame_locator("iframe").first
        page.locator("iframe").first.scroll_into_view_if_needed()
        player.locator("#play").click()
        player.locator("#count", has_text=re.compile(r"^([3-9]|\d\d) / ")).wait_for(timeout=20_000)


def test_a_notebook_to_be_read_shows_its_note_and_its_outputs(opened) -> None:
    page = opened("12_real_work")
    page.locator(".jp-RenderedMarkdown", has_text="To be read here, not run").wait_for()
    page.wait_for_selector(".jp-OutputArea-output img", state="attached")
    printed = page.locator(".jp-OutputArea-output pre", has_text="closed form").first.text_content()
    assert [line.split()[0] for line in printed.splitlines()] == ["delta", "vega", "rho", "theta"]
