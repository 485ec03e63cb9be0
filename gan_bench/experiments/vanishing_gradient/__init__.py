"""Vanishing gradient: what a frozen generator is told by a critic that goes on learning."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.vanishing_gradient"

EXPERIMENT = Experiment(
    name="vanishing-gradient",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="Vanishing gradient",
    description="freeze a generator, train its critic on, and see what is left of the generator's gradient",
)
