"""Best, last and mean over training in a table; who still improves by a rule that is stated."""

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.leaderboard import leaderboard
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.report.progress import progress, trend

STEPS = (0, 10, 50, 100)


def curves(factor, seeds=4, noise=0.05):
    """Value 1 at every snapshot but the last, there about `factor`."""
    last = factor * np.exp(noise * np.random.default_rng(3).normal(size=seeds))
    return pd.DataFrame([np.ones(seeds)] * 3 + [last], index=STEPS, columns=range(seeds))


@pytest.fixture
def cell(synthetic):
    return cells_of([synthetic.trained("gan", "ring8", 4)])[0]


@pytest.mark.parametrize(
    ("factor", "falls", "rises"), [(0.5, True, False), (1.0, False, False), (2.0, False, True)]
)
def test_trend_says_falling_only_where_the_interval_does(cell, factor, falls, rises):
    found = trend(cell, curves(factor))
    assert (found.since, found.improving, found.worsening) == (50, falls, rises)
    logs = np.log(curves(factor).iloc[-1])
    half = stats.t.ppf(0.975, 3) * logs.std(ddof=1) / 2
    expected = [math.exp(logs.mean() + side * half) for side in (0, -1, 1)]
    assert [found.ratio, found.low, found.high] == pytest.approx(expected)


def test_trend_needs_two_seeds_with_spread_and_positive_values(cell):
    assert trend(cell, curves(0.5, seeds=1)) is None
    assert trend(cell, curves(0.5, noise=0.0)) is None
    assert trend(cell, curves(0.5) - 1.0) is None
    assert trend(cell, curves(0.5).iloc[:1]) is None


def test_trend_is_of_surviving_seeds_and_none_where_all_are_lost(cell):
    table = curves(0.5)
    table.loc[100, 3] = np.nan
    assert trend(cell, table).ratio == pytest.approx(math.exp(np.log(table.loc[100, :2]).mean()))
    lost = dict.fromkeys(range(4), SeedStatus(Status.DIVERGED, 60))
    outcome = dataclasses.replace(cell.outcomes[0], status=lost)
    assert trend(cells_of([outcome])[0], table) is None


def test_a_diverged_seed_makes_the_table_worse(synthetic):
    s = synthetic
    cells = cells_of([s.trained("gan", "ring8", 3), s.trained("sngan", "ring8", 3, {0: 5, 1: 5})])
    shown = progress(leaderboard(cells, None, "training", "ring8"))
    by_label = {line.label: [entry.value for entry in line.entries] for line in shown.lines}
    assert math.isinf(by_label["sngan"][2])
    assert math.isfinite(by_label["gan"][2])
    # Medians over seeds of the best value: by hand, from the made-up rows.
    rows = cells[0].of("w1", 256)
    best = rows.groupby("seed")["value"].min().median()
    assert by_label["gan"][0] == pytest.approx(best)
    # Seeds that are lost take part in no trend, and the made-up W1 of gan is level in the end.
    assert {line.label: line.trend.partition(":")[0] for line in shown.lines} == {
        "gan": "level",
        "sngan": "\N{EN DASH}",
    }
    assert shown.sentence == "No method was measurably improving at the last step."


@pytest.mark.parametrize(("factor", "word"), [(0.3, "Still improving"), (3.0, "Getting worse")])
def test_who_moves_at_the_end_is_told(synthetic, factor, word):
    made = synthetic.trained("gan", "ring8", 4)
    late = (made.rows["metric"] == "w1") & (made.rows["step"] == 2000)
    rows = made.rows.assign(value=made.rows["value"].where(~late, made.rows["value"] * factor))
    cells = cells_of([dataclasses.replace(made, rows=rows), synthetic.trained("sngan", "ring8", 4)])
    shown = progress(leaderboard(cells, None, "training", "ring8"))
    assert shown.sentence.startswith(f"{word} at the last step: gan.")
    assert ("those of this budget" in shown.sentence) is (factor < 1)


def test_no_curve_is_no_table(synthetic):
    cells = cells_of([synthetic.not_run("gan", "ring8")])
    assert progress(leaderboard(cells, None, "training", "ring8")) is None
