"""The game of one seed as a vector field on a fixed batch, and products with its Jacobian."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from gan_bench.data.toy import ToyDataset
from gan_bench.experiments.modules import Networks
from gan_bench.methods.method import Method
from gan_bench.seeds import Streams
from gan_bench.train import Trainer
from gan_bench.updates import joint_gradients

Product = Callable[[np.ndarray], np.ndarray]


class Game:
    """v(w) = minus what both players descend, w = (critic's, generator's parameters), (n,), of one seed.

    Each player's gradient is that of its own loss, penalty included, and of consensus updates the pull, by
    the training code itself; real samples, latents, noise and interpolates are the same at every call.
    Singular vectors of spectral normalisation stand still, as they do in a training step.
    """

    def __init__(
        self, method: Method, dataset: ToyDataset, nets: Networks, settings: Mapping[str, Any], seed: int
    ) -> None:
        size, self.device = settings["field_batch"], settings["device"]
        # A pair of its own with one seed: an eigenvalue search then costs that seed's products alone.
        self.pair = Trainer(
            method,
            dataset,
            nets.generator,
            nets.critic,
            (seed,),
            batch_size=size,
            latent=settings["latent"],
            device=self.device,
            dtype=torch.float64,
        )
        shape = (size, settings["latent"])
        self.real = dataset.held_out(size, self.pair.streams, "spectrum")
        self.latents = self._draws().normal("latents", shape)

    def _draws(self) -> Streams:
        """Streams that start anew, apart from training's."""
        mine = self.pair.streams
        return Streams(mine.seeds, device=mine.device, dtype=mine.dtype, prefix="spectrum/")

    @property
    def parameters(self) -> list[Tensor]:
        """The trainable parameters, each (1, ...): the critic's, then the generator's."""
        stacks = (self.pair.critic, self.pair.generator)
        return [value for stack in stacks for value in stack.trainable.values()]

    @property
    def point(self) -> Tensor:
        """The parameters as one vector w, (n,)."""
        return flat(self.parameters).detach()

    @torch.no_grad()
    def copy(self, trainer: Trainer, index: int) -> None:
        """Take over the parameters, buffers and constraints' states of one seed of a trainer."""
        for mine, theirs in (
            (self.pair.critic, trainer.critic),
            (self.pair.generator, trainer.generator),
        ):
            for name, value in theirs.parameters.items():
                mine.parameters[name].copy_(value[[index]])
            for name, value in theirs.buffers.items():
                mine.buffers[name].copy_(value[[index]])
        self.pair.states = [
            {name: tuple(part[[index]] for part in parts) for name, parts in state.items()}
            for state in trainer.states
        ]

    @torch.no_grad()
    def place(self, point: Tensor) -> None:
        """Move to w (n,); the constraints' states start anew there."""
        for value, part in zip(self.parameters, _split(point, self.parameters), strict=True):
            value.copy_(part)
        self.pair.states = self.pair.method.init_state(self.pair.critic.trainable)

    def field(self, *, create_graph: bool = False) -> Tensor:
        """Return v (n,) at the present point; differentiable in the parameters on request."""
        with self.pair.critic.frozen(), self.pair.generator.frozen():
            fake = self.pair.generator(self.latents)
            losses = self.pair.joint_losses(self.real, fake, self._draws())
            gradients = joint_gradients(self.pair, losses, create_graph=create_graph)
        return -flat(gradients)

    def product(self, field: Tensor, rates: Tensor | None = None) -> Product:
        """Return u -> J^T P u, J the Jacobian of `field` (with its graph), P = diag(rates), one unless given.

        P v is a step of the players, P J its Jacobian, and J^T P has the eigenvalues of that: vectors
        times a Jacobian cost one backward pass.
        """

        def product(u: np.ndarray) -> np.ndarray:
            vector = torch.as_tensor(u.real, dtype=field.dtype, device=field.device).flatten()
            scaled = vector if rates is None else rates * vector
            pulled = torch.autograd.grad(
                field, self.parameters, scaled, retain_graph=True, materialize_grads=True
            )
            return flat(list(pulled)).cpu().numpy()

        return product


def rates(trainer: Trainer, index: int) -> Tensor | None:
    """Diagonal P (n,) of one seed's next step w + P v, per generator step; None where the optimiser has none.

    Learning rate over the root of the second moment as it stands, the critic's times its steps per
    generator step; momentum is left out. Known for Adam, RMSProp and SGD, of the former two after a step.
    """
    parts = []
    for stack, optimiser, steps in (
        (trainer.critic, trainer.critic_optimiser, trainer.method.n_critic),
        (trainer.generator, trainer.generator_optimiser, 1),
    ):
        for value in stack.trainable.values():
            rate = _rate(optimiser, value)
            if rate is None:
                return None
            parts.append(steps * rate[index].flatten())
    return torch.cat(parts)


def _rate(optimiser: torch.optim.Optimizer, value: Tensor) -> Tensor | None:
    group, state = optimiser.param_groups[0], optimiser.state.get(value, {})
    if isinstance(optimiser, torch.optim.SGD):
        return torch.full_like(value, group["lr"])
    if isinstance(optimiser, torch.optim.Adam) and "exp_avg_sq" in state:
        moment = state["exp_avg_sq"] / (1 - group["betas"][1] ** float(state["step"]))
    elif isinstance(optimiser, torch.optim.RMSprop) and "square_avg" in state:
        moment = state["square_avg"]
    else:
        return None
    return group["lr"] / (moment.sqrt() + group["eps"])


def flat(parts: list[Tensor]) -> Tensor:
    """Join tensors to one vector (n,)."""
    return torch.cat([part.reshape(-1) for part in parts])


def _split(vector: Tensor, like: list[Tensor]) -> list[Tensor]:
    pieces = vector.split([value.numel() for value in like])
    return [piece.view_as(value) for piece, value in zip(pieces, like, strict=True)]
