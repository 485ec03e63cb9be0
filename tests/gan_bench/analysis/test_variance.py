"""The split of variance against simulation with known parts, and what it refuses."""

import math

import numpy as np
import pandas as pd
import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.variance import levels_of, two_levels


def simulated(rng, seeds, draws, between, within):
    return between * rng.standard_normal((seeds, 1)) + within * rng.standard_normal((seeds, draws))


def test_by_hand():
    # Means 1 and 5, draws 1 apart from them: MS_seeds = 2 * 8 = 16, MS_draws = 2, (16 - 2) / 2 = 7.
    found = two_levels(np.array([[0.0, 2.0], [4.0, 6.0]]))
    assert found.within == pytest.approx(math.sqrt(2))
    assert found.between == pytest.approx(math.sqrt(7))
    assert found.ratio == pytest.approx(math.sqrt(7 / 2))
    assert (found.seeds, found.draws) == (2, 2)


def test_many_seeds_give_both_parts_back():
    found = two_levels(simulated(np.random.default_rng(0), 20_000, 3, 0.6, 0.2))
    # Standard errors: 1 % of each at 20,000 seeds, four of them allowed.
    assert found.between == pytest.approx(0.6, rel=0.03)
    assert found.within == pytest.approx(0.2, rel=0.03)


@pytest.mark.parametrize(("seeds", "between"), [(5, 0.6), (8, 0.6), (8, 0.1)])
def test_the_interval_of_the_ratio_covers_95_per_cent(seeds, between):
    rng, truth, runs = np.random.default_rng(1), between / 0.2, 1500
    inside = 0
    for _ in range(runs):
        found = two_levels(simulated(rng, seeds, 3, between, 0.2))
        inside += found.low <= truth <= found.high
    # Exact under normality; four standard errors of a share of .95 in 1500 are .0225.
    assert abs(inside / runs - 0.95) < 0.0225


def test_no_spread_between_models_is_none_and_not_negative():
    found = two_levels(np.array([[0.0, 2.0], [2.0, 0.0], [0.0, 2.0]]))
    assert (found.between, found.ratio, found.low) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (np.ones((1, 3)), "needs two seeds"),
        (np.ones((4, 1)), "needs two seeds"),
        (np.repeat([[1.0], [2.0]], 3, axis=1), "do not differ"),
    ],
)
def test_what_cannot_be_split_says_why(values, note):
    found = two_levels(values)
    assert math.isnan(found.ratio)
    assert note in found.note


@pytest.mark.parametrize("values", [np.array([[1.0, math.inf], [1.0, 2.0]]), np.ones(3)])
def test_values_that_are_no_finite_table_are_refused(values):
    with pytest.raises(ValueError, match="finite table"):
        two_levels(values)


def test_cells_are_split_on_the_log_scale_and_lost_seeds_named(synthetic):
    outcome = synthetic.trained("gan", "ring8", 4, {3: 100})
    ends = outcome.rows.query("metric == 'w1'")
    ends = ends[(ends.step == ends.step.max()) & (ends["at"] == ends["at"].max())].set_index("seed").value
    again = outcome.rows.iloc[: 2 * len(ends)].copy()
    again["seed"], again["metric"], again["axis"] = np.repeat(ends.index, 2), "w1_redrawn", "draw"
    again["at"], again["step"] = np.tile([1.0, 2.0], len(ends)), 400
    again["value"] = np.repeat(ends.to_numpy(), 2) * np.tile([0.9, 1.1], len(ends))
    outcome.rows = pd.concat([outcome.rows, again], ignore_index=True)
    (line,) = levels_of(cells_of([outcome, synthetic.perfect("ring8")])).itertuples()
    draws = np.log(np.c_[ends * 0.9, ends * 1.1, ends])
    direct = two_levels(draws[:3])
    assert (line.method, line.dataset, line.seeds, line.draws) == ("gan", "ring8", 3, 3)
    assert line.within == pytest.approx(direct.within)
    assert line.ratio == pytest.approx(direct.ratio)
    assert line.note == "1 of 4 seeds left out"
