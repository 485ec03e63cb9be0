"""Density of a mixture of isotropic Gaussians with one standard deviation, in bounded memory."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .base import check_points

# Entries of the (points, centres) table held at a time: 256 KiB in float64, which stays in a core's cache.
_TABLE = 2**15


def mixture_log_prob(x: Tensor, centres: Tensor, weights: Tensor, scale: float) -> Tensor:
    """log sum_i weights_i N(x; centres_i, scale^2 I), (..., 2) -> (...), in the dtype and on the device of x.

    Centres (k, 2) and weights (k,) with sum 1. Exact far out in the tails too; NaN where a coordinate is NaN,
    -inf at infinity. Differentiable in x.
    """
    check_points(x)
    constants = (weights.log() - math.log(2 * math.pi * scale**2)).to(x)
    scaled = (centres / scale).to(x)
    rows = max(1, _TABLE // len(centres))
    parts = [_log_sum(part, scaled, constants) for part in (x / scale).reshape(-1, 2).split(rows)]
    return torch.cat(parts).reshape(x.shape[:-1])


def _log_sum(points: Tensor, centres: Tensor, constants: Tensor) -> Tensor:
    """log sum_i exp(constants_i - |points - centres_i|^2 / 2), (n, 2) and (k, 2) -> (n,)."""
    # Differences, not the expanded square: |x|^2 - 2 x c + |c|^2 loses every digit where scale is small.
    across = points[:, :1] - centres[:, 0]
    along = points[:, 1:] - centres[:, 1]
    return torch.logsumexp(constants - 0.5 * (across.square() + along.square()), dim=1)
