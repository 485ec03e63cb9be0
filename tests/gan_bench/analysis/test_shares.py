"""Parts about shares of seeds: Wilson's and Newcombe's intervals against SciPy and published examples."""

import pytest
from scipy import stats

from gan_bench.analysis.shares import newcombe, share_at_least, share_at_most
from gan_bench.analysis.verdicts import Verdict, verdict


def test_seeds_whose_end_is_unknown_confirm_no_share():
    assert share_at_least("x", 8, 8, 0.5, planned=8).holds
    part = share_at_least("x", 8, 8, 0.5, planned=12)
    assert (part.holds, part.note) == (False, "8 of 12 seeds")
    assert share_at_least("x", 0, 0, 0.5, planned=4).note == "none of 4 seeds has a value"


def test_a_share_below_a_margin_mirrors_a_share_above_it():
    part = share_at_most("x", 0, 8, 0.5)
    assert part.holds
    assert (part.interval.centre, part.interval.high) == pytest.approx((0.0, 1 - 0.6756), abs=1e-4)
    assert verdict([share_at_most("x", 8, 8, 0.5)]) is Verdict.REFUTED
    assert verdict([share_at_most("x", 0, 0, 0.5)]) is Verdict.NOT_TESTED


# Newcombe 1998, Statistics in Medicine 17, table II, method 10: examples a to h.
NEWCOMBE = [
    ((56, 70), (48, 80), 0.0524, 0.3339),
    ((9, 10), (3, 10), 0.1705, 0.8090),
    ((6, 7), (2, 7), 0.0582, 0.8062),
    ((5, 56), (0, 29), -0.0381, 0.1926),
    ((0, 10), (0, 20), -0.1611, 0.2775),
    ((0, 10), (0, 10), -0.2775, 0.2775),
    ((10, 10), (0, 20), 0.6791, 1.0),
    ((10, 10), (0, 10), 0.6075, 1.0),
]


@pytest.mark.parametrize(("first", "second", "low", "high"), NEWCOMBE)
def test_newcombes_own_examples(first, second, low, high):
    assert newcombe(first, second) == pytest.approx((low, high), abs=5e-5)  # printed to four digits


def test_a_share_with_wilsons_interval():
    part = share_at_least("x", 8, 8, 0.5)
    assert part.holds
    assert part.interval.low == pytest.approx(0.6756, abs=1e-4)  # Wilson, 8 of 8
    assert verdict([share_at_least("x", 0, 8, 0.5)]) is Verdict.REFUTED
    assert verdict([share_at_least("x", 5, 8, 0.5)]) is Verdict.INCONCLUSIVE
    # The score test and the interval agree: k of n is refuted exactly where Wilson's upper end is below.
    for k in range(21):
        refuted = share_at_least("x", k, 20, 0.5).against <= 0.025
        assert refuted == (stats.binomtest(k, 20).proportion_ci(method="wilson").high < 0.5)
    with pytest.raises(ValueError, match="margin"):
        share_at_least("x", 1, 2, 1.0)
