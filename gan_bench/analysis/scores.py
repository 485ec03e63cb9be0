"""End scores of the ranked experiments: how near each seed ends, against a perfect sampler on the same data.

The reference is the perfect sampler's median, which belongs to the data set and the sample size: it does not
depend on which methods are there, so a score does not move when a method joins or leaves. That is what a
frozen reference is for; scaling by the best and worst method present lacks it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.bands import band
from gan_bench.analysis.cells import Cell, end_size, ends
from gan_bench.analysis.rankings import RANKINGS, Contest, contests, extractor, named
from gan_bench.harness.outcome import Status

COLUMNS = (
    "experiment",
    "label",
    "dataset",
    "method",
    "seed",
    "value",
    "reference",
    "score",
    "planned",
)


@dataclass(frozen=True)
class Group:
    """Methods that all have scores on the same data sets by the same measure, and so may be put together.

    label: the ranking metric in a heading, `W1`, `FID (glyphs-cnn)`; scores: their rows of `scores`;
    left_out: a sentence for each method and data set that is not among them.
    """

    experiment: str
    label: str
    datasets: tuple[str, ...]
    methods: tuple[str, ...]
    scores: pd.DataFrame
    left_out: tuple[str, ...]

    def of(self, method: str) -> list[np.ndarray]:
        """Scores of one method, one array (seeds,) per data set, in the order of `datasets`."""
        return [self._arrays[method, name] for name in self.datasets]

    @cached_property
    def _arrays(self) -> dict[tuple[str, str], np.ndarray]:
        cells = self.scores.groupby(["method", "dataset"], sort=False)["score"]
        return {(str(m), str(d)): found.to_numpy(dtype=float) for (m, d), found in cells}

    def missing(self, method: str) -> tuple[int, int]:
        """Return how many planned seeds of a method did not finish (a fault, no finding), and the plan."""
        mine = self.scores[self.scores["method"] == method]
        planned = int(mine.groupby("dataset")["planned"].first().sum())
        return planned - len(mine), planned


def scores(cells: Sequence[Cell]) -> pd.DataFrame:
    """Return one row of COLUMNS per seed that ended or diverged, of every ranked experiment.

    dataset: the contest's title; value: the ranking metric at the last step, +inf for a diverged seed;
    reference: the perfect sampler's median there, NaN without one; score = log(reference / value): 0 is as
    near as a perfect sampler, -log 2 twice as far, -inf diverged, NaN without a positive reference. A value
    of 0 or below (rounding) scores as the smallest positive number. Seeds that did not finish have no row;
    planned is the number of seeds of the cell, so that they are counted.
    """
    lines = [line for name in RANKINGS for contest in contests(cells, name) for line in _lines(contest)]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def groups(frame: pd.DataFrame) -> list[Group]:
    """Split scores by experiment and measure, each into the methods and data sets that can be put together.

    Among the sets of data sets that some method has scores on, the one that keeps most pairs of a method
    and a data set; at equal counts the larger number of data sets. Where nothing has a score there is none.
    """
    found = []
    for (name, label), rows in frame.groupby(["experiment", "label"], sort=False):
        known = rows[rows["score"].notna()]
        if len(known):
            found.append(_group(str(name), str(label), rows, known))
    return found


def _lines(contest: Contest) -> Iterator[tuple[Any, ...]]:
    ranking = RANKINGS[contest.experiment]
    metric = named(contest.cells, [ranking.by]).get(ranking.by, ranking.by)
    judge, size = extractor(metric), end_size(contest.cells, metric)
    perfect = band(contest.reference, metric, size)
    reference = perfect.median if perfect else math.nan
    label = f"{ranking.short} ({judge})" if judge else ranking.short
    for cell in contest.cells:
        for seed, value in _values(cell, metric, size):
            place = (contest.experiment, label, contest.title, cell.label, seed)
            yield (*place, value, reference, _score(value, reference), len(cell.status))


def _values(cell: Cell, metric: str, size: float) -> list[tuple[int, float]]:
    """End value of each seed, in the order of seeds; infinite where it diverged."""
    ended = ends(cell, metric, size)
    lost = {seed: math.inf for seed, state in cell.status.items() if state.status is Status.DIVERGED}
    return sorted((ended | lost).items())


def _score(value: float, reference: float) -> float:
    if not reference > 0:
        return math.nan
    return math.log(reference) - math.log(max(value, np.finfo(float).tiny))


def _group(experiment: str, label: str, rows: pd.DataFrame, known: pd.DataFrame) -> Group:
    on = {str(m): frozenset(mine["dataset"]) for m, mine in known.groupby("method", sort=False)}

    def kept(candidate: frozenset[str]) -> tuple[int, int]:
        return sum(candidate <= mine for mine in on.values()) * len(candidate), len(candidate)

    chosen = max(on.values(), key=kept)
    datasets = tuple(str(name) for name in known["dataset"].unique() if name in chosen)
    methods = tuple(name for name, mine in on.items() if chosen <= mine)
    inside = known[known["dataset"].isin(chosen) & known["method"].isin(methods)]
    left_out = (*_absent(on, datasets), *_elsewhere(rows, known, datasets))
    return Group(experiment, label, datasets, methods, inside.reset_index(drop=True), left_out)


def _absent(on: Mapping[str, frozenset[str]], datasets: Sequence[str]) -> Iterator[str]:
    """Say which methods lack a data set of the group."""
    for name, mine in on.items():
        if lacking := [dataset for dataset in datasets if dataset not in mine]:
            yield f"{name} is left out: no seed of it ended on {', '.join(lacking)}."


def _elsewhere(rows: pd.DataFrame, known: pd.DataFrame, datasets: Sequence[str]) -> Iterator[str]:
    """Say which data sets are not in the group, and why."""
    scored = set(known["dataset"])
    for dataset in map(str, rows["dataset"].unique()):
        if dataset not in scored:
            yield f"{dataset} is left out: no perfect sampler was measured on it."
        elif dataset not in datasets:
            yield f"{dataset} is left out: not every method here has a seed that ended on it."
