"""Settings of the separability experiment, as a suite file states them. Free of torch."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gan_bench.experiments.settings import Entries, Positive, TheorySettings


class Settings(TheorySettings):
    """One discriminator per width and sample size, per method, data set and number of noise coordinates.

    The steps are meant for Adam with its authors' defaults (1e-3, .9, .999) in a method's entry, because a
    discriminator alone is an ordinary classifier and plays no game.
    """

    methods: Entries
    datasets: Entries
    # Points in each of the two samples.
    sizes: list[Annotated[int, Field(ge=2)]] = Field([16, 64, 256, 1024], min_length=1)
    # Hidden units per layer: too few to memorise, between, and many times more weights than points.
    widths: list[Positive] = Field([4, 16, 128], min_length=1)
    # Coordinates of independent N(0, 1) beside the data's own, on both sides alike. Images have thousands of
    # coordinates, toy data two, and ReLU networks learn the high frequencies that a sample in the plane asks
    # for very slowly (Rahaman et al. 2019): 0 is the control, where steps and not width are what lacks.
    noise_coordinates: list[Annotated[int, Field(ge=0)]] = Field([0, 30], min_length=1)
    layers: Positive = 3
    batch_size: Annotated[int, Field(ge=2)] = 64  # points of each side in a step; all of a smaller sample
    steps: Positive = 1200  # most training steps of one discriminator
    check_every: Positive = 100  # steps between two looks at whether the training bound is at its ceiling
    held_out: Annotated[int, Field(ge=10)] = 2000  # fresh points of each side, for the held-out bound
