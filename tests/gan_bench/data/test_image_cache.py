"""The cache appears whole or not at all, mends what was damaged, and says where it cannot write."""

import json

import numpy as np
import pytest

from gan_bench import places
from gan_bench.data import image_cache
from gan_bench.data.stored import Decoded
from gan_bench.errors import UsageError

pytestmark = pytest.mark.usefixtures("places_of_its_own")


def decoded(labels=True):
    images = np.arange(4 * 64, dtype=np.uint8).reshape(4, 1, 8, 8)
    return Decoded(
        images, np.array([0, 1, 0, 1]) if labels else None, np.arange(3), np.array([3]), 2 * labels, "said"
    )


@pytest.mark.parametrize("labels", [True, False])
def test_what_is_kept_comes_back(labels):
    stored = image_cache.kept("abc", lambda: decoded(labels))
    for found in (stored, image_cache.opened("abc")):
        assert np.array_equal(found.images, decoded().images)
        assert (found.labels is None) != labels
        assert (found.train.tolist(), found.test.tolist()) == ([0, 1, 2], [3])
        assert (found.classes, found.remark) == (2 * labels, "said")
    assert image_cache.opened("other") is None


def test_a_map_is_not_written_back():
    image_cache.kept("abc", decoded).images[:] = 0
    assert np.array_equal(image_cache.opened("abc").images, decoded().images)


def test_a_failure_while_decoding_or_storing_leaves_nothing(monkeypatch):
    def fails():
        raise UsageError("broken")

    with pytest.raises(UsageError, match="broken"):
        image_cache.kept("abc", fails)
    monkeypatch.setattr(image_cache.json, "dumps", lambda about: fails())
    with pytest.raises(UsageError, match="broken"):
        image_cache.kept("abc", decoded)
    assert list((places.cache_dir() / "images").iterdir()) == []


@pytest.mark.parametrize("name", ["images.npy", "about.json", "train.npy"])
def test_a_damaged_cache_is_made_again(name):
    image_cache.kept("abc", decoded)
    (image_cache._folder("abc") / name).write_bytes(b"\x93NUM")
    assert image_cache.opened("abc") is None
    assert np.array_equal(image_cache.kept("abc", decoded).images, decoded().images)
    assert len(list((places.cache_dir() / "images").iterdir())) == 1


@pytest.mark.parametrize("about", [
    {}, {"classes": 2}, [], 3, None, {"classes": "2", "remark": "said"}, {"classes": 2, "remark": None},
    {"classes": 0, "remark": "said"},
])  # fmt: skip
def test_a_cache_that_says_odd_things_of_itself_is_made_again(about):
    image_cache.kept("abc", decoded)
    (image_cache._folder("abc") / "about.json").write_text(json.dumps(about))
    assert image_cache.opened("abc") is None
    assert image_cache.kept("abc", decoded).classes == 2
    assert image_cache.opened("abc").remark == "said"


def test_another_process_that_was_first_wins(monkeypatch):
    """The other one stores while this one decodes."""

    def meanwhile():
        image_cache.kept("abc", decoded)
        return decoded()

    assert np.array_equal(image_cache.kept("abc", meanwhile).images, decoded().images)
    assert len(list((places.cache_dir() / "images").iterdir())) == 1


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv(places.CACHE, str(tmp_path / "file"))
    with pytest.raises(UsageError, match=r"^decoded images cannot be kept: .*GAN_BENCH_CACHE$"):
        image_cache.kept("abc", decoded)
