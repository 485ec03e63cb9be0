"""Slopes of stored curves per decade of critic steps: one value per seed. Free of torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.curves import last_points, seed_curves

# What every look measures, and stores where it is finite: zero, too.
NORM = "generator_gradient_norm"


def complete(cell: Cell, separation: float) -> list[int]:
    """The seeds whose rows at a separation go up to the last step, whatever became of them at others."""
    points = cell.points(NORM, separation)
    return sorted(set(points.seed[points.step == cell.settings["steps"]].tolist()))


def completed(cell: Cell, metric: str, separation: float) -> pd.DataFrame:
    """A metric of the seeds that are complete at a separation, (steps, seeds)."""
    curves, whole = seed_curves(cell, metric, separation), complete(cell, separation)
    return curves[[seed for seed in curves if seed in whole]]


def broken_off(cell: Cell, metric: str, separation: float) -> list[tuple[float, float]]:
    """Last point (step, value) of each seed that diverged at this separation."""
    curves = seed_curves(cell, metric, separation)
    return last_points(cell, curves.drop(columns=complete(cell, separation), errors="ignore"))


def log_curves(cell: Cell, metric: str, separation: float) -> pd.DataFrame:
    """log10 of a metric, (steps, seeds), of complete seeds; minus infinity where it is exactly zero."""
    curves = completed(cell, metric, separation)
    with np.errstate(divide="ignore"):
        return curves.apply(np.log10)


def slopes(cell: Cell, metric: str, separation: float) -> pd.Series:
    """Least squares of log10(metric) on log10(step), from the job's fit_from on: one slope per seed.

    Minus infinity for a seed whose metric falls to exactly zero.
    """
    curves = log_curves(cell, metric, separation)
    curves = curves[curves.index >= cell.settings["fit_from"]]
    if curves.empty:
        return pd.Series(dtype=float)
    x, y = np.log10(curves.index.to_numpy(dtype=float)), curves.to_numpy(dtype=float)
    x -= x.mean()
    vanished = np.isneginf(y).any(axis=0)
    found = np.where(vanished, -np.inf, x @ np.where(np.isneginf(y), 0.0, y) / (x @ x))
    return pd.Series(found, index=curves.columns, dtype=float).dropna()


def mean_over_units(values: Sequence[pd.Series]) -> pd.Series:
    """Mean over the frozen generators, seed by seed; a seed that lacks one is left out."""
    if not values:
        return pd.Series(dtype=float)
    return pd.concat(values, axis=1).dropna().mean(axis=1)
