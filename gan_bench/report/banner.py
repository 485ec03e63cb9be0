"""What a first-time reader should look at first, made from what the run found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.intervals import wilson
from gan_bench.analysis.leaderboard import Leaderboard, Standing
from gan_bench.report.claims import Claims, Line
from gan_bench.report.gated import Gated
from gan_bench.report.numbers import counted, number
from gan_bench.report.pictures import anchor
from gan_bench.report.ran import cell_anchor, state

# Sentences of "what to look at first"; more is no longer first.
MOST_POINTERS = 4


@dataclass(frozen=True)
class Pointer:
    """One sentence that says what to look at, and the place where it is."""

    text: str
    link: str
    label: str


def pointers(
    cells: Sequence[Cell], claims: Claims, ranked: Sequence[Leaderboard], gate: Gated
) -> tuple[Pointer, ...]:
    """Return what a first-time reader should look at, the gravest first."""
    mine = [cell for cell in cells if not cell.is_reference]
    found = [
        _gate(gate),
        _broken(mine),
        _refuted(claims.lines),
        _lost(ranked),
        _race(ranked),
        _undecided(claims.lines),
        _collapsed(ranked),
        _confirmed(claims.lines),
    ]
    return tuple(pointer for pointer in found if pointer is not None)[:MOST_POINTERS]


def _gate(gate: Gated) -> Pointer | None:
    if gate.state != "failed" or not gate.findings:
        return None
    return Pointer(f"The gate found a {gate.findings[0].outcome}", "#gate", gate.findings[0].sentence)


def _broken(cells: Sequence[Cell]) -> Pointer | None:
    broken = [cell for cell in cells if state(cell) in ("failed", "not-run")]
    if not broken:
        return None
    first, them = broken[0], "it" if len(broken) == 1 else "them"
    return Pointer(
        f"{counted(len(broken), 'cell')} failed or did not run; nothing below speaks for {them}",
        f"#{cell_anchor(first)}",
        _and_others(_named(first), len(broken)),
    )


def _refuted(lines: Sequence[Line]) -> Pointer | None:
    refuted = [line for line in lines if line.verdict == "refuted"]
    if not refuted:
        return None
    others = len(refuted) - 1
    more = f" and {counted(others, 'other statement')}" if others else ""
    return Pointer(
        f"Theory that did not hold here{more and ', the first of ' + str(others + 1)}", *_to(refuted[0])
    )


def _undecided(lines: Sequence[Line]) -> Pointer | None:
    undecided = [line for line in lines if line.verdict == "inconclusive"]
    if not undecided:
        return None
    text = (
        f"{counted(len(undecided), 'statement')} of {len(lines)} left open: an interval reaches over its "
        "margin, which more seeds would narrow"
    )
    return Pointer(text, *_to(undecided[0]))


def _confirmed(lines: Sequence[Line]) -> Pointer | None:
    confirmed = [line for line in lines if line.verdict == "confirmed"]
    return Pointer("Theory that held", *_to(confirmed[0])) if confirmed else None


def _lost(ranked: Sequence[Leaderboard]) -> Pointer | None:
    """Cells with diverged seeds, the one that lost most first."""
    lost = sorted(
        (s for board in ranked for s in board.standings if s.diverged), key=lambda s: -s.diverged / s.planned
    )
    if not lost:
        return None
    worst = lost[0]
    low, high = (round(100 * end) for end in wilson(worst.diverged, len(worst.ends) + worst.diverged))
    text = (
        f"Seeds diverged in {counted(len(lost), 'cell')}, most in {_named(worst.cell)}: {worst.diverged} of "
        f"{worst.planned}, a rate of {low} to {high} %"
    )
    return Pointer(text, f"#{cell_anchor(worst.cell)}", "its seeds")


def _collapsed(ranked: Sequence[Leaderboard]) -> Pointer | None:
    found = [(s, board) for board in ranked for s in board.standings if s.collapsed]
    if not found:
        return None
    worst, board = max(found, key=lambda pair: (pair[0].collapsed or 0) / pair[0].planned)
    text = (
        f"{_named(worst.cell)}: {worst.collapsed} of {counted(len(worst.ends), 'seed')} ended with under "
        f"half the {board.ranking.parts}"
    )
    return Pointer(text, f"#{cell_anchor(worst.cell)}", "its seeds")


def _race(ranked: Sequence[Leaderboard]) -> Pointer | None:
    """The closest race for the first place, by the ratio of the two lowest distances."""
    races = [
        (lead, board, *pair) for board in ranked if (pair := _two_lowest(board)) and (lead := _lead(*pair))
    ]
    if not races:
        return None
    lead, board, best, second = min(races, key=lambda race: race[0])
    apart = "told apart" if second.separate else "not told apart"
    further = f"{100 * (lead - 1):.0f} %" if lead >= 1.01 else "less than 1 %"
    text = (
        f"Closest race, {board.title}: {best.cell.label} at {number(best.interval.centre)}, "
        f"{second.cell.label} {further} further; they are {apart}"
    )
    return Pointer(text, f"#board-{anchor(board.title)}", "its leaderboard")


def _two_lowest(board: Leaderboard) -> tuple[Standing, Standing] | None:
    best = board.best
    others = [s for s in board.standings if s.ends and not s.diverged and s is not best]
    if best is None or best.diverged or not others:
        return None
    return best, min(others, key=lambda s: s.interval.centre)


def _lead(best: Standing, second: Standing) -> float:
    return second.interval.centre / best.interval.centre if best.interval.centre > 0 else 0.0


def _to(line: Line) -> tuple[str, str]:
    return f"#{line.anchor}", line.statement


def _named(cell: Cell) -> str:
    return f"{cell.label} on {cell.dataset}" if cell.dataset else f"{cell.label}, {cell.experiment}"


def _and_others(text: str, n: int) -> str:
    return text if n == 1 else f"{text} and {counted(n - 1, 'other')}"
