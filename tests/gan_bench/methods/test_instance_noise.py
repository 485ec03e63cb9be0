"""Noise on what the critic sees, against closed forms on two points, and penalties of weight 0."""

import pytest
import torch

from gan_bench.methods.constraints import R1, R2, Dragan, GradientPenalty, InstanceNoise, OneSidedPenalty
from gan_bench.methods.method import Method
from gan_bench.methods.objectives import LeastSquares
from gan_bench.methods.optimisers import SGD
from gan_bench.seeds import Streams
from gan_bench.train import Trainer

SIGMA, SLOPE, BIAS, THETA = 0.7, 1.5, 0.2, 2.0


class Symmetric:
    """Draws of -1 and 1 in turn: mean 0 and variance 1 exactly."""

    seeds, dtype = (0, 1), torch.float64

    def __init__(self):
        self.purposes = []

    def normal(self, purpose, shape):
        self.purposes.append(purpose)
        signs = torch.tensor([-1.0, 1.0], dtype=torch.float64).repeat(shape[0] // 2)
        return signs.view(1, -1, *[1] * (len(shape) - 1)).expand(2, *shape)


class Points:
    """Real samples at 0 on the line."""

    def batch(self, size, streams):
        return torch.zeros(2, size, 1, dtype=torch.float64), None


class Place(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.theta = torch.nn.Parameter(torch.full((1,), THETA))

    def forward(self, z):
        return self.theta.expand(z.shape[0], 1)


def critic():
    layer = torch.nn.Linear(1, 1)
    layer.weight.data.fill_(SLOPE)
    layer.bias.data.fill_(BIAS)
    return layer


def trainer():
    method = Method("x", LeastSquares(), (InstanceNoise(SIGMA),), SGD(0.1), SGD(0.1))
    made = Trainer(method, Points(), Place, critic, (0, 1), batch_size=8, latent=1, dtype=torch.float64)
    made.streams.normal = Symmetric().normal
    return made


def test_losses_of_both_players_are_those_of_the_smoothed_points():
    """E (a (x + sigma n) + b - t)^2 = (a x + b - t)^2 + a^2 sigma^2, on real, on fake, in both losses."""
    made = trainer()
    made.run([1], lambda _: None)
    spread = (SLOPE * SIGMA) ** 2
    on_fake = SLOPE * THETA + BIAS
    critic_loss = 0.5 * ((BIAS - 1) ** 2 + spread) + 0.5 * (on_fake**2 + spread)
    assert made.losses["critic_loss"].tolist() == pytest.approx([critic_loss] * 2, rel=1e-6)
    # The critic has moved before the generator's loss: gradients of its loss in slope and bias, by hand.
    slope = SLOPE - 0.1 * (SLOPE * SIGMA**2 + on_fake * THETA + SLOPE * SIGMA**2)
    bias = BIAS - 0.1 * (BIAS - 1 + on_fake)
    generator_loss = 0.5 * ((slope * THETA + bias - 1) ** 2 + (slope * SIGMA) ** 2)
    assert made.losses["generator_loss"].tolist() == pytest.approx([generator_loss] * 2, rel=1e-6)


def test_noise_is_standard_normal_times_sigma_drawn_anew_and_apart():
    streams = Streams((0, 1), dtype=torch.float64)
    real, fake = torch.full((2, 4000, 2), 3.0, dtype=torch.float64), torch.zeros(2, 4000, 2)
    first = InstanceNoise(SIGMA).inputs(real, fake, streams)
    second = InstanceNoise(SIGMA).inputs(real, fake, streams)
    for mean, noisy, again in zip((3.0, 0.0), first, second, strict=True):
        # 8000 draws: the mean is good to sigma / 89, the deviation to sigma / 126; four of each.
        assert noisy.flatten(1).mean(1).tolist() == pytest.approx([mean] * 2, abs=4 * SIGMA / 89)
        assert noisy.flatten(1).std(1).tolist() == pytest.approx([SIGMA] * 2, abs=4 * SIGMA / 126)
        assert not torch.equal(noisy, again)
        assert not torch.equal(noisy[0], noisy[1])
    assert not torch.allclose(first[0] - 3, first[1])
    unchanged = InstanceNoise(0).inputs(real, fake, streams)
    assert torch.equal(unchanged[0], real)


def test_the_generator_s_gradient_passes_through_the_noise():
    made = trainer()
    made.generator_gradient()
    on_fake = SLOPE * THETA + BIAS
    grad = made.generator.trainable["theta"].grad
    assert grad.flatten().tolist() == pytest.approx([(on_fake - 1) * SLOPE] * 2, rel=1e-6)


@pytest.mark.parametrize(
    "off", [GradientPenalty(0), OneSidedPenalty(0.0), Dragan(0), R1(0), R2(0)], ids=lambda c: type(c).__name__
)
def test_a_penalty_of_weight_0_is_0_and_pulls_nothing_even_at_infinite_slopes(off):
    streams = Streams((0, 1), dtype=torch.float64)
    weight = torch.full((2, 1, 2), 1e300, dtype=torch.float64, requires_grad=True)
    points = torch.randn(2, 5, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    value = off.penalty(lambda x: (x * weight * 1e300).sum(2), real=points, fake=points, streams=streams)
    assert value.tolist() == [0.0, 0.0]
    assert not value.requires_grad
