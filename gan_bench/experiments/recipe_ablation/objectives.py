"""The rung between the GAN's loss and WGAN's: no logarithm any more, but still a sigmoid."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from gan_bench.methods.objectives import Wasserstein


@dataclass(frozen=True)
class SigmoidWasserstein(Wasserstein):
    """The Wasserstein objective on D = sigmoid(score), as if only the logarithms were taken out of the GAN.

    critic: E D(fake) - E D(real), in [-1, 1]; generator: -E D(fake), in [-1, 0]. The critic's smallest loss
    is minus the total variation distance. Scores (S, B) -> (S,); NaN scores give NaN.
    """

    def critic_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        return super().critic_loss(real.sigmoid(), fake.sigmoid())

    def generator_loss(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        return super().generator_loss(fake.sigmoid(), real)
