"""The panels of the game's spectrum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.figure import INK, MUTED
from gan_bench.analysis.intervals import Interval
from gan_bench.analysis.palette import Look
from gan_bench.experiments import figures as draw
from gan_bench.experiments.game_spectrum.figures.board import FLOW, Board, at_view, curve
from gan_bench.experiments.game_spectrum.settings import EQUILIBRIUM
from gan_bench.metrics.descriptor import Scale

_STEP = "generator step"
_WAY = "share of the way from start to end"
# Points of the way between two bars: more would hide the curves.
_EVERY = 5


def end(board: Board, metric: str, label: str, view: int) -> Any:
    """One end of the spectrum against steps, with the line of 0."""
    unit = "1 / time" if view == FLOW else "1 / step"
    canvas, ax = draw.canvas(_STEP, f"{label} [{unit}]")
    values = board.values(metric, view)
    positive = bool(values.size) and bool((values > 0).all())
    _curves(board, ax, metric, view=view, scale="log" if positive else "identity")
    if positive:
        draw.log_axis(ax.yaxis, values)
    else:
        ax.axhline(0, color=INK, linewidth=1.0, zorder=1.5)
        draw.loss_axis(ax.yaxis, values)
        _limit(ax, values)
    _steps(board, ax)
    _note(ax, board.state_in_short)
    return canvas


def distance(board: Board) -> Any:
    """How far the players are from rest, against steps."""
    canvas, ax = draw.canvas(_STEP, "|v| / |v| at step 0")
    _curves(board, ax, "field_ratio", scale="log")
    draw.log_axis(ax.yaxis, [*board.values("field_ratio"), 0.8 * EQUILIBRIUM, 1.0])
    _steps(board, ax)
    draw.level(ax, EQUILIBRIUM, "near an equilibrium below")
    return canvas


def plane(board: Board, cell: Cell, values: np.ndarray) -> Any:
    """Eigenvalues of one method, all seeds, in the complex plane."""
    canvas, ax = draw.canvas("real part [1 / time]", "imaginary part [1 / time]")
    look = board.looks[cell.label]
    style: dict[str, Any] = {"linestyle": "none", "markersize": 3.6, "alpha": 0.7, "markeredgewidth": 0}
    for sign in (1, -1):
        ax.plot(values.real, sign * values.imag, marker=look.marker, **draw.of(look), **style)
    ax.axvline(0, color=INK, linewidth=1.0, zorder=1.5)
    draw.loss_axis(ax.xaxis, values.real)
    draw.loss_axis(ax.yaxis, values.imag)
    _note(ax, board.state_of(cell))
    return canvas


def cosine(board: Board) -> Any:
    """The path angle's cosine along the way."""
    canvas, ax = draw.canvas(_WAY, "cosine of field and way")
    _curves(board, ax, "path_cosine", along="at", every=_EVERY)
    ax.axhline(0, color=INK, linewidth=1.0, zorder=1.5)
    _end_of_training(ax)
    ax.set_ylim(-1.05, 1.05)
    return canvas


def along(board: Board) -> Any:
    """The field's size along the way."""
    canvas, ax = draw.canvas(_WAY, "|v| / |v| at the start")
    _curves(board, ax, "path_ratio", scale="log", along="at", every=_EVERY)
    draw.log_axis(ax.yaxis, [*board.values("path_ratio"), 0.6 * EQUILIBRIUM, 1.0])
    draw.level(ax, EQUILIBRIUM, "near an equilibrium below")
    _end_of_training(ax)
    return canvas


def _curves(
    board: Board,
    ax: Axes,
    metric: str,
    *,
    view: int | None = None,
    scale: Scale = "identity",
    along: str = "step",
    every: int = 1,
) -> None:
    """Draw every method's means over seeds, joined, and at every so many of them a marker and a bar."""
    for cell in board.cells:
        places, intervals = curve(at_view(cell.of(metric), view), along, scale)
        look = board.looks[cell.label]
        if every > 1:
            style = (0, look.dashes) if look.dashes else "solid"
            centres = [interval.centre for interval in intervals]
            ax.plot(places, centres, **draw.of(look), linewidth=1.1, linestyle=style)
        marked = intervals[::every]
        shown = _unjoined if every > 1 else draw.estimates
        shown(ax, places[::every], marked, look)


def _unjoined(ax: Axes, places: Sequence[float], intervals: Sequence[Interval], look: Look) -> None:
    """Markers and bars alone: the line through all points stands already."""
    for place, interval in zip(places, intervals, strict=True):
        draw.estimates(ax, [place], [interval], look)


def _limit(ax: Axes, values: np.ndarray) -> None:
    """Fit the axis to what was seen: an interval of few seeds may reach far beyond it."""
    low, high = min(values.min(initial=0.0), 0.0), max(values.max(initial=0.0), 0.0)
    room = 0.08 * (high - low) or 1.0
    ax.set_ylim(low - room, high + room)


def _steps(board: Board, ax: Axes) -> None:
    draw.step_axis(ax, max(float(cell.of("field_norm")["step"].max()) for cell in board.cells))


def _end_of_training(ax: Axes) -> None:
    ax.axvline(1, color=MUTED, linewidth=0.8, linestyle=(0, (2, 2)))
    ax.annotate(
        "end of training",
        (1, 0),
        xycoords=("data", "axes fraction"),
        xytext=(-3, 2),
        textcoords="offset points",
        ha="right",
        va="bottom",
        fontsize=7.5,
        color=INK,
    )


def _note(ax: Axes, text: str) -> None:
    """Words in the panel's upper right, where the first steps' numbers are not."""
    ax.annotate(text, (0.99, 0.98), xycoords="axes fraction", ha="right", va="top", fontsize=7.5, color=INK)
