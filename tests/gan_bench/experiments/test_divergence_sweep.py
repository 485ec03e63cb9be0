"""The divergence sweep: what is planned, exact values against oracles, what trained critics leave behind."""

import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch

from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.divergence_sweep.measure import measurements, measures_gap, penalty_of
from gan_bench.experiments.divergence_sweep.pairs import build_family
from gan_bench.experiments.divergence_sweep.plan import plan
from gan_bench.experiments.divergence_sweep.run import run
from gan_bench.experiments.divergence_sweep.settings import PAIRS, Settings
from gan_bench.experiments.divergence_sweep.trained import settle, sweep_trainer
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.methods.build import build_method
from gan_bench.methods.objectives import Hinge, Minimax

WHERE = "toy.toml: experiment 1"
CONTEXT = PlanContext(WHERE, "cpu")
SEEDS = (0, 1, 2)
TINY = {
    "pairs": ["parallel-lines"], "separations": [0.0, 1.0, 3.0], "trained_separations": [0.0, 2.0],
    "angles": [0.0, 1.0], "trained_angles": [0.0, 1.0], "points": 20, "draws": 20,
    "steps": 4, "batch_size": 16, "width": 8, "layers": 2, "held_out": 40,
}  # fmt: skip


def planned(context=CONTEXT, seeds=SEEDS, **changes):
    return plan(Settings(**{"methods": ["wgan-gp"], **TINY, **changes}), seeds, context)


def execute(job):
    """Run a job as the harness does, with every report checked."""
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


def trained(method, **changes):
    return execute(planned(methods=[method], **changes)[2])


def cube(outcome, metric):
    rows = outcome.rows[outcome.rows.metric == metric]
    return rows.pivot_table(index="at", columns="seed", values="value")


class Silent:
    def progress(self, *_):
        pass


def test_every_pair_has_closed_forms_independent_draws_and_every_method():
    jobs = planned(methods=["gan", "wgan-clip"], pairs=list(PAIRS))
    names = [(job.dataset, job.method) for job in jobs]
    expected = ["exact", "perfect-sampler", "gan", "wgan-clip"]
    assert names == [(pair, method) for pair in PAIRS for method in expected]
    assert len({job.key for job in jobs}) == len(jobs)
    json.dumps([job.as_dict() for job in jobs], allow_nan=False)
    assert [len(job.seeds) for job in jobs[:3]] == [1, 20, 3]


def test_what_changes_numbers_is_in_the_job():
    default = planned()[2]
    for change in ({"steps": 5}, {"trained_separations": [1.0]}, {"held_out": 41}, {"width": 9}):
        assert planned(**change)[2].digest != default.digest
    other = planned(context=PlanContext(WHERE, "cuda", threads=2))[2]
    assert (other.settings["device"], other.settings["threads"]) == ("cuda", 2)


def test_selections_of_the_command_line():
    assert [job.method for job in planned(PlanContext(WHERE, "cpu", methods=("nsgan",)))] == [
        "exact",
        "perfect-sampler",
        "nsgan",
    ]
    assert planned(PlanContext(WHERE, "cpu", methods=("elsewhere",))) == []
    assert {j.dataset for j in planned(PlanContext(WHERE, "cpu", datasets=("dirac",)))} == {"dirac"}
    assert planned(PlanContext(WHERE, "cpu", datasets=("ring8",))) == []
    added = planned(PlanContext(WHERE, "cpu", added=("lsgan",)))
    assert [job.method for job in added][2:] == ["wgan-gp", "lsgan"]
    first = plan(Settings(methods=["gan"], seeds=2, **TINY), (4, 5, 6), CONTEXT)
    assert first[2].seeds == (4, 5)


def test_a_method_that_cannot_be_trained_alone_is_skipped_with_the_reason():
    consensus = planned(methods=[{"name": "c", "base": "gan", "updates": "consensus"}])[2]
    assert "both players" in consensus.skip
    assert "packs of 2" in planned(methods=["pacgan2"], batch_size=15)[2].skip
    assert planned(methods=["pacgan2"])[2].skip == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"pairs": ["parallel-line"]}, 'unknown pair "parallel-line" - did you mean "parallel-lines"?'),
        ({"pairs": [{"name": "disjoint-disks", "radius": -1.0}]}, "radius"),
        ({"pairs": [{"name": "disjoint-disks", "gap": 1.0}]}, '"gap" is what the sweep moves'),
        ({"pairs": [{"name": "crossing-segments", "angle": 1.0}]}, "set angles instead"),
        ({"pairs": [{"radius": 1.0}]}, "needs a name"),
        ({"pairs": ["dirac", "dirac"]}, "named twice"),
        ({"methods": [{"name": "exact", "base": "gan"}]}, 'the name "exact" is taken'),
        ({"methods": ["wgan"]}, "unknown method"),
    ],
)
def test_bad_entries_are_one_line_that_says_where(change, words):
    with pytest.raises(UsageError) as error:
        planned(**change)
    assert words in str(error.value)
    assert str(error.value).startswith(WHERE)
    assert "\n" not in str(error.value)


def test_places_are_sorted_and_each_measured_once():
    assert Settings(methods=["gan"], separations=[3, 0.5, 3.0]).separations == [0.5, 3.0]


def test_jobs_of_theory_leave_rows_and_clouds():
    exact, independent = (execute(job) for job in planned()[:2])
    assert exact.rows.query("metric == 'kl_exact' and at == 1.0")["value"].item() == math.inf
    assert exact.samples["clouds"].shape == (3, 2, 60, 2)
    assert exact.samples["places"].tolist() == [1.0, 1.0, 3.0]
    drawn = cube(independent, "w1_independent")
    assert drawn.shape == (3, 20)
    # Convexity: independent clouds lie further apart on average than what they are drawn from.
    assert (drawn.mean(axis=1) >= [0.0, 1.0, 3.0]).all()
    assert cube(independent, "w1_independent").loc[0.0].tolist() == pytest.approx(
        independent.rows.query("metric == 'w1_floor'")["value"].tolist()
    )


def test_which_methods_estimate_what():
    made = {
        name: set(trained(name).rows.metric)
        for name in ("gan", "wgan-gp", "wgan-clip", "lsgan", "r3gan", "pacgan2")
    }
    assert {name for name in made if "js_scores" in made[name]} == {"gan"}
    assert {name for name in made if "critic_gap" in made[name]} == {"wgan-gp", "wgan-clip"}
    assert {name for name in made if "stationarity" in made[name]} == {"wgan-gp"}
    assert all("pull" in metrics for metrics in made.values())


def test_a_wasserstein_loss_is_known_by_what_it_computes():
    @dataclass(frozen=True)
    class Mine:
        def critic_loss(self, real, fake):
            return fake.mean(1) - real.mean(1)

        def generator_loss(self, fake, real=None):
            return -fake.mean(1)

    assert measures_gap(build_method({"name": "mine", "objective": Mine()}))
    for objective in (Hinge(), Minimax()):
        assert not measures_gap(build_method({"name": "other", "objective": objective}))
    # The gap between packs of samples is a distance of another pair.
    packed = {"name": "packed", "objective": "wasserstein", "constraints": ["pack"]}
    assert not measures_gap(build_method(packed))
    assert penalty_of(build_method("dragan")) is None
    assert penalty_of(build_method("wgan-lp")).weight == 10.0


def made_trainer(name, places=(0.0, 2.0), kind="parallel-lines", seeds=(0, 1)):
    family = build_family(kind)
    settings = {"batch_size": 16, "width": 8, "layers": 2, "device": "cpu", "dtype": "float64"}
    return family, sweep_trainer(build_method(name), family, list(places), seeds, settings)


def test_a_seed_starts_alike_at_every_place_and_does_not_depend_on_its_neighbours():
    _, trainer = made_trainer("wgan-gp")
    weight = next(iter(trainer.critic.trainable.values()))
    assert torch.equal(weight[0], weight[2])
    assert not torch.equal(weight[0], weight[1])
    together = trained("wgan-gp", dtype="float64")
    alone = execute(planned(seeds=(1,), trained_separations=[2.0], dtype="float64")[2])
    for metric in ("critic_gap", "pull", "lipschitz_upper"):
        both = cube(together, metric).loc[2.0, 1]
        assert cube(alone, metric).loc[2.0, 1] == pytest.approx(both, rel=1e-9)


@pytest.mark.parametrize("method", ["gan", "nsgan", "wgan-gp", "r3gan", "pacgan2"])
@pytest.mark.parametrize("kind", ["parallel-lines", "crossing-segments"])
def test_pull_is_the_derivative_of_the_generators_loss(method, kind):
    """Against differences of the loss between places h apart, on the same held-out samples."""
    h = 1e-4
    family, trainer = made_trainer(method, (1.0 - h, 1.0, 1.0 + h), kind)
    values = measurements(trainer, family, [1.0 - h, 1.0, 1.0 + h], 40)

    def loss():
        from gan_bench.experiments.divergence_sweep.measure import _Probe

        probe = _Probe(trainer, family, [1.0 - h, 1.0, 1.0 + h], 40)
        real, fake = trainer.method.inputs(probe.real, probe.fake, probe.streams)
        real, fake = trainer.score_both(trainer.scores, real, fake)
        objective = trainer.method.objective
        sees = getattr(objective, "generator_sees_real", False)
        return objective.generator_loss(fake, *[real] * sees).view(3, 2)

    with torch.no_grad():
        low, _, high = loss()
    torch.testing.assert_close(values["pull"][1], (high - low) / (2 * h), rtol=1e-3, atol=1e-6)


def test_stationarity_is_the_derivative_along_the_critics_own_scale():
    """Scale the last layer of an untrained critic, and difference T - lambda E excess^2."""
    family, trainer = made_trainer("wgan-gp", (2.0,))
    residual = measurements(trainer, family, [2.0], 400)["stationarity"][0]
    last = list(trainer.critic.trainable.values())[-2]

    def objective(scale):
        from gan_bench.experiments.divergence_sweep.measure import _Probe
        from gan_bench.metrics.gradients import slopes

        with torch.no_grad():
            last.mul_(scale)
        probe = _Probe(trainer, family, [2.0], 400)
        slope = slopes(trainer.scores, probe._shown()[2])
        value = probe.distances()["critic_gap"] - 10 * (slope - 1).square().mean(1)
        with torch.no_grad():
            last.div_(scale)
        return value.detach()

    h = 1e-5
    torch.testing.assert_close(
        residual, (objective(1 + h) - objective(1 - h)) / (2 * h), rtol=1e-4, atol=1e-6
    )


def test_learning_rate_falls_to_nothing_over_the_second_half():
    _, trainer = made_trainer("wgan-gp")
    seen = []
    trainer.train_critic = lambda steps: seen.append(trainer.critic_optimiser.param_groups[0]["lr"] / 1e-4)
    settle(trainer, 8, Silent())
    np.testing.assert_allclose(seen, [1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2])


def test_a_diverged_seed_leaves_no_rows_and_a_reason():
    bad = {"name": "bad", "objective": "wasserstein", "learning_rate": 1e30, "optimiser": "sgd"}
    outcome = trained(bad, steps=12)
    assert {status.status for status in outcome.status.values()} == {Status.DIVERGED}
    assert len(outcome.rows) == 0
    assert "not finite at separation" in outcome.status[0].message


def test_penalised_critics_follow_the_law_and_discriminators_find_ln_2():
    """A real, small optimum: slope 1 + W / (2 lambda) at W = 4 with lambda = 2, in seconds."""
    method = {"name": "gp", "objective": "wasserstein", "learning_rate": 3e-3, "optimiser": "adam",
              "constraints": [{"name": "gradient-penalty", "weight": 2.0}]}  # fmt: skip
    changes = {"trained_separations": [4.0], "steps": 300, "width": 16, "batch_size": 32, "held_out": 400}
    ratio = cube(trained(method, **changes), "critic_gap").loc[4.0] / 4.0
    assert ratio.tolist() == pytest.approx([2.0] * 3, rel=0.05)
    js = cube(trained({"name": "gan", "learning_rate": 3e-3}, **changes), "js_scores").loc[4.0]
    assert js.tolist() == pytest.approx([math.log(2)] * 3, abs=0.01)
