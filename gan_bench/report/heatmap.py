"""Methods by data sets, what became of the seeds of each: a square per cell, darker where more were lost."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.leaderboard import Leaderboard
from gan_bench.analysis.rankings import RANKINGS
from gan_bench.harness.outcome import Status
from gan_bench.report.states import FAILED, STATES, cell_anchor, state

# What the page adds to the states: every seed ended, but some cover under half of the data's parts.
COLLAPSED = "collapsed"
SQUARES = {**STATES, COLLAPSED: ("◐", "with seeds that ended but cover under half of the modes or classes")}
# With more columns squares shrink to a number, and every row is summed up beside its name.
MOST_WIDE = 8
_QUARTERS = 4


@dataclass(frozen=True)
class Square:
    """One cell: seeds that completed of those planned, everything else in words and, briefer, in signs.

    lost: in how many quarters the share of seeds is told that diverged, collapsed or failed, rounded up.
    """

    label: str
    state: str
    main: str
    details: str
    signs: str
    lost: int
    link: str


@dataclass(frozen=True)
class Row:
    """One method's squares, None where a pair was not planned; total: completed of planned, over all."""

    label: str
    total: str
    trouble: str
    squares: tuple[Square | None, ...]


@dataclass(frozen=True)
class HeatMap:
    """The table: data sets are columns; dense where they are too many for words in a square."""

    datasets: tuple[str, ...]
    rows: tuple[Row, ...]
    dense: bool


def collapses(ranked: Iterable[Leaderboard]) -> dict[str, int]:
    """Number of collapsed seeds of each ranked cell, by its key."""
    return {s.cell.key: s.collapsed or 0 for board in ranked for s in board.standings}


def heatmap(cells: Sequence[Cell], collapsed: Mapping[str, int]) -> HeatMap:
    """Lay out the cells of ranked experiments, in their order."""
    trained = [cell for cell in cells if cell.experiment in RANKINGS]
    # A name may stand for points in one experiment and for images in another.
    columns = list(dict.fromkeys((cell.experiment, cell.dataset) for cell in trained))
    found: dict[str, dict[tuple[str, str], Cell]] = {}
    for cell in trained:
        found.setdefault(cell.label, {})[cell.experiment, cell.dataset] = cell
    rows = tuple(_row(label, mine, columns, collapsed) for label, mine in found.items())
    return HeatMap(tuple(dataset for _, dataset in columns), rows, len(columns) > MOST_WIDE)


def square(cell: Cell, collapsed: int = 0) -> Square:
    """Return the square of one cell."""
    name = state(cell)
    found = _troubles(cell.counts, collapsed)
    details = ", ".join(f"{n} {word}" for word, n in found.items())
    signs = " ".join(f"{SQUARES[_kind(word)][0]}{n}" for word, n in found.items())
    main = f"{cell.counts[Status.COMPLETED]}/{len(cell.status)}"
    if name == "skipped":
        main, details, signs = "skipped", cell.skip, ""
    if name == "completed" and collapsed:
        name = COLLAPSED
    lost = sum(cell.counts[status] for status in (*FAILED, Status.DIVERGED)) + collapsed
    share = lost / len(cell.status) if cell.status else 0.0
    link = f"#{cell_anchor(cell)}"
    return Square(cell.label, name, main, details, signs, math.ceil(_QUARTERS * share), link)


def _row(
    label: str,
    mine: Mapping[tuple[str, str], Cell],
    columns: Sequence[tuple[str, str]],
    collapsed: Mapping[str, int],
) -> Row:
    squares = tuple(square(mine[c], collapsed.get(mine[c].key, 0)) if c in mine else None for c in columns)
    counts = sum((cell.counts for cell in mine.values()), Counter[Status]())
    found = _troubles(counts, sum(collapsed.get(cell.key, 0) for cell in mine.values()))
    total = f"{counts[Status.COMPLETED]}/{counts.total()}"
    return Row(label, total, ", ".join(f"{n} {word}" for word, n in found.items()), squares)


def _troubles(counts: Counter[Status], collapsed: int) -> dict[str, int]:
    """Everything that a seed may be beside completed, by its word; a collapsed seed completed as well."""
    found = {status.value: n for status, n in counts.items() if status is not Status.COMPLETED and n}
    return {**found, COLLAPSED: collapsed} if collapsed else found


def _kind(word: str) -> str:
    """The state whose sign stands for a status."""
    return word if word in SQUARES else "failed"
