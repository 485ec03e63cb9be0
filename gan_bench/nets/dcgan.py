"""DCGAN (Radford et al. 2016): strided convolutions instead of pooling, at any resolution from 8 to 128."""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_bench.nets import initialisation
from gan_bench.nets.conditional import BatchNorm, Projection, require_labels
from gan_bench.nets.image_shapes import BOTTOM, checked_shape, doublings, pixels, pyramid, require_images


class DCGANGenerator(nn.Module):
    """Latents (B, latent) and, with classes, labels (B,) -> images (B, C, H, W) in [-1, 1].

    The latent is projected to 4 x 4; each transposed convolution doubles that, each but the last with batch
    norm and ReLU (Radford et al. 2016, fig. 1). Channels double as the resolution halves: width at half the
    image's, at most 8 width. Weights start from N(0, .02^2).
    """

    def __init__(self, latent: int, shape: tuple[int, int, int], width: int = 64, classes: int = 0) -> None:
        super().__init__()
        channels, size = checked_shape(shape, self)
        self.classes = classes
        widths = pyramid(width, doublings(size))[::-1]
        # Batch norm subtracts what a bias before it would add.
        self.project = nn.Linear(latent, widths[0] * BOTTOM**2, bias=False)
        self.norm = BatchNorm(widths[0], classes)
        self.blocks = nn.ModuleList(_Up(before, after, classes) for before, after in pairwise(widths))
        self.to_image = _ToImage(widths[-1], channels)
        initialisation.normal(self)

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        require_labels(self, self.classes, labels, z)
        x = F.relu(self.norm(pixels(self.project(z)), labels))
        for block in self.blocks:
            x = block(x, labels)
        return torch.tanh(self.to_image(x))


class _Up(nn.Module):
    """Twice the resolution: transposed convolution, batch norm, ReLU."""

    def __init__(self, before: int, after: int, classes: int) -> None:
        super().__init__()
        self.convolution = nn.ConvTranspose2d(before, after, 4, 2, 1, bias=False)
        self.norm = BatchNorm(after, classes)

    def forward(self, x: Tensor, labels: Tensor | None) -> Tensor:
        return F.relu(self.norm(self.convolution(x), labels))


class _ToImage(nn.ConvTranspose2d):
    """A 4 x 4 transposed convolution at stride 2, (B, F, H, W) -> (B, C, 2 H, 2 W), as a product over pixels.

    Into few channels that takes less than half the time of torch's own, which vmap groups over replicas, on
    a CPU (16 features to one channel: 1.4 ms against 6.5 ms); between wider layers it takes longer.
    """

    def __init__(self, features: int, channels: int) -> None:
        super().__init__(features, channels, 4, 2, 1)

    def forward(self, x: Tensor) -> Tensor:
        patches = torch.matmul(self.weight.flatten(1).mT, x.flatten(2))
        image = F.fold(patches, (2 * x.shape[2], 2 * x.shape[3]), 4, padding=1, stride=2)
        return image + self.bias[:, None, None]


class DCGANCritic(nn.Module):
    """Images (B, C, H, W) and, with classes, labels (B,) -> scores (B,), higher on real.

    Strided convolutions with leaky ReLU of slope .2 down to 4 x 4, then a linear score of the flattened
    features, with the projection of the class. Batch norm, off by default, is on every layer but the first:
    it couples the samples of a batch, which a gradient penalty cannot be taken with (Gulrajani et al. 2017,
    sec. 4). Weights start from N(0, .02^2).
    """

    def __init__(
        self, shape: tuple[int, int, int], width: int = 64, classes: int = 0, batch_norm: bool = False
    ) -> None:
        super().__init__()
        self.shape = checked_shape(shape, self)
        self.classes = classes
        channels, size = self.shape
        widths = pyramid(width, doublings(size))
        layers: list[nn.Module] = [nn.Conv2d(channels, width, 4, 2, 1), nn.LeakyReLU(0.2)]
        for before, after in pairwise(widths):
            layers.append(nn.Conv2d(before, after, 4, 2, 1, bias=not batch_norm))
            layers += [BatchNorm(after)] if batch_norm else []
            layers.append(nn.LeakyReLU(0.2))
        self.body = nn.Sequential(*layers)
        self.head = Projection(widths[-1] * BOTTOM**2, classes)
        initialisation.normal(self)

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        require_images(x, self.shape, self)
        require_labels(self, self.classes, labels, x)
        return self.head(self.body(x).flatten(1), labels)
