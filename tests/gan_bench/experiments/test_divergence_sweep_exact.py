"""The divergence sweep's exact values against oracles, and how samples move along it."""

import math
from types import SimpleNamespace

import pytest
import torch
from scipy import integrate

from gan_bench.experiments.divergence_sweep.exact import exact_values, js_of_atoms, spread_latents
from gan_bench.experiments.divergence_sweep.pairs import build_family
from gan_bench.experiments.divergence_sweep.settings import PAIRS, SWEPT


@pytest.mark.parametrize("kind", PAIRS)
def test_linear_programme_on_shared_draws_is_the_closed_form(kind):
    family = build_family(kind)
    z = spread_latents(20, torch.Generator().manual_seed(3))
    for at in (0.0, 0.3, 1.2):
        values = exact_values(family, at, z)
        expected = {
            "crossing-segments": math.sin(at / 2),
            "disjoint-disks": at + 1.0,
        }.get(kind, at)
        assert values["w1_exact"] == pytest.approx(expected, abs=1e-12)
        assert values["w1_programme"] == pytest.approx(expected, abs=1e-9)


def test_exact_values_of_gaussians_against_an_independent_quadrature():
    """On the line between the centres, by SciPy's adaptive rule."""
    at, scale = 0.7, 0.3

    def density(x, centre):
        return math.exp(-(((x - centre) / scale) ** 2) / 2) / (scale * math.sqrt(2 * math.pi))

    def integrand(x, shift):
        p, q = density(x, 0.0), density(x, shift)
        m = (p + q) / 2
        return (p * math.log(p / m) + q * math.log(q / m)) / 2

    def js(shift):
        return integrate.quad(integrand, -3, 3 + shift, args=(shift,), epsabs=1e-12, limit=200)[0]

    values = exact_values(
        build_family("separated-gaussians"), at, spread_latents(20, torch.Generator().manual_seed(0))
    )
    assert values["js_exact"] == pytest.approx(js(at), abs=1e-9)
    assert values["js_quadrature"] == pytest.approx(js(at), abs=1e-6)
    slope = (js(at + 0.01) - js(at - 0.01)) / 0.02
    assert values["js_derivative"] == pytest.approx(slope, rel=1e-3)
    assert values["w1_derivative"] == 1.0


@pytest.mark.parametrize("scale", [0.3, 1e-3])
@pytest.mark.parametrize("at", [4.0, 200.0, 1e4])
def test_quadrature_far_apart_and_for_narrow_gaussians(at, scale):
    z = spread_latents(10, torch.Generator().manual_seed(0))
    family = build_family({"name": "separated-gaussians", "scale": scale})
    for place in (at, at * scale / 8):
        values = exact_values(family, place, z)
        assert values["js_quadrature"] == pytest.approx(values["js_exact"], abs=1e-6)


def test_atoms_of_both_supports_are_counted():
    """A third of the second half's points lies on the first half's: JS by hand of shares (2, 1) thirds."""
    z = spread_latents(12, torch.Generator().manual_seed(0))
    lines = build_family("parallel-lines")
    assert js_of_atoms(lines.at(0.0), z) == 0.0
    assert js_of_atoms(lines.at(0.1), z) == pytest.approx(math.log(2), abs=1e-15)
    crossing = build_family("crossing-segments")
    assert js_of_atoms(crossing.at(1e-3), z) == pytest.approx(math.log(2), abs=1e-15)
    assert math.isnan(js_of_atoms(build_family("separated-gaussians").at(1.0), z))

    def third(z):
        return torch.cat([lines.at(0.0).q.push(z[:4]), lines.at(1.0).q.push(z[4:])])

    pair = SimpleNamespace(p=lines.at(0.0).p, q=SimpleNamespace(push=third))
    assert js_of_atoms(pair, z) == pytest.approx(2 / 3 * math.log(2), abs=1e-12)


def test_derivatives_where_supports_are_apart():
    z = spread_latents(20, torch.Generator().manual_seed(0))
    crossing = exact_values(build_family("crossing-segments"), 1.0, z)
    assert crossing["w1_derivative"] == pytest.approx(math.cos(0.5) / 2, abs=1e-6)
    assert crossing["js_derivative"] == 0.0
    assert math.isnan(exact_values(build_family("parallel-lines"), 0.0, z)["js_derivative"])
    # Disks whose rims touch share no mass: nothing jumps there.
    assert exact_values(build_family("disjoint-disks"), 0.0, z)["js_derivative"] == 0.0


def test_spread_latents_make_the_mean_distance_from_the_middle_exact():
    z = spread_latents(64, torch.Generator().manual_seed(1))
    place = torch.erf(z[:, 0] / math.sqrt(2))
    assert float(place.abs().mean()) == pytest.approx(0.5, abs=1e-12)
    assert abs(float(z[:, 1].mean())) < 0.6


@pytest.mark.parametrize("kind", SWEPT)
def test_velocity_is_the_derivative_of_the_samples(kind):
    family, z, h = (
        build_family(kind),
        torch.randn(9, 2, generator=torch.Generator().manual_seed(2)).double(),
        1e-6,
    )
    moved = (family.at(1.0 + h).q.push(z) - family.at(1.0 - h).q.push(z)) / (2 * h)
    torch.testing.assert_close(family.velocity(family.at(1.0).q.push(z)), moved, atol=1e-8, rtol=0)
