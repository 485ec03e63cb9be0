"""What rules read of cells: the metric that a rule means, its end values, and what is missing of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from gan_bench.analysis.cells import Cell, end_size
from gan_bench.analysis.pairing import seed_values
from gan_bench.analysis.rankings import RANKINGS, family, trials
from gan_bench.errors import nearest
from gan_bench.gate.finding import Finding, Outcome
from gan_bench.gate.patterns import subject, words
from gan_bench.gate.thresholds import Placed
from gan_bench.gate.words import listed
from gan_bench.harness.outcome import Status


def metric_of(cell: Cell, wanted: str) -> str:
    """Return the metric of a cell that a rule means: of that name, or of that name without its extractor.

    `fid` finds `fid[glyphs-cnn]`. A name that the cell does not know is returned as it is.
    """
    known = _known(cell)
    if wanted in known:
        return wanted
    return next((name for name in known if family(name) == wanted), wanted)


def descriptor_of(cell: Cell, metric: str) -> Mapping[str, Any]:
    """Return the stored descriptor of a metric; empty where there is none."""
    return cell.descriptors.get(metric, {})


def label_of(cell: Cell, metric: str) -> str:
    """Return a metric's label, with its extractor where it has one."""
    return str(descriptor_of(cell, metric).get("label") or metric)


def trials_of(cell: Cell, metric: str) -> float | None:
    """Return how many draws a share is of; None where that is not known."""
    size = end_size([cell], metric)
    if cell.experiment in RANKINGS:
        size = trials(RANKINGS[cell.experiment], cell, metric, size)
    return None if math.isnan(size) else size


def missing_value(kind: str, place: str, cell: Cell, metric: str) -> list[Finding]:
    """Return a finding where seeds of a cell should have a value of the metric and have none.

    Failed seeds are the run's own findings: here they count only where no seed at all has a value.
    """
    values = seed_values(cell, metric)
    completed = [seed for seed, status in cell.status.items() if status.status is Status.COMPLETED]
    without = sorted(set(completed) - set(values.index))
    if len(values) and not without:
        return []
    unknown = metric not in _known(cell)
    why = f"the cell has no such metric{nearest(metric, _known(cell))}" if unknown else "there is no value"
    at = f" of {listed(without)}" if len(values) and without else ""
    sentence = f"{words(cell)}: nothing to compare for {metric}{at}: {why}"
    return [Finding(kind, Outcome.MISSING, subject(cell), metric, sentence, place)]


def unmatched(kind: str, rules: Iterable[Placed[Any]], cells: Sequence[Cell]) -> list[Finding]:
    """Return a finding for every rule whose pattern matches no cell."""
    found, known = [], [subject(cell) for cell in cells if not cell.is_reference]
    for placed in rules:
        pattern, metric = placed.rule.cells, getattr(placed.rule, "metric", "")
        said = f'"{pattern}" matches no cell of this run{nearest(pattern, known)}'
        found.append(Finding(kind, Outcome.MISSING, pattern, metric, said, placed.place))
    return found


def unfinished(cells: Sequence[Cell]) -> list[Finding]:
    """Return a finding for every cell of which seeds failed or never ran: such a run cannot pass."""
    found = []
    for cell in cells:
        bad = {seed: s for seed, s in cell.status.items() if not s.status.fine}
        if bad:
            first = next(iter(bad.values()))
            message = f": {' '.join(first.message.split())[:200]}" if first.message else ""
            sentence = f"{words(cell)}: {listed(bad)} {_states(bad)}{message}"
            found.append(Finding("run", Outcome.MISSING, subject(cell), "", sentence))
    return found


def median(values: np.ndarray) -> float:
    """Return the median of (n,) values, where infinity stays infinity; NaN of none."""
    if not values.size:
        return math.nan
    low, high = np.sort(values)[[(values.size - 1) // 2, values.size // 2]]
    return float(low if low == high else (low + high) / 2)


def _known(cell: Cell) -> list[str]:
    measured = map(str, cell.rows["metric"].unique())
    return list(dict.fromkeys((*measured, *cell.descriptors)))


def _states(bad: Mapping[int, Any]) -> str:
    states = dict.fromkeys(s.status.value for s in bad.values())
    return f"ended with {' and '.join(states)}"
