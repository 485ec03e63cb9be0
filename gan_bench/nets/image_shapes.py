"""What image networks share: which shapes they take, and how wide their layers are."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from gan_bench.errors import UsageError

SIZES = (8, 16, 32, 64, 128)

# Both ends of every network meet the vector at this resolution.
BOTTOM = 4


def checked_shape(shape: Sequence[int], owner: object) -> tuple[int, int]:
    """Channels and resolution of images (C, H, W); raises UsageError for what no network here can make."""
    if len(shape) != 3 or shape[0] < 1 or shape[1] != shape[2] or shape[1] not in SIZES:
        raise UsageError(
            f"{type(owner).__name__}: images must be (channels, size, size) with a size of "
            f"{', '.join(map(str, SIZES))}, not {tuple(shape)}"
        )
    return shape[0], shape[1]


def require_images(x: Tensor, shape: tuple[int, int], owner: object) -> None:
    """Raise UsageError unless x is a batch (B, C, H, W) of images of this channel count and resolution.

    Strided layers and sums over pixels would take another size without a complaint.
    """
    channels, size = shape
    if x.dim() != 4 or tuple(x.shape[1:]) != (channels, size, size):
        raise UsageError(
            f"{type(owner).__name__}: takes images (batch, {channels}, {size}, {size}), not {tuple(x.shape)}"
        )


def doublings(size: int) -> int:
    """How often the resolution doubles between the bottom, 4 x 4, and the image."""
    return (size // BOTTOM).bit_length() - 1


def pyramid(width: int, levels: int) -> list[int]:
    """Channels from the image down: width, twice that at half the resolution, and so on, at most 8 width."""
    return [width * min(2**level, 8) for level in range(levels)]


def pixels(x: Tensor) -> Tensor:
    """Vectors (B, 16 F) as feature maps (B, F, 4, 4)."""
    return torch.unflatten(x, 1, (-1, BOTTOM, BOTTOM))
