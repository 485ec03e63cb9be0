"""Small multiples of a history: a panel per method, runs from left to right, every seed a dot."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gan_bench.analysis.intervals import Interval, t_interval
from gan_bench.analysis.steps import Change, Series
from gan_bench.report.axis import Axis
from gan_bench.report.differences import size_words
from gan_bench.report.history.stops import Stop
from gan_bench.report.numbers import NONE, counted, interval_ends, measured

# Pixels of a panel's drawing: the whole, and the margins around its field.
WIDTH, HEIGHT = 340, 168
LEFT, RIGHT, TOP, BOTTOM = 48, 10, 22, 22
_FIELD = (WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM)
# Runs that have room for a number below the axis; of more runs every k-th has one.
_LABELS = 10


@dataclass(frozen=True)
class Point:
    """One run: its place, the ends of its interval (None: no interval), and what it says when pointed at."""

    x: float
    y: float
    low: float | None
    high: float | None
    title: str


@dataclass(frozen=True)
class Mark:
    """A step between two runs: its place, what it says, and its side ("worse", "better", "changed")."""

    x: float
    anchor: str
    text: str
    side: str
    title: str


@dataclass(frozen=True)
class Lost:
    """Seeds that diverged in one run."""

    x: float
    text: str


@dataclass(frozen=True)
class Panel:
    """One method's drawing: line and dots as path data, points with intervals, steps, losses, cuts."""

    method: str
    alt: str
    lines: tuple[str, ...]
    dots: str
    points: tuple[Point, ...]
    marks: tuple[Mark, ...]
    lost: tuple[Lost, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """All methods of one metric on one data set, on one axis: ticks of both axes, and the numbers as text."""

    label: str
    unit: str
    scale: str
    panels: tuple[Panel, ...]
    ticks: tuple[tuple[float, str], ...]
    places: tuple[tuple[float, str], ...]
    rows: tuple[tuple[str, ...], ...]


def chart(series: Sequence[Series], changes: Sequence[Change], stops: Sequence[Stop]) -> Chart:
    """Draw the series of one metric on one data set (a method's stretches each a series), none empty."""
    first = series[0]
    told = {id(s): [_interval(s, row) for row in range(len(s.runs))] for s in series}
    axis = Axis(_drawn(series, told), log=first.scale == "log", length=_FIELD[1])
    methods = list(dict.fromkeys(s.method for s in series))
    drawing = _Drawing(axis, told, changes, stops)
    return Chart(
        label=first.label,
        unit=first.measured_in,
        scale="log axis" if first.scale == "log" else "linear axis",
        panels=tuple(drawing.panel([s for s in series if s.method == method]) for method in methods),
        ticks=tuple((round(TOP + _FIELD[1] - y, 1), label) for y, label in axis.ticks()),
        places=tuple((x_of(k, len(stops)), str(k + 1)) for k in _labelled(len(stops))),
        rows=tuple(row for s in series for row in _rows(s, told[id(s)], stops)),
    )


def x_of(place: float, runs: int) -> float:
    """Pixels from the left of a run's place; halves lie between runs."""
    return round(LEFT + _FIELD[0] * (place + 0.5) / runs, 1)


@dataclass(frozen=True)
class _Drawing:
    axis: Axis
    told: dict[int, list[Interval]]
    changes: Sequence[Change]
    stops: Sequence[Stop]

    def panel(self, series: Sequence[Series]) -> Panel:
        mine = [change for change in self.changes if change.series.method == series[0].method]
        marks = tuple(self.mark(change) for change in mine)
        points = [[self.point(s, row) for row in range(len(s.runs))] for s in series]
        return Panel(
            method=series[0].method,
            alt=_alt(series, self.told, marks),
            lines=tuple(_line([p for p in stretch if p is not None]) for stretch in points),
            dots="".join(self.dots(s) for s in series if s.unit == "seed"),
            points=tuple(p for stretch in points for p in stretch if p is not None),
            marks=marks,
            lost=tuple(lost for s in series for lost in self.losses(s)),
            notes=tuple(f"From run {s.runs[0] + 1} apart: {s.note}." for s in series if s.note),
        )

    def y_of(self, value: float | None) -> float | None:
        place = None if value is None else self.axis(value)
        return None if place is None else round(TOP + _FIELD[1] - place, 1)

    def point(self, series: Series, row: int) -> Point | None:
        interval, run = self.told[id(series)][row], series.runs[row]
        y = self.y_of(interval.centre)
        if y is None:
            return None
        ends = self.y_of(interval.low), self.y_of(interval.high)
        title = f"{self.stops[run].title}: {_words(series, interval)}"
        return Point(x_of(run, len(self.stops)), y, *ends, title)

    def dots(self, series: Series) -> str:
        """Every seed as a line of no length, which round caps make a dot: half the bytes of circles."""
        values = series.table.to_numpy(dtype=float)
        places = (
            (x_of(run, len(self.stops)), self.y_of(float(value)))
            for run, row in zip(series.runs, values, strict=True)
            for value in row
        )
        return "".join(f"M{x:g} {y:g}h0" for x, y in places if y is not None)

    def losses(self, series: Series) -> list[Lost]:
        lost = np.isinf(series.table.to_numpy(dtype=float)).sum(axis=1)
        runs = zip(series.runs, lost, strict=True)
        return [Lost(x_of(run, len(self.stops)), f"{n} ✕") for run, n in runs if n]

    def mark(self, change: Change) -> Mark:
        size, _ = size_words(change.size, change.series.scale, change.series.measured_in)
        lost = " diverged" if change.series.unit == "loss" else ""
        x = x_of((change.last + change.first) / 2, len(self.stops))
        share = (x - LEFT) / _FIELD[0]
        anchor = "start" if share < 0.2 else "end" if share > 0.8 else "middle"
        title = f"from {self.stops[change.last].title} to {self.stops[change.first].title}: {size}"
        return Mark(x, anchor, f"{SYMBOLS[side_of(change)]} {size}{lost}", side_of(change), title)


SYMBOLS = {"worse": "▲", "better": "✓", "changed": "◆"}


def side_of(change: Change) -> str:
    """Name the side of a change: worse, better, or changed where the metric has no better side."""
    return {True: "better", False: "worse", None: "changed"}[change.better]


def _interval(series: Series, row: int) -> Interval:
    """Mean over one run's seeds with its t interval; a run's own value where its seeds share a clock."""
    values = series.table.iloc[row].to_numpy(dtype=float)
    finite = values[np.isfinite(values)]
    found = t_interval(finite, series.scale, trials=series.trials)
    lost = int(np.isinf(values).sum())
    if lost and finite.size:
        survived = f"{finite.size} of {finite.size + lost} seeds survived"
        return Interval(found.centre, None, None, found.n, survived)
    return found


def _drawn(series: Sequence[Series], told: dict[int, list[Interval]]) -> list[float]:
    """All values that the axis must hold."""
    values = [float(v) for s in series for v in s.table.to_numpy(dtype=float).ravel() if np.isfinite(v)]
    ends = [end for s in series for one in told[id(s)] for end in (one.low, one.high) if end is not None]
    return [*values, *ends]


def _line(points: Sequence[Point]) -> str:
    return "".join(f"{'L' if k else 'M'}{p.x:g} {p.y:g}" for k, p in enumerate(points))


def _labelled(runs: int) -> range:
    return range(0, runs, max(1, math.ceil(runs / _LABELS)))


def _words(series: Series, interval: Interval) -> str:
    if not interval.n:
        return "no seed reached the end"
    unit = series.measured_in
    ends = interval_ends(interval, unit) if series.unit == "seed" else ""
    return " ".join(filter(None, (measured(interval.centre, unit), ends)))


def _alt(series: Sequence[Series], told: dict[int, list[Interval]], marks: Sequence[Mark]) -> str:
    steps = "; ".join(mark.title for mark in marks) or "no change found"
    runs = sum(len(s.runs) for s in series)
    known = [one.centre for s in series for one in told[id(s)] if one.n]
    unit = series[0].measured_in
    span = f", {measured(min(known), unit)} to {measured(max(known), unit)}" if known else ""
    return f"{series[0].label} of {series[0].method} over {counted(runs, 'run')}{span}: {steps}"


def _rows(series: Series, told: Sequence[Interval], stops: Sequence[Stop]) -> list[tuple[str, ...]]:
    """The numbers behind the drawing: method, run, commit, value, interval, seeds."""
    rows: list[tuple[str, ...]] = []
    for run, one, values in zip(series.runs, told, series.table.to_numpy(dtype=float), strict=True):
        value = measured(one.centre, series.measured_in) if one.n else NONE
        ends = interval_ends(one, series.measured_in) if series.unit == "seed" else ""
        seeds = str(int((~np.isnan(values)).sum())) if series.unit == "seed" else NONE
        rows.append((series.method, str(run + 1), stops[run].commit or NONE, value, ends, seeds))
    return rows
