"""Outcomes gathered into cells, end values of the right seeds, curves with lost seeds."""

import math

import numpy as np
import pandas as pd
import pytest

from gan_bench.analysis.cells import cells_of, curve_size, end_size, end_values, reference_of
from gan_bench.analysis.curves import last_points, layer_profile, median_curve, seed_curves
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows


def outcome(rows, status, method="gan", settings=None, seeds=None):
    job = Job("training", method, "ring8", tuple(seeds or status), settings or {})
    return Outcome(job, frame_from_rows(job, rows), status)


DONE, LOST = SeedStatus(Status.COMPLETED), SeedStatus(Status.DIVERGED, 7)


def test_blocks_of_seeds_of_one_cell_are_joined():
    cells = cells_of(
        [outcome([Row(0, 5, "w1", 1.0, 2.0)], {0: DONE}), outcome([Row(1, 5, "w1", 3.0, 4.0)], {1: DONE})]
    )
    assert len(cells) == 1
    assert list(cells[0].status) == [0, 1]
    assert end_values(cells[0], "w1").tolist() == [1.0, 3.0]
    assert cells[0].seconds == pytest.approx(6.0)


def test_the_same_name_with_other_settings_is_another_cell():
    cells = cells_of([outcome([], {0: DONE}, settings={"steps": s}) for s in (10, 20)])
    assert [cell.label for cell in cells] == ["gan #1", "gan #2"]


def test_a_seed_that_reached_the_last_step_and_failed_there_has_no_end_value():
    broken = SeedStatus(Status.ERROR)
    (cell,) = cells_of([outcome([Row(0, 9, "w1", 1.0), Row(1, 9, "w1", 5.0)], {0: DONE, 1: broken})])
    assert cell.completed == (0,)
    assert end_values(cell, "w1").to_dict() == {0: 1.0}


def test_end_values_leave_out_diverged_seeds_and_earlier_steps():
    rows = [
        Row(0, 0, "w1", 9.0),
        Row(0, 5, "w1", 1.0),
        Row(1, 0, "w1", 9.0),
        Row(2, 0, "w1", 9.0),
        Row(2, 5, "w1", math.nan),
    ]
    (cell,) = cells_of([outcome(rows, {0: DONE, 1: LOST, 2: DONE})])
    # Seed 2 ended with a number that is none: its value at an earlier step must not stand in for it.
    assert end_values(cell, "w1").to_dict() == {0: 1.0}


def test_sizes_of_curves_and_ends():
    rows = [Row(0, s, "w1", 1.0, axis="n", at=256) for s in (0, 1, 5)] + [
        Row(0, 5, "w1", 2.0, axis="n", at=500)
    ]
    (cell,) = cells_of([outcome(rows, {0: DONE})])
    assert (curve_size([cell], "w1"), end_size([cell], "w1")) == (256.0, 500.0)
    assert math.isnan(curve_size([cell], "js"))
    assert end_values(cell, "w1", 500).tolist() == [2.0]


def test_seeds_without_a_status_are_not_run():
    (cell,) = cells_of([outcome([], {}, seeds=(0, 1))])
    assert cell.counts == {Status.NOT_RUN: 2}


def test_the_perfect_sampler_of_the_right_data_set(synthetic):
    cells = cells_of(synthetic.standard_run().outcomes)
    found = reference_of(cells, "training", "grid25")
    assert found.is_reference
    assert set(found.rows["dataset"]) == {"grid25"}
    assert reference_of(cells, "training", "moons") is None


def test_curves_and_where_a_diverged_seed_breaks_off():
    rows = [Row(0, s, "w1", v) for s, v in ((0, 4.0), (5, 2.0))] + [
        Row(1, 0, "w1", 6.0),
        Row(1, 5, "w1", math.inf),
    ]
    (cell,) = cells_of([outcome(rows, {0: DONE, 1: LOST})])
    curves = seed_curves(cell, "w1")
    expected = pd.DataFrame({0: [4.0, 2.0], 1: [6.0, np.nan]}, index=[0, 5])
    pd.testing.assert_frame_equal(curves, expected, check_index_type=False, check_column_type=False)
    assert last_points(cell, curves) == [(0.0, 6.0)]


def test_median_counts_diverged_seeds_as_infinitely_bad():
    curves = pd.DataFrame(
        {0: [1.0, 1.0, 1.0], 1: [2.0, 2.0, np.nan], 2: [3.0, np.nan, np.nan]}, index=[0, 1, 2]
    )
    assert median_curve(curves, diverged=2).tolist()[:2] == [2.0, 2.0]
    assert math.isnan(median_curve(curves, diverged=2).iloc[2])
    assert median_curve(curves).tolist() == [2.0, 1.5, 1.0]


def test_layers_at_the_last_step():
    rows = [
        Row(seed, step, "g", step + seed + layer, axis="layer", at=layer)
        for seed in (0, 2)
        for step in (0, 5)
        for layer in (0, 1)
    ]
    (cell,) = cells_of([outcome(rows, {0: DONE, 2: DONE})])
    assert layer_profile(cell, "g").to_dict() == {0.0: 6.0, 1.0: 7.0}
