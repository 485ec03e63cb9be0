"""Classes found among generated images, and what a perfect sampler would show. Free of torch.

The protocol of Stacked MNIST (Metz et al. 2017; PacGAN, Lin et al. 2018): a classifier names the class of
each image; counted are the classes named at least once, and the KL divergence of their histogram to uniform.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from typing import Any

import numpy as np
from scipy import stats
from scipy.special import rel_entr, xlogy

from gan_bench.errors import UsageError

# Counts further from their mean than this many standard deviations, and this many more, never occur.
DEVIATIONS, BEYOND = 12.0, 60


@dataclass(frozen=True)
class ClassCoverage:
    """What n images show of K classes.

    found: classes named at least once, 0 to K. kl: KL(histogram, uniform) in nats, 0 to ln K, 0 log 0 = 0,
    unsmoothed; ln K where all images are of one class. shares: the histogram (K,), sums to 1.
    """

    found: int
    kl: float
    shares: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class ExpectedCoverage:
    """What n images of a perfect sampler show: expectations, and standard deviations of one draw.

    found and found_error are exact, kl (nats) too; kl_error is the asymptotic one of Holst (1972).
    """

    found: float
    kl: float
    found_error: float
    kl_error: float


def class_coverage(predicted: Any, classes: int) -> ClassCoverage:
    """Count the classes among predicted (n,), integers from 0 to classes - 1, numpy or torch, n >= 1."""
    counts = _counts(_labels(predicted, classes, "class_coverage: predicted"), classes)
    shares = counts / counts.sum()
    return ClassCoverage(int((counts > 0).sum()), float(rel_entr(shares, 1 / classes).sum()), shares)


def class_agreement(predicted: Any, asked: Any, classes: int) -> np.ndarray:
    """Share of the images asked for as a class that the classifier names so, (K,); NaN where none was asked.

    predicted, asked: (n,), integers from 0 to classes - 1, numpy or torch.
    """
    named = _labels(predicted, classes, "class_agreement: predicted")
    wanted = _labels(asked, classes, "class_agreement: asked")
    if len(named) != len(wanted):
        raise UsageError(f"class_agreement: {len(named)} predicted classes for {len(wanted)} asked ones")
    right, all_asked = _counts(wanted[named == wanted], classes), _counts(wanted, classes)
    return np.divide(right, all_asked, out=np.full(classes, np.nan), where=all_asked > 0)


def expected_coverage(weights: Any, confusion: Any, n: int, channels: int = 1) -> ExpectedCoverage:
    """Return what n independent images of a perfect sampler show through an imperfect classifier.

    weights (K,): class frequencies of one channel, any positive total. confusion (K, K): row = truth, each
    row sums to 1. An image is named class k with probability q_k, q = weights confusion; with channels,
    independent of each other, one of K^channels classes with the product's. Then, X_k ~ Binomial(n, q_k):

    E found = sum 1 - (1 - q_k)^n, with the exact multinomial variance;
    E kl = ln K + sum E (X_k / n) ln(X_k / n), summed over the binomial's counts. Its variance is that of
    independent Poisson counts less what fixing their total takes away (Holst 1972, theorem 1): at equal
    q about (K - 1) / (2 n^2), else about Var_q(ln q) / n.
    """
    named = _named(weights, confusion)
    cells = reduce(np.multiply.outer, [named] * channels).ravel()
    if n < 1 or channels < 1:
        raise UsageError(f"expected_coverage: expected n >= 1 and channels >= 1, got {n} and {channels}")
    missed = (1 - cells) ** n
    return ExpectedCoverage(
        found=float((1 - missed).sum()),
        kl=float(np.log(len(cells)) + _mean_of_xlogx(cells, n)),
        found_error=float(np.sqrt(_variance_of_found(cells, missed, n))),
        kl_error=float(np.sqrt(_variance_of_xlogx(cells, n))),
    )


def _labels(labels: Any, classes: int, name: str) -> np.ndarray:
    array = np.asarray(labels)
    if array.ndim != 1 or not array.size or array.dtype.kind not in "iu":
        raise UsageError(f"{name}: expected integers (n,), n >= 1, got {array.dtype} {array.shape}")
    if classes < 1 or array.min() < 0 or array.max() >= classes:
        raise UsageError(f"{name}: expected 0 to {classes - 1}, got {array.min()} to {array.max()}")
    return array


def _counts(labels: np.ndarray, classes: int) -> np.ndarray:
    return np.bincount(labels, minlength=classes).astype(np.float64)


def _named(weights: Any, confusion: Any) -> np.ndarray:
    """Return the probabilities (K,) that a perfect sampler's image is named each class."""
    shares = np.asarray(weights, dtype=np.float64)
    rows = np.asarray(confusion, dtype=np.float64)
    if shares.ndim != 1 or rows.shape != (len(shares), len(shares)):
        raise UsageError(
            f"expected_coverage: expected weights (K,), confusion (K, K), got {shares.shape}, {rows.shape}"
        )
    if not (shares >= 0).all() or not shares.sum() > 0:
        raise UsageError("expected_coverage: weights must not be negative, nor all zero")
    if not (rows >= 0).all() or not np.allclose(rows.sum(1), 1, atol=1e-6):
        raise UsageError("expected_coverage: each row of the confusion must be shares that sum to 1")
    return shares / shares.sum() @ rows


def _variance_of_found(cells: np.ndarray, missed: np.ndarray, n: int) -> float:
    """Sum over cells k, l of Cov(1{X_k = 0}, 1{X_l = 0}), row by row: K^2 entries at once are too many."""
    total = float((missed * (1 - missed)).sum())
    for k, cell in enumerate(cells):
        both = np.clip(1 - cell - cells, 0, 1) ** n - missed[k] * missed
        total += float(both.sum() - both[k])
    return max(total, 0.0)


def _windows(cells: np.ndarray, n: int) -> np.ndarray:
    """Return counts (K, w) around each cell's mean, beyond which nothing happens; some may exceed n."""
    width = int(DEVIATIONS * np.sqrt(n * cells.max())) + BEYOND
    lowest = np.clip(np.floor(n * cells).astype(np.int64) - width, 0, None)
    return lowest[:, None] + np.arange(2 * width + 1)


def _mean_of_xlogx(cells: np.ndarray, n: int) -> float:
    counts = _windows(cells, n)
    chances = stats.binom.pmf(counts, n, cells[:, None])
    return float((chances * xlogy(counts / n, counts / n)).sum())


def _variance_of_xlogx(cells: np.ndarray, n: int) -> float:
    counts, means = _windows(cells, n), n * cells[:, None]
    chances = stats.poisson.pmf(counts, means)
    values = xlogy(counts / n, counts / n)
    values = values - (chances * values).sum(1, keepdims=True)
    variance = (chances * values**2).sum()
    with_total = (chances * values * (counts - means)).sum()
    return max(float(variance - with_total**2 / n), 0.0)
