"""The perfect sampler's band: quantiles, selection by metric and sample size."""

import pandas as pd
import pytest

from gan_bench.analysis.bands import band


def rows(values, metric="w1", at=500.0):
    return pd.DataFrame({"metric": metric, "at": at, "value": values})


def test_quantiles_of_an_even_ladder():
    found = band(rows([float(i) for i in range(21)]), "w1", 500)
    assert (found.low, found.median, found.high, found.n) == pytest.approx((1.0, 10.0, 19.0, 21))


def test_only_the_metric_and_size_asked_for():
    mixed = pd.concat([rows([1.0, 2.0]), rows([50.0], at=256.0), rows([99.0], metric="js")])
    assert band(mixed, "w1", 500).median == pytest.approx(1.5)
    assert band(mixed, "w1", 256).median == pytest.approx(50)
    assert band(mixed, "w1").n == 3


def test_nothing_measured_gives_no_band():
    assert band(rows([]), "w1", 500) is None
    assert band(rows([float("nan")]), "w1", 500) is None
    assert band(rows([1.0]), "js", 500) is None
