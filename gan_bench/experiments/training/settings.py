"""Settings of the training experiment, as a suite file states them. Free of torch."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _name_or_table(value: Any) -> Any:
    if not isinstance(value, str | dict):
        raise ValueError(f"should be a name or a table, not {value!r}")
    return value


# One complaint instead of one for each branch of a union.
Entry = Annotated[Any, BeforeValidator(_name_or_table)]
Positive = Annotated[int, Field(ge=1)]


class Settings(BaseModel):
    """Every method is trained on every data set; a method's table may carry its own steps."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    methods: Annotated[list[Entry], Field(min_length=1)]
    datasets: Annotated[list[Entry], Field(min_length=1)]
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
