"""The perfect sampler's band: what the same metric says of fresh draws from the data's own distribution."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

LOW, HIGH = 0.05, 0.95


@dataclass(frozen=True)
class Band:
    """Median and 5-95 % quantiles of a metric over n draws of a perfect sampler.

    A noise floor to read other numbers by: no lower bound (memorising goes below), never subtracted.
    """

    median: float
    low: float
    high: float
    n: int


def band(rows: pd.DataFrame, metric: str, at: float = math.nan) -> Band | None:
    """Return the band of a metric at a sample size from the reference job's rows, or None without rows.

    at = NaN takes the rows whatever their sample size. Quantiles interpolate linearly.
    """
    chosen = rows[rows["metric"] == metric]
    if not math.isnan(at):
        chosen = chosen[chosen["at"] == at]
    values = chosen["value"].to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return None
    low, median, high = (float(q) for q in np.quantile(values, (LOW, 0.5, HIGH)))
    return Band(median, low, high, values.size)
