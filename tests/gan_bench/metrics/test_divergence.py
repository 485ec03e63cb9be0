"""Divergences against independent integration, closed forms and hand-computed histograms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.integrate import cubature
from scipy.stats import multivariate_normal

import toy_distributions as td
from gan_bench.errors import UsageError
from gan_bench.metrics.divergence import (
    js_from_densities,
    js_from_samples,
    js_from_scores,
    kl_from_densities,
    overlap_from_samples,
    tv_from_densities,
)

LN2 = math.log(2)
IDENTITY = [[1.0, 0.0], [0.0, 1.0]]
UNIT = ((0.0, 1.0), (0.0, 1.0))


def gaussian(mean, covariance):
    """The log density in torch, for the code under test."""
    mean, covariance = torch.tensor(mean, dtype=torch.float64), torch.tensor(covariance, dtype=torch.float64)
    return torch.distributions.MultivariateNormal(mean, covariance).log_prob


def square(x_lo, x_hi, y_lo=0.0, y_hi=1.0):
    """Uniform log density on a rectangle."""
    low, high = torch.tensor([x_lo, y_lo]), torch.tensor([x_hi, y_hi])
    height = -math.log((x_hi - x_lo) * (y_hi - y_lo))

    def log_prob(x):
        inside = ((x >= low) & (x < high)).all(-1)
        return torch.where(inside, height, -math.inf).to(torch.float64)

    return log_prob


def random_gaussians(seed):
    """Two random means and covariances, and a box that holds both."""
    rng = np.random.default_rng(seed)
    factors = rng.normal(size=(2, 2, 2))
    covariances = factors @ factors.transpose(0, 2, 1) + 0.2 * np.eye(2)
    means = rng.uniform(-1.5, 1.5, size=(2, 2))
    half = 1.5 + 8 * math.sqrt(max(covariances[:, 0, 0].max(), covariances[:, 1, 1].max()))
    return zip(means.tolist(), covariances.tolist(), strict=True), half


@pytest.mark.parametrize("seed", range(4))
def test_js_and_kl_equal_independent_adaptive_integration_for_random_gaussians(seed):
    (p, q), half = random_gaussians(seed)
    log_p, log_q = multivariate_normal(*p).logpdf, multivariate_normal(*q).logpdf

    def integrand(x):
        a, b = log_p(x), log_q(x)
        m = np.logaddexp(a, b) - LN2
        return np.stack([(np.exp(a) * (a - m) + np.exp(b) * (b - m)) / 2, np.exp(a) * (a - b)], axis=-1)

    oracle = cubature(integrand, [-half, -half], [half, half], rtol=1e-9, atol=1e-9)
    assert oracle.status == "converged"
    inputs = gaussian(*p), gaussian(*q), ((-half, half), (-half, half)), 300
    # 1e-8: the oracle's own tolerance is 1e-9, the midpoint rule has converged beyond it.
    assert js_from_densities(*inputs) == pytest.approx(oracle.estimate[0], abs=1e-8)
    assert kl_from_densities(*inputs) == pytest.approx(oracle.estimate[1], abs=1e-7)


def test_total_variation_and_kl_of_equal_covariances_in_closed_form():
    distance = 1.5
    p, q = gaussian([0.0, 0.0], IDENTITY), gaussian([distance, 0.0], IDENTITY)
    box = ((-8.0, 8.0 + distance), (-8.0, 8.0))
    # TV = 2 Phi(distance / 2) - 1; its kink leaves a second-order error, here (17.5 / 800)^2 / 50.
    expected = math.erf(distance / 2 / math.sqrt(2))
    assert tv_from_densities(p, q, box, 800) == pytest.approx(expected, abs=1e-5)
    assert kl_from_densities(p, q, box, 200) == pytest.approx(distance**2 / 2, abs=1e-10)


def test_kl_is_not_symmetric_and_takes_p_first():
    narrow, wide = gaussian([0.0, 0.0], [[0.25, 0], [0, 0.25]]), gaussian([0.0, 0.0], IDENTITY)
    box = ((-9.0, 9.0), (-9.0, 9.0))
    # KL(N(0, s^2 I), N(0, t^2 I)) = s^2/t^2 - 1 - ln(s^2/t^2) in two dimensions.
    assert kl_from_densities(narrow, wide, box, 300) == pytest.approx(0.25 - 1 + math.log(4), abs=1e-9)
    assert kl_from_densities(wide, narrow, box, 300) == pytest.approx(4 - 1 - math.log(4), abs=1e-9)


def test_equal_densities_have_no_divergence():
    p = gaussian([0.3, -0.2], [[0.5, 0.1], [0.1, 0.4]])
    box = ((-6.0, 6.0), (-6.0, 6.0))
    # 1e-15: ln((p + p) / 2) rounds to ln p within an ulp.
    assert js_from_densities(p, p, box, 100) == pytest.approx(0.0, abs=1e-15)
    assert tv_from_densities(p, p, box, 100) == 0.0
    assert kl_from_densities(p, p, box, 100) == 0.0


def test_disjoint_supports_give_ln2_one_and_infinity():
    p, q = square(0.0, 0.25), square(0.5, 1.0)
    assert js_from_densities(p, q, UNIT, 64) == pytest.approx(LN2, abs=1e-14)
    assert tv_from_densities(p, q, UNIT, 64) == pytest.approx(1.0, abs=1e-14)
    assert kl_from_densities(p, q, UNIT, 64) == math.inf


@pytest.mark.parametrize("name", ["disjoint-disks", "separated-gaussians"])
def test_pairs_with_known_divergences(name):
    pair = td.pair(name)
    ends = np.array([pair.p.bounds, pair.q.bounds])
    box = tuple(zip(ends[:, :, 0].min(0).tolist(), ends[:, :, 1].max(0).tolist(), strict=True))
    js = js_from_densities(pair.p.log_prob, pair.q.log_prob, box, 600)
    # The disks' round edges cost mass on the grid, not overlap; the Gaussians' densities are smooth.
    assert js == pytest.approx(LN2 if pair.js is None else pair.js, abs=1e-6)


def test_rectangles_that_overlap_in_closed_form():
    # p uniform on [0, .5], q on [0, 1]: densities 2 and 1 on the first half, 0 and 1 on the second.
    p, q = square(0.0, 0.5), square(0.0, 1.0)
    js = 0.5 * (math.log(2 / 1.5) + 0.5 * math.log(1 / 1.5) + 0.5 * LN2)
    assert js_from_densities(p, q, UNIT, 64) == pytest.approx(js, abs=1e-14)
    assert js_from_densities(q, p, UNIT, 64) == pytest.approx(js, abs=1e-14)
    assert tv_from_densities(p, q, UNIT, 64) == pytest.approx(0.5, abs=1e-14)
    assert kl_from_densities(p, q, UNIT, 64) == pytest.approx(LN2, abs=1e-14)
    assert kl_from_densities(q, p, UNIT, 64) == math.inf


def test_a_density_that_underflows_is_not_taken_for_zero():
    # At distance 60 sigma the other density is exp(-1800): KL needs its logarithm, JS is ln 2.
    p, q = gaussian([0.0, 0.0], IDENTITY), gaussian([60.0, 0.0], IDENTITY)
    box = ((-8.0, 68.0), (-8.0, 8.0))
    assert kl_from_densities(p, q, box, 400) == pytest.approx(1800.0, rel=1e-9)
    assert js_from_densities(p, q, box, 400) == pytest.approx(LN2, abs=1e-12)


@pytest.mark.parametrize("function", [js_from_densities, tv_from_densities, kl_from_densities])
def test_a_grid_that_misses_mass_is_refused_with_both_numbers(function):
    p, q = gaussian([0.0, 0.0], IDENTITY), gaussian([5.0, 0.0], IDENTITY)
    # The box ends at the centre of q: half of its mass is missing, and JS would be wrong without a sign.
    with pytest.raises(UsageError, match=r"integrate to 1 \(p\) and 0\.5 \(q\)"):
        function(p, q, ((-8.0, 5.0), (-8.0, 8.0)), 200)


def test_a_grid_too_coarse_for_narrow_modes_is_refused():
    p = gaussian([0.01, 0.01], [[1e-4, 0], [0, 1e-4]])
    with pytest.raises(UsageError, match="raise the points"):
        js_from_densities(p, p, ((-1.0, 1.0), (-1.0, 1.0)), 50)


def test_mass_tolerance_can_be_tightened():
    p = gaussian([0.0, 0.0], IDENTITY)
    box = ((-3.5, 3.5), (-3.5, 3.5))  # holds 1 - 9.3e-4 of the mass
    assert js_from_densities(p, p, box, 100) == pytest.approx(0.0, abs=1e-15)
    with pytest.raises(UsageError, match=r"not to 1 within 0\.0001"):
        js_from_densities(p, p, box, 100, mass_tolerance=1e-4)


def test_the_result_does_not_depend_on_the_chunks(monkeypatch):
    (p, q), half = random_gaussians(1)
    inputs = gaussian(*p), gaussian(*q), ((-half, half), (-half, 1.1 * half)), 97
    whole = js_from_densities(*inputs)
    monkeypatch.setattr("gan_bench.metrics.divergence.CHUNK", 1000)
    # 1e-14: the same terms, summed in another order.
    assert js_from_densities(*inputs) == pytest.approx(whole, abs=1e-14)


@pytest.mark.parametrize(
    ("log_p", "bounds", "points", "message"),
    [
        (lambda x: x, UNIT, 8, r"must map \(N, 2\) to \(N,\)"),
        (lambda x: x[:, 0] * math.nan, UNIT, 8, "NaN or infinite"),
        (lambda x: 0 * x[:, 0], ((0.0, 0.0), (0.0, 1.0)), 8, "lo < hi"),
        (lambda x: 0 * x[:, 0], UNIT, 0, "at least one cell"),
    ],
)
def test_bad_densities_and_grids_are_refused(log_p, bounds, points, message):
    with pytest.raises(UsageError, match=message):
        js_from_densities(log_p, log_p, bounds, points)


# Two bins per axis on the unit square. x: three points in bin (0, 0), one outside; y: (0, 0) and (1, 1).
X = np.array([[0.1, 0.1], [0.2, 0.3], [0.0, 0.0], [7.0, 0.5]])
Y = np.array([[0.4, 0.4], [1.0, 1.0]])


def test_histogram_js_and_overlap_by_hand():
    # p = (3/4, 0, overflow 1/4), q = (1/2, 1/2, 0), m = (5/8, 1/4, 1/8).
    p_side = 0.75 * math.log(0.75 / 0.625) + 0.25 * math.log(2)
    q_side = 0.5 * math.log(0.5 / 0.625) + 0.5 * math.log(2)
    assert js_from_samples(X, Y, UNIT, 2) == pytest.approx((p_side + q_side) / 2, abs=1e-15)
    assert js_from_samples(Y, X, UNIT, 2) == pytest.approx((p_side + q_side) / 2, abs=1e-15)
    assert overlap_from_samples(X, Y, UNIT, 2) == pytest.approx(0.5, abs=1e-15)


def test_axes_of_the_histogram_are_not_mixed():
    left, low = np.array([[0.1, 0.9]]), np.array([[0.9, 0.1]])
    assert js_from_samples(left, low, UNIT, 2) == pytest.approx(LN2)
    assert overlap_from_samples(left, low, UNIT, 2) == 0.0


def test_histogram_of_equal_and_of_disjoint_clouds():
    rng = np.random.default_rng(0)
    cloud = rng.uniform(0, 0.5, (400, 2))
    assert js_from_samples(cloud, cloud[::-1], UNIT, 16) == 0.0
    assert overlap_from_samples(cloud, cloud[::-1], UNIT, 16) == pytest.approx(1.0, abs=1e-12)
    assert js_from_samples(cloud, cloud + 0.5, UNIT, 16) == pytest.approx(LN2, abs=1e-14)
    # Everything outside shares one bin, however far and in whatever direction.
    assert js_from_samples(cloud + 1e30, cloud - 9.0, UNIT, 16) == 0.0


def test_histogram_js_grows_with_the_shift():
    rng = np.random.default_rng(1)
    cloud = rng.normal(0.5, 0.1, (2000, 2))
    values = [
        js_from_samples(cloud + np.array([shift, 0]), cloud, UNIT, 10) for shift in (0.0, 0.05, 0.1, 0.2)
    ]
    assert values == sorted(values)
    assert values[0] == 0.0
    truth = js_from_densities(
        gaussian([0.0, 0.0], IDENTITY), gaussian([2.0, 0.0], IDENTITY), ((-8.0, 10.0), (-8.0, 8.0)), 200
    )
    # Bins as wide as the standard deviation lower it, 2000 points raise it: both by a few hundredths.
    assert values[-1] == pytest.approx(truth, abs=0.05)


def test_histogram_of_a_stack_equals_the_loop_for_numpy_and_torch():
    rng = np.random.default_rng(2)
    stack, other = rng.normal(0.5, 0.4, (5, 60, 2)).astype(np.float32), rng.normal(0.5, 0.3, (80, 2))
    for function in (js_from_samples, overlap_from_samples):
        loop = [function(cloud, other, UNIT, 7) for cloud in stack]
        assert all(isinstance(value, float) for value in loop)
        batch = function(stack, other, UNIT, 7)
        assert batch.dtype == np.float64
        np.testing.assert_array_equal(batch, loop)
        np.testing.assert_array_equal(function(torch.tensor(stack), torch.tensor(other), UNIT, 7), loop)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.array([[0.0, math.nan]]), "x: 1 of 1 points are not finite"),
        (
            np.zeros((3, 4, 2)) / np.array([1.0, 1.0]) + np.array([0, math.inf]),
            "12 of 12 points are not finite",
        ),
        (np.zeros((3, 3)), r"expected shape \(n, 2\)"),
        (np.zeros((0, 2)), "n >= 1"),
        (np.array([["a", "b"]]), "real numbers"),
    ],
)
def test_histograms_refuse_what_they_cannot_count(x, message):
    with pytest.raises(UsageError, match=message):
        js_from_samples(x, Y, UNIT, 2)
    with pytest.raises(UsageError, match=r"y: expected shape \(n, 2\)"):
        js_from_samples(X, Y[None], UNIT, 2)


def test_js_from_scores_by_hand_with_its_sign():
    # D = 3/4 and 1/2 on real, 1/4 on fake: logits ln 3, 0; -ln 3.
    real, fake = torch.tensor([[math.log(3.0), 0.0]]).double(), torch.tensor([[-math.log(3.0)]]).double()
    value = (math.log(0.75) + math.log(0.5)) / 2 + math.log(0.75)
    assert js_from_scores(real, fake).tolist() == pytest.approx([(value + math.log(4)) / 2], abs=1e-7)
    # Roles swapped, D is worse than a coin: the value is negative and kept.
    worse = (math.log(0.25) + (math.log(0.25) + math.log(0.5)) / 2 + math.log(4)) / 2
    assert js_from_scores(fake, real).tolist() == pytest.approx([worse], abs=1e-7)
    assert worse < 0


def test_js_from_scores_limits_without_overflow():
    far = torch.full((1, 3), 1e4)
    assert js_from_scores(torch.zeros(2, 5), torch.zeros(2, 7)).tolist() == pytest.approx(
        [0.0, 0.0], abs=1e-7
    )
    assert js_from_scores(far, -far).item() == pytest.approx(LN2, abs=1e-7)
    # Saturated and wrong: the loss is the logit itself, not infinity.
    assert js_from_scores(-far, far).item() == pytest.approx((-2e4 + math.log(4)) / 2, rel=1e-6)
    assert math.isnan(js_from_scores(torch.tensor([[math.nan]]), torch.tensor([[0.0]])).item())


def test_js_from_scores_keeps_seeds_apart_and_stays_below_the_true_divergence():
    generator = torch.Generator().manual_seed(0)
    distance = 2.0
    real = torch.randn(3, 40_000, generator=generator, dtype=torch.float64)
    fake = torch.randn(3, 40_000, generator=generator, dtype=torch.float64) + distance
    # The optimal logit for N(0, 1) against N(distance, 1) is affine; a shift makes it worse.
    shift = torch.tensor([[0.0], [0.5], [2.0]], dtype=torch.float64)
    logit = lambda x: distance**2 / 2 - distance * x + shift  # noqa: E731
    values = js_from_scores(logit(real), logit(fake))
    box = ((-8.0, 10.0), (-8.0, 8.0))
    truth = js_from_densities(gaussian([0.0, 0.0], IDENTITY), gaussian([distance, 0.0], IDENTITY), box, 200)
    # 0.006: about three standard errors of the two means of 40,000 terms.
    assert values[0].item() == pytest.approx(truth, abs=0.006)
    assert values[0] > values[1] > values[2]
    loop = [js_from_scores(logit(real)[i : i + 1], logit(fake)[i : i + 1]).item() for i in range(3)]
    assert values.tolist() == pytest.approx(loop, abs=1e-14)
