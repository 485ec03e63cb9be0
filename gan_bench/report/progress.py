"""What the end values hide: best, last and mean over training of every method, and who still improved."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell, curve_size
from gan_bench.analysis.curves import seed_curves
from gan_bench.analysis.leaderboard import Leaderboard
from gan_bench.analysis.shifts import shift
from gan_bench.analysis.summaries import curve_summaries, median_summary
from gan_bench.harness.outcome import Status
from gan_bench.report.numbers import MINUS, NONE, Entry, entry, number
from gan_bench.report.ran import cell_anchor

# A method still improves if it does so from here on, as a share of its generator steps.
SINCE = 1 / 2


@dataclass(frozen=True)
class Course:
    """One method's line: best, the step where it was first reached, last, mean over training, late share."""

    label: str
    link: str
    entries: tuple[Entry, ...]
    trend: str


@dataclass(frozen=True)
class Progress:
    """The table of a board, the number of samples behind its curves, and a sentence on who still improves."""

    size: str
    lines: tuple[Course, ...]
    sentence: str


def progress(board: Leaderboard) -> Progress | None:
    """Return how methods got to where they ended; None where nothing was measured while they trained."""
    cells = [s.cell for s in board.standings if len(s.cell.of(board.ranked))]
    size = curve_size(cells, board.ranked)
    curves = {cell.key: seed_curves(cell, board.ranked, size) for cell in cells}
    if not any(len(curve) > 1 for curve in curves.values()):
        return None
    trends = {cell.key: trend(cell, curves[cell.key]) for cell in cells}
    return Progress(
        size=number(size),
        lines=tuple(_course(cell, curves[cell.key], trends[cell.key]) for cell in cells),
        sentence=_sentence([(cell, trends[cell.key]) for cell in cells]),
    )


@dataclass(frozen=True)
class Trend:
    """Change of a metric over the last half of training, as ratios of the value at `since`, with 95 % ends.

    improving: the whole interval lies below 1, on surviving seeds; worsening: above.
    """

    since: int
    ratio: float
    low: float
    high: float

    @property
    def improving(self) -> bool:
        """Whether the value still fell."""
        return self.high < 1

    @property
    def worsening(self) -> bool:
        """Whether the value rose."""
        return self.low > 1


def trend(cell: Cell, curves: pd.DataFrame) -> Trend | None:
    """Return the trend at the end of training, from curves (steps, seeds); None where it cannot be told.

    d_s = log v_s(last step) - log v_s(since), a paired t interval of its mean over the seeds that have both;
    `since` is the last snapshot at or before half of the steps. Fewer than two such seeds, no spread, or a
    value that is not positive: None.
    """
    if len(curves) < 2 or cell.counts[Status.DIVERGED] == len(cell.status):
        return None
    steps = np.asarray(curves.index, dtype=float)
    start = int((steps <= SINCE * steps[-1]).sum()) - 1
    ends = curves.iloc[[max(start, 0), -1]].dropna(axis=1)
    if start < 0 or ends.shape[1] < 2 or (ends <= 0).to_numpy().any():
        return None
    found = shift(np.log(ends.iloc[0]), np.log(ends.iloc[1]))
    if found.low is None or found.high is None:
        return None
    return Trend(int(steps[start]), math.exp(found.mean), math.exp(found.low), math.exp(found.high))


def _course(cell: Cell, curves: pd.DataFrame, found: Trend | None) -> Course:
    lost = [seed for seed, status in cell.status.items() if status.status is Status.DIVERGED]
    summary = median_summary(curve_summaries(curves, lost))
    entries = [entry(float(summary[name])) for name in ("best", "best_step", "last", "area")]
    entries.append(entry(float(summary["above_twice_best"]), "share"))
    return Course(cell.label, f"#{cell_anchor(cell)}", tuple(entries), _trend_words(found))


def _trend_words(found: Trend | None) -> str:
    if found is None:
        return NONE
    word = "still falling" if found.improving else "rising" if found.worsening else "level"
    ends = f"[{_per_cent(found.low)}, {_per_cent(found.high)}]"
    return f"{word}: {_per_cent(found.ratio)} % {ends} since step {found.since:,}"


def _per_cent(ratio: float) -> str:
    return f"{100 * (ratio - 1):+.0f}".replace("-", MINUS)


def _sentence(found: Sequence[tuple[Cell, Trend | None]]) -> str:
    """Who would have gone on improving, and who was getting worse."""
    told = [(cell.label, one) for cell, one in found if one is not None]
    if not told:
        return ""
    falling = [label for label, one in told if one.improving]
    rising = [label for label, one in told if one.worsening]
    parts = [f"Still improving at the last step: {', '.join(falling)}." if falling else ""]
    parts += [f"Getting worse at the last step: {', '.join(rising)}." if rising else ""]
    if falling:
        parts.append("Their end values are those of this budget, not of the method.")
    return " ".join(part for part in parts if part) or "No method was measurably improving at the last step."
