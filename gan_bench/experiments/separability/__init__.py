"""Separability: does a discriminator tell two finite samples of one and the same distribution apart?"""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.separability"

EXPERIMENT = Experiment(
    name="separability",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="Two samples of one distribution",
    description="training and held-out JS bound of discriminators between finite samples of one distribution",
)
