"""From a snapshot to rows: what the extractor makes of generated images, what the critic says, gradients."""

from __future__ import annotations

import time

import numpy as np
import torch
from torch import Tensor

from gan_bench.data.images import ImageDataset
from gan_bench.data.pixels import to_bytes
from gan_bench.experiments import probing
from gan_bench.experiments.probing import Rows
from gan_bench.harness.outcome import Row
from gan_bench.image_quality import Judge
from gan_bench.methods.method import Method
from gan_bench.metrics import memorisation
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.operators import lipschitz_upper_of
from gan_bench.train import Player, Snapshot, Trainer

# Images on which a critic's scores and slopes are read.
CRITIC_IMAGES = 128

_POSITIVE = (0.0, float("inf"))
OF_RUN = (
    Descriptor(
        "images_per_second",
        "images per second",
        "1/s",
        "higher",
        _POSITIVE,
        "log",
        explanation="Real images that the critics of all seeds were trained on, per second of training.",
    ),
    Descriptor(
        "peak_memory",
        "peak memory",
        "MiB",
        "lower",
        _POSITIVE,
        "log",
        explanation="Of the job's process, or of the GPU where it has one, when training ended.",
    ),
    memorisation.DESCRIPTOR,
    Descriptor(
        "evaluation_share",
        "share of time spent judging",
        "share",
        "lower",
        (0.0, 1.0),
        "logit",
        explanation="Seconds spent on the judge's set-up and everything measured at the snapshots, over "
        "these and the training's; not on training the data set's classifier, which is done once.",
    ),
)


class Probe(probing.Probe):
    """Measures snapshots of one trainer; latents and labels are the same at every snapshot."""

    def __init__(self, method: Method, dataset: ImageDataset, trainer: Trainer, judge: Judge) -> None:
        super().__init__(method, trainer)
        self.dataset, self.judge = dataset, judge
        self.seconds = judge.seconds  # spent on judging so far

    def rows(self, snapshot: Snapshot, n: int, *, with_critic: bool, by_class: bool) -> list[Row]:
        """Return all rows of the healthy seeds at one number of images.

        A seed whose images are not finite has none. by_class: also what is told of each class.
        """
        began = time.perf_counter()
        labels = self.labels(n, "samples")
        fake = self.generate(snapshot.generator, n, "samples", labels)
        healthy = ((snapshot.first_bad < 0) & fake.isfinite().flatten(1).all(1)).cpu()
        rows = Rows(snapshot, np.flatnonzero(healthy.numpy()), self.streams.seeds)
        if rows.healthy.size:
            judged = self.judge(to_bytes(fake[healthy]), None if labels is None else labels[healthy])
            rows.add(judged.values, axis="n", at=n)
            for metric, values in judged.by_class.items() if by_class else ():
                for k, column in enumerate(values.T):
                    rows.add({metric: column}, axis="class", at=k)
            if with_critic:
                self._add_critic(rows, snapshot)
        self.seconds += time.perf_counter() - began
        return rows.made

    def _add_critic(self, rows: Rows, snapshot: Snapshot) -> None:
        count = CRITIC_IMAGES - CRITIC_IMAGES % self.method.copies  # whole packs
        real, labels = self.dataset.held_out(count, self.streams, "critic")
        labels = labels if self.method.conditional else None
        fresh = self.generate(snapshot.generator, count, "fresh", labels)
        rows.add(self.on_samples(snapshot, real, fresh, labels), of_all=True)
        rows.add(self.critic_itself(snapshot, real, fresh, labels), of_all=True)
        rows.add_update()

    def bound(self, snapshot: Snapshot) -> list[Row]:
        """The critic's Lipschitz bound, from its layers as operators: slow where they are wide."""
        began = time.perf_counter()
        upper = lipschitz_upper_of(self.trainer.critic.modules[0], snapshot.critic_parameters)
        rows = Rows(snapshot, np.flatnonzero((snapshot.first_bad < 0).cpu().numpy()), self.streams.seeds)
        rows.add({} if upper is None else {"lipschitz_upper": upper}, of_all=True)
        self.seconds += time.perf_counter() - began
        return rows.made

    def labels(self, n: int, part: str) -> Tensor | None:
        """Classes (S, n) to generate, drawn as often as in the data set; None for unconditional methods."""
        weights = self.dataset.class_weights
        if not self.method.conditional or weights is None:
            return None

        def draw(size: int, source: torch.Generator) -> Tensor:
            return torch.multinomial(weights.to(source.device), size, replacement=True, generator=source)

        return self.streams.once(f"evaluation/{part}/labels", n, draw)

    @torch.no_grad()
    def generate(self, generator: Player, n: int, part: str, labels: Tensor | None) -> Tensor:
        """Images (S, n, C, H, W) from fixed latents, in batches of at most the size that training has.

        Not larger ones, because batch norm takes its statistics from the batch that it is given.
        """
        count = -(-n // self.trainer.batch_size)
        latents = self.latents(n, part).tensor_split(count, 1)
        told = [None] * count if labels is None else labels.tensor_split(count, 1)
        return torch.cat([generator(z, y) for z, y in zip(latents, told, strict=True)], 1)
