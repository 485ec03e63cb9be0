"""The robustness experiment: what is planned, what a job trains, what its figures count."""

import json
import math
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

from gan_bench.cli import main
from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.robustness.architectures import ACTIVATIONS, SmoothReLU, drawn, factories
from gan_bench.experiments.robustness.figures import figures
from gan_bench.experiments.robustness.plan import plan
from gan_bench.experiments.robustness.results import Results
from gan_bench.experiments.robustness.run import run
from gan_bench.experiments.robustness.settings import OPTIMISERS, Settings
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import Outcome, Row, SeedStatus, Status, frame_from_rows
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.seeds import forked

TINY = {
    "steps": 2, "batch_size": 8, "width": 6, "layers": 1, "snapshots": 2, "curve_samples": 10,
    "end_samples": 12, "reference_draws": 20,
}  # fmt: skip
SEEDS = (0, 1)
CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")


def planned(context=CONTEXT, **changes):
    return plan(Settings(**{**TINY, "methods": ["wgan-gp"], **changes}), SEEDS, context)


def execute(job):
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


# --- the six settings and the plan


def test_the_settings_are_those_of_the_source():
    """Miyato et al. 2018, table 1, written out once more."""
    table = {
        "A": (1e-4, 0.5, 0.9, 5), "B": (1e-4, 0.5, 0.999, 1), "C": (2e-4, 0.5, 0.999, 1),
        "D": (1e-3, 0.5, 0.9, 5), "E": (1e-3, 0.5, 0.999, 5), "F": (1e-3, 0.9, 0.999, 5),
    }  # fmt: skip
    assert {name: (o.learning_rate, *o.betas, o.n_critic) for name, o in OPTIMISERS.items()} == table


def test_every_method_meets_every_setting_and_keeps_the_rest_of_itself():
    jobs = planned(methods=["wgan-clip", {"name": "mine", "base": "wgan-gp", "critic_learning_rate": 7.0}])
    reference, *trained = jobs
    assert (reference.method, reference.experiment) == ("perfect-sampler", "robustness")
    assert [(job.settings["setting"], job.method) for job in trained] == [
        (setting, method) for setting in "ABCDEF" for method in ("wgan-clip", "mine")
    ]
    assert len({job.key for job in jobs}) == 13
    for job in trained:
        wanted, method = OPTIMISERS[job.settings["setting"]], job.settings["method"]
        assert job.dataset == f"ring8, setting {job.settings['setting']}"
        for player in ("critic", "generator"):
            given = method[f"{player}_optimiser"]
            assert (given["kind"], given["learning_rate"]) == ("Adam", wanted.learning_rate)
            assert tuple(given["betas"]) == wanted.betas
        assert method["n_critic"] == wanted.n_critic
        kind = "Clip" if job.method == "wgan-clip" else "GradientPenalty"
        assert [part["kind"] for part in method["constraints"]] == [kind]
        assert json.loads(json.dumps(job.settings)) == job.settings


def test_a_user_s_objective_is_taken_through_all_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "loss.py").write_text(
        "from gan_bench.methods.objectives import Wasserstein\nclass Mine(Wasserstein):\n    pass\n"
    )
    context = PlanContext("here", "cpu", added=("loss.py:Mine",))
    mine = [job for job in planned(context) if job.method == "loss.py:Mine"]
    assert [job.settings["setting"] for job in mine] == list("ABCDEF")
    assert not any(job.skip for job in mine)
    outcome = execute(mine[3])
    assert {state.status for state in outcome.status.values()} == {Status.COMPLETED}


def test_what_cannot_take_a_setting_is_skipped_with_the_reason():
    spec = {"name": "together", "base": "gan", "updates": "simultaneous"}
    found = {job.settings["setting"]: job.skip for job in planned(methods=[spec])[1:]}
    assert [bool(found[setting]) for setting in "ABCDEF"] == [True, False, False, True, True, True]
    assert "simultaneous updates need n_critic = 1" in found["A"]


def test_selections_of_the_command_line():
    only = PlanContext("here", "cpu", methods=("sngan",))
    assert {job.method for job in planned(only)} == {"perfect-sampler", "sngan"}
    assert planned(PlanContext("here", "cpu", methods=("other-experiment's",))) == []
    assert planned(PlanContext("here", "cpu", datasets=("unheard-of",))) == []
    with pytest.raises(UsageError, match='unknown method "wgan_gp"'):
        planned(methods=["wgan_gp"])


def test_at_most_so_many_of_the_suite_s_seeds():
    assert planned(seeds=1)[1].seeds == (0,)
    assert planned()[1].seeds == SEEDS


@pytest.mark.parametrize(("more", "message"), [
    ("optimisers = []", "optimisers: must not be empty"),
    ('optimisers = ["G"]', "optimisers"),
    ('optimisers = ["A", "A"]', "each setting once"),
    ("steps = 0", "steps: should be greater than or equal to 1, not 0"),
    ("target = -1.0", "target: should be greater than 0, not -1.0"),
    ("depths = [0]", "depths"),
    ("architectures = -1", "architectures: should be greater than or equal to 0, not -1"),
    ('datasets = ["ring8", "grid25"]', "datasets"),
])  # fmt: skip
def test_bad_settings_are_one_line_and_exit_code_4(tmp_path, monkeypatch, capsys, more, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text(
        '[suite]\nname = "bad"\nseeds = 2\n[[experiment]]\n'
        f'kind = "gan_bench.experiments.robustness:EXPERIMENT"\n{more}\n'
    )
    assert main(["run", "bad.toml"]) == 4
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert "bad.toml: experiment 1" in line


# --- random networks


def test_networks_are_drawn_from_the_whole_space_and_again_the_same():
    depths, widths = [4, 8, 12, 20], [32, 64, 128]
    first = [drawn(k, depths, widths) for k in range(60)]
    assert first == [drawn(k, depths, widths) for k in range(60)]
    for player in ("generator", "critic"):
        for key, values in (("depth", depths), ("width", widths), ("activation", list(ACTIVATIONS))):
            assert {one[player][key] for one in first} == set(values)
    # The two players' draws are not one draw.
    assert any(one["generator"]["depth"] != one["critic"]["depth"] for one in first)


def test_a_drawn_network_is_what_its_description_says():
    part = {"depth": 3, "width": 5, "activation": "tanh"}
    with forked(0, "test"):
        nets = factories({"generator": part, "critic": {**part, "activation": "smooth-relu"}})
        generator, critic = nets["generator"](2, 7), nets["critic"](4)
    linear = [layer for layer in generator if isinstance(layer, nn.Linear)]
    assert [(layer.in_features, layer.out_features) for layer in linear] == [(2, 5), (5, 5), (5, 5), (5, 7)]
    assert sum(isinstance(layer, nn.Tanh) for layer in generator) == 3
    assert sum(isinstance(layer, SmoothReLU) for layer in critic) == 3
    assert critic(torch.zeros(6, 4)).shape == (6, 1)
    assert not isinstance(critic[-1], SmoothReLU)


def test_smooth_relu_is_the_source_s():
    """softplus(2x + 2) / 2 - 1, by hand at three points; its slope is a sigmoid."""
    x = torch.tensor([-1.0, 0.0, 3.0], dtype=torch.float64)
    by_hand = [math.log(1 + math.exp(2 * v + 2)) / 2 - 1 for v in x.tolist()]
    assert SmoothReLU()(x).tolist() == pytest.approx(by_hand, abs=1e-12)


def test_all_methods_meet_the_same_networks_each_with_its_own_optimiser():
    jobs = planned(
        methods=["gan", "wgan-gp"], architectures=2, depths=[1, 2], widths=[3, 4], optimisers=["A"]
    )
    mine = [job for job in jobs if "architecture" in job.settings]
    assert [(job.settings["number"], job.method) for job in mine] == [
        (k, method) for k in (0, 1) for method in ("gan", "wgan-gp")
    ]
    for gan, penalised in pairwise(mine[::1]):
        if gan.settings["number"] == penalised.settings["number"]:
            assert gan.settings["architecture"] == penalised.settings["architecture"]
    assert mine[0].settings["method"]["critic_optimiser"]["betas"] == [0.5, 0.999]
    assert {job.settings["steps"] for job in mine} == {2}
    assert mine[1].settings["method"]["critic_optimiser"]["betas"] == [0.0, 0.9]


def test_networks_may_have_a_budget_of_their_own():
    jobs = planned(architectures=1, architecture_steps=7, optimisers=["A"])
    steps = {job.dataset: job.settings["steps"] for job in jobs if "steps" in job.settings}
    assert steps == {"ring8, setting A": 2, "ring8, networks 0": 7}


def test_a_job_trains_the_networks_that_it_names(monkeypatch):
    seen = []
    from gan_bench.experiments.robustness import run as module

    monkeypatch.setattr(module, "train_and_measure", lambda method, dataset, nets, *rest: seen.append(nets))
    job = next(j for j in planned(architectures=1, depths=[2], widths=[3]) if "architecture" in j.settings)
    execute(job)
    with forked(0, "test"):
        assert [layer.out_features for layer in seen[0].critic() if isinstance(layer, nn.Linear)] == [3, 3, 1]


@pytest.mark.parametrize("method", ["gan", "wgan-gp", "sngan"])
def test_random_networks_train_and_are_measured(method):
    jobs = planned(methods=[method], architectures=1, depths=[1], widths=[4], optimisers=["A"])
    outcome = execute(jobs[-1])
    rows = outcome.rows.query("metric == 'w1' and step == 2 and at == 12")
    assert sorted(rows.seed) == [0, 1]


# --- what the results count


def outcome(method, dataset, distances, more, status=Status.COMPLETED, floor=None):
    """Distances at the end by seed; infinity is a diverged seed."""
    seeds = tuple(range(len(distances)))
    job = Job("robustness", method, dataset, seeds, {"target": 3.0, "steps": 10, **more})
    rows = [Row(s, 10, "w1", d, 0.0, "n", 12.0) for s, d in enumerate(distances) if math.isfinite(d)]
    states = {s: SeedStatus(status if math.isfinite(d) else Status.DIVERGED) for s, d in enumerate(distances)}
    return Outcome(job, frame_from_rows(job, rows), states)


class Stub:
    def __init__(self, *outcomes):
        reference = Job("robustness", "perfect-sampler", "ring8", (0, 1, 2), {})
        rows = [Row(s, 0, "w1", v, 0.0, "n", 12.0) for s, v in enumerate((0.05, 0.1, 0.3))]
        done = dict.fromkeys((0, 1, 2), SeedStatus(Status.COMPLETED))
        self.outcomes = [Outcome(reference, frame_from_rows(reference, rows), done), *outcomes]


def table(run_):
    (found,) = Results.tables(run_)
    return found


def test_the_target_is_a_multiple_of_the_perfect_sampler_s_median():
    results = table(Stub(outcome("sngan", "ring8, setting A", [0.2], {"setting": "A"})))
    assert results.floor == pytest.approx(0.1)
    assert results.target == pytest.approx(0.3)


def test_shares_count_diverged_seeds_and_leave_out_unfinished_ones():
    lost = outcome("sngan", "ring8, setting A", [0.2, 0.31, math.inf, 0.3], {"setting": "A"})
    lost.status[0] = SeedStatus(Status.TIMEOUT)
    found = table(Stub(lost)).at("A")["sngan"]
    assert (found.n, found.reached, found.diverged) == (3, 1, 1)
    low, high = found.share[1:]
    # Wilson's interval by hand for 1 of 3.
    p, n, z = 1 / 3, 3, 1.959963984540054
    centre, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    expected = [(centre - half) / (1 + z * z / n), (centre + half) / (1 + z * z / n)]
    assert [low, high] == pytest.approx(expected)


def test_figures_hold_the_counts():
    run_ = Stub(
        outcome("sngan", "ring8, setting A", [0.2, 0.25], {"setting": "A"}),
        outcome("wgan-gp", "ring8, setting A", [0.2, math.inf], {"setting": "A"}),
        outcome("sngan", "ring8, networks 0", [0.14, 0.16], {"number": 0}),
        outcome("sngan", "ring8, networks 1", [math.inf, math.inf], {"number": 1}),
    )
    settings, networks = figures(run_)
    table = settings.table.set_index("method")
    assert table["reached"].to_dict() == {"sngan": 2, "wgan-gp": 1}
    assert table["diverged"].to_dict() == {"sngan": 0, "wgan-gp": 1}
    profile = networks.table.set_index("noise floors")
    assert (
        profile["reached"].to_dict()
        == pd.Series({1.25: 0, 1.5: 1, 2.0: 1, 3.0: 1, 5.0: 1, 8.0: 1, 12.0: 1, 20.0: 1}).to_dict()
    )
    assert (profile["networks"] == 2).all()
    for figure in (settings, networks):
        assert figure.group == "robustness"
        for panel in figure.panels:
            assert panel.alt
            panel.draw().canvas.draw()


def test_without_a_noise_floor_there_is_no_figure():
    run_ = Stub(outcome("sngan", "ring8, setting A", [0.2], {"setting": "A"}))
    run_.outcomes = run_.outcomes[1:]
    assert figures(run_) == []
    assert np.isnan(table(run_).target)
