"""Jobs of the training experiment under another experiment's name: same training, same noise floor."""

from __future__ import annotations

from dataclasses import replace

from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.settings import Entry
from gan_bench.experiments.training.plan import plan
from gan_bench.experiments.training.settings import Settings
from gan_bench.harness.job import Job


def training_jobs(
    experiment: str,
    settings: Settings,
    spec: Entry,
    dataset: Entry,
    seeds: tuple[int, ...],
    context: PlanContext,
) -> tuple[Job, Job]:
    """Return the perfect sampler's job of a data set and the job of one method on it.

    settings may be of a derived class: only what training knows of is taken. What the command line selects
    or adds has been dealt with before.
    """
    known = {name: getattr(settings, name) for name in Settings.model_fields}
    plain = replace(context, methods=(), datasets=(), added=())
    training = Settings(**known | {"methods": [spec], "datasets": [dataset]})
    reference, trained = plan(training, seeds, plain)
    return replace(reference, experiment=experiment), replace(trained, experiment=experiment)
