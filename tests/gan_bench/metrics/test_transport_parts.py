"""Parts of the exact transport that its own answers cannot show: rounding of plans, starts, sweeps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from gan_bench.metrics import _transport_programme as programme
from gan_bench.metrics._transport_plan import plan_cost
from gan_bench.metrics._transport_problem import Problem, checked_problem
from gan_bench.metrics._transport_programme import (
    ProgrammeError,
    _feasible_arcs,
    _masses,
    _solve_on,
    solve_programme,
)
from gan_bench.metrics._transport_start import approximate_duals
from gan_bench.metrics._transport_sweeps import duals_of_matching
from gan_bench.metrics.transport import wasserstein1


def line(x: list[float], y: list[float], a: list[float], b: list[float]) -> Problem:
    return checked_problem(np.array(x)[:, None], np.array(y)[:, None], a, b)


def test_a_plan_with_too_much_and_too_little_mass_is_rounded_to_a_feasible_one():
    # Unit 2 (extent 4 lies in [2, 4]); costs in units: x 0, 4 to y 1, 3.
    problem = line([0.0, 4.0], [1.0, 3.0], [0.5, 0.5], [0.5, 0.5])
    rows, columns = np.array([0, 1]), np.array([0, 1])
    # Row 0 sends 0.7 of 0.5, row 1 sends 0.3: 0.5 and 0.3 at distance 1, the missing 0.2 from 4 to 3 too.
    assert problem.unit * plan_cost(problem, rows, columns, np.array([0.7, 0.3])) == pytest.approx(1.0)
    # Nothing sent, a negative entry: the rest goes in proportion, half of it at distance 1, half at 3.
    assert problem.unit * plan_cost(problem, rows, columns, np.array([0.0, -1.0])) == pytest.approx(2.0)


def test_starting_duals_are_feasible_and_close():
    rng = np.random.default_rng(0)
    problem = checked_problem(rng.standard_normal((60, 2)), rng.standard_normal((40, 2)) + 1, None, None)
    u, v = approximate_duals(problem.costs, problem.weights_x, problem.weights_y)
    assert (problem.costs - u[:, None] - v).min() >= -1e-14
    exact = 0.99 * _optimum(problem)
    assert problem.weights_x @ u + problem.weights_y @ v >= exact


def test_starting_duals_of_a_collapsed_cloud_are_optimal():
    y = np.random.default_rng(1).standard_normal((30, 2))
    problem = checked_problem(np.zeros((30, 2)), y, None, None)
    u, v = approximate_duals(problem.costs, problem.weights_x, problem.weights_y)
    assert u.mean() + v.mean() == pytest.approx(problem.costs[0].mean(), rel=1e-14)


@pytest.mark.parametrize("start", [0.0, 100.0])
def test_duals_of_the_best_of_all_permutations(start):
    costs = np.random.default_rng(2).uniform(0, 1, (6, 6))
    best = min(itertools.permutations(range(6)), key=lambda p: costs[np.arange(6), p].sum())
    columns = np.array(best)
    v = duals_of_matching(costs, columns, np.full(6, start))
    u = costs[np.arange(6), columns] - v[columns]
    assert (costs - u[:, None] - v).min() >= -1e-13
    assert (v <= start).all()


def test_a_matching_that_is_not_optimal_has_no_feasible_duals_and_the_sweeps_end():
    costs = np.array([[0.0, 1.0], [1.0, 0.0]])
    columns = np.array([1, 0])
    v = duals_of_matching(costs, columns, np.zeros(2))
    u = costs[np.arange(2), columns] - v[columns]
    assert (costs - u[:, None] - v).min() < -0.5


def test_the_first_arcs_of_the_programme_carry_a_feasible_plan():
    rng = np.random.default_rng(3)
    problem = checked_problem(
        rng.standard_normal((13, 2)), rng.standard_normal((9, 2)), rng.uniform(0, 1, 13), rng.uniform(0, 1, 9)
    )
    masses_x, masses_y = _masses(problem)
    assert masses_x.sum() == pytest.approx(11)
    rows, columns = np.divmod(_feasible_arcs(problem, masses_x, masses_y), 9)
    # The plan is a tree, filled up from its leaves.
    left_x, left_y, arcs = masses_x.copy(), masses_y.copy(), set(zip(rows, columns, strict=True))
    while arcs:
        leaf = next(arc for arc in sorted(arcs) if _degree(arcs, arc) == 1)
        sent = min(left_x[leaf[0]], left_y[leaf[1]])
        left_x[leaf[0]] -= sent
        left_y[leaf[1]] -= sent
        arcs.remove(leaf)
    assert np.abs(np.concatenate([left_x, left_y])).max() < 1e-12


def hard(
    cloud: str, weights: str, n: int, m: int, seed: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return clouds (n, 2), (m, 2) and weights on which linear programmes meet their tolerances."""
    rng = np.random.default_rng(seed)
    x, y = rng.standard_normal((n, 2)), rng.standard_normal((m, 2))
    if cloud == "two-scales":
        x[::2] *= 1e8
    elif cloud == "two-points":
        x = rng.choice([-1.0, 1.0], n)[:, None] * np.array([1.0, 0.0])
    else:
        x *= float(cloud)
    a, b = np.ones(n), np.ones(m)
    if weights == "wide":
        a, b = 10 ** rng.uniform(-12, 0, n), 10 ** rng.uniform(-12, 0, m)
    elif weights == "dominant":
        a[0] = b[0] = 1e6
    return x, y, a, b


@pytest.mark.parametrize(("n", "m"), [(256, 256), (256, 180)])
@pytest.mark.parametrize("weights", ["equal", "wide", "dominant"])
@pytest.mark.parametrize("cloud", ["1e-3", "1e-9", "two-points", "two-scales"])
def test_programmes_at_the_edge_of_tolerances_agree_with_the_network_simplex(cloud, weights, n, m):
    for seed in range(2):
        x, y, a, b = hard(cloud, weights, n, m, seed)
        problem = checked_problem(x, y, a, b)
        result = wasserstein1(x, y, a, b, solver="linear-programme")
        # 1e-9 of the largest cost is what the certificate promises.
        assert abs(result.cost / problem.unit - _optimum(problem)) <= 1e-9 * problem.costs.max()


def test_a_programme_that_is_infeasible_on_its_arcs_is_solved_with_slack():
    # Row 1 has no arc: its mass stays unsent and column 1 unserved, at the price of slack.
    reduced, slack_costs = np.array([[1.0, 3.0], [1.0, 1.0]]), np.full(4, 9.0)
    plan, u, v = _solve_on(np.array([0, 1]), reduced, (np.ones(2), np.ones(2)), slack_costs)
    assert plan.tolist() == [1.0, 0.0]
    assert (reduced[0] - u[0] - v).min() >= -1e-9
    assert u.sum() + v.sum() == pytest.approx(1.0 + 9.0 + 9.0)


def test_a_programme_without_certified_optimum_says_what_to_use_instead(monkeypatch):
    problem = checked_problem(*hard("1", "equal", 60, 90, 0))
    monkeypatch.setattr(programme, "MOST_ROUNDS", 1)
    with pytest.raises(ProgrammeError, match=r"after 1 rounds.*solver=\"network-simplex\" \(extra gan-bench"):
        solve_programme(problem)


def test_duals_that_do_not_certify_their_plan_are_refused(monkeypatch):
    problem = checked_problem(*hard("1e-3", "equal", 20, 30, 0))
    monkeypatch.setattr(programme, "_bound", lambda problem, v: -1.0)
    with pytest.raises(ProgrammeError, match="no certified optimum"):
        solve_programme(problem)


def _degree(arcs: set[tuple[int, int]], arc: tuple[int, int]) -> int:
    return min(sum(other[side] == arc[side] for other in arcs) for side in (0, 1))


def _optimum(problem: Problem) -> float:
    import ot

    return float(ot.emd2(problem.weights_x, problem.weights_y, problem.costs))
