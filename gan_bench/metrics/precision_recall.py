"""Improved precision and recall (Kynkaanniemi et al. 2019), equal to torch-fidelity's, at a bounded cost.

torch-fidelity computes the distances between all real images anew at each call and holds them at once:
seconds a seed and 200 MB at 5,000 images, 20 GB at 50,000. Here the real side is computed once, in blocks.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from gan_bench.metrics.neighbours import in_blocks


def radii(features: Tensor, k: int) -> Tensor:
    """Distance from each of the features (n, d) to its k-th nearest other, (n,) float64; k < n."""
    points = features.double()
    # The nearest of all to a point is the point itself.
    return torch.cat([block.kthvalue(k + 1, dim=1).values for block in _distances(points, points)])


def share_inside(features: Tensor, centres: Tensor, reach: Tensor) -> float:
    """Share of features (n, d) in at least one closed ball around centres (m, d) of radii reach (m,)."""
    blocks = _distances(features.double(), centres.double())
    return torch.cat([(block <= reach).any(dim=1) for block in blocks]).double().mean().item()


def precision_recall(
    real: Tensor, fake: Tensor, k: int, real_radii: Tensor | None = None
) -> tuple[float, float]:
    """Return precision and recall, each in [0, 1], of features (n, d) of real and (m, d) of generated images.

    Precision (eq. 2) is the share of generated images within a real one's k-th neighbour, recall (eq. 3) the
    reverse. real_radii: radii(real, k), where they are known already.
    """
    reach = radii(real, k) if real_radii is None else real_radii
    return share_inside(fake, real, reach), share_inside(real, fake, radii(fake, k))


def _distances(x: Tensor, y: Tensor) -> Iterator[Tensor]:
    """Yield Euclidean distances (rows, m) of blocks of points x (n, d) to y (m, d)."""
    for _, some in in_blocks(x, y):
        yield torch.cdist(some, y)
