"""A number over seeds against fixed bounds: beyond them is a regression, across them inconclusive."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.power import MOST, fewest
from gan_bench.analysis.scales import to_scale
from gan_bench.gate.finding import Outcome
from gan_bench.gate.values import median
from gan_bench.gate.words import number, seeds, with_ends
from gan_bench.metrics.descriptor import Scale


@dataclass(frozen=True)
class Held:
    """How a number stands to one bound: the outcome, and the words after the number's name."""

    outcome: Outcome
    words: str


def held_against(values: pd.Series, name: str, bound: float, scale: Scale, trials: float | None) -> Held:
    """Hold end values by seed, +inf where a seed diverged, against the bound called `name` (see gate.schema).

    A diverged seed is worst: beyond any bound of a median, and a cell with one never passes by its interval,
    which then speaks for the survivors only.
    """
    below = name.endswith("_below")
    if name.startswith("median"):
        return _median(values, bound, below)
    x = values.to_numpy(dtype=float)
    finite = x[np.isfinite(x)]
    if len(x) and not len(finite):
        return Held(
            Outcome.REGRESSION, f"has no value: all {seeds(len(x))} diverged, which is beyond any bound"
        )
    interval = t_interval(finite, scale, trials=trials)
    lost = f", {len(x) - len(finite)} of {seeds(len(x))} diverged" if len(finite) < len(x) else ""
    said = f"is {with_ends(interval)} over {seeds(len(finite))}{lost}"
    low, high = _ends(interval, finite)
    if math.isnan(low):
        return Held(Outcome.INCONCLUSIVE, f"{said}: no interval to hold against {number(bound)}")
    beyond, clear = (low > bound, high < bound) if below else (high < bound, low > bound)
    if beyond:
        return Held(Outcome.REGRESSION, f"{said}, wholly {'above' if below else 'below'} {number(bound)}")
    if clear and not lost:
        return Held(Outcome.PASS, f"{said}, {'below' if below else 'above'} {number(bound)}")
    tail = "" if clear else f": {number(bound)} lies inside, {_needed(finite, bound, scale, trials)}"
    return Held(Outcome.INCONCLUSIVE, f"{said}{tail}")


def _median(values: pd.Series, bound: float, below: bool) -> Held:
    x = values.to_numpy(dtype=float)
    middle = median(x if below else np.where(np.isinf(x), -math.inf, x))
    fine = middle < bound if below else middle > bound
    side = f"{'' if fine else 'not '}{'below' if below else 'above'}"
    said = f"has a median of {number(middle)} over {seeds(len(x))}, {side} {number(bound)}"
    return Held(Outcome.PASS if fine else Outcome.REGRESSION, said)


def _ends(interval: Interval, finite: np.ndarray) -> tuple[float, float]:
    """The interval's ends; values that are all the same are their own; NaN where there is no interval."""
    if interval.low is not None and interval.high is not None:
        return interval.low, interval.high
    if len(finite) > 1 and np.ptp(finite) <= 1e-12 * np.abs(finite).max():
        return interval.centre, interval.centre
    return math.nan, math.nan


def _needed(finite: np.ndarray, bound: float, scale: Scale, trials: float | None) -> str:
    y, (edge,) = to_scale(finite, scale, trials), to_scale(np.array([bound]), scale, trials)
    away, spread = abs(float(y.mean()) - float(edge)), float(y.std(ddof=1))
    if not away > 1e-12 or not math.isfinite(away):
        return "and more seeds would not tell"
    found = fewest(away, [spread])
    return f"{seeds(found)} would tell" if found else f"more than {MOST:,} seeds would be needed to tell"
