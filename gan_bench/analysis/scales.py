"""A metric's scale and its own unit: there and back, and how large a difference matters."""

from __future__ import annotations

import math

import numpy as np

from gan_bench.metrics.descriptor import Scale


def to_scale(x: np.ndarray, scale: Scale, trials: float | None = None) -> np.ndarray:
    """Map values to the scale on which they are additive; what has no place there becomes NaN, inf stays.

    log x; x itself; or logit((k + 1/2)/(m + 1)) for a share k/m of m = `trials` draws (needed there).
    """
    values = np.asarray(x, dtype=float)
    if scale == "identity":
        return values
    if scale == "log":
        return np.log(values, where=values > 0, out=np.full(values.shape, math.nan))
    shares = (values * _known(trials) + 0.5) / (_known(trials) + 1)
    inside = (shares > 0) & (shares < 1)
    odds = np.divide(shares, 1 - shares, where=inside, out=np.ones(shares.shape))
    return np.where(inside, np.log(odds), np.where(np.isinf(values), values, math.nan))


def from_scale(y: float, scale: Scale, trials: float | None = None) -> float:
    """Inverse of `to_scale` for one number; shares are cut to [0, 1]."""
    if scale == "identity":
        return y
    if scale == "log":
        return math.inf if y > 700 else math.exp(y)
    m = _known(trials)
    share = 0.0 if y < -700 else 1 / (1 + math.exp(-y))
    whole = (share * (m + 1) - 0.5) / m
    return whole if math.isnan(whole) else min(max(whole, 0.0), 1.0)


def size_of(difference: float, before: float, scale: Scale, trials: float | None = None) -> float:
    """Tell a difference on the scale in words' terms: a ratio on the log scale, else after minus before.

    before is the centre of the earlier arm on the scale: where a difference of logits starts from decides
    how many points of a share it is.
    """
    if scale == "log":
        return from_scale(difference, "log")
    if scale == "identity":
        return difference
    return from_scale(before + difference, scale, trials) - from_scale(before, scale, trials)


def bounds(margin: float, before: float, scale: Scale, trials: float | None = None) -> tuple[float, float]:
    """Return the differences on the scale, low < 0 < high, inside which a change does not matter in practice.

    margin = .05 means 5 % of the earlier value (a ratio between 1/1.05 and 1.05 on the log scale, 5 % of
    |before| on the identity scale) and 5 points of a share. before as in `size_of`.
    """
    if scale == "log":
        return -math.log1p(margin), math.log1p(margin)
    if scale == "identity":
        return -margin * abs(before), margin * abs(before)
    share = from_scale(before, scale, trials)
    ends = np.array([max(share - margin, 0.0), min(share + margin, 1.0)])
    low, high = to_scale(ends, scale, trials) - before
    return float(low), float(high)


def _known(trials: float | None) -> float:
    if trials is None or not trials >= 1:
        raise ValueError("a share needs the number of draws behind it")
    return trials
