"""Pictures of the game's spectrum: its ends while training, the complex plane, the way trained."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.figure import Figure, Panel
from gan_bench.analysis.palette import looks
from gan_bench.experiments.game_spectrum.figures import captions, pictures
from gan_bench.experiments.game_spectrum.figures.board import FLOW, OPTIMISER, Board, stored
from gan_bench.experiments.game_spectrum.settings import EQUILIBRIUM

_NAME = "game-spectrum"


def figures(run: Any) -> list[Figure]:
    """Return all pictures of a run's games, data set by data set."""
    every = cells_of(run.outcomes)
    shared = looks(cell.label for cell in every if not cell.is_reference)
    mine = [cell for cell in every if cell.experiment == _NAME and len(cell.of("field_norm"))]
    result: list[Figure | None] = []
    for dataset in dict.fromkeys(cell.dataset for cell in mine):
        board = Board(dataset, tuple(cell for cell in mine if cell.dataset == dataset), shared)
        result += [_flow(board), _step(board), _plane(board), _path(board)]
    return [figure for figure in result if figure is not None]


def _flow(board: Board) -> Figure:
    """Both ends of the spectrum of the flow, and the distance from rest, while training."""
    distance = ", ".join(f"{c.label} {board.last(c, 'field_ratio'):.2g}" for c in board.cells)
    panels = [
        _end(board, "largest_real", "Largest real part", FLOW),
        _end(board, "largest_imaginary", "Largest imaginary part", FLOW),
        Panel(
            "Distance from rest",
            f"Size of the field relative to the start's, at the last step: {distance}; {board.state}.",
            partial(pictures.distance, board),
        ),
    ]
    caption = captions.FLOW.format(state=board.state, level=EQUILIBRIUM, lost=board.lost(FLOW))
    return _figure(board, "flow", "Eigenvalues of the game while training", caption, panels, board.table())


def _step(board: Board) -> Figure | None:
    """The same of the optimiser's step, where it was looked at."""
    if not any((cell.of("largest_real")["at"] == OPTIMISER).any() for cell in board.cells):
        return None
    panels = [
        _end(board, "largest_real", "Largest real part", OPTIMISER),
        _end(board, "largest_imaginary", "Largest imaginary part", OPTIMISER),
    ]
    caption = captions.STEP.format(state=board.state, lost=board.lost(OPTIMISER))
    return _figure(board, "step", "Eigenvalues of the optimiser's step", caption, panels)


def _plane(board: Board) -> Figure | None:
    """Both ends of the spectrum in the complex plane at the last step, a panel per method."""
    panels = []
    for cell in board.cells:
        values = stored(cell)
        if len(values):
            right = int((values.real > 0).sum())
            alt = f"{cell.label}: {len(values)} eigenvalues, {right} right of 0; {board.state_of(cell)}."
            panels.append(Panel(cell.label, alt, partial(pictures.plane, board, cell, values)))
    if not panels:
        return None
    caption = captions.PLANE.format(state=board.state)
    return _figure(board, "plane", "Both ends of the spectrum at the last step", caption, panels)


def _path(board: Board) -> Figure | None:
    """The field along the straight way from the start to the end of training."""
    ways = {cell.label: cell.of("path_cosine") for cell in board.cells if len(cell.of("path_cosine"))}
    if not ways:
        return None
    ends = {name: rows.groupby("at")["value"].mean() for name, rows in ways.items()}
    said = ", ".join(f"{name} {curve.iloc[0]:.2g} to {curve.iloc[-1]:.2g}" for name, curve in ends.items())
    panels = [
        Panel(
            "Path angle", f"Cosine, first to last point of the way: {said}.", partial(pictures.cosine, board)
        ),
        Panel("Size of the field", f"Along the way; {board.state}.", partial(pictures.along, board)),
    ]
    caption = captions.PATH.format(state=board.state)
    table = pd.DataFrame(ends).rename_axis("share of the way").reset_index()
    return _figure(board, "path", "The field along the way trained", caption, panels, table)


def _end(board: Board, metric: str, label: str, view: int) -> Panel:
    """One end of the spectrum against steps."""
    last = {cell.label: board.last(cell, metric, view) for cell in board.cells}
    said = ", ".join(f"{name} {value:.2g}" for name, value in last.items() if np.isfinite(value))
    alt = f"{label} at the last step, mean over seeds: {said or 'none found'}; {board.state}."
    return Panel(label, alt, partial(pictures.end, board, metric, label, view))


def _figure(
    board: Board,
    part: str,
    title: str,
    caption: str,
    panels: Sequence[Panel],
    table: pd.DataFrame | None = None,
) -> Figure:
    return Figure(
        f"{_NAME}-{part}-{board.dataset}",
        f"{title}: {board.dataset}",
        caption,
        tuple(panels),
        group=_NAME,
        methods=tuple(cell.label for cell in board.cells),
        table=table,
        table_of="means over seeds",
    )
