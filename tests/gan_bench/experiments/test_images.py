"""The images experiment: planning, one small job end to end, what it records, and how it fails."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pytest
import torch

import gan_bench as gb
from gan_bench.data.images import build_image_dataset
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.images.networks import networks
from gan_bench.experiments.images.plan import plan
from gan_bench.experiments.images.run import GRID, NEAREST, run
from gan_bench.experiments.images.settings import Settings
from gan_bench.harness.driver import Request, _marker, prepare
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.methods.build import build_method
from gan_bench.nets.dcgan import DCGANCritic
from gan_bench.nets.progressive import ProgressiveGenerator
from gan_bench.seeds import Streams
from gan_bench.train import Trainer

TINY: dict[str, Any] = {
    "datasets": ["digits"],
    "steps": 3,
    "batch_size": 16,
    "latent": 8,
    "width": 4,
    "snapshots": 2,
    "curve_samples": 100,
    "end_samples": 150,
    "kid_subset_size": 50,
    "kid_subsets": 3,
    "reference_draws": 10,
}

NETS = {**TINY, "network": "dcgan", "generator": None, "critic": None, "critic_batch_norm": False}


def planned(methods: list[Any], **changes: Any) -> list[Job]:
    settings = Settings.model_validate({**TINY, "methods": methods, **changes})
    return plan(settings, (0, 1), PlanContext(where="suite", device="cpu"))


def ran(job: Job) -> Outcome:
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


@pytest.fixture(scope="module")
def trained() -> Outcome:
    return ran(planned(["wgan-gp"])[1])


@pytest.fixture(scope="module")
def conditional() -> Outcome:
    return ran(planned([{"name": "cgan"}])[1])


def test_every_method_is_planned_beside_the_floor_of_its_set():
    jobs = planned(["gan", "wgan-gp"], datasets=["digits", "glyphs"])
    assert [(job.method, job.dataset) for job in jobs] == [
        ("perfect-sampler", "digits"),
        ("gan", "digits"),
        ("wgan-gp", "digits"),
        ("perfect-sampler", "glyphs"),
        ("gan", "glyphs"),
        ("wgan-gp", "glyphs"),
    ]
    assert len(jobs[0].seeds) == 10
    assert jobs[1].settings["quality"]["extractor"] == "classifier"
    # The floor is judged by the very same quality: unlike values would not be comparable.
    assert jobs[0].settings["quality"] == jobs[1].settings["quality"]


def test_the_dcgan_critic_has_batch_norm_where_nothing_constrains_it():
    clipped = {"name": "clip-bn", "base": "wgan-clip", "critic_batch_norm": True}
    jobs = planned(["gan", "wgan-clip", clipped, "wgan-gp"], datasets=["glyphs"])
    assert [job.settings["critic_batch_norm"] for job in jobs[1:]] == [True, False, True, False]
    jobs = planned(["gan"], network="resnet", datasets=["glyphs"])
    assert jobs[1].settings["critic_batch_norm"] is False


def test_a_penalty_on_a_critic_with_batch_norm_is_skipped():
    method = {"name": "gp-bn", "base": "wgan-gp", "critic_batch_norm": True}
    job = planned([method], datasets=["glyphs"])[1]
    assert "batch norm in the critic couples samples" in job.skip


def test_labels_missing_for_a_conditional_run_are_named(tmp_path, monkeypatch):
    monkeypatch.setenv("GAN_BENCH_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    images = np.random.default_rng(0).integers(0, 256, (400, 16, 16, 1), np.uint8)
    np.savez(tmp_path / "mine.npz", images=images)
    with pytest.raises(UsageError, match=r"mine.* has no labels: .*--inception-weights"):
        planned(["cgan"], datasets=["mine.npz"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"kid_subset_size": 120}, "KID: needs at least 120 images"),
        ({"reference_images": 5000}, "5000 reference images asked for"),
        (
            {"methods": [{"name": "gan", "critic_batch_norm": "yes"}]},
            "critic_batch_norm must be true or false",
        ),
        ({"methods": ["gan"], "network": "resnet", "datasets": ["ring8"]}, "ring8"),
        ({"methods": [{"name": "gan", "critic_batch_norm": True}], "network": "resnet"}, "DCGAN pair"),
        ({"methods": [{"name": "gan", "steps": 0}]}, "steps must be a whole number from 1"),
    ],
)
def test_bad_settings_give_one_line(changes, message):
    with pytest.raises(Exception, match=message) as error:
        planned(changes.pop("methods", ["gan"]), **changes)
    assert "\n" not in str(error.value)


def test_methods_of_images_are_no_methods_of_points():
    from gan_bench.experiments.training.plan import plan as plan_points
    from gan_bench.experiments.training.settings import Settings as Points

    context = PlanContext(where="suite", device="cpu")
    with pytest.raises(UsageError, match='method "cgan" is for the experiment "images" only'):
        plan_points(Points(methods=["cgan"], datasets=["ring8"]), (0,), context)
    # Named by the command for all experiments, it is left out of those that cannot take it.
    added = dataclasses.replace(context, added=("cgan",))
    jobs = plan_points(Points(methods=["gan"], datasets=["ring8"]), (0,), added)
    assert {job.method for job in jobs} == {"perfect-sampler", "gan"}


def test_a_job_records_what_the_report_needs(trained):
    rows = trained.rows
    assert {status.status for status in trained.status.values()} == {Status.COMPLETED}
    ends = rows[(rows["step"] == 3) & (rows["axis"] == "n")]
    for n, metrics in ends.groupby("at")["metric"]:
        assert {"fid[digits-cnn]", "kid[digits-cnn]", "classes_covered[digits-cnn]"} <= set(metrics), n
    assert set(ends["at"]) == {100, 150}
    of_run = {"images_per_second", "steps_per_second", "peak_memory", "evaluation_share", "nearest_distance"}
    assert of_run <= set(rows[rows["step"] == 3]["metric"])
    shares = rows[rows["metric"] == "class_share[digits-cnn]"]
    assert set(shares["step"]) == {3}
    assert shares.groupby("seed")["value"].sum().to_numpy() == pytest.approx([1.0, 1.0])
    assert trained.samples["step-3"].shape == (2, GRID, 1, 8, 8)
    assert trained.samples["step-3"].dtype == np.uint8
    assert trained.samples["nearest-generated"].shape == trained.samples["nearest-training"].shape
    assert len(trained.samples["nearest-generated"]) == NEAREST
    assert trained.facts["judged by"]["extractor"] == "digits-cnn"
    assert trained.facts["judged by"]["accuracy"] > 0.9
    assert set(rows["metric"]) <= set(trained.descriptors)


def test_images_per_second_counts_real_images_of_all_critics(trained):
    rows = trained.rows[trained.rows["step"] == 3].set_index("metric")
    rate = rows.loc["images_per_second", "value"].iloc[0]
    seconds = rows.loc["images_per_second", "seconds"].iloc[0]
    # 3 generator steps, 5 critic steps each, 16 images, 2 seeds.
    assert rate * seconds == pytest.approx(3 * 5 * 16 * 2)


def test_the_floor_is_better_than_an_untrained_generator(trained):
    floor = ran(planned(["wgan-gp"])[0]).rows
    untrained = trained.rows[trained.rows["step"] == 0]
    for metric, better in (("fid[digits-cnn]", min), ("coverage[digits-cnn]", max)):
        real = floor[(floor["metric"] == metric) & (floor["at"] == 100)]["value"]
        fake = untrained[untrained["metric"] == metric]["value"]
        assert len(real) == 10
        assert better(*real, *fake) in set(real)
        assert better(real.median(), fake.median()) == real.median()


def test_a_conditional_job_says_whether_the_asked_class_is_shown(conditional):
    accuracy = conditional.rows[conditional.rows["metric"] == "conditional_accuracy[digits-cnn]"]
    by_class = conditional.rows[conditional.rows["metric"] == "class_accuracy[digits-cnn]"]
    assert accuracy["value"].between(0, 1).all()
    assert set(by_class["at"]) <= set(range(10))
    assert len(accuracy) == 2 * 3  # seeds; curve samples twice, end samples once


def test_a_conditional_critic_is_told_the_labels_of_its_batch():
    """Real and fake samples of a step share their labels, and both players see them."""
    dataset, method = build_image_dataset("digits"), build_method("cgan")
    nets = networks(NETS, dataset, method)
    trainer = Trainer(method, dataset, nets.generator, nets.critic, (3,), batch_size=16, latent=8)
    trainer.critic_step()
    expected = dataset.batch(16, Streams((3,)))[1]
    assert torch.equal(trainer.labels, expected)
    real, labels = dataset.batch(16, Streams((3,), prefix="other/"))
    told, others = trainer.scores(real, labels), trainer.scores(real, (labels + 1) % 10)
    assert (told - others).abs().max() > 1e-4
    doubled = trainer.scores(torch.cat([real, real], 1), labels)
    torch.testing.assert_close(doubled, torch.cat([told, told], 1))


def test_a_seed_whose_images_are_not_finite_has_diverged():
    wild = {"name": "wild", "base": "wgan-none", "learning_rate": 1e30}
    outcome = ran(planned([wild])[1])
    assert {status.status for status in outcome.status.values()} == {Status.DIVERGED}
    # The start is kept.
    assert set(outcome.rows["step"]) == {0}


def test_a_growing_method_brings_its_own_networks():
    dataset, method = build_image_dataset("glyphs"), build_method("progressive")
    nets = networks(NETS, dataset, method)
    assert isinstance(nets.generator(), ProgressiveGenerator)
    trainer = Trainer(method, dataset, nets.generator, nets.critic, (0,), batch_size=8, latent=8)
    seen = []
    trainer.generator.grow = lambda progress: seen.append(progress)  # type: ignore[method-assign]
    trainer.run([0, 4], lambda _: None)
    assert seen == [0.0, 0.0, 0.25, 0.5, 0.75, 1.0]


def test_a_user_s_modules_are_built_with_the_images_shape(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(
        "from torch import nn\n"
        "class G(nn.Module):\n"
        "    def __init__(self, latent, shape):\n"
        "        super().__init__()\n"
        "        self.net = nn.Sequential(nn.Linear(latent, 64), nn.Tanh(), nn.Unflatten(1, shape))\n"
        "    def forward(self, z):\n"
        "        return self.net(z)\n"
        "def wrong(latent, shape):\n"
        "    return nn.Linear(latent, 3)\n"
    )
    job = planned(["gan"], generator="nets.py:G")[1]
    assert not job.skip
    with pytest.raises(Exception, match=r"nets.py:wrong: makes \(4, 3\) of inputs \(4, 8\)"):
        planned(["gan"], generator="nets.py:wrong")


def test_packs_are_joined_along_the_channels():
    dataset, method = build_image_dataset("digits"), build_method("pacgan2")
    critic = networks(NETS, dataset, method).critic()
    assert isinstance(critic, DCGANCritic)
    assert critic(torch.zeros(5, 2, 8, 8)).shape == (5,)


def test_tables_on_one_data_set_share_its_perfect_sampler(tmp_path):
    """The suite `cifar10` has two tables on one set, of two network pairs."""
    images = {"kind": "images", **TINY}
    suite = {
        "suite": {"name": "two", "seeds": 2},
        "experiment": [
            {**images, "methods": ["gan"]},
            {**images, "methods": [{"name": "deep", "base": "sngan"}], "network": "resnet"},
        ],
    }
    planned = gb.run(suite, out=tmp_path / "out", dry_run=True)
    assert [outcome.job.method for outcome in planned.outcomes] == ["perfect-sampler", "gan", "deep"]


def test_a_data_set_that_the_command_names_is_run_where_the_suite_names_it(tmp_path):
    images = {"kind": "images", **TINY, "methods": ["gan"]}
    suite = {
        "suite": {"name": "two", "seeds": 2},
        "experiment": [images, {**images, "datasets": ["stacked-digits"]}],
    }
    for name in ("digits", "stacked-digits"):
        planned = gb.run(suite, out=tmp_path / "out", datasets=[name], dry_run=True)
        assert [outcome.job.dataset for outcome in planned.outcomes] == [name, name]
    # One that it does not name is run by every table.
    with pytest.raises(UsageError, match="gan on glyphs: the same job is planned twice"):
        gb.run(suite, out=tmp_path / "out", datasets=["glyphs"], dry_run=True)


def test_batch_norm_goes_with_packs_and_noise_but_not_with_a_bound():
    jobs = planned(["nsgan", "pacgan2", "instance-noise", "r1", "wgan-clip", "sngan"], datasets=["glyphs"])
    norms = {job.method: job.settings["critic_batch_norm"] for job in jobs[1:]}
    assert [name for name, norm in norms.items() if norm] == ["nsgan", "pacgan2", "instance-noise"]
    # At 8 x 8 there is one convolution, which never has any.
    assert not any(job.settings["critic_batch_norm"] for job in planned(["nsgan", "pacgan2"])[1:])
    asked = planned([{"name": "gan", "critic_batch_norm": True}])[1]
    assert "at 8 x 8 the critic's only convolution" in asked.skip


def test_batch_norm_bounds_no_divergence_of_samples():
    outcome = ran(planned(["nsgan"], datasets=["glyphs"], curve_samples=60, end_samples=60)[1])
    assert "js_scores" not in set(outcome.rows["metric"])
    bare = [{"name": "bare", "base": "nsgan", "critic_batch_norm": False}]
    outcome = ran(planned(bare, datasets=["glyphs"], curve_samples=60, end_samples=60)[1])
    assert "js_scores" in set(outcome.rows["metric"])


def test_packs_that_divide_no_power_of_two_are_measured():
    packs = {"name": "packs", "base": "pacgan2", "constraints": [{"name": "pack", "size": 3}]}
    outcome = ran(planned([packs], batch_size=15, curve_samples=150, end_samples=150)[1])
    assert {status.status for status in outcome.status.values()} == {Status.COMPLETED}
    assert "critic_gap" in set(outcome.rows["metric"])


def test_numbers_that_double_backward_needs_stay_precise():
    job = planned(["consensus"], precision="bfloat16")[1]
    assert "bfloat16 is too coarse" in job.skip
    assert planned(["gan"], precision="bfloat16")[1].settings["precision"] == "bfloat16"


def test_an_average_that_still_holds_its_start_says_so():
    slow = {"name": "slow", "base": "nsgan", "generator_average": 0.999}
    assert "100% of the averaged generator" in ran(planned([slow])[1]).facts["caution on the average"]
    quick = {"name": "quick", "base": "nsgan", "generator_average": 0.1}
    assert "caution on the average" not in ran(planned([quick])[1]).facts


def test_nobody_s_paths_are_stored(tmp_path, monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (400, 8, 8), np.uint8)
    np.savez(tmp_path / "mine.npz", images=images, labels=np.arange(400) % 3)
    suite = {
        "suite": {"name": "mine", "seeds": 1},
        "experiment": [
            {"kind": "images", **TINY, "datasets": [str(tmp_path / "mine.npz")], "methods": ["gan"]}
        ],
    }
    request = Request(suite=suite, out=tmp_path / "out")
    marker = _marker(prepare(request), {})
    assert str(tmp_path) not in json.dumps(marker)
    assert marker["suite"]["experiment"][0]["datasets"] == ["mine.npz"]
