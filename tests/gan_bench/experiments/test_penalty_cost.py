"""The cost experiment: equal terms, a clock that drift and bursts do not fool, jobs and rows."""

import itertools
import json

import pytest

from gan_bench.cli import main
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.penalty_cost import run as timing
from gan_bench.experiments.penalty_cost.plan import equalised, plan
from gan_bench.experiments.penalty_cost.run import DESCRIPTORS, Seconds, Timed, run
from gan_bench.experiments.penalty_cost.settings import Settings
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.methods.build import build_method

CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")
KIND = "gan_bench.experiments.penalty_cost:EXPERIMENT"
TINY = {"width": 16, "layers": 2, "batch_size": 16, "block": 1, "rounds": 5, "warm_up": 2}
IMAGES = {"dataset": {"name": "glyphs", "size": 8}, "network": "dcgan", "latent": 3, "width": 4}
MINE = (
    "class Mine:\n"
    "    def critic_loss(self, real, fake):\n        return fake.mean(1) - real.mean(1)\n"
    "    def generator_loss(self, fake, real=None):\n        return -fake.mean(1)\n"
)


def jobs(*methods, context=CONTEXT, seeds=(0, 1), **changes):
    return plan(Settings(methods=list(methods), **{**TINY, **changes}), seeds, context)


def image_jobs(*methods, **changes):
    tiny = {key: value for key, value in TINY.items() if key != "layers"}
    return plan(Settings(methods=list(methods), **{**tiny, **IMAGES, **changes}), (0, 1), CONTEXT)


def execute(job):
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


class Machine:
    """A made-up machine whose slowness is a function of how many blocks it has run."""

    def __init__(self, slowness):
        self.slowness, self.blocks = slowness, itertools.count()
        self.steps = {}

    def method(self, name, critic, generator=1.0):
        machine = self

        class Made:
            def block(self, steps):
                machine.steps.setdefault(name, []).append(steps)
                factor = machine.slowness(next(machine.blocks))
                return Seconds(critic * factor, generator * factor)

        return Made()


def ratios(slowness, rounds=7):
    """The rows of a method whose critic costs three times the baseline's, on a machine of this slowness."""
    machine = Machine(slowness)
    settings = {"warm_up": 3, "block": 2, "rounds": rounds}
    found = timing._rounds(machine.method("mine", 6.0), machine.method("base", 2.0), settings)
    return {row.metric: row.value for row in timing._rows(0, found, settings)}, machine


def test_rounds_measure_the_ratio_of_both_steps_and_of_their_parts():
    values, machine = ratios(lambda _: 0.01)
    assert values["cost_ratio"] == pytest.approx(7 / 3)
    assert values["critic_cost_ratio"] == pytest.approx(3)
    assert values["generator_cost_ratio"] == pytest.approx(1)
    assert values["step_seconds"] == pytest.approx(0.07)
    assert values["baseline_step_seconds"] == pytest.approx(0.03)
    assert values["critic_step_seconds"] == pytest.approx(0.06)
    assert machine.steps["mine"] == machine.steps["base"] == [3, *[2] * 14]


def test_a_drift_of_the_machine_cancels():
    values, _ = ratios(lambda block: 1 + 0.05 * block)
    assert values["cost_ratio"] == pytest.approx(7 / 3)


def test_bursts_of_other_work_in_some_rounds_do_not_move_the_value():
    values, _ = ratios(lambda block: 30.0 if block in (4, 5, 17) else 1.0)
    assert values["cost_ratio"] == pytest.approx(7 / 3)


def test_a_slow_start_is_not_timed():
    values, _ = ratios(lambda block: 1000.0 if block < 2 else 1.0, rounds=1)
    assert values["step_seconds"] == pytest.approx(7)


def test_methods_are_timed_on_equal_terms():
    method, baseline = build_method("sngan"), build_method("wgan-clip")
    equal = equalised(method, baseline)
    assert (equal.objective, equal.constraints, equal.name) == (method.objective, method.constraints, "sngan")
    assert equal.critic_optimiser == equal.generator_optimiser == baseline.critic_optimiser
    assert equalised(build_method("gan"), baseline).n_critic == 5
    job = jobs("gan")[0]
    assert job.settings["method"]["n_critic"] == 5
    assert job.settings["method"]["critic_optimiser"] == job.settings["baseline"]["critic_optimiser"]


def test_a_block_takes_so_many_steps_of_each_player():
    job = jobs("wgan-gp")[0]
    timed = Timed(build_method("wgan-gp"), job.settings, 0)
    calls = []
    trainer = timed.trainer
    for name in ("critic_step", "generator_step"):
        step = getattr(trainer, name)
        setattr(trainer, name, lambda step=step, name=name: (calls.append(name), step()))
    seconds = timed.block(3)
    assert calls == (["critic_step"] * 5 + ["generator_step"]) * 3
    assert trainer.step == 3
    assert seconds.critic > 0
    assert seconds.generator > 0
    assert seconds.total == seconds.critic + seconds.generator


def test_every_repeat_leaves_ratios_and_seconds_and_the_penalty_costs():
    outcome = execute(jobs("wgan-gp", seeds=(3, 4))[0])
    assert set(outcome.rows["metric"]) == {descriptor.name for descriptor in DESCRIPTORS}
    assert len(outcome.rows) == 2 * len(DESCRIPTORS)
    assert set(outcome.rows["seed"]) == {3, 4}
    assert (outcome.rows["value"] > 0).all()
    assert outcome.rows.query("metric == 'critic_cost_ratio'")["value"].median() > 1.1
    assert outcome.facts["timing"]["threads"] >= 1


@pytest.mark.parametrize("network", ["dcgan", "resnet"])
def test_a_pair_of_image_networks_is_timed_like_any_other(network):
    job = image_jobs("wgan-gp", network=network, batch_size=4, rounds=1, warm_up=1)[0]
    assert (job.dataset, job.settings["network"]) == ("glyphs[size=8]", network)
    assert job.settings["dataset"] == IMAGES["dataset"]
    outcome = execute(job)
    assert {status.status for status in outcome.status.values()} == {Status.COMPLETED}
    assert set(outcome.rows["metric"]) == {descriptor.name for descriptor in DESCRIPTORS}
    assert len(outcome.rows) == 2 * len(DESCRIPTORS)
    assert (outcome.rows["value"] > 0).all()
    # The settings travel as text: another process makes the same images of them.
    assert json.loads(json.dumps(job.settings)) == job.settings


def test_image_networks_have_the_sizes_that_are_asked_for_and_no_batch_norm_in_the_critic():
    job = image_jobs("pacgan2", dataset="glyphs")[0]
    trainer = Timed(build_method("pacgan2"), job.settings, 0).trainer
    assert trainer.generated(trainer.latents("generator")).shape == (1, 16, 1, 16, 16)
    first = next(iter(trainer.critic.parameters.values()))
    assert first.shape == (1, 4, 2, 4, 4)  # of one seed: four channels from packs of two images
    assert trainer.generator.has_batch_statistics
    assert not trainer.critic.has_batch_statistics


def test_network_and_data_set_must_go_together():
    with pytest.raises(
        UsageError, match='1: "glyphs" holds images: set network = "dcgan" or "resnet" for it'
    ):
        jobs("gan", dataset="glyphs")
    with pytest.raises(UsageError, match='1: "ring8" is not an image data set'):
        image_jobs("gan", dataset="ring8")
    with pytest.raises(UsageError, match='1: layers are for network = "mlp", not "dcgan"'):
        image_jobs("gan", layers=2)
    with pytest.raises(UsageError, match='method "cgan" is for the experiment "images" only'):
        image_jobs("cgan")
    assert "layers" not in image_jobs("gan")[0].settings
    assert jobs("gan")[0].settings["layers"] == 2


def test_a_diverged_repeat_has_no_time():
    wild = {"name": "wild", "base": "wgan-clip", "optimiser": "sgd", "learning_rate": 1e30, "constraints": []}
    outcome = execute(jobs("wgan-none", baseline=wild, seeds=(3,), warm_up=4)[0])
    assert outcome.status[3].status is Status.DIVERGED
    assert len(outcome.rows) == 0


def test_the_plan_keeps_pairs_together_and_says_why_a_method_cannot_be_timed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MINE)
    together = {"name": "together", "base": "gan", "updates": "simultaneous"}
    found = jobs("wgan-clip", "pacgan2", together, "mine.py:Mine", batch_size=15)
    assert [job.method for job in found] == ["wgan-clip", "pacgan2", "together", "mine.py:Mine"]
    assert [bool(job.skip) for job in found] == [False, True, True, False]
    assert "packs of 2" in found[1].skip
    assert "updates are simultaneous" in found[2].skip
    assert found[0].settings["baseline_spec"] == "wgan-clip"
    assert {"device", "threads", "block", "rounds", "baseline"} <= set(found[0].settings)
    chosen = jobs(
        "wgan-clip", "wgan-gp", context=PlanContext("x", "cpu", methods=("wgan-gp",), added=("r1",))
    )
    assert [job.method for job in chosen] == ["wgan-gp"]
    outcome = execute(jobs("mine.py:Mine", rounds=1, warm_up=1)[0])
    assert {status.status for status in outcome.status.values()} == {Status.COMPLETED}
    with pytest.raises(UsageError, match='baseline: "together" cannot be one: its updates are simultaneous'):
        jobs("gan", baseline=together)


@pytest.mark.parametrize(("line", "message"), [
    ("rounds = 0", "rounds: should be greater than or equal to 1, not 0"),
    ("block = -1", "block: should be greater than or equal to 1, not -1"),
    ('network = "cnn"', "network: "),
    ("layers = 0", "layers: should be greater than or equal to 1, not 0"),
    ("methods = []", "methods: "),
    ('baseline = "wgan-clop"', 'unknown method "wgan-clop" - did you mean "wgan-clip"?'),
    ("round = 3", 'unknown key "round" - did you mean "rounds"?'),
])  # fmt: skip
def test_bad_settings_are_one_line_and_exit_code_4(tmp_path, monkeypatch, capsys, line, message):
    monkeypatch.chdir(tmp_path)
    methods = "" if line.startswith("methods") else 'methods = ["gan"]'
    header = '[suite]\nname = "toy"\nseeds = 2\ndevice = "cpu"\n'
    (tmp_path / "toy.toml").write_text(f'{header}[[experiment]]\nkind = "{KIND}"\n{methods}\n{line}\n')
    assert main(["run", "toy.toml"]) == 4
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("gan-bench: toy.toml: experiment 1: ")
    assert message in lines[0]
