"""Values as harm: on the metric's scale, and turned so that more is worse; margins on the same scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.scales import from_scale, to_scale
from gan_bench.metrics.descriptor import Better, Scale


@dataclass(frozen=True)
class Yardstick:
    """How a metric is compared: the scale on which it is additive, which way is better, its target.

    trials: number of draws behind a share, needed on the logit scale. Where a target is best, harm is the
    distance to it: of logarithms on the log scale, in the metric's unit otherwise.
    """

    scale: Scale
    better: Better
    target: float | None = None
    trials: float | None = None

    @classmethod
    def of(cls, descriptor: Mapping[str, Any], trials: float | None = None) -> Yardstick | None:
        """Return the yardstick of a stored descriptor; None for a metric that is neither good nor bad."""
        better, target = descriptor.get("better", "neither"), descriptor.get("target")
        if better == "neither" or (better == "target" and target is None):
            return None
        scale: Scale = descriptor.get("scale", "identity")
        known = trials is not None and math.isfinite(trials) and trials >= 1
        if scale == "logit" and (better == "target" or not known):
            scale = "identity"
        return cls(scale, better, target, trials if known else None)

    @property
    def relative(self) -> bool:
        """Whether differences are ratios, so that a margin is a share of the base's value."""
        return self.scale == "log"

    def harm(self, values: pd.Series) -> pd.Series:
        """Map end values by seed to harm; +inf (diverged) stays, what has no place on the scale is NaN."""
        x = values.to_numpy(dtype=float)
        finite = np.where(np.isinf(x), math.nan, x)
        y = to_scale(finite, self.scale, self.trials)
        if self.better == "higher":
            y = -y
        elif self.better == "target":
            y = np.abs(y - to_scale(np.array(self.target), self.scale))
        return pd.Series(np.where(np.isinf(x), math.inf, y), index=values.index)

    def margin(self, size: float, base: pd.Series) -> float:
        """Return a margin on the scale of harm, above 0.

        size: a share of the base's value where `relative` (.1 = a tenth more, or a tenth less where higher is
        better), else in the metric's unit; a share in points (.05), taken at the centre of base, its harm.
        """
        if self.scale == "log":
            return -math.log1p(-min(size, 1 - 1e-12)) if self.better == "higher" else math.log1p(size)
        if self.scale == "identity":
            return size
        sign = -1.0 if self.better == "higher" else 1.0
        centre = self._centre(base, sign)
        moved = min(max(self._share(centre) + sign * size, 0.0), 1.0)
        allowed = sign * (float(to_scale(np.array(moved), "logit", self.trials)) - centre)
        return max(allowed, 0.0)

    def told(self, harm: float, base: pd.Series) -> float:
        """Tell a difference of harm as a change of the value, above 0 where it grew.

        A share of the base's value where `relative` (.62 = 62 % more), else in the metric's unit; of a logit
        the change of the share at the centre of base, its harm. Where a target is best: of the distance.
        """
        sign = -1.0 if self.better == "higher" else 1.0
        if self.relative:
            return math.expm1(min(sign * harm, 700.0))
        if self.scale == "identity":
            return sign * harm
        centre = self._centre(base, sign)
        return self._share(centre + sign * harm) - self._share(centre)

    def _centre(self, base: pd.Series, sign: float) -> float:
        known = base[np.isfinite(base)]
        return sign * float(known.mean()) if len(known) else 0.0

    def _share(self, logit: float) -> float:
        return from_scale(logit, "logit", self.trials) if math.isfinite(logit) else math.nan
