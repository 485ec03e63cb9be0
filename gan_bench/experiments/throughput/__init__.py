"""Throughput: how fast seeds train side by side, beside the plain loop and the machine's own products."""

from gan_bench.experiments.base import Experiment

_HERE = "gan_bench.experiments.throughput"

EXPERIMENT = Experiment(
    name="throughput",
    settings=f"{_HERE}.settings:Settings",
    plan=f"{_HERE}.plan:plan",
    run=f"{_HERE}.run:run",
    figures=f"{_HERE}.figures:figures",
    title="How fast seeds train side by side",
    description="how many seed-steps a second do stacked seeds take, beside the plain loop of one seed?",
)
