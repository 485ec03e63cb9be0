"""Meaningful loss: what is planned, how correlations are taken, and what a run leaves behind."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from gan_bench.analysis.cells import cells_of
from gan_bench.cli import main
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.meaningful_loss import EXPERIMENT
from gan_bench.experiments.meaningful_loss.following import correlations, followed
from gan_bench.experiments.meaningful_loss.plan import plan
from gan_bench.experiments.meaningful_loss.settings import Settings
from gan_bench.experiments.measurement import snapshot_steps
from gan_bench.experiments.training.run import run
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.registry import resolve

TINY = {
    "steps": 12, "burn_in": 4, "snapshots": 5, "batch_size": 8, "width": 8, "layers": 1, "samples": 12,
    "reference_draws": 20,
}  # fmt: skip
CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")


def planned(context=CONTEXT, seeds=(0, 1), **changes):
    return plan(Settings(**{"methods": ["gan"], "datasets": ["ring8"], **TINY, **changes}), seeds, context)


def execute(job):
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


# --- plan


def test_jobs_are_those_of_training_under_another_name_with_a_burn_in():
    floor, gan, gp = planned(methods=["gan", {"name": "wgan-gp", "steps": 9}])
    assert {job.experiment for job in (floor, gan, gp)} == {"meaningful-loss"}
    assert floor.method == "perfect-sampler"
    assert "burn_in" not in floor.settings
    assert (gan.settings["steps"], gp.settings["steps"]) == (12, 9)
    for job in (gan, gp):
        assert json.loads(json.dumps(job.settings, allow_nan=False)) == job.settings
        assert (job.settings["burn_in"], job.settings["snapshots"]) == (4, 6)
        assert job.settings["curve_samples"] == job.settings["end_samples"] == 12


def test_only_the_first_seeds_when_the_settings_say_so_but_every_draw_of_the_floor():
    settings = Settings(methods=["gan"], datasets=["ring8"], seeds=2, **TINY)
    floor, gan = plan(settings, (5, 6, 7), CONTEXT)
    assert gan.seeds == (5, 6)
    assert len(floor.seeds) == 20


def test_a_method_all_of_whose_steps_are_burn_in_is_refused():
    with pytest.raises(UsageError, match=r'experiment 1: method "gan": steps = 4 are all burn-in'):
        planned(methods=[{"name": "gan", "steps": 4}])


@pytest.mark.parametrize(("line", "message"), [
    ("burn_in = 1000", "burn_in = 1000 leaves nothing of steps = 1000"),
    ("snapshots = 2", "snapshots: should be greater than or equal to 3, not 2"),
    ("burn_in = 0", "burn_in: should be greater than or equal to 1, not 0"),
    ("datasets = []", "datasets: must not be empty"),
    ("samplse = 20", 'unknown key "samplse" - did you mean "samples"?'),
])  # fmt: skip
def test_bad_settings_are_one_line_and_exit_code_4(tmp_path, monkeypatch, capsys, line, message):
    monkeypatch.chdir(tmp_path)
    datasets = "" if line.startswith("datasets") else 'datasets = ["ring8"]'
    (tmp_path / "toy.toml").write_text(
        '[suite]\nname = "toy"\nseeds = 2\ndevice = "cpu"\n[[experiment]]\n'
        'kind = "gan_bench.experiments.meaningful_loss:EXPERIMENT"\n'
        f'methods = ["gan"]\n{datasets}\n{line}\n'
    )
    assert main(["run", "toy.toml"]) == 4
    (complaint,) = capsys.readouterr().err.splitlines()
    assert complaint.startswith("gan-bench: toy.toml: experiment 1: ")
    assert message in complaint


def test_snapshots_are_log_spaced_from_the_burn_in():
    assert snapshot_steps(400, 4, 25) == [0, 25, 100, 400]
    steps = snapshot_steps(470, 25, 25)
    assert (steps[:2], steps[-1], len(steps)) == ([0, 25], 470, 25)
    ratios = np.diff(np.log(steps[1:]))
    assert ratios.max() / ratios.min() < 1.6  # whole steps: 25, 28 (not 28.4), ...
    assert snapshot_steps(400, 4) == [0, 1, 20, 400]


# --- correlation


def test_correlation_is_spearmans_per_seed():
    rng = np.random.default_rng(1)
    steps, seeds = range(25), (3, 7)
    w1 = pd.DataFrame(rng.random((25, 2)).round(1), steps, seeds)  # with ties
    reported = pd.DataFrame(rng.random((25, 2)).round(1), steps, seeds) + 0.5 * w1
    found = correlations(reported, w1)
    for seed in seeds:
        assert found[seed] == pytest.approx(stats.spearmanr(reported[seed], w1[seed]).statistic, abs=1e-12)
    assert correlations(np.exp(w1), w1).to_numpy() == pytest.approx([1, 1])
    assert correlations(-w1, w1).to_numpy() == pytest.approx([-1, -1])


def test_a_report_that_never_moves_says_nothing_and_gaps_are_left_out():
    w1 = pd.DataFrame({0: [3.0, 2, 1, 0], 1: [3.0, 2, 1, 0], 2: [3.0, 2, 1, 0]})
    reported = pd.DataFrame(
        {0: [0.7] * 4, 1: [6.0, np.nan, 2, 1], 2: [1.0, np.nan, np.nan, 0]}, index=[0, 1, 2, 3]
    )
    found = correlations(reported, w1)
    assert found[0] == 0
    assert found[1] == pytest.approx(1)
    assert 2 not in found


# --- run


def test_a_run_leaves_what_the_claim_needs_and_no_more_than_one_value_a_step():
    outcomes = [execute(job) for job in planned(methods=["gan", "wgan-gp"])]
    gan, gp = followed(cells_of(outcomes))
    assert resolve(EXPERIMENT.run) is run
    assert (gan.metric, gp.metric) == ("js_scores", "critic_gap")
    for f in (gan, gp):
        assert f.w1.shape == f.reported.shape == f.loss.shape == (len(f.w1.index), 2)
        assert list(f.w1.index) == [4, 5, 7, 9, 12]
        assert f.floor.n == 20
        assert f.movement > 0
        rows = f.cell.of("w1")
        assert not rows.duplicated(["seed", "step", "at"]).any()
        assert set(rows["at"]) == {12}
    # The loss is minus what the objective minimises: for a Wasserstein critic its gap on the minibatch.
    rows = gp.cell.of("critic_loss").query("step == 12 and seed == 0")
    assert gp.loss.loc[12, 0] == -rows.value.item()


def test_a_users_objective_takes_part_with_its_gap(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(
        "from gan_bench.methods.objectives import LeastSquares\nclass Mine(LeastSquares):\n    pass\n"
    )
    outcomes = [execute(job) for job in planned(PlanContext("toy", "cpu", added=("mine.py:Mine",)))]
    assert [(f.method, f.metric) for f in followed(cells_of(outcomes))] == [
        ("gan", "js_scores"),
        ("mine.py:Mine", "critic_gap"),
    ]
