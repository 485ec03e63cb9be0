"""How near each critic comes to the exact potential, and how simple its surface is."""

from __future__ import annotations

from functools import partial
from typing import Any

from gan_bench.analysis.cells import end_values
from gan_bench.analysis.figure import INK, Figure, Panel
from gan_bench.experiments import figures as draw
from gan_bench.experiments.critic_surface.figures.board import Board, by_dataset, named, said

CAPTION = (
    "Critics trained to tell each data set from the data set plus noise, measured on fresh points; small "
    "dots are seeds, markers their means, bars 95 % intervals. The score is the gap over Lipschitz "
    "constant times W1: 1 for the optimal critic. It is taken with the largest slope found, and again "
    "with the product of the layers' singular values, which is certain but far above the slopes of a "
    "network that is not normalised. R² says how much of a surface a plane, or a quadratic, explains: the"
    " higher, the simpler. The dark lines are the exact potential's own values. Where data look alike "
    "from all sides a plane explains nothing of any surface. The correlation is over the fresh points at "
    "which the potential is known."
)

_PANELS = (
    ("score", "Score against the potential", "score (largest slope found)"),
    ("score_at_least", "Score, with the upper bound", "score (product of norms)"),
    ("affine_r2", "Simplicity: best affine fit", "R² of a plane"),
    ("quadratic_r2", "Simplicity: best quadratic fit", "R² of a quadratic"),
    ("correlation", "Correlation with the potential", "correlation"),
)


def scores(board: Board) -> Figure | None:
    """Scores, fits and correlations per method and data set."""
    panels = [
        Panel(
            title,
            f"{title}, mean and 95 % interval. {said(board, metric)}.",
            partial(_draw, board, metric, unit),
        )
        for metric, title, unit in _PANELS
        if board.methods_with(metric)
    ]
    if not panels:
        return None
    table = board.end_table([metric for metric, _, _ in _PANELS])
    return board.figure("scores", "How near critics come to the exact potential", CAPTION, panels, table)


def _draw(board: Board, metric: str, unit: str) -> Any:
    figure, ax = draw.canvas("", unit)
    drawn = by_dataset(ax, board, metric)
    for place, dataset in enumerate(board.datasets):
        cell = board.exact(dataset)
        values = end_values(cell, metric) if cell is not None else None
        if values is not None and len(values):
            ax.plot([place - 0.42, place + 0.42], [values.mean()] * 2, color=INK, linewidth=1.0)
            drawn.append(float(values.mean()))
            if place == len(board.datasets) - 1:
                named(ax, place + 0.42, float(values.mean()), "exact")
    draw.linear_axis(ax.yaxis)
    ax.set_ylim(min(-0.03, min(drawn) * 1.1), max(1.09, max(drawn) * 1.06))
    return figure
