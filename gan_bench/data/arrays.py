"""Images in one file: `.npz` (images, labels), `.npy`, `.pt` or `.pth` (a tensor, or a dict like an npz)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from gan_bench.data.folder import Pictures, Wanted
from gan_bench.data.pixels import SIZES, fitted_all, to_bytes
from gan_bench.errors import UsageError, nearest
from gan_bench.paths import shown
from gan_bench.plugin_files import first_line

_GREY_OF = np.array([0.299, 0.587, 0.114])  # luma of ITU-R 601-2, as Pillow's


def decoded(path: Path, wanted: Wanted) -> Pictures:
    """Read a file of images; UsageError, one line, for whatever cannot be images of one shape."""
    images, labels = _parts(path)
    pictures = pictures_of(images, shown(path), wanted)
    classes, numbers, renumbered = _classes(labels, len(pictures.images), shown(path))
    remark = "; ".join(text for text in (pictures.remark, renumbered) if text)
    return Pictures(pictures.images, numbers, classes, remark)


def unlabelled(path: Path, wanted: Wanted) -> Pictures:
    """Read the images of a file alone; same errors."""
    images, labels = _parts(path)
    pictures = pictures_of(images, shown(path), wanted)
    return pictures if labels is None else replace(pictures, remark=f"{pictures.remark}; labels not used")


def pictures_of(images: Any, name: str, wanted: Wanted) -> Pictures:
    """Images of an array or tensor, unlabelled; name: of what holds them, for the same errors."""
    array, order = _channels_first(_array(images, name), name)
    if len(array) == 0:
        raise UsageError(f"{name}: there is no image in it")
    found, values = _bytes(array, name)
    return Pictures(_in_shape(found, name, wanted), None, 0, f"read as {order}, {values}")


def _parts(path: Path) -> tuple[NDArray[Any], NDArray[Any] | None]:
    """The images and labels of a file, as they are."""
    try:
        if path.suffix.lower() == ".npy":
            found: Any = np.load(path, allow_pickle=False)
        elif path.suffix.lower() == ".npz":
            with np.load(path, allow_pickle=False) as opened:
                found = {key: opened[key] for key in opened.files}
        else:
            # Only plain tensors: anything else in such a file could run code.
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # what damaged files raise is many things
        raise UsageError(f"{shown(path)} cannot be read: {first_line(error)}") from None
    if not isinstance(found, dict):
        found = {"images": found}
    if "images" not in found:
        keys = [str(key) for key in found]
        raise UsageError(f'{shown(path)} has no "images", only {", ".join(keys) or "nothing"}')
    for key in found:
        if key not in ("images", "labels"):
            hint = nearest(str(key), ["images", "labels"])
            raise UsageError(f'{shown(path)} has "{key}" beside "images" and "labels"{hint}')
    images, labels = found["images"], found.get("labels")
    if images is None:
        raise UsageError(f"{shown(path)}: images is empty")
    where = shown(path)
    return _array(images, f"{where}: images"), None if labels is None else _array(labels, f"{where}: labels")


def _array(found: Any, what: str) -> NDArray[Any]:
    if isinstance(found, torch.Tensor):
        if found.layout != torch.strided or found.is_quantized:
            raise UsageError(f"{what} is a sparse or quantised tensor, not a plain one")
        found = found.detach().cpu()
        return (found.float() if found.dtype == torch.bfloat16 else found).numpy()
    if not isinstance(found, np.ndarray):
        raise UsageError(f"{what} is of type {type(found).__name__}, not an array")
    return found


def _channels_first(images: NDArray[Any], name: str) -> tuple[NDArray[Any], str]:
    """Images as (N, C, H, W), and how their axes were read."""
    if images.ndim == 3:
        return images[:, None], "N, H, W"
    if images.ndim == 4:
        first, last = images.shape[1] in (1, 3), images.shape[3] in (1, 3)
        if first and not last:
            return images, "N, C, H, W"
        if last and not first:
            return images.transpose(0, 3, 1, 2), "N, H, W, C"
    shape = " x ".join(map(str, images.shape)) or "a single number"
    raise UsageError(f"{name}: images are {shape}, not N x H x W x C or N x C x H x W with C of 1 or 3")


def _bytes(images: NDArray[Any], name: str) -> tuple[NDArray[np.uint8], str]:
    """Images as bytes, and which range their values were taken to have."""
    if images.dtype == np.uint8:
        return images, "bytes"
    if not np.issubdtype(images.dtype, np.floating):
        raise UsageError(f"{name}: images are of type {images.dtype}, not bytes (uint8) or floats")
    bad = ~np.isfinite(images).all(axis=(1, 2, 3))
    if bad.any():
        raise UsageError(
            f"{name}: {bad.sum()} images have pixels that are NaN or infinite, the first is {bad.argmax()}"
        )
    low, high = float(images.min()), float(images.max())
    if low < -1 or high > 1:
        raise UsageError(
            f"{name}: values go from {low:.4g} to {high:.4g}; floats must lie in [0, 1] or [-1, 1]"
        )
    values = torch.from_numpy(np.ascontiguousarray(images))
    if low < 0:
        return to_bytes(values).numpy(), "floats in [-1, 1]"
    return to_bytes(values * 2 - 1).numpy(), "floats in [0, 1]"


def _in_shape(images: NDArray[np.uint8], name: str, wanted: Wanted) -> NDArray[np.uint8]:
    _, channels, height, width = images.shape
    if wanted.channels == 1 and channels == 3:
        images = (images * _GREY_OF[:, None, None]).sum(1, keepdims=True).round().astype(np.uint8)
    elif wanted.channels == 3 and channels == 1:
        images = images.repeat(3, axis=1)
    if wanted.required:
        wanted.required.check(images.shape[1:], f"{name}: an image")
    if wanted.size:
        return fitted_all(np.ascontiguousarray(images), wanted.size)
    if height != width or height not in SIZES:
        raise UsageError(
            f"{name}: images are {width} x {height}; without size = ... they must be square "
            f"with a side of {', '.join(map(str, SIZES))}"
        )
    return images


def _classes(labels: NDArray[Any] | None, n: int, name: str) -> tuple[int, NDArray[np.int64] | None, str]:
    """Number of classes, labels as 0 .. classes - 1, and a remark where the numbers were others."""
    if labels is None:
        return 0, None, ""
    if labels.shape != (n,):
        shape = " x ".join(map(str, labels.shape)) or "a single number"
        raise UsageError(f"{name}: labels are {shape}, but there are {n} images")
    if not np.issubdtype(labels.dtype, np.integer):
        raise UsageError(f"{name}: labels are of type {labels.dtype}, not whole numbers")
    known, numbers = np.unique(labels, return_inverse=True)
    same = np.array_equal(known, np.arange(len(known)))
    remark = "" if same else f"labels {known[0]} to {known[-1]} renumbered 0 to {len(known) - 1}"
    return len(known), numbers.astype(np.int64), remark
