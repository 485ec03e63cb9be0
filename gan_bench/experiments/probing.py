"""What every training experiment reads off a snapshot: what the critic says, its slopes, losses, gradients.

Evaluation draws from streams of its own, the same at every look: training goes on as if nobody had looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_bench.harness.outcome import Row
from gan_bench.methods.constraints import Clip, interpolate
from gan_bench.methods.method import Method
from gan_bench.metrics import distances, gradients
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.metrics.divergence import js_from_scores
from gan_bench.seeds import Streams
from gan_bench.train import Snapshot, Trainer

_POSITIVE = (0.0, float("inf"))

DESCRIPTORS: dict[str, Descriptor] = {
    **gradients.DESCRIPTORS,
    "js_scores": distances.DESCRIPTORS["js_scores"],
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
    """Reads a trainer's snapshots; samples are (S, n, *shape), labels (S, n) or None where there are none."""

    def __init__(self, method: Method, trainer: Trainer) -> None:
        self.method, self.trainer = method, trainer
        self.streams = trainer.streams

    def latents(self, n: int, part: str) -> Tensor:
        """Latents (S, n, latent), the same at every call; parts are independent."""
        latent, dtype = self.trainer.latent, self.streams.dtype

        def draw(size: int, source: torch.Generator) -> Tensor:
            return torch.randn(size, latent, generator=source, dtype=dtype, device=source.device)

        return self.streams.once(f"evaluation/{part}", n, draw)

    @torch.no_grad()
    def on_samples(
        self, snapshot: Snapshot, real: Tensor, fake: Tensor, labels: Tensor | None = None
    ) -> dict[str, Tensor]:
        """What the critic says of samples that neither player was trained on, (S,) each."""
        real, fake = self._shown(real, fake)
        on_real, on_fake = snapshot.critic(real, labels), snapshot.critic(fake, labels)
        values = {"critic_gap": on_real.mean(1) - on_fake.mean(1)}
        # With batch norm a score depends on its batch: the bound would be one on batches.
        if self.method.estimates_js and not self.trainer.critic.has_batch_statistics:
            values["js_scores"] = js_from_scores(on_real, on_fake)
        return values

    def critic_itself(
        self, snapshot: Snapshot, real: Tensor, fake: Tensor, labels: Tensor | None = None
    ) -> dict[str, Tensor]:
        """Slopes, Lipschitz bounds and saturated weights of the critic, (S,) each."""
        critic = self.trainer.critic
        clip = self.method.constraint(Clip)
        bound = clip.c if isinstance(clip, Clip) else None
        values = {"clipped_share": gradients.saturated_share(critic.trainable, bound)}
        upper = gradients.lipschitz_upper(critic.modules[0], snapshot.critic_parameters)
        if upper is not None:
            values["lipschitz_upper"] = upper
        # Where batch norm couples the samples, no sample has a slope of its own.
        return values if critic.has_batch_statistics else values | self._slopes(snapshot, real, fake, labels)

    def _slopes(
        self, snapshot: Snapshot, real: Tensor, fake: Tensor, labels: Tensor | None
    ) -> dict[str, Tensor]:
        real, fake = self._shown(real, fake)
        points = {"real": real, "fake": fake, "interpolate": interpolate(real, fake, self._once())}
        critic = partial(snapshot.critic, labels=labels)
        slopes = {place: gradients.slopes(critic, x) for place, x in points.items()}
        largest = torch.cat(list(slopes.values()), 1).amax(1)
        means = {f"input_gradient_{place}": slope.mean(1) for place, slope in slopes.items()}
        return {**means, "lipschitz_lower": largest}

    def _shown(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        return self.method.inputs(real, fake, self._once())

    def _once(self) -> Streams:
        """Streams apart from training's, the same at every call."""
        mine = self.streams
        return Streams(mine.seeds, device=mine.device, dtype=mine.dtype, prefix="evaluation/")


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

    def add_update(self) -> None:
        """Add losses and gradient norms of the last update, whole and by layer; nothing at step 0."""
        self.add(self.snapshot.losses, of_all=True)
        for player, grads in self.snapshot.gradients.items():
            if grads:
                self.add({f"{player}_gradient_norm": gradients.total_norm(grads)}, of_all=True)
                self._add_layers(f"{player}_gradient", gradients.layer_norms(grads))

    def _add_layers(self, metric: str, values: Tensor) -> None:
        """Add (S, L) values of all seeds, one row a layer."""
        for layer, column in enumerate(values.unbind(1)):
            self.add({metric: column}, axis="layer", at=layer, of_all=True)
