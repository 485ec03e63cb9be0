"""Small curves: where points lie, what a lost seed does to the median, gaps, ranges beyond any picture."""

import dataclasses
import math
import re

import numpy as np
import pytest

from gan_bench.analysis.cells import Cell
from gan_bench.harness.outcome import Row, SeedStatus, Status, frame_from_rows
from gan_bench.report.numbers import MINUS
from gan_bench.report.sparkline import HEIGHT, ROOM, WIDTH, sparklines

POINT = re.compile(r"[ML](-?\d+) (-?\d+)")


@pytest.fixture
def cell(synthetic):
    """Make a cell from curves by seed, step -> value; seeds in `lost` diverged."""

    def made(curves, lost=(), metric="w1"):
        outcome = synthetic.trained("gan", "ring8", len(curves))
        rows = [Row(s, k, metric, v, 0.0) for s, curve in curves.items() for k, v in curve.items()]
        seeds = (*curves, *(s for s in lost if s not in curves))
        job = dataclasses.replace(outcome.job, seeds=seeds)
        ended = {
            s: SeedStatus(Status.DIVERGED, 50) if s in lost else SeedStatus(Status.COMPLETED) for s in seeds
        }
        return Cell(
            "gan", (dataclasses.replace(outcome, job=job, rows=frame_from_rows(job, rows), status=ended),)
        )

    return made


def points(d):
    return [(int(x), int(y)) for x, y in POINT.findall(d)]


def test_points_lie_at_the_logarithms_of_steps_and_values(cell):
    (spark,) = sparklines(cell({0: {0: 100.0, 9: 10.0, 99: 1.0}, 1: {0: 100.0, 9: 1.0, 99: 1.0}}))
    x = [ROOM + (WIDTH - 2 * ROOM) * math.log(1 + k) / math.log(100) for k in (0, 9, 99)]
    # A factor of 10 is half of the range; the median of 10 and 1 is 5.5.
    inside = HEIGHT - 2 * ROOM
    y = [ROOM, ROOM + inside * (2 - math.log10(5.5)) / 2, HEIGHT - ROOM]
    assert points(spark.median) == [(round(a), round(b)) for a, b in zip(x, y, strict=True)]
    assert points(spark.seeds[0])[1] == (round(x[1]), round(ROOM + inside / 2))
    assert points(spark.seeds[1])[1] == (round(x[1]), HEIGHT - ROOM)
    assert (spark.first, spark.last, spark.axis, spark.ended) == ("100", "1", "log", "")
    assert spark.alt == "Wasserstein-1 of gan, median over seeds, from step 0 to 99: 100 to 1"


def test_the_range_holds_every_seed(cell):
    rng = np.random.default_rng(4)
    curves = {
        s: {k: float(v) for k, v in zip((0, 5, 50, 500), rng.uniform(1, 9, 4), strict=True)}
        for s in range(12)
    }
    (spark,) = sparklines(cell(curves))
    around = points(spark.range)
    low, high = around[:4], around[4:][::-1]
    assert len(spark.seeds) == 8
    for seed in spark.seeds:
        for (_, y), (_, bottom), (_, top) in zip(points(seed), low, high, strict=True):
            assert top <= y <= bottom


def test_a_diverged_seed_counts_as_infinitely_far_and_is_marked(cell):
    curves = {0: {0: 4.0, 9: 2.0, 99: 1.0}, 1: {0: 4.0, 9: 2.0, 99: 1.0}, 2: {0: 4.0, 9: 8.0}}
    (spark,) = sparklines(cell(curves, lost=(2,)))
    assert (spark.first, spark.last) == ("4", "1")
    assert spark.ended.count("M") == 1
    assert spark.alt.endswith("; 1 seed diverged")
    # With two more that left no row at all, the third of five is lost: the median breaks off with it.
    (spark,) = sparklines(cell(curves, lost=(2, 3, 4)))
    assert spark.last == "∞"
    assert len(points(spark.median)) == 2
    assert spark.alt.endswith("; 3 seeds diverged")


def test_in_what_does_not_rank_lost_seeds_are_left_out(cell):
    curves = {0: {0: 4.0, 9: -1.0}, 1: {0: 4.0}, 2: {0: 4.0}}
    (spark,) = sparklines(cell(curves, lost=(1, 2), metric="critic_loss"))
    assert (spark.first, spark.last, spark.axis) == ("4", f"{MINUS}1", "linear")


def test_a_gap_begins_a_new_stretch(cell):
    (spark,) = sparklines(cell({0: {0: 4.0, 9: math.nan, 99: 1.0}, 1: {0: 4.0, 9: 2.0, 99: 1.0}}))
    assert re.fullmatch(r"M\d+ \d+M\d+ \d+", spark.seeds[0])


@pytest.mark.parametrize("values", [(1e-300, 1e300), (5.0, 5.0), (-1.7e308, 1.7e308), (0.0, 7.0)])
def test_no_number_leaves_the_picture(cell, values):
    (spark,) = sparklines(cell({0: dict(zip((0, 9), values, strict=True))}))
    assert spark.axis == ("log" if min(values) > 0 else "linear")
    for x, y in points(spark.median) + points(spark.seeds[0]) + points(spark.range):
        assert ROOM <= x <= WIDTH - ROOM
        assert ROOM <= y <= HEIGHT - ROOM


def test_a_large_run_keeps_what_ranks_without_seeds(synthetic):
    cell = Cell("gan", (synthetic.trained("gan", "ring8", 3),))
    usual, large = sparklines(cell), sparklines(cell, many=True)
    assert [spark.label for spark in usual][:2] == ["Wasserstein-1", "critic loss"]
    assert len(usual) == 5
    assert [spark.label for spark in large] == ["Wasserstein-1"]
    assert large[0].seeds == ()
    assert large[0].median == usual[0].median


def test_no_curve_without_two_steps(cell, synthetic):
    assert sparklines(cell({0: {7: 1.0}})) == ()
    assert sparklines(Cell("gan", (synthetic.failed("gan", "ring8", 2),))) == ()
