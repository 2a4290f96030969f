"""Machine code kept on disk, so that another process need not compile it again.

Gives `find` and `keep`. A file is named by a hash of what the code was made from, and begins with a hash of
the code: one that was cut off or changed counts as absent. It is written aside and then renamed, so that
processes may write the same one at a time. Relies on nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from pathlib import Path

_DIGEST = 32  # bytes of a hash


def directory() -> Path | None:
    """Return where code is kept: AUTOGRAD_LITE_CACHE, or the user's cache; None if the first is empty, or
    there is neither."""
    chosen = os.environ.get("AUTOGRAD_LITE_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen else None
    caches = os.environ.get("XDG_CACHE_HOME")
    try:
        return (Path(caches) if caches else Path.home() / ".cache") / "autograd_lite"
    except RuntimeError:  # a user without a home, as in containers
        return None


def find(*origin: str) -> bytes | None:
    """Return the code that was made from these texts, or None if there is none or it is damaged."""
    path = _path(origin)
    if path is None:
        return None
    try:
        content = path.read_bytes()
    except OSError:
        return None
    digest, code = content[:_DIGEST], content[_DIGEST:]
    return code if hashlib.sha256(code).digest() == digest else None


def keep(code: bytes, *origin: str) -> None:
    """Keep code that was made from these texts; without room or permission, do nothing."""
    path = _path(origin)
    if path is None:
        return
    with contextlib.suppress(OSError):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, aside = tempfile.mkstemp(dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            os.replace(aside, path)
        except OSError:
            os.unlink(aside)
            raise


def _path(origin: tuple[str, ...]) -> Path | None:
    root = directory()
    name = hashlib.sha256("\0".join(origin).encode()).hexdigest()
    return None if root is None else root / name
