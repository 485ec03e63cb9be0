"""Data sets in torchvision's own formats, small ones that the tests write."""

import pickle
import struct

import numpy as np
import pytest
import torch
from torchvision import datasets

from gan_bench import places
from gan_bench.data.images import build_image_dataset
from gan_bench.errors import UsageError

TRAIN, TEST = 30, 12


def noise(seed, *shape):
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


@pytest.fixture
def data(places_of_its_own, monkeypatch):
    """The folder of data sets."""
    folder = places_of_its_own / "data"
    folder.mkdir()
    monkeypatch.setenv(places.DATA_DIR, str(folder))
    return folder


def idx(path, array):
    header = struct.pack(">HBB", 0, 8, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(header + array.astype(np.uint8).tobytes())


def mnist_files(data, kind="MNIST"):
    """28 x 28 pictures whose middle pixel is ten times their label."""
    raw = data / kind / "raw"
    raw.mkdir(parents=True)
    for index, (split, n) in enumerate((("train", TRAIN), ("t10k", TEST))):
        images, labels = noise(index, n, 28, 28), np.arange(n) % 10
        images[:, 14, 14] = labels * 10
        idx(raw / f"{split}-images-idx3-ubyte", images)
        idx(raw / f"{split}-labels-idx1-ubyte", labels)
    return raw


def cifar_files(data, monkeypatch):
    base = data / "cifar-10-batches-py"
    base.mkdir()
    for index in range(6):
        name = f"data_batch_{index + 1}" if index < 5 else "test_batch"
        n = TRAIN // 5 if index < 5 else TEST
        images, labels = noise(index, n, 3, 32, 32), np.arange(n) % 10
        images[:, 0, 0, 0] = labels * 10
        content = {"data": images.reshape(n, -1), "labels": labels.tolist()}
        (base / name).write_bytes(pickle.dumps(content))
    (base / "batches.meta").write_bytes(pickle.dumps({"label_names": list("abcdefghij")}))
    # Its check sums are those of the real files.
    monkeypatch.setattr("torchvision.datasets.cifar.check_integrity", lambda *given: True)


def stl_files(data, monkeypatch):
    base = data / "stl10_binary"
    base.mkdir()
    for split, n in (("train", TRAIN), ("test", TEST)):
        # Flat pictures of ten times their label; the file counts classes from one, columns come first.
        labels = np.arange(n) % 10
        images = np.repeat(labels * 10, 3 * 96 * 96).astype(np.uint8)
        (base / f"{split}_X.bin").write_bytes(images.tobytes())
        (base / f"{split}_y.bin").write_bytes((labels + 1).astype(np.uint8).tobytes())
    monkeypatch.setattr(datasets.STL10, "_check_integrity", lambda self: True)


@pytest.mark.parametrize(("name", "kind"), [("mnist", "MNIST"), ("fashion-mnist", "FashionMNIST")])
def test_mnist_is_read_with_a_black_border(data, name, kind):
    mnist_files(data, kind)
    dataset = build_image_dataset(name)
    assert dataset.sample_shape == (1, 32, 32)
    assert (dataset.size_of("train"), dataset.size_of("test")) == (TRAIN, TEST)
    images, labels = dataset.reference(TEST, "all", "test")
    assert torch.equal(images[:, 0, 16, 16], (labels * 10).byte())
    expected = {image.tobytes() for image in noise(1, TEST, 28, 28)}
    inner = images[:, 0, 2:30, 2:30].clone().numpy()
    assert images.sum() == inner.sum(dtype=np.int64)
    original = noise(1, TEST, 28, 28)
    inner[:, 14, 14] = original[:, 14, 14][[_row(image, original) for image in inner]]
    assert {image.tobytes() for image in inner} == expected
    assert dataset.class_weights.tolist() == [0.1] * 10


def _row(image, among):
    return int((image != among).sum((1, 2)).argmin())


def test_cifar_is_read_channels_first(data, monkeypatch):
    cifar_files(data, monkeypatch)
    dataset = build_image_dataset("cifar10")
    images, labels = dataset.reference(TRAIN, "all")
    assert images.shape == (TRAIN, 3, 32, 32)
    assert torch.equal(images[:, 0, 0, 0], (labels * 10).byte())
    expected = np.concatenate([noise(index, TRAIN // 5, 3, 32, 32) for index in range(5)])
    # Green and blue are as they were made, upright; the first red pixel holds the label.
    found = {image[1:].numpy().tobytes() for image in images}
    assert found == {image[1:].tobytes() for image in expected}


@pytest.mark.parametrize(("spec", "side"), [("stl10", 64), ({"name": "stl10", "size": 16}, 16)])
def test_stl_is_resized(data, monkeypatch, spec, side):
    stl_files(data, monkeypatch)
    dataset = build_image_dataset(spec)
    images, labels = dataset.reference(TRAIN, "all")
    assert images.shape == (TRAIN, 3, side, side)
    assert torch.equal(images, (labels * 10).byte().view(-1, 1, 1, 1).expand_as(images))


def test_stacked_mnist_draws_from_all_digits_and_its_classifier_does_not(data):
    mnist_files(data)
    dataset = build_image_dataset("stacked-mnist")
    assert (dataset.name, dataset.channel_set().name, dataset.classes) == ("stacked-mnist", "mnist", 1000)
    assert dataset.size_of("train") == dataset.size_of("test") == (TRAIN + TEST) ** 3
    single = dataset.channel_set()
    assert (single.size_of("train"), single.size_of("test")) == (TRAIN, TEST)
    images, labels = dataset.reference(400, "evaluation")
    digits = images[:, :, 16, 16].long() // 10
    assert torch.equal(labels, digits @ torch.tensor([100, 10, 1]))
    # 42 digits: 0 and 1 five times, the others four.
    weights = torch.tensor([5] * 2 + [4] * 8).double() / 42
    assert dataset.class_weights[190].item() == pytest.approx((weights[1] * weights[9] * weights[0]).item())


def test_a_worker_opens_the_cache_without_the_files(data, monkeypatch):
    raw = mnist_files(data)
    made = [build_image_dataset(name) for name in ("mnist", "stacked-mnist")]
    monkeypatch.delenv(places.DATA_DIR)
    for dataset in made:
        again = build_image_dataset(dataset.spec)
        assert again.digest == dataset.digest
        assert torch.equal(again.reference(9, "x")[0], dataset.reference(9, "x")[0])
    assert isinstance(made[0].source.decoded.images, np.memmap)
    monkeypatch.setenv(places.DATA_DIR, "data")
    monkeypatch.setenv(places.CACHE, "other-cache")
    assert build_image_dataset(made[0].spec).digest == made[0].digest
    monkeypatch.setenv(places.CACHE, "third-cache")
    idx(raw / "t10k-labels-idx1-ubyte", np.zeros(TEST))
    with pytest.raises(UsageError, match=r"^mnist: the files are not those that were planned with"):
        build_image_dataset(made[0].spec)
    assert build_image_dataset("mnist").digest != made[0].digest


def test_a_set_that_is_not_there_is_one_line_with_both_ways_out(data, monkeypatch):
    ways = "; name the folder that has it with --data-dir, or let it be fetched with --download$"
    with pytest.raises(UsageError, match=f"^suite: mnist is not in data{ways}"):
        build_image_dataset("mnist", "suite")
    monkeypatch.delenv(places.DATA_DIR)
    with pytest.raises(UsageError, match=f"^cifar10 is not here, and no folder .* was named{ways}"):
        build_image_dataset("cifar10")


def test_a_download_is_asked_for_only_where_it_may_be(data, monkeypatch):
    asked = []

    def download(self):
        asked.append(self.root)
        mnist_files(data)

    monkeypatch.setattr(datasets.MNIST, "download", lambda self: None if asked else download(self))
    with pytest.raises(UsageError):
        build_image_dataset("mnist")
    assert asked == []
    monkeypatch.setenv(places.DOWNLOAD, "1")
    assert build_image_dataset("mnist").size_of("train") == TRAIN
    assert [str(root) for root in asked] == [str(data)]


def test_a_failed_download_is_one_line(data, monkeypatch):
    def download(self):
        raise RuntimeError("Error downloading train:\nno route")

    monkeypatch.setenv(places.DOWNLOAD, "1")
    monkeypatch.setattr(datasets.MNIST, "download", download)
    with pytest.raises(UsageError, match=r"^mnist cannot be fetched: RuntimeError: Error downloading"):
        build_image_dataset("mnist")


def test_damaged_files_are_one_line(data, monkeypatch):
    raw = mnist_files(data)
    (raw / "train-images-idx3-ubyte").write_bytes(b"\0\0\x08\x03none")
    with pytest.raises(UsageError, match=r"^mnist cannot be read: .+") as caught:
        build_image_dataset("mnist")
    assert "\n" not in str(caught.value)
    idx(raw / "train-images-idx3-ubyte", noise(0, TRAIN - 1, 28, 28))
    with pytest.raises(UsageError, match=r"^mnist: its files have 29 images but 30 labels$"):
        build_image_dataset("mnist")
    (data / "cifar-10-batches-py").mkdir()
    for name in (*(f"data_batch_{i}" for i in range(1, 6)), "test_batch"):
        (data / "cifar-10-batches-py" / name).write_bytes(b"none")
    with pytest.raises(UsageError, match=r"^cifar10 cannot be read: RuntimeError: .*corrupted"):
        build_image_dataset("cifar10")


def test_without_torchvision_one_line_names_the_extra(data, monkeypatch):
    mnist_files(data)
    monkeypatch.setitem(__import__("sys").modules, "torchvision.datasets", None)
    with pytest.raises(UsageError, match=r'^mnist needs torchvision, .* pip install "gan-bench\[images\]"$'):
        build_image_dataset("mnist")
