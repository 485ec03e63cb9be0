"""Critics trained at every place of a sweep at once, and what they say when they have settled."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from gan_bench.critic import CriticTrainer
from gan_bench.experiments.divergence_sweep.descriptors import TRAINED
from gan_bench.experiments.divergence_sweep.measure import measurements
from gan_bench.experiments.divergence_sweep.pairs import Family, build_family, stacked_push
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method
from gan_bench.nets.mlp import MLPCritic

_REPORTS = 10  # how often progress is told


def train_and_measure(job: Job, recorder: Recorder) -> None:
    """Train the critics of all places and seeds as one stack, then record what they say."""
    family, places = build_family(job.settings["pair"]), job.settings["places"]
    method = build_method(job.settings["method_spec"])
    recorder.describe(TRAINED)
    trainer = sweep_trainer(method, family, places, job.seeds, job.settings)
    started = time.perf_counter()
    settle(trainer, job.settings["steps"], recorder)
    seconds = time.perf_counter() - started
    values = measurements(trainer, family, places, job.settings["held_out"])
    diverged = _diverged(trainer, values, places, len(job.seeds))
    for index, (step, at) in diverged.items():
        message = f"a loss or measurement was not finite at {family.axis} {at:g}"
        recorder.status(job.seeds[index], SeedStatus(Status.DIVERGED, step, message))
    recorder.rows(
        Row(seed, job.settings["steps"], metric, float(value[k, index]), seconds, family.axis, at)
        for metric, value in values.items()
        for k, at in enumerate(places)
        for index, seed in enumerate(job.seeds)
        if index not in diverged
    )


def sweep_trainer(
    method: Method,
    family: Family,
    places: list[float],
    seeds: tuple[int, ...],
    settings: Mapping[str, Any],
) -> CriticTrainer:
    """Return a stack of len(places) x len(seeds) critics, place by place.

    A seed starts with the same critic and sees the same latents at every place: differences along the sweep
    are not differences between draws.
    """
    pairs = [family.at(at) for at in places]
    shape = (settings["batch_size"], 2)
    return CriticTrainer(
        method,
        lambda: MLPCritic(2 * method.copies, settings["width"], settings["layers"]),
        seeds * len(places),
        lambda streams: stacked_push([pair.p for pair in pairs], streams.normal("latents/real", shape)),
        lambda streams: stacked_push([pair.q for pair in pairs], streams.normal("latents/fake", shape)),
        device=settings["device"],
        dtype=getattr(torch, settings["dtype"]),
    )


def settle(trainer: CriticTrainer, steps: int, recorder: Recorder) -> None:
    """Train; the learning rate falls linearly to 0 over the second half of the steps.

    Without that an adaptive optimiser keeps the critic trembling around the optimum that it is to show.
    """
    groups = trainer.critic_optimiser.param_groups
    rates = [group["lr"] for group in groups]
    falling = steps // 2
    started = time.perf_counter()
    for step in range(steps):
        share = min(1.0, (steps - step) / (falling + 1))
        for group, rate in zip(groups, rates, strict=True):
            group["lr"] = rate * share
        trainer.train_critic(1)
        if (step + 1) % max(1, steps // _REPORTS) == 0:
            elapsed = max(time.perf_counter() - started, 1e-9)
            recorder.progress(step + 1, steps, (step + 1) * len(trainer.streams.seeds) / elapsed)


def _diverged(
    trainer: CriticTrainer, values: Mapping[str, Tensor], places: list[float], seeds: int
) -> dict[int, tuple[int, float]]:
    """Index of each seed that failed at some place -> (first bad step, that place)."""
    bad_step = trainer.first_bad.cpu().view(len(places), seeds)
    finite = torch.stack([value.isfinite() for value in values.values()]).all(0)
    failed: dict[int, tuple[int, float]] = {}
    for k, at in enumerate(places):
        for index in range(seeds):
            step = int(bad_step[k, index])
            if index not in failed and (step >= 0 or not finite[k, index]):
                failed[index] = (step if step >= 0 else trainer.step, at)
    return failed
