"""Verdicts: each rule against SciPy's tests, published intervals, and its own opposite."""

import math

import numpy as np
import pytest
from scipy import stats

from gan_bench.analysis.verdicts import (
    Part,
    Verdict,
    at_least,
    at_most,
    contradicted,
    exactly,
    untested,
    verdict,
    verdict_of_part,
    within,
)

VALUES = [1.9, 2.1, 2.4, 2.0, 2.2, 1.8, 2.3, 2.1]


def test_a_mean_beyond_its_margin_is_confirmed_and_below_its_negation_refuted():
    assert verdict([at_least("x", VALUES, 1.5)]) is Verdict.CONFIRMED
    assert verdict([at_least("x", VALUES, 2.1)]) is Verdict.INCONCLUSIVE
    assert verdict([at_least("x", VALUES, 2.6)]) is Verdict.REFUTED
    assert verdict([at_most("x", VALUES, 2.6)]) is Verdict.CONFIRMED
    assert verdict([at_most("x", VALUES, 1.5)]) is Verdict.REFUTED


@pytest.mark.parametrize("margin", [1.7, 2.0, 2.05, 2.3])
def test_one_sided_parts_agree_with_scipy(margin):
    above = stats.ttest_1samp(VALUES, margin, alternative="greater").pvalue
    part = at_least("x", VALUES, margin)
    assert part.holds == (above <= 0.025)
    assert part.against == pytest.approx(1 - above, rel=1e-9)
    assert part.interval.low == pytest.approx(stats.ttest_1samp(VALUES, 0).confidence_interval().low)
    mirrored = at_most("x", [-v for v in VALUES], -margin)
    assert (mirrored.holds, mirrored.against) == (part.holds, pytest.approx(part.against))


def test_an_interval_of_a_share_stays_a_share():
    shares = [0.1, 0.2, 0.9]
    part, plain = (at_least("s", shares, 0.5, unit=unit) for unit in ("share", ""))
    assert plain.interval.low < 0
    assert plain.interval.high > 1
    assert (part.interval.low, part.interval.high) == (0.0, 1.0)
    assert (part.holds, part.against) == (plain.holds, plain.against)


def test_the_margin_of_the_negation_may_differ():
    """Between the two margins nothing is said."""
    assert verdict([at_least("x", VALUES, 3.0, refuted_below=1.0)]) is Verdict.INCONCLUSIVE
    assert verdict([at_most("x", VALUES, 1.0, refuted_above=3.0)]) is Verdict.INCONCLUSIVE
    assert verdict([at_least("x", VALUES, 3.0, refuted_below=2.5)]) is Verdict.REFUTED


def test_an_equivalence_is_two_one_sided_tests_at_five_per_cent():
    # 90 % interval of VALUES, from SciPy.
    ends = stats.ttest_1samp(VALUES, 0).confidence_interval(0.90)
    assert within("x", VALUES, ends.low - 1e-6, ends.high + 1e-6).holds
    assert not within("x", VALUES, ends.low + 1e-6, 9).holds
    assert not within("x", VALUES, -9, ends.high - 1e-6).holds
    assert verdict([within("x", VALUES, 3, 4)]) is Verdict.REFUTED
    assert verdict([within("x", VALUES, 0, 1)]) is Verdict.REFUTED
    assert verdict([within("x", VALUES, 2.1, 4)]) is Verdict.INCONCLUSIVE


def test_claims_at_their_margin_are_confirmed_in_two_and_a_half_per_cent():
    """The rule's own error rate: 20,000 draws, 4 standard errors around .025."""
    draws = np.random.default_rng(3).normal(1.0, 0.5, (20_000, 5))
    confirmed = np.mean([at_least("x", row, 1.0).holds for row in draws[:4000]])
    assert confirmed == pytest.approx(0.025, abs=4 * math.sqrt(0.025 * 0.975 / 4000))
    refuted = np.mean([at_least("x", row, 1.0).against <= 0.025 for row in draws[4000:8000]])
    assert refuted == pytest.approx(0.025, abs=4 * math.sqrt(0.025 * 0.975 / 4000))


def test_one_seed_and_lost_seeds_never_confirm():
    assert verdict([at_least("x", [5.0], 1.0)]) is Verdict.INCONCLUSIVE
    lost = at_least("x", VALUES, 1.0, planned=9)
    assert not lost.holds
    assert lost.note == "8 of 9 seeds"
    assert verdict([lost]) is Verdict.INCONCLUSIVE
    assert verdict([at_least("x", [], 1.0)]) is Verdict.NOT_TESTED


def test_values_without_spread_are_judged_by_the_sign_test():
    """Six equal signs have p = 1/64 < .025, five have 1/32."""
    assert verdict([at_least("x", [1.0] * 6, 0.5)]) is Verdict.CONFIRMED
    assert verdict([at_least("x", [1.0] * 6, 1.5)]) is Verdict.REFUTED
    assert verdict([at_least("x", [1.0] * 5, 0.5)]) is Verdict.INCONCLUSIVE
    assert verdict([at_least("x", [1.0] * 5, 1.5)]) is Verdict.INCONCLUSIVE
    assert verdict([at_least("x", [1.0] * 6, 1.0)]) is Verdict.INCONCLUSIVE
    assert "no spread" in at_least("x", [1.0] * 4, 0.5).interval.note


def test_infinite_values_are_judged_by_the_sign_test():
    """One infinite value must not decide: it may be one diverged seed of two."""
    assert verdict([at_least("x", [math.inf, 3.0], 1.0)]) is Verdict.INCONCLUSIVE
    assert verdict([at_least("x", [math.inf, *[3.0] * 5], 1.0)]) is Verdict.CONFIRMED
    assert verdict([at_least("x", [math.inf, 0.0, *[4.0] * 6], 1.0)]) is Verdict.INCONCLUSIVE
    assert verdict([at_most("x", [math.inf] * 6, 1.0)]) is Verdict.REFUTED
    expected = stats.binomtest(6, 6, alternative="greater").pvalue
    assert at_most("x", [math.inf] * 6, 1.0).against == pytest.approx(expected)
    assert verdict([at_least("x", [math.nan, 3.0], 1.0)]) is Verdict.INCONCLUSIVE


def test_a_tolerance_needs_no_seeds():
    assert verdict([exactly("x", 1 + 1e-10, 1, 1e-9)]) is Verdict.CONFIRMED
    assert verdict([exactly("x", 1 - 2e-9, 1, 1e-9)]) is Verdict.REFUTED
    assert verdict([exactly("x", math.nan, 1, 1e-9)]) is Verdict.REFUTED


def _part(against: float, holds: bool = False) -> Part:
    made = exactly("x", 0, 0, 1)
    return Part("x", made.interval, holds, against)


def test_holms_procedure_by_hand():
    # Sorted .004, .01, .02 against .025/3 = .0083, .025/2 = .0125, .025: all pass; .02 alone would not.
    assert contradicted([_part(0.02), _part(0.004), _part(0.01)]) == [True, True, True]
    # .009 exceeds .025/3, so the procedure stops at once.
    assert contradicted([_part(0.009), _part(0.3), _part(0.5)]) == [False, False, False]
    # .012 passes at .025/2 only after .001 passed at .025/3; .03 does not pass.
    assert contradicted([_part(0.03), _part(0.012), _part(0.001)]) == [False, True, True]
    # An untested part does not count among them: .012 <= .025/2.
    assert contradicted([untested("y", "absent"), _part(0.012), _part(0.9)]) == [False, True, False]


def test_exact_parts_take_no_place_in_holms_correction():
    """Sixty closed forms that hold must not hide a part that is refuted alone, nor be refuted by it."""
    close = [exactly("x", 0, 0, 1)] * 60
    assert contradicted([_part(0.0021), *close]) == [True] + [False] * 60
    assert contradicted([_part(0.9), exactly("x", 2, 0, 1)]) == [False, True]


def test_an_equivalence_shows_the_interval_that_it_is_judged_by():
    part = within("x", VALUES, 1.9, 2.3)
    ends = stats.ttest_1samp(VALUES, 0).confidence_interval(0.90)
    assert (part.interval.low, part.interval.high) == pytest.approx((ends.low, ends.high))
    assert part.note == "90% interval"


def test_one_contradicted_part_refutes_and_all_must_hold_to_confirm():
    good, open_, bad = _part(1.0, holds=True), _part(0.4), _part(0.0)
    assert verdict([good, good]) is Verdict.CONFIRMED
    assert verdict([good, open_]) is Verdict.INCONCLUSIVE
    assert verdict([good, bad]) is Verdict.REFUTED
    assert verdict([good, untested("y", "absent")]) is Verdict.INCONCLUSIVE
    assert verdict([untested("y", "absent")]) is Verdict.NOT_TESTED
    found = [verdict_of_part(p, c) for p, c in zip([good, bad], contradicted([good, bad]), strict=True)]
    assert found == [Verdict.CONFIRMED, Verdict.REFUTED]
    assert verdict_of_part(open_, False) is Verdict.INCONCLUSIVE
    assert verdict_of_part(untested("y", "absent"), False) is Verdict.NOT_TESTED


def test_nobody_there_is_said_with_the_number_planned():
    assert at_least("x", [], 1.0, planned=4).note == "none of 4 seeds has a value"
