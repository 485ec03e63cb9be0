"""Cost of a transport plan that meets its marginals only within a solver's tolerance."""

from __future__ import annotations

import math

import numpy as np

from gan_bench.metrics._transport_problem import Problem


def plan_cost(problem: Problem, rows: np.ndarray, columns: np.ndarray, mass: np.ndarray) -> float:
    """Return the cost of the plan with mass[k] from rows[k] to columns[k], first rounded to a feasible one.

    Rows and columns with too much mass are scaled down, what is then missing is sent in proportion
    (Altschuler, Weed, Rigollet 2017, algorithm 2): the cost is an upper bound of the optimum up to rounding,
    whatever the solver's tolerance.
    """
    mass = np.maximum(mass, 0.0)
    mass = mass * _shrinkage(problem.weights_x, rows, mass)[rows]
    mass = mass * _shrinkage(problem.weights_y, columns, mass)[columns]
    cost = math.fsum(mass * problem.costs[rows, columns])
    missing_x = np.maximum(problem.weights_x - _totals(rows, mass, len(problem.x)), 0.0)
    missing_y = np.maximum(problem.weights_y - _totals(columns, mass, len(problem.y)), 0.0)
    missing = max(float(missing_x.sum()), float(missing_y.sum()))
    if missing > 0:
        cost += float(missing_x @ problem.costs @ missing_y) / missing
    return cost


def _totals(index: np.ndarray, mass: np.ndarray, size: int) -> np.ndarray:
    totals: np.ndarray = np.bincount(index, weights=mass, minlength=size)
    return totals


def _shrinkage(weights: np.ndarray, index: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Return min(1, weight / total) for every point; 1 where nothing is sent."""
    totals = _totals(index, mass, len(weights))
    return np.minimum(1.0, np.divide(weights, totals, out=np.ones_like(weights), where=totals > 0))
