"""Two levels of variance: training anew against drawing anew from a finished model.

One-way analysis of variance with seeds as groups (Searle, Casella, McCulloch 1992, ch. 3): value = mean +
seed + draw, on the metric's scale. It tells what another seed is worth beside more samples of the same one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from gan_bench.analysis.cells import Cell, end_size, end_values
from gan_bench.analysis.intervals import LEVEL
from gan_bench.analysis.scales import to_scale
from gan_bench.metrics.descriptor import Scale

COLUMNS = ("dataset", "method", "between", "within", "ratio", "low", "high", "seeds", "draws", "note")


@dataclass(frozen=True)
class TwoLevels:
    """Standard deviations on the metric's scale, and how many times the one is the other.

    between: of trained models, without the noise of drawing, at least 0; within: of draws of one model. ratio
    = between / within with its interval [low, high], NaN where the note says why. seeds and draws: how many.
    """

    between: float
    within: float
    ratio: float
    low: float
    high: float
    seeds: int
    draws: int
    note: str = ""


def two_levels(values: np.ndarray, *, level: float = LEVEL) -> TwoLevels:
    """Split the variance of values (seeds, draws), finite and on an additive scale, two or more of each.

    between^2 = (MS_seeds - MS_draws) / m for m draws, cut at 0; the interval of the ratio is that of exact F
    quantiles: MS_seeds / MS_draws / F - 1, over m, at S - 1 and S (m - 1) degrees of freedom. Raises
    ValueError for values that are not a finite table.
    """
    x = np.asarray(values, dtype=float)
    if x.ndim != 2 or not np.isfinite(x).all():
        raise ValueError(f"two levels need a finite table (seeds, draws), not shape {x.shape}")
    seeds, draws = x.shape
    if min(x.shape) < 2:
        return _unknown(x, "needs two seeds and two draws of each")
    ms_seeds = draws * float(x.mean(axis=1).var(ddof=1))
    ms_draws = float(x.var(axis=1, ddof=1).mean())
    if ms_draws <= (1e-12 * float(np.abs(x).max(initial=0.0))) ** 2:
        return _unknown(x, "draws of one model do not differ")
    f, freedom = ms_seeds / ms_draws, (seeds - 1, seeds * (draws - 1))
    tails = [stats.f.ppf((1 + side * level) / 2, *freedom) for side in (1, -1)]
    ratio, low, high = (math.sqrt(max(f / q - 1, 0.0) / draws) for q in (1.0, *tails))
    within = math.sqrt(ms_draws)
    return TwoLevels(ratio * within, within, ratio, low, high, seeds, draws)


def levels_of(cells: Sequence[Cell], metric: str = "w1", redrawn: str = "w1_redrawn") -> pd.DataFrame:
    """Return the two levels of every cell that drew anew: a frame of COLUMNS.

    between and within are standard deviations on the metric's scale. The reported end value is one draw more.
    Seeds that lack a draw, diverged ones too, are left out, and the note says so.
    """
    lines = [
        _line(cell, metric, redrawn) for cell in cells if not cell.is_reference and len(cell.of(redrawn))
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS))


def _line(cell: Cell, metric: str, redrawn: str) -> tuple[object, ...]:
    rows = cell.of(redrawn)
    table = rows.pivot_table(index="seed", columns="at", values="value", aggfunc="last")
    table = table.assign(end=end_values(cell, metric, end_size([cell], metric)))
    scale: Scale = cell.descriptors.get(metric, {}).get("scale", "log")
    whole = pd.DataFrame(to_scale(table.to_numpy(dtype=float), scale), index=table.index)
    whole = whole.loc[np.isfinite(whole.to_numpy()).all(axis=1)]
    found = two_levels(whole.to_numpy())
    lost = len(cell.status) - len(whole)
    note = "; ".join(
        filter(None, (found.note, f"{lost} of {len(cell.status)} seeds left out" if lost else ""))
    )
    numbers = (found.between, found.within, found.ratio, found.low, found.high, found.seeds, found.draws)
    return (cell.dataset, cell.label, *numbers, note)


def _unknown(x: np.ndarray, note: str) -> TwoLevels:
    between = float(x.mean(axis=1).std(ddof=1)) if len(x) > 1 and x.size else math.nan
    return TwoLevels(between, math.nan, math.nan, math.nan, math.nan, x.shape[0], x.shape[1], note)
