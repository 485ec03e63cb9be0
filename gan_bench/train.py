"""The one training loop: S seeds at once, alternating or simultaneous updates, a clock around them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gan_bench.data.toy import Dataset
from gan_bench.errors import PluginError
from gan_bench.methods.method import Method
from gan_bench.nets.stack import Factory, Parameters, Stack
from gan_bench.seeds import Streams


@dataclass(frozen=True)
class Snapshot:
    """The state of all seeds after `step` generator steps.

    generator maps latents (S, B, latent) to samples (S, B, *shape) and critic samples to scores (S, B), as
    the critic stands: its spectral state does not advance. Losses (S,) and gradients (layer name ->
    (S, ...)) are those of the last update; both are empty at step 0. first_bad (S,) is the first step
    (from 1; 0 for the start itself) after which a loss or parameter was not finite, -1 for a healthy seed.
    """

    step: int
    seconds: float
    first_bad: Tensor
    generator: Callable[[Tensor], Tensor]
    critic: Callable[[Tensor], Tensor]
    critic_parameters: dict[str, Tensor]
    losses: dict[str, Tensor] = field(default_factory=dict)
    gradients: dict[str, dict[str, Tensor]] = field(default_factory=dict)


class Trainer:
    """Two stacked networks, their optimisers, and the updates of one method."""

    def __init__(
        self,
        method: Method,
        dataset: Dataset,
        generator: Factory,
        critic: Factory,
        seeds: Sequence[int],
        *,
        batch_size: int,
        latent: int,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
    ) -> None:
        self.method, self.dataset = method, dataset
        self.batch_size, self.latent = batch_size, latent
        self.streams = Streams(seeds, device=device, dtype=dtype)
        self.generator = Stack(generator, seeds, "generator", device=device, dtype=dtype)
        self.critic = Stack(critic, seeds, "critic", device=device, dtype=dtype)
        for role, stack in (("generator", self.generator), ("critic", self.critic)):
            if not stack.trainable:
                raise PluginError(f"the {role} has no parameter that could be trained")
        with torch.no_grad():
            method.start(self.critic.trainable)
        self.states = method.init_state(self.critic.trainable)
        self.critic_optimiser = method.critic_optimiser.build(self.critic.trainable.values())
        self.generator_optimiser = method.generator_optimiser.build(self.generator.trainable.values())
        self.losses: dict[str, Tensor] = {}
        # First step whose losses were not finite, per seed; -1 while there is none. On the device: no sync.
        self.first_bad = torch.full((len(self.streams.seeds),), -1, device=device)
        self.step = 0
        self.seconds = 0.0

    def run(self, steps: Sequence[int], on_snapshot: Callable[[Snapshot], None]) -> None:
        """Train to each of the increasing steps in turn; on_snapshot is called there, outside the clock."""
        update = self._simultaneous if self.method.updates == "simultaneous" else self._alternating
        for target in steps:
            started = self._now()
            while self.step < target:
                update()
                self.step += 1
                self._watch()
            self.seconds += self._now() - started
            with self.generator.frozen(), self.critic.frozen():
                on_snapshot(self.snapshot())

    def scores(self, x: Tensor) -> Tensor:
        """Critic scores (S, B) of samples, with the constraint's reparametrisation applied."""
        return self._scored(x, self.method.reparametrise(self.critic.trainable, self.states))

    def _scored(self, x: Tensor, parameters: Parameters) -> Tensor:
        """Scores (S, B), also of a critic that ends in one output per sample, (S, B, 1)."""
        scores = self.critic(x, parameters)
        return scores.squeeze(-1) if scores.dim() == 3 else scores

    def latents(self, purpose: str) -> Tensor:
        """The next standard normal latents (S, B, latent) of one purpose."""
        return self.streams.normal(f"noise/{purpose}", (self.batch_size, self.latent))

    def snapshot(self) -> Snapshot:
        """Describe the present state; parameters are looked up when its functions are called."""
        finite = [
            value.detach().isfinite().flatten(1).all(1)
            for stack in (self.generator, self.critic)
            for value in stack.trainable.values()
        ]
        self._mark(~torch.stack(finite).all(0))
        return Snapshot(
            step=self.step,
            seconds=self.seconds,
            first_bad=self.first_bad.clone(),
            generator=self.generator,
            critic=self.scores,
            critic_parameters={
                **self.critic.parameters,
                **self.method.reparametrise(self.critic.trainable, self.states),
            },
            losses={name: value.detach() for name, value in self.losses.items()},
            gradients={"critic": _gradients(self.critic), "generator": _gradients(self.generator)},
        )

    def _alternating(self) -> None:
        for _ in range(self.method.critic_steps(self.step)):
            self.critic_step()
        self.generator_step()

    def critic_step(self) -> None:
        """One step of the critic on fresh real and fake samples, then the constraints' projections."""
        with torch.no_grad():
            fake = self.generator(self.latents("critic"))
        real, _ = self.dataset.batch(self.batch_size, self.streams)
        self.critic_optimiser.zero_grad()
        self._critic_loss(real, fake).sum().backward()
        self._move_critic()

    def generator_step(self) -> None:
        """One step of the generator; the critic's parameters take no gradient."""
        parameters = {name: value.detach() for name, value in self.critic.trainable.items()}
        fixed = self.method.reparametrise(parameters, self.states)
        self.generator_optimiser.zero_grad()
        self._generator_loss(lambda x: self._scored(x, fixed)).sum().backward()
        self.generator_optimiser.step()

    def _simultaneous(self) -> None:
        """Both players' gradients at the same point, then both steps."""
        self.critic_optimiser.zero_grad()
        with torch.no_grad():
            fake = self.generator(self.latents("critic"))
        real, _ = self.dataset.batch(self.batch_size, self.streams)
        self._critic_loss(real, fake).sum().backward()
        self.generator_step()
        self._move_critic()

    def _critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        real, fake = self.method.inputs(real, fake, self.streams)
        effective = self.method.reparametrise(self.critic.trainable, self.states)

        def critic(x: Tensor) -> Tensor:
            return self._scored(x, effective)

        loss = self.method.objective.critic_loss(*self._score_both(critic, real, fake))
        penalty = self.method.penalty(critic, real, fake, self.streams)
        self.losses["critic_loss"] = loss
        if penalty is None:
            return loss
        self.losses["penalty"] = penalty
        return loss + penalty

    def _generator_loss(self, critic: Callable[[Tensor], Tensor]) -> Tensor:
        fake = self.generator(self.latents("generator"))
        objective = self.method.objective
        if getattr(objective, "generator_sees_real", False):
            real, _ = self.dataset.batch(self.batch_size, self.streams)
            real, fake = self.method.inputs(real, fake, self.streams)
            real_scores, fake_scores = self._score_both(critic, real, fake)
            loss = objective.generator_loss(fake_scores, real_scores)
        else:
            _, fake = self.method.inputs(fake.detach(), fake, self.streams)
            loss = objective.generator_loss(critic(fake))
        self.losses["generator_loss"] = loss
        return loss

    def _score_both(
        self, critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor
    ) -> tuple[Tensor, Tensor]:
        if self.critic.has_batch_statistics:  # real and fake must not share their statistics
            return critic(real), critic(fake)
        scores = critic(torch.cat([real, fake], 1))
        return scores[:, : real.shape[1]], scores[:, real.shape[1] :]

    def _move_critic(self) -> None:
        self.critic_optimiser.step()
        with torch.no_grad():
            self.method.project(self.critic.trainable)
            self.states = self.method.advance(self.critic.trainable, self.states)

    def _watch(self) -> None:
        total = torch.stack([loss.detach() for loss in self.losses.values()]).sum(0)
        self._mark(~total.isfinite())

    def _mark(self, bad: Tensor) -> None:
        self.first_bad = torch.where(bad & (self.first_bad < 0), self.step, self.first_bad)

    def _now(self) -> float:
        if self.streams.device.type == "cuda":
            torch.cuda.synchronize(self.streams.device)
        return time.perf_counter()


def _gradients(stack: Stack) -> dict[str, Tensor]:
    return {name: p.grad.detach() for name, p in stack.trainable.items() if p.grad is not None}
