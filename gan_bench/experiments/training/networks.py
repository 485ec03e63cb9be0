"""Which generator and critic a job trains: the MLP pair, or modules that the user names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from torch import nn

from gan_bench.data.toy import ToyDataset
from gan_bench.experiments.modules import Networks, build_module, require_shape
from gan_bench.nets.anchored import Anchored
from gan_bench.nets.mlp import MLPCritic, MLPGenerator


def networks(settings: Mapping[str, Any], dataset: ToyDataset, copies: int = 1) -> Networks:
    """Return the factories that a job's settings ask for.

    A user's generator class is built with (latent, dim), a critic class with (dim), either without arguments
    where it takes none. On a data set with a start, the generator begins exactly there.
    """
    (dim,) = dataset.sample_shape
    latent, width, layers = settings["latent"], settings["width"], settings["layers"]
    critic_dim = dim * copies

    def net() -> nn.Module:
        named = settings["generator"]
        return build_module(named, latent, dim) if named else MLPGenerator(latent, dim, width, layers)

    def generator() -> nn.Module:
        return net() if dataset.push is None else Anchored(net, dataset.push)

    def critic() -> nn.Module:
        named = settings["critic"]
        return build_module(named, critic_dim) if named else MLPCritic(critic_dim, width, layers)

    return Networks(generator, critic)


def require_shapes(settings: Mapping[str, Any], dataset: ToyDataset, copies: int = 1) -> None:
    """Build the user's modules once and try each on four points; raises PluginError, in one line."""
    nets, points = networks(settings, dataset, copies), 4
    (dim,) = dataset.sample_shape
    if named := settings["generator"]:
        require_shape(nets.generator, named, (points, settings["latent"]), (points, dim))
    if named := settings["critic"]:
        require_shape(nets.critic, named, (points, dim * copies), (points,))
