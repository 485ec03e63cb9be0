"""Step changes in a history: at which run did a metric move, by how much, how surely.

A history is many series: one metric of one cell over runs. Binary segmentation (Scott & Knott 1974) tests
every split of every stretch of runs that is still whole, and accepts the surest of all series while its p
value passes Holm's threshold over the splits of all series (a sequential rejection, Goeman & Solari 2010):
the chance that a history without any change shows one is at most 5 %. The change is placed where least
squares remain, and both sides of it are searched again. It must also exceed a margin that matters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from gan_bench.analysis.splits import by_counts, by_runs, by_seeds, weights
from gan_bench.analysis.steps import Change, Series, matters

MARGIN, LEVEL = 0.05, 0.05


def find_changes(
    series: Sequence[Series], *, margin: float = MARGIN, level: float = LEVEL
) -> tuple[Change, ...]:
    """Return the changes of all series, by run, then in the order of the series.

    level: the chance that any is shown where nothing changed, over all series and splits together. Splits
    that cannot be a change whatever the seeds did are not counted: between identical runs, and of no loss.
    """
    told = [one for one in series if one.unit != "loss" or (one.scaled == 1).any()]
    splits = sum(int((np.diff(one.versions) != 0).sum()) for one in told)
    waiting = [found for one in told if (found := _best(one, 0, len(one.versions), margin, level))]
    accepted: list[Change] = []
    adjusted = 0.0
    while waiting:
        surest = min(waiting, key=lambda change: change.p)
        adjusted = max(adjusted, surest.p * (splits - len(accepted)))
        if adjusted > level:
            break
        waiting.remove(surest)
        accepted.append(replace(surest, p=adjusted))
        parts = ((surest.start, surest.middle), (surest.middle, surest.stop))
        waiting += [found for part in parts if (found := _best(surest.series, *part, margin, level))]
    settled = [
        change for one in series for change in _settled([c for c in accepted if c.series is one], margin)
    ]
    return tuple(sorted(settled, key=lambda change: change.first))


def _best(series: Series, start: int, stop: int, margin: float, level: float) -> Change | None:
    """The surest p value in a stretch, and the split of least squares; among those that matter."""
    values, version = series.scaled[start:stop], series.versions[start:stop]
    if len(np.unique(version)) < 2:
        return None
    if series.unit == "loss":
        splits = by_counts(values, version)
    else:
        splits = (by_runs if series.unit == "run" else by_seeds)(values)
    # What is not even sure by itself never passes Holm's threshold, and most splits are not.
    sure = np.flatnonzero((splits.p <= level) & (np.diff(version) != 0))
    told = [int(k) for k in sure if matters(series, splits.before[k], splits.difference[k], margin)]
    if not told:
        return None
    place = max(told, key=lambda k: abs(splits.difference[k]) * weights(len(values))[k])
    middle = start + place + 1
    p = min(float(splits.p[k]) for k in told)
    return Change(series, start, middle, stop, series.between(start, middle, stop), p)


def _settled(changes: list[Change], margin: float) -> list[Change]:
    """Changes of one series, each measured between its neighbours; what no longer matters is taken out."""
    ordered = sorted(changes, key=lambda change: change.middle)
    while ordered:
        rows = len(ordered[0].series.versions)
        ends = [0, *(change.middle for change in ordered), rows]
        ordered = [
            replace(c, start=low, stop=high, found=c.series.between(low, c.middle, high))
            for c, low, high in zip(ordered, ends, ends[2:], strict=False)
        ]
        small = [c for c in ordered if not matters(c.series, c.found.before, c.found.mean, margin)]
        if not small:
            break
        ordered.remove(min(small, key=lambda change: abs(change.found.mean)))
    return ordered


def as_frame(changes: Sequence[Change]) -> pd.DataFrame:
    """One line per change: where, from which run on (and the last before), size with interval, p adjusted."""
    lines = [
        (
            c.series.experiment,
            c.series.method,
            c.series.dataset,
            c.series.metric,
            c.last,
            c.first,
            "ratio" if c.series.scale == "log" else "difference",
            *c.size,
            c.p,
            c.found.n,
            c.series.unit,
            c.better,
        )
        for c in changes
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS))


COLUMNS = (
    "experiment",
    "method",
    "dataset",
    "metric",
    "last_before",
    "first_after",
    "kind",
    "size",
    "low",
    "high",
    "p",
    "n",
    "unit",
    "better",
)
