"""Two samples of one distribution: what is planned, and what every discriminator leaves behind."""

import json
import math

import numpy as np
import pytest
import torch

from gan_bench.cli import main
from gan_bench.data.toy import build_dataset
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.separability.naming import HELD_OUT, STEPS, TRAIN, axis_of, width_of
from gan_bench.experiments.separability.plan import plan
from gan_bench.experiments.separability.run import CONVERGED, minibatches, run, samples
from gan_bench.experiments.separability.settings import Settings
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.seeds import Streams

FAST = {"name": "gan", "learning_rate": 3e-3, "betas": [0.9, 0.999]}
TINY = {
    "sizes": [8], "widths": [32], "noise_coordinates": [20], "layers": 2, "batch_size": 8, "steps": 60,
    "check_every": 20, "held_out": 100,
}  # fmt: skip
CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")


def planned(context=CONTEXT, seeds=(0, 1, 2), **changes):
    settings = Settings(**{"methods": [FAST], "datasets": ["ring8"], **TINY, **changes})
    return plan(settings, seeds, context)


def execute(job):
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


def values(outcome, metric, width=32, n=8):
    rows = outcome.rows.query("metric == @metric and at == @n")
    return rows[rows.axis == axis_of(width)].sort_values("seed").value.to_numpy()


# --- plan


def test_a_job_per_method_data_set_and_number_of_noise_coordinates():
    jobs = planned(methods=["gan", "dragan"], datasets=["ring8", "moons"], noise_coordinates=[5, 0])
    assert [(job.dataset, job.method) for job in jobs] == [
        (dataset, method)
        for dataset in ("ring8", "ring8 + 5 noise", "moons", "moons + 5 noise")
        for method in ("gan", "dragan")
    ]
    assert len({job.key for job in jobs}) == len(jobs)
    assert all(json.loads(json.dumps(job.settings, allow_nan=False)) == job.settings for job in jobs)
    assert {job.settings["device"] for job in jobs} == {"cpu"}


def test_only_the_first_seeds_when_the_settings_say_so():
    settings = Settings(methods=["gan"], datasets=["ring8"], seeds=2)
    assert plan(settings, (3, 4, 5), CONTEXT)[0].seeds == (3, 4)


def test_the_order_of_a_sweep_does_not_make_another_job():
    (one,) = planned(widths=[2, 8], sizes=[4, 16])
    (two,) = planned(widths=[8, 2, 8], sizes=[16, 4])
    assert one.key == two.key
    assert planned(widths=[8], sizes=[16, 4])[0].key != one.key


@pytest.mark.parametrize(("method", "reason"), [
    ("wgan-clip", "not trained by cross-entropy"),
    ("sngan", "not trained by cross-entropy"),
    ("pacgan2", "packs of 2"),
    ("nsgan-gp", ""),
])  # fmt: skip
def test_a_method_whose_scores_bound_no_js_is_skipped_with_the_reason(method, reason):
    (job,) = planned(methods=[method])
    assert reason in job.skip
    assert bool(job.skip) == bool(reason)


def test_added_and_selected_methods_are_taken_in():
    context = PlanContext(CONTEXT.where, "cpu", added=("r1",))
    assert [job.method for job in planned(context)] == ["gan", "r1"]
    context = PlanContext(CONTEXT.where, "cpu", methods=("r1",))
    assert [job.method for job in planned(context)] == ["r1"]
    assert planned(PlanContext(CONTEXT.where, "cpu", datasets=("grid25",)))[0].dataset == "grid25 + 20 noise"


def test_a_users_objective_takes_part_and_one_without_js_is_skipped(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "from gan_bench.methods.objectives import Minimax, Wasserstein\n"
        "class Mine(Minimax):\n    pass\n"
        "class Other(Wasserstein):\n    pass\n"
    )
    mine, other = planned(methods=["mine.py:Mine", "mine.py:Other"], steps=5)
    assert not mine.skip
    assert "cross-entropy" in other.skip
    outcome = execute(mine)
    assert set(outcome.rows.metric) == {TRAIN, HELD_OUT, STEPS}
    assert set(outcome.rows.seed) == {0, 1, 2}


@pytest.mark.parametrize(("line", "message"), [
    ("widths = []", "widths: must not be empty"),
    ("widths = [0]", "widths"),
    ("sizes = [1]", "sizes"),
    ("noise_coordinates = [-1]", "noise_coordinates"),
    ("layers = 0", "layers: should be greater than or equal to 1, not 0"),
    ("wdiths = [3]", 'unknown key "wdiths" - did you mean "widths"?'),
])  # fmt: skip
def test_bad_settings_are_one_line_and_exit_code_4(tmp_path, monkeypatch, capsys, line, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.toml").write_text(
        '[suite]\nname = "toy"\nseeds = 2\ndevice = "cpu"\n[[experiment]]\n'
        'kind = "gan_bench.experiments.separability:EXPERIMENT"\n'
        f'methods = ["gan"]\ndatasets = ["ring8"]\n{line}\n'
    )
    assert main(["run", "toy.toml"]) == 4
    (complaint,) = capsys.readouterr().err.splitlines()
    assert complaint.startswith("gan-bench: toy.toml: experiment 1: ")
    assert message in complaint


# --- samples


def test_samples_are_fixed_per_seed_and_the_four_of_them_independent():
    dataset = build_dataset("ring8")
    streams = Streams((0, 1))
    training, held_out = (samples(dataset, 3, 50, streams, part) for part in ("training", "held-out"))
    again = samples(dataset, 3, 50, streams, "training")
    assert training.real.shape == (2, 50, 5)
    assert torch.equal(training.real, again.real)
    assert torch.equal(training.fake, again.fake)
    alone = samples(dataset, 3, 50, Streams((1,)), "training")
    assert torch.equal(training.real[1:], alone.real)
    every = [training.real, training.fake, held_out.real, held_out.fake]
    flat = torch.stack([x[..., 2:].flatten() for x in every])
    assert torch.corrcoef(flat).fill_diagonal_(0).abs().max() < 0.25  # 4.3 standard errors of 300 values
    assert torch.cdist(training.real[0], training.real[1]).min() > 0


def test_minibatches_hold_points_of_the_sample_alone_and_reach_all_of_them():
    streams = Streams((0, 1))
    points = torch.arange(2 * 20, dtype=torch.float32).reshape(2, 20, 1).expand(2, 20, 3)
    assert torch.equal(minibatches(points, 20, "real")(streams), points)
    source = minibatches(points, 8, "real")
    drawn = torch.cat([source(streams) for _ in range(40)], 1)
    assert drawn.shape == (2, 320, 3)
    assert set(drawn[0, :, 0].tolist()) == set(range(20))
    assert set(drawn[1, :, 0].tolist()) == set(range(20, 40))
    assert (drawn == drawn[..., :1]).all()


# --- run


def test_a_wide_one_memorises_and_a_narrow_one_does_not():
    # As many fresh points as training points: the two must not be the same.
    (job,) = planned(widths=[1, 64], sizes=[16], batch_size=16, held_out=16)
    outcome = execute(job)
    wide, narrow = values(outcome, TRAIN, 64, 16), values(outcome, TRAIN, 1, 16)
    assert (wide > 0.95 * math.log(2)).all()
    assert (narrow < 0.6 * math.log(2)).all()
    # Never clipped: sure of itself and wrong.
    assert (values(outcome, HELD_OUT, 64, 16) < -0.1).all()
    assert {row.metric for row in outcome.rows.itertuples()} == {TRAIN, HELD_OUT, STEPS}


def test_each_seed_stops_at_its_own_first_check_at_the_ceiling():
    (job,) = planned(sizes=[8], steps=200, check_every=10)
    outcome = execute(job)
    steps = values(outcome, STEPS)
    reached = values(outcome, TRAIN) >= CONVERGED - 1e-6
    assert ((steps < 200) <= reached).all()
    assert (steps % 10 == 0).all()
    assert len(set(steps)) > 1
    for k, seed in enumerate((0, 1, 2)):
        (alone,) = planned(seeds=(seed,), sizes=[8], steps=200, check_every=10)
        own = execute(alone)
        assert values(own, STEPS) == pytest.approx([steps[k]])
        for metric in (TRAIN, HELD_OUT):
            assert values(own, metric) == pytest.approx([values(outcome, metric)[k]], rel=1e-4)


def test_a_budget_that_ends_is_the_last_value_whatever_check_every_says():
    (job,) = planned(widths=[1], steps=7, check_every=5)
    assert values(execute(job), STEPS, 1).tolist() == [7.0, 7.0, 7.0]


def test_seeds_that_diverge_say_so_and_leave_no_row_from_then_on():
    bad = {"name": "gan", "learning_rate": 1e38, "optimiser": "sgd"}
    (job,) = planned(methods=[bad], sizes=[8, 16])
    outcome = execute(job)
    assert {status.status for status in outcome.status.values()} == {Status.DIVERGED}
    assert all("width 32, n = 8" in status.message for status in outcome.status.values())
    assert outcome.rows.empty


def test_names_of_coordinates_can_be_read_back():
    assert [width_of(axis_of(width)) for width in (1, 128)] == [1, 128]
    assert np.unique([axis_of(1), axis_of(11)]).size == 2
