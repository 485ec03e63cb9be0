"""Slopes of stored curves per decade of critic steps: one value per seed. Free of torch."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.curves import seed_curves
from gan_bench.harness.outcome import Status


def completed(cell: Cell, curves: pd.DataFrame) -> pd.DataFrame:
    """The columns of the seeds that reached the end."""
    lost = [seed for seed, status in cell.status.items() if status.status is not Status.COMPLETED]
    return curves.drop(columns=lost, errors="ignore")


def log_curves(cell: Cell, metric: str, separation: float) -> pd.DataFrame:
    """log10 of a metric, (steps, seeds), of completed seeds; minus infinity where it is exactly zero."""
    curves = completed(cell, seed_curves(cell, metric, separation))
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
