"""The game's spectrum end to end: plan, rows, divergence, gaps, pictures, mistakes in a suite file."""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from matplotlib import pyplot as plt

from gan_bench import registry
from gan_bench.cli import main
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.game_spectrum import run as module
from gan_bench.experiments.game_spectrum.figures import figures
from gan_bench.experiments.game_spectrum.plan import plan
from gan_bench.experiments.game_spectrum.settings import EQUILIBRIUM, Settings
from gan_bench.experiments.game_spectrum.spectrum import Ends
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.report.theme import themed

KIND = "gan_bench.experiments.game_spectrum:EXPERIMENT"
CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")
TINY = {
    "methods": ["gan", "r1"], "steps": 3, "snapshots": 3, "batch_size": 8, "field_batch": 8, "width": 3,
    "layers": 1, "path_points": 3, "path_end": 1.5, "eigenvalues": 2,
}  # fmt: skip
PLUGIN = """
class Mine:
    def critic_loss(self, real, fake):
        return fake.square().mean(1) - real.mean(1)

    def generator_loss(self, fake, real=None):
        return -fake.mean(1)
"""


def planned(**changes):
    return plan(Settings(**{**TINY, **changes}), (5, 6), CONTEXT)


def execute(job):
    collector = Collector(job)
    module.run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


@pytest.fixture(scope="module")
def outcomes():
    return [execute(job) for job in planned()]


def value(outcome, metric, seed=5, **where):
    rows = outcome.rows[(outcome.rows.metric == metric) & (outcome.rows.seed == seed)]
    for column, wanted in where.items():
        rows = rows[rows[column] == wanted]
    return rows["value"].item()


def test_every_seed_has_both_views_at_every_snapshot_and_a_path(outcomes):
    for outcome in outcomes:
        rows = outcome.rows
        assert set(rows.seed) == {5, 6}
        views = rows[rows.metric == "largest_real"].groupby("step")["at"].apply(set)
        # Before its first step an optimiser has no second moment yet.
        assert views.to_dict() == {0: {0.0}, 1: {0.0, 1.0}, 3: {0.0, 1.0}}
        assert value(outcome, "field_ratio", step=0) == 1
        ratio = value(outcome, "field_norm", step=3) / value(outcome, "field_norm", step=0)
        assert value(outcome, "field_ratio", step=3) == pytest.approx(ratio)
        # The way starts where training did and ends where it ended.
        assert value(outcome, "path_ratio", at=0.0) == pytest.approx(1)
        path = rows[rows.metric == "path_cosine"]
        assert sorted(path["at"].unique()) == [0, 0.75, 1.5]
        assert path["value"].abs().max() <= 1 + 1e-12
        assert (rows[rows.metric == "ends_not_found"]["value"] == 0).all()
        assert outcome.facts["searches that gave up"] == "none"
        assert outcome.samples["eigenvalues"].shape == (2, 2, 2, 2, 2)


def test_the_end_of_the_path_is_the_last_snapshot():
    (job,) = planned(methods=["gan"], path_end=1.0)
    outcome = execute(job)
    assert value(outcome, "path_ratio", at=1.0) == pytest.approx(value(outcome, "field_ratio", step=3))


def test_a_seed_s_numbers_do_not_depend_on_the_others(outcomes):
    alone = execute(dataclasses.replace(planned()[1], seeds=(6,)))
    for step in (0, 3):
        for metric in ("largest_real", "largest_imaginary"):
            where = {"step": step, "at": 0.0, "seed": 6}
            assert value(alone, metric, **where) == pytest.approx(
                value(outcomes[1], metric, **where), rel=1e-8
            )


def test_a_seed_that_diverges_is_said_and_measured_no_further():
    (job,) = planned(
        methods=[{"name": "wgan-none", "optimiser": "sgd", "learning_rate": 1e200, "n_critic": 1}]
    )
    outcome = execute(job)
    assert {status.status for status in outcome.status.values()} == {Status.DIVERGED}
    assert set(outcome.rows.step) == {0}
    assert figures(SimpleNamespace(outcomes=[outcome]))


def test_a_search_that_gives_up_is_counted_and_its_value_is_missing(monkeypatch):
    nothing = np.empty(0, complex)
    monkeypatch.setattr(module, "ends", lambda *a, **k: Ends(np.array([2 + 1j]), nothing, 9, "LI: gave up"))
    outcome = execute(planned(methods=["gan"])[0])
    assert set(outcome.rows[outcome.rows.metric == "largest_real"]["value"]) == {2.0}
    assert "largest_imaginary" not in set(outcome.rows.metric)
    assert (outcome.rows[outcome.rows.metric == "ends_not_found"]["value"] == 1).all()
    assert "seed 6, step 3, step: LI: gave up" in outcome.facts["searches that gave up"]
    flow = figures(SimpleNamespace(outcomes=[outcome]))[0]
    assert "6 of 12 searches found nothing" in flow.caption
    assert "a product is not a number" in flow.caption
    assert flow.table["seeds that lost some"].tolist() == ["2 of 2"]


def drawn(figure):
    with themed():
        pictures = [panel.draw() for panel in figure.panels]
    texts = [text.get_text() for picture in pictures for ax in picture.axes for text in ax.texts]
    labels = [(ax.get_xlabel(), ax.get_ylabel()) for picture in pictures for ax in picture.axes]
    plt.close("all")
    return texts, labels


def test_pictures_say_that_this_is_no_equilibrium(outcomes):
    made = figures(SimpleNamespace(outcomes=outcomes))
    assert [figure.name.split("-")[2] for figure in made] == ["flow", "step", "plane", "path"]
    for figure in made:
        assert "not an equilibrium: all methods" in figure.caption
        assert figure.group == "game-spectrum"
        assert figure.methods == ("gan", "r1")
        assert all(panel.alt for panel in figure.panels)
        texts, labels = drawn(figure)
        assert all(x and y for x, y in labels)
        assert any("equilibrium" in text for text in texts)
    table = made[0].table.set_index("method")
    assert table["state"].tolist() == ["not an equilibrium"] * 2
    expected = [value(outcomes[0], "largest_real", seed, step=3, at=0.0) for seed in (5, 6)]
    assert table.loc["gan", "largest Re, flow"] == pytest.approx(np.mean(expected))


def test_pictures_say_where_it_is_one(outcomes):
    rest = [dataclasses.replace(outcome, rows=outcome.rows.copy()) for outcome in outcomes]
    last = (rest[1].rows.metric == "field_ratio") & (rest[1].rows.step == 3)
    rest[1].rows.loc[last, "value"] = EQUILIBRIUM / 2
    flow, _, plane, _ = figures(SimpleNamespace(outcomes=rest))
    assert "not an equilibrium: gan." in flow.caption
    assert flow.table["state"].tolist() == ["not an equilibrium", "near an equilibrium"]
    assert "not an equilibrium (1 of 2 methods)" in drawn(flow)[0]
    assert [panel.alt.rsplit("; ")[1] for panel in plane.panels] == [
        "not an equilibrium.",
        "near an equilibrium.",
    ]


def test_jobs_hold_what_changes_the_numbers():
    first, other = planned()[0], planned(tolerance=1e-4)[0]
    assert first.digest != other.digest
    assert first.settings["method"]["name"] == "gan"
    assert {"device", "threads", "method_spec", "dataset", "field_batch", "steps"} <= set(first.settings)
    assert {"methods", "datasets", "seeds"}.isdisjoint(first.settings)
    assert planned(seeds=1)[0].seeds == (5,)


def test_what_cannot_run_is_skipped_with_a_reason(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(PLUGIN)
    good, packed = planned(methods=["mine.py:Mine", "pacgan2"], field_batch=9)
    assert not good.skip
    assert packed.skip == "packs of 2 do not divide the batch size or the size of the fixed batch"
    assert "largest_real" in set(execute(good).rows.metric)
    pair = planned(methods=["gan"], datasets=["dirac"], latent=1)[0]
    assert "at least two latent coordinates" in pair.skip


MISTAKES = [
    ("methods = []", "methods: must not be empty"),
    ('methods = ["gna"]', 'unknown method "gna" - did you mean "gan"?'),
    ("steps = 0", "steps: should be greater than or equal to 1, not 0"),
    ("tolerance = 0.0", "tolerance: should be greater than 0, not 0.0"),
    ("path_end = 0.5", "path_end: should be greater than or equal to 1, not 0.5"),
    ("eigenvalus = 3", 'unknown key "eigenvalus" - did you mean "eigenvalues"?'),
    ('generator = "gone.py:Net"', "there is no file gone.py"),
]


@pytest.mark.parametrize(("line", "message"), MISTAKES)
def test_a_mistake_in_a_suite_file_is_one_line_and_exit_code_4(tmp_path, monkeypatch, capsys, line, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "toy.toml").write_text(
        f'[suite]\nname = "toy"\nseeds = 1\ndevice = "cpu"\n[[experiment]]\nkind = "{KIND}"\n{line}\n'
    )
    assert main(["run", "toy.toml"]) == 4
    (complaint,) = capsys.readouterr().err.splitlines()
    assert complaint.startswith("gan-bench: toy.toml: experiment 1")
    assert message in complaint


def test_the_defaults_are_a_plan():
    jobs = plan(Settings(), (0,), CONTEXT)
    assert [job.method for job in jobs] == ["gan", "nsgan", "wgan-gp", "r1", "consensus"]
    assert not any(job.skip for job in jobs)
    assert set(registry.names("methods")) > {job.method for job in jobs}
    assert torch.get_default_dtype() == torch.float32
