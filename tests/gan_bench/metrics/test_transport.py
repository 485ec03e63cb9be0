"""Exact Wasserstein-1 against POT's network simplex, closed forms and invariants."""

from __future__ import annotations

import subprocess
import sys
import time

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from gan_bench.errors import UsageError
from gan_bench.metrics import _transport_programme, _transport_simplex, transport
from gan_bench.metrics._transport_problem import Solution
from gan_bench.metrics.transport import TransportError, wasserstein1

ot = pytest.importorskip("ot")

SOLVERS = ("assignment", "linear-programme", "network-simplex")
# The promise: 1e-9 times the largest distance, where that exceeds 1.
EXACT = 1e-9


def ring(n: int, rng: np.random.Generator) -> np.ndarray:
    angle = 2 * np.pi * rng.integers(0, 8, n) / 8
    return np.c_[np.cos(angle), np.sin(angle)] + 0.01 * rng.standard_normal((n, 2))


def line(n: int, rng: np.random.Generator, at: float) -> np.ndarray:
    return np.c_[np.full(n, at), rng.uniform(0, 1, n)]


def half_collapsed(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.r_[ring(n - n // 2, rng), 1e-3 * rng.standard_normal((n // 2, 2)) + [1.0, 0.0]]


def shifted(n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    points = rng.standard_normal((n, 2))
    return points, rng.permutation(points) + np.array([5.0, 2.0])


SHAPES = {
    "spread": lambda n, rng: (rng.standard_normal((n, 2)), ring(n, rng)),
    "ring-ring": lambda n, rng: (ring(n, rng), ring(n, rng)),
    "collapsed": lambda n, rng: (np.full((n, 2), 0.3), ring(n, rng)),
    "nearly-collapsed": lambda n, rng: (0.3 + 1e-3 * rng.standard_normal((n, 2)), ring(n, rng)),
    "half-collapsed": lambda n, rng: (half_collapsed(n, rng), ring(n, rng)),
    "far": lambda n, rng: (0.01 * rng.standard_normal((n, 2)) + [50.0, 0.0], ring(n, rng)),
    "parallel-lines": lambda n, rng: (line(n, rng, 0.0), line(n, rng, 1.0)),
    "one-line": lambda n, rng: (line(n, rng, 0.0), line(n, rng, 0.0) + np.array([0.0, 3.0])),
    "duplicates": lambda n, rng: (rng.integers(0, 4, (n, 2)) * 1.0, rng.integers(0, 5, (n, 2)) * 1.0),
    "translated": shifted,
    "high-dimensional": lambda n, rng: (rng.standard_normal((n, 20)), rng.standard_normal((n, 20)) + 0.1),
}


def clouds(shape: str, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    return SHAPES[shape](n, np.random.default_rng(seed))


def weights(n: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0.0, 1.0, n)


def pot(x: np.ndarray, y: np.ndarray, a: np.ndarray | None = None, b: np.ndarray | None = None) -> float:
    a = np.full(len(x), 1 / len(x)) if a is None else a / a.sum()
    b = np.full(len(y), 1 / len(y)) if b is None else b / b.sum()
    return float(ot.emd2(a, b, cdist(x, y), numItermax=10**8))


def on_the_line(x: np.ndarray, y: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    """Return the integral of |F - G| over the line: the closed form in one dimension."""
    ends = np.concatenate([x, y])
    order = np.argsort(ends)
    mass = np.concatenate([a / a.sum(), -b / b.sum()])[order]
    return float(np.abs(np.cumsum(mass)[:-1]) @ np.diff(ends[order]))


def check_certificate(result: transport.Transport, x: np.ndarray, y: np.ndarray, a=None, b=None) -> None:
    """Assert what Transport promises: feasible 1-Lipschitz potentials of the cost's value, mean 0 over x."""
    a = np.full(len(x), 1 / len(x)) if a is None else a / a.sum()
    b = np.full(len(y), 1 / len(y)) if b is None else b / b.sum()
    largest = max(1.0, cdist(x, y).max())
    assert -1e-12 * largest <= result.gap <= EXACT * largest
    assert a @ result.potential_x - b @ result.potential_y == pytest.approx(
        result.cost - result.gap, abs=1e-12 * largest
    )
    assert a @ result.potential_x == pytest.approx(0, abs=1e-13 * largest)
    sites = np.concatenate([x, y])
    values = np.concatenate([result.potential_x, result.potential_y])
    # Every pair, both ways; the slack is rounding of the distances alone.
    assert (np.abs(values[:, None] - values) - cdist(sites, sites)).max() <= 1e-13 * largest


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("shape", SHAPES)
def test_equal_clouds_cost_what_pot_says_with_every_engine(shape, solver):
    x, y = clouds(shape, 90)
    result = wasserstein1(x, y, solver=solver)
    assert result.engine == solver
    assert result.cost == pytest.approx(pot(x, y), rel=0, abs=EXACT * max(1, cdist(x, y).max()))
    check_certificate(result, x, y)


@pytest.mark.parametrize("n", [1, 2, 7, 8, 9, 33, 250])
def test_assignment_of_any_size(n):
    x, y = clouds("spread", n, seed=n)
    result = wasserstein1(x, y, solver="assignment")
    assert result.cost == pytest.approx(pot(x, y), rel=0, abs=EXACT * 4)
    check_certificate(result, x, y)


@pytest.mark.parametrize("solver", SOLVERS[1:])
@pytest.mark.parametrize("weighted", [False, True], ids=["unequal", "weighted"])
@pytest.mark.parametrize("shape", SHAPES)
def test_unequal_and_weighted_clouds_cost_what_pot_says(shape, weighted, solver):
    x, y = clouds(shape, 90)
    y = y[:61]
    a, b = (weights(90, 1), weights(61, 2)) if weighted else (None, None)
    result = wasserstein1(x, y, a, b, solver=solver)
    assert result.engine == solver
    assert result.cost == pytest.approx(pot(x, y, a, b), rel=0, abs=EXACT * max(1, cdist(x, y).max()))
    check_certificate(result, x, y, a, b)


@pytest.mark.parametrize("solver", SOLVERS)
def test_one_dimensional_closed_form(solver):
    rng = np.random.default_rng(5)
    x, y = rng.standard_normal(120), rng.exponential(2.0, 120)
    exact = np.abs(np.sort(x) - np.sort(y)).mean()
    assert wasserstein1(x[:, None], y[:, None], solver=solver).cost == pytest.approx(exact, rel=1e-12)


@pytest.mark.parametrize("solver", SOLVERS[1:])
def test_one_dimensional_closed_form_of_weighted_clouds(solver):
    rng = np.random.default_rng(6)
    x, y, a, b = rng.standard_normal(80), rng.exponential(2.0, 50), weights(80, 3), weights(50, 4)
    result = wasserstein1(x[:, None], y[:, None], a, b, solver=solver)
    assert result.cost == pytest.approx(on_the_line(x, y, a, b), rel=0, abs=EXACT)


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("shift", [(3.0, 4.0), (1e-3, 0.0), (-300.0, 400.0)])
def test_a_translate_costs_the_length_of_the_shift(shift, solver):
    x = np.random.default_rng(1).standard_normal((100, 2))
    length = float(np.hypot(*shift))
    result = wasserstein1(x, x[::-1] + np.array(shift), solver=solver)
    assert result.cost == pytest.approx(length, rel=0, abs=EXACT * max(1, length))


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_cloud_and_itself_cost_nothing(solver):
    x, _ = clouds("spread", 80)
    result = wasserstein1(x, np.random.default_rng(2).permutation(x), solver=solver)
    assert result.cost == 0
    assert abs(result.gap) <= 1e-13


def test_a_collapsed_cloud_costs_the_mean_distance():
    x, y = clouds("collapsed", 100)
    assert wasserstein1(x, y).cost == pytest.approx(np.hypot(*(y - x[0]).T).mean(), rel=1e-13)
    assert wasserstein1(x, x).cost == 0
    assert wasserstein1(x[:1], y).cost == pytest.approx(np.hypot(*(y - x[0]).T).mean(), rel=1e-12)


@pytest.mark.parametrize("shape", ["spread", "half-collapsed", "duplicates"])
def test_both_directions_cost_the_same(shape):
    x, y = clouds(shape, 100)
    assert wasserstein1(x, y).cost == pytest.approx(wasserstein1(y, x).cost, rel=1e-13)


@pytest.mark.parametrize("scale", [2.0**-40, 1e-6, 1e6, 1e-160, 1e160])
@pytest.mark.parametrize("solver", SOLVERS)
def test_cost_and_potentials_scale_with_the_clouds(scale, solver):
    x, y = clouds("spread", 60)
    plain, scaled = wasserstein1(x, y, solver=solver), wasserstein1(scale * x, scale * y, solver=solver)
    assert scaled.cost / scale == pytest.approx(plain.cost, rel=1e-12)
    largest = cdist(x, y).max()
    assert abs(scaled.gap / scale) <= EXACT * largest
    points = np.array([[0.0, 0.0], [3.0, -1.0]])
    if scale == 2.0**-40:
        assert np.array_equal(scaled.potential(scale * points) / scale, plain.potential(points))


def test_an_offset_far_from_zero_does_no_harm():
    # Multiples of 2^-10 stay exact at an offset of 2^20, so the distances are the same to the last bit.
    x, y = (np.round(cloud * 1024) / 1024 for cloud in clouds("spread", 100))
    assert wasserstein1(x + 2.0**20, y + 2.0**20).cost == wasserstein1(x, y).cost


@pytest.mark.parametrize("solver", SOLVERS[1:])
def test_points_of_weight_zero_cost_nothing_but_have_potentials(solver):
    x, y = clouds("spread", 60)
    a, b = weights(60, 1), weights(60, 2)
    a[::3] = 0
    b[1::4] = 0
    result = wasserstein1(x, y, a, b, solver=solver)
    inner = wasserstein1(x[a > 0], y[b > 0], a[a > 0], b[b > 0], solver=solver)
    assert result.cost == inner.cost
    check_certificate(result, x, y, a, b)
    for side in ("lower", "upper"):
        assert result.potential(x, side) == pytest.approx(result.potential_x, rel=0, abs=1e-13)


def test_clouds_are_equal_where_their_points_of_positive_weight_are():
    x, y = clouds("spread", 30)
    result = wasserstein1(x, y[:20], np.r_[np.ones(20), np.zeros(10)])
    assert result.engine == "assignment"
    assert result.cost == wasserstein1(x[:20], y[:20]).cost


def test_a_programme_without_an_end_is_an_error(monkeypatch):
    x, y = clouds("spread", 60)
    monkeypatch.setattr(_transport_programme, "MOST_ROUNDS", 1)
    with pytest.raises(TransportError, match="1 rounds"):
        wasserstein1(x, y, solver="linear-programme")


@pytest.mark.parametrize("solver", SOLVERS[1:])
def test_tiny_weights_are_transported_too(solver):
    x, y = clouds("spread", 50)
    a = np.where(np.arange(50) % 2, 1.0, 1e-14)
    result = wasserstein1(x, y, a, None, solver=solver)
    assert result.cost == pytest.approx(pot(x, y, a), rel=0, abs=EXACT * 4)
    check_certificate(result, x, y, a)


def test_weights_are_divided_by_their_own_total():
    x, y = clouds("spread", 40)
    a = weights(40, 1)
    plain = wasserstein1(x, y, a, solver="linear-programme").cost
    assert wasserstein1(x, y, 1e6 * a, np.full(40, 3.0), solver="linear-programme").cost == pytest.approx(
        plain
    )
    assert wasserstein1(x, y, np.full(40, 7.0)).engine == "assignment"


@pytest.mark.parametrize("shape", ["spread", "collapsed", "parallel-lines", "duplicates"])
def test_the_extension_is_a_one_lipschitz_function(shape):
    x, y = clouds(shape, 100)
    result = wasserstein1(x, y)
    rng = np.random.default_rng(7)
    points = np.concatenate([3 * rng.standard_normal((200, 2)), x, y])
    lower, upper = result.potential(points), result.potential(points, side="upper")
    distance = cdist(points, points)
    for values in (lower, upper):
        assert (np.abs(values[:, None] - values) - distance).max() <= 1e-12
    assert (lower <= upper + 1e-13).all()
    assert (lower[:200] < upper[:200] - 1e-3).any()
    known = np.concatenate([result.potential_x, result.potential_y])
    assert lower[200:] == pytest.approx(known, rel=0, abs=1e-13)
    assert upper[200:] == pytest.approx(known, rel=0, abs=1e-13)


def test_the_potential_is_larger_on_x():
    x = np.random.default_rng(3).standard_normal((50, 2))
    result = wasserstein1(x + np.array([10.0, 0.0]), x)
    # Every optimal plan moves mass 10 to the left, so every point pays for its own way.
    assert result.potential_x - result.potential_y == pytest.approx(10, rel=0, abs=1e-9)


def test_the_extension_in_blocks_equals_the_extension_at_once(monkeypatch):
    x, y = clouds("spread", 30)
    result = wasserstein1(x, y)
    points = np.random.default_rng(4).standard_normal((101, 2))
    at_once = result.potential(points), result.potential(points, "upper")
    monkeypatch.setattr(transport, "BLOCK", 7 * 60)
    assert np.array_equal(result.potential(points), at_once[0])
    assert np.array_equal(result.potential(points, "upper"), at_once[1])


def test_the_same_input_gives_the_same_bits():
    x, y = clouds("half-collapsed", 200)
    first, second = wasserstein1(x, y), wasserstein1(x.copy(), y.copy())
    assert (first.cost, first.gap) == (second.cost, second.gap)
    assert np.array_equal(first.potential_x, second.potential_x)


def test_tensors_are_taken_and_inputs_left_alone():
    x, y = clouds("spread", 40)
    before = x.copy()
    tensor = torch.tensor(x, requires_grad=True)
    result = wasserstein1(tensor, torch.from_numpy(y))
    assert result.cost == wasserstein1(x, y).cost
    assert result.potential_x.dtype == np.float64
    assert np.array_equal(x, before)
    single = wasserstein1(torch.from_numpy(x).bfloat16(), torch.from_numpy(y).float())
    assert single.cost == pytest.approx(result.cost, rel=1e-2)
    assert result.potential(torch.from_numpy(y)) == pytest.approx(result.potential_y)


@pytest.mark.parametrize(
    "shape", ["spread", "half-collapsed", "collapsed", "parallel-lines", "one-line", "ring-ring"]
)
def test_a_thousand_points_within_two_seconds(shape):
    x, y = clouds(shape, 1000)
    start = time.perf_counter()
    result = wasserstein1(x, y, solver="assignment")
    assert time.perf_counter() - start < 2
    assert abs(result.gap) <= EXACT


@pytest.mark.parametrize("engine", SOLVERS)
@pytest.mark.parametrize("amount", [1e-6, np.nan])
def test_tampered_duals_are_not_certified(monkeypatch, engine, amount):
    x, y = clouds("spread", 40)
    honest = transport.ENGINES[engine]

    def tampered(problem):
        solution = honest(problem)
        noise = np.random.default_rng(0).standard_normal(40)
        return Solution(solution.cost, solution.potential_y + amount * noise)

    monkeypatch.setitem(transport.ENGINES, engine, tampered)
    with pytest.raises(TransportError, match="gap"):
        wasserstein1(x, y, solver=engine)


@pytest.mark.parametrize("error", [1e-7, -1e-7])
def test_a_wrong_cost_is_not_certified(monkeypatch, error):
    x, y = clouds("spread", 40)
    honest = transport.ENGINES["assignment"]
    monkeypatch.setitem(
        transport.ENGINES,
        "assignment",
        lambda problem: honest(problem)._replace(cost=honest(problem).cost + error),
    )
    with pytest.raises(TransportError, match="assignment"):
        wasserstein1(x, y)


def test_auto_prefers_pot_for_weighted_and_large_clouds_where_it_is_installed(monkeypatch):
    x, y = clouds("collapsed", 1001)
    assert wasserstein1(x[:1000], y[:1000]).engine == "assignment"
    assert wasserstein1(x[:50], y[:40]).engine == "network-simplex"
    assert wasserstein1(x, y).engine == "network-simplex"
    monkeypatch.setattr(transport, "has_network_simplex", lambda: False)
    assert wasserstein1(x[:50], y[:40]).engine == "linear-programme"
    assert wasserstein1(x, y).engine == "assignment"


def test_pot_is_not_imported_before_it_is_used():
    code = (
        "import sys, gan_bench.metrics.transport as t; t.has_network_simplex(); sys.exit('ot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_missing_pot_is_one_clear_line(monkeypatch):
    monkeypatch.setattr(_transport_simplex, "has_network_simplex", lambda: False)
    with pytest.raises(UsageError, match=r"gan-bench\[ot\]"):
        wasserstein1([[0.0]], [[1.0]], solver="network-simplex")


GOOD = np.array([[0.0, 1.0], [2.0, 3.0]])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.empty((0, 2)), GOOD), "x must be a non-empty cloud"),
        ((GOOD, np.empty((3, 0))), "y must be a non-empty cloud"),
        ((GOOD[0], GOOD), r"x must be .* got shape \(2,\)"),
        ((GOOD, [[0.0, np.nan]]), "y holds NaN or infinite"),
        (([[np.inf, 0.0]], GOOD), "x holds NaN or infinite"),
        ((GOOD, [[1.0]]), "x has dimension 2 but y has dimension 1"),
        ((GOOD, "cloud"), "y is not an array of real numbers"),
        ((GOOD, GOOD * 1j), "y is not an array of real numbers"),
        ((GOOD, [[0.0, 1.0], [2.0]]), "y is not an array of real numbers"),
        ((GOOD, GOOD, [0.5, -0.5]), "weights_x must be finite and not negative"),
        ((GOOD, GOOD, None, [0.5, np.nan]), "weights_y must be finite and not negative"),
        ((GOOD, GOOD, None, [0.0, 0.0]), "weights_y are all zero"),
        ((GOOD, GOOD, [1.0]), r"weights_x must have shape \(2,\)"),
        (([[1.7e308, 0.0]], [[-1.7e308, 1.0]]), "range of float64"),
    ],
)
def test_bad_input_is_one_clear_line(arguments, message):
    with pytest.raises(UsageError, match=message) as caught:
        wasserstein1(*arguments)
    assert "\n" not in str(caught.value)


def test_unknown_solver_and_side_name_the_nearest():
    with pytest.raises(UsageError, match='did you mean "assignment"'):
        wasserstein1(GOOD, GOOD, solver="asignment")
    with pytest.raises(UsageError, match='unknown side "middle"'):
        wasserstein1(GOOD, GOOD).potential(GOOD, side="middle")
    with pytest.raises(UsageError, match="dimension 1"):
        wasserstein1(GOOD, GOOD).potential([[1.0]])


@pytest.mark.parametrize("arguments", [(GOOD, GOOD[:1]), (GOOD, GOOD, [0.25, 0.75])])
def test_assignment_of_unequal_clouds_is_an_error(arguments):
    with pytest.raises(UsageError, match="equal size and equal weights"):
        wasserstein1(*arguments, solver="assignment")
