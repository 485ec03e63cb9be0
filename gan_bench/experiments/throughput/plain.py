"""The yardstick: the training loop of one seed that a user would write, with standard modules and optimisers.

Separate passes for real and fake, autograd for the penalty, torch's own spectral normalisation and
optimisers at their defaults. Only the draws of data and latents are shared with the stacked trainer.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrizations

from gan_bench.data.toy import Dataset
from gan_bench.experiments.modules import Networks
from gan_bench.methods.constraints import Clip, GradientPenalty
from gan_bench.methods.method import Method
from gan_bench.methods.optimisers import SGD, Adam, Optimiser, RMSProp
from gan_bench.methods.spectral import Spectral
from gan_bench.seeds import Streams, forked, generator

_WRITTEN = (Clip, GradientPenalty, Spectral)


def cannot(method: Method) -> str:
    """Why no plain loop is written for a method; empty where one is."""
    other = [type(c).__name__ for c in method.constraints if type(c) not in _WRITTEN]
    if other:
        return f"no plain loop is written for {other[0]}"
    if method.updates != "alternating" or method.critic_warm_up or method.generator_average:
        return "no plain loop is written for its schedule of updates"
    return "no plain loop is written for class labels" if method.conditional or method.grows else ""


class PlainLoop:
    """One seed of a method that `cannot` has nothing against."""

    def __init__(
        self,
        method: Method,
        dataset: Dataset,
        nets: Networks,
        seed: int,
        *,
        batch: int,
        latent: int,
        device: str = "cpu",
    ) -> None:
        self.method, self.dataset, self.batch, self.latent = method, dataset, batch, latent
        self.streams = Streams((seed,), device=device)
        self.source = generator(seed, "plain", device)
        with forked(seed, "init/plain"):
            self.generator, self.critic = (
                make().to(device).train() for make in (nets.generator, nets.critic)
            )
        self.clip: float | None = None
        self.weight = 0.0
        for constraint in method.constraints:
            self._constrain(constraint)
        self.critic_optimiser = _standard(method.critic_optimiser, self.critic)
        self.generator_optimiser = _standard(method.generator_optimiser, self.generator)

    def _constrain(self, constraint: Any) -> None:
        if isinstance(constraint, Clip):
            self.clip = constraint.c
        elif isinstance(constraint, GradientPenalty):
            self.weight = constraint.weight
        else:
            for layer in list(self.critic.modules()):
                if isinstance(layer, nn.Linear | nn.Conv2d):
                    parametrizations.spectral_norm(layer)

    def run(self, steps: int) -> None:
        """Take so many generator steps, each after its critic steps."""
        for _ in range(steps):
            for _ in range(self.method.n_critic):
                self._critic_step()
            self.generator_optimiser.zero_grad()
            scores = self._scores(self.generator(self._noise()))
            self.method.objective.generator_loss(scores).sum().backward()
            self.generator_optimiser.step()

    def _critic_step(self) -> None:
        real = self.dataset.batch(self.batch, self.streams)[0][0]
        fake = self.generator(self._noise()).detach()
        loss = self.method.objective.critic_loss(self._scores(real), self._scores(fake)).sum()
        if self.weight:
            loss = loss + self.weight * self._penalty(real, fake)
        self.critic_optimiser.zero_grad()
        loss.backward()
        self.critic_optimiser.step()
        if self.clip is not None:
            with torch.no_grad():
                for parameter in self.critic.parameters():
                    parameter.clamp_(-self.clip, self.clip)

    def _penalty(self, real: Tensor, fake: Tensor) -> Tensor:
        sizes = (self.batch, *[1] * (real.dim() - 1))
        mix = torch.rand(sizes, generator=self.source, device=real.device)
        points = (mix * real + (1 - mix) * fake).requires_grad_()
        (slopes,) = torch.autograd.grad(self.critic(points).sum(), points, create_graph=True)
        return (slopes.flatten(1).norm(dim=1) - 1).square().mean()

    def _scores(self, x: Tensor) -> Tensor:
        """Scores (1, B): objectives have a seed axis."""
        return self.critic(x).reshape(1, -1)

    def _noise(self) -> Tensor:
        sizes = (self.batch, self.latent)
        return torch.randn(sizes, generator=self.source, device=self.streams.device)


def _standard(optimiser: Optimiser, module: nn.Module) -> torch.optim.Optimizer:
    """torch's optimiser with its default implementation, as a user would call it."""
    rate = optimiser.learning_rate
    if isinstance(optimiser, Adam):
        return torch.optim.Adam(module.parameters(), rate, optimiser.betas)
    if isinstance(optimiser, RMSProp):
        return torch.optim.RMSprop(module.parameters(), rate, optimiser.alpha)
    if isinstance(optimiser, SGD):
        return torch.optim.SGD(module.parameters(), rate)
    return optimiser.build(module.parameters())
