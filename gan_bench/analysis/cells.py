"""Cells: all outcomes of one method on one data set with the same settings, all blocks of seeds."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gan_bench.harness.outcome import COLUMNS, Outcome, SeedStatus, Status

# The method name under which an experiment stores draws of the true distribution.
REFERENCE = "perfect-sampler"


class Points(NamedTuple):
    """All values of one metric of a cell, in the order of its rows: an array each."""

    seed: np.ndarray
    step: np.ndarray
    at: np.ndarray
    value: np.ndarray

    def where(self, chosen: np.ndarray) -> Points:
        """Return the points that a mask or an index chooses."""
        return Points(self.seed[chosen], self.step[chosen], self.at[chosen], self.value[chosen])


@dataclass(frozen=True)
class Cell:
    """One method on one data set; label tells cells of one name apart where their settings differ."""

    label: str
    outcomes: tuple[Outcome, ...]

    @property
    def experiment(self) -> str:
        """Name of the experiment."""
        return self.outcomes[0].job.experiment

    @property
    def dataset(self) -> str:
        """Name of the data set; empty where the experiment has none."""
        return self.outcomes[0].job.dataset

    @property
    def key(self) -> str:
        """Key of the first job: what the page's anchors are made of."""
        return self.outcomes[0].job.key

    @property
    def settings(self) -> Mapping[str, Any]:
        """Settings of the job, plain JSON data."""
        return self.outcomes[0].job.settings

    @property
    def skip(self) -> str:
        """Why the pair cannot run; empty where it can."""
        return self.outcomes[0].job.skip

    @property
    def is_reference(self) -> bool:
        """True for the perfect sampler's cell."""
        return self.outcomes[0].job.method == REFERENCE

    @cached_property
    def status(self) -> dict[int, SeedStatus]:
        """Status of every planned seed, in order; a seed without one counts as not run."""
        merged: dict[int, SeedStatus] = {}
        for outcome in self.outcomes:
            missing = Status.SKIPPED if outcome.job.skip else Status.NOT_RUN
            for seed in outcome.job.seeds:
                merged[seed] = outcome.status.get(seed, SeedStatus(missing))
        return merged

    @cached_property
    def completed(self) -> tuple[int, ...]:
        """Seeds that reached the end."""
        return tuple(seed for seed, state in self.status.items() if state.status is Status.COMPLETED)

    @cached_property
    def counts(self) -> Counter[Status]:
        """Number of seeds per status."""
        return Counter(seed.status for seed in self.status.values())

    @cached_property
    def rows(self) -> pd.DataFrame:
        """All rows of all outcomes."""
        frames = [outcome.rows for outcome in self.outcomes if len(outcome.rows)]
        if not frames:
            return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
        return pd.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]

    @cached_property
    def _places(self) -> dict[str, np.ndarray]:
        """Where the rows of each metric stand."""
        codes, names = pd.factorize(self.rows["metric"])
        order = np.argsort(codes, kind="stable")
        ends = np.cumsum(np.bincount(codes, minlength=len(names)))
        return {str(name): part for name, part in zip(names, np.split(order, ends[:-1]), strict=True)}

    @cached_property
    def _columns(self) -> Points:
        return Points(*(self.rows[name].to_numpy() for name in Points._fields))

    @cached_property
    def _points(self) -> dict[str, Points]:
        """What `points` has gathered already."""
        return {}

    @cached_property
    def _ends(self) -> dict[tuple[str, float | None], dict[int, float]]:
        """What `ends` has found already: a page asks for the same values again and again."""
        return {}

    @cached_property
    def metrics(self) -> tuple[str, ...]:
        """Names of all metrics that have rows."""
        return tuple(self._places) if len(self.rows) else ()

    def of(self, metric: str, at: float = math.nan) -> pd.DataFrame:
        """Rows of one metric; of one coordinate (sample size, layer) where `at` is a number."""
        if metric not in self.metrics:
            return self.rows.iloc[:0]
        rows = self.rows.iloc[self._places[metric]]
        return rows if math.isnan(at) else rows[rows["at"] == at]

    def points(self, metric: str, at: float = math.nan) -> Points:
        """As `of`, as arrays: many times faster, which counts where a page reads thousands of cells."""
        if metric not in self._points:
            places = self._places[metric] if metric in self.metrics else np.empty(0, dtype=np.intp)
            self._points[metric] = self._columns.where(places)
        found = self._points[metric]
        return found if math.isnan(at) else found.where(found.at == at)

    @property
    def samples(self) -> Mapping[str, np.ndarray]:
        """Stored arrays of the first outcome that holds some."""
        return next((outcome.samples for outcome in self.outcomes if outcome.samples), {})

    @cached_property
    def descriptors(self) -> dict[str, dict[str, Any]]:
        """Descriptors of all metrics, by name."""
        return {name: d for outcome in self.outcomes for name, d in outcome.descriptors.items()}

    @cached_property
    def seconds(self) -> float:
        """Training seconds: the clock inside updates, summed over blocks of seeds; 0 where nothing ran."""
        clocks = [outcome.rows["seconds"].to_numpy().max() for outcome in self.outcomes if len(outcome.rows)]
        return float(np.nansum(clocks)) if clocks else 0.0


def cells_of(outcomes: Iterable[Outcome]) -> list[Cell]:
    """Gather outcomes into cells, in the order of their first job."""
    groups: dict[tuple[str, str, str, str], list[Outcome]] = {}
    for outcome in outcomes:
        job = outcome.job
        settings = json.dumps(job.settings, sort_keys=True, default=str)
        groups.setdefault((job.experiment, job.method, job.dataset, settings), []).append(outcome)
    names = Counter(group[:3] for group in groups)
    seen: Counter[tuple[str, str, str]] = Counter()
    cells = []
    for group, members in groups.items():
        seen[group[:3]] += 1
        label = f"{group[1]} #{seen[group[:3]]}" if names[group[:3]] > 1 else group[1]
        cells.append(Cell(label, tuple(members)))
    return cells


def reference_of(cells: Iterable[Cell], experiment: str, dataset: str) -> Cell | None:
    """Return the perfect sampler's cell on a data set, or None where it was not run."""
    yardsticks = (cell for cell in cells if cell.is_reference and len(cell.rows))
    return next((c for c in yardsticks if (c.experiment, c.dataset) == (experiment, dataset)), None)


def end_size(cells: Iterable[Cell], metric: str) -> float:
    """Largest sample size at which a metric was measured (the end values'); NaN without one."""
    # The largest that is a number: fmax passes over NaN.
    sizes = (float(np.fmax.reduce(cell.points(metric).at, initial=math.nan)) for cell in cells)
    return max((size for size in sizes if not math.isnan(size)), default=math.nan)


def curve_size(cells: Iterable[Cell], metric: str) -> float:
    """Sample size at which a metric was measured at the most steps (the curves'); NaN without one."""
    found: set[tuple[float, int]] = set()
    for points in (cell.points(metric) for cell in cells):
        found.update(zip(points.at.tolist(), points.step.tolist(), strict=True))
    steps = Counter(size for size, _ in found if not math.isnan(size))
    return max(steps, key=lambda at: (steps[at], -at), default=math.nan)


def end_values(cell: Cell, metric: str, at: float = math.nan) -> pd.Series:
    """Value of a metric at the last step of each completed seed: a series by seed.

    Diverged and unfinished seeds are absent, and so is a value that is not a number.
    """
    found = ends(cell, metric, at)
    return pd.Series(list(found.values()), pd.Index(list(found), name="seed", dtype="int64"), float, "value")


def ends(cell: Cell, metric: str, at: float = math.nan) -> dict[int, float]:
    """As `end_values`, without the cost of a series."""
    key = (metric, None if math.isnan(at) else at)
    if key not in cell._ends:
        cell._ends[key] = _ends(cell, metric, at)
    return cell._ends[key]


def _ends(cell: Cell, metric: str, at: float) -> dict[int, float]:
    points = cell.points(metric, at)
    if len(cell.completed) < len(cell.status):
        points = points.where(np.isin(points.seed, cell.completed))
    if points.step.size:
        points = points.where(points.step == points.step.max())
    values = dict(zip(points.seed.tolist(), points.value.tolist(), strict=True))
    return {seed: value for seed, value in sorted(values.items()) if math.isfinite(value)}
