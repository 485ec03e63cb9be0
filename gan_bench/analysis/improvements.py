"""Whether one method is better than another: how often its seeds end nearer, the interval, the exact test."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import optimize, stats

from gan_bench.analysis.intervals import LEVEL
from gan_bench.analysis.permutation import Stratum, exact_p, smallest_p

ALPHA = 0.05
_NEAR = 1e-9
_Z = float(stats.norm.ppf((1 + LEVEL) / 2))


@dataclass(frozen=True)
class Improvement:
    """P(A > B): how often a seed of A scores above one of B, ties one half, mean over data sets.

    low, high: its 95 % interval, None with the reason in note; p: two-sided, of the exact stratified
    Mann-Whitney test that seeds of both are alike; smallest_p: the p of complete separation at as many seeds.
    """

    probability: float
    low: float | None
    high: float | None
    p: float
    smallest_p: float
    note: str = ""

    @property
    def better(self) -> bool:
        """True where A is better than B: the interval lies above one half and p is below .05."""
        return self.low is not None and self.low > 0.5 and self.p < ALPHA

    @property
    def tellable(self) -> bool:
        """Whether so few seeds could tell at all; 3 against 3 on one data set never reach p < .05."""
        return self.smallest_p < ALPHA

    @property
    def reverse(self) -> Improvement:
        """The same comparison seen from B."""
        low, high = (None if end is None else 1 - end for end in (self.high, self.low))
        return replace(self, probability=1 - self.probability, low=low, high=high)


def improvement(first: Sequence[np.ndarray], second: Sequence[np.ndarray]) -> Improvement:
    """Compare two methods by their scores, higher better: one array of seeds per data set and method.

    A diverged seed is -inf. P(A > B) = mean over data sets of U / (n m). Raises ValueError for NaN, for a
    data set without seeds and where the data sets are not the same number.

    The two methods count as independent samples: that they share seeds makes the test cautious at most
    where good seeds of one are good seeds of the other.
    """
    strata = [Stratum.of(x, y) for x, y in zip(first, second, strict=True)]
    smallest = smallest_p([(s.n, s.m) for s in strata])
    share = sum(s.share for s in strata) / len(strata)
    p = exact_p(strata)
    if min(min(s.n, s.m) for s in strata) < 2:
        return Improvement(share, None, None, p, smallest, "one seed, no interval")
    variance = _Variance.of(strata)
    low, high = _score_interval(share, variance, _inflation(share, variance, first, second))
    if p >= ALPHA:
        # The test is exact, the interval is not: what the one does not reject the other may not leave out.
        low, high = min(low, 0.5), max(high, 0.5)
    note = "" if smallest < ALPHA else "needs 4 seeds a side"
    return Improvement(share, low, high, p, smallest, note)


def _score_interval(share: float, variance: _Variance, inflation: float) -> tuple[float, float]:
    """Newcombe's score interval of U / (n m) (2006, method 5), for a mean over strata: low, high in [0, 1].

    All theta with |share - theta| <= z sqrt(inflation V(theta)). Unlike resampling it has a width where one
    method is better in every pair, which is where it matters most.
    """

    def beyond(theta: float) -> float:
        return abs(share - theta) - _Z * math.sqrt(inflation * variance(theta))

    # At 0 and 1 the variance vanishes, so that they solve the equation too, but are not the end.
    low = 0.0 if share == 0 else float(optimize.brentq(beyond, 0.0, min(share, 1 - _NEAR)))
    high = 1.0 if share == 1 else float(optimize.brentq(beyond, max(share, _NEAR), 1.0))
    return low, high


@dataclass(frozen=True)
class _Variance:
    """Variance of the mean share where it is theta on every data set (Hanley and McNeil 1982, eq. 1).

    Their exponential model, with both sizes' mean in place of each (Newcombe 2006): theta (1 - theta) times
    plain + shared ((1 - theta) / (2 - theta) + theta / (1 + theta)). It is concave in theta, so shares that
    differ by data set about the same mean have less.
    """

    plain: float
    shared: float

    @classmethod
    def of(cls, strata: Sequence[Stratum]) -> _Variance:
        pairs = [1 / (s.n * s.m * len(strata) ** 2) for s in strata]
        larger = ((s.n + s.m) / 2 - 1 for s in strata)
        return cls(sum(pairs), sum(a * b for a, b in zip(larger, pairs, strict=True)))

    def __call__(self, theta: float) -> float:
        terms = (1 - theta) / (2 - theta) + theta / (1 + theta)
        return theta * (1 - theta) * (self.plain + self.shared * terms)


def _inflation(
    share: float, variance: _Variance, first: Sequence[np.ndarray], second: Sequence[np.ndarray]
) -> float:
    """How many times the model's variance the measured one is, at least 1 (unequal spreads: up to 1.5).

    Measured from placements, how much of the other sample each value beats (DeLong et al. 1988).
    """
    if share in (0.0, 1.0):
        return 1.0
    measured = 0.0
    for x, y in zip(first, second, strict=True):
        wins = np.greater.outer(x, y) + 0.5 * np.equal.outer(x, y)
        measured += sum(float(wins.mean(axis=k).var(ddof=1)) / wins.shape[1 - k] for k in (0, 1))
    return max(1.0, measured / len(first) ** 2 / variance(share))
