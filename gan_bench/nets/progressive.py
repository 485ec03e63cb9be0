"""Progressive growing (Karras et al. 2018) from 8 x 8 to the images' resolution, one stage after another.

Two modules whose stage is set from outside, before an update, by `grow`. Of the source: layers as in its
table 2, pixel norm, equalised learning rates, nearest-neighbour enlarging and average pooling, both players
grown at once. Left out: the minibatch standard deviation, since it couples the samples of a batch, which a
penalty on each sample's slope cannot be taken with; and the blending of real images while a stage fades in.
Ours: tanh behind the generator, and the embedding of a label, which is added to the latent.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from gan_bench.errors import UsageError
from gan_bench.nets import initialisation
from gan_bench.nets.conditional import Projection, require_labels
from gan_bench.nets.equalised import Convolution, Linear, pixel_norm
from gan_bench.nets.image_shapes import BOTTOM, checked_shape, doublings, pixels, pyramid, require_images


@dataclass(frozen=True)
class Stage:
    """level counts resolutions from 0, which is 8 x 8; alpha in [0, 1] is the weight of the newest layers."""

    level: int
    alpha: float


def stage_at(progress: float, levels: int) -> Stage:
    """The stage after a share of training in [0, 1]: every resolution has an equal share of it.

    The first is stable throughout; each other is faded in, linearly, over the first half of its share and
    stable over the second.
    """
    if not 0 <= progress <= 1:
        raise UsageError(f"grow: progress must be a number from 0 to 1, not {progress!r}")
    level = min(int(progress * levels), levels - 1)
    return Stage(level, min(1.0, 2 * (progress * levels - level)) if level else 1.0)


class _Growing(nn.Module):
    """What both players share: the stage, of Python numbers, so that replicas under vmap agree on it.

    A new network is fully grown. Layers that are not used yet, or no longer, get no gradient (None).
    """

    def __init__(self, shape: tuple[int, int, int], classes: int) -> None:
        super().__init__()
        self.shape = checked_shape(shape, self)
        self.classes = classes
        self.levels = doublings(self.shape[1])
        self.stage = stage_at(1.0, self.levels)

    def grow(self, progress: float) -> None:
        """Set the stage for a share of training in [0, 1], see `stage_at`."""
        self.stage = stage_at(progress, self.levels)

    @property
    def missing(self) -> int:
        """How often the present resolution has still to double to reach that of the images."""
        return self.levels - 1 - self.stage.level


class ProgressiveGenerator(_Growing):
    """Latents (B, latent) and, with classes, labels (B,) -> images (B, C, H, W) in [-1, 1].

    The image is always of full size: what the present stage makes is enlarged. While a stage fades in, the
    to-RGB outputs are blended, (1 - alpha) old + alpha new. width is that at full resolution; it doubles at
    each half, up to 8 width. The latent is normalised to length sqrt(latent).
    """

    def __init__(self, latent: int, shape: tuple[int, int, int], width: int = 64, classes: int = 0) -> None:
        super().__init__(shape, classes)
        # From the bottom: index 0 is 4 x 4, index 1 + level that level.
        widths = pyramid(width, self.levels + 1)[::-1]
        if classes:
            self.embed = nn.Parameter(nn.init.normal_(torch.empty(classes, latent)))
        self.project = Linear(latent, widths[0] * BOTTOM**2)
        self.bottom = Convolution(widths[0], widths[0])
        self.blocks = nn.ModuleList(
            nn.Sequential(_Enlarge(), Convolution(before, after), _Bend(), Convolution(after, after), _Bend())
            for before, after in pairwise(widths)
        )
        self.to_rgb = nn.ModuleList(Convolution(w, self.shape[0], size=1, gain=1.0) for w in widths[1:])

    def forward(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        require_labels(self, self.classes, labels, z)
        z = z if labels is None else z + self.embed[labels]
        x = _bent(self.bottom(_bent(pixels(self.project(pixel_norm(z))))))
        level, alpha = self.stage.level, self.stage.alpha
        for block in list(self.blocks)[:level]:
            x = block(x)
        image = self.to_rgb[level](self.blocks[level](x))
        if alpha < 1:
            image = torch.lerp(_enlarged(self.to_rgb[level - 1](x), 2), image, alpha)
        return torch.tanh(_enlarged(image, 2**self.missing))


class ProgressiveCritic(_Growing):
    """Images (B, C, H, W) and, with classes, labels (B,) -> scores (B,), higher on real.

    Images are averaged down to the present resolution first. While a stage fades in, its features at half
    the resolution are blended with those that the stage before reads from the image itself. width as in the
    generator.
    """

    def __init__(self, shape: tuple[int, int, int], width: int = 64, classes: int = 0) -> None:
        super().__init__(shape, classes)
        # From the image, so that layers are in order: index `missing` is the present stage.
        widths = pyramid(width, self.levels + 1)
        self.from_rgb = nn.ModuleList(Convolution(self.shape[0], w, size=1) for w in widths[:-1])
        self.blocks = nn.ModuleList(
            nn.Sequential(
                *(Convolution(before, before), nn.LeakyReLU(0.2)),
                *(Convolution(before, after), nn.LeakyReLU(0.2), nn.AvgPool2d(2)),
            )
            for before, after in pairwise(widths)
        )
        self.bottom = Convolution(widths[-1], widths[-1])
        self.dense = Linear(widths[-1] * BOTTOM**2, widths[-1])
        self.head = Projection(widths[-1], classes)
        initialisation.normal(self.head, 1.0)

    def forward(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        require_images(x, self.shape, self)
        require_labels(self, self.classes, labels, x)
        now, alpha = self.missing, self.stage.alpha
        x = _averaged(x, 2**now)
        h = self.blocks[now](_rectified(self.from_rgb[now](x)))
        if alpha < 1:
            h = torch.lerp(_rectified(self.from_rgb[now + 1](_averaged(x, 2))), h, alpha)
        for block in list(self.blocks)[now + 1 :]:
            h = block(h)
        h = _rectified(self.dense(_rectified(self.bottom(h)).flatten(1)))
        # The head's weights start from N(0, 1) too: this is their equalised scale.
        return self.head(h * h.shape[1] ** -0.5, labels)


class _Bend(nn.Module):
    """Leaky ReLU of slope .2, then pixel norm."""

    def forward(self, x: Tensor) -> Tensor:
        return _bent(x)


class _Enlarge(nn.Module):
    """Twice the resolution."""

    def forward(self, x: Tensor) -> Tensor:
        return _enlarged(x, 2)


def _bent(x: Tensor) -> Tensor:
    return pixel_norm(_rectified(x))


def _rectified(x: Tensor) -> Tensor:
    return F.leaky_relu(x, 0.2)


def _enlarged(x: Tensor, times: int) -> Tensor:
    return x if times == 1 else F.interpolate(x, scale_factor=times, mode="nearest")


def _averaged(x: Tensor, times: int) -> Tensor:
    return x if times == 1 else F.avg_pool2d(x, times)
