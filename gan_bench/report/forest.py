"""The dots of a leaderboard: every seed's end value on a log axis, positions in per cent."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from gan_bench.analysis.intervals import Interval
from gan_bench.analysis.leaderboard import Leaderboard, Standing
from gan_bench.metrics.bands import Band
from gan_bench.report.numbers import counted, interval_ends, number
from gan_bench.report.ran import cell_anchor

# Where rows of dots sit inside a strip, in pixels from its top: seeds are spread so that equal ones show.
_LANES = (20.0, 15.0, 25.0, 11.0, 29.0)
# On boards with more strips dots say nothing when pointed at: an eighth of the page; cells tell the numbers.
_MOST_TOLD = 24
_ENDED = ("completed", "diverged")


@dataclass(frozen=True)
class Dot:
    """One seed: per cent from the left, pixels from the top, what it says when pointed at, and its value."""

    x: float
    y: float
    title: str
    value: float


@dataclass(frozen=True)
class Strip:
    """One method's row of dots with its interval; centre, low and high in per cent, None where not known.

    The fields that end in `_value` are the same three in the metric's unit: what an axis is drawn anew from.
    """

    label: str
    link: str
    dots: tuple[Dot, ...]
    centre: float | None
    low: float | None
    high: float | None
    centre_value: float | None
    low_value: float | None
    high_value: float | None
    value: str
    ends: str
    seeds: str
    losses: str
    alt: str


@dataclass(frozen=True)
class Forest:
    """All strips of a data set on one logarithmic axis.

    band: low, high and median of the perfect sampler in per cent, band_values the same in the metric's unit.
    """

    strips: tuple[Strip, ...]
    ticks: tuple[tuple[float, str], ...]
    band: tuple[float, float, float] | None
    band_values: tuple[float, float, float] | None
    band_text: str


def forest(board: Leaderboard) -> Forest | None:
    """Lay out every seed's end value on a log axis, or None where there is no positive one."""
    values = [v for s in board.standings for v in s.ends.values() if v > 0]
    if not values:
        return None
    band = board.bands.get(board.ranked)
    for s in board.standings:
        values += [end for end in (s.interval.low, s.interval.high) if end]
    axis = _Axis([*values, *((band.low, band.high) if band else ())])
    return Forest(
        strips=tuple(_strip(s, axis, board.ranking.parts, len(board.standings)) for s in board.standings),
        ticks=axis.ticks(),
        band=(axis(band.low), axis(band.high), axis(band.median)) if band else None,
        band_values=(band.low, band.high, band.median) if band else None,
        band_text=_band_text(band),
    )


def losses(s: Standing, parts: str) -> str:
    """What became of seeds that did not complete or cover few of the data's `parts`; empty for none."""
    collapsed = f"{s.collapsed} with under half the {parts}" if s.collapsed else ""
    return ", ".join(text for text in (unended(s), collapsed) if text)


def unended(s: Standing) -> str:
    """What became of seeds that did not complete; empty for none."""
    if s.cell.skip:
        return f"skipped: {s.cell.skip}"
    found = [f"{len(s.ends)} of {s.planned} survived, {s.diverged} diverged"] if s.diverged else []
    found += [f"{n} {status.value}" for status, n in s.cell.counts.items() if status.value not in _ENDED]
    return ", ".join(found)


def few_seeds(interval: Interval) -> str:
    """Warn of an interval that rests on two seeds: it is 13 times as wide as the two lie apart."""
    return "2 seeds: the interval says little" if interval.known and interval.n == 2 else ""


class _Axis:
    """Log axis -> per cent of the width, with room at both ends."""

    def __init__(self, values: Sequence[float]) -> None:
        positive = [v for v in values if v > 0]
        low, high = math.log10(min(positive)), math.log10(max(positive))
        room = max(0.06 * (high - low), 0.04)
        self.low, self.high = low - room, high + room

    def __call__(self, value: float) -> float:
        share = (math.log10(value) - self.low) / (self.high - self.low) if value > 0 else 0.0
        return round(100 * min(max(share, 0.0), 1.0), 2)

    def ticks(self) -> tuple[tuple[float, str], ...]:
        decades = range(math.floor(self.low), math.ceil(self.high) + 1)
        found: list[float] = []
        for leads in ((1,), (1, 3), (1, 2, 5), tuple(range(1, 10))):
            found = [lead * 10.0**d for d in decades for lead in leads]
            found = [v for v in found if self.low <= math.log10(v) <= self.high]
            if len(found) >= 3:
                break
        return tuple((self(v), f"{v:.4g}") for v in found)


def _strip(s: Standing, axis: _Axis, parts: str, strips: int) -> Strip:
    told = strips <= _MOST_TOLD
    dots = [
        Dot(axis(value), _LANES[i % len(_LANES)], f"seed {seed}: {number(value, 4)}" if told else "", value)
        for i, (seed, value) in enumerate(s.ends.items())
        if value > 0
    ]
    ends, seeds = interval_ends(s.interval), few_seeds(s.interval)
    value = number(s.interval.centre)
    centre = s.interval.centre if s.ends and s.interval.centre > 0 else None
    return Strip(
        label=s.cell.label,
        link=f"#{cell_anchor(s.cell)}",
        dots=tuple(dots),
        centre=None if centre is None else axis(centre),
        low=None if s.interval.low is None else axis(s.interval.low),
        high=None if s.interval.high is None else axis(s.interval.high),
        centre_value=centre,
        low_value=s.interval.low,
        high_value=s.interval.high,
        value=value,
        ends=ends,
        seeds=seeds,
        losses=losses(s, parts),
        alt=f"{s.cell.label}: {value}, {ends}; {counted(len(dots), 'seed')} shown. {losses(s, parts)}",
    )


def _band_text(band: Band | None) -> str:
    if band is None:
        return ""
    return f"{number(band.median)}, 5 to 95 %: {number(band.low)} to {number(band.high)}, {band.n} draws"
