"""Intervals against closed forms, SciPy and simulated coverage."""

import math

import numpy as np
import pytest
from scipy import stats

from gan_bench.analysis.intervals import Interval, t_interval, wilson


def test_interval_of_hand_computed_values():
    # mean 2, s = 1, n = 3; t quantile .975 at 2 degrees of freedom is 4.302653 (tables).
    interval = t_interval([1.0, 2.0, 3.0])
    assert interval.centre == pytest.approx(2.0)
    assert interval.low == pytest.approx(2 - 4.302652729749464 / math.sqrt(3), rel=1e-12)
    assert interval.high == pytest.approx(2 + 4.302652729749464 / math.sqrt(3), rel=1e-12)
    assert (interval.n, interval.note) == (3, "")


def test_interval_equals_scipys():
    values = np.random.default_rng(0).normal(3, 2, 8)
    oracle = stats.ttest_1samp(values, 0).confidence_interval(0.9)
    interval = t_interval(values, level=0.9)
    assert (interval.low, interval.high) == pytest.approx((oracle.low, oracle.high), rel=1e-12)


def test_log_interval_is_the_geometric_means():
    values = [0.1, 0.2, 0.8]
    interval, logs = t_interval(values, "log"), t_interval(np.log(values))
    assert interval.centre == pytest.approx((0.1 * 0.2 * 0.8) ** (1 / 3), rel=1e-12)
    assert math.log(interval.low) == pytest.approx(logs.low, rel=1e-9)
    assert math.log(interval.high) == pytest.approx(logs.high, rel=1e-9)


def test_log_interval_scales_with_the_unit():
    values = np.array([0.3, 0.5, 0.9])
    metres, millimetres = t_interval(values, "log"), t_interval(1000 * values, "log")
    assert millimetres.high == pytest.approx(1000 * metres.high, rel=1e-12)


def test_logit_interval_of_hand_computed_shares():
    # 25 and 75 of 100: (25.5/101) and (75.5/101) have opposite logits, so the centre is .5 exactly.
    interval = t_interval([0.25, 0.75], "logit", trials=100)
    assert interval.centre == pytest.approx(0.5, abs=1e-12)
    spread = math.log(75.5 / 25.5)
    half = stats.t.ppf(0.975, 1) * math.sqrt(2) * spread / math.sqrt(2)
    upper = 1 / (1 + math.exp(-half))
    assert interval.high == pytest.approx(min((upper * 101 - 0.5) / 100, 1), rel=1e-9)
    assert interval.low == pytest.approx(1 - interval.high, abs=1e-9)


def test_logit_interval_inside_the_edges():
    counts, m = np.array([3, 9, 5, 7, 4]), 50
    y = np.log((counts + 0.5) / (m - counts + 0.5))
    expected = stats.ttest_1samp(y, 0).confidence_interval()
    shares = [((m + 1) / (1 + math.exp(-end)) - 0.5) / m for end in (expected.low, expected.high)]
    found = t_interval(counts / m, "logit", trials=m)
    assert (found.low, found.high) == pytest.approx(tuple(shares), rel=1e-9)


def test_logit_interval_stays_between_zero_and_one_at_the_edges():
    interval = t_interval([0.0, 0.0, 0.02], "logit", trials=500)
    assert 0 <= interval.low < interval.centre < interval.high <= 1


def test_shares_need_their_number_of_draws():
    with pytest.raises(ValueError, match="number of draws"):
        t_interval([0.1, 0.2], "logit")


@pytest.mark.parametrize(
    ("values", "scale", "centre", "note"),
    [
        ([0.5], "log", 0.5, "one seed"),
        ([8.0, 8.0, 8.0], "identity", 8.0, "no spread"),
        ([0.1 + 0.2, 0.3, 0.3], "log", 0.3, "no spread"),  # equal up to rounding
        ([-0.1, 0.2, 0.4], "log", 0.2, "not all positive"),
    ],
)
def test_no_interval_and_why(values, scale, centre, note):
    interval = t_interval(values, scale)
    assert (interval.low, interval.high, interval.known) == (None, None, False)
    assert interval.centre == pytest.approx(centre)
    assert note in interval.note


def test_no_values_give_no_centre():
    interval = t_interval([])
    assert math.isnan(interval.centre)
    assert interval.n == 0


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_diverged_values_are_refused(bad):
    with pytest.raises(ValueError, match="finite"):
        t_interval([1.0, bad])


def test_cut_to_the_range_of_the_metric():
    interval = Interval(1.0, -0.3, 2.3, 4)
    assert interval.within(0, None) == Interval(1.0, 0, 2.3, 4)
    assert interval.within(None, 2) == Interval(1.0, -0.3, 2, 4)
    assert interval.within(-5, 5) == interval
    alone = Interval(1.0, None, None, 1, "one seed, no interval")
    assert alone.within(0, 2) == alone


def test_overlap():
    a, b, c = Interval(1, 0, 2, 3), Interval(2.5, 2, 3, 3), Interval(5, 4, 6, 3)
    assert a.overlaps(b)
    assert b.overlaps(a)
    assert not a.overlaps(c)
    assert not a.overlaps(Interval(1, None, None, 1))


@pytest.mark.parametrize("scale", ["identity", "log"])
def test_nominal_coverage_at_five_seeds(scale):
    # 4000 trials: the standard error of a coverage of .95 is .0034, so .93 to .97 is six of them.
    draws = np.random.default_rng(1).normal(0.5, 0.8, (4000, 5))
    if scale == "log":
        draws, truth = np.exp(draws), math.exp(0.5)
    else:
        truth = 0.5
    hits = [i.low <= truth <= i.high for i in (t_interval(row, scale) for row in draws)]
    assert 0.93 < np.mean(hits) < 0.97


def test_wilson_known_values():
    # 0 of 8 still allows z^2 / (n + z^2) = 3.8415 / 11.8415.
    low, high = wilson(0, 8)
    assert low == pytest.approx(0, abs=1e-12)
    assert high == pytest.approx(3.841458820694124 / 11.841458820694124, rel=1e-9)
    assert wilson(8, 8)[0] == pytest.approx(1 - high, rel=1e-9)


@pytest.mark.parametrize(("k", "n"), [(1, 0), (-1, 3), (4, 3)])
def test_wilson_refuses_what_is_no_rate(k, n):
    with pytest.raises(ValueError, match="not a rate"):
        wilson(k, n)
