"""From settings to jobs: one for each method, those that have no game of two numbers with the reason."""

from __future__ import annotations

from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.dirac.api import reason_to_skip
from gan_bench.experiments.dirac.settings import Settings
from gan_bench.experiments.planning import chosen_methods
from gan_bench.harness.job import Job
from gan_bench.methods.method import Method


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return the jobs in the order of the settings; raises UsageError. Nothing is drawn: one seed is all."""
    shared = settings.model_dump(exclude={"methods", "seeds"})
    planned: list[Method] = []
    jobs = []
    for chosen in chosen_methods(settings.methods, context):
        method = chosen.method
        jobs.append(
            Job(
                experiment="dirac",
                method=method.name,
                dataset="",
                seeds=seeds[:1],
                settings={
                    "method": method.describe(),
                    "method_spec": chosen.spec,
                    **shared,
                    **context.place,
                },
                skip=_twin(method, planned) or reason_to_skip(method),
            )
        )
        planned.append(method)
    return jobs


def _twin(method: Method, planned: list[Method]) -> str:
    """Why an earlier method plays the same game, or nothing: all are moved by the same gradient steps."""
    for other in planned:
        if _game(other) == _game(method):
            return f"the same game as {other.name}: their optimisers differ, and here plain steps move both"
    return ""


def _game(method: Method) -> tuple[object, ...]:
    consensus = method.updates == "consensus"
    return method.objective, method.constraints, method.consensus_gamma if consensus else None
