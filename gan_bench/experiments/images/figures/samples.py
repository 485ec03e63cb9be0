"""Generated images beside real ones: over training, at the end for every seed, over their nearest."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.figure import Figure, Panel, Tile
from gan_bench.experiments.images.figures import captions, grids
from gan_bench.experiments.images.figures.board import Board, diverged, setting

# Room on the page for one row of tiles, in its pixels.
_ROOM = 1200
_SMALL, _AT_END = 4, 5
_MOST_SEEDS = 10
_REAL = "real images"
GENERATED, TRAINING = "nearest-generated", "nearest-training"


def over_training(board: Board) -> Figure | None:
    """A row per method: small grids of its first seed at log-spaced steps, then real images."""
    real = grids.real_images(board.contest.cells)
    if real is None or not any(grids.steps_of(cell) for cell in board.contest.cells):
        return None
    panels = [_panel_of_steps(cell, real) for cell in board.contest.cells]
    seed = next(grids.seeds_of(c, grids.steps_of(c)[0])[0] for c in board.contest.cells if grids.steps_of(c))
    caption = captions.SAMPLES.format(n=_small(real) ** 2, seed=seed)
    return board.figure(
        "samples", "Samples while training", caption, panels, section="clouds", layout="tiles"
    )


def _panel_of_steps(cell: Cell, real: np.ndarray) -> Panel:
    steps = _shown_steps(grids.steps_of(cell), real)
    if not steps:
        return _nothing(cell)
    alt = f"Images of {cell.label} on {cell.dataset} at steps {', '.join(map(str, steps))}, and real ones."
    return Panel(cell.label, alt, partial(_tiles_of_steps, cell, steps, real))


def _shown_steps(steps: list[int], real: np.ndarray) -> list[int]:
    """The first and the last of a cell's steps, as many as fit beside real images; early ones look alike."""
    side = real.shape[-1]
    fit = max(_ROOM // ((side + 1) * _small(real) * grids.zoom(side) + 8) - 1, 2)
    return steps if len(steps) <= fit else [steps[0], *steps[1 - fit :]]


def _small(real: np.ndarray) -> int:
    """Images on a side of a small grid: fewer of large ones, so that a page stays small."""
    return _SMALL if real.shape[-1] <= 16 else 3 if real.shape[-1] <= 32 else 2


def _tiles_of_steps(cell: Cell, steps: list[int], real: np.ndarray) -> list[Tile]:
    n, zoom = _small(real), grids.zoom(real.shape[-1])
    seed = grids.seeds_of(cell, steps[-1])[0]
    tiles = [Tile(f"step {s:,}", grids.mosaic(grids.of_seed(cell, s, seed)[: n * n], n), zoom) for s in steps]
    return [*tiles, Tile(_REAL, grids.mosaic(real[: n * n], n), zoom)]


def every_seed(board: Board) -> Figure | None:
    """A row per method: a grid per seed at its last step, then real images."""
    real = grids.real_images(board.contest.cells)
    if real is None or not any(grids.steps_of(cell) for cell in board.contest.cells):
        return None
    panels = [_panel_of_seeds(cell, real) for cell in board.contest.cells]
    told = any(setting(cell, "method").get("conditional") for cell in board.contest.cells)
    caption = captions.EVERY_SEED.format(told=captions.TOLD if told else "")
    return board.figure("seeds", "Samples at the end", caption, panels, section="clouds", layout="tiles")


def _panel_of_seeds(cell: Cell, real: np.ndarray) -> Panel:
    steps = grids.steps_of(cell)
    if not steps:
        return _nothing(cell)
    seeds = grids.seeds_of(cell, steps[-1])
    left_out = f"; {len(seeds) - _MOST_SEEDS} further seeds are left out" if len(seeds) > _MOST_SEEDS else ""
    shown = seeds[:_MOST_SEEDS]
    named = ", ".join(map(str, shown))
    where = f"{cell.label} on {cell.dataset} at step {steps[-1]:,}"
    alt = f"Images of {where} by seed: {named}{left_out}; and real ones."
    return Panel(cell.label, alt, partial(_tiles_of_seeds, cell, steps[-1], shown, real))


def _tiles_of_seeds(cell: Cell, step: int, seeds: list[int], real: np.ndarray) -> list[Tile]:
    side = real.shape[-1]
    zoom, n = grids.zoom(side), _AT_END * (6 if side <= 16 else 4 if side <= 32 else 2)
    lost = diverged(cell)
    tiles = [
        Tile(
            f"seed {seed}{', diverged' * (seed in lost)}",
            grids.mosaic(grids.of_seed(cell, step, seed)[:n], _AT_END),
            zoom,
        )
        for seed in seeds
    ]
    return [*tiles, Tile(_REAL, grids.mosaic(real[:n], _AT_END), zoom)]


def nearest(board: Board) -> Figure | None:
    """Generated images over the nearest real ones, with the distance ratio; None without any."""
    cells = [cell for cell in board.ran if {GENERATED, TRAINING} <= set(cell.samples)]
    if not cells:
        return None
    return board.figure(
        "nearest",
        "Nearest real images",
        captions.NEAREST.format(bank=_bank(board), below=_below(board)),
        [_pairs(board, cell) for cell in cells],
        _ratios(board, cells),
        section="clouds",
        layout="tiles",
        table_of="distance ratio",
    )


def _bank(board: Board) -> str:
    """What the nearest ones were looked for in."""
    told = board.fact("judged by") or {}
    if "nearest of" in told:
        return str(told["nearest of"])
    stacked = str(setting(board.ran[0], "dataset").get("name", "")).startswith("stacked-")
    endless = told.get("reference split") == "endless"
    return "real images drawn anew" if stacked or endless else "the training images"


def _below(board: Board) -> str:
    """What a low ratio means, which depends on whether methods were trained on those very images."""
    return captions.OF_TRAINING if _bank(board).endswith("training images") else captions.DRAWN_ANEW


def _pairs(board: Board, cell: Cell) -> Panel:
    values, planned = board.ends(cell, "nearest_distance"), len(cell.status)
    seeds = "seeds" if len(values) == planned else f"{len(values)} of {planned} seeds"
    said = (
        f"distance ratio {values.median():.2f}, median over {seeds}" if len(values) else "no distance ratio"
    )
    alt = f"Images of {cell.label} on {cell.dataset} over the nearest of {_bank(board)}; {said}."
    return Panel(cell.label, alt, partial(_tile_of_pairs, cell, said))


def _tile_of_pairs(cell: Cell, said: str) -> list[Tile]:
    generated, training = cell.samples[GENERATED], cell.samples[TRAINING]
    both = np.concatenate([generated, training])
    return [Tile(said, grids.mosaic(both, len(generated)), grids.zoom(both.shape[-1]))]


def _ratios(board: Board, cells: Sequence[Cell]) -> pd.DataFrame:
    rows = []
    for cell in cells:
        values = board.ends(cell, "nearest_distance")
        rows.append(
            {
                "method": cell.label,
                "seeds": f"{len(values)} of {len(cell.status)}",
                "median": values.median(),
                "lowest seed": values.min(),
                "highest seed": values.max(),
            }
        )
    return pd.DataFrame(rows)


def _nothing(cell: Cell) -> Panel:
    status = cell.skip or next((str(status) for status in cell.counts), "")
    return Panel(cell.label, f"no images ({status})" if status else "no images", None)
