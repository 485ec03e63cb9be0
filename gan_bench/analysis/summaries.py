"""A whole curve in five numbers per seed: what the best value of a run hides, the others show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy.integrate import trapezoid

from gan_bench.analysis.cells import Cell, curve_size
from gan_bench.analysis.curves import seed_curves
from gan_bench.analysis.rankings import RANKINGS, Contest, contests, named
from gan_bench.harness.outcome import Status

SUMMARY = ("best", "best_step", "last", "area", "above_twice_best")
COLUMNS = ("experiment", "dataset", "method", "metric", *SUMMARY, "seeds", "diverged")


def cell_summaries(cells: Sequence[Cell]) -> pd.DataFrame:
    """Return the ranking metric's curve of every cell that has one in five numbers: a frame of COLUMNS.

    Medians over seeds of `curve_summaries`, seeds of them; diverged ones count as infinitely bad.
    """
    lines = [line for name in RANKINGS for contest in contests(cells, name) for line in _lines(contest)]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def curve_summaries(curves: pd.DataFrame, lost: Iterable[int] = ()) -> pd.DataFrame:
    """Summarise each seed's curve of a metric that should be low: (steps, seeds) -> (seeds, SUMMARY).

    best and the step where it was reached first; last, the value at the last step; area, the trapezoidal
    integral over steps divided by their span, that is the mean over training with steps (not snapshots)
    counted alike; above_twice_best, the share of snapshots, early ones too, whose value is more than twice
    the best, NaN unless the best is positive. One snapshot is its own best, last and area.
    Seeds in `lost` diverged: where they have no value they count as infinitely bad, so that last and area are
    infinite, and one without any value is infinitely bad throughout. Other gaps are left out of everything.
    """
    gone = set(lost)
    measured = [int(seed) for seed in curves.columns]
    seeds = [*measured, *sorted(gone - set(measured))]
    whole = curves.reindex(columns=seeds)
    made = {s: _summary(whole[s].fillna(np.inf) if s in gone else whole[s].dropna()) for s in seeds}
    return pd.DataFrame(made, index=list(SUMMARY), dtype=float).T


def median_summary(summaries: pd.DataFrame) -> pd.Series:
    """Medians over seeds of `curve_summaries`; infinity stays infinity, NaN where no seed has a value."""
    return summaries.median(axis=0)


def _summary(curve: pd.Series) -> list[float]:
    if curve.empty:
        return [np.nan] * len(SUMMARY)
    steps, values = curve.index.to_numpy(dtype=float), curve.to_numpy(dtype=float)
    k = int(values.argmin())
    best, span = values[k], steps[-1] - steps[0]
    area = trapezoid(values, steps) / span if span else values[-1]
    above = (values > 2 * best).mean() if 0 < best < np.inf else np.nan
    return [best, steps[k] if np.isfinite(best) else np.nan, values[-1], area, above]


def _lines(contest: Contest) -> list[tuple[Any, ...]]:
    by = RANKINGS[contest.experiment].by
    metric = named(contest.cells, [by]).get(by, by)
    size = curve_size(contest.cells, metric)
    found: list[tuple[Any, ...]] = []
    for cell in contest.cells:
        lost = [seed for seed, state in cell.status.items() if state.status is Status.DIVERGED]
        seeds = curve_summaries(seed_curves(cell, metric, size), lost)
        if len(seeds):
            place = (contest.experiment, contest.title, cell.label, metric)
            found.append((*place, *median_summary(seeds), len(seeds), len(lost)))
    return found
