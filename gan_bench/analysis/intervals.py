"""Intervals for few seeds: Student's t on the scale where a metric is additive, Wilson for rates."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from scipy import stats

from gan_bench.analysis.scales import from_scale, to_scale
from gan_bench.metrics.descriptor import Scale

LEVEL = 0.95


@dataclass(frozen=True)
class Interval:
    """A centre with its interval; low and high are None where no interval can be given, and note says why.

    On the log scale the centre is the geometric mean, on the identity scale the mean, on the logit scale
    the back-transformed mean logit.
    """

    centre: float
    low: float | None
    high: float | None
    n: int
    note: str = ""

    @property
    def known(self) -> bool:
        """True where both ends are numbers."""
        return self.low is not None and self.high is not None

    def within(self, lowest: float | None, highest: float | None) -> Interval:
        """Return the interval cut to the metric's range (None = no bound), which costs no coverage."""
        if self.low is None or self.high is None or (lowest is None and highest is None):
            return self
        low = self.low if lowest is None else max(self.low, lowest)
        high = self.high if highest is None else min(self.high, highest)
        return replace(self, low=low, high=high)

    def overlaps(self, other: Interval) -> bool:
        """Return whether the two intervals share a point; False where either has none."""
        if self.low is None or self.high is None or other.low is None or other.high is None:
            return False
        return self.low <= other.high and other.low <= self.high


def t_interval(
    values: Sequence[float] | np.ndarray,
    scale: Scale = "identity",
    *,
    trials: float | None = None,
    level: float = LEVEL,
) -> Interval:
    """Interval of the mean over seeds, (n,) finite values -> centre, low, high in the metric's own unit.

    With y = g(x): mean(y) -+ t_{(1 + level)/2, n - 1} s(y) / sqrt(n), mapped back by the inverse of g; g is
    log, the identity, or logit((k + 1/2)/(m + 1)) for a share k/m of m = `trials` draws (needed there).
    One value, no spread, or a value outside the scale's domain give no interval, and a note.
    Raises ValueError for values that are not finite and for a share without trials.
    """
    x = np.asarray(values, dtype=float)
    if x.size == 0:
        return Interval(math.nan, None, None, 0, "no seed reached the end")
    least, most = float(x.min()), float(x.max())
    if not (math.isfinite(least) and math.isfinite(most)):
        raise ValueError("an interval needs finite values: count diverged seeds instead")
    if scale == "log" and least <= 0:
        return Interval(float(np.median(x)), None, None, x.size, "median; not all positive, no interval")
    y = to_scale(x, scale, trials)
    mean = float(y.mean())
    centre = from_scale(mean, scale, trials)
    if x.size == 1:
        return Interval(centre, None, None, 1, "one seed, no interval")
    if most - least <= 1e-12 * max(-least, most):
        return Interval(centre, None, None, x.size, "no spread, no interval")
    deviation = math.sqrt(float(np.square(y - mean).sum()) / (x.size - 1))
    half = _t_quantile((1 + level) / 2, x.size - 1) * deviation / math.sqrt(x.size)
    low, high = (from_scale(mean + side * half, scale, trials) for side in (-1, 1))
    return Interval(centre, low, high, x.size)


@lru_cache(maxsize=1024)
def wilson(successes: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Wilson's score interval for a rate, successes of n -> (low, high) in [0, 1] (Wilson 1927).

    Raises ValueError unless 0 <= successes <= n and n >= 1.
    """
    if n < 1 or not 0 <= successes <= n:
        raise ValueError(f"not a rate: {successes} of {n}")
    result = stats.binomtest(successes, n).proportion_ci(level, method="wilson")
    return float(result.low), float(result.high)


@lru_cache(maxsize=1024)
def _t_quantile(p: float, freedom: float) -> float:
    return float(stats.t.ppf(p, freedom))
