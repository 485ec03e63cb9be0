"""Rules on shares of seeds: how many diverged, collapsed or failed, against the end of Wilson's interval."""

from __future__ import annotations

from collections.abc import Sequence

from gan_bench.analysis.bands import band
from gan_bench.analysis.cells import Cell, end_size
from gan_bench.analysis.intervals import wilson
from gan_bench.analysis.pairing import seed_values
from gan_bench.analysis.rankings import RANKINGS, contests, named
from gan_bench.gate.finding import Finding, Outcome
from gan_bench.gate.patterns import select, subject, words
from gan_bench.gate.schema import Rate
from gan_bench.gate.thresholds import Placed
from gan_bench.gate.values import missing_value, unmatched
from gan_bench.gate.words import number, seeds
from gan_bench.harness.outcome import Status

_MOST = 10_000


def rates(rules: Sequence[Placed[Rate]], cells: Sequence[Cell]) -> list[Finding]:
    """Hold the share of every matching cell's seeds against the bound of its rule."""
    selection = select(rules, cells, about=lambda rule: rule.of)
    found = unmatched("rate", selection.unmatched, cells)
    parts = _parts(cells) if any(placed.rule.of == "collapsed" for placed in rules) else {}
    for placed, cell in selection.chosen:
        covered = parts.get(cell.key)
        if placed.rule.of == "collapsed" and covered:
            found += missing_value("rate", placed.place, cell, covered[0])
        found.append(_finding(placed, cell, covered))
    return found


def collapsed(cell: Cell, metric: str, whole: float) -> tuple[int, int]:
    """Count seeds that cover fewer than half of the parts that a perfect sampler covers: (collapsed, judged).

    A diverged seed is none of them: it is counted by its own rate.
    """
    values = seed_values(cell, metric)
    values = values[values < float("inf")]
    return int((values < whole / 2).sum()), len(values)


def _finding(placed: Placed[Rate], cell: Cell, covered: tuple[str, float] | None) -> Finding:
    of, bound = placed.rule.of, placed.rule.upper_end_below
    if of == "collapsed":
        bad, n = collapsed(cell, *covered) if covered else (0, 0)
    else:
        ended = [status.status for status in cell.status.values() if status.status is not Status.NOT_RUN]
        bad, n = sum(s is Status.DIVERGED if of == "diverged" else not s.fine for s in ended), len(ended)
    if not n:
        diverged = cell.counts[Status.DIVERGED]
        why = f"{seeds(diverged)} diverged and no other ended" if diverged else "no seed ran"
        why = "no modes or classes are counted there" if of == "collapsed" and not covered else why
        said = f"{words(cell)}: the share of {of} seeds is not known: {why}"
        return Finding("rate", Outcome.MISSING, subject(cell), of, said, placed.place)
    low, high = wilson(bad, n)
    # Where it happened to every seed there is nothing left to be undecided about.
    beyond = low > bound or bad == n
    outcome = Outcome.PASS if high < bound else Outcome.REGRESSION if beyond else Outcome.INCONCLUSIVE
    said = f"{words(cell)}: {bad} of {seeds(n)} {of} [{number(low)}, {number(high)}]"
    tail = {
        Outcome.PASS: f", below {number(bound)}",
        Outcome.REGRESSION: f", {'wholly above' if low > bound else 'every one, against'} {number(bound)}",
        Outcome.INCONCLUSIVE: f": {number(bound)} lies inside, {_needed(bad / n, bound)}",
    }[outcome]
    return Finding("rate", outcome, subject(cell), of, f"{said}{tail}", placed.place)


def _needed(share: float, bound: float) -> str:
    """How many seeds bring Wilson's interval clear of the bound, the share staying what it is."""
    for n in range(1, _MOST):
        low, high = wilson(round(share * n), n)
        if abs(round(share * n) / n - share) < 1e-9 and (high < bound or low > bound):
            return f"{seeds(n)} with this share would tell"
    return f"more than {_MOST:,} seeds would be needed to tell"


def _parts(cells: Sequence[Cell]) -> dict[str, tuple[str, float]]:
    """By the key of a ranked cell: the metric that counts parts, and how many a perfect sampler covers."""
    found: dict[str, tuple[str, float]] = {}
    for experiment, ranking in RANKINGS.items():
        for contest in contests(cells, experiment):
            metric = named(contest.cells, [ranking.covered]).get(ranking.covered)
            if metric is None or contest.reference is None:
                continue
            if whole := band(contest.reference, metric, end_size(contest.cells, metric)):
                found |= {cell.key: (metric, whole.median) for cell in contest.cells}
    return found
