"""A board at equal budgets, the best of several tries, and what retraining moves beside drawing anew."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gan_bench.analysis.budgets import SECONDS, STEPS, UPDATES, equal_budgets, expected_best
from gan_bench.analysis.intervals import Interval
from gan_bench.analysis.leaderboard import Leaderboard
from gan_bench.analysis.rankings import Contest
from gan_bench.analysis.variance import levels_of
from gan_bench.report.numbers import NONE, Entry, entry, interval_ends, number

_WORDS = {STEPS: "generator steps", UPDATES: "critic updates", SECONDS: "s of training per seed"}
# Tries whose best is told: powers of two up to the number of seeds.
_TRIES = (1, 2, 4, 8, 16, 32)


@dataclass(frozen=True)
class Spent:
    """A method's value at one budget: text, interval, the snapshots around it, and what it sorts by."""

    text: str
    ends: str
    steps: str
    value: float | None


@dataclass(frozen=True)
class Line:
    """One method: its value at each of the budgets, None where it has none."""

    label: str
    spent: tuple[Spent | None, ...]


@dataclass(frozen=True)
class Equal:
    """The table of equal budgets: headings, lines in the board's order, and who is lowest at which budget."""

    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    sentence: str


@dataclass(frozen=True)
class Tries:
    """The table of expected bests: numbers of tries, and per method an entry for each."""

    tries: tuple[int, ...]
    lines: tuple[tuple[str, tuple[Entry, ...]], ...]


def equal(contest: Contest, board: Leaderboard) -> Equal | None:
    """Return a board's equal budgets, or None where there is no common one."""
    frame = equal_budgets(contest)
    kinds = [kind for kind in _WORDS if (frame["budget"] == kind).any()]
    if not kinds:
        return None
    by_kind = {kind: frame[frame["budget"] == kind].set_index("method") for kind in kinds}
    labels = [s.cell.label for s in board.standings if s.cell.label in set(frame["method"])]
    return Equal(
        headings=tuple(f"{number(float(by_kind[k]['at'].iloc[0]))} {_WORDS[k]}" for k in kinds),
        lines=tuple(Line(label, tuple(_spent(by_kind[k], label) for k in kinds)) for label in labels),
        sentence=_lowest({_WORDS[k].removesuffix(" of training per seed"): by_kind[k] for k in kinds}),
    )


def tries(board: Leaderboard) -> Tries | None:
    """Return the expected lowest value of several trained models, or None where no method has two seeds."""
    values = {s.cell.label: [*s.ends.values(), *[math.inf] * s.diverged] for s in board.standings}
    most = max(map(len, values.values()), default=0)
    counts = tuple(n for n in _TRIES if n <= most)
    if len(counts) < 2:
        return None
    return Tries(counts, tuple((label, _best_of(x, counts)) for label, x in values.items() if x))


def levels(contest: Contest, board: Leaderboard) -> str:
    """Say how many times as much retraining moves the metric as drawing anew does; empty where unknown."""
    frame = levels_of(contest.cells) if board.ranking.by == "w1" else pd.DataFrame(columns=["ratio"])
    known = frame[frame["ratio"].notna()]
    if known.empty:
        return ""
    ratios = sorted(float(ratio) for ratio in known["ratio"])
    middle = number(float(np.median(ratios)), 2)
    spread = f" ({number(ratios[0], 2)} to {number(ratios[-1], 2)} by method)" if len(ratios) > 1 else ""
    return (
        f"Retraining moves {board.ranking.short} {middle} times as much as drawing new samples from one "
        f"trained model{spread}: seeds, not samples, are what an interval must count."
    )


def _spent(rows: pd.DataFrame, label: str) -> Spent | None:
    if label not in rows.index:
        return None
    low, high, centre = (float(rows[name][label]) for name in ("low", "high", "centre"))
    known, note = not math.isnan(low), str(rows["note"][label])
    interval = Interval(centre, low if known else None, high if known else None, 0, note)
    before, after = (int(rows[name][label]) for name in ("before", "after"))
    steps = f"step {after:,}" if before == after else f"steps {before:,} to {after:,}"
    lost = f"{note}, " if known and note else ""
    value = None if math.isnan(centre) else centre
    return Spent(number(centre), interval_ends(interval), f"{lost}{steps}", value)


def _lowest(by_kind: dict[str, pd.DataFrame]) -> str:
    """Which method is lowest at each budget, among those that kept every seed."""
    found: dict[str, list[str]] = {}
    for words, rows in by_kind.items():
        whole = rows[(rows["lost"] == 0) & rows["centre"].notna()]
        if len(whole):
            found.setdefault(str(whole["centre"].idxmin()), []).append(words)
    if not found:
        return ""
    told = [f"{label} at equal {_listed(words)}" for label, words in found.items()]
    return f"Lowest: {'; '.join(told)}."


def _listed(words: Sequence[str]) -> str:
    named = ["seconds" if word == "s" else word for word in words]
    return named[0] if len(named) == 1 else f"{', '.join(named[:-1])} and {named[-1]}"


def _best_of(values: Sequence[float], counts: Sequence[int]) -> tuple[Entry, ...]:
    best = expected_best(values)
    return tuple(entry(float(best[n - 1])) if n <= len(values) else Entry(NONE, None) for n in counts)
