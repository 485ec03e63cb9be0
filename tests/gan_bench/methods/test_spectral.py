"""Spectral normalisation against an SVD: exact at the start, close while weights move, right gradient."""

import pytest
import torch

from gan_bench.errors import UsageError
from gan_bench.methods.spectral import Spectral, matrices
from gan_bench.nets.dcgan import DCGANCritic
from gan_bench.nets.resnet import ResNetCritic
from gan_bench.nets.stack import Stack
from gan_bench.seeds import generator


def weights(seeds=3):
    source = generator(0, "weights")
    return {
        "hidden": torch.randn(seeds, 20, 30, generator=source, dtype=torch.float64),
        "kernel": torch.randn(seeds, 8, 3, 4, 4, generator=source, dtype=torch.float64),
        "last": torch.randn(seeds, 1, 20, generator=source, dtype=torch.float64),
        "bias": torch.randn(seeds, 20, generator=source, dtype=torch.float64),
    }


def norms(parameters):
    return {n: torch.linalg.matrix_norm(p.flatten(2), 2) for n, p in parameters.items() if p.dim() > 2}


def test_every_layer_starts_at_norm_one_and_biases_are_left_alone():
    parameters, spectral = weights(), Spectral()
    effective = spectral.reparametrise(parameters, spectral.init_state(parameters))
    for name, norm in norms(effective).items():
        assert norm.tolist() == pytest.approx([1.0] * 3, abs=1e-12), name
    assert effective["bias"] is parameters["bias"]


@pytest.mark.parametrize("vectors", [1, 4])
def test_iteration_converges_to_the_exact_norm_when_weights_rest(vectors):
    parameters, spectral = weights(), Spectral(vectors=vectors)
    state = spectral.init_state(weights())
    moved = {
        name: p + 0.3 * torch.randn(p.shape, generator=generator(1, name)) for name, p in parameters.items()
    }
    for _ in range(300):
        state = spectral.advance(moved, state)
    for name, norm in norms(spectral.reparametrise(moved, state)).items():
        assert norm.tolist() == pytest.approx([1.0] * 3, abs=1e-6), name


@pytest.mark.parametrize("build", [DCGANCritic, ResNetCritic])
def test_image_critics_are_followed_to_norm_one(build):
    """Kernels, embeddings and single rows, of which most have fewer than 16 rows or columns."""
    stack = Stack(lambda: build((1, 16, 16), 4, classes=5), (0, 1), "critic", dtype=torch.float64)
    spectral = Spectral()
    state = spectral.init_state(stack.trainable)
    assert {"head.psi.weight", "head.embed"} < set(state)
    assert {name for name, value in stack.trainable.items() if "bias" not in name} == set(state)
    moved = {
        n: p.detach() + p.std() * torch.randn(p.shape, generator=generator(1, n))
        for n, p in stack.trainable.items()
    }
    for _ in range(50):
        state = spectral.advance(moved, state)
    effective = spectral.reparametrise(moved, state)
    for name, norm in norms(effective).items():
        assert norm.tolist() == pytest.approx([1.0] * 2, abs=1e-6), name
        whole = min(matrices(moved)[name].shape[1:])
        assert state[name][2].shape[2] == min(16, whole), name
    x = torch.randn(2, 3, 1, 16, 16, generator=generator(2, "x"), dtype=torch.float64)
    scores = stack(x, effective, labels=torch.tensor([[0, 1, 4]] * 2))
    assert scores.shape == (2, 3)
    assert scores.isfinite().all()


def test_evaluating_does_not_advance_the_state():
    parameters, spectral = weights(), Spectral()
    state = spectral.init_state(parameters)
    before = {name: [part.clone() for part in parts] for name, parts in state.items()}
    spectral.reparametrise(parameters, state)
    for name, parts in state.items():
        assert all(torch.equal(a, b) for a, b in zip(parts, before[name], strict=True))


def test_gradient_passes_through_the_norm():
    """With u and v held, d(W / sigma) has no component along W itself: the gradient is orthogonal to it."""
    parameters, spectral = weights(), Spectral()
    weight = parameters["hidden"].requires_grad_()
    state = spectral.init_state({"hidden": weight.detach()})
    effective = spectral.reparametrise({"hidden": weight}, state)["hidden"]
    aim = torch.randn(effective.shape, generator=generator(2, "aim"), dtype=torch.float64)
    (gradient,) = torch.autograd.grad((effective * aim).sum(), weight)
    assert (gradient * weight).sum((1, 2)).abs().max() < 1e-10
    assert gradient.abs().max() > 1e-3


def test_a_poisoned_seed_leaves_the_others():
    parameters, spectral = weights(), Spectral()
    clean = spectral.advance(parameters, spectral.init_state(parameters))
    state = spectral.init_state(parameters)
    parameters["hidden"][1] = float("nan")
    poisoned = spectral.advance(parameters, state)
    for seed in (0, 2):
        assert torch.equal(clean["hidden"][0][seed], poisoned["hidden"][0][seed])
    assert poisoned["hidden"][0][1].isnan().all()


def test_bad_values():
    with pytest.raises(UsageError, match="vectors must be a whole number from 1, not 0"):
        Spectral(vectors=0)
