"""SN-GAN's ResNet pair against its table, its code's order of operations, and its gains."""

import math

import pytest
import torch
import torch.nn.functional as F

from gan_bench.nets.resnet import ResNetCritic, ResNetGenerator
from gan_bench.seeds import forked, generator


def normals(*shape):
    return torch.randn(shape, generator=generator(0, "x"), dtype=torch.float64)


def made(factory):
    """With biases away from 0, so that a bias that is left out shows."""
    with forked(0, "test"):
        module = factory().double()
        for name, value in module.named_parameters():
            if name.endswith("bias"):
                torch.nn.init.normal_(value, std=0.3)
    return module


def count(module):
    return sum(value.numel() for value in module.parameters())


def test_parameters_of_the_papers_table_at_32():
    """Table 4 of Miyato et al. 2018: width 256 and three up-blocks; width 128, two down and two plain."""
    conv3, conv1 = (lambda i, o: 9 * i * o + o), (lambda i, o: i * o + o)
    up = 2 * conv3(256, 256) + conv1(256, 256) + 2 * 2 * 256
    generator_total = 129 * 4096 + 3 * up + 2 * 256 + conv3(256, 3)
    assert generator_total == 4_276_739
    # Less one bias a block, which batch norm would subtract again.
    assert count(ResNetGenerator(128, (3, 32, 32))) == generator_total - 3 * 256
    first = conv3(3, 128) + conv3(128, 128) + conv1(3, 128)
    down, keep = 2 * conv3(128, 128) + conv1(128, 128), 2 * conv3(128, 128)
    assert count(ResNetCritic((3, 32, 32))) == first + down + 2 * keep + 129


@pytest.mark.parametrize(
    ("size", "ups", "downs"), [(8, 1, 1), (16, 2, 1), (32, 3, 2), (64, 4, 3), (128, 5, 4)]
)
def test_blocks_by_resolution(size, ups, downs):
    net, critic = ResNetGenerator(4, (1, size, size), 2), ResNetCritic((1, size, size), 2)
    assert len(net.blocks) == ups
    assert [type(block).__name__ for block in critic.blocks] == [
        "_First",
        *["_Down"] * (downs - 1),
        "_Keep",
        "_Keep",
    ]
    reached = size >> downs
    assert critic.blocks(torch.zeros(1, 1, size, size)).shape == (1, 2, reached, reached)


def twice(x):
    return x.repeat_interleave(2, 2).repeat_interleave(2, 3)


def half(x):
    return x.unflatten(2, (-1, 2)).unflatten(4, (-1, 2)).mean((3, 5))


def conv(layer, x):
    return F.conv2d(x, layer.weight, layer.bias, padding=layer.kernel_size[0] // 2)


def batch_norm(norm, x):
    p = norm.normalise
    centred = x - x.mean((0, 2, 3), keepdim=True)
    flat = centred / (centred.square().mean((0, 2, 3), keepdim=True) + 1e-5).sqrt()
    return p.weight[:, None, None] * flat + p.bias[:, None, None]


def test_the_generator_equals_the_sources_order_of_operations():
    """Shortcuts enlarge first and convolve then, as in the authors' code."""
    net = made(lambda: ResNetGenerator(4, (3, 16, 16), width=3))
    z = normals(5, 4)
    x = (z @ net.project.weight.T + net.project.bias).view(5, 3, 4, 4)
    for b in net.blocks:
        h = conv(b.conv1, twice(batch_norm(b.norm1, x).relu()))
        x = conv(b.conv2, batch_norm(b.norm2, h).relu()) + conv(b.shortcut, twice(x))
    expected = conv(net.to_image, batch_norm(net.norm, x).relu()).tanh()
    torch.testing.assert_close(net(z), expected, rtol=1e-10, atol=1e-12)


def test_the_critic_equals_the_sources_order_of_operations():
    """Shortcuts of the down blocks convolve first and pool then; the first block's pools first."""
    critic = made(lambda: ResNetCritic((3, 32, 32), width=3))
    x = normals(2, 3, 32, 32)
    first, down, *keep = critic.blocks
    h = half(conv(first.conv2, conv(first.conv1, x).relu())) + conv(first.shortcut, half(x))
    h = half(conv(down.conv2, conv(down.conv1, h.relu()).relu())) + half(conv(down.shortcut, h))
    for b in keep:
        h = h + conv(b.conv2, conv(b.conv1, h.relu()).relu())
    features = h.relu().sum((2, 3))
    expected = features @ critic.head.psi.weight[0] + critic.head.psi.bias
    torch.testing.assert_close(critic(x), expected, rtol=1e-10, atol=1e-12)


def test_weights_start_uniform_with_the_papers_gains():
    with forked(0, "test"):
        players = ResNetGenerator(64, (3, 32, 32), 32, 5), ResNetCritic((3, 32, 32), 32, 5)
    for name, value in (item for player in players for item in player.named_parameters()):
        if value.dim() == 1 or "norm" in name:
            continue
        taps = value[0, 0].numel()
        gain = math.sqrt(2) if "conv" in name else 1.0
        bound = gain * math.sqrt(6 / (taps * (value.shape[0] + value.shape[1])))
        # The variance of a uniform is bound^2 / 3, that of its squares 4 bound^4 / 45: five standard errors.
        tolerance = 5 * math.sqrt(4 / 5 / value.numel())
        assert value.abs().max() <= bound
        assert value.square().mean().item() == pytest.approx(bound**2 / 3, rel=tolerance), name
