"""Exact Wasserstein-1 beside POT's network simplex and SciPy's n-dimensional distance; ratios matter.

Peers get points, as our own engines do, and return the cost alone; ours return duals and certificate too.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import wasserstein_distance_nd

from gan_bench.metrics.transport import wasserstein1

ot = pytest.importorskip("ot")

Cloud = np.ndarray


def _ring(n: int, rng: np.random.Generator) -> Cloud:
    angle = 2 * np.pi * rng.integers(0, 8, n) / 8
    return np.c_[np.cos(angle), np.sin(angle)] + 0.01 * rng.standard_normal((n, 2))


def _line(n: int, rng: np.random.Generator, at: float) -> Cloud:
    return np.c_[np.full(n, at), rng.uniform(0, 1, n)]


SHAPES: dict[str, Callable[[int, np.random.Generator], tuple[Cloud, Cloud]]] = {
    "spread": lambda n, rng: (rng.standard_normal((n, 2)), _ring(n, rng)),
    "equal": lambda n, rng: (_ring(n, rng), _ring(n, rng)),
    "collapsed": lambda n, rng: (0.3 + 1e-3 * rng.standard_normal((n, 2)), _ring(n, rng)),
    "parallel-lines": lambda n, rng: (_line(n, rng, 0.0), _line(n, rng, 1.0)),
}


def _pot(x: Cloud, y: Cloud, a: np.ndarray | None = None, b: np.ndarray | None = None) -> float:
    a = np.full(len(x), 1 / len(x)) if a is None else a
    b = np.full(len(y), 1 / len(y)) if b is None else b
    return float(ot.emd2(a, b, cdist(x, y), numItermax=10**8))


def _clouds(shape: str, n: int) -> tuple[Cloud, Cloud]:
    return SHAPES[shape](n, np.random.default_rng(0))


def _rounds(n: int) -> int:
    return 20 if n <= 500 else 3


@pytest.mark.parametrize("engine", ["assignment", "network-simplex", "peer-pot"])
@pytest.mark.parametrize("n", [256, 500, 1000, 2000])
@pytest.mark.parametrize("shape", SHAPES)
def bench_equal_clouds(benchmark, shape, n, engine):
    x, y = _clouds(shape, n)
    if engine == "peer-pot":
        cost = benchmark.pedantic(_pot, (x, y), rounds=_rounds(n), warmup_rounds=1)
        benchmark.extra_info.update(cost=cost)
        return
    result = benchmark.pedantic(wasserstein1, (x, y), {"solver": engine}, rounds=_rounds(n), warmup_rounds=1)
    benchmark.extra_info.update(cost=result.cost, gap=result.gap)


@pytest.mark.parametrize("engine", ["linear-programme", "network-simplex", "peer-pot"])
@pytest.mark.parametrize("sizes", [(100, 70), (1000, 700)], ids=["100-70", "1000-700"])
def bench_weighted_clouds(benchmark, sizes, engine):
    x, y = _clouds("spread", sizes[0])
    y = y[: sizes[1]]
    rng = np.random.default_rng(1)
    a, b = (weights / weights.sum() for weights in (rng.uniform(0, 1, size) for size in sizes))
    if engine == "peer-pot":
        benchmark.extra_info.update(cost=benchmark.pedantic(_pot, (x, y, a, b), rounds=2))
        return
    result = benchmark.pedantic(wasserstein1, (x, y, a, b), {"solver": engine}, rounds=2)
    benchmark.extra_info.update(cost=result.cost, gap=result.gap)


@pytest.mark.parametrize("engine", ["assignment", "peer-scipy-nd"])
def bench_hundred_points(benchmark, engine):
    # SciPy's distance solves the dense programme: minutes from 400 points on.
    x, y = _clouds("spread", 100)
    if engine == "peer-scipy-nd":
        cost = benchmark.pedantic(wasserstein_distance_nd, (x, y), rounds=3)
        benchmark.extra_info.update(cost=cost)
        return
    result = benchmark.pedantic(wasserstein1, (x, y), {"solver": engine}, rounds=20, warmup_rounds=1)
    benchmark.extra_info.update(cost=result.cost, gap=result.gap)
