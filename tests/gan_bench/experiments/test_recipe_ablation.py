"""The recipe ablation: one change a rung, the arms beside it, a critic on a task that does not move."""

import json
import math

import numpy as np
import pytest
import torch

from gan_bench.cli import main
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.recipe_ablation.arms import RUNGS, arms
from gan_bench.experiments.recipe_ablation.fixed import _Task
from gan_bench.experiments.recipe_ablation.objectives import SigmoidWasserstein
from gan_bench.experiments.recipe_ablation.plan import plan
from gan_bench.experiments.recipe_ablation.run import run
from gan_bench.experiments.recipe_ablation.settings import Settings
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.methods.build import build_method

TINY = {
    "steps": 2, "batch_size": 8, "width": 6, "layers": 1, "snapshots": 2, "curve_samples": 10,
    "end_samples": 12, "reference_draws": 20, "gap_steps": 12, "gap_snapshots": 10,
    "penalty_weights": [10.0],
}  # fmt: skip
SEEDS = (0, 1)
CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")


def planned(context=CONTEXT, **changes):
    return plan(Settings(**{**TINY, **changes}), SEEDS, context)


def of_role(role, jobs=None):
    return [job for job in jobs or planned() if job.settings.get("role") == role]


def execute(job):
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


# --- the plan


def test_each_rung_changes_one_thing():
    described = [job.settings["method"] for job in of_role("ladder")]
    assert [one["name"] for one in described] == list(RUNGS)
    changed = []
    for below, above in zip(described[1:], described[:-1], strict=True):
        keys = {key for key in below if key not in ("name", "source", "ours") and below[key] != above[key]}
        # Both players' optimisers change at once: the recipe's change is the optimiser.
        changed.append(keys)
    players = {"critic_optimiser", "generator_optimiser"}
    assert changed == [{"objective"}, {"objective"}, {"constraints"}, players, {"n_critic"}]
    assert {one["critic_optimiser"]["learning_rate"] for one in described} == {3e-4}


def test_the_ladder_goes_from_gan_to_wgan():
    first, *_, last = (job.settings["method"] for job in of_role("ladder"))
    gan, wgan = build_method("gan").describe(), build_method("wgan-clip").describe()
    for ours, paper in ((first, gan), (last, wgan)):
        for key in ("objective", "n_critic", "updates"):
            assert ours[key] == paper[key]
        assert ours["critic_optimiser"]["kind"] == paper["critic_optimiser"]["kind"]
        assert [part["kind"] for part in ours["constraints"]] == [
            part["kind"] for part in paper["constraints"]
        ]
    assert first["critic_optimiser"]["betas"] == gan["critic_optimiser"]["betas"]


def test_the_other_arms():
    jobs = planned(penalty_weights=[0.1, 1.0])
    penalties = of_role("penalty", jobs)
    assert [(job.method, job.settings["weight"], job.dataset) for job in penalties] == [
        ("wgan-gp", 0.1, "ring8, weight 0.1"), ("wgan-lp", 0.1, "ring8, weight 0.1"),
        ("wgan-gp", 1.0, "ring8, weight 1"), ("wgan-lp", 1.0, "ring8, weight 1"),
    ]  # fmt: skip
    assert [job.settings["method"]["constraints"][0]["weight"] for job in penalties] == [0.1, 0.1, 1.0, 1.0]
    adam, adam_0, sgd = (job.settings["method"] for job in of_role("momentum", jobs))
    assert adam["critic_optimiser"]["betas"] == [0.5, 0.999]
    assert adam_0["critic_optimiser"]["betas"] == [0.0, 0.9]
    assert sgd["critic_optimiser"] == {"kind": "SGD", "learning_rate": 0.1}
    last = of_role("ladder", jobs)[-1].settings["method"]
    assert all(
        one["constraints"] == last["constraints"] and one["n_critic"] == 5 for one in (adam, adam_0, sgd)
    )
    normalised = [job.settings["method"] for job in of_role("spectral", jobs)]
    assert [(one["name"], one["constraints"][0]["vectors"]) for one in normalised] == [
        ("sngan", 16), ("wgan-sn", 16), ("sngan-one-direction", 1),
    ]  # fmt: skip
    own = ("name", "constraints", "source", "ours")
    assert all(normalised[2][key] == value for key, value in normalised[0].items() if key not in own)
    gaps = [job.settings["method"] for job in of_role("gap", jobs)]
    assert [[part["kind"] for part in one["constraints"]] for one in gaps] == [
        [], ["Clip"], ["GradientPenalty"], ["Spectral"],
    ]  # fmt: skip
    assert len({json.dumps([one["objective"], one["critic_optimiser"]]) for one in gaps}) == 1


def test_every_arm_that_trains_has_the_same_budget_and_seeds():
    jobs = [job for job in planned() if "role" in job.settings]
    assert {job.settings["steps"] for job in jobs if job.settings["role"] != "gap"} == {2}
    assert {job.settings["steps"] for job in of_role("gap")} == {12}
    assert {job.seeds for job in jobs} == {SEEDS}
    assert {job.seeds for job in planned(seeds=1) if "role" in job.settings} == {(0,)}
    assert len({job.key for job in planned()}) == len(planned())
    assert [job.method for job in planned()].count("perfect-sampler") == 1


def test_a_user_s_objective_stands_beside_the_ladder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loss.py").write_text(
        "from gan_bench.methods.objectives import Wasserstein\nclass Mine(Wasserstein):\n    pass\n"
    )
    (mine,) = of_role("yours", planned(PlanContext("here", "cpu", added=("loss.py:Mine", "wgan-clip"))))
    assert (mine.method, mine.skip) == ("loss.py:Mine", "")
    only = planned(PlanContext("here", "cpu", methods=("loss.py:Mine",)))
    assert [job.method for job in only] == ["perfect-sampler", "loss.py:Mine"]
    assert {state.status for state in execute(mine).status.values()} == {Status.COMPLETED}
    batch_normed = of_role("yours", planned(methods=["pacgan2"], batch_size=9))
    assert batch_normed[0].skip.startswith("packs of 2 do not divide")


def test_selections_of_the_command_line():
    only = planned(PlanContext("here", "cpu", methods=("wgan-clip",)))
    assert [job.settings.get("role") for job in only] == [None, "ladder", "gap"]
    assert planned(PlanContext("here", "cpu", methods=("another experiment's",))) == []
    assert planned(PlanContext("here", "cpu", datasets=("unheard-of",))) == []
    with pytest.raises(UsageError, match='here: "sngan" is an arm of the ablation already'):
        planned(PlanContext("here", "cpu"), methods=["sngan"])


@pytest.mark.parametrize(("more", "message"), [
    ("penalty_weights = []", "penalty_weights: must not be empty"),
    ("penalty_weights = [1.0, 1.0]", "each weight once"),
    ("penalty_weights = [-1.0]", "penalty_weights"),
    ("clip = 0.0", "clip: should be greater than 0, not 0.0"),
    ("critic_steps = 1", "critic_steps: should be greater than or equal to 2, not 1"),
    ("gap_steps = 0", "gap_steps: should be greater than or equal to 10, not 0"),
    ("learning_rate = inf", "learning_rate"),
])  # fmt: skip
def test_bad_settings_are_one_line_and_exit_code_4(tmp_path, monkeypatch, capsys, more, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text(
        '[suite]\nname = "bad"\nseeds = 2\n[[experiment]]\n'
        f'kind = "gan_bench.experiments.recipe_ablation:EXPERIMENT"\n{more}\n'
    )
    assert main(["run", "bad.toml"]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line


# --- the loss between


def test_the_wasserstein_loss_with_a_sigmoid():
    real, fake = torch.tensor([[math.log(3.0), 0.0]]), torch.tensor([[-math.log(3.0), 0.0]])
    objective = SigmoidWasserstein()
    assert objective.critic_loss(real, fake).item() == pytest.approx(0.375 - 0.625)
    assert objective.generator_loss(fake).item() == pytest.approx(-0.375)
    leaf = fake.clone().requires_grad_()
    objective.generator_loss(leaf).sum().backward()
    # Higher scores lower the generator's loss, by D (1 - D) / B.
    assert leaf.grad[0].tolist() == pytest.approx([-0.1875 / 2, -0.25 / 2])


# --- the critic alone


def test_a_fixed_task_stays_fixed_and_the_critic_learns():
    job = of_role("gap", planned(gap_steps=400, width=16, layers=2))[0]
    task = _Task(job)
    before = [value.clone() for value in task.generator.parameters.values()]
    start = {row.metric: row.value for row in task.rows() if row.seed == 0}
    task.train_to(60)
    assert task.trainer.step == 60
    assert all(map(torch.equal, before, task.generator.parameters.values()))
    end = {row.metric: row.value for row in task.rows() if row.seed == 0}
    assert end["critic_gap"] > max(start["critic_gap"], 0.0)
    # Looking changes nothing.
    assert {row.metric: row.value for row in task.rows() if row.seed == 0} == end


def test_the_gap_is_that_of_the_scores_on_held_out_points():
    job = of_role("gap")[0]
    task = _Task(job)
    task.train_to(3)
    real = task.dataset.held_out(1000, task.trainer.streams, "critic")
    fake = task._samples(1000, "samples")
    gap = (task.trainer.scores(real).mean(1) - task.trainer.scores(fake).mean(1)).tolist()
    found = [row.value for row in task.rows() if row.metric == "critic_gap"]
    assert found == pytest.approx(gap, rel=1e-6)


@pytest.mark.parametrize("k", range(4))
def test_a_gap_job_leaves_its_rows(k):
    outcome = execute(of_role("gap")[k])
    assert {state.status for state in outcome.status.values()} == {Status.COMPLETED}
    rows = outcome.rows
    assert set(rows.metric) == {"critic_gap", "lipschitz_lower", "lipschitz_upper", "w1"}
    assert rows[rows.metric == "critic_gap"].step.max() == 12
    wide = rows[rows.metric != "w1"].pivot_table(index=["seed", "step"], columns="metric", values="value")
    assert (wide.lipschitz_lower <= wide.lipschitz_upper * (1 + 1e-5)).all()
    # No critic's gap exceeds its Lipschitz constant times W1 of the same clouds, up to sampling.
    w1 = rows[rows.metric == "w1"].set_index("seed").value
    assert (wide.critic_gap.abs() <= 1.5 * wide.lipschitz_upper * w1.max()).all()


def test_a_critic_that_blows_up_is_a_finding():
    job = of_role("gap", planned(gap_learning_rate=1e30, gap_steps=40))[0]
    outcome = execute(job)
    assert {state.status for state in outcome.status.values()} == {Status.DIVERGED}
    assert all(state.step is not None for state in outcome.status.values())
    assert np.isfinite(outcome.rows.value).all()


def test_seeds_do_not_depend_on_their_block():
    job = of_role("gap")[0]
    alone = type(job)(**{**job.as_dict(), "seeds": (1,)})
    pick = lambda outcome: outcome.rows.query("seed == 1 and metric == 'critic_gap'").value.to_numpy()  # noqa: E731
    assert pick(execute(alone)) == pytest.approx(pick(execute(job)), rel=1e-4, abs=1e-7)


def test_arms_need_no_torch_to_be_listed():
    assert [arm.role for arm in arms(Settings())].count("penalty") == 8
