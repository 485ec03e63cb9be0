"""The depth experiment's measurements: gradients by layer against finite differences, weights, jobs, rows."""

import math

import numpy as np
import pytest
import torch

from gan_bench.errors import UsageError
from gan_bench.experiments.base import PlanContext
from gan_bench.experiments.critic_depth import activations, weights
from gan_bench.experiments.critic_depth.plan import plan
from gan_bench.experiments.critic_depth.run import DESCRIPTORS, run
from gan_bench.experiments.critic_depth.settings import Settings
from gan_bench.experiments.critic_depth.theory import start_norms
from gan_bench.harness.outcome import SeedStatus, Status
from gan_bench.harness.run import CheckedRecorder, Collector, Ending
from gan_bench.methods.build import build_method
from gan_bench.methods.constraints import Clip
from gan_bench.methods.objectives import NonSaturating, Wasserstein
from gan_bench.nets.mlp import MLPCritic
from gan_bench.nets.stack import Stack

CONTEXT = PlanContext("toy.toml: experiment 1", "cpu")
TINY = {"width": 8, "depths": [3], "batch_size": 8, "points": 8, "steps": 2, "snapshots": 3}
CLIP = {"name": "clip", "base": "wgan-clip", "constraints": [{"name": "clip", "c": 0.2}]}
DEPTH, WIDTH = 3, 5


def jobs(*methods, context=CONTEXT, seeds=(0, 1), **changes):
    return plan(Settings(methods=list(methods), **{**TINY, **changes}), seeds, context)


def execute(job):
    collector = Collector(job)
    run(job, CheckedRecorder(job, collector))
    return collector.outcome(Ending(SeedStatus(Status.COMPLETED)))


@pytest.fixture(scope="module")
def clipped():
    return execute(jobs(CLIP, width=24)[0])


@pytest.fixture
def critic():
    """Two replicas of a small critic, real and fake samples, in double precision."""
    stack = Stack(lambda: MLPCritic(2, WIDTH, DEPTH), (0, 1), "critic", dtype=torch.float64)
    source = torch.Generator().manual_seed(3)
    real, fake = (torch.randn(2, 4, 2, generator=source, dtype=torch.float64) for _ in range(2))
    return stack, real, fake + 0.5


def tail_loss(parameters, hidden, layer, seed):
    """Non-saturating critic loss of one seed as a function of h_layer (2n, width), in plain NumPy."""
    h = hidden
    for k in range(layer, DEPTH + 1):
        weight, bias = (
            parameters[f"net.{2 * k}.{part}"][seed].detach().numpy() for part in ("weight", "bias")
        )
        h = h @ weight.T + bias
        h = np.maximum(h, 0) if k < DEPTH else h[:, 0]
    n = len(h) // 2
    return np.logaddexp(0, -h[:n]).mean() + np.logaddexp(0, h[n:]).mean()


def test_the_explicit_forward_is_the_critic_itself(critic):
    stack, real, _ = critic
    scores, hidden = activations.forward(stack.parameters, real, DEPTH)
    torch.testing.assert_close(scores, stack(real))
    assert [tuple(h.shape) for h in hidden] == [(2, 4, WIDTH)] * DEPTH


def test_gradient_norms_are_those_of_finite_differences(critic):
    stack, real, fake = critic
    norms = activations.gradient_norms(NonSaturating(), stack.parameters, real, fake, DEPTH)
    _, hidden = activations.forward(stack.parameters, torch.cat([real, fake], 1), DEPTH)
    step = 1e-6
    for seed in range(2):
        for layer in range(1, DEPTH + 1):
            h = hidden[layer - 1][seed].detach().numpy()
            gradient = np.zeros_like(h)
            for place in np.ndindex(h.shape):
                moved = [h.copy(), h.copy()]
                moved[0][place] += step
                moved[1][place] -= step
                up, down = (tail_loss(stack.parameters, one, layer, seed) for one in moved)
                gradient[place] = (up - down) / (2 * step)
            assert norms[seed, layer - 1].item() == pytest.approx(np.linalg.norm(gradient), rel=1e-6)


def test_weights_of_dead_units_are_idle(critic):
    stack, real, fake = critic
    dead = {name: value.detach().clone() for name, value in stack.parameters.items()}
    # The units of the second hidden layer of the first seed never fire: nothing reaches any weight.
    dead["net.2.bias"][0] = -1e6
    objective = Wasserstein()
    idle = activations.idle_share(objective, dead, real, fake, DEPTH)
    alive = activations.idle_share(objective, stack.parameters, real, fake, DEPTH)
    assert idle[0].item() == 1.0
    assert idle[1].item() == alive[1].item() < 0.7
    norms = activations.gradient_norms(objective, dead, real, fake, DEPTH)
    assert norms[0, 0].item() == 0
    assert activations.slopes(norms.numpy())[0] == -np.inf


def test_norms_far_below_the_root_of_the_smallest_number_are_kept(critic):
    stack, real, fake = critic
    small = {name: value * (1e-60 if value.dim() > 2 else 0) for name, value in stack.parameters.items()}
    norms = activations.gradient_norms(Wasserstein(), small, real, fake, DEPTH)
    whole = {name: value * (value.dim() > 2) for name, value in stack.parameters.items()}
    expected = activations.gradient_norms(Wasserstein(), whole, real, fake, DEPTH)
    factors = torch.tensor([1e-180, 1e-120, 1e-60], dtype=torch.float64)
    torch.testing.assert_close(norms / factors, expected)


def test_slopes_count_towards_the_input():
    layers = np.arange(6.0)
    norms = np.stack([10.0 ** (-0.3 * layers), 10.0 ** (2 + 0.5 * layers), np.full(6, 3.0)])
    assert activations.slopes(norms) == pytest.approx([0.3, -0.5, 0.0], abs=1e-12)
    norms[0, 2], norms[1, 0] = 0.0, np.inf
    vanished, overflown, flat = activations.slopes(norms)
    assert vanished == -np.inf
    assert math.isnan(overflown)
    assert flat == pytest.approx(0)


def test_weights_by_hand():
    start = {"w": torch.tensor([[[0.1, -0.1], [0.1, 0.1]]])}
    now = {"w": torch.tensor([[[0.1, -0.3], [0.2, 0.2]]])}
    assert weights.relative_change(now, start).item() == pytest.approx((0 + 0.2 + 0.1 + 0.1) / 0.4)
    histogram = weights.histograms(now, 0.41)[0]
    # -.73, .24 and .49 twice, in bins of width .05 that begin at -1.
    assert histogram[[5, 24, 29]] == pytest.approx([0.25, 0.25, 0.5])
    assert histogram.sum() == pytest.approx(1)
    assert weights.histograms(now, None)[0][[0, 39]] == pytest.approx([0.25, 0])
    assert weights.histograms(now, None)[0][33] == pytest.approx(0.5)


def test_the_start_is_what_theory_says_of_random_weights():
    for method in (CLIP, "wgan-gp"):
        job = jobs(method, width=64, depths=[8], points=256, steps=1, seeds=(0, 1, 2, 3))[0]
        rows = execute(job).rows.query("metric == 'activation_gradient' and step == 0")
        measured = rows.groupby("at")["value"].apply(lambda values: np.log10(values).mean()).to_numpy()
        expected = start_norms(job.settings)
        np.testing.assert_allclose(measured, np.log10(expected), atol=0.12)
        assert activations.slopes(10.0 ** measured[None])[0] == pytest.approx(
            activations.slopes(expected[None])[0], abs=0.03
        )
    assert start_norms(jobs("sngan")[0].settings) is None


def test_a_job_leaves_gradients_slopes_shares_and_histograms(clipped):
    assert set(clipped.rows["metric"]) == {descriptor.name for descriptor in DESCRIPTORS}
    assert sorted(set(clipped.rows["step"])) == [0, 1, 2]
    rows = clipped.rows.query("metric == 'activation_gradient'")
    assert sorted(set(rows["at"])) == [1, 2, 3]
    assert (rows["value"] > 0).all()
    for (seed, step), norms in rows.groupby(["seed", "step"]):
        slopes = clipped.rows[clipped.rows["metric"] == "gradient_slope"]
        slope = slopes[(slopes["seed"] == seed) & (slopes["step"] == step)]["value"]
        assert slope.item() == pytest.approx(
            activations.slopes(norms.sort_values("at")["value"].to_numpy()[None])[0]
        )
    assert set(clipped.status.values()) == {SeedStatus(Status.COMPLETED)}


def test_clipped_weights_start_inside_half_the_box(clipped):
    start, end = clipped.samples["weights-start"], clipped.samples["weights-end"]
    assert start.shape == end.shape == (2, weights.BINS)
    # The largest weight of a layer lies at c / 2, on the border of two bins.
    assert start[:, :9].sum() == start[:, 31:].sum() == 0
    assert start.sum(1) == pytest.approx([1, 1])
    assert not np.array_equal(start, end)
    at_start = clipped.rows.query("metric == 'edge_share' and step == 0")["value"]
    assert (at_start == 0).all()


def test_seeds_do_not_depend_on_the_block_that_they_run_in(clipped):
    alone = execute(jobs(CLIP, width=24, seeds=(1,))[0]).rows.drop(columns="seconds")
    block = clipped.rows[clipped.rows["seed"] == 1].drop(columns="seconds").reset_index(drop=True)
    assert list(alone["metric"]) == list(block["metric"])
    np.testing.assert_allclose(alone["value"], block["value"], rtol=1e-9, atol=1e-300)


def test_a_diverged_seed_is_reported_and_leaves_no_later_rows():
    wild = {"name": "wild", "base": "wgan-none", "optimiser": "sgd", "learning_rate": 1e200}
    outcome = execute(jobs(wild)[0])
    assert {status.status for status in outcome.status.values()} == {Status.DIVERGED}
    assert set(outcome.rows["step"]) == {0}


def test_a_job_for_each_method_and_depth_with_what_changes_its_numbers():
    found = jobs(CLIP, "wgan-gp", depths=[3, 2], seeds=(4, 5, 6))
    assert [(job.method, job.dataset) for job in found] == [
        ("clip", "swiss-roll, 3 layers"),
        ("wgan-gp", "swiss-roll, 3 layers"),
        ("clip", "swiss-roll, 2 layers"),
        ("wgan-gp", "swiss-roll, 2 layers"),
    ]
    assert found[0].settings["method"] == build_method(CLIP).describe()
    assert {"device", "threads", "width", "dtype", "dataset", "method_spec"} <= set(found[0].settings)
    assert found[0].settings["critic_steps"] == 10
    assert jobs(CLIP, steps=7)[0].settings["critic_steps"] == 35
    assert plan(Settings(methods=["gan"], seeds=2), (4, 5, 6), CONTEXT)[0].seeds == (4, 5)
    assert weights.clipping_bound(build_method(CLIP)) == build_method(CLIP).constraint(Clip).c == 0.2


def test_selected_added_and_impossible_methods():
    def labels(**selection):
        return [
            job.method for job in jobs("gan", "wgan-gp", context=PlanContext("toy.toml", "cpu", **selection))
        ]

    assert labels(methods=("wgan-gp",)) == ["wgan-gp"]
    assert labels(added=("r1",)) == ["gan", "wgan-gp", "r1"]
    assert labels(datasets=("ring8",)) == ["gan", "wgan-gp"]
    assert "packs of 2" in jobs("pacgan2", batch_size=7)[0].skip
    assert jobs("pacgan2")[0].skip == ""
    with pytest.raises(UsageError, match="unknown method"):
        jobs("wgan_gp")
