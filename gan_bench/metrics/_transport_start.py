"""Approximate dual variables of a transport problem: what the exact engines are started from."""

from __future__ import annotations

import numpy as np

# Temperatures fall geometrically between these multiples of the mean reduced cost. The last is fine enough to
# separate modes a hundred times narrower than the cloud; finer ones cost more than they save the exact solve.
HOTTEST, COLDEST, TEMPERATURES = 0.25, 1e-4, 10
SCALINGS = 4
# exp(-60) is negligible but still a normal float32; denormal numbers make products several times slower.
SMALLEST_EXPONENT = -60.0
# With factors within 1e-15 and 1e15 no product overflows either, at any size that fits into memory.
LARGEST_EXPONENT = 20.0
SMALLEST_FACTOR = np.float32(1e-15)
# Reduced costs below this share of the largest cost are rounding: both duals are then already optimal.
NEGLIGIBLE = 1e-12


def approximate_duals(
    costs: np.ndarray, weights_x: np.ndarray, weights_y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return feasible duals u (n,), v (m,), u_i + v_j <= costs_ij up to rounding, close to optimal ones.

    Sinkhorn scaling at falling temperatures (Cuturi 2013; Schmitzer 2019 for the absorbed potentials) in
    float32, then rounded to feasible in float64. Costs that depend on one cloud alone, as when the other has
    collapsed to a point, are solved by the column and row minima already.
    """
    u, v = _minima(costs)
    reduced = costs - u[:, None] - v
    mean = float(reduced.mean())
    if mean <= NEGLIGIBLE * float(costs.max()):
        return u, v
    change = _scaled_potential((reduced / mean).astype(np.float32), weights_x, weights_y)
    v = v + mean * change.astype(np.float64)
    u = (costs - v).min(axis=1)
    return u, (costs - u[:, None]).min(axis=0)


def _minima(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    v = costs.min(axis=0)
    return (costs - v).min(axis=1), v


def _scaled_potential(costs: np.ndarray, weights_x: np.ndarray, weights_y: np.ndarray) -> np.ndarray:
    """Return the potential (m,) float32 of annealed Sinkhorn scaling for float32 costs (n, m) of mean 1."""
    # Weights of mean about 1 keep the scalings near 1 at any size.
    mass_x = (weights_x * len(weights_x)).astype(np.float32)
    mass_y = (weights_y * len(weights_x)).astype(np.float32)
    u = np.zeros(len(mass_x), np.float32)
    v = np.zeros(len(mass_y), np.float32)
    kernel = np.empty_like(costs)
    for temperature in np.geomspace(HOTTEST, COLDEST, TEMPERATURES).astype(np.float32):
        np.subtract(u[:, None], costs, out=kernel)
        kernel += v
        kernel /= temperature
        np.clip(kernel, SMALLEST_EXPONENT, LARGEST_EXPONENT, out=kernel)
        np.exp(kernel, out=kernel)
        factor_x = np.ones_like(u)
        for _ in range(SCALINGS):
            factor_y = _ratio(mass_y, factor_x @ kernel)
            factor_x = _ratio(mass_x, kernel @ factor_y)
        u += temperature * np.log(factor_x)
        v += temperature * np.log(factor_y)
    return v


def _ratio(mass: np.ndarray, product: np.ndarray) -> np.ndarray:
    """Return mass / product, kept positive and finite for weights that float32 cannot tell from 0."""
    ratio: np.ndarray = np.clip(
        mass / np.maximum(product, SMALLEST_FACTOR), SMALLEST_FACTOR, 1 / SMALLEST_FACTOR
    )
    return ratio
