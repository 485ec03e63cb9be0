"""From settings to jobs: every method on every data set with every number of noise coordinates."""

from __future__ import annotations

from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.planning import chosen_datasets, chosen_methods
from gan_bench.experiments.separability.naming import NAME, dataset_label
from gan_bench.experiments.separability.settings import Settings
from gan_bench.harness.job import Job
from gan_bench.methods.method import Method

_PER_JOB = ("layers", "batch_size", "steps", "check_every", "held_out")


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return the jobs in the order of the settings, data set by data set; raises UsageError."""
    methods = chosen_methods(settings.methods, context)
    if not methods:
        return []
    return [
        Job(
            experiment=NAME,
            method=chosen.method.name,
            dataset=dataset_label(dataset.name, noise),
            seeds=settings.first(seeds),
            settings={
                "method": chosen.method.describe(),
                "method_spec": chosen.spec,
                "dataset": entry,
                "noise": noise,
                # Each once and in order, so that the same sweep is the same job however it was written.
                "sizes": sorted(set(settings.sizes)),
                "widths": sorted(set(settings.widths)),
                **{name: getattr(settings, name) for name in _PER_JOB},
                **context.place,
            },
            skip=reason_to_skip(chosen.method),
        )
        for entry, dataset in chosen_datasets(settings.datasets, context)
        for noise in sorted(set(settings.noise_coordinates))
        for chosen in methods
    ]


def reason_to_skip(method: Method) -> str:
    """Return why a method's critic gives no bound of JS, or nothing."""
    if method.estimates_js:
        return ""
    if method.copies > 1:
        return f"its critic sees packs of {method.copies}: its scores bound the JS of packs, not of samples"
    return "its critic's scores give no bound of JS: it is not trained by cross-entropy"
