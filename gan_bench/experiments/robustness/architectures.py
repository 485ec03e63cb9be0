"""Random pairs of networks: depth, width and activation drawn by a seeded generator."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
from torch import Tensor, nn

PLAYERS = ("generator", "critic")


class SmoothReLU(nn.Module):
    """softplus(2x + 2) / 2 - 1: slopes in (0, 1), close to the identity above 0 (Gulrajani et al. 2017)."""

    def forward(self, x: Tensor) -> Tensor:
        return nn.functional.softplus(2 * x + 2) / 2 - 1


# The four nonlinearities of the source's table 1, each with the gain of its initialisation (torch's names).
ACTIVATIONS: dict[str, tuple[Callable[[], nn.Module], str]] = {
    "relu": (nn.ReLU, "relu"),
    "leaky-relu": (partial(nn.LeakyReLU, 0.2), "leaky_relu"),
    "smooth-relu": (SmoothReLU, "relu"),
    "tanh": (nn.Tanh, "tanh"),
}


def drawn(index: int, depths: Sequence[int], widths: Sequence[int]) -> dict[str, dict[str, Any]]:
    """Return architecture `index`: for each player its depth, width and activation, plain JSON data.

    The draw depends on nothing but the index and the two lists: it is the same for every method.
    """
    digest = hashlib.sha256(f"architecture/{index}".encode()).digest()
    source = np.random.default_rng(int.from_bytes(digest[:8], "big"))

    def one(among: Sequence[Any]) -> Any:
        return among[int(source.integers(len(among)))]

    return {
        player: {"depth": one(depths), "width": one(widths), "activation": one(list(ACTIVATIONS))}
        for player in PLAYERS
    }


def factories(architecture: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Return the two factories as a training job's settings take them: "generator" and "critic"."""
    return {
        "generator": partial(_network, architecture["generator"]),
        "critic": partial(_critic, architecture["critic"]),
    }


def _critic(part: Mapping[str, Any], dim: int) -> nn.Sequential:
    return _network(part, dim, 1)


def _network(part: Mapping[str, Any], inputs: int, outputs: int) -> nn.Sequential:
    """Hidden layers of one width, Kaiming-uniform with the activation's gain, zero biases."""
    activation, gain = ACTIVATIONS[part["activation"]]
    sizes = [inputs, *[part["width"]] * part["depth"], outputs]
    layers: list[nn.Module] = []
    for fan_in, fan_out in pairwise(sizes):
        linear = nn.Linear(fan_in, fan_out)
        nn.init.kaiming_uniform_(linear.weight, a=0.2, nonlinearity=gain)
        nn.init.zeros_(linear.bias)
        layers += [linear, activation()]
    return nn.Sequential(*layers[:-1])
