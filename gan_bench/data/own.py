"""A user's own images as a data set: found, digested, decoded once, split by content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gan_bench import places
from gan_bench.data import arrays, folder
from gan_bench.data.folder import Pictures, Wanted
from gan_bench.data.image_cache import kept, opened
from gan_bench.data.naming import ARRAY_ENDINGS
from gan_bench.data.pixels import checked_size
from gan_bench.data.sampled import SampledImages
from gan_bench.data.stored import Decoded, StoredImages
from gan_bench.data.toy import label
from gan_bench.errors import UsageError
from gan_bench.paths import shown

_PIECE = 2**20


def own_images(
    path: str,
    size: int | None = None,
    channels: int | None = None,
    broken: str = "fail",
    test_share: float = 0.2,
    digest: str = "",
) -> SampledImages:
    """A folder of pictures (sub-folders are classes) or a file of arrays (.npz, .npy, .pt, .pth).

    path is taken from the folder the command is run in, or below --data-dir. size: shorter side resized,
    centre cut out. channels: 1 or 3. broken: "fail" or "skip" a picture that cannot be read. test_share: of
    the images, chosen by their content. digest: of the images as they were planned; the cache is opened by
    it alone. UsageError, one line, for whatever is wrong with any of these.
    """
    where = shown(Path(path))
    options = _options(where, size, channels, broken, test_share)
    decoded = opened(digest) if digest else None
    if decoded is None:
        found = _found(path)
        now = _digest(found, options)
        if digest and now != digest:
            raise UsageError(
                f"{where}: the images are not those that were planned with; run the command again"
            )
        wanted = Wanted(size, channels, broken == "skip")
        decoded, digest = kept(now, lambda: _split(_pictures(found, wanted), test_share, where)), now
    given = {key: value for key, value in options.items() if value != _DEFAULTS[key]}
    kind = "file" if Path(path).suffix.lower() in ARRAY_ENDINGS else "folder"
    return SampledImages(
        name=label(where, given),
        spec={"name": kind, "path": _findable(path), **given, "digest": digest},
        digest=digest,
        source=StoredImages(decoded),
        remark=decoded.remark,
    )


def every_image(path: str, wanted: Wanted) -> Pictures:
    """Return all images of a file, or of a folder and all folders below it; path as above.

    Unlabelled, without a split and without a cache.
    """
    found = _found(path)
    if found.is_dir():
        return folder.decoded(folder.every_file(found), wanted)
    return arrays.unlabelled(found, wanted)


_DEFAULTS = {"size": None, "channels": None, "broken": "fail", "test_share": 0.2}


def _options(
    where: str, size: int | None, channels: int | None, broken: str, test_share: float
) -> Mapping[str, Any]:
    """The checked options by name."""
    if size is not None:
        checked_size(size, where)
    if channels not in (None, 1, 3) or isinstance(channels, bool):
        raise UsageError(f"{where}: channels must be 1 or 3, not {channels!r}")
    if broken not in ("fail", "skip"):
        raise UsageError(f'{where}: broken must be "fail" or "skip", not {broken!r}')
    if isinstance(test_share, bool) or not isinstance(test_share, float) or not 0 < test_share < 1:
        raise UsageError(f"{where}: test_share must be a number between 0 and 1, not {test_share!r}")
    return {"size": size, "channels": channels, "broken": broken, "test_share": test_share}


def _found(path: str) -> Path:
    """The path as given, or below the folder of data sets."""
    data = places.data_dir()
    for candidate in (Path(path), *([data / path] if data else [])):
        if candidate.exists():
            return _checked_kind(candidate)
    looked = f"the current folder or below {shown(data)}" if data else "the current folder"
    raise UsageError(
        f"{shown(Path(path))}: there is no such folder or file in {looked} "
        "(--data-dir names another folder to look below)"
    )


def _checked_kind(path: Path) -> Path:
    if path.is_file() and path.suffix.lower() not in ARRAY_ENDINGS:
        raise UsageError(f"{shown(path)}: images are a folder or a file of {', '.join(ARRAY_ENDINGS)}")
    return path


def _findable(path: str) -> str:
    """The path as another process may look for it: relative; of a place elsewhere the bare name."""
    data = places.data_dir()
    if data and Path(path).is_absolute() and Path(path).is_relative_to(data.absolute()):
        return Path(path).relative_to(data.absolute()).as_posix()
    return shown(Path(path))


def _pictures(path: Path, wanted: Wanted) -> Pictures:
    return folder.decoded(folder.files_of(path), wanted) if path.is_dir() else arrays.decoded(path, wanted)


def _digest(path: Path, options: Mapping[str, Any]) -> str:
    """Sixteen hexadecimal digits over options, file names and contents; times of change do not count."""
    digest = hashlib.sha256(json.dumps(options, sort_keys=True).encode())
    files = folder.files_of(path).paths if path.is_dir() else [path]
    for file in files:
        name = file.relative_to(path).as_posix() if path.is_dir() else ""
        digest.update(f"\0{name}\0{file.stat().st_size}\0".encode())
        try:
            _add(digest, file)
        except OSError as error:
            raise UsageError(f"{shown(file)} cannot be read: {error.strerror}") from None
    return digest.hexdigest()[:16]


def _add(digest: Any, file: Path) -> None:
    with file.open("rb") as content:
        while piece := content.read(_PIECE):
            digest.update(piece)


def _split(pictures: Pictures, test_share: float, where: str) -> Decoded:
    """Split by the hash of each image: equal images fall into one split, and order plays no part."""
    hashes = np.array([_hash(image) for image in pictures.images], np.uint64)
    wanted = max(1, round(test_share * len(hashes)))
    is_test = hashes <= np.sort(hashes)[wanted - 1]
    if is_test.all():
        raise UsageError(
            f"{where}: all {len(hashes)} images are alike, or there is only one: none is left to train on"
        )
    classes, labels, remark = pictures.classes, pictures.labels, pictures.remark
    if classes == 1:
        classes, labels = 0, None
        remark = "; ".join(text for text in (remark, "one class only: taken as unlabelled") if text)
    return Decoded(
        pictures.images, labels, np.flatnonzero(~is_test), np.flatnonzero(is_test), classes, remark
    )


def _hash(image: NDArray[np.uint8]) -> int:
    return int.from_bytes(hashlib.sha256(np.ascontiguousarray(image).tobytes()).digest()[:8], "big")
