"""States as JSON files: written whole or not at all, exact to the last bit, and read with suspicion.

Floats are written as their shortest text that reads back as the same float. Relies on the standard library
alone; nothing that is read is ever executed.
"""

from __future__ import annotations

import errno
import json
import os
import secrets
import shutil
from pathlib import Path
from typing import Any


def write_state(path: str | Path, kind: str, state: dict[str, Any]) -> None:
    """Write a state as the file of that kind: "model", "optimizer"; raises OSError if it cannot."""
    content = {"format": f"autograd_lite {kind}", "version": 1, "state": state}
    write_text(path, json.dumps(content, indent=1) + "\n")


def write_text(path: str | Path, text: str) -> None:
    """Write a text as a file, with the permissions of the one that was there.

    That one stays until the new one is complete. What is no regular file, such as a pipe, is written to.
    Raises OSError, naming the file, if it cannot be written.
    """
    target = Path(os.path.realpath(path))
    try:
        if target.exists() and not target.is_file():
            with open(target, "w", encoding="utf-8", newline="") as file:
                file.write(text)
        else:
            _replace(target, text)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(path)) from None


def check_writable(path: str | Path) -> None:
    """Raise OSError, naming the file, if `write_text` could not write it; for before the work."""
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not target.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
    if not os.access(target.parent if target.is_file() or not target.exists() else target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _replace(target: Path, text: str) -> None:
    # In the same folder, so that the replacement is one step of one file system.
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "x", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read_state(path: str | Path, kind: str) -> dict[str, Any]:
    """Return the state in a file of that kind.

    Raises ValueError, naming the file, for any other file, and OSError if it cannot be read.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        content = None  # not text, not JSON, or JSON nested beyond reason
    if not isinstance(content, dict) or content.get("format") != f"autograd_lite {kind}":
        raise ValueError(f"{path} is not a file of an autograd_lite {kind}")
    version = content.get("version")
    if type(version) is not int or version != 1 or not isinstance(content.get("state"), dict):
        raise ValueError(f"{path} is not a file of an autograd_lite {kind} of version 1, but of {version!r}")
    state: dict[str, Any] = content["state"]
    return state


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of a JSON text; raises ValueError for a key that is there twice."""
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key is there twice")
    return content
