"""Pictures of the meaningful-loss experiment: correlations, report against W1, both over training."""

from __future__ import annotations

from typing import Any

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.figure import Figure
from gan_bench.analysis.palette import looks
from gan_bench.experiments.meaningful_loss.figures.correlation import correlation
from gan_bench.experiments.meaningful_loss.figures.curves import curves
from gan_bench.experiments.meaningful_loss.figures.paths import paths
from gan_bench.experiments.meaningful_loss.following import followed


def figures(run: Any) -> list[Figure]:
    """Return all pictures of a run's meaningful-loss jobs; none without measured rows."""
    cells = cells_of(run.outcomes)
    shared = looks(cell.label for cell in cells if not cell.is_reference)
    measured = [f for f in followed(cells) if len(f.rho)]
    if not measured:
        return []
    result = [correlation(measured, shared)]
    for dataset in dict.fromkeys(f.cell.dataset for f in measured):
        here = [f for f in measured if f.cell.dataset == dataset]
        result += [paths(dataset, here, shared), curves(dataset, here, shared)]
    return result
