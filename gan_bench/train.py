"""The one training loop: S seeds at once, one update of both players after another, a clock around them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field

import torch
from torch import Tensor

from gan_bench.averaging import Average
from gan_bench.capture import Captured, Graphs
from gan_bench.critic import CriticTrainer, total
from gan_bench.data.toy import Dataset
from gan_bench.methods.method import Method
from gan_bench.nets.stack import Factory, Stack
from gan_bench.seeds import Streams
from gan_bench.updates import UPDATES

# A network as evaluation sees it: samples, and labels (S, B) or None where it has no use for classes.
Player = Callable[..., Tensor]


@dataclass(frozen=True)
class Snapshot:
    """The state of all seeds after `step` generator steps.

    generator maps latents (S, B, latent) to samples (S, B, *shape), by its average where the method asks for
    one, and critic samples to scores (S, B), as the critic stands: its spectral state does not advance. Both
    take labels (S, B) as second argument where the method is conditional.
    Losses (S,) and gradients (layer name -> (S, ...)) are those of the last update; both are empty at step
    0. Gradients and parameters are the training's own and change when it goes on. first_bad (S,) is the first
    step (from 1; 0 for the start itself) after which a loss or parameter was not finite, -1 for a healthy
    seed.
    """

    step: int
    seconds: float
    first_bad: Tensor
    generator: Player
    critic: Player
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
        mixed_precision: bool = False,
        channels_last: bool = False,
        graphs: Graphs | None = None,
    ) -> None:
        """graphs: what captures the steps of `run`; without it they are eager."""
        super().__init__(
            method,
            critic,
            seeds,
            self._real,
            lambda _: self.generated(self.latents("critic"), self.labels),
            device=device,
            dtype=dtype,
            mixed_precision=mixed_precision,
            channels_last=channels_last,
        )
        self.dataset = dataset
        self.batch_size, self.latent = batch_size, latent
        self.generator = self._make(generator, role="generator")
        self.generator_optimiser = method.generator_optimiser.build(self.generator.trainable.values())
        decay = method.generator_average
        self.average = Average(self.generator, decay) if decay else None
        self.seconds = 0.0
        self._captured = Captured(self, graphs) if graphs else None

    def run(self, steps: Sequence[int], on_snapshot: Callable[[Snapshot], None]) -> None:
        """Train to each of the increasing steps in turn; on_snapshot is called there, outside the clock."""
        for target in steps:
            started = self._now()
            with self._captured.graphs.running() if self._captured else nullcontext():
                while self.step < target:
                    self._grow(self.step / steps[-1])
                    (self._captured or self.update)()
                    self.step += 1
            self.seconds += self._now() - started
            self._grow(self.step / steps[-1] if steps[-1] else 1.0)
            with self.generator.frozen(), self.critic.frozen():
                on_snapshot(self.snapshot())

    @property
    def execution(self) -> str:
        """How steps were taken: "captured", or "eager" with the reason where capturing was asked for."""
        return self._captured.execution if self._captured else "eager"

    def update(self) -> None:
        """One update of both players, watched; `step` is the caller's to count."""
        UPDATES[self.method.updates](self)
        self.watch()

    def _grow(self, progress: float) -> None:
        """Tell networks that change while training how much of it is done, in [0, 1]."""
        self.generator.grow(progress)
        self.critic.grow(progress)

    def evaluated(self, latents: Tensor, labels: Tensor | None = None) -> Tensor:
        """Samples of the generator's average where the method asks for one, else of itself."""
        return self.generated(latents, labels, self.average or self.generator)

    def generated(
        self, latents: Tensor, labels: Tensor | None = None, generator: Stack | Average | None = None
    ) -> Tensor:
        """Samples (S, B, *shape) of the generator, or of another one, as training computes them."""
        with self.computing():
            samples = (generator or self.generator)(latents, labels=labels)
        return samples.to(self.streams.dtype)

    def _real(self, streams: Streams) -> Tensor:
        """Fresh real samples; their classes become those of the batch where the method is conditional."""
        samples, labels = self.dataset.batch(self.batch_size, streams)
        self.labels = labels if self.method.conditional else None
        return samples

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
            generator=self.evaluated,
            critic=self.scores,
            critic_parameters={**self.critic.parameters, **self.effective},
            losses={name: value.clone() for name, value in self.losses.items()},
            gradients={"critic": _gradients(self.critic), "generator": _gradients(self.generator)},
        )

    def generator_step(self) -> None:
        """One step of the generator; the critic's parameters take no gradient."""
        self.generator_gradient()
        self.move_generator()

    def move_generator(self) -> None:
        """Step the optimiser, then the average where there is one."""
        self.generator_optimiser.step()
        if self.average is not None:
            self.average.update()

    def generator_gradient(self) -> None:
        """Leave the gradient of the generator's loss, on fresh latents, in the generator's parameters."""
        parameters = {name: value.detach() for name, value in self.critic.trainable.items()}
        fixed = self.method.reparametrise(parameters, self.states)
        self.generator_optimiser.zero_grad()
        self.generator_loss(lambda x: self.scored(x, fixed, self.labels)).sum().backward()

    def generator_loss(self, critic: Callable[[Tensor], Tensor]) -> Tensor:
        """Generator loss (S,) on fresh latents, as a critic scores them."""
        # Fresh classes come with fresh real samples, which most objectives have no use for here.
        real = self.real(self.streams) if self._sees_real or self.method.conditional else None
        fake = self.generated(self.latents("generator"), self.labels)
        real = fake.detach() if real is None else real
        loss = self.generator_term(critic, *self.method.inputs(real, fake, self.streams))
        self._keep({"generator_loss": loss})
        return loss

    def generator_term(self, critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor) -> Tensor:
        """Generator loss (S,) of what the critic is shown; real counts for relativistic objectives only."""
        if not self._sees_real:
            return self.method.objective.generator_loss(critic(fake))
        real_scores, fake_scores = self.score_both(critic, real, fake)
        return self.method.objective.generator_loss(fake_scores, real_scores)

    @property
    def _sees_real(self) -> bool:
        return bool(getattr(self.method.objective, "generator_sees_real", False))

    def joint_batch(self) -> tuple[Tensor, Tensor]:
        """Fresh real and fake samples (S, B, *shape); fake carries the generator's graph."""
        real = self.real(self.streams)
        return real, self.generated(self.latents("critic"), self.labels)

    def joint_losses(
        self, real: Tensor, fake: Tensor, streams: Streams | None = None
    ) -> tuple[Tensor, Tensor]:
        """Critic loss with its penalty and generator loss, each (S,), on the same samples.

        Differentiable, and twice so, in the parameters of both players where fake carries the generator's
        graph. streams: where noise and interpolates are drawn from, the trainer's own unless given; those
        given leave `losses` as it is.
        """
        real, fake = self.method.inputs(real, fake, streams or self.streams)
        terms = self.critic_terms(real, fake, streams or self.streams)
        loss = self.generator_term(lambda x: self.scores(x, self.labels), real, fake)
        if streams is None:
            self._keep({**terms, "generator_loss": loss})
        return total(terms), loss

    def _now(self) -> float:
        if self.streams.device.type == "cuda":
            torch.cuda.synchronize(self.streams.device)
        return time.perf_counter()


def _gradients(stack: Stack) -> dict[str, Tensor]:
    return {name: p.grad.detach() for name, p in stack.trainable.items() if p.grad is not None}
