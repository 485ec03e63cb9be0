"""Bands of a perfect sampler: quantiles by hand, independent draws."""

from __future__ import annotations

import math

import numpy as np
import pytest

import toy_distributions as td
from gan_bench.errors import UsageError
from gan_bench.metrics.bands import Band, band
from gan_bench.scoring import perfect_draws


def test_band_by_hand():
    # 0, 1, ..., 20, shuffled: the quantiles fall on the values 1, 10 and 19.
    values = np.random.default_rng(0).permutation(21.0 * np.arange(21) / 21)
    floor = band(values)
    assert (floor.low, floor.median, floor.high) == pytest.approx((1.0, 10.0, 19.0))


def test_position_of_a_value():
    floor = Band(median=2.0, low=1.0, high=3.0, n=24)
    assert [floor.position(x) for x in (0.9, 1.0, 2.5, 3.0, 3.1)] == [
        "below",
        "inside",
        "inside",
        "inside",
        "above",
    ]
    assert floor.position(math.nan) == "undefined"
    assert band([math.nan] * 24).position(1.0) == "undefined"


def test_too_few_draws_are_refused():
    with pytest.raises(UsageError, match="at least 20 draws"):
        band([0.1] * 19)


def test_draws_are_independent_and_follow_the_seed():
    truth = td.get("ring8")
    draws = perfect_draws(truth, 50, seed=0, purpose="test", draws=24)
    assert draws.shape == (24, 50, 2)
    assert len({tuple(cloud.flatten().tolist()) for cloud in draws}) == 24
    assert draws.equal(perfect_draws(truth, 50, seed=0, purpose="test", draws=24))
    assert not draws.equal(perfect_draws(truth, 50, seed=1, purpose="test", draws=24))
    # Not stratified: 24 draws of 50 points do not all hold the same number of points per mode.
    right = (draws[:, :, 0] > 0.9).sum(1)
    assert len(set(right.tolist())) > 1
