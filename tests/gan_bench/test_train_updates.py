"""Extragradient and consensus updates against two-parameter games by hand, and for whole networks."""

import dataclasses

import numpy as np
import pytest
import torch

from gan_bench.data.toy import build_dataset
from gan_bench.methods.constraints import R1, Clip, GradientPenalty, InstanceNoise
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import LeastSquares, Minimax, NonSaturating, Relativistic, Wasserstein
from gan_bench.methods.optimisers import SGD, Adam
from gan_bench.nets.mlp import MLPGenerator
from gan_bench.train import Trainer
from gan_bench.updates import UPDATES

H = 0.3
# Start of every seed: generator's theta, critic's psi.
STARTS = ((1.0, 0.7), (-0.4, 2.0))


class Points:
    """Data at 0 on the line."""

    def batch(self, size, streams):
        return torch.zeros(len(streams.seeds), size, 1, dtype=streams.dtype), None


class Place(torch.nn.Module):
    """Every latent becomes theta."""

    def __init__(self):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.zeros(1))

    def forward(self, z):
        return self.theta.expand(z.shape[0], 1)


def dirac(method, starts=STARTS, batch_size=4):
    made = Trainer(
        method,
        Points(),
        Place,
        lambda: torch.nn.Linear(1, 1, bias=False),
        tuple(range(len(starts))),
        batch_size=batch_size,
        latent=1,
        dtype=torch.float64,
    )
    with torch.no_grad():
        start = torch.tensor(starts, dtype=torch.float64)
        made.generator.trainable["theta"].copy_(start[:, :1])
        made.critic.trainable["weight"].copy_(start[:, 1:].unsqueeze(2))
    return made


def position(made):
    """(S, 2): theta and psi."""
    psi = made.critic.trainable["weight"].flatten(1)
    return torch.cat([made.generator.trainable["theta"], psi], 1).detach().numpy()


def wasserstein_field(w):
    """Critic's loss psi theta, generator's loss -psi theta, data at 0."""
    theta, psi = w
    return np.array([psi, -theta])


def sigmoid(t):
    return 1 / (1 + np.exp(-t))


def minimax_field(w):
    """Critic's loss softplus(0) + softplus(psi theta), generator's loss -softplus(psi theta)."""
    theta, psi = w
    slope = sigmoid(psi * theta)
    return np.array([psi * slope, -theta * slope])


def penalised_field(w, weight=0.5):
    """Non-saturating loss with weight (|psi| - 1)^2."""
    theta, psi = w
    pull = -2 * weight * (abs(psi) - 1) * np.sign(psi)
    return np.array([psi * sigmoid(-psi * theta), -theta * sigmoid(psi * theta) + pull])


def energy_gradient(field, w, h=1e-5):
    """Central differences of |v|^2 / 2."""
    steps = h * np.eye(2)
    return np.array([(field(w + e) @ field(w + e) - field(w - e) @ field(w - e)) / (4 * h) for e in steps])


PENALISED = Method("x", NonSaturating(), (GradientPenalty(0.5),))
FIELDS = [
    (Method("x", Wasserstein()), wasserstein_field),
    (Method("x", Minimax()), minimax_field),
    (PENALISED, penalised_field),
]


def method_with(method, updates, **changes):
    return dataclasses.replace(
        method, updates=updates, critic_optimiser=SGD(H), generator_optimiser=SGD(H), **changes
    )


@pytest.mark.parametrize(("method", "field"), FIELDS)
def test_extragradient_steps_from_here_with_the_gradient_there(method, field):
    made = dirac(method_with(method, "extragradient"))
    expected = np.array(STARTS)
    for _ in range(5):
        UPDATES["extragradient"](made)
        expected = np.array([w + H * field(w + H * field(w)) for w in expected])
        np.testing.assert_allclose(position(made), expected, rtol=1e-12)


def test_extragradient_contracts_where_simultaneous_updates_expand():
    """Bilinear game: the norm changes by sqrt(1 - h^2 + h^4) and by sqrt(1 + h^2) a step (Gidel 2019)."""
    method, start = Method("x", Wasserstein()), np.linalg.norm(STARTS, axis=1)
    for updates, factor in (("extragradient", 1 - H**2 + H**4), ("simultaneous", 1 + H**2)):
        made = dirac(method_with(method, updates))
        made.run([20], lambda _: None)
        np.testing.assert_allclose(np.linalg.norm(position(made), axis=1), start * factor**10, rtol=1e-12)


def adam_by_hand(field, w, steps, rate, betas):
    """ExtraAdam (Gidel et al. 2019, alg. 4): both half-steps feed the moments, only the point returns."""
    m, v, t = np.zeros(2), np.zeros(2), 0
    for _ in range(steps):
        origin = w
        for _half in range(2):
            g, t = -field(w), t + 1
            m, v = betas[0] * m + (1 - betas[0]) * g, betas[1] * v + (1 - betas[1]) * g**2
            corrected = m / (1 - betas[0] ** t), v / (1 - betas[1] ** t)
            w = origin - rate * corrected[0] / (np.sqrt(corrected[1]) + 1e-8)
    return w


def test_extragradient_keeps_the_moments_of_both_half_steps():
    betas, rate = (0.5, 0.9), 0.05
    optimiser = Adam(rate, betas)
    made = dirac(
        Method("x", Minimax(), (), optimiser, optimiser, updates="extragradient"),
    )
    made.run([7], lambda _: None)
    expected = [adam_by_hand(minimax_field, np.array(w), 7, rate, betas) for w in STARTS]
    np.testing.assert_allclose(position(made), expected, rtol=1e-10)


def test_extragradient_projects_in_both_steps():
    method = Method("x", Wasserstein(), (Clip(0.1),), SGD(5.0), SGD(1.0), updates="extragradient")
    made = dirac(method, starts=((1.0, 0.05),))
    UPDATES["extragradient"](made)
    # There: theta = 1.05, psi clipped to -.1. Back: theta = 1 - .1, psi = .05 - 5 * 1.05, clipped.
    np.testing.assert_allclose(position(made), [[0.9, -0.1]], rtol=1e-12)


@pytest.mark.parametrize("gamma", [0.0, 0.5, 3.0])
@pytest.mark.parametrize(("method", "field"), FIELDS)
def test_consensus_follows_the_field_minus_the_gradient_of_its_energy(method, field, gamma):
    made = dirac(method_with(method, "consensus", consensus_gamma=gamma))
    UPDATES["consensus"](made)
    expected = [w + H * (field(w) - gamma * energy_gradient(field, w)) for w in np.array(STARTS)]
    # Central differences of step 1e-5 are good to about 1e-9.
    np.testing.assert_allclose(position(made), expected, rtol=1e-8)


def critic():
    """Smooth, so that a penalty's slope depends on where it is taken, and with it on the generator."""
    return torch.nn.Sequential(torch.nn.Linear(2, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))


def network(method, seeds=(0, 1), dtype=torch.float64):
    return Trainer(
        method,
        build_dataset("ring8"),
        lambda: MLPGenerator(2, 2, 8, 2),
        critic,
        seeds,
        batch_size=16,
        latent=2,
        dtype=dtype,
    )


def flat(made):
    players = (made.critic, made.generator)
    return torch.cat([value.detach().flatten(1) for p in players for value in p.trainable.values()], 1)


def set_flat(made, vector):
    values = [value for p in (made.critic, made.generator) for value in p.trainable.values()]
    parts = vector.split([value[0].numel() for value in values], 1)
    with torch.no_grad():
        for value, part in zip(values, parts, strict=True):
            value.copy_(part.view_as(value))


NETWORK_METHODS = [
    Method("x", NonSaturating(), (GradientPenalty(2.0),)),
    Method("x", Relativistic(), (R1(2.0), InstanceNoise(0.3))),
]


@pytest.mark.parametrize("method", NETWORK_METHODS)
def test_consensus_of_networks_against_differences_of_the_energy(method):
    """Along a random direction, on the very batch of the update: mixed derivatives, also by the penalty."""
    gamma, h = 2.0, 1e-6
    made, other = (network(method_with(method, "consensus", consensus_gamma=gamma)) for _ in range(2))
    start = flat(made)
    direction = torch.randn(start.shape, generator=torch.Generator().manual_seed(0), dtype=start.dtype)

    def field(shift):
        """v on the first batch of a fresh trainer, at a shifted point."""
        fresh = network(method_with(method, "consensus"))
        set_flat(fresh, start + shift * direction)
        losses = fresh.joint_losses(*fresh.joint_batch())
        parts = []
        for loss, player in zip(losses, (fresh.critic, fresh.generator), strict=True):
            gradients = torch.autograd.grad(loss.sum(), list(player.trainable.values()), retain_graph=True)
            parts += [-g.flatten(1) for g in gradients]
        return torch.cat(parts, 1)

    pull = (field(h).square().sum(1) - field(-h).square().sum(1)) / (4 * h)
    UPDATES["consensus"](made)
    moved = (flat(made) - start) / H - field(0.0)
    torch.testing.assert_close((moved * direction).sum(1), -gamma * pull, rtol=1e-5, atol=1e-8)
    assert (pull.abs() > 1e-3).all()
    assert torch.equal(flat(other), start)


@pytest.mark.parametrize("updates", UPDATES)
def test_stacked_equals_separate_and_a_poisoned_seed_stays_alone(updates):
    changes = {"updates": updates, "generator_average": 0.9}
    method = dataclasses.replace(NETWORK_METHODS[1], **changes)
    together, poisoned = (network(method, (0, 1, 2)) for _ in range(2))
    with torch.no_grad():
        poisoned.critic.trainable["0.weight"][1] = torch.nan
    for made in (together, poisoned):
        made.run([20], lambda _: None)
    assert torch.equal(flat(poisoned)[[0, 2]], flat(together)[[0, 2]])
    assert poisoned.first_bad.tolist() == [-1, 1, -1]
    for index, seed in enumerate((0, 1, 2)):
        alone = network(method, (seed,))
        alone.run([20], lambda _: None)
        torch.testing.assert_close(flat(together)[index], flat(alone)[0], rtol=1e-10, atol=1e-12)
    assert set(together.losses) == {"critic_loss", "penalty", "generator_loss"}


def test_two_learning_rates_move_each_player_by_its_own():
    method = Method("x", Wasserstein(), (), SGD(0.5), SGD(0.25), updates="simultaneous")
    made = dirac(method)
    made.run([1], lambda _: None)
    theta, psi = np.array(STARTS).T
    np.testing.assert_allclose(
        position(made), np.stack([theta + 0.25 * psi, psi - 0.5 * theta], 1), rtol=1e-14
    )


def test_losses_of_both_players_stand_on_one_batch():
    """Least squares has both losses in closed form: scores 0 at the data, psi theta at the generator."""
    made = dirac(Method("x", LeastSquares(), (R1(2.0),), updates="consensus"))
    critic_loss, generator_loss = made.joint_losses(*made.joint_batch())
    theta, psi = torch.tensor(STARTS, dtype=torch.float64).unbind(1)
    torch.testing.assert_close(critic_loss, 0.5 + 0.5 * (psi * theta).square() + psi.square())
    torch.testing.assert_close(generator_loss, 0.5 * (psi * theta - 1).square())
