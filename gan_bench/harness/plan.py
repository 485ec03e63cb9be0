"""From a suite to jobs: every experiment plans its own; nothing is written before all have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from gan_bench import registry
from gan_bench.analysis.cells import REFERENCE
from gan_bench.errors import GanBenchError, UsageError, unknown
from gan_bench.experiments.base import PlanContext
from gan_bench.harness.job import Job
from gan_bench.harness.suite import Entry, Suite
from gan_bench.plugin_files import is_reference


@dataclass(frozen=True)
class Selection:
    """What the command asks of a suite: labels of methods and data sets (() = all), device, threads a job.

    added: methods that every experiment takes in beside its own. listed: data sets that the suite names
    itself: one of them is run where it is named, others by every experiment that can.
    """

    methods: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()
    device: str = "cpu"
    threads: int = 1
    added: tuple[str, ...] = ()
    listed: frozenset[str] = frozenset()
    execution: str = "captured"


@dataclass(frozen=True)
class Plan:
    """jobs: all of the suite, in order, and those selected beyond it; selected: the keys to be run now."""

    jobs: tuple[Job, ...]
    selected: frozenset[str]


def plan_suite(suite: Suite, selection: Selection) -> Plan:
    """Return the plan; raises UsageError with every complaint, a line each."""
    everything = replace(selection, methods=(), datasets=())
    all_jobs = _jobs(suite, everything)
    if selection == everything:
        return Plan(tuple(all_jobs), frozenset(job.key for job in all_jobs))
    chosen = _jobs(suite, replace(selection, listed=frozenset(job.dataset for job in all_jobs)))
    _require("method", selection.methods, chosen, all_jobs)
    _require("dataset", selection.datasets, chosen, all_jobs)
    if not chosen:
        raise UsageError(
            f"suite {suite.header.name}: no job has both a selected method and a selected data set"
        )
    jobs = {job.key: job for job in [*all_jobs, *chosen]}
    return Plan(tuple(jobs.values()), frozenset(job.key for job in chosen))


def _jobs(suite: Suite, selection: Selection) -> list[Job]:
    """All jobs, each once; raises UsageError where two experiments name the same job."""
    jobs: dict[str, Job] = {}
    problems: list[str] = []
    for entry in suite.entries:
        try:
            planned = _planned(entry, suite.seeds, selection)
        except GanBenchError as error:
            problems += str(error).splitlines()
            continue
        # Tables that measure alike on one data set share its perfect sampler.
        twice = next((job for job in planned if job.key in jobs and job.method != REFERENCE), None)
        if twice:
            label = " on ".join(part for part in (twice.method, twice.dataset) if part)
            problems.append(f"{entry.where}: {label or twice.experiment}: the same job is planned twice")
        jobs |= {job.key: job for job in planned}
    if problems:
        raise UsageError("\n".join(problems))
    if not jobs and not (selection.methods or selection.datasets):
        raise UsageError(f"suite {suite.header.name}: nothing is planned")
    return list(jobs.values())


def _planned(entry: Entry, seeds: tuple[int, ...], selection: Selection) -> list[Job]:
    context = PlanContext(
        where=entry.where,
        device=selection.device,
        methods=selection.methods,
        datasets=selection.datasets,
        threads=selection.threads,
        added=selection.added,
        listed=selection.listed,
        execution=selection.execution,
    )
    plan = registry.resolve(entry.experiment.plan, entry.where)
    jobs: list[Job] = plan(entry.settings, seeds, context)
    # Only the suite knows by which reference an experiment outside the registry was loaded.
    source = entry.kind if entry.kind != entry.experiment.name else ""
    return [replace(job, source=source) for job in jobs]


def _require(kind: str, wanted: Iterable[str], chosen: list[Job], everything: list[Job]) -> None:
    """Raise UsageError where a selected label has no job."""
    found = {getattr(job, kind) for job in chosen}
    for name in wanted:
        if name not in found and not is_reference(name):
            known = {getattr(job, kind) for job in everything} - {""}
            if name in known:
                others = "methods" if kind == "dataset" else "data sets"
                raise UsageError(f'--{kind}: "{name}" goes with none of the selected {others}')
            raise unknown(kind, name, known, f"--{kind}")
