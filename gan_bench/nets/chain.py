"""Modules that are plainly linear layers and activations, one after another."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from gan_bench.nets.mlp import MLPCritic, MLPGenerator

# Element-wise, with slopes of at most 1.
_ACTIVATIONS = (nn.ReLU, nn.LeakyReLU, nn.Tanh, nn.Sigmoid, nn.ELU, nn.Softplus, nn.Identity)


def chain(module: nn.Module, prefix: str = "") -> list[tuple[str, nn.Module]] | None:
    """Return the layers in order with their dotted names, or None where the module is no such chain."""
    if type(module) in (MLPGenerator, MLPCritic, nn.Sequential):
        parts = [chain(child, f"{prefix}{name}.") for name, child in module.named_children()]
        return (
            None if any(part is None for part in parts) else [layer for part in parts for layer in part or ()]
        )
    known = type(module) is nn.Linear or type(module) in _ACTIVATIONS
    return [(prefix, module)] if known else None


def apply_chain(
    layers: list[tuple[str, nn.Module]], parameters: Mapping[str, Tensor], x: Tensor, *, squeeze: bool
) -> Tensor:
    """Apply stacked layers to x (S, B, d): what `vmap` computes, with fewer Python calls."""
    for prefix, layer in layers:
        if not isinstance(layer, nn.Linear):
            x = layer(x)
        elif layer.bias is None:
            x = torch.bmm(x, parameters[f"{prefix}weight"].mT)
        else:
            x = torch.baddbmm(parameters[f"{prefix}bias"].unsqueeze(1), x, parameters[f"{prefix}weight"].mT)
    return x.squeeze(-1) if squeeze else x
