"""What a run's robustness jobs came to: which seeds of which method reached the data where. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gan_bench.analysis.bands import band
from gan_bench.analysis.cells import Cell, cells_of, end_size, end_values, reference_rows
from gan_bench.analysis.intervals import wilson
from gan_bench.harness.outcome import Status

NAME = "robustness"


@dataclass(frozen=True)
class Result:
    """The seeds of one cell: distances at the end (n,), infinite where a seed diverged, and the target."""

    cell: Cell
    distances: np.ndarray
    target: float

    @property
    def n(self) -> int:
        """Number of seeds that ran, to their end or to divergence."""
        return len(self.distances)

    @property
    def reached(self) -> int:
        """Number of seeds whose distance at the end is at most the target."""
        return int((self.distances <= self.target).sum())

    @property
    def diverged(self) -> int:
        """Number of seeds that diverged."""
        return int(np.isinf(self.distances).sum())

    @property
    def share(self) -> tuple[float, float, float]:
        """The share of seeds that reached the target, with Wilson's 95 % interval."""
        return (self.reached / self.n, *wilson(self.reached, self.n))


@dataclass(frozen=True)
class Results:
    """All cells of the experiment in one run."""

    cells: tuple[Cell, ...]

    @classmethod
    def of(cls, run: Any) -> Results:
        """Gather them from a run's outcomes."""
        return cls(tuple(cell for cell in cells_of(run.outcomes) if cell.experiment == NAME))

    @cached_property
    def trained(self) -> tuple[Cell, ...]:
        """Cells of methods."""
        return tuple(cell for cell in self.cells if not cell.is_reference)

    @property
    def methods(self) -> list[str]:
        """Labels of the methods, in order."""
        return list(dict.fromkeys(cell.label for cell in self.trained))

    @property
    def settings(self) -> list[str]:
        """Names of the optimiser settings, in order."""
        return list(
            dict.fromkeys(cell.settings["setting"] for cell in self.trained if "setting" in cell.settings)
        )

    @property
    def architectures(self) -> list[int]:
        """Numbers of the random pairs of networks, in order."""
        return list(
            dict.fromkeys(cell.settings["number"] for cell in self.trained if "number" in cell.settings)
        )

    @property
    def floor(self) -> float:
        """Median distance of the perfect sampler at the models' sample size; NaN where it was not run."""
        dataset = next((cell.dataset for cell in self.cells if cell.is_reference), "")
        rows = reference_rows(self.cells, NAME, dataset)
        found = None if rows is None else band(rows, "w1", self._size)
        return math.nan if found is None else found.median

    @property
    def target(self) -> float:
        """The distance that counts as having reached the data; NaN where the floor is not known."""
        return self.floor * max((cell.settings["target"] for cell in self.trained), default=math.nan)

    def at(self, setting: str) -> dict[str, Result]:
        """Results at an optimiser setting, by method."""
        return self._where("setting", setting)

    def of_architecture(self, number: int) -> dict[str, Result]:
        """Results of one pair of networks, by method."""
        return self._where("number", number)

    @cached_property
    def _size(self) -> float:
        return end_size(self.trained, "w1")

    def _where(self, key: str, value: object) -> dict[str, Result]:
        mine = [cell for cell in self.trained if cell.settings.get(key) == value]
        results = {cell.label: Result(cell, self._distances(cell), self.target) for cell in mine}
        return {label: result for label, result in results.items() if result.n}

    def _distances(self, cell: Cell) -> np.ndarray:
        """A seed that diverged never got there; one that did not run to its end otherwise is left out."""
        lost = cell.counts[Status.DIVERGED]
        return np.append(end_values(cell, "w1", self._size).to_numpy(dtype=float), np.full(lost, math.inf))


def reaching(results: Sequence[Result], target: float) -> tuple[int, int]:
    """Of the networks, how many brought the median of their seeds to a distance, and how many there are."""
    medians = [float(np.median(result.distances)) for result in results]
    return sum(median <= target for median in medians), len(medians)
