"""Class coverage by hand; a perfect sampler's by enumeration, published numbers and simulation."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from scipy.stats import multinomial

from gan_bench.errors import UsageError
from gan_bench.metrics.classes import class_agreement, class_coverage, expected_coverage

# Images a digit in MNIST's 70,000.
MNIST = np.array([6903, 7877, 6990, 7141, 6824, 6313, 6876, 7293, 6825, 6958])


def test_coverage_of_a_hand_computed_histogram():
    shown = class_coverage(torch.tensor([0, 0, 0, 2]), 4)
    assert shown.found == 2
    assert shown.kl == pytest.approx(math.log(4) + 0.75 * math.log(0.75) + 0.25 * math.log(0.25), abs=1e-12)
    assert shown.shares.tolist() == [0.75, 0.0, 0.25, 0.0]


def test_coverage_at_its_ends():
    one, all_of_them = class_coverage(np.full(7, 3), 10), class_coverage(np.arange(1000), 1000)
    assert (one.found, one.kl) == (1, pytest.approx(math.log(10), abs=1e-12))
    assert (all_of_them.found, all_of_them.kl) == (1000, pytest.approx(0.0, abs=1e-12))


def test_agreement_is_the_share_of_each_asked_class():
    shares = class_agreement(torch.tensor([0, 1, 1, 1]), torch.tensor([0, 0, 1, 1]), 3)
    assert shares[:2].tolist() == [0.5, 1.0]
    assert math.isnan(shares[2])


@pytest.mark.parametrize("n", [1, 2, 5])
def test_expectations_equal_those_over_every_outcome(n):
    weights, confusion = [0.5, 0.3, 0.2], [[0.9, 0.1, 0.0], [0.0, 1.0, 0.0], [0.05, 0.05, 0.9]]
    named = np.array(weights) @ np.array(confusion)
    outcomes = np.array([c for c in itertools.product(range(n + 1), repeat=3) if sum(c) == n])
    chances = multinomial.pmf(outcomes, n, named)
    shown = [class_coverage(np.repeat([0, 1, 2], counts), 3) for counts in outcomes]
    found, kl = np.array([s.found for s in shown]), np.array([s.kl for s in shown])
    expected = expected_coverage(weights, confusion, n)
    # The outcomes are all there are: equal to rounding.
    assert expected.found == pytest.approx(chances @ found, abs=1e-10)
    assert expected.kl == pytest.approx(chances @ kl, abs=1e-10)
    assert expected.found_error**2 == pytest.approx(chances @ (found - chances @ found) ** 2, abs=1e-10)


def test_channels_are_the_product_distribution():
    weights, confusion = np.array([0.7, 0.3]), np.array([[0.95, 0.05], [0.1, 0.9]])
    named = weights @ confusion
    product = np.einsum("i,j,k->ijk", named, named, named).ravel()
    in_channels, in_one = (
        expected_coverage(weights, confusion, 50, 3),
        expected_coverage(product, np.eye(8), 50),
    )
    assert vars(in_channels) == pytest.approx(vars(in_one), rel=1e-12)


def test_floor_of_stacked_mnist_is_the_published_arithmetic():
    uniform = expected_coverage(np.ones(10), np.eye(10), 26_000, 3)
    # (K - 1) / 2n, and the next term of the expansion: (sum 1/p - 1) / 12 n^2 = 1.2 % more.
    assert uniform.kl == pytest.approx(999 / 52_000 + (1e6 - 1) / (12 * 26_000**2), rel=1e-3)
    # 1000 e^-26 classes are missed.
    assert uniform.found == pytest.approx(1000, abs=1e-8)
    imbalance = math.log(10) + (MNIST / 70_000) @ np.log(MNIST / 70_000)
    assert imbalance == pytest.approx(0.00145, abs=5e-6)
    mnist = expected_coverage(MNIST, np.eye(10), 26_000, 3)
    assert mnist.kl == pytest.approx(uniform.kl + 3 * imbalance, abs=2e-5)
    assert mnist.kl == pytest.approx(0.0236, abs=5e-4)


@pytest.mark.parametrize(
    ("weights", "n", "channels"),
    [(np.ones(10), 1000, 3), (MNIST, 4000, 3), (np.arange(1, 11), 300, 1), (np.arange(1, 11), 60, 2)],
)
def test_expectations_and_errors_meet_simulation(weights, n, channels):
    confusion = 0.97 * np.eye(10) + 0.003
    expected = expected_coverage(weights, confusion, n, channels)
    named = weights / weights.sum() @ confusion
    cells = named
    for _ in range(channels - 1):
        cells = np.multiply.outer(cells, named).ravel()
    draws = 4000
    counts = np.random.default_rng(0).multinomial(n, cells / cells.sum(), size=draws)
    shares = counts / n
    kl = np.log(len(cells)) + np.where(shares > 0, shares * np.log(np.where(shares > 0, shares, 1)), 0).sum(1)
    found = (counts > 0).sum(1)
    # Four standard errors of a mean; a deviation from 4000 draws is known to 1.1 %, hence 5 %.
    assert abs(kl.mean() - expected.kl) < 4 * kl.std() / math.sqrt(draws)
    assert abs(found.mean() - expected.found) < 4 * found.std() / math.sqrt(draws) + 1e-9
    assert expected.kl_error == pytest.approx(kl.std(), rel=0.05)
    assert expected.found_error == pytest.approx(found.std(), rel=0.05, abs=0.01)


def test_a_class_that_is_never_named_costs_nothing_but_itself():
    expected = expected_coverage([1, 1, 0], [[1, 0, 0], [0, 1, 0], [0, 0, 1]], 1000)
    assert expected.found == pytest.approx(2.0, abs=1e-12)
    # KL of two equal classes among three, and the plug-in's (2 - 1) / 2n.
    assert expected.kl == pytest.approx(math.log(1.5) + 1 / 2000, abs=1e-6)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: class_coverage(np.array([0, 10]), 10), "expected 0 to 9, got 0 to 10"),
        (lambda: class_coverage(np.array([], dtype=int), 10), r"expected integers \(n,\), n >= 1"),
        (lambda: class_coverage(np.array([0.5]), 10), "expected integers"),
        (lambda: class_agreement(np.array([1]), np.array([1, 2]), 3), "1 predicted classes for 2 asked ones"),
        (lambda: expected_coverage([1, 1], np.eye(3), 5), r"got \(2,\), \(3, 3\)"),
        (lambda: expected_coverage([1, -1], np.eye(2), 5), "must not be negative"),
        (lambda: expected_coverage([1, 1], np.ones((2, 2)), 5), "each row"),
        (lambda: expected_coverage([1, 1], np.eye(2), 0), "got 0 and 1"),
    ],
)
def test_wrong_input_is_one_line(call, message):
    with pytest.raises(UsageError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
