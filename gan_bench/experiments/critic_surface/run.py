"""One job: the exact potential of a data set, or one method's critics trained to optimality beside it."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from gan_bench.critic import CriticTrainer
from gan_bench.data.toy import build_dataset
from gan_bench.experiments.critic_surface.clouds import Clouds, clouds_of
from gan_bench.experiments.critic_surface.measure import CriticMeasure, Values, fit_r2
from gan_bench.experiments.critic_surface.metrics import DESCRIPTORS
from gan_bench.experiments.critic_surface.settings import EXACT
from gan_bench.experiments.critic_surface.truth import Truth, truths
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.build import build_method
from gan_bench.nets.mlp import MLPCritic

# Points of each side that are stored to be drawn.
_CLOUD = 400
# Interpolates per fresh pair at the end. The distance from stationarity is a small difference of large means:
# one draw of 8192 leaves it uncertain by 4 % of T, eight by 1.4 %.
_END_DRAWS = 8
# Over the second half of training the learning rate falls in so many equal factors, to this share of itself.
# A scale off by .2 % already moves the distance from stationarity by 5 %: at a twentieth of the rate Adam's
# own noise does that, at a thousandth it does not.
_FALLS = 30
_LAST_RATE = 1e-3


def run(job: Job, recorder: Recorder) -> None:
    """Run a job of the experiment, reporting through the recorder."""
    recorder.describe(DESCRIPTORS.values())
    clouds = clouds_of(job.settings, build_dataset(job.settings["dataset"]))
    if job.method == EXACT:
        _run_exact(job, clouds, recorder)
    else:
        _Training(job, clouds, recorder).run()


def _run_exact(job: Job, clouds: Clouds, recorder: Recorder) -> None:
    """The exact potential as a critic: what a perfect one scores, and how simple it is."""
    settings = job.settings
    known = truths(settings, clouds, job.seeds)
    region = clouds.region(settings["resolution"]).numpy()
    pictures = [truth.potential(region) for truth in known]
    for seed, truth, (_, agrees) in zip(job.seeds, known, pictures, strict=True):
        values = {**_exact_values(truth), "known_share": float(agrees.mean())}
        recorder.rows(Row(seed, 0, metric, value) for metric, value in values.items())
    shape = (-1, settings["resolution"], settings["resolution"])
    shown = pictures[: settings["pictured"]]
    recorder.samples("surface", np.stack([phi for phi, _ in shown]).reshape(shape).astype(np.float32))
    recorder.samples("known", np.stack([agrees for _, agrees in shown]).reshape(shape))
    recorder.samples("real", np.stack([t.real[:_CLOUD] for t in known[: len(shown)]]).astype(np.float32))
    recorder.samples("fake", np.stack([t.fake[:_CLOUD] for t in known[: len(shown)]]).astype(np.float32))
    recorder.samples("region", region[[0, -1]])


def _exact_values(truth: Truth) -> dict[str, float]:
    points = np.concatenate([truth.real, truth.fake])
    potential = truth.transport.potential(points)
    return {
        "w1": truth.w1,
        "w1_plug_in": truth.plug_in,
        "w1_held_out": truth.held_out,
        "score": truth.held_out / truth.w1,
        "affine_r2": fit_r2(points, potential, 1),
        "quadratic_r2": fit_r2(points, potential, 2),
    }


class _Training:
    """Trains all seeds of one method and measures them at log-spaced steps."""

    def __init__(self, job: Job, clouds: Clouds, recorder: Recorder) -> None:
        self.job, self.clouds, self.recorder = job, clouds, recorder
        self.settings: Mapping[str, Any] = job.settings
        width, layers = self.settings["width"], self.settings["layers"]
        self.trainer = CriticTrainer(
            build_method(self.settings["method_spec"]),
            lambda: MLPCritic(2, width, layers),
            job.seeds,
            clouds.real,
            clouds.fake,
            device=self.settings["device"],
            dtype=getattr(torch, self.settings["dtype"]),
        )
        self.measure = CriticMeasure(self.trainer, truths(self.settings, clouds, job.seeds))
        self.seconds = 0.0
        self.diverged: set[int] = set()

    def run(self) -> None:
        """Train to each step in turn; the clock runs while training only."""
        steps = self.settings["steps"]
        for target in measured_steps(steps, self.settings["snapshots"]):
            started = time.perf_counter()
            train_to(self.trainer, target, steps)
            self.seconds += time.perf_counter() - started
            with self.trainer.critic.frozen():
                self._mark_diverged()
                self._record(self.measure.curve(_END_DRAWS if target == steps else 1))
            rate = target * len(self.job.seeds) / self.seconds if self.seconds else 0.0
            self.recorder.progress(target, steps, rate)
        with self.trainer.critic.frozen():
            self._record_end()

    def _record_end(self) -> None:
        self._record({**self.measure.shape(), "w1": self.measure.w1})
        count = self.settings["ray_points"]
        for metric, values in self.measure.along_rays(count).items():
            for at, column in zip(np.linspace(0, 1, count), values.T, strict=True):
                self._record({metric: column}, "share of the way", float(at))
        resolution = self.settings["resolution"]
        surface = self.measure.surface(self.clouds.region(resolution))[: self.settings["pictured"]]
        self.recorder.samples("surface", surface.reshape(-1, resolution, resolution))

    def _record(self, values: Values, axis: str = "", at: float = math.nan) -> None:
        """Rows of the seeds that have not diverged; no row for NaN."""
        self.recorder.rows(
            Row(seed, self.trainer.step, metric, float(number), self.seconds, axis, at)
            for metric, column in values.items()
            for seed, number in zip(self.job.seeds, column, strict=True)
            if seed not in self.diverged and not math.isnan(number)
        )

    def _mark_diverged(self) -> None:
        for seed, step in zip(self.job.seeds, self.trainer.first_bad.tolist(), strict=True):
            if step >= 0 and seed not in self.diverged:
                self.diverged.add(seed)
                message = f"the critic's loss was not finite at step {step}"
                self.recorder.status(seed, SeedStatus(Status.DIVERGED, step, message))


def measured_steps(steps: int, count: int) -> list[int]:
    """Return at most count log-spaced steps from 10, or the first, to the last."""
    spaced = np.geomspace(min(10, steps), steps, count).round()
    return sorted({int(step) for step in spaced})


def train_to(trainer: CriticTrainer, target: int, steps: int) -> None:
    """Train to step `target` of `steps`, at each method's rate first, which falls over the second half.

    A constant rate would leave the critic wandering around its optimum.
    """
    groups = trainer.critic_optimiser.param_groups
    for group in groups:
        group.setdefault("initial_lr", group["lr"])
    part = max(1, steps // (2 * _FALLS))
    while trainer.step < target:
        for group in groups:
            group["lr"] = group["initial_lr"] * rate_share(trainer.step, steps)
        trainer.train_critic(min(part - trainer.step % part, target - trainer.step))


def rate_share(step: int, steps: int) -> float:
    """Share of the learning rate at a step: 1 in the first half, then ever less, the last _LAST_RATE."""
    falls = max(0, (2 * step - steps) * _FALLS // steps)
    return float(_LAST_RATE ** (falls / (_FALLS - 1)))
