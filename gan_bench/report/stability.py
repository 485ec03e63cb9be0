"""Which methods kept their seeds, over all data sets: rates of divergence and collapse in a sentence each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from gan_bench.analysis.intervals import wilson
from gan_bench.analysis.leaderboard import Leaderboard, Standing
from gan_bench.report.numbers import counted

# Label -> seeds that were lost, and of how many.
Lost = Mapping[str, tuple[int, int]]


def stable(ranked: Sequence[Leaderboard]) -> tuple[str, ...]:
    """Say which methods lost seeds to divergence or collapse, over all data sets; empty without any seed.

    Collapse is told of data sets that have modes or classes only, of the seeds that ended there.
    """
    standings = [s for board in ranked for s in board.standings]
    diverged = _summed((s, s.diverged, len(s.ends) + s.diverged) for s in standings)
    collapsed = _summed((s, s.collapsed, len(s.ends)) for s in standings if s.collapsed is not None)
    told = ((diverged, "diverged"), (collapsed, "ended with under half the modes or classes"))
    return tuple(_sentence(lost, what) for lost, what in told if lost)


def _summed(fates: Iterable[tuple[Standing, int, int]]) -> dict[str, tuple[int, int]]:
    """Put the data sets of each method together; methods without a seed are left out."""
    lost: dict[str, tuple[int, int]] = {}
    for s, n, of in fates:
        before = lost.get(s.cell.label, (0, 0))
        lost[s.cell.label] = (before[0] + n, before[1] + of)
    return {label: pair for label, pair in lost.items() if pair[1]}


def _sentence(lost: Lost, what: str) -> str:
    """The methods by how many seeds they lost; where none lost any, what the fewest seeds still allow."""
    if not any(n for n, _ in lost.values()):
        fewest = min(of for _, of in lost.values())
        bound = f"{100 * wilson(0, fewest)[1]:.0f}\N{NO-BREAK SPACE}%"
        total = sum(of for _, of in lost.values())
        few = counted(fewest, "seed")
        return f"No seed {what} (0 of {total}); {few} of a method cannot rule out a rate of up to {bound}."
    losers = sorted(((n, of, label) for label, (n, of) in lost.items()), key=lambda x: (-x[0] / x[1], x[2]))
    told = [f"{label} {n} of {of}" for n, of, label in losers if n]
    none = [label for n, _, label in losers if not n]
    spared = f"; none of {', '.join(none)}" if none else ""
    return f"Seeds that {what}: {', '.join(told)}{spared}."
