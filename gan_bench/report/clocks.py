"""When jobs ran: how long a run took by the clock on the wall, and which timings had company."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from gan_bench.analysis.cells import Cell
from gan_bench.harness.outcome import Outcome

# Starts are recorded to the second: an overlap shorter than that may be none.
SURE_SECONDS = 1.0
# The fact that an experiment records where it times single steps.
TIMED = "timing"


class Span(NamedTuple):
    """Begin and end of a job, in seconds since 1970."""

    begin: float
    end: float


def span(outcome: Outcome) -> Span | None:
    """Return when a job ran, or None where its provenance does not tell."""
    started, wall = (outcome.provenance.get(name) for name in ("job_started", "wall_seconds"))
    if not isinstance(started, str) or not isinstance(wall, int | float):
        return None
    try:
        begin = datetime.fromisoformat(started).timestamp()
    except ValueError:
        return None
    return Span(begin, begin + float(wall))


def elapsed(outcomes: Iterable[Outcome]) -> float | None:
    """Seconds in which at least one job ran; None unless all that left rows tell when.

    A run that was stopped and taken up again is counted without the time in between.
    """
    spans = [span(outcome) for outcome in outcomes if len(outcome.rows)]
    known = sorted(one for one in spans if one is not None)
    if not known or len(known) < len(spans):
        return None
    total, reached = 0.0, known[0].begin
    for begin, end in known:
        total += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return total


def accompanied(cells: Sequence[Cell]) -> list[Cell]:
    """Return the cells that time single steps and ran while another job of the run did."""
    spans = {id(o): found for cell in cells for o in cell.outcomes if (found := span(o)) is not None}
    return [
        cell
        for cell in cells
        if any(TIMED in o.facts and id(o) in spans and _had_company(id(o), spans) for o in cell.outcomes)
    ]


def _had_company(mine: int, spans: dict[int, Span]) -> bool:
    own = spans[mine]
    shared = (min(own.end, s.end) - max(own.begin, s.begin) for key, s in spans.items() if key != mine)
    return any(seconds > SURE_SECONDS for seconds in shared)
