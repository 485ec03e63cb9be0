"""Series of a history: each metric of each cell over runs, apart where values must not be compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell, cells_of, end_size
from gan_bench.analysis.environments import HasOutcomes, same_machine
from gan_bench.analysis.pairing import Pair, of_a_machine, pair_cells, seed_values, unlike
from gan_bench.analysis.rankings import RANKINGS, family, trials
from gan_bench.analysis.steps import Series
from gan_bench.harness.outcome import Status
from gan_bench.metrics.descriptor import Better, Scale

# What every history holds beside metrics: whether a seed diverged, and seconds inside training updates.
DIVERGED, SECONDS = "diverged", "seconds"
_SECONDS = {"label": "training time", "unit": "s", "better": "lower", "scale": "log"}
_ROW = ["seed", "step", "axis", "at", "metric", "value"]


@dataclass(frozen=True)
class Meaning:
    """What is needed to compare a metric's values: scale, direction, the draws behind a share, words."""

    label: str
    unit: str
    scale: Scale
    better: Better
    target: float | None
    trials: float | None


@dataclass
class Track:
    """One cell through the runs that have it: (place of the run, cell, all cells of the run)."""

    experiment: str
    method: str
    dataset: str
    stops: list[tuple[int, Cell, Sequence[Cell]]] = field(default_factory=list)


def meaning(cell: Cell, metric: str) -> Meaning:
    """Read a metric's descriptor; a share whose number of draws is not known is taken as it is."""
    told: Mapping[str, Any] = _SECONDS if metric == SECONDS else cell.descriptors.get(metric, {})
    scale: Scale = told.get("scale", "identity")
    size, ranking = end_size([cell], metric), RANKINGS.get(cell.experiment)
    draws = trials(ranking, cell, metric, size) if ranking else size
    if scale == "logit" and not draws >= 1:
        scale = "identity"
    return Meaning(
        label=str(told.get("label", metric)),
        unit=str(told.get("unit", "")),
        scale=scale,
        better=told.get("better", "neither"),
        target=told.get("target"),
        trials=draws if scale == "logit" else None,
    )


def row_hashes(cell: Cell) -> np.ndarray:
    """One number per measured row, sorted; rows of a machine's speed and memory, and clocks, are left out.

    Equal arrays: the two cells measured the very same bits.
    """
    rows = cell.rows
    machine = {m for m, told in cell.descriptors.items() if of_a_machine(told, m)}
    kept = rows.loc[~rows["metric"].isin(machine), _ROW]
    return np.sort(pd.util.hash_pandas_object(kept, index=False).to_numpy())


def tracks(runs: Sequence[HasOutcomes]) -> list[Track]:
    """Follow every cell but the perfect samplers' by experiment, label and data set, in their order."""
    found: dict[tuple[str, str, str], Track] = {}
    for place, run in enumerate(runs):
        cells = cells_of(run.outcomes)
        for cell in cells:
            if not cell.is_reference and not cell.skip:
                key = (cell.experiment, cell.label, cell.dataset)
                found.setdefault(key, Track(*key)).stops.append((place, cell, cells))
    return list(found.values())


def series_of(track: Track, metrics: Sequence[str] = ()) -> list[Series]:
    """All series of a cell: the metric that ranks, `metrics` (names or families), losses, seconds."""
    cells = [cell for _, cell, _ in track.stops]
    wanted = [RANKINGS[track.experiment].by] if track.experiment in RANKINGS else []
    names = dict.fromkeys(
        name
        for one in dict.fromkeys([*wanted, *metrics])
        for cell in cells
        for name in _measured(cell)
        if one in (name, family(name))
    )
    found = [series for name in names for series in _series(track, name)]
    return [*found, *_series(track, DIVERGED), *_series(track, SECONDS)]


def _measured(cell: Cell) -> Iterable[str]:
    return iter(cell.metrics)


def _series(track: Track, metric: str) -> list[Series]:
    """The series of one metric: runs whose values may be compared share one; each later one says why not."""
    groups: list[list[tuple[int, Cell, Sequence[Cell], pd.Series]]] = []
    notes: list[str] = []
    for place, cell, cells in track.stops:
        values = _values(cell, metric)
        if not len(values):
            continue
        reasons = [_apart(group[-1][1:3], (cell, cells), metric) for group in groups]
        fitting = next((k for k, reason in enumerate(reasons) if not reason), None)
        if fitting is None:
            groups.append([])
            notes.append(reasons[-1] if reasons else "")
            fitting = len(groups) - 1
        groups[fitting].append((place, cell, cells, values))
    return [
        _one(track, metric, [(p, c, v) for p, c, _, v in g], note)
        for g, note in zip(groups, notes, strict=True)
    ]


def _values(cell: Cell, metric: str) -> pd.Series:
    """What a cell adds to a series: values by seed, or one for the whole cell where its clock is shared."""
    if metric == DIVERGED:
        ended = {
            s: float(one.status is Status.DIVERGED) for s, one in cell.status.items() if _ended(one.status)
        }
        return pd.Series(ended, dtype=float)
    if metric == SECONDS:
        whole = all(map(_ended, cell.counts)) and cell.seconds > 0
        return pd.Series([cell.seconds] if whole else [], dtype=float)
    values = seed_values(cell, metric)
    if not of_a_machine(cell.descriptors.get(metric, {}), metric):
        return values
    finite = values[np.isfinite(values) & (values > 0)]
    return pd.Series([math.exp(np.log(finite).mean())] if len(finite) else [], dtype=float)


def _ended(status: Status) -> bool:
    return status in (Status.COMPLETED, Status.DIVERGED)


def _apart(before: tuple[Cell, Sequence[Cell]], after: tuple[Cell, Sequence[Cell]], metric: str) -> str:
    """Why the values of two runs are no series, or nothing."""
    (old, olds), (new, news) = before, after
    pair = _paired(old, olds, new, news)
    if reason := unlike(pair, metric):
        return reason
    if not _of_machine(new, metric):
        return ""
    if not same_machine(old, new):
        return "made on unlike or unknown machines"
    if pair.settings:
        return f"other settings: {pair.settings[0].name}"
    return "" if list(old.status) == list(new.status) else "other seeds share the clock"


def _paired(old: Cell, olds: Sequence[Cell], new: Cell, news: Sequence[Cell]) -> Pair:
    first = (old, *(cell for cell in olds if cell.is_reference))
    second = (new, *(cell for cell in news if cell.is_reference))
    return pair_cells(first, second).pairs[0]


def _of_machine(cell: Cell, metric: str) -> bool:
    return metric == SECONDS or of_a_machine(cell.descriptors.get(metric, {}), metric)


def _one(track: Track, metric: str, stops: Sequence[tuple[int, Cell, pd.Series]], note: str) -> Series:
    places = [place for place, _, _ in stops]
    values = pd.DataFrame([values for *_, values in stops], index=places).sort_index(axis=1)
    cell = stops[-1][1]
    where = (track.experiment, track.method, track.dataset, metric)
    if metric == DIVERGED:
        version = _versions([c for _, c, _ in stops]) if values.any(axis=None) else (0,) * len(stops)
        words = "share of seeds diverged"
        return Series(
            *where, words, values, "identity", "loss", measured_in="share", version=version, note=note
        )
    told = meaning(cell, metric)
    machine = _of_machine(cell, metric)
    return Series(
        *where,
        told.label,
        values,
        "log" if machine else told.scale,
        "run" if machine else "seed",
        told.better,
        told.unit,
        told.trials,
        told.target,
        note=note,
    )


def _versions(cells: Sequence[Cell]) -> tuple[int, ...]:
    """An equal number for cells that measured the very same bits, and whose seeds ended alike."""
    known: dict[tuple[bytes, str], int] = {}
    return tuple(known.setdefault((row_hashes(c).tobytes(), _ends(c)), len(known)) for c in cells)


def _ends(cell: Cell) -> str:
    return ",".join(f"{seed} {one.status}" for seed, one in sorted(cell.status.items()))
