"""Penalties by hand on critics whose gradients are known, and their parameter gradients by differences."""

import pytest
import torch

from gan_bench.errors import UsageError
from gan_bench.methods.constraints import R1, R2, Clip, Dragan, GradientPenalty, OneSidedPenalty, Pack
from gan_bench.nets.mlp import MLPCritic
from gan_bench.nets.stack import Stack
from gan_bench.seeds import Streams, generator

SEEDS = (0, 1, 2)
PENALTIES = [GradientPenalty(3.0), OneSidedPenalty(3.0), Dragan(3.0), R1(3.0), R2(3.0)]


def streams():
    return Streams(SEEDS, dtype=torch.float64)


def clouds(batch=6):
    draw = [torch.randn(2, batch, 2, generator=generator(s, "test"), dtype=torch.float64) for s in SEEDS]
    real, fake = torch.stack(draw, 1)
    return real, fake + 2


def linear(slopes):
    """A critic per seed whose gradient is slopes[s] * (.6, .8) everywhere."""
    weights = torch.tensor(slopes, dtype=torch.float64).view(-1, 1, 1) * torch.tensor(
        [0.6, 0.8], dtype=torch.float64
    )
    return lambda x: (x * weights).sum(2)


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [
        (GradientPenalty(10.0), [2.5, 0.0, 40.0]),  # 10 (slope - 1)^2
        (OneSidedPenalty(10.0), [0.0, 0.0, 40.0]),  # only above 1
        (Dragan(10.0), [2.5, 0.0, 40.0]),
        (R1(10.0), [1.25, 5.0, 45.0]),  # 10/2 slope^2
        (R2(10.0), [1.25, 5.0, 45.0]),
    ],
)
def test_penalty_of_linear_critics_by_hand(penalty, expected):
    real, fake = clouds()
    value = penalty.penalty(linear([0.5, 1.0, 3.0]), real=real, fake=fake, streams=streams())
    assert value.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize(
    ("penalty", "expected"),
    [(R1(2.0), "real"), (R2(2.0), "fake")],
)
def test_r1_looks_at_real_and_r2_at_fake(penalty, expected):
    """Critic |x|^2 / 2 has gradient x, so the penalty is the mean square of the points looked at."""
    points = dict(zip(("real", "fake"), clouds(), strict=True))
    value = penalty.penalty(lambda x: 0.5 * x.square().sum(2), **points, streams=streams())
    torch.testing.assert_close(value, points[expected].square().sum(2).mean(1))


def test_interpolation_weight_is_drawn_per_sample():
    real, fake = torch.zeros(3, 50, 2).double(), torch.ones(3, 50, 2).double()
    seen = []
    GradientPenalty().penalty(lambda x: seen.append(x) or x.sum(2), real=real, fake=fake, streams=streams())
    weights = seen[0].detach()
    torch.testing.assert_close(weights[..., 0], weights[..., 1])  # one weight for the whole sample
    assert all(len(row.unique()) == 50 for row in weights[..., 0])
    assert not torch.equal(weights[0], weights[1])
    assert (weights >= 0).all()
    assert (weights <= 1).all()


def test_dragan_points_lie_within_half_a_deviation_of_the_data():
    real = clouds(200)[0] * torch.tensor([1.0, 5.0, 25.0]).view(-1, 1, 1)
    seen = []
    Dragan().penalty(lambda x: seen.append(x) or x.sum(2), real=real, fake=real, streams=streams())
    moved = (seen[0].detach() - real) / (0.5 * real.flatten(1).std(1).view(-1, 1, 1))
    assert (moved >= 0).all()
    assert (moved < 1).all()
    # E a u = 1/4 with variance 7/144 per coordinate; four standard errors of 400 draws per seed.
    assert moved.flatten(1).mean(1).sub(0.25).abs().max() < 4 * (7 / 144 / 400) ** 0.5


@pytest.mark.parametrize("penalty", PENALTIES, ids=lambda p: type(p).__name__)
def test_parameter_gradient_of_the_penalty_equals_finite_differences(penalty):
    """Second order through a real critic. tanh: smooth, so central differences converge."""
    critic = Stack(lambda: _smooth(MLPCritic(width=5, layers=2)), SEEDS, "critic", dtype=torch.float64)
    real, fake = clouds()

    def value(parameters):
        fixed = lambda x: critic(x, parameters)  # noqa: E731
        return penalty.penalty(fixed, real=real, fake=fake, streams=streams()).sum()

    parameters = dict(critic.parameters)
    gradients = torch.autograd.grad(value(parameters), list(parameters.values()), allow_unused=True)
    for (name, parameter), gradient in zip(parameters.items(), gradients, strict=True):
        direction = torch.randn(parameter.shape, generator=generator(1, name), dtype=torch.float64)
        step = 1e-5  # error of order step^2 = 1e-10 against rounding of 1e-16 / step = 1e-11
        with torch.no_grad():
            up = value({**parameters, name: parameter + step * direction})
            down = value({**parameters, name: parameter - step * direction})
        slope = 0.0 if gradient is None else (gradient * direction).sum().item()
        assert slope == pytest.approx(((up - down) / (2 * step)).item(), rel=1e-6, abs=1e-8), name


def _smooth(critic):
    layers = [torch.nn.Tanh() if isinstance(m, torch.nn.ReLU) else m for m in critic.net]
    critic.net = torch.nn.Sequential(*layers)
    return critic


def test_penalty_of_a_flat_critic_has_a_finite_gradient():
    weight = torch.zeros(3, 1, 2, dtype=torch.float64, requires_grad=True)
    real, fake = clouds()
    value = GradientPenalty(10.0).penalty(
        lambda x: (x * weight).sum(2), real=real, fake=fake, streams=streams()
    )
    assert value.tolist() == pytest.approx([10.0] * 3)
    assert torch.autograd.grad(value.sum(), weight)[0].isfinite().all()


def test_clip_starts_inside_the_box_and_keeps_every_parameter_there():
    parameters = {"weight": torch.randn(3, 4, 2), "bias": torch.randn(3, 4), "zero": torch.zeros(3, 2)}
    small = {"tiny": torch.full((3, 2), 1e-4)}
    clip = Clip(0.01)
    clip.start({**parameters, **small})
    for name in ("weight", "bias"):
        assert parameters[name].abs().flatten(1).amax(1).tolist() == pytest.approx([0.005] * 3)
    assert (parameters["zero"] == 0).all()
    assert small["tiny"].max() == pytest.approx(1e-4)
    parameters["weight"] += 1
    parameters["bias"] -= 1
    clip.project(parameters)
    assert (parameters["weight"] == 0.01).all()
    assert (parameters["bias"] == -0.01).all()


def test_pack_joins_neighbours_of_the_same_seed():
    real = torch.arange(24.0).view(2, 6, 2)
    packed, same = Pack(3).inputs(real, real + 1, streams())
    assert packed.shape == (2, 2, 6)
    assert packed[1, 0].tolist() == real[1, :3].flatten().tolist()
    torch.testing.assert_close(same, packed + 1)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Clip(0),
        lambda: GradientPenalty(-1.0),
        lambda: R1(float("nan")),
        lambda: Pack(1),
        lambda: Clip(True),
    ],
)
def test_bad_values_are_one_clear_line(make):
    with pytest.raises(UsageError, match=r"^\w+: \w+ must be [^\n]+$"):
        make()
