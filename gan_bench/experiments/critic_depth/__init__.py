"""Critic depth: how the gradient travels through a deep critic, and where its weights end up."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.critic_depth"

EXPERIMENT = Experiment(
    name="critic-depth",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="Gradients through a deep critic",
    description="do a deep critic's gradients explode or vanish, and do clipped weights pile up at the edge?",
)
