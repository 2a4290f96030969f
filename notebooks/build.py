"""Make every notebook here from its source: `01_value.py`, in py:percent format, gives `01_value.ipynb`.

python notebooks/build.py           write the notebooks, executed, with their outputs
python notebooks/build.py --check   execute them without writing; exit status 1 if a cell fails, or if what
                                    comes out is not what is stored, byte for byte

The sources are what people edit. Two builds give the same bytes, on any machine.
"""

# mypy: allow-untyped-calls
# nbformat has no type hints.

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellControlSignal, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

FOLDER = Path(__file__).resolve().parent
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def convert(source: Path) -> NotebookNode:
    """Return the notebook that a py:percent source describes, without outputs."""
    start, *parts = re.split(r"^# %%(.*)\n", source.read_text(encoding="utf-8"), flags=re.MULTILINE)
    if start.strip() or not parts:
        raise ValueError(f"convert: {source.name} must begin with a cell, '# %%' or '# %% [markdown]'")
    cells = []
    for position, (kind, text) in enumerate(zip(parts[::2], parts[1::2], strict=True)):
        if kind.strip() not in ("", "[markdown]"):
            raise ValueError(
                f"convert: {source.name}: expected '# %% [markdown]' or '# %%', got '# %%{kind}'"
            )
        name = hashlib.sha256(f"{position}{kind}\n{text.strip()}".encode()).hexdigest()[:12]
        if kind.strip():
            prose = re.sub(r"^# ?", "", text, flags=re.MULTILINE)
            cells.append(new_markdown_cell(prose.strip("\n"), id=name))
        else:
            cells.append(new_code_cell(text.strip("\n"), id=name))
    notebook: NotebookNode = new_notebook(cells=cells, metadata=METADATA)
    return notebook


def execute(notebook: NotebookNode) -> NotebookNode:
    """Run the cells of a notebook in a kernel, in place, and return it without what varies between runs.

    Raises CellControlSignal or DeadKernelError if a cell fails, or takes more than 60 seconds.
    """
    client = NotebookClient(
        notebook, timeout=60, kernel_name="python3", record_timing=False, coalesce_streams=True
    )
    client.execute(cwd=str(FOLDER))
    notebook["metadata"] = METADATA  # the kernel has added its version of Python
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "text/plain" in output.get("data", {}):
                output.data["text/plain"] = re.sub(r" at 0x[0-9a-fA-F]+", "", output.data["text/plain"])
    return notebook


def main(arguments: list[str] | None = None) -> int:
    """Build or check all notebooks and return the exit status: 0, or 1 if a cell or the comparison fails."""
    parser = argparse.ArgumentParser(description="Make the notebooks from their sources.")
    parser.add_argument("--check", action="store_true", help="execute, write nothing, and compare")
    check: bool = parser.parse_args(arguments).check
    for source in sorted(FOLDER.glob("[0-9]*.py")):
        try:
            notebook = execute(convert(source))
        except (CellControlSignal, DeadKernelError) as error:
            print(f"{source.name}: {error}", file=sys.stderr)
            return 1
        nbformat.validate(notebook)
        target = source.with_suffix(".ipynb")
        text = nbformat.writes(notebook) + "\n"
        if not check:
            target.write_text(text, encoding="utf-8")
        elif not target.exists() or target.read_text(encoding="utf-8") != text:
            print(f"{target.name} is not what {source.name} makes: run notebooks/build.py", file=sys.stderr)
            return 1
        print(f"{source.stem}: {len(notebook.cells)} cells, {'executed' if check else 'written'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
