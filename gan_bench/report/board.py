"""The leaderboard as the page shows it: positions of dots in per cent, numbers as text."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gan_bench.analysis.intervals import Interval, wilson
from gan_bench.analysis.leaderboard import BESIDE, RANKED_BY, Leaderboard, Standing
from gan_bench.metrics.bands import Band
from gan_bench.report.given import budget
from gan_bench.report.numbers import NONE, counted, interval_ends, measured, number
from gan_bench.report.ran import cell_anchor, state

# Where rows of dots sit inside a strip, in pixels from its top: seeds are spread so that equal ones show.
_LANES = (20.0, 15.0, 25.0, 11.0, 29.0)


@dataclass(frozen=True)
class Dot:
    """One seed: position in per cent from the left, pixels from the top, and what it says when pointed at."""

    x: float
    y: float
    title: str


@dataclass(frozen=True)
class Strip:
    """One method's row of dots with its interval; centre, low and high in per cent, None where not known."""

    label: str
    link: str
    dots: tuple[Dot, ...]
    centre: float | None
    low: float | None
    high: float | None
    value: str
    ends: str
    losses: str
    alt: str


@dataclass(frozen=True)
class Forest:
    """All strips of a data set on one logarithmic axis."""

    strips: tuple[Strip, ...]
    ticks: tuple[tuple[float, str], ...]
    band: tuple[float, float, float] | None
    band_text: str


@dataclass(frozen=True)
class Line:
    """One line of the leaderboard's table."""

    rank: str
    label: str
    link: str
    state: str
    cells: tuple[tuple[str, str], ...]
    budget: str
    seeds: str
    rate: str
    against_best: str
    verdict: str


def columns(board: Leaderboard) -> list[tuple[str, str, str]]:
    """Headings: (metric, label, unit) of what the table shows beside W1."""
    shown = []
    for metric in BESIDE:
        descriptor = board.descriptors.get(metric)
        seen = any(s.beside.get(metric) and s.beside[metric].n for s in board.standings)
        if descriptor and seen:
            target = descriptor.get("target")
            unit = str(descriptor.get("unit", ""))
            aim = f"target {measured(target, unit, 4)}" if target is not None else unit
            shown.append((metric, str(descriptor["label"]), aim))
    return shown


def forest(board: Leaderboard) -> Forest | None:
    """Lay out every seed's end value on a log axis, or None where there is no positive one."""
    values = [v for s in board.standings for v in s.ends.values() if v > 0]
    if not values:
        return None
    band = board.bands.get(RANKED_BY)
    for s in board.standings:
        values += [end for end in (s.interval.low, s.interval.high) if end]
    axis = _Axis([*values, *((band.low, band.high) if band else ())])
    return Forest(
        strips=tuple(_strip(s, axis) for s in board.standings),
        ticks=axis.ticks(),
        band=(axis(band.low), axis(band.high), axis(band.median)) if band else None,
        band_text=_band_text(band),
    )


def lines(board: Leaderboard) -> list[Line]:
    """Return the table's lines, best first."""
    unit = str(board.descriptors.get(RANKED_BY, {}).get("unit", ""))
    return [_line(s, board, unit) for s in board.standings]


def perfect_line(board: Leaderboard) -> list[tuple[str, str]]:
    """The perfect sampler's median and 5-95 % range, in the order of the columns, W1 first."""
    metrics = [(RANKED_BY, "", ""), *columns(board)]
    cells = []
    for metric, _, _ in metrics:
        band, unit = board.bands.get(metric), str(board.descriptors.get(metric, {}).get("unit", ""))
        ends = band_ends(band, unit) if band else ""
        cells.append((measured(band.median, unit) if band else NONE, ends))
    return cells


def band_ends(band: Band, unit: str) -> str:
    """Write a band's range; nothing where it has no width."""
    if band.low == band.high:
        return ""
    return interval_ends(Interval(band.median, band.low, band.high, band.n), unit)


def not_separable(board: Leaderboard) -> list[str]:
    """Labels of the methods whose interval overlaps the best's."""
    return [s.cell.label for s in board.standings if s.separate is False]


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


def _strip(s: Standing, axis: _Axis) -> Strip:
    dots = [
        Dot(axis(value), _LANES[i % len(_LANES)], f"seed {seed}: {number(value, 4)}")
        for i, (seed, value) in enumerate(s.ends.items())
        if value > 0
    ]
    ends = interval_ends(s.interval)
    value = number(s.interval.centre)
    return Strip(
        label=s.cell.label,
        link=f"#{cell_anchor(s.cell)}",
        dots=tuple(dots),
        centre=axis(s.interval.centre) if s.ends and s.interval.centre > 0 else None,
        low=None if s.interval.low is None else axis(s.interval.low),
        high=None if s.interval.high is None else axis(s.interval.high),
        value=value,
        ends=ends,
        losses=_losses(s),
        alt=f"{s.cell.label}: {value}, {ends}; {counted(len(dots), 'seed')} shown. {_losses(s)}",
    )


def _line(s: Standing, board: Leaderboard, unit: str) -> Line:
    shown = [_value(s.interval, unit), (measured(s.median, unit), ""), (measured(s.worst, unit), "")]
    for metric, _, _ in columns(board):
        described = str(board.descriptors.get(metric, {}).get("unit", ""))
        shown.append(_value(s.beside.get(metric), described))
    return Line(
        rank=NONE if s.rank is None else str(s.rank),
        label=s.cell.label,
        link=f"#{cell_anchor(s.cell)}",
        state=state(s.cell),
        cells=tuple(shown),
        budget=budget(s.cell),
        seeds=_seeds(s),
        rate=_rate(s),
        against_best=_ratio(s, board),
        verdict=_verdict(s),
    )


def _value(interval: Interval | None, unit: str) -> tuple[str, str]:
    if interval is None or interval.n == 0:
        return NONE, ""
    ends = interval_ends(interval, unit) if interval.known else interval.note.partition(",")[0]
    return measured(interval.centre, unit), ends


def _losses(s: Standing) -> str:
    """What became of seeds that did not complete; empty where all did."""
    if s.cell.skip:
        return f"skipped: {s.cell.skip}"
    parts = []
    if s.diverged:
        parts.append(f"{len(s.ends)} of {s.planned} survived, {s.diverged} diverged")
    others = [f"{n} {status.value}" for status, n in s.cell.counts.items() if status.value not in _ENDED]
    parts += others
    if s.collapsed:
        parts.append(f"{s.collapsed} with under half the modes")
    return ", ".join(parts)


def _seeds(s: Standing) -> str:
    """What became of all seeds, in words."""
    if len(s.ends) < s.planned:
        return _losses(s)
    done = f"all {s.planned} completed" if s.planned > 1 else "1 completed"
    return f"{done}, {_losses(s)}" if _losses(s) else done


_ENDED = ("completed", "diverged")


def _rate(s: Standing) -> str:
    """Wilson's interval of the divergence rate, where a seed ended at all."""
    n = len(s.ends) + s.diverged
    if n < 2:
        return ""
    low, high = wilson(s.diverged, n)
    return f"diverged {100 * s.diverged / n:.0f} % [{100 * low:.0f}, {100 * high:.0f}]"


def _ratio(s: Standing, board: Leaderboard) -> str:
    if s.rank is None or board.best is None:
        return NONE
    if s.rank == 1:
        return "lowest"
    return f"{number(s.interval.centre / board.best.interval.centre)} times"


def _verdict(s: Standing) -> str:
    """What the intervals say against the lowest; no test."""
    if s.rank in (None, 1):
        return ""
    if s.diverged:
        return "survivors only"
    if s.separate is None:
        return "no interval to compare"
    return "intervals do not overlap" if s.separate else "intervals overlap"


def _band_text(band: Band | None) -> str:
    if band is None:
        return ""
    return f"{number(band.median)}, 5 to 95 %: {number(band.low)} to {number(band.high)}, {band.n} draws"


def label_of(descriptors: Mapping[str, Mapping[str, object]], metric: str) -> str:
    """Label of a metric, its name where nothing describes it."""
    return str(descriptors.get(metric, {}).get("label", metric))
