"""Equal budgets on made-up curves with a known answer; the best of tries against enumeration."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gan_bench.analysis.budgets import (
    SECONDS,
    STEPS,
    UPDATES,
    critic_updates,
    equal_budgets,
    expected_best,
    steps_to,
)
from gan_bench.analysis.cells import cells_of
from gan_bench.analysis.rankings import contests
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.methods.presets import PRESETS


def trained(method, steps, value, *, n_critic=1, per_step=0.1, seeds=3, lost=()):
    """Seeds that follow value(step, seed) at the snapshots given; a block costs per_step seconds a step."""
    settings = {"method": {"n_critic": n_critic}, "curve_samples": 10, "end_samples": 10}
    job = Job("training", method, "ring8", tuple(range(seeds)), settings)
    rows = [
        Row(seed, step, "w1", value(step, seed), per_step * step, "n", 10)
        for step in steps
        for seed in range(seeds)
        if not (seed in lost and step == steps[-1])
    ]
    status = {s: SeedStatus(Status.DIVERGED if s in lost else Status.COMPLETED) for s in range(seeds)}
    descriptor = {"w1": {"name": "w1", "scale": "log", "label": "W1"}}
    return Outcome(job, frame_from_rows(job, rows), status, descriptor)


def views(*outcomes):
    (contest,) = contests(cells_of(outcomes), "training")
    return equal_budgets(contest).set_index(["budget", "method"])


def power_law(step, seed):
    return (1 + seed) * 10.0 / max(step, 1) ** 0.5


def test_a_power_law_is_met_exactly_between_snapshots():
    frame = views(trained("a", [0, 10, 1000], power_law), trained("b", [0, 10, 50], power_law))
    line = frame.loc[STEPS, "a"]
    assert (line["at"], line["before"], line["after"], line["seeds"]) == (50, 10, 1000, 3)
    # The geometric mean over seeds 1, 2, 3 times the law at 50 steps.
    assert line["centre"] == pytest.approx(6 ** (1 / 3) * 10 / 50**0.5)
    assert line["median"] == pytest.approx(2 * 10 / 50**0.5)
    assert (frame.loc[STEPS, "b"][["before", "after"]] == 50).all()


def test_three_budgets_cut_at_what_every_method_was_given():
    frame = views(
        trained("cheap", [0, 10, 400], power_law, per_step=0.03),
        trained("dear", [0, 10, 100], power_law, n_critic=5, per_step=0.3),
    )
    assert frame.loc[STEPS, "at"].tolist() == [100, 100]
    assert frame.loc[UPDATES, "at"].tolist() == [400, 400]
    # 400 steps at .03 s for three seeds; the dear one has 10 s of its own for each seed.
    assert frame.loc[SECONDS, "at"].tolist() == pytest.approx([4, 4])
    assert frame.loc[UPDATES, "dear"]["centre"] == pytest.approx(6 ** (1 / 3) * 10 / 80**0.5)
    assert frame.loc[SECONDS, "dear"]["centre"] == pytest.approx(6 ** (1 / 3) * 10 / 40**0.5)


def test_from_a_start_at_which_nothing_was_spent_it_is_linear_in_what_was():
    frame = views(
        trained("a", [0, 100], lambda step, seed: math.exp(-step / 100 + seed)),
        trained("b", [0, 50], power_law),
    )
    assert frame.loc[STEPS, "a"]["centre"] == pytest.approx(math.exp(1 - 0.5))


def test_a_lost_seed_is_infinitely_bad_in_the_median_and_named():
    frame = views(trained("a", [0, 10, 100], power_law, lost=(0, 1)), trained("b", [0, 10, 100], power_law))
    line = frame.loc[STEPS, "a"]
    assert (line["seeds"], line["lost"], line["note"]) == (1, 2, "1 of 3 survived")
    assert math.isinf(line["median"])
    assert line["centre"] == pytest.approx(3 * 10 / 100**0.5)


def test_one_method_alone_has_nothing_to_be_equal_to():
    assert views(trained("a", [0, 10, 100], power_law)).empty


WARMED_UP = replace(PRESETS["wgan-clip"], critic_warm_up=True)


@pytest.mark.parametrize("method", [PRESETS["gan"], PRESETS["wgan-gp"], WARMED_UP], ids=["1", "5", "warm"])
def test_critic_updates_are_those_that_the_loop_makes(method):
    told = {"n_critic": method.n_critic, "critic_warm_up": method.critic_warm_up}
    made = list(itertools.accumulate(method.critic_steps(step) for step in range(1200)))
    assert [critic_updates(told, step) for step in range(1, 1201)] == made
    assert critic_updates(told, 0) == 0


def test_expected_best_against_every_way_to_draw():
    x = [3.0, 1.0, 1.0, 7.0]
    for tries in (1, 2, 3, 4):
        every = [min(draw) for draw in itertools.product(x, repeat=tries)]
        assert expected_best(x)[tries - 1] == pytest.approx(np.mean(every), rel=1e-12)


def test_expected_best_with_a_diverged_seed_is_infinite_whatever_the_tries():
    assert np.isinf(expected_best([1.0, math.inf, 2.0])).all()
    assert np.isinf(expected_best([1.0] * 199 + [math.inf])).all()
    with pytest.raises(ValueError, match="needs values"):
        expected_best([1.0, math.nan])


def test_steps_to_a_target_count_misses_as_infinite():
    curves = pd.DataFrame({0: [9.0, 2.0, 5.0], 1: [9.0, 8.0, 7.0], 2: [9.0, np.nan, 1.0]}, index=[0, 10, 100])
    assert steps_to(curves, 2.0).to_dict() == {0: 10.0, 1: math.inf, 2: 100.0}
