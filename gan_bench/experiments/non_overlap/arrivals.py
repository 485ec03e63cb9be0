"""From stored distances to arrivals: who arrives, and when half of the way is done. Free of torch."""

from __future__ import annotations

import math

import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.curves import seed_curves
from gan_bench.harness.outcome import Status


def distances(cell: Cell, separation: float) -> pd.DataFrame:
    """Distance still to go, (steps, seeds)."""
    return seed_curves(cell, "distance", separation)


def planned(cell: Cell) -> int:
    """Number of seeds, diverged ones included."""
    return len(cell.status)


def arrived(cell: Cell, separation: float) -> int:
    """Number of completed seeds with at most the settings' share of the start left at the last step."""
    curves = distances(cell, separation)
    if curves.empty:
        return 0
    last = curves.iloc[-1].to_dict()
    enough = cell.settings["arrive"] * separation
    return sum(
        status.status is Status.COMPLETED and last.get(seed, math.inf) <= enough
        for seed, status in cell.status.items()
    )


def steps_to_half(cell: Cell, separation: float) -> pd.Series:
    """First step at which half of the start is left, a value per planned seed; infinity for a miss.

    Between two snapshots the distance is taken as a straight line.
    """
    curves = distances(cell, separation)
    found = {
        seed: _crossing(curves[seed].dropna(), separation / 2) if seed in curves else math.inf
        for seed in cell.status
    }
    return pd.Series(found, dtype=float)


def _crossing(curve: pd.Series, level: float) -> float:
    steps, values = curve.index.to_numpy(dtype=float), curve.to_numpy(dtype=float)
    below = (values <= level).nonzero()[0]
    if not below.size:
        return math.inf
    k = int(below[0])
    if k == 0:
        return float(steps[0])
    share = (values[k - 1] - level) / (values[k - 1] - values[k])
    return float(steps[k - 1] + share * (steps[k] - steps[k - 1]))
