"""A board that tells no methods apart says so, and how many seeds would."""

import numpy as np
import pandas as pd

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.leaderboard import leaderboard
from gan_bench.analysis.power import seeds_needed
from gan_bench.analysis.separation import inconclusive
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.report.board import open_question

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
    expected = seeds_needed(pd.Series(FURTHER), pd.Series(BEST), "log").seeds
    assert (found.best, found.other, found.seeds, found.trained) == ("best", "further", expected, 5)
    assert expected > 5
    assert open_question(made) == (
        "Inconclusive: the intervals of all methods overlap that of best; telling further from best, the "
        f"easiest pair, at the measured difference and spread takes about {expected} seeds."
    )


def test_silent_where_a_method_stands_apart_or_alone():
    clear = board(outcome("best", BEST), outcome("near", NEAR), outcome("far", 20 * BEST))
    assert inconclusive(clear) is None
    assert open_question(clear) == ""
    assert inconclusive(board(outcome("best", BEST))) is None
    assert inconclusive(board()) is None
    assert inconclusive(board(outcome("dead", [], diverged=3), outcome("best", BEST))) is None


def test_one_seed_has_no_interval_to_overlap():
    made = board(outcome("a", [1.0]), outcome("b", [2.0]))
    assert not inconclusive(made).all_overlap
    assert "no two methods have an interval" in open_question(made)


def test_survivors_are_left_out_and_that_is_said():
    # Few seeds would tell the survivors apart, but they are the lucky ones.
    lossy = outcome("lossy", 0.2 * NEAR, diverged=1)
    made = board(outcome("best", BEST), outcome("near", NEAR), lossy)
    assert inconclusive(made).other == "near"
    assert inconclusive(board(outcome("best", BEST), lossy)) is None
    assert "all methods that kept every seed overlap" in open_question(made)


def test_a_paired_comparison_may_need_fewer_seeds_than_there_are():
    """The same spread in both, seed by seed: intervals overlap though every seed agrees on the order."""
    jitter = np.array([0.001, -0.001, 0.002, 0.0, -0.002])
    made = board(outcome("best", BEST), outcome("near", np.exp(SPREAD + 0.05 + jitter)))
    assert inconclusive(made).seeds <= 5
    assert "only compared seed by seed" in open_question(made)


def test_equal_methods_need_a_number_that_cannot_be_said():
    made = board(outcome("a", BEST), outcome("b", BEST))
    assert inconclusive(made).seeds is None
    assert open_question(made).endswith("how many seeds would tell them apart cannot be said.")
