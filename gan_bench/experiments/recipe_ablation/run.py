"""An arm's job is a training job, or a critic alone against a generator that does not move."""

from __future__ import annotations

from gan_bench.experiments.recipe_ablation.arms import GAP
from gan_bench.experiments.recipe_ablation.fixed import train_on_fixed
from gan_bench.experiments.training.run import run as train
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder


def run(job: Job, recorder: Recorder) -> None:
    """Run one arm, or the perfect sampler."""
    if job.settings.get("role") == GAP:
        train_on_fixed(job, recorder)
    else:
        train(job, recorder)
