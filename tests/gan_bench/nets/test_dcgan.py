"""DCGAN: layers as the paper draws them, its initialisation, and the product in the last layer."""

import pytest
import torch
import torch.nn.functional as F
from torch import nn

from gan_bench.nets.dcgan import DCGANCritic, DCGANGenerator
from gan_bench.seeds import forked, generator


def shapes(module):
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}


def test_the_generator_of_the_papers_figure():
    """Fig. 1 of Radford et al. 2016: 100 -> 4 x 4 x 1024 -> 512 -> 256 -> 128 -> 64 x 64 x 3."""
    net = DCGANGenerator(100, (3, 64, 64), width=128)
    assert shapes(net) == {
        "project.weight": (16 * 1024, 100),
        "norm.normalise.weight": (1024,),
        "norm.normalise.bias": (1024,),
        "blocks.0.convolution.weight": (1024, 512, 4, 4),
        "blocks.0.norm.normalise.weight": (512,),
        "blocks.0.norm.normalise.bias": (512,),
        "blocks.1.convolution.weight": (512, 256, 4, 4),
        "blocks.1.norm.normalise.weight": (256,),
        "blocks.1.norm.normalise.bias": (256,),
        "blocks.2.convolution.weight": (256, 128, 4, 4),
        "blocks.2.norm.normalise.weight": (128,),
        "blocks.2.norm.normalise.bias": (128,),
        "to_image.weight": (128, 3, 4, 4),
        "to_image.bias": (3,),
    }


@pytest.mark.parametrize("batch_norm", [False, True])
def test_the_critic_at_32(batch_norm):
    """Batch norm on every layer but the first, and no bias under it."""
    normed = {
        "body.2.weight": (128, 64, 4, 4),
        "body.3.normalise.weight": (128,),
        "body.3.normalise.bias": (128,),
        "body.5.weight": (256, 128, 4, 4),
        "body.6.normalise.weight": (256,),
        "body.6.normalise.bias": (256,),
    }
    plain = {
        "body.2.weight": (128, 64, 4, 4),
        "body.2.bias": (128,),
        "body.4.weight": (256, 128, 4, 4),
        "body.4.bias": (256,),
    }
    assert shapes(DCGANCritic((3, 32, 32), batch_norm=batch_norm)) == {
        "body.0.weight": (64, 3, 4, 4),
        "body.0.bias": (64,),
        **(normed if batch_norm else plain),
        "head.psi.weight": (1, 16 * 256),
        "head.psi.bias": (1,),
    }


def test_channels_are_capped_at_eight_times_the_width():
    critic = DCGANCritic((1, 128, 128), width=2)
    convolutions = [layer for layer in critic.body if isinstance(layer, nn.Conv2d)]
    assert [layer.out_channels for layer in convolutions] == [2, 4, 8, 16, 16]
    net = DCGANGenerator(4, (1, 128, 128), width=2)
    assert [block.convolution.in_channels for block in net.blocks] == [16, 16, 8, 4]


def test_weights_start_from_the_papers_normal():
    with forked(0, "test"):
        players = DCGANGenerator(64, (1, 16, 16), 32, classes=5), DCGANCritic((1, 16, 16), 32, classes=5)
    for name, value in (item for player in players for item in player.named_parameters()):
        if name.endswith("gain"):
            assert value.eq(1).all()
        elif name.endswith("bias"):
            assert value.eq(0).all()
        else:
            # Five standard errors of the standard deviation of n normals, std / sqrt(2 n).
            assert value.std().item() == pytest.approx(0.02, rel=5 / (2 * value.numel()) ** 0.5), name


def test_the_last_layers_product_is_the_transposed_convolution():
    layer = DCGANGenerator(4, (3, 16, 16), width=5).double().to_image
    x = torch.randn(2, 5, 8, 8, generator=generator(0, "x"), dtype=torch.float64)
    expected = F.conv_transpose2d(x, layer.weight, layer.bias, stride=2, padding=1)
    torch.testing.assert_close(layer(x), expected, rtol=1e-12, atol=1e-14)


def test_the_critic_equals_its_formula():
    """Convolution and leaky ReLU of slope .2, twice, then the linear score of the flattened features."""
    with forked(0, "test"):
        critic = DCGANCritic((1, 16, 16), width=3).double()
    x = torch.randn(2, 1, 16, 16, generator=generator(0, "x"), dtype=torch.float64)
    h = x
    for index in (0, 2):
        p = critic.body[index]
        h = F.conv2d(h, p.weight, p.bias, stride=2, padding=1)
        h = torch.where(h > 0, h, 0.2 * h)
    expected = h.flatten(1) @ critic.head.psi.weight[0] + critic.head.psi.bias
    torch.testing.assert_close(critic(x), expected, rtol=1e-12, atol=1e-14)


def test_the_generator_equals_its_formula():
    """Projection and transposed convolutions, each with batch norm and ReLU; tanh behind the last."""
    with forked(0, "test"):
        net = DCGANGenerator(4, (1, 16, 16), width=3).double()
    # Away from the start, where images are nearly 0 and tanh and biases would not show.
    with torch.no_grad():
        for name, value in net.named_parameters():
            value += torch.randn(value.shape, generator=generator(1, name), dtype=torch.float64)
    z = torch.randn(5, 4, generator=generator(0, "z"), dtype=torch.float64)

    def normed(norm, x):
        centred = x - x.mean((0, 2, 3), keepdim=True)
        flat = centred / (centred.square().mean((0, 2, 3), keepdim=True) + 1e-5).sqrt()
        return (norm.normalise.weight[:, None, None] * flat + norm.normalise.bias[:, None, None]).clamp(min=0)

    h = normed(net.norm, (z @ net.project.weight.T).view(5, 6, 4, 4))
    for block in net.blocks:
        h = normed(block.norm, F.conv_transpose2d(h, block.convolution.weight, stride=2, padding=1))
    expected = F.conv_transpose2d(h, net.to_image.weight, net.to_image.bias, stride=2, padding=1).tanh()
    torch.testing.assert_close(net(z), expected, rtol=1e-10, atol=1e-12)
