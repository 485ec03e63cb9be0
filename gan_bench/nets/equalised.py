"""Layers with equalised learning rates and pixel norm (Karras et al. 2018, sec. 4)."""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class Linear(nn.Module):
    """A linear layer whose weights start from N(0, 1) and are scaled by He's constant at each use.

    The constant is gain / sqrt(fan in): it then also scales the steps of an adaptive optimiser (sec. 4.1).
    """

    def __init__(self, inputs: int, outputs: int, gain: float = math.sqrt(2)) -> None:
        super().__init__()
        self.weight, self.bias = (
            nn.Parameter(nn.init.normal_(torch.empty(outputs, inputs))),
            nn.Parameter(torch.zeros(outputs)),
        )
        self.scale = gain / math.sqrt(inputs)

    def forward(self, x: Tensor) -> Tensor:
        return F.linear(x, self.weight * self.scale, self.bias)


class Convolution(nn.Module):
    """The same for an odd kernel that keeps the resolution."""

    def __init__(self, before: int, after: int, size: int = 3, gain: float = math.sqrt(2)) -> None:
        super().__init__()
        self.weight = nn.Parameter(nn.init.normal_(torch.empty(after, before, size, size)))
        self.bias = nn.Parameter(torch.zeros(after))
        self.scale = gain / math.sqrt(before * size**2)
        self.padding = size // 2

    def forward(self, x: Tensor) -> Tensor:
        return F.conv2d(x, self.weight * self.scale, self.bias, padding=self.padding)


def pixel_norm(x: Tensor) -> Tensor:
    """Divide each pixel's features, (B, F, ...), by their root mean square (sec. 4.2)."""
    return x * (x.square().mean(1, keepdim=True) + 1e-8).rsqrt()
