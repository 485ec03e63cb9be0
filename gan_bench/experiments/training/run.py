"""One training job: all seeds of one method on one data set, measured at log-spaced steps."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import torch

from gan_bench import seeds as seeding
from gan_bench.data.toy import ToyDataset, build_dataset
from gan_bench.experiments.training.measure import DESCRIPTORS, Probe, sample_metrics
from gan_bench.experiments.training.networks import Networks, networks
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method
from gan_bench.train import Snapshot, Trainer

PERFECT_SAMPLER = "perfect-sampler"

# Enough to draw clouds; every seed's numbers are in the rows.
_SEEDS_WITH_SAMPLES = 4
_CLOUD = 500
_REFERENCE_CLOUD = 1000


def run(job: Job, recorder: Recorder) -> None:
    """Run a training job, or the perfect sampler of a data set, reporting through the recorder."""
    dataset = build_dataset(job.settings["dataset"])
    if job.method == PERFECT_SAMPLER:
        _run_perfect_sampler(job, dataset, recorder)
        return
    method = build_method(job.settings["method_spec"])
    train_and_measure(
        method, dataset, networks(job.settings, dataset, method.copies), job.settings, job.seeds, recorder
    )


def snapshot_steps(steps: int, count: int, first: int = 1) -> list[int]:
    """Return 0 and at most count - 1 steps from `first`, evenly on a log scale, the last of them `steps`."""
    spaced: Iterable[float] = np.geomspace(first, steps, count - 1).round() if count > 2 else ()
    return [0, *sorted({int(step) for step in spaced} | {steps})]


def train_and_measure(
    method: Method,
    dataset: ToyDataset,
    nets: Networks,
    settings: Mapping[str, Any],
    seeds: tuple[int, ...],
    recorder: Recorder,
) -> None:
    """Train all seeds at once and record rows, samples and the status of every seed that diverges."""
    trainer = Trainer(
        method,
        dataset,
        nets.generator,
        nets.critic,
        seeds,
        batch_size=settings["batch_size"],
        latent=settings["latent"],
        device=settings["device"],
        dtype=getattr(torch, settings["dtype"]),
    )
    _Measurement(method, dataset, trainer, settings, recorder).run()


class _Measurement:
    """Takes the snapshots of one trainer and reports them."""

    def __init__(
        self,
        method: Method,
        dataset: ToyDataset,
        trainer: Trainer,
        settings: Mapping[str, Any],
        recorder: Recorder,
    ) -> None:
        self.trainer, self.settings, self.recorder = trainer, settings, recorder
        self.probe = Probe(method, dataset, trainer)
        self.dataset = dataset
        self.diverged: set[int] = set()

    def run(self) -> None:
        self.recorder.describe(DESCRIPTORS.values())
        self.recorder.samples("reference", _reference_cloud(self.dataset))
        first = self.settings.get("burn_in", 1)  # experiments that read a whole path skip its start
        steps = snapshot_steps(self.settings["steps"], self.settings["snapshots"], first)
        self.trainer.run(steps, self._take)
        for role in ("generator", "critic"):
            fallback = getattr(self.trainer, role).fallback
            self.recorder.fact(f"{role} replicas", f"looped: {fallback}" if fallback else "stacked")

    def _take(self, snapshot: Snapshot) -> None:
        last = snapshot.step == self.settings["steps"]
        self._mark_diverged(snapshot)
        rows = self._measured(snapshot, "curve_samples", with_critic=True)
        if last and self.settings["end_samples"] != self.settings["curve_samples"]:
            rows += self._measured(snapshot, "end_samples", with_critic=False)
        if last:
            rows += self._speed(snapshot)
        self.recorder.rows(row for row in rows if row.seed not in self.diverged)
        clouds = self.probe.samples(_CLOUD, "cloud")[:_SEEDS_WITH_SAMPLES]
        self.recorder.samples(f"step-{snapshot.step}", clouds.float().cpu().numpy())
        rate = snapshot.step * len(self.trainer.streams.seeds) / snapshot.seconds if snapshot.seconds else 0.0
        self.recorder.progress(snapshot.step, self.settings["steps"], rate)

    def _mark_diverged(self, snapshot: Snapshot) -> None:
        for seed, step in zip(self.trainer.streams.seeds, snapshot.first_bad.tolist(), strict=True):
            if step >= 0:
                self._diverge(seed, step, f"a loss or parameter was not finite at step {step}")

    def _measured(self, snapshot: Snapshot, size: str, *, with_critic: bool) -> list[Row]:
        """Rows at one sample size; a seed that has none has diverged."""
        rows = self.probe.rows(snapshot, self.settings[size], with_critic=with_critic)
        for seed in set(self.trainer.streams.seeds) - {row.seed for row in rows}:
            message = f"generated samples were not finite, or too large, at step {snapshot.step}"
            self._diverge(seed, snapshot.step, message)
        return rows

    def _diverge(self, seed: int, step: int, message: str) -> None:
        if seed not in self.diverged:
            self.diverged.add(seed)
            self.recorder.status(seed, SeedStatus(Status.DIVERGED, step, message))

    def _speed(self, snapshot: Snapshot) -> list[Row]:
        """Steps per second of the whole block; every seed carries the same value."""
        if not snapshot.seconds:
            return []
        rate = snapshot.step / snapshot.seconds
        return [
            Row(seed, snapshot.step, "steps_per_second", rate, snapshot.seconds)
            for seed in self.trainer.streams.seeds
            if seed not in self.diverged
        ]


def _run_perfect_sampler(job: Job, dataset: ToyDataset, recorder: Recorder) -> None:
    """Measure fresh draws of the truth as if a model had made them: the noise floor of every distance."""
    recorder.describe(DESCRIPTORS.values())
    recorder.samples("reference", _reference_cloud(dataset))
    streams = seeding.Streams(job.seeds)
    for n in sorted({job.settings["curve_samples"], job.settings["end_samples"]}):
        fake, fresh = (dataset.held_out(n, streams, f"perfect/{part}") for part in ("samples", "fresh"))
        for metric, values in sample_metrics(dataset, fake, fresh, n).items():
            recorder.rows(
                Row(seed, 0, metric, float(value), 0.0, "n", n)
                for seed, value in zip(job.seeds, values, strict=True)
                if not math.isnan(value)
            )


def _reference_cloud(dataset: ToyDataset) -> np.ndarray:
    return dataset.reference(_REFERENCE_CLOUD, "cloud").float().numpy()
