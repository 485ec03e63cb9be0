"""Pictures of the training experiment: distances, losses, gradients, the critic, the samples."""

from __future__ import annotations

from typing import Any

from gan_bench.analysis.cells import cells_of, reference_of
from gan_bench.analysis.figure import Figure
from gan_bench.analysis.palette import looks
from gan_bench.experiments.training.figures.board import Board
from gan_bench.experiments.training.figures.clouds import clouds
from gan_bench.experiments.training.figures.critic import critic
from gan_bench.experiments.training.figures.dynamics import distance, forces, shape


def figures(run: Any) -> list[Figure]:
    """Return all pictures of a run's training jobs, data set by data set."""
    every = cells_of(run.outcomes)
    shared = looks(cell.label for cell in every if not cell.is_reference)
    cells = [cell for cell in every if cell.experiment == "training"]
    result: list[Figure | None] = []
    for dataset in dict.fromkeys(cell.dataset for cell in cells if not cell.is_reference):
        mine = tuple(cell for cell in cells if cell.dataset == dataset and not cell.is_reference)
        board = Board(dataset, mine, reference_of(cells, "training", dataset), shared)
        if board.ran:
            result += [distance(board), shape(board), forces(board), critic(board)]
        result.append(clouds(dataset, mine, shared))
    return [figure for figure in result if figure is not None]
