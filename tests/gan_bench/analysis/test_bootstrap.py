"""Intervals over seeds of several data sets: closed forms, infinities, what has no interval."""

import math

import numpy as np
import pytest
from scipy import stats

from gan_bench.analysis.aggregates import iqm, optimality_gap, shortfall, winsorised
from gan_bench.analysis.bootstrap import draws, expansion, stratified_interval

INF = math.inf


def mean(x):
    return x.mean(axis=-1)


def same(x):
    return x


def test_expansion_of_equal_sizes_is_hesterbergs_with_satterthwaites_freedom():
    parts = [np.array([0.0, 1, 2]), np.array([0.0, 3, 6])]  # variances 1 and 9
    factor, freedom = expansion(parts)
    assert factor == pytest.approx(math.sqrt(3 / 2))
    assert freedom == pytest.approx((1 + 9) ** 2 / (1 / 2 + 81 / 2))
    # Variances alike: all (n - 1) K degrees; and a data set without influence does not count.
    assert expansion([parts[0]] * 4)[1] == pytest.approx(8)
    assert expansion([parts[0], np.zeros(3)])[1] == pytest.approx(2)


def test_expansion_of_unequal_sizes():
    factor, freedom = expansion([np.array([0.0, 2]), np.array([0.0, 0, 2, 2])])
    v, n = np.array([2 * 2.0, 4 * 4 / 3]), np.array([2, 4])
    assert factor == pytest.approx(math.sqrt(v.sum() / (v * (n - 1) / n).sum()))
    assert freedom == pytest.approx(v.sum() ** 2 / (v**2 / (n - 1)).sum())


def test_infinite_influences_outweigh_and_none_is_the_smallest_data_set():
    assert expansion([np.array([0.0, 1, INF]), np.array([0.0, 5, 9, 9])])[1] == pytest.approx(2)
    assert expansion([np.ones(5), np.ones(3)])[1] == pytest.approx(2)


def test_three_seeds_of_a_mean_are_students_t():
    """Resampling three seeds cannot reach as far as t does: the interval is t, up to replicates' noise."""
    x = np.array([1.0, 2.0, 4.0])
    found = stratified_interval([x], mean, same)
    oracle = stats.ttest_1samp(x, 0).confidence_interval()
    # 10,000 replicates: a relative error of their standard deviation of 1 / sqrt(20,000) = .7 %.
    assert found.centre == pytest.approx(x.mean())
    assert (found.low, found.high) == pytest.approx((oracle.low, oracle.high), rel=0.03, abs=0.05)


def test_many_seeds_approach_the_normal_interval():
    x = np.random.default_rng(2).normal(0, 1, 400)
    found = stratified_interval([x[:200], x[200:]], mean, same)
    within = math.sqrt((x[:200].var(ddof=1) + x[200:].var(ddof=1)) / 800)
    assert found.high - found.low == pytest.approx(2 * 1.966 * within, rel=0.05)


def test_seeds_are_drawn_inside_their_data_set():
    # Data sets far apart: differences between them must not widen the interval.
    x = np.array([0.0, 1, 2, 3, 4])
    one = stratified_interval([x, x], mean, same)
    apart = stratified_interval([x, x + 1000], mean, same)
    assert apart.high - apart.low == pytest.approx(one.high - one.low, rel=1e-6)


def test_draws_stay_with_their_data_set_and_come_again():
    found = draws((3, 5), 7, 200)
    assert (found[:, :3] < 3).all()
    assert ((found[:, 3:] >= 3) & (found[:, 3:] < 8)).all()
    assert set(found[:, 3:].ravel()) == {3, 4, 5, 6, 7}
    draws.cache_clear()
    assert (found == draws((3, 5), 7, 200)).all()
    assert (found != draws((3, 5), 8, 200)).any()


def test_infinite_scores_are_an_end_never_nan():
    scores = [np.array([-1.0, -1.2, -0.9, -INF]), np.array([-1.1, -1.3, -INF, -INF])]
    found = stratified_interval(scores, iqm, winsorised)
    assert (found.centre, found.low) == (-INF, -INF)
    assert -1.3 < found.high < 0
    gap = stratified_interval(scores, optimality_gap, shortfall)
    assert gap.centre == gap.high == INF
    gone = stratified_interval([np.full(3, -INF)] * 2, iqm, winsorised)
    assert (gone.centre, gone.low, gone.note) == (-INF, None, "no spread, no interval")


def test_no_interval_and_why():
    assert stratified_interval([np.ones(1), np.arange(3.0)], mean, same).note == "one seed, no interval"
    flat = stratified_interval([np.full(4, 0.1 + 0.2), np.full(4, 0.3)], mean, same)
    assert (flat.low, flat.note) == (None, "no spread, no interval")


@pytest.mark.parametrize("bad", [[np.array([1.0, math.nan])], [np.ones(3), np.ones(0)]])
def test_refuses_nan_and_nothing(bad):
    with pytest.raises(ValueError, match="seeds on every data set"):
        stratified_interval(bad, mean, same)
