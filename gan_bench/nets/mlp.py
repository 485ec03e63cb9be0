"""Multilayer perceptrons for points in the plane: ordinary modules of one replica."""

from __future__ import annotations

from itertools import pairwise

from torch import Tensor, nn


def mlp(sizes: list[int]) -> nn.Sequential:
    """Return linear layers with ReLU between them, He-uniform weights and zero biases (He et al. 2015)."""
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(sizes):
        linear = nn.Linear(fan_in, fan_out)
        nn.init.kaiming_uniform_(linear.weight, nonlinearity="relu")
        nn.init.zeros_(linear.bias)
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


class MLPGenerator(nn.Module):
    """Latent (B, latent) -> samples (B, dim)."""

    def __init__(self, latent: int = 2, dim: int = 2, width: int = 128, layers: int = 3) -> None:
        super().__init__()
        self.net = mlp([latent, *[width] * layers, dim])

    def forward(self, z: Tensor) -> Tensor:
        return self.net(z)


class MLPCritic(nn.Module):
    """Samples (B, dim) -> scores (B,): logits, higher on real."""

    def __init__(self, dim: int = 2, width: int = 128, layers: int = 3) -> None:
        super().__init__()
        self.net = mlp([dim, *[width] * layers, 1])

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x).squeeze(-1)
