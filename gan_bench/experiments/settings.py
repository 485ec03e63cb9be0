"""What the settings of every experiment share. Free of torch."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field


def _name_or_table(value: Any) -> Any:
    if not isinstance(value, str | dict):
        raise ValueError(f"should be a name or a table, not {value!r}")
    return value


# One complaint instead of one for each branch of a union.
Entry = Annotated[Any, BeforeValidator(_name_or_table)]
Entries = Annotated[list[Entry], Field(min_length=1)]
Positive = Annotated[int, Field(ge=1)]
# A rate, a weight, a width of something: finite and above 0.
Size = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class Settings(BaseModel):
    """Base of an experiment's settings: unknown keys are refused, numbers are not converted from text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class TheorySettings(Settings):
    """Base of the experiments that test a claim."""

    seeds: Positive | None = None  # at most this many of the suite's seeds

    def first(self, seeds: tuple[int, ...]) -> tuple[int, ...]:
        """Return the seeds that this experiment uses, of the suite's."""
        return seeds[: self.seeds]
