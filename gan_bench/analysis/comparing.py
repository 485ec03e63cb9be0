"""Two runs compared cell by cell: how far each metric moved, how surely, and what must not be compared.

Seeds are shared, so differences are paired. A cell is better or worse where the two-sided test of "no
difference" passes Holm's threshold over the cells compared with it, and alike where both one-sided tests of
"more than the margin" do (Schuirmann 1987); anything else is not told, with the seeds that would tell. Where
every seed has the very same value nothing is left to test. It informs; a gate has margins of its own.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pandas as pd
from scipy import stats

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.changes import LEVEL, MARGIN
from gan_bench.analysis.pairing import ONE_VALUE_AXES, Pair, Pairing, of_a_machine, paired_values, unlike
from gan_bench.analysis.power import fewest
from gan_bench.analysis.rankings import RANKINGS, extractor, family, named
from gan_bench.analysis.scales import bounds, from_scale, size_of, to_scale
from gan_bench.analysis.series import Meaning, meaning
from gan_bench.analysis.shifts import Shift, holm, shift
from gan_bench.analysis.steps import improved_by
from gan_bench.harness.outcome import Status


class Told(StrEnum):
    """What a comparison says of one metric of one cell, from worst to best news."""

    WORSE = "worse"
    BETTER = "better"
    CHANGED = "changed"
    UNTOLD = "not told"
    ALIKE = "alike"
    IDENTICAL = "identical"


class Kind(StrEnum):
    """The family that Holm's correction is over: what ranks methods, other metrics, a machine's speed."""

    RANKING = "ranking"
    OTHER = "other"
    MACHINE = "machine"


@dataclass(frozen=True, eq=False)
class Compared:
    """One metric of one cell in both runs.

    base and new: end values by seed in the metric's unit, +inf where a seed diverged; found: new minus base
    on the metric's scale; p and p_alike: of no difference and of a difference beyond the margin, adjusted by
    Holm over the family; losses: Fisher's two-sided p of unlike numbers of diverged seeds, NaN where they are
    alike; seeds: how many a run would tell a difference of this size, or of the margin where that is larger.
    """

    pair: Pair
    metric: str
    kind: Kind
    meaning: Meaning
    base: pd.Series
    new: pd.Series
    found: Shift
    told: Told = Told.UNTOLD
    p: float = math.nan
    p_alike: float = math.nan
    losses: float = math.nan
    seeds: int | None = None

    @property
    def centres(self) -> tuple[float, float]:
        """Base and new in the metric's unit, over the seeds that were compared."""
        m, before = self.meaning, self.found.before
        base, new = (from_scale(y, m.scale, m.trials) for y in (before, before + self.found.mean))
        return base, new

    @property
    def size(self) -> tuple[float, float | None, float | None]:
        """Ratio on the log scale, else difference in the metric's unit: centre, low, high."""
        ends = (self.found.low, self.found.high)
        low, high = (None if end is None else self._in_words(end) for end in ends)
        return self._in_words(self.found.mean), low, high

    @property
    def diverged(self) -> tuple[int, int]:
        """Seeds that diverged in the base and now."""
        return int(np.isinf(self.base).sum()), int(np.isinf(self.new).sum())

    def _in_words(self, difference: float) -> float:
        return size_of(difference, self.found.before, self.meaning.scale, self.meaning.trials)


@dataclass(frozen=True, eq=False)
class Refused:
    """One metric of one cell that must not be compared, and why."""

    pair: Pair
    metric: str
    reason: str


def compare_pairs(
    pairing: Pairing, *, margin: float = MARGIN, level: float = LEVEL
) -> tuple[tuple[Compared, ...], tuple[Refused, ...]]:
    """Compare every directed metric of every cell that both runs have; cells in the new run's order."""
    compared: list[Compared] = []
    refused: list[Refused] = []
    for pair in pairing.pairs:
        if pair.base.skip or pair.new.skip:
            continue
        refused += _unlike_extractors(pair)
        for metric, kind in _metrics(pair):
            if reason := unlike(pair, metric):
                refused.append(Refused(pair, metric, reason))
            elif (one := _one(pair, metric, kind)) is not None:
                compared.append(one)
    return tuple(_judged(compared, margin, level)), tuple(refused)


def _metrics(pair: Pair) -> list[tuple[str, Kind]]:
    """Metrics with a direction and one end value that both runs describe, the ranking one first."""
    ranking = RANKINGS.get(pair.new.experiment)
    found = []
    for metric, told in pair.new.descriptors.items():
        if told.get("better", "neither") == "neither" or metric not in pair.base.descriptors:
            continue
        if not all(_has_one_value(cell, metric) for cell in (pair.base, pair.new)):
            continue
        ranks = ranking is not None and family(metric) == ranking.by
        kind = Kind.MACHINE if of_a_machine(told, metric) else Kind.RANKING if ranks else Kind.OTHER
        found.append((metric, kind))
    return sorted(found, key=lambda one: list(Kind).index(one[1]))


def _has_one_value(cell: Cell, metric: str) -> bool:
    """Whether a metric has an end value to compare; also where every seed was lost before it had one."""
    rows = cell.of(metric)
    return set(map(str, rows["axis"].unique())) <= ONE_VALUE_AXES and bool(
        len(rows) or cell.counts[Status.DIVERGED]
    )


def _unlike_extractors(pair: Pair) -> list[Refused]:
    """Metrics whose family both runs have, by extractors of unlike names."""
    families = {family(m) for m in pair.new.descriptors if extractor(m)} & {
        family(m) for m in pair.base.descriptors if extractor(m)
    }
    base, new = (named([cell], families) for cell in (pair.base, pair.new))
    return [
        Refused(pair, new[kind], f"another extractor: {base[kind]} in the base")
        for kind in sorted(families)
        if base[kind] != new[kind]
    ]


def _one(pair: Pair, metric: str, kind: Kind) -> Compared | None:
    base, new = paired_values(pair, metric)
    if not len(base) or not len(new):
        return None
    told = meaning(pair.new, metric)
    x, y = (
        pd.Series(to_scale(one.to_numpy(), told.scale, told.trials), index=one.index) for one in (base, new)
    )
    found = shift(x, y)
    if kind is Kind.MACHINE and not found.identical:
        # The seeds of a run share its clock: they are one measurement, and say nothing of the next.
        note = "one clock a run, no interval"
        found = replace(found, low=None, high=None, p=math.nan, error=math.nan, note=note)
    return Compared(pair, metric, kind, told, base, new, found, losses=_losses(base, new))


def _losses(base: pd.Series, new: pd.Series) -> float:
    """Fisher's exact two-sided p of unlike numbers of diverged seeds; NaN where they are alike."""
    table = [[int(np.isinf(one).sum()), int(np.isfinite(one).sum())] for one in (base, new)]
    if table[0] == table[1]:
        return math.nan
    return float(stats.fisher_exact(table).pvalue)


def _judged(compared: Sequence[Compared], margin: float, level: float) -> list[Compared]:
    judged: list[Compared] = list(compared)
    for kind in Kind:
        places = [k for k, one in enumerate(compared) if one.kind is kind and not _same(one)]
        p = holm([_difference_p(compared[k]) for k in places])
        alike = holm([compared[k].found.p_inside(*_bounds(compared[k], margin)) for k in places])
        for place, mine, inside in zip(places, p, alike, strict=True):
            told = _verdict(compared[place], mine, inside, level)
            seeds = _seeds(compared[place], margin) if told is Told.UNTOLD else None
            judged[place] = replace(compared[place], told=told, p=mine, p_alike=inside, seeds=seeds)
    return [replace(one, told=Told.IDENTICAL, p=1.0) if _same(one) else one for one in judged]


def _same(one: Compared) -> bool:
    return one.base.equals(one.new)


def _difference_p(one: Compared) -> float:
    """Of "nothing changed": the values' test and the losses', each at half the level where there are both."""
    known = [p for p in (one.found.p, one.losses) if not math.isnan(p)]
    return min(1.0, len(known) * min(known)) if known else math.nan


def _verdict(one: Compared, p: float, alike: float, level: float) -> Told:
    lost, now_lost = one.diverged
    if p <= level:
        by_losses = one.losses <= one.found.p or math.isnan(one.found.p)
        better = (
            now_lost < lost
            if by_losses and not math.isnan(one.losses)
            else improved_by(one.meaning, one.found)
        )
        if better is None:
            return Told.CHANGED
        # Survivors that do better while more seeds are lost are no better method, and the other way round.
        against = (better and now_lost > lost) or (not better and now_lost < lost)
        return Told.UNTOLD if against else Told.BETTER if better else Told.WORSE
    return Told.ALIKE if alike <= level and lost == now_lost else Told.UNTOLD


def _bounds(one: Compared, margin: float) -> tuple[float, float]:
    return bounds(margin, one.found.before, one.meaning.scale, one.meaning.trials)


def _seeds(one: Compared, margin: float) -> int | None:
    """Seeds a run at 80 % power for the measured difference, or for the margin where that is larger."""
    spreads, beyond = one.found.spreads, max(_bounds(one, margin))
    difference = max(abs(one.found.mean), beyond)
    return fewest(difference, spreads) if spreads and min(spreads) > 0 and difference > 0 else None
