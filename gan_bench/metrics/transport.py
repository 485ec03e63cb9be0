"""Exact Wasserstein-1 distance between point clouds, with a certificate: dual potentials and the gap."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from gan_bench.errors import UsageError, unknown
from gan_bench.metrics._transport_assignment import solve_assignment
from gan_bench.metrics._transport_problem import (
    LARGEST_GAP,
    Problem,
    Solution,
    checked_points,
    checked_problem,
    distances,
)
from gan_bench.metrics._transport_programme import ProgrammeError, solve_programme
from gan_bench.metrics._transport_simplex import has_network_simplex, solve_network_simplex

Side = Literal["lower", "upper"]

# Distances held at once when a potential is extended: 32 MB.
BLOCK = 2**22

ENGINES: dict[str, Callable[[Problem], Solution]] = {
    "assignment": solve_assignment,
    "linear-programme": solve_programme,
    "network-simplex": solve_network_simplex,
}
# Where POT is installed, auto prefers its network simplex for equal clouds above this size.
LARGEST_ASSIGNMENT = 1000


class TransportError(ArithmeticError):
    """No transport could be certified as optimal: the answer would not be exact."""


@dataclass(frozen=True, eq=False)
class Transport:
    """The exact transport cost from x (n, d) to y (m, d), and what proves it.

    cost: Wasserstein-1 in data units, 0 to infinity. gap: cost minus the value of the potentials, in data
    units, at most 1e-9 times the largest distance, below 0 only by rounding; cost - gap <= W1 <= cost.
    potential_x (n,), potential_y (m,): 1-Lipschitz in data units, weighted mean 0 over x, larger on x like a
    critic on real data: cost = sum weights_x potential_x - sum weights_y potential_y. engine: what solved it,
    a key of ENGINES.
    """

    cost: float
    gap: float
    potential_x: np.ndarray = field(repr=False)
    potential_y: np.ndarray = field(repr=False)
    engine: str
    x: np.ndarray = field(repr=False)
    y: np.ndarray = field(repr=False)
    unit: float = field(repr=False)

    def potential(self, points: Any, side: Side = "lower") -> np.ndarray:
        """Return the potential at points (p, d), numpy or torch, as float64 (p,): an exact optimal critic.

        side is the least ("lower", the default) or the greatest ("upper") 1-Lipschitz function that takes
        the potentials' values at x and y (McShane 1934), where both agree; all others lie between them.
        """
        if side not in ("lower", "upper"):
            raise unknown("side", str(side), ("lower", "upper"), "potential")
        points = checked_points(points, "points")
        if points.shape[1] != self.x.shape[1]:
            raise UsageError(
                f"potential: points have dimension {points.shape[1]}, the clouds {self.x.shape[1]}"
            )
        sites = np.concatenate([self.x, self.y])
        values = np.concatenate([self.potential_x, self.potential_y]) / self.unit
        return self.unit * _extended(points, sites, values, self.unit, side)


def wasserstein1(
    x: Any, y: Any, weights_x: Any = None, weights_y: Any = None, *, solver: str = "auto"
) -> Transport:
    """Return the exact Wasserstein-1 distance of clouds x (n, d) and y (m, d), Euclidean ground distance.

    Points and weights are numpy arrays or torch tensors. Weights (n,), (m,) are finite and not negative, each
    side is divided by its own total, None means equal weights. Memory grows with n * m.

    solver: "assignment" (SciPy, equal sizes and weights only), "linear-programme" (SciPy's HiGHS, any
    clouds), "network-simplex" (POT, needs the extra gan-bench[ot]), or "auto": assignment for equal clouds,
    linear programme for others; where POT is installed, its network simplex instead for weighted or unequal
    clouds and above 1000 points. Transport.engine says which it was.

    Raises UsageError for bad input, TransportError where the primal-dual gap exceeds 1e-9 times the largest
    distance between the clouds. Same input, same bits.
    """
    problem = checked_problem(x, y, weights_x, weights_y)
    support = problem.support()
    engine = _chosen_engine(solver, support)
    try:
        solution = ENGINES[engine](support)
    except ProgrammeError as error:
        raise TransportError(f"wasserstein1: engine {engine}: {error}") from error
    return _certified(problem, support, solution, engine)


def _chosen_engine(solver: str, problem: Problem) -> str:
    if solver == "auto":
        if problem.balanced and (len(problem.x) <= LARGEST_ASSIGNMENT or not has_network_simplex()):
            return "assignment"
        return "network-simplex" if has_network_simplex() else "linear-programme"
    if solver not in ENGINES:
        raise unknown("solver", solver, ("auto", *ENGINES), "wasserstein1")
    if solver == "assignment" and not problem.balanced:
        raise UsageError(
            'wasserstein1: solver "assignment" needs clouds of equal size and equal weights; '
            'use "linear-programme" or "auto"'
        )
    return solver


def _certified(problem: Problem, support: Problem, solution: Solution, engine: str) -> Transport:
    """Return the transport whose potentials are feasible by construction, or raise for too large a gap."""
    phi, psi = _feasible_potentials(support.costs, solution.potential_y)
    shift = math.fsum(support.weights_x * phi)
    phi, psi = phi - shift, psi - shift
    dual = math.fsum(support.weights_x * phi) - math.fsum(support.weights_y * psi)
    gap = solution.cost - dual
    largest = float(support.costs.max())
    # Written so that NaN raises too.
    if not abs(gap) <= LARGEST_GAP * largest:
        raise TransportError(
            f"wasserstein1: engine {engine}: primal-dual gap {gap * problem.unit:.3g} exceeds "
            f"{LARGEST_GAP * largest * problem.unit:.3g}, so the cost is not certified as exact"
        )
    if not math.isfinite(largest * problem.unit):
        raise UsageError("wasserstein1: distances between the clouds exceed the range of float64")
    if problem is not support:
        sites, values = np.concatenate([support.x, support.y]), np.concatenate([phi, psi])
        phi = _extended(problem.x, sites, values, problem.unit, "lower")
        psi = _extended(problem.y, sites, values, problem.unit, "lower")
    unit = problem.unit
    return Transport(
        solution.cost * unit, gap * unit, phi * unit, psi * unit, engine, problem.x, problem.y, unit
    )


def _feasible_potentials(costs: np.ndarray, psi: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return potentials (n,), (m,) with phi_i - psi_j <= costs_ij: psi (m,) rounded to feasible.

    phi is the greatest that psi allows, psi then the least that phi allows. By the triangle inequality both
    together are one 1-Lipschitz function on all points.
    """
    phi = (costs + psi).min(axis=1)
    return phi, (phi[:, None] - costs).max(axis=0)


def _extended(
    points: np.ndarray, sites: np.ndarray, values: np.ndarray, unit: float, side: Side
) -> np.ndarray:
    """Return the McShane extension (p,) of the values (s,) at the sites (s, d); values in units of unit."""
    result = np.empty(len(points))
    rows = max(1, BLOCK // len(sites))
    for first in range(0, len(points), rows):
        block = distances(points[first : first + rows], sites, unit)
        if side == "lower":
            result[first : first + rows] = (values - block).max(axis=1)
        else:
            result[first : first + rows] = (values + block).min(axis=1)
    return result
