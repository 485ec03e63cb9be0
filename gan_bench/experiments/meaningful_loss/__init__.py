"""Meaningful loss: does what the critic reports while training follow the exact Wasserstein-1 distance?"""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.meaningful_loss"

EXPERIMENT = Experiment(
    name="meaningful-loss",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run="gan_bench.experiments.training.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="Does the loss mean anything?",
    description="rank correlation between what each critic reports and exact W1 over training",
)
