"""Initial weights as papers state them: linear and convolutional layers, embeddings of projections.

Biases start at 0.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn

from gan_bench.nets.conditional import Projection

_LAYERS = (nn.Linear, nn.Conv2d, nn.ConvTranspose2d)


def normal(module: nn.Module, std: float = 0.02) -> None:
    """Every weight from N(0, std^2) (Radford et al. 2016, sec. 3)."""
    for weight in _weights(module):
        nn.init.normal_(weight, 0.0, std)


def glorot(module: nn.Module, gain: float = 1.0) -> None:
    """Every weight uniform with variance 2 gain^2 / (fan in + fan out) (Glorot & Bengio 2010, eq. 16)."""
    for weight in _weights(module):
        nn.init.xavier_uniform_(weight, gain)


def _weights(module: nn.Module) -> Iterator[Tensor]:
    """The weights, in order; biases are set to 0 on the way."""
    for layer in module.modules():
        if isinstance(layer, _LAYERS):
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)
            yield layer.weight
        elif isinstance(layer, Projection) and layer.classes:
            yield layer.embed
