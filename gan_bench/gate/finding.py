"""What the gate found of one threshold in one place, in a sentence that a person understands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """How one comparison ended, worst first."""

    REGRESSION = "regression"
    MISSING = "missing"
    INCONCLUSIVE = "inconclusive"
    PASS = "pass"  # noqa: S105
    NOT_COMPARED = "not compared"

    @property
    def compared(self) -> bool:
        """Whether a number was held against a threshold."""
        return self in (Outcome.REGRESSION, Outcome.INCONCLUSIVE, Outcome.PASS)


@dataclass(frozen=True)
class Finding:
    """One line of the gate.

    kind: of the threshold, or `run` for a cell without results; subject: the cell, the claim, the aggregate;
    metric: what was compared; sentence: what was found, complete by itself; place: of the threshold.
    """

    kind: str
    outcome: Outcome
    subject: str
    metric: str
    sentence: str
    place: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data."""
        return {**asdict(self), "outcome": self.outcome.value}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Finding:
        """Inverse of as_dict."""
        return cls(**{**data, "outcome": Outcome(data["outcome"])})


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Order findings by how they ended; those that ended alike keep their order."""
    order = list(Outcome)
    return sorted(findings, key=lambda finding: order.index(finding.outcome))
