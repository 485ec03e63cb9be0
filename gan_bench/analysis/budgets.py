"""Methods at equal budgets: as many generator steps, critic updates or training seconds; the best of tries.

The budget is the most that every method of a contest was given, and each method is judged by its curve there:
between two snapshots every seed's curve is a straight line of the value, on the metric's scale, over the
logarithm of what was spent. Steps cost unlike amounts, so three budgets give three answers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell, curve_size
from gan_bench.analysis.curves import seed_curves
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.rankings import RANKINGS, Contest, named
from gan_bench.analysis.scales import to_scale
from gan_bench.metrics.descriptor import Scale

STEPS, UPDATES, SECONDS = "generator steps", "critic updates", "training seconds per seed"
COLUMNS = (
    "budget",
    "at",
    "method",
    "before",
    "after",
    "centre",
    "low",
    "high",
    "median",
    "seeds",
    "lost",
    "note",
)


@dataclass(frozen=True)
class _Course:
    """One method's curves of the ranking metric (steps, seeds), and its clock: seconds per seed by step."""

    cell: Cell
    curves: pd.DataFrame
    clock: Mapping[int, float]
    scale: Scale

    def spent(self, budget: str) -> np.ndarray:
        """What had been spent at each snapshot, (steps,)."""
        return np.array([self._spent(budget, int(step)) for step in self.curves.index], dtype=float)

    def _spent(self, budget: str, step: int) -> float:
        if budget == UPDATES:
            return critic_updates(self.cell.settings.get("method"), step)
        return step if budget == STEPS else self.clock.get(step, math.nan)


def equal_budgets(contest: Contest) -> pd.DataFrame:
    """Return the ranking metric of each method at equal budgets: a frame of COLUMNS, empty without curves.

    at: the budget; before, after: the snapshots' steps around it, equal where it is one. centre with its 95 %
    interval is that of the survivors; the median counts a lost seed as infinitely bad; lost: seeds without a
    value at either snapshot. Seconds are the clock of a block of seeds over their number.
    """
    courses = _courses(contest)
    lines: list[tuple[Any, ...]] = []
    for budget in (STEPS, UPDATES, SECONDS):
        most = [float(course.spent(budget).max()) for course in courses]
        if len(most) > 1 and min(most) > 0:  # False for NaN, where a clock is missing
            lines += [_line(budget, min(most), course) for course in courses]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def expected_best(values: Sequence[float] | np.ndarray) -> np.ndarray:
    """Return the expected lowest of B tries for B = 1 ... R, from R of them, (R,) -> (R,).

    Tries are drawn from the R with replacement: sum_i x_(i) [((R-i+1)/R)^B - ((R-i)/R)^B] over ascending x
    (Dodge et al. 2019, for the lowest). At B = 1 it is the mean. Infinite as soon as one of the R diverged,
    however many are tried. Raises ValueError for NaN or nothing.
    """
    x = np.sort(np.asarray(values, dtype=float))
    if not x.size or np.isnan(x).any():
        raise ValueError("the best of tries needs values, infinite where a seed diverged")
    if np.isinf(x[-1]):
        return np.full(x.size, math.inf)  # with so small a chance that it underflows, infinity counts still
    tries = np.arange(1, x.size + 1)
    beyond = np.arange(x.size, -1, -1)[:, None] / x.size
    return (x[:, None] * (beyond[:-1] ** tries - beyond[1:] ** tries)).sum(axis=0)


def steps_to(curves: pd.DataFrame, target: float) -> pd.Series:
    """Return each seed's first step at which its curve, (steps, seeds), is at most target; inf for misses."""
    met = curves <= target
    if met.empty:
        return pd.Series(math.inf, index=curves.columns, dtype=float)
    return met.idxmax().where(met.any(), math.inf).astype(float)


def critic_updates(method: Any, step: int) -> int:
    """Return how many critic steps a described method has made after so many generator steps.

    With critic_warm_up, 100 before each of the first 25 steps and before every 500th (Arjovsky et al. 2017).
    """
    table = method if isinstance(method, Mapping) else {}
    n_critic = int(table.get("n_critic") or 1)
    if not table.get("critic_warm_up"):
        return n_critic * step
    many = min(step, 25) + max(step - 1, 0) // 500
    return 100 * many + n_critic * (step - many)


def _courses(contest: Contest) -> list[_Course]:
    by = RANKINGS[contest.experiment].by
    metric = named(contest.cells, [by]).get(by, by)
    size = curve_size(contest.cells, metric)
    found = []
    for cell in contest.cells:
        curves = seed_curves(cell, metric, size)
        if len(curves) > 1:
            scale: Scale = cell.descriptors.get(metric, {}).get("scale", "log")
            found.append(
                _Course(cell, curves, _clock(cell, metric), "identity" if scale == "logit" else scale)
            )
    return found


def _clock(cell: Cell, metric: str) -> dict[int, float]:
    """Mean over blocks of seconds per seed, by step."""
    parts = [
        outcome.rows[outcome.rows["metric"] == metric].groupby("step")["seconds"].max()
        / len(outcome.job.seeds)
        for outcome in cell.outcomes
    ]
    merged = pd.concat(parts).groupby(level=0).mean()
    return {int(step): float(seconds) for step, seconds in merged.items()}


def _line(budget: str, at: float, course: _Course) -> tuple[Any, ...]:
    spent, steps = course.spent(budget), course.curves.index
    # Rounding of a clock must not put the last snapshot behind the budget that is its own.
    after = min(int(np.searchsorted(spent, at * (1 - 1e-12))), len(spent) - 1)
    before = after if spent[after] <= at * (1 + 1e-12) else after - 1
    values = _between(course, spent, before, after, at)
    values = values[np.isfinite(values)]
    lost = len(course.cell.status) - len(values)
    interval = t_interval(values, course.scale)
    note = f"{len(values)} of {len(course.cell.status)} survived" if lost else interval.note
    everything = np.concatenate([values, np.full(lost, math.inf)])
    place = (float(at), course.cell.label, int(steps[before]), int(steps[after]))
    return (budget, *place, *_ends(interval), float(np.median(everything)), len(values), lost, note)


def _between(course: _Course, spent: np.ndarray, before: int, after: int, at: float) -> np.ndarray:
    """The value of every seed at a budget between two snapshots, (seeds,); NaN where one is missing."""
    low, high = (course.curves.iloc[k].to_numpy(dtype=float) for k in (before, after))
    if before == after:
        return low
    # From a start at which nothing was spent there is no logarithm.
    a, b, c = np.log([spent[before], spent[after], at]) if spent[before] > 0 else (0.0, spent[after], at)
    share = (c - a) / (b - a)
    y = (1 - share) * to_scale(low, course.scale) + share * to_scale(high, course.scale)
    return np.asarray(np.exp(y) if course.scale == "log" else y)


def _ends(interval: Interval) -> tuple[float, float, float]:
    low, high = (math.nan if end is None else end for end in (interval.low, interval.high))
    return interval.centre, low, high
