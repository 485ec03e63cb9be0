"""Scales there and back, and what a margin means on each."""

import math

import numpy as np
import pytest
from scipy.special import expit, logit

from gan_bench.analysis.scales import bounds, from_scale, size_of, to_scale


@pytest.mark.parametrize(
    ("scale", "values", "trials"),
    [
        ("log", [0.01, 1.0, 70.0], None),
        ("identity", [-3.0, 0.0, 2.5], None),
        ("logit", [0.0, 0.25, 1.0], 40),
    ],
)
def test_there_and_back(scale, values, trials):
    there = to_scale(np.array(values), scale, trials)
    assert np.isfinite(there).all()
    assert [from_scale(float(y), scale, trials) for y in there] == pytest.approx(values, abs=1e-12)


def test_shares_follow_the_shrunken_logit():
    # (k + 1/2) / (m + 1) with k = 30 of m = 40.
    assert to_scale(np.array([0.75]), "logit", 40)[0] == pytest.approx(logit(30.5 / 41), rel=1e-12)
    with pytest.raises(ValueError, match="number of draws"):
        to_scale(np.array([0.5]), "logit")


@pytest.mark.parametrize("scale", ["log", "identity", "logit"])
def test_infinity_stays_and_what_has_no_place_is_no_number(scale):
    there = to_scale(np.array([math.inf, math.nan, -1.0]), scale, 10)
    assert there[0] == math.inf
    assert math.isnan(there[1])
    assert math.isnan(there[2]) == (scale != "identity")
    assert math.isnan(from_scale(math.nan, scale, 10))


def test_sizes_are_ratios_differences_and_points():
    assert size_of(math.log(1.62), -2.0, "log") == pytest.approx(1.62)
    assert size_of(0.3, 5.0, "identity") == 0.3
    before, after = to_scale(np.array([0.9, 0.7]), "logit", 500)
    assert size_of(after - before, before, "logit", 500) == pytest.approx(-0.2, abs=1e-12)


def test_margins_on_every_scale():
    assert bounds(0.05, -3.0, "log") == pytest.approx((-math.log(1.05), math.log(1.05)))
    assert bounds(0.05, -4.0, "identity") == pytest.approx((-0.2, 0.2))
    low, high = bounds(0.05, float(logit(0.5)), "logit", 1e9)
    assert expit([low, high]) == pytest.approx([0.45, 0.55], abs=1e-6)
    # At the end of the range there is nothing above; the margin below is whole.
    low, high = bounds(0.05, float(to_scale(np.array([1.0]), "logit", 100)[0]), "logit", 100)
    assert high == pytest.approx(0, abs=1e-12)
    assert from_scale(low + float(to_scale(np.array([1.0]), "logit", 100)[0]), "logit", 100) == pytest.approx(
        0.95
    )
