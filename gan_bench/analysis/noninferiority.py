"""Non-inferiority of a run to its base: pass, regression, or inconclusive and how many seeds would tell.

d = harm of the new run minus that of the base (analysis.harm), margin Delta > 0. With one-sided 95 % bounds
of mean d: PASS where the upper one is at most Delta, REGRESSION where the lower one exceeds it, INCONCLUSIVE
else (Wellek 2010, ch. 2). Paired on the seeds that both runs have, t with n - 1 degrees of freedom; Welch's
test with Satterthwaite's only where the seeds differ. Where all values are the same bits nothing has changed:
PASS. A diverged seed has infinite harm: one that the base lacks never passes, and is a regression where
Fisher's exact one-sided p is below 5 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import pandas as pd
from scipy import stats

from gan_bench.analysis.estimates import Arms, Estimate, combined
from gan_bench.analysis.power import fewest
from gan_bench.analysis.shifts import holm

LEVEL = 0.05


class Verdict(StrEnum):
    """What the gate says of one comparison."""

    PASS = "pass"  # noqa: S105
    REGRESSION = "regression"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Judged:
    """A verdict with what it rests on.

    mean, low, high: of d, with one-sided 95 % bounds; NaN where there is none; margin on the same scale;
    p: one-sided, of d <= margin, or Fisher's of the divergences where smaller, NaN where bits are identical;
    n: seeds; spreads: as in `Estimate`; diverged: seeds that diverged (base, new); note: a qualifier or the
    reason, in words.
    """

    verdict: Verdict
    mean: float
    low: float
    high: float
    margin: float
    p: float
    n: int
    paired: bool
    spreads: tuple[float, ...] = ()
    diverged: tuple[int, int] = (0, 0)
    note: str = ""

    @cached_property
    def needed(self) -> int | None:
        """Seeds that resolve the margin at the measured spread; where they are there, that tell d from it.

        80 % power, one-sided 5 %. None where it is resolved, where it cannot be said, and beyond power.MOST.
        """
        spreads = [spread for spread in self.spreads if spread > 0]
        if self.verdict is not Verdict.INCONCLUSIVE or not spreads or not self.margin > 0:
            return None
        enough = fewest(self.margin, spreads, sides=1)
        away = abs(self.mean - self.margin)
        if enough is not None and enough <= self.n and away > 1e-12 * self.margin:
            return fewest(away, spreads, sides=1)
        return enough


def non_inferior(base: pd.Series, new: pd.Series, margin: float) -> Judged:
    """Judge one cell: harm by seed of both runs, +inf where a seed diverged; margin above 0 on that scale."""
    return aggregate([Arms(base, new)], margin)


def aggregate(cells: Sequence[Arms], margin: float) -> Judged:
    """Judge the mean of d over cells, the seed being the unit (see `estimates.combined`)."""
    whole = combined(cells)
    diverged = (whole.diverged.base, whole.diverged.new)
    if whole.identical:
        note = "identical bits" if whole.n else "every seed diverges, as in the base"
        return Judged(Verdict.PASS, 0.0, 0.0, 0.0, margin, math.nan, whole.n, True, (), diverged, note)
    low, high = _bounds(whole)
    p = min(_p_harmless(whole, margin), _p_fisher(whole))
    verdict, note = _verdict(whole, low, high, margin, p)
    if whole.left_out:
        some = f"{whole.left_out} cell{'s' * (whole.left_out > 1)} left out, for want of seeds to judge by"
        note = "; ".join(filter(None, (note, some)))
        verdict = Verdict.INCONCLUSIVE if verdict is Verdict.PASS else verdict
    return Judged(
        verdict, whole.mean, low, high, margin, p, whole.n, whole.paired, whole.spreads, diverged, note
    )


def family(judged: Sequence[Judged]) -> list[Judged]:
    """Correct many comparisons by Holm's procedure (1979): 5 % of a false regression among all of them.

    One that is a regression only by itself becomes inconclusive, and suspect. Identical bits cannot raise a
    false alarm and take no part.
    """
    adjusted = holm([one.p for one in judged])
    tests = sum(not math.isnan(one.p) for one in judged)
    weak = f"suspect: beyond the margin by itself, but not as one of {tests} comparisons (Holm)"
    return [
        replace(one, verdict=Verdict.INCONCLUSIVE, note=weak)
        if one.verdict is Verdict.REGRESSION and not p < LEVEL
        else one
        for one, p in zip(judged, adjusted, strict=True)
    ]


def _verdict(whole: Estimate, low: float, high: float, margin: float, p: float) -> tuple[Verdict, str]:
    newly = whole.diverged.newly
    lost = f"{newly} more seed{'s' if newly > 1 else ''} diverged than in the base"
    if p < LEVEL:
        return Verdict.REGRESSION, lost if newly else ""
    if newly:
        return Verdict.INCONCLUSIVE, lost
    if math.isnan(whole.mean):
        return Verdict.INCONCLUSIVE, "no seed has a value in both runs"
    if math.isnan(high):
        return Verdict.INCONCLUSIVE, "one seed has no spread" if whole.n == 1 else "too few seeds for a bound"
    if high <= margin:
        return Verdict.PASS, "worse, within the margin" if low > 0 else ""
    return Verdict.INCONCLUSIVE, "suspect" if low > 0 and whole.mean > margin else ""


def _bounds(whole: Estimate) -> tuple[float, float]:
    """One-sided 95 % bounds; where all seeds moved by the very same, that move: it has no noise."""
    if whole.error == 0:
        return whole.mean, whole.mean
    half = float(stats.t.ppf(1 - LEVEL, whole.freedom)) * whole.error
    return whole.mean - half, whole.mean + half


def _p_harmless(whole: Estimate, margin: float) -> float:
    if whole.error == 0:
        return 0.0 if whole.mean > margin else 1.0
    if math.isnan(whole.error):
        return 1.0
    return float(stats.t.sf((whole.mean - margin) / whole.error, whole.freedom))


def _p_fisher(whole: Estimate) -> float:
    """One-sided p of "seeds diverge no more often than in the base"."""
    lost = whole.diverged
    table = [[lost.new, lost.of_new - lost.new], [lost.base, lost.of_base - lost.base]]
    return float(stats.fisher_exact(table, alternative="greater").pvalue) if lost.new else 1.0
