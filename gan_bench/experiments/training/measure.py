"""From a snapshot to rows: distances to the truth, what the critic says, gradients, losses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_bench.data.toy import ToyDataset
from gan_bench.harness.outcome import Row
from gan_bench.methods.constraints import Clip, interpolate
from gan_bench.methods.method import Method
from gan_bench.metrics import distances, gradients
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.divergence import js_from_scores
from gan_bench.seeds import Streams
from gan_bench.train import Snapshot, Trainer

# All seeds share these points, so their noise would not average out: four times the largest cloud.
HELD_OUT = 2000

# Beyond this no distance says more than that the seed has diverged, and squares overflow.
LARGEST_SAMPLE = 1e100

_POSITIVE = (0.0, float("inf"))

DESCRIPTORS: dict[str, Descriptor] = {
    **distances.DESCRIPTORS,
    **gradients.DESCRIPTORS,
    **{
        d.name: d
        for d in (
            Descriptor("critic_loss", "critic loss", "loss", "neither", explanation="Without its penalty."),
            Descriptor("generator_loss", "generator loss", "loss", "neither"),
            Descriptor("penalty", "penalty", "loss", "neither", _POSITIVE, "log"),
            Descriptor(
                "critic_gap",
                "critic's gap",
                "score",
                "neither",
                explanation="Mean score of held-out real minus generated samples; for a 1-Lipschitz critic "
                "at most W1.",
            ),
            Descriptor("steps_per_second", "generator steps per second", "1/s", "higher", _POSITIVE, "log"),
        )
    },
}


class Probe:
    """Measures snapshots of one trainer; evaluation draws are the same at every snapshot."""

    def __init__(self, method: Method, dataset: ToyDataset, trainer: Trainer) -> None:
        self.method, self.dataset, self.trainer = method, dataset, trainer
        self.streams = trainer.streams

    def samples(self, n: int, part: str) -> Tensor:
        """Generated samples (S, n, *shape) from fixed latents."""
        return self._generate(self.trainer.evaluated, n, part)

    def rows(self, snapshot: Snapshot, n: int, *, with_critic: bool) -> list[Row]:
        """Return all rows of the healthy seeds at one sample size.

        A seed whose samples cannot be measured, because they are not finite or too large, has none.
        """
        fake, fresh = (self._generate(snapshot.generator, n, part) for part in ("samples", "fresh"))
        real = self.dataset.held_out(n, self.streams, "critic")
        measurable = (torch.cat([fake, fresh], 1).abs() <= LARGEST_SAMPLE).flatten(1).all(1)
        healthy = ((snapshot.first_bad < 0) & measurable).cpu()
        rows = Rows(snapshot, np.flatnonzero(healthy.numpy()), self.streams.seeds)
        if not rows.healthy.size:
            return []
        rows.add(sample_metrics(self.dataset, fake[healthy], fresh[healthy], n), axis="n", at=n)
        rows.add(self._critic_on_samples(snapshot, real, fresh), axis="n", at=n, of_all=True)
        if with_critic:
            rows.add(self._critic_itself(snapshot, real, fresh), of_all=True)
            rows.add(_update(snapshot), of_all=True)
            for player, grads in snapshot.gradients.items():
                if grads:
                    rows.add_layers(f"{player}_gradient", gradients.layer_norms(grads))
        return rows.made

    @torch.no_grad()
    def _generate(self, generator: Callable[[Tensor], Tensor], n: int, part: str) -> Tensor:
        latent, dtype = self.trainer.latent, self.streams.dtype

        def draw(size: int, source: torch.Generator) -> Tensor:
            return torch.randn(size, latent, generator=source, dtype=dtype, device=source.device)

        return generator(self.streams.once(f"evaluation/{part}", n, draw))

    @torch.no_grad()
    def _critic_on_samples(self, snapshot: Snapshot, real: Tensor, fresh: Tensor) -> dict[str, Tensor]:
        """What the critic says of samples that neither player was trained on."""
        real, fresh = self._shown(real, fresh)
        on_real, on_fake = snapshot.critic(real), snapshot.critic(fresh)
        values = {"critic_gap": on_real.mean(1) - on_fake.mean(1)}
        if self.method.estimates_js:
            values["js_scores"] = js_from_scores(on_real, on_fake)
        return values

    def _critic_itself(self, snapshot: Snapshot, real: Tensor, fresh: Tensor) -> dict[str, Tensor]:
        """Slopes, Lipschitz bounds and saturated weights of the critic."""
        critic = self.trainer.critic
        clip = self.method.constraint(Clip)
        bound = clip.c if isinstance(clip, Clip) else None
        values = {"clipped_share": gradients.saturated_share(critic.trainable, bound)}
        upper = gradients.lipschitz_upper(critic.modules[0], snapshot.critic_parameters)
        if upper is not None:
            values["lipschitz_upper"] = upper
        # Where batch norm couples the samples, no sample has a slope of its own.
        return values if critic.has_batch_statistics else values | self._slopes(snapshot, real, fresh)

    def _slopes(self, snapshot: Snapshot, real: Tensor, fresh: Tensor) -> dict[str, Tensor]:
        real, fresh = self._shown(real, fresh)
        points = {"real": real, "fake": fresh, "interpolate": interpolate(real, fresh, self._once())}
        slopes = {place: gradients.slopes(snapshot.critic, x) for place, x in points.items()}
        largest = torch.cat(list(slopes.values()), 1).amax(1)
        means = {f"input_gradient_{place}": slope.mean(1) for place, slope in slopes.items()}
        return {**means, "lipschitz_lower": largest}

    def _shown(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        return self.method.inputs(real, fake, self._once())

    def _once(self) -> Streams:
        """Streams apart from training's, the same at every call."""
        mine = self.streams
        return Streams(mine.seeds, device=mine.device, dtype=mine.dtype, prefix="evaluation/")


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


def _update(snapshot: Snapshot) -> dict[str, Tensor]:
    """Losses and gradient norms of the last update; nothing at step 0."""
    norms = {
        f"{player}_gradient_norm": gradients.total_norm(grads)
        for player, grads in snapshot.gradients.items()
        if grads
    }
    return {**snapshot.losses, **norms}


class Rows:
    """Rows of the healthy seeds of one snapshot."""

    def __init__(self, snapshot: Snapshot, healthy: np.ndarray, seeds: tuple[int, ...]) -> None:
        self.snapshot, self.healthy, self.seeds = snapshot, healthy, seeds
        self.made: list[Row] = []

    def add(
        self,
        values: Mapping[str, Any],
        *,
        axis: str = "",
        at: float = float("nan"),
        of_all: bool = False,
    ) -> None:
        """Add metric name -> (S,), given for all seeds or for the healthy ones; no row for NaN."""
        step, seconds = self.snapshot.step, self.snapshot.seconds
        for metric, value in values.items():
            array = np.asarray(value.detach().cpu() if isinstance(value, Tensor) else value, dtype=np.float64)
            array = array[self.healthy] if of_all else array
            for index, number in zip(self.healthy, array, strict=True):
                if not np.isnan(number):
                    seed = self.seeds[index]
                    self.made.append(Row(seed, step, metric, float(number), seconds, axis, at))

    def add_layers(self, metric: str, values: Tensor) -> None:
        """Add (S, L) values of all seeds, one row a layer."""
        for layer, column in enumerate(values.unbind(1)):
            self.add({metric: column}, axis="layer", at=layer, of_all=True)
