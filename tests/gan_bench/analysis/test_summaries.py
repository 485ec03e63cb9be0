"""Curves in five numbers, against tables worked out by hand."""

import math

import numpy as np
import pandas as pd
import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.curves import seed_curves
from gan_bench.analysis.summaries import (
    COLUMNS,
    SUMMARY,
    cell_summaries,
    curve_summaries,
    median_summary,
)


def curves(**columns):
    return pd.DataFrame({int(name[1:]): values for name, values in columns.items()}, index=[0, 1, 3, 5])


def test_five_numbers_by_hand():
    made = curve_summaries(curves(s7=[10.0, 4.0, 2.0, 6.0]))
    # Trapezoids: 7 over one step, 2 x 3 and 2 x 4 over two each, 21 over a span of 5. Above 4: 10 and 6.
    assert list(made.columns) == list(SUMMARY)
    assert made.loc[7].tolist() == pytest.approx([2.0, 3.0, 6.0, 4.2, 0.5])


def test_the_first_of_equal_bests_counts_and_twice_the_best_is_not_above_it():
    row = curve_summaries(curves(s0=[4.0, 2.0, 4.0, 2.0])).loc[0]
    assert (row["best_step"], row["above_twice_best"]) == (1, 0)


def test_best_hides_what_last_and_mean_show():
    made = curve_summaries(curves(s0=[100.0, 10.0, 10.0, 10.0], s1=[100.0, 9.0, 80.0, 90.0]))
    better = made.loc[1] < made.loc[0]
    assert (better["best"], better["last"], better["area"]) == (True, False, False)
    assert made["above_twice_best"].tolist() == [0.25, 0.75]


def test_a_diverged_seed_is_infinitely_bad_where_it_has_no_value():
    gap = [8.0, 4.0, math.nan, math.nan]
    lost = curve_summaries(curves(s0=gap), lost=[0]).loc[0]
    assert (lost["best"], lost["best_step"], lost["last"], lost["area"]) == (4, 1, math.inf, math.inf)
    assert lost["above_twice_best"] == 0.5
    # The same gap of a seed that did not diverge was only not measured.
    kept = curve_summaries(curves(s0=gap)).loc[0]
    assert kept.tolist() == pytest.approx([4, 1, 4, 6, 0])


def test_a_seed_that_diverged_at_once_still_counts():
    made = curve_summaries(curves(s0=[8.0, 4.0, 2.0, 2.0]), lost=[3])
    assert made.index.tolist() == [0, 3]
    assert made.loc[3, ["best", "last", "area"]].tolist() == [math.inf] * 3
    assert made.loc[3, ["best_step", "above_twice_best"]].isna().all()


def test_medians_keep_infinity_and_pass_over_what_is_not_defined():
    made = curve_summaries(curves(s0=[8.0, 4.0, 2.0, 2.0]), lost=[1, 2])
    medians = median_summary(made)
    assert medians["last"] == math.inf
    assert medians["best_step"] == 3


@pytest.mark.parametrize("best", [0.0, -0.01])
def test_twice_a_best_that_is_not_positive_says_nothing(best):
    assert math.isnan(curve_summaries(curves(s0=[1.0, best, 0.5, 0.2])).loc[0, "above_twice_best"])


def test_nothing_and_a_single_snapshot():
    nothing = curve_summaries(curves(s0=[math.nan] * 4)).loc[0]
    assert nothing.isna().all()
    single = curve_summaries(pd.DataFrame({0: [3.0]}, index=[5])).loc[0]
    assert single.tolist() == [3.0, 5.0, 3.0, 3.0, 0.0]


def test_area_is_linear_and_a_constants_is_the_constant():
    rng = np.random.default_rng(3)
    first, second = rng.random(4) + 1, rng.random(4) + 1
    made = curve_summaries(curves(s0=first, s1=second, s2=2 * first + second, s3=[2.5] * 4))
    assert made.loc[2, "area"] == pytest.approx(2 * made.loc[0, "area"] + made.loc[1, "area"], rel=1e-12)
    assert made.loc[3, "area"] == pytest.approx(2.5, rel=1e-12)


def test_a_line_for_every_cell_with_a_curve(synthetic):
    cells = cells_of(synthetic.standard_run().outcomes)
    made = cell_summaries(cells)
    assert tuple(made.columns) == COLUMNS
    # Two of twenty cells have no curve: one failed, one was skipped; the perfect sampler is no method.
    assert len(made) == 18
    assert "perfect-sampler" not in set(made["method"])
    line = made.set_index(["dataset", "method"]).loc[("ring8", "sngan")]
    cell = next(c for c in cells if (c.dataset, c.label) == ("ring8", "sngan"))
    curve = seed_curves(cell, "w1", 256.0)
    assert line["last"] == pytest.approx(curve.iloc[-1].median())
    assert line["best"] == pytest.approx(curve.min().median())
    assert (line["seeds"], line["diverged"]) == (8, 0)


def test_medians_of_a_cell_count_diverged_seeds_as_infinitely_bad(synthetic):
    (line,) = cell_summaries(cells_of([synthetic.trained("wgan-clip", "ring8", diverged=LOST)])).itertuples()
    assert (line.seeds, line.diverged) == (8, 5)
    assert (line.last, line.area) == (math.inf, math.inf)
    assert math.isfinite(line.best)


# Five of eight: the median is lost with them.
LOST = {0: 300, 1: 300, 2: 300, 3: 300, 5: 1500}
