"""Where each rung of the ladder ends, and what the change from the rung before contributes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.figure import BAND, INK, MUTED, Figure, Panel
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.recipe_ablation.arms import (
    ADAM,
    ADAM_0,
    LADDER,
    MOMENTUM,
    RMSPROP,
    RUNGS,
    SGD,
    YOURS,
)
from gan_bench.experiments.recipe_ablation.results import NAME, Results
from gan_bench.metrics.bands import Band

_CAPTION = (
    "Exact W1 at the end, log axis: every seed as a dot, the geometric mean with its 95 % interval in dark, "
    "the noise floor as a band; crosses at the right edge are seeds that diverged, and a row that has some "
    "shows no mean. "
)
_LADDER = (
    "From GAN to WGAN, top to bottom: each row is the one above with one change; the Wasserstein loss comes "
    "first with the GAN's sigmoid still in place, then without. Left: where the row ends. "
    "Right: W1 as a multiple of the row above, seed by seed (paired), geometric mean and 95 % interval: left "
    "of 1 the change helps, and an interval across 1 means that these seeds cannot tell. {alone}"
    "All rungs have the same number of generator steps ({steps:,}), learning rate ({rate:g}) and seeds. "
)
_OPTIMISERS = (
    "The clipped critic with four optimisers, all else equal. Left: where each ends. Right: W1 as a multiple "
    "of RMSProp's, seed by seed (paired), with 95 % interval. RMSProp and Adam share one learning rate, "
    "plain SGD has its own. "
)
_TITLES = {
    RMSPROP: "RMSProp",
    ADAM: "Adam, beta1 .5",
    ADAM_0: "Adam, beta1 0",
    SGD: "SGD",
}


# Ticks of an axis of factors, and the range up to which the closer ones are used.
_WIDE = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
_CLOSE = (0.5, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.5, 2.0)
_NARROW = 3.0


@dataclass(frozen=True)
class Row:
    """One row of a panel: its name, W1 at the end by seed, log ratios to the row it is held against."""

    title: str
    label: str
    ends: pd.Series
    ratios: np.ndarray | None

    @property
    def centre(self) -> Interval:
        """Geometric mean of W1 with its interval; none where a seed diverged."""
        x = self.ends.to_numpy(dtype=float)
        if not np.isfinite(x).all():
            return Interval(math.nan, None, None, x.size, "diverged seeds")
        return t_interval(x, "log")

    @property
    def ratio(self) -> Interval:
        """Factor to the other row with its interval; none where seeds diverged."""
        if self.ratios is None or not self.ratios.size or not np.isfinite(self.ratios).all():
            return Interval(math.nan, None, None, 0, "not known")
        return t_interval(np.exp(self.ratios), "log")


def ladder(results: Results, shared: Mapping[str, Look]) -> Figure | None:
    """The rungs that ran, then the user's own methods, which are held against nothing."""
    rows: list[Row] = []
    before: Cell | None = None
    for name, title in RUNGS.items():
        cell = results.arm(LADDER, name)
        if cell is not None:
            ratios = results.log_ratios(cell, before) if before is not None else None
            rows.append(Row(title, cell.label, results.ends(cell), ratios))
        before = cell
    yours = results.having(YOURS)
    rows += [Row(cell.label, cell.label, results.ends(cell), None) for cell in yours]
    first = next((cell for cell in results.having(LADDER)), None)
    if not rows or first is None:
        return None
    alone = "Rows below the last rung are further methods. " if yours else ""
    rate = first.settings["method"]["critic_optimiser"]["learning_rate"]
    caption = _LADDER.format(steps=first.settings["steps"], rate=rate, alone=alone) + _CAPTION
    return _figure("ladder", "From GAN to WGAN", caption, rows, results, shared)


def optimisers(results: Results, shared: Mapping[str, Look]) -> Figure | None:
    """The last rung beside its variants."""
    base = results.arm(LADDER, RMSPROP)
    found = [results.arm(LADDER if name == RMSPROP else MOMENTUM, name) for name in _TITLES]
    rows = [
        Row(
            title,
            cell.label,
            results.ends(cell),
            results.log_ratios(cell, base) if base is not None and cell is not base else None,
        )
        for title, cell in zip(_TITLES.values(), found, strict=True)
        if cell is not None
    ]
    if len(rows) < 2:
        return None
    return _figure(
        "optimisers", "Optimisers of a clipped critic", _OPTIMISERS + _CAPTION, rows, results, shared
    )


def _figure(
    name: str, title: str, caption: str, rows: Sequence[Row], results: Results, shared: Mapping[str, Look]
) -> Figure:
    ends = "; ".join(f"{row.title} {row.centre.centre:.3g}" for row in rows)
    factors = "; ".join(f"{row.title} {row.ratio.centre:.3g}" for row in rows if row.ratios is not None)
    panels = [
        Panel("W1 at the end", f"Geometric means: {ends}.", partial(_draw_ends, rows, results.band, shared))
    ]
    if any(row.ratios is not None for row in rows):
        panels.append(
            Panel("What the change does", f"Factors of W1: {factors}.", partial(_draw_ratios, rows, shared))
        )
    table = pd.DataFrame([_entry(row) for row in rows])
    return Figure(
        name,
        title,
        caption,
        tuple(panels),
        group=NAME,
        methods=tuple(dict.fromkeys(row.label for row in rows)),
        table=table,
        table_of="W1 at the end and the factor to the row it is held against",
    )


def _entry(row: Row) -> dict[str, Any]:
    centre, ratio = row.centre, row.ratio
    return {
        "row": row.title,
        "method": row.label,
        "seeds": len(row.ends),
        "diverged": int(np.isinf(row.ends).sum()),
        "W1": centre.centre,
        "from": math.nan if centre.low is None else centre.low,
        "to": math.nan if centre.high is None else centre.high,
        "factor": ratio.centre,
        "factor from": math.nan if ratio.low is None else ratio.low,
        "factor to": math.nan if ratio.high is None else ratio.high,
    }


def _rows_canvas(rows: Sequence[Row], xlabel: str) -> tuple[Any, Axes]:
    """A panel whose rows go down, with their names at the left."""
    figure, ax = draw.canvas(xlabel, "")
    ax.set_position((0.31, 0.165, 0.655, 0.8))
    ax.set_yticks(range(len(rows)), [row.title for row in rows])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.tick_params(axis="y", length=0)
    return figure, ax


def _draw_ends(rows: Sequence[Row], band: Band | None, shared: Mapping[str, Look]) -> Any:
    figure, ax = _rows_canvas(rows, "W1 at the end [data units]")
    finite = np.concatenate([row.ends[np.isfinite(row.ends)] for row in rows])
    draw.log_axis(ax.xaxis, [*finite, *_ends(rows), *([band.low, band.high] if band else [])])
    if band is not None:
        ax.axvspan(band.low, band.high, color=BAND, alpha=0.28, linewidth=0)
        ax.axvline(band.median, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    right = ax.get_xlim()[1]
    for y, row in enumerate(rows):
        look = shared[row.label]
        x = row.ends[np.isfinite(row.ends)].to_numpy(dtype=float)
        style: dict[str, Any] = {"linestyle": "none", **draw.of(look)}
        spread = 0.16 * (np.arange(len(x)) % 3 - 1)
        ax.plot(x, y + spread, marker=look.marker, markersize=3.8, alpha=0.65, markeredgewidth=0, **style)
        if len(x) < len(row.ends):
            lost = len(row.ends) - len(x)
            ax.plot([right], [y], marker="x", markersize=5.5, markeredgewidth=1.4, clip_on=False, **style)
            ax.annotate(f"{lost} of {len(row.ends)}", (right, y), (-6, 0), textcoords="offset points",
                        ha="right", va="center", fontsize=7.5, color=INK)  # fmt: skip
        _mark(ax, row.centre, y)
    return figure


def ratio_axis(axis: Any, values: Sequence[float]) -> None:
    """Make an axis of factors logarithmic, with ticks also where they are all close to 1."""
    draw.log_axis(axis, values)
    low, high = getattr(axis.axes, f"get_{axis.axis_name}lim")()
    ticks = _WIDE if high / low > _NARROW else _CLOSE
    axis.set_major_locator(FixedLocator([tick for tick in ticks if low <= tick <= high]))


def _draw_ratios(rows: Sequence[Row], shared: Mapping[str, Look]) -> Any:
    held = [row for row in rows if row.ratios is not None]
    figure, ax = _rows_canvas(held, "factor of W1")
    factors = [np.exp(row.ratios) for row in held if row.ratios is not None]
    finite = np.concatenate([x[np.isfinite(x) & (x > 0)] for x in factors])
    ratio_axis(ax.xaxis, [*finite, *_ends(held, ratios=True), 1.0])
    ax.axvline(1.0, color=INK, linewidth=0.8)
    for y, (row, x) in enumerate(zip(held, factors, strict=True)):
        look = shared[row.label]
        known = x[np.isfinite(x) & (x > 0)]
        spread = 0.16 * (np.arange(len(known)) % 3 - 1)
        ax.plot(known, y + spread, linestyle="none", **draw.of(look), marker=look.marker, markersize=3.8,
                alpha=0.65, markeredgewidth=0)  # fmt: skip
        _mark(ax, row.ratio, y)
    return figure


def _ends(rows: Sequence[Row], *, ratios: bool = False) -> list[float]:
    """Ends of all intervals: the axis must hold them."""
    intervals = [row.ratio if ratios else row.centre for row in rows]
    return [end for one in intervals for end in (one.low, one.high) if end is not None]


def _mark(ax: Axes, interval: Interval, y: int) -> None:
    if not math.isfinite(interval.centre):
        return
    ax.plot([interval.centre], [y], marker="|", markersize=9, markeredgewidth=1.6, color=INK)
    if interval.low is not None and interval.high is not None:
        ax.plot([interval.low, interval.high], [y, y], color=INK, linewidth=1.2)
