"""Small curves of one cell, written by hand: a picture for each of a thousand cells must cost nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gan_bench.analysis.cells import Cell, curve_size
from gan_bench.analysis.curves import seed_grid
from gan_bench.analysis.rankings import RANKINGS, named
from gan_bench.harness.outcome import Status
from gan_bench.report.numbers import counted, number

WIDTH, HEIGHT, ROOM = 168, 44, 3
# Beside the ranking metric: what tells why, where an experiment records it.
_BESIDE = ("critic_loss", "generator_loss", "critic_gradient_norm", "generator_gradient_norm")
# More seeds than that only blacken so small a picture; the range still shows all of them.
_MOST_SEEDS = 8
# Numbers before a divergence must not overflow the picture.
_LARGEST = 1e30


@dataclass(frozen=True)
class Sparkline:
    """One curve over log steps: SVG's d of the median, every seed, their range; its ends in words.

    ended: crosses where diverged seeds break off.
    """

    label: str
    median: str
    seeds: tuple[str, ...]
    range: str
    ended: str
    first: str
    last: str
    axis: str
    alt: str


def sparklines(cell: Cell, *, many: bool = False) -> tuple[Sparkline, ...]:
    """Return the curves of a cell; many: of a run so large that only what ranks is shown, without seeds.

    In what ranks a diverged seed counts as infinitely far from where it broke off.
    """
    ranking = RANKINGS.get(cell.experiment)
    ranks = list(named([cell], [ranking.by]).values()) if ranking else []
    metrics = [m for m in (*ranks, *(() if many else _BESIDE)) if m in cell.metrics]
    found = (_sparkline(cell, metric, ranks=metric in ranks, many=many) for metric in metrics)
    return tuple(spark for spark in found if spark is not None)


def _sparkline(cell: Cell, metric: str, *, ranks: bool, many: bool) -> Sparkline | None:
    curves = seed_grid(cell, metric, curve_size([cell], metric))
    if len(curves.steps) < 2:
        return None
    described = cell.descriptors.get(metric, {})
    values, steps = curves.values, curves.steps
    gone = [seed for seed, state in cell.status.items() if state.status is Status.DIVERGED]
    median = _median(values, sum(seed not in curves.seeds for seed in gone) if ranks and gone else None)
    log = np.nanmin(values) > 0 and described.get("scale") == "log"
    y, middle = _heights(values, median, log=log)
    x = ROOM + (WIDTH - 2 * ROOM) * _shares(np.log1p(steps))
    label, ends = str(described.get("label", metric)), [number(float(median[k])) for k in (0, -1)]
    walked = f"from step {number(steps[0])} to {number(steps[-1])}"
    lost = f"; {counted(len(gone), 'seed')} diverged" if gone else ""
    return Sparkline(
        label=label,
        median=_path(x, middle),
        seeds=() if many else tuple(_path(x, column) for column in y.T[:_MOST_SEEDS]),
        range=f"{_path(np.r_[x, x[::-1]], np.r_[np.nanmax(y, axis=1), np.nanmin(y, axis=1)[::-1]])}Z",
        ended=_crosses(x, y[:, np.isin(curves.seeds, gone)]),
        first=ends[0],
        last=ends[1],
        axis="log" if log else "linear",
        alt=f"{label} of {cell.label}, median over seeds, {walked}: {ends[0]} to {ends[1]}{lost}",
    )


def _median(values: np.ndarray, absent: int | None) -> np.ndarray:
    """Median over seeds, (steps, seeds) -> (steps,).

    absent: lost seeds without a column; with it gaps count as infinite, else (None) they are left out.
    """
    if absent is None:
        # Half the time of nanmedian, where nothing is missing.
        whole = not np.isnan(values).any()
        return np.asarray(np.median(values, axis=1) if whole else np.nanmedian(values, axis=1))
    filled = np.where(np.isnan(values), math.inf, values)
    return np.asarray(np.median(np.c_[filled, np.full((len(values), absent), math.inf)], axis=1))


def _heights(values: np.ndarray, median: np.ndarray, *, log: bool) -> tuple[np.ndarray, np.ndarray]:
    """Places of seeds and median, as SVG counts from the top; NaN where there is no value or no end to it."""
    table = np.c_[values, np.where(np.isfinite(median), median, math.nan)]
    bounded = np.clip(table, 1 / _LARGEST if log else -_LARGEST, _LARGEST)
    y = HEIGHT - ROOM - (HEIGHT - 2 * ROOM) * _shares(np.log10(bounded) if log else bounded)
    return y[:, :-1], y[:, -1]


def _shares(values: np.ndarray) -> np.ndarray:
    """Map values to [0, 1], the lowest to 0; to the middle where they are all one."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    return (values - low) / (high - low) if high > low else np.where(np.isnan(values), math.nan, 0.5)


def _crosses(x: np.ndarray, y: np.ndarray) -> str:
    """A cross at the last value of every seed, (steps, seeds)."""
    ends = [(k[-1], column) for column in y.T if (k := np.flatnonzero(~np.isnan(column))).size]
    return "".join(f"M{x[k] - 3:.0f} {column[k] - 3:.0f}l6 6m0-6l-6 6" for k, column in ends)


def _path(x: Sequence[float] | np.ndarray, y: Sequence[float] | np.ndarray) -> str:
    """Whole pixels are enough; a gap begins a new stretch."""
    parts, pen = [], "M"
    for a, b in zip(x, y, strict=True):
        if math.isnan(b):
            pen = "M"
            continue
        parts.append(f"{pen}{a:.0f} {b:.0f}")
        pen = "L"
    return "".join(parts)
