"""Decoded images on disk: decoded once, then opened as a memory map by every process.

A folder per digest of the images and of the code that decodes, under `places.cache_dir()/images`; it appears
whole or not at all, and may be deleted at any time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import PIL
from numpy.typing import NDArray

from gan_bench import places
from gan_bench.data.stored import Decoded
from gan_bench.errors import UsageError

_ARRAYS = ("images", "labels", "train", "test")
_ABOUT = "about.json"
# Modules whose text decides what decoded images are; an edit of one decodes all anew.
DECIDING = tuple(
    f"gan_bench.data.{name}"
    for name in ("arrays", "folder", "image_cache", "own", "pixels", "stored", "torchvision_sets")
)


def kept(digest: str, decode: Callable[[], Decoded]) -> Decoded:
    """Return the cached images of this digest, decoding and storing them where there are none."""
    found = opened(digest)
    if found is not None:
        return found
    decoded = decode()
    try:
        _store(digest, decoded)
    except OSError as error:
        raise UsageError(
            f"decoded images cannot be kept: {error.strerror or error}; "
            f"name a folder with room in the environment variable {places.CACHE}"
        ) from None
    return opened(digest) or decoded


def opened(digest: str) -> Decoded | None:
    """Return the cached images of this digest, or None where there are none or they cannot be read."""
    folder = _folder(digest)
    try:
        about = json.loads((folder / _ABOUT).read_text("utf-8"))
        classes, remark = about["classes"], about["remark"]
        arrays = {name: _mapped(folder / f"{name}.npy") for name in _ARRAYS}
    except (OSError, ValueError, EOFError, KeyError, TypeError):  # deleted, or damaged from outside
        return None
    images, train, test = (arrays[name] for name in ("images", "train", "test"))
    if images is None or train is None or test is None:
        return None
    labels = arrays["labels"]
    if type(classes) is not int or not isinstance(remark, str) or (labels is None) != (classes == 0):
        return None
    return Decoded(images, labels, train, test, classes, remark)


def _mapped(path: Path) -> NDArray[Any] | None:
    # Mapped "c", not "r": torch takes no read-only array; what is written would stay in memory only.
    return np.load(path, mmap_mode="c", allow_pickle=False) if path.exists() else None


def _store(digest: str, decoded: Decoded) -> None:
    folder = _folder(digest)
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{digest}-"))
    try:
        for name in _ARRAYS:
            array = getattr(decoded, name)
            if array is not None:
                np.save(temporary / f"{name}.npy", array, allow_pickle=False)
        about = {"classes": decoded.classes, "remark": decoded.remark}
        (temporary / _ABOUT).write_text(json.dumps(about), "utf-8")
        _move(temporary, folder, digest)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _move(temporary: Path, folder: Path, digest: str) -> None:
    if opened(digest) is None:
        shutil.rmtree(folder, ignore_errors=True)  # a damaged one would be in the way
    try:
        os.replace(temporary, folder)
    except OSError:
        # Another process was first; what it stored has the same digest, hence the same content.
        if opened(digest) is None:
            raise


def _folder(digest: str) -> Path:
    # Another Pillow may read or resize otherwise.
    code = hashlib.sha256(f"{places.code_digest(*DECIDING)} {PIL.__version__}".encode()).hexdigest()[:16]
    return places.cache_dir() / "images" / f"{digest}-{code}"
