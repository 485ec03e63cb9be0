"""gb.benchmark: the user's own modules, objectives and methods from Python, and every mistake in one line."""

import math

import numpy as np
import pytest
import torch
from torch import nn

import gan_bench as gb
from gan_bench.errors import PluginError, UsageError
from gan_bench.harness.outcome import Status
from gan_bench.methods.constraints import Clip, GradientPenalty
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import Minimax, Wasserstein
from gan_bench.methods.optimisers import SGD

TINY = {
    "steps": 3,
    "batch_size": 16,
    "width": 8,
    "layers": 2,
    "snapshots": 3,
    "curve_samples": 20,
    "end_samples": 20,
}


class Generator(nn.Module):
    built = 0

    def __init__(self, latent, dim):
        super().__init__()
        type(self).built += 1
        self.scale = nn.Parameter(torch.randn(dim))
        self.net = nn.Sequential(nn.Linear(latent, 6), nn.SiLU(), nn.Linear(6, dim))

    def forward(self, z):
        return self.net(z) * self.scale


class Critic(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim, 6), nn.SiLU(), nn.Linear(6, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)


class Mine:
    """Wasserstein's losses, from nothing but the two functions."""

    def critic_loss(self, real, fake):
        return fake.mean(1) - real.mean(1)

    def generator_loss(self, fake, real=None):
        return -fake.mean(1)


def numbers(outcome):
    rows = outcome.rows[outcome.rows.metric != "steps_per_second"]
    return rows.drop(columns=["seconds", "method"]).reset_index(drop=True)


def bench(method, dataset="ring8", *, seeds=2, settings=None, **more):
    return gb.benchmark(method, dataset, seeds=seeds, settings={**TINY, **(settings or {})}, **more)


def test_modules_of_the_user_are_stacked():
    outcome = bench("wgan-gp", seeds=3, generator=Generator, critic=Critic)
    assert outcome.facts == {"generator replicas": "stacked", "critic replicas": "stacked"}
    assert {s.status for s in outcome.status.values()} == {Status.COMPLETED}
    assert outcome.job.seeds == (0, 1, 2)
    assert outcome.rows.query("metric == 'w1' and step == 3").seed.nunique() == 3
    assert outcome.job.settings["generator"] == "Generator"
    assert outcome.job.settings["critic"] == "Critic"
    # SiLU's slope exceeds 1: no product of norms bounds such a critic.
    assert "lipschitz_upper" not in set(outcome.rows.metric)
    layers = outcome.rows.query("metric == 'generator_gradient'")
    assert set(layers["at"]) == {0.0, 1.0}


def test_every_seed_has_its_own_start_and_the_global_generator_is_left_alone():
    before = torch.get_rng_state()
    outcome = bench("gan", generator=Generator, critic=Critic)
    assert torch.equal(before, torch.get_rng_state())
    start = outcome.samples["step-0"]
    assert not np.array_equal(start[0], start[1])
    assert numbers(outcome).equals(numbers(bench("gan", generator=Generator, critic=Critic)))


def test_a_module_that_cannot_be_stacked_is_looped_and_says_so():
    class Dropping(Critic):
        def forward(self, x):
            return nn.functional.dropout(super().forward(x), 0.1, self.training)

    outcome = bench("gan", critic=Dropping)
    assert outcome.facts["generator replicas"] == "stacked"
    assert outcome.facts["critic replicas"].startswith("looped: ")


def test_factories_serve_as_well_as_classes():
    outcome = bench(
        "gan", generator=lambda latent, dim: nn.Linear(latent, dim), critic=lambda dim: Critic(dim)
    )
    assert outcome.status[0].status == Status.COMPLETED


def test_an_objective_object_trains_like_its_twin():
    table = {"name": "mine", "objective": Mine(), "constraints": ["gradient-penalty"]}
    mine = bench(table)
    twin = bench({**table, "name": "twin", "objective": "wasserstein"})
    assert mine.job.method == "mine"
    assert numbers(mine).equals(numbers(twin))
    assert not numbers(mine).equals(numbers(bench({**table, "objective": "minimax"})))


def test_a_method_object_is_trained_as_it_is():
    method = Method("mine", Wasserstein(), (Clip(0.5),), SGD(0.1), SGD(0.05), n_critic=2)
    outcome = bench(method)
    assert outcome.job.settings["method"] == method.describe()
    assert outcome.job.method == "mine"
    same = bench({"name": "same", "objective": "wasserstein", "constraints": [{"name": "clip", "c": 0.5}],
                  "optimiser": "sgd", "critic_learning_rate": 0.1, "generator_learning_rate": 0.05,
                  "n_critic": 2})  # fmt: skip
    assert numbers(outcome).equals(numbers(same))


def test_presets_data_set_tables_and_defaults():
    outcome = bench("nsgan", {"name": "ring", "modes": 5})
    assert (outcome.job.method, outcome.job.dataset) == ("nsgan", "ring[modes=5]")
    assert outcome.job.settings["batch_size"] == 16
    assert outcome.job.settings["latent"] == 2
    assert outcome.job.settings["dataset"] == {"name": "ring", "modes": 5}
    assert outcome.rows.query("metric == 'modes_covered'").value.max() <= 5
    assert "js_scores" in set(outcome.rows.metric)


def test_a_pair_with_the_user_s_generator_starts_on_q():
    outcome = bench("gan", "parallel-lines", generator=Generator, settings={"curve_samples": 64})
    assert outcome.rows.query("metric == 'w1' and step == 0").value.to_numpy() == pytest.approx(2, abs=0.15)
    # push + net - net0 rounds: a few units in the last place of float32.
    assert outcome.samples["step-0"][..., 0] == pytest.approx(2.0, abs=1e-6)


def test_a_diverging_method_is_a_result():
    method = Method("mine", Wasserstein(), (), SGD(1e30), SGD(1e30))
    outcome = bench(method)
    assert {s.status for s in outcome.status.values()} == {Status.DIVERGED}
    assert outcome.fine
    assert set(outcome.rows.step) == {0}
    assert all(math.isfinite(value) for value in outcome.rows.query("metric == 'w1'").value)


@pytest.mark.parametrize("seeds", [0, -1, 1.5, "3", True])
def test_seeds_must_be_a_whole_number_from_1(seeds):
    with pytest.raises(UsageError, match="seeds: must be a whole number from 1 to 100000, not"):
        gb.benchmark("gan", seeds=seeds)


MISTAKES = [
    ({"settings": {"stepz": 3}}, 'settings: unknown key "stepz" - did you mean "steps"?'),
    ({"settings": {"methods": ["nsgan"]}}, 'settings: unknown key "methods"'),
    ({"settings": {"generator": "nets.py:Gen"}}, 'settings: unknown key "generator"'),
    ({"settings": {"reference_draws": 30}}, 'settings: unknown key "reference_draws"'),
    ({"settings": {"steps": "3"}}, "settings: steps: "),
    ({"settings": {"steps": 0}}, "settings: steps: "),
    ({"settings": {"dtype": "float16"}}, "settings: dtype: "),
    ({"method": "wgan_gp"}, 'unknown method "wgan_gp" - did you mean "wgan-gp"?'),
    ({"method": {"name": "x", "base": "gan", "n_critic": 0}}, 'method "x": n_critic must be'),
    ({"dataset": "ring9"}, 'unknown data set "ring9" - did you mean "ring"?'),
    ({"device": "tpu"}, "device: 'tpu' cannot be used: "),
    ({"method": "pacgan2", "settings": {"batch_size": 15}}, "pacgan2 on ring8: packs of 2 do not divide"),
    ({"dataset": "dirac", "settings": {"latent": 1}}, "gan on dirac: a generator that starts on a given"),
    ({"method": "wgan-gp", "critic": lambda dim: nn.Sequential(nn.Linear(dim, 1), nn.BatchNorm1d(1))},
     "wgan-gp on ring8: batch norm in the critic couples samples"),
    ({"critic": lambda dim: nn.Linear(dim, 2)}, "makes (4, 2) of inputs (4, 2), but must make (4,)"),
    ({"critic": nn.Linear(2, 1)}, "Linear: give the class or a function, not a module that is built already"),
    ({"generator": Critic}, "Critic: cannot be built with the sizes (2, 2): TypeError"),
    ({"generator": lambda latent, dim: nn.Linear(latent, 3)}, "makes (4, 3) of inputs (4, 2)"),
    ({"critic": lambda dim: 3}, "must give a torch.nn.Module, not a int"),
    ({"critic": lambda dim: nn.Linear(dim + 1, 1)}, "cannot take inputs (4, 2): RuntimeError"),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message"), MISTAKES)
def test_every_mistake_is_one_line(changes, message):
    given = {"method": "gan", "dataset": "ring8", "seeds": 1, **changes}
    given["settings"] = {**TINY, **given.get("settings", {})}
    with pytest.raises((UsageError, PluginError)) as caught:
        gb.benchmark(given.pop("method"), given.pop("dataset"), **given)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_penalised_and_plain_constraints_of_the_user_count():
    class Nothing(GradientPenalty):
        pass

    with_penalty = bench(Method("mine", Minimax(), (Nothing(1.0),)))
    assert "penalty" in set(with_penalty.rows.metric)
    assert "penalty" not in set(bench(Method("mine", Minimax())).rows.metric)


def test_a_critic_with_one_output_column_and_modules_without_sizes_serve():
    """The two habits of plain PyTorch code: nn.Linear(..., 1) at the end, and a class that takes nothing."""

    class Sizeless(nn.Module):
        def __init__(self):
            super().__init__()
            self.net = nn.Linear(2, 2)

        def forward(self, z):
            return self.net(z)

    def column(dim):
        return nn.Sequential(nn.Linear(dim, 8), nn.ReLU(), nn.Linear(8, 1))

    def flat(dim):
        return nn.Sequential(*column(dim), nn.Flatten(0))

    settings = {"steps": 3, "batch_size": 8, "snapshots": 2, "curve_samples": 20, "end_samples": 20}
    made = [
        gb.benchmark("wgan-gp", seeds=2, generator=Sizeless, critic=critic, settings=settings)
        for critic in (column, flat)
    ]
    assert all(state.status == "completed" for state in made[0].status.values())
    first, second = (outcome.rows.query("metric == 'w1' and step == 3").value for outcome in made)
    assert first.tolist() == pytest.approx(second.tolist(), rel=1e-5)  # the same critic, another path


class MixesSeeds:
    def critic_loss(self, real, fake):
        return fake.mean() - real.mean()

    def generator_loss(self, fake, real=None):
        return -fake.mean(1)


def test_an_objective_that_mixes_seeds_is_refused_before_training():
    with pytest.raises(PluginError, match=r"critic_loss must give one loss per seed.*it gave shape \(\)"):
        gb.benchmark(gb.Method("mine", MixesSeeds()), seeds=2)
    with pytest.raises(UsageError, match="the objective must be an object with critic_loss"):
        gb.Method("mine", MixesSeeds)
