"""The runs of a history as the page names them: number, folder, date, commit, how its seeds ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.analysis.environments import Change as Difference
from gan_bench.harness.outcome import Status
from gan_bench.harness.store import Run
from gan_bench.report.differences import environment_words
from gan_bench.report.numbers import NONE
from gan_bench.report.ran import STATES, state

_FAILED = (Status.ERROR, Status.OOM, Status.KILLED, Status.TIMEOUT)


@dataclass(frozen=True)
class Stop:
    """One run. changed: what differs from the one before; counts: completed, diverged, failed, not run."""

    number: int
    name: str
    date: str
    commit: str
    suite: str
    machine: str
    changed: tuple[str, ...]
    counts: tuple[int, int, int, int]

    @property
    def title(self) -> str:
        """The run in a few words."""
        return f"run {self.number}, {self.told}"

    @property
    def told(self) -> str:
        """Folder, date and commit."""
        return f"{self.name} ({self.date}{f', commit {self.commit}' if self.commit else ''})"

    @property
    def short(self) -> str:
        """The run in fewer words."""
        return f"run {self.number}" + (f" ({self.commit})" if self.commit else "")


@dataclass(frozen=True)
class Fate:
    """How one cell's seeds ended in every run: (state, symbol, "6/8", details), None where a run lacks it."""

    experiment: str
    method: str
    dataset: str
    squares: tuple[tuple[str, str, str, str] | None, ...]


def stops_of(
    runs: Sequence[Run], names: Sequence[str], environments: Sequence[Sequence[Difference]]
) -> tuple[Stop, ...]:
    """Describe every run."""
    described = zip(runs, names, environments, strict=True)
    return tuple(_stop(k, *one) for k, one in enumerate(described, start=1))


def fates(runs: Sequence[Run]) -> list[Fate]:
    """Return the cells in which a seed diverged, failed or was not run in some run."""
    found: dict[tuple[str, str, str], list[Cell | None]] = {}
    for place, run in enumerate(runs):
        for cell in cells_of(run.outcomes):
            if not cell.is_reference:
                key = (cell.experiment, cell.label, cell.dataset)
                found.setdefault(key, [None] * len(runs))[place] = cell
    troubled = {key: cells for key, cells in found.items() if any(cell and _trouble(cell) for cell in cells)}
    return [Fate(*key, tuple(map(_square, cells))) for key, cells in troubled.items()]


def _stop(number: int, run: Run, name: str, changed: Sequence[Difference]) -> Stop:
    told = run.provenance
    seeds = sum((Counter(s.status for s in o.status.values()) for o in run.outcomes), Counter[Status]())
    commit = str(told.get("commit") or "")[:8]
    return Stop(
        number=number,
        name=name,
        date=str(told.get("started") or "no date")[:10],
        commit=f"{commit}, edited" if commit and told.get("dirty") else commit,
        suite=run.name,
        machine=_machine(told),
        changed=tuple(environment_words(changed)),
        counts=(
            seeds[Status.COMPLETED],
            seeds[Status.DIVERGED],
            sum(seeds[status] for status in _FAILED),
            seeds[Status.NOT_RUN],
        ),
    )


def _machine(told: Mapping[str, Any]) -> str:
    cores = told.get("cores")
    return (
        ", ".join(str(part) for part in (told.get("cpu"), f"{cores} cores" if cores else "") if part) or NONE
    )


def _trouble(cell: Cell) -> bool:
    return state(cell) not in ("completed", "skipped")


def _square(cell: Cell | None) -> tuple[str, str, str, str] | None:
    if cell is None:
        return None
    name = state(cell)
    main = "skipped" if name == "skipped" else f"{cell.counts[Status.COMPLETED]}/{len(cell.status)}"
    others = [f"{n} {status.value}" for status, n in cell.counts.items() if status is not Status.COMPLETED]
    return name, STATES[name][0], main, "" if name == "skipped" else ", ".join(others)
