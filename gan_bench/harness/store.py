"""Reading a folder of outcomes: frames, statuses, samples. Needs pandas, never torch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from gan_bench.errors import UsageError
from gan_bench.harness.folder import JOBS, MARKER, heads, read_marker
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import COLUMNS, Outcome, SeedStatus, Status, unmeasured
from gan_bench.harness.outcome_files import read_outcome
from gan_bench.paths import shown


@dataclass(frozen=True)
class Run:
    """A folder of outcomes as it stands: what was planned, in order, and what came of it.

    suite is the resolved suite as plain data ("suite": header, "experiment": list of tables). stale names
    jobs in the folder that this suite lacks; kept_stale planned ones that other sources made than those of
    the last run, which kept them.
    """

    directory: Path
    suite: Mapping[str, Any]
    command: str
    outcomes: tuple[Outcome, ...]
    stale: tuple[str, ...] = ()
    kept_stale: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The suite's name."""
        return str(self.suite["suite"]["name"])

    @property
    def fine(self) -> bool:
        """True where every seed of every planned job has a result."""
        return all(outcome.fine for outcome in self.outcomes)

    @property
    def descriptors(self) -> dict[str, dict[str, Any]]:
        """Descriptors of all metrics, by name."""
        return {name: one for outcome in self.outcomes for name, one in outcome.descriptors.items()}

    def frame(self) -> pd.DataFrame:
        """All rows, in one schema, with the scalar settings of their jobs as further columns."""
        parts = [outcome.rows.assign(**flat_settings(outcome.job)) for outcome in self.outcomes]
        parts = [part for part in parts if len(part)]
        if not parts:
            return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COLUMNS.items()})
        return pd.concat(parts, ignore_index=True)

    def statuses(self) -> pd.DataFrame:
        """One line per planned job and seed: its labels, status, first bad step, message."""
        lines = [
            (
                o.job.key,
                o.job.experiment,
                o.job.method,
                o.job.dataset,
                seed,
                s.status.value,
                s.step,
                s.message,
            )
            for o in self.outcomes
            for seed, s in o.status.items()
        ]
        columns = ["job", "experiment", "method", "dataset", "seed", "status", "step", "message"]
        return pd.DataFrame(lines, columns=columns).astype({"seed": "int64", "step": "Int64"})


def load(directory: str | Path) -> Run:
    """Read a folder that `run` wrote; planned jobs without an outcome have the status `not-run`."""
    path = Path(directory)
    marker = read_marker(path)
    try:
        return _run(path, marker, [Job.from_dict(job) for job in marker["planned"]])
    except (KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{shown(path)}/{MARKER}: not readable: {type(error).__name__} {error}") from error


def _run(path: Path, marker: Mapping[str, Any], planned: list[Job]) -> Run:
    present = heads(path)
    keys = {job.key for job in planned}
    return Run(
        directory=path,
        suite=marker["suite"],
        command=marker["command"],
        outcomes=tuple(_outcome(path, job, job.key in present) for job in planned),
        stale=tuple(key for key in present if key not in keys),
        kept_stale=tuple(marker["kept_stale"]),
        provenance=marker["provenance"],
    )


def flat_settings(job: Job) -> dict[str, Any]:
    """The scalar settings of a job with dotted names; a name that is a row's column gets a prefix."""
    flat: dict[str, Any] = {}

    def walk(prefix: str, value: Any) -> None:
        if isinstance(value, Mapping):
            for key, item in value.items():
                walk(f"{prefix}.{key}" if prefix else str(key), item)
        elif isinstance(value, str | int | float):
            flat[f"settings.{prefix}" if prefix in COLUMNS else prefix] = value

    walk("", job.settings)
    return flat


def _outcome(path: Path, job: Job, present: bool) -> Outcome:
    if not present:
        return unmeasured(job, SeedStatus(Status.NOT_RUN, message=Status.NOT_RUN.sentence))
    folder = path / JOBS / job.key
    try:
        return read_outcome(folder)
    except FileNotFoundError:
        return unmeasured(job, SeedStatus(Status.NOT_RUN, message="It is being redone."))
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{shown(folder)}: not readable ({type(error).__name__}); remove it and run again"
        ) from error
