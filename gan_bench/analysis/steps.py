"""Series over runs and steps in them: what is compared, and how a step is told."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal, Protocol

import numpy as np
import pandas as pd
from scipy import stats

from gan_bench.analysis.scales import bounds, size_of, to_scale
from gan_bench.analysis.shares import newcombe
from gan_bench.analysis.shifts import Shift, drift, shift
from gan_bench.analysis.splits import counts, versions
from gan_bench.metrics.descriptor import Better, Scale

Unit = Literal["seed", "run", "loss"]


class Directed(Protocol):
    """What has a metric's scale and direction."""

    @property
    def scale(self) -> Scale:
        """The scale on which the metric is additive."""

    @property
    def better(self) -> Better:
        """The direction that is better."""

    @property
    def target(self) -> float | None:
        """The best value where that is a target."""

    @property
    def trials(self) -> float | None:
        """Draws behind a share."""


@dataclass(frozen=True, eq=False)
class Series:
    """One metric of one cell over runs that may be compared.

    table: rows are runs in order (index: their places in the history), columns seeds; NaN where a seed has
    no value, +inf where it diverged. unit: what repeats independently: the seed; the run, for a clock that
    all seeds of a run share (one column then); loss, for 1 where a seed diverged and 0 where it did not.
    version: an equal number where the whole cell has equal bits. note: why it is a series of its own.
    """

    experiment: str
    method: str
    dataset: str
    metric: str
    label: str
    table: pd.DataFrame
    scale: Scale
    unit: Unit = "seed"
    better: Better = "lower"
    measured_in: str = ""
    trials: float | None = None
    target: float | None = None
    version: tuple[int, ...] = ()
    note: str = ""

    @property
    def runs(self) -> list[int]:
        """Places of its runs in the history, in order."""
        return [int(run) for run in self.table.index]

    @cached_property
    def scaled(self) -> np.ndarray:
        """Values on the metric's scale, (runs, seeds); infinite where a seed diverged."""
        return to_scale(self.table.to_numpy(dtype=float), self.scale, self.trials)

    @cached_property
    def versions(self) -> np.ndarray:
        """The number of each run's version, (runs,)."""
        return np.array(self.version) if self.version else versions(self.scaled)

    def between(self, start: int, middle: int, stop: int) -> Shift:
        """Compare its rows [middle, stop) with [start, middle)."""
        if self.unit == "loss":
            return self._losses_between(start, middle, stop)
        frame = pd.DataFrame(self.scaled, columns=self.table.columns)
        before, after = frame.iloc[start:middle], frame.iloc[middle:stop]
        if self.unit == "run":
            return drift(before.iloc[:, 0], after.iloc[:, 0])
        lost = int(np.isinf(frame.iloc[start:stop].to_numpy()).sum())
        old, new = (side.where(np.isfinite(side)).mean(axis=0).dropna() for side in (before, after))
        return replace(shift(old, new), lost=lost)

    def _losses_between(self, start: int, middle: int, stop: int) -> Shift:
        """Difference of two shares of diverged seeds with Newcombe's interval; p is Fisher's."""
        sides = [counts(self.scaled[i:j], self.versions[i:j]) for i, j in ((start, middle), (middle, stop))]
        if not all(map(sum, sides)):
            return Shift(math.nan, None, None, math.nan, math.nan, 0, False, note="no seed to compare")
        (lost, kept), (now_lost, now_kept) = sides
        old, new = (lost, lost + kept), (now_lost, now_lost + now_kept)
        low, high = newcombe(new, old)
        before, p = old[0] / old[1], float(stats.fisher_exact(sides).pvalue)
        return Shift(new[0] / new[1] - before, low, high, p, before, old[1] + new[1], False)


@dataclass(frozen=True, eq=False)
class Change:
    """A step of one series: first is the place of the first run after it, last of the last before.

    start and stop: rows of the series that the two sides reach to, middle the first row after the change.
    found: what the two sides differ by on the scale; size: a ratio on the log scale, else a difference in the
    metric's unit, with low and high; p: as detected, adjusted by Holm; better: whether the metric moved to
    the better side, None where it has none.
    """

    series: Series
    start: int
    middle: int
    stop: int
    found: Shift
    p: float

    @property
    def last(self) -> int:
        """Place of the last run before the change."""
        return self.series.runs[self.middle - 1]

    @property
    def first(self) -> int:
        """Place of the first run after the change."""
        return self.series.runs[self.middle]

    @property
    def size(self) -> tuple[float, float | None, float | None]:
        """Centre, low, high of the ratio or difference."""
        ends = (self.found.low, self.found.high)
        low, high = (None if end is None else self._told(end) for end in ends)
        return self._told(self.found.mean), low, high

    @property
    def better(self) -> bool | None:
        """Whether the change is for the better."""
        return improved_by(self.series, self.found)

    def _told(self, difference: float) -> float:
        return size_of(difference, self.found.before, self.series.scale, self.series.trials)


def improved_by(told: Directed, found: Shift) -> bool | None:
    """Whether a difference is for the better by the metric's direction; None where it has none or none is."""
    if told.better == "neither" or not found.mean or math.isnan(found.mean):
        return None
    if told.better == "target":
        if told.target is None:
            return None
        aim = float(to_scale(np.array([told.target]), told.scale, told.trials)[0])
        return abs(found.before + found.mean - aim) < abs(found.before - aim)
    return (found.mean < 0) is (told.better == "lower")


def matters(series: Series, before: float, difference: float, margin: float) -> bool:
    """Whether a difference on the scale, from an earlier side's centre, exceeds `scales.bounds`."""
    low, high = bounds(margin, before, series.scale, series.trials)
    return not low <= difference <= high and not math.isnan(difference)
