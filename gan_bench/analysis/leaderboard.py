"""The leaderboard of one data set: methods ranked by their end values, with intervals and losses."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from gan_bench.analysis.bands import band
from gan_bench.analysis.cells import Cell, end_size, ends
from gan_bench.analysis.improvements import Improvement, improvement
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.rankings import RANKINGS, Contest, Ranking, extractor, named, trials
from gan_bench.harness.outcome import Status
from gan_bench.metrics.bands import Band
from gan_bench.metrics.descriptor import Scale


@dataclass(frozen=True)
class Standing:
    """One method's place: end values per seed, their interval, and what became of the other seeds.

    rank: shared with the best where no test tells the two apart, else the place; None without an end value.
    median and worst count a diverged seed as infinitely far; they are NaN where no seed got anywhere. better:
    how often the best's seeds end nearer than this method's, None for the best itself and where there is
    nothing to compare; separate: whether the best is better, None where so few seeds never tell. collapsed:
    completed seeds that cover fewer than half the modes (or classes), None where there are none.
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
    better: Improvement | None = None

    @property
    def planned(self) -> int:
        """Number of planned seeds."""
        return len(self.cell.status)

    @property
    def reached(self) -> np.ndarray:
        """End values of all seeds that count, infinite for each that diverged, (ended + diverged,)."""
        return np.array([*self.ends.values(), *[math.inf] * self.diverged])


@dataclass(frozen=True)
class Leaderboard:
    """Standings of one contest, best first; size is the sample size of the end values.

    ranked is the metric that decides, beside those that are shown with it: no two of unlike extractors.
    """

    title: str
    ranking: Ranking
    ranked: str
    beside: tuple[str, ...]
    size: float
    standings: tuple[Standing, ...]
    bands: dict[str, Band]
    descriptors: dict[str, dict[str, Any]]

    @property
    def best(self) -> Standing | None:
        """First standing with a rank, the lowest; others of rank 1 are those not told from it. Or None."""
        return next((standing for standing in self.standings if standing.rank == 1), None)

    @property
    def judge(self) -> str:
        """The extractor of the ranking metric, or nothing."""
        return extractor(self.ranked)

    @property
    def label(self) -> str:
        """The ranking metric in a heading: `W1`, `FID (glyphs-cnn)`."""
        return f"{self.ranking.short} ({self.judge})" if self.judge else self.ranking.short

    @property
    def unit(self) -> str:
        """Unit of the ranking metric."""
        return str(self.descriptors.get(self.ranked, {}).get("unit", ""))


def leaderboard(cells: Sequence[Cell], reference: Cell | None, experiment: str, dataset: str) -> Leaderboard:
    """Rank the cells of one experiment on one data set; see `leaderboard_of`, which cells of images need."""
    mine = tuple(c for c in cells if (c.experiment, c.dataset) == (experiment, dataset))
    competing = tuple(cell for cell in mine if not cell.is_reference)
    return leaderboard_of(Contest(experiment, dataset, dataset, competing, reference))


def leaderboard_of(contest: Contest) -> Leaderboard:
    """Rank the cells of a contest by the experiment's metric; lower is better.

    The best is the first in this order: methods that kept every seed by their mean on the metric's scale;
    then those with diverged seeds (their mean is infinite) by how many they lost; then those unfinished.
    Methods that are not told from it (`improvement`, lost seeds as infinitely far) share rank 1 and stand
    beside it, the others follow in that order. Cells without any end value have no rank. Raises ValueError
    where the cells were judged by unlike extractors.
    """
    mine, ranking = contest.cells, RANKINGS[contest.experiment]
    names = named(mine, {*ranking.families, ranking.covered})
    ranked = names.get(ranking.by, ranking.by)
    beside = tuple(names[kind] for kind in ranking.beside if kind in names)
    covered = names.get(ranking.covered, ranking.covered)
    descriptors = {name: d for cell in mine for name, d in cell.descriptors.items()}
    sizes = {metric: end_size(mine, metric) for metric in (ranked, *beside, covered)}
    bands = {m: b for m, n in sizes.items() if (b := band(contest.reference, m, n)) is not None}
    shared = _Field(ranking, ranked, beside, covered, sizes, descriptors, bands.get(covered))
    ordered = sorted((_standing(cell, shared) for cell in mine), key=_order)
    return Leaderboard(
        contest.title,
        ranking,
        ranked,
        beside,
        sizes[ranked],
        tuple(_with_ranks(ordered)),
        bands,
        descriptors,
    )


@dataclass(frozen=True)
class _Field:
    """What all standings of a contest share: metrics with their sample sizes, and the number of parts."""

    ranking: Ranking
    ranked: str
    beside: tuple[str, ...]
    covered: str
    sizes: dict[str, float]
    descriptors: dict[str, dict[str, Any]]
    whole: Band | None

    def interval(self, cell: Cell, metric: str) -> Interval:
        default: Scale = "log" if metric == self.ranked else "identity"
        described, at = self.descriptors.get(metric, {}), self.sizes[metric]
        scale: Scale = described.get("scale", default)
        if scale == "logit" and math.isnan(at):
            scale = "identity"
        draws = trials(self.ranking, cell, metric, at)
        interval = t_interval(list(ends(cell, metric, at).values()), scale, trials=draws)
        return interval.within(*described.get("range", (None, None)))

    def collapsed(self, cell: Cell) -> int | None:
        if self.whole is None:
            return None
        few = self.whole.median / 2
        return sum(value < few for value in ends(cell, self.covered, self.sizes[self.covered]).values())


def _standing(cell: Cell, shared: _Field) -> Standing:
    values = ends(cell, shared.ranked, shared.sizes[shared.ranked])
    diverged = cell.counts[Status.DIVERGED]
    known = np.array([*values.values(), *[math.inf] * diverged])
    described = (metric for metric in shared.beside if metric in shared.descriptors)
    return Standing(
        cell=cell,
        rank=None,
        ends=dict(values),
        interval=shared.interval(cell, shared.ranked),
        median=_median(known),
        worst=float(known.max()) if known.size else math.nan,
        diverged=diverged,
        unfinished=len(cell.status) - len(values) - diverged,
        collapsed=shared.collapsed(cell),
        beside={metric: shared.interval(cell, metric) for metric in described},
    )


def _median(values: np.ndarray) -> float:
    """Median where infinity stays infinity instead of becoming NaN."""
    if values.size == 0:
        return math.nan
    low, high = np.sort(values)[[(values.size - 1) // 2, values.size // 2]]
    return float(low if low == high else (low + high) / 2)


def _order(standing: Standing) -> tuple[Any, ...]:
    if not standing.ends:
        return (2, standing.planned - standing.diverged, 0.0, standing.cell.label)
    return (1 if standing.unfinished else 0, standing.diverged, standing.interval.centre, standing.cell.label)


def _with_ranks(ordered: Sequence[Standing]) -> list[Standing]:
    """Compare all with the first: those that it does not beat share its rank and come next."""
    best = ordered[0] if ordered and ordered[0].ends else None
    if best is None:
        return list(ordered)
    compared = [best, *(_against(best, standing) for standing in ordered[1:])]
    ranked = [standing for standing in compared if standing.ends]
    alike = [replace(standing, rank=1) for standing in ranked if not standing.separate]
    behind = [standing for standing in ranked if standing.separate]
    placed = [replace(standing, rank=k) for k, standing in enumerate(behind, start=len(alike) + 1)]
    return [*alike, *placed, *(standing for standing in compared if not standing.ends)]


def _against(best: Standing, standing: Standing) -> Standing:
    if not standing.reached.size:
        return standing
    # Improvements are of scores: higher is better.
    better = improvement([-best.reached], [-standing.reached])
    return replace(standing, better=better, separate=better.better if better.tellable else None)
