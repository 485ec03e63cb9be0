"""Mixtures: published definitions, exact densities, draws that follow them."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

import toy_distributions as td
from toy_distributions.mixtures import largest_remainder

MIXTURES = ["ring8", "grid25", "imbalanced-ring", "random-mixture", "two-gaussians"]
FLOAT64 = torch.float64


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_ring8_is_the_published_ring():
    ring = td.get("ring8")
    angles = 2 * np.pi * np.arange(8) / 8
    np.testing.assert_allclose(ring.modes, np.c_[np.cos(angles), np.sin(angles)], atol=1e-15)
    assert ring.scale == 0.01
    assert ring.weights.tolist() == [1 / 8] * 8


def test_ring8_has_eight_distinct_modes():
    # A ring spaced by linspace(0, 2 pi, 8) would repeat the first: distance 0 here.
    assert torch.pdist(td.ring8().modes).min().item() == pytest.approx(2 * math.sin(math.pi / 8))


def test_grid25_is_the_published_grid():
    grid = td.get("grid25")
    assert {tuple(mode) for mode in grid.modes.tolist()} == {
        (x, y) for x in (-4.0, -2.0, 0.0, 2.0, 4.0) for y in (-4.0, -2.0, 0.0, 2.0, 4.0)
    }
    assert grid.scale == 0.05
    assert grid.weights.tolist() == [1 / 25] * 25


@pytest.mark.parametrize(("fixed", "free"), [("ring8", "ring"), ("grid25", "grid")])
def test_defaults_of_the_free_form_are_the_published_definition(fixed, free):
    a, b = td.get(fixed), td.get(free)
    assert torch.equal(a.modes, b.modes)
    assert a.scale == b.scale
    assert torch.equal(a.sample(100, seeded()), b.sample(100, seeded()))


def test_parametrised_ring():
    ring = td.get("ring", modes=12, radius=2.0, scale=0.02)
    assert ring.modes.shape == (12, 2)
    np.testing.assert_allclose(ring.modes.norm(dim=1), 2.0, rtol=1e-15)
    assert ring.scale == 0.02
    assert torch.pdist(ring.modes).min().item() == pytest.approx(4 * math.sin(math.pi / 12))


def test_single_mode_grid_sits_at_the_origin():
    assert td.grid(side=1).modes.tolist() == [[0.0, 0.0]]


def test_imbalanced_ring_scales_relative_weights():
    ring = td.get("imbalanced-ring", weights=[3, 1])
    assert ring.weights.tolist() == [0.75, 0.25]
    assert ring.modes.tolist()[0] == [1.0, 0.0]
    assert td.get("imbalanced-ring").weights.tolist() == pytest.approx(
        [0.3, 0.2, 0.15, 0.1, 0.1, 0.05, 0.05, 0.05]
    )


def test_random_mixture_depends_on_its_seed_only():
    torch.manual_seed(1)
    first = td.random_mixture(seed=3)
    torch.manual_seed(2)
    again, other = td.random_mixture(seed=3), td.random_mixture(seed=4)
    assert torch.equal(first.modes, again.modes)
    assert torch.equal(first.weights, again.weights)
    assert not torch.equal(first.modes, other.modes)
    assert not torch.equal(first.weights, other.weights)


@pytest.mark.parametrize("seed", range(5))
def test_random_mixture_keeps_its_promises(seed):
    mixture = td.random_mixture(modes=40, extent=1.5, scale=0.03, seed=seed)
    assert torch.pdist(mixture.modes).min() >= 6 * 0.03
    assert mixture.modes.abs().max() <= 1.5
    assert mixture.weights.sum().item() == pytest.approx(1, abs=1e-15)
    assert mixture.weights.max() / mixture.weights.min() <= 3


@pytest.mark.parametrize("name", MIXTURES)
def test_log_prob_equals_scipy(name):
    mixture = td.get(name)
    x = mixture.sample(200, seeded(), dtype=FLOAT64)
    parts = [
        math.log(weight) + stats.multivariate_normal(mode, mixture.scale**2 * np.eye(2)).logpdf(x.numpy())
        for weight, mode in zip(mixture.weights.tolist(), mixture.modes.tolist(), strict=True)
    ]
    np.testing.assert_allclose(mixture.log_prob(x), np.logaddexp.reduce(parts), rtol=1e-10)


def test_log_prob_far_away_is_finite_and_right():
    # 1,000 standard deviations off, exp underflows: only a log-sum-exp gets this.
    ring = td.ring8()
    x = torch.tensor([[11.0, 0.0]], dtype=FLOAT64)
    distance = (ring.modes - x).square().sum(1).min().item()
    nearest = -distance / (2 * 0.01**2) - math.log(8 * 2 * math.pi * 0.01**2)
    assert ring.log_prob(x).item() == pytest.approx(nearest, rel=1e-12)


def test_log_prob_takes_any_leading_shape_and_follows_the_dtype():
    ring = td.ring8()
    x = ring.sample(12, seeded(), dtype=FLOAT64)
    flat = ring.log_prob(x)
    assert torch.equal(ring.log_prob(x.reshape(3, 4, 2)), flat.reshape(3, 4))
    assert flat.dtype == FLOAT64
    assert ring.log_prob(x.float()).dtype == torch.float32
    assert ring.log_prob(x[:0]).shape == (0,)
    # A float32 coordinate near 1 is off by up to 6e-8: six millionths of sigma, some 2e-5 in the logarithm.
    torch.testing.assert_close(ring.log_prob(x.float()).double(), flat, atol=1e-4, rtol=0)


def test_log_prob_of_nan_is_nan_and_of_infinity_minus_infinity():
    x = torch.tensor([[math.nan, 0.0], [math.inf, 0.0]])
    assert torch.isnan(td.ring8().log_prob(x)[0])
    assert td.ring8().log_prob(x)[1] == -math.inf


@pytest.mark.parametrize("name", MIXTURES)
def test_density_integrates_to_one(name):
    # Two points per standard deviation make the trapezoidal rule exact to 1e-12; the box loses 2e-10.
    mixture = td.get(name)
    (x_lo, x_hi), (y_lo, y_hi) = mixture.bounds
    step = 0.5 * mixture.scale
    xs = torch.arange(x_lo, x_hi + step, step, dtype=FLOAT64)
    ys = torch.arange(y_lo, y_hi + step, step, dtype=FLOAT64)
    total = mixture.log_prob(torch.cartesian_prod(xs, ys)).exp().sum().item() * step**2
    assert total == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize("name", MIXTURES)
def test_moments_of_draws(name):
    mixture, n = td.get(name), 40_000
    x = mixture.sample(n, seeded(), dtype=FLOAT64)
    weights, modes = mixture.weights[:, None], mixture.modes
    mean = (weights * modes).sum(0)
    covariance = (weights * modes).T @ modes - torch.outer(mean, mean) + mixture.scale**2 * torch.eye(2)
    # Five standard errors; those of the covariance are estimated from the draws.
    assert ((x.mean(0) - mean).abs() <= 5 * (covariance.diag() / n).sqrt()).all()
    centred = x - mean
    products = centred[:, :, None] * centred[:, None, :]
    assert ((products.mean(0) - covariance).abs() <= 5 * products.std(0) / math.sqrt(n)).all()


@pytest.mark.parametrize("name", MIXTURES)
def test_counts_of_modes_follow_the_weights(name):
    mixture, n = td.get(name), 20_000
    x = mixture.sample(n, seeded(1), dtype=FLOAT64)
    counts = torch.bincount(torch.cdist(x, mixture.modes).argmin(1), minlength=len(mixture.modes))
    assert stats.chisquare(counts.numpy(), n * mixture.weights.numpy()).pvalue > 1e-4


@pytest.mark.parametrize("name", ["ring8", "grid25"])
def test_perfect_sampler_is_98_89_percent_high_quality(name):
    mixture, n = td.get(name), 100_000
    distance = torch.cdist(mixture.sample(n, seeded(), dtype=FLOAT64), mixture.modes).amin(1) / mixture.scale
    share = 1 - math.exp(-4.5)
    error = math.sqrt(share * (1 - share) / n)
    assert (distance < 3).double().mean().item() == pytest.approx(share, abs=4 * error)
    spread = distance[distance < 3].square()
    # E[r^2 | r < 3] of a plane normal, r^2 / 2 exponential: 2 - 9 e^-4.5 / (1 - e^-4.5).
    expected = 2 - 9 * math.exp(-4.5) / share
    assert spread.mean().item() == pytest.approx(expected, abs=4 * spread.std().item() / math.sqrt(n))


@pytest.mark.parametrize("name", MIXTURES)
def test_draws_around_a_mode_are_normal(name):
    mixture = td.get(name)
    x = mixture.sample(4000, seeded(2), dtype=FLOAT64)
    distance = torch.cdist(x, mixture.modes).amin(1) / mixture.scale
    assert stats.kstest(distance.numpy(), "rayleigh").pvalue > 1e-4


@pytest.mark.parametrize("name", MIXTURES)
def test_stratified_fixes_the_count_of_every_mode(name):
    mixture = td.get(name)
    x = mixture.stratified(500, seeded())
    counts = torch.bincount(torch.cdist(x.double(), mixture.modes).argmin(1), minlength=len(mixture.modes))
    assert counts.tolist() == largest_remainder(500, mixture.weights.tolist())
    assert x.dtype == torch.float32


def test_stratified_draws_are_shuffled_and_normal():
    ring = td.ring8()
    x = ring.stratified(4000, seeded(), dtype=FLOAT64)
    nearest = torch.cdist(x, ring.modes).argmin(1)
    assert len(set(nearest[:50].tolist())) > 4
    assert stats.kstest(((x - ring.modes[nearest]) / 0.01).flatten().numpy(), "norm").pvalue > 1e-4


@given(
    n=st.integers(0, 5000),
    relative=st.lists(st.floats(0.01, 1.0), min_size=1, max_size=30),
)
@settings(max_examples=100, deadline=None)
def test_largest_remainder_sums_to_n_and_stays_within_one(n, relative):
    weights = [part / sum(relative) for part in relative]
    counts = largest_remainder(n, weights)
    assert sum(counts) == n
    assert all(abs(count - n * weight) < 1 + 1e-6 for count, weight in zip(counts, weights, strict=True))


@pytest.mark.parametrize(
    ("n", "weights", "counts"),
    [
        (500, [0.04] * 25, [20] * 25),
        (500, [0.125] * 8, [63] * 4 + [62] * 4),
        (10, [0.55, 0.25, 0.2], [6, 2, 2]),
        (1, [0.1, 0.9], [0, 1]),
        (0, [0.5, 0.5], [0, 0]),
    ],
)
def test_largest_remainder_by_hand(n, weights, counts):
    assert largest_remainder(n, weights) == counts


def test_modes_and_weights_are_copies_in_float64():
    ring = td.ring8()
    ring.modes.zero_()
    ring.weights.zero_()
    assert ring.modes[0].tolist() == [1.0, 0.0]
    assert ring.weights.sum().item() == 1.0
    assert ring.modes.dtype == ring.weights.dtype == FLOAT64
