"""Order, shared ranks, losses and what the test says on a leaderboard."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from gan_bench.analysis.cells import cells_of, reference_of
from gan_bench.analysis.leaderboard import leaderboard
from gan_bench.analysis.palette import DASHES, HUES, looks
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows


def outcome(method, values, diverged=0, failed=0):
    seeds = tuple(range(len(values) + diverged + failed))
    job = Job("training", method, "ring8", seeds)
    kinds = [Status.COMPLETED] * len(values) + [Status.DIVERGED] * diverged + [Status.ERROR] * failed
    rows = [Row(seed, 9, "w1", value, axis="n", at=500) for seed, value in enumerate(values)]
    return Outcome(
        job, frame_from_rows(job, rows), {s: SeedStatus(k) for s, k in zip(seeds, kinds, strict=True)}
    )


def board(*outcomes, reference=None):
    return leaderboard(cells_of(outcomes), reference, "training", "ring8")


def names(made):
    return [(s.rank, s.cell.label) for s in made.standings]


def around(centre):
    """Five seeds within 2 % of a value: of two centres 10 % apart the lower wins every pair."""
    return [centre * factor for factor in (0.98, 0.99, 1.0, 1.01, 1.02)]


def test_order_is_by_geometric_mean():
    # Arithmetic means would order them the other way round: .505 against .4.
    made = board(outcome("even", [0.4, 0.4001]), outcome("spread", [0.01, 1.0]))
    assert [s.cell.label for s in made.standings] == ["spread", "even"]


def test_lost_seeds_come_after_whole_methods_and_count_as_infinitely_far():
    made = board(
        outcome("lossy", [0.1, 0.1], diverged=4),
        outcome("whole", [0.5, 0.6, 0.55, 0.65]),
        outcome("dead", [], diverged=4),
    )
    # Two of six seeds of lossy win all their pairs, four lose all: no test tells it from whole.
    assert names(made) == [(1, "whole"), (1, "lossy"), (None, "dead")]
    lossy, dead = made.standings[1:]
    assert (lossy.median, lossy.worst) == (math.inf, math.inf)
    assert lossy.interval.centre == pytest.approx(0.1)
    assert lossy.better.probability == pytest.approx(4 / 6)
    assert (dead.diverged, dead.interval.n, dead.worst) == (4, 0, math.inf)
    assert (dead.better.probability, dead.separate) == (1.0, True)


def test_failed_seeds_are_no_finding_about_the_method():
    made = board(outcome("broken", around(0.1), failed=2), outcome("whole", around(0.5)))
    assert [s.cell.label for s in made.standings] == ["whole", "broken"]
    broken = made.standings[1]
    assert (broken.unfinished, broken.worst) == (2, pytest.approx(0.102))
    # They have no part in the test either: the five that ended win all 25 pairs.
    assert (broken.better.probability, broken.rank, broken.separate) == (0.0, 1, False)


def test_nothing_ran():
    made = board(outcome("broken", [], failed=2))
    assert (made.best, names(made)) == (None, [(None, "broken")])
    assert math.isnan(made.standings[0].median)


def test_methods_that_are_not_told_from_the_best_share_its_rank():
    made = board(
        outcome("best", around(1.0)),
        outcome("far", around(3.0)),
        outcome("near", around(1.005)),
        outcome("further", around(9.0)),
    )
    assert names(made) == [(1, "best"), (1, "near"), (3, "far"), (4, "further")]
    assert [s.separate for s in made.standings] == [None, False, True, True]
    assert made.best.cell.label == "best"
    assert made.best.better is None


def test_a_wide_method_that_is_not_told_stands_beside_the_best_whatever_its_mean():
    wide = outcome("wide", [0.9, 0.95, 1.0, 1.05, 400.0])
    made = board(outcome("best", around(1.0)), outcome("clear", around(1.1)), wide)
    assert names(made) == [(1, "best"), (1, "wide"), (3, "clear")]


def test_the_test_is_scipys_and_its_direction_is_that_of_lower_values():
    mine, others = [0.10, 0.12, 0.13, 0.15, 0.16], [0.14, 0.17, 0.18, 0.21, 0.25]
    near = board(outcome("a", mine), outcome("b", others)).standings[1].better
    oracle = stats.mannwhitneyu(mine, others, alternative="two-sided", method="exact")
    assert near.probability == pytest.approx(1 - oracle.statistic / 25)
    assert near.p == pytest.approx(oracle.pvalue)


def test_three_seeds_never_tell_and_that_is_said():
    made = board(outcome("a", [0.10, 0.11, 0.12]), outcome("c", [1.0, 1.1, 1.2]), outcome("d", [0.5]))
    assert names(made) == [(1, "a"), (1, "d"), (1, "c")]
    assert {s.separate for s in made.standings} == {None}
    assert made.standings[2].better.p == pytest.approx(0.1)
    assert made.standings[2].better.note == "needs 4 seeds a side"


def test_lost_seeds_take_part_as_worst():
    one = board(outcome("a", around(1.0)), outcome("b", around(0.9)[:4], diverged=1)).standings[1]
    assert (one.cell.label, one.separate) == ("b", False)
    most = board(outcome("a", around(1.0)), outcome("b", [0.88], diverged=7)).standings[1]
    pool = [*around(1.0), 0.88, *[math.inf] * 7]
    assert most.better.probability == pytest.approx(7 / 8)
    assert most.better.p == pytest.approx(_enumerated(pool, 5))
    assert most.separate is (most.better.p < 0.05 and most.better.low > 0.5)


def _enumerated(pool, n):
    """Two-sided p of the first n against the rest, over all choices of n."""
    ranks = stats.rankdata(pool)
    middle = n * (len(pool) + 1) / 2
    sums = [ranks[list(way)].sum() for way in itertools.combinations(range(len(pool)), n)]
    return np.mean(np.abs(np.array(sums) - middle) >= abs(ranks[:n].sum() - middle) - 1e-9)


def test_collapse_is_judged_by_the_truths_modes(synthetic):
    cells = cells_of(synthetic.standard_run().outcomes)
    made = leaderboard(cells, reference_of(cells, "training", "ring8"), "training", "ring8")
    assert {s.cell.label: s.collapsed for s in made.standings}["gan"] == 8
    assert {s.cell.label: s.collapsed for s in made.standings}["sngan"] == 0
    assert np.isclose(made.bands["w1"].n, 24)


def test_perfect_sampler_is_no_contestant(synthetic):
    cells = cells_of(synthetic.standard_run().outcomes)
    made = leaderboard(cells, None, "training", "ring8")
    assert "perfect-sampler" not in {s.cell.label for s in made.standings}
    assert (made.bands, made.standings[0].collapsed) == ({}, None)


def test_looks_differ_in_more_than_colour():
    found = looks([f"m{i}" for i in range(28)])
    assert len({(look.colour, look.dashes) for look in found.values()}) == 28
    first = [found[f"m{i}"] for i in range(7)]
    assert [look.colour for look in first] == list(HUES)
    assert len({look.dashes for look in first}) == len(DASHES) == 7
    assert len({look.marker for look in first}) == 7
