"""What a run's ablation jobs came to: distances at the end by seed, arms compared. Free of torch."""

from __future__ import annotations

import math
from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.bands import band
from gan_bench.analysis.cells import Cell, cells_of, end_size, end_values, reference_of
from gan_bench.experiments.recipe_ablation.arms import GAP, PENALTY
from gan_bench.experiments.robustness.results import tables_of
from gan_bench.harness.outcome import Status
from gan_bench.metrics.bands import Band

NAME = "recipe-ablation"


@dataclass(frozen=True)
class Results:
    """The cells of one ablation on one data set, every arm at most once.

    name is what tells this ablation from the others of a run, and empty where there is only one.
    """

    cells: tuple[Cell, ...]
    name: str = ""

    @classmethod
    def tables(cls, run: Any) -> list[Results]:
        """Return the ablations of a run: one a data set, more where a suite asks for one of them again."""
        cells = [cell for cell in cells_of(run.outcomes) if cell.experiment == NAME]
        grouped = tables_of([cell for cell in cells if not cell.is_reference], _place)
        return [
            cls((*(cell for cell in cells if cell.is_reference and cell.dataset == dataset), *mine), name)
            for dataset, name, mine in grouped
        ]

    def arm(self, role: str, name: str, weight: float | None = None) -> Cell | None:
        """The cell of one arm that ran, or None."""
        for cell in self.having(role):
            if cell.outcomes[0].job.method == name and cell.settings.get("weight") == weight:
                return cell
        return None

    def having(self, role: str) -> list[Cell]:
        """Cells of one role of which some seed ran, in order."""
        mine = [cell for cell in self.cells if cell.settings.get("role") == role]
        return [cell for cell in mine if cell.counts[Status.COMPLETED] or cell.counts[Status.DIVERGED]]

    @property
    def weights(self) -> list[float]:
        """Weights of the penalties, in order."""
        found = [cell.settings["weight"] for cell in self.cells if "weight" in cell.settings]
        return sorted(set(found))

    @cached_property
    def band(self) -> Band | None:
        """The perfect sampler's band of W1 at the arms' sample size; None where it was not run."""
        dataset = next((cell.dataset for cell in self.cells if cell.is_reference), "")
        return band(reference_of(self.cells, NAME, dataset), "w1", self._size)

    @cached_property
    def _size(self) -> float:
        trained = (cell for cell in self.cells if not cell.is_reference and cell.settings.get("role") != GAP)
        return end_size(trained, "w1")

    def ends(self, cell: Cell | None) -> pd.Series:
        """W1 at the end by seed, infinite where the seed diverged; seeds that did not run are absent."""
        if cell is None:
            return pd.Series(dtype=float)
        lost = [seed for seed, status in cell.status.items() if status.status is Status.DIVERGED]
        return pd.concat([end_values(cell, "w1", self._size), pd.Series(math.inf, index=lost, dtype=float)])

    def log_ratios(self, cell: Cell | None, base: Cell | None) -> np.ndarray:
        """log(W1 / W1 of the base) at the end, seed by seed: paired, because seeds share their draws.

        +inf where only this arm's seed diverged, -inf where only the base's did; a seed that diverged in
        both, or did not run in one, says nothing and is left out.
        """
        mine, theirs = self.ends(cell).align(self.ends(base), join="inner")
        told = np.isfinite(mine) | np.isfinite(theirs)
        return np.log(mine[told].to_numpy(dtype=float)) - np.log(theirs[told].to_numpy(dtype=float))


def _place(cell: Cell) -> tuple[str, Hashable]:
    """The planner writes "ring8, weight 10" and "ring8, fixed generator" for these two roles' data sets."""
    role, weight = cell.settings.get("role"), cell.settings.get("weight")
    named = cell.dataset.rpartition(", ")[0] if role in (GAP, PENALTY) else cell.dataset
    return named, (role, weight, cell.outcomes[0].job.method)


def named(text: str, results: Results, joint: str) -> str:
    """A figure's name or title, told apart where a run holds several ablations."""
    return f"{text}{joint}{results.name}" if results.name else text


def planned(*cells: Cell | None) -> int:
    """Number of seeds that were planned."""
    return max((len(cell.status) for cell in cells if cell is not None), default=0)


def worst(cell: Cell, metric: str, *, completed: bool = False) -> np.ndarray:
    """Largest value of a metric over all steps, (n,) by seed; of completed seeds alone where wanted.

    A seed that was cut short has no largest value over all steps.
    """
    largest = cell.of(metric).groupby("seed")["value"].max()
    if completed:
        largest = largest[[cell.status[seed].status is Status.COMPLETED for seed in largest.index]]
    return largest.to_numpy(dtype=float)


def growth(cell: Cell) -> np.ndarray:
    """Slope of log |gap| against log step over the last half of the steps, (n,) by seed.

    1 means in proportion to the steps, 0 a plateau; +inf for a seed that diverged.
    """
    rows = cell.of("critic_gap")
    rows = rows[(rows["step"] >= cell.settings["steps"] / 2) & (rows["value"] != 0)]
    done = {seed for seed, status in cell.status.items() if status.status is Status.COMPLETED}
    slopes = [
        float(np.polyfit(np.log(mine["step"].to_numpy(float)), np.log(mine["value"].abs().to_numpy()), 1)[0])
        for seed, mine in rows.groupby("seed")
        if seed in done and len(mine) > 1
    ]
    return np.append(slopes, np.full(cell.counts[Status.DIVERGED], math.inf))
