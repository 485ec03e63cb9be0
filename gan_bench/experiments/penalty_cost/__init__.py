"""Penalty cost: what a training step costs under each constraint, beside the clipped step."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.penalty_cost"

EXPERIMENT = Experiment(
    name="penalty-cost",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="What a constraint costs",
    description="how much longer than a clipped training step is one with a penalty or spectral norm?",
)
