"""Objectives: pure functions of critic scores.

Scores are logits, higher on real samples, shape (S, B) for S seeds and B samples. Losses are (S,), one per
seed, and both players minimise theirs. NaN or infinite scores give NaN or infinite losses for their own
seed only. `estimates_js` says whether the critic's loss at its optimum is log 4 - 2 JS;
`generator_sees_real` whether the generator's loss needs the scores of real samples. Both default to False
where an objective lacks them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from torch import Tensor
from torch.nn.functional import relu, softplus


class Objective(Protocol):
    """What critic and generator minimise."""

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """Scores (S, B) of real and fake samples -> (S,)."""

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Scores (S, B) of fake samples, and of real ones for relativistic objectives -> (S,)."""


@dataclass(frozen=True)
class Minimax:
    """Saturating minimax objective (Goodfellow et al. 2014, eq. 1); D = sigmoid(score).

    critic: -E log D(x) - E log(1 - D(y)), in [0, inf); generator: E log(1 - D(y)), in (-inf, 0].
    Computed as softplus of logits: finite wherever the logits are.
    """

    estimates_js: ClassVar[bool] = True

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        return softplus(-real).mean(1) + softplus(fake).mean(1)

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        return -softplus(fake).mean(1)


@dataclass(frozen=True)
class NonSaturating(Minimax):
    """Non-saturating objective (Goodfellow et al. 2014, sec. 3): the generator minimises -E log D(y)."""

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        return softplus(-fake).mean(1)


@dataclass(frozen=True)
class LeastSquares:
    """Least squares with coding a = 0, b = c = 1 and factor 1/2 on linear output (Mao et al. 2017, eq. 9)."""

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        return 0.5 * (real - 1).square().mean(1) + 0.5 * fake.square().mean(1)

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        return 0.5 * (fake - 1).square().mean(1)


@dataclass(frozen=True)
class Hinge:
    """Hinge objective (Lim & Ye 2017; Miyato et al. 2018, eq. 16 and 17)."""

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        return relu(1 - real).mean(1) + relu(1 + fake).mean(1)

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        return -fake.mean(1)


@dataclass(frozen=True)
class Wasserstein:
    """Wasserstein objective (Arjovsky et al. 2017, alg. 1)."""

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """E f(fake) - E f(real): minus the critic's estimate of W1, up to its Lipschitz constant."""
        return fake.mean(1) - real.mean(1)

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        return -fake.mean(1)


@dataclass(frozen=True)
class Relativistic:
    """Relativistic pairing objective (Jolicoeur-Martineau 2019; Huang et al. 2024, eq. 2 with f = -softplus).

    Real and fake scores are paired by position: critic softplus(-(real - fake)), generator the reverse.
    """

    generator_sees_real: ClassVar[bool] = True

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        return softplus(fake - real).mean(1)

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        if real is None:
            raise ValueError("the relativistic generator loss needs the scores of real samples")
        return softplus(real - fake).mean(1)
