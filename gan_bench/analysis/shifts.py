"""How far one arm of seeds lies from another: paired on the seeds that both have, Welch's test else.

The seed is the unit: seeds are independent of each other, whatever binds the two values of one seed.
Identical code gives identical bits, so a seed's difference is exactly 0 there, and nothing has changed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from gan_bench.analysis.intervals import LEVEL

# Spread below this share of the largest value is what rounding leaves of none.
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Shift:
    """After minus before on the metric's scale, mean over seeds, with its 95 % t interval.

    before: the earlier arm's centre on the scale (of the same seeds where paired); p: two-sided, of no
    difference, NaN where nothing can be said; freedom: degrees of freedom, error: standard error, both NaN
    without spread; n: seeds that took part (pairs, or both arms'); lost: values that are infinite (diverged),
    which no mean has a place for; note: why there is no interval.
    """

    mean: float
    low: float | None
    high: float | None
    p: float
    before: float
    n: int
    paired: bool
    lost: int = 0
    error: float = math.nan
    freedom: float = math.nan
    note: str = ""

    @property
    def identical(self) -> bool:
        """True where every seed that was compared has the very same value in both arms."""
        return self.note == _SAME

    def p_inside(self, low: float, high: float) -> float:
        """Larger of the two one-sided p values of a mean outside (low, high): small is alike (TOST).

        Schuirmann 1987. NaN where there is no spread to judge by.
        """
        if math.isnan(self.error):
            return math.nan
        above = stats.t.sf((self.mean - low) / self.error, self.freedom)
        below = stats.t.cdf((self.mean - high) / self.error, self.freedom)
        return float(max(above, below))

    @property
    def spreads(self) -> list[float]:
        """The spread behind the standard error, as `power.fewest` takes it: of pairs, or of each of two arms.

        Empty without spread; two arms are given one spread, as if they were equal and as large.
        """
        if math.isnan(self.error):
            return []
        return [self.error * math.sqrt(self.n)] if self.paired else [self.error * math.sqrt(self.n) / 2] * 2


_SAME = "identical values"


def shift(before: pd.Series, after: pd.Series) -> Shift:
    """Compare two series by seed, values on the metric's scale, +inf where a seed diverged.

    Paired where two seeds or more are shared (the others are then left out), else two independent arms.
    """
    lost = int(np.isinf(before).sum() + np.isinf(after).sum())
    x, y = (series[np.isfinite(series)].astype(float) for series in (before, after))
    shared = x.index.intersection(y.index)
    if len(shared) >= 2 or len(shared) == min(x.size, y.size) == 1:
        return _paired(x.loc[shared].to_numpy(), y.loc[shared].to_numpy(), lost)
    return _welch(x.to_numpy(), y.to_numpy(), lost)


def _paired(x: np.ndarray, y: np.ndarray, lost: int) -> Shift:
    d, centre = y - x, float(x.mean())
    mean = float(d.mean())
    if not d.any():
        return Shift(0.0, None, None, 1.0, centre, d.size, True, lost, note=_SAME)
    if d.size == 1:
        return Shift(mean, None, None, math.nan, centre, 1, True, lost, note="one seed")
    spread = float(d.std(ddof=1))
    if spread <= _ROUNDING * float(np.abs(np.concatenate([x, y])).max()):
        # All seeds moved by the same: a t test has nothing to divide by, the exact sign test does.
        p, note = float(2 * 0.5**d.size), "no spread: exact sign test"
        return Shift(mean, None, None, p, centre, d.size, True, lost, note=note)
    return _judged(mean, spread / math.sqrt(d.size), d.size - 1, centre, d.size, True, lost)


def _welch(x: np.ndarray, y: np.ndarray, lost: int) -> Shift:
    if not x.size or not y.size:
        return Shift(math.nan, None, None, math.nan, math.nan, 0, False, lost, note="no seed to compare")
    mean, centre, n = float(y.mean() - x.mean()), float(x.mean()), x.size + y.size
    if min(x.size, y.size) < 2:
        return Shift(mean, None, None, math.nan, centre, n, False, lost, note="fewer than two seeds a side")
    parts = [float(arm.var(ddof=1)) / arm.size for arm in (x, y)]
    if sum(parts) <= (_ROUNDING * float(np.abs(np.concatenate([x, y])).max())) ** 2:
        return Shift(mean, None, None, math.nan, centre, n, False, lost, note="no spread")
    freedom = sum(parts) ** 2 / sum(part**2 / (arm.size - 1) for part, arm in zip(parts, (x, y), strict=True))
    return _judged(mean, math.sqrt(sum(parts)), freedom, centre, n, False, lost)


def _judged(
    mean: float, error: float, freedom: float, before: float, n: int, paired: bool, lost: int
) -> Shift:
    """The t test and its interval."""
    p = float(2 * stats.t.sf(abs(mean) / error, freedom))
    half = float(stats.t.ppf((1 + LEVEL) / 2, freedom)) * error
    return Shift(mean, mean - half, mean + half, p, before, n, paired, lost, error, freedom)


def drift(before: pd.Series, after: pd.Series) -> Shift:
    """Compare two stretches of runs, one value per run: Student's t with pooled variance, n - 2 degrees.

    For what a whole run shares (its clock): seeds of one job are no replicates of it. Under "nothing has
    changed" all runs are alike, so the variance may be pooled, and one run can be held against many.
    """
    x, y = (series.to_numpy(dtype=float) for series in (before, after))
    mean, centre, n = float(y.mean() - x.mean()), float(x.mean()), x.size + y.size
    if n < 3:
        return Shift(mean, None, None, math.nan, centre, n, False, note="fewer than three runs")
    pooled = float(((x - x.mean()) ** 2).sum() + ((y - y.mean()) ** 2).sum()) / (n - 2)
    if pooled <= (_ROUNDING * float(np.abs(np.concatenate([x, y])).max())) ** 2:
        note = "no spread" if mean else _SAME
        return Shift(mean, None, None, math.nan if mean else 1.0, centre, n, False, note=note)
    return _judged(mean, math.sqrt(pooled * (1 / x.size + 1 / y.size)), n - 2, centre, n, False, 0)


def holm(values: list[float]) -> list[float]:
    """Holm's adjusted p values (1979), in the order given; NaN takes no part and stays."""
    known = sorted((p, k) for k, p in enumerate(values) if not math.isnan(p))
    adjusted, worst = list(values), 0.0
    for rank, (p, k) in enumerate(known):
        worst = max(worst, min(1.0, p * (len(known) - rank)))
        adjusted[k] = worst
    return adjusted
