"""Settings of the divergence sweep, as a suite file states them. Free of torch."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gan_bench.experiments.settings import Entries, Positive, TheorySettings


def _increasing(values: list[float]) -> list[float]:
    """Sorted, each once: a value named twice is no second measurement."""
    return sorted(set(values))


Separation = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Angle = Annotated[float, Field(ge=0, le=math.pi / 2, allow_inf_nan=False)]
Separations = Annotated[list[Separation], Field(min_length=1), AfterValidator(_increasing)]
Angles = Annotated[list[Angle], Field(min_length=1), AfterValidator(_increasing)]

# What two distributions are pulled apart by: the parameter that the sweep moves.
SWEPT = {
    "parallel-lines": "separation",
    "crossing-segments": "angle",
    "disjoint-disks": "gap",
    "separated-gaussians": "separation",
    "dirac": "separation",
}

PAIRS = ("parallel-lines", "crossing-segments", "disjoint-disks", "separated-gaussians")

FAR = 8.0  # data units: 27 standard deviations of the Gaussians, 8 lengths of the lines
_MANY = 30
# Closer together near 0, where the Jensen-Shannon divergence of the Gaussians does all its rising.
_SEPARATIONS = [round(FAR * (k / (_MANY - 1)) ** 2, 6) for k in range(_MANY)]
_ANGLES = [math.pi / 2 * k / (_MANY - 1) for k in range(_MANY)]
_TRAINED_SEPARATIONS = [0.0, 0.5, 1.0, 2.0, 4.0, FAR]
_TRAINED_ANGLES = [math.pi / 2 * k / 5 for k in range(6)]


class Settings(TheorySettings):
    """Pairs are pulled apart; closed forms at many places, critics trained at few.

    Critics: 3 layers of 64 units and 1,500 steps settle with Adam at a learning rate of 1e-3 (Gaussians of
    standard deviation .3), and clipped ones at their own 5e-5, which crosses a box of .01 in 400 steps. The
    learning rate falls linearly to 0 over the second half of the steps.
    """

    methods: Entries
    # A name, or a table with the pair's other parameters.
    pairs: Entries = Field(default_factory=lambda: list(PAIRS))
    # Data units: for closed forms and linear programme, and for trained critics.
    separations: Separations = Field(default_factory=lambda: list(_SEPARATIONS))
    trained_separations: Separations = Field(default_factory=lambda: list(_TRAINED_SEPARATIONS))
    # Radians, of crossing segments.
    angles: Angles = Field(default_factory=lambda: list(_ANGLES))
    trained_angles: Angles = Field(default_factory=lambda: list(_TRAINED_ANGLES))
    points: Annotated[int, Field(ge=10, le=1000)] = 128  # per cloud, for the linear programme
    draws: Annotated[int, Field(ge=20)] = 20  # of two independent clouds, for the finite-sample curve
    steps: Positive = 1500  # critic steps
    batch_size: Annotated[int, Field(ge=2)] = 64
    width: Positive = 64  # units of a hidden layer of the critic
    layers: Positive = 3  # hidden layers of the critic
    held_out: Annotated[int, Field(ge=10)] = 2000  # samples that a trained critic is measured on
    dtype: Literal["float32", "float64"] = "float32"
