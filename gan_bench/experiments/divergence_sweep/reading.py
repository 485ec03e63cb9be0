"""Stored cells of the sweep as tables: places down, seeds across. Free of torch."""

from __future__ import annotations

from typing import Any

import pandas as pd

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.experiments.divergence_sweep.settings import SWEPT
from gan_bench.harness.outcome import Status

EXPERIMENT = "divergence-sweep"
EXACT = "exact"

# Beyond this many standard deviations each of two Gaussians keeps 99.9 % of its samples on its own side.
SEPARATED_SCALES = 6.0


def sweep_cells(run: Any) -> list[Cell]:
    """All cells of this experiment."""
    return [cell for cell in cells_of(run.outcomes) if cell.experiment == EXPERIMENT]


def trained(cells: list[Cell]) -> list[Cell]:
    """Cells of trained critics that left rows."""
    return [cell for cell in cells if is_trained(cell) and len(cell.rows)]


def is_exact(cell: Cell) -> bool:
    """True for the closed forms."""
    return cell.outcomes[0].job.method == EXACT


def is_trained(cell: Cell) -> bool:
    """True for a method's cell, false for the closed forms and the independent draws."""
    return not cell.is_reference and not is_exact(cell)


def table(cell: Cell, metric: str) -> pd.DataFrame:
    """Values of a metric, places x seeds; diverged seeds are absent. Empty where it was not measured."""
    fine = [seed for seed, status in cell.status.items() if status.status is Status.COMPLETED]
    rows = cell.of(metric)
    rows = rows[rows["seed"].isin(fine)]
    return rows.set_index(["at", "seed"])["value"].unstack("seed")  # noqa: PD010


def kind_of(cell: Cell) -> str:
    """Name of the pair, without its parameters."""
    entry = cell.settings["pair"]
    return str(entry if isinstance(entry, str) else entry["name"])


def axis_of(cell: Cell) -> str:
    """Name of the parameter that the sweep moves."""
    return SWEPT[kind_of(cell)]


def separated_places(cell: Cell) -> list[float]:
    """Places at which the two distributions are translates whose supports do not overlap."""
    kind, entry = kind_of(cell), cell.settings["pair"]
    if kind == "crossing-segments":
        return []
    # The pair's own default, where the suite's entry does not say.
    scale = entry.get("scale", 0.3) if isinstance(entry, dict) else 0.3
    least = SEPARATED_SCALES * scale if kind == "separated-gaussians" else 0.0
    w1 = table(cell, "w1_exact").mean(axis=1)
    return [float(at) for at in cell.settings["places"] if at >= least and w1.get(at, 0.0) > 0]


def constraint_of(cell: Cell) -> tuple[str, float]:
    """Kind and weight of a method's only constraint; no kind where it has none or several."""
    parts = cell.settings["method"]["constraints"]
    return (parts[0]["kind"], float(parts[0].get("weight", 0.0))) if len(parts) == 1 else ("", 0.0)
