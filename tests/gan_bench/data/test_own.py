"""A user's images across runs and processes: digest, cache, split, and folders that change meanwhile."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

import gan_bench
from gan_bench import places
from gan_bench.data import arrays, folder, image_cache, own, pixels, stored, torchvision_sets
from gan_bench.data.images import build_image_dataset
from gan_bench.errors import UsageError


def noise(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def write(path, pixels):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path)
    return pixels


def folder_of(root, count=10, side=8, first=0):
    """Colour pictures 00.png ... of noise; returns them (count, 3, side, side)."""
    made = [write(root / f"{i:02}.png", noise(first + i, side, side, 3)) for i in range(count)]
    return np.stack(made).transpose(0, 3, 1, 2)


@pytest.fixture
def mine(places_of_its_own):
    folder_of(places_of_its_own / "mine")
    return places_of_its_own / "mine"


@pytest.fixture
def decodings(monkeypatch):
    """Counts how often a folder is decoded."""
    calls, decode = [], folder.decoded
    monkeypatch.setattr(folder, "decoded", lambda *given: calls.append(1) or decode(*given))
    return calls


def test_decoding_happens_once_and_is_mapped_from_disk(mine, decodings):
    first, second = build_image_dataset("mine/"), build_image_dataset("mine/")
    assert len(decodings) == 1
    for dataset in (first, second):
        assert isinstance(dataset.source.decoded.images, np.memmap)
    assert torch.equal(first.reference(8, "x")[0], second.reference(8, "x")[0])


def test_the_spec_alone_opens_the_cache_without_the_folder(mine, decodings):
    dataset = build_image_dataset({"name": "folder", "path": "mine", "test_share": 0.3})
    assert dataset.spec == {
        "name": "folder",
        "path": "mine",
        "test_share": 0.3,
        "digest": dataset.digest,
    }
    shutil.rmtree(mine)
    again = build_image_dataset(dataset.spec)
    assert (again.digest, again.name, again.spec) == (dataset.digest, dataset.name, dataset.spec)
    assert torch.equal(again.reference(7, "x")[0], dataset.reference(7, "x")[0])
    assert len(decodings) == 1


def test_a_deleted_cache_is_made_again(mine, decodings):
    dataset = build_image_dataset("mine/")
    shutil.rmtree(places.cache_dir())
    again = build_image_dataset(dataset.spec)
    assert len(decodings) == 2
    assert torch.equal(again.reference(8, "x")[0], dataset.reference(8, "x")[0])


def test_a_folder_that_changed_since_the_plan_is_one_line(mine):
    spec = build_image_dataset("mine/").spec
    shutil.rmtree(places.cache_dir())
    write(mine / "00.png", noise(77, 8, 8, 3))
    with pytest.raises(UsageError, match=r"^mine: the images are not those that were planned with; run"):
        build_image_dataset(spec)


def test_the_digest_follows_names_contents_and_options_and_nothing_else(mine):
    before = build_image_dataset("mine/").digest
    os.utime(mine / "00.png", (1, 1))
    (mine / "notes.txt").write_text("other")
    shutil.copytree(mine, "copy")
    assert build_image_dataset("mine/").digest == build_image_dataset("copy/").digest == before
    assert len(before) == 16
    others = {build_image_dataset({"name": "mine/", **o}).digest for o in ({"size": 16}, {"channels": 1})}
    (mine / "00.png").rename(mine / "000.png")  # still the first
    others.add(build_image_dataset("mine/").digest)
    write(mine / "000.png", noise(77, 8, 8, 3))
    others.add(build_image_dataset("mine/").digest)
    assert len(others | {before}) == 5


def test_images_are_found_below_the_folder_of_data_sets(mine, tmp_path, monkeypatch):
    elsewhere = tmp_path / "data"
    mine.rename(elsewhere)
    with pytest.raises(UsageError, match="no such folder or file in the current folder"):
        build_image_dataset("data/mine/")
    (elsewhere / "mine").mkdir()
    for path in elsewhere.glob("*.png"):
        path.rename(elsewhere / "mine" / path.name)
    monkeypatch.setenv(places.DATA_DIR, str(elsewhere))
    dataset = build_image_dataset("mine/")
    # Neither the label nor the spec says where that folder lies.
    absolute = build_image_dataset(f"{elsewhere}/mine/")
    assert (absolute.spec, absolute.name) == (dataset.spec, "mine")
    assert str(tmp_path) not in str(absolute.spec)
    with pytest.raises(UsageError, match=r"^gone: .* in the current folder or below data"):
        build_image_dataset("gone/")


SCRIPT = """
import sys
from gan_bench.data.images import build_image_dataset
dataset = build_image_dataset("mine/")
sys.stdout.write(dataset.digest + dataset.reference(8, "x")[0].numpy().tobytes().hex())
"""


def test_a_second_process_that_is_faster_ends_with_the_same_one_cache(mine, monkeypatch):
    """The other process finds no cache, decodes and stores while this one is decoding."""
    said, decode = [], folder.decoded
    # These sources, whichever are installed.
    environment = os.environ | {"PYTHONPATH": str(Path(gan_bench.__file__).parents[1])}

    def meanwhile(*given):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True, env=environment
        )
        said.append(done.stdout)
        return decode(*given)

    monkeypatch.setattr(folder, "decoded", meanwhile)
    dataset = build_image_dataset("mine/")
    assert said == [dataset.digest + dataset.reference(8, "x")[0].numpy().tobytes().hex()]
    assert len(list((places.cache_dir() / "images").iterdir())) == 1


def test_the_split_follows_the_images_not_their_order(places_of_its_own):
    images = noise(0, 40, 8, 8)
    np.save("a.npy", images)
    np.save("b.npy", images[::-1])
    a, b = (build_image_dataset(name).reference(8, "all", "test")[0] for name in ("a.npy", "b.npy"))
    assert {image.numpy().tobytes() for image in a} == {image.numpy().tobytes() for image in b}
    assert build_image_dataset("a.npy").size_of("test") == 8


def test_another_decoding_decodes_again_under_the_same_digest(mine, decodings, monkeypatch):
    before = build_image_dataset("mine/")
    Path("mine_decoder.py").write_text("first = 1\n")
    monkeypatch.syspath_prepend(".")
    monkeypatch.setattr(image_cache, "DECIDING", (*image_cache.DECIDING, "mine_decoder"))
    for _ in range(2):
        assert build_image_dataset("mine/").digest == before.digest
    Path("mine_decoder.py").write_text("second = 2\n")
    build_image_dataset(before.spec)
    monkeypatch.setattr(image_cache.PIL, "__version__", "1.0")
    build_image_dataset(before.spec)
    assert len(decodings) == 4


def test_the_decoding_modules_decide():
    decoding = {own, folder, arrays, image_cache, pixels, stored, torchvision_sets}
    assert set(image_cache.DECIDING) == {module.__name__ for module in decoding}
