"""Slopes of scores and their derivatives, of second order too, where a slope is 0."""

import math

import pytest
import torch

from gan_bench.methods.build import build_method
from gan_bench.nets.calculus import input_gradients, norms


def test_norms_are_euclidean_per_sample_and_not_finite_where_a_gradient_is_not():
    given = torch.tensor([[[3.0, 4.0], [0.0, 0.0]], [[math.nan, 0.0], [math.inf, 1.0]]])
    found = norms(given)
    assert found[0].tolist() == [5.0, 0.0]
    assert math.isnan(found[1, 0])
    assert math.isinf(found[1, 1])
    images = torch.randn(2, 3, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(norms(images), torch.linalg.vector_norm(images.flatten(2), dim=2))


def test_both_derivatives_of_a_norm_are_0_at_0_and_those_of_the_root_elsewhere():
    x = torch.tensor([[[0.0, 0.0], [3.0, 4.0]]], dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(norms(x).sum(), x, create_graph=True)
    assert first[0, 0].tolist() == [0.0, 0.0]
    assert first[0, 1].tolist() == pytest.approx([0.6, 0.8])
    (second,) = torch.autograd.grad(first[..., 0].sum(), x)
    assert second[0, 0].tolist() == [0.0, 0.0]
    # (1 - x^2 / r^2) / r and -x y / r^3.
    assert second[0, 1].tolist() == pytest.approx([0.128, -0.096])


@pytest.mark.parametrize("name", ["wgan-lp", "wgan-gp", "dragan"])
def test_a_penalty_where_some_slopes_are_0_can_be_differentiated_twice(name):
    """A critic of rectified units that is flat left of 0: what consensus updates and Jacobians need."""
    weight = torch.tensor([2.0, 1.0], dtype=torch.float64, requires_grad=True)
    points = torch.tensor([[[-1.0, 0.5], [1.0, 0.5]]], dtype=torch.float64)
    (penalty,) = build_method(name).constraints

    def critic(x):
        return torch.relu(x[..., 0]) * weight[0] + torch.relu(x[..., 0]) * x[..., 1] * weight[1]

    loss = penalty.cost(input_gradients(critic, points, create_graph=True))
    (first,) = torch.autograd.grad(loss.sum(), weight, create_graph=True)
    (second,) = torch.autograd.grad((first * first).sum(), weight)
    assert first.isfinite().all()
    assert second.isfinite().all()
    assert second.abs().max() > 0
