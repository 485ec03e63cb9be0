"""Parts of claims about shares of seeds: Wilson's interval for one, Newcombe's for the difference of two."""

from __future__ import annotations

import math
from dataclasses import replace

from scipy import stats

from gan_bench.analysis.intervals import Interval, wilson
from gan_bench.analysis.verdicts import Part, lost_seeds, nobody, untested


def share_at_least(
    statement: str, successes: int, n: int, margin: float, *, planned: int | None = None, unit: str = ""
) -> Part:
    """A share of n seeds, with Wilson's interval; the claim is that it exceeds the margin, in (0, 1).

    Fewer than `planned` seeds: what the rest would have done is not known, and nothing is confirmed.
    """
    if not 0 < margin < 1:
        raise ValueError(f"a margin of a share lies in (0, 1), not {margin}")
    if n == 0:
        return untested(statement, nobody(planned), unit)
    low, high = wilson(successes, n)
    # The score test that Wilson's interval inverts.
    z = (successes / n - margin) / math.sqrt(margin * (1 - margin) / n)
    note = lost_seeds(n, planned)
    interval = Interval(successes / n, low, high, n)
    return Part(statement, interval, low > margin and not note, float(stats.norm.cdf(z)), unit, note)


def share_at_most(
    statement: str, successes: int, n: int, margin: float, *, planned: int | None = None, unit: str = ""
) -> Part:
    """As `share_at_least`, for a share that the claim puts below the margin."""
    part = share_at_least(statement, n - successes, n, 1 - margin, planned=planned, unit=unit)
    others = part.interval
    if others.low is None or others.high is None:
        return part
    return replace(part, interval=Interval(1 - others.centre, 1 - others.high, 1 - others.low, n))


def newcombe(first: tuple[int, int], second: tuple[int, int], level: float = 0.95) -> tuple[float, float]:
    """Interval of p1 - p2 from two Wilson intervals (Newcombe 1998, method 10), within [-1, 1]."""
    (p1, p2) = (k / n for k, n in (first, second))
    (low1, high1), (low2, high2) = (wilson(k, n, level) for k, n in (first, second))
    d = p1 - p2
    return d - math.hypot(p1 - low1, high2 - p2), d + math.hypot(high1 - p1, p2 - low2)
