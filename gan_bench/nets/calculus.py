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
    """Euclidean norm per sample, (S, B, *shape) -> (S, B); at 0 its derivatives of any order are 0.

    There is no second derivative there: 0 is a convention. A vector norm of torch gives NaN, which
    spreads to all that is differentiated with it: products with a Jacobian, consensus updates.
    """
    squares = gradients.flatten(2).square().sum(2)
    apart = squares != 0
    # Masked inside as well as outside: 0 times the root's infinite slope would be NaN.
    return torch.where(apart, torch.where(apart, squares, 1.0).sqrt(), 0.0)
