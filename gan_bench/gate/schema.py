"""Thresholds as a file states them: five kinds of rules. Free of torch."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from gan_bench.analysis.verdicts import Verdict
from gan_bench.errors import nearest
from gan_bench.experiments.claims import CLAIMS

_MARGIN = re.compile(r"(?:(?P<stat>[a-z]+):)?(?P<number>\d+(?:\.\d+)?|\.\d+)(?P<percent>\s?%)?")
_VERDICTS = tuple(verdict.value for verdict in Verdict)


@dataclass(frozen=True)
class Margin:
    """How much worse is allowed: size .1 for "10%"; percent says that it was written so."""

    size: float
    percent: bool

    def __str__(self) -> str:
        return f"{100 * self.size:.4g} %" if self.percent else f"{self.size:.4g}"


def parse_margin(value: Any) -> Margin:
    """Read "10%", "mean:10%" or a number above 0; raises ValueError."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        margin = Margin(float(value), False)
    else:
        found = _MARGIN.fullmatch(value.strip()) if isinstance(value, str) else None
        if not found:
            raise ValueError(f'should be a share such as "10%" or a number, not {value!r}')
        if found["stat"] not in (None, "mean"):
            raise ValueError(
                f'"{found["stat"]}": only the mean is compared with a baseline; write "mean:10%"'
            )
        percent = found["percent"] is not None
        margin = Margin(float(found["number"]) / (100 if percent else 1), percent)
    if not 0 < margin.size < float("inf"):
        raise ValueError(f"a margin is finite and above 0, not {value!r}")
    return margin


def _verdicts(value: Any) -> Any:
    wanted = [value] if isinstance(value, str) else value
    if not isinstance(wanted, list) or not wanted or not all(isinstance(one, str) for one in wanted):
        raise ValueError(f"should be a verdict or a list of them ({', '.join(_VERDICTS)}), not {value!r}")
    for one in wanted:
        if one not in _VERDICTS:
            raise ValueError(
                f'unknown verdict "{one}"{nearest(one, _VERDICTS)} (known: {", ".join(_VERDICTS)})'
            )
    return tuple(Verdict(one) for one in wanted)


def _claim(value: Any) -> Any:
    if value != "*" and value not in CLAIMS:
        close = nearest(str(value), CLAIMS)
        raise ValueError(f'unknown claim "{value}"{close} (known: *, {", ".join(sorted(CLAIMS))})')
    return value


def _cells(value: Any) -> Any:
    parts = value.split("/", 2) if isinstance(value, str) else []
    if not parts or not parts[0]:
        raise ValueError(f"should be experiment/method/dataset, with * for any, not {value!r}")
    return value


Cells = Annotated[str, BeforeValidator(_cells)]
Verdicts = Annotated[tuple[Verdict, ...], BeforeValidator(_verdicts)]
Bound = Annotated[float, Field(allow_inf_nan=False)]


class Rule(BaseModel):
    """Base of all rules: unknown keys are refused, numbers are not converted from text."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Bounded(Rule):
    """Bounds on the ends of the 95 % interval over seeds, or on the median; at least one."""

    upper_end_below: Bound | None = None
    lower_end_above: Bound | None = None
    median_below: Bound | None = None
    median_above: Bound | None = None

    @property
    def bounds(self) -> dict[str, float]:
        """The bounds that are set, by name."""
        found = {name: getattr(self, name) for name in _BOUNDS}
        return {name: value for name, value in found.items() if value is not None}

    @model_validator(mode="after")
    def _some(self) -> Bounded:
        if not self.bounds:
            raise ValueError(f"needs a bound: {', '.join(_BOUNDS)}")
        return self


_BOUNDS = ("upper_end_below", "lower_end_above", "median_below", "median_above")


class Absolute(Bounded):
    """A metric of every cell that matches, against numbers that need no baseline."""

    cells: Cells
    metric: Annotated[str, Field(min_length=1)]


class ClaimRule(Rule):
    """The verdict of a claim, or of all (*): one of `allowed`, or any but `not`."""

    claim: Annotated[str, BeforeValidator(_claim)]
    allowed: Verdicts | None = None
    refused: Verdicts | None = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _one(self) -> ClaimRule:
        if (self.allowed is None) == (self.refused is None):
            raise ValueError('needs one of allowed = "confirmed" and not = "refuted"')
        return self

    def allows(self, verdict: Verdict) -> bool:
        """Whether a verdict passes."""
        return verdict in self.allowed if self.allowed is not None else verdict not in (self.refused or ())


class Rate(Rule):
    """The share of a cell's seeds that ended badly, against the upper end of Wilson's 95 % interval."""

    cells: Cells
    of: Literal["diverged", "collapsed", "failed"]
    upper_end_below: Annotated[float, Field(gt=0, le=1)]


class Relative(Rule):
    """A metric against the baseline: at most `margin` worse. primary: the mean over all cells that match."""

    cells: Cells
    metric: Annotated[str, Field(min_length=1)]
    margin: Annotated[Margin, BeforeValidator(parse_margin)]
    primary: bool = False


class Timing(Bounded):
    """A ratio measured within this run: of one metric in two cells, or a metric that is a ratio itself."""

    cells: Cells
    metric: Annotated[str, Field(min_length=1)]
    over: Cells | None = None


KINDS: dict[str, type[Rule]] = {
    "absolute": Absolute,
    "claim": ClaimRule,
    "rate": Rate,
    "relative": Relative,
    "timing": Timing,
}
