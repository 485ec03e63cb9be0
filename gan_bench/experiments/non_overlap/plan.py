"""From settings to jobs: every method on the line and on the cluster."""

from __future__ import annotations

import dataclasses

from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.non_overlap.settings import Problem, Settings
from gan_bench.experiments.planning import Chosen, chosen_methods
from gan_bench.harness.job import Job
from gan_bench.methods.method import Method
from gan_bench.methods.optimisers import SGD

_PER_JOB = (
    "separations",
    "steps",
    "critic_first",
    "line_rate",
    "arrive",
    "snapshots",
    "points",
    "batch_size",
    "width",
    "layers",
    "dtype",
)


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return a job per problem and method, each with all separations; raises UsageError."""
    methods = chosen_methods(settings.methods, context)
    return [
        _job(settings, problem, chosen, settings.first(seeds), context)
        for problem in settings.problems
        if not context.datasets or problem in context.datasets
        for chosen in methods
    ]


def on_problem(method: Method, problem: Problem, line_rate: float) -> Method:
    """The method as it trains this problem: on the line, theta follows plain gradient descent."""
    if problem == "cluster":
        return method
    return dataclasses.replace(method, generator_optimiser=SGD(line_rate))


def _job(
    settings: Settings, problem: Problem, chosen: Chosen, seeds: tuple[int, ...], context: PlanContext
) -> Job:
    method = on_problem(chosen.method, problem, settings.line_rate)
    return Job(
        experiment="non-overlap",
        method=method.name,
        dataset=problem,
        seeds=seeds,
        settings={
            "method": method.describe(),
            "method_spec": chosen.spec,
            "problem": problem,
            **{key: getattr(settings, key) for key in _PER_JOB},
            **context.trained_place,
        },
        skip=_reason_to_skip(settings, method),
    )


def _reason_to_skip(settings: Settings, method: Method) -> str:
    if settings.batch_size % method.copies:
        return f"packs of {method.copies} do not divide the batch size"
    return ""
