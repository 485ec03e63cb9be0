"""A trainer, built from a job's settings and run to its end: looks on the way, who diverged, how fast."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch

from gan_bench.capture import graphs_of
from gan_bench.data.toy import Dataset
from gan_bench.experiments.base import STEPS
from gan_bench.experiments.modules import Networks
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.method import Method
from gan_bench.train import Snapshot, Trainer

# Share of an averaged generator that may be its untrained start without a word about it.
_START_LEFT = 0.01


def snapshot_steps(steps: int, count: int, first: int = 1) -> list[int]:
    """Return 0 and at most count - 1 steps from `first`, evenly on a log scale, the last of them `steps`."""
    spaced: Iterable[float] = np.geomspace(first, steps, count - 1).round() if count > 2 else ()
    return [0, *sorted({int(step) for step in spaced} | {steps})]


def build_trainer(
    method: Method, dataset: Dataset, nets: Networks, seeds: Sequence[int], settings: Mapping[str, Any]
) -> Trainer:
    """Return the trainer that a job's settings ask for: batch_size, latent, device, and numbers' type.

    dtype "float32" or "float64", of images precision "bfloat16" and channels_last, on a GPU execution
    "captured" or "eager"; each may be absent.
    """
    return Trainer(
        method,
        dataset,
        nets.generator,
        nets.critic,
        seeds,
        batch_size=settings["batch_size"],
        latent=settings["latent"],
        device=settings["device"],
        dtype=getattr(torch, settings.get("dtype", "float32")),
        mixed_precision=settings.get("precision") == "bfloat16",
        channels_last=settings.get("channels_last", False),
        graphs=graphs_of(settings["device"], settings.get("execution", "captured")),
    )


class Execution:
    """How a job's trainers applied replicas and, on a GPU, took steps: nothing falls back silently."""

    def __init__(self) -> None:
        self._found: dict[str, dict[str, list[str]]] = {}

    def add(self, trainer: Trainer, where: str) -> None:
        """Take in a trainer that has run; where tells it from the others of the job."""
        for role, stack in (("generator", trainer.generator), ("critic", trainer.critic)):
            self._add(f"{role} replicas", f"looped: {stack.fallback}" if stack.fallback else "stacked", where)
        if trainer.streams.device.type != "cpu":
            self._add(STEPS, trainer.execution, where)

    def record(self, recorder: Recorder) -> None:
        """Report a fact of each kind; where trainers differ, with the places of each."""
        for fact, ways in self._found.items():
            if len(ways) == 1:
                recorder.fact(fact, next(iter(ways)))
            else:
                told = (f"{way} ({', '.join(dict.fromkeys(places))})" for way, places in ways.items())
                recorder.fact(fact, "; ".join(told))

    def _add(self, fact: str, way: str, where: str) -> None:
        self._found.setdefault(fact, {}).setdefault(way, []).append(where)


def record_execution(trainer: Trainer, recorder: Recorder) -> None:
    """Report how the one trainer of a job was carried out."""
    execution = Execution()
    execution.add(trainer, "")
    execution.record(recorder)


class Measurement(ABC):
    """Takes the snapshots of one trainer and reports them; `measure` says what is reported of each.

    settings: of the job, with steps, snapshots and, where the start is passed over, burn_in.
    """

    def __init__(self, trainer: Trainer, settings: Mapping[str, Any], recorder: Recorder) -> None:
        self.trainer, self.settings, self.recorder = trainer, settings, recorder
        self.diverged: set[int] = set()

    @abstractmethod
    def measure(self, snapshot: Snapshot, *, last: bool) -> list[Row]:
        """Rows of one snapshot; seeds that have diverged are left out of them by the caller."""

    def run(self) -> None:
        """Train to the last step and report every snapshot."""
        first = self.settings.get("burn_in", 1)  # experiments that read a whole path skip its start
        steps = snapshot_steps(self.settings["steps"], self.settings["snapshots"], first)
        self.trainer.run(steps, self._take)
        if left := self.trainer.method.generator_average ** self.settings["steps"]:
            self._caution_of_average(left)
        record_execution(self.trainer, self.recorder)

    def _caution_of_average(self, left: float) -> None:
        """Say so where the generator that was judged, an average over steps, still holds its start."""
        if left > _START_LEFT:
            words = f"{left:.0%} of the averaged generator that was judged is still its start: too few steps"
            self.recorder.fact("caution on the average", words)

    def _take(self, snapshot: Snapshot) -> None:
        for seed, step in zip(self.trainer.streams.seeds, snapshot.first_bad.tolist(), strict=True):
            if step >= 0:
                self.diverge(seed, step, f"a loss or parameter was not finite at step {step}")
        last = snapshot.step == self.settings["steps"]
        rows = self.measure(snapshot, last=last)
        if last:
            rows += self.speed(snapshot)
        self.recorder.rows(row for row in rows if row.seed not in self.diverged)
        rate = snapshot.step * len(self.trainer.streams.seeds) / snapshot.seconds if snapshot.seconds else 0.0
        self.recorder.progress(snapshot.step, self.settings["steps"], rate)

    def lost(self, rows: Iterable[Row], snapshot: Snapshot) -> None:
        """Mark the seeds that have no row: their samples could not be measured."""
        for seed in set(self.trainer.streams.seeds) - {row.seed for row in rows}:
            message = f"generated samples were not finite, or too large, at step {snapshot.step}"
            self.diverge(seed, snapshot.step, message)

    def diverge(self, seed: int, step: int, message: str) -> None:
        """Give a seed the status `diverged`, once."""
        if seed not in self.diverged:
            self.diverged.add(seed)
            self.recorder.status(seed, SeedStatus(Status.DIVERGED, step, message))

    def speed(self, snapshot: Snapshot) -> list[Row]:
        """Steps per second of the whole block; every seed carries the same value."""
        if not snapshot.seconds:
            return []
        return self.of_block({"steps_per_second": snapshot.step / snapshot.seconds}, snapshot)

    def of_block(self, values: Mapping[str, float], snapshot: Snapshot) -> list[Row]:
        """Rows of numbers that all seeds of the block share."""
        return [
            Row(seed, snapshot.step, metric, value, snapshot.seconds)
            for metric, value in values.items()
            for seed in self.trainer.streams.seeds
        ]
