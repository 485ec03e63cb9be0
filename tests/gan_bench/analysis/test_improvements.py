"""P(A > B): its interval, agreement with the exact test, and when A is better than B."""

import math

import numpy as np
import pytest

from gan_bench.analysis.improvements import improvement


def arms(*values):
    return [np.array(one, dtype=float) for one in values]


def test_the_share_of_pairs_is_the_mean_over_data_sets_not_over_pairs():
    found = improvement(arms([1, 2, 3], [5, 5]), arms([0, 2, 9], [5, 1]))
    # 3 + ... of 9: (1 + 1.5 + 2) / 9; (0.5 + 1) * 2 of 4.
    assert found.probability == pytest.approx((4.5 / 9 + 3 / 4) / 2)


def test_complete_separation_has_an_interval_and_needs_four_seeds():
    three, four = (improvement(arms(range(10, 10 + n)), arms(range(n))) for n in (3, 4))
    assert (three.better, three.tellable, three.low, three.high) == (False, False, 0.5, 1.0)
    assert three.note == "needs 4 seeds a side"
    assert (four.better, four.tellable, four.note) == (True, True, "")
    assert 0.5 < four.low < 0.7
    assert four.high == 1.0
    assert four.p == pytest.approx(2 / 70)


def test_a_score_interval_at_its_ends_solves_newcombes_equation():
    found = improvement(arms(range(8, 16)), arms(range(8)))
    theta = found.low
    terms = (1 - theta) / (2 - theta) + theta / (1 + theta)
    variance = theta * (1 - theta) * (1 + 7 * terms) / 64
    assert 1 - theta == pytest.approx(1.959964 * math.sqrt(variance), rel=1e-5)


def test_as_many_data_sets_divide_the_variance():
    """Unequal sizes: the variance of the mean is the sum of each data set's, over their number squared."""
    found = improvement(arms(range(8, 16), range(5, 8)), arms(range(8), range(5)))
    theta = found.low
    terms = (1 - theta) / (2 - theta) + theta / (1 + theta)
    each = theta * (1 - theta) * np.array([(1 + 7 * terms) / 64, (1 + 3 * terms) / 15])
    assert 1 - theta == pytest.approx(1.959964 * math.sqrt(each.sum() / 4), rel=1e-5)


def test_seen_from_the_other_side():
    x, y = arms([1, 4, 6, 7, 8], [3, 3, 5]), arms([2, 3, 5, 0, 1], [1, 3, 2])
    there, back = improvement(x, y), improvement(y, x)
    assert there.reverse.probability == pytest.approx(back.probability)
    assert (there.reverse.low, there.reverse.high) == pytest.approx((back.low, back.high), abs=1e-9)
    assert there.p == pytest.approx(back.p)


def test_diverged_seeds_are_worst_and_equal_to_each_other():
    lost = improvement(arms([-math.inf] * 4), arms([-9.0] * 4))
    assert (lost.probability, lost.p) == (0.0, pytest.approx(2 / 70))
    both = improvement(arms([-math.inf] * 4), arms([-math.inf] * 4))
    assert (both.probability, both.p, both.better) == (0.5, 1.0, False)


def test_one_seed_has_no_interval():
    found = improvement(arms([1.0]), arms([0.0]))
    assert (found.low, found.high, found.p, found.note) == (None, None, 1.0, "one seed, no interval")
