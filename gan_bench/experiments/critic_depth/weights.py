"""Where a critic's weights lie between the edges of their box, one value or histogram per seed."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor

from gan_bench.methods.constraints import Clip
from gan_bench.methods.method import Method

# Bins of weight / edge; the outermost hold what lies within 5 % of the edge.
BINS = 40
RANGE = (-1.0, 1.0)

Weights = Mapping[str, Tensor]


def weights_of(parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weight matrices (S, out, in), without biases, whose start at 0 is no choice of a method."""
    return {name: value.detach() for name, value in parameters.items() if value.dim() > 2}


def clipping_bound(method: Method) -> float | None:
    """The bound c of a clipped method, None for others."""
    clip = method.constraint(Clip)
    return clip.c if isinstance(clip, Clip) else None


def histograms(weights: Weights, bound: float | None) -> np.ndarray:
    """Shares (S, BINS) of weight / edge in equal bins of RANGE.

    The edge is the clipping bound, or, where there is none, the largest weight of a layer.
    """
    relative = []
    for value in weights.values():
        flat = value.flatten(1).double()
        edge = flat.abs().amax(1, keepdim=True) if bound is None else torch.full_like(flat[:, :1], bound)
        relative.append(flat / edge.clamp(min=torch.finfo(flat.dtype).tiny))
    every = torch.cat(relative, 1).cpu().numpy()
    counts = [np.histogram(np.nan_to_num(row), BINS, RANGE)[0] / len(row) for row in every]
    return np.stack(counts)


def relative_change(weights: Weights, start: Weights) -> Tensor:
    """Mean |w - w_start| over the mean |w_start|, (S,)."""
    moved = torch.cat([(value - start[name]).flatten(1) for name, value in weights.items()], 1)
    began = torch.cat([value.flatten(1) for value in start.values()], 1)
    return moved.abs().mean(1) / began.abs().mean(1)
