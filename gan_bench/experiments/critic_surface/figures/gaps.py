"""What a critic's gap says of Wasserstein-1, and whether the critic had come to rest."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell, end_values
from gan_bench.analysis.curves import median_curve, seed_curves
from gan_bench.analysis.figure import INK, Figure, Panel
from gan_bench.experiments import figures as draw
from gan_bench.experiments.critic_surface.claims import ONE_SIDED, STATIONARY_WITHIN
from gan_bench.experiments.critic_surface.figures.board import Board, by_dataset, named, said

CAPTION = (
    "T is the gap, mean score of real minus fake points, without any penalty. Gap over W1: the line at 1 is "
    "the optimal 1-Lipschitz critic, the short dark lines where the law for a one-sided penalty, "
    "1 + W1 / (2 lambda), puts it at least; a clipped critic's gap is W1 up to a factor that clipping "
    "decides. Distance from stationarity: how much rescaling the critic would still change, as a share of T; "
    "beyond the dashed lines a critic is not judged. Penalised objective: the exact potential attains 1, so "
    "a critic below is not the optimum of its own objective, even where it stands still."
)


def gaps(board: Board) -> Figure | None:
    """T over W1, distance from stationarity, objective over steps."""
    if not board.methods_with("gap_over_w1"):
        return None
    alt = f"Gap over W1. {said(board, 'gap_over_w1')}."
    panels = [Panel("Gap over W1", alt, partial(_draw_gaps, board))]
    if board.methods_with("stationarity"):
        alt = f"Distance from stationarity as a share of T. {said(board, 'stationarity')}."
        panels.append(Panel("Distance from stationarity", alt, partial(_draw_rest, board)))
        panels += [
            Panel(
                f"Penalised objective, {data}", _alt_curves(board, data), partial(_draw_curves, board, data)
            )
            for data in board.datasets
            if any(_followed(board, data))
        ]
    metrics = [
        "w1",
        "gap",
        "gap_over_w1",
        "stationarity",
        "objective_over_w1",
        "lipschitz_lower",
        "lipschitz_upper",
    ]
    return board.figure("gap", "What the gap says of W1", CAPTION, panels, board.end_table(metrics))


def _draw_gaps(board: Board) -> Any:
    figure, ax = draw.canvas("", "T / W1")
    drawn = by_dataset(ax, board, "gap_over_w1")
    draw.level(ax, 1.0, "")
    laws = {place: _law(board, dataset) for place, dataset in enumerate(board.datasets)}
    known = {place: law for place, law in laws.items() if law is not None}
    for place, law in known.items():
        ax.plot([place - 0.3, place + 0.42], [law] * 2, color=INK, linewidth=1.6)
    if known:
        named(ax, max(known) + 0.42, known[max(known)], "law, one-sided")
    drawn += known.values()
    draw.linear_axis(ax.yaxis)
    ax.set_ylim(min(-0.03, 1.1 * min(drawn)), 1.1 * max(1.0, *drawn))
    return figure


def _law(board: Board, dataset: str) -> float | None:
    """1 + W1 / (2 lambda) of the data set's first one-sided critic; None without one."""
    for cell in board.cells:
        parts = cell.settings.get("method", {}).get("constraints", [])
        one = [part for part in parts if part["kind"] == ONE_SIDED]
        w1 = end_values(cell, "w1") if cell.dataset == dataset and one else pd.Series(dtype=float)
        if len(w1):
            return 1 + float(w1.mean()) / (2 * float(one[0]["weight"]))
    return None


def _draw_rest(board: Board) -> Any:
    figure, ax = draw.canvas("", "share of T")
    drawn = by_dataset(ax, board, "stationarity")
    for bound in (-STATIONARY_WITHIN, STATIONARY_WITHIN):
        ax.axhline(bound, color=INK, linewidth=0.8, linestyle=(0, (4, 2)))
    draw.linear_axis(ax.yaxis)
    top = 1.15 * max(2 * STATIONARY_WITHIN, *np.abs(drawn))
    ax.set_ylim(-top, top)
    return figure


def _followed(board: Board, dataset: str) -> list[Cell]:
    """Penalised critics on a data set."""
    cells = (board.cell(label, dataset) for label in board.labels)
    return [cell for cell in cells if cell is not None and len(cell.of("objective_over_w1"))]


def _draw_curves(board: Board, dataset: str) -> Any:
    figure, ax = draw.canvas("critic step", "(T - penalty) / W1")
    values = [1.0]
    for cell in _followed(board, dataset):
        curves, look = seed_curves(cell, "objective_over_w1"), board.looks[cell.label]
        draw.seed_traces(ax, curves, look)
        draw.median_line(ax, median_curve(curves, 0), look)
        values += list(curves.to_numpy().ravel())
    draw.log_axis(
        ax.xaxis, [float(step) for cell in _followed(board, dataset) for step in cell.rows["step"].unique()]
    )
    draw.level(ax, 1.0, "exact potential")
    draw.linear_axis(ax.yaxis)
    # Early objectives lie far below 0, where nothing is to be seen.
    ax.set_ylim(-0.25, 1.1 * float(np.nanmax(values)))
    return figure


def _alt_curves(board: Board, dataset: str) -> str:
    ends = [f"{c.label} {end_values(c, 'objective_over_w1').mean():.3g}" for c in _followed(board, dataset)]
    return f"Penalised objective over W1 against critic steps on {dataset}; at the end: {', '.join(ends)}."
