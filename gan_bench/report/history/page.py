"""The page of a history: changes first, then statuses, verdicts, curves and where the runs come from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gan_bench.analysis.environments import Change as Difference
from gan_bench.analysis.environments import environment_changes
from gan_bench.analysis.pairing import pair_cells
from gan_bench.analysis.palette import looks
from gan_bench.analysis.series import DIVERGED, SECONDS
from gan_bench.analysis.steps import Change, Series
from gan_bench.report.claims import BADGES
from gan_bench.report.differences import change_lines, environment_words, probability, size_words
from gan_bench.report.history import charts
from gan_bench.report.history.charts import Chart, chart
from gan_bench.report.history.course import History
from gan_bench.report.history.stops import Stop, fates, stops_of
from gan_bench.report.numbers import NONE, counted
from gan_bench.report.pictures import anchor


@dataclass(frozen=True)
class Line:
    """One change as text: what moved, between which runs, by how much, how surely, what else changed."""

    side: str
    symbol: str
    method: str
    what: str
    when: tuple[str, str]
    size: str
    ends: str
    p: str
    basis: str
    beside: tuple[str, ...]
    link: str


@dataclass(frozen=True)
class Place:
    """The charts of one experiment on one data set; open where they show what ranks or what was asked for."""

    title: str
    anchor: str
    charts: tuple[Chart, ...]
    folded: tuple[Chart, ...]


def context(history: History) -> dict[str, Any]:
    """Return all that the template needs."""
    stops = stops_of(history.runs, history.names, history.environments)
    places = _places(history, stops)
    return {
        "title": _title(stops),
        "stops": stops,
        "lines": [_line(change, history, stops) for change in history.worst],
        "tally": tally(history),
        "looks": looks(track.method for track in history.tracks),
        "places": places,
        "fates": fates(history.runs),
        "verdicts": [_strip(claim.statement, found) for claim, found in history.verdicts],
        "environments": [change_lines(found) for found in history.environments],
        "size": (charts.WIDTH, charts.HEIGHT, charts.LEFT, charts.RIGHT, charts.TOP, charts.BOTTOM),
        "margin": f"{100 * history.margin:.3g} %",
        "cuts": _cuts(history),
    }


def tally(history: History) -> list[tuple[str, str, str]]:
    """(state, symbol, "2 worse") of what was found, as badges."""
    sides = [charts.side_of(change) for change in history.found]
    states = {"worse": "failed", "changed": "diverged", "better": "completed"}
    found = [
        (states[side], charts.SYMBOLS[side], f"{sides.count(side)} {side}")
        for side in states
        if side in sides
    ]
    return found or [("skipped", NONE, "no change found")]


def sentence(change: Change, stops: Sequence[Stop]) -> str:
    """Say a change in one sentence a person understands."""
    size, ends = size_words(change.size, change.series.scale, change.series.measured_in)
    before, after = stops[change.last].short, stops[change.first].short
    told = " ".join(filter(None, (size, ends)))
    return f"{_where(change.series)}: {change.series.label} {told} from {before} to {after}, {_basis(change)}"


def _title(stops: Sequence[Stop]) -> str:
    suites = list(dict.fromkeys(stop.suite for stop in stops))
    return f"{', '.join(suites)} over {counted(len(stops), 'run')}"


def _where(series: Series) -> str:
    return " on ".join(part for part in (series.method, series.dataset or series.experiment) if part)


def _line(change: Change, history: History, stops: Sequence[Stop]) -> Line:
    series, side = change.series, charts.side_of(change)
    size, ends = size_words(change.size, series.scale, series.measured_in)
    return Line(
        side=side,
        symbol=charts.SYMBOLS[side],
        method=series.method,
        what=f"{series.label}, {series.dataset or series.experiment}",
        when=(f"{stops[change.last].number} → {stops[change.first].number}", stops[change.first].told),
        size=size,
        ends=ends,
        p=probability(change.p),
        basis=_basis(change),
        beside=tuple(environment_words(_beside(change, history))),
        link=f"#{_anchor(series)}",
    )


def _beside(change: Change, history: History) -> list[Difference]:
    """What else changed between the two runs: the cell's settings, then the environment."""
    series, places = change.series, (change.last, change.first)
    where = (series.experiment, series.method, series.dataset)
    track = next(t for t in history.tracks if (t.experiment, t.method, t.dataset) == where)
    cells = {place: cell for place, cell, _ in track.stops}
    settings = pair_cells([cells[places[0]]], [cells[places[1]]]).pairs[0].settings
    runs = (history.runs[place] for place in places)
    return [*settings, *environment_changes(*runs)]


def _basis(change: Change) -> str:
    """What the judgement rests on."""
    n, unit = change.found.n, change.series.unit
    if unit == "run":
        return f"{counted(n, 'run')} on one machine"
    if unit == "loss":
        return f"{n} trainings"
    paired = "paired" if change.found.paired else "unpaired"
    lost = ", survivors only" if change.found.lost else ""
    return f"{counted(n, 'seed')}, {paired}{lost}"


def _cuts(history: History) -> list[str]:
    """Say where what a machine decides is cut, one sentence per metric, place and reason."""
    apart = [s for s in history.series if s.note and s.unit == "run"]
    found: Counter[tuple[str, int, str]] = Counter((s.label, s.runs[0] + 1, s.note) for s in apart)
    return [
        f"{label[:1].upper()}{label[1:]} is cut before run {run} in {counted(n, 'cell')}: {reason}."
        for (label, run, reason), n in found.items()
    ]


def _anchor(series: Series) -> str:
    return f"history-{anchor(series.experiment)}-{anchor(series.dataset or series.experiment)}"


def _places(history: History, stops: Sequence[Stop]) -> list[Place]:
    """Charts by experiment and data set; losses stand in the table of statuses instead."""
    groups: dict[tuple[str, str], dict[str, list[Series]]] = {}
    for series in history.series:
        if series.metric != DIVERGED:
            place = groups.setdefault((series.experiment, series.dataset), {})
            place.setdefault(series.metric, []).append(series)
    return [_place(key, metrics, history, stops) for key, metrics in groups.items()]


def _place(
    key: tuple[str, str], metrics: dict[str, list[Series]], history: History, stops: Sequence[Stop]
) -> Place:
    experiment, dataset = key
    here = [c for c in history.found if (c.series.experiment, c.series.dataset) == key]
    drawn: dict[str, Chart] = {}
    for metric, series in metrics.items():
        # Losses have no panel of their own: the first of a method's panels marks where they changed.
        shown = {DIVERGED, metric} if not drawn else {metric}
        drawn[metric] = chart(series, [c for c in here if c.series.metric in shown], stops)
    first = next(iter(metrics.values()))[0]
    return Place(
        title=f"{experiment}: {dataset}" if dataset else experiment,
        anchor=_anchor(first),
        charts=tuple(one for metric, one in drawn.items() if metric != SECONDS),
        folded=tuple(one for metric, one in drawn.items() if metric == SECONDS),
    )


def _strip(statement: str, verdicts: Sequence[Any]) -> dict[str, Any]:
    """A claim's verdict in every run, and whether it ever changed."""
    known = [verdict for verdict in verdicts if verdict is not None]
    squares = [None if v is None else (*BADGES[v], v.value) for v in verdicts]
    return {"statement": statement, "squares": squares, "changed": len(set(known)) > 1}
