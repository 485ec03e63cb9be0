"""Divergence sweep: two distributions move apart; what each distance, and each critic, says of it."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.divergence_sweep"

EXPERIMENT = Experiment(
    name="divergence-sweep",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    claims=f"{_HERE}.claims:claims",
    title="Which distance sees how far apart two distributions are",
    description="two distributions move apart: what do JS, W1 and trained critics say of it?",
)
