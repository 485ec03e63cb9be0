"""Every place where a stretch of runs may be split in two: how well it explains the values, and its p value.

All splits at once, (runs, seeds) -> one number per split: binary segmentation asks for them again and again.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from scipy import special, stats

# The share of the largest value below which a spread is what rounding leaves of none.
_ROUNDING = 1e-12


class Splits(NamedTuple):
    """Per split, (runs - 1,) each: earlier side's mean, later minus earlier, two-sided p of no difference."""

    before: np.ndarray
    difference: np.ndarray
    p: np.ndarray


def versions(values: np.ndarray) -> np.ndarray:
    """Number runs by what they measured, (runs, seeds) -> (runs,): the same number for the same bits.

    Identical code gives identical bits: between two runs with the same values nothing can have changed.
    """
    known: dict[bytes, int] = {}
    return np.array([known.setdefault(row.tobytes(), len(known)) for row in np.ascontiguousarray(values)])


def by_seeds(values: np.ndarray) -> Splits:
    """Every split with the seed as the unit, (runs, seeds).

    d_s = mean of seed s over the later runs minus its mean over the earlier ones (NaN: no value in that run).
    Student's paired t over the seeds that both sides have, two at least; else Welch's t test of the sides'
    seeds. Seeds are independent, so the test holds whatever binds a seed's values of different runs. Where
    all d_s are equal the exact sign test stands in; where all are 0, p = 1.
    """
    earlier, later = _side_means(values)
    d, tiny = later - earlier, _ROUNDING * _largest(values)
    known = np.isfinite(d)
    n = known.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(known, d, 0.0).sum(axis=1) / n
        before = np.where(known, earlier, 0.0).sum(axis=1) / n
        deviation = np.sqrt((np.where(known, d - mean[:, None], 0.0) ** 2).sum(axis=1) / (n - 1))
        p = 2 * special.stdtr(n - 1, -np.abs(mean) / (deviation / np.sqrt(n)))
    still = np.where(np.abs(mean) <= tiny, 1.0, np.minimum(1.0, 2 * 0.5**n))
    p = np.where(deviation <= tiny, still, p)
    for k in np.flatnonzero(n < 2):
        before[k], mean[k], p[k] = _welch(earlier[k], later[k])
    return Splits(before, mean, p)


def by_runs(values: np.ndarray) -> Splits:
    """Every split with the run as the unit, (runs, 1): Student's t with pooled variance, see shifts.drift."""
    x = values[:, 0]
    runs, k = len(x), np.arange(1, len(x))
    earlier, later = _side_means(values)
    mean = (later - earlier)[:, 0]
    if runs < 3:
        return Splits(earlier[:, 0], mean, np.full(runs - 1, math.nan))
    squares = np.array([((x[:i] - x[:i].mean()) ** 2).sum() + ((x[i:] - x[i:].mean()) ** 2).sum() for i in k])
    error = np.sqrt(squares / (runs - 2) * (1 / k + 1 / (runs - k)))
    with np.errstate(divide="ignore", invalid="ignore"):
        p = 2 * special.stdtr(runs - 2, -np.abs(mean) / error)
    return Splits(earlier[:, 0], mean, np.where(error <= _ROUNDING * _largest(values), math.nan, p))


def by_counts(values: np.ndarray, version: np.ndarray) -> Splits:
    """Every split of losses: 1 where a seed diverged, 0 where it did not; Fisher's exact test, two-sided.

    Runs of one version are one training, counted once a side: a history of unchanged runs is no evidence. A
    seed that diverges easily does so on both sides, which makes the test conservative.
    """
    earlier: list[float] = []
    later: list[float] = []
    p: list[float] = []
    for k in range(1, len(values)):
        sides = [counts(values[:k], version[:k]), counts(values[k:], version[k:])]
        for shares, (lost, kept) in zip((earlier, later), sides, strict=True):
            shares.append(lost / (lost + kept) if lost + kept else math.nan)
        p.append(float(stats.fisher_exact(sides).pvalue) if sides[0][0] + sides[1][0] else 1.0)
    return Splits(np.array(earlier), np.array(later) - np.array(earlier), np.array(p))


def counts(values: np.ndarray, version: np.ndarray) -> list[int]:
    """How many seeds diverged and how many did not, over the first run of each version."""
    once = values[np.unique(version, return_index=True)[1]]
    return [int((once == 1).sum()), int((once == 0).sum())]


def weights(runs: int) -> np.ndarray:
    """What makes a difference of two sides comparable between splits: sqrt(k (n - k) / n), (runs - 1,).

    The largest weighted difference is the split that leaves the least squares.
    """
    k = np.arange(1, runs)
    return np.sqrt(k * (runs - k) / runs)


def _side_means(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean of every seed over the runs before and after every split; NaN where it has no value there."""
    known = np.isfinite(values)
    sums, counts = np.cumsum(np.where(known, values, 0.0), axis=0), np.cumsum(known, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        return sums[:-1] / counts[:-1], (sums[-1] - sums[:-1]) / (counts[-1] - counts[:-1])


def _largest(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.abs(known).max()) if known.size else 0.0


def _welch(x: np.ndarray, y: np.ndarray) -> tuple[float, float, float]:
    x, y = x[np.isfinite(x)], y[np.isfinite(y)]
    if min(x.size, y.size) < 2 or x.var() + y.var() == 0:
        return math.nan, math.nan, math.nan
    p = float(stats.ttest_ind(x, y, equal_var=False).pvalue)
    return float(x.mean()), float(y.mean() - x.mean()), p
