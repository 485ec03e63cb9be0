"""Losses by hand on unequal scores, two-sided, and the direction in which each pushes a fake sample."""

import math

import pytest
import torch
from torch import tensor

from gan_bench.methods.objectives import (
    Hinge,
    LeastSquares,
    Minimax,
    NonSaturating,
    Relativistic,
    Wasserstein,
)

REAL, FAKE = tensor([[3.0, 5.0], [0.0, 0.5]]).double(), tensor([[1.0, 2.0], [-2.0, 0.25]]).double()
ALL = [Minimax(), NonSaturating(), LeastSquares(), Hinge(), Wasserstein(), Relativistic()]


def sigmoid(x):
    return 1 / (1 + math.exp(-x))


def mean(function, *columns):
    return [sum(map(function, *rows)) / len(rows[0]) for rows in zip(*columns, strict=True)]


EXPECTED = {
    "Minimax": (
        lambda r, f: -math.log(sigmoid(r)) - math.log(1 - sigmoid(f)),
        lambda r, f: math.log(1 - sigmoid(f)),
    ),
    "NonSaturating": (
        lambda r, f: -math.log(sigmoid(r)) - math.log(1 - sigmoid(f)),
        lambda r, f: -math.log(sigmoid(f)),
    ),
    "LeastSquares": (lambda r, f: 0.5 * (r - 1) ** 2 + 0.5 * f**2, lambda r, f: 0.5 * (f - 1) ** 2),
    "Hinge": (lambda r, f: max(0, 1 - r) + max(0, 1 + f), lambda r, f: -f),
    "Wasserstein": (lambda r, f: f - r, lambda r, f: -f),
    "Relativistic": (
        lambda r, f: math.log(1 + math.exp(f - r)),
        lambda r, f: math.log(1 + math.exp(r - f)),
    ),
}


@pytest.mark.parametrize("objective", ALL, ids=lambda o: type(o).__name__)
def test_losses_by_hand(objective):
    critic, generator = EXPECTED[type(objective).__name__]
    # Double precision throughout: only the order of summation differs.
    assert objective.critic_loss(REAL, FAKE).tolist() == pytest.approx(
        mean(critic, REAL.tolist(), FAKE.tolist()), rel=1e-12
    )
    assert objective.generator_loss(FAKE, REAL).tolist() == pytest.approx(
        mean(generator, REAL.tolist(), FAKE.tolist()), rel=1e-12
    )


@pytest.mark.parametrize("objective", ALL, ids=lambda o: type(o).__name__)
def test_generator_wants_higher_fake_scores_and_critic_lower(objective):
    fake = tensor([[0.3, -0.2]], requires_grad=True)
    real = tensor([[0.1, 0.4]], requires_grad=True)
    (up,) = torch.autograd.grad(objective.generator_loss(fake, real).sum(), fake)
    assert (up < 0).all()
    down, raised = torch.autograd.grad(objective.critic_loss(real, fake).sum(), (fake, real))
    if not isinstance(objective, LeastSquares):  # squares pull to 0, from below too
        assert (down > 0).all()
    assert (raised < 0).all()


@pytest.mark.parametrize("objective", [Minimax(), NonSaturating(), Relativistic()])
def test_extreme_logits_stay_finite(objective):
    real, fake = tensor([[1e4, -1e4]]), tensor([[-1e4, 1e4]])
    assert objective.critic_loss(real, fake).isfinite().all()
    assert objective.generator_loss(fake, real).isfinite().all()


def test_minimax_saturates_where_non_saturating_does_not():
    """At a confident discriminator the minimax gradient is sigmoid(f), the other 1 - sigmoid(f)."""
    fake = tensor([[-20.0]], dtype=torch.float64, requires_grad=True)
    (minimax,) = torch.autograd.grad(Minimax().generator_loss(fake).sum(), fake)
    (non_saturating,) = torch.autograd.grad(NonSaturating().generator_loss(fake).sum(), fake)
    assert -minimax.item() == pytest.approx(sigmoid(-20), rel=1e-9)
    assert -non_saturating.item() == pytest.approx(1 - sigmoid(-20), rel=1e-9)


def test_relativistic_generator_needs_real_scores():
    with pytest.raises(ValueError, match="real"):
        Relativistic().generator_loss(FAKE)


@pytest.mark.parametrize("objective", ALL, ids=lambda o: type(o).__name__)
def test_one_bad_seed_leaves_the_others(objective):
    poisoned = FAKE.clone()
    poisoned[0, 0] = math.nan
    assert objective.critic_loss(REAL, poisoned)[1] == objective.critic_loss(REAL, FAKE)[1]
    assert objective.critic_loss(REAL, poisoned)[0].isnan()
