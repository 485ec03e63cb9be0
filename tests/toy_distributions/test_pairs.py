"""Closed forms of the pairs against exact programmes on discretisations and independent integration."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import ot
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

import toy_distributions as td

LN2 = math.log(2)


def exact_w1(x: np.ndarray, y: np.ndarray) -> float:
    """Optimum of the transport programme between two clouds of equal size and weight."""
    weights = np.full(len(x), 1 / len(x))
    return float(ot.emd2(weights, weights, ot.dist(x, y, metric="euclidean")))


def midpoints(n: int) -> np.ndarray:
    return (np.arange(n) + 0.5) / n


@pytest.mark.parametrize("separation", [0.0, 0.01, 0.5, 3.0])
def test_w1_of_parallel_lines(separation):
    y = midpoints(100)
    cost = exact_w1(np.c_[np.zeros(100), y], np.c_[np.full(100, separation), y])
    assert td.parallel_lines(separation).w1 == pytest.approx(cost, abs=1e-12)


@pytest.mark.parametrize("angle", [0.0, 0.05, 0.6, 1.2, math.pi / 2])
@pytest.mark.parametrize("half_length", [0.5, 2.0])
def test_w1_of_crossing_segments(angle, half_length):
    # Midpoints of an even number of cells have the segment's mean distance, half_length / 2: no error.
    t = half_length * (2 * midpoints(200) - 1)
    cost = exact_w1(np.c_[t, 0 * t], np.c_[t * math.cos(angle), t * math.sin(angle)])
    assert td.crossing_segments(angle, half_length).w1 == pytest.approx(cost, abs=1e-9)


@pytest.mark.parametrize("name", ["disjoint-disks", "separated-gaussians"])
def test_w1_of_translates(name):
    pair = td.pair(name)
    z = torch.randn(150, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    assert pair.w1 == pytest.approx(exact_w1(pair.p.push(z).numpy(), pair.q.push(z).numpy()), abs=1e-9)


@pytest.mark.parametrize("name", td.pair_names())
def test_w1_of_independent_draws_is_near_the_closed_form(name):
    pair, n = td.pair(name), 400
    x = pair.p.sample(n, torch.Generator().manual_seed(1), dtype=torch.float64).numpy()
    y = pair.q.sample(n, torch.Generator().manual_seed(2), dtype=torch.float64).numpy()
    # Sampling n points moves a cloud of size about 1 by about sqrt(log n / n) = .12.
    assert exact_w1(x, y) == pytest.approx(pair.w1, abs=0.15)


@pytest.mark.parametrize(("gap", "radius"), [(0.0, 1.0), (3.0, 0.5), (0.2, 2.0)])
def test_disks_stand_their_gap_apart(gap, radius):
    pair = td.disjoint_disks(gap=gap, radius=radius)
    assert pair.q.bounds[0][0] - pair.p.bounds[0][1] == pytest.approx(gap, abs=1e-12)
    assert pair.w1 == pytest.approx(gap + 2 * radius)


@pytest.mark.parametrize(
    "pair",
    [td.parallel_lines(1e-6), td.dirac(2.0), td.crossing_segments(0.01), td.disjoint_disks(0.0)],
    ids=repr,
)
def test_pairs_without_common_mass(pair):
    assert (pair.js, pair.kl, pair.tv) == (LN2, math.inf, 1.0)
    assert pair.w1 > 0


@pytest.mark.parametrize(
    "pair",
    [td.parallel_lines(0.0), td.dirac(0), td.crossing_segments(0.0), td.separated_gaussians(0.0)],
    ids=repr,
)
def test_pairs_at_distance_zero_are_equal(pair):
    assert (pair.js, pair.w1, pair.kl, pair.tv) == (0.0, 0.0, 0.0, 0.0)
    z = torch.randn(10, 2, generator=torch.Generator().manual_seed(0))
    assert torch.equal(pair.p.push(z), pair.q.push(z))


@pytest.mark.parametrize("separation", [0.01, 0.1, 0.3, 1.0, 2.0])
def test_divergences_of_gaussians_against_quadrature(separation):
    pair, scale = td.separated_gaussians(separation, 0.3), 0.3
    p, q = stats.norm(0, scale), stats.norm(separation, scale)

    def integral(function):
        # Smooth pieces: |p - q| has its kink in the middle.
        cuts = [-12 * scale, 0, separation / 2, separation, separation + 12 * scale]
        return sum(integrate.quad(function, a, b, epsabs=1e-14)[0] for a, b in pairwise(cuts))

    def relative_to_middle(x):
        middle = np.logaddexp(p.logpdf(x), q.logpdf(x)) - LN2
        return 0.5 * (p.pdf(x) * (p.logpdf(x) - middle) + q.pdf(x) * (q.logpdf(x) - middle))

    assert pair.js == pytest.approx(integral(relative_to_middle), abs=1e-12)
    assert pair.kl == pytest.approx(integral(lambda x: p.pdf(x) * (p.logpdf(x) - q.logpdf(x))), rel=1e-10)
    assert pair.tv == pytest.approx(integral(lambda x: 0.5 * abs(p.pdf(x) - q.pdf(x))), abs=1e-12)
    assert pair.w1 == separation


@pytest.mark.parametrize("d", [1e-8, 1e-5, 1e-3])
def test_js_of_almost_equal_gaussians_is_relatively_accurate(d):
    # Leading term d^2 / 8, next term of relative order d^2.
    assert td.separated_gaussians(d, 1.0).js == pytest.approx(d**2 / 8, rel=2 * d**2 + 1e-12)


@given(d=st.floats(0, 1e6), scale=st.floats(1e-3, 1e3))
@settings(max_examples=60, deadline=None)
def test_divergences_of_gaussians_stay_in_range_and_obey_their_inequalities(d, scale):
    pair = td.separated_gaussians(d, scale)
    rounding = 1e-12
    assert 0 <= pair.js <= LN2 + rounding
    assert 0 <= pair.tv <= 1
    assert pair.tv**2 / 2 <= pair.js + rounding
    assert pair.js <= LN2 * pair.tv + rounding
    assert pair.tv <= math.sqrt(pair.kl / 2) + rounding


def test_js_of_far_gaussians_is_ln_2():
    assert td.separated_gaussians(1000.0, 0.1).js == pytest.approx(LN2, abs=1e-14)


@pytest.mark.parametrize("name", td.pair_names())
def test_bounds_of_a_pair_hold_both_halves(name):
    pair = td.pair(name)
    (x_lo, x_hi), (y_lo, y_hi) = pair.bounds
    assert x_lo < x_hi
    assert y_lo < y_hi
    for half in (pair.p, pair.q):
        (a, b), (c, d) = half.bounds
        assert x_lo <= a < b <= x_hi
        assert y_lo <= c < d <= y_hi


class Copies(TorchDispatchMode):
    """Notes what brings numbers of the host to a GPU."""

    def __init__(self):
        super().__init__()
        self.found = []

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        result = func(*args, **(kwargs or {}))
        given, made = (
            {leaf.device.type for leaf in tree_leaves(part) if isinstance(leaf, torch.Tensor)}
            for part in ((args, kwargs), result)
        )
        if "cpu" in given and made == {"cuda"}:
            self.found.append(func)
        return result


@pytest.mark.parametrize("name", td.pair_names())
def test_on_a_gpu_a_push_copies_nothing_to_it(name):
    """A copy waits for the device, and a CUDA graph would repeat it from where the numbers no longer are."""
    pair = td.pair(name)
    halves = (pair.p, pair.q)
    for half in halves:
        half.push(torch.zeros(1, 2))
    with FakeTensorMode(allow_non_fake_inputs=True):
        z = torch.empty(3, 2, device="cuda")
        with Copies() as copies:
            pushed = [half.push(z) for half in halves]
    assert [x.device.type for x in pushed] == ["cuda", "cuda"]
    assert copies.found == []


def test_pair_describes_itself():
    pair = td.pair("disjoint-disks", gap=1)
    assert repr(pair) == "disjoint-disks(gap=1.0, radius=0.5)"
    assert pair.parameters == {"gap": 1.0, "radius": 0.5}
    assert repr(td.dirac(1).q) == "dirac-q(separation=1.0)"
    with pytest.raises(AttributeError):
        pair.w1 = 0.0
