"""The perfect sampler's band: quantiles, selection by metric and sample size."""

import pytest

from gan_bench.analysis.bands import band
from gan_bench.analysis.cells import Cell
from gan_bench.harness.outcome import Outcome, Row, frame_from_rows


@pytest.fixture
def measured(synthetic):
    """Makes a perfect sampler's cell out of (metric, at, values)."""

    def cell(*parts):
        job = synthetic.perfect("ring8").job
        rows = [
            Row(0, k, metric, v, axis="n", at=at)
            for metric, at, values in parts
            for k, v in enumerate(values)
        ]
        return Cell("perfect-sampler", (Outcome(job, frame_from_rows(job, rows), {}),))

    return cell


def test_quantiles_of_an_even_ladder(measured):
    found = band(measured(("w1", 500, [float(i) for i in range(21)])), "w1", 500)
    assert (found.low, found.median, found.high, found.n) == pytest.approx((1.0, 10.0, 19.0, 21))


def test_only_the_metric_and_size_asked_for(measured):
    mixed = measured(("w1", 500, [1.0, 2.0]), ("w1", 256, [50.0]), ("js", 500, [99.0]))
    assert band(mixed, "w1", 500).median == pytest.approx(1.5)
    assert band(mixed, "w1", 256).median == pytest.approx(50)
    assert band(mixed, "w1").n == 3


def test_nothing_measured_gives_no_band(measured):
    assert band(None, "w1", 500) is None
    assert band(measured(), "w1", 500) is None
    assert band(measured(("w1", 500, [float("nan")])), "w1", 500) is None
    assert band(measured(("w1", 500, [1.0])), "js", 500) is None
