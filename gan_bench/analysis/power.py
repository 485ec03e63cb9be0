"""How many seeds tell two methods apart, taking the measured difference and spread for the true ones.

Exact power of Student's t test (noncentral t; Cohen 1988, ch. 2). A number to plan a run by, never a verdict:
the difference that it starts from is itself measured on few seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from gan_bench.metrics.descriptor import Scale

POWER, LEVEL = 0.8, 0.05
# More than anybody trains: beyond it the answer is that the two are alike.
MOST = 10_000


@dataclass(frozen=True)
class Needed:
    """Seeds per method at 80 % power, two-sided 5 %; None where it cannot be said, and the reason why."""

    seeds: int | None
    reason: str = ""


def seeds_needed(ours: pd.Series, theirs: pd.Series, scale: Scale) -> Needed:
    """Return how many seeds per method tell two methods apart; each a series of one metric's values by seed.

    scale is the one on which the metric is additive: differences are those of logarithms, logits or values.
    Paired on the seeds that both have, where these are at least two; else two independent arms, with Welch's
    degrees of freedom (Satterthwaite's approximation; exact for equal variances).
    """
    shared = ours.index.intersection(theirs.index)
    paired = len(shared) >= 2
    arms = [series.loc[shared] if paired else series for series in (ours, theirs)]
    values = [np.asarray(arm, dtype=float) for arm in arms]
    if min(len(one) for one in values) < 2:
        return Needed(None, "fewer than two seeds have no spread")
    if reason := _outside(np.concatenate(values), scale):
        return Needed(None, reason)
    mine, others = (_additive(one, scale) for one in values)
    difference = abs(float(mine.mean() - others.mean()))
    spreads = (
        [float((mine - others).std(ddof=1))] if paired else [float(x.std(ddof=1)) for x in (mine, others)]
    )
    # Both thresholds: what rounding leaves of equal numbers.
    rounding = 1e-12 * float(np.abs(np.concatenate([mine, others])).max())
    if difference <= rounding:
        return Needed(None, "the measured difference is zero")
    if max(spreads) <= rounding:
        return Needed(None, "the seeds have no spread")
    seeds = fewest(difference, spreads)
    return Needed(seeds, "" if seeds else f"alike: more than {MOST:,} seeds at the measured difference")


def fewest(difference: float, spreads: list[float], *, sides: int = 2) -> int | None:
    """Return the fewest seeds per method with at least 80 % power, None beyond MOST.

    difference: that of the means, above 0; spreads: the standard deviation of paired differences, or one for
    each of two independent arms; sides: 2, or 1 for a test in the direction of the difference.
    """

    def enough(n: int) -> bool:
        return power(n, difference, spreads, sides=sides) >= POWER

    return _first(enough, 2, MOST)


def power(n: int, difference: float, spreads: list[float], *, sides: int = 2) -> float:
    """Return the probability that n seeds per method show the difference at the 5 % level."""
    variances = [spread**2 for spread in spreads]
    freedom = (n - 1) * sum(variances) ** 2 / sum(variance**2 for variance in variances)
    shift = difference / math.sqrt(sum(variances) / n)
    critical = float(stats.t.isf(LEVEL / sides, freedom))
    if shift > 100 * critical:
        return 1.0  # where the noncentral t distribution runs out of range
    found = float(stats.nct.sf(critical, freedom, shift))
    # The other tail is at most P(Z < -shift): below 3e-7 there, where SciPy has no number for it.
    return found if sides == 1 or shift > 5 else found + float(stats.nct.cdf(-critical, freedom, shift))


def _first(holds: Callable[[int], bool], low: int, most: int) -> int | None:
    """The smallest number in [low, most] from which a property holds on, None where it holds nowhere."""
    high = low
    while not holds(high):
        if high == most:
            return None
        low, high = high + 1, min(2 * high, most)
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _outside(x: np.ndarray, scale: Scale) -> str:
    """Why a value has no place on the scale, or nothing."""
    if not np.isfinite(x).all():
        return "a seed has no finite value"
    if scale == "log" and (x <= 0).any():
        return "a value is not positive"
    if scale == "logit" and ((x <= 0) | (x >= 1)).any():
        return "a share of 0 or 1 has no logit"
    return ""


def _additive(x: np.ndarray, scale: Scale) -> np.ndarray:
    if scale == "log":
        return np.log(x)
    return np.log(x / (1 - x)) if scale == "logit" else x
