"""Steps in histories: none where nothing changed, planted ones at their run, the right unit."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gan_bench.analysis.changes import as_frame, find_changes
from gan_bench.analysis.splits import by_counts, by_runs, by_seeds, weights
from gan_bench.analysis.steps import Series

SIGMA = 0.12


def series(values, unit="seed", scale="log", method="m", better="lower", version=(), note=""):
    frame = pd.DataFrame(np.asarray(values, dtype=float))
    where = ("training", method, "ring8", "w1")
    return Series(*where, "W1", frame, scale, unit, better, version=tuple(version), note=note)


def history(rng, *, cells=10, runs=10, seeds=8, repeats=0.0, steps=()):
    """Log-normal values around a level of each seed; steps of cell 0 in sigmas; repeats are equal bits."""
    made = []
    for cell in range(cells):
        noise = SIGMA * rng.normal(size=(runs, seeds))
        for run in np.flatnonzero(rng.random(runs - 1) < repeats) + 1:
            noise[run] = noise[run - 1]
        level = 0.3 * rng.normal(size=seeds)
        for first, height in steps if cell == 0 else ():
            noise[first:] += height * SIGMA
        made.append(series(np.exp(level + noise), method=f"m{cell}"))
    return made


@pytest.mark.parametrize(("runs", "seeds", "repeats"), [(8, 8, 0.0), (8, 8, 0.6), (10, 3, 0.0)])
def test_no_change_shows_in_at_most_5_percent_of_histories(runs, seeds, repeats):
    rng = np.random.default_rng([runs, seeds])
    many = [history(rng, runs=runs, seeds=seeds, repeats=repeats) for _ in range(80)]
    found = sum(bool(find_changes(one)) for one in many)
    # 80 histories at 5 %: 4 expected at most, 10 is 3 standard deviations above; and not never.
    assert 0 < found <= 10


@pytest.mark.parametrize("first", [1, 5, 9])
def test_a_step_of_four_sigmas_is_found_at_its_run(first):
    # Sigma is the spread of one seed from run to run; at the ends only one run stands against nine.
    rng = np.random.default_rng(first)
    made = [find_changes(history(rng, steps=[(first, 4)])) for _ in range(40)]
    hits = sum(any(c.first == first and c.series.method == "m0" for c in found) for found in made)
    assert hits >= 38
    sizes = [c.size[0] for found in made for c in found if c.first == first and c.series.method == "m0"]
    assert np.median(sizes) == pytest.approx(math.exp(4 * SIGMA), rel=0.05)


@pytest.mark.parametrize("steps", [[(3, 4), (7, -4)], [(3, 4), (7, 4)]])
def test_two_steps_are_found(steps):
    rng = np.random.default_rng(7)
    made = [find_changes(history(rng, steps=steps)) for _ in range(25)]
    wanted = [first for first, _ in steps]
    assert sum([c.first for c in found if c.series.method == "m0"] == wanted for found in made) >= 24


def test_identical_runs_never_change_whatever_their_number():
    values = np.tile(np.random.default_rng(0).lognormal(size=8), (30, 1))
    assert find_changes([series(values)]) == ()


def test_a_sure_step_below_the_margin_is_not_told():
    rng = np.random.default_rng(1)
    values = np.exp(rng.normal(size=8) + 0.001 * rng.normal(size=(10, 8)))
    values[5:] *= 1.04
    assert find_changes([series(values)]) == ()
    assert [c.first for c in find_changes([series(values)], margin=0.03)] == [5]


def test_the_frame_tells_where_how_large_and_how_sure():
    rng = np.random.default_rng(2)
    values = np.exp(rng.normal(size=8) + 0.05 * rng.normal(size=(6, 8)))
    values[4:] *= 2
    line = as_frame(find_changes([series(values)])).iloc[0]
    assert (line["last_before"], line["first_after"], line["kind"], line["n"]) == (3, 4, "ratio", 8)
    # Oracle: means of each seed before and after, SciPy's paired t on their logarithms.
    d = np.log(values[4:]).mean(0) - np.log(values[:4]).mean(0)
    low, high = stats.t.interval(0.95, 7, d.mean(), stats.sem(d))
    assert line[["size", "low", "high"]].tolist() == pytest.approx(np.exp([d.mean(), low, high]).tolist())
    assert line["p"] == pytest.approx(5 * stats.ttest_1samp(d, 0).pvalue, rel=1e-9)
    assert not line["better"]


def test_higher_may_be_better():
    values = np.exp(0.01 * np.random.default_rng(2).normal(size=(6, 8)))
    values[3:] *= 2
    assert find_changes([series(values, better="higher")])[0].better is True
    assert find_changes([series(values, better="neither")])[0].better is None


def test_seeds_that_diverge_are_a_change_of_their_own_and_survivors_are_compared():
    rng = np.random.default_rng(4)
    lost = np.zeros((8, 8))
    lost[4:, :5] = 1
    values = np.exp(0.05 * rng.normal(size=(8, 8)))
    values[lost == 1] = math.inf
    found = find_changes([series(values), series(lost, unit="loss", scale="identity", version=range(8))])
    assert [(c.series.unit, c.first) for c in found] == [("loss", 4)]
    assert found[0].size[0] == pytest.approx(5 / 8)
    assert found[0].better is False


def test_losses_of_repeated_runs_are_counted_once():
    lost = np.zeros((12, 8))
    lost[6:, :2] = 1
    trained_anew = series(lost, unit="loss", scale="identity", version=range(12))
    repeated = series(lost, unit="loss", scale="identity", version=[0] * 6 + [1] * 6)
    assert [c.first for c in find_changes([trained_anew])] == [6]
    # 0 of 8 against 2 of 8: Fisher's p is .47.
    assert find_changes([repeated]) == ()
    splits = by_counts(lost, np.array([0] * 6 + [1] * 6))
    assert (splits.difference[5], splits.p[5]) == (
        0.25,
        pytest.approx(stats.fisher_exact([[0, 8], [2, 6]]).pvalue),
    )


def test_a_shared_clock_counts_runs_not_seeds():
    rng = np.random.default_rng(5)
    clock = np.exp(0.02 * rng.normal(size=(12, 1)))
    # 20 % on the last run alone, 10 standard deviations: one against eleven.
    clock[11:] *= 1.25
    (change,) = find_changes([series(clock, unit="run")])
    assert (change.first, change.found.n, change.found.paired) == (11, 12, False)
    oracle = stats.ttest_ind(np.log(clock[11:, 0]), np.log(clock[:11, 0]), equal_var=True)
    assert change.found.p == pytest.approx(oracle.pvalue, rel=1e-9)
    assert change.size[1] < 1.25 < change.size[2]
    # As eight seeds of one spread it would be shown at two runs already.
    assert find_changes([series(clock[10:], unit="run")]) == ()


def test_clocks_without_a_change_are_quiet():
    rng = np.random.default_rng(6)
    many = [
        [series(np.exp(0.1 * rng.normal(size=(10, 1))), unit="run") for _ in range(10)] for _ in range(100)
    ]
    assert 0 < sum(bool(find_changes(one)) for one in many) <= 12


def test_all_splits_at_once_equal_scipy_one_by_one():
    rng = np.random.default_rng(8)
    values = rng.normal(size=(6, 5))
    values[0, 1] = values[4, 2] = math.nan
    with_gaps, clock = by_seeds(values), by_runs(values[:, :1])
    for k in range(1, 6):
        before, after = (_mean_by_seed(side) for side in (values[:k], values[k:]))
        both = np.isfinite(before) & np.isfinite(after)
        assert with_gaps.difference[k - 1] == pytest.approx((after - before)[both].mean())
        assert with_gaps.before[k - 1] == pytest.approx(before[both].mean())
        oracle = stats.ttest_rel(after[both], before[both]).pvalue
        assert with_gaps.p[k - 1] == pytest.approx(oracle, rel=1e-9)
        oracle = stats.ttest_ind(values[k:, 0], values[:k, 0], equal_var=True).pvalue if 1 < k < 5 else None
        assert oracle is None or clock.p[k - 1] == pytest.approx(oracle, rel=1e-9)


def test_the_largest_weighted_difference_leaves_the_least_squares():
    rng = np.random.default_rng(11)
    for _ in range(20):
        values = rng.normal(size=(7, 3))
        runs = values.mean(axis=1)
        left = [
            ((runs[:k] - runs[:k].mean()) ** 2).sum() + ((runs[k:] - runs[k:].mean()) ** 2).sum()
            for k in range(1, 7)
        ]
        assert np.argmax(np.abs(by_seeds(values).difference) * weights(7)) == np.argmin(left)


def _mean_by_seed(side):
    return np.array(
        [column[np.isfinite(column)].mean() if np.isfinite(column).any() else math.nan for column in side.T]
    )


def test_other_seeds_on_either_side_are_compared_unpaired():
    rng = np.random.default_rng(9)
    values = np.full((6, 16), math.nan)
    values[:3, :8] = np.exp(SIGMA * rng.normal(size=(3, 8)))
    values[3:, 8:] = np.exp(0.6 + SIGMA * rng.normal(size=(3, 8)))
    found = find_changes([series(values)])
    assert [(c.first, c.found.paired) for c in found] == [(3, False)]
    before, after = np.log(values[:3, :8]).mean(0), np.log(values[3:, 8:]).mean(0)
    oracle = stats.ttest_ind(after, before, equal_var=False)
    assert found[0].found.p == pytest.approx(oracle.pvalue, rel=1e-9)
