"""The loop: stacked equals separate for every method, seeds stay apart, updates in the stated order."""

import dataclasses
import math

import pytest
import torch

from gan_bench.data.toy import build_dataset
from gan_bench.methods.constraints import Clip
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import Minimax, Wasserstein
from gan_bench.methods.optimisers import SGD, Adam
from gan_bench.methods.presets import PRESETS
from gan_bench.methods.spectral import Spectral, matrices
from gan_bench.nets.mlp import MLPCritic, MLPGenerator
from gan_bench.train import Trainer

SEEDS = (0, 1, 2)


def trainer(method, seeds=SEEDS, dtype=torch.float64, width=16, batch_size=32, dataset="ring8"):
    return Trainer(
        method,
        build_dataset(dataset),
        lambda: MLPGenerator(2, 2, width, 2),
        lambda: MLPCritic(2 * method.copies, width, 2),
        seeds,
        batch_size=batch_size,
        latent=2,
        dtype=dtype,
    )


def train(method, steps, **options):
    made = trainer(method, **options)
    snapshots = []
    made.run([0, steps], snapshots.append)
    return made, snapshots[-1]


def parameters(made):
    return {**made.generator.trainable, **{f"critic.{n}": p for n, p in made.critic.trainable.items()}}


@pytest.mark.parametrize("name", PRESETS)
def test_stacked_equals_separate_over_15_steps(name):
    method = PRESETS[name]
    together, _ = train(method, 15)
    for index, seed in enumerate(SEEDS):
        alone, _ = train(method, 15, seeds=(seed,))
        for key, value in parameters(alone).items():
            # float64 rounding of 1e-16, amplified by 15 steps of training.
            torch.testing.assert_close(parameters(together)[key][index], value[0], rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("name", PRESETS)
def test_first_gradients_agree_in_single_precision(name):
    """Only the first: Adam turns the rounding of small gradients into steps of full size."""
    method = dataclasses.replace(PRESETS[name], n_critic=1)
    _, snapshot = train(method, 1, dtype=torch.float32)
    for index, seed in enumerate(SEEDS):
        _, alone = train(method, 1, seeds=(seed,), dtype=torch.float32)
        for player in ("critic", "generator"):
            for key, value in alone.gradients[player].items():
                scale = value.abs().max()
                error = (snapshot.gradients[player][key][index] - value[0]).abs().max()
                assert error <= 1e-5 * scale, (player, key)


@pytest.mark.parametrize("name", ["gan", "wgan-clip", "wgan-gp", "sngan", "r3gan", "pacgan2"])
def test_a_poisoned_seed_diverges_and_leaves_the_others_bit_identical(name):
    clean, _ = train(PRESETS[name], 20)
    poisoned = trainer(PRESETS[name])
    snapshots = []
    poisoned.run([10], snapshots.append)
    with torch.no_grad():
        poisoned.generator.trainable["net.0.weight"][1] = math.nan
    poisoned.run([20], snapshots.append)
    assert snapshots[0].first_bad.tolist() == [-1, -1, -1]
    assert snapshots[1].first_bad.tolist() == [-1, 11, -1]
    for key, value in parameters(poisoned).items():
        assert torch.equal(value[[0, 2]], parameters(clean)[key][[0, 2]]), key


def test_same_settings_same_numbers():
    first, _ = train(PRESETS["wgan-gp"], 10, dtype=torch.float32)
    second, _ = train(PRESETS["wgan-gp"], 10, dtype=torch.float32)
    assert all(torch.equal(value, parameters(second)[key]) for key, value in parameters(first).items())


@pytest.mark.parametrize("name", ["wgan-clip", "wgan-clip-adam", "wgan-clip-sgd"])
def test_every_weight_is_inside_the_box_when_the_generator_moves(name, monkeypatch):
    seen = []
    made = trainer(PRESETS[name])
    step = made.generator_step

    def watched():
        seen.append(max(value.abs().max().item() for value in made.critic.trainable.values()))
        step()

    monkeypatch.setattr(made, "generator_step", watched)
    made.run([5], lambda _: None)
    assert len(seen) == 5
    assert all(0 < largest <= 0.01 for largest in seen)


@pytest.mark.parametrize("rate", [2e-4, 1e-3])
def test_normalised_layers_keep_norm_one_while_training(rate):
    optimiser = Adam(rate, (0.0, 0.9))
    method = dataclasses.replace(PRESETS["sngan"], critic_optimiser=optimiser, generator_optimiser=optimiser)
    made, errors = trainer(method, dtype=torch.float32, width=64, batch_size=64), []

    def watch(snapshot):
        layers = matrices(snapshot.critic_parameters).values()
        errors.append(max((torch.linalg.matrix_norm(w.detach(), 2) - 1).abs().max().item() for w in layers))

    made.run([0, 1, 2, 5, 10, 15, 20, 25, 30, 35, 40], watch)
    assert errors[0] < 1e-3
    assert max(errors) < 0.05


def test_sgd_steps_by_hand():
    """One alternating step with SGD on both sides: the critic first, the generator against the new one."""
    rate = 0.1
    method = Method("hand", Wasserstein(), (), SGD(rate), SGD(rate))
    made, reference = trainer(method, seeds=(0,)), trainer(method, seeds=(0,))
    made.run([1], lambda _: None)
    critic, generator = reference.critic.trainable, reference.generator.trainable
    fake = reference.generator(reference.latents("critic")).detach()
    real, _ = reference.dataset.batch(32, reference.streams)
    loss = reference.critic(fake).mean() - reference.critic(real).mean()
    moves = torch.autograd.grad(loss, list(critic.values()))
    with torch.no_grad():
        for value, move in zip(critic.values(), moves, strict=True):
            value -= rate * move
    loss = -reference.critic(reference.generator(reference.latents("generator"))).mean()
    moves = torch.autograd.grad(loss, list(generator.values()))
    for (name, value), move in zip(generator.items(), moves, strict=True):
        torch.testing.assert_close(
            made.generator.trainable[name], value - rate * move, rtol=1e-12, atol=1e-14
        )
    for name, value in critic.items():
        torch.testing.assert_close(made.critic.trainable[name], value, rtol=1e-12, atol=1e-14)


def test_simultaneous_updates_use_the_critic_before_its_step():
    both = Method("both", Minimax(), (), SGD(0.5), SGD(0.5), updates="simultaneous")
    made, untouched = trainer(both), trainer(dataclasses.replace(both, updates="alternating"))
    made.run([1], lambda _: None)
    loss = untouched.generator_loss(untouched.critic).sum()
    moves = torch.autograd.grad(loss, list(untouched.generator.trainable.values()))
    for (name, value), move in zip(untouched.generator.trainable.items(), moves, strict=True):
        torch.testing.assert_close(made.generator.trainable[name], value - 0.5 * move, rtol=1e-12, atol=1e-14)
    untouched.run([1], lambda _: None)
    name = "net.0.weight"
    assert not torch.allclose(made.generator.trainable[name], untouched.generator.trainable[name], rtol=1e-9)


def test_critic_steps_and_the_warm_up_of_the_authors_code():
    plain, warm = PRESETS["wgan-clip"], dataclasses.replace(PRESETS["wgan-clip"], critic_warm_up=True)
    assert [plain.critic_steps(step) for step in (0, 24, 25, 500)] == [5, 5, 5, 5]
    assert [warm.critic_steps(step) for step in (0, 24, 25, 499, 500, 501)] == [100, 100, 5, 5, 100, 5]
    made, count = trainer(plain), []
    step = made.critic_step
    made.critic_step = lambda: (count.append(made.step), step())
    made.run([3], lambda _: None)
    assert count == [0] * 5 + [1] * 5 + [2] * 5


def test_snapshots_are_taken_outside_the_clock(monkeypatch):
    made = trainer(PRESETS["gan"])
    now = [0.0]
    monkeypatch.setattr(made, "_now", lambda: now[0])
    step = made.generator_step

    def timed():
        now[0] += 1.0
        step()

    def slow(snapshot):
        now[0] += 100.0

    monkeypatch.setattr(made, "generator_step", timed)
    made.run([0, 2, 5], slow)
    assert made.seconds == 5.0


def test_critic_with_batch_norm_never_sees_real_and_fake_together():
    sizes = []

    class Critic(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.net = torch.nn.Sequential(
                torch.nn.Linear(2, 4), torch.nn.BatchNorm1d(4), torch.nn.Linear(4, 1)
            )

        def forward(self, x):
            sizes.append(x.shape[0])
            return self.net(x).squeeze(1)

    Trainer(
        PRESETS["gan"],
        build_dataset("ring8"),
        lambda: MLPGenerator(2, 2, 8, 1),
        Critic,
        SEEDS,
        batch_size=16,
        latent=2,
    ).run([2], lambda _: None)
    assert set(sizes) == {16}


def test_anchored_training_starts_on_q_and_moves():
    method = PRESETS["wgan-gp"]
    dataset = build_dataset("separated-gaussians")
    from gan_bench.nets.anchored import Anchored

    made = Trainer(
        method,
        dataset,
        lambda: Anchored(lambda: MLPGenerator(2, 2, 16, 2), dataset.push),
        lambda: MLPCritic(2, 16, 2),
        SEEDS,
        batch_size=32,
        latent=2,
    )
    z = made.latents("critic")
    torch.testing.assert_close(made.generator(z), dataset.push(z[..., :2]), rtol=0, atol=1e-5)
    made.run([3], lambda _: None)
    assert (made.generator(z) - dataset.push(z[..., :2])).abs().max() > 1e-4


def test_free_combinations_train():
    method = Method("all", Minimax(), (Spectral(), Clip(0.5)), n_critic=2)
    _, snapshot = train(method, 5)
    assert (snapshot.first_bad < 0).all()
    assert set(snapshot.losses) == {"critic_loss", "generator_loss"}
