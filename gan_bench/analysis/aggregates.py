"""All data sets together: interquartile mean, optimality gap, performance profile, who beats whom.

The measures of Agarwal et al. 2021 ("Deep RL at the edge of the statistical precipice") on `scores`, where 0
is a perfect sampler, higher is better and -inf is a diverged seed, which always takes part.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.bootstrap import SEED, Influence, Statistic, stratified_interval
from gan_bench.analysis.improvements import Improvement, improvement
from gan_bench.analysis.intervals import Interval, wilson
from gan_bench.analysis.scores import Group

TRIM = 0.25
# Places of a profile between the worst and the best score: a step of the drawn curve is a few pixels wide.
PLACES = 60
# Pairs grow with the square of the methods, and nobody reads a table of a thousand.
MOST_DUELLISTS = 12

MEASURE_COLUMNS = ("method", "measure", "centre", "low", "high", "n", "note")
IMPROVEMENT_COLUMNS = ("method", "other", "probability", "low", "high", "p", "better", "note")
PROFILE_COLUMNS = ("method", "tau", "share", "low", "high")


def iqm(scores: np.ndarray) -> np.ndarray:
    """Interquartile mean, (..., N) -> (...): the mean without the int(N / 4) lowest and as many highest.

    -inf where more than these diverged, never NaN.
    """
    ordered, cut = np.sort(scores, axis=-1), int(TRIM * scores.shape[-1])
    middle: np.ndarray = ordered[..., cut : scores.shape[-1] - cut].mean(axis=-1)
    return middle


def winsorised(scores: np.ndarray) -> np.ndarray:
    """Scores (N,) cut to the range that `iqm` keeps: the influence of each on it (Huber 1981, 3.3)."""
    ordered, cut = np.sort(scores), int(TRIM * scores.size)
    return np.clip(scores, ordered[cut], ordered[-1 - cut])


def shortfall(scores: np.ndarray) -> np.ndarray:
    """What each score lacks to a perfect sampler's, 0 where it lacks nothing; inf where the seed diverged."""
    return np.maximum(0.0, -scores)


def optimality_gap(scores: np.ndarray) -> np.ndarray:
    """Mean shortfall, (..., N) -> (...), lower better; infinite as soon as a seed diverged."""
    gap: np.ndarray = shortfall(scores).mean(axis=-1)
    return gap


@dataclass(frozen=True)
class _Measure:
    name: str
    statistic: Statistic
    influence: Influence


MEASURES = (
    _Measure("iqm", iqm, winsorised),
    _Measure("optimality_gap", optimality_gap, shortfall),
)


def aggregates(group: Group, *, seed: int = SEED) -> pd.DataFrame:
    """Return interquartile mean and optimality gap of each method: a frame of MEASURE_COLUMNS.

    low and high: 95 % of a stratified bootstrap over seeds, NaN where there is none (the note says why); n:
    seeds that took part. The note counts those that diverged (worst) and those that did not finish (absent).
    In simulations intervals cover 93 to 97 % from three seeds on, spreads up to seven times as large on one
    data set as on another; the interquartile mean's falls to 85 to 90 % where one data set has ten times the
    spread and lies across the edge of the middle half: its distribution is far from normal there.
    """
    lines = []
    for method in group.methods:
        strata, notes = group.of(method), _fates(group, method)
        for measure in MEASURES:
            interval = stratified_interval(strata, measure.statistic, measure.influence, seed=seed)
            note = "; ".join(filter(None, (interval.note, *notes)))
            lines.append((method, measure.name, *_numbers(interval), interval.n, note))
    return pd.DataFrame(lines, columns=list(MEASURE_COLUMNS))


def improvements(group: Group, *, most: int = MOST_DUELLISTS) -> pd.DataFrame:
    """Compare methods two by two: a frame of IMPROVEMENT_COLUMNS, each pair both ways.

    probability: P(method > other), how often a seed of method ends nearer than one of other, mean over data
    sets; better: whether it is told to be. p values are of single pairs, not adjusted for their number. Of
    more than `most` methods only the one of highest interquartile mean is compared, with all others.
    """
    pairs = list(combinations(group.methods, 2))
    if len(group.methods) > most:
        best = max(group.methods, key=lambda name: float(iqm(np.concatenate(group.of(name)))))
        pairs = [pair for pair in pairs if best in pair]
    lines: list[tuple[Any, ...]] = []
    for first, second in pairs:
        there = improvement(group.of(first), group.of(second))
        lines += [(first, second, *_told(there)), (second, first, *_told(there.reverse))]
    frame = pd.DataFrame(lines, columns=list(IMPROVEMENT_COLUMNS))
    place = {name: k for k, name in enumerate(group.methods)}
    return frame.sort_values("method", key=lambda names: names.map(place), kind="stable", ignore_index=True)


def profile(group: Group) -> pd.DataFrame:
    """Return the performance profile F(tau) = share of seeds with a score above tau: PROFILE_COLUMNS.

    tau: even places from one below the worst finite score to the best, the same for all methods; none
    without a finite score. low and high are Wilson's, pointwise, of all seeds together: at least 95 %, since
    shares that differ by data set vary less than their mean alone would.
    """
    known = group.scores["score"].to_numpy(dtype=float)
    known = known[np.isfinite(known)]
    lines = [line for method in group.methods for line in _profile(group, method, _places(known))]
    return pd.DataFrame(lines, columns=list(PROFILE_COLUMNS))


def _places(known: np.ndarray) -> np.ndarray:
    if not known.size:
        return known
    low, high = float(known.min()), float(known.max())
    step = (high - low or 1.0) / PLACES
    return np.linspace(low - step, high, PLACES + 2)


def _profile(group: Group, method: str, places: np.ndarray) -> Iterator[tuple[Any, ...]]:
    values = np.concatenate(group.of(method))
    for tau in places:
        above = int((values > tau).sum())
        yield (method, float(tau), above / values.size, *_wilson(above, values.size))


# A profile asks for the same few rates at many places.
_wilson = lru_cache(maxsize=4096)(wilson)


def _fates(group: Group, method: str) -> list[str]:
    values = np.concatenate(group.of(method))
    lost, (missing, planned) = int(np.isinf(values).sum()), group.missing(method)
    return [
        f"{lost} of {values.size} seeds diverged" if lost else "",
        f"{missing} of {planned} seeds did not finish" if missing else "",
    ]


def _numbers(interval: Interval) -> tuple[float, float, float]:
    low, high = (math.nan if end is None else end for end in (interval.low, interval.high))
    return interval.centre, low, high


def _told(found: Improvement) -> tuple[Any, ...]:
    low, high = (math.nan if end is None else end for end in (found.low, found.high))
    return found.probability, low, high, found.p, found.better, found.note
