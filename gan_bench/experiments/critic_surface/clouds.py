"""The two distributions that critics tell apart: real = a data set, fake = the data set plus noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from gan_bench.data.toy import ToyDataset
from gan_bench.seeds import Streams


@dataclass(frozen=True)
class Clouds:
    """Samples of both sides, from purposes of their own: the same for every method of a seed.

    noise: standard deviation of the noise in data units; batch_size: samples a side in training.
    """

    dataset: ToyDataset
    noise: float
    batch_size: int = 1

    def real(self, streams: Streams) -> Tensor:
        """The next real batch (S, B, 2)."""
        return self.dataset.batch(self.batch_size, streams)[0]

    def fake(self, streams: Streams) -> Tensor:
        """The next fake batch (S, B, 2): other samples of the data, plus noise."""

        def draw(n: int, source: torch.Generator) -> Tensor:
            return self.dataset.distribution.sample(n, source, dtype=streams.dtype)

        clean = streams.batch("data/noisy", self.batch_size, draw)
        return clean + self.noise * streams.normal("noise", tuple(clean.shape[1:]))

    def fresh(self, size: int, streams: Streams) -> tuple[Tensor, Tensor]:
        """Real and fake (S, size, 2) that no step trains on, the same at every call."""
        noise = streams.once("fresh/noise", size, _normal(streams.dtype))
        clean = self.dataset.held_out(size, streams, "fresh/noisy")
        return self.dataset.held_out(size, streams, "fresh/real"), clean + self.noise * noise

    def programme(self, size: int, streams: Streams) -> tuple[Tensor, Tensor]:
        """Real and fake (S, size, 2), float64, stratified by mode on both sides, for the exact programme.

        Stratified, because chance counts of the modes add their own transport cost to every finite sample.
        """

        def draw(n: int, source: torch.Generator) -> Tensor:
            return self.dataset.distribution.stratified(n, source, dtype=torch.float64)

        noise = streams.once("programme/noise", size, _normal(torch.float64))
        real, clean = (streams.once(f"programme/{part}", size, draw) for part in ("real", "noisy"))
        return real, clean + self.noise * noise

    def region(self, resolution: int) -> Tensor:
        """Lattice (resolution^2, 2) over the square that is drawn, rows of equal second coordinate.

        The data and one and a half standard deviations of the noise around them.
        """
        (x_lo, x_hi), (y_lo, y_hi) = self.dataset.distribution.bounds
        half = max(x_hi - x_lo, y_hi - y_lo) / 2 + 1.5 * self.noise
        ticks = [
            torch.linspace((low + high) / 2 - half, (low + high) / 2 + half, resolution, dtype=torch.float64)
            for low, high in ((x_lo, x_hi), (y_lo, y_hi))
        ]
        y, x = torch.meshgrid(ticks[1], ticks[0], indexing="ij")
        return torch.stack([x.reshape(-1), y.reshape(-1)], 1)


def clouds_of(settings: Mapping[str, Any], dataset: ToyDataset) -> Clouds:
    """Return the clouds that a job's settings ask for."""
    return Clouds(dataset, settings["noise"], settings.get("batch_size", 1))


def _normal(dtype: torch.dtype) -> Any:
    return lambda n, source: torch.randn(n, 2, generator=source, dtype=dtype, device=source.device)
