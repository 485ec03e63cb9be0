"""What a board says of its order: who is told apart from the lowest, by which test, and what would tell."""

from __future__ import annotations

from collections.abc import Sequence

from gan_bench.analysis.improvements import Improvement, improvement
from gan_bench.analysis.leaderboard import Leaderboard, Standing
from gan_bench.analysis.separation import FEWEST, Inconclusive, inconclusive
from gan_bench.report.numbers import counted, p_value, share_ends


def not_separable(board: Leaderboard) -> list[str]:
    """Labels of the methods that share the lowest's rank, since no test tells them apart."""
    return [s.cell.label for s in board.standings if s.rank == 1 and s is not board.best]


def out_of_order(board: Leaderboard) -> str:
    """Say why a method stands above one with a lower mean; empty where the order is that of the means."""
    for k, s in enumerate(board.standings):
        lower = [other for other in board.standings[k + 1 :] if _lower(other, s)]
        if s.rank == 1 and lower:
            name, first = s.cell.label, lower[0].cell.label
            why = f"seeds of {name} scatter more"
            return f"{name} shares the first rank, though {first} has a lower mean: {why}."
    return ""


def _lower(one: Standing, other: Standing) -> bool:
    """Whether both kept all their seeds, and the mean of one is lower."""
    lost = one.diverged or one.unfinished or other.diverged or other.unfinished
    return bool(one.ends and other.ends and not lost and one.interval.centre < other.interval.centre)


def alike(lowest: Standing, others: Sequence[Standing]) -> list[str]:
    """Labels of those others that are not told apart from a method which is not the lowest of the board."""
    scores = [-lowest.reached]
    return [s.cell.label for s in others if s.ends and not improvement(scores, [-s.reached]).better]


def statement(s: Standing) -> str:
    """What the test says of a method against the lowest; empty for the lowest itself."""
    if s.better is None:
        return ""
    survivors = "survivors only; " if s.diverged and s.ends else ""
    if s.separate is None:
        return f"{survivors}too few seeds to tell: needs {FEWEST} a side"
    return f"{survivors}{'further' if s.separate else 'not told apart'}: lowest nearer in {_odds(s.better)}"


def _odds(better: Improvement) -> str:
    odds = f"{100 * better.probability:.0f} %"
    if better.low is not None and better.high is not None:
        odds += f" {share_ends(better.low, better.high, 0.5)}"
    return f"{odds} of pairs, {p_value(better.p)}"


def open_question(board: Leaderboard) -> str:
    """Say in one sentence that the board tells no two methods apart, and what would; empty where it does."""
    found = inconclusive(board)
    if found is None:
        return ""
    if not found.all_overlap:
        seeds = counted(found.trained, "seed")
        return f"Inconclusive: {seeds} cannot tell methods apart by any test; it takes {found.seeds} of each."
    return f"Inconclusive: no method is told apart from {found.best}{_what_would_tell(found)}."


def _what_would_tell(found: Inconclusive) -> str:
    if found.seeds is None:
        return "; how many seeds would tell them apart cannot be said"
    pair, seeds = f"{found.other} from {found.best}", counted(found.seeds, "seed")
    return f"; telling {pair}, the easiest pair, at the measured difference and spread takes about {seeds}"
