"""What a run's robustness jobs came to: which seeds of which method reached the data where. Free of torch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from gan_bench.analysis.bands import band
from gan_bench.analysis.cells import Cell, cells_of, end_size, end_values, reference_of
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
    def planned(self) -> int:
        """Number of seeds that were planned: of those beyond n nobody knows where they would have ended."""
        return len(self.cell.status)

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
    """The cells of one table: every method at most once under every condition, on one data set.

    name is what tells this table from the others of a run, and empty where there is only one.
    """

    cells: tuple[Cell, ...]
    name: str = ""

    @classmethod
    def tables(cls, run: Any) -> list[Results]:
        """Return the tables of a run: one a data set, and more where a suite asks for one of them again."""
        cells = [cell for cell in cells_of(run.outcomes) if cell.experiment == NAME]
        grouped = tables_of([cell for cell in cells if not cell.is_reference], _place)
        return [
            cls((*(cell for cell in cells if cell.is_reference and cell.dataset == dataset), *mine), name)
            for dataset, name, mine in grouped
        ]

    @cached_property
    def trained(self) -> tuple[Cell, ...]:
        """Cells of methods."""
        return tuple(cell for cell in self.cells if not cell.is_reference)

    @property
    def methods(self) -> list[str]:
        """Names of the methods, in order."""
        return list(dict.fromkeys(_method(cell) for cell in self.trained))

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
        found = band(reference_of(self.cells, NAME, dataset), "w1", self._size)
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
        results = {_method(cell): Result(cell, self._distances(cell), self.target) for cell in mine}
        return {method: result for method, result in results.items() if result.n}

    def _distances(self, cell: Cell) -> np.ndarray:
        """A seed that diverged never got there; one that did not run to its end otherwise is left out."""
        lost = cell.counts[Status.DIVERGED]
        return np.append(end_values(cell, "w1", self._size).to_numpy(dtype=float), np.full(lost, math.inf))


def reaching(results: Sequence[Result], target: float) -> tuple[int, int]:
    """Of the networks, how many brought the median of their seeds to a distance, and how many there are."""
    medians = [float(np.median(result.distances)) for result in results]
    return sum(median <= target for median in medians), len(medians)


def tables_of(
    cells: Sequence[Cell], place: Callable[[Cell], tuple[str, Hashable]]
) -> list[tuple[str, str, list[Cell]]]:
    """Group cells into tables (data set, name, cells), in order, in which no place is taken twice.

    place gives a cell's data set and its place in the data set's table. The k-th cell of a place belongs to
    the k-th table. The name is empty for a table that is alone.
    """
    seen: Counter[tuple[str, Hashable]] = Counter()
    found: dict[tuple[str, int], list[Cell]] = {}
    for cell in cells:
        where = place(cell)
        seen[where] += 1
        found.setdefault((where[0], seen[where]), []).append(cell)
    if len(found) == 1:
        return [(dataset, "", mine) for (dataset, _), mine in found.items()]
    return [(data, data if k == 1 else f"{data} #{k}", mine) for (data, k), mine in found.items()]


def _method(cell: Cell) -> str:
    return cell.outcomes[0].job.method


def _place(cell: Cell) -> tuple[str, Hashable]:
    """The planner writes a job's data set as "ring8, setting A"."""
    dataset, _, condition = cell.dataset.rpartition(", ")
    return dataset, (condition, _method(cell))
