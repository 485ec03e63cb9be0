"""One training job: all seeds of one method on one data set, measured at log-spaced steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from gan_bench import seeds as seeding
from gan_bench.data.toy import ToyDataset, build_dataset
from gan_bench.experiments.measurement import Measurement, build_trainer
from gan_bench.experiments.modules import Networks
from gan_bench.experiments.training.measure import DESCRIPTORS, Probe, sample_metrics
from gan_bench.experiments.training.networks import networks
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row
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


def train_and_measure(
    method: Method,
    dataset: ToyDataset,
    nets: Networks,
    settings: Mapping[str, Any],
    seeds: tuple[int, ...],
    recorder: Recorder,
) -> None:
    """Train all seeds at once and record rows, samples and the status of every seed that diverges."""
    trainer = build_trainer(method, dataset, nets, seeds, settings)
    _Measurement(method, dataset, trainer, settings, recorder).run()


class _Measurement(Measurement):
    """Distances of the samples at every snapshot, and clouds of some seeds for pictures."""

    def __init__(
        self,
        method: Method,
        dataset: ToyDataset,
        trainer: Trainer,
        settings: Mapping[str, Any],
        recorder: Recorder,
    ) -> None:
        super().__init__(trainer, settings, recorder)
        self.probe = Probe(method, dataset, trainer)
        recorder.describe(DESCRIPTORS.values())
        recorder.samples("reference", _reference_cloud(dataset))

    def measure(self, snapshot: Snapshot, *, last: bool) -> list[Row]:
        rows = self._measured(snapshot, "curve_samples", with_critic=True)
        if last and self.settings["end_samples"] != self.settings["curve_samples"]:
            rows += self._measured(snapshot, "end_samples", with_critic=False)
        if last:
            rows += self.probe.redrawn(snapshot, self.settings["end_samples"])
        clouds = self.probe.samples(_CLOUD, "cloud")[:_SEEDS_WITH_SAMPLES]
        self.recorder.samples(f"step-{snapshot.step}", clouds.float().cpu().numpy())
        return rows

    def _measured(self, snapshot: Snapshot, size: str, *, with_critic: bool) -> list[Row]:
        """Rows at one sample size; a seed that has none has diverged."""
        rows = self.probe.rows(snapshot, self.settings[size], with_critic=with_critic)
        self.lost(rows, snapshot)
        return rows


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
