"""Transport between weighted or unequal clouds: SciPy's HiGHS on few arcs, grown by reduced costs."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array

from gan_bench.metrics._transport_plan import plan_cost
from gan_bench.metrics._transport_problem import Problem, Solution
from gan_bench.metrics._transport_start import approximate_duals

# Cheapest arcs of every point at the start, and of every point with a violated one in a later round.
STARTING_ARCS, GROWING_ARCS = 4, 2
# Arcs kept per point between rounds; a basis has fewer than one, so none that carries mass is dropped.
ARCS_KEPT = 3
# HiGHS accepts no less; its default of 1e-7 would show in the certificate.
FEASIBILITY = 1e-10
# Relative to the largest cost: what counts as a violated dual constraint.
VIOLATION = 1e-11
# Six to ten are usual, sixty were seen on clouds with many ties; every round lowers the cost or ends.
MOST_ROUNDS = 500


class ProgrammeError(ArithmeticError):
    """HiGHS found no optimum, or column generation did not end."""


def solve_programme(problem: Problem) -> Solution:
    """Return the optimum by column generation (Dantzig, Wolfe 1960).

    Every round solves the programme on the present arcs in costs reduced by the last duals, then adds arcs
    whose reduced costs are negative under the new ones. Where there is none, it is optimal on all arcs.
    """
    costs = problem.costs
    threshold = VIOLATION * float(costs.max())
    masses = _masses(problem)
    u, v = approximate_duals(costs, problem.weights_x, problem.weights_y)
    reduced = costs - u[:, None] - v
    arcs = np.union1d(_feasible_arcs(problem, *masses), _cheapest_arcs(reduced, STARTING_ARCS))
    for _ in range(MOST_ROUNDS):
        plan, change_u, change_v = _solve_on(arcs, reduced, *masses)
        u, v = u + change_u, v + change_v
        reduced = costs - u[:, None] - v
        candidates = _cheapest_arcs(reduced, GROWING_ARCS)
        violated = candidates[reduced.flat[candidates] < -threshold]
        if len(np.setdiff1d(violated, arcs)) == 0:
            break
        arcs = np.union1d(_pruned(arcs, plan, reduced), violated)
    else:
        raise ProgrammeError(f"no optimum within {MOST_ROUNDS} rounds of column generation")
    rows, columns = np.divmod(arcs, costs.shape[1])
    return Solution(plan_cost(problem, rows, columns, plan / masses[0].sum()), -v)


def _masses(problem: Problem) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights scaled to mean 1 over all points, the totals equal to the last bit or nearly so.

    HiGHS measures feasibility absolutely: weights of 1 / n would be met only relative to 1.
    """
    scale = (len(problem.x) + len(problem.y)) / 2
    masses_x, masses_y = scale * problem.weights_x, scale * problem.weights_y
    masses_y[masses_y.argmax()] += masses_x.sum() - masses_y.sum()
    return masses_x, masses_y


def _feasible_arcs(problem: Problem, masses_x: np.ndarray, masses_y: np.ndarray) -> np.ndarray:
    """Return the arcs of a feasible plan: both clouds in order of their first coordinate, filled up."""
    order_x = np.argsort(problem.x[:, 0], kind="stable")
    order_y = np.argsort(problem.y[:, 0], kind="stable")
    ends_x, ends_y = np.cumsum(masses_x[order_x])[:-1], np.cumsum(masses_y[order_y])[:-1]
    # The plan passes to the next row or column at every end; both sides of each end make one arc each.
    ends = np.concatenate([[0.0], np.sort(np.concatenate([ends_x, ends_y]))])
    arcs = [
        order_x[np.searchsorted(ends_x, ends, side)] * len(masses_y)
        + order_y[np.searchsorted(ends_y, ends, side)]
        for side in ("left", "right")
    ]
    return np.unique(np.concatenate(arcs))


def _cheapest_arcs(reduced: np.ndarray, count: int) -> np.ndarray:
    """Return the flat indices of the count least reduced costs in every row and every column."""
    rows, columns = np.arange(len(reduced)), np.arange(reduced.shape[1])
    size = len(columns)
    of_rows = np.argpartition(reduced, min(count, size) - 1, axis=1)[:, :count]
    transposed = np.ascontiguousarray(reduced.T)
    of_columns = np.argpartition(transposed, min(count, len(rows)) - 1, axis=1)[:, :count]
    flat = np.concatenate(
        [(rows[:, None] * size + of_rows).ravel(), (of_columns * size + columns[:, None]).ravel()]
    )
    return np.unique(flat)


def _pruned(arcs: np.ndarray, plan: np.ndarray, reduced: np.ndarray) -> np.ndarray:
    """Return the arcs that carry mass and the ones of least reduced cost, ARCS_KEPT per point in all."""
    limit = ARCS_KEPT * sum(reduced.shape)
    if len(arcs) <= limit:
        return arcs
    order = np.argsort(np.where(plan > 0, -np.inf, reduced.flat[arcs]), kind="stable")
    return arcs[order[:limit]]


def _solve_on(
    arcs: np.ndarray, reduced: np.ndarray, masses_x: np.ndarray, masses_y: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the optimal plan on the arcs (k,) and its duals (n,), (m,)."""
    n, m = reduced.shape
    rows, columns = np.divmod(arcs, m)
    count = len(arcs)
    marginals: Any = csr_array(
        (np.ones(2 * count), (np.concatenate([rows, n + columns]), np.tile(np.arange(count), 2))),
        shape=(n + m, count),
    )
    masses = np.concatenate([masses_x, masses_y])
    for presolve in (True, False):
        result = linprog(
            reduced.flat[arcs],
            A_eq=marginals,
            b_eq=masses,
            bounds=(0, None),
            method="highs",
            options={
                "presolve": presolve,
                "primal_feasibility_tolerance": FEASIBILITY,
                "dual_feasibility_tolerance": FEASIBILITY,
            },
        )
        # Presolve takes some programmes whose masses span many orders of magnitude for infeasible.
        if result.status == 0:
            break
    else:
        raise ProgrammeError(f"HiGHS ended without an optimum: {result.message}")
    duals = np.asarray(result.eqlin.marginals)
    return np.asarray(result.x), duals[:n], duals[n:]
