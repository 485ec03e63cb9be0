"""Rules that need no baseline: a metric's interval or median over seeds against numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.pairing import of_a_machine, seed_values
from gan_bench.errors import UsageError
from gan_bench.gate.bounds import held_against
from gan_bench.gate.finding import Finding
from gan_bench.gate.patterns import select, subject, words
from gan_bench.gate.schema import Absolute, Bounded
from gan_bench.gate.thresholds import Placed
from gan_bench.gate.values import descriptor_of, label_of, metric_of, missing_value, trials_of, unmatched
from gan_bench.metrics.descriptor import Scale


def absolute(rules: Sequence[Placed[Absolute]], cells: Sequence[Cell]) -> list[Finding]:
    """Hold every matching cell's metric against its rule's bounds; UsageError for what a machine decides."""
    selection = select(rules, cells)
    found = unmatched("absolute", selection.unmatched, cells)
    for placed, cell in selection.chosen:
        metric = metric_of(cell, placed.rule.metric)
        if of_a_machine(descriptor_of(cell, metric), metric):
            suite = placed.place.partition(".")[0]
            raise UsageError(
                f"{placed.place}: {metric} is the machine's: write [[{suite}.timing]], a ratio within one run"
            )
        found += missing_value("absolute", placed.place, cell, metric)
        found += held("absolute", placed.place, placed.rule, cell, metric, seed_values(cell, metric))
    return found


def held(
    kind: str, place: str, rule: Bounded, cell: Cell, metric: str, values: pd.Series, over: str = ""
) -> list[Finding]:
    """Return a finding per bound of a rule; none without values. over: what the values were divided by."""
    trials = trials_of(cell, metric)
    scale: Scale = "log" if over else descriptor_of(cell, metric).get("scale", "identity")
    scale = "identity" if scale == "logit" and trials is None else scale
    found = []
    for name, bound in rule.bounds.items() if len(values) else ():
        one = held_against(values, name, bound, scale, trials)
        sentence = f"{words(cell)}: {label_of(cell, metric)}{over} {one.words}"
        found.append(Finding(kind, one.outcome, subject(cell), metric, sentence, place))
    return found
