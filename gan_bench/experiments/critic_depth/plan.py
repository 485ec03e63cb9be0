"""From settings to jobs: every method at every depth."""

from __future__ import annotations

from typing import Any

from gan_bench.data.toy import ToyDataset
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.critic_depth.settings import Settings
from gan_bench.experiments.planning import Chosen, chosen_datasets, chosen_methods
from gan_bench.harness.job import Job
from gan_bench.methods.method import Method

_PER_JOB = ("dataset", "width", "batch_size", "latent", "steps", "snapshots", "points", "dtype")


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return the jobs, depth by depth, the data set's label naming the depth; raises UsageError."""
    datasets = chosen_datasets([settings.dataset], context)
    methods = chosen_methods(settings.methods, context)
    return [
        Job(
            experiment="critic-depth",
            method=chosen.method.name,
            dataset=f"{dataset.name}, {depth} layers",
            seeds=settings.first(seeds),
            settings={**_settings_of(settings, chosen, context), "dataset": entry, "depth": depth},
            skip=_reason_to_skip(settings, chosen.method, dataset),
        )
        for entry, dataset in datasets
        for depth in settings.depths
        for chosen in methods
    ]


def _settings_of(settings: Settings, chosen: Chosen, context: PlanContext) -> dict[str, Any]:
    return {
        "method": chosen.method.describe(),
        "method_spec": chosen.spec,
        **{name: getattr(settings, name) for name in _PER_JOB},
        # What claims ask for: whether the weights had time to cross their box.
        "critic_steps": sum(chosen.method.critic_steps(step) for step in range(settings.steps)),
        **context.trained_place,
    }


def _reason_to_skip(settings: Settings, method: Method, dataset: ToyDataset) -> str:
    if settings.batch_size % method.copies or settings.points % method.copies:
        return f"packs of {method.copies} do not divide the batch size or the number of points"
    if dataset.push is not None and settings.latent < 2:
        return "a generator that starts on a given distribution needs at least two latent coordinates"
    return ""
