"""Runs made of numbers: cells by name, metrics by name, a value per seed (infinity: it diverged)."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from gan_bench.gate.check import check
from gan_bench.gate.thresholds import read_thresholds
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.harness.store import Run
from gan_bench.metrics.descriptor import Descriptor

MACHINE = {"platform": "Linux x86_64", "cpu": "model 1", "cores": 2, "processor_features": ["avx2"]}
DESCRIPTORS = [
    Descriptor("w1", "Wasserstein-1", "data units", "lower", (0, math.inf), "log"),
    Descriptor("js", "Jensen-Shannon", "nats", "lower"),
    Descriptor("recall", "recall", "share", "higher", (0, 1), "logit"),
    Descriptor("modes_covered", "modes covered", "modes", "higher"),
    Descriptor("critic_loss", "critic loss", "loss", "neither"),
    Descriptor("steps_per_second", "steps per second", "1/s", "higher", scale="log"),
    Descriptor("cost_ratio", "step, cost", "baseline's steps", "lower", scale="log"),
]
_SIZED = ("w1", "js", "recall", "modes_covered")


def make_outcome(
    name: str, values: dict[str, list[float]], failed: tuple[int, ...] = (), **changed
) -> Outcome:
    experiment, method, dataset = name.split("/")
    n = max(len(numbers) for numbers in values.values())
    settings = {"steps": 10, **changed.get("settings", {})}
    job = Job(experiment, method, dataset, tuple(range(n)), settings, changed.get("skip", ""))
    rows, status = [], {seed: SeedStatus(Status.COMPLETED) for seed in range(n)}
    for metric, numbers in values.items():
        axis = {"axis": "n", "at": 500.0} if metric in _SIZED else {}
        for seed, value in enumerate(numbers):
            if math.isinf(value):
                status[seed] = SeedStatus(Status.DIVERGED, 7, "not finite")
            elif seed not in failed and not math.isnan(value):
                rows.append(Row(seed, 10, metric, value, **axis))
    status |= {seed: SeedStatus(Status.KILLED, None, "killed") for seed in failed}
    if job.skip:
        rows, status = [], dict.fromkeys(range(n), SeedStatus(Status.SKIPPED))
    described = {d.name: d.as_dict() for d in DESCRIPTORS}
    provenance = {**MACHINE, **changed.get("machine", {})}
    return Outcome(job, frame_from_rows(job, rows), status, described, provenance=provenance)


@pytest.fixture
def run_of():
    """Make a run of the suite `toy`."""

    def made(cells: dict[str, dict[str, list[float]]], *more: Outcome) -> Run:
        outcomes = [make_outcome(name, values) for name, values in cells.items()]
        return Run(Path("toy"), {"suite": {"name": "toy"}}, "gan-bench run toy", (*outcomes, *more))

    return made


@pytest.fixture
def outcome_of():
    """Make one outcome, with failed seeds, other settings, another machine."""
    return make_outcome


@pytest.fixture
def gate_of(tmp_path):
    """Check a run against thresholds written as TOML."""

    def checked(run: Run, rules: str, baseline: Run | None = None, *, strict: bool = False):
        file = tmp_path / "thresholds.toml"
        file.write_text(rules)
        against = baseline and replace(baseline, directory=tmp_path / "baseline")
        return check(run, read_thresholds(file), against, strict=strict)

    return checked
