"""One job: one method on one problem, from every separation in turn."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from gan_bench.experiments.measurement import Execution, build_trainer
from gan_bench.experiments.modules import Networks
from gan_bench.experiments.non_overlap.plan import on_problem
from gan_bench.experiments.non_overlap.problems import LATENT, Start, floor, start
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.build import build_method
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.gradients import total_norm
from gan_bench.nets.mlp import MLPCritic
from gan_bench.seeds import Draw
from gan_bench.train import Snapshot, Trainer

DESCRIPTORS = (
    Descriptor(
        "distance", "distance to go", "data units", "lower", (0.0, math.inf),
        explanation="Exact Wasserstein-1 distance: |theta| on the line, the transport of equal numbers of "
        "points on the cluster.",
    ),
    Descriptor(
        "force", "force on the generator", "loss per parameter unit", "neither", (0.0, math.inf), "log",
        explanation="Norm of the gradient that the generator's last step followed; on the line it is the "
        "absolute slope of the loss in theta.",
    ),
    Descriptor(
        "floor", "distance of a perfect sampler", "data units", "neither", (0.0, math.inf),
        explanation="Exact distance between fresh real points and the reference, at the same number.",
    ),
)  # fmt: skip


def run(job: Job, recorder: Recorder) -> None:
    """Train from every separation and record the distance still to go."""
    recorder.describe(DESCRIPTORS)
    _Measurement(job, recorder).run()


def even_steps(steps: int, count: int) -> list[int]:
    """Return at most `count` steps from 0 to `steps`, evenly spaced, and step 1: the force at the start."""
    return sorted({int(step) for step in np.linspace(0, steps, count).round()} | {1})


class _Measurement:
    """Trains and reports; a seed that diverges has no further rows from that separation.

    Every separation has a pair of networks of its own: what one of them does says nothing of the others.
    """

    def __init__(self, job: Job, recorder: Recorder) -> None:
        self.job, self.settings, self.recorder = job, job.settings, recorder
        method = build_method(job.settings["method_spec"])
        self.method = on_problem(method, job.settings["problem"], job.settings["line_rate"])
        self.diverged: set[int] = set()  # from the present separation
        self.reports: dict[int, SeedStatus] = {}
        self.execution = Execution()

    def run(self) -> None:
        for place, separation in enumerate(self.settings["separations"]):
            begun = start(self.settings, separation)
            self.diverged = set()
            if self.settings["problem"] == "cluster":
                at_best = floor(begun.dataset, self.settings["points"], self.job.seeds)
                self._store(0, separation, {"floor": at_best})
            self._from(separation, begun)
            done = (place + 1) * self.settings["steps"]
            self.recorder.progress(done, self.settings["steps"] * len(self.settings["separations"]), 0.0)
        self.execution.record(self.recorder)

    def _from(self, separation: float, begun: Start) -> None:
        trainer = self._trainer(begun)
        for _ in range(self.settings["critic_first"]):
            trainer.critic_step()
        latents = trainer.streams.once("noise/held-out", self.settings["points"], self._normal(trainer))

        def take(snapshot: Snapshot) -> None:
            with torch.no_grad():
                samples = snapshot.generator(latents)
            values = {"distance": begun.distance(samples)}
            if snapshot.step:
                values["force"] = total_norm(snapshot.gradients["generator"])
            self._mark_bad(snapshot, separation, samples)
            self._store(snapshot.step, separation, values)

        trainer.run(even_steps(self.settings["steps"], self.settings["snapshots"]), take)
        self.execution.add(trainer, f"started {separation:g} away")

    def _trainer(self, begun: Start) -> Trainer:
        width, layers = self.settings["width"], self.settings["layers"]
        nets = Networks(begun.generator, lambda: MLPCritic(2 * self.method.copies, width, layers))
        sizes = {**self.settings, "latent": LATENT}
        return build_trainer(self.method, begun.dataset, nets, self.job.seeds, sizes)

    @staticmethod
    def _normal(trainer: Trainer) -> Draw:
        streams = trainer.streams
        return lambda n, source: torch.randn(
            n, LATENT, generator=source, dtype=streams.dtype, device=streams.device
        )

    def _mark_bad(self, snapshot: Snapshot, separation: float, samples: Tensor) -> None:
        lost = ~(samples.isfinite() & (samples.abs() <= 1e100)).flatten(1).all(1)
        for seed, step, gone in zip(self.job.seeds, snapshot.first_bad.tolist(), lost.tolist(), strict=True):
            if step >= 0 or gone:
                self._diverge(seed, max(step, 0) or snapshot.step, separation)

    def _diverge(self, seed: int, step: int, separation: float) -> None:
        """One status a seed: the first step that was bad, and a message for every separation."""
        if seed in self.diverged:
            return
        self.diverged.add(seed)
        message = f"not finite at generator step {step}, started {separation:g} away"
        before = self.reports.get(seed)
        if before is not None:
            step, message = before.step or 0, f"{before.message}; {message}"
        self.reports[seed] = SeedStatus(Status.DIVERGED, step, message)
        self.recorder.status(seed, self.reports[seed])

    def _store(self, step: int, separation: float, values: Mapping[str, Tensor]) -> None:
        self.recorder.rows(
            Row(seed, step, metric, value, axis="separation", at=separation)
            for metric, column in values.items()
            for seed, value in zip(self.job.seeds, column.tolist(), strict=True)
            if seed not in self.diverged
        )
