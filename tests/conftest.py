"""What all tests share: compiled code is kept in a directory of theirs, and there is one browser.

The browser is the system's Chromium; where it or playwright is missing, its tests are skipped.
"""

import gc
import shutil
from collections.abc import Iterator

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def pytest_collection_finish() -> None:
    """Keep thousands of tests and modules, which live to the end, out of every collection of garbage."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRAD_LITE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator:
    if CHROMIUM is None:
        pytest.skip("needs Chromium on the PATH")
    sync_api = pytest.importorskip("playwright.sync_api", reason='needs the extra "browser"')
    with sync_api.sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield started
        started.close()
