"""Settings of the training experiment, as a suite file states them. Free of torch."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gan_bench.experiments.settings import Entries, Positive
from gan_bench.experiments.settings import Settings as Base


class Settings(Base):
    """Every method is trained on every data set; a method's table may carry its own steps."""

    methods: Entries
    datasets: Entries
    steps: Positive = 2000  # generator steps
    batch_size: Annotated[int, Field(ge=2)] = 128
    latent: Positive = 2
    width: Positive = 128
    layers: Positive = 3
    generator: str | None = None  # "file.py:Module", built with (latent, dim); else the MLP above
    critic: str | None = None  # "file.py:Module", built with (dim); else the MLP above
    dtype: Literal["float32", "float64"] = "float32"
    snapshots: Annotated[int, Field(ge=2)] = 12  # log-spaced, step 0 and the last included
    curve_samples: Annotated[int, Field(ge=10)] = 256
    end_samples: Annotated[int, Field(ge=10)] = 500
    reference_draws: Annotated[int, Field(ge=20)] = 24  # of the perfect sampler, for its band
