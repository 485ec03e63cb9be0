"""What a comparison with the baseline says, in one sentence."""

from __future__ import annotations

import math

import pandas as pd

from gan_bench.analysis.harm import Yardstick
from gan_bench.analysis.noninferiority import Judged, Verdict
from gan_bench.analysis.pairing import Pair
from gan_bench.analysis.power import MOST
from gan_bench.gate.patterns import words
from gan_bench.gate.schema import Margin, Relative
from gan_bench.gate.values import descriptor_of, label_of
from gan_bench.gate.words import change, seeds

# Of settings that differ: more would be a list, not a sentence.
_MOST_SETTINGS = 3


def pair_sentence(
    pair: Pair, metric: str, yardstick: Yardstick, judged: Judged, base: pd.Series, margin: Margin
) -> str:
    """Return the sentence of one cell; base: the base's harm by seed."""
    unit = str(descriptor_of(pair.new, metric).get("unit", ""))
    said = _said(label_of(pair.new, metric), unit, yardstick, judged, base, margin)
    return f"{words(pair.new)}: {said}{_settings(pair)}"


def aggregate_sentence(
    rule: Relative, cells: int, name: str, yardstick: Yardstick, judged: Judged, base: pd.Series
) -> str:
    """Return the sentence of the primary gate on so many cells; base: the base's harm, all cells."""
    said = _said(name, "", yardstick, judged, base, rule.margin)
    return f"mean of {cells} cell{'' if cells == 1 else 's'} ({rule.cells}): {said}"


def _said(name: str, unit: str, yardstick: Yardstick, judged: Judged, base: pd.Series, margin: Margin) -> str:
    if judged.verdict is Verdict.PASS and not judged.spreads:
        return f"{name} is what it was in the baseline: {judged.note}"
    how = f"({seeds(judged.n)}, {'paired' if judged.paired else 'other seeds than the baseline'})"
    if math.isnan(judged.mean):
        return f"no seed has {name} in both runs; {judged.note}"
    moved = f"{change(name, unit, yardstick, judged, base)} against the baseline"
    allowed = f"the {_allowed(margin, yardstick)} allowed"
    note = f"; {judged.note}" if judged.note else ""
    if judged.verdict is Verdict.PASS:
        return f"{moved}, within {allowed} {how}{note}"
    if judged.verdict is Verdict.REGRESSION:
        more = (
            ""
            if judged.diverged[1] > judged.diverged[0] and not _beyond(judged)
            else f", more than {allowed}"
        )
        return f"{moved}{more} {how}{note}"
    return f"{moved}, not told from {allowed} {how}{note}{_seeds_needed(judged)}"


def _beyond(judged: Judged) -> bool:
    """Whether the values themselves are beyond the margin, not only the number of diverged seeds."""
    return judged.low > judged.margin


def _seeds_needed(judged: Judged) -> str:
    spreads = any(spread > 0 for spread in judged.spreads)
    if not spreads or judged.diverged[1] > judged.diverged[0]:
        return ""
    needed = judged.needed
    return (
        f"; {seeds(needed)} would tell" if needed else f"; more than {MOST:,} seeds would be needed to tell"
    )


def _allowed(margin: Margin, yardstick: Yardstick) -> str:
    return f"{100 * margin.size:.3g} %" if yardstick.relative else str(margin)


def _settings(pair: Pair) -> str:
    """Settings that differ belong into the sentence: they may be the reason."""
    shown = [f"{c.name} {c.old} -> {c.new}" for c in pair.settings[:_MOST_SETTINGS]]
    more = len(pair.settings) - len(shown)
    rest = f" and {more} more" if more else ""
    return f" (settings differ: {', '.join(shown)}{rest})" if shown else ""
