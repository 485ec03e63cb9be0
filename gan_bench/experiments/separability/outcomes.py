"""Stored rows of a separability cell: one value per seed. Free of torch."""

from __future__ import annotations

import numpy as np

from gan_bench.analysis.cells import Cell
from gan_bench.experiments.separability.naming import axis_of
from gan_bench.harness.outcome import Status


def by_seed(cell: Cell, metric: str, width: int, n: int) -> np.ndarray:
    """Values (seeds,) of the seeds that finished, at one width and sample size."""
    rows = cell.of(metric, n)
    done = [seed for seed, status in cell.status.items() if status.status is Status.COMPLETED]
    rows = rows[(rows["axis"] == axis_of(width)) & rows["seed"].isin(done)]
    return rows.sort_values("seed")["value"].to_numpy(dtype=float)
