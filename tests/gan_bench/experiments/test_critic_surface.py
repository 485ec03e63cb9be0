"""Critic surfaces: what is planned, what is known exactly, what is measured on critics of known form."""

import itertools
import json

import numpy as np
import pytest
import torch

from gan_bench.cli import main
from gan_bench.critic import CriticTrainer
from gan_bench.data.toy import build_dataset
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.critic_surface.clouds import Clouds
from gan_bench.experiments.critic_surface.measure import CriticMeasure, fit_r2
from gan_bench.experiments.critic_surface.plan import plan
from gan_bench.experiments.critic_surface.run import measured_steps, rate_share, run, train_to
from gan_bench.experiments.critic_surface.settings import Settings
from gan_bench.experiments.critic_surface.truth import Truth, truths
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.methods.build import build_method
from gan_bench.metrics.transport import wasserstein1
from gan_bench.nets.mlp import MLPCritic
from gan_bench.seeds import Streams

TINY = {
    "steps": 12, "batch_size": 16, "width": 8, "layers": 2, "snapshots": 2, "points": 30, "fresh": 60,
    "resolution": 7, "ray_points": 3, "datasets": ["ring8"],
}  # fmt: skip
SEEDS = (0, 1, 2)
CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")


def planned(seeds=SEEDS, context=CONTEXT, **changes):
    return plan(Settings(**{**TINY, **changes}), seeds, context)


def execute(job):
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


def value(outcome, metric, seed=0):
    rows = outcome.rows[(outcome.rows.metric == metric) & (outcome.rows.seed == seed)]
    return rows[rows.step == rows.step.max()].value.to_numpy()


# --- plan


def test_a_job_for_the_exact_potential_and_one_per_method_on_each_data_set():
    jobs = planned(methods=["wgan-clip", "wgan-gp"], datasets=["ring8", "moons"])
    assert [(job.method, job.dataset) for job in jobs] == [
        (method, data) for data in ("ring8", "moons") for method in ("exact", "wgan-clip", "wgan-gp")
    ]
    assert len({job.key for job in jobs}) == 6
    for job in jobs:
        assert json.loads(json.dumps(job.settings, allow_nan=False)) == job.settings
    assert planned(methods=["wgan-gp"], noise=0.5)[1].digest != planned(methods=["wgan-gp"])[1].digest
    assert planned(methods=["wgan-gp"], seeds=range(5), steps=9)[1].settings["steps"] == 9


def test_seeds_may_be_fewer_than_the_suite_s_and_a_method_may_have_its_own_steps():
    jobs = plan(Settings(**TINY, seeds=2, methods=[{"name": "gan", "steps": 7}]), SEEDS, CONTEXT)
    assert jobs[0].seeds == jobs[1].seeds == (0, 1)
    assert jobs[1].settings["steps"] == 7
    grid = {"name": "grid25", "steps": 9}
    _, gan, _, own = planned(methods=["gan"], datasets=["ring8", grid])
    assert (gan.settings["steps"], own.settings["steps"], own.dataset) == (12, 9, "grid25")
    with pytest.raises(UsageError, match='data set "grid25": steps must be a whole number from 2, not 1'):
        planned(datasets=[{"name": "grid25", "steps": 1}])
    with pytest.raises(UsageError, match='experiment 1: method "gan": steps must be a whole number from 2'):
        planned(methods=[{"name": "gan", "steps": 1}])


def test_packs_are_skipped_with_the_reason_and_exact_is_no_name_for_a_method():
    job = planned(methods=["pacgan2"])[1]
    assert "packs of 2" in job.skip
    with pytest.raises(UsageError, match='"exact" is taken'):
        planned(methods=[{"name": "exact", "base": "gan"}])


def test_a_plugged_in_objective_is_trained_and_drawn(tmp_path):
    (tmp_path / "mine.py").write_text(
        "from gan_bench.methods.objectives import Hinge\n\nclass Mine(Hinge):\n    pass\n"
    )
    added = PlanContext("toy.toml: experiment 1", "cpu", added=(f"{tmp_path}/mine.py:Mine",))
    job = planned(methods=["gan"], context=added)[-1]
    assert job.method.endswith("mine.py:Mine")
    assert len(value(execute(job), "score")) == 1


@pytest.mark.parametrize(("line", "message"), [
    ("datasets = []", "datasets"),
    ("noise = -1.0", "noise: should be greater than 0, not -1.0"),
    ("layers = 0", "layers: should be greater than or equal to 1, not 0"),
    ("fresh = 3", "fresh: should be greater than or equal to 10, not 3"),
    ("widht = 3", 'unknown key "widht" - did you mean "width"?'),
])  # fmt: skip
def test_bad_settings_are_one_line_and_exit_code_4(tmp_path, capsys, monkeypatch, line, message):
    monkeypatch.chdir(tmp_path)
    kind = "gan_bench.experiments.critic_surface:EXPERIMENT"
    (tmp_path / "toy.toml").write_text(
        f'[suite]\nname = "toy"\nseeds = 2\n[[experiment]]\nkind = "{kind}"\n{line}\n'
    )
    assert main(["run", "toy.toml"]) == 4
    (complaint,) = capsys.readouterr().err.splitlines()
    assert "toy.toml: experiment 1: " in complaint
    assert message in complaint


# --- samples and the truth


def test_fake_is_the_data_plus_noise_and_the_same_for_every_method_dtype_and_block_of_seeds():
    clouds = Clouds(build_dataset("ring8"), 0.5, 4000)
    fake = clouds.fake(Streams((3,)))
    # Variance of a coordinate: radius^2 / 2 of the data, .25 of the noise; 4000 samples are off by 3 %.
    assert fake.var(dim=1).mean().item() == pytest.approx(0.5 + 0.25, rel=0.06)
    assert torch.equal(clouds.fake(Streams((1, 3)))[1], fake[0])
    clean = Clouds(build_dataset("ring8"), 1e-9, 4000)
    assert not torch.allclose(clean.fake(Streams((3,))), clean.real(Streams((3,))), atol=1e-3)
    assert clean.fake(Streams((3,))).norm(dim=2).sub(1).abs().max() < 0.06
    settings = {"points": 20, "fresh": 30, "agreement": 0.1, "dtype": "float64"}
    assert np.array_equal(truths(settings, clouds, (3,))[0].fake, truths(settings, clouds, (1, 3))[1].fake)


def test_the_region_holds_the_data_and_its_rows_share_their_second_coordinate():
    region = Clouds(build_dataset("ring8"), 1.0).region(5).reshape(5, 5, 2)
    half = 1 + 6.5 * 0.01 + 1.5
    assert torch.allclose(region[0, 0], torch.tensor([-half, -half], dtype=torch.float64))
    assert torch.allclose(region[-1, 0], torch.tensor([-half, half], dtype=torch.float64))
    assert (region[2, :, 1] == region[2, 0, 1]).all()


def translated(shift, n=40):
    """The truth between a cloud and its translate, fresh points included."""
    x, fresh = np.random.default_rng(0).normal(size=(2, n, 2))
    return Truth(wasserstein1(x, x + shift), fresh, fresh + shift, agreement=0.2)


def test_between_translates_w1_is_the_shift_and_rays_are_straight():
    truth = translated(np.array([3.0, 4.0]))
    assert truth.plug_in == pytest.approx(5, abs=1e-9)
    assert truth.held_out == pytest.approx(5, rel=0.05)
    assert truth.held_out <= 5
    assert truth.w1 == pytest.approx((truth.plug_in + truth.held_out) / 2)
    rays = truth.rays(3)
    fall = truth.transport.potential(rays[0]) - truth.transport.potential(rays[2])
    assert fall == pytest.approx(np.linalg.norm(rays[2] - rays[0], axis=1), abs=1e-9)
    assert rays[1] == pytest.approx((rays[0] + rays[2]) / 2)
    assert np.linalg.norm(rays[2] - rays[0], axis=1).mean() == pytest.approx(5, abs=1e-9)


def test_the_potential_is_known_on_rays_and_unknown_far_from_them():
    truth = translated(np.array([3.0, 4.0]))
    _, on_rays = truth.potential(truth.rays(5).reshape(-1, 2))
    _, sideways = truth.potential(np.array([[40.0, -30.0]]))
    assert on_rays.all()
    assert not sideways.any()


def test_affine_and_quadratic_fits():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(500, 2))
    x = np.concatenate([x, -x])
    assert fit_r2(x, 1e-6 * (2 + x @ [3.0, -1.0]), 1) == pytest.approx(1)
    radius = (x**2).sum(1)
    assert fit_r2(x, radius, 1) == pytest.approx(0, abs=1e-12)
    assert fit_r2(x, radius, 2) == pytest.approx(1)
    # Uncorrelated on symmetric points: the plane's share of the variance is its variance.
    mixed = x[:, 0] + radius
    assert fit_r2(x, mixed, 1) == pytest.approx(np.var(x[:, 0]) / np.var(mixed), abs=0.01)
    assert fit_r2(x, np.full(1000, 7.0), 1) == 1
    assert np.isnan(fit_r2(x, np.where(x[:, 0] > 0, np.nan, 1.0), 1))


# --- measured on a plane, where everything is known


def plane(method, weight, shift=(0.0, -2.0)):
    """A trainer whose critic is weight . x + 1, and the truth between translates by the shift."""
    truth = translated(np.array(shift))
    trainer = CriticTrainer(
        build_method(method), lambda: MLPCritic(2, 8, 0), (0,), lambda _: None, lambda _: None
    )
    with torch.no_grad():
        for value in trainer.critic.trainable.values():
            value.copy_(torch.tensor(weight).view(1, 1, 2) if value.dim() == 3 else torch.ones(1, 1))
    return truth, CriticMeasure(trainer, [truth])


def test_every_number_of_a_plane():
    truth, measure = plane({"name": "lp", "base": "wgan-lp"}, [0.9, 1.2])
    values = {name: column[0] for name, column in measure.curve(draws=3).items()}
    gap, slope, w1 = 2.4, 1.5, truth.w1
    assert values["gap"] == pytest.approx(gap, rel=1e-5)
    assert values["gap_over_w1"] == pytest.approx(gap / w1, rel=1e-5)
    for name in ("lipschitz_lower", "lipschitz_upper", "mean_slope", "mean_slope_from_one"):
        assert values[name] == pytest.approx(slope, rel=1e-5)
    assert values["score"] == pytest.approx(gap / (slope * w1), rel=1e-5)
    assert values["score_at_least"] == pytest.approx(values["score"], rel=1e-5)
    assert values["stationarity"] == pytest.approx((gap - 2 * 10 * 0.5 * 1.5) / gap, rel=1e-4)
    assert values["objective_over_w1"] == pytest.approx((gap - 10 * 0.25) / w1, rel=1e-4)
    assert measure.shape()["affine_r2"][0] == pytest.approx(1, abs=1e-6)
    rays = measure.along_rays(3)
    assert rays["ray_slope"][0] == pytest.approx([1.5] * 3, rel=1e-5)


def test_a_slope_below_one_costs_the_two_sided_penalty_only():
    for method, stationarity, objective in (
        ("wgan-lp", 1.0, 1.0),
        ("wgan-gp", 1 + 2 * 10 * 0.5 * 0.5, 1.0 - 10 * 0.25),
    ):
        truth, measure = plane(method, [0.0, 0.5])
        values = measure.curve()
        assert values["stationarity"][0] == pytest.approx(stationarity, rel=1e-4)
        assert values["objective_over_w1"][0] == pytest.approx(objective / truth.w1, rel=1e-4)
        assert values["mean_slope_from_one"][0] == pytest.approx(1, rel=1e-6)
    for method in ("wgan-clip", "dragan"):
        assert "stationarity" not in plane(method, [0.0, 0.5])[1].curve()


def test_alignment_is_1_straight_up_the_rays_and_minus_1_down():
    for weight, cosine in (([0.0, 0.1], 1.0), ([0.0, -0.1], -1.0)):
        truth, measure = plane("wgan-clip", weight)
        found = measure.along_rays(2)["ray_alignment"][0]
        rays = truth.rays(2)
        towards = (rays[0] - rays[1]) / np.linalg.norm(rays[0] - rays[1], axis=1, keepdims=True)
        assert found == pytest.approx([cosine * towards[:, 1].mean()] * 2, abs=1e-5)
        assert cosine * found[0] > 0.8


# --- training


def test_the_rate_is_full_for_half_the_steps_then_falls():
    shares = [rate_share(step, 1000) for step in range(1000)]
    assert shares[:500] == [1.0] * 500
    assert shares[-1] == pytest.approx(1e-3)
    assert all(late <= early for early, late in itertools.pairwise(shares))
    assert shares[750] == pytest.approx(1e-3**0.5, rel=0.2)
    assert measured_steps(1000, 3) == [10, 100, 1000]
    assert measured_steps(5, 4) == [5]


def test_training_takes_every_step_at_its_rate():
    clouds = Clouds(build_dataset("ring8"), 1.0, 8)
    trainer = CriticTrainer(build_method("wgan-gp"), MLPCritic, (0,), clouds.real, clouds.fake)
    train_to(trainer, 10, 60)
    assert trainer.step == 10
    assert trainer.critic_optimiser.param_groups[0]["lr"] == pytest.approx(1e-4)
    train_to(trainer, 60, 60)
    assert trainer.step == 60
    assert trainer.critic_optimiser.param_groups[0]["lr"] == pytest.approx(1e-3 * 1e-4)


def test_a_job_leaves_rows_for_every_seed_and_surfaces_of_the_pictured():
    exact, job = planned(methods=["wgan-gp"], pictured=2)
    outcome, truth = execute(job), execute(exact)
    for metric in ("gap", "score", "affine_r2", "correlation", "stationarity", "lipschitz_upper", "w1"):
        assert [len(value(outcome, metric, seed)) for seed in SEEDS] == [1, 1, 1]
    assert len(value(outcome, "ray_slope")) == 3
    assert outcome.samples["surface"].shape == truth.samples["surface"].shape == (2, 7, 7)
    assert truth.samples["known"].dtype == bool
    assert value(truth, "w1") == pytest.approx(value(outcome, "w1"))
    assert value(truth, "score") == pytest.approx(value(truth, "w1_held_out") / value(truth, "w1"))
    alone = execute(planned(methods=["wgan-gp"], seeds=(1,))[1])
    assert value(alone, "gap", 1) == pytest.approx(value(outcome, "gap", 1), rel=1e-3)


def test_a_diverged_seed_is_reported_and_leaves_no_further_rows():
    wild = {"name": "wild", "base": "wgan-none", "optimiser": "sgd", "learning_rate": 1e30}
    outcome = execute(planned(methods=[wild], steps=30)[1])
    assert {status.status for status in outcome.status.values()} == {Status.DIVERGED}
    assert outcome.status[0].step < 30
    assert outcome.rows[outcome.rows.step == 30].empty
