"""A user's own generator, made to give images: a module, what makes one, or any function of latents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from gan_bench import registry, seeds
from gan_bench.errors import PluginError
from gan_bench.nets.named import build_module, label, positional
from gan_bench.plugin_files import first_line

BATCH = 64
_TRIAL = 2  # latents that tell a function of latents from one that builds a module

Shape = tuple[int, int, int]


def generated(named: Any, shape: Shape, *, n: int, latent: int, seed: int) -> Tensor:
    """Return what a generator makes of n standard normal latents (n, latent), (n, ...) on the CPU.

    named: a module, used in the mode (train or eval) that it is in; a class or factory, built with (latent,
    shape), (latent) or nothing, whose module stays in the mode it is built in; a function z (b, latent) ->
    images (b, ...); or a reference to one of these. It is applied to equal batches of at most 64, because
    batch norm in train mode takes its statistics from them; what it draws itself comes from the seed, and
    its buffers are left as they were. Raises PluginError, one line, for what is none of these or fails.
    """
    random = seeds.GlobalState(seed, "score/generator")
    latents = torch.randn(n, latent, generator=seeds.generator(seed, "score/latents"))
    with torch.no_grad(), random.active():
        generator = _generator(named, latent, shape)
        with _buffers_kept(generator):
            parts = latents.tensor_split(-(-n // BATCH))
            return torch.cat([_applied(generator, part, label(named)) for part in parts])


def _generator(named: Any, latent: int, shape: Shape) -> Callable[[Tensor], Any]:
    given = registry.load("nets", named) if isinstance(named, str) else named
    if isinstance(given, nn.Module):
        return given
    fewest, most = positional(given)
    sizes = (latent, shape) if most > 1 else (latent,)
    if isinstance(given, type) or fewest != 1:
        return build_module(named, *sizes)
    # A function of one argument either makes images of latents or a module of the size of a latent.
    try:
        tried = given(torch.zeros(_TRIAL, latent))
    except Exception as error:  # whatever user's code raises is the user's
        return _built(named, sizes, first_line(error))
    return _built(named, sizes, "it gave a module") if isinstance(tried, nn.Module) else given


def _built(named: Any, sizes: tuple[Any, ...], why: str) -> nn.Module:
    try:
        return build_module(named, *sizes)
    except PluginError as error:
        raise PluginError(f"{error}; nor does it make images of latents: {why}") from error


def _applied(generator: Callable[[Tensor], Any], latents: Tensor, name: str) -> Tensor:
    try:
        made = generator(_as_taken(generator, latents))
    except Exception as error:  # whatever user's code raises while it is applied is the user's
        message = f"{name}: cannot take latents {tuple(latents.shape)}: {first_line(error)}"
        raise PluginError(message) from error
    made = torch.from_numpy(made) if isinstance(made, np.ndarray) else made
    if not isinstance(made, Tensor):
        raise PluginError(f"{name}: must give a tensor of images, not a {type(made).__name__}")
    if made.ndim == 0 or len(made) != len(latents):
        raise PluginError(
            f"{name}: makes {tuple(made.shape)} of {len(latents)} latents, not one image of each"
        )
    return made.detach().cpu()


def _as_taken(generator: Callable[[Tensor], Any], latents: Tensor) -> Tensor:
    """Latents on the device and in the precision of a module's parameters."""
    if not isinstance(generator, nn.Module):
        return latents
    own = next((value for value in generator.parameters() if value.is_floating_point()), latents)
    return latents.to(own)


@contextmanager
def _buffers_kept(generator: Callable[[Tensor], Any]) -> Iterator[None]:
    """Put a module's buffers back after the block: batch norm in train mode would go on averaging."""
    buffers = list(generator.buffers()) if isinstance(generator, nn.Module) else []
    before = [buffer.clone() for buffer in buffers]
    try:
        yield
    finally:
        for buffer, value in zip(buffers, before, strict=True):
            buffer.copy_(value)
