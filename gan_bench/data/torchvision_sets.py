"""Data sets that papers use, read by torchvision from the folder that the user names."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_bench import places
from gan_bench.data.image_cache import kept, opened
from gan_bench.data.pixels import checked_size, fitted_all
from gan_bench.data.sampled import SampledImages
from gan_bench.data.stored import Decoded, StoredImages
from gan_bench.data.toy import label
from gan_bench.errors import UsageError
from gan_bench.paths import shown
from gan_bench.plugin_files import first_line

_IDX = ("train-images-idx3", "train-labels-idx1", "t10k-images-idx3", "t10k-labels-idx1")
_CLASSES = 10


@dataclass(frozen=True)
class _Known:
    """A class of torchvision.datasets and the files, below the user's folder, that are its content."""

    kind: str
    files: tuple[str, ...]


_MNIST = _Known("MNIST", tuple(f"MNIST/raw/{name}-ubyte" for name in _IDX))
_FASHION = _Known("FashionMNIST", tuple(f"FashionMNIST/raw/{name}-ubyte" for name in _IDX))
_CIFAR = ("data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch")
_CIFAR10 = _Known("CIFAR10", tuple(f"cifar-10-batches-py/{name}" for name in _CIFAR))
_STL = ("train_X", "train_y", "test_X", "test_y")
_STL10 = _Known("STL10", tuple(f"stl10_binary/{name}.bin" for name in _STL))


def mnist(digest: str = "") -> SampledImages:
    """MNIST (LeCun 1998): 60,000 and 10,000 digits, 28 x 28 with a black border to 32 x 32."""
    return _dataset("mnist", _MNIST, 32, digest)


def mnist_whole(digest: str) -> StoredImages:
    """All 70,000 digits of the MNIST with this digest as the training and as the test split."""
    decoded, _ = _found("mnist", _MNIST, 32, digest)
    everything = np.arange(len(decoded.images))
    return StoredImages(replace(decoded, train=everything, test=everything))


def fashion_mnist(digest: str = "") -> SampledImages:
    """Fashion-MNIST (Xiao 2017): 60,000 and 10,000 clothes, 28 x 28 with a black border to 32 x 32."""
    return _dataset("fashion-mnist", _FASHION, 32, digest)


def cifar10(digest: str = "") -> SampledImages:
    """CIFAR-10 (Krizhevsky 2009): 50,000 and 10,000 photographs of ten classes, 32 x 32."""
    return _dataset("cifar10", _CIFAR10, 32, digest)


def stl10(size: int = 64, digest: str = "") -> SampledImages:
    """STL-10 (Coates 2011): the labelled 5,000 and 8,000 photographs, 96 x 96 resized to size."""
    made = checked_size(size, "stl10")
    return _dataset("stl10", _STL10, made, digest, {} if made == 64 else {"size": made})


def _dataset(
    name: str, known: _Known, size: int, digest: str, options: Mapping[str, int] | None = None
) -> SampledImages:
    options = options or {}
    decoded, digest = _found(name, known, size, digest)
    spec = {"name": name, **options, "digest": digest}
    return SampledImages(label(name, options), spec, digest, StoredImages(decoded))


def _found(name: str, known: _Known, size: int, digest: str) -> tuple[Decoded, str]:
    """The images, from the cache where their digest is known, else from the user's files; their digest."""
    if digest and (decoded := opened(digest)):
        return decoded, digest
    root = _root(name, known)
    now = _digest(root, known, f"{known.kind}/{size}")
    if digest and now != digest:
        raise UsageError(f"{name}: the files are not those that were planned with; run the command again")
    return kept(now, lambda: _decoded(name, known, root, size)), now


def _root(name: str, known: _Known) -> Path:
    """The folder that holds the set's files; they are downloaded where they are missing and may be."""
    named = places.data_dir()
    root = named or places.cache_dir() / "downloads"
    if all((root / file).is_file() for file in known.files):
        return root
    if places.may_download():
        for train in (True, False):
            _opened(name, known, root, train, download=True)
        return root
    looked = f"not in {shown(named)}" if named else "not here, and no folder of data sets was named"
    raise UsageError(
        f"{name} is {looked}; name the folder that has it with --data-dir, "
        "or let it be fetched with --download"
    )


def _opened(name: str, known: _Known, root: Path, train: bool, download: bool = False) -> Any:
    try:
        datasets = import_module("torchvision.datasets")
    except ImportError:
        raise UsageError(
            f'{name} needs torchvision, which is missing: pip install "gan-bench[images]"'
        ) from None
    kind, split = getattr(datasets, known.kind), "train" if train else "test"
    which: dict[str, Any] = {"split": split} if known.kind == "STL10" else {"train": train}
    try:
        return kind(root, download=download, **which)
    except Exception as error:  # damaged files and broken connections raise many things
        verb = "fetched" if download else "read"
        raise UsageError(f"{name} cannot be {verb}: {first_line(error)}") from None


def _digest(root: Path, known: _Known, options: str) -> str:
    digest = hashlib.sha256(options.encode())
    for file in known.files:
        with (root / file).open("rb") as content:
            digest.update(hashlib.file_digest(content, "sha256").digest())
    return digest.hexdigest()[:16]


def _decoded(name: str, known: _Known, root: Path, size: int) -> Decoded:
    first, first_labels = _arrays(name, _opened(name, known, root, True), size)
    second, second_labels = _arrays(name, _opened(name, known, root, False), size)
    train, test = np.split(np.arange(len(first) + len(second)), [len(first)])
    labels = np.concatenate([first_labels, second_labels])
    return Decoded(np.concatenate([first, second]), labels, train, test, classes=_CLASSES)


def _arrays(name: str, dataset: Any, size: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Images (N, C, size, size) and labels of a torchvision data set."""
    images = np.asarray(dataset.data)
    labels = np.asarray(dataset.labels if hasattr(dataset, "labels") else dataset.targets)
    if len(images) != len(labels):
        raise UsageError(f"{name}: its files have {len(images)} images but {len(labels)} labels")
    if images.ndim == 3:
        border = (size - images.shape[-1]) // 2
        images = np.pad(images[:, None], ((0, 0), (0, 0), (border, border), (border, border)))
    elif images.shape[-1] == 3:
        images = images.transpose(0, 3, 1, 2)
    images = np.ascontiguousarray(images)
    return fitted_all(images, size) if images.shape[-1] != size else images, labels.astype(np.int64)
