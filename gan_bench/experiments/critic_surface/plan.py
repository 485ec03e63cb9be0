"""From settings to jobs: the exact potential and every method's critic, data set by data set."""

from __future__ import annotations

from typing import Any

from gan_bench.data.toy import ToyDataset
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.critic_surface.settings import EXACT, EXPERIMENT, Settings
from gan_bench.experiments.planning import Chosen, chosen_datasets, chosen_methods
from gan_bench.experiments.settings import Entry
from gan_bench.harness.job import Job
from gan_bench.methods.method import Method

_OF_TRUTH = ("noise", "points", "fresh", "agreement", "resolution", "pictured")
_OF_CRITIC = ("batch_size", "width", "layers", "dtype", "snapshots", "ray_points")


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return the jobs in the order of the settings; raises UsageError."""
    methods = chosen_methods(settings.methods, context, extra_keys=("steps",), taken=EXACT)
    seeds = settings.first(seeds)
    if not methods and EXACT not in context.methods:
        return []
    own = [_without_steps(entry) for entry in settings.datasets]
    jobs = []
    for entry, dataset in chosen_datasets([plain for plain, _ in own], context):
        steps = next((steps for plain, steps in own if plain == entry and steps is not None), settings.steps)
        _require_steps(steps, f'data set "{dataset.name}"', context.where)
        jobs.append(_exact_job(settings, entry, dataset, seeds, context))
        for chosen in methods:
            jobs.append(_critic_job(settings, entry, dataset, chosen, steps, seeds, context))
    return jobs


def _without_steps(entry: Entry) -> tuple[Entry, Any]:
    """A data set as the table of data sets takes it, and the steps that its entry asks for, or None."""
    if not isinstance(entry, dict):
        return entry, None
    return {key: value for key, value in entry.items() if key != "steps"}, entry.get("steps")


def _exact_job(
    settings: Settings, entry: Entry, dataset: ToyDataset, seeds: tuple[int, ...], context: PlanContext
) -> Job:
    return Job(EXPERIMENT, EXACT, dataset.name, seeds, _common(settings, entry, context))


def _critic_job(
    settings: Settings,
    entry: Entry,
    dataset: ToyDataset,
    chosen: Chosen,
    steps: int,
    seeds: tuple[int, ...],
    context: PlanContext,
) -> Job:
    described: dict[str, Any] = {
        "method": chosen.method.describe(),
        "method_spec": chosen.spec,
        "steps": _steps(chosen, steps, context.where),
        **{name: getattr(settings, name) for name in _OF_CRITIC},
        **_common(settings, entry, context),
    }
    skip = incapable(chosen.method, dataset)
    return Job(EXPERIMENT, chosen.method.name, dataset.name, seeds, described, skip=skip)


def _common(settings: Settings, entry: Entry, context: PlanContext) -> dict[str, Any]:
    """What the exact potential and the critics share."""
    shared = {name: getattr(settings, name) for name in _OF_TRUTH}
    return {"dataset": entry, **shared, **context.place}


def incapable(method: Method, dataset: ToyDataset) -> str:
    """Return why a method's critic has no surface over the plane, or nothing."""
    if method.copies > 1:
        return f"the critic sees packs of {method.copies} samples: it is no function of one point"
    if dataset.sample_shape != (2,):
        return "a surface is drawn over points in the plane only"
    return ""


def _steps(chosen: Chosen, steps: int, where: str) -> int:
    """A method's own steps, or those of the data set."""
    own: int = chosen.extra.get("steps", steps)
    _require_steps(own, f'method "{chosen.method.name}"', where)
    return own


def _require_steps(steps: object, of: str, where: str) -> None:
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 2:
        raise UsageError(f"{where}: {of}: steps must be a whole number from 2, not {steps!r}")
