"""Run one job in this process: every report of the experiment is checked, and every exception recorded."""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gan_bench import registry
from gan_bench.harness.job import Job
from gan_bench.harness.machine import is_out_of_memory, job_facts, set_threads
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.harness.provenance import now, plugins_digests
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.paths import without_absolute

Sink = Callable[[str, Any], None]


@dataclass(frozen=True)
class Ending:
    """How a job ended: the status of the seeds that have none yet, and what its process knew."""

    status: SeedStatus
    traceback: str = ""
    provenance: dict[str, Any] = field(default_factory=dict)


class CheckedRecorder:
    """The recorder of an experiment: checks and converts what it is given and passes it on to a sink."""

    def __init__(self, job: Job, sink: Sink) -> None:
        self._job = job
        self._sink = sink
        self._known: set[str] = set()

    def describe(self, descriptors: Iterable[Descriptor]) -> None:
        """Pass on the descriptors as plain data."""
        described = {descriptor.name: descriptor.as_dict() for descriptor in descriptors}
        self._known |= described.keys()
        self._sink("describe", described)

    def rows(self, rows: Iterable[Row]) -> None:
        """Pass on rows as plain numbers; ValueError for a seed or metric that the job lacks."""
        self._sink("rows", [self._checked(row) for row in rows])

    def status(self, seed: int, status: SeedStatus) -> None:
        """Pass on the status of one seed."""
        self._require_seed(seed)
        self._sink("status", (int(seed), status))

    def samples(self, name: str, array: np.ndarray) -> None:
        """Pass on an array of numbers."""
        array = np.asarray(array)
        if array.dtype.hasobject:
            raise ValueError(f'samples "{name}": numbers are needed, not objects')
        self._sink("samples", (name, array))

    def progress(self, step: int, steps: int, rate: float) -> None:
        """Pass on how far the job is."""
        self._sink("progress", (int(step), int(steps), float(rate)))

    def fact(self, name: str, value: Any) -> None:
        """Pass on one fact."""
        self._sink("fact", (name, value))

    def _checked(self, row: Row) -> Row:
        self._require_seed(row.seed)
        if row.metric not in self._known:
            raise ValueError(f'metric "{row.metric}" has no descriptor; call describe first')
        number, seconds, at = float(row.value), float(row.seconds), float(row.at)
        return Row(int(row.seed), int(row.step), row.metric, number, seconds, row.axis, at)

    def _require_seed(self, seed: int) -> None:
        if seed not in self._job.seeds:
            raise ValueError(f"seed {seed} is none of the job's seeds {list(self._job.seeds)}")


class Collector:
    """A sink that keeps what comes and makes the outcome of it."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._rows: list[Row] = []
        self._status: dict[int, SeedStatus] = {}
        self._descriptors: dict[str, dict[str, Any]] = {}
        self._samples: dict[str, np.ndarray] = {}
        self._facts: dict[str, Any] = {}

    def __call__(self, name: str, content: Any) -> None:
        """Keep one report; progress is for displays only."""
        if name == "rows":
            self._rows += content
        elif name == "status":
            self._status[content[0]] = content[1]
        elif name == "samples":
            self._samples[content[0]] = content[1]
        elif name == "describe":
            self._descriptors |= content
        elif name == "fact":
            self._facts[content[0]] = content[1]

    def outcome(self, ending: Ending, log: str = "") -> Outcome:
        """The outcome: seeds whose status was never set get that of the ending."""
        return Outcome(
            job=self.job,
            rows=frame_from_rows(self.job, self._rows),
            status={seed: self._status.get(seed, ending.status) for seed in self.job.seeds},
            descriptors=self._descriptors,
            samples=self._samples,
            facts=self._facts,
            provenance=ending.provenance,
            traceback=ending.traceback,
            log=log,
        )


def run_job(job: Job, sink: Sink) -> Ending:
    """Run a job's experiment to its end, whatever end that is; only KeyboardInterrupt passes through."""
    start = time.perf_counter()
    provenance: dict[str, Any] = {"job_started": now(), "plugins": plugins_digests(job)}
    status, text = SeedStatus(Status.COMPLETED), ""
    try:
        experiment = registry.load("experiments", job.source or job.experiment)
        run = registry.resolve(experiment.run)
        set_threads(job.settings)
        run(job, CheckedRecorder(job, sink))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # SystemExit of a plugin included: nothing may end the driver but the user
        kind = Status.OOM if is_out_of_memory(error) else Status.ERROR
        status = SeedStatus(kind, message=without_absolute(_summary(error)))
        text = without_absolute("".join(traceback.format_exception(error)))
    provenance |= job_facts(job.settings)
    provenance["wall_seconds"] = round(time.perf_counter() - start, 3)
    return Ending(status, text, provenance)


def _summary(error: BaseException) -> str:
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0]}" if text else type(error).__name__
