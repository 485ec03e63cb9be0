"""Images as bytes (0 to 255) and as what networks see ([-1, 1]), and pictures brought to one size."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from gan_bench.errors import UsageError

SIZES = (8, 16, 32, 64, 128)  # sides that the networks take


def to_bytes(x: Tensor) -> Tensor:
    """Round images in [-1, 1], of any shape, to bytes; what lies outside is clamped. ValueError on NaN."""
    if torch.isnan(x).any():
        raise ValueError("NaN cannot be a pixel")
    return ((x + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)


def from_bytes(x: Tensor, dtype: torch.dtype) -> Tensor:
    """Map bytes, of any shape, to [-1, 1]: 0 to -1 and 255 to 1."""
    return x.to(dtype) / 127.5 - 1


def checked_size(size: object, what: str, sizes: tuple[int, ...] = SIZES) -> int:
    """Return a side length if it is one of sizes, else raise UsageError; what names the data set."""
    if isinstance(size, bool) or not isinstance(size, int) or size not in sizes:
        raise UsageError(f"{what}: size must be one of {', '.join(map(str, sizes))}, not {size!r}")
    return size


def fitted(picture: Image.Image, size: int) -> Image.Image:
    """Resize the shorter side of a picture to size (bicubic, anti-aliased), then cut out the centre."""
    width, height = picture.size
    if (width, height) == (size, size):
        return picture
    scale = size / min(width, height)
    wide, high = max(size, round(width * scale)), max(size, round(height * scale))
    left, top = (wide - size) // 2, (high - size) // 2
    resized = picture.resize((wide, high), Image.Resampling.BICUBIC)
    return resized.crop((left, top, left + size, top + size))


def fitted_all(images: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """Bring an array of images (n, C, H, W), C 1 or 3, to (n, C, size, size), each as `fitted` does."""
    n, channels = images.shape[:2]
    result = np.empty((n, channels, size, size), np.uint8)
    for index, image in enumerate(images):
        for channel in range(channels):
            result[index, channel] = np.asarray(fitted(Image.fromarray(image[channel]), size))
    return result
