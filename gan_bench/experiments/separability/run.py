"""Discriminators of every width between two fixed samples of one distribution, trained until they stand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from gan_bench.critic import CriticTrainer, Source
from gan_bench.data.toy import ToyDataset, build_dataset
from gan_bench.experiments.separability.naming import HELD_OUT, STEPS, TRAIN, axis_of
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Recorder, Row, SeedStatus, Status
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.divergence import LN2, js_from_scores
from gan_bench.nets.mlp import MLPCritic
from gan_bench.seeds import Streams

# A training bound this close to its ceiling ln 2 is converged: what is left moves no conclusion.
CONVERGED = 0.99 * LN2

DESCRIPTORS = (
    Descriptor(
        TRAIN,
        "JS bound, training",
        "nats",
        "neither",
        (-float("inf"), LN2),
        explanation="Of the discriminator's scores on the points that it was trained on; true value 0.",
    ),
    Descriptor(
        HELD_OUT,
        "JS bound, held out",
        "nats",
        "neither",
        (-float("inf"), LN2),
        explanation="Likewise on fresh points. Never clipped: below 0 it is worse than a coin.",
    ),
    Descriptor(STEPS, "steps trained", "steps", "neither", (0.0, float("inf")), "log"),
)


@dataclass(frozen=True)
class Pair:
    """Two samples of one distribution, per seed (S, n, D) each."""

    real: Tensor
    fake: Tensor


def run(job: Job, recorder: Recorder) -> None:
    """Train one discriminator per width and sample size, all seeds at once; report through the recorder."""
    settings = job.settings
    method, dataset = build_method(settings["method_spec"]), build_dataset(settings["dataset"])
    recorder.describe(DESCRIPTORS)
    streams = Streams(job.seeds, device=settings["device"])
    held_out = samples(dataset, settings["noise"], settings["held_out"], streams, "held-out")
    cells = [(width, n) for width in settings["widths"] for n in settings["sizes"]]
    diverged: set[int] = set()
    for k, (width, n) in enumerate(cells):
        pair = samples(dataset, settings["noise"], n, streams, "training")
        trained = _trained(method, job, pair, held_out, width)
        for seed, step in trained.diverged():
            if seed not in diverged:
                message = f"a loss was not finite at step {step}, width {width}, n = {n}"
                recorder.status(seed, SeedStatus(Status.DIVERGED, step, message))
            diverged.add(seed)
        recorder.rows(row for row in trained.rows(axis_of(width), n) if row.seed not in diverged)
        recorder.progress(k + 1, len(cells), 0.0)


def samples(dataset: ToyDataset, noise: int, n: int, streams: Streams, part: str) -> Pair:
    """Two independent samples of the data, with `noise` coordinates of N(0, 1) more; equal at every call."""

    def one(side: str) -> Tensor:
        points = dataset.held_out(n, streams, f"separability/{part}/{side}")
        if not noise:
            return points
        more = streams.once(
            f"separability/{part}/{side}/noise",
            n,
            lambda size, source: torch.randn(
                size, noise, generator=source, dtype=streams.dtype, device=source.device
            ),
        )
        return torch.cat([points, more], -1)

    return Pair(one("real"), one("fake"))


def minibatches(points: Tensor, batch_size: int, side: str) -> Source:
    """A source of all the fixed points (S, n, D), or of a random minibatch where they exceed batch_size."""
    n = points.shape[1]
    if n <= batch_size:
        return lambda _: points

    def draw(streams: Streams) -> Tensor:
        chosen = (streams.uniform(f"minibatch/{side}", (batch_size,)) * n).long().clamp_(max=n - 1)
        return torch.take_along_dim(points, chosen.unsqueeze(-1), 1)

    return draw


class _Trained:
    """Values (S,) of each seed at the first check where it had converged, or at its last step."""

    def __init__(self, trainer: CriticTrainer, pair: Pair, held_out: Pair) -> None:
        self.trainer, self.pair, self.held_out = trainer, pair, held_out
        self.values: dict[str, Tensor] = {}
        self.done = torch.zeros(len(trainer.streams.seeds), dtype=torch.bool, device=trainer.streams.device)

    @torch.no_grad()
    def look(self, *, last: bool) -> bool:
        """Take the values of seeds that have converged, or of all that are left; True when none is left.

        Each seed stops for itself, so that its numbers do not depend on the others of its block.
        """
        score = self.trainer.scores
        bounds = {
            name: js_from_scores(score(pair.real), score(pair.fake))
            for name, pair in ((TRAIN, self.pair), (HELD_OUT, self.held_out))
        }
        bounds[STEPS] = torch.full_like(bounds[TRAIN], self.trainer.step)
        now = ~self.done & ((bounds[TRAIN] >= CONVERGED) | last)
        for name, value in bounds.items():
            self.values[name] = torch.where(now, value, self.values.get(name, torch.zeros_like(value)))
        self.done |= now
        return bool(self.done.all())

    def diverged(self) -> Iterator[tuple[int, int]]:
        """Yield (seed, step) of the seeds whose loss or bound was not finite before they had converged."""
        finite = torch.stack([value.isfinite() for value in self.values.values()]).all(0)
        bad = torch.where(finite, self.trainer.first_bad, self.trainer.first_bad.clamp(min=0))
        stopped = self.values[STEPS].tolist()
        for seed, step, at in zip(self.trainer.streams.seeds, bad.tolist(), stopped, strict=True):
            if 0 <= step <= at:
                yield seed, step or int(at)

    def rows(self, axis: str, n: int) -> Iterator[Row]:
        """One row per seed and metric."""
        for metric, value in self.values.items():
            numbers = value.double().cpu().numpy()
            for seed, number in zip(self.trainer.streams.seeds, numbers, strict=True):
                if np.isfinite(number):
                    yield Row(seed, 0, metric, float(number), 0.0, axis, n)


def _trained(method: Method, job: Job, pair: Pair, held_out: Pair, width: int) -> _Trained:
    settings = job.settings
    dim, batch = pair.real.shape[-1], settings["batch_size"]
    trainer = CriticTrainer(
        method,
        lambda: MLPCritic(dim, width, settings["layers"]),
        job.seeds,
        minibatches(pair.real, batch, "real"),
        minibatches(pair.fake, batch, "fake"),
        device=settings["device"],
    )
    trained = _Trained(trainer, pair, held_out)
    while trainer.step < settings["steps"]:
        trainer.train_critic(min(settings["check_every"], settings["steps"] - trainer.step))
        if trained.look(last=trainer.step >= settings["steps"]):
            break
    return trained
