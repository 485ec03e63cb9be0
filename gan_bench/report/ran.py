"""What ran: the header's sentence, the map of methods and data sets, other experiments' cells, clocks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.leaderboard import Leaderboard
from gan_bench.analysis.rankings import RANKINGS
from gan_bench.harness.outcome import Status
from gan_bench.report.clocks import TIMED, accompanied, elapsed
from gan_bench.report.heatmap import SQUARES, HeatMap, Square, collapses, heatmap, square
from gan_bench.report.numbers import counted, duration
from gan_bench.report.states import STATES as STATES
from gan_bench.report.states import cell_anchor as cell_anchor
from gan_bench.report.states import state as state


@dataclass(frozen=True)
class Group:
    """The cells of one experiment without a leaderboard: (words, square) each."""

    name: str
    squares: tuple[tuple[str, Square], ...]


@dataclass(frozen=True)
class Ran:
    """Header, the map of what competes, other experiments' cells, and timings that had company."""

    sentence: str
    seeds: str
    fine: bool
    badge: str
    map: HeatMap
    groups: tuple[Group, ...]
    legend: tuple[tuple[str, str, str], ...]
    accompanied: str


def what_ran(cells: Sequence[Cell], provenance: dict[str, Any], ranked: Iterable[Leaderboard] = ()) -> Ran:
    """Summarise all cells but the perfect sampler's, which are a yardstick and not a method.

    ranked: the run's leaderboards, which know how many seeds collapsed.
    """
    mine = [cell for cell in cells if not cell.is_reference]
    states = Counter(state(cell) for cell in mine)
    seeds = sum((cell.counts for cell in mine), Counter[Status]())
    laid_out, groups = heatmap(mine, collapses(ranked)), _groups(mine)
    shown = {one.state for one in _squares(laid_out, groups)}
    fine = bool(mine) and not states["failed"] and not states["not-run"]
    return Ran(
        sentence=_sentence(mine, states),
        seeds=_seed_sentence(cells, seeds, provenance),
        fine=fine,
        badge=_badge(mine, states),
        map=laid_out,
        groups=groups,
        legend=tuple((name, *SQUARES[name]) for name in SQUARES if name in shown),
        accompanied=_company(mine, accompanied(cells)),
    )


def devices(cells: Sequence[Cell]) -> str:
    """Devices that the jobs ran on, as planned."""
    found = dict.fromkeys(str(c.settings["device"]) for c in cells if c.settings.get("device"))
    return ", ".join(found)


def _sentence(mine: Sequence[Cell], states: Counter[str]) -> str:
    if not mine:
        return "Nothing was planned: this run holds no cell."
    parts = [f"{states[name]} {STATES[name][1]}" for name in STATES if states[name]]
    return f"{_size(mine)}, {counted(len(mine), 'cell')}: {', '.join(parts)}."


def _size(mine: Sequence[Cell]) -> str:
    """How much there is to see: the trained methods and data sets, and how many other experiments."""
    trained = [cell for cell in mine if cell.experiment in RANKINGS]
    others = len({cell.experiment for cell in mine} - set(RANKINGS))
    if not trained:
        return counted(others, "experiment")
    # Where settings of the judge tell two cells of one method apart, it is one method still.
    methods = len({_method(cell) if RANKINGS[cell.experiment].judged_by else cell.label for cell in trained})
    datasets = len({cell.dataset for cell in trained})
    size = f"{counted(methods, 'method')} on {counted(datasets, 'data set')}"
    return f"{size} and {counted(others, 'experiment')}" if others else size


def _method(cell: Cell) -> str:
    return cell.outcomes[0].job.method


def _seed_sentence(cells: Sequence[Cell], seeds: Counter[Status], provenance: dict[str, Any]) -> str:
    total = sum(seeds.values())
    if not total:
        return ""
    text = f"{seeds[Status.COMPLETED]:,} of {counted(total, 'seed')} trained to the last step"
    if seeds[Status.DIVERGED]:
        text += f", {seeds[Status.DIVERGED]} diverged"
    if seeds[Status.SKIPPED]:
        text += f", {seeds[Status.SKIPPED]} skipped"
    return f"{text}; {_clocks(cells)}{_where(cells, provenance)}."


def _clocks(cells: Sequence[Cell]) -> str:
    """Time inside training updates of all jobs, and by the clock on the wall where jobs tell."""
    spent = sum(cell.seconds for cell in cells if not cell.is_reference)
    wall = elapsed(outcome for cell in cells for outcome in cell.outcomes)
    took = "" if wall is None else f"; the jobs took {duration(wall)} by the clock"
    return f"{duration(spent)} inside training updates, summed over jobs{took}"


def _where(cells: Sequence[Cell], provenance: dict[str, Any]) -> str:
    where = devices([cell for cell in cells if not cell.is_reference])
    processor = provenance.get("gpu") if "cuda" in where else provenance.get("cpu")
    named = f" ({processor})" if isinstance(processor, str) and processor else ""
    return f", on {where}{named}" if where else ""


def _company(mine: Sequence[Cell], found: Sequence[Cell]) -> str:
    """Name the cells that time single steps and ran beside other jobs; empty where none did."""
    if not found:
        return ""
    timed = sum(any(TIMED in outcome.facts for outcome in cell.outcomes) for cell in mine)
    which = f"{len(found)} of " if len(found) < timed else ""
    names = ", ".join(f"{_named(cell)} ({cell.experiment})" for cell in found)
    return (
        f"{which}{counted(timed, 'cell')} that time single steps ran while other jobs did, which slows them: "
        f"{names}. With --jobs 1 each runs alone."
    )


def _named(cell: Cell) -> str:
    return " on ".join(part for part in (cell.label, cell.dataset) if part)


def _badge(mine: Sequence[Cell], states: Counter[str]) -> str:
    if not mine:
        return "Empty"
    if states["failed"]:
        return f"{counted(states['failed'], 'cell')} failed"
    return f"{counted(states['not-run'], 'cell')} not run" if states["not-run"] else "Complete"


def _groups(mine: Sequence[Cell]) -> tuple[Group, ...]:
    found: dict[str, list[tuple[str, Square]]] = {}
    for cell in mine:
        if cell.experiment not in RANKINGS:
            found.setdefault(cell.experiment, []).append((_named(cell), square(cell)))
    return tuple(Group(name, tuple(squares)) for name, squares in found.items())


def _squares(laid_out: HeatMap, groups: Sequence[Group]) -> Iterator[Square]:
    yield from (one for row in laid_out.rows for one in row.squares if one is not None)
    yield from (one for group in groups for _, one in group.squares)
