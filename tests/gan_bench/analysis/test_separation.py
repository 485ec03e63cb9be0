"""A board that tells no methods apart says so, and how many seeds would."""

import numpy as np
import pandas as pd
import pytest

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.leaderboard import leaderboard
from gan_bench.analysis.power import seeds_needed
from gan_bench.analysis.separation import Inconclusive, inconclusive
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows

SPREAD = np.array([-0.30, 0.05, 0.25, -0.10, 0.12])


def outcome(method, values, diverged=0):
    seeds = tuple(range(len(values) + diverged))
    job = Job("training", method, "ring8", seeds)
    kinds = [Status.COMPLETED] * len(values) + [Status.DIVERGED] * diverged
    rows = [Row(seed, 9, "w1", float(value), axis="n", at=500) for seed, value in enumerate(values)]
    return Outcome(
        job, frame_from_rows(job, rows), {s: SeedStatus(k) for s, k in zip(seeds, kinds, strict=True)}
    )


def board(*outcomes):
    return leaderboard(cells_of(outcomes), None, "training", "ring8")


# Reversed, so that pairing the seeds does not cancel their spread.
BEST, NEAR, FURTHER = np.exp(SPREAD), np.exp(SPREAD[::-1] + 0.05), np.exp(SPREAD[::-1] + 0.15)


def test_names_the_pair_that_the_fewest_seeds_would_tell_apart():
    made = board(outcome("best", BEST), outcome("near", NEAR), outcome("further", FURTHER))
    found = inconclusive(made)
    # Independent arms, as the test takes them: no seed of one is a seed of the other.
    apart = [pd.Series(values, range(k, k + 5)) for k, values in ((0, FURTHER), (10, BEST))]
    expected = seeds_needed(*apart, "log").seeds
    assert found == Inconclusive("best", True, "further", expected, 5)
    assert expected > 5


def test_silent_where_a_method_stands_apart_or_alone():
    clear = board(outcome("best", BEST), outcome("near", NEAR), outcome("far", 20 * BEST))
    assert inconclusive(clear) is None
    assert inconclusive(board(outcome("best", BEST))) is None
    assert inconclusive(board()) is None
    assert inconclusive(board(outcome("none", [], diverged=0), outcome("best", BEST))) is None


def test_losing_every_seed_tells_a_method_apart():
    dead = outcome("dead", [], diverged=4)
    assert inconclusive(board(dead, outcome("best", BEST))) is None
    assert inconclusive(board(dead, outcome("best", BEST), outcome("near", NEAR))) is None


@pytest.mark.parametrize("n", [1, 2, 3])
def test_fewer_than_four_seeds_cannot_tell_and_four_are_named(n):
    found = inconclusive(board(outcome("a", np.arange(1, n + 1)), outcome("b", np.arange(91, 91 + n))))
    assert found == Inconclusive("a", all_overlap=False, seeds=4, trained=n)
    four = board(outcome("a", [1, 2, 3, 4]), outcome("b", [91, 92, 93, 94]))
    assert inconclusive(four) is None


def test_survivors_say_nothing_of_how_many_seeds_would_tell():
    # Few seeds would tell the survivors apart, but they are the lucky ones.
    lossy = outcome("lossy", 0.2 * NEAR, diverged=1)
    made = board(outcome("best", BEST), outcome("near", NEAR), lossy)
    assert inconclusive(made).other == "near"
    assert inconclusive(board(outcome("best", BEST), lossy)) == Inconclusive("best", True)


def test_more_seeds_are_named_than_have_failed_to_tell():
    """By the power of a t test the four at hand would do; one of 16 pairs the other way, and p is .057."""
    best, near = np.array([1.0, 1.01, 1.01, 1.03]), np.array([1.029, 1.06, 1.06, 1.07])
    assert seeds_needed(pd.Series(best), pd.Series(near, range(10, 14)), "log").seeds <= 4
    made = board(outcome("best", best), outcome("near", near))
    assert made.standings[1].better.p == pytest.approx(4 / 70)
    assert inconclusive(made) == Inconclusive("best", True, "near", 5, 4)


def test_equal_methods_need_a_number_that_cannot_be_said():
    made = board(outcome("a", BEST), outcome("b", BEST))
    assert inconclusive(made) == Inconclusive("a", True)
