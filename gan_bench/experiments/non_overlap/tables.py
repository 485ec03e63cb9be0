"""The numbers behind the figures: a row per method, problem and start."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.intervals import Interval, t_interval, wilson
from gan_bench.experiments.non_overlap.arrivals import (
    arrived,
    distances,
    planned,
    steps_to_half,
    survived,
)


def force(cell: Cell, separation: float) -> Interval:
    """Gradient norm of the first generator step, over seeds."""
    rows = cell.of("force", separation)
    values = rows[rows["step"] == 1]["value"].to_numpy(dtype=float)
    return t_interval(values[np.isfinite(values)], "log")


def table(cells: Iterable[Cell]) -> pd.DataFrame:
    """Force at the start, what is left at the end, steps to half-way, share that arrives."""
    return pd.DataFrame(
        {
            "problem": cell.dataset,
            "method": cell.label,
            "start": separation,
            "force at the start": _text(force(cell, separation)),
            "left at the end": _text(_left(cell, separation)),
            "survived": f"{len(survived(cell, separation))} of {planned(cell)}",
            "median steps to half": _steps(float(steps_to_half(cell, separation).median())),
            "arrived": _share(arrived(cell, separation), planned(cell)),
        }
        for cell in cells
        for separation in cell.settings["separations"]
    )


def left(values: np.ndarray) -> Interval:
    """Mean distance over the seeds that have a number, never below 0."""
    return t_interval(values[np.isfinite(values)]).within(0.0, None)


def _left(cell: Cell, separation: float) -> Interval:
    curves, seeds = distances(cell, separation), survived(cell, separation)
    return left(curves[seeds].iloc[-1].to_numpy() if seeds else np.empty(0))


def lost(cells: Iterable[Cell]) -> str:
    """Whose means are not over all seeds, as a sentence; empty where all are."""
    short = [
        f"{cell.label} ({cell.dataset}) from {separation:g}: {n} of {planned(cell)} survived"
        for cell in cells
        for separation in cell.settings["separations"]
        if (n := len(survived(cell, separation))) < planned(cell)
    ]
    return (
        f" Not all seeds reached the end, and means are over those left: {'; '.join(short)}." if short else ""
    )


def _text(found: Interval) -> str:
    if found.low is None or found.high is None:
        return f"{found.centre:.3g}"
    return f"{found.centre:.3g} [{found.low:.3g}, {found.high:.3g}]"


def _steps(steps: float) -> str:
    return f"{steps:.0f}" if np.isfinite(steps) else "never"


def _share(successes: int, n: int) -> str:
    low, high = wilson(successes, n)
    return f"{successes} of {n} [{low:.2g}, {high:.2g}]"
