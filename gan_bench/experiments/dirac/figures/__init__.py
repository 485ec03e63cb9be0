"""Pictures of the Dirac-GAN: where two numbers go, and what their eigenvalues had said."""

from __future__ import annotations

from typing import Any

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.figure import Figure
from gan_bench.analysis.palette import looks
from gan_bench.experiments.dirac.board import played
from gan_bench.experiments.dirac.figures.distance import distances, stops
from gan_bench.experiments.dirac.figures.eigenvalues import eigenvalues
from gan_bench.experiments.dirac.figures.portraits import portraits
from gan_bench.experiments.dirac.figures.steps import steps


def figures(run: Any) -> list[Figure]:
    """Return all pictures of a run's Dirac-GAN jobs."""
    shared = looks(cell.label for cell in cells_of(run.outcomes) if not cell.is_reference)
    methods = played(run)
    if not methods:
        return []
    made = [draw(methods, shared) for draw in (portraits, eigenvalues, distances, steps, stops)]
    return [figure for figure in made if figure is not None]
