"""Noisy curves: densities against independent integration and closed forms, draws against the densities."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from scipy import integrate, special, stats

import toy_distributions as td
from toy_distributions.quadrature import gauss_legendre

FLOAT64 = torch.float64


def _roll(t):
    return t * np.cos(t) / 7.5, t * np.sin(t) / 7.5


def _upper_moon(t):
    return np.cos(t), np.sin(t)


def _lower_moon(t):
    return 1 - np.cos(t), 1 - np.sin(t) - 0.5


def _circle(radius):
    return lambda t: (radius * np.cos(t), radius * np.sin(t))


def _arm(turn):
    end = 3 * np.pi
    return lambda t: (2 * t / end * np.cos(t + turn), 2 * t / end * np.sin(t + turn))


def _constant(start, stop):
    return lambda t: 1 / (stop - start)


# Name -> noise, interval of t, arms, density of t: written down a second time, in NumPy.
CURVES = {
    "swiss-roll": (0.25 / 7.5, (1.5 * np.pi, 4.5 * np.pi), [_roll], _constant(1.5 * np.pi, 4.5 * np.pi)),
    "moons": (0.1, (0, np.pi), [_upper_moon, _lower_moon], _constant(0, np.pi)),
    "circles": (0.05, (0, 2 * np.pi), [_circle(1), _circle(0.5)], _constant(0, 2 * np.pi)),
    "spiral": (0.05, (0, 3 * np.pi), [_arm(0), _arm(np.pi)], lambda t: 2 * t / (3 * np.pi) ** 2),
}


def density(name, x, y):
    """The density at one point by adaptive quadrature between cuts close enough to see every peak."""
    noise, (start, stop), arms, law = CURVES[name]
    cuts = np.linspace(start, stop, 120)

    def integrand(t):
        total = 0.0
        for arm in arms:
            cx, cy = arm(t)
            total += np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / (2 * noise**2))
        return law(t) * total / (len(arms) * 2 * np.pi * noise**2)

    return sum(integrate.quad(integrand, a, b, epsabs=0, epsrel=1e-11)[0] for a, b in pairwise(cuts))


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize("name", CURVES)
def test_log_prob_equals_adaptive_quadrature(name):
    curve = td.get(name)
    near = curve.sample(6, seeded(), dtype=FLOAT64)
    (x_lo, x_hi), (y_lo, y_hi) = curve.bounds
    anywhere = torch.rand(6, 2, generator=seeded(1), dtype=FLOAT64)
    anywhere = torch.tensor([x_lo, y_lo]) + anywhere * torch.tensor([x_hi - x_lo, y_hi - y_lo])
    points = torch.cat([near, anywhere])
    points = points[curve.log_prob(points) > -100]
    assert len(points) >= 8
    expected = [math.log(density(name, *point)) for point in points.tolist()]
    # 1e-8: what the module states for log densities above -100.
    np.testing.assert_allclose(curve.log_prob(points), expected, atol=1e-8, rtol=0)


@pytest.mark.parametrize(("noise", "factor"), [(0.05, 0.5), (0.02, 0.3), (0.4, 0.8), (3.0, 0.5)])
def test_circles_equal_the_bessel_closed_form(noise, factor):
    circles = td.circles(factor=factor, noise=noise)
    x = torch.cat([circles.sample(300, seeded(), dtype=FLOAT64), torch.zeros(1, 2, dtype=FLOAT64)])
    r = np.hypot(*x.numpy().T)
    parts = [
        np.log(special.i0e(r * radius / noise**2))
        - (r - radius) ** 2 / (2 * noise**2)
        - np.log(4 * np.pi * noise**2)
        for radius in (1, factor)
    ]
    np.testing.assert_allclose(circles.log_prob(x), np.logaddexp(*parts), atol=1e-9, rtol=0)


@pytest.mark.parametrize("name", CURVES)
def test_density_integrates_to_one(name):
    # Trapezoidal rule, a step of one standard deviation: error below 1e-7 for a density smoothed by it.
    curve = td.get(name)
    (x_lo, x_hi), (y_lo, y_hi) = curve.bounds
    step = CURVES[name][0]
    xs = torch.arange(x_lo, x_hi + step, step, dtype=FLOAT64)
    ys = torch.arange(y_lo, y_hi + step, step, dtype=FLOAT64)
    total = curve.log_prob(torch.cartesian_prod(xs, ys)).exp().sum().item() * step**2
    assert total == pytest.approx(1, abs=1e-7)


@pytest.mark.parametrize("name", [*CURVES, "checkerboard"])
def test_draws_follow_the_density(name):
    distribution, n, cells, fine = td.get(name), 20_000, 12, 10
    (x_lo, x_hi), (y_lo, y_hi) = distribution.bounds
    xs, ys = _midpoints(x_lo, x_hi, cells * fine), _midpoints(y_lo, y_hi, cells * fine)
    mass = (
        distribution.log_prob(torch.cartesian_prod(xs, ys))
        .exp()
        .reshape(cells, fine, cells, fine)
        .sum((1, 3))
    )
    mass = (mass / mass.sum()).flatten().numpy()
    x, y = distribution.sample(n, seeded(), dtype=FLOAT64).numpy().T
    counts, *_ = np.histogram2d(x, y, bins=cells, range=distribution.bounds)
    # Cells with fewer than ten expected draws are pooled: chi-square needs that.
    full = mass * n >= 10
    observed = np.r_[counts.flatten()[full], counts.flatten()[~full].sum()]
    expected = np.r_[mass[full], mass[~full].sum()] * n
    if expected[-1] == 0:
        assert observed[-1] == 0
        observed, expected = observed[:-1], expected[:-1]
    assert stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue > 1e-4


def _midpoints(low, high, number):
    return low + (high - low) * (torch.arange(number, dtype=FLOAT64) + 0.5) / number


@pytest.mark.parametrize("name", CURVES)
def test_moments_of_draws(name):
    noise, (start, stop), arms, law = CURVES[name]
    n = 40_000
    x = td.get(name).sample(n, seeded(3), dtype=FLOAT64).numpy()

    def mean_of(function):
        integrals = [
            integrate.quad(lambda t, arm=arm: law(t) * function(*arm(t)), start, stop)[0] for arm in arms
        ]
        return sum(integrals) / len(arms)

    mean = np.array([mean_of(lambda a, b: a), mean_of(lambda a, b: b)])
    second = np.array([mean_of(lambda a, b: a * a), mean_of(lambda a, b: b * b)]) + noise**2
    for actual, expected in ((x, mean), (x**2, second)):
        # Five standard errors, estimated from the draws.
        assert (np.abs(actual.mean(0) - expected) <= 5 * actual.std(0) / math.sqrt(n)).all()
    cross = x[:, 0] * x[:, 1]
    assert abs(cross.mean() - mean_of(lambda a, b: a * b)) <= 5 * cross.std() / math.sqrt(n)


def test_swiss_roll_has_the_constants_of_the_literature():
    roll = td.get("swiss-roll")
    assert roll.parameters == {"noise": pytest.approx(0.25 / 7.5)}
    quiet = td.get("swiss-roll", noise=0.002).sample(2000, seeded(), dtype=FLOAT64).norm(dim=1)
    # Radius t / 7.5 with t in [1.5 pi, 4.5 pi]; five standard deviations of the noise.
    assert quiet.min().item() == pytest.approx(1.5 * math.pi / 7.5, abs=0.015)
    assert quiet.max().item() == pytest.approx(4.5 * math.pi / 7.5, abs=0.015)


def test_spiral_arms_are_rotations_of_each_other():
    spiral = td.spiral(arms=3)
    x = spiral.sample(200, seeded(), dtype=FLOAT64)
    c, s = math.cos(2 * math.pi / 3), math.sin(2 * math.pi / 3)
    turned = x @ torch.tensor([[c, s], [-s, c]], dtype=FLOAT64)
    torch.testing.assert_close(spiral.log_prob(turned), spiral.log_prob(x), atol=1e-9, rtol=0)


def test_float32_log_prob_is_close():
    roll = td.swiss_roll()
    x = roll.sample(3000, seeded(), dtype=FLOAT64)
    assert roll.log_prob(x.float()).dtype == torch.float32
    # Float32 coordinates of 60 standard deviations are off by 6e-8 of that, times distances of a few.
    torch.testing.assert_close(roll.log_prob(x.float()).double(), roll.log_prob(x), atol=1e-3, rtol=0)


def test_wide_noise_still_sees_every_turn():
    # Panels sized by the noise alone would give twenty turns 24 nodes.
    end = 40 * np.pi
    x, y = 0.3, -0.8

    def integrand(t):
        a, b = 2 * t / end * np.cos(t), 2 * t / end * np.sin(t)
        return 2 * t / end**2 * np.exp(-((x - a) ** 2 + (y - b) ** 2) / 8) / (8 * np.pi)

    expected = math.log(integrate.quad(integrand, 0, end, limit=500, epsabs=0, epsrel=1e-12)[0])
    spiral = td.spiral(arms=1, turns=20, noise=2.0)
    assert spiral.log_prob(torch.tensor([x, y], dtype=FLOAT64)).item() == pytest.approx(expected, abs=1e-10)


def test_too_little_noise_is_refused():
    with pytest.raises(ValueError, match="moons: noise: 1e-06 is too small"):
        td.get("moons", noise=1e-6)


@pytest.mark.parametrize("points", [1, 2, 5, 24])
def test_gauss_legendre_equals_numpy(points):
    nodes, weights = gauss_legendre(points)
    expected = np.polynomial.legendre.leggauss(points)
    np.testing.assert_allclose(nodes, expected[0], atol=1e-14)
    np.testing.assert_allclose(weights, expected[1], atol=1e-14)
