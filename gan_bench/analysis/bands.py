"""The perfect sampler's band of a stored run, from the rows of its reference job."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from gan_bench.metrics.bands import Band


def band(rows: pd.DataFrame, metric: str, at: float = math.nan) -> Band | None:
    """Return the band of a metric at a sample size from the reference job's rows, or None without rows.

    at = NaN takes the rows whatever their sample size.
    """
    chosen = rows[rows["metric"] == metric]
    if not math.isnan(at):
        chosen = chosen[chosen["at"] == at]
    values = chosen["value"].to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    return Band.of(values) if values.size else None
