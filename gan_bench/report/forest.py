"""The dots of a leaderboard: every seed's end value on a log axis, positions in per cent."""

from __future__ import annotations

from dataclasses import dataclass

from gan_bench.analysis.intervals import Interval
from gan_bench.analysis.leaderboard import Leaderboard, Standing
from gan_bench.metrics.bands import Band
from gan_bench.report.axis import Axis
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
    axis = Axis([*values, *((band.low, band.high) if band else ())], log=True)
    return Forest(
        strips=tuple(_strip(s, axis, board.ranking.parts, len(board.standings)) for s in board.standings),
        ticks=axis.ticks(),
        band=(axis(band.low) or 0.0, axis(band.high) or 0.0, axis(band.median) or 0.0) if band else None,
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


def _strip(s: Standing, axis: Axis, parts: str, strips: int) -> Strip:
    told = strips <= _MOST_TOLD
    dots = [
        Dot(
            axis(value) or 0.0,
            _LANES[i % len(_LANES)],
            f"seed {seed}: {number(value, 4)}" if told else "",
            value,
        )
        for i, (seed, value) in enumerate(s.ends.items())
        if value > 0
    ]
    ends, seeds = interval_ends(s.interval), few_seeds(s.interval)
    value = number(s.interval.centre)
    centre = s.interval.centre if s.ends and s.interval.centre > 0 else None
    places = [None if end is None else axis(end) for end in (s.interval.low, s.interval.high)]
    low, high = places if None not in places else (None, None)
    return Strip(
        label=s.cell.label,
        link=f"#{cell_anchor(s.cell)}",
        dots=tuple(dots),
        centre=None if centre is None else axis(centre),
        low=low,
        high=high,
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
