"""Perfect-sampler bands: what a distance reads when the samples come from the very truth. Free of torch.

The band of a distance is taken over fresh draws of the true distribution against the very reference that
the models are measured against, at the same sizes. It is a noise floor for reading a figure. It is no
lower bound (samples copied from the reference lie below it) and is never subtracted.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from gan_bench.errors import UsageError

LOW, HIGH = 0.05, 0.95
FEWEST_DRAWS = 20


@dataclass(frozen=True)
class Band:
    """Median and 5 to 95 % quantiles of a distance over n draws of a perfect sampler."""

    median: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, values: np.ndarray) -> Band:
        """Return the band of draws (n,), n >= 1; quantiles interpolate linearly, NaN gives NaN."""
        low, median, high = (float(q) for q in np.quantile(values, (LOW, 0.5, HIGH)))
        return cls(median, low, high, len(values))

    def position(self, value: float) -> str:
        """Say where a value lies: `below`, `inside`, `above` the band, or `undefined` for NaN."""
        if math.isnan(value) or math.isnan(self.median):
            return "undefined"
        return "below" if value < self.low else "above" if value > self.high else "inside"


def band(values: Iterable[float] | np.ndarray) -> Band:
    """Return the band of at least 20 draws; fewer would be noise themselves."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 1 or len(array) < FEWEST_DRAWS:
        raise UsageError(f"a perfect-sampler band needs at least {FEWEST_DRAWS} draws, got {array.shape}")
    return Band.of(array)
