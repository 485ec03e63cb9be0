"""What the pictures of one pair are drawn from, and what their panels share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.palette import Look
from gan_bench.experiments.divergence_sweep.reading import (
    axis_of,
    constraint_of,
    is_exact,
    is_trained,
    table,
)

AXES = {
    "separation": "separation [data units]",
    "gap": "gap between the rims [data units]",
    "angle": "angle [radians]",
}


@dataclass(frozen=True)
class Sweep:
    """All cells of one pair; exact and independent are None where they left no rows."""

    pair: str
    exact: Cell | None
    independent: Cell | None
    critics: tuple[Cell, ...]
    looks: dict[str, Look]

    @property
    def axis(self) -> str:
        """Label of the x axis."""
        some = next(cell for cell in (self.exact, self.independent, *self.critics) if cell is not None)
        return AXES[axis_of(some)]

    def curve(self, metric: str) -> pd.Series:
        """An exact curve, place -> value; empty where there is none."""
        if self.exact is None:
            return pd.Series(dtype=float)
        return table(self.exact, metric).mean(axis=1)

    def having(self, metric: str) -> list[Cell]:
        """Trained cells that measured a metric."""
        return [cell for cell in self.critics if not table(cell, metric).empty]

    def weights(self) -> list[float]:
        """Weights of the penalties on slopes in play, ascending."""
        penalised = ("GradientPenalty", "OneSidedPenalty")
        found = {constraint_of(cell) for cell in self.having("critic_gap")}
        return sorted({weight for kind, weight in found if kind in penalised and weight > 0})


def sweeps_of(cells: Sequence[Cell], shared: dict[str, Look]) -> list[Sweep]:
    """Gather cells by pair; those that left no rows, or failed half way, are left out."""
    ran = [cell for cell in cells if len(cell.rows)]
    made = []
    for pair in dict.fromkeys(cell.dataset for cell in ran):
        mine = [cell for cell in ran if cell.dataset == pair]
        measured = [cell for cell in mine if not table(cell, "w1_exact").empty]
        exact = next((cell for cell in measured if is_exact(cell)), None)
        drawn = (c for c in mine if c.is_reference and not table(c, "w1_independent").empty)
        critics = tuple(cell for cell in measured if is_trained(cell))
        independent = next(drawn, None)
        made.append(Sweep(pair, exact, independent, critics, shared))
    return made


def intervals(values: pd.DataFrame, *, log: bool = False) -> list[Interval]:
    """One interval over seeds for each place (row), of the mean or, on a log axis, the geometric mean."""
    rows = (row[np.isfinite(row)] for row in values.to_numpy(dtype=float))
    return [t_interval(row, "log" if log else "identity") for row in rows]


def ends(values: pd.DataFrame) -> str:
    """First and last mean in words."""
    means = values.mean(axis=1)
    return f"{means.iloc[0]:.3g} at {means.index[0]:.3g} to {means.iloc[-1]:.3g} at {means.index[-1]:.3g}"
