"""From settings to jobs: one for each arm, and the perfect sampler."""

from __future__ import annotations

from dataclasses import replace

from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.planning import chosen_datasets, chosen_methods
from gan_bench.experiments.recipe_ablation.arms import GAP, YOURS, Arm, arms
from gan_bench.experiments.recipe_ablation.settings import Settings
from gan_bench.experiments.robustness.jobs import training_jobs
from gan_bench.experiments.settings import Entry
from gan_bench.experiments.training.run import PERFECT_SAMPLER
from gan_bench.harness.job import Job

NAME = "recipe-ablation"


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return the jobs in the order of the figures; raises UsageError."""
    chosen = _chosen_arms(settings, context)
    datasets = chosen_datasets(settings.datasets, context)
    if not chosen or not datasets:
        return []
    jobs: dict[str, Job] = {}
    for role, spec, arm in chosen:
        on_fixed = role == GAP
        mine = settings
        if on_fixed:
            mine = settings.model_copy(
                update={"steps": settings.gap_steps, "snapshots": settings.gap_snapshots}
            )
        entry = datasets[0][0]
        reference, trained = training_jobs(NAME, mine, spec, entry, settings.first(seeds), context)
        jobs.setdefault(reference.key, reference)
        jobs.setdefault(trained.key, _as_arm(trained, role, arm))
    return list(jobs.values())


def _as_arm(job: Job, role: str, arm: Arm | None) -> Job:
    """Put the role and the condition into the job; the condition also tells data sets' labels apart."""
    label = "" if arm is None else arm.label
    more = {"role": role, **({} if arm is None or arm.weight is None else {"weight": arm.weight})}
    dataset = f"{job.dataset}, {label}" if label else job.dataset
    return replace(job, dataset=dataset, settings={**job.settings, **more})


def _chosen_arms(settings: Settings, context: PlanContext) -> list[tuple[str, Entry, Arm | None]]:
    """Return (role, spec, arm) of the arms and of the user's methods that the command line asks for."""
    known = arms(settings)
    names = {arm.name for arm in known}
    mine: list[tuple[str, Entry, Arm | None]] = [
        (arm.role, arm.spec, arm) for arm in known if not context.methods or arm.name in context.methods
    ]
    others = tuple(name for name in context.methods if name not in names)
    if context.methods and not others:
        return mine
    added = tuple(name for name in context.added if name not in names)
    user = chosen_methods(
        settings.methods, replace(context, methods=others, added=added), taken=PERFECT_SAMPLER
    )
    for one in user:
        if one.method.name in names:
            raise UsageError(f'{context.where}: "{one.method.name}" is an arm of the ablation already')
    return [*mine, *((YOURS, one.spec, None) for one in user)]
