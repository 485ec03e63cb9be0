"""How both players move: alternating, simultaneous, extragradient and consensus updates.

Each function is one update of all seeds. All but the alternating ones move both players from the same point,
with one critic step per generator step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

import torch
from torch import Tensor

from gan_bench.methods.method import Method
from gan_bench.nets.stack import Stack


class Pair(Protocol):
    """What an update needs of the two players; `gan_bench.train.Trainer` is one."""

    method: Method
    critic: Stack
    generator: Stack
    critic_optimiser: torch.optim.Optimizer
    generator_optimiser: torch.optim.Optimizer
    step: int

    def critic_step(self) -> None:
        """One step of the critic on fresh samples."""

    def generator_step(self) -> None:
        """One step of the generator on fresh latents."""

    def critic_gradient(self) -> None:
        """Leave the gradient of the critic's loss in its parameters."""

    def generator_gradient(self) -> None:
        """Leave the gradient of the generator's loss in its parameters."""

    def move_critic(self) -> None:
        """Step the critic's optimiser, project, advance the constraints' states."""

    def move_generator(self) -> None:
        """Step the generator's optimiser and its average."""

    def joint_batch(self) -> tuple[Tensor, Tensor]:
        """Fresh real and fake samples; fake carries the generator's graph."""

    def joint_losses(self, real: Tensor, fake: Tensor) -> tuple[Tensor, Tensor]:
        """Critic loss with its penalty and generator loss, each (S,), on the same samples."""


def alternating(pair: Pair) -> None:
    """The method's number of critic steps, then one generator step against the critic they lead to."""
    for _ in range(pair.method.critic_steps(pair.step)):
        pair.critic_step()
    pair.generator_step()


def simultaneous(pair: Pair) -> None:
    """Both players' gradients at the same point, then both steps."""
    pair.critic_gradient()
    pair.generator_step()
    pair.move_critic()


def extragradient(pair: Pair) -> None:
    """Step from here with the gradients of where a first step would lead (Gidel et al. 2019, alg. 3 and 4).

    1. extrapolate: both players take an ordinary step, projections included, on fresh samples;
    2. both gradients there, on fresh samples again; 3. both players return and step with those gradients.
    The optimisers' moments, and the state of spectral normalisation, are updated in both steps and never
    taken back, as in ExtraAdam of the source: only the parameters return. The average of the generator sees
    the second step only.
    """
    stacks = (pair.critic, pair.generator)
    origin = [value.detach().clone() for stack in stacks for value in stack.trainable.values()]
    pair.critic_gradient()
    pair.generator_gradient()
    pair.generator_optimiser.step()
    pair.move_critic()
    pair.critic_gradient()
    pair.generator_gradient()
    with torch.no_grad():
        for value, start in zip(_values(stacks), origin, strict=True):
            value.copy_(start)
    pair.move_generator()
    pair.move_critic()


def consensus(pair: Pair) -> None:
    """Both players follow v - gamma grad(|v|^2 / 2) on one batch (Mescheder et al. 2017, sec. 4).

    v is the players' joint field of negative gradients, each of its own loss, and |v|^2 a sum per seed; the
    optimisers are given minus that direction in place of a gradient. gamma is the method's consensus_gamma.
    """
    directions = joint_gradients(pair, pair.joint_losses(*pair.joint_batch()))
    for value, direction in zip(_values((pair.critic, pair.generator)), directions, strict=True):
        value.grad = direction
    pair.move_generator()
    pair.move_critic()


def joint_gradients(pair: Pair, losses: tuple[Tensor, Tensor], *, create_graph: bool = False) -> list[Tensor]:
    """What the parameters descend, the critic's and then the generator's, from losses (S,) of both players.

    Each player's gradient of its own loss, plus the pull of consensus updates where the method asks for them.
    """
    stacks = (pair.critic, pair.generator)
    pulled = pair.method.updates == "consensus" and pair.method.consensus_gamma > 0
    gradients = [
        gradient
        for loss, stack in zip(losses, stacks, strict=True)
        for gradient in torch.autograd.grad(
            loss.sum(),
            list(stack.trainable.values()),
            retain_graph=True,
            create_graph=create_graph or pulled,
            materialize_grads=True,
        )
    ]
    if not pulled:
        return gradients
    energy = 0.5 * torch.stack([gradient.square().sum() for gradient in gradients]).sum()
    pulls = torch.autograd.grad(energy, _values(stacks), create_graph=create_graph, materialize_grads=True)
    gamma = pair.method.consensus_gamma
    directions = [gradient + gamma * pull for gradient, pull in zip(gradients, pulls, strict=True)]
    return directions if create_graph else [direction.detach() for direction in directions]


def _values(stacks: Iterable[Stack]) -> list[Tensor]:
    return [value for stack in stacks for value in stack.trainable.values()]


UPDATES: dict[str, Callable[[Pair], None]] = {
    "alternating": alternating,
    "simultaneous": simultaneous,
    "extragradient": extragradient,
    "consensus": consensus,
}
