"""Norms of convolutions against dense matrices, and the bound against slopes."""

import pytest
import torch
import torch.nn.functional as F

from gan_bench.methods.spectral import Spectral
from gan_bench.metrics.operators import lipschitz_upper_of, operator_norm
from gan_bench.nets.calculus import input_gradients
from gan_bench.nets.dcgan import DCGANCritic
from gan_bench.nets.mlp import MLPCritic
from gan_bench.nets.resnet import ResNetCritic
from gan_bench.nets.stack import Stack
from gan_bench.seeds import generator


def normals(*shape, of="x"):
    return torch.randn(shape, generator=generator(0, of), dtype=torch.float64)


def dense(kernel, size, stride, padding):
    """The convolution's matrix, column by column from unit images."""
    unit = torch.eye(kernel.shape[1] * size**2, dtype=torch.float64)
    images = unit.view(-1, kernel.shape[1], size, size)
    return F.conv2d(images, kernel, stride=stride, padding=padding).flatten(1).T


@pytest.mark.parametrize(
    ("shape", "size", "stride", "padding"),
    [((5, 3, 4, 4), 8, 2, 1), ((1, 1, 4, 4), 4, 2, 1), ((4, 2, 3, 3), 6, 1, 1), ((2, 2, 3, 3), 8, 2, 0)],
)
def test_norm_of_the_operator_equals_that_of_its_dense_matrix(shape, size, stride, padding):
    kernels = normals(2, *shape)
    expected = [torch.linalg.matrix_norm(dense(k, size, stride, padding), 2).item() for k in kernels]
    assert operator_norm(kernels, size, stride, padding).tolist() == pytest.approx(expected, rel=1e-9)


def test_kernels_of_zeros_and_of_diverged_seeds():
    kernels = torch.stack(
        [torch.zeros(2, 1, 4, 4), torch.full((2, 1, 4, 4), torch.nan), torch.ones(2, 1, 4, 4)]
    )
    zero, diverged, ones = operator_norm(kernels, 8, 2, 1).tolist()
    assert zero == 0
    assert diverged != diverged
    assert ones > 1


def test_the_bound_is_the_product_over_layers_and_no_slope_exceeds_it():
    stack = Stack(lambda: DCGANCritic((1, 16, 16), width=2), (0, 1), "c", dtype=torch.float64)
    bound = lipschitz_upper_of(stack.modules[0], stack.parameters)
    for seed in range(2):
        weights = {name: value[seed].detach() for name, value in stack.parameters.items()}
        first = torch.linalg.matrix_norm(dense(weights["body.0.weight"], 16, 2, 1), 2)
        second = torch.linalg.matrix_norm(dense(weights["body.2.weight"], 8, 2, 1), 2)
        expected = first * second * weights["head.psi.weight"].norm()
        assert bound[seed].item() == pytest.approx(expected.item(), rel=1e-9)
    slopes = input_gradients(stack, 3 * normals(2, 50, 1, 16, 16)).flatten(2).norm(dim=2)
    assert (slopes.amax(1) <= bound).all()


def test_the_bound_holds_at_the_worst_label():
    stack = Stack(lambda: DCGANCritic((2, 8, 8), width=3, classes=4), (0, 1), "c", dtype=torch.float64)
    plain = {name: value for name, value in stack.parameters.items() if name != "head.embed"}
    without = lipschitz_upper_of(stack.modules[0], plain)
    bound = lipschitz_upper_of(stack.modules[0], stack.parameters)
    psi, embed = stack.parameters["head.psi.weight"].detach(), stack.parameters["head.embed"].detach()
    worst = torch.stack([(psi + embed[:, [k]]).flatten(1).norm(dim=1) for k in range(4)]).amax(0)
    torch.testing.assert_close(bound / without, worst / psi.flatten(1).norm(dim=1), rtol=1e-9, atol=0)


def test_spectral_normalisation_of_kernels_leaves_operators_above_one():
    """What the paper normalises is the reshaped kernel: an operator of stride 2 and 4 x 4 stays within 2."""
    stack = Stack(lambda: DCGANCritic((1, 16, 16), width=3), (0, 1), "c", dtype=torch.float64)
    spectral = Spectral()
    effective = spectral.reparametrise(stack.parameters, spectral.init_state(stack.parameters))
    for name in ("body.0.weight", "body.2.weight"):
        norms = operator_norm(effective[name], 16 if name == "body.0.weight" else 8, 2, 1)
        assert (norms > 1).all()
        assert (norms <= 2).all()


@pytest.mark.parametrize(
    "module",
    [DCGANCritic((1, 16, 16), 2, batch_norm=True), ResNetCritic((1, 8, 8), 2), MLPCritic(2, 4)],
)
def test_no_bound_is_claimed_for_other_modules(module):
    assert lipschitz_upper_of(module, dict(module.named_parameters())) is None
