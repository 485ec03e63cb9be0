"""The two problems: a line with one parameter, and a cluster for a small network."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from gan_bench.data.toy import ToyDataset, build_dataset
from gan_bench.metrics.transport import wasserstein1
from gan_bench.nets.anchored import Anchored
from gan_bench.nets.mlp import MLPGenerator
from gan_bench.nets.stack import Factory
from gan_bench.seeds import Streams

LATENT = 2


class MovingLine(nn.Module):
    """z (B, latent) -> (theta, Z), Z = Phi(z_1) uniform on [0, 1] (Arjovsky et al. 2017, example 1)."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.theta = nn.Parameter(torch.tensor([float(start)]))

    def forward(self, z: Tensor) -> Tensor:
        height = 0.5 * (1 + torch.erf(z[:, 0] / math.sqrt(2)))
        return torch.stack([self.theta.expand_as(height), height], dim=1)


@dataclass(frozen=True)
class Start:
    """A problem from one separation: data, generator, and the distance still to go.

    distance maps samples (S, n, 2) to Wasserstein-1 distances (S,) in data units.
    """

    dataset: ToyDataset
    generator: Factory
    distance: Callable[[Tensor], Tensor]


def start(settings: Mapping[str, Any], separation: float) -> Start:
    """Return the job's problem from a separation."""
    if settings["problem"] == "line":
        data = build_dataset({"name": "parallel-lines", "separation": separation})
        return Start(data, lambda: MovingLine(separation), distance_to_line)
    data = build_dataset({"name": "separated-gaussians", "separation": separation})
    push, width, layers = data.push, settings["width"], settings["layers"]
    if push is None:
        raise ValueError("a pair without push has no start")
    return Start(
        data,
        lambda: Anchored(lambda: MLPGenerator(LATENT, 2, width, layers), push),
        lambda samples: distance_to_cluster(samples, data),
    )


def distance_to_line(samples: Tensor) -> Tensor:
    """|theta| of samples (theta, Z), (S, n, 2) -> (S,): exactly W1 of the two lines."""
    return samples[:, 0, 0].abs().double()


def distance_to_cluster(samples: Tensor, dataset: ToyDataset) -> Tensor:
    """Exact W1 of samples (S, n, 2) and as many fixed points of the data, (S,); NaN where not finite."""
    real = dataset.reference(samples.shape[1], "distance")
    costs = [_cost(real, cloud) for cloud in samples.detach().double().cpu()]
    return torch.tensor(costs, dtype=torch.float64)


def _cost(real: Tensor, cloud: Tensor) -> float:
    # Beyond this no seed comes back, and squared distances would overflow.
    if not cloud.isfinite().all() or cloud.abs().max() > 1e100:
        return math.nan
    return wasserstein1(real, cloud, solver="assignment").cost


def floor(dataset: ToyDataset, points: int, seeds: tuple[int, ...]) -> Tensor:
    """What a perfect sampler of the cluster would be left with: the distance of fresh real points, (S,)."""
    streams = Streams(seeds, dtype=torch.float64)
    return distance_to_cluster(dataset.held_out(points, streams, "floor"), dataset)
