"""Images in one file: layouts, ranges, labels, and one clear line for every mistake."""

from pathlib import Path

import numpy as np
import pytest
import torch

from gan_bench.data import arrays
from gan_bench.data.folder import Wanted
from gan_bench.data.images import build_image_dataset
from gan_bench.errors import UsageError

pytestmark = pytest.mark.usefixtures("places_of_its_own")


def noise(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


IMAGES = noise(0, 10, 3, 8, 8)


def saved(name, images, labels=None):
    parts = {"images": images} if labels is None else {"images": images, "labels": labels}
    if name.endswith(".npz"):
        np.savez(name, **parts)
    elif name.endswith(".npy"):
        np.save(name, images)
    else:
        tensors = {key: torch.from_numpy(np.ascontiguousarray(value)) for key, value in parts.items()}
        torch.save(tensors if labels is not None else tensors["images"], name)


def read(name, **wanted):
    return arrays.decoded(Path(name), Wanted(**wanted))


@pytest.mark.parametrize("name", ["a.npz", "a.npy", "a.pt", "a.pth"])
@pytest.mark.parametrize("last", [False, True])
def test_every_kind_of_file_and_both_orders_of_axes(name, last):
    saved(name, IMAGES.transpose(0, 2, 3, 1) if last else IMAGES)
    found = read(name)
    assert np.array_equal(found.images, IMAGES)
    assert found.remark == f"read as {'N, H, W, C' if last else 'N, C, H, W'}, bytes"


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
def test_floats_are_mapped_to_bytes_from_the_range_that_they_have(dtype):
    unit = np.linspace(0, 1, 2 * 64).reshape(2, 8, 8)
    expected = np.rint(unit * 255)
    for values, said in ((unit, "floats in [0, 1]"), (unit * 2 - 1, "floats in [-1, 1]")):
        saved("a.npy", values.astype(dtype))
        found = read("a.npy")
        assert found.remark == f"read as N, H, W, {said}"
        # A half-precision number near 1 is off by up to 2^-11, an eighth of a byte.
        assert np.abs(found.images[:, 0] - expected).max() <= 1
        assert (found.images == 255).sum() >= 1


def test_images_are_resized_and_their_channels_changed_on_request():
    saved("a.npy", np.full((3, 20, 12, 3), (0, 255, 0), np.uint8))
    grey = read("a.npy", size=8, channels=1)
    assert grey.images.shape == (3, 1, 8, 8)
    assert np.unique(grey.images).tolist() == [150]
    saved("b.npy", np.full((3, 8, 8), 7, np.uint8))
    assert read("b.npy", channels=3).images.shape == (3, 3, 8, 8)


def test_labels_come_along_and_are_renumbered():
    saved("a.npz", IMAGES, np.arange(10) % 3)
    plain = read("a.npz")
    assert (plain.classes, plain.labels.tolist()) == (3, [0, 1, 2, 0, 1, 2, 0, 1, 2, 0])
    saved("b.pt", IMAGES, np.arange(10) % 3 * 2 + 5)
    found = read("b.pt")
    assert found.labels.tolist() == plain.labels.tolist()
    assert found.remark.endswith("labels 5 to 9 renumbered 0 to 2")
    dataset = build_image_dataset({"name": "file", "path": "a.npz", "test_share": 0.5})
    assert (dataset.classes, dataset.size_of("train"), dataset.size_of("test")) == (3, 5, 5)
    of = dict(zip([image.tobytes() for image in plain.images], plain.labels, strict=True))
    for image, label in zip(*dataset.reference(5, "all", "test"), strict=True):
        assert of[image.numpy().tobytes()] == label


class Surprise:
    pass


def spoilt(value):
    images = np.full((4, 8, 8), 0.5)
    images[2, 1, 1] = value
    return images


MISTAKES = [
    (
        "a.npy",
        lambda name: saved(name, spoilt(np.nan)),
        "1 images have pixels that are NaN or infinite, the first is 2",
    ),
    (
        "a.npy",
        lambda name: saved(name, spoilt(7)),
        "values go from 0.5 to 7; floats must lie in [0, 1] or [-1, 1]",
    ),
    (
        "a.npy",
        lambda name: saved(name, IMAGES.astype(int)),
        "images are of type int64, not bytes (uint8) or floats",
    ),
    ("a.npy", lambda name: saved(name, IMAGES[:0]), "there is no image in it"),
    (
        "a.npy",
        lambda name: saved(name, noise(0, 5, 4, 8, 8)),
        "images are 5 x 4 x 8 x 8, not N x H x W x C or",
    ),
    ("a.npy", lambda name: np.save(name, np.uint8(3)), "images are a single number, not N x H x W x C or"),
    ("a.npy", lambda name: saved(name, noise(0, 5, 8)), "images are 5 x 8, not N x H x W x C or"),
    (
        "a.npy",
        lambda name: saved(name, noise(0, 5, 12, 12)),
        "images are 12 x 12; without size = ... they must",
    ),
    (
        "a.npy",
        lambda name: saved(name, noise(0, 5, 8, 16)),
        "images are 16 x 8; without size = ... they must",
    ),
    ("a.npz", lambda name: saved(name, IMAGES, np.zeros(9, int)), "labels are 9, but there are 10 images"),
    (
        "a.npz",
        lambda name: saved(name, IMAGES, np.zeros((10, 2), int)),
        "labels are 10 x 2, but there are 10",
    ),
    (
        "a.npz",
        lambda name: saved(name, IMAGES, np.zeros(10)),
        "labels are of type float64, not whole numbers",
    ),
    ("a.npz", lambda name: np.savez(name, image=IMAGES), ' has no "images", only image'),
    (
        "a.npz",
        lambda name: np.savez(name, images=IMAGES, label=np.zeros(10, int)),
        ' has "label" beside "images" and "labels" - did you mean "labels"?',
    ),
    ("a.npz", lambda name: Path(name).write_bytes(b"PK none"), " cannot be read: "),
    (
        "a.npy",
        lambda name: np.save(name, np.array([Surprise()]), allow_pickle=True),
        " cannot be read: ValueError",
    ),
    (
        "a.pt",
        lambda name: torch.save(Surprise(), name),
        " cannot be read: UnpicklingError: Weights only load",
    ),
    ("a.pt", lambda name: torch.save({"images": [1, 2]}, name), ": images is of type list, not an array"),
    ("a.txt", lambda name: Path(name).write_text("none"), ": images are a folder or a file of .npz, .npy"),
]


@pytest.mark.parametrize(("name", "make", "message"), MISTAKES)
def test_every_mistake_is_one_line_that_names_the_file(name, make, message):
    make(name)
    with pytest.raises(UsageError) as caught:
        build_image_dataset({"name": "file", "path": name}, "suite")
    text = str(caught.value)
    assert "\n" not in text
    start = f"suite: {name}{message if message[0] in ' :' else f': {message}'}"
    assert text.startswith(start)


def test_sparse_tensors_are_refused():
    with pytest.raises(UsageError, match=r"^a\.pt: images is a sparse or quantised tensor"):
        arrays._array(torch.eye(8).to_sparse(), "a.pt: images")
