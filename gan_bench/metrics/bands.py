"""Perfect-sampler bands: what a distance reads when the samples come from the very truth.

The band of a distance is taken over fresh draws of the true distribution against the very reference that
the models are measured against, at the same sizes. It is a noise floor for reading a figure. It is no
lower bound (samples copied from the reference lie below it) and is never subtracted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gan_bench import seeds
from gan_bench.errors import UsageError

DRAWS = 24
FEWEST_DRAWS = 20


@dataclass(frozen=True)
class Band:
    """Median and 5 to 95 % range of a distance over draws of a perfect sampler."""

    median: float
    low: float
    high: float

    def position(self, value: float) -> str:
        """Say where a value lies: `below`, `inside`, `above` the band, or `undefined` for NaN."""
        if math.isnan(value) or math.isnan(self.median):
            return "undefined"
        return "below" if value < self.low else "above" if value > self.high else "inside"


def band(values: Iterable[float] | np.ndarray) -> Band:
    """Return the band of at least 20 draws' values; NaN where any value is NaN."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or len(array) < FEWEST_DRAWS:
        raise UsageError(f"a perfect-sampler band needs at least {FEWEST_DRAWS} draws, got {array.shape}")
    low, median, high = np.quantile(array, [0.05, 0.5, 0.95])
    return Band(float(median), float(low), float(high))


def perfect_draws(distribution: Any, n: int, *, seed: int, purpose: str, draws: int = DRAWS) -> torch.Tensor:
    """Draw (draws, n, dim) independent, unstratified samples, as a perfect generator would give them."""
    sources = [seeds.generator(seed, f"{purpose}/{index}") for index in range(draws)]
    return torch.stack([distribution.sample(n, source) for source in sources])
