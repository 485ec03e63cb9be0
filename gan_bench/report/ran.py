"""What ran: the header's sentence and the table of methods and data sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.rankings import RANKINGS
from gan_bench.harness.outcome import Status
from gan_bench.report.numbers import counted, duration
from gan_bench.report.pictures import anchor

# State of a cell -> (symbol, words): never told by colour alone.
STATES = {
    "completed": ("✓", "completed with every seed"),
    "diverged": ("≈", "with diverged seeds"),
    "failed": ("✕", "failed"),
    "not-run": ("○", "not run"),
    "skipped": ("\N{EN DASH}", "skipped"),
}
_FAILED = (Status.ERROR, Status.OOM, Status.KILLED, Status.TIMEOUT)


@dataclass(frozen=True)
class Square:
    """One cell of the table of what ran."""

    state: str
    symbol: str
    main: str
    details: str
    link: str


@dataclass(frozen=True)
class Group:
    """The cells of one experiment without a leaderboard: (words, square) each."""

    name: str
    squares: tuple[tuple[str, Square], ...]


@dataclass(frozen=True)
class Ran:
    """Header, the table of what competes (rows methods, columns data sets), and other experiments' cells."""

    sentence: str
    seeds: str
    fine: bool
    badge: str
    datasets: tuple[str, ...]
    rows: tuple[tuple[str, tuple[Square | None, ...]], ...]
    groups: tuple[Group, ...]
    legend: tuple[tuple[str, str, str], ...]


def what_ran(cells: Sequence[Cell], provenance: dict[str, Any]) -> Ran:
    """Summarise all cells but the perfect sampler's, which are a yardstick and not a method."""
    mine = [cell for cell in cells if not cell.is_reference]
    states = Counter(state(cell) for cell in mine)
    seeds = sum((cell.counts for cell in mine), Counter[Status]())
    trained = [cell for cell in mine if cell.experiment in RANKINGS]
    fine = bool(mine) and not states["failed"] and not states["not-run"]
    return Ran(
        sentence=_sentence(mine, states),
        seeds=_seed_sentence(mine, seeds, provenance),
        fine=fine,
        badge=_badge(mine, states),
        datasets=tuple(dataset for _, dataset in _columns(trained)),
        rows=_rows(trained),
        groups=_groups(mine),
        legend=tuple((name, *STATES[name]) for name in STATES if states[name]),
    )


def state(cell: Cell) -> str:
    """Name the state of a cell, the worst of its seeds deciding."""
    if cell.skip or (cell.counts and set(cell.counts) == {Status.SKIPPED}):
        return "skipped"
    if any(cell.counts[status] for status in _FAILED):
        return "failed"
    if cell.counts[Status.NOT_RUN] or not cell.counts:
        return "not-run"
    return "diverged" if cell.counts[Status.DIVERGED] else "completed"


def cell_anchor(cell: Cell) -> str:
    """Id of a cell's details."""
    return f"cell-{anchor(cell.key)}"


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


def _seed_sentence(mine: Sequence[Cell], seeds: Counter[Status], provenance: dict[str, Any]) -> str:
    total = sum(seeds.values())
    if not total:
        return ""
    text = f"{seeds[Status.COMPLETED]:,} of {counted(total, 'seed')} trained to the last step"
    if seeds[Status.DIVERGED]:
        text += f", {seeds[Status.DIVERGED]} diverged"
    spent = sum(cell.seconds for cell in mine)
    where = devices(mine)
    processor = provenance.get("gpu") if "cuda" in where else provenance.get("cpu")
    named = f" ({processor})" if isinstance(processor, str) and processor else ""
    on = f", on {where}{named}" if where else ""
    return f"{text}; {duration(spent)} inside training updates, summed over jobs{on}."


def _badge(mine: Sequence[Cell], states: Counter[str]) -> str:
    if not mine:
        return "Empty"
    if states["failed"]:
        return f"{counted(states['failed'], 'cell')} failed"
    return f"{counted(states['not-run'], 'cell')} not run" if states["not-run"] else "Complete"


def _rows(trained: Sequence[Cell]) -> tuple[tuple[str, tuple[Square | None, ...]], ...]:
    rows: dict[str, dict[tuple[str, str], Cell]] = {}
    for cell in trained:
        rows.setdefault(cell.label, {})[cell.experiment, cell.dataset] = cell
    return tuple(
        (label, tuple(_square(found[c]) if c in found else None for c in _columns(trained)))
        for label, found in rows.items()
    )


def _columns(trained: Sequence[Cell]) -> list[tuple[str, str]]:
    """Experiment and data set of each column: a name may stand for points in one and images in another."""
    return list(dict.fromkeys((cell.experiment, cell.dataset) for cell in trained))


def _groups(mine: Sequence[Cell]) -> tuple[Group, ...]:
    found: dict[str, list[tuple[str, Square]]] = {}
    for cell in mine:
        if cell.experiment not in RANKINGS:
            words = " on ".join(part for part in (cell.label, cell.dataset) if part)
            found.setdefault(cell.experiment, []).append((words, _square(cell)))
    return tuple(Group(name, tuple(squares)) for name, squares in found.items())


def _square(cell: Cell) -> Square:
    name = state(cell)
    done, planned = cell.counts[Status.COMPLETED], len(cell.status)
    others = [f"{n} {status.value}" for status, n in cell.counts.items() if status is not Status.COMPLETED]
    main, details = f"{done}/{planned}", ", ".join(others)
    if name == "skipped":
        main, details = "skipped", cell.skip
    return Square(name, STATES[name][0], main, details, f"#{cell_anchor(cell)}")
