"""The state of a cell as the page tells it, and the id of its section."""

from __future__ import annotations

from gan_bench.analysis.cells import Cell
from gan_bench.harness.outcome import Status
from gan_bench.report.pictures import anchor

# State of a cell -> (symbol, words): never told by colour alone.
STATES = {
    "completed": ("✓", "completed with every seed"),
    "diverged": ("≈", "with diverged seeds"),
    "failed": ("✕", "failed"),
    "not-run": ("○", "not run"),
    "skipped": ("\N{EN DASH}", "skipped"),
}
FAILED = (Status.ERROR, Status.OOM, Status.KILLED, Status.TIMEOUT)


def state(cell: Cell) -> str:
    """Name the state of a cell, the worst of its seeds deciding."""
    if cell.skip or (cell.counts and set(cell.counts) == {Status.SKIPPED}):
        return "skipped"
    if any(cell.counts[status] for status in FAILED):
        return "failed"
    if cell.counts[Status.NOT_RUN] or not cell.counts:
        return "not-run"
    return "diverged" if cell.counts[Status.DIVERGED] else "completed"


def cell_anchor(cell: Cell) -> str:
    """Id of a cell's details."""
    return f"cell-{anchor(cell.key)}"
