"""All data sets together: who is nearest, as a multiple of a perfect sampler's distance; who beats whom."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gan_bench.analysis.aggregates import aggregates, improvements, profile
from gan_bench.analysis.cells import Cell
from gan_bench.analysis.scores import groups, scores
from gan_bench.report.axis import Axis
from gan_bench.report.numbers import Entry, counted, entry, number, p_value, share_ends
from gan_bench.report.profile_figure import Profile, Shares, profile_figure


@dataclass(frozen=True)
class Mean:
    """One method's line: the interquartile mean as a multiple, its place in per cent, the optimality gap.

    times, low, high: multiples (None where unknown); centre, start, stop: the same in per cent of the axis.
    """

    label: str
    times: float
    low: float | None
    high: float | None
    centre: float | None
    start: float | None
    stop: float | None
    value: str
    ends: str
    gap: Entry
    gap_ends: str
    seeds: int


@dataclass(frozen=True)
class Duel:
    """How often seeds of one method end nearer than seeds of another. better: by interval and by test."""

    text: str
    ends: str
    p: str
    value: float
    better: bool


@dataclass(frozen=True)
class Together:
    """The section of one group of contests. duels: one line per method, None on the diagonal."""

    label: str
    datasets: tuple[str, ...]
    conclusion: str
    statements: tuple[str, ...]
    left_out: tuple[str, ...]
    means: tuple[Mean, ...]
    ticks: tuple[tuple[float, str], ...]
    one: float | None
    profile: Profile | None
    duels: tuple[tuple[str, tuple[Duel | None, ...]], ...]


def all_together(cells: Sequence[Cell]) -> list[Together]:
    """Return what can be said over data sets, a section for every measure that two or more of them share."""
    found = [group for group in groups(scores(cells)) if len(group.datasets) > 1]
    return [
        together(
            group.label,
            group.datasets,
            group.left_out,
            aggregates(group),
            improvements(group),
            profile(group),
        )
        for group in found
    ]


def together(
    label: str,
    datasets: Sequence[str],
    left_out: Sequence[str],
    means: pd.DataFrame,
    pairs: pd.DataFrame,
    shares: pd.DataFrame,
) -> Together:
    """Lay out the frames of `gan_bench.analysis.aggregates` for one group of contests, nearest method first.

    Scores are log(reference / value), so a multiple of the perfect sampler's distance is exp(-score).
    """
    iqm, gap = (means[means["measure"] == name].set_index("method") for name in ("iqm", "optimality_gap"))
    order = list(iqm["centre"].sort_values(ascending=False, kind="stable").index)
    axis = Axis(
        [1.0, *(m for column in ("centre", "low", "high") for m in map(_times, iqm[column]))], log=True
    )
    rows = pairs.itertuples(index=False)
    duels = {(str(row.method), str(row.other)): _duel(row) for row in rows}
    return Together(
        label=label,
        datasets=tuple(datasets),
        conclusion=_conclusion(order, iqm, duels, len(datasets)),
        statements=tuple(_statements(order, duels)),
        left_out=tuple(left_out),
        means=tuple(_mean(name, iqm.loc[name], gap.loc[name], axis) for name in order),
        ticks=axis.ticks(),
        one=axis(1.0),
        profile=profile_figure([_shares(name, shares[shares["method"] == name]) for name in order]),
        duels=tuple((name, tuple(duels.get((name, other)) for other in order)) for name in order),
    )


def _times(score: float | None) -> float:
    """A score as a multiple of the perfect sampler's distance; infinite for a lost method, NaN for none."""
    if score is None or math.isnan(score):
        return math.nan
    return math.exp(-score) if score > -700 else math.inf


def _end(score: float | None) -> float | None:
    return None if score is None or math.isnan(score) else _times(score)


def _place(axis: Axis, value: float | None) -> float | None:
    """Place on the axis; what is infinite lies at its right end."""
    if value is None:
        return None
    return axis.length if value == math.inf else axis(value)


def _mean(label: str, iqm: pd.Series, gap: pd.Series, axis: Axis) -> Mean:
    times, low, high = _times(iqm["centre"]), _end(iqm["high"]), _end(iqm["low"])
    return Mean(
        label=label,
        times=times,
        low=low,
        high=high,
        centre=_place(axis, times),
        start=_place(axis, low),
        stop=_place(axis, high),
        value=number(times),
        ends=_ends(low, high) or str(iqm["note"]),
        gap=entry(_times(-gap["centre"])),
        gap_ends=_ends(_end_of(gap["low"]), _end_of(gap["high"])),
        seeds=int(iqm["n"]),
    )


def _end_of(gap: float | None) -> float | None:
    """An end of a gap as a factor."""
    return None if gap is None or math.isnan(gap) else _times(-gap)


def _ends(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{number(low)}, {number(high)}]"


def _duel(row: Any) -> Duel:
    known = not math.isnan(row.low)
    return Duel(
        text=f"{100 * row.probability:.0f} %",
        ends=share_ends(row.low, row.high, 0.5) if known else "no interval",
        p="" if math.isnan(row.p) else p_value(row.p),
        value=float(row.probability),
        better=bool(row.better),
    )


def _statements(order: Sequence[str], duels: Mapping[tuple[str, str], Duel]) -> Iterator[str]:
    """One sentence for each method that is better than some other."""
    for name in order:
        beaten = [
            f"{other} (nearer in {duel.text} of pairs of seeds {duel.ends}, {duel.p})"
            for other in order
            if (duel := duels.get((name, other))) is not None and duel.better
        ]
        if beaten:
            yield f"{name} is better than {', '.join(beaten)}."


def _conclusion(
    order: Sequence[str], iqm: pd.DataFrame, duels: Mapping[tuple[str, str], Duel], datasets: int
) -> str:
    """What to take away: who is nearest, by how much, how sure, and who cannot be told from it."""
    best, others = order[0], order[1:]
    over = f"Over {counted(datasets, 'data set')}"
    centre, low, high = (float(iqm[column][best]) for column in ("centre", "low", "high"))
    ends = _ends(_end(high), _end(low))
    near = f"{best} ends nearest, {number(_times(centre))} times as far as a perfect sampler"
    said = f"{over} {near}{f' {ends}' if ends else ''}"
    beaten = [other for other in others if (best, other) in duels and duels[best, other].better]
    alike = [other for other in others if other not in beaten]
    if not others:
        return f"{said}."
    if not beaten:
        return f"{said}, but it is not shown to be better than any other method."
    apart = f", not told apart from {', '.join(alike)}" if alike else ""
    return f"{said}; it is better than {', '.join(beaten)}{apart}."


def _shares(label: str, rows: pd.DataFrame) -> Shares:
    """The profile of one method over multiples: a score above tau is a distance below exp(-tau)."""
    ordered = rows.sort_values("tau", ascending=False)
    columns = (ordered[name] for name in ("share", "low", "high"))
    share, low, high = (tuple(None if math.isnan(v) else float(v) for v in column) for column in columns)
    return Shares(label, tuple(map(_times, ordered["tau"])), tuple(v or 0.0 for v in share), low, high)
