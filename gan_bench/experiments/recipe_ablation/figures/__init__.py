"""Pictures of the ablation: the ladder, the optimisers, the penalties, and what critics do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.figure import Figure
from gan_bench.analysis.palette import looks
from gan_bench.experiments.recipe_ablation.figures.critics import gap, spectral
from gan_bench.experiments.recipe_ablation.figures.ladder import ladder, optimisers
from gan_bench.experiments.recipe_ablation.figures.penalties import penalties
from gan_bench.experiments.recipe_ablation.results import Results, named


def figures(run: Any) -> list[Figure]:
    """Return the figures of a run's ablation jobs, those that have something to show."""
    shared = looks(cell.label for cell in cells_of(run.outcomes) if not cell.is_reference)
    made: list[Figure] = []
    for results in Results.tables(run):
        # Labels carry a number where a run holds several ablations of one data set; arms have names.
        own = {
            cell.outcomes[0].job.method: shared[cell.label] for cell in results.cells if not cell.is_reference
        }
        mine = (part(results, shared | own) for part in (ladder, optimisers, penalties, gap, spectral))
        made += [
            replace(figure, name=named(figure.name, results, "-"), title=named(figure.title, results, ": "))
            for figure in mine
            if figure is not None
        ]
    return made
