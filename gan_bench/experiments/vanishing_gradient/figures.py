"""Pictures of the experiment: gradient over critic steps, its variance, slopes over separation, accuracy."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.figure import MUTED, Figure, Panel
from gan_bench.analysis.palette import looks
from gan_bench.experiments import figures as draw
from gan_bench.experiments.vanishing_gradient import captions
from gan_bench.experiments.vanishing_gradient.board import Board, intervals
from gan_bench.experiments.vanishing_gradient.claims import FLAT, VANISHES, VARIANCE
from gan_bench.experiments.vanishing_gradient.groups import grouped
from gan_bench.experiments.vanishing_gradient.slopes import NORM, broken_off
from gan_bench.experiments.vanishing_gradient.tables import end_interval, end_table, slope_table

STEP = "critic step"
RATIO = "relative_variance"


def figures(run: Any) -> list[Figure]:
    """Return all pictures of a run's vanishing-gradient jobs."""
    every = cells_of(run.outcomes)
    shared = looks(cell.label for cell in every if not cell.is_reference)
    cells = tuple(cell for cell in every if cell.experiment == "vanishing-gradient" and len(cell.rows))
    if not cells:
        return []
    groups = grouped(cells)
    found = []
    for dataset, members in groups.items():
        board = Board(tuple(members), shared, dataset if len(groups) > 1 else "")
        found += [_over_steps(board), _slopes(board), _noise(board), _accuracy(board)]
    return found


def _figure(board: Board, name: str, title: str, panels: list[Panel], table: pd.DataFrame) -> Figure:
    return Figure(
        f"{name}-{board.suffix}" if board.suffix else name,
        f"{title}: {board.suffix}" if board.suffix else title,
        captions.CAPTIONS[name],
        tuple(panels),
        group="vanishing-gradient",
        methods=board.methods,
        table=table,
    )


def _over_steps(board: Board) -> Figure:
    panels = [
        Panel(
            f"{units} {'unit' if units == 1 else 'units'}, moved by {separation:g}",
            _alt(board, NORM, units, separation, "generator gradient norm"),
            partial(_draw_curves, board, NORM, units, separation, "gradient norm"),
        )
        for separation in board.separations
        for units in board.units
    ]
    return _figure(
        board, "gradient-over-steps", "Gradient of the frozen generator", panels, slope_table(board)
    )


def _noise(board: Board) -> Figure:
    panels = [
        Panel(
            f"{label}, moved by {separation:g}",
            _alt(board, metric, None, separation, label),
            partial(_draw_curves, board, metric, None, separation, unit),
        )
        for metric, label, unit in (
            (VARIANCE, "Variance over batches", "tr Cov(g)"),
            (RATIO, "Variance over squared mean", "tr Cov(g) / |Eg|²"),
        )
        for separation in board.separations
    ]
    table = end_table(board, (VARIANCE, RATIO))
    return _figure(board, "gradient-noise", "Noise of the generator's gradient", panels, table)


def _accuracy(board: Board) -> Figure:
    panels = [
        Panel(
            f"Moved by {separation:g}",
            _alt(board, "accuracy", None, separation, "critic accuracy"),
            partial(_draw_accuracy, board, separation),
        )
        for separation in board.separations
    ]
    table = end_table(board, ("accuracy", "support_gap"))
    return _figure(board, "critic-accuracy", "How well the critic tells real from fake", panels, table)


def _slopes(board: Board) -> Figure:
    last = max(int(cell.settings["steps"]) for cell in board.cells)
    panels = [
        Panel(
            f"Slope of {label}",
            _alt_slopes(board, metric),
            partial(_draw_slopes, board, metric),
        )
        for metric, label in ((NORM, "the gradient norm"), (VARIANCE, "its variance"))
    ]
    panels.append(
        Panel(
            f"Gradient norm after {last} steps",
            f"Gradient norm over separation after {last} critic steps; the numbers are in the table.",
            partial(_draw_ends, board),
        )
    )
    return _figure(board, "gradient-over-separation", "Gradient and separation", panels, slope_table(board))


def _draw_curves(board: Board, metric: str, units: int | None, separation: float, unit: str) -> Any:
    figure, ax = draw.canvas(STEP, unit)
    for method in board.methods:
        curves = board.curves(method, units, metric, separation)
        curves = curves.where(curves > 0).dropna(how="all") if curves.size else curves
        for cell in board.of(method, units):
            draw.ended_early(ax, broken_off(cell, metric, separation), board.looks[method])
        if curves.size:
            draw.seed_traces(ax, curves, board.looks[method], alpha=0.2)
            draw.estimates(ax, list(curves.index), intervals(curves), board.looks[method])
    steps = max(int(cell.settings["steps"]) for cell in board.cells)
    if metric == NORM:
        first = min(int(cell.settings["fit_from"]) for cell in board.cells)
        draw.theory_line(ax, [first, steps], [1.0, first / steps], "1 / step", at=1)
    draw.step_axis(ax, steps)
    draw.log_axis(ax.yaxis, _everything(board, metric))
    return figure


def _everything(board: Board, metric: str) -> np.ndarray:
    """All values of a metric: panels of a figure share their axis."""
    values = [cell.of(metric)["value"].to_numpy(dtype=float) for cell in board.cells]
    return np.concatenate(values)


def _draw_accuracy(board: Board, separation: float) -> Any:
    figure, ax = draw.canvas(STEP, "accuracy [share]")
    trials = 2.0 * min(int(cell.settings["points"]) for cell in board.cells)
    for method in board.methods:
        curves = board.curves(method, None, "accuracy", separation)
        if curves.size:
            draw.estimates(ax, list(curves.index), intervals(curves, "logit", trials), board.looks[method])
    ax.set_ylim(-0.03, 1.05)
    draw.level(ax, 0.5, "a coin")
    draw.step_axis(ax, max(int(cell.settings["steps"]) for cell in board.cells))
    draw.linear_axis(ax.yaxis)
    return figure


def _draw_slopes(board: Board, metric: str) -> Any:
    figure, ax = draw.canvas("output moved by [data units]", "decades per decade")
    for method in board.methods:
        found = [board.slope_interval(method, None, metric, s) for s in board.separations]
        draw.estimates(ax, board.separations, found, board.looks[method])
    if metric == NORM:
        ax.axhspan(-FLAT, FLAT, color=MUTED, alpha=0.18, linewidth=0)
        draw.level(ax, VANISHES, "1 / step")
    else:
        draw.level(ax, 0.0, "constant")
    draw.linear_axis(ax.xaxis)
    ax.set_xticks(board.separations)
    draw.linear_axis(ax.yaxis)
    return figure


def _draw_ends(board: Board) -> Any:
    figure, ax = draw.canvas("output moved by [data units]", "gradient norm")
    shown = []
    for method in board.methods:
        found = [end_interval(board, method, None, NORM, s) for s in board.separations]
        draw.estimates(ax, board.separations, found, board.looks[method])
        shown += [value for one in found for value in (one.centre, one.low, one.high) if value]
    draw.linear_axis(ax.xaxis)
    ax.set_xticks(board.separations)
    draw.log_axis(ax.yaxis, shown)
    return figure


def _alt(board: Board, metric: str, units: int | None, separation: float, label: str) -> str:
    ends = [
        f"{method} from {curves.iloc[0].median():.3g} to {curves.iloc[-1].median():.3g}"
        for method in board.methods
        if (curves := board.curves(method, units, metric, separation)).size
    ]
    frozen = "" if units is None else f", generator frozen after {units} units"
    return f"{label} over critic steps, moved by {separation:g}{frozen}; medians: {', '.join(ends)}."


def _alt_slopes(board: Board, metric: str) -> str:
    ends = [
        f"{method} {board.slope(method, None, metric, s).mean():.2g} when moved by {s:g}"
        for method in board.methods
        for s in board.separations[-1:]
    ]
    return f"Fitted slope over separation: {', '.join(ends)}."
