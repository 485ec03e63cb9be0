"""Are images copies of training images? Their distance to these, next to that of other real images."""

from __future__ import annotations

import math

from torch import Tensor

from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.neighbours import nearest

DESCRIPTOR = Descriptor(
    "nearest_distance",
    "Distance to real images",
    "ratio",
    "target",
    (0.0, math.inf),
    "log",
    target=1.0,
    explanation="Median Euclidean distance of images to the nearest training image, over that of other real "
    "images: far below 1 the images are copies. On endless and stacked sets the nearest is looked for among "
    "real images drawn anew, which nothing was trained on, and copies do not show.",
)


class Memory:
    """Training images to look for copies of, and how near held-out real images come to them."""

    def __init__(self, bank: Tensor, held_out: Tensor) -> None:
        """Take training images (m, C, H, W) and real images (k, C, H, W) that are none of them, uint8."""
        self.bank = bank
        self.usual = float(nearest(held_out, bank).distances.median())

    def ratio(self, images: Tensor) -> float:
        """Median distance of images (n, C, H, W), uint8, to the nearest training image, over the usual.

        NaN where most held-out real images are copies of training images themselves.
        """
        own = float(nearest(images, self.bank).distances.median())
        return own / self.usual if self.usual else math.nan
