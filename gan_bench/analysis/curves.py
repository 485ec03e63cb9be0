"""Curves over steps: seeds as columns, and their median with lost seeds counted."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.harness.outcome import Status


class Grid(NamedTuple):
    """Curves as arrays: steps (k,), seeds (n,), values (k, n), NaN where there is none."""

    steps: np.ndarray
    seeds: np.ndarray
    values: np.ndarray


def seed_curves(cell: Cell, metric: str, at: float = math.nan) -> pd.DataFrame:
    """Return a frame (steps, seeds) of one metric; NaN where a seed has no row or no finite value."""
    grid = seed_grid(cell, metric, at)
    return pd.DataFrame(grid.values, index=grid.steps, columns=grid.seeds)


def seed_grid(cell: Cell, metric: str, at: float = math.nan) -> Grid:
    """As `seed_curves`, without the cost of a frame."""
    points = cell.points(metric, at)
    steps, row = np.unique(points.step, return_inverse=True)
    seeds, column = np.unique(points.seed, return_inverse=True)
    table = np.full((len(steps), len(seeds)), np.nan)
    table[row, column] = np.where(np.isfinite(points.value), points.value, np.nan)
    known = ~np.isnan(table).all(axis=1)
    return Grid(steps[known], seeds, table[known])


def median_curve(curves: pd.DataFrame, diverged: int = 0) -> pd.Series:
    """Median over seeds per step, (steps, seeds) -> (steps,).

    diverged > 0 counts seeds without a value as infinitely bad, so that a curve of survivors does not look
    better than it is; where the median itself is lost the curve is NaN.
    """
    if diverged == 0:
        return curves.median(axis=1)
    filled = curves.fillna(math.inf).to_numpy()
    ordered = np.sort(filled, axis=1)
    n = ordered.shape[1]
    low, high = ordered[:, (n - 1) // 2], ordered[:, n // 2]
    median = np.where(np.isfinite(high), (low + np.where(np.isfinite(high), high, 0.0)) / 2, np.nan)
    return pd.Series(median, index=curves.index)


def last_points(cell: Cell, curves: pd.DataFrame) -> list[tuple[float, float]]:
    """Last finite point (step, value) of each diverged seed: where its trace breaks off."""
    points = []
    for seed, status in cell.status.items():
        if status.status is Status.DIVERGED and seed in curves and curves[seed].notna().any():
            trace = curves[seed].dropna()
            points.append((float(trace.index[-1]), float(trace.iloc[-1])))
    return points


def layer_profile(cell: Cell, metric: str) -> pd.Series:
    """Median over seeds of a per-layer metric at the last step: a series by layer, input side first."""
    rows = cell.of(metric)
    rows = rows[np.isfinite(rows["value"])]
    if rows.empty:
        return pd.Series(dtype=float)
    rows = rows[rows["step"] == rows["step"].max()]
    return rows.groupby("at")["value"].median()
