"""How fast each method trained on images, in how much memory, and what judging it cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.figure import Figure
from gan_bench.experiments.images.figures import captions
from gan_bench.experiments.images.figures.board import Board

_COLUMNS = {
    "images_per_second": "images per second",
    "steps_per_second": "steps per second",
    "peak_memory": "peak memory, MiB",
    "evaluation_share": "time spent judging, %",
}


def speed(boards: Sequence[Board], group: str) -> Figure | None:
    """The table of all contests, a line per method and data set; None where nothing was timed."""
    rows = [_row(board, cell) for board in boards for cell in board.ran]
    table = pd.DataFrame(rows).dropna(axis=1, how="all") if rows else pd.DataFrame()
    if not set(_COLUMNS.values()) & set(table.columns):
        return None
    return Figure(
        "image-speed", "Speed and memory", captions.SPEED, (), group=group, layout="table", table=table
    )


def _row(board: Board, cell: Cell) -> dict[str, Any]:
    """Numbers that a block of seeds shares: the median over blocks."""
    row: dict[str, Any] = {"method": cell.label, "data set": board.contest.title}
    row |= {heading: board.median_end(cell, kind) for kind, heading in _COLUMNS.items()}
    row[_COLUMNS["evaluation_share"]] *= 100
    return row | {"seeds at once": len(cell.outcomes[0].job.seeds)}
