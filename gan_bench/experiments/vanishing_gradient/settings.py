"""Settings of the vanishing-gradient experiment. Free of torch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from gan_bench.experiments.settings import Entries, Entry, Positive, Size, TheorySettings
from gan_bench.experiments.vanishing_gradient.steps import log_steps

# A slope through fewer points would have none left to say whether it is one.
POINTS_OF_A_SLOPE = 3

_Separation = Annotated[float, Field(ge=0, allow_inf_nan=False)]
_Separations = Annotated[list[_Separation], Field(min_length=1)]
_Units = Annotated[list[Positive], Field(min_length=1)]


class Settings(TheorySettings):
    """Every method's critic is trained from scratch against one and the same frozen generator per seed.

    The protocol of Arjovsky & Bottou (2017, fig. 2 and 3) on points in the plane, with one addition: the
    frozen generator's output is also moved away from the data, so that the supports are sure to be apart.
    """

    methods: Entries
    dataset: Entry = "ring8"
    pretraining: Entry = "nsgan"  # trains the generator before it is frozen: the loss of the source's DCGAN
    # 1, 10 and 25 epochs in the source; a unit is unit_steps generator steps.
    units: _Units = Field(default_factory=lambda: [1, 10, 25])
    unit_steps: Positive = 40  # 25 units are then 1000 steps, a whole training on a ring
    separations: _Separations = Field(default_factory=lambda: [0.0, 4.0, 8.0])  # output moved by, x
    apart: Size = 4.0  # moved by this much or more, the supports count as apart: the ring is 2 across
    steps: Annotated[int, Field(ge=10)] = 1000  # critic steps
    # The slope is fitted from here to the last step: two decades, without the first steps of an
    # adaptive optimiser and without the jump of a first clipping.
    fit_from: Positive = 10
    snapshots: Annotated[int, Field(ge=4)] = 14  # log-spaced, step 0 and the last included
    batches: Annotated[int, Field(ge=2)] = 8  # fresh batches behind every norm and every variance
    points: Annotated[int, Field(ge=10)] = 256  # behind the accuracy and the gap, per side
    batch_size: Annotated[int, Field(ge=2)] = 128
    latent: Positive = 2
    width: Positive = 64
    layers: Positive = 3
    dtype: Literal["float32", "float64"] = "float64"  # gradients fall by ten decades and more

    @model_validator(mode="after")
    def _consistent(self) -> Any:
        for name in ("units", "separations"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} names a value twice: {values}")
        if self.steps < 4 * self.fit_from:
            raise ValueError(
                f"steps must be at least 4 times fit_from, or there is no slope to fit: "
                f"{self.steps} and {self.fit_from}"
            )
        fitted = [step for step in log_steps(self.steps, self.snapshots) if step >= self.fit_from]
        if len(fitted) < POINTS_OF_A_SLOPE:
            raise ValueError(
                f"a slope needs {POINTS_OF_A_SLOPE} snapshots from fit_from ({self.fit_from}) on; "
                f"{self.snapshots} snapshots leave {fitted}"
            )
        return self
