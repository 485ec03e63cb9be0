"""Which generator and critic a job trains: the MLP pair, or modules that the user names."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from gan_bench import registry, seeds
from gan_bench.data.toy import ToyDataset
from gan_bench.errors import PluginError
from gan_bench.nets.anchored import Anchored
from gan_bench.nets.mlp import MLPCritic, MLPGenerator
from gan_bench.nets.stack import Factory
from gan_bench.plugin_files import first_line


@dataclass(frozen=True)
class Networks:
    """Factories of one replica: generator (B, latent) -> (B, dim), critic (B, copies * dim) -> scores."""

    generator: Factory
    critic: Factory


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
        return _module(named, latent, dim) if named else MLPGenerator(latent, dim, width, layers)

    def generator() -> nn.Module:
        return net() if dataset.push is None else Anchored(net, dataset.push)

    def critic() -> nn.Module:
        named = settings["critic"]
        return _module(named, critic_dim) if named else MLPCritic(critic_dim, width, layers)

    return Networks(generator, critic)


def _module(named: Any, *sizes: int) -> nn.Module:
    """Build a module from a class or factory, or from its reference."""
    made_by = registry.load("nets", named) if isinstance(named, str) else named
    if isinstance(made_by, nn.Module):
        raise PluginError(f"{label(named)}: give the class or a function, not a module that is built already")
    try:
        module = made_by(*sizes) if _takes_sizes(made_by) else made_by()
    except Exception as error:  # whatever user's code raises while it is built is the user's
        message = f"{label(named)}: cannot be built with the sizes {sizes}: {first_line(error)}"
        raise PluginError(message) from error
    if not isinstance(module, nn.Module):
        raise PluginError(f"{label(named)}: must give a torch.nn.Module, not a {type(module).__name__}")
    return module


def _takes_sizes(made_by: Any) -> bool:
    """False where a class or function has no place for a positional argument."""
    try:
        parameters = inspect.signature(made_by).parameters.values()
    except (TypeError, ValueError):  # some built-in callables have no signature
        return True
    return any(p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD, p.VAR_POSITIONAL) for p in parameters)


def require_shapes(settings: Mapping[str, Any], dataset: ToyDataset, copies: int = 1) -> None:
    """Build the user's modules once and try each on four points; raises PluginError, in one line."""
    nets, points = networks(settings, dataset, copies), 4
    (dim,) = dataset.sample_shape
    for role, given, wanted in (
        ("generator", (points, settings["latent"]), (points, dim)),
        ("critic", (points, dim * copies), (points,)),
    ):
        if not settings[role]:
            continue
        made = _output_shape(getattr(nets, role), given, settings[role])
        if made != wanted and not (role == "critic" and made == (points, 1)):
            raise PluginError(
                f"{label(settings[role])}: makes {made} of inputs {given}, but must make {wanted}"
            )


@torch.no_grad()
def _output_shape(factory: Factory, given: tuple[int, ...], named: Any) -> tuple[int, ...]:
    with seeds.forked(0, "shapes"):
        module = factory()
        try:
            return tuple(module(torch.zeros(given)).shape)
        except Exception as error:  # whatever user's code raises while it is applied is the user's
            message = f"{label(named)}: cannot take inputs {given}: {first_line(error)}"
            raise PluginError(message) from error


def label(named: Any) -> str:
    """The readable name of a reference, class or factory."""
    return named if isinstance(named, str) else getattr(named, "__qualname__", type(named).__qualname__)


def has_batch_norm(factory: Factory) -> bool:
    """True where the module's output for one sample depends on the rest of its batch."""
    with seeds.forked(0, "shapes"):
        parts = factory().modules()
    return any(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in parts)
