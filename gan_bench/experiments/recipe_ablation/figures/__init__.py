"""Pictures of the ablation: the ladder, the optimisers, the penalties, and what critics do."""

from __future__ import annotations

from typing import Any

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.figure import Figure
from gan_bench.analysis.palette import looks
from gan_bench.experiments.recipe_ablation.figures.critics import gap, spectral
from gan_bench.experiments.recipe_ablation.figures.ladder import ladder, optimisers
from gan_bench.experiments.recipe_ablation.figures.penalties import penalties
from gan_bench.experiments.recipe_ablation.results import Results


def figures(run: Any) -> list[Figure]:
    """Return the figures of a run's ablation jobs, those that have something to show."""
    results = Results.of(run)
    shared = looks(cell.label for cell in cells_of(run.outcomes) if not cell.is_reference)
    made = [part(results, shared) for part in (ladder, optimisers, penalties, gap, spectral)]
    return [figure for figure in made if figure is not None]
