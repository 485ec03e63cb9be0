"""The header's tables: who ends nearest to the data on each data set, how sure, how stable, at what cost."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from gan_bench.analysis.leaderboard import Leaderboard, Standing
from gan_bench.analysis.rankings import Ranking
from gan_bench.report.apart import alike, not_separable
from gan_bench.report.forest import few_seeds
from gan_bench.report.given import cost, told_classes
from gan_bench.report.numbers import NONE, counted, interval_ends, number
from gan_bench.report.pictures import anchor

# Sentences of the banner; the table holds all.
MOST_SENTENCES = 4


@dataclass(frozen=True)
class Glance:
    """One line: the method nearest to one data set. ratio: its distance over a perfect sampler's, as text."""

    dataset: str
    link: str
    label: str
    value: str
    centre: float
    ends: str
    seeds: str
    few: str
    lost: str
    collapsed: str
    floor: str
    ratio: str
    alike: tuple[str, ...]
    several: bool
    tellable: bool
    fewest: str
    untold: str
    cost: str


@dataclass(frozen=True)
class Glances:
    """One table: the boards that one metric ranks. Values of unlike extractors share no column."""

    label: str
    ranking: Ranking
    rows: tuple[Glance, ...]


def glances(ranked: Sequence[Leaderboard]) -> list[Glances]:
    """Return the tables in the order of the boards; a board without any end value has no line."""
    tables: dict[str, list[tuple[Leaderboard, Glance]]] = {}
    for board in ranked:
        if board.best is not None:
            tables.setdefault(board.label, []).append((board, _glance(board, board.best)))
    return [
        Glances(label, lines[0][0].ranking, tuple(line for _, line in lines))
        for label, lines in tables.items()
    ]


def nearest_alone(tables: Sequence[Glances], together: Collection[str]) -> list[str]:
    """One sentence for each data set that no measure in `together` puts together with others."""
    rows = [(table, row) for table in tables if table.label not in together for row in table.rows]
    return [_sentence(table.ranking, row) for table, row in rows[:MOST_SENTENCES]]


def _sentence(ranking: Ranking, row: Glance) -> str:
    far = f", {row.ratio} times a perfect sampler's" if row.ratio != NONE else ""
    said = f"On {row.dataset} {row.label} ends nearest: {ranking.short} {row.value}{far}"
    apart = f"; not told apart from {', '.join(row.alike)}" if row.alike else ""
    if row.alike and not row.tellable:
        apart = f"; {row.fewest} cannot tell methods apart"
    apart = apart or ("; told apart from all others" if row.several else "")
    return f"{said}{apart}.{f' It is {row.untold}.' if row.untold else ''}"


def _glance(board: Leaderboard, best: Standing) -> Glance:
    band = board.bands.get(board.ranked)
    whole = len(best.ends) == best.planned
    return Glance(
        dataset=board.title,
        link=f"#board-{anchor(board.title)}",
        label=best.cell.label,
        value=number(best.interval.centre),
        centre=best.interval.centre,
        ends=interval_ends(best.interval),
        seeds=number(best.interval.n),
        few=few_seeds(best.interval),
        lost="" if whole else f"{len(best.ends)} of {counted(best.planned, 'seed')} left",
        collapsed=f"{best.collapsed} collapsed" if best.collapsed else "",
        floor=number(band.median) if band else NONE,
        ratio=number(best.interval.centre / band.median, 2) if band and band.median > 0 else NONE,
        alike=tuple(not_separable(board)),
        several=len([s for s in board.standings if s.ends]) > 1,
        tellable=any(s.separate is not None for s in board.standings),
        fewest=counted(min(len(s.reached) for s in board.standings if s.ends), "seed"),
        untold=untold(board),
        cost=cost(best.cell),
    )


def untold(board: Leaderboard) -> str:
    """Who is lowest without being told the classes, where the lowest of all is told them."""
    if board.best is None or not told_classes(board.best.cell):
        return ""
    others = [s for s in board.standings if s.ends and not told_classes(s.cell)]
    if not others:
        return "told the classes"
    lowest = min(others, key=lambda s: (s.diverged, s.interval.centre))
    near = alike(lowest, [s for s in others if s is not lowest])
    apart = f", not told apart from {', '.join(near)}" if near else ""
    return f"told the classes; lowest without: {lowest.cell.label}, {number(lowest.interval.centre)}{apart}"
