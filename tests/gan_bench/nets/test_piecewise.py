"""Scores and slopes in one pass: the same losses and gradients as automatic differentiation gives."""

import pytest
import torch
from torch import nn

from gan_bench.critic import CriticTrainer
from gan_bench.methods.constraints import R1, Constraint, GradientPenalty, OneSidedPenalty
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import Wasserstein
from gan_bench.methods.presets import PRESETS
from gan_bench.nets.mlp import MLPCritic
from gan_bench.nets.piecewise import piecewise

SEEDS, BATCH, DIM = (0, 1, 2), 6, 2


def leaky():
    """Unlike widths, a leaky unit of either kind, and a layer without bias."""
    return nn.Sequential(
        nn.Linear(DIM, 5), nn.LeakyReLU(0.2), nn.Linear(5, 9, bias=False), nn.ReLU(), nn.Linear(9, 4),
        nn.LeakyReLU(1.0), nn.Linear(4, 1),
    )  # fmt: skip


def trainer(method, critic=lambda: MLPCritic(DIM, 8)):
    def source(scale):
        return lambda streams: scale * streams.normal(f"x{scale}", (BATCH, DIM))

    return CriticTrainer(method, critic, SEEDS, source(1.0), source(3.0), dtype=torch.float64)


def gradients(method, critic, one_pass, monkeypatch):
    """Losses and gradients of the critic's first step, in one pass or by automatic differentiation."""
    made = trainer(method, critic)
    monkeypatch.setattr(made, "_fits_one_pass", lambda *_: one_pass)
    made.critic_gradient()
    # What autograd leaves out altogether is zero: the last bias under a Wasserstein loss.
    of = {n: torch.zeros_like(p) if p.grad is None else p.grad for n, p in made.critic.trainable.items()}
    return {**made.losses, **of}


SLOPES = {
    "steep": Method("steep", Wasserstein(), (GradientPenalty(10.0), R1(3.0))),
    "one-sided": Method("one-sided", Wasserstein(), (OneSidedPenalty(10.0),)),
    "off": Method("off", Wasserstein(), (GradientPenalty(0.0), R1(0.0))),
}
NAMED = (
    "gan",
    "lsgan",
    "wgan-clip",
    "wgan-gp",
    "wgan-lp",
    "wgan-sn",
    "sngan",
    "dragan",
    "r1",
    "r3gan",
)


@pytest.mark.parametrize("critic", [lambda: MLPCritic(DIM, 8), leaky], ids=["relu", "leaky"])
@pytest.mark.parametrize(
    "method", [*(PRESETS[name] for name in NAMED), *SLOPES.values()], ids=lambda m: m.name
)
def test_the_same_gradients_as_automatic_differentiation(method, critic, monkeypatch):
    # 1e-12: both are sums of the same products in float64, in another order.
    one, other = (gradients(method, critic, one_pass, monkeypatch) for one_pass in (True, False))
    assert one.keys() == other.keys()
    assert any(value.abs().sum() > 0 for value in one.values())
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=1e-12, atol=1e-12)


def test_a_single_point_leaves_the_weights_alone():
    """One row of the last weight is no copy of it: what is masked in place must be."""
    made = trainer(SLOPES["steep"])
    before = {name: value.detach().clone() for name, value in made.critic.trainable.items()}
    one = torch.randn(3, 1, DIM, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    made.critic_loss(one, 2 * one).sum().backward()
    for name, value in made.critic.trainable.items():
        torch.testing.assert_close(value, before[name], rtol=0, atol=0)


def test_the_presets_use_it_and_what_does_not_fit_does_not():
    points = torch.zeros(3, BATCH, DIM, dtype=torch.float64)
    assert trainer(PRESETS["wgan-gp"])._fits_one_pass(points, points)
    assert not trainer(PRESETS["wgan-gp"])._fits_one_pass(points, points.clone().requires_grad_())

    class Own(Constraint):
        def penalty(self, critic, *, real, fake, streams):
            return critic(real).square().mean(1)

    assert not trainer(Method("own", Wasserstein(), (Own(),)))._fits_one_pass(points, points)


@pytest.mark.parametrize(
    "module",
    [
        nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)),
        nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2)),
        nn.Sequential(nn.ReLU(), nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1)),
        nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.ReLU(), nn.Linear(3, 1)),
        nn.Sequential(nn.Linear(2, 3), nn.LeakyReLU(-0.5), nn.Linear(3, 1)),
        nn.Linear(2, 1),
        nn.Conv2d(1, 1, 1),
    ],
    ids=["smooth", "two outputs", "begins bent", "bent twice", "folded", "one layer", "no chain"],
)
def test_other_critics_have_no_such_form(module):
    assert piecewise(module) is None


def test_an_infinite_score_stays_with_its_own_seed():
    made = trainer(PRESETS["wgan-gp"])
    with torch.no_grad():
        made.critic.trainable["net.0.weight"][1] = torch.inf
    made.critic_gradient()
    finite = [p.grad.isfinite().flatten(1).all(1).tolist() for p in made.critic.trainable.values()]
    assert all(seeds[0] and seeds[2] for seeds in finite)
    assert not all(seeds[1] for seeds in finite)
