"""Judging images: FID beside SciPy's matrix square root, features beside one plain pass of the network."""

from __future__ import annotations

import time

import numpy as np
import pytest
import torch
from scipy import linalg

from gan_bench.metrics.classifier import BATCH
from gan_bench.metrics.classifier_network import Network
from gan_bench.metrics.features import in_batches
from gan_bench.metrics.fidelity import _statistics, fid

pytest.importorskip("torch_fidelity")


def _features(n, dimension, shift, seed):
    source = torch.Generator().manual_seed(seed)
    mixed = torch.randn(dimension, dimension, generator=source) / dimension**0.5
    return torch.randn(n, dimension, generator=source) @ mixed + shift


def _by_square_root(real, fake):
    difference = real["mu"] - fake["mu"]
    root = linalg.sqrtm(real["sigma"] @ fake["sigma"]).real
    return float(difference @ difference + np.trace(real["sigma"] + fake["sigma"] - 2 * root))


@pytest.mark.parametrize("engine", [fid, _by_square_root], ids=["ours", "peer-scipy-sqrtm"])
@pytest.mark.parametrize("dimension", [128, 1024])
def bench_fid(benchmark, dimension, engine):
    benchmark.group = f"FID of {dimension} features"
    real, fake = (
        _statistics(_features(3000, dimension, shift, seed)) for seed, shift in ((0, 0.0), (1, 0.1))
    )
    value = benchmark.pedantic(engine, (real, fake), rounds=3, warmup_rounds=1)
    benchmark.extra_info.update(fid=value)
    assert value == pytest.approx(_by_square_root(real, fake), rel=1e-6)


@pytest.mark.parametrize("side", [16, 32])
def bench_features(benchmark, side):
    """A classifier's features of 2,000 images in batches, and of all of them at once."""
    benchmark.group = "features of 2,000 images"
    network = Network(1, side, 10).eval().requires_grad_(False)
    images = torch.randint(0, 256, (2000, 1, side, side), dtype=torch.uint8)
    found = benchmark.pedantic(in_batches, (images, BATCH, network), rounds=3, warmup_rounds=1)
    began = time.perf_counter()
    at_once, _ = network(images)
    seconds = time.perf_counter() - began
    # 1e-4: unlike batches take unlike kernels, which sum float32 in another order.
    torch.testing.assert_close(found.values, at_once, rtol=1e-4, atol=1e-4)
    benchmark.extra_info.update(
        ratio=benchmark.stats["median"] / seconds, images_per_second=2000 / benchmark.stats["median"]
    )
