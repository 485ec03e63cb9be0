"""Filled contours of every critic beside the exact potential, over one square per data set."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.figure import Figure, Panel
from gan_bench.experiments.critic_surface.figures.board import Board
from gan_bench.experiments.critic_surface.settings import EXACT, EXPERIMENT

CAPTION = (
    "Scores of the first seed's critics after training, yellow high (real), blue low (fake), with the "
    "exact Kantorovich potential of the same clouds in the first row. Dark points are data, light points "
    "data plus noise. Each surface has its own even levels, because scores differ in size from method to "
    "method{factor}: compare the shapes, and the even spacing of the levels, which an optimal "
    "critic has along every ray. The potential is drawn where its lower and upper 1-Lipschitz extensions "
    "agree within {agreement:g} data units; elsewhere, hatched, the samples do not decide it."
)

# Blue to yellow with even steps of lightness for every kind of colour vision (Nunez et al. 2018); opaque, so
# that it reads on light and dark pages alike.
_COLOURS = "cividis"
_LEVELS = 14
_LINES: dict[str, Any] = {"colors": "white", "linestyles": "solid", "linewidths": 0.35, "alpha": 0.5}
_SIDE = 1.75  # inches, a whole number of pixels
_FRAME = "#8a8f98"


def surfaces(board: Board) -> Figure | None:
    """A row for the exact potential and one per method, a column per data set."""
    rows = [_row(board, label) for label in (EXACT, *board.labels)]
    panels = [panel for panel in rows if panel is not None]
    if not panels:
        return None
    agreement = next(float(cell.settings["agreement"]) for cell in board.cells)
    return Figure(
        f"{EXPERIMENT}-surfaces",
        "Critic surfaces beside the exact potential",
        CAPTION.format(agreement=agreement, factor=board.steepness()),
        tuple(panels),
        "results",
        EXPERIMENT,
        layout="strip",
        columns=board.datasets,
    )


def _row(board: Board, label: str) -> Panel | None:
    cells = [board.cell(label, dataset) for dataset in board.datasets]
    if not any(cell is not None and "surface" in cell.samples for cell in cells):
        return None
    alt = f"Scores of {label} over the plane, for {', '.join(board.datasets)} from left to right."
    squares = [(cell, board.exact(data)) for cell, data in zip(cells, board.datasets, strict=True)]
    return Panel(label, alt, partial(_strip, squares))


def _strip(squares: list[tuple[Cell | None, Cell | None]]) -> Canvas:
    """Squares side by side, each a surface with the points that its critic told apart."""
    figure = Canvas(figsize=(_SIDE * len(squares), _SIDE), dpi=160)
    for column, (cell, exact) in enumerate(squares):
        ax = figure.add_axes((column / len(squares), 0, 1 / len(squares), 1))
        ax.set_xticks([])
        ax.set_yticks([])
        ax.spines[:].set_color(_FRAME)
        if cell is not None and "surface" in cell.samples:
            _draw_surface(ax, cell.samples)
            if exact is not None and "region" in exact.samples:
                _draw_points(ax, exact)
        else:
            ax.text(0.5, 0.5, "no surface", transform=ax.transAxes, ha="center", color=_FRAME, fontsize=8)
    return figure


def _draw_surface(ax: Axes, samples: Any) -> None:
    """Bands between even levels; hatched where the potential is not known."""
    surface = np.asarray(samples["surface"][0], dtype=float)
    known = np.asarray(samples["known"][0]) if "known" in samples else np.isfinite(surface)
    shown = np.ma.masked_where(~known, surface)
    ticks = np.linspace(0, 1, surface.shape[0])
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1)
    if not known.all():
        ax.add_patch(Rectangle((0, 0), 1, 1, facecolor="none", hatch="////", edgecolor=_FRAME, linewidth=0))
    if shown.count() and np.ptp(shown.compressed()) > 0:
        low, high = shown.min(), shown.max()
        levels = np.linspace(low, high, _LEVELS + 1)
        ax.contourf(ticks, ticks, shown, levels=levels, cmap=_COLOURS, antialiased=False)
        ax.contour(ticks, ticks, shown, levels=levels[1:-1], **_LINES)


def _draw_points(ax: Axes, exact: Cell) -> None:
    """Fake points light, real points dark, both faint."""
    (x_lo, y_lo), (x_hi, y_hi) = exact.samples["region"]
    for name, colour, alpha in (("fake", "white", 0.45), ("real", "black", 0.55)):
        x, y = exact.samples[name][0].T
        ax.plot(
            (x - x_lo) / (x_hi - x_lo),
            (y - y_lo) / (y_hi - y_lo),
            linestyle="none",
            marker="o",
            markersize=1.4,
            markeredgewidth=0,
            color=colour,
            alpha=alpha,
        )
