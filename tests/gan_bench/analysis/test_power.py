"""Seeds needed: the gate's table, exact power against simulated tests, and what cannot be said."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gan_bench.analysis.power import MOST, POWER, Needed, fewest, power, seeds_needed

DRAWS = 20_000


def series(*values, first=0):
    return pd.Series(values, index=range(first, first + len(values)), dtype=float)


def test_one_sided_seeds_per_arm_are_those_of_the_gate_s_table():
    """By difference over spread of an arm: the table for two arms of equal variance, one-sided 5 %."""
    found = {ratio: fewest(ratio, [1.0, 1.0], sides=1) for ratio in (0.5, 1.0, 1.5, 2.0, 3.0)}
    assert found == {0.5: 51, 1.0: 14, 1.5: 7, 2.0: 4, 3.0: 3}


def test_pairs_without_correlation_cost_what_arms_cost_and_a_little_for_their_fewer_degrees_of_freedom():
    paired = [fewest(ratio, [math.sqrt(2)], sides=1) for ratio in (0.5, 1.0, 1.5, 2.0, 3.0)]
    assert paired == [51, 14, 8, 5, 4]


def test_textbook_sizes_of_the_two_sided_tests():
    """Cohen's medium effect of .5: 34 pairs, and 64 per independent arm (Cohen 1988, table 2.4.1)."""
    assert fewest(0.5, [1.0]) == 34
    assert fewest(0.5, [1.0, 1.0]) == 64


@pytest.mark.parametrize("difference", [0.6, 1.2, 2.0])
def test_the_paired_test_finds_the_difference_as_often_as_said(difference):
    n = fewest(difference, [1.0])
    assert power(n, difference, [1.0]) >= POWER > power(n - 1, difference, [1.0])
    for seeds in (n, n - 1):
        draws = np.random.default_rng(seeds).normal(difference, 1.0, (DRAWS, seeds))
        rate = (stats.ttest_1samp(draws, 0.0, axis=1).pvalue < 0.05).mean()
        assert rate == pytest.approx(power(seeds, difference, [1.0]), abs=_four_errors(rate))


@pytest.mark.parametrize(("spreads", "slack"), [([1.0, 1.0], 0.003), ([0.5, 2.0], 0.01)])
def test_the_test_of_two_arms_finds_the_difference_as_often_as_said(spreads, slack):
    """Welch's test is not exact: slack for its approximation, on top of the simulation's error."""
    n = fewest(1.5, spreads)
    rng = np.random.default_rng(0)
    ours, theirs = (
        rng.normal(mean, spread, (DRAWS, n)) for mean, spread in zip((1.5, 0.0), spreads, strict=True)
    )
    rate = (stats.ttest_ind(ours, theirs, axis=1, equal_var=False).pvalue < 0.05).mean()
    assert rate == pytest.approx(power(n, 1.5, spreads), abs=_four_errors(rate) + slack)
    assert n > 2
    assert power(n - 1, 1.5, spreads) < POWER


def _four_errors(rate):
    return 4 * math.sqrt(rate * (1 - rate) / DRAWS)


@pytest.mark.parametrize("difference", [1e-6, 0.01, 0.3, 4.0, 30.0, 1e3, 1e9])
def test_power_is_a_probability_that_grows_with_the_seeds(difference):
    """Also far out, where SciPy's noncentral t has no number."""
    found = [power(n, difference, [1.0]) for n in (2, 3, 10, 100, MOST)]
    assert all(0.049 < value <= 1 for value in found)
    # 3e-7: the tail that is left out.
    assert all(later >= sooner - 1e-6 for sooner, later in itertools.pairwise(found))


def test_shared_seeds_are_paired():
    """The seeds' own level cancels: differences .5, 1, 1.5 have mean 1 and spread .5."""
    ours, theirs = series(10.0, 20.0, 30.0), series(9.5, 19.0, 28.5)
    assert seeds_needed(ours, theirs, "identity") == Needed(fewest(1.0, [0.5]))
    # By seed, not by place.
    assert seeds_needed(ours[::-1], theirs, "identity") == Needed(fewest(1.0, [0.5]))


def test_seeds_of_one_side_only_do_not_count_beside_pairs():
    ours, theirs = series(10.0, 20.0, 30.0, 1000.0), series(9.5, 19.0, 28.5)
    assert seeds_needed(ours, theirs, "identity") == Needed(fewest(1.0, [0.5]))


def test_other_seeds_are_two_arms():
    ours, theirs = series(1.0, 2.0, 3.0), series(0.0, 2.0, 4.0, first=7) + 2.0
    assert seeds_needed(ours, theirs, "identity") == Needed(fewest(2.0, [1.0, 2.0]))
    assert seeds_needed(theirs, ours, "identity") == seeds_needed(ours, theirs, "identity")


def test_differences_are_taken_where_the_metric_is_additive():
    on_log = seeds_needed(np.exp(series(1.0, 2.0, 3.5)), np.exp(series(0.0, 1.5, 2.0)), "log")
    assert on_log == Needed(fewest(1.0, [0.5]))
    logits = series(1.0, 2.0, 3.5), series(0.0, 1.5, 2.0)
    assert seeds_needed(*(1 / (1 + np.exp(-x)) for x in logits), "logit") == on_log
    assert seeds_needed(*logits, "identity") == on_log


@pytest.mark.parametrize(("ours", "theirs", "scale", "reason"), [
    (series(1.0), series(2.0), "log", "fewer than two seeds have no spread"),
    (series(), series(1.0, 2.0), "log", "fewer than two seeds have no spread"),
    (series(1.0, 2.0), series(3.0, first=5), "log", "fewer than two seeds have no spread"),
    (series(1.0, math.inf), series(1.0, 2.0), "log", "a seed has no finite value"),
    (series(1.0, 0.0), series(1.0, 2.0), "log", "a value is not positive"),
    (series(0.5, 1.0), series(0.4, 0.3), "logit", "a share of 0 or 1 has no logit"),
    (series(1.0, 3.0), series(3.0, 1.0), "log", "the measured difference is zero"),
    (series(1.0, 2.0), series(3.0, 6.0), "log", "the seeds have no spread"),
    (series(1.0, 1.0), series(2.0, 2.0, first=5), "identity", "the seeds have no spread"),
    (series(0.0, 1.0, 2.0), series(0.0, 1.001, 2.05) - 0.0171, "identity", "alike: more than 10,000 seeds"),
])  # fmt: skip
def test_what_cannot_be_said_comes_with_its_reason(ours, theirs, scale, reason):
    found = seeds_needed(ours, theirs, scale)
    assert found.seeds is None
    assert found.reason.startswith(reason)
