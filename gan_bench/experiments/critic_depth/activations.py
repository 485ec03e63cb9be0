"""The gradient of a critic's loss with respect to its hidden activations, layer by layer."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from gan_bench.methods.objectives import Objective

Parameters = Mapping[str, Tensor]


def forward(parameters: Parameters, x: Tensor, depth: int) -> tuple[Tensor, list[Tensor]]:
    """Scores (S, B) and hidden activations h_1 ... h_depth (S, B, width), after the ReLU, of x (S, B, d).

    parameters are those of a stacked MLPCritic, weights (S, out, in).
    """
    hidden, h = [], x
    for layer in range(depth):
        h = _linear(parameters, layer, h).relu()
        hidden.append(h)
    return _linear(parameters, depth, h).squeeze(-1), hidden


def _linear(parameters: Parameters, layer: int, x: Tensor) -> Tensor:
    # Activations sit between the linear layers, so these have the even numbers.
    weight, bias = (parameters[f"net.{2 * layer}.{part}"] for part in ("weight", "bias"))
    return torch.baddbmm(bias.unsqueeze(1), x, weight.mT)


def gradient_norms(
    objective: Objective, parameters: Parameters, real: Tensor, fake: Tensor, depth: int
) -> Tensor:
    """Norms |dL / dh_k| over batch and units, (S, depth), k counted from the input (Gulrajani 2017, fig. 1b).

    L is the critic's loss on real and fake samples (S, B, d), the mean over the batch, without a penalty
    term: that one is evaluated at other points, and is no function of these activations.
    """
    x = torch.cat([real, fake], 1).detach().requires_grad_()
    fixed = {name: value.detach() for name, value in parameters.items()}
    with torch.enable_grad():
        loss, hidden = _loss(objective, fixed, x, depth)
        # The sum over seeds is fine: a seed's loss depends on its own activations only.
        gradients = torch.autograd.grad(loss.sum(), hidden)
    return torch.stack([_norm(gradient) for gradient in gradients], 1)


def idle_share(
    objective: Objective, parameters: Parameters, real: Tensor, fake: Tensor, depth: int
) -> Tensor:
    """Share of weights, (S,), whose gradient of the same loss is exactly 0: no sample fires their units."""
    leaves = {name: value.detach().requires_grad_() for name, value in parameters.items()}
    weights = [value for value in leaves.values() if value.dim() > 2]
    with torch.enable_grad():
        loss, _ = _loss(objective, leaves, torch.cat([real, fake], 1).detach(), depth)
        gradients = torch.autograd.grad(loss.sum(), weights)
    return torch.cat([(gradient == 0).flatten(1) for gradient in gradients], 1).double().mean(1)


def _loss(objective: Objective, parameters: Parameters, x: Tensor, depth: int) -> tuple[Tensor, list[Tensor]]:
    """Critic loss (S,) and hidden activations of x (S, 2B, d), real samples first."""
    scores, hidden = forward(parameters, x, depth)
    half = x.shape[1] // 2
    return objective.critic_loss(scores[:, :half], scores[:, half:]), hidden


def _norm(gradient: Tensor) -> Tensor:
    """Norm over all but the seeds, of numbers whose squares may underflow or overflow."""
    largest = gradient.abs().flatten(1).amax(1).clamp(min=torch.finfo(gradient.dtype).tiny)
    return largest * (gradient.flatten(1) / largest[:, None]).norm(dim=1)


def slopes(norms: np.ndarray) -> np.ndarray:
    """Least-squares slope of log10 norm per layer towards the input, (S, depth >= 2) -> (S,).

    Above 0 gradients grow on their way to the input, below 0 they fade; -inf where a norm is 0, because
    nothing arrives; NaN where one is not finite.
    """
    towards_input = -np.arange(norms.shape[1], dtype=float)
    towards_input -= towards_input.mean()
    with np.errstate(divide="ignore", invalid="ignore"):
        fitted = np.log10(norms) @ towards_input / (towards_input**2).sum()
    lost = (norms == 0).any(axis=1)
    return np.where(lost, -np.inf, np.where(np.isfinite(norms).all(axis=1), fitted, np.nan))
