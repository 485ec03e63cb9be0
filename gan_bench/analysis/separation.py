"""Whether a leaderboard tells its methods apart at all, and how many seeds would."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from gan_bench.analysis.improvements import ALPHA
from gan_bench.analysis.leaderboard import Leaderboard, Standing
from gan_bench.analysis.permutation import smallest_p
from gan_bench.analysis.power import seeds_needed
from gan_bench.metrics.descriptor import Scale

# Seeds a side from which complete separation has p < .05: 4, with .029; three have .10.
FEWEST = next(n for n in range(1, 10) if smallest_p([(n, n)]) < ALPHA)


@dataclass(frozen=True)
class Inconclusive:
    """No method is told from the best by the test of `improvement`.

    all_overlap: False where there are too few seeds for any test to tell; seeds is then FEWEST. Else other is
    the method that the fewest seeds would tell from the best and seeds their number, more than the smaller of
    the two has (trained); empty and None where it cannot be said.
    """

    best: str
    all_overlap: bool
    other: str = ""
    seeds: int | None = None
    trained: int = 0


def inconclusive(board: Leaderboard) -> Inconclusive | None:
    """Return what a board leaves open, or None where a method stands apart or the best stands alone.

    Lost seeds take part in the test as infinitely far. How many seeds would tell is said of methods that kept
    every seed only: survivors are the lucky ones.
    """
    best = board.best
    others = [s for s in board.standings if s.better is not None]
    if best is None or not others or any(s.separate for s in others):
        return None
    if all(s.separate is None for s in others):
        trained = min(s.reached.size for s in (best, *others))
        return Inconclusive(best.cell.label, all_overlap=False, seeds=FEWEST, trained=trained)
    scale: Scale = board.descriptors.get(board.ranked, {}).get("scale", "log")
    whole = [s for s in others if s.ends and not s.diverged and not best.diverged]
    needed = [(_seeds(best, other, scale), other) for other in whole]
    seeds, other = min(needed, key=lambda pair: pair[0], default=(math.inf, best))
    if math.isinf(seeds):
        return Inconclusive(best.cell.label, all_overlap=True)
    return Inconclusive(best.cell.label, True, other.cell.label, int(seeds), _trained(best, other))


def _seeds(best: Standing, other: Standing, scale: Scale) -> float:
    """Seeds that tell two methods apart; infinite where it cannot be said.

    By the power of the t test at the measured difference; about one in twenty more for the exact test (its
    efficiency is 3 / pi). More than there are, since these have not told.
    """
    # Unlike labels: the exact test pairs no seeds either.
    mine, theirs = (pd.Series(list(s.ends.values())) for s in (best, other))
    needed = seeds_needed(mine, theirs.rename(lambda k: -1 - k), scale).seeds
    return math.inf if needed is None else max(needed, _trained(best, other) + 1)


def _trained(best: Standing, other: Standing) -> int:
    return min(len(best.ends), len(other.ends))
