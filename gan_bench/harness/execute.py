"""Executors: jobs in, outcomes out, in the order in which they end. None of them writes a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from gan_bench import registry
from gan_bench.errors import UsageError
from gan_bench.harness.job import Job
from gan_bench.harness.listener import Listener, Silent
from gan_bench.harness.outcome import Outcome, SeedStatus, Status, unmeasured
from gan_bench.harness.provenance import plugins_digests
from gan_bench.harness.run import Collector, run_job


@dataclass(frozen=True)
class Options:
    """How jobs are run.

    workers: at most so many at once. timeout: seconds per job, None = no limit. devices: CUDA devices to
    share out, 0 = none. preload: modules that worker processes share.
    """

    workers: int = 1
    timeout: float | None = None
    devices: int = 0
    preload: tuple[str, ...] = ()
    listener: Listener = field(default_factory=Silent)


class Executor(Protocol):
    """A function that runs jobs and yields an outcome for each, whatever becomes of it."""

    def __call__(self, jobs: Sequence[Job], options: Options) -> Iterator[Outcome]:
        """Yield outcomes as jobs end; closing the iterator ends what still runs."""


def execute(
    jobs: Sequence[Job], executor: str = "processes", options: Options | None = None
) -> Iterator[Outcome]:
    """Run jobs with the executor of this name; pairs that cannot run are yielded first, as `skipped`."""
    chosen: Executor = registry.load("executors", executor, "--executor")
    options = options or Options()
    return _execute(jobs, chosen, executor, options)


def require_possible(executor: str, options: Options) -> None:
    """Raise UsageError for an unknown executor, or one that cannot do what the options ask."""
    if registry.load("executors", executor, "--executor") is serial and options.timeout is not None:
        raise UsageError('--timeout: the executor "serial" cannot stop a job; use "processes"')


def serial(jobs: Sequence[Job], options: Options) -> Iterator[Outcome]:
    """Run one job after another in this process, without a deadline: `require_possible` refuses one."""
    for job in jobs:
        options.listener.started(job)
        collector = Collector(job)
        yield collector.outcome(run_job(job, _teed(collector, options.listener)))


def _execute(jobs: Sequence[Job], chosen: Executor, name: str, options: Options) -> Iterator[Outcome]:
    for job in jobs:
        if job.skip:
            skipped = unmeasured(job, SeedStatus(Status.SKIPPED, message=job.skip))
            yield replace(skipped, provenance={"plugins": plugins_digests(job)})
    for outcome in chosen([job for job in jobs if not job.skip], options):
        outcome.provenance["engine"] = name
        if options.devices:
            outcome.provenance["gpu_shared"] = options.workers > options.devices
        yield outcome


def _teed(collector: Collector, listener: Listener) -> Any:
    def sink(name: str, content: Any) -> None:
        collector(name, content)
        if name == "progress":
            listener.progress(collector.job, *content)

    return sink
