"""Settings of the depth experiment, as a suite file states them. Free of torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, field_validator

from gan_bench.experiments.settings import Entries, Entry, Positive, TheorySettings

# A slope per layer needs two layers.
Depth = Annotated[int, Field(ge=2)]


class Settings(TheorySettings):
    """Every method trains a pair of networks of each depth.

    The source's networks are 512 wide. Per layer, random weights in [-c, c] multiply a gradient by a number
    proportional to c sqrt(width): a narrower critic that is to behave alike needs a larger c, such as 0.2
    for the source's 0.1 at a width of 128. A width of 512 would cost 110 s of one core per seed and method.
    The critic's learning rate is .005 c for every c, the ratio of the published pair (5e-5 and .01;
    Arjovsky et al. 2017): 160 generator steps of 5 critic steps are then 4c / rate critic steps for each.
    """

    methods: Entries
    dataset: Entry = "swiss-roll"
    # Hidden layers of generator and critic: 12 in Gulrajani et al. 2017, fig. 1b, 3 in the authors' toy code.
    depths: Annotated[list[Depth], Field(min_length=1, default_factory=lambda: [12, 3])]
    width: Positive = 128
    batch_size: Annotated[int, Field(ge=2)] = 64  # of Arjovsky et al. 2017, alg. 1
    latent: Positive = 2
    steps: Positive = 160  # generator steps
    snapshots: Annotated[int, Field(ge=2)] = 6  # log-spaced, step 0 and the last included
    points: Annotated[int, Field(ge=2)] = 256  # real, and as many generated, on which gradients are measured
    # Twelve layers of gain .01 leave 1e-24 of a gradient: single precision would lose it.
    dtype: Literal["float32", "float64"] = "float64"

    @field_validator("depths")
    @classmethod
    def _each_once(cls, depths: list[int]) -> list[int]:
        if len(set(depths)) < len(depths):
            raise ValueError(f"should name each depth once, not {depths}")
        return depths
