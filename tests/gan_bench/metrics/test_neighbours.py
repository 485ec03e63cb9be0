"""Density, coverage and nearest images against scikit-learn, a closed form, and degenerate clouds."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.neighbors import NearestNeighbors

from gan_bench import seeds
from gan_bench.errors import UsageError
from gan_bench.metrics import neighbours
from gan_bench.metrics.neighbours import Balls, nearest


def cloud(n, d, purpose, seed=0):
    return torch.randn(n, d, generator=seeds.generator(seed, purpose))


def by_scikit_learn(real, fake, k):
    """Density and coverage from exact differences: radii and the generated points within them."""
    # The nearest of a point to itself is the point, so the k-th other is the k + 1st.
    index = NearestNeighbors(algorithm="brute").fit(real)
    radii = index.kneighbors(real, k + 1)[0][:, k]
    distances = np.sqrt(((real[:, None].numpy() - fake[None].numpy()) ** 2).sum(-1))
    held = (distances <= radii[:, None]).sum(1)
    return held.sum() / (k * len(fake)), (held > 0).mean()


@pytest.mark.parametrize("k", [1, 5])
@pytest.mark.parametrize("block", [1 << 22, 1000])
def test_density_and_coverage_equal_scikit_learn(monkeypatch, k, block):
    # Small blocks: many pass through, the last one shorter.
    monkeypatch.setattr(neighbours, "BLOCK", block)
    real, fake = cloud(230, 6, "real").double(), 0.8 * cloud(170, 6, "fake").double() + 0.3
    held = Balls.around(real, k).measure(fake)
    density, coverage = by_scikit_learn(real, fake, k)
    assert 0.1 < coverage < 0.9
    assert held.density == pytest.approx(density, abs=1e-12)
    assert held.coverage == pytest.approx(coverage, abs=1e-12)


def test_a_perfect_sampler_has_the_expected_density_and_coverage():
    n, m, k = 120, 90, 5
    held = [Balls.around(cloud(n, 3, "real", i), k).measure(cloud(m, 3, "fake", i)) for i in range(100)]
    # Naeem et al. 2020, lemma 2: 1 - (n - 1) ... (n - k) / (m + n - 1) ... (m + n - k); density 1.
    expected = 1 - np.prod([(n - i) / (m + n - i) for i in range(1, k + 1)])
    for values, truth in (([h.coverage for h in held], expected), ([h.density for h in held], 1.0)):
        # Three standard errors over the independent draws.
        assert abs(np.mean(values) - truth) < 3 * np.std(values) / np.sqrt(100)


def test_far_points_cover_nothing_and_a_collapse_covers_little():
    real = cloud(100, 4, "real")
    far = Balls.around(real, 5).measure(cloud(100, 4, "fake") + 50)
    assert (far.density, far.coverage) == (0.0, 0.0)
    collapsed = Balls.around(real, 5).measure(real[:1].expand(100, 4))
    assert 0 < collapsed.coverage < 0.3


def test_copies_lie_in_every_ball_even_of_duplicates():
    real = cloud(60, 4, "real") + 1000
    held = Balls.around(real, 5).measure(real)
    # Each ball holds its centre and, on its edge or inside, five neighbours.
    assert (held.density, held.coverage) == (pytest.approx(6 / 5), 1.0)
    # All on one point: radius 0, and copies lie on it; anything else does not.
    point = real[:1].expand(20, 4)
    held = Balls.around(point, 5).measure(point)
    assert (held.density, held.coverage) == (pytest.approx(20 / 5), 1.0)
    assert Balls.around(point, 5).measure(point + 1e-2).coverage == 0.0


def test_too_few_real_points_are_one_line():
    with pytest.raises(UsageError, match="5 neighbours need at least 6 real images, got 5"):
        Balls.around(cloud(5, 3, "real"), 5)


@pytest.mark.parametrize("block", [1 << 22, 200])
def test_nearest_image_equals_scikit_learn(monkeypatch, block):
    monkeypatch.setattr(neighbours, "BLOCK", block)
    draw = seeds.generator(0, "images")
    images, bank = (torch.randint(0, 256, (n, 1, 4, 4), generator=draw, dtype=torch.uint8) for n in (30, 70))
    found = nearest(images, bank)
    distances, indices = (
        NearestNeighbors(n_neighbors=1, algorithm="brute")
        .fit(bank.flatten(1).double())
        .kneighbors(images.flatten(1).double())
    )
    assert found.indices.tolist() == indices[:, 0].tolist()
    assert found.distances.numpy() == pytest.approx(distances[:, 0], rel=1e-12)


@pytest.mark.parametrize("block", [1 << 22, 2000])
def test_a_copied_image_is_at_distance_zero_and_the_first_of_equals_is_taken(monkeypatch, block):
    monkeypatch.setattr(neighbours, "BLOCK", block)
    bank = torch.rand(50, 3, 8, 8, generator=seeds.generator(0, "bank"))
    bank[40] = bank[7]
    found = nearest(bank[[40, 3]], bank)
    assert found.indices.tolist() == [7, 3]
    assert found.distances.tolist() == [0.0, 0.0]
    with pytest.raises(UsageError, match=r"got \(3, 8, 8\) and a bank|images of one shape"):
        nearest(bank, bank[:, :1])
    with pytest.raises(UsageError, match="images of one shape"):
        nearest(bank, bank[:0])
