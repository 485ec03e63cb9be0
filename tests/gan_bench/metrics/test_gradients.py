"""Gradient norms and Lipschitz bounds against values by hand, NumPy's decomposition, and sampled slopes."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from gan_bench.metrics.gradients import (
    layer_norms,
    lipschitz_upper,
    saturated_share,
    slopes,
    total_norm,
)
from gan_bench.nets.mlp import MLPCritic
from gan_bench.nets.stack import Stack

# Two seeds, two layers with biases; every number chosen so that the norms are whole.
GRADIENTS = {
    "net.0.weight": torch.tensor([[[3.0, 0.0], [0.0, 4.0]], [[0.0, 0.0], [0.0, 6.0]]]),
    "net.0.bias": torch.tensor([[12.0, 0.0], [0.0, 0.0]]),
    "net.2.weight": torch.tensor([[[0.0, 84.0]], [[8.0, 0.0]]]),
    "net.2.bias": torch.tensor([[0.0], [0.0]]),
}


def test_layer_norms_by_hand():
    """Weights only, from the input side, each seed its own."""
    assert layer_norms(GRADIENTS).tolist() == [[5.0, 84.0], [6.0, 8.0]]


def test_total_norm_by_hand():
    """5, 12, 84 -> 85 (biases count here); 6, 8 -> 10."""
    assert total_norm(GRADIENTS).tolist() == [85.0, 10.0]


def test_norms_of_one_bad_seed_leave_the_other_alone():
    poisoned = {name: value.clone() for name, value in GRADIENTS.items()}
    poisoned["net.0.weight"][0, 0, 0] = math.nan
    assert total_norm(poisoned)[0].isnan()
    assert total_norm(poisoned)[1] == 10.0
    assert layer_norms(poisoned)[1].tolist() == [6.0, 8.0]


def test_slopes_of_a_linear_critic():
    weight = torch.tensor([[3.0, 4.0], [0.0, 2.0]])

    def critic(x):
        return torch.einsum("sbd,sd->sb", x, weight)

    found = slopes(critic, torch.randn(2, 7, 2, generator=torch.Generator().manual_seed(0)))
    assert found.tolist() == [[5.0] * 7, [2.0] * 7]
    assert not found.requires_grad


def test_slopes_of_a_quadratic_critic_are_per_sample():
    x = torch.tensor([[[3.0, 4.0], [0.0, 0.0], [0.0, -1.0]]])
    assert slopes(lambda z: z.square().sum(2), x).tolist() == [[10.0, 0.0, 2.0]]


def critics(seeds=(0, 1, 2), width=16, layers=3):
    return Stack(lambda: MLPCritic(2, width, layers), seeds, "critic", dtype=torch.float64)


def test_lipschitz_upper_is_the_product_of_largest_singular_values():
    stack = critics()
    expected = np.ones(3)
    for name, value in stack.trainable.items():
        if name.endswith("weight"):
            expected *= [np.linalg.svd(w, compute_uv=False)[0] for w in value.detach().numpy()]
    found = lipschitz_upper(stack.modules[0], stack.trainable)
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12)
    assert np.ptp(expected) > 0


def test_lipschitz_upper_by_hand():
    chain = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    parameters = {
        "0.weight": torch.tensor([[[2.0, 0.0], [0.0, -3.0]]]),
        "0.bias": torch.tensor([[100.0, 100.0]]),
        "2.weight": torch.tensor([[[3.0, 4.0]]]),
        "2.bias": torch.tensor([[100.0]]),
    }
    assert lipschitz_upper(chain, parameters).tolist() == pytest.approx([15.0])


def test_no_sampled_slope_exceeds_the_upper_bound():
    stack = critics(width=8, layers=1)
    x = 5 * torch.randn(3, 2000, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    largest = slopes(stack, x).amax(1)
    upper = lipschitz_upper(stack.modules[0], stack.trainable)
    assert (largest <= upper * (1 + 1e-12)).all()
    # One hidden layer of 8: the bound is not idle either.
    assert (largest >= 0.2 * upper).all()


@pytest.mark.parametrize(
    "slope", [nn.ReLU(), nn.LeakyReLU(0.2), nn.Tanh(), nn.Sigmoid(), nn.ELU(), nn.Softplus()]
)
def test_chains_of_usual_activations_are_bounded(slope):
    stack = Stack(
        lambda: nn.Sequential(nn.Linear(2, 8), slope, nn.Linear(8, 1)), (0, 1), "critic", dtype=torch.float64
    )
    x = torch.randn(2, 500, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    upper = lipschitz_upper(stack.modules[0], stack.trainable)
    assert (slopes(lambda z: stack(z).squeeze(-1), x).amax(1) <= upper * (1 + 1e-12)).all()


class Residual(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Linear(2, 2)

    def forward(self, x):
        return x + self.inner(x)


class Doubled(MLPCritic):
    def forward(self, x):
        return 2 * super().forward(x)


@pytest.mark.parametrize("module", [
    Residual(), Doubled(2, 4, 1), nn.Sequential(nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Linear(4, 1)),
    nn.Sequential(nn.Linear(2, 4), nn.GELU(), nn.Linear(4, 1)), nn.Conv2d(1, 1, 3),
    nn.Sequential(nn.Linear(2, 2), Residual()),
])  # fmt: skip
def test_no_bound_where_the_product_would_not_be_one(module):
    parameters = {name: value.unsqueeze(0) for name, value in module.named_parameters()}
    assert lipschitz_upper(module, parameters) is None


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_diverged_seed_has_no_bound_and_leaves_the_others_theirs(bad):
    stack = critics()
    clean = lipschitz_upper(stack.modules[0], stack.trainable)
    with torch.no_grad():
        stack.trainable["net.2.weight"][1, 0, 0] = bad
    found = lipschitz_upper(stack.modules[0], stack.trainable)
    assert found[1].isnan()
    assert torch.equal(found[[0, 2]], clean[[0, 2]])


def test_saturated_share_with_a_clipping_bound():
    parameters = {
        "weight": torch.tensor([[[0.1, -0.1], [0.0989, 0.0991]], [[0.0, 0.05], [0.0, 0.0]]]),
        "bias": torch.tensor([[0.1], [0.0]]),
    }
    # .99 of .1 is .099: .1, -.1, .0991 and the bias, four of five; none in the second seed.
    assert saturated_share(parameters, 0.1).tolist() == pytest.approx([0.8, 0.0])


def test_saturated_share_without_a_bound_is_relative_to_each_layer():
    parameters = {
        "small": torch.tensor([[[1.0, -0.995], [0.98, 0.0]], [[2.0, 2.0], [2.0, -2.0]]]),
        "large": torch.tensor([[[100.0, 98.9, -99.1]], [[1.0, 0.0, 0.0]]]),
        "bias": torch.tensor([[0.0], [0.0]]),
    }
    # Seed 0: 1, -.995 | 100, -99.1 of eight; seed 1: all four | 1 of eight. A zero bias has no edge.
    assert saturated_share(parameters, None).tolist() == [4 / 8, 5 / 8]
