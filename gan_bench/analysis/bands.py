"""The perfect sampler's band of a stored run, from its reference job."""

from __future__ import annotations

import math

import numpy as np

from gan_bench.analysis.cells import Cell
from gan_bench.metrics.bands import Band


def band(reference: Cell | None, metric: str, at: float = math.nan) -> Band | None:
    """Return the band of a metric at a sample size from the reference job; None without it or its values.

    at = NaN takes the values whatever their sample size.
    """
    if reference is None:
        return None
    values = np.asarray(reference.points(metric, at).value, dtype=float)
    values = values[np.isfinite(values)]
    return Band.of(values) if values.size else None
