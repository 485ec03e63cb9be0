"""Every cell in full: settings, what became of each seed, end values, traceback, facts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell, end_size, end_values
from gan_bench.analysis.rankings import RANKINGS, named
from gan_bench.report.board import label_of
from gan_bench.report.numbers import NONE, duration, flattened, measured, number
from gan_bench.report.ran import STATES, cell_anchor, state

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
    settings: tuple[tuple[str, str], ...]
    facts: tuple[tuple[str, str], ...]
    traceback: str
    log: str
    keys: tuple[str, ...]


def details(cell: Cell) -> Details:
    """Return everything the page says of a cell."""
    name = state(cell)
    metrics = _metrics(cell)
    ends = {m: end_values(cell, m, end_size([cell], m)) for m in metrics}
    units = {m: str(cell.descriptors.get(m, {}).get("unit", "")) for m in metrics}
    clock = f" in {duration(cell.seconds)}" if cell.seconds else ""
    return Details(
        anchor=cell_anchor(cell),
        label=cell.label,
        dataset=cell.dataset,
        experiment=cell.experiment,
        state=name,
        symbol=STATES[name][0],
        summary=", ".join(f"{n} {status.value}" for status, n in cell.counts.items()) + clock,
        reason=cell.skip,
        metrics=tuple(label_of(cell.descriptors, m) for m in metrics),
        seeds=tuple(_seed(cell, seed, ends, units) for seed in cell.status),
        settings=tuple(flattened(cell.settings)),
        facts=tuple(_facts(cell)),
        traceback="\n\n".join(o.traceback for o in cell.outcomes if o.traceback),
        log="\n\n".join(log for o in cell.outcomes if (log := getattr(o, "log", ""))),
        keys=tuple(o.job.key for o in cell.outcomes),
    )


def _metrics(cell: Cell) -> list[str]:
    """Metrics whose end values are told seed by seed: those of a leaderboard, also where there is none."""
    families = RANKINGS.get(cell.experiment, RANKINGS["training"]).families
    names = named([cell], families)
    return [names[kind] for kind in families if kind in names and len(cell.of(names[kind]))]


def _seed(cell: Cell, seed: int, ends: Mapping[str, pd.Series], units: Mapping[str, str]) -> Seed:
    status = cell.status[seed]
    return Seed(
        seed=seed,
        status=status.status.value,
        sentence=status.status.sentence,
        step=NONE if status.step is None else number(status.step),
        message=status.message,
        values=tuple(measured(float(ends[m].get(seed, np.nan)), units[m]) for m in ends),
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
