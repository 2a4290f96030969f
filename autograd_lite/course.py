"""The notebooks of the course: where they are, what they are called, and copies of them."""

from __future__ import annotations

import json
import re
from pathlib import Path


def notebooks() -> list[Path]:
    """Return the paths of the notebooks, in the order of the course.

    Installed they lie in the package, in a clone beside it. Raises ValueError if they are in neither place.

    >>> notebooks()[0].name
    '01_value.ipynb'
    """
    here = Path(__file__).resolve().parent
    places = [here / "notebooks", here.parent / "notebooks"]
    found = next(filter(None, (sorted(place.glob("[0-9][0-9]_*.ipynb")) for place in places)), [])
    if not found:
        raise ValueError(f"there are no notebooks in {places[0]}")
    return found


def title(notebook: Path) -> str:
    """Return the title of a notebook, without its number.

    >>> title(notebooks()[0])
    'A number that remembers how it was made'
    """
    first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]["source"]
    return re.sub(r"^#* *(\d+\. *)?", "", "".join(first).splitlines()[0])


def copy_notebooks(folder: Path, *, replace: bool = False) -> tuple[int, int]:
    """Copy the notebooks to a folder, and return how many they are and how many were changed there.

    Raises ValueError, and copies nothing, if a notebook that is there is not the one that would be copied;
    with replace it is overwritten.
    """
    found = notebooks()
    changed = [
        target for source in found
        if (target := folder / source.name).exists() and target.read_bytes() != source.read_bytes()
    ]  # fmt: skip
    if changed and not replace:
        others = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        raise ValueError(
            f"{changed[0]}{others} would be overwritten, so nothing was copied; name another folder, or add "
            "--replace, which discards what was written there"
        )
    folder.mkdir(parents=True, exist_ok=True)
    for source in found:
        (folder / source.name).write_bytes(source.read_bytes())
    return len(found), len(changed)
