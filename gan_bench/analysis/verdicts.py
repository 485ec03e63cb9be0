"""Verdicts on claims: parts with a margin and an interval each, and one rule for all of them.

A part is confirmed where its 95 % interval lies wholly beyond its margin, and contradicted where the interval
lies wholly beyond the margin of its negation, with Holm's correction over the parts of a claim. A claim is
confirmed when every part is, refuted when some part is contradicted, and inconclusive else. "About the
same" is an equivalence: the 90 % interval inside a band (two one-sided tests at 5 %). What needs no seeds has
a tolerance only. Seeds are the unit: one value per seed, never per sample.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from gan_bench.analysis.intervals import Interval, t_interval, wilson

# One side of a 95 % interval, and of the 90 % interval of an equivalence.
_SIDE, _EQUIVALENCE_SIDE = 0.025, 0.05


class Verdict(StrEnum):
    """What a run says of a claim."""

    CONFIRMED = "confirmed"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    NOT_TESTED = "not tested"


@dataclass(frozen=True)
class Part:
    """One number that a claim speaks of.

    statement: what is asked of it, margin included; interval: the estimate; holds: the part is confirmed;
    against: one-sided p value of the evidence for its negation, NaN where the part was not tested;
    note: what else a reader must know (seeds lost, why it was not tested).
    """

    statement: str
    interval: Interval
    holds: bool
    against: float
    unit: str = ""
    note: str = ""

    @property
    def tested(self) -> bool:
        """False where nothing could be judged."""
        return not math.isnan(self.against)


@dataclass(frozen=True)
class Evidence:
    """What one experiment says of one claim: its number in the list, its parts, the figure that shows it.

    figure is the name of a gan_bench.analysis.figure.Figure of the same experiment; remark one or two
    sentences that say why, shown with the verdict.
    """

    claim: str
    parts: tuple[Part, ...]
    figure: str = ""
    remark: str = ""


def verdict(parts: Sequence[Part]) -> Verdict:
    """Return the verdict of a claim from all of its parts."""
    tested = [part for part in parts if part.tested]
    if not tested:
        return Verdict.NOT_TESTED
    if any(contradicted(parts)):
        return Verdict.REFUTED
    return Verdict.CONFIRMED if all(part.holds for part in parts) else Verdict.INCONCLUSIVE


def contradicted(parts: Sequence[Part]) -> list[bool]:
    """Return which parts are refuted, by Holm's step-down procedure over those tested (Holm 1979)."""
    order = sorted((k for k, part in enumerate(parts) if part.tested), key=lambda k: parts[k].against)
    found = [False] * len(parts)
    for rank, k in enumerate(order):
        if parts[k].against > _SIDE / (len(order) - rank):
            break
        found[k] = True
    return found


def verdict_of_part(part: Part, is_contradicted: bool) -> Verdict:
    """Return the verdict of one part, with what `contradicted` says of it."""
    if not part.tested:
        return Verdict.NOT_TESTED
    if is_contradicted:
        return Verdict.REFUTED
    return Verdict.CONFIRMED if part.holds else Verdict.INCONCLUSIVE


def at_least(
    statement: str,
    values: Sequence[float] | np.ndarray,
    margin: float,
    *,
    refuted_below: float | None = None,
    planned: int | None = None,
    unit: str = "",
) -> Part:
    """One value per seed; the claim is that their mean exceeds the margin.

    The negation is that the mean lies below `refuted_below` (the margin itself unless given).
    Fewer values than `planned` seeds: the rest did not get there, and the part is not judged as confirmed.
    """
    return _one_sided(statement, values, margin, refuted_below, planned, unit, sign=1)


def at_most(
    statement: str,
    values: Sequence[float] | np.ndarray,
    margin: float,
    *,
    refuted_above: float | None = None,
    planned: int | None = None,
    unit: str = "",
) -> Part:
    """As `at_least`, for a mean that the claim puts below the margin."""
    return _one_sided(statement, values, margin, refuted_above, planned, unit, sign=-1)


def within(
    statement: str,
    values: Sequence[float] | np.ndarray,
    low: float,
    high: float,
    *,
    planned: int | None = None,
    unit: str = "",
) -> Part:
    """One value per seed; the claim is that their mean lies in [low, high]: two one-sided tests."""
    x = np.asarray(values, dtype=float)
    if x.size == 0:
        return untested(statement, "no seed has a value", unit)
    above, below = _p_above(x, low), 1 - _p_above(x, high)
    against = min(1 - above, 1 - below)
    holds = max(above, below) <= _EQUIVALENCE_SIDE
    return _part(statement, x, holds, against, planned, unit)


def exactly(statement: str, value: float, target: float, tolerance: float, *, unit: str = "") -> Part:
    """A number that needs no seeds: within an absolute tolerance of its target, or refuted."""
    holds = abs(value - target) <= tolerance
    return Part(statement, Interval(value, None, None, 1, "exact"), holds, 1.0 if holds else 0.0, unit)


def share_at_least(statement: str, successes: int, n: int, margin: float, *, unit: str = "") -> Part:
    """A share of n seeds, with Wilson's interval; the claim is that it exceeds the margin, in (0, 1)."""
    if not 0 < margin < 1:
        raise ValueError(f"a margin of a share lies in (0, 1), not {margin}")
    if n == 0:
        return untested(statement, "no seed", unit)
    low, high = wilson(successes, n)
    # The score test that Wilson's interval inverts.
    z = (successes / n - margin) / math.sqrt(margin * (1 - margin) / n)
    return Part(
        statement, Interval(successes / n, low, high, n), low > margin, float(stats.norm.cdf(z)), unit
    )


def share_difference_at_least(
    statement: str, first: tuple[int, int], second: tuple[int, int], margin: float, *, unit: str = ""
) -> Part:
    """Difference of two independent shares (successes, n), with Newcombe's interval (1998, method 10)."""
    if not first[1] or not second[1]:
        return untested(statement, "no seed", unit)
    low, high = newcombe(first, second)
    centre = first[0] / first[1] - second[0] / second[1]
    interval = Interval(centre, low, high, min(first[1], second[1]))
    return Part(statement, interval, low > margin, _newcombe_p(first, second, margin), unit)


def newcombe(first: tuple[int, int], second: tuple[int, int], level: float = 0.95) -> tuple[float, float]:
    """Interval of p1 - p2 from two Wilson intervals (Newcombe 1998, method 10), within [-1, 1]."""
    (p1, p2) = (k / n for k, n in (first, second))
    (low1, high1), (low2, high2) = (wilson(k, n, level) for k, n in (first, second))
    d = p1 - p2
    return d - math.hypot(p1 - low1, high2 - p2), d + math.hypot(high1 - p1, p2 - low2)


def untested(statement: str, why: str, unit: str = "") -> Part:
    """A part that nothing can be said of: a method is absent, a condition is not met."""
    return Part(statement, Interval(math.nan, None, None, 0, why), False, math.nan, unit, why)


def _one_sided(
    statement: str,
    values: Sequence[float] | np.ndarray,
    margin: float,
    negation: float | None,
    planned: int | None,
    unit: str,
    sign: int,
) -> Part:
    x = np.asarray(values, dtype=float)
    if x.size == 0:
        return untested(statement, "no seed has a value", unit)
    holds = _p_above(sign * x, sign * margin) <= _SIDE
    against = 1 - _p_above(sign * x, sign * (margin if negation is None else negation))
    return _part(statement, x, holds, against, planned, unit)


def _p_above(x: np.ndarray, margin: float) -> float:
    """One-sided p value of "the mean is at most the margin": small where x lies above it.

    Infinite values are decisive when all of them are on one side, and undecided else; so is one value.
    """
    if x.size == 1 or np.isnan(x).any():
        return 0.5
    if not np.isfinite(x).all():
        return 0.0 if (x > margin).all() else 1.0 if (x < margin).all() else 0.5
    spread = x.std(ddof=1) / math.sqrt(x.size)
    distance = float(x.mean() - margin)
    if spread <= 1e-12 * max(np.abs(x).max(), abs(margin)):
        return 0.0 if distance > 0 else 1.0 if distance < 0 else 0.5
    return float(stats.t.sf(distance / spread, x.size - 1))


def _part(statement: str, x: np.ndarray, holds: bool, against: float, planned: int | None, unit: str) -> Part:
    """Lost seeds are no evidence for a claim: it cannot be confirmed without them."""
    whole = planned is None or x.size >= planned
    note = "" if whole else f"{x.size} of {planned} seeds"
    finite = np.isfinite(x).all()
    interval = t_interval(x) if finite else Interval(float(np.median(x)), None, None, x.size, "not finite")
    return Part(statement, interval, bool(holds) and whole, float(against), unit, note)


def _newcombe_p(first: tuple[int, int], second: tuple[int, int], margin: float) -> float:
    """One-sided p value for "the difference is below the margin": the level whose interval ends there."""
    low, high = 1e-9, 1 - 1e-9
    for _ in range(60):
        level = (low + high) / 2
        if newcombe(first, second, level)[1] < margin:
            low = level
        else:
            high = level
    covered = (low + high) / 2
    below = first[0] / first[1] - second[0] / second[1] < margin
    return (1 - covered) / 2 if below else 1.0
