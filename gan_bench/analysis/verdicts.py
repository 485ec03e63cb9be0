"""Verdicts on claims: parts with a margin and an interval each, and one rule for all of them.

A part is confirmed where its 95 % interval lies wholly beyond its margin, and contradicted where the interval
lies wholly beyond the margin of its negation, with Holm's correction over the parts of a claim. A claim is
confirmed when every part is, refuted when some part is contradicted, and inconclusive else. "About the
same" is an equivalence: the 90 % interval inside a band (two one-sided tests at 5 %). What needs no seeds has
a tolerance only, and no place in Holm's correction. Seeds are the unit: one value per seed, never per sample.
Where a t interval means nothing (infinite values, values without spread) the exact sign test decides.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from scipy import stats

from gan_bench.analysis.intervals import LEVEL, Interval, t_interval

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
    note: what else a reader must know (seeds lost, why it was not tested); exact: needs no seeds.
    """

    statement: str
    interval: Interval
    holds: bool
    against: float
    unit: str = ""
    note: str = ""
    exact: bool = False

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
    """Return which parts are refuted: exact ones by tolerance, the others by Holm's procedure (1979)."""
    random = [k for k, part in enumerate(parts) if part.tested and not part.exact]
    order = sorted(random, key=lambda k: parts[k].against)
    found = [part.exact and part.tested and not part.holds for part in parts]
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
        return untested(statement, nobody(planned), unit)
    above, below = _p_above(x, low), 1 - _p_above(x, high)
    against = min(1 - above, 1 - below)
    holds = max(above, below) <= _EQUIVALENCE_SIDE
    return _part(statement, x, holds, against, planned, unit, level=1 - 2 * _EQUIVALENCE_SIDE)


def exactly(statement: str, value: float, target: float, tolerance: float, *, unit: str = "") -> Part:
    """A number that needs no seeds: within an absolute tolerance of its target, or refuted."""
    holds = abs(value - target) <= tolerance
    against = 1.0 if holds else 0.0
    return Part(statement, Interval(value, None, None, 1, "exact"), holds, against, unit, exact=True)


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
        return untested(statement, nobody(planned), unit)
    holds = _p_above(sign * x, sign * margin) <= _SIDE
    against = 1 - _p_above(sign * x, sign * (margin if negation is None else negation))
    return _part(statement, x, holds, against, planned, unit)


def _p_above(x: np.ndarray, margin: float) -> float:
    """One-sided p value of "the mean is at most the margin": small where x lies above it.

    One value, or one that is not a number, says nothing.
    """
    if x.size == 1 or np.isnan(x).any():
        return 0.5
    if not np.isfinite(x).all():
        return _sign_test(x, margin)
    spread = x.std(ddof=1) / math.sqrt(x.size)
    if spread <= 1e-12 * max(np.abs(x).max(), abs(margin)):
        return _sign_test(x, margin)
    return float(stats.t.sf((x.mean() - margin) / spread, x.size - 1))


def _sign_test(x: np.ndarray, margin: float) -> float:
    """One-sided p value of the exact sign test where all values are on one side, undecided else."""
    if (x > margin).all():
        return float(0.5**x.size)
    return float(1 - 0.5**x.size) if (x < margin).all() else 0.5


def _part(
    statement: str,
    x: np.ndarray,
    holds: bool,
    against: float,
    planned: int | None,
    unit: str,
    level: float = LEVEL,
) -> Part:
    """Lost seeds are no evidence for a claim: it cannot be confirmed without them."""
    lost = lost_seeds(x.size, planned)
    if np.isfinite(x).all():
        interval = t_interval(x, level=level)
        # Means of shares are told by t, as their margins are; what lies beyond a share is cut off.
        interval = interval.within(0.0, 1.0) if unit == "share" else interval
    else:
        interval = Interval(float(np.median(x)), None, None, x.size, "median; not all finite, no interval")
    other = f"{level:.0%} interval" if level != LEVEL and interval.known else ""
    note = ", ".join(filter(None, (other, lost)))
    return Part(statement, interval, bool(holds) and not lost, float(against), unit, note)


def lost_seeds(n: int, planned: int | None) -> str:
    """Say how many of the planned seeds have a value; nothing where all have."""
    return "" if planned is None or n >= planned else f"{n} of {planned} seeds"


def nobody(planned: int | None) -> str:
    """Say that no seed has a value."""
    return f"none of {planned} seeds has a value" if planned else "no seed has a value"
