"""From stored distances to arrivals: who arrives, and when half of the way is done. Free of torch."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.curves import last_points, seed_curves


def distances(cell: Cell, separation: float) -> pd.DataFrame:
    """Distance still to go, (steps, seeds)."""
    return seed_curves(cell, "distance", separation)


def planned(cell: Cell) -> int:
    """Number of seeds, diverged ones included."""
    return len(cell.status)


def survived(cell: Cell, separation: float) -> list[int]:
    """The seeds whose distances from a separation go up to the last step, whatever they did from others."""
    rows = cell.of("distance", separation)
    last = rows[(rows["step"] == cell.settings["steps"]) & np.isfinite(rows["value"])]
    return sorted(last["seed"].unique().tolist())


def broken_off(cell: Cell, separation: float) -> list[tuple[float, float]]:
    """Last point (step, distance) of each seed that diverged from this separation."""
    curves = distances(cell, separation)
    return last_points(cell, curves.drop(columns=survived(cell, separation), errors="ignore"))


def arrived(cell: Cell, separation: float) -> int:
    """Number of seeds that survived, with at most the settings' share of the start left at the last step."""
    curves, seeds = distances(cell, separation), survived(cell, separation)
    return int((curves[seeds].iloc[-1] <= cell.settings["arrive"] * separation).sum()) if seeds else 0


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
