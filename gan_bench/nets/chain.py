"""Modules that are plainly linear layers and activations, and how a stack of them is applied at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

import torch
from torch import Tensor, nn

from gan_bench.nets.anchored import Anchored
from gan_bench.nets.mlp import MLPCritic, MLPGenerator

Applied = Callable[[Mapping[str, Tensor], Tensor], Tensor]

# Element-wise, with slopes of at most 1 (see _is_layer for those with a parameter).
_ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.Sigmoid, nn.ELU, nn.Softplus, nn.Identity)


def is_chain(module: nn.Module) -> bool:
    """True where the module is linear layers and 1-Lipschitz activations, one after another.

    Every layer once and plain: a weight that is shared, or that a hook computes, is none.
    """
    layers = _layers(module)
    linear = [id(layer) for layer in layers if isinstance(layer, nn.Linear)]
    return all(_is_layer(layer) for layer in layers) and len(set(linear)) == len(linear)


def _layers(module: nn.Module) -> list[nn.Module]:
    """The layers in order; a module that is no plain container counts as one layer."""
    if type(module) in (MLPGenerator, MLPCritic, nn.Sequential) and not _has_hooks(module):
        return [layer for child in _children(module).values() for layer in _layers(child)]
    return [module]


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
        weight = parameters[f"{prefix}weight"].mT
        if module.bias is None:
            return torch.bmm(x, weight)
        return torch.baddbmm(parameters[f"{prefix}bias"].unsqueeze(1), x, weight)
    if type(module) in _ACTIVATIONS:
        return module(x)
    for name, child in _children(module).items():
        x = _apply(child, f"{prefix}{name}.", parameters, x)
    return x.squeeze(-1) if isinstance(module, MLPCritic) else x
