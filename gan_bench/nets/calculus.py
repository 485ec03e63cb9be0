"""Derivatives of scores with respect to samples, seed axis first."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor


def input_gradients(critic: Callable[[Tensor], Tensor], x: Tensor, *, create_graph: bool = False) -> Tensor:
    """Gradient of each sample's score with respect to that sample, (S, B, *shape) -> the same shape.

    With create_graph the result can be differentiated, also with respect to what x was made from.
    """
    if not (create_graph and x.requires_grad):
        x = x.detach().requires_grad_()
    with torch.enable_grad():
        # The sum over seeds and samples is fine: score (s, b) depends on input (s, b) only.
        (gradients,) = torch.autograd.grad(critic(x).sum(), x, create_graph=create_graph)
    return gradients


def norms(gradients: Tensor) -> Tensor:
    """Euclidean norm per sample, (S, B, *shape) -> (S, B); its own gradient at 0 is 0."""
    return torch.linalg.vector_norm(gradients.flatten(2), dim=2)
