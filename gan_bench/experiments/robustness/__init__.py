"""Robustness: which methods reach the data at settings and with networks that nobody chose for them."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.robustness"

EXPERIMENT = Experiment(
    name="robustness",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="Robustness to the optimiser and to the networks",
    description="count the seeds of each method that reach the data under unlike optimiser settings",
)
