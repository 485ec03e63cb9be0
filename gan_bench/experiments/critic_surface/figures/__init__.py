"""Pictures of the critic surfaces: the surfaces themselves, scores, gaps, slopes along rays, convergence."""

from __future__ import annotations

from typing import Any

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.figure import Figure
from gan_bench.analysis.palette import looks
from gan_bench.experiments.critic_surface.figures.board import Board
from gan_bench.experiments.critic_surface.figures.gaps import gaps
from gan_bench.experiments.critic_surface.figures.rays import rays
from gan_bench.experiments.critic_surface.figures.scores import scores
from gan_bench.experiments.critic_surface.figures.surfaces import surfaces
from gan_bench.experiments.critic_surface.settings import EXPERIMENT


def figures(run: Any) -> list[Figure]:
    """Return all pictures of a run's critic surfaces."""
    every = cells_of(run.outcomes)
    shared = looks(cell.label for cell in every if not cell.is_reference)
    board = Board(tuple(cell for cell in every if cell.experiment == EXPERIMENT), shared)
    found = [surfaces(board), scores(board), gaps(board), rays(board)]
    return [figure for figure in found if figure is not None]
