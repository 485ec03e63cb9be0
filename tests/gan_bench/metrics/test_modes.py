"""Mode coverage against perfect samplers, collapse by construction and hand-computed cases."""

from __future__ import annotations

import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from scipy.integrate import quad

from gan_bench.errors import UsageError
from gan_bench.metrics import modes
from gan_bench.metrics.modes import mode_coverage


def mixture(centres, weights=None, scale=0.1):
    """Only what coverage needs of a distribution, drawn by numpy: independent of toy_distributions."""
    centres = np.asarray(centres, dtype=np.float64)
    weights = np.full(len(centres), 1 / len(centres)) if weights is None else np.asarray(weights)
    return SimpleNamespace(
        name="mixture", modes=torch.tensor(centres), weights=torch.tensor(weights), scale=scale
    )


def draw(target, n, seed):
    rng = np.random.default_rng(seed)
    which = rng.choice(len(target.weights), n, p=target.weights.numpy())
    return target.modes.numpy()[which] + target.scale * rng.normal(size=(n, 2))


RING = mixture([[math.cos(i * math.pi / 4), math.sin(i * math.pi / 4)] for i in range(8)], scale=0.01)
GRID = mixture([[x, y] for x in range(-4, 5, 2) for y in range(-4, 5, 2)], scale=0.05)
PAIR = mixture([[0.0, 0.0], [10.0, 0.0]], weights=[0.75, 0.25], scale=1.0)


def test_the_constants_are_integrals_over_the_true_radius():
    # r has the density r exp(-r^2 / 2).
    share = quad(lambda r: r * math.exp(-r * r / 2), 0, 3)[0]
    second = quad(lambda r: r**3 * math.exp(-r * r / 2), 0, 3)[0]
    assert pytest.approx(share, abs=1e-12) == modes.HIGH_QUALITY_TARGET
    assert pytest.approx(second / share, abs=1e-12) == modes.SQUARED_RADIUS
    assert round(modes.HIGH_QUALITY_TARGET, 5) == 0.98889
    assert round(modes.SQUARED_RADIUS, 4) == 1.8989


@pytest.mark.parametrize(("target", "count"), [(RING, 8), (GRID, 25)])
def test_a_perfect_sampler(target, count):
    n = 40_000
    coverage = mode_coverage(draw(target, n, seed=count), target)
    assert coverage.covered == count
    # Four standard deviations of a binomial share: .0021.
    assert coverage.high_quality == pytest.approx(0.98889, abs=4 * math.sqrt(0.98889 * 0.01111 / n))
    # r^2 | r < 3 has standard deviation 1.8 (below that of an exponential, 2), in units of its mean .95.
    assert coverage.within_mode_spread == pytest.approx(1.0, abs=4 * 0.95 / math.sqrt(n))
    # 2 n KL is chi-squared with count - 1 degrees of freedom: mean + 5 standard deviations.
    bound = (count - 1 + 5 * math.sqrt(2 * (count - 1))) / (2 * n)
    assert 0 < coverage.reverse_kl < bound


def test_by_hand_with_unequal_weights():
    # In the first mode at r = 1 and 2, in the second at r = 0, and one at distance 5 from both.
    points = [[1.0, 0.0], [0.0, -2.0], [10.0, 0.0], [5.0, 0.0]]
    coverage = mode_coverage(np.array(points), PAIR)
    assert coverage.covered == 2
    assert coverage.high_quality == 0.75
    assert coverage.within_mode_spread == pytest.approx((1 + 4 + 0) / 3 / 1.898896, rel=1e-6)
    kl = 2 / 3 * math.log((2 / 3) / 0.75) + 1 / 3 * math.log((1 / 3) / 0.25)
    assert coverage.reverse_kl == pytest.approx(kl, abs=1e-12)


def test_three_standard_deviations_are_strict():
    # Unit scale and integer coordinates: the distance is 3 without rounding.
    assert mode_coverage(np.array([[3.0, 0.0], [0.0, 3.0]]), PAIR).high_quality == 0.0
    assert mode_coverage(np.array([[np.nextafter(3.0, 0), 0.0], [0.0, 3.0]]), PAIR).high_quality == 0.5
    # Euclidean, not per axis: (2.5, 2.5) is 3.5 away.
    assert mode_coverage(np.array([[2.5, 2.5]]), PAIR).high_quality == 0.0


def test_collapse_to_one_mode_and_to_the_centres():
    one = mode_coverage(np.zeros((50, 2)) + RING.modes.numpy()[3], RING)
    assert (one.covered, one.high_quality) == (1, 1.0)
    assert one.reverse_kl == pytest.approx(math.log(8), abs=1e-12)
    assert one.within_mode_spread == pytest.approx(0.0, abs=1e-12)
    centres = mode_coverage(np.repeat(GRID.modes.numpy(), 4, axis=0), GRID)
    assert (centres.covered, centres.high_quality) == (25, 1.0)
    assert centres.reverse_kl == pytest.approx(0.0, abs=1e-12)


def test_without_high_quality_samples_the_worst_reverse_kl_and_no_spread():
    nothing = mode_coverage(np.full((10, 2), 77.0), RING)
    assert (nothing.covered, nothing.high_quality) == (0, 0.0)
    assert nothing.reverse_kl == pytest.approx(math.log(8), abs=1e-12)
    assert math.isnan(nothing.within_mode_spread)
    # Unequal weights: the largest value the KL takes, all mass on the rarest mode.
    assert mode_coverage(np.full((10, 2), 77.0), PAIR).reverse_kl == pytest.approx(math.log(4), abs=1e-12)
    assert mode_coverage(np.array([[10.0, 0.0]]), PAIR).reverse_kl == pytest.approx(math.log(4), abs=1e-12)


def test_a_wrong_width_shows_in_the_spread():
    rng = np.random.default_rng(5)
    which = rng.integers(8, size=5000)
    narrow = RING.modes.numpy()[which] + 0.5 * RING.scale * rng.normal(size=(5000, 2))
    coverage = mode_coverage(narrow, RING)
    # Half the width: E r^2 = 2 / 4, hardly truncated; more high-quality samples than the truth has.
    assert coverage.within_mode_spread == pytest.approx(0.5 / 1.8989, rel=0.06)
    assert coverage.high_quality > 0.999


def test_a_stack_equals_the_loop_for_any_dtype_and_chunk(monkeypatch):
    stack = np.stack([draw(GRID, 300, seed) for seed in range(3)] + [np.full((300, 2), 50.0)])
    loop = [mode_coverage(cloud, GRID) for cloud in stack]
    assert isinstance(loop[0].covered, int)
    assert isinstance(loop[0].high_quality, float)
    monkeypatch.setattr(modes, "CHUNK", 100)
    batch = mode_coverage(torch.tensor(stack), GRID)
    for name in ("covered", "high_quality", "reverse_kl", "within_mode_spread"):
        assert getattr(batch, name).shape == (4,)
        np.testing.assert_allclose(getattr(batch, name), [getattr(one, name) for one in loop], rtol=1e-13)
    single = mode_coverage(torch.tensor(stack, dtype=torch.float32), GRID)
    # Rounding to float32 moves a distance by 1e-5 sigma: at most a sample or two cross the threshold.
    np.testing.assert_allclose(single.high_quality, batch.high_quality, atol=2 / 300)


def test_narrow_modes_far_from_the_origin_keep_their_digits():
    far = mixture([[1e4, 1e4], [1e4 + 1, 1e4]], scale=1e-4)
    coverage = mode_coverage(draw(far, 20_000, seed=9), far)
    assert coverage.high_quality == pytest.approx(0.98889, abs=0.003)
    assert coverage.within_mode_spread == pytest.approx(1.0, abs=0.03)


def test_it_refuses_what_has_no_modes_and_what_is_not_finite():
    with pytest.raises(UsageError, match='"swiss-roll" has no modes'):
        mode_coverage(np.zeros((3, 2)), SimpleNamespace(name="swiss-roll"))
    with pytest.raises(UsageError, match="1 of 2 points are not finite"):
        mode_coverage(np.array([[0.0, 0.0], [math.inf, 0.0]]), PAIR)
    with pytest.raises(UsageError, match="expected shape"):
        mode_coverage(np.zeros(4), PAIR)
