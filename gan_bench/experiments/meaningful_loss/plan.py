"""Training jobs with many snapshots after a burn-in: planned and run as the training experiment's."""

from __future__ import annotations

import dataclasses

from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.meaningful_loss.settings import Settings
from gan_bench.experiments.training.plan import plan as plan_training
from gan_bench.experiments.training.settings import Settings as TrainingSettings
from gan_bench.harness.job import Job

NAME = "meaningful-loss"
_SAME = ("methods", "datasets", "steps", "batch_size", "latent", "width", "layers", "reference_draws")


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return the jobs, data set by data set, the perfect sampler of each first; raises UsageError."""
    trained = TrainingSettings(
        **{name: getattr(settings, name) for name in _SAME},
        snapshots=settings.snapshots + 1,  # and step 0
        curve_samples=settings.samples,
        end_samples=settings.samples,
    )
    jobs = plan_training(trained, settings.first(seeds), context)
    return [_own(job, settings.burn_in, context.where) for job in jobs]


def _own(job: Job, burn_in: int, where: str) -> Job:
    """The same job under this experiment's name; only those that train have a burn-in."""
    if "steps" not in job.settings:
        return dataclasses.replace(job, experiment=NAME)
    steps = job.settings["steps"]
    if steps <= burn_in:
        raise UsageError(
            f'{where}: method "{job.method}": steps = {steps} are all burn-in (burn_in = {burn_in})'
        )
    return dataclasses.replace(job, experiment=NAME, settings={**job.settings, "burn_in": burn_in})
