"""The course as a web site: notebooks that run in the reader's browser, with nothing installed.

`build_site` makes a folder of files for any web server. JupyterLite is what the reader sees, Pyodide is
Python in the browser, and beside them lie this package, the notebooks and all that a kernel needs: the
packages that Pyodide's lock file names, at its versions. So the reader's browser asks no other server.
Building needs the extra `site`, npm and a network.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path

from autograd_lite.course import notebooks, title

_KERNEL = "jupyterlite-pyodide-kernel"
_EXTENSION = "@jupyterlite/pyodide-kernel-extension"
_RECORD = "site-files.json"  # the files of a site, so that a new build replaces these and nothing else
_LOCKED = ("ipython", "jedi", "micropip")  # what a kernel imports; without jedi it hangs in silence
_OTHERS = {"comm": "0.2.3", "graphviz": "0.21"}  # and what Pyodide does not know
_RUNTIME = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")

# The notebooks that a browser shows as they were run elsewhere, and what they lack there.
READ_ONLY = {"11_tiny_gpt": "NumPy and llvmlite", "12_real_work": "SciPy"}


def build_site(folder: str | Path) -> Path:
    """Write the site to a folder and return its path.

    A site made before is replaced; files that were added to it stay. Raises ValueError if the folder holds
    anything else, ImportError without the extra `site`, and RuntimeError if npm is missing or a part cannot
    be fetched or built.
    """
    folder = Path(folder)
    before = files_before(folder)
    npm = find_npm()
    with tempfile.TemporaryDirectory() as temporary:
        source, built = Path(temporary, "source"), Path(temporary, "built")
        _add_runtime(source / "static" / "pyodide", npm)
        add_notebooks(source / "files")
        _add_settings(source)
        _run_jupyterlite(source, built)
        (built / "index.html").write_text(front_page(), encoding="utf-8")
        (built / ".nojekyll").touch()  # for hosts that would leave out names with an underscore
        for name in before:
            (folder / name).unlink(missing_ok=True)
        names = sorted(path.relative_to(built).as_posix() for path in built.rglob("*") if path.is_file())
        (built / _RECORD).write_text(json.dumps([*names, _RECORD], indent=0) + "\n", encoding="utf-8")
        shutil.copytree(built, folder, dirs_exist_ok=True)
    return folder


def files_before(folder: Path) -> list[str]:
    """Return the names of the files of the site that a folder holds."""
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"site: {folder} is a file; name a folder")
    record = folder / _RECORD
    if not record.exists():
        if folder.exists() and any(folder.iterdir()):
            raise ValueError(f"site: {folder} is not empty, and is no site made before; name a new folder")
        return []
    names: list[str] = json.loads(record.read_text(encoding="utf-8"))
    inside = [name for name in names if (folder / name).resolve().is_relative_to(folder.resolve())]
    if inside != names:
        raise ValueError(f"site: {record} names files outside its folder; remove it, or name a new folder")
    return names


def find_npm() -> str:
    """Return the path of npm; raises unless it and the extra are there."""
    for name in ("jupyterlite-core", _KERNEL):
        try:
            metadata.distribution(name)
        except metadata.PackageNotFoundError:
            raise ImportError(f"site: {name} is not installed; pip install 'autograd-lite[site]'") from None
    npm = shutil.which("npm")
    if npm is None:
        raise RuntimeError(
            "site: there is no npm on the PATH; it comes with Node.js, from your system's packages, and is "
            "needed to fetch Pyodide, the Python that runs in a browser"
        )
    return npm


def _add_runtime(target: Path, npm: str) -> None:
    """Fetch Pyodide and the wheels of a kernel, and write a lock file that names these and no others."""
    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    target.mkdir(parents=True)
    package = f"pyodide@{PYODIDE_VERSION}"
    fetch(
        [npm, "pack", package, "--loglevel=error", "--pack-destination", "."], target, package,
        "npm takes it from its cache with npm_config_offline=true, if it was fetched before",
    )  # fmt: skip
    [archive] = target.glob("*.tgz")
    with tarfile.open(archive) as packed:
        for name in _RUNTIME:
            member = packed.extractfile(f"package/{name}")
            assert member is not None
            (target / name).write_bytes(member.read())
    archive.unlink()

    lock = json.loads((target / "pyodide-lock.json").read_text(encoding="utf-8"))
    known = lock["packages"]
    wanted = {name: known[name]["version"] for name in with_dependencies(_LOCKED, known)} | _OTHERS
    python = lock["info"]["python"].rpartition(".")[0]
    fetch(
        [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
         "--platform=any", "--abi=none", "--implementation=py", f"--python-version={python}",
         *(f"{name}=={version}" for name, version in wanted.items())],
        target, "the wheels of a kernel",
        "pip takes them with PIP_NO_INDEX=1 and PIP_FIND_LINKS=FOLDER, such as static/pyodide of an old site",
    )  # fmt: skip
    write_wheel(target)
    wheels = {_normal(path.name.partition("-")[0]): path for path in target.glob("*.whl")}
    lock["packages"] = {
        name: {**known.get(name, _entry(name, path)), "file_name": path.name, "sha256": _digest(path)}
        for name, path in wheels.items()
    }
    (target / "pyodide-lock.json").write_text(json.dumps(lock), encoding="utf-8")


def fetch(command: list[str], folder: Path, what: str, offline: str) -> None:
    """Run a command that fetches something into a folder; RuntimeError says why it cannot and what to do."""
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    if run.returncode:
        told = [line for line in (run.stderr or run.stdout).splitlines() if line.strip()]
        reason = next((line for line in told if "error" in line.lower()), "no reason given")
        raise RuntimeError(
            f"site: cannot fetch {what}: {reason.strip()}. Fetching needs a network. Without one, {offline}"
        )


def with_dependencies(names: Iterable[str], known: dict[str, dict[str, list[str]]]) -> list[str]:
    """Return the names of packages and of all that they depend on, by the lock file, sorted."""
    found: set[str] = set()
    waiting = [_normal(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += [_normal(other) for other in known[name]["depends"]]
    return sorted(found)


def _normal(name: str) -> str:
    """Return the name of a package in the one spelling that all tools agree on."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _entry(name: str, wheel: Path) -> dict[str, object]:
    """Return what a lock file says of a package that Pyodide does not know."""
    return {
        "name": name,
        "version": wheel.name.split("-")[1],
        "depends": ["graphviz"] if name == "autograd-lite" else [],
        "imports": [name.replace("-", "_")],
        "install_dir": "site",
        "package_type": "package",
        "unvendored_tests": False,
    }


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write_wheel(target: Path) -> None:
    """Write this package as a wheel, from wherever it is installed, without the notebooks."""
    package = Path(__file__).resolve().parent
    installed = metadata.distribution("autograd-lite")
    information = f"autograd_lite-{installed.version}.dist-info"
    files = {
        f"autograd_lite/{path.relative_to(package).as_posix()}": path
        for path in sorted(package.rglob("*"))
        if path.is_file() and not {"__pycache__", "notebooks"} & set(path.relative_to(package).parts)
    }
    for file in installed.files or ():
        if file.parts[0] == information and file.name in ("METADATA", "WHEEL", "LICENSE"):
            files[file.as_posix()] = Path(str(file.locate()))
    with zipfile.ZipFile(
        target / f"autograd_lite-{installed.version}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED
    ) as wheel:
        for name, path in files.items():
            wheel.write(path, name)
        record = f"{information}/RECORD"
        wheel.writestr(record, "".join(f"{name},,\n" for name in [*files, record]))


def add_notebooks(target: Path) -> None:
    """Copy the notebooks; those that cannot run in a browser say so at their head.

    What was printed is stored as a list of lines, and becomes one text: no server joins the lines here, and
    JupyterLite would show a comma between them.
    """
    target.mkdir(parents=True, exist_ok=True)
    for source in notebooks():
        notebook = json.loads(source.read_text(encoding="utf-8"))
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                if "text" in output:
                    output["text"] = "".join(output["text"])
        if missing := READ_ONLY.get(source.stem):
            note = (
                f"**To be read here, not run:** this notebook needs {missing}, which this site does not have "
                "in the browser. Its outputs are below, as they were computed elsewhere."
            )
            notebook["cells"].insert(
                0, {"cell_type": "markdown", "id": "read-only", "metadata": {}, "source": note}
            )
        text = json.dumps(notebook, ensure_ascii=False, indent=1) + "\n"
        (target / source.name).write_text(text, encoding="utf-8")


def _add_settings(source: Path) -> None:
    """Write the settings: the package is there in every kernel, and nothing is asked of other servers."""
    kernel = {
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"packages": ["autograd-lite"]},
    }
    data = {"appName": "autograd_lite", "litePluginSettings": {f"{_EXTENSION}:kernel": kernel}}
    lite = {"jupyter-lite-schema-version": 0, "jupyter-config-data": data}
    (source / "jupyter-lite.json").write_text(json.dumps(lite), encoding="utf-8")
    news = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
    overrides = {"@jupyterlab/apputils-extension:notification": news}
    (source / "overrides.json").write_text(json.dumps(overrides), encoding="utf-8")


def _run_jupyterlite(source: Path, built: Path) -> None:
    """Build the site with the extension of the kernel, and with no other that happens to be installed."""
    [manifest] = [
        file
        for file in metadata.files(_KERNEL) or ()
        if file.as_posix().endswith(f"{_EXTENSION}/package.json")
    ]
    extension = Path(str(manifest.locate())).resolve().parent
    config = {
        "lite_dir": str(source),
        "output_dir": str(built),
        "apps": ["lab"],
        "contents": ["files"],
        "federated_extensions": [str(extension)],
        "ignore_sys_prefix": True,
        "no_libarchive": True,
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }
    (source / "jupyter_lite_config.json").write_text(
        json.dumps({"LiteBuildConfig": config}), encoding="utf-8"
    )
    command = [sys.executable, "-m", "jupyterlite_core", "build"]
    run = subprocess.run(command, cwd=source, capture_output=True, text=True)
    if run.returncode or not (built / "lab" / "index.html").exists():
        raise RuntimeError(f"site: JupyterLite could not build the site:\n{run.stdout}{run.stderr}")


def front_page() -> str:
    """Return the page that leads to the notebooks and says which of them run in the browser.

    JupyterLite takes the place of the site from it: its script of data must stay.
    """
    missing = {name: f"to be read: needs {what}" for name, what in READ_ONLY.items()}
    rows = "\n".join(
        f'<tr><td><a href="lab/index.html?path={path.name}">{path.stem}</a></td>'
        f"<td>{html.escape(title(path))}</td>"
        f"<td>{missing.get(path.stem, 'runs here')}</td></tr>"
        for path in notebooks()
    )
    return f"""<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>autograd_lite: the course</title>
<link rel="icon" href="lab/favicon.ico">
<script id="jupyter-config-data" type="application/json" data-jupyter-lite-root=".">{{}}</script>
<style>
:root {{ color-scheme: light dark }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 2rem auto; padding: 0 1rem }}
td {{ padding: .2rem 1rem .2rem 0; vertical-align: top }}
</style>
<h1>autograd_lite: the course</h1>
<p>Short notebooks on how networks learn, beginning with a single number that remembers how it was made. They
run in this browser, with nothing installed: open one and choose <b>Run ▸ Run All Cells</b>. The first start
takes some seconds, for Python itself is fetched. What you change is kept in this browser. In a narrow window,
a click on the folder at the left edge hides the list of files.</p>
<table>
{rows}
</table>
<p>Made with JupyterLite and Pyodide.</p>
</html>
"""
