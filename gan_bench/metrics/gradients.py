"""Gradient norms and Lipschitz bounds of stacked critics and generators, one value per seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

from gan_bench.metrics.descriptor import Descriptor
from gan_bench.nets.calculus import input_gradients, norms
from gan_bench.nets.chain import is_chain

Critic = Callable[[Tensor], Tensor]

# Tables (S, classes, features) of conditional networks, which are no layers.
_PER_CLASS = ("gain", "bias", "embed")


def layer_norms(gradients: Mapping[str, Tensor]) -> Tensor:
    """Euclidean norm of each weight's gradient, from the input side: name -> (S, ...) to (S, L).

    Vectors (biases, scales) are left out, and tables of them with a row per class.
    """
    seeds = len(next(iter(gradients.values())))
    weights = [
        g.flatten(1).norm(dim=1)
        for name, g in gradients.items()
        if g.dim() > 2 and name.rpartition(".")[2] not in _PER_CLASS
    ]
    return torch.stack(weights, 1) if weights else torch.empty(seeds, 0)


def total_norm(gradients: Mapping[str, Tensor]) -> Tensor:
    """Euclidean norm over all parameters, name -> (S, ...) to (S,)."""
    return torch.stack([g.flatten(1).norm(dim=1) for g in gradients.values()]).norm(dim=0)


def slopes(critic: Critic, x: Tensor) -> Tensor:
    """Norm of the score's gradient at each sample, (S, B, *shape) -> (S, B)."""
    return norms(input_gradients(critic, x)).detach()


def lipschitz_upper(module: nn.Module, parameters: Mapping[str, Tensor]) -> Tensor | None:
    """Product of the exact spectral norms of all layers, (S,): no slope of the critic exceeds it.

    parameters are the effective ones (after spectral normalisation), stacked (S, out, in). None where
    the module is not a plain chain of linear layers and activations whose slope is at most 1.
    """
    if not is_chain(module):
        return None
    weights = [value.detach() for value in parameters.values() if value.dim() > 2]
    return torch.stack([_spectral_norm(weight) for weight in weights]).prod(0)


def _spectral_norm(weight: Tensor) -> Tensor:
    """Largest singular value, (S, out, in) to (S,); NaN where an entry is not finite."""
    # The decomposition would raise for the whole stack where one seed has diverged.
    finite = weight.isfinite().flatten(1).all(1)
    norm = torch.linalg.matrix_norm(weight.where(finite.view(-1, 1, 1), 0), 2)
    return norm.where(finite, torch.nan)


def saturated_share(parameters: Mapping[str, Tensor], bound: float | None) -> Tensor:
    """Share of critic parameters at the edge, (S,), in [0, 1].

    With a clipping bound: |w| >= .99 bound. Without one: within 1 % of the largest entry of its own layer.
    """
    at_edge, count = 0, 0
    for value in parameters.values():
        size = value.detach().abs().flatten(1)
        edge = size.amax(1, keepdim=True) if bound is None else torch.full_like(size[:, :1], bound)
        # A layer of zeros (a fresh bias) has no edge.
        at_edge = at_edge + ((size >= 0.99 * edge) & (edge > 0)).sum(1)
        count += size.shape[1]
    return at_edge / count


DESCRIPTORS = {
    d.name: d
    for d in (
        Descriptor(
            "critic_gradient_norm",
            "critic gradient norm",
            "loss per parameter unit",
            "neither",
            (0, float("inf")),
            "log",
            explanation="Norm of the critic loss's gradient over all critic parameters, penalty included.",
        ),
        Descriptor(
            "generator_gradient_norm",
            "generator gradient norm",
            "loss per parameter unit",
            "neither",
            (0, float("inf")),
            "log",
            explanation="Norm of the generator loss's gradient over all generator parameters.",
        ),
        Descriptor(
            "critic_gradient",
            "critic gradient norm by layer",
            "loss per parameter unit",
            "neither",
            (0, float("inf")),
            "log",
            explanation="The same for each weight matrix, numbered from the input.",
        ),
        Descriptor(
            "generator_gradient",
            "generator gradient norm by layer",
            "loss per parameter unit",
            "neither",
            (0, float("inf")),
            "log",
            explanation="The same for each weight matrix, numbered from the latent input.",
        ),
        Descriptor(
            "input_gradient_real",
            "critic slope at real samples",
            "score per data unit",
            "neither",
            (0, float("inf")),
            "log",
            explanation="Mean norm of the score's gradient with respect to the sample, at held-out data.",
        ),
        Descriptor(
            "input_gradient_fake",
            "critic slope at generated samples",
            "score per data unit",
            "neither",
            (0, float("inf")),
            "log",
            explanation="The same at generated samples.",
        ),
        Descriptor(
            "input_gradient_interpolate",
            "critic slope between",
            "score per data unit",
            "neither",
            (0, float("inf")),
            "log",
            explanation="The same at uniform interpolates of real and generated samples.",
        ),
        Descriptor(
            "lipschitz_upper",
            "Lipschitz constant, upper bound",
            "score per data unit",
            "neither",
            (0, float("inf")),
            "log",
            explanation="Product of the exact largest singular values of the critic's layers.",
        ),
        Descriptor(
            "lipschitz_lower",
            "Lipschitz constant, lower bound",
            "score per data unit",
            "neither",
            (0, float("inf")),
            "log",
            explanation="Largest input gradient found at real, generated and interpolated points.",
        ),
        Descriptor(
            "clipped_share",
            "share of critic weights at the edge",
            "share",
            "neither",
            (0, 1),
            explanation="Under clipping |w| >= .99 c; else within 1 % of the layer's largest weight.",
        ),
    )
}
