"""Parts that divide by Wasserstein-1, which is known up to a bracket: judged at both of its ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from gan_bench.analysis.cells import Cell, end_values
from gan_bench.analysis.verdicts import Part, untested
from gan_bench.experiments.critic_surface.settings import EXACT


@dataclass(frozen=True)
class Bracket:
    """Means over seeds of the potential's gap on fresh points, and of the exact W1 of finite clouds.

    W1 of the distributions lies between the two in expectation: one number for all seeds, in data units.
    """

    held_out: float
    plug_in: float


def of_exact(cell: Cell) -> Bracket | None:
    """What the exact potential's own cell stored; None for other cells, and where it did not complete."""
    if cell.outcomes[0].job.method != EXACT:
        return None
    low, high = end_values(cell, "w1_held_out"), end_values(cell, "w1_plug_in")
    if not len(low) or not len(high) or low.mean() <= 0:
        return None
    return Bracket(float(low.mean()), float(high.mean()))


def weaker(statement: str, w1: Bracket | None, judge: Callable[[float], Part]) -> Part:
    """A part that holds, or is contradicted, only if it is at both ends; shown is where it is weaker."""
    if w1 is None:
        return untested(statement, "the exact potential, which brackets W1, has no result")
    ends = {f"W1 at its {name} bound {w1_end:.3g}": judge(w1_end) for name, w1_end in
            (("lower", w1.held_out), ("upper", w1.plug_in))}  # fmt: skip
    undecided = next((part for part in ends.values() if not part.tested), None)
    if undecided is not None:
        return undecided
    where = min(ends, key=lambda end: (ends[end].holds, ends[end].against))
    shown = ends[where]
    return replace(
        shown,
        holds=all(part.holds for part in ends.values()),
        against=max(part.against for part in ends.values()),
        note="; ".join(filter(None, (shown.note, f"{where}, the weaker of two"))),
    )
