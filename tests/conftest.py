"""What all tests share: compiled code is kept in a directory of theirs."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def _own_cache(tmp_path_factory: pytest.TempPathFactory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AUTOGRAD_LITE_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
