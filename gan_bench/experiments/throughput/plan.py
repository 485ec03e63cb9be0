"""From settings to jobs: a method on a data set, at all the places that its axes are walked to."""

from __future__ import annotations

from dataclasses import replace

from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.planning import chosen_methods, datasets_for
from gan_bench.experiments.throughput.plain import cannot
from gan_bench.experiments.throughput.settings import Settings
from gan_bench.harness.job import Job
from gan_bench.methods.method import Method

_PER_JOB = ("network", "latent", "layers", "precision", "block_seconds", "rounds", "warm_up")


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return a job per method; raises UsageError for a data set that the networks do not fit."""
    if settings.execution is not None:
        context = replace(context, execution=settings.execution)
    return [
        Job(
            experiment="throughput",
            method=chosen.method.name,
            dataset=name,
            seeds=settings.first(seeds),
            settings={
                "method": chosen.method.describe(),
                "method_spec": chosen.spec,
                "dataset": entry,
                **{key: getattr(settings, key) for key in _PER_JOB},
                **{key: list(getattr(settings, key)) for key in ("stacked", "batch_sizes", "widths")},
                **context.trained_place,
            },
            skip=_reason_to_skip(settings, chosen.method, on_gpu=context.device != "cpu"),
        )
        for name, entry in datasets_for(settings.network, settings.dataset, context)
        for chosen in chosen_methods(settings.methods, context)
    ]


def _reason_to_skip(settings: Settings, method: Method, *, on_gpu: bool) -> str:
    if settings.precision == "tf32" and not on_gpu:
        return "TF32 products are a GPU's"
    if settings.execution == "captured" and not on_gpu:
        return "CUDA graphs are a GPU's"
    if uneven := [size for size in settings.batch_sizes if size % method.copies]:
        return f"packs of {method.copies} do not divide a batch of {uneven[0]}"
    return cannot(method)
