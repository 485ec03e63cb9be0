"""What the figures of the experiment are drawn from: cells, looks, intervals over seeds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.palette import Look
from gan_bench.experiments.vanishing_gradient.slopes import completed, mean_over_units, slopes
from gan_bench.metrics.descriptor import Scale

# Shares and distances; all other metrics are on a log scale.
LINEAR = ("accuracy", "support_gap")


@dataclass(frozen=True)
class Board:
    """The cells of one data set that have rows, and the look of every label; suffix is that of figures."""

    cells: tuple[Cell, ...]
    looks: dict[str, Look]
    suffix: str = ""
    # Panels, words and tables ask for the same curves and slopes.
    _known: dict[tuple[object, ...], Any] = field(default_factory=dict, repr=False)

    @cached_property
    def methods(self) -> tuple[str, ...]:
        """Labels, in order."""
        return tuple(dict.fromkeys(cell.label for cell in self.cells))

    @cached_property
    def units(self) -> list[int]:
        """Numbers of units of training before the generator was frozen."""
        return sorted({cell.settings["units"] for cell in self.cells})

    @cached_property
    def separations(self) -> list[float]:
        """What the generator's output was moved by."""
        return sorted({float(s) for cell in self.cells for s in cell.settings["separations"]})

    def of(self, method: str, units: int | None = None) -> list[Cell]:
        """Cells of one label, at one number of units or all."""
        return [c for c in self.cells if c.label == method and units in (None, c.settings["units"])]

    def curves(self, method: str, units: int | None, metric: str, separation: float) -> pd.DataFrame:
        """(steps, seeds) of complete seeds: at one number of units, or the mean over all.

        The mean is geometric for gradients and variances, arithmetic for shares and distances.
        """
        key = ("curves", method, units, metric, separation)
        if key not in self._known:
            self._known[key] = self._curves(method, units, metric, separation)
        curves: pd.DataFrame = self._known[key]
        return curves

    def _curves(self, method: str, units: int | None, metric: str, separation: float) -> pd.DataFrame:
        found = [completed(cell, metric, separation) for cell in self.of(method, units)]
        found = [curves for curves in found if curves.size]
        if len(found) < 2:
            return found[0] if found else pd.DataFrame()
        if metric in LINEAR:
            return (sum(found[1:], found[0]) / len(found)).dropna(how="all")
        with np.errstate(divide="ignore"):
            logs = [curves.apply(np.log) for curves in found]
        mean: pd.DataFrame = (sum(logs[1:], logs[0]) / len(logs)).apply(np.exp)
        return mean.dropna(how="all")

    def slope(self, method: str, units: int | None, metric: str, separation: float) -> pd.Series:
        """One fitted slope per seed."""
        key = ("slope", method, units, metric, separation)
        if key not in self._known:
            each = [slopes(cell, metric, separation) for cell in self.of(method, units)]
            self._known[key] = mean_over_units(each)
        slope: pd.Series = self._known[key]
        return slope

    def slope_interval(self, method: str, units: int | None, metric: str, separation: float) -> Interval:
        """Interval of the fitted slope over seeds."""
        return interval(self.slope(method, units, metric, separation).to_numpy(), "identity")


def intervals(curves: pd.DataFrame, scale: Scale = "log", trials: float | None = None) -> list[Interval]:
    """One interval over seeds per step."""
    return [interval(row.dropna().to_numpy(dtype=float), scale, trials) for _, row in curves.iterrows()]


def interval(values: Sequence[float] | np.ndarray, scale: Scale, trials: float | None = None) -> Interval:
    """The interval of finite values; without one where a value is infinite."""
    x = np.asarray(values, dtype=float)
    if x.size and not np.isfinite(x).all():
        return Interval(float(np.median(x)), None, None, x.size, "not finite")
    return t_interval(x, scale, trials=trials)


def text(found: Interval) -> str:
    """Write a centre with its interval."""
    if math.isnan(found.centre):
        return "-"
    if found.low is None or found.high is None:
        return f"{found.centre:.3g}"
    return f"{found.centre:.3g} [{found.low:.3g}, {found.high:.3g}]"
