"""Slopes of critics along the rays of optimal transport, where a perfect critic's is 1."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell, end_values
from gan_bench.analysis.figure import Figure, Panel
from gan_bench.analysis.intervals import t_interval
from gan_bench.experiments import figures as draw
from gan_bench.experiments.critic_surface.figures.board import Board

CAPTION = (
    "Every real point is joined with the fake point that optimal transport sends it to; along these rays "
    "the optimal critic falls with slope 1, straight towards the fake point (Gulrajani et al. 2017, "
    "proposition 1). Means over all rays, with 95 % intervals over seeds. Slopes are shares of each "
    "critic's largest slope found, since those differ from method to method{factor}: a "
    "flat line at 1 uses what the critic's Lipschitz constant allows. The alignment is the mean cosine "
    "between its gradient and the ray. The law for a penalised critic's slope, 1 + |w| / (2 lambda h) "
    "with flow w and density h of interpolates, has no closed form where supports overlap, and is not "
    "drawn."
)


def rays(board: Board) -> Figure | None:
    """Relative slope and alignment along the rays, two panels per data set."""
    panels = []
    for dataset in board.datasets:
        cells = [cell for cell in _cells(board, dataset) if not alignments(cell).empty]
        if cells:
            for title, unit, shares in _PANELS:
                alt = f"{title} halfway along transport rays on {dataset}: {_middles(cells, shares)}."
                panels.append(Panel(f"{title}, {dataset}", alt, partial(_draw, board, cells, unit, shares)))
    if not panels:
        return None
    table = pd.concat([_table(cell) for dataset in board.datasets for cell in _cells(board, dataset)])
    caption = CAPTION.format(factor=board.steepness())
    return board.figure("rays", "Slopes along transport rays", caption, panels, table)


def _cells(board: Board, dataset: str) -> list[Cell]:
    cells = (board.cell(label, dataset) for label in board.labels)
    return [cell for cell in cells if cell is not None]


def relative_slopes(cell: Cell) -> pd.DataFrame:
    """Slope over the critic's largest, shares of the way as rows, seeds as columns."""
    return _along(cell, "ray_slope") / end_values(cell, "lipschitz_lower")


def alignments(cell: Cell) -> pd.DataFrame:
    """Cosine with the ray, shares of the way as rows, seeds as columns."""
    return _along(cell, "ray_alignment")


def _along(cell: Cell, metric: str) -> pd.DataFrame:
    """Completed seeds as columns, shares of the way as rows."""
    rows = cell.of(metric)
    completed = end_values(cell, "lipschitz_lower").index
    return rows[rows["seed"].isin(completed)].pivot_table(index="at", columns="seed", values="value")


_PANELS = (
    ("Relative slope", "slope / largest slope", relative_slopes),
    ("Alignment", "cosine with the ray", alignments),
)


def _draw(board: Board, cells: list[Cell], unit: str, shares: Any) -> Any:
    figure, ax = draw.canvas("share of the way, real to fake", unit)
    lowest = 0.0
    for cell in cells:
        table = shares(cell)
        intervals = [t_interval(row.dropna().to_numpy()) for _, row in table.iterrows()]
        draw.estimates(ax, list(table.index), intervals, board.looks[cell.label])
        lowest = min(lowest, float(np.nanmin(table.to_numpy())))
    draw.level(ax, 1.0, "exact potential")
    draw.linear_axis(ax.yaxis)
    ax.set_ylim(1.1 * lowest - 0.03, 1.14)
    return figure


def _middles(cells: list[Cell], shares: Any) -> str:
    middles = ((cell, shares(cell)) for cell in cells)
    return ", ".join(f"{c.label} {table.iloc[len(table) // 2].mean():.3g}" for c, table in middles)


def _table(cell: Cell) -> pd.DataFrame:
    """Means over seeds: a row per place on the ray."""
    slope, cosine, relative = _along(cell, "ray_slope"), alignments(cell), relative_slopes(cell)
    return pd.DataFrame(
        {
            "method": cell.label,
            "data set": cell.dataset,
            "share of the way": slope.index,
            "slope": slope.mean(axis=1).to_numpy(),
            "relative slope": relative.mean(axis=1).to_numpy(),
            "cosine": cosine.mean(axis=1).to_numpy(),
        }
    )
