"""Point clouds as checked arrays, and their histograms on a fixed grid with one overflow bin."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from gan_bench.errors import UsageError

Bounds = tuple[tuple[float, float], tuple[float, float]]


def as_clouds(samples: Any, name: str) -> np.ndarray:
    """Return numpy or torch samples (n, 2) or (S, n, 2), on any device, as float64 (1 or S, n, 2).

    Raises UsageError, naming the argument, for another shape, no points, no real numbers, NaN or infinity:
    no metric here has a meaningful value for such a cloud.
    """
    if isinstance(samples, torch.Tensor):
        samples = samples.detach().cpu()
        # NumPy has no bfloat16: reduced precision is widened before it leaves torch.
        samples = samples.double() if samples.is_floating_point() else samples
    array = np.asarray(samples)
    if array.dtype.kind not in "fiu":
        raise UsageError(f"{name}: expected real numbers, got dtype {array.dtype}")
    if array.ndim not in (2, 3) or array.shape[-1] != 2 or array.size == 0:
        raise UsageError(f"{name}: expected shape (n, 2) or (S, n, 2) with n >= 1, got {array.shape}")
    clouds = np.asarray(array, dtype=np.float64).reshape(-1, *array.shape[-2:])
    bad = int((~np.isfinite(clouds).all(axis=-1)).sum())
    if bad:
        raise UsageError(f"{name}: {bad} of {clouds.shape[0] * clouds.shape[1]} points are not finite")
    return clouds


def as_cloud(points: Any, name: str) -> np.ndarray:
    """Return one cloud (n, 2) as float64; a stack of clouds is an error."""
    if getattr(points, "ndim", 2) != 2:
        raise UsageError(f"{name}: expected shape (n, 2), got {tuple(points.shape)}")
    return as_clouds(points, name)[0]


def check_grid(bounds: Bounds, count: int, name: str) -> np.ndarray:
    """Return bounds as an array [[x_lo, x_hi], [y_lo, y_hi]], or raise for an empty box or no cells."""
    box = np.asarray(bounds, dtype=np.float64)
    if box.shape != (2, 2) or not np.isfinite(box).all() or not (box[:, 0] < box[:, 1]).all():
        raise UsageError(f"{name}: bounds must be ((x_lo, x_hi), (y_lo, y_hi)) with lo < hi, got {bounds}")
    if count < 1:
        raise UsageError(f"{name}: the grid needs at least one cell per axis, got {count}")
    return box


def histogram(clouds: np.ndarray, bounds: Bounds, bins: int) -> np.ndarray:
    """Return shares (S, bins * bins + 1) of the points of clouds (S, n, 2) per bin; the last is overflow.

    Bins are half-open, the last one of each axis closed, so that both ends of the box lie inside.
    """
    box = check_grid(bounds, bins, "histogram")
    low, high = box[:, 0], box[:, 1]
    inside = np.all((clouds >= low) & (clouds <= high), axis=-1)
    # Points outside are moved to the corner before the cast: a distant one would overflow the integer.
    scaled = np.where(np.expand_dims(inside, -1), (clouds - low) / (high - low), 0.0) * bins
    cell = np.minimum(scaled.astype(np.int64), bins - 1)
    flat = np.where(inside, cell[..., 0] * bins + cell[..., 1], bins * bins)
    size = bins * bins + 1
    offset = np.arange(len(clouds))[:, None] * size
    counts = np.bincount((flat + offset).ravel(), minlength=len(clouds) * size)
    return counts.reshape(len(clouds), size) / clouds.shape[1]


@dataclass(frozen=True)
class Grid:
    """A square histogram grid: bins per axis, and one overflow bin for everything outside bounds."""

    bounds: Bounds
    bins: int
    scale: float | None = None

    @property
    def bin_width(self) -> float:
        """Side of a bin, in data units."""
        return (self.bounds[0][1] - self.bounds[0][0]) / self.bins

    @property
    def bin_per_scale(self) -> float | None:
        """Side of a bin over the modes' standard deviation; None where the data have no modes."""
        return self.bin_width / self.scale if self.scale else None
