"""Training: every method on every data set, measured against the truth at log-spaced steps."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.training"

EXPERIMENT = Experiment(
    name="training",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="Training",
    description="train methods on data sets and measure every snapshot against the truth",
)
