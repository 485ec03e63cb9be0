"""From settings to jobs: every method at every optimiser setting and with every random pair of networks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.planning import Chosen, chosen_datasets, chosen_methods
from gan_bench.experiments.robustness.architectures import drawn
from gan_bench.experiments.robustness.jobs import training_jobs
from gan_bench.experiments.robustness.settings import OPTIMISERS, Settings
from gan_bench.experiments.settings import Entry
from gan_bench.experiments.training.run import PERFECT_SAMPLER
from gan_bench.harness.job import Job
from gan_bench.methods.build import build_method

NAME = "robustness"
# What an optimiser setting replaces in a method's own table.
_RATES = ("learning_rate", "critic_learning_rate", "generator_learning_rate")


@dataclass(frozen=True)
class Condition:
    """One column of the result: how methods change (an optimiser setting's name), or which networks."""

    label: str
    optimiser: str = ""
    architecture: int | None = None


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return the perfect sampler's job and those of every condition; raises UsageError."""
    chosen = chosen_methods(settings.methods, context, taken=PERFECT_SAMPLER)
    datasets = chosen_datasets(settings.datasets, context)
    if not datasets or not chosen:
        return []
    jobs: dict[str, Job] = {}
    for condition in _conditions(settings):
        for one in chosen:
            # One perfect sampler serves all conditions and methods: its job comes again and again.
            for job in _planned(settings, datasets[0][0], condition, one, settings.first(seeds), context):
                jobs.setdefault(job.key, job)
    return list(jobs.values())


def _conditions(settings: Settings) -> Iterator[Condition]:
    yield from (Condition(f"setting {name}", optimiser=name) for name in settings.optimisers)
    yield from (Condition(f"networks {k}", architecture=k) for k in range(settings.architectures))


def _planned(
    settings: Settings,
    dataset: Entry,
    condition: Condition,
    chosen: Chosen,
    seeds: tuple[int, ...],
    context: PlanContext,
) -> list[Job]:
    """The training experiment's jobs of one method under one condition, under this experiment's name."""
    spec, reason = _changed(chosen, condition.optimiser)
    if condition.architecture is not None and settings.architecture_steps is not None:
        settings = settings.model_copy(update={"steps": settings.architecture_steps})
    reference, trained = training_jobs(NAME, settings, spec, dataset, seeds, context)
    more: dict[str, Any] = {"target": settings.target}
    if condition.optimiser:
        more["setting"] = condition.optimiser
    if condition.architecture is not None:
        more["architecture"] = drawn(condition.architecture, settings.depths, settings.widths)
        more["number"] = condition.architecture
    return [
        reference,
        replace(
            trained,
            dataset=f"{trained.dataset}, {condition.label}",
            settings={**trained.settings, **more},
            skip=reason or trained.skip,
        ),
    ]


def _changed(chosen: Chosen, optimiser: str) -> tuple[Entry, str]:
    """Return a method's table at an optimiser setting, and why it cannot take that, if it cannot.

    The learning rates, Adam's betas and the critic's steps are the setting's; all else is the method's own.
    """
    if not optimiser:
        return chosen.spec, ""
    name = chosen.method.name
    own = {"name": name, "base": chosen.spec} if isinstance(chosen.spec, str) else dict(chosen.spec)
    table = {key: value for key, value in own.items() if key not in _RATES}
    table |= {"optimiser": "adam", **asdict(OPTIMISERS[optimiser])}
    table["betas"] = list(table["betas"])
    try:
        build_method(table)
    except UsageError as error:
        return chosen.spec, f"cannot be trained at setting {optimiser}: {error}"
    return table, ""
