"""How fast the run was: rates, memory, time outside training, and what each constraint costs a step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.rankings import RANKINGS
from gan_bench.harness.outcome import Outcome
from gan_bench.report.constraint_costs import Costs, constraint_costs
from gan_bench.report.numbers import NONE, Entry, entry
from gan_bench.report.ran import cell_anchor, devices

# The experiment whose figures stand in this section.
SPEEDS = "throughput"

# Recorded once per block of seeds: (metric, heading, digits).
_RECORDED = (
    ("steps_per_second", "generator steps per second"),
    ("", "seed-steps per second"),
    ("images_per_second", "images per second"),
    ("memory", "peak memory, MiB"),
    ("evaluation_share", "judging, % of the time"),
    ("outside", "outside training updates, % of the job's time"),
)


@dataclass(frozen=True)
class Rate:
    """One cell's line: entries in the order of the headings."""

    label: str
    link: str
    dataset: str
    where: str
    at_once: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True)
class Throughput:
    """The whole section. mixed: whether lines differ by device or threads; gpu: whether one was measured."""

    headings: tuple[str, ...]
    lines: tuple[Rate, ...]
    costs: tuple[Costs, ...]
    devices: str
    mixed: bool
    gpu: bool


def throughput(cells: Sequence[Cell]) -> Throughput | None:
    """Return what a run says of its speed, or None where nothing was timed."""
    timed = [cell for cell in cells if cell.experiment in RANKINGS and not cell.is_reference and cell.seconds]
    numbers = {cell.key: _numbers(cell) for cell in timed}
    shown = [k for k in range(len(_RECORDED)) if any(not math.isnan(n[k]) for n in numbers.values())]
    costs = constraint_costs(cells)
    if not (shown or costs or any(cell.experiment == SPEEDS and cell.seconds for cell in cells)):
        return None
    found = devices([cell for cell in cells if cell.seconds])
    lines = tuple(_line(cell, [numbers[cell.key][k] for k in shown]) for cell in timed)
    return Throughput(
        headings=tuple(_RECORDED[k][1] for k in shown),
        lines=lines,
        costs=costs,
        devices=found,
        mixed=len({line.where for line in lines}) > 1,
        gpu="cuda" in found,
    )


def seed_steps(cell: Cell) -> float:
    """Seed-steps per second: generator steps per second times the seeds trained at once; median over blocks.

    NaN where no step was timed.
    """
    return _median(_of_block(o, "steps_per_second") * len(o.job.seeds) for o in cell.outcomes)


def _line(cell: Cell, values: Sequence[float]) -> Rate:
    device, threads = cell.settings.get("device"), cell.settings.get("threads")
    where = ", ".join(
        part for part in (str(device or ""), f"{threads} threads" if threads and threads > 1 else "") if part
    )
    sizes = sorted({len(outcome.job.seeds) for outcome in cell.outcomes})
    return Rate(
        label=cell.label,
        link=f"#{cell_anchor(cell)}",
        dataset=cell.dataset,
        where=where or NONE,
        at_once=" or ".join(map(str, sizes)),
        entries=tuple(map(entry, values)),
    )


def _numbers(cell: Cell) -> list[float]:
    """Values in the order of _RECORDED, medians over blocks of seeds; NaN where nothing was recorded."""
    blocks = [outcome for outcome in cell.outcomes if len(outcome.rows)]
    return [
        _median(_of_block(o, "steps_per_second") for o in blocks),
        seed_steps(cell),
        _median(_of_block(o, "images_per_second") for o in blocks),
        _median(_memory(o) for o in blocks),
        100 * _median(_of_block(o, "evaluation_share") for o in blocks),
        100 * _median(_outside(o) for o in blocks),
    ]


def _of_block(outcome: Outcome, metric: str) -> float:
    """A number that all seeds of a block share, at its last step."""
    # Arrays rather than frames: a page may ask this of a thousand blocks.
    places = np.flatnonzero(outcome.rows["metric"].to_numpy() == metric)
    if not places.size:
        return math.nan
    last = places[outcome.rows["step"].to_numpy()[places].argmax()]
    return float(outcome.rows["value"].to_numpy()[last])


def _memory(outcome: Outcome) -> float:
    recorded = _of_block(outcome, "peak_memory")
    gpu = outcome.provenance.get("gpu")
    known: Any = gpu.get("peak_memory_mib") if isinstance(gpu, Mapping) else None
    known = known or outcome.provenance.get("peak_memory_mib")
    return float(known) if math.isnan(recorded) and known else recorded


def _outside(outcome: Outcome) -> float:
    """Share of the job's time that no training update took: start, measuring, storing."""
    wall = outcome.provenance.get("wall_seconds")
    clock = outcome.rows["seconds"].max()
    return 1 - float(clock) / float(wall) if wall and wall >= clock else math.nan


def _median(values: Any) -> float:
    known = [value for value in values if not math.isnan(value)]
    return float(median(known)) if known else math.nan
