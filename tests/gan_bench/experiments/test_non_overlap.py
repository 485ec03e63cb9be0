"""Training without overlap: what is planned, exact distances and forces, what every job leaves behind."""

import dataclasses
import json
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from torch import nn

from gan_bench.analysis.cells import Cell, cells_of
from gan_bench.cli import main
from gan_bench.data.toy import build_dataset
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.non_overlap.arrivals import (
    arrived,
    broken_off,
    planned,
    steps_to_half,
    survived,
)
from gan_bench.experiments.non_overlap.figures import figures
from gan_bench.experiments.non_overlap.plan import on_problem, plan
from gan_bench.experiments.non_overlap.problems import LATENT, MovingLine, start
from gan_bench.experiments.non_overlap.run import even_steps, run
from gan_bench.experiments.non_overlap.settings import Settings
from gan_bench.experiments.non_overlap.theory import penalty_weight, under_penalty, under_slope_one
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.methods.build import build_method
from gan_bench.metrics.transport import wasserstein1
from gan_bench.report.theme import themed
from gan_bench.train import Trainer

TINY = {
    "separations": [1.0, 3.0], "steps": 4, "critic_first": 2, "snapshots": 3, "points": 20, "batch_size": 8,
    "width": 6, "layers": 2,
}  # fmt: skip
SEEDS = (0, 1)
CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")
KIND = "gan_bench.experiments.non_overlap:EXPERIMENT"


def jobs_of(*methods, context=CONTEXT, seeds=SEEDS, **changes):
    return plan(Settings(methods=list(methods or ("gan",)), **{**TINY, **changes}), seeds, context)


def execute(job):
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


def test_a_job_per_problem_and_method_holds_all_that_counts():
    jobs = jobs_of("gan", "wgan-gp")
    assert [(job.dataset, job.method) for job in jobs] == [
        ("line", "gan"), ("line", "wgan-gp"), ("cluster", "gan"), ("cluster", "wgan-gp"),
    ]  # fmt: skip
    assert jobs[0].settings["method"]["generator_optimiser"] == {"kind": "SGD", "learning_rate": 0.02}
    assert jobs[2].settings["method"]["generator_optimiser"]["kind"] == "Adam"
    json.dumps(jobs[0].settings)
    assert len({job.digest for job in [*jobs, *jobs_of("gan", line_rate=0.1)]}) == 6
    (only,) = jobs_of("gan", "nsgan", context=PlanContext("x", "cpu", methods=("nsgan",), datasets=("line",)))
    assert (only.dataset, only.method) == ("line", "nsgan")
    assert jobs_of(context=PlanContext("x", "cpu", datasets=("ring8",))) == []
    (first, _) = plan(Settings(methods=["gan"], seeds=2, **TINY), (4, 5, 6), CONTEXT)
    assert first.seeds == (4, 5)


def test_packs_that_do_not_divide_the_batch_are_skipped_with_a_reason():
    pack = {"name": "packs", "base": "gan", "constraints": [{"name": "pack", "size": 3}]}
    assert "packs of 3" in jobs_of(pack)[0].skip


def test_a_plugin_is_planned_and_trained(tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(
        "class Mine:\n"
        "    def critic_loss(self, real, fake):\n"
        "        return (fake - real).mean(1)\n"
        "    def generator_loss(self, fake, real=None):\n"
        "        return -fake.mean(1)\n"
    )
    for job in jobs_of(f"{file}:Mine"):
        assert {s.status for s in execute(job).status.values()} == {Status.COMPLETED}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("separations = [0.0]", "separations: item 1: should be greater than 0, not 0.0"),
        ("separations = []", "separations: must not be empty"),
        ("separations = [2.0, 2.0]", "separations names a value twice"),
        ("problems = []", "problems: must not be empty"),
        ('problems = ["lines"]', "problems: item 1"),
        ("arrive = 0.5", "arrive: should be less than 0.5, not 0.5"),
        ("layers = 0", "layers: should be greater than or equal to 1, not 0"),
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


@pytest.mark.parametrize("theta", [3.0, -0.5])
def test_the_distance_to_the_line_is_the_linear_programmes(theta):
    z = torch.randn(40, LATENT, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    moved = MovingLine(theta).double()(z).detach()
    begun = start({"problem": "line"}, abs(theta))
    real = begun.dataset.distribution.push(z)  # the same heights, at 0
    assert torch.equal(real[:, 1], moved[:, 1])
    assert begun.distance(moved[None]).item() == pytest.approx(abs(theta), abs=1e-12)
    assert wasserstein1(real, moved).cost == pytest.approx(abs(theta), abs=1e-9)


class Slope(nn.Module):
    """A critic f(x) = -slope x_1: as far as theta is concerned, of that slope."""

    def __init__(self, slope=0.5):
        super().__init__()
        self.slope = nn.Parameter(torch.tensor([slope]))

    def forward(self, x):
        return -self.slope * x[:, 0]


def test_theta_follows_the_slope_of_the_critic_at_the_rate_of_the_line():
    method = on_problem(build_method("wgan-none"), "line", 0.1)
    trainer = Trainer(
        method, build_dataset({"name": "parallel-lines", "separation": 2.0}), lambda: MovingLine(2.0), Slope,
        SEEDS, batch_size=8, latent=LATENT, dtype=torch.float64,
    )  # fmt: skip
    for _ in range(3):
        trainer.generator_step()
    assert trainer.generator.parameters["theta"].tolist() == [[pytest.approx(2.0 - 3 * 0.1 * 0.5)]] * 2


def test_closed_forms_are_the_steps_they_stand_for():
    distance, found = 4.0, under_penalty(4.0, 0.05, 10.0, np.arange(60))
    for step in range(60):
        assert found[step] == pytest.approx(distance)
        distance = max(distance - 0.05 * (1 + distance / 20.0), 0.0)
    assert under_slope_one(1.0, 0.25, np.arange(6)).tolist() == [1.0, 0.75, 0.5, 0.25, 0.0, 0.0]


@pytest.mark.parametrize(("method", "weight"), [
    ("wgan-gp", 10.0), ("wgan-lp", 10.0), ("nsgan-gp", None), ("gan", None), ("wgan-clip", None),
    ({"name": "free", "base": "wgan-gp", "constraints": [{"name": "gradient-penalty", "weight": 0.0}]}, None),
])  # fmt: skip
def test_the_weight_of_a_penalty_is_read_from_the_description(method, weight):
    assert penalty_weight(build_method(method).describe()) == weight


def test_a_run_starts_exactly_at_its_separation_and_a_seed_is_the_same_in_any_block():
    line, cluster = (execute(job).rows for job in jobs_of("nsgan"))
    for rows, tolerance in ((line, 1e-6), (cluster, 0.3)):
        first = rows[(rows.metric == "distance") & (rows.step == 0)]
        assert np.allclose(first.value, first["at"], atol=tolerance)
        assert sorted(rows.step.unique()) == [0, 1, 2, 4]
        assert (rows[rows.metric == "force"].step > 0).all()
    assert len(cluster[cluster.metric == "floor"]) == 2 * len(SEEDS)
    alone = execute(jobs_of("nsgan", seeds=(1,))[0]).rows
    assert np.allclose(alone.value, line[line.seed == 1].value, rtol=1e-4)


@pytest.mark.parametrize("place", [0, 1])
def test_a_seed_that_diverges_has_a_status_and_no_rows_from_there(place):
    wild = {"name": "wild", "base": "wgan-none", "optimiser": "sgd", "learning_rate": 1e30}
    outcome = execute(jobs_of(wild)[place])
    assert {s.status for s in outcome.status.values()} == {Status.DIVERGED}
    assert all("started 1 away; not finite" in s.message for s in outcome.status.values())
    assert np.isfinite(outcome.rows.value).all()


def test_divergence_from_one_separation_leaves_the_others_alone(monkeypatch):
    """The second seed is spoilt where it starts 3 away, which is first."""
    snapshot = Trainer.snapshot

    def spoilt(self):
        if self.step == 4 and self.generator.parameters["theta"][1].abs() > 2:
            self.mark(torch.tensor([False, True]))
        return snapshot(self)

    monkeypatch.setattr(Trainer, "snapshot", spoilt)
    job = jobs_of("wgan-gp", separations=[3.0, 1.0], line_rate=0.2, problems=["line"])[0]
    (cell,) = cells_of([execute(job)])
    assert cell.status[1].message == "not finite at generator step 4, started 3 away"
    assert (survived(cell, 3.0), survived(cell, 1.0)) == ([0], [0, 1])
    assert [step for step, _ in broken_off(cell, 3.0)] == [2]
    assert broken_off(cell, 1.0) == []
    reached = cell.of("distance", 1.0).query("step == 4")["value"]
    generous = Cell("x", (dataclasses.replace(cell.outcomes[0], job=patient(job, float(reached.max()))),))
    assert arrived(generous, 1.0) == 2
    assert arrived(generous, 3.0) <= 1


def patient(job, share):
    """The job, with so large a share that it arrives from 1."""
    return dataclasses.replace(job, settings={**job.settings, "arrive": share})


def test_even_steps():
    assert even_steps(400, 5) == [0, 1, 100, 200, 300, 400]


def made_up(curves, method="gan", problem="line", status=None):
    """An outcome of distances from a start of 2: seed -> values at steps 0, 1, 10, 20."""
    settings = {
        "separations": [2.0], "arrive": 0.1, "steps": 20, "line_rate": 0.1,
        "method": build_method(method).describe(),
    }  # fmt: skip
    job = Job("non-overlap", method, problem, tuple(curves), settings)
    rows = [
        Row(seed, step, metric, value, axis="separation", at=2.0)
        for seed, values in curves.items()
        for step, value in zip((0, 1, 10, 20), values, strict=False)
        for metric in ("distance", "force")
    ]
    complete = {seed: SeedStatus(Status.COMPLETED) for seed in curves} | (status or {})
    return Outcome(job, frame_from_rows(job, rows), complete)


def test_arrival_and_half_way_worked_by_hand():
    lost = {2: SeedStatus(Status.DIVERGED, 10, "planted")}
    curves = {0: (2.0, 1.8, 0.9, 0.1), 1: (2.0, 2.0, 2.0, 2.0), 2: (2.0, 0.1)}
    (cell,) = cells_of([made_up(curves, status=lost)])
    half = steps_to_half(cell, 2.0)
    assert half[0] == pytest.approx(1 + 9 * 0.8 / 0.9)
    assert half[1] == np.inf
    assert half[2] == pytest.approx(0 + 1.0 / 1.9)
    assert (arrived(cell, 2.0), planned(cell)) == (1, 3)


def test_a_seed_that_came_close_and_then_diverged_has_not_arrived():
    lost = {0: SeedStatus(Status.DIVERGED, 20, "planted")}
    (cell,) = cells_of([made_up({0: (2.0, 1.0, 0.1), 1: (2.0, 2.0, 2.0, 2.0)}, status=lost)])
    assert arrived(cell, 2.0) == 0
    assert broken_off(cell, 2.0) == [(10.0, 0.1)]


def test_means_of_survivors_say_how_many_they_are():
    lost = {0: SeedStatus(Status.DIVERGED, 20, "planted")}
    outcomes = (made_up({0: (2.0, 9.0, 9.0), 1: (2.0, 1.0, 0.5, 0.1)}, status=lost),)
    pictures = figures(SimpleNamespace(outcomes=outcomes))
    for picture in pictures:
        assert "gan (line) from 2: 1 of 2 survived" in picture.caption
        assert list(picture.table["survived"]) == ["1 of 2"]
        assert list(picture.table["left at the end"]) == ["0.1"]
    whole = figures(SimpleNamespace(outcomes=(made_up({0: (2.0, 1.0, 0.5, 0.1)}),)))
    assert not any("survived" in picture.caption for picture in whole)


def test_pictures_have_words_and_numbers():
    curves = {0: (2.0, 1.8, 0.9, 0.1), 1: (2.0, 1.9, 1.0, 0.3)}
    never = {0: (2.0, 2.0, 2.0, 2.0), 1: (2.0, 2.0, 2.0, 1.9)}
    outcomes = [
        made_up(values, method, problem)
        for problem in ("line", "cluster")
        for method, values in (("wgan-gp", curves), ("gan", never))
    ]
    pictures = figures(SimpleNamespace(outcomes=tuple(outcomes)))
    assert [picture.name for picture in pictures] == ["distance-line", "distance-cluster", "arrivals"]
    with themed():
        for picture in pictures:
            assert picture.caption
            for panel in picture.panels:
                assert panel.alt
                axes = panel.draw().axes
                assert all(ax.get_xlabel() and ax.get_ylabel() for ax in axes)
    table = pictures[0].table.set_index("method")
    assert table.loc["gan", "median steps to half"] == "never"
    assert table.loc["wgan-gp", "arrived"].startswith("1 of 2")
    assert figures(SimpleNamespace(outcomes=())) == []
