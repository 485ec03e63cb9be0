"""What a job leaves behind: tidy rows, a status per seed, samples, descriptors, provenance."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol

import numpy as np
import pandas as pd

from gan_bench.harness.job import Job
from gan_bench.metrics.descriptor import Descriptor

COLUMNS = {
    "experiment": "string",
    "method": "string",
    "dataset": "string",
    "seed": "int64",
    "step": "int64",
    "axis": "string",
    "at": "float64",
    "metric": "string",
    "value": "float64",
    "seconds": "float64",
}


class Status(StrEnum):
    """How one seed of a job ended: a closed set."""

    COMPLETED = "completed"
    DIVERGED = "diverged"
    TIMEOUT = "timeout"
    OOM = "oom"
    KILLED = "killed"
    ERROR = "error"
    SKIPPED = "skipped"
    NOT_RUN = "not-run"

    @property
    def sentence(self) -> str:
        """The sentence that the report shows."""
        return _SENTENCES[self]

    @property
    def fine(self) -> bool:
        """True where the harness did its work: divergence is a finding, a crash is not."""
        return self in (Status.COMPLETED, Status.DIVERGED, Status.SKIPPED)


_SENTENCES = {
    Status.COMPLETED: "Ran to its last step with finite numbers.",
    Status.DIVERGED: "A loss or gradient became infinite or NaN; rows up to that step are kept.",
    Status.TIMEOUT: "Stopped at the deadline; rows up to then are kept.",
    Status.OOM: "Ran out of memory.",
    Status.KILLED: "The process was killed from outside.",
    Status.ERROR: "The harness or a plugin raised an exception; its traceback is kept.",
    Status.SKIPPED: "Method and data set do not go together; the reason is given.",
    Status.NOT_RUN: "Planned, but not run yet.",
}


class Row(NamedTuple):
    """One measured number of one seed; axis and at hold one further coordinate (layer, sample size)."""

    seed: int
    step: int
    metric: str
    value: float
    seconds: float = 0.0
    axis: str = ""
    at: float = math.nan


@dataclass(frozen=True)
class SeedStatus:
    """Status of one seed, the first bad step where there is one, and a message."""

    status: Status
    step: int | None = None
    message: str = ""


class Recorder(Protocol):
    """What an experiment's run is given to report with; everything is kept as it comes."""

    def describe(self, descriptors: Iterable[Descriptor]) -> None:
        """Store the descriptors of the metrics that rows will name."""

    def rows(self, rows: Iterable[Row]) -> None:
        """Store measured rows."""

    def status(self, seed: int, status: SeedStatus) -> None:
        """Set the status of one seed; a seed never set is `completed` when the job ends."""

    def samples(self, name: str, array: np.ndarray) -> None:
        """Store an array under a name, for pictures."""

    def progress(self, step: int, steps: int, rate: float) -> None:
        """Say how far the job is; rate in seed-steps per second."""

    def fact(self, name: str, value: Any) -> None:
        """Store one fact of the run (plain JSON data), shown with the provenance."""


@dataclass
class Outcome:
    """Everything that a report may ever use of one job.

    log is the end of what the job printed, where its process was another than the driver's.
    """

    job: Job
    rows: pd.DataFrame
    status: dict[int, SeedStatus]
    descriptors: dict[str, dict[str, Any]] = field(default_factory=dict)
    samples: Mapping[str, np.ndarray] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    traceback: str = ""
    log: str = ""

    @property
    def fine(self) -> bool:
        """True where every seed's status is a result, not a failure."""
        return all(seed.status.fine for seed in self.status.values())


def frame_from_rows(job: Job, rows: Iterable[Row]) -> pd.DataFrame:
    """Return a tidy frame with the columns of COLUMNS, typed."""
    frame = pd.DataFrame(list(rows), columns=list(Row._fields))
    frame = frame.assign(experiment=job.experiment, method=job.method, dataset=job.dataset)
    return frame[list(COLUMNS)].astype(COLUMNS)


def unmeasured(job: Job, status: SeedStatus) -> Outcome:
    """The outcome of a job that recorded nothing: every seed has the same status."""
    return Outcome(job, frame_from_rows(job, ()), dict.fromkeys(job.seeds, status))
