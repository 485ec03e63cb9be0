"""Progressive growing: its schedule, continuity where a stage begins, and layers against formulas."""

import pytest
import torch
import torch.nn.functional as F

from gan_bench.errors import UsageError
from gan_bench.nets.equalised import Convolution, Linear, pixel_norm
from gan_bench.nets.progressive import ProgressiveCritic, ProgressiveGenerator, Stage, stage_at
from gan_bench.nets.stack import Stack
from gan_bench.seeds import forked, generator

LATENT, SHAPE, BATCH = 4, (2, 32, 32), 3


def normals(*shape, of="x"):
    return torch.randn(shape, generator=generator(0, of), dtype=torch.float64)


@pytest.fixture
def net():
    with forked(0, "test"):
        return ProgressiveGenerator(LATENT, SHAPE, width=2).double()


@pytest.fixture
def critic():
    with forked(0, "test"):
        return ProgressiveCritic(SHAPE, width=2).double()


def at(module, progress):
    module.grow(progress)
    return module


@pytest.mark.parametrize(
    ("progress", "level", "alpha"),
    [
        (0, 0, 1),
        (0.3, 0, 1),
        (1 / 3, 1, 0),
        (5 / 12, 1, 0.5),
        (0.5, 1, 1),
        (0.6, 1, 1),
        (2 / 3, 2, 0),
        (0.75, 2, 0.5),
        (5 / 6, 2, 1),
        (1, 2, 1),
    ],
)
def test_three_resolutions_share_the_time(progress, level, alpha):
    stage = stage_at(progress, 3)
    assert stage.level == level
    # Thirds are rounded: 2 (3 p - level) to a few units in the last place.
    assert stage.alpha == pytest.approx(alpha, abs=1e-14)


def test_a_single_resolution_never_fades():
    assert {stage_at(i / 7, 1) for i in range(8)} == {Stage(0, 1.0)}
    net = ProgressiveGenerator(LATENT, (1, 8, 8), width=2)
    first = net(torch.ones(1, LATENT))
    assert torch.equal(at(net, 0.0)(torch.ones(1, LATENT)), first)


@pytest.mark.parametrize("progress", [-0.1, 1.01, float("nan")])
def test_progress_outside_0_to_1(net, progress):
    with pytest.raises(UsageError, match="progress must be a number from 0 to 1, not"):
        net.grow(progress)


def enlarge(x, times):
    return x.repeat_interleave(times, 2).repeat_interleave(times, 3)


def test_the_generator_shows_each_stage_enlarged_and_blends_to_rgb(net):
    """Its stages by a formula on its parameters: features h at 8, 16 and 32, image tanh(to_rgb(h))."""
    z = normals(BATCH, LATENT)

    def bent(x):
        x = torch.where(x > 0, x, 0.2 * x)
        return x / (x.square().mean(1, keepdim=True) + 1e-8).sqrt()

    def conv(layer, x, gain=2**0.5):
        taps = layer.weight[0].numel()
        weight = layer.weight * gain / taps**0.5
        return F.conv2d(x, weight, layer.bias, padding=layer.weight.shape[2] // 2)

    unit = z / (z.square().mean(1, keepdim=True) + 1e-8).sqrt()
    h = (unit @ net.project.weight.T * (2 / LATENT) ** 0.5 + net.project.bias).view(BATCH, -1, 4, 4)
    h = bent(conv(net.bottom, bent(h)))
    rgb = []
    for block, to_rgb in zip(net.blocks, net.to_rgb, strict=True):
        h = bent(conv(block[3], bent(conv(block[1], enlarge(h, 2)))))
        rgb.append(conv(to_rgb, h, gain=1))
    wanted = {
        0.0: enlarge(rgb[0], 4),
        0.6: enlarge(rgb[1], 2),
        5 / 12: enlarge((enlarge(rgb[0], 2) + rgb[1]) / 2, 2),
        0.75: (enlarge(rgb[1], 2) + rgb[2]) / 2,
        1.0: rgb[2],
    }
    for progress, image in wanted.items():
        torch.testing.assert_close(at(net, progress)(z), image.tanh(), rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("boundary", [1 / 3, 2 / 3])
def test_a_stage_begins_where_the_one_before_ended(net, critic, boundary):
    """And moves with progress from there: both players are continuous, not constant."""
    z, x = normals(BATCH, LATENT), normals(BATCH, *SHAPE)
    for module, given in ((net, z), (critic, x)):
        before, start, soon, later = (
            at(module, boundary + step)(given).detach() for step in (-1e-9, 1e-9, 1e-3, 0.1)
        )
        # Two players whose slopes in progress are of order 10: 1e-9 of it moves them by 1e-8.
        assert (start - before).abs().max() < 1e-6
        assert 0 < (soon - start).abs().max() < 0.1
        assert (later - start).abs().max() > (soon - start).abs().max()


@pytest.mark.parametrize(("progress", "times"), [(0.2, 4), (0.6, 2)])
def test_the_critic_sees_averages_of_the_present_resolution(critic, progress, times):
    x = normals(BATCH, *SHAPE)
    blocks = x.unflatten(2, (-1, times)).unflatten(4, (-1, times))
    shuffled = blocks.flip(3, 5).flatten(4, 5).flatten(2, 3)
    scores = at(critic, progress)(x)
    torch.testing.assert_close(at(critic, progress)(shuffled), scores, rtol=1e-10, atol=1e-12)
    assert (at(critic, 1.0)(shuffled) - at(critic, 1.0)(x)).abs().max() > 1e-3


def test_the_critic_equals_a_formula_while_a_stage_fades_in(critic):
    x = normals(BATCH, *SHAPE)

    def rectified(v):
        return torch.where(v > 0, v, 0.2 * v)

    def conv(layer, v):
        weight = layer.weight * (2 / layer.weight[0].numel()) ** 0.5
        return rectified(F.conv2d(v, weight, layer.bias, padding=layer.weight.shape[2] // 2))

    def half(v):
        return v.unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).mean((3, 5))

    def down(block, v):
        return half(conv(block[2], conv(block[0], v)))

    new = down(critic.blocks[0], conv(critic.from_rgb[0], x))
    old = conv(critic.from_rgb[1], half(x))
    h = conv(critic.bottom, down(critic.blocks[2], down(critic.blocks[1], 0.25 * new + 0.75 * old)))
    dense = critic.dense
    h = rectified(h.flatten(1) @ dense.weight.T * (2 / dense.weight.shape[1]) ** 0.5 + dense.bias)
    expected = h @ critic.head.psi.weight[0] / h.shape[1] ** 0.5 + critic.head.psi.bias
    torch.testing.assert_close(at(critic, 2 / 3 + 1 / 24)(x), expected, rtol=1e-10, atol=1e-12)


def test_layers_without_use_have_no_gradient_and_optimisers_leave_them():
    stack = Stack(lambda: ProgressiveGenerator(LATENT, SHAPE, 2), (0, 1), "g", dtype=torch.float64)
    start = {name: value.detach().clone() for name, value in stack.trainable.items()}
    stack.grow(0.1)
    optimiser = torch.optim.Adam(stack.trainable.values(), 0.01, fused=True)
    stack(normals(2, BATCH, LATENT)).square().sum().backward()
    optimiser.step()
    later = {"blocks.1", "blocks.2", "to_rgb.1", "to_rgb.2"}
    for name, value in stack.trainable.items():
        unused = ".".join(name.split(".")[:2]) in later
        assert (value.grad is None) == unused, name
        assert torch.equal(value, start[name]) == unused, name


def test_a_stack_grows_all_its_replicas_and_leaves_other_modules():
    stack = Stack(lambda: ProgressiveCritic(SHAPE, 2), (0, 1), "c")
    assert {module.stage for module in stack.modules} == {Stage(2, 1.0)}
    stack.grow(0.75)
    assert {module.stage for module in stack.modules} == {Stage(2, 0.5)}
    Stack(lambda: torch.nn.Linear(2, 2), (0, 1), "c").grow(0.5)


def test_equalised_layers_start_with_variance_gain_squared():
    """For inputs of variance 1: He's constant at run time, weights of variance 1 in the parameters."""
    with forked(0, "test"):
        layers = Linear(200, 300), Convolution(20, 300, gain=1.0)
    for layer, x, variance in zip(
        layers, (normals(50, 200), normals(4, 20, 12, 12)), (2.0, 1.0), strict=True
    ):
        made = layer.double()(x)
        # Five standard errors: of the inputs' second moment, 1.4 %, and of the outputs', 1.2 %, together.
        inside = made[..., 1:-1, 1:-1] if made.dim() == 4 else made
        assert inside.var().item() == pytest.approx(variance, rel=0.1)
        assert layer.weight.std().item() == pytest.approx(1, rel=0.02)


def test_pixel_norm():
    x = normals(2, 3, 4, 4)
    found = pixel_norm(5 * x)
    torch.testing.assert_close(
        found.square().mean(1), torch.ones(2, 4, 4, dtype=torch.float64), rtol=1e-6, atol=0
    )
    assert torch.equal(found.sign(), x.sign())
