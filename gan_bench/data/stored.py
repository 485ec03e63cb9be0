"""A finite set of images held as bytes, from which rows are gathered on the device that asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Decoded:
    """Images (N, C, H, W) as bytes, labels (N,) int64 in [0, classes) or None, and the rows of each split."""

    images: NDArray[np.uint8]
    labels: NDArray[np.int64] | None
    train: NDArray[np.int64]
    test: NDArray[np.int64]
    classes: int = 0
    remark: str = ""


@dataclass(frozen=True)
class StoredImages:
    """The source (see `sampled.Source`) over decoded images; draws are rows, uniform with replacement."""

    decoded: Decoded
    _on: dict[torch.device, tuple[Tensor, Tensor | None, dict[str, Tensor]]] = field(
        default_factory=dict, repr=False, compare=False
    )

    @property
    def shape(self) -> tuple[int, int, int]:
        _, channels, height, width = self.decoded.images.shape
        return channels, height, width

    @cached_property
    def class_weights(self) -> Tensor | None:
        """The classes' frequencies in the training split."""
        counts = self.class_counts("train")
        return None if counts is None else counts.double() / len(self.decoded.train)

    def class_counts(self, split: str) -> Tensor | None:
        if self.decoded.labels is None:
            return None
        labels = self.decoded.labels[self._rows(split)]
        return torch.from_numpy(np.bincount(labels, minlength=self.decoded.classes))

    def size_of(self, split: str) -> int:
        return len(self._rows(split))

    def draw(self, n: int, source: torch.Generator, split: str) -> Tensor:
        return torch.randint(self.size_of(split), (n,), generator=source, device=source.device)

    def choose(self, n: int, source: torch.Generator, split: str) -> Tensor:
        return torch.randperm(self.size_of(split), generator=source, device=source.device)[:n]

    def render(self, drawn: Tensor, split: str) -> tuple[Tensor, Tensor | None]:
        images, labels, rows = self._moved(drawn.device)
        chosen = rows[split].index_select(0, drawn)
        return images.index_select(0, chosen), None if labels is None else labels.index_select(0, chosen)

    def _rows(self, split: str) -> NDArray[np.int64]:
        return self.decoded.train if split == "train" else self.decoded.test

    def _moved(self, device: torch.device) -> tuple[Tensor, Tensor | None, dict[str, Tensor]]:
        """The whole set on a device, moved once; on the CPU it stays in its memory map."""
        if device not in self._on:
            labels = self.decoded.labels
            self._on[device] = (
                torch.from_numpy(self.decoded.images).to(device),
                None if labels is None else torch.from_numpy(labels).to(device),
                {split: torch.from_numpy(self._rows(split)).to(device) for split in ("train", "test")},
            )
        return self._on[device]
