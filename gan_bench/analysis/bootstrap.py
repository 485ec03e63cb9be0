"""Stratified bootstrap with expanded percentiles: intervals of any statistic over seeds of several data sets.

Seeds are drawn anew inside each data set, so the interval is about other seeds on the same data sets. Plain
percentiles are too narrow for few seeds: they cover 84 % instead of 95 % at five (Hesterberg 2015, sec. 4).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
from scipy import stats

from gan_bench.analysis.intervals import LEVEL, Interval

REPLICATES = 10_000
SEED = 20_150_523

# (..., N) -> (...): a statistic of the seeds of all data sets together.
Statistic = Callable[[np.ndarray], np.ndarray]
# (N,) -> (N,): what each seed moves the statistic by, up to a constant and a factor.
Influence = Callable[[np.ndarray], np.ndarray]


def stratified_interval(
    strata: Sequence[np.ndarray],
    statistic: Statistic,
    influence: Influence,
    *,
    seed: int = SEED,
    replicates: int = REPLICATES,
    level: float = LEVEL,
) -> Interval:
    """Return a statistic of all seeds with its interval; strata: the seeds of each data set, (n_k,).

    The ends are the replicates' quantiles at Phi(-+ f t_nu), with f and nu of `expansion`. Where even the
    most extreme replicate is not as far out as that (three seeds on one or two data sets), the quantile does
    not exist and the ends are centre -+ f t_nu times the replicates' standard deviation: for a mean,
    Student's t with the data sets' variances pooled by Satterthwaite. Infinite scores are ordered as such and
    may be an end. One seed on a data set or no spread: no interval, and a note. Raises ValueError for NaN and
    for a data set without seeds.
    """
    parts = [np.asarray(part, dtype=float) for part in strata]
    sizes = tuple(part.size for part in parts)
    pooled = np.concatenate(parts)
    if not all(sizes) or np.isnan(pooled).any():
        raise ValueError("a bootstrap needs seeds on every data set, infinite where one diverged")
    centre = float(statistic(pooled))
    if min(sizes) == 1:
        return Interval(centre, None, None, pooled.size, "one seed, no interval")
    drawn = np.sort(statistic(pooled[draws(sizes, seed, replicates)]))
    # Equal infinities have no difference to take.
    if drawn[0] == drawn[-1] or drawn[-1] - drawn[0] <= 1e-12 * np.abs(drawn[[0, -1]]).max() < math.inf:
        return Interval(centre, None, None, pooled.size, "no spread, no interval")
    factor, freedom = expansion(np.split(influence(pooled), np.cumsum(sizes)[:-1]))
    reach = factor * float(stats.t.ppf((1 + level) / 2, freedom))
    return Interval(centre, *_ends(centre, drawn, reach), pooled.size)


def expansion(influences: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return the factor f and the degrees of freedom nu of expanded percentiles; each part (n_k,), n_k >= 2.

    With v_k = n_k s_k^2: nu = (sum v)^2 / sum(v^2 / (n_k - 1)) (Satterthwaite 1946), and f^2 = sum v over
    sum(v (n_k - 1) / n_k), which is n / (n - 1) for n seeds each: what resampling lacks of the variance. s_k
    is that of each seed's influence on the statistic: of data sets that are trimmed away nothing counts.
    Infinite influences outweigh all finite ones. Without any spread nu is that of the smallest data set.
    """
    parts = [np.asarray(part, dtype=float) for part in influences]
    if not all(np.isfinite(part).all() for part in parts):
        parts = [np.isinf(part).astype(float) for part in parts]
    n = np.array([part.size for part in parts], dtype=float)
    v = n * np.array([part.var(ddof=1) for part in parts])
    if not v.any():
        v = np.where(n == n.min(), 1.0, 0.0)
        v[np.argmin(n) + 1 :] = 0.0
    v = v / v.max()  # squares of tiny variances would vanish
    freedom = float(v.sum() ** 2 / (v**2 / (n - 1)).sum())
    return math.sqrt(float(v.sum() / (v * (n - 1) / n).sum())), freedom


@lru_cache(maxsize=8)
def draws(sizes: tuple[int, ...], seed: int, replicates: int) -> np.ndarray:
    """Indices into the pooled seeds, (replicates, N): each data set's places hold draws of its own seeds."""
    generator = np.random.default_rng(seed)
    starts = np.cumsum((0, *sizes[:-1]))
    found = np.concatenate(
        [
            start + generator.integers(size, size=(replicates, size))
            for start, size in zip(starts, sizes, strict=True)
        ],
        axis=1,
    )
    found.setflags(write=False)
    return found


def _ends(centre: float, drawn: np.ndarray, reach: float) -> tuple[float, float]:
    """Ends from sorted replicates, `reach` standard errors of a normal statistic away."""
    k = int(float(stats.norm.cdf(-reach)) * drawn.size)
    low, high = float(drawn[k]), float(drawn[-1 - k])
    if np.isfinite(drawn).all() and (low == drawn[0] or high == drawn[-1]):
        half = reach * float(drawn.std())
        return centre - half, centre + half
    return low, high
