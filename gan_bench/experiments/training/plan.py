"""From settings to jobs: every method on every data set, and the perfect sampler of each data set."""

from __future__ import annotations

from typing import Any

from gan_bench.data.toy import ToyDataset
from gan_bench.errors import PluginError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.modules import has_batch_norm
from gan_bench.experiments.planning import chosen_datasets, chosen_methods, own_steps
from gan_bench.experiments.settings import Entry
from gan_bench.experiments.training.networks import networks, require_shapes
from gan_bench.experiments.training.run import PERFECT_SAMPLER
from gan_bench.experiments.training.settings import Settings
from gan_bench.harness.job import Job
from gan_bench.methods.method import Method

_PER_JOB = (
    "batch_size",
    "latent",
    "width",
    "layers",
    "generator",
    "critic",
    "dtype",
    "snapshots",
    "curve_samples",
    "end_samples",
)


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return the jobs in the order of the settings, data set by data set; raises UsageError."""
    methods = _methods(settings, context)
    if not methods and PERFECT_SAMPLER not in context.methods:
        return []
    jobs = []
    for entry, dataset in chosen_datasets(settings.datasets, context):
        jobs.append(_reference_job(settings, entry, dataset))
        for spec, steps, method in methods:
            jobs.append(
                Job(
                    experiment="training",
                    method=method.name,
                    dataset=dataset.name,
                    seeds=seeds,
                    settings={
                        "method": method.describe(),
                        "method_spec": spec,
                        "dataset": entry,
                        "steps": steps,
                        **{name: getattr(settings, name) for name in _PER_JOB},
                        **context.trained_place,
                    },
                    skip=_reason_to_skip(settings, method, dataset, context.where),
                )
            )
    return jobs


def _reference_job(settings: Settings, entry: Entry, dataset: ToyDataset) -> Job:
    return Job(
        experiment="training",
        method=PERFECT_SAMPLER,
        dataset=dataset.name,
        seeds=tuple(range(settings.reference_draws)),
        settings={
            "dataset": entry,
            "curve_samples": settings.curve_samples,
            "end_samples": settings.end_samples,
            "threads": 1,
        },
    )


def _methods(settings: Settings, context: PlanContext) -> list[tuple[Entry, int, Method]]:
    """Return (entry, steps, method) for those selected."""
    chosen = chosen_methods(settings.methods, context, extra_keys=("steps",), taken=PERFECT_SAMPLER)
    return [(c.spec, own_steps(c, settings.steps, context.where), c.method) for c in chosen]


def incompatible(settings: Settings, method: Method, dataset: ToyDataset, critic: Any = None) -> str:
    """Return why this method cannot run on this data set with these settings, or nothing.

    critic: a module class or factory instead of what the settings name.
    """
    sizes = (settings.batch_size, settings.curve_samples, settings.end_samples)
    if any(size % method.copies for size in sizes):
        return f"packs of {method.copies} do not divide the batch size or the number of evaluation samples"
    if dataset.push is not None and settings.latent < 2:
        return "a generator that starts on a given distribution needs at least two latent coordinates"
    named = critic or settings.critic
    if method.penalises and named:
        nets = networks({**settings.model_dump(), "critic": named}, dataset, method.copies)
        if has_batch_norm(nets.critic):
            return "batch norm in the critic couples samples: a per-sample gradient penalty is not defined"
    return ""


def _reason_to_skip(settings: Settings, method: Method, dataset: ToyDataset, where: str) -> str:
    """As `incompatible`; networks that can be used nowhere raise PluginError."""
    try:
        reason = incompatible(settings, method, dataset)
        if not reason:
            require_shapes(settings.model_dump(), dataset, method.copies)
    except PluginError as error:
        raise PluginError(f"{where}: {error}") from error
    return reason
