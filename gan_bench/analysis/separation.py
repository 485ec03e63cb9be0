"""Whether a leaderboard tells its methods apart at all, and how many seeds would."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from gan_bench.analysis.leaderboard import Leaderboard, Standing
from gan_bench.analysis.power import seeds_needed
from gan_bench.metrics.descriptor import Scale


@dataclass(frozen=True)
class Inconclusive:
    """No method's interval is clear of the best's.

    all_overlap: False where no two methods have an interval to compare. other is the method that the fewest
    seeds would tell from the best, seeds their number and trained those that both have; empty and None where
    it cannot be said.
    """

    best: str
    all_overlap: bool
    other: str = ""
    seeds: int | None = None
    trained: int = 0


def inconclusive(board: Leaderboard) -> Inconclusive | None:
    """Return what a board leaves open, or None where a method stands apart or the best stands alone.

    A method that lost seeds is told from one that lost none by that, not by intervals: it is left out.
    """
    best = board.best
    others = [s for s in board.standings if s.ends and s is not best and not s.diverged]
    if best is None or best.diverged or not others or any(s.separate for s in others):
        return None
    if all(s.separate is None for s in others):
        return Inconclusive(best.cell.label, all_overlap=False)
    scale: Scale = board.descriptors.get(board.ranked, {}).get("scale", "log")
    needed = [(_seeds(best, other, scale), other) for other in others]
    seeds, other = min(needed, key=lambda pair: pair[0])
    if math.isinf(seeds):
        return Inconclusive(best.cell.label, all_overlap=True)
    return Inconclusive(best.cell.label, True, other.cell.label, int(seeds), len(other.ends))


def _seeds(best: Standing, other: Standing, scale: Scale) -> float:
    """Seeds that tell two methods apart; infinite where it cannot be said."""
    needed = seeds_needed(pd.Series(best.ends), pd.Series(other.ends), scale).seeds
    return math.inf if needed is None else needed
