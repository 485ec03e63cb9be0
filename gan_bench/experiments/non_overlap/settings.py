"""Settings of the non-overlap experiment. Free of torch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from gan_bench.experiments.settings import Entries, Positive, Size, TheorySettings

Problem = Literal["line", "cluster"]
_Problems = Annotated[list[Problem], Field(min_length=1)]
_Separations = Annotated[list[Size], Field(min_length=1)]


def _both() -> list[Problem]:
    return ["line", "cluster"]


class Settings(TheorySettings):
    """Every method on every problem, from every separation.

    line: one parameter theta, samples (theta, Z), Z uniform on [0, 1], the data at theta = 0 (Arjovsky et al.
    2017, example 1). theta follows plain gradient descent, so that its speed is the force it feels. cluster:
    a small MLP that starts exactly on one Gaussian and is to reach another, with the method's own optimiser.
    """

    methods: Entries
    problems: _Problems = Field(default_factory=_both)
    separations: _Separations = Field(default_factory=lambda: [1.0, 4.0, 8.0])  # at the start, data units
    steps: Annotated[int, Field(ge=2)] = 400  # generator steps
    # Critic steps before the first generator step: theory speaks of critics that have been trained.
    critic_first: Annotated[int, Field(ge=0)] = 200
    # Rate of gradient descent on theta: under a critic of slope 1 the farthest start, 8 units, arrives
    # in 400 steps.
    line_rate: Size = 0.02
    # A seed has arrived when this share of its start, or less, is left at the end; above what is left
    # between two perfect samples of a cluster (about .06 of 1).
    arrive: Annotated[float, Field(gt=0, lt=0.5)] = 0.1
    snapshots: Annotated[int, Field(ge=3)] = 41  # evenly spaced, step 0 and the last included
    points: Annotated[int, Field(ge=10)] = 256  # of each side, for the cluster's exact distance
    batch_size: Annotated[int, Field(ge=2)] = 64
    width: Positive = 64
    layers: Positive = 3
    dtype: Literal["float32", "float64"] = "float32"

    @model_validator(mode="after")
    def _distinct(self) -> Any:
        for name in ("problems", "separations"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} names a value twice: {values}")
        return self
