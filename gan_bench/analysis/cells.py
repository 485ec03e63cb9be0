"""Cells: all outcomes of one method on one data set with the same settings, all blocks of seeds."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.harness.outcome import COLUMNS, Outcome, SeedStatus, Status

# The method name under which an experiment stores draws of the true distribution.
REFERENCE = "perfect-sampler"


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
    def _by_metric(self) -> dict[str, pd.DataFrame]:
        return {str(name): rows for name, rows in self.rows.groupby("metric", sort=False)}

    def of(self, metric: str, at: float = math.nan) -> pd.DataFrame:
        """Rows of one metric; of one coordinate (sample size, layer) where `at` is a number."""
        rows = self._by_metric.get(metric)
        if rows is None:
            return self.rows.iloc[:0]
        return rows if math.isnan(at) else rows[rows["at"] == at]

    @property
    def samples(self) -> Mapping[str, np.ndarray]:
        """Stored arrays of the first outcome that holds some."""
        return next((outcome.samples for outcome in self.outcomes if outcome.samples), {})

    @property
    def descriptors(self) -> dict[str, dict[str, Any]]:
        """Descriptors of all metrics, by name."""
        return {name: d for outcome in self.outcomes for name, d in outcome.descriptors.items()}

    @property
    def seconds(self) -> float:
        """Training seconds: the clock inside updates, summed over blocks of seeds; 0 where nothing ran."""
        clocks = [float(outcome.rows["seconds"].max()) for outcome in self.outcomes if len(outcome.rows)]
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


def reference_rows(cells: Sequence[Cell], experiment: str, dataset: str) -> pd.DataFrame | None:
    """Return the perfect sampler's rows on a data set, or None where it was not run."""
    for cell in cells:
        if cell.is_reference and (cell.experiment, cell.dataset) == (experiment, dataset) and len(cell.rows):
            return cell.rows
    return None


def end_size(cells: Iterable[Cell], metric: str) -> float:
    """Largest sample size at which a metric was measured (the end values'); NaN without one."""
    sizes = [cell.of(metric)["at"].max() for cell in cells]
    known = [float(size) for size in sizes if not math.isnan(size)]
    return max(known, default=math.nan)


def curve_size(cells: Iterable[Cell], metric: str) -> float:
    """Sample size at which a metric was measured at the most steps (the curves'); NaN without one."""
    steps: dict[float, set[int]] = {}
    for cell in cells:
        for at, step in set(zip(cell.of(metric)["at"], cell.of(metric)["step"], strict=True)):
            if not math.isnan(at):
                steps.setdefault(float(at), set()).add(int(step))
    return max(steps, key=lambda at: (len(steps[at]), -at), default=math.nan)


def end_values(cell: Cell, metric: str, at: float = math.nan) -> pd.Series:
    """Value of a metric at the last step of each completed seed: a series by seed.

    Diverged and unfinished seeds are absent, and so is a value that is not a number.
    """
    rows = cell.of(metric, at)
    done = [seed for seed, status in cell.status.items() if status.status is Status.COMPLETED]
    rows = rows[rows["seed"].isin(done)]
    rows = rows[rows["step"] == rows["step"].max()]
    values = rows.groupby("seed")["value"].last()
    return values[np.isfinite(values)]
