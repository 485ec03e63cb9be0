"""Paired and unpaired differences against SciPy, what cannot be said, and Holm's correction."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gan_bench.analysis.shifts import drift, holm, shift


def series(values, seeds=None):
    return pd.Series(values, index=range(len(values)) if seeds is None else seeds, dtype=float)


@pytest.fixture
def arms():
    rng = np.random.default_rng(3)
    return series(rng.normal(size=8)), series(rng.normal(size=8) + 1)


def test_paired_is_scipys_t_test(arms):
    before, after = arms
    found, oracle = shift(before, after), stats.ttest_rel(after, before)
    low, high = oracle.confidence_interval(0.95)
    assert (found.p, found.low, found.high) == pytest.approx((oracle.pvalue, low, high), rel=1e-12)
    assert (found.paired, found.n, found.mean) == (True, 8, pytest.approx((after - before).mean()))
    assert found.before == pytest.approx(before.mean())
    assert found.spreads == pytest.approx([(after - before).std()])


def test_only_shared_seeds_are_paired(arms):
    before, after = arms
    assert shift(before, after.iloc[2:]) == shift(before.iloc[2:], after.iloc[2:])


def test_unlike_seeds_are_welchs(arms):
    before, after = arms
    after = series(3 * after.to_numpy()[:5], range(100, 105))
    found, oracle = shift(before, after), stats.ttest_ind(after, before, equal_var=False)
    low, high = oracle.confidence_interval(0.95)
    assert (found.p, found.low, found.high) == pytest.approx((oracle.pvalue, low, high), rel=1e-12)
    assert (found.paired, found.n) == (False, 13)


def test_two_one_sided_tests(arms):
    before, after = arms
    d = after - before
    above = stats.ttest_1samp(d, -0.5, alternative="greater").pvalue
    below = stats.ttest_1samp(d, 2.0, alternative="less").pvalue
    assert shift(before, after).p_inside(-0.5, 2.0) == pytest.approx(max(above, below), rel=1e-12)


def test_identical_bits_are_no_difference():
    found = shift(series([1, 2, 3]), series([1, 2, 3]))
    assert found.identical
    assert (found.mean, found.p, found.low) == (0, 1, None)
    assert shift(series([1]), series([1])).identical


def test_equal_differences_are_left_to_the_sign_test():
    found = shift(series([1, 2, 3, 4]), series([2, 3, 4, 5]))
    assert found.p == pytest.approx(stats.binomtest(4, 4).pvalue) == pytest.approx(0.125)
    assert (found.low, found.note) == (None, "no spread: exact sign test")
    assert math.isnan(found.p_inside(-2, 2))


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (series([1, 2, 3]), series([1, math.inf, 4]), 1),
        (series([math.inf, 2, 3]), series([1, math.inf, 4]), 2),
        (series([1, 2]), series([math.inf, math.inf]), 2),
    ],
)
def test_diverged_seeds_are_counted_and_take_no_part_in_means(before, after, lost):
    found = shift(before, after)
    assert found.lost == lost
    assert not np.isinf(found.mean)


def test_what_cannot_be_said():
    one = shift(series([1]), series([2]))
    assert (one.mean, one.low, one.note) == (1, None, "one seed")
    assert math.isnan(one.p)
    assert math.isnan(shift(series([1, 2, 3]), series([4], [9])).p)
    assert shift(series([1]), series([], [])).note == "no seed to compare"


def test_drift_pools_the_variance_over_runs():
    before, after = series([1.0, 1.2, 0.9, 1.1]), series([1.6])
    found = drift(before, after)
    assert found.p == pytest.approx(stats.ttest_ind(after, before, equal_var=True).pvalue, rel=1e-12)
    assert not found.paired
    assert math.isnan(drift(before.iloc[:1], after).p)


def test_holm_by_hand_and_missing_values():
    adjusted = holm([0.01, 0.04, math.nan, 0.03])
    assert adjusted[:2] == pytest.approx([0.03, 0.06])
    assert adjusted[3] == pytest.approx(0.06)
    assert math.isnan(adjusted[2])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
