"""Rules on time: ratios that were measured within this run, never across machines."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.pairing import seed_values
from gan_bench.errors import UsageError
from gan_bench.gate.absolute import held
from gan_bench.gate.finding import Finding, Outcome
from gan_bench.gate.patterns import matched, select, subject, words
from gan_bench.gate.schema import Timing
from gan_bench.gate.thresholds import Placed
from gan_bench.gate.values import descriptor_of, metric_of, missing_value, unmatched

# Units of metrics that are ratios within one run.
_RATIOS = ("baseline's steps", "plain loops", "share")


def timing(rules: Sequence[Placed[Timing]], cells: Sequence[Cell]) -> list[Finding]:
    """Hold ratios of time against bounds; UsageError for a metric that is no ratio by itself."""
    selection = select(rules, cells, about=lambda rule: f"{rule.metric} over {rule.over}")
    found = unmatched("timing", selection.unmatched, cells)
    for placed, cell in selection.chosen:
        metric = metric_of(cell, placed.rule.metric)
        if placed.rule.over is not None:
            found += _over(placed, placed.rule.over, cell, metric, cells)
            continue
        _require_ratio(placed, cell, metric)
        found += missing_value("timing", placed.place, cell, metric)
        found += _bounded(placed, cell, metric, seed_values(cell, metric))
    return found


def _over(
    placed: Placed[Timing], pattern: str, cell: Cell, metric: str, cells: Sequence[Cell]
) -> list[Finding]:
    """The ratio of two cells' values, seed by seed, of those that ran to the end: others stop early."""
    others = matched(pattern, cells)
    if len(others) != 1:
        said = f'over = "{pattern}" matches {len(others)} cells of this run, where one is needed'
        return [_missing(placed, cell, metric, said)]
    other = others[0]
    absent = [f for one in (cell, other) for f in missing_value("timing", placed.place, one, metric)]
    mine, base = (values[np.isfinite(values)] for values in (seed_values(c, metric) for c in (cell, other)))
    shared = mine.index.intersection(base.index)
    if not len(shared):
        said = f"{words(cell)}: no seed has {metric} here and in {words(other)}"
        return absent or [_missing(placed, cell, metric, said)]
    return absent + _bounded(
        placed, cell, metric, mine[shared] / base[shared], f" over that of {words(other)}"
    )


def _bounded(
    placed: Placed[Timing], cell: Cell, metric: str, values: pd.Series, over: str = ""
) -> list[Finding]:
    found = held("timing", placed.place, placed.rule, cell, metric, values, over)
    if not np.isfinite(values).any() or not _one_clock(values):
        return found
    said = (
        f"{words(cell)}: {metric}{over}: all seeds share one clock, so it has no interval: bound its median"
    )
    clock = Finding("timing", Outcome.INCONCLUSIVE, subject(cell), metric, said, placed.place)
    ends = [not name.startswith("median") for name in placed.rule.bounds]
    return [clock if end else finding for finding, end in zip(found, ends, strict=False)]


def _one_clock(values: pd.Series) -> bool:
    """Whether seeds were timed together: one measurement, however many of them carry it."""
    x = values.to_numpy(dtype=float)
    return len(x) < 2 or math.isclose(float(x.min()), float(x.max()), rel_tol=1e-12)


def _require_ratio(placed: Placed[Timing], cell: Cell, metric: str) -> None:
    descriptor = descriptor_of(cell, metric)
    if descriptor and descriptor.get("unit") not in _RATIOS:
        example = "experiment/method/dataset"
        raise UsageError(
            f'{placed.place}: {metric} is no ratio: name a cell to divide by, over = "{example}"'
        )


def _missing(placed: Placed[Timing], cell: Cell, metric: str, said: str) -> Finding:
    return Finding("timing", Outcome.MISSING, subject(cell), metric, said, placed.place)
