"""Modules that are plainly linear layers and activations, and how a stack of them is applied at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from gan_bench.nets.anchored import Anchored
from gan_bench.nets.mlp import MLPCritic, MLPGenerator

Applied = Callable[[Mapping[str, Tensor], Tensor], Tensor]

# Fewer columns than that are an edge to a processor's matrix product.
NARROW = 8

# Element-wise, with slopes of at most 1 (see _is_layer for those with a parameter).
_ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.Sigmoid, nn.ELU, nn.Softplus, nn.Identity)


def is_chain(module: nn.Module) -> bool:
    """True where the module is linear layers and 1-Lipschitz activations, one after another.

    Every layer once and plain: a weight that is shared, or that a hook computes, is none.
    """
    layers = [layer for _, layer in named_layers(module)]
    linear = [id(layer) for layer in layers if isinstance(layer, nn.Linear)]
    return all(_is_layer(layer) for layer in layers) and len(set(linear)) == len(linear)


def named_layers(module: nn.Module, prefix: str = "") -> Iterator[tuple[str, nn.Module]]:
    """Yield prefixes of parameters and layers in order; a module that is no plain container is one layer."""
    if type(module) in (MLPGenerator, MLPCritic, nn.Sequential) and not _has_hooks(module):
        for name, child in _children(module).items():
            yield from named_layers(child, f"{prefix}{name}.")
    else:
        yield prefix, module


def _is_layer(module: nn.Module) -> bool:
    if _has_hooks(module):
        return False
    if isinstance(module, nn.LeakyReLU | nn.ELU):
        slope = module.negative_slope if isinstance(module, nn.LeakyReLU) else module.alpha
        return type(module) in _ACTIVATIONS and abs(slope) <= 1
    return (type(module) is nn.Linear and "weight" in module._parameters) or type(module) in _ACTIVATIONS


def _has_hooks(module: nn.Module) -> bool:
    return bool(module._forward_hooks or module._forward_pre_hooks)


def _children(module: nn.Module) -> dict[str, nn.Module]:
    """Name -> child; unlike named_children it keeps an activation that is used twice."""
    return {name: child for name, child in module._modules.items() if child is not None}


def stacked(module: nn.Module, prefix: str = "") -> Applied | None:
    """Return what `vmap` over replicas of a chain computes, with far fewer Python calls; None for others.

    The result maps stacked parameters, named with the prefix, and x (S, B, d) to outputs (S, B, ...).
    """
    if type(module) is Anchored:
        net, start = stacked(module.net, f"{prefix}net."), stacked(module.start, f"{prefix}start.")
        return partial(_anchored, module, net, start) if net and start else None
    return partial(_apply, module, prefix) if is_chain(module) else None


def _anchored(module: Anchored, net: Applied, start: Applied, p: Mapping[str, Tensor], z: Tensor) -> Tensor:
    begun = module.push(z[..., :2].flatten(0, 1)).unflatten(0, z.shape[:2])
    return begun + net(p, z) - start(p, z)


def _apply(module: nn.Module, prefix: str, parameters: Mapping[str, Tensor], x: Tensor) -> Tensor:
    if isinstance(module, nn.Linear):
        return linear(x, parameters[f"{prefix}weight"], parameters.get(f"{prefix}bias"))
    if type(module) in _ACTIVATIONS:
        return module(x)
    for name, child in _children(module).items():
        x = _apply(child, f"{prefix}{name}.", parameters, x)
    return x.squeeze(-1) if isinstance(module, MLPCritic) else x


def linear(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """A stacked linear layer, (S, rows, in) -> (S, rows, out); weight (S, out, in), bias (S, out)."""
    if weight.shape[1] < NARROW and weight.shape[1] < weight.shape[2]:
        # The product transposed has few rows instead of few columns, which takes a quarter of the time.
        turned = torch.bmm(weight, x.mT)
        return (turned if bias is None else turned + bias.unsqueeze(2)).mT
    return torch.bmm(x, weight.mT) if bias is None else torch.baddbmm(bias.unsqueeze(1), x, weight.mT)
