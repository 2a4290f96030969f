"""States as JSON files: written whole or not at all, exact to the last bit, and read with suspicion.

Floats are written as their shortest text that reads back as the same float. Relies on the standard library
alone; nothing that is read is ever executed.
"""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Any


def write_state(path: str | Path, kind: str, state: dict[str, Any]) -> None:
    """Write a state as the file of that kind: "model", "optimizer".

    The file that was there stays until the new one is complete. Raises OSError if it cannot be written.
    """
    target = Path(os.path.realpath(path))
    text = json.dumps({"format": f"autograd_lite {kind}", "version": 1, "state": state}, indent=1)
    # In the same folder, so that the replacement is one step of one file system.
    part = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    try:
        with open(part, "x", encoding="utf-8") as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, target)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read_state(path: str | Path, kind: str) -> dict[str, Any]:
    """Return the state in a file of that kind.

    Raises ValueError, naming the file, for any other file, and OSError if it cannot be read.
    """
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except (ValueError, RecursionError):
        content = None  # not text, not JSON, or JSON nested beyond reason
    if not isinstance(content, dict) or content.get("format") != f"autograd_lite {kind}":
        raise ValueError(f"{path} is not a file of an autograd_lite {kind}")
    if content.get("version") != 1 or not isinstance(content.get("state"), dict):
        raise ValueError(
            f"{path} is not a file of an autograd_lite {kind} of version 1, but of {content.get('version')!r}"
        )
    state: dict[str, Any] = content["state"]
    return state
