"""From a snapshot to rows: distances to the truth, what the critic says, gradients, losses."""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from gan_bench.data.toy import ToyDataset
from gan_bench.experiments import probing
from gan_bench.experiments.probing import Rows
from gan_bench.harness.outcome import Row
from gan_bench.methods.method import Method
from gan_bench.metrics import distances
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.transport import wasserstein1
from gan_bench.train import Player, Snapshot, Trainer

# All seeds share these points, so their noise would not average out: four times the largest cloud.
HELD_OUT = 2000

# Beyond this no distance says more than that the seed has diverged, and squares overflow.
LARGEST_SAMPLE = 1e100

# Draws of a finished model beside the reported one: against their spread shows what another seed adds.
REDRAWS = 2

DESCRIPTORS: dict[str, Descriptor] = {
    **distances.DESCRIPTORS,
    **probing.DESCRIPTORS,
    "w1_redrawn": Descriptor(
        "w1_redrawn",
        "Wasserstein-1, redrawn",
        "data units",
        "lower",
        (0.0, math.inf),
        "log",
        explanation="Wasserstein-1 of further draws of a finished model against the same reference: how much "
        "of a seed's value is chance of drawing.",
    ),
}


class Probe(probing.Probe):
    """Measures snapshots of one trainer; evaluation draws are the same at every snapshot."""

    def __init__(self, method: Method, dataset: ToyDataset, trainer: Trainer) -> None:
        super().__init__(method, trainer)
        self.dataset = dataset

    def samples(self, n: int, part: str) -> Tensor:
        """Generated samples (S, n, *shape) from fixed latents."""
        return self._generate(self.trainer.evaluated, n, part)

    def rows(self, snapshot: Snapshot, n: int, *, with_critic: bool) -> list[Row]:
        """Return all rows of the healthy seeds at one sample size.

        A seed whose samples cannot be measured, because they are not finite or too large, has none.
        """
        fake, fresh = (self._generate(snapshot.generator, n, part) for part in ("samples", "fresh"))
        real = self.dataset.held_out(n, self.streams, "critic")
        healthy = (snapshot.first_bad < 0).cpu() & _measurable(torch.cat([fake, fresh], 1))
        rows = Rows(snapshot, np.flatnonzero(healthy.numpy()), self.streams.seeds)
        if not rows.healthy.size:
            return []
        rows.add(sample_metrics(self.dataset, fake[healthy], fresh[healthy], n), axis="n", at=n)
        rows.add(self.on_samples(snapshot, real, fresh), axis="n", at=n, of_all=True)
        if with_critic:
            rows.add(self.critic_itself(snapshot, real, fresh), of_all=True)
            rows.add_update()
        return rows.made

    def redrawn(self, snapshot: Snapshot, n: int) -> list[Row]:
        """Return W1 of REDRAWS further draws of n points each, by seed that can be measured.

        The reference stays: all methods share it, so its noise is in no difference between them.
        """
        reference = self.dataset.reference(n, "evaluation").numpy()
        draws = [self._generate(snapshot.generator, n, f"redrawn/{k}") for k in range(1, REDRAWS + 1)]
        healthy = (snapshot.first_bad < 0).cpu() & torch.stack([_measurable(draw) for draw in draws]).all(0)
        rows = Rows(snapshot, np.flatnonzero(healthy.numpy()), self.streams.seeds)
        for k, draw in enumerate(draws, start=1):
            clouds = draw[healthy].double().cpu().numpy()
            costs = [wasserstein1(reference, cloud, solver="assignment").cost for cloud in clouds]
            rows.add({"w1_redrawn": np.array(costs)}, axis="draw", at=k)
        return rows.made

    @torch.no_grad()
    def _generate(self, generator: Player, n: int, part: str) -> Tensor:
        return generator(self.latents(n, part))


def _measurable(samples: Tensor) -> Tensor:
    """Which seeds (S,) have samples that are finite and not too large."""
    return (samples.abs() <= LARGEST_SAMPLE).flatten(1).all(1).cpu()


def sample_metrics(dataset: ToyDataset, fake: Tensor, fresh: Tensor, n: int) -> dict[str, np.ndarray]:
    """Return every distance of samples (S, n, 2) to the data set's own reference of the same size.

    The models and the perfect sampler come through here alike: its values are the noise floor of theirs.
    """
    return distances.evaluate(
        fake,
        fresh,
        dataset.reference(n, "evaluation"),
        dataset.reference(HELD_OUT, "held-out"),
        dataset.distribution,
        distances.histogram_grid(dataset.distribution),
    )
