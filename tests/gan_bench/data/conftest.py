"""Image data sets look into the current folder, the folder of data sets and the cache: all empty here."""

import pytest

from gan_bench import places


@pytest.fixture
def places_of_its_own(tmp_path, monkeypatch):
    """The current folder, with a cache beside it; no folder of data sets, no download."""
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv(places.CACHE, str(tmp_path / "cache"))
    monkeypatch.delenv(places.DATA_DIR, raising=False)
    monkeypatch.delenv(places.DOWNLOAD, raising=False)
    return here
