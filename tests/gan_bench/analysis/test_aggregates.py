"""Aggregates and scores, against rliable's definitions recomputed by hand and scipy's trimmed mean."""

import math

import numpy as np
import pytest
from scipy import stats

from gan_bench.analysis.aggregates import (
    aggregates,
    improvements,
    iqm,
    optimality_gap,
    profile,
    winsorised,
)
from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.scores import groups, scores
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows

INF = math.inf


def outcome(method, dataset, values, diverged=0, failed=0):
    seeds = tuple(range(len(values) + diverged + failed))
    job = Job("training", method, dataset, seeds)
    kinds = [Status.COMPLETED] * len(values) + [Status.DIVERGED] * diverged + [Status.ERROR] * failed
    rows = [Row(seed, 9, "w1", value, axis="n", at=500) for seed, value in enumerate(values)]
    states = {s: SeedStatus(k) for s, k in zip(seeds, kinds, strict=True)}
    return Outcome(job, frame_from_rows(job, rows), states)


def perfect(dataset, value=0.1):
    return outcome("perfect-sampler", dataset, [0.5 * value, value, 2 * value])


def group(*outcomes):
    (found,) = groups(scores(cells_of(outcomes)))
    return found


A8 = [0.20, 0.22, 0.19, 0.30, 0.21, 0.25, 0.18, 0.24]


@pytest.mark.parametrize("n", [3, 4, 5, 8, 10, 32])
def test_iqm_is_scipys_trimmed_mean(n):
    x = np.random.default_rng(n).normal(size=(6, n))
    assert iqm(x) == pytest.approx(stats.trim_mean(x, 0.25, axis=1), rel=1e-12)


@pytest.mark.parametrize("n", [3, 8, 10])
def test_what_moves_the_iqm_are_winsorised_scores(n):
    x = np.random.default_rng(n).normal(size=n)
    assert winsorised(x) == pytest.approx(np.asarray(stats.mstats.winsorize(x, limits=(0.25, 0.25))))
    assert winsorised(np.array([-INF, 1.0, 2.0, 9.0])).tolist() == [1.0, 1.0, 2.0, 2.0]


def test_infinities_are_trimmed_first_and_never_become_nan():
    assert iqm(np.array([-INF, -1.0, -2.0, -3.0])) == pytest.approx(-2.5)
    assert iqm(np.array([-INF, -INF, -2.0, -3.0])) == -INF
    assert optimality_gap(np.array([-INF, 5.0])) == INF


def test_the_gap_does_not_reward_beyond_a_perfect_sampler():
    assert optimality_gap(np.array([-1.0, 3.0])) == pytest.approx(0.5)


def test_scores_are_logs_against_the_perfect_sampler_and_count_losses():
    frame = scores(cells_of([outcome("a", "ring8", [0.1, 0.2], 1, 2), perfect("ring8")]))
    assert frame["score"].tolist() == pytest.approx([0.0, -math.log(2), -INF], abs=1e-12)
    assert frame["value"].tolist() == [0.1, 0.2, INF]
    assert set(frame["planned"]) == {5}
    assert set(frame["label"]) == {"W1"}


def test_a_score_does_not_depend_on_who_else_is_there():
    mine, other = outcome("a", "ring8", A8), outcome("b", "ring8", [9.0] * 8)
    alone, both = (scores(cells_of([*some, perfect("ring8")])) for some in ([mine], [mine, other]))
    assert alone["score"].tolist() == both.loc[both["method"] == "a", "score"].tolist()


def test_only_methods_on_the_same_data_sets_and_who_was_left_out():
    found = group(
        *(outcome(m, d, A8) for m in ("a", "b") for d in ("ring8", "grid25")),
        outcome("c", "ring8", A8),
        outcome("a", "swiss-roll", A8),
        outcome("a", "banana", A8),
        *map(perfect, ("ring8", "grid25", "swiss-roll")),
    )
    assert (found.methods, found.datasets) == (("a", "b"), ("ring8", "grid25"))
    assert found.left_out == (
        "c is left out: no seed of it ended on grid25.",
        "swiss-roll is left out: not every method here has a seed that ended on it.",
        "banana is left out: no perfect sampler was measured on it.",
    )


def test_without_a_perfect_sampler_there_is_nothing_to_put_together():
    assert groups(scores(cells_of([outcome("a", "ring8", A8)]))) == []
    assert groups(scores([])) == []


def test_aggregates_by_hand_with_losses_told():
    made = group(
        outcome("a", "ring8", A8[:6], 1, 1), outcome("a", "grid25", A8), *map(perfect, ("ring8", "grid25"))
    )
    frame = aggregates(made).set_index("measure")
    values = np.sort([*(math.log(0.1 / v) for v in [*A8[:6], *A8]), -INF])
    assert frame.loc["iqm", "centre"] == pytest.approx(values[3:-3].mean())
    assert frame.loc["iqm", "n"] == 15
    assert frame.loc["iqm", "note"] == "1 of 15 seeds diverged; 1 of 16 seeds did not finish"
    assert frame.loc["iqm", "low"] < frame.loc["iqm", "centre"] < frame.loc["iqm", "high"]
    assert frame.loc["optimality_gap", "centre"] == INF


def test_improvements_hold_both_ways_and_tell_the_better():
    datasets = ("ring8", "grid25")
    made = group(
        *(outcome("far", d, [3 * v for v in A8]) for d in datasets),
        *(outcome("near", d, A8) for d in datasets),
        *map(perfect, datasets),
    )
    frame = improvements(made).set_index(["method", "other"])
    near, far = frame.loc[("near", "far")], frame.loc[("far", "near")]
    assert (near.probability, near.better, far.better) == (1.0, True, False)
    assert (far.probability, far.low, far.high) == pytest.approx((0, 0, 1 - near.low))
    assert near.p == far.p == pytest.approx(2 / math.comb(16, 8) ** 2)


def test_of_many_methods_only_the_best_is_compared():
    factors = {"far": 3.0, "near": 1.0, "middle": 2.0}
    made = group(*(outcome(m, "ring8", [k * v for v in A8]) for m, k in factors.items()), perfect("ring8"))
    pairs = {(row.method, row.other) for row in improvements(made, most=2).itertuples()}
    assert pairs == {("near", "far"), ("far", "near"), ("near", "middle"), ("middle", "near")}
    whole = improvements(made, most=3)
    assert list(whole["method"]) == ["far", "far", "near", "near", "middle", "middle"]


def test_the_profile_is_the_share_above_and_ends_at_nothing():
    made = group(outcome("a", "ring8", A8[:6], 2), perfect("ring8"))
    frame = profile(made)
    values = np.array([*(math.log(0.1 / v) for v in A8[:6]), -INF, -INF])
    assert frame["share"].tolist() == [np.mean(values > tau) for tau in frame["tau"]]
    # Two of eight diverged: three quarters is the most it reaches.
    assert (frame["share"].iloc[0], frame["share"].iloc[-1]) == (0.75, 0.0)
    assert (frame["low"] <= frame["share"]).all()
    assert (frame["share"] <= frame["high"]).all()
    lost = profile(group(outcome("a", "ring8", [], 3), perfect("ring8")))
    assert lost.empty
