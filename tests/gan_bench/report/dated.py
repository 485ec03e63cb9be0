"""Made-up runs of several days, as objects or as folders on the disk; loaded by path."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from gan_bench.harness.folder import locked
from gan_bench.harness.outcome import Outcome
from gan_bench.harness.store import Run

MACHINE = {"platform": "Linux x86_64", "cpu": "a processor", "cores": 2, "processor_features": ["avx"]}
PACKAGES = {"numpy": "2.3.0", "torch": "2.9.0"}


def noisy(outcome: Outcome, day: int, factor: float = 1.0, sigma: float = 0.1) -> Outcome:
    """The same cell of another day: each seed's distances times its own noise and a common factor."""
    rng = np.random.default_rng([day, *outcome.job.key.encode()])
    seeds = sorted(outcome.status)
    scale = dict(zip(seeds, factor * np.exp(sigma * rng.normal(size=len(seeds))), strict=True))
    rows = outcome.rows
    moved = rows["value"].where(rows["metric"] != "w1", rows["value"] * rows["seed"].map(scale).astype(float))
    return dataclasses.replace(outcome, rows=rows.assign(value=moved))


def dated(
    outcomes: Sequence[Outcome],
    day: int,
    *,
    directory: str = "",
    machine: Mapping[str, Any] = MACHINE,
    packages: Mapping[str, str] = PACKAGES,
    suite: Mapping[str, Any] | None = None,
) -> Run:
    """A stored run of a day, its outcomes made on the machine."""
    made = [dataclasses.replace(o, provenance={**o.provenance, **machine}) for o in outcomes]
    provenance = {
        **machine,
        "started": f"2026-11-{day:02d}T01:00:00Z",
        "commit": f"{day:02d}" * 20,
        "dirty": False,
        "python": "3.12.1",
        "packages": dict(packages),
    }
    resolved = suite or {"suite": {"name": "nightly", "seeds": 8}, "experiment": [{"kind": "training"}]}
    folder = Path("runs") / (directory or f"day-{day}")
    return Run(folder, resolved, "gan-bench run nightly", tuple(made), provenance=provenance)


def stored(run: Run, parent: Path) -> Path:
    """Write a run as the driver does and return its folder."""
    path = parent / run.directory.name
    with locked(path) as folder:
        planned = [outcome.job.as_dict() for outcome in run.outcomes]
        marker = {"suite": run.suite, "command": run.command, "planned": planned, "kept_stale": []}
        folder.mark({**marker, "provenance": run.provenance})
        for outcome in run.outcomes:
            folder.write(outcome)
    return path
