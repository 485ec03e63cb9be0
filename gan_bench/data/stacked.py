"""Three independent draws of a labelled one-channel set as colour channels: 1,000 classes of 10 digits.

The Stacked-MNIST protocol (Metz et al. 2017; Lin et al. 2018). A draw of channels with labels a, b, c is of
class 100 a + 10 b + c.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_bench.data.digits import digits
from gan_bench.data.glyphs import glyphs
from gan_bench.data.sampled import SampledImages, Source
from gan_bench.data.torchvision_sets import mnist, mnist_whole

# metrics/extractors.py says so too: the two are siblings, which may not import each other.
CHANNELS = 3


@dataclass(frozen=True)
class StackedSource:
    """The source (see `sampled.Source`) of stacked images; draws are (n, 3, ...) draws of the channels."""

    channel: Source
    classes: int  # of one channel

    @property
    def shape(self) -> tuple[int, int, int]:
        _, height, width = self.channel.shape
        return CHANNELS, height, width

    @property
    def class_weights(self) -> Tensor | None:
        """The outer product of the channels' weights, since channels are independent."""
        weights = self.channel.class_weights
        return None if weights is None else torch.einsum("a,b,c->abc", weights, weights, weights).flatten()

    def class_counts(self, split: str) -> Tensor | None:
        """The outer product of the channels' counts."""
        counts = self.channel.class_counts(split)
        return None if counts is None else torch.einsum("a,b,c->abc", counts, counts, counts).flatten()

    def size_of(self, split: str) -> int | None:
        """Distinct triples, most of which no run ever sees."""
        found = self.channel.size_of(split)
        return None if found is None else found**CHANNELS

    def draw(self, n: int, source: torch.Generator, split: str) -> Tensor:
        return self.channel.draw(n * CHANNELS, source, split).unflatten(0, (n, CHANNELS))

    def choose(self, n: int, source: torch.Generator, split: str) -> Tensor:
        """As draw: digits come back in other company, and n may exceed their number."""
        return self.draw(n, source, split)

    def render(self, drawn: Tensor, split: str) -> tuple[Tensor, Tensor | None]:
        images, labels = self.channel.render(drawn.flatten(0, 1), split)
        stacked = images.squeeze(1).unflatten(0, (-1, CHANNELS))
        if labels is None:
            return stacked, None
        first, second, third = labels.unflatten(0, (-1, CHANNELS)).unbind(1)
        return stacked, (first * self.classes + second) * self.classes + third


def stacked_glyphs(size: int = 16) -> SampledImages:
    """Three glyphs as colours; endless."""
    return _stacked(glyphs(size), {"size": size} if size != 16 else {})


def stacked_digits(size: int = 8) -> SampledImages:
    """Three scanned digits as colours; channels are drawn from one split, so test digits are unseen."""
    return _stacked(digits(size), {"size": size} if size != 8 else {})


def stacked_mnist(digest: str = "") -> SampledImages:
    """Three MNIST digits as colours, 32 x 32, over all 70,000 digits as in PacGAN's code.

    Both splits are all digits: what is held out are new triples, not new digits.
    """
    channel = mnist(digest)
    return _stacked(channel, {"digest": channel.digest}, mnist_whole(channel.digest))


def _stacked(
    channel: SampledImages, options: Mapping[str, Any], source: Source | None = None
) -> SampledImages:
    """source: where channels are drawn from, if not as the channel's own set does."""
    return SampledImages(
        name=f"stacked-{channel.name}",
        spec={"name": f"stacked-{channel.spec['name']}", **options},
        digest=hashlib.sha256(f"stacked/{channel.digest}".encode()).hexdigest()[:16],
        source=StackedSource(source or channel.source, channel.classes),
        channel=channel,
        remark=channel.remark,
    )
