"""What the critic says of the distance, how steep it is, how many of its weights sit at their bound."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from gan_bench.analysis.figure import MUTED, Figure, Panel
from gan_bench.experiments import figures as draw
from gan_bench.experiments.training.figures import captions
from gan_bench.experiments.training.figures.board import STEP, Board
from gan_bench.experiments.training.figures.dynamics import panel


def critic(board: Board) -> Figure | None:
    """What the critic says of the distance, how steep it is, how much of it is clipped."""
    panels = []
    if board.has("critic_gap") and board.has("w1"):
        alt = "Critic's estimate against exact W1, one point a snapshot and seed, with the identity line."
        panels.append(Panel("Critic's estimate against exact W1", alt, partial(_draw_gap, board)))
    if board.has("lipschitz_upper"):
        alt = "Bounds of the critic's Lipschitz constant over steps: see the table for the end values."
        panels.append(Panel("Critic's Lipschitz constant, bounds", alt, partial(_draw_lipschitz, board)))
    if _clips(board):
        panels.append(panel(board, "clipped_share", "Critic weights at their edge", "share", False))
    if not panels:
        return None
    table = board.end_table(["critic_gap", "lipschitz_lower", "lipschitz_upper", "clipped_share"])
    return board.figure("critic", "What the critic knows", captions.CRITIC, panels, table)


def _clips(board: Board) -> bool:
    return any((cell.of("clipped_share")["value"] > 0).any() for cell in board.ran)


def _draw_gap(board: Board) -> Any:
    figure, ax = draw.canvas("exact W1 [data units]", "critic's estimate")
    xs, ys = [], []
    for cell in board.has("critic_gap"):
        w1, gap = board.curves(cell, "w1").align(board.curves(cell, "critic_gap"), join="inner")
        shown = (w1 > 0) & (gap > 0)
        x, y = w1.where(shown), gap.where(shown)
        draw.path_with_points(ax, x, y, board.looks[cell.label])
        xs.append(x.to_numpy().ravel())
        ys.append(y.to_numpy().ravel())
    draw.log_axis(ax.xaxis, np.concatenate(xs))
    draw.log_axis(ax.yaxis, np.concatenate(ys))
    (x_lo, x_hi), y_limits = ax.get_xlim(), ax.get_ylim()
    ax.plot([x_lo, x_hi], [x_lo, x_hi], color=MUTED, linewidth=0.9)
    ax.set_ylim(y_limits)
    return figure


def _draw_lipschitz(board: Board) -> Any:
    figure, ax = draw.canvas(STEP, "Lipschitz constant")
    values, last = [1.0], 1.0
    for cell in board.has("lipschitz_upper"):
        look = board.looks[cell.label]
        upper, lower = board.median(cell, "lipschitz_upper"), board.median(cell, "lipschitz_lower")
        upper, lower = upper.align(lower, join="inner")
        draw.median_line(ax, upper, look)
        draw.median_line(ax, lower, look, width=0.8)
        values += [*upper, *lower]
        last = max(last, float(upper.index.max()) if len(upper) else 1.0)
    draw.step_axis(ax, last)
    draw.log_axis(ax.yaxis, values)
    draw.level(ax, 1.0, "")
    return figure
