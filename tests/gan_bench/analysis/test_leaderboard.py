"""Order, ranks, losses and what intervals say on a leaderboard."""

import math

import numpy as np
import pytest

from gan_bench.analysis.cells import cells_of, reference_rows
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


def test_order_is_by_geometric_mean():
    # Arithmetic means would order them the other way round: .505 against .4.
    made = board(outcome("even", [0.4, 0.4001]), outcome("spread", [0.01, 1.0]))
    assert names(made) == [(1, "spread"), (2, "even")]


def test_lost_seeds_come_after_whole_methods_and_count_as_infinitely_far():
    made = board(
        outcome("lossy", [0.1, 0.1], diverged=2),
        outcome("whole", [0.5, 0.6]),
        outcome("dead", [], diverged=4),
    )
    assert names(made) == [(1, "whole"), (2, "lossy"), (None, "dead")]
    lossy, dead = made.standings[1:]
    assert (lossy.median, lossy.worst) == (math.inf, math.inf)
    assert lossy.interval.centre == pytest.approx(0.1)
    assert (dead.diverged, dead.interval.n, dead.worst) == (4, 0, math.inf)


def test_failed_seeds_are_no_finding_about_the_method():
    made = board(outcome("broken", [0.1, 0.2], failed=2), outcome("whole", [0.5, 0.6]))
    assert names(made) == [(1, "whole"), (2, "broken")]
    assert (made.standings[1].unfinished, made.standings[1].worst) == (2, 0.2)


def test_nothing_ran():
    made = board(outcome("broken", [], failed=2))
    assert (made.best, names(made)) == (None, [(None, "broken")])
    assert math.isnan(made.standings[0].median)


def test_separate_only_where_intervals_are_clear_of_the_best():
    made = board(
        outcome("a", [0.10, 0.11, 0.12]),
        outcome("b", [0.11, 0.12, 0.13]),
        outcome("c", [1.0, 1.1, 1.2]),
        outcome("d", [0.5]),
    )
    assert {s.cell.label: s.separate for s in made.standings} == {"a": None, "b": False, "c": True, "d": None}


def test_survivors_intervals_are_not_held_against_the_best():
    made = board(outcome("a", [0.10, 0.11, 0.12]), outcome("b", [0.11, 0.12, 0.13], diverged=1))
    assert made.standings[1].separate is None


def test_collapse_is_judged_by_the_truths_modes(synthetic):
    cells = cells_of(synthetic.standard_run().outcomes)
    made = leaderboard(cells, reference_rows(cells, "training", "ring8"), "training", "ring8")
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
