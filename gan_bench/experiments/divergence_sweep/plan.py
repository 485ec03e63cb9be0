"""From settings to jobs: for every pair the closed forms, the finite-sample curve, and every method."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from gan_bench.analysis.cells import REFERENCE
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.divergence_sweep.pairs import Family, build_family
from gan_bench.experiments.divergence_sweep.reading import EXACT, EXPERIMENT
from gan_bench.experiments.divergence_sweep.settings import SWEPT, Settings
from gan_bench.experiments.planning import Chosen, chosen_methods
from gan_bench.experiments.settings import Entry
from gan_bench.harness.job import Job
from gan_bench.methods.method import Method

_OF_A_CRITIC = ("steps", "batch_size", "width", "layers", "held_out", "dtype")


def plan(settings: Settings, seeds: tuple[int, ...], context: PlanContext) -> list[Job]:
    """Return the jobs, pair by pair; raises UsageError for what the user can mend."""
    methods = chosen_methods(settings.methods, context, taken=REFERENCE)
    if any(chosen.method.name == EXACT for chosen in methods):
        raise UsageError(f'{context.where}: the name "{EXACT}" is taken: it is the closed forms')
    if not methods and not {EXACT, REFERENCE} & set(context.methods):
        return []
    jobs = []
    for entry, family in _chosen_families(settings.pairs, context):
        jobs += _theory(settings, entry, family, seeds)
        jobs += [
            _trained(settings, entry, family, chosen, settings.first(seeds), context) for chosen in methods
        ]
    return jobs


def _theory(settings: Settings, entry: Entry, family: Family, seeds: tuple[int, ...]) -> list[Job]:
    """The closed forms, and the same distances between two independent draws of finite size."""
    common = {
        "pair": entry,
        "places": family.places(settings, trained=False),
        "points": settings.points,
        "threads": 1,
    }
    return [
        Job(EXPERIMENT, EXACT, family.name, seeds[:1], common),
        Job(EXPERIMENT, REFERENCE, family.name, tuple(range(settings.draws)), common),
    ]


def _trained(
    settings: Settings,
    entry: Entry,
    family: Family,
    chosen: Chosen,
    seeds: tuple[int, ...],
    context: PlanContext,
) -> Job:
    return Job(
        EXPERIMENT,
        chosen.method.name,
        family.name,
        seeds,
        {
            "method": chosen.method.describe(),
            "method_spec": chosen.spec,
            "pair": entry,
            "places": family.places(settings, trained=True),
            **{name: getattr(settings, name) for name in _OF_A_CRITIC},
            **context.place,
        },
        skip=_reason_to_skip(settings, chosen.method),
    )


def _reason_to_skip(settings: Settings, method: Method) -> str:
    if any(size % method.copies for size in (settings.batch_size, settings.held_out)):
        return f"packs of {method.copies} do not divide the batch size or the number of held-out samples"
    if method.updates == "consensus":
        return "its update is defined for both players together: a critic cannot be trained alone"
    return ""


def _chosen_families(entries: Iterable[Entry], context: PlanContext) -> list[tuple[Entry, Family]]:
    found: dict[str, tuple[Any, Family]] = {}
    for entry in entries:
        family = build_family(entry, context.where)
        if family.name in found:
            raise UsageError(f'{context.where}: the pair "{family.name}" is named twice')
        found[family.name] = (entry, family)
    if not context.datasets:
        return list(found.values())
    for name in context.datasets:
        if name not in found and name in SWEPT:
            found[name] = (name, build_family(name, "--dataset"))
    return [pair for name, pair in found.items() if name in context.datasets]
