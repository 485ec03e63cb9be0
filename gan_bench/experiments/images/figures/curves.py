"""FID and KID over training, and what their best values hide."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, NullLocator, SymmetricalLogLocator

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.curves import last_points
from gan_bench.analysis.figure import MUTED, Figure, Panel
from gan_bench.analysis.summaries import curve_summaries, median_summary
from gan_bench.experiments import figures as draw
from gan_bench.experiments.images.figures import captions
from gan_bench.experiments.images.figures.board import Board, diverged, end_of, in_words
from gan_bench.metrics.bands import Band

STEP = "generator step"
_HEADINGS = {
    "best": "best",
    "best_step": "at step",
    "last": "last",
    "area": "mean over training",
    "above_twice_best": "snapshots above twice the best, %",
}


def fid(board: Board) -> Figure | None:
    """FID, a panel per method: seeds, median, the other methods in grey, the band."""
    cells = board.has("fid")
    if not cells:
        return None
    medians = {cell.label: board.median(cell, "fid") for cell in cells}
    label = board.label("fid")
    panels = [
        Panel(cell.label, _alt(board, cell, medians[cell.label]), partial(_draw_fid, board, cell, medians))
        for cell in cells
    ]
    caption = captions.FID.format(label=label, n=f"{board.size('fid'):,.0f}")
    caution = board.fact(f"caution at {board.size('fid'):.0f} images")
    caption = f"{caption} {caution}" if caution else caption
    return board.figure(
        "fid", f"{label} while training", caption, panels, _by_step(medians), table_of="medians over seeds"
    )


def _by_step(medians: dict[str, pd.Series]) -> pd.DataFrame:
    return pd.DataFrame(medians).rename_axis("step").reset_index()


def _draw_fid(board: Board, cell: Cell, medians: dict[str, pd.Series]) -> Any:
    figure, ax = draw.canvas(STEP, board.label("fid"))
    curves, look, floor = board.curves(cell, "fid"), board.looks[cell.label], _floor(board, "fid")
    draw.noise_band(ax, floor)
    for label, median in medians.items():
        if label != cell.label:
            ax.plot(median.index, finite(median).to_numpy(), color=MUTED, linewidth=0.7, alpha=0.45)
    draw.seed_traces(ax, curves, look, alpha=0.4)
    draw.median_line(ax, finite(medians[cell.label]), look, width=2)
    draw.ended_early(ax, last_points(cell, curves), look)
    draw.log_axis(ax.yaxis, _limits(board, "fid"))
    draw.step_axis(ax, _last(medians))
    return figure


def _floor(board: Board, kind: str) -> Band | None:
    return board.band(kind, board.size(kind))


def _limits(board: Board, kind: str) -> np.ndarray:
    """All values that a panel must hold, the same for every method."""
    floor = _floor(board, kind)
    ends = [floor.low, floor.high] if floor else []
    return np.concatenate([*(board.curves(cell, kind).to_numpy().ravel() for cell in board.has(kind)), ends])


def _last(medians: dict[str, pd.Series]) -> float:
    return max((float(median.index.max()) for median in medians.values() if len(median)), default=1.0)


def finite(median: pd.Series) -> pd.Series:
    """A median without what cannot be drawn: NaN where it is lost."""
    return median[np.isfinite(median)].reindex(median.index)


def _alt(board: Board, cell: Cell, median: pd.Series) -> str:
    known = finite(median).dropna()
    if known.empty:
        return f"{cell.label}: no finite value."
    floor = _floor(board, "fid")
    beside = f"; real images score {floor.median:.3g}" if floor else ""
    lost = len(diverged(cell))
    tail = f"; {lost} seed{'s' * (lost > 1)} diverged" if lost else ""
    tail += ", and with them the median" * bool(np.isinf(median.iloc[-1]))
    return (
        f"{cell.label}: median {board.label('fid')} goes from {known.iloc[0]:.3g} at step {known.index[0]:,} "
        f"to {known.iloc[-1]:.3g} at step {known.index[-1]:,}{beside}{tail}."
    )


def kid(board: Board) -> Figure | None:
    """KID of all methods in one panel: linear near the band, logarithmic beyond."""
    cells = board.has("kid")
    if not cells:
        return None
    medians = {cell.label: board.median(cell, "kid") for cell in cells}
    label, linear = board.label("kid"), _linear(board)
    ends = [f"{cell.label} {in_words(end_of(cell, medians[cell.label]))}" for cell in cells]
    alt = f"{label} over generator steps, medians at the end: {', '.join(ends)}."
    panel = Panel(label, alt, partial(_draw_kid, board, medians, linear))
    caption = captions.KID.format(label=label, n=f"{board.size('kid'):,.0f}", linear=draw.plain(linear))
    table, methods = _by_step(medians), [cell.label for cell in cells]
    title = f"{label} while training"
    return board.figure("kid", title, caption, [panel], table, table_of="medians over seeds", methods=methods)


def _linear(board: Board) -> float:
    """Below this KID is drawn on a linear axis: a round number above the noise of real images."""
    floor = _floor(board, "kid")
    noise = max(abs(floor.low), abs(floor.high)) if floor else 0.0
    x = np.abs(_limits(board, "kid"))
    x = x[np.isfinite(x) & (x > 0)]
    if not noise:
        noise = float(x.min()) if x.size else 1.0
    return float(10.0 ** np.ceil(np.log10(max(noise, 1e-12))))


def _draw_kid(board: Board, medians: dict[str, pd.Series], linear: float) -> Any:
    figure, ax = draw.canvas(STEP, board.label("kid"))
    draw.noise_band(ax, _floor(board, "kid"))
    for cell in board.has("kid"):
        curves, look = board.curves(cell, "kid"), board.looks[cell.label]
        draw.seed_traces(ax, curves, look, alpha=0.22)
        draw.median_line(ax, finite(medians[cell.label]), look)
        draw.ended_early(ax, last_points(cell, curves), look)
    ax.set_yscale("symlog", linthresh=linear, linscale=0.5)
    ax.yaxis.set_major_locator(SymmetricalLogLocator(base=10, linthresh=linear))
    ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(FuncFormatter(draw.plain))
    draw.step_axis(ax, _last(medians))
    return figure


def summary(board: Board, kind: str) -> Figure | None:
    """The table of best, last and mean over training of FID or KID."""
    cells = board.has(kind)
    if not cells:
        return None
    table = pd.DataFrame([{"method": cell.label} | _row(board, cell, kind) for cell in cells])
    caption = captions.SUMMARY.format(n=f"{board.size(kind):,.0f}") + captions.TWICE * (kind == "fid")
    title = f"{board.label(kind)}: best, last and mean"
    # KID may be 0 or less, where twice the best says nothing.
    table = table if kind == "fid" else table.drop(columns=_HEADINGS["above_twice_best"])
    return board.figure(f"summary-{kind}", title, caption, table=table, layout="table")


def _row(board: Board, cell: Cell, kind: str) -> dict[str, float]:
    medians = median_summary(curve_summaries(board.whole_curves(cell, kind), diverged(cell)))
    medians["above_twice_best"] = (100 * medians["above_twice_best"]).round()
    return {heading: float(medians[name]) for name, heading in _HEADINGS.items()}
