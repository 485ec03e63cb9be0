"""Settings of the critic surfaces, as a suite file states them. Free of torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gan_bench.experiments.settings import Entries, Entry, Positive, Size, TheorySettings

EXPERIMENT = "critic-surface"
# The label under which the exact potential's own jobs stand.
EXACT = "exact"

# The penalties' rate is the one at which the one-sided objective itself gets furthest on the 25-mode grid:
# .92 W1 after 8000 steps, against .73 W1 after 6000 at 2e-3 and 4e-3 with twice the width. Clipping keeps the
# authors' rate, because its weights have only .01 to go; spectral normalisation one at which it is exact.
METHODS: list[Entry] = [
    "wgan-clip",
    {"name": "wgan-gp", "learning_rate": 1e-2},
    {"name": "wgan-lp", "learning_rate": 1e-2},
    {"name": "wgan-sn", "learning_rate": 1e-3},
]
# Twenty-five peaks take longer to learn than eight.
DATASETS: list[Entry] = ["ring8", {"name": "grid25", "steps": 8000}, "swiss-roll"]


class Settings(TheorySettings):
    """Every method's critic learns to tell each data set from the data set plus noise.

    A data set's table may carry its own critic `steps`, and so may a method's, which then count.
    """

    methods: Entries = METHODS
    datasets: Entries = DATASETS
    noise: Size = 1.0  # standard deviation of the noise on the fake side, in data units (Gulrajani: N(0, I))
    steps: Annotated[int, Field(ge=2)] = 4000  # critic steps; the rate falls over the second half
    batch_size: Annotated[int, Field(ge=2)] = 128
    width: Positive = 64  # hidden units per layer
    layers: Positive = 3  # hidden layers
    dtype: Literal["float32", "float64"] = "float32"
    snapshots: Annotated[int, Field(ge=2)] = 6  # log-spaced steps at which the critic is measured
    points: Annotated[int, Field(ge=10, le=2000)] = 800  # per side, of the exact transport programme
    fresh: Annotated[int, Field(ge=10)] = 8192  # per side, on which critics are measured
    agreement: Size = 0.1  # data units: the potential is known where its extensions differ by at most this
    resolution: Annotated[int, Field(ge=5, le=400)] = 81  # points along each side of a drawn surface
    ray_points: Annotated[int, Field(ge=2)] = 11  # places along each transport ray, both ends included
    pictured: Positive = 1  # seeds whose surfaces are stored
