"""Constraints: how the critic is kept smooth.

Every hook of `Constraint` has a do-nothing default; a method may carry several constraints. Samples are
(S, B, *shape) and penalties (S,), one per seed, added to the critic's loss. Hooks never mix seeds.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from gan_bench.errors import UsageError
from gan_bench.nets.calculus import input_gradients, norms
from gan_bench.seeds import Streams

Critic = Callable[[Tensor], Tensor]
Parameters = Mapping[str, Tensor]
State = dict[str, tuple[Tensor, ...]]


@dataclass(frozen=True)
class Constraint:
    """The contract, and the constraint that does nothing."""

    @property
    def copies(self) -> int:
        """How many samples the critic sees as one input."""
        return 1

    def inputs(self, real: Tensor, fake: Tensor, streams: Streams) -> tuple[Tensor, Tensor]:
        """Return what the critic is shown instead of real and fake."""
        return real, fake

    @property
    def off(self) -> bool:
        """True where its strength is 0: its penalty is 0 whatever the slopes, and no slope is looked at."""
        return False

    def points(self, real: Tensor, fake: Tensor, streams: Streams) -> Tensor | None:
        """Return where (S, B', *shape) a penalty on slopes looks at the critic, or None: there is none."""
        return None

    def cost(self, gradients: Tensor) -> Tensor:
        """Return the penalty (S,) of the critic's gradients at the `points`, (S, B', *shape)."""
        raise TypeError(f"{type(self).__name__} names points, but no cost of the slopes there")

    def penalty(self, critic: Critic, *, real: Tensor, fake: Tensor, streams: Streams) -> Tensor | None:
        """Return (S,), added to the critic's loss, or None: the cost at the `points` unless it is overridden.

        Where it is not, critics that are piecewise linear give scores and slopes in one pass. fake carries
        the generator's graph only where the joint field of both players is differentiated (consensus updates,
        eigenvalues of the game); the critic's own step gives it detached.
        """
        points = self.points(real, fake, streams)
        if points is None:
            return None
        if self.off:
            return points.new_zeros(points.shape[0])
        return self.cost(input_gradients(critic, points, create_graph=True))

    def start(self, parameters: Parameters) -> None:
        """Adjust the critic's initial parameters (S, ...) in place."""

    def project(self, parameters: Parameters) -> None:
        """Adjust the critic's parameters in place after each critic step."""

    def init_state(self, parameters: Parameters) -> State:
        """Return what reparametrise needs beside the parameters."""
        return {}

    def advance(self, parameters: Parameters, state: State) -> State:
        """Return the state after a critic step; evaluation never calls this."""
        return state

    def reparametrise(self, parameters: Parameters, state: State) -> Parameters:
        """Return the parameters that the critic is evaluated with."""
        return parameters


def require_positive(owner: object, **values: float) -> None:
    """Raise one clear line unless every value is a finite number above 0."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
            raise UsageError(f"{type(owner).__name__}: {name} must be a number above 0, not {value!r}")


def require_at_least_zero(owner: object, **values: float) -> None:
    """Raise one clear line unless every value is a finite number from 0."""
    for name, value in values.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < math.inf:
            raise UsageError(f"{type(owner).__name__}: {name} must be a number from 0, not {value!r}")


def interpolate(real: Tensor, fake: Tensor, streams: Streams) -> Tensor:
    """Points u x + (1 - u) y with u uniform, drawn per sample (Gulrajani et al. 2017, alg. 1, line 6)."""
    u = streams.uniform("penalty/interpolate", (real.shape[1], *[1] * (real.dim() - 2)))
    return u * real + (1 - u) * fake


@dataclass(frozen=True)
class Clip(Constraint):
    """Clip every critic parameter, biases too, to [-c, c] after each critic step (Arjovsky et al. 2017).

    Training starts inside the box: each tensor is scaled, per seed, to a largest entry of at most c/2.
    (Ours: clipping a usual initialisation would put most weights at +-c before anything is learned.)
    """

    c: float = 0.01

    def __post_init__(self) -> None:
        require_positive(self, c=self.c)

    def start(self, parameters: Parameters) -> None:
        for value in parameters.values():
            largest = value.abs().flatten(1).amax(1).clamp(min=torch.finfo(value.dtype).tiny)
            value.mul_((0.5 * self.c / largest).clamp(max=1).view(-1, *[1] * (value.dim() - 1)))

    def project(self, parameters: Parameters) -> None:
        for value in parameters.values():
            value.clamp_(-self.c, self.c)


@dataclass(frozen=True)
class GradientPenalty(Constraint):
    """weight * E (|grad f(x)| - 1)^2 at interpolates of real and fake (Gulrajani et al. 2017, eq. 3).

    Weight 0 is an ablation: a penalty of 0 whatever the slopes, infinite ones too.
    """

    weight: float = 10.0

    def __post_init__(self) -> None:
        require_at_least_zero(self, weight=self.weight)

    @property
    def off(self) -> bool:
        return self.weight == 0

    def excess(self, slope: Tensor) -> Tensor:
        """How far each slope (S, B) is from what is allowed."""
        return slope - 1

    def points(self, real: Tensor, fake: Tensor, streams: Streams) -> Tensor:
        return interpolate(real, fake, streams)

    def cost(self, gradients: Tensor) -> Tensor:
        if self.off:
            return gradients.new_zeros(gradients.shape[0])
        return self.weight * self.excess(norms(gradients)).square().mean(1)


@dataclass(frozen=True)
class OneSidedPenalty(GradientPenalty):
    """weight * E max(0, |grad f(x)| - 1)^2 at interpolates (Petzka et al. 2018, eq. 8)."""

    def excess(self, slope: Tensor) -> Tensor:
        return (slope - 1).relu()


@dataclass(frozen=True)
class Dragan(GradientPenalty):
    """The two-sided penalty near real data only: x + a .5 std(batch) u (Kodali et al. 2017, and its code).

    u is uniform on [0, 1)^d, a uniform per sample, the standard deviation is taken per seed over its batch.
    """

    def points(self, real: Tensor, fake: Tensor, streams: Streams) -> Tensor:
        size, shape = real.shape[1], real.shape[2:]
        u = streams.uniform("penalty/direction", (size, *shape))
        a = streams.uniform("penalty/length", (size, *[1] * len(shape)))
        spread = real.flatten(1).std(1).view(-1, *[1] * (real.dim() - 1))
        return real + a * 0.5 * spread * u


@dataclass(frozen=True)
class R1(Constraint):
    """(gamma / 2) E |grad f|^2 on real samples (Mescheder et al. 2018, eq. 9); gamma 0 is an ablation."""

    gamma: float = 10.0

    def __post_init__(self) -> None:
        require_at_least_zero(self, gamma=self.gamma)

    @property
    def off(self) -> bool:
        return self.gamma == 0

    def points(self, real: Tensor, fake: Tensor, streams: Streams) -> Tensor:
        return real

    def cost(self, gradients: Tensor) -> Tensor:
        if self.off:
            return gradients.new_zeros(gradients.shape[0])
        return 0.5 * self.gamma * gradients.flatten(2).square().sum(2).mean(1)


@dataclass(frozen=True)
class R2(R1):
    """(gamma / 2) E |grad f|^2 on fake samples, detached (Mescheder et al. 2018, eq. 10)."""

    def points(self, real: Tensor, fake: Tensor, streams: Streams) -> Tensor:
        return fake


@dataclass(frozen=True)
class InstanceNoise(Constraint):
    """Show the critic x + sigma n with n standard normal, real and fake alike (Sonderby et al. 2017).

    Drawn anew per sample and player, so the generator's loss is taken on noisy samples too: the game is
    played between the two distributions smoothed by the noise. sigma is in data units and constant (ours: the
    source lets it fall to 0 while training).
    """

    sigma: float = 0.1

    def __post_init__(self) -> None:
        require_at_least_zero(self, sigma=self.sigma)

    def inputs(self, real: Tensor, fake: Tensor, streams: Streams) -> tuple[Tensor, Tensor]:
        noise = [streams.normal(f"instance-noise/{of}", real.shape[1:]) for of in ("real", "fake")]
        return real + self.sigma * noise[0], fake + self.sigma * noise[1]


@dataclass(frozen=True)
class Pack(Constraint):
    """Show the critic several samples as one (Lin et al. 2018): (S, B, d) -> (S, B / size, size d)."""

    size: int = 2

    def __post_init__(self) -> None:
        if isinstance(self.size, bool) or not isinstance(self.size, int) or self.size < 2:
            raise UsageError(f"Pack: size must be a whole number from 2, not {self.size!r}")

    @property
    def copies(self) -> int:
        return self.size

    def inputs(self, real: Tensor, fake: Tensor, streams: Streams) -> tuple[Tensor, Tensor]:
        return self._packed(real), self._packed(fake)

    def _packed(self, x: Tensor) -> Tensor:
        # The first axis of a sample is joined: coordinates of points, channels of images.
        return x.unflatten(1, (-1, self.size)).flatten(2, 3)
