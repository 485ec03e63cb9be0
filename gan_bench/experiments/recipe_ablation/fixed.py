"""A critic alone, between the data and an untrained generator that stays as it is: what its gap does."""

from __future__ import annotations

import math
import time

import torch
from torch import Tensor

from gan_bench.critic import CriticTrainer
from gan_bench.data.toy import ToyDataset, build_dataset
from gan_bench.experiments.measurement import snapshot_steps
from gan_bench.experiments.training.measure import DESCRIPTORS
from gan_bench.experiments.training.networks import networks
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.build import build_method
from gan_bench.methods.constraints import interpolate
from gan_bench.metrics.gradients import lipschitz_upper, slopes
from gan_bench.metrics.transport import wasserstein1
from gan_bench.nets.stack import Stack
from gan_bench.seeds import Streams

# Points on which the gap and the slopes are measured: no step trains on them.
POINTS = 1000


def train_on_fixed(job: Job, recorder: Recorder) -> None:
    """Train the critics of all seeds and record gap, slopes and Lipschitz bounds at log-spaced steps."""
    task = _Task(job)
    recorder.describe(DESCRIPTORS.values())
    recorder.rows(task.distance(job.settings["end_samples"]))
    diverged: set[int] = set()
    for step in snapshot_steps(job.settings["steps"], job.settings["snapshots"]):
        task.train_to(step)
        with task.generator.frozen(), task.trainer.critic.frozen():
            rows = task.rows()
        bad = {seed: first for seed, first in task.first_bad().items() if first >= 0}
        # Scores may overflow one step before a loss does.
        bad = {row.seed: step for row in rows if not math.isfinite(row.value)} | bad
        for seed in sorted(bad.keys() - diverged):
            message = f"the critic's scores or its loss were not finite at step {bad[seed]}"
            recorder.status(seed, SeedStatus(Status.DIVERGED, bad[seed], message))
        diverged |= bad.keys()
        recorder.rows(row for row in rows if row.seed not in diverged)
    rate = step * len(job.seeds) / task.seconds if task.seconds else 0.0
    recorder.progress(step, job.settings["steps"], rate)


class _Task:
    """The frozen generators of all seeds, the critics in training, and the points they are measured on."""

    def __init__(self, job: Job) -> None:
        given, dtype = job.settings, getattr(torch, job.settings["dtype"])
        self.dataset: ToyDataset = build_dataset(given["dataset"])
        self.method = build_method(given["method_spec"])
        nets = networks(given, self.dataset, self.method.copies)
        place = {"device": given["device"], "dtype": dtype}
        self.generator = Stack(nets.generator, job.seeds, "generator", **place)
        self.latent, self.seconds = given["latent"], 0.0
        size = given["batch_size"]
        self.trainer = CriticTrainer(
            self.method,
            nets.critic,
            job.seeds,
            lambda streams: self.dataset.batch(size, streams)[0],
            lambda streams: self._generated(streams.normal("noise/critic", (size, self.latent))),
            **place,
        )

    def train_to(self, step: int) -> None:
        """Train the critics up to a step."""
        started = time.perf_counter()
        self.trainer.train_critic(step - self.trainer.step)
        self.seconds += time.perf_counter() - started

    def first_bad(self) -> dict[int, int]:
        """The first step at which a seed's loss was not finite, -1 for a healthy seed."""
        return dict(zip(self.trainer.streams.seeds, self.trainer.first_bad.tolist(), strict=True))

    def rows(self) -> list[Row]:
        """Measure the critics as they stand, on the same points at every step."""
        apart = self._apart()
        real = self.dataset.held_out(POINTS, self.trainer.streams, "critic")
        fake = self._samples(POINTS, "samples")
        real, fake = self.method.inputs(real, fake, apart)
        with torch.no_grad():
            gap = self.trainer.scores(real).mean(1) - self.trainer.scores(fake).mean(1)
        values = {"critic_gap": gap}
        if not self.trainer.critic.has_batch_statistics:  # else no sample has a slope of its own
            points = torch.cat([real, fake, interpolate(real, fake, apart)], 1)
            values["lipschitz_lower"] = slopes(self.trainer.scores, points).amax(1)
        parameters = {**self.trainer.critic.parameters, **self.trainer.effective}
        upper = lipschitz_upper(self.trainer.critic.modules[0], parameters)
        if upper is not None:
            values["lipschitz_upper"] = upper
        return [
            Row(seed, self.trainer.step, metric, value, self.seconds)
            for metric, tensor in values.items()
            for seed, value in zip(self.trainer.streams.seeds, tensor.tolist(), strict=True)
        ]

    def distance(self, n: int) -> list[Row]:
        """Exact W1 of the task, which no 1-Lipschitz critic's expected gap exceeds."""
        reference = self.dataset.reference(n, "evaluation").numpy()
        clouds = self._samples(n, "samples").double().cpu().numpy()
        values = [wasserstein1(reference, cloud, solver="assignment").cost for cloud in clouds]
        return [
            Row(seed, 0, "w1", value, 0.0, "n", n)
            for seed, value in zip(self.trainer.streams.seeds, values, strict=True)
        ]

    def _samples(self, n: int, part: str) -> Tensor:
        def draw(size: int, source: torch.Generator) -> Tensor:
            mine = self.trainer.streams
            return torch.randn(size, self.latent, generator=source, dtype=mine.dtype, device=source.device)

        return self._generated(self.trainer.streams.once(f"evaluation/{part}", n, draw))

    @torch.no_grad()
    def _generated(self, latents: Tensor) -> Tensor:
        return self.generator(latents)

    def _apart(self) -> Streams:
        """Streams that training never draws from, the same at every call."""
        mine = self.trainer.streams
        return Streams(mine.seeds, device=mine.device, dtype=mine.dtype, prefix="evaluation/")
