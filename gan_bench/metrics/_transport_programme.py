"""Transport between weighted or unequal clouds: SciPy's HiGHS on few arcs, grown by reduced costs."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

from gan_bench.metrics._transport_plan import plan_cost
from gan_bench.metrics._transport_problem import LARGEST_GAP, Problem, Solution
from gan_bench.metrics._transport_start import approximate_duals

# Cheapest arcs of every point at the start, and of every point with a violated one in a later round.
STARTING_ARCS, GROWING_ARCS = 4, 2
# Arcs kept per point between rounds; a basis has fewer than one, so none that carries mass is dropped.
ARCS_KEPT = 3
# HiGHS accepts no less; its default of 1e-7 would show in the certificate.
FEASIBILITY = 1e-10
# Relative to the largest cost: what counts as a violated dual constraint.
VIOLATION = 1e-11
# Six to ten are usual, sixty were seen on clouds with many ties.
MOST_ROUNDS = 500
# Relative to the largest cost: the gap that ends later rounds with arcs still violated. HiGHS's tolerances
# can leave some for ever, as between clouds of very different extents.
NEGLIGIBLE_GAP, STRICT_ROUNDS = 1e-10, 25
# Later ones keep every arc: the programmes then only grow, so none comes back.
PRUNED_ROUNDS = 100


ADVICE = 'solver="network-simplex" (extra gan-bench[ot]) may solve it'


class ProgrammeError(ArithmeticError):
    """HiGHS found no optimum, or column generation none that its duals certify."""


def solve_programme(problem: Problem) -> Solution:
    """Return the optimum by column generation (Dantzig, Wolfe 1960).

    Every round solves the programme on the present arcs in costs reduced by the last duals, then adds arcs
    whose reduced costs are negative under the new ones. Where there is none, it is optimal on all arcs.
    """
    costs, largest = problem.costs, float(problem.costs.max())
    masses = _masses(problem)
    u, v = approximate_duals(costs, problem.weights_x, problem.weights_y)
    reduced = costs - u[:, None] - v
    arcs = np.union1d(_feasible_arcs(problem, *masses), _cheapest_arcs(reduced, STARTING_ARCS))
    for done in range(MOST_ROUNDS):
        plan, change_u, change_v = _solve_on(arcs, reduced, masses, _slack_costs(u, v, largest))
        u, v = u + change_u, v + change_v
        reduced = costs - u[:, None] - v
        rows, columns = np.divmod(arcs, costs.shape[1])
        cost = plan_cost(problem, rows, columns, plan / masses[0].sum())
        candidates = _cheapest_arcs(reduced, GROWING_ARCS)
        violated = candidates[reduced.flat[candidates] < -VIOLATION * largest]
        ended = len(np.setdiff1d(violated, arcs)) == 0
        if ended or done >= STRICT_ROUNDS:
            enough = LARGEST_GAP if ended else NEGLIGIBLE_GAP
            if cost - _bound(problem, v) <= enough * largest:
                return Solution(cost, -v)
        if ended:
            break
        arcs = np.union1d(_pruned(arcs, plan, reduced) if done < PRUNED_ROUNDS else arcs, violated)
    raise ProgrammeError(f"no certified optimum after {done + 1} rounds of column generation; {ADVICE}")


def _bound(problem: Problem, v: np.ndarray) -> float:
    """Return the value of v (m,) rounded to feasible duals, a lower bound of the cost."""
    u = (problem.costs - v).min(axis=1)
    v = (problem.costs - u[:, None]).min(axis=0)
    return float(problem.weights_x @ u + problem.weights_y @ v)


def _slack_costs(u: np.ndarray, v: np.ndarray, largest: float) -> np.ndarray:
    """Return reduced costs (n + m,) of mass not sent and not received.

    Optimal duals exist within the largest cost of 0, so twice that on either side is dear enough.
    """
    shift = (u.max() - v.max()) / 2
    return 2 * largest - np.concatenate([u - shift, v + shift])


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
    arcs: np.ndarray, reduced: np.ndarray, masses: tuple[np.ndarray, np.ndarray], slack_costs: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the optimal plan on the arcs (k,) and its duals (n,), (m,).

    HiGHS takes some programmes whose masses span many orders of magnitude for infeasible, with presolve and
    without. Slack in every marginal makes them feasible beyond doubt; rounding the plan pays for what it
    leaves unsent.
    """
    n, m = reduced.shape
    rows, columns = np.divmod(arcs, m)
    count = len(arcs)
    marginals: Any = csr_array(
        (np.ones(2 * count), (np.concatenate([rows, n + columns]), np.tile(np.arange(count), 2))),
        shape=(n + m, count),
    )
    costs, right = reduced.flat[arcs], np.concatenate(masses)
    result = _highs(costs, marginals, right)
    if result.status != 0:
        costs, marginals = np.concatenate([costs, slack_costs]), hstack([marginals, eye_array(n + m)])
        result = _highs(costs, marginals, right)
    if result.status != 0:
        raise ProgrammeError(f"HiGHS ended without an optimum: {result.message}; {ADVICE}")
    duals = np.asarray(result.eqlin.marginals)
    return np.asarray(result.x)[:count], duals[:n], duals[n:]


def _highs(costs: np.ndarray, marginals: Any, masses: np.ndarray) -> Any:
    """Return SciPy's result of minimising costs @ plan over plans >= 0 with marginals @ plan = masses."""
    return linprog(
        costs,
        A_eq=marginals,
        b_eq=masses,
        bounds=(0, None),
        method="highs",
        options={
            "primal_feasibility_tolerance": FEASIBILITY,
            "dual_feasibility_tolerance": FEASIBILITY,
        },
    )
