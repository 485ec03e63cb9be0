"""Pictures of the experiment: distance to go over steps, force at the start, who arrives and how fast."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.figure import INK, MUTED, Figure, Panel
from gan_bench.analysis.intervals import Interval, wilson
from gan_bench.analysis.palette import Look, looks
from gan_bench.experiments import figures as draw
from gan_bench.experiments.non_overlap import captions
from gan_bench.experiments.non_overlap.arrivals import (
    arrived,
    broken_off,
    distances,
    planned,
    steps_to_half,
)
from gan_bench.experiments.non_overlap.tables import force, left, lost, table
from gan_bench.experiments.non_overlap.theory import penalty_weight, under_penalty, under_slope_one

STEP, SEPARATION = "generator step", "separation at the start [data units]"


@dataclass(frozen=True)
class Board:
    """The cells of one run that have rows, and the look of every label."""

    cells: tuple[Cell, ...]
    looks: dict[str, Look]

    def of(self, problem: str) -> list[Cell]:
        """Cells of one problem."""
        return [cell for cell in self.cells if cell.dataset == problem]

    @property
    def problems(self) -> tuple[str, ...]:
        """Problems that were run, in order."""
        return tuple(dict.fromkeys(cell.dataset for cell in self.cells))

    def separations(self, problem: str) -> list[float]:
        """Starts of one problem, sorted."""
        return sorted({float(s) for cell in self.of(problem) for s in cell.settings["separations"]})

    @property
    def methods(self) -> tuple[str, ...]:
        """Labels, in order."""
        return tuple(dict.fromkeys(cell.label for cell in self.cells))


def figures(run: Any) -> list[Figure]:
    """Return all pictures of a run's non-overlap jobs."""
    every = cells_of(run.outcomes)
    shared = looks(cell.label for cell in every if not cell.is_reference)
    cells = tuple(cell for cell in every if cell.experiment == "non-overlap" and len(cell.rows))
    if not cells:
        return []
    board = Board(cells, shared)
    return [*(_distance(board, problem) for problem in board.problems), _summary(board)]


def _distance(board: Board, problem: str) -> Figure:
    panels = [
        Panel(
            f"From {separation:g}",
            _alt_distance(board, problem, separation),
            partial(_draw_distance, board, problem, separation),
        )
        for separation in board.separations(problem)
    ]
    return Figure(
        f"distance-{problem}",
        captions.TITLES[problem],
        captions.DISTANCE[problem] + lost(board.of(problem)),
        tuple(panels),
        group="non-overlap",
        methods=board.methods,
        table=table(board.of(problem)),
    )


def _summary(board: Board) -> Figure:
    panels = []
    for problem in board.problems:
        panels += [
            Panel(
                f"{problem}: force at the start",
                _alt_force(board, problem),
                partial(_draw_force, board, problem),
            ),
            Panel(
                f"{problem}: steps to half-way",
                _alt_half(board, problem),
                partial(_draw_half, board, problem),
            ),
            Panel(
                f"{problem}: share that arrives",
                _alt_share(board, problem),
                partial(_draw_share, board, problem),
            ),
        ]
    return Figure(
        "arrivals",
        "Force, speed and arrival",
        captions.ARRIVALS + lost(board.cells),
        tuple(panels),
        group="non-overlap",
        methods=board.methods,
        table=table(list(board.cells)),
    )


def _draw_distance(board: Board, problem: str, separation: float) -> Any:
    figure, ax = draw.canvas(STEP, "distance to go [data units]")
    steps = max(int(cell.settings["steps"]) for cell in board.of(problem))
    for cell in board.of(problem):
        curves, look = distances(cell, separation), board.looks[cell.label]
        if curves.empty:
            continue
        draw.seed_traces(ax, curves, look, alpha=0.2)
        # A dozen points with intervals: more would hide each other.
        shown = curves.iloc[np.unique(np.linspace(0, len(curves) - 1, 12).round().astype(int))]
        found = [left(row.to_numpy()) for _, row in shown.iterrows()]
        draw.estimates(ax, list(shown.index), found, look)
        draw.ended_early(ax, broken_off(cell, separation), look)
    if problem == "line":
        _draw_theory(ax, board.of(problem), separation, steps)
    else:
        _draw_floor(ax, board.of(problem), separation)
    ax.set_xlim(-0.02 * steps, 1.02 * steps)
    # A seed that is thrown far away must not flatten all others.
    ax.set_ylim(-0.04 * separation, 1.6 * separation)
    draw.linear_axis(ax.xaxis)
    draw.linear_axis(ax.yaxis)
    return figure


def _draw_theory(ax: Any, cells: list[Cell], separation: float, steps: int) -> None:
    at = np.arange(steps + 1)
    rate = float(cells[0].settings["line_rate"])
    straight = under_slope_one(separation, rate, at)
    draw.theory_line(ax, list(at[straight > 0]), list(straight[straight > 0]), "")
    # Right of the line, between it and the methods that stay: nothing else is there.
    corner = (at[straight > 0.7 * separation][-1], 0.7 * separation)
    ax.annotate("slope 1", corner, xytext=(5, 0), textcoords="offset points", fontsize=7.5, color=INK)
    for weight in _weights(cells):
        bent = under_penalty(separation, rate, weight, at)
        ax.plot(at[bent > 0], bent[bent > 0], color=MUTED, linewidth=1.0, linestyle=(0, (3, 2)), zorder=1.6)


def _weights(cells: list[Cell]) -> list[float]:
    """Weights of the gradient penalties among the cells' methods."""
    found = {penalty_weight(cell.settings["method"]) for cell in cells}
    return sorted(weight for weight in found if weight is not None)


def _draw_floor(ax: Any, cells: list[Cell], separation: float) -> None:
    values = np.concatenate([cell.of("floor", separation)["value"].to_numpy(dtype=float) for cell in cells])
    if values.size:
        draw.level(ax, float(np.median(values)), "perfect sampler")


def _draw_force(board: Board, problem: str) -> Any:
    figure, ax = draw.canvas(SEPARATION, "gradient norm")
    separations, shown = board.separations(problem), []
    for cell in board.of(problem):
        found = [force(cell, separation) for separation in separations]
        draw.estimates(ax, separations, found, board.looks[cell.label])
        shown += [v for one in found for v in (one.centre, one.low, one.high) if v]
    if problem == "line":
        at = np.linspace(separations[0], separations[-1], 50)
        draw.theory_line(ax, list(at), [1.0] * len(at), "slope 1")
        for weight in _weights(board.of(problem)):
            ax.plot(at, 1 + at / (2 * weight), color=MUTED, linewidth=1.0, linestyle=(0, (3, 2)))
    draw.linear_axis(ax.xaxis)
    ax.set_xticks(separations)
    draw.log_axis(ax.yaxis, shown)
    return figure


def _draw_half(board: Board, problem: str) -> Any:
    figure, ax = draw.canvas(SEPARATION, "generator steps")
    separations, shown = board.separations(problem), []
    for cell in board.of(problem):
        # Misses count as infinite, so that a median over survivors cannot flatter.
        medians = [float(steps_to_half(cell, s).median()) for s in separations]
        known = [Interval(m if math.isfinite(m) else math.nan, None, None, 1) for m in medians]
        draw.estimates(ax, separations, known, board.looks[cell.label])
        shown += [m for m in medians if math.isfinite(m)]
    if problem == "line":
        rate = float(board.of(problem)[0].settings["line_rate"])
        draw.theory_line(ax, separations, [s / (2 * rate) for s in separations], "slope 1", at=1)
        shown += [s / (2 * rate) for s in separations]
    draw.linear_axis(ax.xaxis)
    ax.set_xticks(separations)
    draw.log_axis(ax.yaxis, shown)
    return figure


def _draw_share(board: Board, problem: str) -> Any:
    figure, ax = draw.canvas(SEPARATION, "share of seeds")
    separations, cells = board.separations(problem), board.of(problem)
    # Side by side: shares often agree, and would hide each other.
    apart = 0.025 * max(separations)
    for place, cell in enumerate(cells):
        n, aside = planned(cell), apart * (place - (len(cells) - 1) / 2)
        found = [Interval(arrived(cell, s) / n, *wilson(arrived(cell, s), n), n) for s in separations]
        draw.estimates(ax, [s + aside for s in separations], found, board.looks[cell.label])
    ax.set_ylim(-0.04, 1.04)
    draw.linear_axis(ax.xaxis)
    ax.set_xticks(separations)
    draw.linear_axis(ax.yaxis)
    return figure


def _alt_distance(board: Board, problem: str, separation: float) -> str:
    ends = [
        f"{cell.label} {curves.iloc[-1].median():.3g}"
        for cell in board.of(problem)
        if not (curves := distances(cell, separation)).empty
    ]
    return f"Distance to go on the {problem} from {separation:g}; medians at the end: {', '.join(ends)}."


def _alt_force(board: Board, problem: str) -> str:
    far = board.separations(problem)[-1]
    ends = [f"{cell.label} {force(cell, far).centre:.2g}" for cell in board.of(problem)]
    return f"Gradient norm of the first generator step on the {problem}, from {far:g}: {', '.join(ends)}."


def _alt_half(board: Board, problem: str) -> str:
    far = board.separations(problem)[-1]
    ends = [f"{cell.label} {steps_to_half(cell, far).median():.3g}" for cell in board.of(problem)]
    return f"Median steps until half is left on the {problem}, from {far:g} (inf: never): {', '.join(ends)}."


def _alt_share(board: Board, problem: str) -> str:
    far = board.separations(problem)[-1]
    ends = [f"{cell.label} {arrived(cell, far)} of {planned(cell)}" for cell in board.of(problem)]
    return f"Seeds that arrive on the {problem}, from {far:g}: {', '.join(ends)}."
