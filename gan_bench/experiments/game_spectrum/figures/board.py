"""What the figures of one data set are drawn from, and what the numbers say in words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.palette import Look
from gan_bench.experiments.game_spectrum.settings import EQUILIBRIUM
from gan_bench.metrics.descriptor import Scale

FLOW, OPTIMISER = 0, 1


@dataclass(frozen=True)
class Board:
    """The cells of one data set, and the look of every method of the run."""

    dataset: str
    cells: tuple[Cell, ...]
    looks: dict[str, Look]

    def last(self, cell: Cell, metric: str, view: int | None = None) -> float:
        """Mean over seeds at the last step."""
        rows = at_view(cell.of(metric), view)
        end = cell.of("field_norm")["step"].max()
        return float(rows[rows["step"] == end]["value"].mean())

    def values(self, metric: str, view: int | None = None) -> np.ndarray:
        """All finite numbers of a metric, of all seeds and steps."""
        found = np.concatenate([at_view(cell.of(metric), view)["value"].to_numpy() for cell in self.cells])
        return np.asarray(found[np.isfinite(found)])

    def at_rest(self, cell: Cell) -> bool:
        """True where at the last step every seed's field is small beside its start's."""
        rows = cell.of("field_ratio")
        rows = rows[rows["step"] == cell.of("field_norm")["step"].max()]
        return bool(len(rows)) and bool((rows["value"] <= EQUILIBRIUM).all())

    def state_of(self, cell: Cell) -> str:
        """Whether the last step is an equilibrium, in words."""
        return "near an equilibrium" if self.at_rest(cell) else "not an equilibrium"

    @property
    def state(self) -> str:
        """The same of all methods."""
        moving = [cell.label for cell in self.cells if not self.at_rest(cell)]
        if not moving:
            return "all methods near an equilibrium"
        return "not an equilibrium: " + (
            "all methods" if len(moving) == len(self.cells) else ", ".join(moving)
        )

    @property
    def state_in_short(self) -> str:
        """The same, short enough to stand inside a panel."""
        moving = [cell.label for cell in self.cells if not self.at_rest(cell)]
        return (
            "not an equilibrium"
            + ("" if len(moving) == len(self.cells) else f" ({len(moving)} of {len(self.cells)} methods)")
            if moving
            else "near an equilibrium"
        )

    def lost(self, view: int) -> str:
        """How many searches found nothing."""
        rows = pd.concat([at_view(cell.of("ends_not_found"), view) for cell in self.cells])
        return f"{rows['value'].sum():.0f} of {2 * len(rows)} searches"

    def table(self) -> pd.DataFrame:
        """Means over seeds at the last step, a row per method."""
        rows = []
        for cell in self.cells:
            values = {"|v| / |v0|": self.last(cell, "field_ratio"), "state": self.state_of(cell)}
            for view, name in ((FLOW, "flow"), (OPTIMISER, "step")):
                values[f"largest Re, {name}"] = self.last(cell, "largest_real", view)
                values[f"largest Im, {name}"] = self.last(cell, "largest_imaginary", view)
            lost = cell.of("ends_not_found")
            values["ends not found"] = f"{lost['value'].sum():.0f} of {2 * len(lost)}"
            seeds = lost.loc[lost["value"] > 0, "seed"].nunique()
            values["seeds that lost some"] = f"{seeds} of {lost['seed'].nunique()}"
            rows.append({"method": cell.label, **values})
        return pd.DataFrame(rows)


def at_view(rows: pd.DataFrame, view: int | None) -> pd.DataFrame:
    """Rows of the flow or of the optimiser's step; all where a metric has no views."""
    return rows if view is None else rows[rows["at"] == view]


def curve(rows: pd.DataFrame, along: str, scale: Scale) -> tuple[list[float], list[Interval]]:
    """Coordinates and, at each, the interval of the mean over seeds."""
    places = sorted(rows[along].unique())
    at = (rows[rows[along] == place]["value"].to_numpy() for place in places)
    return [float(place) for place in places], [t_interval(values, scale) for values in at]


def stored(cell: Cell) -> np.ndarray:
    """All eigenvalues of the flow at the last step, both ends and all seeds, complex (n,)."""
    blocks = [o.samples["eigenvalues"][:, FLOW] for o in cell.outcomes if "eigenvalues" in o.samples]
    if not blocks:
        return np.empty(0, complex)
    parts = np.concatenate([block.reshape(-1, 2) for block in blocks])
    values = parts[:, 0] + 1j * parts[:, 1]
    return np.asarray(values[np.isfinite(parts).all(1)])
