"""Rules against a baseline: one primary gate on the mean over cells, tripwires on single cells with Holm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.estimates import Arms
from gan_bench.analysis.harm import Yardstick
from gan_bench.analysis.noninferiority import Judged, aggregate, family, non_inferior
from gan_bench.analysis.pairing import (
    Pair,
    Pairing,
    of_a_machine,
    pair_cells,
    paired_values,
    same_machine,
    unlike,
)
from gan_bench.errors import UsageError
from gan_bench.gate.finding import Finding, Outcome
from gan_bench.gate.patterns import matched, select, subject, words
from gan_bench.gate.schema import Relative
from gan_bench.gate.sentences import aggregate_sentence, pair_sentence
from gan_bench.gate.thresholds import Placed
from gan_bench.gate.values import descriptor_of, label_of, metric_of, missing_value, trials_of, unmatched
from gan_bench.gate.words import listed


@dataclass(frozen=True)
class Compared:
    """A pair of cells ready to be judged: harm by seed of both, the margin on the same scale."""

    placed: Placed[Relative]
    pair: Pair
    metric: str
    yardstick: Yardstick
    base: pd.Series
    new: pd.Series
    margin: float


def relative(
    rules: Sequence[Placed[Relative]], cells: Sequence[Cell], base: Sequence[Cell] | None
) -> list[Finding]:
    """Judge every rule against the baseline's cells; without a baseline say that nothing is compared."""
    if base is None:
        why = "not compared: there is no --baseline"
        return [_finding(p, Outcome.NOT_COMPARED, p.rule.cells, p.rule.metric, why) for p in rules]
    pairing = pair_cells(base, cells)
    pairs, gone = {pair.new.key: pair for pair in pairing.pairs}, _gone(pairing)
    primary = [placed for placed in rules if placed.rule.primary]
    found = [finding for placed in primary for finding in _primary(placed, cells, pairs, gone)]
    found += _tripwires([placed for placed in rules if not placed.rule.primary], cells, pairs, gone)
    # The primary gate and a tripwire may miss the same cell: it is told once.
    told: dict[tuple[str, ...], Finding] = {}
    for finding in found:
        told.setdefault((finding.subject, finding.metric, finding.sentence), finding)
    return list(told.values())


def gone(cells: Sequence[Cell], base: Sequence[Cell]) -> list[Finding]:
    """Return a finding for every cell that ran in the baseline and does not now, whatever the rules are."""
    vanished = _gone(pair_cells(base, cells))
    return [Finding("run", Outcome.MISSING, subject(cell), "", _absent(cell)) for cell in vanished]


def _gone(pairing: Pairing) -> tuple[Cell, ...]:
    """Cells of the baseline that are absent here, or skipped though they ran there."""
    dropped = (pair.base for pair in pairing.pairs if pair.new.skip and not pair.base.skip)
    return (*pairing.vanished, *dropped)


def _absent(cell: Cell) -> str:
    return f"{words(cell)} is in the baseline and not in this run"


def _tripwires(
    rules: Sequence[Placed[Relative]], cells: Sequence[Cell], pairs: dict[str, Pair], gone: Sequence[Cell]
) -> list[Finding]:
    selection = select(rules, [*cells, *gone])
    found = unmatched("relative", selection.unmatched, cells)
    ready: list[Compared] = []
    for placed, cell in selection.chosen:
        findings, compared = _prepare(placed, cell, pairs, gone)
        found += findings
        ready += [compared] if compared else []
    judged = family([non_inferior(one.base, one.new, one.margin) for one in ready])
    for one, verdict in zip(ready, judged, strict=True):
        sentence = pair_sentence(
            one.pair, one.metric, one.yardstick, verdict, one.base, one.placed.rule.margin
        )
        found.append(_judged(one.placed, verdict, subject(one.pair.new), one.metric, sentence))
    return found


def _primary(
    placed: Placed[Relative], cells: Sequence[Cell], pairs: dict[str, Pair], gone: Sequence[Cell]
) -> list[Finding]:
    mine = matched(placed.rule.cells, [*cells, *gone])
    if not mine:
        return unmatched("relative", [placed], cells)
    prepared = [_prepare(placed, cell, pairs, gone) for cell in mine]
    found = [finding for findings, _ in prepared for finding in findings]
    ready = [compared for _, compared in prepared if compared]
    if not ready:
        return found
    whole = aggregate([Arms(one.base, one.new) for one in ready], float(np.mean([r.margin for r in ready])))
    base = pd.concat([one.base for one in ready], ignore_index=True)
    name, yardstick = label_of(ready[0].pair.new, ready[0].metric), ready[0].yardstick
    sentence = aggregate_sentence(placed.rule, len(ready), name, yardstick, whole, base)
    return [*found, _judged(placed, whole, f"mean of {placed.rule.cells}", placed.rule.metric, sentence)]


def _prepare(
    placed: Placed[Relative], cell: Cell, pairs: dict[str, Pair], gone: Sequence[Cell]
) -> tuple[list[Finding], Compared | None]:
    """What stands in the way of a comparison, as findings, and the comparison where there is one."""
    metric = metric_of(cell, placed.rule.metric)
    if any(cell is one for one in gone):
        return [_finding(placed, Outcome.MISSING, subject(cell), metric, _absent(cell))], None
    pair = pairs.get(cell.key)
    if pair is None or pair.base.skip:
        said = f"{words(cell)} is new: the baseline has nothing to compare it with"
        return [_finding(placed, Outcome.NOT_COMPARED, subject(cell), metric, said)], None
    if refusal := _refusal(placed, pair, metric):
        return [refusal], None
    found = missing_value("relative", placed.place, cell, metric)
    base, new = paired_values(pair, metric)
    if absent := sorted(set(pair.base.status) - set(cell.status)):
        said = f"{words(cell)}: the baseline has {listed(absent)}, which this run does not plan"
        found.append(_finding(placed, Outcome.MISSING, subject(cell), metric, said))
    if not len(base):
        said = f"{words(cell)}: the baseline has no value of {metric}"
        found.append(_finding(placed, Outcome.MISSING, subject(cell), metric, said))
    if not len(base) or not len(new):
        return found, None
    compared = _compared(placed, pair, metric, base, new)
    if compared.base.isna().any() or compared.new.isna().any():
        said = f"{words(cell)}: a value of {metric} has no place on its scale ({compared.yardstick.scale})"
        found.append(_finding(placed, Outcome.MISSING, subject(cell), metric, said))
    return found, compared


def _refusal(placed: Placed[Relative], pair: Pair, metric: str) -> Finding | None:
    """Values that mean different things are never compared; those of another machine are passed over."""
    reason = unlike(pair, metric)
    if not reason:
        return None
    elsewhere = of_a_machine(descriptor_of(pair.new, metric), metric) and not same_machine(
        pair.base, pair.new
    )
    outcome = Outcome.NOT_COMPARED if elsewhere else Outcome.MISSING
    said = f"{words(pair.new)}: not comparable: {reason}"
    return _finding(placed, outcome, subject(pair.new), metric, said)


def _compared(placed: Placed[Relative], pair: Pair, metric: str, base: pd.Series, new: pd.Series) -> Compared:
    yardstick = Yardstick.of(descriptor_of(pair.new, metric), trials_of(pair.new, metric))
    if yardstick is None:
        raise UsageError(f"{placed.place}: {metric} has no better direction: it cannot be worse")
    margin = placed.rule.margin
    if margin.percent and not yardstick.relative and descriptor_of(pair.new, metric).get("scale") != "logit":
        unit = descriptor_of(pair.new, metric).get("unit") or "its unit"
        raise UsageError(f"{placed.place}: {metric} is no ratio: give the margin as a number, in {unit}")
    if yardstick.relative and yardstick.better == "higher" and margin.size >= 1:
        raise UsageError(f"{placed.place}: {metric} is better when higher: it cannot fall by {margin}")
    harm = [yardstick.harm(values) for values in (base, new)]
    return Compared(placed, pair, metric, yardstick, harm[0], harm[1], yardstick.margin(margin.size, harm[0]))


def _judged(placed: Placed[Relative], judged: Judged, subject: str, metric: str, sentence: str) -> Finding:
    return _finding(placed, Outcome(judged.verdict.value), subject, metric, sentence)


def _finding(placed: Placed[Relative], outcome: Outcome, subject: str, metric: str, said: str) -> Finding:
    kind = "primary" if placed.rule.primary else "relative"
    return Finding(kind, outcome, subject, metric, said, placed.place)
