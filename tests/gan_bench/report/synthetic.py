"""A made-up run with realistic numbers and every kind of ending; nothing is trained."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.metrics.descriptor import Descriptor

STEPS = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000)
METHODS = ("gan", "nsgan", "wgan-clip", "wgan-gp", "sngan")
DATASETS = ("ring8", "grid25", "swiss-roll", "parallel-lines")
END_W1 = {"gan": 0.35, "nsgan": 0.24, "wgan-clip": 0.39, "wgan-gp": 0.16, "sngan": 0.15}
SCALE = {"ring8": 1.0, "grid25": 4.0, "swiss-roll": 0.8, "parallel-lines": 1.5}
MODES = {"ring8": 8, "grid25": 25}

DESCRIPTORS = [
    Descriptor("w1", "Wasserstein-1", "data units", "lower", (0, math.inf), "log", explanation="Exact."),
    Descriptor("w1_held_out", "held-out W1", "data units", "lower", scale="identity"),
    Descriptor("js", "Jensen-Shannon (histogram)", "nats", "lower", (0, math.log(2))),
    Descriptor("modes_covered", "modes covered", "modes", "higher", (0, 25)),
    Descriptor("high_quality", "high-quality share", "share", "target", (0, 1), "logit", target=0.98889),
    Descriptor("within_mode_spread", "within-mode spread", "1", "target", (0, 5), target=1.0),
    Descriptor("reverse_kl", "reverse KL", "nats", "lower", (0, math.inf)),
    Descriptor("critic_loss", "critic loss", "loss", "neither"),
    Descriptor("critic_gradient_norm", "critic gradient norm", "norm", "neither", (0, math.inf), "log"),
]


@dataclass
class StubRun:
    """The part of gan_bench.harness.store.Run that a report reads."""

    outcomes: list[Outcome]
    suite: dict[str, Any] = field(default_factory=dict)
    command: str = "gan-bench run default --out reports/default"
    provenance: dict[str, Any] = field(default_factory=dict)
    stale: list[str] = field(default_factory=list)
    directory: Path = Path("reports/made-up")

    def frame(self) -> pd.DataFrame:
        return pd.concat([outcome.rows for outcome in self.outcomes], ignore_index=True)


def settings_of(method: str, dataset: str) -> dict[str, Any]:
    wasserstein = method.startswith("wgan")
    constraints = {
        "wgan-clip": [{"kind": "Clip", "c": 0.01}],
        "wgan-gp": [{"kind": "GradientPenalty", "weight": 10.0}],
        "sngan": [{"kind": "Spectral"}],
    }
    optimiser = {"kind": "Adam", "learning_rate": 1e-3, "betas": [0.5, 0.9]}
    if method == "wgan-clip":
        optimiser = {"kind": "RMSProp", "learning_rate": 5e-5, "alpha": 0.99}
    described = {
        "name": method,
        "objective": {"kind": "Wasserstein" if wasserstein else "NonSaturating"},
        "constraints": constraints.get(method, []),
        "critic_optimiser": optimiser,
        "generator_optimiser": optimiser,
        "n_critic": 5 if wasserstein else 1,
        "updates": "alternating",
        "critic_warm_up": False,
        "source": "Gulrajani 2017",
        "ours": "",
    }
    return {
        "method": described,
        "dataset": {"name": dataset, "parameters": {}},
        "steps": STEPS[-1],
        "batch_size": 128,
        "latent": 2,
        "hidden": 64,
        "layers": 3,
        "dtype": "float32",
        "device": "cpu",
        "threads": 1,
    }


def training_job(method: str, dataset: str, seeds: int = 8, skip: str = "") -> Job:
    return Job("training", method, dataset, tuple(range(seeds)), settings_of(method, dataset), skip)


def _w1(method: str, dataset: str, step: int, rng: np.random.Generator) -> float:
    end, start = END_W1.get(method, 0.5) * SCALE.get(dataset, 1.0), 2.0 * SCALE.get(dataset, 1.0)
    fall = 1 / (1 + (step / 60) ** 1.2)
    return float((end + (start - end) * fall) * math.exp(0.12 * rng.normal()))


def _seed_rows(method: str, dataset: str, seed: int, last: int, rng: np.random.Generator) -> list[Row]:
    rows = []
    for step in [s for s in STEPS if s <= last]:
        rows += _snapshot(method, dataset, seed, step, rng)
    if last == STEPS[-1]:
        rows += _distances(method, dataset, seed, last, 500, rng)
        rows.append(Row(seed, last, "steps_per_second", 400 + 5 * rng.normal(), 13.4))
    return rows


def _distances(
    method: str, dataset: str, seed: int, step: int, n: int, rng: np.random.Generator
) -> list[Row]:
    w1, modes = _w1(method, dataset, step, rng), MODES.get(dataset, 0)
    progress = min(1.0, step / 1500)
    values = {
        "w1": w1,
        "w1_held_out": 0.85 * w1,
        "js": 0.69 * math.exp(-progress * 1.1) * (1 - 0.02 * rng.random()),
    }
    if modes:
        values |= {
            "modes_covered": float(round(modes * progress * (0.4 if method == "gan" else 0.95))),
            "high_quality": min(1.0, 0.1 + 0.5 * progress * rng.random()),
            "within_mode_spread": 1.4 + 0.1 * rng.random(),
            "reverse_kl": 0.4 * (1.2 - progress) + 0.02 * rng.random(),
        }
    return [Row(seed, step, name, value, 13.4 * step / 2000, "n", float(n)) for name, value in values.items()]


def _snapshot(method: str, dataset: str, seed: int, step: int, rng: np.random.Generator) -> list[Row]:
    clock = 13.4 * step / 2000
    rows = _distances(method, dataset, seed, step, 256, rng)
    w1 = next(row.value for row in rows if row.metric == "w1")
    gap = w1 * (0.002 if method == "wgan-clip" else 1.05) * math.exp(0.2 * rng.normal())
    gradient = (1e-3 if method == "gan" else 1.0) * math.exp(0.3 * rng.normal())
    numbers = {
        "critic_gap": gap,
        "critic_loss": -gap,
        "generator_loss": 0.3 * rng.normal(),
        "critic_gradient_norm": gradient * 2,
        "generator_gradient_norm": gradient,
        "lipschitz_upper": 8.0 * math.exp(0.1 * rng.normal()),
        "lipschitz_lower": 1.1 * math.exp(0.1 * rng.normal()),
    }
    if method == "wgan-clip":
        numbers["clipped_share"] = min(0.95, step / 1000)
    if method == "wgan-gp":
        numbers["penalty"] = 0.1 * rng.random()
    rows += [Row(seed, step, name, value, clock) for name, value in numbers.items()]
    for layer in range(4):
        rows.append(Row(seed, step, "critic_gradient", gradient * 10 ** (0.2 * layer), clock, "layer", layer))
        rows.append(
            Row(seed, step, "generator_gradient", gradient * 10 ** (-0.1 * layer), clock, "layer", layer)
        )
    return rows


def _cloud(dataset: str, n: int, rng: np.random.Generator, spread: float = 0.05) -> np.ndarray:
    angles = rng.integers(0, MODES.get(dataset, 40), n) * 2 * math.pi / MODES.get(dataset, 40)
    centres = np.stack([np.cos(angles), np.sin(angles)], axis=1) * 2
    return (centres + spread * rng.normal(size=(n, 2))).astype(np.float32)


def _samples(dataset: str, seeds: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    arrays = {"reference": _cloud(dataset, 1000, rng, 0.02)}
    for step in STEPS:
        pull = min(1.0, step / 1000)
        clouds = [
            rng.normal(size=(500, 2)) * (1 - pull) + pull * _cloud(dataset, 500, rng, 0.2)
            for _ in range(min(seeds, 4))
        ]
        arrays[f"step-{step}"] = np.stack(clouds).astype(np.float32)
    return arrays


def trained(method: str, dataset: str, seeds: int = 8, diverged: dict[int, int] | None = None) -> Outcome:
    """An outcome of the training experiment; diverged maps seeds to their first bad step."""
    diverged = diverged or {}
    job = training_job(method, dataset, seeds)
    rng = np.random.default_rng([len(method), *method.encode(), *dataset.encode()])
    rows, status = [], {}
    for seed in job.seeds:
        rows += (
            _seed_rows(method, dataset, seed, diverged.get(seed, STEPS[-1] + 1) - 1, rng)
            if seed in diverged
            else _seed_rows(method, dataset, seed, STEPS[-1], rng)
        )
        status[seed] = (
            SeedStatus(Status.DIVERGED, diverged[seed], "critic loss is nan")
            if seed in diverged
            else SeedStatus(Status.COMPLETED)
        )
    return Outcome(
        job,
        frame_from_rows(job, rows),
        status,
        {d.name: d.as_dict() for d in DESCRIPTORS},
        _samples(dataset, seeds, rng),
        {"stacked": True},
        {"seconds": 15.2},
    )


def failed(method: str, dataset: str, seeds: int = 8, message: str = "boom") -> Outcome:
    job = training_job(method, dataset, seeds)
    status = {seed: SeedStatus(Status.ERROR, None, message) for seed in job.seeds}
    trace = (
        f'Traceback (most recent call last):\n  File "train.py", line 12, in step\nRuntimeError: {message}\n'
    )
    return Outcome(job, frame_from_rows(job, []), status, traceback=trace)


def skipped(method: str, dataset: str, seeds: int = 8) -> Outcome:
    job = training_job(method, dataset, seeds, "needs a density, which parallel-lines does not have")
    return Outcome(job, frame_from_rows(job, []), {seed: SeedStatus(Status.SKIPPED) for seed in job.seeds})


def not_run(method: str, dataset: str, seeds: int = 8) -> Outcome:
    job = training_job(method, dataset, seeds)
    return Outcome(job, frame_from_rows(job, []), {seed: SeedStatus(Status.NOT_RUN) for seed in job.seeds})


def perfect(dataset: str) -> Outcome:
    rng = np.random.default_rng([*dataset.encode()])
    settings = {"dataset": {"name": dataset, "parameters": {}}, "steps": 0, "device": "cpu"}
    job = Job("training", "perfect-sampler", dataset, tuple(range(24)), settings)
    rows = []
    for seed in job.seeds:
        for n in (256, 500):
            level = 0.07 * SCALE.get(dataset, 1.0) * math.sqrt(500 / n)
            values = {"w1": level * math.exp(0.15 * rng.normal()), "js": 0.2 * math.exp(0.05 * rng.normal())}
            values["w1_held_out"] = 0.8 * values["w1"]
            if dataset in MODES:
                values |= {
                    "modes_covered": float(MODES[dataset]),
                    "high_quality": 0.985 + 0.01 * rng.random(),
                }
                values |= {"within_mode_spread": 1 + 0.05 * rng.normal(), "reverse_kl": 0.01 * rng.random()}
            rows += [Row(seed, 0, name, value, 0.0, "n", float(n)) for name, value in values.items()]
    status = {seed: SeedStatus(Status.COMPLETED) for seed in job.seeds}
    return Outcome(job, frame_from_rows(job, rows), status, {d.name: d.as_dict() for d in DESCRIPTORS})


def standard_run() -> StubRun:
    """Five methods on four data sets with eight seeds: some diverge, one cell fails, one is skipped."""
    special = {
        ("wgan-clip", "grid25"): lambda: trained("wgan-clip", "grid25", diverged={2: 300, 5: 1500}),
        ("nsgan", "parallel-lines"): lambda: failed("nsgan", "parallel-lines"),
        ("gan", "parallel-lines"): lambda: skipped("gan", "parallel-lines"),
    }
    outcomes = [special.get((m, d), lambda m=m, d=d: trained(m, d))() for m in METHODS for d in DATASETS]
    return run_of(outcomes + [perfect(dataset) for dataset in DATASETS])


def run_of(outcomes: list[Outcome]) -> StubRun:
    provenance = {
        "python": "3.11.2",
        "torch": "2.14.1+cpu",
        "cpu": "Intel Xeon Processor (Sapphire Rapids)",
        "cores": 2,
        "started": "2026-11-20T19:00:00Z",
        "commit": "0123456789abcdef",
        "packages": {"numpy": "2.3.0", "pandas": "3.1.0", "scipy": "1.16.0"},
    }
    suite = {
        "suite": {"name": "default", "seeds": 8},
        "experiment": [
            {"kind": "training", "methods": list(METHODS), "datasets": list(DATASETS), "steps": 2000}
        ],
    }
    return StubRun(outcomes, suite, provenance=provenance)
