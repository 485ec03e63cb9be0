"""What a feature extractor is: images in, features and logits out, and a name that its values carry."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from gan_bench.errors import UsageError


@dataclass(frozen=True, eq=False)
class Features:
    """Features of n images, on the CPU.

    values (n, d) float32. logits (n, k) float32, unnormalised log-probabilities of k classes, or None where
    the extractor has none.
    """

    values: Tensor
    logits: Tensor | None = None

    def __len__(self) -> int:
        return len(self.values)


class Extractor(Protocol):
    """Maps images to features; frozen, deterministic, and without gradients.

    name: what values made with it are labelled with, such as "glyphs-cnn". digest: 16 hex digits over its
    weights. classes: classes that its logits tell apart in the data set, 0 where there are none to count.
    accuracy: share right on held-out images, of all channels at once for stacked sets, None where unknown.
    confusion: (k, k) float64, row = truth, each row sums to 1, on held-out images; for stacked sets that of
    one channel; None where unknown.
    """

    name: str
    digest: str
    classes: int
    accuracy: float | None
    confusion: Tensor | None

    def __call__(self, images: Tensor) -> Features:
        """Return the features of uint8 images (n, C, H, W), n >= 1, computed where the images lie."""
        ...


def in_batches(
    images: Tensor, size: int, forward: Callable[[Tensor], tuple[Tensor, Tensor | None]]
) -> Features:
    """Apply forward(images) -> (values, logits or None) in batches of at most size; results on the CPU."""
    # A GPU would convolve in TF32, ten bits of precision, and values would depend on the machine.
    exact = torch.backends.cudnn.flags(enabled=True, deterministic=True, allow_tf32=False)
    with torch.no_grad(), exact:
        parts = [forward(batch) for batch in images.split(size)]
    values = torch.cat([value.float().cpu() for value, _ in parts])
    logits = [logit.float().cpu() for _, logit in parts if logit is not None]
    return Features(values, torch.cat(logits) if logits else None)


def check_images(images: Tensor, name: str, channels: tuple[int, ...] = (), size: int | None = None) -> None:
    """Raise UsageError unless images are uint8 (n, C, H, W), n >= 1, C in channels, H = W = size if given."""
    sizes = f"{size}, {size}" if size else "H, W"
    expected = f"(n, {' or '.join(map(str, channels)) or 'C'}, {sizes})"
    fits = images.ndim == 4 and len(images) > 0 and (not channels or images.shape[1] in channels)
    if not fits or images.dtype != torch.uint8 or (size and tuple(images.shape[2:]) != (size, size)):
        raise UsageError(
            f"{name}: expected uint8 images {expected}, got {str(images.dtype).removeprefix('torch.')} "
            f"{tuple(images.shape)}"
        )


def weights_digest(weights: Mapping[str, Tensor]) -> str:
    """Return 16 hex digits over names, types, shapes and values of the weights, whatever their order."""
    digest = hashlib.sha256()
    for name in sorted(weights):
        value = weights[name].detach().cpu().contiguous()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)} ".encode())
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()[:16]
