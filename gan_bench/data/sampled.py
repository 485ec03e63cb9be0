"""Image data sets from sources: what is drawn per seed is a few numbers per image, never pixels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor

from gan_bench import seeds
from gan_bench.data.pixels import from_bytes, to_bytes
from gan_bench.errors import UsageError
from gan_bench.seeds import Streams

SPLITS = ("train", "test")
_AT_ONCE = 1024  # images of a reference rendered in one go, which bounds its memory


class Source(Protocol):
    """Where images come from: numbers that say which image, and the images that these numbers mean."""

    @property
    def shape(self) -> tuple[int, int, int]:
        """C, H, W."""

    @property
    def class_weights(self) -> Tensor | None:
        """(classes,) float64, sums to 1; None where there are no labels."""

    def class_counts(self, split: str) -> Tensor | None:
        """Images of each class in a split (classes,) int64; None where they never end or have no labels."""

    def size_of(self, split: str) -> int | None:
        """Images in a split; None where they never end."""

    def draw(self, n: int, source: torch.Generator, split: str) -> Tensor:
        """Return n draws (n, ...) on the generator's device, independent of each other."""

    def choose(self, n: int, source: torch.Generator, split: str) -> Tensor:
        """Return n draws (n, ...) for a reference: all different where the source is finite."""

    def render(self, drawn: Tensor, split: str) -> tuple[Tensor, Tensor | None]:
        """Map draws (N, ...) to images (N, C, H, W), bytes or floats in [-1, 1], and labels (N,) int64."""


@dataclass(frozen=True)
class SampledImages:
    """An image data set; see `gan_bench.data.images.ImageDataset` for what each attribute means."""

    name: str
    spec: Mapping[str, Any]
    digest: str
    source: Source = field(repr=False)
    channel: SampledImages | None = None  # the set that a stacked one stacks
    remark: str = ""

    @property
    def sample_shape(self) -> tuple[int, int, int]:
        return self.source.shape

    @property
    def capabilities(self) -> frozenset[str]:
        return frozenset({"images"} if self.class_weights is None else {"images", "classes"})

    @property
    def classes(self) -> int:
        return 0 if self.class_weights is None else len(self.class_weights)

    @property
    def class_weights(self) -> Tensor | None:
        return self.source.class_weights

    @property
    def channels_classes(self) -> int:
        return self.channel.classes if self.channel else 0

    @property
    def endless(self) -> bool:
        return self.source.size_of("train") is None

    def channel_set(self) -> SampledImages:
        """Return the one-channel set that a stacked set stacks; any other set itself."""
        return self.channel or self

    def class_counts(self, split: str) -> Tensor | None:
        """Return how many images of each class a split has; None where they never end or have no labels."""
        return self.source.class_counts(self._known(split))

    def size_of(self, split: str) -> int | None:
        """Return the number of images in a split, None where they never end."""
        return self.source.size_of(self._known(split))

    def batch(self, size: int, streams: Streams) -> tuple[Tensor, Tensor | None]:
        """Return training images (S, size, C, H, W) in [-1, 1] and labels (S, size), or None."""
        drawn = streams.batch("data", size, lambda n, source: self.source.draw(n, source, "train"))
        return self._rendered(drawn, "train", streams.dtype)

    def held_out(self, size: int, streams: Streams, part: str) -> tuple[Tensor, Tensor | None]:
        """As batch, from images that no step trains on; the same at every call, for each seed its own."""
        drawn = streams.once(f"held-out/{part}", size, lambda n, source: self.source.draw(n, source, "test"))
        return self._rendered(drawn, "test", streams.dtype)

    def reference(self, n: int, part: str, split: str = "train") -> tuple[Tensor, Tensor | None]:
        """Return n fixed images (n, C, H, W) as bytes, on the CPU, and labels (n,), the same at every call.

        Parts of an endless set are independent. Of a finite set, images of one part are all different and
        two parts are independent choices from the same images: only two splits never share one.
        UsageError where a split has fewer than n images.
        """
        found = self.size_of(split)
        if found is not None and found < n:
            raise UsageError(f"{self.name}: {n:,} images are asked of the {split} split, which has {found:,}")
        drawn = self.source.choose(n, seeds.generator(0, f"reference/{part}/{split}/{n}"), split)
        parts = [self.source.render(some, split) for some in drawn.split(_AT_ONCE)]
        images = torch.cat([_as_bytes(images) for images, _ in parts])
        labels = [labels for _, labels in parts if labels is not None]
        return images, torch.cat(labels) if labels else None

    def _rendered(self, drawn: Tensor, split: str, dtype: torch.dtype) -> tuple[Tensor, Tensor | None]:
        block = drawn.shape[:2]
        images, labels = self.source.render(drawn.flatten(0, 1), split)
        images = from_bytes(images, dtype) if images.dtype == torch.uint8 else images.to(dtype)
        return images.unflatten(0, block), None if labels is None else labels.unflatten(0, block)

    def _known(self, split: str) -> str:
        if split not in SPLITS:
            raise ValueError(f'split must be "train" or "test", not "{split}"')
        return split


def _as_bytes(images: Tensor) -> Tensor:
    return images if images.dtype == torch.uint8 else to_bytes(images)
