"""From settings to jobs: every method beside the baseline, the baseline beside itself as a control."""

from __future__ import annotations

import dataclasses

from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.penalty_cost.settings import Settings
from gan_bench.experiments.planning import chosen_methods, datasets_for
from gan_bench.experiments.settings import Entry
from gan_bench.harness.job import Job
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method

_PER_JOB = ("network", "batch_size", "latent", "width", "dtype", "block", "rounds", "warm_up")


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return a job per method; both methods of a pair are timed in one job. Raises UsageError."""
    baseline = build_method(settings.baseline, context.where)
    if reason := _reason_to_skip(settings, baseline):
        raise UsageError(f'{context.where}: baseline: "{baseline.name}" cannot be one: {reason}')
    layers = {"layers": settings.layers} if settings.network == "mlp" else {}
    return [
        Job(
            experiment="penalty-cost",
            method=chosen.method.name,
            dataset=name,
            seeds=settings.first(seeds),
            settings={
                "method": _described(chosen.method, baseline),
                "method_spec": chosen.spec,
                "baseline": baseline.describe(),
                "baseline_spec": settings.baseline,
                "dataset": entry,
                **{key: getattr(settings, key) for key in _PER_JOB},
                **layers,
                **context.place,
            },
            skip=_reason_to_skip(settings, chosen.method),
        )
        for name, entry in _datasets(settings, context)
        for chosen in chosen_methods(settings.methods, context)
    ]


def _datasets(settings: Settings, context: PlanContext) -> list[tuple[str, Entry]]:
    """Label and entry of the data set, nothing where the command selects others; UsageError."""
    if settings.network != "mlp" and "layers" in settings.model_fields_set:
        raise UsageError(f'{context.where}: layers are for network = "mlp", not "{settings.network}"')
    return datasets_for(settings.network, settings.dataset, context)


def equalised(method: Method, baseline: Method) -> Method:
    """The method with the baseline's optimisers and critic steps, so that only loss and constraint differ.

    Raises UsageError where the method's updates do not allow the baseline's critic steps.
    """
    return dataclasses.replace(
        method,
        critic_optimiser=baseline.critic_optimiser,
        generator_optimiser=baseline.generator_optimiser,
        n_critic=baseline.n_critic,
        critic_warm_up=False,
    )


def _described(method: Method, baseline: Method) -> dict[str, object]:
    """What is timed; the method as it is where it cannot be made equal, and is skipped."""
    try:
        return equalised(method, baseline).describe()
    except UsageError:
        return method.describe()


def _reason_to_skip(settings: Settings, method: Method) -> str:
    if method.updates != "alternating":
        return f"its updates are {method.updates}: critic steps cannot be timed apart from the generator's"
    if settings.batch_size % method.copies:
        return f"packs of {method.copies} do not divide the batch size"
    return ""
