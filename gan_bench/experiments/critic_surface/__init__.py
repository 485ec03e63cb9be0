"""Critic surface: critics trained to optimality beside the exact Kantorovich potential."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.critic_surface"

EXPERIMENT = Experiment(
    name="critic-surface",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="Critic surfaces beside the exact potential",
    description="how near critics trained to optimality come to the exact Kantorovich potential",
)
