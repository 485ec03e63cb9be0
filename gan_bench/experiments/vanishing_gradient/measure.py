"""What a critic tells the frozen generator, one value per seed: gradient, its variance, and the accuracy."""

from __future__ import annotations

from math import inf

import torch
from torch import Tensor

from gan_bench.data.toy import ToyDataset
from gan_bench.metrics.descriptor import Descriptor
from gan_bench.seeds import Streams
from gan_bench.train import Trainer

DESCRIPTORS = (
    Descriptor(
        "generator_gradient_norm", "generator gradient norm", "loss per parameter unit", "neither",
        (0, inf), "log",
        explanation="Norm of the generator loss's gradient over all its parameters, mean over "
        "batches that no step trains on.",
    ),
    Descriptor(
        "gradient_variance", "variance of the generator gradient", "(loss per parameter unit)²", "neither",
        (0, inf), "log",
        explanation="Trace of the covariance of the gradient over those batches, of one size (unbiased).",
    ),
    Descriptor(
        "relative_variance", "variance over squared mean gradient", "ratio", "neither", (0, inf), "log",
        explanation="Trace of the covariance over the squared norm of the mean gradient; for pure noise it "
        "is about the number of batches.",
    ),
    Descriptor(
        "accuracy", "critic accuracy", "share", "neither", (0, 1), "logit",
        explanation="Share of held-out points on their side of the threshold: a logit of 0 where scores "
        "are logits of a discriminator, else half-way between the mean scores.",
    ),
    Descriptor(
        "support_gap", "gap between the supports", "data units", "neither", (0, inf),
        explanation="Smallest distance between held-out real points and samples of the frozen generator.",
    ),
)  # fmt: skip


class Probe:
    """Looks at one trainer with its generator frozen; real and fake points stay the same, (S, points, 2).

    A look draws from streams of its own, the same at every look: training goes on as if nobody had looked.
    """

    def __init__(self, trainer: Trainer, dataset: ToyDataset, points: int, batches: int) -> None:
        self.trainer, self.batches = trainer, batches
        streams = trainer.streams
        latents = streams.once(
            "noise/held-out",
            points,
            lambda n, source: torch.randn(
                n, trainer.latent, generator=source, dtype=streams.dtype, device=streams.device
            ),
        )
        self.real = dataset.held_out(points, streams, "accuracy")
        with torch.no_grad():
            self.fake = trainer.generator(latents)

    def values(self) -> dict[str, Tensor]:
        """All metrics of the present critic, name -> (S,)."""
        return {**gradient_statistics(self.gradients()), "accuracy": self.accuracy()}

    def support_gap(self) -> Tensor:
        """Smallest distance between the two clouds, (S,), in data units."""
        return torch.cdist(self.real, self.fake).flatten(1).amin(1)

    def gradients(self) -> Tensor:
        """The generator's gradient on batches that no step trains on, (K, S, P)."""
        apart = self._apart()
        return torch.stack([self._gradient(apart) for _ in range(self.batches)])

    def _gradient(self, streams: Streams) -> Tensor:
        """Gradient of the generator's loss on the next batch of the streams, (S, P)."""
        trainer, method = self.trainer, self.trainer.method
        fake = trainer.generator(streams.normal("noise/generator", (trainer.batch_size, trainer.latent)))
        real = trainer.real(streams)
        critic = {name: value.detach() for name, value in trainer.critic.trainable.items()}
        fixed = method.reparametrise(critic, trainer.states)
        shown = method.inputs(real, fake, streams)
        loss = trainer.generator_term(lambda x: trainer.scored(x, fixed), *shown)
        found = torch.autograd.grad(loss.sum(), list(trainer.generator.trainable.values()))
        return torch.cat([gradient.flatten(1) for gradient in found], 1)

    def _apart(self) -> Streams:
        """Streams that training never draws from, the same at every call."""
        mine = self.trainer.streams
        return Streams(mine.seeds, device=mine.device, dtype=mine.dtype, prefix="evaluation/")

    @torch.no_grad()
    def accuracy(self) -> Tensor:
        """Share of points on their side of the threshold, (S,), in [0, 1]."""
        method = self.trainer.method
        real, fake = method.inputs(self.real, self.fake, self._apart())
        real_scores, fake_scores = self.trainer.score_both(self.trainer.scores, real, fake)
        threshold = torch.zeros_like(real_scores[:, :1])
        if not getattr(method.objective, "estimates_js", False):
            threshold = (real_scores.mean(1, keepdim=True) + fake_scores.mean(1, keepdim=True)) / 2
        right = torch.cat([real_scores > threshold, fake_scores < threshold], 1)
        return right.double().mean(1)


def gradient_statistics(gradients: Tensor) -> dict[str, Tensor]:
    """Norm and variance of gradients (K, S, P) over K >= 2 batches, name -> (S,).

    norm = mean_k |g_k|; variance = tr Cov(g), unbiased; relative = tr Cov(g) / |mean_k g_k|^2, NaN where
    the mean gradient is zero.
    """
    variance = gradients.var(0, correction=1).sum(1)
    return {
        "generator_gradient_norm": gradients.norm(dim=2).mean(0),
        "gradient_variance": variance,
        "relative_variance": variance / gradients.mean(0).square().sum(1),
    }
