"""The leaderboard of one data set: methods ranked by exact W1 at the end, with intervals and losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.bands import band
from gan_bench.analysis.cells import Cell, end_size, end_values
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.harness.outcome import Status
from gan_bench.metrics.bands import Band
from gan_bench.metrics.descriptor import Scale

RANKED_BY = "w1"
BESIDE = ("w1_held_out", "js", "modes_covered", "high_quality", "within_mode_spread", "reverse_kl")


@dataclass(frozen=True)
class Standing:
    """One method's place: end values per seed, their interval, and what became of the other seeds.

    median and worst count a diverged seed as infinitely far; they are NaN where no seed got anywhere.
    separate: True where the interval is clear of the best's, False where they overlap, None where either is
    missing or speaks for survivors only. collapsed: completed seeds that cover fewer than half the modes,
    None where there are no modes.
    """

    cell: Cell
    rank: int | None
    ends: dict[int, float]
    interval: Interval
    median: float
    worst: float
    diverged: int
    unfinished: int
    collapsed: int | None
    separate: bool | None = None
    beside: dict[str, Interval] = field(default_factory=dict)

    @property
    def planned(self) -> int:
        """Number of planned seeds."""
        return len(self.cell.status)


@dataclass(frozen=True)
class Leaderboard:
    """Standings of one data set, best first; size is the sample size of the end values."""

    dataset: str
    experiment: str
    size: float
    standings: tuple[Standing, ...]
    bands: dict[str, Band]
    descriptors: dict[str, dict[str, Any]]

    @property
    def best(self) -> Standing | None:
        """First standing with a rank, or None."""
        return next((standing for standing in self.standings if standing.rank == 1), None)


def leaderboard(
    cells: Sequence[Cell], reference: pd.DataFrame | None, experiment: str, dataset: str
) -> Leaderboard:
    """Rank the cells of one experiment on one data set by W1; lower is better.

    Order: methods that kept every seed by their geometric mean; then those with diverged seeds (their mean is
    infinite) by how many they lost; then those unfinished. Cells without any end value have no rank.
    """
    mine = [c for c in cells if (c.experiment, c.dataset) == (experiment, dataset) and not c.is_reference]
    descriptors = {name: d for cell in mine for name, d in cell.descriptors.items()}
    size = end_size(mine, RANKED_BY)
    bands = {m: b for m in (RANKED_BY, *BESIDE) if (b := _band(reference, m, end_size(mine, m))) is not None}
    standings = [_standing(cell, mine, descriptors, bands.get("modes_covered")) for cell in mine]
    ordered = sorted(standings, key=_order)
    ranked = _with_ranks(ordered)
    return Leaderboard(dataset, experiment, size, tuple(ranked), bands, descriptors)


def _band(reference: pd.DataFrame | None, metric: str, at: float) -> Band | None:
    return None if reference is None else band(reference, metric, at)


def _standing(cell: Cell, mine: Sequence[Cell], descriptors: dict[str, Any], modes: Band | None) -> Standing:
    values = end_values(cell, RANKED_BY, end_size(mine, RANKED_BY))
    diverged = cell.counts[Status.DIVERGED]
    known = np.concatenate([values.to_numpy(dtype=float), np.full(diverged, math.inf)])
    beside = {m: _interval(cell, m, end_size(mine, m), descriptors) for m in BESIDE if m in descriptors}
    return Standing(
        cell=cell,
        rank=None,
        ends=dict(zip(map(int, values.index), map(float, values), strict=True)),
        interval=_interval(cell, RANKED_BY, end_size(mine, RANKED_BY), descriptors),
        median=_median(known),
        worst=float(known.max()) if known.size else math.nan,
        diverged=diverged,
        unfinished=len(cell.status) - len(values) - diverged,
        collapsed=_collapsed(cell, end_size(mine, "modes_covered"), modes),
        beside=beside,
    )


def _interval(cell: Cell, metric: str, at: float, descriptors: dict[str, Any]) -> Interval:
    default: Scale = "log" if metric == RANKED_BY else "identity"
    scale: Scale = descriptors.get(metric, {}).get("scale", default)
    if scale == "logit" and math.isnan(at):
        scale = "identity"
    interval = t_interval(end_values(cell, metric, at).to_numpy(dtype=float), scale, trials=at)
    return interval.within(*descriptors.get(metric, {}).get("range", (None, None)))


def _median(values: np.ndarray) -> float:
    """Median where infinity stays infinity instead of becoming NaN."""
    if values.size == 0:
        return math.nan
    low, high = np.sort(values)[[(values.size - 1) // 2, values.size // 2]]
    return float(low if low == high else (low + high) / 2)


def _collapsed(cell: Cell, at: float, modes: Band | None) -> int | None:
    if modes is None:
        return None
    return int((end_values(cell, "modes_covered", at) < modes.median / 2).sum())


def _order(standing: Standing) -> tuple[Any, ...]:
    if not standing.ends:
        return (2, standing.planned - standing.diverged, 0.0, standing.cell.label)
    return (1 if standing.unfinished else 0, standing.diverged, standing.interval.centre, standing.cell.label)


def _with_ranks(ordered: Sequence[Standing]) -> list[Standing]:
    best = ordered[0] if ordered and ordered[0].ends else None
    result = []
    for place, standing in enumerate(ordered, start=1):
        separate = None
        whole = best and not best.diverged and not standing.diverged
        if best and whole and standing is not best and standing.interval.known and best.interval.known:
            separate = not standing.interval.overlaps(best.interval)
        rank = place if standing.ends else None
        result.append(replace(standing, rank=rank, separate=separate))
    return result
