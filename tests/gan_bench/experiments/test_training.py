"""The training experiment: what is planned, and what every job leaves behind."""

import dataclasses
import itertools
import json
import math
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from pydantic import ValidationError

import toy_distributions as td
from gan_bench.data.toy import build_dataset
from gan_bench.errors import GanBenchError, PluginError, UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.measurement import snapshot_steps
from gan_bench.experiments.training.measure import Probe
from gan_bench.experiments.training.networks import networks
from gan_bench.experiments.training.plan import plan
from gan_bench.experiments.training.run import run, train_and_measure
from gan_bench.experiments.training.settings import Settings
from gan_bench.harness.job import Job
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.methods.build import build_method
from gan_bench.methods.objectives import Minimax
from gan_bench.seeds import Streams
from gan_bench.train import Trainer

TINY = {
    "steps": 3, "batch_size": 16, "width": 8, "layers": 2, "snapshots": 3, "curve_samples": 20,
    "end_samples": 30, "reference_draws": 20,
}  # fmt: skip
SEEDS = (0, 1, 2)
WHERE = "toy.toml: experiment 1"
CONTEXT = PlanContext(WHERE, "cpu")

SAMPLED = {"w1", "w1_held_out", "js", "overlap", "critic_gap"}
COVERAGE = {"modes_covered", "high_quality", "within_mode_spread", "reverse_kl"}
OF_CRITIC = {"lipschitz_upper", "lipschitz_lower", "clipped_share", "input_gradient_real",
             "input_gradient_fake", "input_gradient_interpolate"}  # fmt: skip
OF_UPDATE = {"critic_loss", "generator_loss", "critic_gradient_norm", "generator_gradient_norm"}
BY_LAYER = {"critic_gradient", "generator_gradient"}


def settings(**changes):
    return Settings(**{"methods": ["gan"], "datasets": ["ring8"], **TINY, **changes})


def planned(context=CONTEXT, seeds=SEEDS, **changes):
    return plan(settings(**changes), seeds, context)


def job_of(method="gan", dataset="ring8", seeds=SEEDS, **changes):
    return planned(seeds=seeds, methods=[method], datasets=[dataset], **changes)[1]


def execute(job):
    """Run a job as the harness does, with every report checked."""
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


def outcome_of(*arguments, **changes):
    return execute(job_of(*arguments, **changes))


def numbers(outcome, seeds=None):
    """Rows without what a clock decides, sorted, as one comparable frame."""
    rows = outcome.rows[outcome.rows.metric != "steps_per_second"].drop(columns="seconds")
    if seeds is not None:
        rows = rows[rows.seed.isin(seeds)]
    return rows.sort_values(["metric", "step", "axis", "at", "seed"]).reset_index(drop=True)


def value(outcome, metric, step, at=None, seed=None):
    rows = outcome.rows.query("metric == @metric and step == @step")
    rows = rows if at is None else rows[rows["at"] == at]
    rows = rows if seed is None else rows[rows.seed == seed]
    return rows.sort_values("seed").value.to_numpy()


# --- plan


def test_a_job_per_cell_and_a_perfect_sampler_per_data_set():
    jobs = planned(methods=["gan", "wgan-gp"], datasets=["ring8", {"name": "ring", "modes": 3}])
    assert [(job.method, job.dataset) for job in jobs] == [
        (method, dataset)
        for dataset in ("ring8", "ring[modes=3]")
        for method in ("perfect-sampler", "gan", "wgan-gp")
    ]
    assert all(job.experiment == "training" and not job.skip for job in jobs)
    assert jobs[0].seeds == tuple(range(20))
    assert jobs[1].seeds == SEEDS
    assert len({job.key for job in jobs}) == len(jobs)


def test_the_perfect_sampler_has_24_draws_and_never_fewer_than_20():
    everything = Settings(methods=["gan"], datasets=["ring8"])
    assert len(plan(everything, SEEDS, CONTEXT)[0].seeds) == 24
    with pytest.raises(ValidationError, match="greater than or equal to 20"):
        settings(reference_draws=19)


def test_settings_of_a_job_are_plain_complete_json():
    for job in planned(methods=["gan", {"name": "gp", "base": "wgan-gp", "learning_rate": 1e-3}]):
        assert json.loads(json.dumps(job.settings, allow_nan=False)) == job.settings
        assert Job.from_dict(json.loads(json.dumps(job.as_dict()))).digest == job.digest
    described = job.settings
    assert described["method"] == build_method(described["method_spec"]).describe()
    assert described["method"]["critic_optimiser"]["learning_rate"] == 1e-3
    wanted = {**TINY, "latent": 2, "dtype": "float32", "device": "cpu", "threads": 1, "dataset": "ring8"}
    del wanted["reference_draws"]
    assert {name: described[name] for name in wanted} == wanted


def test_the_same_settings_give_the_same_digest_and_others_another():
    first = [job.digest for job in planned()]
    assert first == [job.digest for job in planned()]
    assert planned(seeds=(0, 1))[0].digest == first[0]
    changes = [
        {"steps": 4}, {"batch_size": 18}, {"latent": 3}, {"width": 9}, {"layers": 3}, {"dtype": "float64"},
        {"snapshots": 4}, {"curve_samples": 22}, {"end_samples": 32}, {"seeds": (0, 1)},
        {"methods": [{"name": "gan", "learning_rate": 1e-3}]},
        {"context": dataclasses.replace(CONTEXT, threads=2)},
        {"context": dataclasses.replace(CONTEXT, device="cuda")},
    ]  # fmt: skip
    digests = [planned(**change)[1].digest for change in changes]
    assert len({*digests, first[1]}) == len(changes) + 1


def test_a_method_s_own_steps():
    jobs = planned(methods=[{"name": "gan", "steps": 7}, "nsgan"])
    assert [job.settings["steps"] for job in jobs[1:]] == [7, 3]
    assert jobs[1].settings["method_spec"] == {"name": "gan"}
    for bad in (0, 1.5, "7", True):
        with pytest.raises(UsageError, match='method "gan": steps must be a whole number from 1'):
            planned(methods=[{"name": "gan", "steps": bad}])


@pytest.mark.parametrize("changes", [{"batch_size": 15}, {"curve_samples": 21}, {"end_samples": 21}])
def test_packs_that_do_not_divide_are_skipped(changes):
    jobs = planned(methods=["pacgan2", "gan"], **changes)
    assert jobs[1].skip.startswith("packs of 2 do not divide")
    assert not jobs[0].skip
    assert not jobs[2].skip


def test_one_latent_coordinate_cannot_start_on_a_pair():
    jobs = planned(datasets=["parallel-lines", "ring8"], latent=1)
    assert "at least two latent coordinates" in jobs[1].skip
    assert not jobs[3].skip


NETS = """
import torch
from torch import nn

class Gen(nn.Module):
    def __init__(self, latent, dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(latent, 4), nn.Tanh(), nn.Linear(4, dim))

    def forward(self, z):
        return self.net(z)

class Normed(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim, 4), nn.BatchNorm1d(4), nn.ReLU(), nn.Linear(4, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)

class Dropping(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.net = nn.Sequential(nn.Linear(dim, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 1))

    def forward(self, x):
        return self.net(x).squeeze(-1)

def column(dim):
    return nn.Linear(dim, 2)

def wide(latent, dim):
    return nn.Linear(latent, dim + 1)

def raises(dim):
    raise ValueError("not today")

def number(dim):
    return dim
"""


@pytest.fixture
def nets(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(NETS)
    (tmp_path / "loss.py").write_text(
        "from gan_bench.methods.objectives import Wasserstein\nclass Mine(Wasserstein):\n    pass\n"
    )


def test_a_penalty_beside_batch_norm_is_skipped(nets):
    jobs = planned(methods=["gan", "wgan-gp", "r1", "wgan-clip"], critic="nets.py:Normed")
    assert [bool(job.skip) for job in jobs] == [False, False, True, True, False]
    assert "batch norm in the critic couples samples" in jobs[2].skip


@pytest.mark.parametrize(("changes", "message"), [
    ({"generator": "nets.py:Nope"}, 'nets.py:Nope: there is no "Nope" in nets.py'),
    ({"critic": "gone.py:Critic"}, "gone.py:Critic: there is no file gone.py"),
    ({"generator": "nets.py:wide"}, "nets.py:wide: makes (4, 3) of inputs (4, 2), but must make (4, 2)"),
    ({"critic": "nets.py:column"}, "nets.py:column: makes (4, 2) of inputs (4, 2), but must make (4,)"),
    ({"critic": "nets.py:raises"},
     "nets.py:raises: cannot be built with the sizes (2,): ValueError: not today"),
    ({"critic": "nets.py:number"}, "nets.py:number: must give a torch.nn.Module, not a int"),
    ({"critic": "nets.py:Gen"}, "nets.py:Gen: cannot be built with the sizes (2,): TypeError"),
])  # fmt: skip
@pytest.mark.parametrize("method", ["gan", "wgan-gp"])
def test_networks_that_cannot_serve_are_found_when_planning(nets, changes, message, method):
    with pytest.raises(PluginError) as caught:
        planned(methods=[method], **changes)
    assert str(caught.value).startswith(f"{WHERE}: {message}")
    assert "\n" not in str(caught.value)


def test_planning_leaves_torch_s_global_generator_alone(nets):
    before = torch.get_rng_state()
    planned(methods=["wgan-gp"], generator="nets.py:Gen", critic="nets.py:Normed")
    planned(methods=["gan"], generator="nets.py:Gen", critic="nets.py:Normed")
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(("changes", "message"), [
    ({"methods": ["gan", "gan"]}, 'two methods are called "gan"; give one its own name: {'),
    ({"methods": ["gan", {"name": "gan", "n_critic": 2}]}, 'two methods are called "gan"'),
    ({"datasets": ["ring8", {"name": "ring8"}]}, 'the data set "ring8" is named twice'),
    ({"methods": ["wgan_gp"]}, 'unknown method "wgan_gp" - did you mean "wgan-gp"?'),
    ({"datasets": ["ring9"]}, 'unknown data set "ring9" - did you mean "ring"?'),
    ({"methods": [{"steps": 3}]}, "a method table needs a name"),
])  # fmt: skip
def test_wrong_names_are_one_line_each(changes, message):
    with pytest.raises(UsageError) as caught:
        planned(**changes)
    assert str(caught.value).startswith(f"{WHERE}: {message}")
    assert "\n" not in str(caught.value)


def test_the_command_line_selects_and_adds(nets):
    def chosen(methods=(), datasets=()):
        context = dataclasses.replace(CONTEXT, methods=methods, datasets=datasets)
        jobs = planned(
            context, methods=["gan", {"name": "mine", "base": "nsgan"}], datasets=["ring8", "moons"]
        )
        return [(job.method, job.dataset) for job in jobs if job.method != "perfect-sampler"]

    assert chosen(("mine",), ("moons",)) == [("mine", "moons")]
    assert chosen(("gan", "wgan-gp"), ("ring8",)) == [("gan", "ring8"), ("wgan-gp", "ring8")]
    assert chosen(("loss.py:Mine",), ("ring8", "spiral")) == [
        ("loss.py:Mine", "ring8"),
        ("loss.py:Mine", "spiral"),
    ]
    with pytest.raises(GanBenchError, match=r"--method: loss.py:Nope"):
        chosen(("loss.py:Nope",))


def test_a_selection_that_the_suite_has_nothing_of_plans_nothing():
    assert planned(dataclasses.replace(CONTEXT, methods=("another",))) == []
    assert planned(dataclasses.replace(CONTEXT, datasets=("another",))) == []
    only = planned(dataclasses.replace(CONTEXT, methods=("perfect-sampler",)))
    assert [job.method for job in only] == ["perfect-sampler"]


def test_an_added_method_does_not_change_the_other_jobs(nets):
    plain = {job.key for job in planned(methods=["gan"])}
    more = planned(dataclasses.replace(CONTEXT, methods=("gan", "loss.py:Mine")), methods=["gan"])
    assert plain == {job.key for job in more if job.method != "loss.py:Mine"}


# --- run


@pytest.mark.parametrize(("steps", "count"), [(1, 2), (3, 3), (60, 7), (2000, 12), (5, 50), (300, 12)])
def test_snapshots_are_log_spaced_from_0_to_the_last_step(steps, count):
    found = snapshot_steps(steps, count)
    assert found[0] == 0
    assert found[-1] == steps
    assert found == sorted(set(found))
    assert len(found) <= count + (count < 3)
    if count > 2:
        assert found[1] == 1
    # Beyond the first few whole numbers the ratios are one number, up to rounding to whole steps.
    late = [b / a for a, b in itertools.pairwise(found) if a >= 20]
    if len(late) > 1:
        assert max(late) / min(late) < 1.1


PROMISED = {
    "gan": {"js_scores"},
    "nsgan": {"js_scores"},
    "wgan-gp": {"penalty"},
    "sngan": set(),
    "pacgan2": set(),
    "r3gan": {"penalty"},
    "dragan": {"penalty", "js_scores"},
}


def places(rows, metric):
    """Where a metric stands: {(step, axis, at)}, None for no further coordinate."""
    mine = rows[rows.metric == metric]
    return {
        (step, axis, None if math.isnan(at) else at)
        for step, axis, at in zip(mine.step, mine.axis, mine["at"], strict=True)
    }


@pytest.mark.parametrize("method", PROMISED)
def test_every_promised_row_stands_where_it_should(method):
    outcome = outcome_of(method, curve_samples=20, end_samples=30)
    rows = outcome.rows
    extra = PROMISED[method]
    at_n = SAMPLED | COVERAGE | (extra & {"js_scores"})
    plain = OF_CRITIC | OF_UPDATE | (extra & {"penalty"})
    # Where no sample is near a mode there is no spread to speak of, and no row.
    promised = at_n | plain | BY_LAYER | {"steps_per_second", "w1_redrawn"}
    assert promised - {"within_mode_spread"} <= set(rows.metric) <= promised
    assert set(rows.metric) <= set(outcome.descriptors)
    assert all(state.status == Status.COMPLETED for state in outcome.status.values())
    # One row per seed, and none twice.
    assert not rows.duplicated(["seed", "step", "axis", "at", "metric"]).any()
    whole = rows[rows.metric != "within_mode_spread"]
    assert (whole.groupby(["metric", "step", "axis", "at"], dropna=False).seed.nunique() == 3).all()
    for metric in at_n - {"within_mode_spread"}:
        assert places(rows, metric) == {(0, "n", 20), (1, "n", 20), (3, "n", 20), (3, "n", 30)}, metric
    for metric in plain:
        # Nothing has been updated at step 0.
        steps = (0, 1, 3) if metric in OF_CRITIC else (1, 3)
        assert places(rows, metric) == {(step, "", None) for step in steps}, metric
    for metric in BY_LAYER:  # two hidden layers, three weight matrices
        assert places(rows, metric) == {(step, "layer", at) for step in (1, 3) for at in (0, 1, 2)}
    assert places(rows, "steps_per_second") == {(3, "", None)}
    assert places(rows, "w1_redrawn") == {(3, "draw", 1), (3, "draw", 2)}
    assert np.isfinite(rows.value).all()


def test_redrawn_samples_are_other_draws_of_the_same_finished_model():
    rows = outcome_of("wgan-gp", end_samples=200, steps=30).rows
    end = rows[(rows.step == 30) & (rows["at"] == 200) & (rows.metric == "w1")].set_index("seed").value
    redrawn = rows[rows.metric == "w1_redrawn"].pivot_table(index="seed", columns="at", values="value")
    draws = np.log(redrawn.assign(end=end).to_numpy())
    assert len(np.unique(draws)) == draws.size == 9
    # After 30 steps at 1e-2 seeds are far apart; of 200 points a mean distance is known within some per cent.
    assert draws.std(axis=1, ddof=1).max() < 0.15 < 0.4 < draws.mean(axis=1).std(ddof=1)


def test_a_data_set_without_modes_has_no_coverage():
    assert not COVERAGE & set(outcome_of("gan", "swiss-roll").rows.metric)


def test_rows_agree_among_themselves():
    rows = outcome_of("wgan-gp", dtype="float64").rows
    wide = rows[rows.axis == ""].pivot_table(index=["seed", "step"], columns="metric", values="value")
    assert (wide.lipschitz_lower <= wide.lipschitz_upper).all()
    for place in ("real", "fake", "interpolate"):
        assert (wide[f"input_gradient_{place}"] <= wide.lipschitz_lower).all()
    for player in ("critic", "generator"):
        layers = rows[rows.metric == f"{player}_gradient"]
        squares = layers.assign(square=layers.value**2).groupby(["seed", "step"]).square.sum()
        total = wide[f"{player}_gradient_norm"].dropna()
        assert (squares[total.index] <= total**2 * (1 + 1e-12)).all()  # biases count in the total only
        assert (squares[total.index] > 0).all()


def test_the_clock_is_the_training_clock_of_the_whole_block():
    rows = outcome_of("gan").rows
    seconds = rows.groupby("step").seconds.agg(["min", "max"])
    assert (seconds["min"] == seconds["max"]).all()
    assert seconds["min"].is_monotonic_increasing
    assert seconds["min"].iloc[0] < 1e-3  # nothing but two readings of the clock
    rates = rows.query("metric == 'steps_per_second'")
    assert rates.value.to_numpy() == pytest.approx(3 / rates.seconds.to_numpy())


def test_samples_of_every_snapshot_and_of_the_data():
    outcome = outcome_of("gan", seeds=(0, 1, 2, 3, 4, 5))
    assert set(outcome.samples) == {"reference", "step-0", "step-1", "step-3"}
    assert outcome.samples["reference"].shape == (1000, 2)
    assert outcome.samples["step-3"].shape == (4, 500, 2)
    assert all(array.dtype == np.float32 for array in outcome.samples.values())
    assert outcome_of("gan", seeds=(0, 1)).samples["step-3"].shape == (2, 500, 2)
    assert outcome.facts == {"generator replicas": "stacked", "critic replicas": "stacked"}


@pytest.mark.parametrize("name", ["parallel-lines", "separated-gaussians", "disjoint-disks"])
def test_a_pair_starts_apart_with_its_exact_distance(name):
    outcome = outcome_of("gan", name, curve_samples=64)
    # Translates of spread <= .3 per axis: 64 points put the means, and with them W1, within .15.
    assert value(outcome, "w1", 0) == pytest.approx(np.full(3, td.pair(name).w1), abs=0.15)
    assert value(outcome, "w1_held_out", 0) == pytest.approx(np.full(3, td.pair(name).w1), abs=0.2)
    # Segments that lie apart share no bin; Gaussians more than 13 standard deviations apart neither.
    assert value(outcome, "overlap", 0).tolist() == [0.0] * 3
    assert value(outcome, "js", 0) == pytest.approx(np.full(3, math.log(2)), abs=1e-9)


def test_training_moves_a_pair_s_generator_off_its_start():
    method = {"name": "x", "base": "wgan-gp", "learning_rate": 1e-2}
    outcome = outcome_of(method, "parallel-lines", steps=30)
    # An untrained critic may lead away at first: 30 steps at 1e-2 move every seed by far more than rounding.
    assert (np.abs(value(outcome, "w1", 30, at=20) - value(outcome, "w1", 0, at=20)) > 0.05).all()


def test_numbers_are_reproducible_and_do_not_depend_on_the_block():
    together = outcome_of("wgan-gp", dtype="float64")
    assert numbers(together).equals(numbers(outcome_of("wgan-gp", dtype="float64")))
    alone = numbers(outcome_of("wgan-gp", seeds=(1,), dtype="float64"))
    mine = numbers(together, seeds=(1,))
    assert alone.drop(columns="value").equals(mine.drop(columns="value"))
    # float64 rounding of 1e-16, amplified by three steps of training.
    np.testing.assert_allclose(alone.value, mine.value, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("method", ["gan", "sngan", "wgan-gp", "pacgan2"])
def test_evaluation_does_not_change_training(method):
    few = outcome_of(method, steps=40, snapshots=3)
    many = outcome_of(method, steps=40, snapshots=12)
    assert few.rows.step.nunique() == 3
    assert many.rows.step.nunique() > 6
    last = [numbers(o).query("step == 40").reset_index(drop=True) for o in (few, many)]
    assert last[0].equals(last[1])
    assert np.array_equal(few.samples["step-40"], many.samples["step-40"])


def test_evaluation_does_not_change_the_draws_of_a_dropout_layer(nets):
    few, many = (outcome_of("gan", critic="nets.py:Dropping", steps=10, snapshots=n) for n in (3, 9))
    assert few.facts["critic replicas"].startswith("looped: ")
    last = [numbers(o).query("step == 10").reset_index(drop=True) for o in (few, many)]
    assert last[0].equals(last[1])


def state_of(trainer):
    """Everything that decides the next step: weights, spectral state, optimisers, random streams."""
    tensors = [*trainer.generator.parameters.values(), *trainer.critic.parameters.values()]
    tensors += [part for state in trainer.states for parts in state.values() for part in parts]
    for optimiser in (trainer.critic_optimiser, trainer.generator_optimiser):
        tensors += [v for s in optimiser.state.values() for v in s.values() if isinstance(v, torch.Tensor)]
    for sources in trainer.streams._generators.values():
        tensors += [source.get_state() for source in sources]
    return [tensor.detach().clone() for tensor in tensors]


@pytest.mark.parametrize("method", ["sngan", "wgan-gp", "pacgan2"])
def test_measuring_advances_no_state_and_no_stream(method):
    method, dataset = build_method(method), build_dataset("ring8")
    nets = networks(settings().model_dump(), dataset, method.copies)
    trainer = Trainer(method, dataset, nets.generator, nets.critic, SEEDS, batch_size=16, latent=2)
    probe = Probe(method, dataset, trainer)

    def measured(snapshot):
        before, drawn = state_of(trainer), set(trainer.streams._chunks)
        # The potential is fitted to one cloud and judged on another.
        samples, fresh = (probe.samples(20, part) for part in ("samples", "fresh"))
        assert torch.cdist(samples, fresh).min() > 0
        first = probe.rows(snapshot, 20, with_critic=True)
        second = probe.rows(snapshot, 20, with_critic=True)
        probe.samples(50, "cloud")
        assert [r[:4] for r in first if r.value == r.value] == [r[:4] for r in second if r.value == r.value]
        after = state_of(trainer)
        assert len(before) == len(after)
        assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))
        assert set(trainer.streams._chunks) == drawn

    trainer.run([0, 1, 2], measured)
    assert len(trainer.states) == len(method.constraints)


def test_double_precision_is_double_throughout():
    single, double = outcome_of("gan"), outcome_of("gan", dtype="float64")
    rows = double.rows.query("metric == 'critic_loss'").value.to_numpy()
    assert (rows != rows.astype(np.float32)).any()
    rows = single.rows.query("metric == 'critic_loss'").value.to_numpy()
    assert (rows == rows.astype(np.float32)).all()
    assert double.samples["step-3"].dtype == np.float32


# --- divergence


@dataclass(frozen=True)
class Poisoned(Minimax):
    """NaN for one place in the block from the given call of the generator's loss on."""

    place: int = 1
    calls: int = 5

    def generator_loss(self, fake, real=None):
        loss = super().generator_loss(fake)
        _CALLED[0] += 1
        if _CALLED[0] <= self.calls:
            return loss
        bad = torch.zeros_like(loss)
        bad[self.place] = math.nan
        return loss + bad


_CALLED = [0]


@dataclass(frozen=True)
class Clean(Minimax):
    pass


def train_object(objective, constraints=(), steps=12, snapshots=8, **changes):
    _CALLED[0] = 0
    method = dataclasses.replace(
        build_method({"name": "x", "objective": "minimax", "constraints": list(constraints)}),
        objective=objective,
    )
    own = {**settings(steps=steps, snapshots=snapshots, **changes).model_dump(), "device": "cpu"}
    job = Job("training", "x", "ring8", SEEDS)
    collector = Collector(job)
    dataset = build_dataset("ring8")
    train_and_measure(
        method, dataset, networks(own, dataset, method.copies), own, SEEDS, CheckedRecorder(job, collector)
    )
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


@pytest.mark.parametrize("constraints", [[], ["gradient-penalty"], ["spectral"], ["clip"], ["pack"]])
def test_a_nan_seed_diverges_at_its_first_bad_step_and_leaves_the_others_bit_identical(constraints):
    clean, bad = train_object(Clean(), constraints), train_object(Poisoned(), constraints)
    # Five updates were fine; the sixth was not.
    assert bad.status[1].status == Status.DIVERGED
    assert bad.status[1].step == 6
    assert [bad.status[seed].status for seed in (0, 2)] == [Status.COMPLETED] * 2
    assert all(state.status == Status.COMPLETED for state in clean.status.values())
    steps = sorted(set(clean.rows.step))
    assert any(step > 6 for step in steps)
    assert sorted(set(bad.rows[bad.rows.seed == 1].step)) == [step for step in steps if step < 6]
    assert numbers(bad, seeds=(0, 2)).equals(numbers(clean, seeds=(0, 2)))
    early = numbers(bad, seeds=(1,))
    assert early.equals(numbers(clean, seeds=(1,)).query("step < 6").reset_index(drop=True))
    assert set(bad.rows[bad.rows.metric == "steps_per_second"].seed) == {0, 2}


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("base", ["wgan-gp", "nsgan", "wgan-none", "lsgan"])
def test_an_absurd_learning_rate_ends_as_diverged_or_in_finite_rows(base, dtype):
    method = {"name": "x", "base": base, "optimiser": "sgd", "learning_rate": 1e12}
    outcome = outcome_of(method, steps=4, snapshots=5, dtype=dtype)
    for seed, state in outcome.status.items():
        rows = outcome.rows[outcome.rows.seed == seed]
        if state.status == Status.DIVERGED:
            assert state.step is not None
            assert rows.step.max() < state.step
            assert "not finite" in state.message
            assert state.message.endswith(f"at step {state.step}")
        else:
            assert state.status == Status.COMPLETED
            assert rows.step.max() == 4
    if base in ("wgan-gp", "wgan-none"):
        assert {state.status for state in outcome.status.values()} == {Status.DIVERGED}
    assert np.isfinite(outcome.rows.query("metric in ['w1', 'js', 'overlap']").value).all()


def test_a_seed_that_cannot_be_measured_once_has_diverged_for_good(monkeypatch):
    """Samples may overflow while losses are finite, and come back: no row may follow all the same."""
    measure = Probe.rows

    def without_seed_1_at_step_1(self, snapshot, n, *, with_critic):
        rows = measure(self, snapshot, n, with_critic=with_critic)
        return [row for row in rows if (row.seed, snapshot.step) != (1, 1)]

    clean = outcome_of("gan")
    monkeypatch.setattr(Probe, "rows", without_seed_1_at_step_1)
    outcome = outcome_of("gan")
    assert outcome.status[1].status == Status.DIVERGED
    assert outcome.status[1].step == 1
    assert set(outcome.rows[outcome.rows.seed == 1].step) == {0}
    assert numbers(outcome, seeds=(0, 2)).equals(numbers(clean, seeds=(0, 2)))


# --- perfect sampler


@pytest.fixture(scope="module")
def perfect():
    return execute(planned(curve_samples=64, end_samples=128, reference_draws=40)[0])


def test_the_perfect_sampler_passes_through_the_same_metrics(perfect):
    assert set(perfect.rows.metric) == (SAMPLED - {"critic_gap"}) | COVERAGE
    assert set(perfect.rows.step) == {0}
    places = perfect.rows.groupby(["metric", "axis", "at"]).seed.nunique()
    assert {(axis, at) for _, axis, at in places.index} == {("n", 64), ("n", 128)}
    assert (places == 40).all()


def test_its_distances_shrink_with_n_and_the_dual_stays_below(perfect):
    plug_in = {n: value(perfect, "w1", 0, at=n) for n in (64, 128)}
    dual = {n: value(perfect, "w1_held_out", 0, at=n) for n in (64, 128)}
    assert plug_in[128].mean() < plug_in[64].mean()
    for n in (64, 128):
        assert (plug_in[n] > 0).all()
        # In expectation held-out dual <= true distance = 0: on points that the potential was fitted to,
        # the mean would be above by half the plug-in distance or more. Three standard errors.
        assert dual[n].mean() < 3 * dual[n].std() / math.sqrt(40)
        assert dual[n].mean() < plug_in[n].mean()
        low, high = np.quantile(plug_in[n], [0.05, 0.95])
        assert low < np.median(plug_in[n]) < high


def test_its_high_quality_share_is_that_of_the_truth(perfect):
    target = 1 - math.exp(-4.5)
    assert target == pytest.approx(0.98889, abs=1e-5)
    share = value(perfect, "high_quality", 0, at=128).mean()
    # 40 x 128 points: four standard errors of a share of .98889.
    assert share == pytest.approx(target, abs=4 * math.sqrt(target * (1 - target) / (40 * 128)))
    assert value(perfect, "modes_covered", 0, at=128).min() == 8
    assert value(perfect, "within_mode_spread", 0, at=128).mean() == pytest.approx(1, abs=0.05)


def test_it_draws_what_no_model_trains_on_and_each_seed_its_own(perfect):
    assert len(set(value(perfect, "w1", 0, at=128))) == 40
    dataset = build_dataset("ring8")
    drawn = dataset.held_out(128, Streams(range(3)), "perfect/samples")
    assert torch.cdist(drawn.double().flatten(0, 1), dataset.reference(128, "evaluation")).min() > 0


def test_a_pair_s_perfect_sampler_draws_from_p():
    outcome = execute(planned(datasets=["parallel-lines"], curve_samples=64)[0])
    # Both clouds lie on the same line of length 1: far below the pair's distance of 2.
    assert value(outcome, "w1", 0, at=64).max() < 0.3
