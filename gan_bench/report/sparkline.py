"""Small curves of one cell, written by hand: a picture for each of a thousand cells must cost nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gan_bench.analysis.cells import Cell, curve_size
from gan_bench.analysis.curves import seed_curves
from gan_bench.analysis.rankings import RANKINGS, named
from gan_bench.report.numbers import number

WIDTH, HEIGHT, ROOM = 168, 44, 3
# Beside the ranking metric: what tells why, where an experiment records it.
_BESIDE = ("critic_loss", "critic_gradient_norm", "generator_gradient_norm")
# More seeds than that only blacken so small a picture; the range still shows all of them.
_MOST_SEEDS = 8
_DECADES = 30.0


@dataclass(frozen=True)
class Sparkline:
    """One curve over log steps: paths (SVG's d) of median, every seed and range; its ends in words."""

    label: str
    median: str
    seeds: tuple[str, ...]
    range: str
    first: str
    last: str
    axis: str
    alt: str


def sparklines(cell: Cell, *, many: bool = False) -> tuple[Sparkline, ...]:
    """Return the curves of a cell; many: of a run so large that only what ranks is shown, without seeds."""
    ranking = RANKINGS.get(cell.experiment)
    names = named([cell], [ranking.by]) if ranking else {}
    metrics = [*names.values(), *(() if many else _BESIDE)]
    found = (_sparkline(cell, metric, many) for metric in metrics if metric in cell.metrics)
    return tuple(spark for spark in found if spark is not None)


def _sparkline(cell: Cell, metric: str, many: bool) -> Sparkline | None:
    curves = seed_curves(cell, metric, curve_size([cell], metric))
    if len(curves) < 2:
        return None
    label = str(cell.descriptors.get(metric, {}).get("label", metric))
    values, steps = curves.to_numpy(dtype=float), curves.index.to_numpy(dtype=float)
    log = np.nanmin(values) > 0 and cell.descriptors.get(metric, {}).get("scale") == "log"
    x = _positions(np.log1p(steps), WIDTH, up=False)
    y = _positions(_bounded(values, log), HEIGHT, up=True)
    low, high, middle = np.nanmax(y, axis=1), np.nanmin(y, axis=1), np.nanmedian(y, axis=1)
    ends = [number(float(np.nanmedian(values[k]))) for k in (0, -1)]
    walked = f"from step {number(steps[0])} to {number(steps[-1])}"
    return Sparkline(
        label=label,
        median=_path(x, middle),
        seeds=() if many else tuple(_path(x, column) for column in y.T[:_MOST_SEEDS]),
        range=f"{_path(np.r_[x, x[::-1]], np.r_[low, high[::-1]])}Z",
        first=ends[0],
        last=ends[1],
        axis="log" if log else "linear",
        alt=f"{label} of {cell.label}, median over seeds, {walked}: {ends[0]} to {ends[1]}",
    )


def _bounded(values: np.ndarray, log: bool) -> np.ndarray:
    """Logarithms where the axis is logarithmic; numbers before a divergence must not overflow the picture."""
    largest = 10.0**_DECADES
    return np.log10(np.clip(values, 1 / largest, largest)) if log else np.clip(values, -largest, largest)


def _positions(values: np.ndarray, length: int, *, up: bool) -> np.ndarray:
    """Map values to [ROOM, length - ROOM], on request with the largest first, as SVG counts from the top."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    span = high - low
    share = (values - low) / span if span > 0 and math.isfinite(span) else np.full(values.shape, 0.5)
    share = 1 - share if up else share
    return np.asarray(ROOM + share * (length - 2 * ROOM))


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
