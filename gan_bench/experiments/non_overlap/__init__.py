"""Training without overlap: which objectives bring a far generator to the data, and how fast."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.non_overlap"

EXPERIMENT = Experiment(
    name="non-overlap",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    title="Training without overlap",
    description="start a generator away from the data: which objectives move it, how far, how fast",
)
