"""What a report must know of a metric: unit, direction, range. Free of torch, stored with every outcome."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Literal

Better = Literal["lower", "higher", "target", "neither"]
Scale = Literal["log", "identity", "logit"]


@dataclass(frozen=True)
class Descriptor:
    """Describes one metric.

    scale is the scale on which the metric is additive, hence where its interval is taken:
    log for distances and times, identity for JS and reverse KL, logit for shares.
    target is the best value where better == "target".
    """

    name: str
    label: str
    unit: str
    better: Better
    range: tuple[float, float] = (-math.inf, math.inf)
    scale: Scale = "identity"
    version: int = 1
    target: float | None = None
    explanation: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON data; infinite bounds become None."""
        data = asdict(self)
        data["range"] = [bound if math.isfinite(bound) else None for bound in self.range]
        return data
