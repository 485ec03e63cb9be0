"""The vanishing-gradient experiment: what is planned, and what is measured of a frozen generator."""

import copy
import json
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from gan_bench.analysis.cells import cells_of
from gan_bench.cli import main
from gan_bench.data.toy import build_dataset
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.vanishing_gradient.frozen import place, trained_generator, trainer_of
from gan_bench.experiments.vanishing_gradient.measure import Probe, gradient_statistics
from gan_bench.experiments.vanishing_gradient.plan import plan
from gan_bench.experiments.vanishing_gradient.run import run
from gan_bench.experiments.vanishing_gradient.settings import Settings
from gan_bench.experiments.vanishing_gradient.slopes import NORM, broken_off, complete, slopes
from gan_bench.experiments.vanishing_gradient.steps import log_steps
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.methods.build import build_method
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import Minimax, Wasserstein
from gan_bench.seeds import Streams
from gan_bench.train import Trainer

TINY = {
    "units": [1], "unit_steps": 2, "separations": [0.0, 6.0], "steps": 12, "fit_from": 3, "snapshots": 6,
    "batches": 2, "points": 20, "batch_size": 8, "width": 6, "layers": 2,
}  # fmt: skip
SEEDS = (0, 1)
CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")
KIND = "gan_bench.experiments.vanishing_gradient:EXPERIMENT"


def planned(*methods, context=CONTEXT, seeds=SEEDS, **changes):
    return plan(Settings(methods=list(methods or ("gan",)), **{**TINY, **changes}), seeds, context)


def outcome_of(*arguments, **changes):
    (job,) = planned(*arguments, **changes)
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


def probe_of(job, separation=6.0):
    dataset = build_dataset("ring8")
    trainer = trainer_of(build_method(job.settings["method_spec"]), dataset, job.settings, job.seeds)
    place(trainer, trained_generator(dataset, job.settings, job.seeds), separation)
    return Probe(trainer, dataset, points=20, batches=2)


def test_a_job_per_method_and_units_holds_all_that_counts():
    jobs = planned("gan", "wgan-gp", units=[1, 5])
    assert [(job.method, job.dataset) for job in jobs] == [
        ("gan", "ring8[units=1]"), ("wgan-gp", "ring8[units=1]"),
        ("gan", "ring8[units=5]"), ("wgan-gp", "ring8[units=5]"),
    ]  # fmt: skip
    assert jobs[3].settings["units"] == 5
    assert jobs[1].settings["method"]["constraints"][0]["weight"] == 10
    assert jobs[0].settings["pretraining_method"]["objective"] == {"kind": "NonSaturating"}
    json.dumps(jobs[0].settings)
    assert len({job.digest for job in [*jobs, *planned("gan", unit_steps=3)]}) == 5


def test_selections_and_seeds():
    context = PlanContext("x", "cpu", methods=("nsgan",), datasets=("ring8[units=5]",))
    (job,) = planned("gan", "nsgan", context=context, units=[1, 5])
    assert (job.method, job.dataset) == ("nsgan", "ring8[units=5]")
    assert planned(context=PlanContext("x", "cpu", datasets=("grid25",))) == []
    (first,) = plan(Settings(methods=["gan"], seeds=2, **TINY), (3, 4, 5), CONTEXT)
    assert first.seeds == (3, 4)


@pytest.mark.parametrize(
    ("method", "reason"),
    [
        ({"name": "packs", "base": "gan", "constraints": [{"name": "pack", "size": 3}]}, "packs of 3"),
        ({"name": "ahead", "base": "gan", "updates": "extragradient"}, "the generator is frozen"),
    ],
)
def test_what_cannot_run_is_skipped_with_a_reason(method, reason):
    (job,) = planned(method)
    assert reason in job.skip


def test_a_plugin_is_planned_and_measured(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "class Mine:\n"
        "    def critic_loss(self, real, fake):\n"
        "        return (fake - real).mean(1)\n"
        "    def generator_loss(self, fake, real=None):\n"
        "        return -fake.mean(1)\n"
    )
    outcome = outcome_of(f"{file}:Mine")
    assert {s.status for s in outcome.status.values()} == {Status.COMPLETED}
    assert "generator_gradient_norm" in set(outcome.rows.metric)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("separations = [-1.0]", "separations: item 1: should be greater than or equal to 0, not -1.0"),
        ("separations = []", "separations: must not be empty"),
        ("units = [0]", "units: item 1: should be greater than or equal to 1, not 0"),
        ("units = [1, 1]", "units names a value twice"),
        ("steps = 20", "steps must be at least 4 times fit_from"),
        ("snapshots = 4", "a slope needs 3 snapshots from fit_from (10) on; 4 snapshots leave [32, 1000]"),
        ("layers = 0", "layers: should be greater than or equal to 1, not 0"),
        ('pretraining = "nsgann"', 'unknown method "nsgann" - did you mean "nsgan"?'),
        ('dataset = "ring9"', 'unknown data set "ring9"'),
    ],
)
def test_bad_settings_are_one_line_and_exit_code_4(line, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    suite = f'[suite]\nname = "toy"\nseeds = 2\n[[experiment]]\nkind = "{KIND}"\nmethods = ["gan"]\n{line}\n'
    (tmp_path / "toy.toml").write_text(suite)
    assert main(["run", "toy.toml"]) == 4
    (complaint,) = capsys.readouterr().err.splitlines()
    assert "toy.toml: experiment 1" in complaint
    assert message in complaint


def test_settings_refuse_a_pretraining_that_packs_the_batch_unevenly():
    with pytest.raises(ValidationError):
        Settings(methods=[])
    with pytest.raises(UsageError, match="pretraining: packs of 2"):
        planned(pretraining="pacgan2", batch_size=7)


def test_statistics_of_gradients_worked_by_hand():
    gradients = torch.tensor([[[3.0, 4.0]], [[0.0, 0.0]]])  # two batches, one seed, two parameters
    found = gradient_statistics(gradients)
    assert found["generator_gradient_norm"].item() == 2.5
    assert found["gradient_variance"].item() == pytest.approx(4.5 + 8.0)  # 2 x the variances around 1.5, 2
    assert found["relative_variance"].item() == pytest.approx(12.5 / (1.5**2 + 2**2))


def test_the_measured_gradient_is_that_of_plain_modules():
    (job,) = planned("gan")
    probe = probe_of(job)
    found = probe.gradients()
    fresh = probe_of(job).trainer
    apart = Streams(SEEDS, dtype=torch.float64, prefix="evaluation/")
    latents = [apart.normal("noise/generator", (8, job.settings["latent"])) for _ in range(2)]
    for index in range(len(SEEDS)):
        generator, critic = (_module(stack, index) for stack in (fresh.generator, fresh.critic))
        for batch, z in enumerate(latents):
            generator.zero_grad()
            (torch.log1p(-torch.sigmoid(critic(generator(z[index])))).mean()).backward()
            plain = torch.cat([p.grad.flatten() for p in generator.parameters()])
            assert torch.allclose(found[batch, index], plain, rtol=1e-9, atol=1e-14)


def _module(stack, index):
    module = copy.deepcopy(stack.modules[index])
    module.load_state_dict({name: value[index].detach() for name, value in stack.parameters.items()})
    return module


def test_the_move_is_exact_and_training_the_critic_leaves_the_generator_alone():
    (job,) = planned("nsgan")
    near, far = probe_of(job, 0.0), probe_of(job, 6.0)
    assert torch.allclose(far.fake - near.fake, torch.tensor([6.0, 0.0], dtype=torch.float64))
    before = {name: value.clone() for name, value in far.trainer.generator.parameters.items()}
    far.trainer.train_critic(3)
    far.values()
    assert all(torch.equal(value, before[name]) for name, value in far.trainer.generator.parameters.items())


@pytest.mark.parametrize("method", ["instance-noise", "r3gan", "nsgan"])
def test_looking_does_not_change_what_is_trained(method):
    (job,) = planned(method)
    trained, seen = [], []
    for looks in (0, 3):
        probe = probe_of(job)
        for _ in range(3):
            seen += [probe.values() for _ in range(looks)]
            probe.trainer.train_critic(2)
        trained.append(probe.trainer.critic.parameters)
    assert all(torch.equal(value, trained[1][name]) for name, value in trained[0].items())
    assert all(torch.equal(value, seen[1][name]) for name, value in seen[0].items())  # nor what is seen


def test_every_method_meets_the_same_generator_and_the_same_start_of_the_critic():
    one, other = (probe_of(planned(method)[0]) for method in ("gan", "wgan-gp"))
    assert torch.equal(one.fake, other.fake)
    assert torch.equal(one.trainer.scores(one.real), other.trainer.scores(one.real))


def test_more_units_train_the_generator_further():
    dataset = build_dataset("ring8")
    weights = [
        trained_generator(dataset, planned(units=[units])[0].settings, SEEDS)["net.0.weight"]
        for units in (1, 1, 4)
    ]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


@pytest.mark.parametrize(("objective", "expected"), [(Minimax(), [0.75, 0.5]), (Wasserstein(), [0.75, 1.0])])
def test_accuracy_at_the_logit_and_half_way_between(objective, expected):
    """The second seed's scores are all positive: right for a distance, half wrong for a discriminator."""
    probe = Probe.__new__(Probe)
    probe.real = torch.tensor([[-1.0, 2.0], [5.0, 6.0]])
    probe.fake = torch.tensor([[-2.0, -3.0], [1.0, 2.0]])
    probe.trainer = SimpleNamespace(
        method=Method("m", objective),
        streams=Streams(SEEDS),
        scores=None,
        score_both=lambda _, real, fake: (real, fake),
    )
    assert probe.accuracy().tolist() == expected


def test_a_run_has_every_number_and_a_seed_is_the_same_in_any_block():
    outcome = outcome_of("nsgan")
    rows = outcome.rows
    assert set(rows.axis) == {"separation"}
    assert set(rows["at"]) == {0.0, 6.0}
    curves = rows[rows.metric == "generator_gradient_norm"]
    assert sorted(curves.step.unique()) == log_steps(12, 6)
    assert len(curves) == 2 * len(SEEDS) * len(log_steps(12, 6))
    assert (rows[(rows.metric == "support_gap") & (rows["at"] == 6.0)].value > 1).all()
    alone = outcome_of("nsgan", seeds=(1,)).rows
    both = rows[rows.seed == 1].reset_index(drop=True)
    assert np.allclose(alone.value, both.value, rtol=1e-9)


def test_a_seed_that_diverges_has_a_status_and_no_rows_from_there():
    wild = {"name": "wild", "base": "gan", "optimiser": "sgd", "learning_rate": 1e300}
    outcome = outcome_of(wild)
    assert {s.status for s in outcome.status.values()} == {Status.DIVERGED}
    assert "moved by 0; not finite at critic step" in outcome.status[0].message
    assert outcome.status[0].message.endswith("moved by 6")
    assert outcome.rows.step.max() < 12
    assert np.isfinite(outcome.rows.value).all()


def test_divergence_at_one_separation_leaves_the_others_alone(monkeypatch):
    train = Trainer.train_critic

    def spoilt(self, steps):
        train(self, steps)
        if self.generator.parameters["net.4.bias"][1, 0] > 3 and self.step > 3:
            self.mark(torch.tensor([False, True]))

    monkeypatch.setattr(Trainer, "train_critic", spoilt)
    outcome = outcome_of("gan", separations=[6.0, 0.0])
    (cell,) = cells_of([outcome])
    assert outcome.status[1].message == "not finite at critic step 6, moved by 6"
    assert (complete(cell, 6.0), complete(cell, 0.0)) == ([0], [0, 1])
    assert broken_off(cell, NORM, 0.0) == []
    ((step, _),) = broken_off(cell, NORM, 6.0)
    assert step == 3
    assert list(slopes(cell, NORM, 0.0).index) == [0, 1]


def test_without_overlap_minimax_falls_behind_the_non_saturating_loss():
    found = {}
    for method in ("gan", "nsgan"):
        spec = {"name": method, "learning_rate": 1e-2}
        rows = outcome_of(spec, separations=[8.0], steps=60, width=16, batch_size=32).rows
        norms = rows[(rows.metric == "generator_gradient_norm") & (rows.step == 60)].value
        found[method] = np.log10(norms).mean()
    assert found["nsgan"] - found["gan"] > 2


def test_log_steps():
    assert log_steps(1000, 4) == [0, 1, 32, 1000]
    assert log_steps(12, 100)[-1] == 12
    assert math.isclose(len(log_steps(1000, 14)), 14)
