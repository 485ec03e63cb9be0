"""The exact distribution of the Mann-Whitney statistic, one stratum or several, ties and infinities included.

Every way to share out the pooled values of a stratum between two samples is equally likely under "no
difference" (Mann and Whitney 1947); strata are independent, so their distributions are convolved.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from scipy import stats

# Points of the convolved distribution beyond which the normal approximation takes over: samples are large.
MOST_POINTS = 500_000
# Seeds a side up to which the distribution of one stratum is enumerated.
MOST_SEEDS = 50


@dataclass(frozen=True)
class Stratum:
    """One data set: doubled U of the first sample (2 for a value above another, 1 for a tie) and the sizes.

    ties: sizes of the groups of equal values in the pool, ascending by value.
    """

    doubled: int
    n: int
    m: int
    ties: tuple[int, ...]

    @classmethod
    def of(cls, first: np.ndarray, second: np.ndarray) -> Stratum:
        """Compare two samples, (n,) and (m,); infinite values rank as such, NaN raises ValueError."""
        x, y = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
        if not x.size or not y.size or np.isnan(x).any() or np.isnan(y).any():
            raise ValueError("a comparison needs values on both sides, infinite where a seed diverged")
        above, equal = (x[:, None] > y).sum(), (x[:, None] == y).sum()
        _, counts = np.unique(np.concatenate([x, y]), return_counts=True)
        return cls(int(2 * above + equal), x.size, y.size, tuple(map(int, counts)))

    @property
    def share(self) -> float:
        """U / (n m): how often a value of the first sample lies above one of the second, ties one half."""
        return self.doubled / (2 * self.n * self.m)

    @property
    def null_variance(self) -> float:
        """Variance of `share` over all ways to share out the pool, corrected for ties (Lehmann 1975, 1.4)."""
        total = self.n + self.m
        tied = sum(t**3 - t for t in self.ties)
        spread = total + 1 - tied / (total * (total - 1))
        return spread / (12 * self.n * self.m)


def exact_p(strata: Sequence[Stratum]) -> float:
    """Two-sided p of the mean over strata of U / (n m) = 1/2: the probability of lying as far from it.

    Exact up to 50 seeds a side and half a million points of the distribution, beyond that the normal
    approximation with the variance corrected for ties. For one stratum without ties it is SciPy's
    `mannwhitneyu(method="exact")`.
    """
    # The strata's distributions on one lattice: steps of 1 / (2 n m), scaled to their common multiple.
    common = math.lcm(*(2 * s.n * s.m for s in strata))
    if max(max(s.n, s.m) for s in strata) > MOST_SEEDS or len(strata) * common >= MOST_POINTS:
        return _normal_p(strata)
    whole = _together(tuple(sorted((s.n, s.m, s.ties) for s in strata)), common)
    # Of the doubled distance from 1/2, so that everything stays whole.
    far = np.abs(2 * np.arange(whole.size) - len(strata) * common)
    place = sum(s.doubled * (common // (2 * s.n * s.m)) for s in strata)
    return min(float(whole[far >= abs(2 * place - len(strata) * common)].sum()), 1.0)


def smallest_p(sizes: Sequence[tuple[int, int]]) -> float:
    """Return the p of complete separation in all strata, sizes (n, m) each: no smaller one is possible."""
    return min(2.0 / math.prod(math.comb(n + m, n) for n, m in sizes), 1.0)


@lru_cache(maxsize=256)
def null(n: int, m: int, ties: tuple[int, ...]) -> np.ndarray:
    """Probabilities of doubled U = 0 ... 2 n m where n of the pooled values are drawn, (2 n m + 1,).

    Groups of equal values, of the sizes `ties`, are passed from low to high: taking k of a group of t wins
    2 k against each value below that was not taken and k against each of its own that is not.
    """
    # ways[a, u]: number of ways to have taken a values so far with a doubled U of u; exact in 53 bits, or
    # rounded relative to its own size.
    ways = np.zeros((n + 1, 2 * n * m + 1))
    ways[0, 0] = 1
    below = 0
    for t in ties:
        after = np.zeros_like(ways)
        for taken in range(min(n, below) + 1):
            for k in range(min(t, n - taken) + 1):
                gain = 2 * k * (below - taken) + k * (t - k)
                if below - taken + t - k <= m:
                    after[taken + k, gain:] += math.comb(t, k) * ways[taken, : ways.shape[1] - gain]
        ways, below = after, below + t
    found: np.ndarray = ways[n] / ways[n].sum()
    found.setflags(write=False)
    return found


@lru_cache(maxsize=256)
def _together(kinds: tuple[tuple[int, int, tuple[int, ...]], ...], common: int) -> np.ndarray:
    """Probabilities of the sum over strata (n, m, ties) of doubled U / (2 n m), in steps of 1 / common."""
    whole = np.ones(1)
    for n, m, ties in kinds:
        one, step = null(n, m, ties), common // (2 * n * m)
        # Point by point: between them lie step - 1 zeros each, which a plain convolution would multiply too.
        longer = np.zeros(whole.size + step * (one.size - 1))
        for k in np.flatnonzero(one):
            longer[k * step : k * step + whole.size] += one[k] * whole
        whole = longer
    whole.setflags(write=False)
    return whole


def _normal_p(strata: Sequence[Stratum]) -> float:
    error = math.sqrt(sum(s.null_variance for s in strata)) / len(strata)
    if error == 0:
        return 1.0
    distance = sum(s.share for s in strata) / len(strata) - 0.5
    return float(2 * stats.norm.sf(abs(distance) / error))
