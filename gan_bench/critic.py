"""The critic's half of the training loop: S seeds at once, between two sources of samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial

import torch
from torch import Tensor

from gan_bench.errors import PluginError
from gan_bench.methods.method import Method
from gan_bench.nets.stack import Factory, Parameters, Stack
from gan_bench.seeds import Streams

# Fresh samples (S, B, *shape), drawn from the streams of all seeds.
Source = Callable[[Streams], Tensor]
# Scores (S, B) of real and of fake samples, and the penalty (S,) where there is one.
Judged = tuple[tuple[Tensor, Tensor], Tensor | None]


class CriticTrainer:
    """A stacked critic, its optimiser and constraints, trained between real and fake samples.

    first_bad (S,) is the first step (from 1) after which a loss was not finite, -1 while there is none.
    losses holds the last update's, each (S,); the critic's is without its penalty. labels are the classes
    (S, B) of the present batch, which its real and fake samples share, None where the method has no use
    for them; whoever draws the batch sets them.
    """

    def __init__(
        self,
        method: Method,
        critic: Factory,
        seeds: Sequence[int],
        real: Source,
        fake: Source,
        *,
        device: str = "cpu",
        dtype: torch.dtype = torch.float32,
        mixed_precision: bool = False,
        channels_last: bool = False,
    ) -> None:
        """mixed_precision: networks compute in bfloat16; parameters, losses and penalties stay in dtype.

        channels_last: see Stack. On a CPU the two go together: under vmap convolutions stay in dtype there.
        """
        self.method = method
        self.real, self.fake = real, fake
        # Consensus updates differentiate the networks twice, which takes full precision.
        self.mixed_precision = mixed_precision and method.updates != "consensus"
        self.labels: Tensor | None = None
        self.streams = Streams(seeds, device=device, dtype=dtype)
        self._make = partial(
            trainable_stack, seeds=seeds, device=device, dtype=dtype, channels_last=channels_last
        )
        self.critic = self._make(critic, role="critic")
        with torch.no_grad():
            method.start(self.critic.trainable)
        self.states = method.init_state(self.critic.trainable)
        self.critic_optimiser = method.critic_optimiser.build(self.critic.trainable.values())
        self.losses: dict[str, Tensor] = {}
        # On the device: no synchronisation while training.
        self.first_bad = torch.full((len(self.streams.seeds),), -1, device=device)
        self._watched = torch.zeros((), dtype=torch.int64, device=device)
        self.step = 0

    def train_critic(self, steps: int) -> None:
        """Take that many critic steps, each counted and watched."""
        for _ in range(steps):
            self.critic_step()
            self.watch()
            self.step += 1

    def critic_step(self) -> None:
        """One step of the critic on fresh real and fake samples, then the constraints' projections."""
        self.critic_gradient()
        self.move_critic()

    def critic_gradient(self) -> None:
        """Leave the gradient of the critic's loss, on fresh samples, in the critic's parameters."""
        real = self.real(self.streams)
        with torch.no_grad():
            fake = self.fake(self.streams).detach()  # a view of a parameter would keep its graph
        self.critic_optimiser.zero_grad()
        self.critic_loss(real, fake).sum().backward()

    def move_critic(self) -> None:
        """Step the optimiser, project the parameters, advance the constraints' states."""
        self.critic_optimiser.step()
        with torch.no_grad():
            self.method.project(self.critic.trainable)
            self.states = self.method.advance(self.critic.trainable, self.states)

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Critic loss with its penalty, (S,), of samples (S, B, *shape); `losses` keeps the two apart."""
        terms = self.critic_terms(*self.method.inputs(real, fake, self.streams), self.streams)
        self._keep(terms)
        return total(terms)

    def critic_terms(self, real: Tensor, fake: Tensor, streams: Streams) -> dict[str, Tensor]:
        """The critic's loss and, where it has one, its penalty, (S,) each, of what the critic is shown."""
        both = self._in_one_pass if self._fits_one_pass(real, fake) else self._apart
        (of_real, of_fake), penalty = both(real, fake, streams)
        loss = self.method.objective.critic_loss(of_real, of_fake)
        return {"critic_loss": loss} if penalty is None else {"critic_loss": loss, "penalty": penalty}

    def _fits_one_pass(self, real: Tensor, fake: Tensor) -> bool:
        """Whether the critic is piecewise linear, and nothing but its own parameters is differentiated."""
        fits = self.critic.piecewise is not None and self.method.penalises_slopes_only
        return fits and not (self.mixed_precision or real.requires_grad or fake.requires_grad)

    def _in_one_pass(self, real: Tensor, fake: Tensor, streams: Streams) -> Judged:
        constraints, points = self.method.points(real, fake, streams)
        assert self.critic.piecewise is not None
        parameters = {**self.critic.parameters, **self.effective}
        places = torch.cat(points, 1) if points else real[:, :0]
        scores, slopes = self.critic.piecewise(parameters, torch.cat([real, fake], 1), places)
        parts = slopes.split([place.shape[1] for place in points], 1) if points else ()
        costs = [constraint.cost(part) for constraint, part in zip(constraints, parts, strict=True)]
        penalty = sum(costs[1:], costs[0]) if costs else None
        return (scores[:, : real.shape[1]], scores[:, real.shape[1] :]), penalty

    def _apart(self, real: Tensor, fake: Tensor, streams: Streams) -> Judged:
        effective, labels = self.effective, self.labels

        def critic(x: Tensor) -> Tensor:
            return self.scored(x, effective, labels)

        def precise(x: Tensor) -> Tensor:
            return self.scored(x, effective, labels, mixed=False)

        scores = self.score_both(critic, real, fake)
        return scores, self.method.penalty(precise, real, fake, streams)

    @property
    def effective(self) -> Parameters:
        """The parameters that the critic is evaluated with, with the constraints' reparametrisation."""
        return self.method.reparametrise(self.critic.trainable, self.states)

    def scores(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Critic scores (S, B) of samples, with the constraints' reparametrisation applied."""
        return self.scored(x, self.effective, labels)

    def scored(
        self, x: Tensor, parameters: Parameters, labels: Tensor | None = None, *, mixed: bool = True
    ) -> Tensor:
        """Scores (S, B) under other parameters, also of a critic that ends in one output, (S, B, 1).

        labels (S, b) of the samples, where B may be a multiple of b: real samples and then fake ones. mixed
        = False computes in full precision whatever the trainer's is: second derivatives need it.
        """
        if labels is not None:
            labels = labels.repeat(1, x.shape[1] // labels.shape[1])
        with self.computing(mixed=mixed):
            scores = self.critic(x, parameters, labels=labels)
        scores = scores.to(self.streams.dtype)
        return scores.squeeze(-1) if scores.dim() == 3 else scores

    def computing(self, *, mixed: bool = True) -> AbstractContextManager[object]:
        """The context that networks are applied in: bfloat16 products where the trainer has them."""
        if not (mixed and self.mixed_precision):
            return nullcontext()
        return torch.autocast(self.streams.device.type, dtype=torch.bfloat16)

    def score_both(
        self, critic: Callable[[Tensor], Tensor], real: Tensor, fake: Tensor
    ) -> tuple[Tensor, Tensor]:
        """Scores of real and fake, in one pass where the critic has no batch statistics."""
        if self.critic.has_batch_statistics:  # real and fake must not share their statistics
            return critic(real), critic(fake)
        scores = critic(torch.cat([real, fake], 1))
        return scores[:, : real.shape[1]], scores[:, real.shape[1] :]

    def watch(self) -> None:
        """Mark the seeds whose last losses were not finite; called once in every step, at its end."""
        self._watched += 1
        total = torch.stack(list(self.losses.values())).sum(0)
        self._mark(~total.isfinite(), self._watched)

    def mark(self, bad: Tensor) -> None:
        """Record the present step for seeds (S,) that are bad for the first time."""
        self._mark(bad, self.step)

    def _mark(self, bad: Tensor, step: Tensor | int) -> None:
        self.first_bad.copy_(torch.where(bad & (self.first_bad < 0), step, self.first_bad))

    def _keep(self, losses: dict[str, Tensor]) -> None:
        """Keep the last update's losses, without the graph that they came from."""
        self.losses.update({name: loss.detach() for name, loss in losses.items()})


def total(terms: dict[str, Tensor]) -> Tensor:
    """Sum of a player's terms, (S,)."""
    loss, *penalties = terms.values()
    return sum(penalties, loss)


def trainable_stack(
    factory: Factory,
    seeds: Sequence[int],
    role: str,
    *,
    device: str,
    dtype: torch.dtype,
    channels_last: bool = False,
) -> Stack:
    """Return the stack of a player; raises PluginError where it has nothing to train."""
    stack = Stack(factory, seeds, role, device=device, dtype=dtype, channels_last=channels_last)
    if not stack.trainable:
        raise PluginError(f"the {role} has no parameter that could be trained")
    return stack
