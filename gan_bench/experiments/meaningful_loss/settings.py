"""Settings of the meaningful-loss experiment, as a suite file states them. Free of torch."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from gan_bench.experiments.settings import Entries, Positive, TheorySettings


class Settings(TheorySettings):
    """Every method is trained on every data set; a method's table may carry its own steps."""

    methods: Entries
    datasets: Entries
    steps: Positive = 1000  # generator steps
    # Generator steps before the first snapshot that counts: as long as the WGAN authors' code lets the critic
    # run ahead (critic_warm_up: 100 critic steps for each of the first 25). Until a critic has caught up, its
    # loss says only that it is new; without the warm-up that takes about 100 steps and counts against it.
    burn_in: Positive = 25
    snapshots: Annotated[int, Field(ge=3)] = 24  # log-spaced from burn_in to the last step; claims need 20
    batch_size: Annotated[int, Field(ge=2)] = 64
    latent: Positive = 2
    width: Positive = 64
    layers: Positive = 3
    samples: Annotated[int, Field(ge=10)] = 256  # points behind each exact W1 and each critic's estimate
    reference_draws: Annotated[int, Field(ge=20)] = 24  # of the perfect sampler, for its band

    @model_validator(mode="after")
    def _something_is_left(self) -> Settings:
        if self.burn_in >= self.steps:
            raise ValueError(f"burn_in = {self.burn_in} leaves nothing of steps = {self.steps}")
        return self
