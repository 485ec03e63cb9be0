"""Modules that an experiment trains; those that a user names are tried on a few inputs first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch

from gan_bench import seeds
from gan_bench.errors import PluginError
from gan_bench.nets.named import build_module as build_module
from gan_bench.nets.named import label as label
from gan_bench.nets.stack import Factory, couples_samples
from gan_bench.plugin_files import first_line


@dataclass(frozen=True)
class Networks:
    """Factories of one replica: generator (B, latent) -> (B, *shape), critic samples -> scores (B,)."""

    generator: Factory
    critic: Factory


def require_shape(
    factory: Factory, named: Any, given: tuple[int, ...], wanted: tuple[int, ...], *labels: torch.Tensor
) -> None:
    """Raise PluginError, in one line, unless a module makes outputs of a shape from inputs of another.

    A critic, wanted (B,), may also end in one output, (B, 1).
    """
    made = _output_shape(factory, given, named, *labels)
    if made != wanted and not (len(wanted) == 1 and made == (*wanted, 1)):
        raise PluginError(f"{label(named)}: makes {made} of inputs {given}, but must make {wanted}")


@torch.no_grad()
def _output_shape(
    factory: Factory, given: tuple[int, ...], named: Any, *labels: torch.Tensor
) -> tuple[int, ...]:
    with seeds.forked(0, "shapes"):
        module = factory()
        try:
            return tuple(module(torch.zeros(given), *labels).shape)
        except Exception as error:  # whatever user's code raises while it is applied is the user's
            message = f"{label(named)}: cannot take inputs {given}: {first_line(error)}"
            raise PluginError(message) from error


def has_batch_norm(factory: Factory) -> bool:
    """True where the module's output for one sample depends on the rest of its batch."""
    with seeds.forked(0, "shapes"):
        return couples_samples(factory())
