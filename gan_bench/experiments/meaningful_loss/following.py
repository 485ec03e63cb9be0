"""How closely what a critic reports follows exact W1: paths after the burn-in, and their rank correlation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from gan_bench.analysis.bands import band
from gan_bench.analysis.cells import Cell, curve_size, reference_of
from gan_bench.analysis.curves import seed_curves
from gan_bench.harness.outcome import Status
from gan_bench.metrics.bands import Band

NAME = "meaningful-loss"
GAP, JS = "critic_gap", "js_scores"


@dataclass(frozen=True)
class Followed:
    """One method on one data set: curves (steps, seeds) of the seeds that finished, from the burn-in on.

    floor is the perfect sampler's band of W1 at the same number of points.
    """

    cell: Cell
    floor: Band | None

    @property
    def method(self) -> str:
        """The method's own name; the cell's label may carry a number."""
        return self.cell.outcomes[0].job.method

    @property
    def metric(self) -> str:
        """What this critic reports: its bound of JS where its scores give one, else its gap."""
        return JS if len(self.cell.of(JS)) else GAP

    @cached_property
    def w1(self) -> pd.DataFrame:
        """Exact W1 in data units."""
        return self._curves("w1")

    @cached_property
    def reported(self) -> pd.DataFrame:
        """What the critic says of points that neither player was trained on."""
        return self._curves(self.metric)

    @cached_property
    def loss(self) -> pd.DataFrame:
        """Minus the critic's loss on its last minibatch, without a penalty: what a user sees for nothing."""
        return -self._curves("critic_loss")

    def _curves(self, metric: str) -> pd.DataFrame:
        size = curve_size([self.cell], metric)
        curves = seed_curves(self.cell, metric, size)
        done = {seed for seed, status in self.cell.status.items() if status.status is Status.COMPLETED}
        return curves.loc[curves.index >= self.cell.settings["burn_in"], [s for s in curves if s in done]]

    @cached_property
    def rho(self) -> pd.Series:
        """Spearman's correlation of report and W1, a value per seed in [-1, 1]."""
        return correlations(self.reported, self.w1)

    @cached_property
    def rho_of_loss(self) -> pd.Series:
        """Likewise of minus the critic's loss."""
        return correlations(self.loss, self.w1)

    @property
    def ranges(self) -> pd.Series:
        """Largest minus smallest W1 of each seed."""
        return self.w1.max() - self.w1.min()

    @property
    def movement(self) -> float:
        """Median over seeds of the range of W1; 0 without a seed."""
        return float(self.ranges.median()) if len(self.ranges) else 0.0


def correlations(reported: pd.DataFrame, w1: pd.DataFrame) -> pd.Series:
    """Spearman's rank correlation over steps of two frames (steps, seeds): a series by seed, ties averaged.

    A report that never changes tells nothing: 0. A seed with fewer than three common steps has no value.
    """
    x, y = reported.align(w1, join="inner")
    values = {}
    for seed in x:
        a, b = x[seed].to_numpy(dtype=float), y[seed].to_numpy(dtype=float)
        known = ~(np.isnan(a) | np.isnan(b))
        if known.sum() >= 3:
            values[seed] = _spearman(a[known], b[known])
    return pd.Series(values, dtype=float)


def _spearman(x: np.ndarray, y: np.ndarray) -> float:
    if np.ptp(x) == 0 or np.ptp(y) == 0:
        return 0.0
    return float(np.corrcoef(stats.rankdata(x), stats.rankdata(y))[0, 1])


def followed(cells: Sequence[Cell]) -> list[Followed]:
    """Return what was measured of every method, data set by data set, in the order of the run."""
    mine = [cell for cell in cells if cell.experiment == NAME]
    return [
        Followed(cell, _floor(mine, cell))
        for dataset in dict.fromkeys(cell.dataset for cell in mine)
        for cell in mine
        if cell.dataset == dataset and not cell.is_reference and len(cell.of("w1"))
    ]


def _floor(cells: Sequence[Cell], cell: Cell) -> Band | None:
    return band(reference_of(cells, NAME, cell.dataset), "w1", curve_size([cell], "w1"))
