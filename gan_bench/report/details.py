"""Every cell in full: settings, what became of each seed, end values, traceback, facts."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell, end_size, ends
from gan_bench.analysis.rankings import RANKINGS, named
from gan_bench.harness.outcome import Status
from gan_bench.report.board import label_of
from gan_bench.report.numbers import NONE, duration, flattened, measured, number
from gan_bench.report.pictures import anchor
from gan_bench.report.ran import STATES, cell_anchor, state
from gan_bench.report.reproduce import Planned, Reproduction
from gan_bench.report.sparkline import Sparkline, sparklines

# Above this a table of plain numbers is cut, and says so.
MOST_ROWS = 400


@dataclass(frozen=True)
class Seed:
    """One seed's line."""

    seed: int
    status: str
    sentence: str
    step: str
    message: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Details:
    """One cell's section."""

    anchor: str
    label: str
    dataset: str
    experiment: str
    state: str
    symbol: str
    summary: str
    reason: str
    metrics: tuple[str, ...]
    seeds: tuple[Seed, ...]
    sparks: tuple[Sparkline, ...]
    settings: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    traceback: str
    log: str
    keys: tuple[str, ...]
    again: Reproduction | None
    yardstick: bool = False
    of_method: bool = False
    brief: str = ""

    @property
    def troubled(self) -> bool:
        """Whether a seed ended in a way that needs words."""
        return any(seed.status != Status.COMPLETED for seed in self.seeds)


@dataclass(frozen=True)
class CellGroup:
    """The cells of one data set or experiment; what all of them share is told once."""

    name: str
    anchor: str
    cells: tuple[Details, ...]
    settings: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class EveryCell:
    """All cells in groups, and by method the settings that it has in all of its cells and others do not."""

    groups: tuple[CellGroup, ...]
    methods: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def every_cell(cells: Sequence[Cell], planned: Planned, *, many: bool) -> EveryCell:
    """Return every cell by data set (ranked experiments) or experiment, yardsticks last.

    planned: the run's jobs, suite and command; many: of a run so large that all is cut to the least.
    """
    groups: dict[str, list[Details]] = {}
    for cell in sorted(cells, key=lambda cell: cell.is_reference):
        name = cell.dataset if cell.experiment in RANKINGS and cell.dataset else cell.experiment
        groups.setdefault(name, []).append(details(cell, planned, many=many))
    grouped = [_grouped(name, members) for name, members in groups.items()]
    methods = _of_methods([one for group in grouped for one in group.cells])
    own = [replace(group, cells=tuple(_without(one, methods) for one in group.cells)) for group in grouped]
    return EveryCell(tuple(own), tuple((label, tuple(pairs)) for label, pairs in methods.items()))


Pairs = dict[tuple[str, str], None]


def _grouped(name: str, members: Sequence[Details]) -> CellGroup:
    # The yardstick has few settings: it would leave nothing to share.
    mine = [one for one in members if not one.yardstick] or members
    settings, facts = (_shared([getattr(one, part) for one in mine]) for part in ("settings", "facts"))
    own = [
        replace(
            one,
            settings=tuple(pair for pair in one.settings if pair not in settings),
            facts=tuple(pair for pair in one.facts if pair not in facts),
        )
        for one in members
    ]
    return CellGroup(name, f"cells-{anchor(name)}", tuple(own), tuple(settings), tuple(facts))


def _of_methods(every: Sequence[Details]) -> dict[str, Pairs]:
    """What every cell of a method still has to say of its settings, by label."""
    by_label: dict[str, list[tuple[tuple[str, str], ...]]] = {}
    for one in every:
        by_label.setdefault(one.label, []).append(one.settings)
    shared = {label: _shared(settings) for label, settings in by_label.items()}
    return {label: pairs for label, pairs in shared.items() if pairs}


def _without(one: Details, methods: Mapping[str, Pairs]) -> Details:
    told = methods.get(one.label, {})
    return replace(
        one, settings=tuple(pair for pair in one.settings if pair not in told), of_method=bool(told)
    )


def _shared(every: Sequence[tuple[tuple[str, str], ...]]) -> Pairs:
    """Pairs that all have, in the order of the first; none where there is nobody to share with."""
    if len(every) < 2:
        return {}
    common = set(every[0]).intersection(*every[1:])
    return dict.fromkeys(pair for pair in every[0] if pair in common)


def details(cell: Cell, planned: Planned, *, many: bool = False) -> Details:
    """Return everything the page says of a cell."""
    name = state(cell)
    metrics = _metrics(cell)[: 1 if many else None]
    values = {m: ends(cell, m, end_size([cell], m)) for m in metrics}
    units = {m: str(cell.descriptors.get(m, {}).get("unit", "")) for m in metrics}
    clock = f" in {duration(cell.seconds)}" if cell.seconds else ""
    found = Details(
        anchor=cell_anchor(cell),
        label=cell.label,
        dataset=cell.dataset,
        experiment=cell.experiment,
        state=name,
        symbol=STATES[name][0],
        summary=", ".join(f"{n} {status.value}" for status, n in cell.counts.items()) + clock,
        reason=cell.skip,
        metrics=tuple(label_of(cell.descriptors, m) for m in metrics),
        seeds=tuple(_seed(cell, seed, values, units) for seed in cell.status),
        sparks=sparklines(cell, many=many),
        settings=tuple(flattened(cell.settings)),
        facts=tuple(_facts(cell)),
        traceback="\n\n".join(o.traceback for o in cell.outcomes if o.traceback),
        log="\n\n".join(log for o in cell.outcomes if (log := getattr(o, "log", ""))),
        keys=tuple(o.job.key for o in cell.outcomes),
        again=planned.reproduction(cell.outcomes[0].job) if planned.command else None,
        yardstick=cell.is_reference,
    )
    return replace(found, brief=_brief(found)) if many and metrics and not found.troubled else found


def _brief(found: Details) -> str:
    """The table of seeds in a line, where all that it has to say is one number a seed."""
    numbers = (f"{one.seed}: {next(iter(one.values))}" for one in found.seeds)
    return f"{found.metrics[0]} by seed: {', '.join(numbers)}"


def _metrics(cell: Cell) -> list[str]:
    """Metrics whose end values are told seed by seed: those of a leaderboard, also where there is none."""
    families = RANKINGS.get(cell.experiment, RANKINGS["training"]).families
    names = named([cell], families)
    return [names[kind] for kind in families if kind in names and names[kind] in cell.metrics]


def _seed(cell: Cell, seed: int, values: Mapping[str, Mapping[int, float]], units: Mapping[str, str]) -> Seed:
    status = cell.status[seed]
    return Seed(
        seed=seed,
        status=status.status.value,
        sentence=status.status.sentence,
        step=NONE if status.step is None else number(status.step),
        message=status.message,
        values=tuple(measured(values[m].get(seed, math.nan), units[m]) for m in values),
    )


def _facts(cell: Cell) -> list[tuple[str, str]]:
    """Facts and provenance of the first job; packages are said once, for the whole run."""
    outcome = cell.outcomes[0]
    said = {**outcome.facts, **{k: v for k, v in outcome.provenance.items() if k != "packages"}}
    return flattened(said)


def plain_rows(cells: Sequence[Cell]) -> tuple[list[dict[str, Any]], int]:
    """End values of any experiment's metrics over seeds, and how many lines were left out."""
    lines: list[dict[str, Any]] = []
    for cell in cells:
        rows = cell.rows[np.isfinite(cell.rows["value"])]
        keys = ["metric", "axis", "at"]
        last = rows[rows["step"] == rows.groupby(keys, dropna=False)["step"].transform("max")]
        for (metric, axis, at), group in last.groupby(keys, dropna=False, sort=False):
            lines.append(
                _plain_row(cell, str(metric), f"{axis} {number(at)}" if axis else "", group["value"])
            )
    return lines[:MOST_ROWS], max(0, len(lines) - MOST_ROWS)


def _plain_row(cell: Cell, metric: str, place: str, values: pd.Series) -> dict[str, Any]:
    descriptor = cell.descriptors.get(metric, {})
    unit = str(descriptor.get("unit", ""))
    numbers = [measured(float(v), unit) for v in (values.median(), values.min(), values.max())]
    return {
        "method": cell.label,
        "dataset": cell.dataset,
        "metric": label_of(cell.descriptors, metric),
        "at": place,
        "seeds": len(values),
        "numbers": numbers,
    }
