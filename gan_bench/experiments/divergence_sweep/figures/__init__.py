"""Pictures of the divergence sweep. Free of torch."""

from __future__ import annotations

from typing import Any

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.figure import Figure
from gan_bench.analysis.palette import looks
from gan_bench.experiments.divergence_sweep.figures.critics import estimates, pulls, ratios
from gan_bench.experiments.divergence_sweep.figures.distances import distances
from gan_bench.experiments.divergence_sweep.figures.sweep import sweeps_of
from gan_bench.experiments.divergence_sweep.reading import EXPERIMENT


def figures(run: Any) -> list[Figure]:
    """Return the pictures of a run's sweep: the distances themselves, then what trained critics say."""
    every = cells_of(run.outcomes)
    shared = looks(cell.label for cell in every if not cell.is_reference)
    sweeps = sweeps_of([cell for cell in every if cell.experiment == EXPERIMENT], shared)
    made = (distances(sweeps), estimates(sweeps), ratios(sweeps), pulls(sweeps))
    return [figure for figure in made if figure is not None]
