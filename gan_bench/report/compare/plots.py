"""Paired dot plots: every seed of the base above, of the new run below, on one axis per data set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gan_bench.analysis.comparing import Compared, Told
from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.report.axis import Axis
from gan_bench.report.differences import size_words
from gan_bench.report.numbers import interval_ends, measured, number

# Pixels from the top of a strip at which the two runs' dots lie, and what further dots are moved by.
BASE_LANE, NEW_LANE, HEIGHT = 13.0, 33.0, 46
_OFFSETS = (0.0, -3.0, 3.0)

# Verdict -> (class that colours it, symbol): never told by colour alone.
LOOKS = {
    Told.WORSE: ("side-worse", "▲"),
    Told.BETTER: ("side-better", "✓"),
    Told.CHANGED: ("side-changed", "◆"),
    Told.UNTOLD: ("side-changed", "?"),
    Told.ALIKE: ("side-quiet", "≈"),
    Told.IDENTICAL: ("side-quiet", "="),
}


@dataclass(frozen=True)
class Dot:
    """One seed: per cent from the left, pixels from the top, and what it says when pointed at."""

    x: float
    y: float
    title: str


@dataclass(frozen=True)
class Lane:
    """One run's seeds: dots, mean and interval in per cent (None where not known), seeds that diverged."""

    name: str
    y: float
    dots: tuple[Dot, ...]
    centre: float | None
    low: float | None
    high: float | None
    lost: int
    words: str


@dataclass(frozen=True)
class Strip:
    """One method: base and new, and what the comparison says of it."""

    label: str
    base: Lane
    new: Lane
    size: str
    ends: str
    told: str
    look: str
    symbol: str
    seeds: int | None
    settings: int
    alt: str


@dataclass(frozen=True)
class Plot:
    """All methods of one metric on one data set."""

    title: str
    anchor: str
    label: str
    unit: str
    scale: str
    strips: tuple[Strip, ...]
    ticks: tuple[tuple[float, str], ...]


def plot(title: str, anchor: str, compared: Sequence[Compared]) -> Plot:
    """Lay out what was compared of one metric on one data set."""
    log = compared[0].meaning.scale == "log"
    told = [(_interval(one, one.base), _interval(one, one.new)) for one in compared]
    values = [float(v) for one in compared for arm in (one.base, one.new) for v in arm if np.isfinite(v)]
    values += [e for pair in told for one in pair for e in (one.low, one.high) if e is not None]
    axis = Axis(values, log=log)
    return Plot(
        title=title,
        anchor=anchor,
        label=compared[0].meaning.label,
        unit=compared[0].meaning.unit,
        scale="log axis" if log else "linear axis",
        strips=tuple(_strip(one, pair, axis) for one, pair in zip(compared, told, strict=True)),
        ticks=axis.ticks(),
    )


def _strip(one: Compared, told: tuple[Interval, Interval], axis: Axis) -> Strip:
    unit = one.meaning.unit
    base = _lane("base", BASE_LANE, one.base, told[0], axis, unit)
    new = _lane("new", NEW_LANE, one.new, told[1], axis, unit)
    size, ends = size_words(one.size, one.meaning.scale, unit)
    look, symbol = LOOKS[one.told]
    label = one.pair.new.label
    return Strip(
        label=label,
        base=base,
        new=new,
        size=size,
        ends=ends,
        told=one.told.value,
        look=look,
        symbol=symbol,
        seeds=one.seeds,
        settings=len(one.pair.settings),
        alt=f"{label}: base {base.words}, new {new.words}; {size} {ends}, {one.told.value}",
    )


def _lane(name: str, y: float, values: pd.Series, told: Interval, axis: Axis, unit: str) -> Lane:
    finite = values[np.isfinite(values)]
    places = [(seed, float(value), axis(float(value))) for seed, value in finite.items()]
    dots = tuple(
        Dot(x, y + _OFFSETS[k % len(_OFFSETS)], f"{name}, seed {seed}: {number(value, 4)}")
        for k, (seed, value, x) in enumerate(places)
        if x is not None
    )
    lost = len(values) - len(finite)
    words = f"{measured(told.centre, unit)} {interval_ends(told, unit)}" + (
        f", {lost} diverged" if lost else ""
    )
    low, high = (None if end is None else axis(end) for end in (told.low, told.high))
    return Lane(name, y, dots, axis(told.centre), low, high, lost, words)


def _interval(one: Compared, values: pd.Series) -> Interval:
    finite = values[np.isfinite(values)].to_numpy(dtype=float)
    found = t_interval(finite, one.meaning.scale, trials=one.meaning.trials)
    if len(finite) < len(values):
        return Interval(found.centre, None, None, found.n, "survivors only")
    return found
