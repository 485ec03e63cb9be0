"""SN-GAN's ResNet pair (Miyato et al. 2018, table 4, and its code), at any resolution from 8 to 128.

Spectral normalisation itself is a constraint of the method, not part of these networks.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_bench.nets import initialisation
from gan_bench.nets.conditional import BatchNorm, Projection, require_labels
from gan_bench.nets.image_shapes import BOTTOM, checked_shape, doublings, pixels, require_images


class ResNetGenerator(nn.Module):
    """Latents (B, latent) and, with classes, labels (B,) -> images (B, C, H, W) in [-1, 1].

    A linear layer to 4 x 4, residual blocks of one width that each double the resolution (three at 32 x 32),
    batch norm, ReLU, convolution, tanh.
    """

    def __init__(self, latent: int, shape: tuple[int, int, int], width: int = 256, classes: int = 0) -> None:
        super().__init__()
        channels, size = checked_shape(shape, self)
        self.classes = classes
        self.project = nn.Linear(latent, width * BOTTOM**2)
        initialisation.glorot(self.project)
        self.blocks = nn.ModuleList(_Up(width, classes) for _ in range(doublings(size)))
        self.norm = BatchNorm(width)
        self.to_image = nn.Conv2d(width, channels, 3, padding=1)
        initialisation.glorot(self.to_image)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        require_labels(self, self.classes, labels, z)
        x = pixels(self.project(z))
        for block in self.blocks:
            x = block(x, labels)
        return torch.tanh(self.to_image(F.relu(self.norm(x))))


class _Up(nn.Module):
    """Batch norm, ReLU, twice the resolution, convolution, and again without; 1 x 1 on the shortcut."""

    def __init__(self, width: int, classes: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = BatchNorm(width, classes), BatchNorm(width, classes)
        # Without the bias that the source has here: batch norm follows, and its gradient is rounding error.
        self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.shortcut = nn.Conv2d(width, width, 1)
        _initialise(self)

    def forward(self, x: Tensor, labels: Tensor | None) -> Tensor:
        h = self.conv1(_twice(F.relu(self.norm1(x, labels))))
        h = self.conv2(F.relu(self.norm2(h, labels)))
        # A 1 x 1 convolution and nearest neighbours commute: a quarter of the work in this order.
        return h + _twice(self.shortcut(x))


class ResNetCritic(nn.Module):
    """Images (B, C, H, W) and, with classes, labels (B,) -> scores (B,), higher on real.

    Residual blocks of one width: those that halve the resolution down to 8 x 8 (down to 4 x 4 for images of
    8 x 8), two that keep it; ReLU, the sum over all pixels, and a linear score with the projection of the
    class.
    """

    def __init__(self, shape: tuple[int, int, int], width: int = 128, classes: int = 0) -> None:
        super().__init__()
        self.shape = checked_shape(shape, self)
        self.classes = classes
        channels, size = self.shape
        halvings = max(1, doublings(size) - 1)
        down = [_Down(width) for _ in range(halvings - 1)]
        self.blocks = nn.Sequential(_First(channels, width), *down, _Keep(width), _Keep(width))
        self.head = Projection(width, classes)
        initialisation.glorot(self.head)

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        require_images(x, self.shape, self)
        require_labels(self, self.classes, labels, x)
        return self.head(F.relu(self.blocks(x)).sum((2, 3)), labels)


class _First(nn.Module):
    """The first block: halves the resolution, without ReLU on the image; its shortcut pools first."""

    def __init__(self, channels: int, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        self.shortcut = nn.Conv2d(channels, width, 1)
        _initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        h = F.avg_pool2d(self.conv2(F.relu(self.conv1(x))), 2)
        return h + self.shortcut(F.avg_pool2d(x, 2))


class _Keep(nn.Module):
    """ReLU and convolution, twice, beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(width, width, 3, padding=1)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1)
        _initialise(self)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.residual(x)

    def residual(self, x: Tensor) -> Tensor:
        return self.conv2(F.relu(self.conv1(F.relu(x))))


class _Down(_Keep):
    """As _Keep, at half the resolution and with 1 x 1 on the shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__(width)
        self.shortcut = nn.Conv2d(width, width, 1)
        initialisation.glorot(self.shortcut)

    def forward(self, x: Tensor) -> Tensor:
        # Pooling and a 1 x 1 convolution commute: a quarter of the work in this order.
        return F.avg_pool2d(self.residual(x), 2) + self.shortcut(F.avg_pool2d(x, 2))


def _initialise(block: nn.Module) -> None:
    """The source's gains: sqrt 2 on the way through ReLU, 1 on the shortcut."""
    initialisation.glorot(block, math.sqrt(2))
    if hasattr(block, "shortcut"):
        initialisation.glorot(block.shortcut)


def _twice(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="nearest")
