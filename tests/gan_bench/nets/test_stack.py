"""Stacks of any module: equal to separate replicas, and honest where vmap cannot serve."""

import warnings

import pytest
import torch
from torch import nn

from gan_bench import seeds as seeding
from gan_bench.nets.anchored import Anchored
from gan_bench.nets.mlp import MLPCritic, MLPGenerator
from gan_bench.nets.stack import Stack

SEEDS = (0, 1, 7)


def points(*shape):
    return torch.randn(len(SEEDS), *shape, generator=seeding.generator(0, "x"), dtype=torch.float64)


class WithOwnSpectralNorm(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.utils.parametrizations.spectral_norm(nn.Linear(2, 4))

    def forward(self, x):
        return self.layer(x).sum(1)


class WithDataDependentBranch(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(2, 1)

    def forward(self, x):
        return self.layer(x).squeeze(1) * (2.0 if x.sum().item() > 0 else 1.0)


class Recurrent(nn.Module):
    def __init__(self):
        super().__init__()
        self.layer = nn.GRU(2, 3, batch_first=True)

    def forward(self, x):
        return self.layer(x.unsqueeze(1))[0][:, 0].sum(1)


@pytest.mark.parametrize(
    ("factory", "shape"),
    [
        (lambda: MLPCritic(width=8), (5, 2)),
        (lambda: MLPGenerator(3, 2, width=8), (5, 3)),
        (lambda: nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(8, 1)), (5, 1, 4, 4)),
        (WithOwnSpectralNorm, (5, 2)),
        (WithDataDependentBranch, (5, 2)),
        (Recurrent, (5, 2)),
        (lambda: nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.ReLU(), nn.Linear(8, 1)), (5, 2)),
    ],
)
def test_stack_equals_separate_modules_and_their_gradients(factory, shape):
    stack = Stack(factory, SEEDS, "critic", dtype=torch.float64)
    x = points(*shape)
    outputs = stack(x)
    outputs.square().flatten(1).sum().backward()
    for index, seed in enumerate(SEEDS):
        with seeding.forked(seed, "init/critic"):
            alone = factory().double().train()
        expected = alone(x[index])
        expected.square().sum().backward()
        # float64: another order of summation, nothing more.
        torch.testing.assert_close(outputs[index], expected, rtol=1e-11, atol=1e-12)
        for name, parameter in alone.named_parameters():
            torch.testing.assert_close(
                stack.parameters[name].grad[index], parameter.grad, rtol=1e-9, atol=1e-11
            )


def test_plain_modules_are_vectorised_and_others_say_why_not():
    plain, branching = (
        Stack(lambda: MLPCritic(width=8), SEEDS, "c"),
        Stack(WithDataDependentBranch, SEEDS, "c"),
    )
    plain(points(5, 2).float())
    branching(points(5, 2).float())
    assert plain.fallback == ""
    assert branching.fallback.startswith("vmap refused: ")


def test_dropout_draws_from_each_replicas_own_state():
    factory = lambda: nn.Sequential(nn.Linear(2, 50), nn.Dropout(0.5))  # noqa: E731
    x = points(5, 2)
    together = Stack(factory, SEEDS, "c", dtype=torch.float64)
    first, second = together(x), together(x)
    alone = Stack(factory, SEEDS[1:2], "c", dtype=torch.float64)
    assert together.fallback
    assert torch.equal(alone(x[1:2])[0], first[1])
    assert torch.equal(alone(x[1:2])[0], second[1])
    assert not torch.equal(first, second)


def test_batch_norm_is_noticed_and_its_buffers_stay_apart():
    stack = Stack(lambda: nn.Sequential(nn.BatchNorm1d(2)), SEEDS, "c", dtype=torch.float64)
    x = points(6, 2)
    stack(x)
    assert stack.has_batch_statistics
    # One step of torch's running mean with momentum .1, though the probe ran the module as well.
    torch.testing.assert_close(stack.buffers["0.running_mean"], 0.1 * x.mean(1))


def test_anchored_generator_starts_exactly_on_its_anchor():
    stack = Stack(
        lambda: Anchored(lambda: MLPGenerator(3, 2, width=8), lambda z: z + 4),
        SEEDS,
        "g",
        dtype=torch.float64,
    )
    z = points(5, 3)
    torch.testing.assert_close(stack(z), z[..., :2] + 4, rtol=0, atol=1e-12)
    assert all(name.startswith("net.") for name in stack.trainable)
    with torch.no_grad():
        stack.parameters["net.net.0.bias"] += 1
    assert (stack(z) - z[..., :2] - 4).abs().max() > 0.01


def with_shared_activation():
    relu = nn.ReLU()
    return nn.Sequential(nn.Linear(2, 8), relu, nn.Linear(8, 8), relu, nn.Linear(8, 2))


def with_shared_layer():
    layer = nn.Linear(2, 2)
    return nn.Sequential(layer, nn.Tanh(), layer)


def with_weight_from_a_hook():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # the old interface, which users still have
        return nn.Sequential(nn.utils.weight_norm(nn.Linear(2, 3)), nn.ReLU(), nn.Linear(3, 2))


def tiny_outputs():
    net = with_shared_activation()
    with torch.no_grad():
        net[-1].weight.mul_(1e-6)
        net[-1].bias.zero_()
    return net


@pytest.mark.parametrize(
    "factory",
    [with_shared_activation, with_shared_layer, with_weight_from_a_hook, tiny_outputs],
)
@pytest.mark.parametrize("anchored", [False, True])
@pytest.mark.filterwarnings("ignore:There is a performance drop")  # torch's, about the hook under vmap
def test_modules_that_only_look_like_a_chain_keep_their_meaning(factory, anchored):
    """After a step away from the start: an anchored net shows nothing of itself before."""
    make = (lambda: Anchored(factory, lambda z: z + 4)) if anchored else factory
    stack, x = Stack(make, SEEDS, "g", dtype=torch.float64), points(5, 2)
    stack(x)
    moved = {name: p.detach() * 1.5 + 0.1 for name, p in stack.trainable.items()}
    outputs = stack(x, moved)
    for index, module in enumerate(stack.modules):
        state = {name: value[index] for name, value in {**stack.parameters, **moved}.items()}
        expected = torch.func.functional_call(module, state, (x[index],))
        torch.testing.assert_close(outputs[index], expected, rtol=1e-10, atol=1e-10)


def test_the_fast_path_equals_vmap(monkeypatch):
    for factory, shape in ((lambda: MLPCritic(width=8), (5, 2)), (lambda: MLPGenerator(3, 2, 8), (5, 3))):
        fast, plain = (
            Stack(factory, SEEDS, "c", dtype=torch.float64),
            Stack(factory, SEEDS, "c", dtype=torch.float64),
        )
        monkeypatch.setattr(plain, "_chain", None)
        torch.testing.assert_close(fast(points(*shape)), plain(points(*shape)), rtol=1e-12, atol=1e-13)
        assert fast._chain is not None


@pytest.mark.parametrize(
    "factory",
    [
        lambda: nn.Sequential(nn.Linear(2, 50), nn.Dropout(0.5)),
        lambda: nn.Sequential(nn.BatchNorm1d(2)),
        WithOwnSpectralNorm,
    ],
)
def test_a_frozen_stack_is_as_it_was(factory):
    watched, plain = (Stack(factory, SEEDS, "c", dtype=torch.float64) for _ in range(2))
    watched(points(5, 2)), plain(points(5, 2))
    with watched.frozen():
        watched(points(5, 2) + 3)
    torch.testing.assert_close(watched(points(5, 2)), plain(points(5, 2)), rtol=0, atol=0)
    for name, buffer in plain.buffers.items():
        assert torch.equal(buffer, watched.buffers[name])


def test_an_activation_used_twice_is_still_a_chain():
    stack = Stack(with_shared_activation, SEEDS, "g")
    stack(points(5, 2).float())
    assert stack.fallback == ""


def test_a_wrong_fast_path_is_noticed_even_where_it_is_right_at_the_start(monkeypatch):
    """At its start an anchored generator shows nothing of its net: the probe has to look beside it."""
    make = lambda: Anchored(lambda: MLPGenerator(2, 2, 8), lambda z: z + 4)  # noqa: E731
    stack = Stack(make, SEEDS, "g", dtype=torch.float64)
    monkeypatch.setattr(stack, "_chain", lambda parameters, x: x + 4)
    stack(points(5, 2))
    assert stack.fallback == "vmap computed another result than the plain module"
