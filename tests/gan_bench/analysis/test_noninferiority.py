"""Simulations with the truth known, and cases worked by hand."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gan_bench.analysis.estimates import Arms, combined
from gan_bench.analysis.harm import Yardstick
from gan_bench.analysis.noninferiority import Verdict, aggregate, family, non_inferior

PAIRS, SEEDS = 1000, 8
# 5 % of 1000, and three standard errors (0.7 % each) of chance on top.
FEW = 0.05 * PAIRS + 3 * math.sqrt(0.05 * 0.95 * PAIRS)


def by_seed(values, first=0):
    return pd.Series(np.asarray(values, dtype=float), index=range(first, first + len(values)))


def two_runs(rng, shift, spread=0.3, common=0.5):
    """Harm of two runs that share what a seed decides (common) and nothing else (spread in each)."""
    seeds = common * rng.normal(size=SEEDS)
    return [by_seed(seeds + offset + spread * rng.normal(size=SEEDS)) for offset in (0.0, shift)]


@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_runs_no_worse_than_the_margin_are_called_regressions_in_5_percent_at_most(shift):
    rng = np.random.default_rng([1, round(10 * shift)])
    verdicts = [non_inferior(*two_runs(rng, shift), 0.2).verdict for _ in range(PAIRS)]
    alarms = verdicts.count(Verdict.REGRESSION)
    assert alarms <= FEW
    if shift == 0.2:  # at the margin's edge the test is exact: 5 %, from both sides
        assert alarms >= 0.05 * PAIRS - 3 * math.sqrt(0.05 * 0.95 * PAIRS)


@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_so_it_is_with_the_aggregate_of_cells_that_share_seeds(shift):
    # Six cells whose noise of one seed is bound together, four more on three seeds of their own.
    rng = np.random.default_rng([2, round(10 * shift)])
    alarms = 0
    for _ in range(PAIRS // 4):
        bound = 0.3 * rng.normal(size=SEEDS)
        cells = [
            Arms(by_seed(0.2 * rng.normal(size=SEEDS)), by_seed(shift + bound + 0.2 * rng.normal(size=SEEDS)))
            for _ in range(6)
        ]
        cells += [Arms(by_seed(rng.normal(size=3)), by_seed(shift + rng.normal(size=3))) for _ in range(4)]
        alarms += aggregate(cells, 0.2).verdict is Verdict.REGRESSION
    assert alarms <= 0.05 * 250 + 3 * math.sqrt(0.05 * 0.95 * 250)


@pytest.mark.parametrize("shift", [0.0, 0.2])
def test_so_it_is_with_a_family_of_tripwires_together(shift):
    rng = np.random.default_rng([3, round(10 * shift)])
    alarms = 0
    for _ in range(150):
        judged = family([non_inferior(*two_runs(rng, shift), 0.2) for _ in range(6)])
        alarms += any(one.verdict is Verdict.REGRESSION for one in judged)
    assert alarms <= 0.05 * 150 + 3 * math.sqrt(0.05 * 0.95 * 150)


def test_a_regression_three_sigma_beyond_the_margin_is_caught_at_eight_seeds():
    # sigma is a run's own noise: a seed's difference has root two of it.
    rng = np.random.default_rng(4)
    found = [non_inferior(*two_runs(rng, 0.1 + 3 * 0.3), 0.1).verdict for _ in range(300)]
    assert found.count(Verdict.REGRESSION) >= 0.95 * 300


def test_the_bounds_are_those_of_the_paired_t_test():
    base, new = by_seed([0.1, 0.4, 0.2, 0.7, 0.5]), by_seed([0.3, 0.5, 0.5, 0.8, 0.9])
    judged = non_inferior(base, new, 0.1)
    d = new - base
    oracle = stats.ttest_1samp(d - 0.1, 0, alternative="greater")
    low, high = stats.t.interval(0.9, 4, d.mean(), d.std() / math.sqrt(5))
    assert judged.p == pytest.approx(oracle.pvalue, rel=1e-12)
    assert (judged.low, judged.high) == pytest.approx((low, high), rel=1e-12)
    assert judged.paired


def test_other_seeds_are_compared_by_welch():
    base, new = by_seed([0.1, 0.4, 0.2, 0.7]), by_seed([1.3, 1.1, 2.5, 1.8, 1.4], first=20)
    judged = non_inferior(base, new, 0.1)
    oracle = stats.ttest_ind(new - 0.1, base, equal_var=False, alternative="greater")
    assert judged.p == pytest.approx(oracle.pvalue, rel=1e-12)
    assert not judged.paired


def test_the_aggregate_adds_groups_with_satterthwaites_degrees_of_freedom():
    rng = np.random.default_rng(5)
    eight = [Arms(by_seed(rng.normal(size=8)), by_seed(rng.normal(size=8))) for _ in range(3)]
    three = [Arms(by_seed(rng.normal(size=3)), by_seed(rng.normal(size=3)))]
    whole = combined([*eight, *three])
    means = np.mean([arm.new - arm.base for arm in eight], axis=0), (three[0].new - three[0].base).to_numpy()
    v = [(0.75 * means[0].std(ddof=1)) ** 2 / 8, (0.25 * means[1].std(ddof=1)) ** 2 / 3]
    assert whole.mean == pytest.approx(0.75 * means[0].mean() + 0.25 * means[1].mean())
    assert whole.error == pytest.approx(math.sqrt(sum(v)))
    assert whole.freedom == pytest.approx(sum(v) ** 2 / (v[0] ** 2 / 7 + v[1] ** 2 / 2))


@pytest.mark.parametrize("values", [[0.3], [0.3, 0.1, 0.7], [0.3, math.inf, 0.1]])
def test_identical_bits_pass_whatever_the_number_of_seeds(values):
    judged = non_inferior(by_seed(values), by_seed(values), 0.1)
    assert (judged.verdict, judged.note) == (Verdict.PASS, "identical bits")
    assert math.isnan(judged.p)


def test_one_seed_says_nothing():
    judged = non_inferior(by_seed([0.3]), by_seed([9.0]), 0.1)
    assert (judged.verdict, judged.note, judged.needed) == (
        Verdict.INCONCLUSIVE,
        "one seed has no spread",
        None,
    )


@pytest.mark.parametrize(("margin", "verdict"), [(0.5, Verdict.REGRESSION), (1.5, Verdict.PASS)])
def test_seeds_that_all_move_by_the_very_same_are_exact(margin, verdict):
    """Closed forms have no noise: what they moved by is known, as one of many comparisons too."""
    judged = [non_inferior(by_seed(np.zeros(2)), by_seed(np.ones(2)), margin) for _ in range(20)]
    assert {one.verdict for one in family(judged)} == {verdict}


@pytest.mark.parametrize(("ratio", "seeds"), [(0.5, 51), (1, 14), (1.5, 8), (2, 5), (3, 4)])
def test_what_cannot_be_resolved_names_the_seeds_that_would(ratio, seeds):
    # Two seeds whose d has standard deviation sqrt(2): each run's own sigma is 1. `power` has its own oracle.
    judged = non_inferior(by_seed([0.0, 0.0]), by_seed([1.0, -1.0]), ratio)
    assert judged.verdict is Verdict.INCONCLUSIVE
    assert judged.needed == seeds


def test_qualifiers():
    steady = by_seed([0.20, 0.21, 0.19, 0.2, 0.2])
    assert non_inferior(by_seed(np.zeros(5)), steady, 0.5).note == "worse, within the margin"
    suspect = by_seed([0.1, 0.5, 0.3, 0.6, 0.35])
    judged = non_inferior(by_seed(np.zeros(5)), suspect, 0.3)
    assert (judged.verdict, judged.note) == (Verdict.INCONCLUSIVE, "suspect")


def test_a_divergence_that_the_base_lacks_never_passes():
    base = by_seed([0.0, 0.1, 0.2, 0.1, 0.3, 0.2, 0.1, 0.0])
    better = base - 1 + 0.01 * np.arange(8)
    better[3] = math.inf
    judged = non_inferior(base, better, 0.1)
    assert (judged.verdict, judged.note) == (
        Verdict.INCONCLUSIVE,
        "1 more seed diverged than in the base",
    )
    # One that the base has too is no reason: the rest decides.
    lost = base.copy()
    lost[3] = math.inf
    assert non_inferior(lost, better, 0.1).verdict is Verdict.PASS
    assert non_inferior(lost, base - 1 + 0.01 * np.arange(8), 0.1).verdict is Verdict.PASS


@pytest.mark.parametrize("lost", [4, 5])
def test_divergences_are_a_regression_where_fishers_exact_test_says_so(lost):
    base = by_seed(np.linspace(0, 1, 8))
    new = (base - 1).where(np.arange(8) >= lost, math.inf)
    oracle = stats.fisher_exact([[lost, 8 - lost], [0, 8]], alternative="greater").pvalue
    judged = non_inferior(base, new, 0.1)
    assert judged.p == pytest.approx(oracle)
    assert (judged.verdict is Verdict.REGRESSION) == (oracle < 0.05)
    assert judged.diverged == (0, lost)


def test_a_method_that_diverges_in_both_runs_is_no_worse():
    lost = by_seed([math.inf] * 4)
    assert non_inferior(lost, lost, 0.1).verdict is Verdict.PASS


def test_a_lone_alarm_among_many_comparisons_is_suspect():
    rng = np.random.default_rng(6)
    quiet = [non_inferior(*two_runs(rng, -1.0), 0.2) for _ in range(9)]
    weak = non_inferior(by_seed(np.zeros(8)), by_seed(0.2 + 0.02 * np.arange(8)), 0.2)
    assert 0.05 / 10 < weak.p < 0.05 or weak.p < 0.005
    barely = non_inferior(by_seed(np.zeros(4)), by_seed([0.25, 0.3, 0.5, 0.6]), 0.2)
    assert (barely.verdict, barely.p > 0.005) == (Verdict.REGRESSION, True)
    (*_, last) = family([*quiet, barely])
    assert last.verdict is Verdict.INCONCLUSIVE
    assert "10 comparisons" in last.note
    same = non_inferior(by_seed([1.0, 2.0]), by_seed([1.0, 2.0]), 0.2)
    (*_, alone) = family([same] * 9 + [barely])
    assert alone.verdict is Verdict.REGRESSION


def test_harm_is_on_the_metrics_scale_and_more_is_worse():
    x = by_seed([0.5, 2.0, math.inf])
    assert Yardstick("log", "lower").harm(x).tolist() == pytest.approx([math.log(0.5), math.log(2), math.inf])
    assert Yardstick("log", "higher").harm(x).tolist() == pytest.approx([math.log(2), -math.log(2), math.inf])
    assert Yardstick("identity", "target", target=1.0).harm(x).tolist() == [0.5, 1.0, math.inf]
    shares = Yardstick("logit", "higher", trials=9).harm(by_seed([0.5, 1.0])).tolist()
    assert shares == pytest.approx([0.0, -math.log(9.5 / 0.5)])  # (k + 1/2)/(m + 1) of 9 draws: 9.5/10
    assert math.isnan(Yardstick("log", "lower").harm(by_seed([0.0]))[0])


def test_margins_are_shares_of_the_base_on_the_log_scale_and_units_elsewhere():
    base = by_seed([0.0, 0.2])
    assert Yardstick("log", "lower").margin(0.1, base) == pytest.approx(math.log(1.1))
    assert Yardstick("log", "higher").margin(0.1, base) == pytest.approx(-math.log(0.9))
    assert Yardstick("identity", "lower").margin(0.1, base) == 0.1
    # A share of .8 of many draws may fall to .7: logits of both.
    share = Yardstick("logit", "higher", trials=1e9)
    harm = share.harm(by_seed([0.8, 0.8]))
    assert share.margin(0.1, harm) == pytest.approx(math.log(0.8 / 0.2) - math.log(0.7 / 0.3), rel=1e-6)
    assert share.told(share.margin(0.1, harm), harm) == pytest.approx(-0.1, rel=1e-6)


@pytest.mark.parametrize(("better", "ratio"), [("lower", 1.62), ("higher", 0.62)])
def test_a_change_is_told_as_the_values_own(better, ratio):
    base = by_seed([1.0, 2.0])
    yardstick = Yardstick("log", better)
    d = (yardstick.harm(ratio * base) - yardstick.harm(base)).mean()
    assert d > 0 or better == "lower"
    assert yardstick.told(float(d), yardstick.harm(base)) == pytest.approx(ratio - 1)


def test_a_metric_without_a_better_direction_has_no_yardstick():
    assert Yardstick.of({"better": "neither", "scale": "log"}) is None
    assert Yardstick.of({"better": "higher", "scale": "logit"}).scale == "identity"
    assert Yardstick.of({"better": "higher", "scale": "logit"}, trials=500).scale == "logit"
