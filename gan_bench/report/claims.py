"""The table of claims as the page shows it: verdicts in words, the deciding numbers first."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from gan_bench.analysis.verdicts import Part, Verdict
from gan_bench.experiments.claims import CLAIMS
from gan_bench.experiments.judge import Judgement
from gan_bench.report.numbers import NONE, counted, interval_ends, number
from gan_bench.report.pictures import anchor

# Verdict -> (state that colours it, symbol): never told by colour alone.
BADGES = {
    Verdict.CONFIRMED: ("completed", "✓"),
    Verdict.REFUTED: ("failed", "✕"),
    Verdict.INCONCLUSIVE: ("diverged", "?"),
    Verdict.NOT_TESTED: ("skipped", "\N{EN DASH}"),
}
# Numbers shown at once; the others are folded.
SHOWN = 3
# Margins stand in the statements.
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Number:
    """One part of a claim, as text."""

    state: str
    symbol: str
    verdict: str
    statement: str
    value: str
    ends: str
    note: str


@dataclass(frozen=True)
class Line:
    """One claim: badge, words, numbers that decide and the rest, links to figures."""

    anchor: str
    state: str
    symbol: str
    verdict: str
    statement: str
    source: str
    remarks: tuple[str, ...]
    deciding: tuple[Number, ...]
    others: tuple[Number, ...]
    figures: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Count:
    """How many claims have a verdict, "4 confirmed"; first: the anchor of the first of them."""

    state: str
    symbol: str
    text: str
    first: str


@dataclass(frozen=True)
class Claims:
    """The whole table; counts per verdict that occurs.

    missing: statements that this run does not speak of, by the suite that tests them.
    """

    lines: tuple[Line, ...]
    counts: tuple[Count, ...]
    missing: dict[str, tuple[str, ...]]

    @property
    def untested(self) -> int:
        """Number of claims that this run does not speak of."""
        return sum(map(len, self.missing.values()))


def claims_table(judgements: Sequence[Judgement], titles: dict[str, str]) -> Claims:
    """Lay out judgements; titles maps figure names that the page holds to their titles."""
    lines = tuple(_line(judgement, titles) for judgement in judgements)
    counts = tuple(_count(verdict, mine) for verdict in BADGES if (mine := _with(lines, verdict)))
    spoken_of = {judgement.claim.name for judgement in judgements}
    absent = [claim for name, claim in CLAIMS.items() if name not in spoken_of]
    suites = dict.fromkeys(claim.suite for claim in absent)
    missing = {suite: tuple(one.statement for one in absent if one.suite == suite) for suite in suites}
    return Claims(lines, counts, missing)


def _with(lines: Sequence[Line], verdict: Verdict) -> list[Line]:
    return [line for line in lines if line.verdict == verdict.value]


def _count(verdict: Verdict, lines: Sequence[Line]) -> Count:
    return Count(*BADGES[verdict], f"{len(lines)} {verdict.value}", lines[0].anchor)


def _line(judgement: Judgement, titles: dict[str, str]) -> Line:
    state, symbol = BADGES[judgement.verdict]
    ordered = sorted(judgement.parts, key=lambda pair: _weight(pair[1], judgement.verdict))
    numbers = [_number(part, verdict) for part, verdict in ordered]
    return Line(
        anchor=f"claim-{judgement.claim.name}",
        state=state,
        symbol=symbol,
        verdict=judgement.verdict.value,
        statement=judgement.claim.statement,
        source=judgement.claim.source,
        remarks=judgement.remarks,
        deciding=tuple(numbers[:SHOWN]),
        others=tuple(numbers[SHOWN:]),
        figures=tuple(
            (titles[name], f"#figure-{anchor(name)}") for name in judgement.figures if name in titles
        ),
    )


def _weight(of_part: Verdict, of_claim: Verdict) -> int:
    """What decides comes first, then what stands in the way, then what holds; equals keep their order."""
    if of_part is of_claim:
        return 0
    return 2 if of_part is Verdict.CONFIRMED else 1


def _number(part: Part, verdict: Verdict) -> Number:
    state, symbol = BADGES[verdict]
    interval = part.interval
    measured = not math.isnan(interval.centre)
    value = " ".join(p for p in (number(interval.centre), part.unit) if p) if measured else NONE
    margins = [float(text) for text in _NUMBERS.findall(part.statement)]
    ends = interval_ends(interval, margins=margins) if interval.known else interval.note
    seeds = f"{counted(interval.n, 'seed')}" if interval.known else ""
    note = ", ".join(text for text in (seeds, part.note if measured else "") if text)
    return Number(state, symbol, verdict.value, part.statement, value, ends, note)
