"""The one training loop: S seeds at once, alternating or simultaneous updates, a clock around them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gan_bench.critic import CriticTrainer, trainable_stack
from gan_bench.data.toy import Dataset
from gan_bench.methods.method import Method
from gan_bench.nets.stack import Factory, Stack


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


class Trainer(CriticTrainer):
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
        super().__init__(
            method,
            critic,
            seeds,
            lambda streams: dataset.batch(batch_size, streams)[0],
            lambda _: self.generator(self.latents("critic")),
            device=device,
            dtype=dtype,
        )
        self.dataset = dataset
        self.batch_size, self.latent = batch_size, latent
        self.generator = trainable_stack(generator, seeds, "generator", device=device, dtype=dtype)
        self.generator_optimiser = method.generator_optimiser.build(self.generator.trainable.values())
        self.seconds = 0.0

    def run(self, steps: Sequence[int], on_snapshot: Callable[[Snapshot], None]) -> None:
        """Train to each of the increasing steps in turn; on_snapshot is called there, outside the clock."""
        update = self._simultaneous if self.method.updates == "simultaneous" else self._alternating
        for target in steps:
            started = self._now()
            while self.step < target:
                update()
                self.step += 1
                self.watch()
            self.seconds += self._now() - started
            with self.generator.frozen(), self.critic.frozen():
                on_snapshot(self.snapshot())

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
        self.mark(~torch.stack(finite).all(0))
        return Snapshot(
            step=self.step,
            seconds=self.seconds,
            first_bad=self.first_bad.clone(),
            generator=self.generator,
            critic=self.scores,
            critic_parameters={**self.critic.parameters, **self.effective},
            losses={name: value.detach() for name, value in self.losses.items()},
            gradients={"critic": _gradients(self.critic), "generator": _gradients(self.generator)},
        )

    def generator_step(self) -> None:
        """One step of the generator; the critic's parameters take no gradient."""
        self.generator_gradient()
        self.generator_optimiser.step()

    def generator_gradient(self) -> None:
        """Leave the gradient of the generator's loss, on fresh latents, in the generator's parameters."""
        parameters = {name: value.detach() for name, value in self.critic.trainable.items()}
        fixed = self.method.reparametrise(parameters, self.states)
        self.generator_optimiser.zero_grad()
        self.generator_loss(lambda x: self.scored(x, fixed)).sum().backward()

    def generator_loss(self, critic: Callable[[Tensor], Tensor]) -> Tensor:
        """Generator loss (S,) on fresh latents, as a critic scores them."""
        fake = self.generator(self.latents("generator"))
        objective = self.method.objective
        if getattr(objective, "generator_sees_real", False):
            real, _ = self.dataset.batch(self.batch_size, self.streams)
            real, fake = self.method.inputs(real, fake, self.streams)
            real_scores, fake_scores = self.score_both(critic, real, fake)
            loss = objective.generator_loss(fake_scores, real_scores)
        else:
            _, fake = self.method.inputs(fake.detach(), fake, self.streams)
            loss = objective.generator_loss(critic(fake))
        self.losses["generator_loss"] = loss
        return loss

    def _alternating(self) -> None:
        for _ in range(self.method.critic_steps(self.step)):
            self.critic_step()
        self.generator_step()

    def _simultaneous(self) -> None:
        """Both players' gradients at the same point, then both steps."""
        self.critic_gradient()
        self.generator_step()
        self.move_critic()

    def _now(self) -> float:
        if self.streams.device.type == "cuda":
            torch.cuda.synchronize(self.streams.device)
        return time.perf_counter()


def _gradients(stack: Stack) -> dict[str, Tensor]:
    return {name: p.grad.detach() for name, p in stack.trainable.items() if p.grad is not None}
