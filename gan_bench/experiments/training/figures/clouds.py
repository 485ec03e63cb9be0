"""Sample clouds over training: a strip per method from its first step to its last, the data in grey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np

from gan_bench.analysis.cells import Cell
from gan_bench.analysis.figure import Figure, Panel
from gan_bench.analysis.palette import Look
from gan_bench.experiments.figures import cloud_strip
from gan_bench.experiments.training.figures import captions

Bounds = tuple[float, float, float]
Strip = list[tuple[int, np.ndarray | None]]
COLUMNS = 8
PREFIX = "step-"


def clouds(dataset: str, cells: Sequence[Cell], looks: Mapping[str, Look]) -> Figure | None:
    """Return the strips of every method on one data set, also of those without samples; None without any."""
    strips = [_strip(cell) for cell in cells]
    if not any(strips):
        return None
    reference = next((cell.samples["reference"] for cell in cells if "reference" in cell.samples), None)
    bounds = _bounds(strips, reference)
    squares = max(len(strip) for strip in strips)
    panels = [
        _panel(cell, strip, squares, reference, bounds, looks[cell.label])
        for cell, strip in zip(cells, strips, strict=True)
    ]
    return Figure(
        f"clouds-{dataset}",
        "Samples while training",
        captions.CLOUDS.format(n=_points(cells)),
        tuple(panels),
        "clouds",
        dataset,
        layout="strip",
        columns=("from the first step to the last",),
    )


def _points(cells: Sequence[Cell]) -> int:
    """Number of samples in a cloud, before those that are not finite are left out."""
    arrays = (array for cell in cells for name, array in cell.samples.items() if name.startswith(PREFIX))
    return next((array.shape[1] for array in arrays if array.ndim == 3), 0)


def _strip(cell: Cell) -> Strip:
    """The first and the last seven of the cell's own steps with their samples; early ones look alike.

    Methods have budgets of their own: a common list of steps would leave most squares empty.
    """
    steps = sorted(int(name.removeprefix(PREFIX)) for name in cell.samples if name.startswith(PREFIX))
    if len(steps) > COLUMNS:
        steps = [steps[0], *steps[1 - COLUMNS :]]
    return [(step, _first_seed(cell.samples[f"{PREFIX}{step}"])) for step in steps]


def _panel(
    cell: Cell, strip: Strip, squares: int, reference: np.ndarray | None, bounds: Bounds, look: Look
) -> Panel:
    if all(cloud is None for _, cloud in strip):
        status = next(iter(cell.counts), None)
        return Panel(cell.label, f"no samples ({status})" if status else "no samples", None)
    alt = f"Samples of {cell.label} on {cell.dataset} at steps {', '.join(str(step) for step, _ in strip)}."
    headed = [(f"{step:,}", cloud) for step, cloud in strip]
    headed += [("", None)] * (squares - len(strip))
    return Panel(cell.label, alt, partial(cloud_strip, headed, reference, bounds, look))


def _first_seed(samples: np.ndarray | None) -> np.ndarray | None:
    """Finite points of the first seed, (k, n, 2) -> (m, 2)."""
    if samples is None or samples.ndim != 3 or samples.shape[2] != 2:
        return None
    cloud = samples[0]
    cloud = cloud[np.isfinite(cloud).all(axis=1)]
    return cloud if len(cloud) else None


def _bounds(strips: Sequence[Strip], reference: np.ndarray | None) -> Bounds:
    """Square (x_lo, y_lo, side) that holds the data, with room for where samples end.

    Without data it holds where samples end. Where they start does not count: it would leave
    a corner of each square to what matters; and samples that fly off widen the square by a third at most.
    """
    ends = _corners([strip[-1][1] for strip in strips if strip], 0.02)
    base = (ends or [np.zeros(2)]) if reference is None else [reference.min(axis=0), reference.max(axis=0)]
    low, high = np.min(base, axis=0), np.max(base, axis=0)
    room = float((high - low).max()) / 3 or 1.0
    further = np.clip([low, high, *ends], low - room, high + room)
    low, high = further.min(axis=0), further.max(axis=0)
    side = float((high - low).max()) * 1.2
    x_lo, y_lo = (low + high - side) / 2
    return float(x_lo), float(y_lo), side


def _corners(clouds: Sequence[np.ndarray | None], tail: float) -> list[np.ndarray]:
    """Lower and upper corner of each cloud without its tails."""
    present = [cloud for cloud in clouds if cloud is not None]
    return [np.quantile(cloud, q, axis=0) for cloud in present for q in (tail, 1 - tail)]
