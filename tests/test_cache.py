"""The disk cache of compiled code: found again, damaged, contended, out of reach."""

import multiprocessing
import os
from pathlib import Path

import pytest

from autograd_lite import grad, jit, sin
from autograd_lite.compiler import cache


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("AUTOGRAD_LITE_CACHE", str(tmp_path / "kept"))
    return tmp_path / "kept"


def test_code_is_found_by_all_that_it_was_made_from(directory: Path) -> None:
    assert cache.find("text", "cpu") is None
    cache.keep(b"code", "text", "cpu")
    assert cache.find("text", "cpu") == b"code"
    assert cache.find("text", "another cpu") is None
    assert cache.find("text cpu") is None
    assert directory.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-1], lambda content: b"", lambda content: content[:40] + b"?"]
)
def test_damaged_code_is_absent_and_written_again(directory: Path, damage) -> None:
    cache.keep(b"a long piece of code", "text")
    (path,) = directory.iterdir()
    path.write_bytes(damage(path.read_bytes()))
    assert cache.find("text") is None
    cache.keep(b"a long piece of code", "text")
    assert cache.find("text") == b"a long piece of code"


def _write(seed: int) -> None:
    for _ in range(200):
        cache.keep(bytes([seed]) * 5000, "text")
        assert len(set(cache.find("text") or b"")) == 1


def test_writers_at_the_same_time_leave_whole_files(directory: Path) -> None:
    writers = [multiprocessing.get_context("fork").Process(target=_write, args=(seed,)) for seed in range(3)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert len(list(directory.iterdir())) == 1


def test_where_nothing_can_be_written_nothing_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("AUTOGRAD_LITE_CACHE", str(tmp_path / "file" / "below"))
    cache.keep(b"code", "text")
    assert cache.find("text") is None
    monkeypatch.setenv("AUTOGRAD_LITE_CACHE", "")
    cache.keep(b"code", "text")
    assert cache.find("text") is None
    monkeypatch.delenv("AUTOGRAD_LITE_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache.directory() == tmp_path / "autograd_lite"


def test_a_compiled_function_is_the_same_from_the_disk_and_after_damage(directory: Path) -> None:
    pytest.importorskip("llvmlite")

    def f(xs):
        total = 0.0
        for i in range(200):
            total = total + sin(xs[i % 3] * i) * xs[(i + 1) % 3]
        return total

    at = [0.1, 0.2, 0.3]
    compiled = jit(grad(f))
    first = compiled(at)
    kept = {path: path.read_bytes() for path in directory.iterdir()}
    assert kept
    assert jit(grad(f))(at) == first
    for path in kept:
        os.truncate(path, 100)
    assert jit(grad(f))(at) == first
    assert {path: path.read_bytes() for path in directory.iterdir()} == kept


def test_a_user_without_a_home_keeps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    for name in ("AUTOGRAD_LITE_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(Path, "home", homeless)
    cache.keep(b"code", "text")
    assert cache.find("text") is None
