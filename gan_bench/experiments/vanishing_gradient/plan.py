"""From settings to jobs: every method's critic against the generator frozen after every number of units."""

from __future__ import annotations

from gan_bench.data.toy import build_dataset, label
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.planning import chosen_methods
from gan_bench.experiments.vanishing_gradient.settings import Settings
from gan_bench.harness.job import Job
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method

_PER_JOB = (
    "pretraining",
    "unit_steps",
    "separations",
    "apart",
    "steps",
    "fit_from",
    "snapshots",
    "batches",
    "points",
    "batch_size",
    "latent",
    "width",
    "layers",
    "dtype",
)
# Their critic's step is no step of its own: it looks ahead, or is pulled, together with the generator.
_JOINT = ("extragradient", "consensus")


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return a job per method and number of units, each with all separations; raises UsageError."""
    dataset = build_dataset(settings.dataset, context.where)
    pretraining = _pretraining(settings, context.where)
    methods = chosen_methods(settings.methods, context)
    jobs = []
    for units in settings.units:
        name = label(dataset.name, {"units": units})
        if context.datasets and name not in context.datasets:
            continue
        jobs += [
            Job(
                experiment="vanishing-gradient",
                method=chosen.method.name,
                dataset=name,
                seeds=settings.first(seeds),
                settings={
                    "method": chosen.method.describe(),
                    "method_spec": chosen.spec,
                    "dataset": settings.dataset,
                    "units": units,
                    **{key: getattr(settings, key) for key in _PER_JOB},
                    "pretraining_method": pretraining.describe(),
                    **context.trained_place,
                },
                skip=_reason_to_skip(settings, chosen.method),
            )
            for chosen in methods
        ]
    return jobs


def _pretraining(settings: Settings, where: str) -> Method:
    """The method that trains the generator; raises UsageError where it cannot."""
    method = build_method(settings.pretraining, f"{where}: pretraining")
    if settings.batch_size % method.copies:
        raise UsageError(f"{where}: pretraining: packs of {method.copies} do not divide the batch size")
    return method


def _reason_to_skip(settings: Settings, method: Method) -> str:
    if method.updates in _JOINT:
        return f"{method.updates} updates move both players at once; here the generator is frozen"
    if settings.batch_size % method.copies or settings.points % method.copies:
        return f"packs of {method.copies} do not divide the batch size or the number of points"
    return ""
