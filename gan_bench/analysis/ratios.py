"""Ratios of positive numbers: judged on the log scale, shown as ratios."""

from __future__ import annotations

import dataclasses
import math

from gan_bench.analysis.verdicts import Part


def as_ratio(part: Part) -> Part:
    """Return a part about the mean of log ratios with its interval mapped back: that of a geometric mean.

    exp(-inf) = 0 and exp(inf) = inf: what the median is where a seed diverged.
    """
    logs = part.interval
    low, high = (None if end is None else math.exp(end) for end in (logs.low, logs.high))
    interval = dataclasses.replace(logs, centre=math.exp(logs.centre), low=low, high=high)
    return dataclasses.replace(part, interval=interval)
