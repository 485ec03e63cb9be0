"""A checked transport problem in units of its own size, and the solution that an engine returns for it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from scipy.spatial.distance import cdist

from gan_bench.errors import UsageError

# The largest gap that counts as exact, relative to the largest distance between the clouds.
LARGEST_GAP = 1e-9


class Solution(NamedTuple):
    """Cost of a feasible plan and the potential (m,) that is to certify it, in the problem's unit."""

    cost: float
    potential_y: np.ndarray


@dataclass(frozen=True)
class Problem:
    """Points x (n, d) and y (m, d), float64, in data units; weights (n,) and (m,), each of total 1.

    unit is a power of two near the clouds' common extent: dividing by it is exact, so results scale exactly
    with it, and neither tiny nor huge clouds under- or overflow.
    """

    x: np.ndarray
    y: np.ndarray
    weights_x: np.ndarray
    weights_y: np.ndarray
    unit: float

    @cached_property
    def costs(self) -> np.ndarray:
        """Euclidean distances (n, m) in units of unit."""
        return distances(self.x, self.y, self.unit)

    @property
    def balanced(self) -> bool:
        """Whether both clouds have the same number of points, all of the same weight."""
        return len(self.x) == len(self.y) and all(
            weights.min() == weights.max() for weights in (self.weights_x, self.weights_y)
        )

    def support(self) -> Problem:
        """Return the problem without the points of weight zero."""
        x, y = self.weights_x > 0, self.weights_y > 0
        if x.all() and y.all():
            return self
        return Problem(self.x[x], self.y[y], self.weights_x[x], self.weights_y[y], self.unit)


def distances(points: np.ndarray, sites: np.ndarray, unit: float) -> np.ndarray:
    """Return Euclidean distances (p, s) in units of unit."""
    result: np.ndarray = cdist(points / unit, sites / unit)
    return result


def checked_problem(x: Any, y: Any, weights_x: Any, weights_y: Any) -> Problem:
    """Return the problem for numpy or torch input; raises UsageError for anything that is not one."""
    x, y = checked_points(x, "x"), checked_points(y, "y")
    if x.shape[1] != y.shape[1]:
        raise UsageError(
            f"wasserstein1: x has dimension {x.shape[1]} but y has dimension {y.shape[1]}; they must agree"
        )
    unit = _unit(x, y)
    return Problem(
        x, y, _checked_weights(weights_x, len(x), "x"), _checked_weights(weights_y, len(y), "y"), unit
    )


def checked_points(points: Any, name: str) -> np.ndarray:
    """Return points as float64 (n, d); raises UsageError for another shape, none at all, NaN or infinity."""
    array = _as_float64(points, name)
    if array.ndim != 2 or 0 in array.shape:
        raise UsageError(f"wasserstein1: {name} must be a non-empty cloud (n, d), got shape {array.shape}")
    if not np.isfinite(array).all():
        raise UsageError(f"wasserstein1: {name} holds NaN or infinite coordinates")
    return array


def _as_float64(values: Any, name: str) -> np.ndarray:
    """Return a copy: what the caller writes later into its own array must not reach a result."""
    if hasattr(values, "detach"):
        # A tensor that requires gradients, lives on a GPU or is bfloat16 does not convert by itself.
        values = values.detach().cpu().double().numpy()
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.empty(0, dtype=object)
    if array.dtype.kind not in "fiub":
        raise UsageError(f"wasserstein1: {name} is not an array of real numbers")
    return np.array(array, dtype=np.float64)


def _checked_weights(weights: Any, size: int, name: str) -> np.ndarray:
    if weights is None:
        return np.full(size, 1.0 / size)
    array = _as_float64(weights, f"weights_{name}")
    if array.shape != (size,):
        raise UsageError(
            f"wasserstein1: weights_{name} must have shape ({size},), one per point, got {array.shape}"
        )
    if not np.isfinite(array).all() or array.min() < 0:
        raise UsageError(f"wasserstein1: weights_{name} must be finite and not negative")
    largest = array.max()
    if largest == 0:
        raise UsageError(f"wasserstein1: weights_{name} are all zero")
    # Division by the largest first: the sum of huge weights would overflow.
    array = array / largest
    return array / math.fsum(array)


def _unit(x: np.ndarray, y: np.ndarray) -> float:
    """Return a power of two between half and all of the clouds' common extent; 1 where that is zero."""
    # Halves, because the difference of two finite numbers need not be finite.
    extent = float((np.maximum(x.max(0), y.max(0)) / 2 - np.minimum(x.min(0), y.min(0)) / 2).max())
    if extent == 0:
        return 1.0
    return math.ldexp(1.0, max(min(math.frexp(extent)[1], 1000), -1000))
