"""The halves of the pairs: what push makes of a standard normal, densities, bounds."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy import stats

import toy_distributions as td

FLOAT64 = torch.float64


def normal(n: int = 20_000, dtype: torch.dtype = FLOAT64) -> torch.Tensor:
    return torch.randn(n, 2, generator=torch.Generator().manual_seed(0), dtype=dtype)


def is_uniform(values: torch.Tensor) -> bool:
    return stats.kstest(values.numpy(), "uniform").pvalue > 1e-4


def test_push_onto_a_line():
    x = td.parallel_lines(1.5).q.push(normal())
    assert (x[:, 0] == 1.5).all()
    assert is_uniform(x[:, 1])


def test_push_onto_a_line_by_hand():
    # Phi(-1), Phi(0), Phi(1); the tails reach the ends without leaving the line.
    z = torch.tensor([[-1.0, 9.0], [0.0, 9.0], [1.0, 9.0], [40.0, 0.0], [-40.0, 0.0]], dtype=FLOAT64)
    expected = [0.15865525393145707, 0.5, 0.8413447460685429, 1.0, 0.0]
    np.testing.assert_allclose(td.parallel_lines(0.0).q.push(z)[:, 1], expected, atol=1e-15)


def test_push_onto_a_point():
    assert (td.dirac(3.0).q.push(normal(10)) == torch.tensor([3.0, 0.0])).all()


def test_push_onto_a_tilted_segment():
    x = td.crossing_segments(0.7, 2.0).q.push(normal())
    along = x @ torch.tensor([math.cos(0.7), math.sin(0.7)], dtype=FLOAT64)
    across = x @ torch.tensor([-math.sin(0.7), math.cos(0.7)], dtype=FLOAT64)
    assert across.abs().max() < 1e-15
    assert is_uniform((along + 2) / 4)


def test_push_onto_a_disk():
    x = td.disjoint_disks(gap=3.0, radius=0.5).q.push(normal()) - torch.tensor([4.0, 0.0], dtype=FLOAT64)
    assert is_uniform(x.square().sum(1) / 0.25)
    assert is_uniform(torch.atan2(x[:, 1], x[:, 0]) / (2 * math.pi) + 0.5)


def test_push_onto_a_disk_at_the_origin_and_far_out():
    disk = td.disjoint_disks(gap=0.0, radius=2.0).p
    z = torch.tensor([[0.0, 0.0], [1e-9, 0.0], [100.0, 0.0]], dtype=FLOAT64, requires_grad=True)
    x = disk.push(z)
    np.testing.assert_allclose(
        x.detach(), [[0, 0], [2 * math.sqrt(0.5) * 1e-9, 0], [2, 0]], rtol=1e-12, atol=0
    )
    x.sum().backward()
    assert torch.isfinite(z.grad).all()


def test_push_onto_a_gaussian():
    q = td.separated_gaussians(4.0, 0.3).q
    z = normal(5)
    torch.testing.assert_close(
        q.push(z), 0.3 * z + torch.tensor([4.0, 0.0], dtype=FLOAT64), atol=1e-15, rtol=0
    )


@pytest.mark.parametrize("name", td.pair_names())
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_push_keeps_shape_and_dtype(name, dtype):
    for half in (td.pair(name).p, td.pair(name).q):
        assert half.push(normal(6, dtype).reshape(2, 3, 2)).shape == (2, 3, 2)
        assert half.push(normal(6, dtype)).dtype == dtype


def test_disk_density_is_one_over_its_area():
    q = td.disjoint_disks(gap=3.0, radius=0.5).q
    x = torch.tensor([[4.0, 0.0], [4.0, 0.4999], [4.0, 0.5001], [3.4, 0.0]], dtype=FLOAT64)
    inside = -math.log(math.pi * 0.25)
    np.testing.assert_allclose(q.log_prob(x), [inside, inside, -math.inf, -math.inf], atol=1e-15)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_points_on_the_rim_have_a_density(dtype):
    # Far normal draws land on the rim, where the rounding of centre + offset must not throw them out.
    q = td.disjoint_disks(gap=30.0, radius=0.7).q
    z = 12 * normal(20_000, dtype)
    assert torch.isfinite(q.log_prob(q.push(z))).all()


def test_segments_have_no_density_and_no_modes():
    for name in ("parallel-lines", "dirac", "crossing-segments"):
        half = td.pair(name).p
        assert not hasattr(half, "log_prob")
        assert not hasattr(half, "modes")
        assert not isinstance(half, td.HasDensity)


def test_gaussian_halves_are_mixtures_of_one_mode():
    q = td.separated_gaussians(4.0, 0.3).q
    assert isinstance(q, td.HasModes)
    assert q.modes.tolist() == [[4.0, 0.0]]
    assert q.weights.tolist() == [1.0]
    expected = stats.multivariate_normal([4, 0], 0.09 * np.eye(2)).logpdf([3.5, 0.2])
    assert q.log_prob(torch.tensor([[3.5, 0.2]], dtype=FLOAT64)).item() == pytest.approx(expected, rel=1e-12)
