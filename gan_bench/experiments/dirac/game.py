"""The game of two numbers, played by the training loop: its vector field, Jacobian, and updates.

States are (S, k): theta, psi and, where the objective needs one, the critic's bias. S states are held at
once, on the seed axis of the trainer.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from functools import cached_property

import torch
from torch import Tensor, nn

from gan_bench.methods.method import Method, Updates
from gan_bench.methods.optimisers import SGD
from gan_bench.seeds import Streams
from gan_bench.train import Trainer
from gan_bench.updates import UPDATES, joint_gradients

# Four samples carry the symmetric noise of the real and of the fake side without pairing them.
BATCH = 4
_PATTERNS = torch.tensor([[1.0, -1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0], [1.0, -1.0, -1.0, 1.0]])


class Origin:
    """All mass at 0, on a line."""

    name = "origin"
    sample_shape = (1,)
    capabilities: frozenset[str] = frozenset()

    def batch(self, size: int, streams: Streams) -> tuple[Tensor, None]:
        """Zeros (S, size, 1)."""
        return torch.zeros(len(streams.seeds), size, 1, dtype=streams.dtype, device=streams.device), None

    def reference(self, n: int, part: str) -> Tensor:  # noqa: ARG002
        """Zeros (n, 1), whatever the part."""
        return torch.zeros(n, 1, dtype=torch.float64)


def point() -> nn.Linear:
    """The generator: latents (B, 1) -> theta, its only trainable parameter, whatever they are."""
    layer = nn.Linear(1, 1)
    nn.init.zeros_(layer.weight)
    layer.weight.requires_grad_(False)
    return layer


class Quadrature(Streams):
    """Draws replaced by nodes with the same first moments, so that the game has no chance in it.

    Normals are +-1 in equal shares (mean 0, variance 1: exact for the Jacobian at 0, which sees second
    moments only), the patterns of up to three purposes uncorrelated; uniforms are midpoints.
    """

    def normal(self, purpose: str, shape: Sequence[int]) -> Tensor:
        if purpose.startswith("noise/"):  # latents, which the generator does not look at
            return self._filled(torch.zeros(shape[0]), shape)
        order = self._orders.setdefault(purpose, len(self._orders))
        pattern = _PATTERNS[order % len(_PATTERNS)]
        return self._filled(pattern.repeat(-(-shape[0] // BATCH))[: shape[0]], shape)

    @cached_property
    def _orders(self) -> dict[str, int]:
        """Purposes in the order in which they were first asked for."""
        return {}

    def uniform(self, purpose: str, shape: Sequence[int]) -> Tensor:  # noqa: ARG002
        return self._filled((torch.arange(shape[0]) + 0.5) / shape[0], shape)

    def _filled(self, nodes: Tensor, shape: Sequence[int]) -> Tensor:
        nodes = nodes.to(dtype=self.dtype, device=self.device).view(1, -1, *[1] * (len(shape) - 1))
        return nodes.expand(len(self.seeds), *shape)


class Game:
    """S copies of one method's game, each at its own state.

    Every method is moved by plain gradient steps, whatever its own optimiser; constraints, projections and
    losses are the method's. updates and n_critic replace the method's own, but consensus updates, which are
    the method itself, stay.
    """

    def __init__(
        self,
        method: Method,
        copies: int,
        *,
        step_size: float = 0.2,
        updates: Updates = "simultaneous",
        n_critic: int = 1,
        device: str = "cpu",
        dtype: torch.dtype = torch.float64,
    ) -> None:
        self.updates = "consensus" if method.updates == "consensus" else updates
        self.method = dataclasses.replace(
            method,
            critic_optimiser=SGD(step_size),
            generator_optimiser=SGD(step_size),
            updates=self.updates,
            n_critic=n_critic if self.updates == "alternating" else 1,
            critic_warm_up=False,
            generator_average=0.0,
        )
        self.has_bias = needs_bias(method)
        self.trainer = Trainer(
            self.method,
            Origin(),
            point,
            lambda: nn.Linear(1, 1, bias=self.has_bias),
            range(copies),
            batch_size=BATCH,
            latent=1,
            device=device,
            dtype=dtype,
        )
        self.trainer.streams = Quadrature(range(copies), device=device, dtype=dtype)

    @property
    def parameters(self) -> list[Tensor]:
        """theta, the critic's weight and its bias, as the trainer holds them."""
        return [*self.trainer.generator.trainable.values(), *self.trainer.critic.trainable.values()]

    @property
    def signs(self) -> Tensor:
        """What turns the critic's weight into psi."""
        return torch.tensor([1.0, -1.0, 1.0])[: len(self.parameters)].to(self.parameters[0])

    @property
    def state(self) -> Tensor:
        """The present state (S, k)."""
        return torch.stack([value.detach().flatten() for value in self.parameters], 1) * self.signs

    @torch.no_grad()
    def set(self, state: Tensor) -> None:
        """Put all copies where state (S, 2 or k) says; a bias that is left out becomes 0."""
        columns = torch.nn.functional.pad(state, (0, len(self.parameters) - state.shape[1])) * self.signs
        for value, column in zip(self.parameters, columns.unbind(1), strict=True):
            value.copy_(column.view_as(value))

    @torch.no_grad()
    def project(self) -> None:
        """Apply the method's projections, as after a critic step."""
        self.method.project(self.trainer.critic.trainable)

    def update(self) -> None:
        """One update of both players; alternating ones move the generator first, as the source has it."""
        if self.updates != "alternating":
            UPDATES[self.updates](self.trainer)
            return
        self.trainer.generator_step()
        for _ in range(self.method.n_critic):
            self.trainer.critic_step()

    def field(self, state: Tensor) -> Tensor:
        """The direction (S, k) in which both players are pulled at states (S, k)."""
        self.set(state)
        if self.updates == "consensus":
            UPDATES["consensus"](self.trainer)
        else:
            self.trainer.critic_gradient()
            self.trainer.generator_gradient()
        pulls = [torch.zeros_like(v) if v.grad is None else v.grad for v in self.parameters]
        return -torch.stack([pull.flatten() for pull in pulls], 1) * self.signs

    def jacobian(self, state: Tensor) -> Tensor:
        """The field's Jacobian (S, k, k) at states (S, k), by differentiating what training descends."""
        self.set(state)
        losses = self.trainer.joint_losses(*self.trainer.joint_batch())
        *critic, theta = joint_gradients(self.trainer, losses, create_graph=True)
        rows = [_row(gradient, self.parameters) for gradient in (theta, *critic)]
        return -torch.stack(rows, 1) * self.signs.view(1, -1, 1) * self.signs


def _row(gradient: Tensor, parameters: list[Tensor]) -> Tensor:
    """Derivatives (S, k) of one gradient of all copies with respect to every parameter."""
    if not gradient.requires_grad:
        return torch.zeros(len(gradient), len(parameters), dtype=gradient.dtype, device=gradient.device)
    derivatives = torch.autograd.grad(gradient.sum(), parameters, retain_graph=True, materialize_grads=True)
    return torch.stack([derivative.flatten() for derivative in derivatives], 1)


def needs_bias(method: Method) -> bool:
    """True where the critic, shown one and the same point as real and fake, wants another score than 0."""
    real, fake = (torch.zeros(1, BATCH, dtype=torch.float64, requires_grad=True) for _ in range(2))
    loss = method.objective.critic_loss(real, fake).sum()
    pulls = torch.autograd.grad(loss, (real, fake), materialize_grads=True)
    return bool(sum(pull.sum() for pull in pulls).abs() > 1e-9)
